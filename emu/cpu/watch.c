/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who writes to watched memory. A TLB entry of the library begins as one that reports its first
 * write, whatever instruction makes it (cputlb: TLB_NOTDIRTY); the report passes code.c before the
 * bytes change. To watch again is to make the entries report again.
 *
 * Page walks set accessed and dirty bits without a TLB; they come by here.
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
    const struct cpu_memory *memory = cpu_memory_of_ram_addr(set, ram_addr, &offset);

    if (memory) {
        tell(set, memory, offset);
    }
}

static void walk_writes(struct seam_cs *cs, uint64_t addr)
{
    const struct cpu *cpu = cs->opaque;

    for (size_t i = 0; cpu && i < cpu->set->memory_count; i++) {
        const struct cpu_memory *memory = &cpu->set->memory[i];

        if (addr - memory->base < memory->bytes) {
            tell(cpu->set, memory, addr - memory->base);
        }
    }
}

void SEAM_WRAP(x86_stl_phys_notdirty)(struct seam_cs *cs, uint64_t addr, uint32_t value)
{
    walk_writes(cs, addr);
    SEAM_REAL(x86_stl_phys_notdirty)(cs, addr, value);
}

void SEAM_WRAP(x86_stq_phys)(struct seam_cs *cs, uint64_t addr, uint64_t value)
{
    walk_writes(cs, addr);
    SEAM_REAL(x86_stq_phys)(cs, addr, value);
}

void cpu_set_watch(struct cpu_set *set, uint64_t addr, uint64_t bytes)
{
    uint64_t end = addr + bytes < addr ? UINT64_MAX : addr + bytes;

    for (size_t i = 0; i < set->memory_count; i++) {
        const struct cpu_memory *memory = &set->memory[i];
        uint64_t limit = memory->base + memory->bytes;
        uint64_t from = addr > memory->base ? addr : memory->base;
        uint64_t to = end < limit ? end : limit;

        if (!memory->is_watched || from >= to) {
            continue;
        }
        for (unsigned core = 0; core < set->count; core++) {
            SEAM(tlb_reset_dirty)
            (set->core[core]->cs, (uint64_t)(uintptr_t)memory->host + (from - memory->base),
             to - from);
        }
    }
}
