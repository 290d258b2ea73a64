/* SPDX-License-Identifier: GPL-2.0-only */
/* Bit and size arithmetic that every layer uses. All functions are pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The structure of type `type` whose member `member` is at `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define BIT(n)   (UINT64_C(1) << (n))
#define BIT32(n) (UINT32_C(1) << (n))

/* Ones in bits 0 .. width-1; width 0..64. */
static inline uint64_t bits_mask(unsigned width)
{
    return width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

/* Bits hi..lo of `value`, moved to bit 0. hi >= lo, hi <= 63. */
static inline uint64_t bits_get(uint64_t value, unsigned hi, unsigned lo)
{
    return (value >> lo) & bits_mask(hi - lo + 1);
}

/* `value` with bits hi..lo replaced by the low bits of `field`. */
static inline uint64_t bits_set(uint64_t value, unsigned hi, unsigned lo, uint64_t field)
{
    uint64_t mask = bits_mask(hi - lo + 1) << lo;

    return (value & ~mask) | ((field << lo) & mask);
}

static inline bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* Rounding to a multiple of `align`, a power of two. align_up wraps to 0 at the end of the number
 * range. */
static inline uint64_t align_down(uint64_t value, uint64_t align)
{
    return value & ~(align - 1);
}

static inline uint64_t align_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}
