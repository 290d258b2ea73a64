/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-XTS over storage blocks (IEEE Std 1619-2018; NIST SP 800-38E). The tweak of a block is
 * its number as a 128-bit little-endian integer.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Data key, then tweak key. */
#define XTS_KEY_BYTES 64

struct xts;

/* Expands the key; `key` may be wiped afterwards. NULL when memory is short, or when both halves
 * are equal (FIPS 140-2 IG A.9). Owner: the caller. One thread at a time may use it. */
struct xts *xts_create(const uint8_t key[XTS_KEY_BYTES]);
/* Wipes the expanded key. NULL is harmless. */
void xts_destroy(struct xts *xts);

/* In place: `blocks` blocks of `block_bytes` (a multiple of 16, 16..65536), numbered from `first`. */
void xts_encrypt(struct xts *xts, uint64_t first, void *data, size_t block_bytes, size_t blocks);
void xts_decrypt(struct xts *xts, uint64_t first, void *data, size_t block_bytes, size_t blocks);
