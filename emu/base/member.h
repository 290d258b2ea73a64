/* SPDX-License-Identifier: GPL-2.0-only */
/* Unsigned integer members of structures, by address and size: what tables of registers and of
 * saved state refer to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/bug.h"

/* The member at `p`; `size` is 1, 2, 4 or 8, and `p` is aligned for it. */
static inline uint64_t member_get(const void *p, size_t size)
{
    switch (size) {
    case 1: return *(const uint8_t *)p;
    case 2: return *(const uint16_t *)p;
    case 4: return *(const uint32_t *)p;
    case 8: return *(const uint64_t *)p;
    default: BUG_ON(true);
    }
}

/* Stores the low `size` bytes of `value`. */
static inline void member_put(void *p, size_t size, uint64_t value)
{
    switch (size) {
    case 1: *(uint8_t *)p = (uint8_t)value; break;
    case 2: *(uint16_t *)p = (uint16_t)value; break;
    case 4: *(uint32_t *)p = (uint32_t)value; break;
    case 8: *(uint64_t *)p = value; break;
    default: BUG_ON(true);
    }
}
