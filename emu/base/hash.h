/* SPDX-License-Identifier: GPL-2.0-only */
/* A fast 64-bit rolling hash for traces and state comparison. Not cryptographic: it finds
 * differences, not attackers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_SEED UINT64_C(0x9e3779b97f4a7c15)

/* Mixes one word into the hash: a 64x64 -> 128 multiply folded by exclusive or. Order matters. */
static inline uint64_t hash_u64(uint64_t hash, uint64_t word)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)(hash ^ word) * UINT64_C(0xd6e8feb86659fd93);

    return (uint64_t)product ^ (uint64_t)(product >> 64) ^ (word * HASH_SEED);
}

uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes);
uint64_t hash_string(uint64_t hash, const char *text);
