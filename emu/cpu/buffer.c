/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buffer of translated code. The library never marks the part it starts with as taken, so it
 * would hand it out again when it is full, without dropping the blocks in it (unicorn.md trap 13);
 * and it clears the whole buffer each time it empties it, which makes all of it resident.
 */
#define _GNU_SOURCE
#include "emu/cpu/internal.h"

#include <sys/mman.h>

#define PAGE_BYTES    4096u
#define RESERVE_BYTES 1024u /* the library stops that far from the end */

static void set_field(void *object, size_t offset, uintptr_t value)
{
    __builtin_memcpy((char *)object + offset, &value, sizeof(value));
}

void cpu_code_buffer_begin(struct cpu *cpu)
{
    void *tcg = seam_field(cpu->uc, SEAM_UC_TCG);
    uintptr_t end = (uintptr_t)seam_field(tcg, SEAM_TCG_REGION_END);

    set_field(tcg, SEAM_TCG_REGION_CURRENT, 1);
    set_field(tcg, SEAM_TCG_HIGHWATER, end - RESERVE_BYTES);
}

/* Called when all translations go. The buffer is all zeroes afterwards either way. */
void SEAM_WRAP(tcg_region_reset_all)(void *tcg)
{
    uintptr_t start = (uintptr_t)seam_field(tcg, SEAM_TCG_REGION_START);
    uintptr_t end = (uintptr_t)seam_field(tcg, SEAM_TCG_REGION_END) & ~(uintptr_t)(PAGE_BYTES - 1);

    SEAM_REAL(tcg_region_reset_all)(tcg);
    start = (start + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);
    madvise((void *)start, end - start, MADV_DONTNEED);
}
