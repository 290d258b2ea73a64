/* SPDX-License-Identifier: GPL-2.0-only */
/* Little-endian integers in byte arrays: the only way that guest structures and file formats are
 * read and written. */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline uint16_t le16_get(const void *p)
{
    const uint8_t *b = p;

    return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t le32_get(const void *p)
{
    const uint8_t *b = p;

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t le64_get(const void *p)
{
    const uint8_t *b = p;

    return le32_get(b) | (uint64_t)le32_get(b + 4) << 32;
}

static inline void le16_put(void *p, uint16_t value)
{
    uint8_t *b = p;

    b[0] = (uint8_t)value;
    b[1] = (uint8_t)(value >> 8);
}

static inline void le32_put(void *p, uint32_t value)
{
    uint8_t *b = p;

    le16_put(b, (uint16_t)value);
    le16_put(b + 2, (uint16_t)(value >> 16));
}

static inline void le64_put(void *p, uint64_t value)
{
    uint8_t *b = p;

    le32_put(b, (uint32_t)value);
    le32_put(b + 4, (uint32_t)(value >> 32));
}

/* `size` bytes (0..8) as one integer, and back. */
static inline uint64_t le_get(const void *p, size_t size)
{
    const uint8_t *b = p;
    uint64_t value = 0;

    for (size_t i = 0; i < size && i < 8; i++) {
        value |= (uint64_t)b[i] << (8 * i);
    }
    return value;
}

static inline void le_put(void *p, size_t size, uint64_t value)
{
    uint8_t *b = p;

    for (size_t i = 0; i < size && i < 8; i++) {
        b[i] = (uint8_t)(value >> (8 * i));
    }
}
