/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stretch of physical memory that is given out from its start and never taken back. It knows both the address at which
 * the machine sees the memory and the pointer at which this code does: the same in the firmware, not so in tests.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena {
    uint8_t *memory; /* owned by the caller */
    uint64_t addr;   /* physical address of memory[0] */
    size_t bytes;
    size_t used;
};

/* Zeroed memory, or NULL when the arena is full. `align` is a power of two and holds for the physical address. */
void *arena_alloc(struct arena *arena, size_t bytes, size_t align);

/* Physical address of something that lies in the arena. */
uint64_t arena_addr(const struct arena *arena, const void *p);
