/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buffer of translated code. The library never marks the part it starts with as taken, so it
 * would hand it out again when it is full, without dropping the blocks in it (unicorn.md trap 13);
 * and it clears the whole buffer each time it empties it, which makes all of it resident and takes
 * longer than everything else about a checkpoint that is restored.
 */
#define _GNU_SOURCE
#include "emu/cpu/internal.h"

#include <string.h>
#include <sys/mman.h>

#define PAGE_BYTES    4096u
#define RESERVE_BYTES 1024u /* the library stops that far from the end */
#define BUFFER_BYTES  0xb8  /* in the translator's context: how long the part is that it fills */

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

static void clear(uintptr_t start, uintptr_t end)
{
    const uintptr_t first = (start + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);
    const uintptr_t last = end & ~(uintptr_t)(PAGE_BYTES - 1);

    memset((void *)start, 0, first - start);
    memset((void *)last, 0, end - last);
    if (madvise((void *)first, last - first, MADV_DONTNEED) != 0) {
        memset((void *)first, 0, last - first);
    }
}

/* Called when all translations go. The buffer is all zeroes afterwards: the library is told that it
 * is empty while it clears it. */
void SEAM_WRAP(tcg_region_reset_all)(void *tcg)
{
    const uintptr_t start = (uintptr_t)seam_field(tcg, SEAM_TCG_REGION_START);
    const uintptr_t end = (uintptr_t)seam_field(tcg, SEAM_TCG_REGION_END);

    if ((uintptr_t)seam_field(tcg, BUFFER_BYTES) == end - start) {
        set_field(tcg, SEAM_TCG_REGION_END, start);
        SEAM_REAL(tcg_region_reset_all)(tcg);
        set_field(tcg, SEAM_TCG_REGION_END, end);
        set_field(tcg, SEAM_TCG_HIGHWATER, end - RESERVE_BYTES);
        set_field(tcg, BUFFER_BYTES, end - start);
    } else {
        SEAM_REAL(tcg_region_reset_all)(tcg);
    }
    clear(start, end);
}
