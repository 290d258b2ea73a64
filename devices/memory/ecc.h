/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The error-correcting code of memory: a Hsiao SEC-DED code (72,64) over one 64-bit word. Every
 * column of its check matrix has odd weight, so a syndrome of odd weight is a single error and an
 * even one that is not zero a double error (M. Y. Hsiao, IBM J. Res. Dev. 14, 1970).
 * docs/hardware/ecc.md has the matrix and why it is this one.
 */
#pragma once

#include <stdint.h>

/* A stored code word, or a mask over its bits: bit n of `data` is bit n, bit n of `check` is bit
 * 64 + n. */
struct ecc_word {
    uint64_t data;
    uint8_t check;
};

enum ecc_result {
    ECC_CLEAN,
    ECC_CORRECTED,     /* `*bit` was wrong; the word has been put right */
    ECC_UNCORRECTABLE, /* the word is as it was stored */
};

uint8_t ecc_encode(uint64_t data);
/* Decodes in place. Three and more errors may look like one: then another bit is "put right". `*bit`
 * is 0..71 for ECC_CORRECTED and untouched otherwise. */
enum ecc_result ecc_decode(struct ecc_word *word, unsigned *bit);
