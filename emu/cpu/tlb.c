/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The library's TLB changes its size when it is emptied, by what was in it since some earlier time.
 * When it is small, pages are looked up again sooner, and each look-up sets accessed bits and passes
 * guarded page tables: the guest could tell. A snapshot knows nothing of that history, so at a
 * checkpoint it ends, in the run that goes on as in the one that is restored: the TLB starts over at
 * its least size. (Not at its usual one: the tables that are there may be too small for it.)
 * Who looks at a page that is in there already has it marked: to empty the TLB could be noticed.
 */
#include <assert.h>

#include "emu/cpu/internal.h"

#define EMPTY     UINT64_MAX
#define PAGE_MASK (~UINT64_C(0xfff))

static_assert(sizeof(struct seam_tlb) == 0x2b8, "as the library has them one behind the other");

void cpu_tlb_start_over(struct cpu *cpu)
{
    SEAM(tlb_flush)(cpu->cs);
    for (unsigned i = 0; i < SEAM_TLB_KINDS; i++) {
        struct seam_tlb *tlb = seam_tlb(cpu->env, i);

        seam_tlb_fast(cpu->env, i)->mask = SEAM_TLB_MASK(SEAM_TLB_ENTRIES_MIN);
        tlb->window_begin = 0;
        tlb->window_most = 0;
        tlb->used = 0;
        tlb->victim = 0;
    }
}

/* ---- Marks ---- */

/* Words that are found are marked; one that is invalid is looked up anew each time anyway. */
static void mark(struct cpu *cpu, uint64_t *entry, uint32_t *attrs, cpu_tlb_wanted wanted)
{
    const uint64_t words[] = {entry[SEAM_TLB_READ], entry[SEAM_TLB_WRITE]};
    const bool is_found[] = {!(words[0] & SEAM_TLB_INVALID), !(words[1] & SEAM_TLB_INVALID)};
    const uint64_t linear = (is_found[0] ? words[0] : words[1]) & PAGE_MASK;

    if (!(is_found[0] || is_found[1]) || !wanted(cpu, linear, entry[SEAM_TLB_PAGE], attrs)) {
        return;
    }
    entry[SEAM_TLB_READ] |= is_found[0] ? SEAM_TLB_WATCHED : 0;
    entry[SEAM_TLB_WRITE] |= is_found[1] ? SEAM_TLB_WATCHED : 0;
}

static void mark_entries(struct cpu *cpu, uint64_t *entry, struct seam_tlb_io *io, uint64_t count,
                         cpu_tlb_wanted wanted)
{
    for (uint64_t i = 0; i < count; i++) {
        mark(cpu, entry, &io[i].attrs, wanted);
        entry += SEAM_TLB_ENTRY_BYTES / sizeof(*entry);
    }
}

void cpu_set_mark_tlbs(struct cpu_set *set, cpu_tlb_wanted wanted)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct cpu *cpu = set->core[i];

        for (unsigned kind = 0; kind < SEAM_TLB_KINDS; kind++) {
            const struct seam_tlb_fast *fast = seam_tlb_fast(cpu->env, kind);
            struct seam_tlb *tlb = seam_tlb(cpu->env, kind);

            mark_entries(cpu, fast->table, tlb->io, fast->mask / SEAM_TLB_ENTRY_BYTES + 1, wanted);
            mark_entries(cpu, tlb->victims, tlb->victim_io, SEAM_TLB_VICTIMS, wanted);
        }
    }
}

/* ---- As the library leaves it ---- */

static bool is_size(uint64_t mask)
{
    uint64_t bytes = mask + SEAM_TLB_ENTRY_BYTES;

    return bytes >= SEAM_TLB_MASK(SEAM_TLB_ENTRIES_MIN) && bytes <= UINT32_MAX &&
           (bytes & (bytes - 1)) == 0;
}

bool cpu_tlb_is_as_known(struct seam_env *env)
{
    for (unsigned i = 0; i < SEAM_TLB_KINDS; i++) {
        const struct seam_tlb *tlb = seam_tlb(env, i);
        const struct seam_tlb_fast *fast = seam_tlb_fast(env, i);

        if (!is_size(fast->mask) || !fast->table || !tlb->io || fast->table[0] != EMPTY ||
            tlb->large_page != EMPTY || tlb->large_page_mask != EMPTY || tlb->victims[0] != EMPTY ||
            tlb->used > 0 || tlb->victim > 0) {
            return false;
        }
    }
    return true;
}
