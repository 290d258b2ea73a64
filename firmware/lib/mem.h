/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory and strings without a C library. Lengths are in bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies between areas that do not overlap. */
void mem_copy(void *to, const void *from, size_t bytes);
void mem_zero(void *to, size_t bytes);
bool mem_equal(const void *a, const void *b, size_t bytes);

/* Length of a string, at most `max`: `max` when there is no NUL within it. */
size_t str_length(const char *s, size_t max);

/* Sum of bytes modulo 256, as ACPI and SMBIOS check sums are made of. */
uint8_t sum8(const void *data, size_t bytes);

/* `align` is a power of two. The result of align_up() wraps to 0 when there is no such 64-bit number. */
static inline uint64_t align_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

static inline uint64_t align_down(uint64_t value, uint64_t align)
{
    return value & ~(align - 1);
}
