/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The library's TLB changes its size when it is emptied, by what was in it since some earlier time.
 * When it is small, pages are looked up again sooner, and each look-up sets accessed bits and passes
 * guarded page tables: the guest could tell. A snapshot knows nothing of that history, so at a
 * checkpoint it ends, in the run that goes on as in the one that is restored: the TLB starts over at
 * its least size. (Not at its usual one: the tables that are there may be too small for it.)
 */
#include <assert.h>

#include "emu/cpu/internal.h"

#define EMPTY UINT64_MAX

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
