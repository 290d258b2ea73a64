/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who writes to watched memory. A TLB entry of the library begins as one that reports its first
 * write, whatever instruction makes it (cputlb: TLB_NOTDIRTY); the report passes code.c before the
 * bytes change. To watch again is to make the entries report again.
 *
 * Page walks set accessed and dirty bits without a TLB; they come by here.
 *
 * To make entries report means to go through all of a core's TLB, whatever the range (some 100 us
 * for the largest). So a core that does not run is only told when it goes on, and only once: of the
 * range from the first to the last address that was asked for. What lies between reports once more
 * than it would have to.
 */
#include "emu/cpu/internal.h"

#define PAGE_MASK (~UINT64_C(0xfff))

static void tell(const struct cpu_set *set, const struct cpu_memory *memory, uint64_t offset)
{
    if (memory->is_watched && set->env.before_write) {
        set->env.before_write(set->env.ctx, memory->base + (offset & PAGE_MASK));
    }
}

void cpu_watch_first_write(const struct cpu_set *set, uint64_t ram_addr)
{
    uint64_t offset;
    size_t index = cpu_memory_of_ram_addr(set, ram_addr, &offset);

    if (index < set->memory_count) {
        tell(set, &set->memory[index], offset);
    }
}

static void walk_writes(struct seam_cs *cs, uint64_t addr, unsigned bytes)
{
    struct cpu *cpu = cs->opaque;

    if (cpu) {
        cpu_guard_walk_write(cpu, addr, bytes);
    }
    for (size_t i = 0; cpu && i < cpu->set->memory_count; i++) {
        const struct cpu_memory *memory = &cpu->set->memory[i];

        if (addr - memory->base < memory->bytes) {
            tell(cpu->set, memory, addr - memory->base);
        }
    }
}

void SEAM_WRAP(x86_stl_phys_notdirty)(struct seam_cs *cs, uint64_t addr, uint32_t value)
{
    walk_writes(cs, addr, sizeof(value));
    SEAM_REAL(x86_stl_phys_notdirty)(cs, addr, value);
}

void SEAM_WRAP(x86_stq_phys)(struct seam_cs *cs, uint64_t addr, uint64_t value)
{
    walk_writes(cs, addr, sizeof(value));
    SEAM_REAL(x86_stq_phys)(cs, addr, value);
}

void cpu_watch_begin(struct cpu *cpu)
{
    if (cpu->watch_from < cpu->watch_to) {
        SEAM(tlb_reset_dirty)(cpu->cs, cpu->watch_from, cpu->watch_to - cpu->watch_from);
        cpu->watch_from = 0;
        cpu->watch_to = 0;
    }
}

static void watch_host(struct cpu *cpu, uint64_t from, uint64_t to)
{
    if (cpu->watch_from >= cpu->watch_to) {
        cpu->watch_from = from;
        cpu->watch_to = to;
    } else {
        cpu->watch_from = from < cpu->watch_from ? from : cpu->watch_from;
        cpu->watch_to = to > cpu->watch_to ? to : cpu->watch_to;
    }
    if (cpu->is_running) {
        cpu_watch_begin(cpu);
    }
}

void cpu_set_watch(struct cpu_set *set, uint64_t addr, uint64_t bytes)
{
    uint64_t end = addr + bytes < addr ? UINT64_MAX : addr + bytes;

    for (size_t i = 0; i < set->memory_count; i++) {
        const struct cpu_memory *memory = &set->memory[i];
        uint64_t host = (uint64_t)(uintptr_t)memory->host;
        uint64_t limit = memory->base + memory->bytes;
        uint64_t from = addr > memory->base ? addr : memory->base;
        uint64_t to = end < limit ? end : limit;

        for (unsigned core = 0; memory->is_watched && from < to && core < set->count; core++) {
            watch_host(set->core[core], host + (from - memory->base), host + (to - memory->base));
        }
    }
}
