/* SPDX-License-Identifier: GPL-2.0-only */
/* The rolling hash over byte strings: eight bytes at a time, then the tail and the length. */
#include "emu/base/hash.h"

#include <string.h>

#include "emu/base/endian.h"

uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
    const uint8_t *p = data;
    size_t left = bytes;

    for (; left >= 8; left -= 8, p += 8) {
        hash = hash_u64(hash, le64_get(p));
    }
    if (left > 0) {
        hash = hash_u64(hash, le_get(p, left));
    }
    return hash_u64(hash, bytes);
}

uint64_t hash_string(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text));
}
