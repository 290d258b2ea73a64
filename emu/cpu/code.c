/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translated code is never stale (cores.md 2, stage 2).
 *
 * Invariant: while any core has a block from page P, no core has a TLB entry through which P could
 * be written without notice. The library keeps it only for its own engine and only by the virtual
 * address in use, and forgets it after the first write. So
 * - when the first block of a page is made, every core's entries for that page, by host address,
 * are made to notice;
 * - when a write is noticed, the page's blocks go in every core, and in the writing one the whole
 * page's, not only those that the write touches. The library's own work comes in between, since it
 * may restart the writing instruction;
 * - when something else writes (DMA), the range's blocks go in every core.
 */
#include "emu/cpu/internal.h"

#define PAGE_BYTES UINT64_C(4096)
#define PAGE_MASK  (~(PAGE_BYTES - 1))

static void note_code(struct cpu_range *code, uint64_t offset)
{
    if (code->from >= code->to) {
        *code = (struct cpu_range){.from = offset, .to = offset + PAGE_BYTES};
        return;
    }
    code->from = offset < code->from ? offset : code->from;
    code->to = offset + PAGE_BYTES > code->to ? offset + PAGE_BYTES : code->to;
}

void SEAM_WRAP(tlb_protect_code)(uc_engine *uc, uint64_t ram_addr)
{
    struct cpu *cpu = seam_cs_of_uc(uc)->opaque;
    struct cpu_set *set;
    uint64_t offset;
    size_t index;

    if (!cpu) {
        return;
    }
    set = cpu->set;
    index = cpu_memory_of_ram_addr(set, ram_addr & PAGE_MASK, &offset);
    if (index == set->memory_count) {
        return;
    }
    note_code(&set->code[index], offset);
    for (unsigned i = 0; i < set->count; i++) {
        SEAM(tlb_reset_dirty)
        (set->core[i]->cs, (uint64_t)(uintptr_t)set->memory[index].host + offset, PAGE_BYTES);
    }
}

/* The library's own way to the same end, for each block it makes: a walk through the whole TLB of
 * one engine for one virtual address. What is above has made it needless. */
void SEAM_WRAP(tlb_reset_dirty_by_vaddr)(struct seam_cs *cs, uint64_t linear, uint64_t bytes)
{
    (void)cs;
    (void)linear;
    (void)bytes;
}

void SEAM_WRAP(tb_invalidate_phys_page_fast)(uc_engine *uc, void *pages, uint64_t start, int bytes,
                                             uintptr_t host_pc)
{
    struct cpu *cpu = seam_cs_of_uc(uc)->opaque;
    uint64_t page = start & PAGE_MASK;

    if (cpu) {
        cpu_watch_first_write(cpu->set, page);
    }
    for (unsigned i = 0; cpu && i < cpu->set->count; i++) {
        if (cpu->set->core[i] != cpu) {
            SEAM(tb_invalidate_phys_range)(cpu->set->core[i]->uc, page, page + PAGE_BYTES);
        }
    }
    SEAM_REAL(tb_invalidate_phys_page_fast)(uc, pages, start, bytes, host_pc);
    SEAM(tb_invalidate_phys_range)(uc, page, page + PAGE_BYTES);
}

void cpu_memory_drop_code(struct cpu_set *set, size_t memory, uint64_t offset, uint64_t bytes)
{
    const struct cpu_range *code = &set->code[memory];
    uint64_t from = offset > code->from ? offset : code->from;
    uint64_t to = offset + bytes < code->to ? offset + bytes : code->to;

    for (unsigned i = 0; i < set->count && from < to; i++) {
        SEAM(tb_invalidate_phys_range)
        (set->core[i]->uc, set->ram_addr[memory] + from, set->ram_addr[memory] + to);
    }
}

void cpu_set_code_written(struct cpu_set *set, uint64_t addr, uint64_t bytes)
{
    uint64_t end = addr + bytes < addr ? UINT64_MAX : addr + bytes;

    for (size_t i = 0; i < set->memory_count; i++) {
        uint64_t base = set->memory[i].base;
        uint64_t limit = base + set->memory[i].bytes;
        uint64_t from = addr > base ? addr : base;
        uint64_t to = end < limit ? end : limit;

        if (from < to) {
            cpu_memory_drop_code(set, i, from - base, to - from);
        }
    }
}

void cpu_set_host_written(struct cpu_set *set, const void *host, uint64_t bytes)
{
    const uint64_t from = (uint64_t)(uintptr_t)host;

    for (size_t i = 0; i < set->memory_count; i++) {
        uint64_t offset = from - (uint64_t)(uintptr_t)set->memory[i].host;

        if (offset < set->memory[i].bytes) {
            uint64_t room = set->memory[i].bytes - offset;

            cpu_memory_drop_code(set, i, offset, bytes < room ? bytes : room);
        }
    }
}

void cpu_flush_now(struct cpu *cpu)
{
    if (cpu->is_tlb_flush_pending) {
        cpu->is_tlb_flush_pending = false;
        cpu_guard_forget(cpu);
        SEAM(tlb_flush)(cpu->cs);
    }
    cpu->is_flush_pending = false;
    SEAM_REAL(tb_flush)(cpu->cs);
}

void cpu_set_start_tlbs(struct cpu_set *set)
{
    struct cpu *previous;

    for (unsigned i = 0; i < set->count; i++) {
        cpu_thread_enter(set->core[i], &previous);
        cpu_guard_forget(set->core[i]);
        cpu_tlb_start_over(set->core[i]);
        cpu_thread_leave(previous);
    }
}

void cpu_set_flush(struct cpu_set *set)
{
    struct cpu *previous;

    for (unsigned i = 0; i < set->count; i++) {
        cpu_thread_enter(set->core[i], &previous);
        cpu_guard_forget(set->core[i]);
        cpu_tlb_start_over(set->core[i]);
        SEAM(tb_flush)(set->core[i]->cs);
        cpu_thread_leave(previous);
    }
}
