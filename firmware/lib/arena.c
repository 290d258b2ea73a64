/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is given out and never taken back: see arena.h. */
#include "firmware/lib/arena.h"

#include "firmware/lib/mem.h"

void *arena_alloc(struct arena *arena, size_t bytes, size_t align)
{
    uint64_t start = align_up(arena->addr + arena->used, align) - arena->addr;
    uint8_t *p;

    if (start > arena->bytes || bytes > arena->bytes - start) {
        return NULL;
    }
    p = arena->memory + start;
    arena->used = (size_t)start + bytes;
    mem_zero(p, bytes);
    return p;
}

uint64_t arena_addr(const struct arena *arena, const void *p)
{
    return arena->addr + (uint64_t)((const uint8_t *)p - arena->memory);
}
