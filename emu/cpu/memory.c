/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the engines see at each physical address: memory where there is memory, device space (gaps)
 * everywhere else, mapped in the same order in every engine, so that all of them have the same
 * addresses of their own for it (cores.md 1).
 *
 * When the list changes, the pieces that are not in the new one go first, whole; then the new ones
 * come. The library could cut a gap in two by itself, but then it would hand our callbacks gaps
 * that we do not know of.
 */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/base/error.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096u
#define GAPS_MAX   (CPU_MEMORY_MAX + 1)

struct range {
    uint64_t base;
    uint64_t bytes;
};

bool cpu_memory_is_valid(const struct cpu_memory *memory, size_t count)
{
    uint64_t end = 0;

    for (size_t i = 0; i < count; i++) {
        if (memory[i].base < end || memory[i].base % PAGE_BYTES || memory[i].bytes % PAGE_BYTES ||
            !memory[i].bytes || (uintptr_t)memory[i].host % PAGE_BYTES) {
            return false;
        }
        end = memory[i].base + memory[i].bytes;
    }
    return count <= CPU_MEMORY_MAX && end <= UINT64_C(1) << CPU_PHYS_BITS;
}

size_t cpu_memory_of_ram_addr(const struct cpu_set *set, uint64_t ram_addr, uint64_t *offset)
{
    size_t index = 0;

    while (index < set->memory_count &&
           ram_addr - set->ram_addr[index] >= set->memory[index].bytes) {
        index++;
    }
    if (index < set->memory_count) {
        *offset = ram_addr - set->ram_addr[index];
    }
    return index;
}

/* The gaps that a list leaves: `gaps` has room for GAPS_MAX. */
static size_t list_gaps(const struct cpu_memory *memory, size_t count, struct range *gaps)
{
    uint64_t end = 0;
    size_t found = 0;

    for (size_t i = 0; i <= count; i++) {
        uint64_t next = i < count ? memory[i].base : UINT64_C(1) << CPU_PHYS_BITS;

        if (next > end) {
            gaps[found++] = (struct range){.base = end, .bytes = next - end};
        }
        end = i < count ? next + memory[i].bytes : next;
    }
    return found;
}

static bool is_same(const struct cpu_memory *a, const struct cpu_memory *b)
{
    return a->base == b->base && a->bytes == b->bytes && a->host == b->host &&
           a->is_read_only == b->is_read_only;
}

/* Index of a stretch in a list, or `count`. */
static size_t find_memory(const struct cpu_memory *list, size_t count,
                          const struct cpu_memory *memory)
{
    size_t index = 0;

    while (index < count && !is_same(&list[index], memory)) {
        index++;
    }
    return index;
}

static struct cpu_gap *find_gap(struct cpu *cpu, uint64_t base, uint64_t bytes)
{
    for (size_t i = 0; i < GAPS_MAX; i++) {
        if (cpu->gap[i].bytes == bytes && (bytes == 0 || cpu->gap[i].base == base)) {
            return &cpu->gap[i];
        }
    }
    return NULL;
}

static int map_gap(struct cpu *cpu, const struct range *range, struct error *err)
{
    struct cpu_gap *gap = find_gap(cpu, 0, 0);
    uc_err status;

    BUG_ON(!gap);
    *gap = (struct cpu_gap){.cpu = cpu, .base = range->base, .bytes = range->bytes};
    status = uc_mmio_map(cpu->uc, range->base, range->bytes, cpu_on_mmio_read, gap,
                         cpu_on_mmio_write, gap);
    return status == UC_ERR_OK ? 0 : cpu_engine_failed(err, "map device space", status);
}

static int map_memory(struct cpu *cpu, const struct cpu_memory *memory, struct error *err)
{
    uc_err status = uc_mem_map_ptr(cpu->uc, memory->base, memory->bytes, UC_PROT_ALL, memory->host);

    /* Only this makes the library drop writes; mapping without the right to write does not. */
    if (status == UC_ERR_OK && memory->is_read_only) {
        status = uc_mem_protect(cpu->uc, memory->base, memory->bytes, UC_PROT_READ | UC_PROT_EXEC);
    }
    return status == UC_ERR_OK ? 0 : cpu_engine_failed(err, "map memory", status);
}

/* Before the library unmaps, it looks up the physical addresses as if they were virtual ones, page
 * by page: a walk of minutes through a large gap, that can raise page faults in the guest. It does
 * not when it believes that there is no core. What the walk is for, we do ourselves: translations
 * are dropped by address, and each change of the map empties the TLB. */
static int unmap(struct cpu *cpu, uint64_t base, uint64_t bytes, struct error *err)
{
    struct seam_cs *none = NULL;
    char *place = (char *)cpu->uc + SEAM_UC_CS;
    struct seam_cs *cs = seam_cs_of_uc(cpu->uc);
    uc_err status;

    memcpy(place, &none, sizeof(none));
    status = uc_mem_unmap(cpu->uc, base, bytes);
    memcpy(place, &cs, sizeof(cs));
    return status == UC_ERR_OK ? 0 : cpu_engine_failed(err, "unmap memory", status);
}

static bool has_range(const struct range *ranges, size_t count, const struct cpu_gap *gap)
{
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].base == gap->base && ranges[i].bytes == gap->bytes) {
            return true;
        }
    }
    return false;
}

/* Takes from one engine what the new list does not have. */
static int remove_old(struct cpu *cpu, const struct cpu_memory *memory, size_t count,
                      struct error *err)
{
    const struct cpu_set *set = cpu->set;
    struct range gaps[GAPS_MAX];
    size_t gap_count = list_gaps(memory, count, gaps);

    for (size_t i = 0; i < GAPS_MAX; i++) {
        struct cpu_gap *gap = &cpu->gap[i];

        if (!gap->bytes || has_range(gaps, gap_count, gap)) {
            continue;
        }
        if (unmap(cpu, gap->base, gap->bytes, err) != 0) {
            return -1;
        }
        gap->bytes = 0;
    }
    for (size_t i = 0; i < set->memory_count; i++) {
        const struct cpu_memory *old = &set->memory[i];

        if (find_memory(memory, count, old) == count &&
            unmap(cpu, old->base, old->bytes, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Gives one engine what it does not have yet: memory that is in none of the first `old_count`
 * stretches of `old`, and gaps. */
static int add_new(struct cpu *cpu, const struct cpu_memory *memory, size_t count, size_t old_count,
                   struct error *err)
{
    const struct cpu_memory *old = cpu->set->memory;
    struct range gaps[GAPS_MAX];
    size_t gap_count = list_gaps(memory, count, gaps);

    for (size_t i = 0; i < count; i++) {
        if (find_memory(old, old_count, &memory[i]) == old_count &&
            map_memory(cpu, &memory[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < gap_count; i++) {
        if (!find_gap(cpu, gaps[i].base, gaps[i].bytes) && map_gap(cpu, &gaps[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static uint64_t ram_addr_of(const struct cpu *cpu, const struct cpu_memory *memory)
{
    return SEAM(qemu_ram_addr_from_host)(cpu->uc, memory->host);
}

/* The library gives each stretch addresses of its own (ram_addr). Until it first frees some, it
 * does so without gaps; afterwards it looks for gaps that begin at multiples of 64 pages, and does
 * not see neighbours that do not: two stretches would get the same addresses, and writes to one be
 * taken for the other's. So it frees some before anything else, and all are multiples. */
static int align_ram_addrs(struct cpu *cpu, struct error *err)
{
    void *page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
    uc_err status;

    if (!page) {
        return error_host(err, "memory is short");
    }
    status = uc_mem_map_ptr(cpu->uc, 0, PAGE_BYTES, UC_PROT_ALL, page);
    if (status != UC_ERR_OK) {
        (void)cpu_engine_failed(err, "map memory", status);
    }
    int result = status == UC_ERR_OK ? unmap(cpu, 0, PAGE_BYTES, err) : -1;
    free(page);
    return result;
}

int cpu_memory_begin(struct cpu *cpu, struct error *err)
{
    struct cpu_set *set = cpu->set;

    if (align_ram_addrs(cpu, err) != 0) {
        return -1;
    }
    if (add_new(cpu, set->memory, set->memory_count, 0, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < set->memory_count; i++) {
        set->ram_addr[i] = ram_addr_of(cpu, &set->memory[i]);
    }
    return 0;
}

static int remap(struct cpu_set *set, const struct cpu_memory *memory, size_t count,
                 struct error *err)
{
    int result = 0;

    for (unsigned i = 0; i < set->count && result == 0; i++) {
        struct cpu *previous;

        cpu_thread_enter(set->core[i], &previous);
        result = remove_old(set->core[i], memory, count, err);
        if (result == 0) {
            result = add_new(set->core[i], memory, count, set->memory_count, err);
        }
        cpu_guard_forget(set->core[i]);
        SEAM(tlb_flush)(set->core[i]->cs);
        cpu_thread_leave(previous);
    }
    return result;
}

/* Each address of the library's own belongs to one stretch. */
static bool has_own_ram_addr(const struct cpu_set *set, size_t index)
{
    uint64_t begin = set->ram_addr[index];
    uint64_t end = begin + set->memory[index].bytes;

    for (size_t i = 0; i < index; i++) {
        if (begin < set->ram_addr[i] + set->memory[i].bytes && set->ram_addr[i] < end) {
            return false;
        }
    }
    return true;
}

/* The set's own list becomes the new one. */
static void take_list(struct cpu_set *set, const struct cpu_memory *memory, size_t count)
{
    struct cpu_range code[CPU_MEMORY_MAX] = {{0}};

    for (size_t i = 0; i < count; i++) {
        size_t old = find_memory(set->memory, set->memory_count, &memory[i]);

        if (old < set->memory_count) {
            code[i] = set->code[old];
        }
    }
    for (size_t i = 0; i < count; i++) {
        set->memory[i] = memory[i];
        set->code[i] = code[i];
        set->ram_addr[i] = ram_addr_of(set->core[0], &memory[i]);
        BUG_ON(!has_own_ram_addr(set, i));
        for (unsigned core = 1; core < set->count; core++) {
            BUG_ON(ram_addr_of(set->core[core], &memory[i]) != set->ram_addr[i]);
        }
    }
    set->memory_count = count;
}

static bool is_watch_new(const struct cpu_set *set, const struct cpu_memory *memory)
{
    size_t index = find_memory(set->memory, set->memory_count, memory);

    return memory->is_watched && index < set->memory_count && !set->memory[index].is_watched;
}

int cpu_set_memory(struct cpu_set *set, const struct cpu_memory *memory, size_t count,
                   struct error *err)
{
    bool is_changed = count != set->memory_count;

    BUG_ON(!cpu_memory_is_valid(memory, count));
    for (size_t i = 0; i < set->memory_count; i++) {
        if (find_memory(memory, count, &set->memory[i]) == count) {
            cpu_memory_drop_code(set, i, 0, set->memory[i].bytes);
            is_changed = true;
        }
    }
    for (size_t i = 0; i < count && !is_changed; i++) {
        is_changed = is_watch_new(set, &memory[i]);
    }
    if (is_changed && remap(set, memory, count, err) != 0) {
        return -1;
    }
    take_list(set, memory, count);
    return 0;
}
