/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hsiao SEC-DED (72,64) with a check matrix that turns with the bytes of the word: the column of
 * data bit 8 * n + k is the column of bit k rotated left by n. So one byte's worth of matrix is all
 * there is, and the rows are equally heavy by construction.
 *
 * Chosen: the eight first columns are one from each of the seven classes that the 56 numbers of
 * weight 3 fall into under rotation, and one of weight 5, picked by exhaustive search so that the
 * fewest triple errors look like single ones, then no error inside one half byte (one x4 chip of
 * data), then as few as possible inside one byte (one x8 chip). docs/hardware/ecc.md has the matrix
 * and the counts.
 * Not modelled: the symbol code of the real controllers, which is not public.
 */
#include "devices/memory/ecc.h"

#include <stdbool.h>

#include "devices/memory/dimm.h"
#include "emu/base/bits.h"

#define BYTE_BITS  8u
#define DATA_BYTES (DIMM_DATA_BITS / BYTE_BITS)

static const uint8_t first_columns[BYTE_BITS] = {
    0x07, 0x16, 0x86, 0x26, 0x15, 0x91, 0x52, 0x3e,
};
/* Sums of the columns above for the low and the high half of the first byte. */
static const uint8_t low_half[16] = {
    0x00, 0x07, 0x16, 0x11, 0x86, 0x81, 0x90, 0x97, 0x26, 0x21, 0x30, 0x37, 0xa0, 0xa7, 0xb6, 0xb1,
};
static const uint8_t high_half[16] = {
    0x00, 0x15, 0x91, 0x84, 0x52, 0x47, 0xc3, 0xd6, 0x3e, 0x2b, 0xaf, 0xba, 0x6c, 0x79, 0xfd, 0xe8,
};

static uint8_t rotate_left(uint8_t value, unsigned by)
{
    unsigned twice = (unsigned)value << BYTE_BITS | value;

    return (uint8_t)(twice >> (BYTE_BITS - by));
}

uint8_t ecc_encode(uint64_t data)
{
    uint8_t check = 0;

    for (unsigned n = 0; n < DATA_BYTES; n++) {
        uint8_t byte = (uint8_t)(data >> (n * BYTE_BITS));
        uint8_t sum = low_half[byte & 0xfu] ^ high_half[byte >> 4];

        check ^= rotate_left(sum, n);
    }
    return check;
}

/* The bit whose column `syndrome` is; false when it is nobody's. */
static bool find_column(uint8_t syndrome, unsigned *bit)
{
    if (is_power_of_two(syndrome)) {
        *bit = DIMM_DATA_BITS + (unsigned)__builtin_ctz(syndrome);
        return true;
    }
    for (unsigned n = 0; n < DATA_BYTES; n++) {
        for (unsigned k = 0; k < BYTE_BITS; k++) {
            if (rotate_left(first_columns[k], n) == syndrome) {
                *bit = n * BYTE_BITS + k;
                return true;
            }
        }
    }
    return false;
}

enum ecc_result ecc_decode(struct ecc_word *word, unsigned *bit)
{
    uint8_t syndrome = ecc_encode(word->data) ^ word->check;

    if (syndrome == 0) {
        return ECC_CLEAN;
    }
    if (!find_column(syndrome, bit)) {
        return ECC_UNCORRECTABLE;
    }
    if (*bit < DIMM_DATA_BITS) {
        word->data ^= BIT(*bit);
    } else {
        word->check ^= (uint8_t)(1u << (*bit - DIMM_DATA_BITS));
    }
    return ECC_CORRECTED;
}
