/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The error-correcting code, exhaustively: all single and double errors over many words, all triples
 * of one, and the check matrix itself against the one printed in docs/hardware/ecc.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/memory/dimm.h"
#include "devices/memory/ecc.h"
#include "emu/base/bits.h"
#include "tests/lib/rig.h"

#define WORDS          256u
#define HALF_BYTES     16u
#define HALF_BYTE_BITS 4u
#define BYTE_ERRORS    256u

/* Which data bits each check bit is the parity of: docs/hardware/ecc.md. */
static const uint64_t rows[DIMM_CHECK_BITS] = {
    UINT64_C(0xcf9f80f288402431), UINT64_C(0x9f80f288402431cf), UINT64_C(0x80f288402431cf9f),
    UINT64_C(0xf288402431cf9f80), UINT64_C(0x88402431cf9f80f2), UINT64_C(0x402431cf9f80f288),
    UINT64_C(0x2431cf9f80f28840), UINT64_C(0x31cf9f80f2884024),
};

static struct ecc_word good_word(uint64_t data)
{
    return (struct ecc_word){.data = data, .check = ecc_encode(data)};
}

static void flip(struct ecc_word *word, unsigned bit)
{
    if (bit < DIMM_DATA_BITS) {
        word->data ^= BIT(bit);
    } else {
        word->check ^= (uint8_t)(1u << (bit - DIMM_DATA_BITS));
    }
}

/* A few words that are special and many that are not. */
static uint64_t sample(unsigned i, uint64_t *random)
{
    static const uint64_t special[] = {0, UINT64_MAX, UINT64_C(0x5555555555555555),
                                       UINT64_C(0xaaaaaaaaaaaaaaaa)};

    return i < ARRAY_LEN(special) ? special[i] : rig_random(random);
}

static void test_matrix(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (unsigned i = 0; i < WORDS; i++) {
        uint64_t data = sample(i, &random);
        unsigned check = 0;

        for (unsigned row = 0; row < DIMM_CHECK_BITS; row++) {
            check |= (unsigned)__builtin_parityll(data & rows[row]) << row;
        }
        assert_int_equal(ecc_encode(data), check);
    }
}

static uint8_t column_of(unsigned bit)
{
    if (bit < DIMM_DATA_BITS) return ecc_encode(BIT(bit));
    return (uint8_t)(1u << (bit - DIMM_DATA_BITS));
}

/* Odd weights, all different: 56 of 3, 8 of 5, and the check bits' own of 1; equal rows. */
static void test_columns(void **state)
{
    unsigned weights[DIMM_CHECK_BITS + 1] = {0};
    bool is_seen[BYTE_ERRORS] = {false};

    (void)state;
    for (unsigned bit = 0; bit < DIMM_CODE_BITS; bit++) {
        unsigned column = column_of(bit);

        assert_false(is_seen[column]);
        is_seen[column] = true;
        weights[__builtin_popcount(column)]++;
    }
    assert_int_equal(weights[1], 8);
    assert_int_equal(weights[3], 56);
    assert_int_equal(weights[5], 8);
    for (unsigned row = 0; row < DIMM_CHECK_BITS; row++) {
        assert_int_equal(__builtin_popcountll(rows[row]), 26);
    }
}

static void test_clean(void **state)
{
    uint64_t random = 2;

    (void)state;
    for (unsigned i = 0; i < WORDS; i++) {
        uint64_t data = sample(i, &random);
        struct ecc_word word = good_word(data);
        unsigned bit = 1234;

        assert_int_equal(ecc_decode(&word, &bit), ECC_CLEAN);
        assert_true(word.data == data && word.check == ecc_encode(data));
        assert_int_equal(bit, 1234);
    }
}

static void test_singles(void **state)
{
    uint64_t random = 3;

    (void)state;
    for (unsigned i = 0; i < WORDS; i++) {
        struct ecc_word good = good_word(sample(i, &random));

        for (unsigned a = 0; a < DIMM_CODE_BITS; a++) {
            struct ecc_word word = good;
            unsigned bit = 0;

            flip(&word, a);
            assert_int_equal(ecc_decode(&word, &bit), ECC_CORRECTED);
            assert_int_equal(bit, a);
            assert_true(word.data == good.data && word.check == good.check);
        }
    }
}

static void test_doubles(void **state)
{
    uint64_t random = 4;

    (void)state;
    for (unsigned i = 0; i < WORDS; i++) {
        struct ecc_word good = good_word(sample(i, &random));
        unsigned count = 0;

        for (unsigned a = 0; a < DIMM_CODE_BITS; a++) {
            for (unsigned b = a + 1; b < DIMM_CODE_BITS; b++) {
                struct ecc_word word = good;
                struct ecc_word wrong;
                unsigned bit = 1234;

                flip(&word, a);
                flip(&word, b);
                wrong = word;
                assert_int_equal(ecc_decode(&word, &bit), ECC_UNCORRECTABLE);
                assert_true(word.data == wrong.data && word.check == wrong.check);
                assert_int_equal(bit, 1234);
                count++;
            }
        }
        assert_int_equal(count, 2556);
    }
}

/* What the flipped bits of `mask` (data bits from `first` on) are taken for. */
static enum ecc_result after_flips(unsigned first, unsigned mask)
{
    struct ecc_word word = good_word(0);
    unsigned bit;

    for (unsigned i = 0; mask >> i != 0; i++) {
        if ((mask >> i & 1) != 0) {
            flip(&word, first + i);
        }
    }
    return ecc_decode(&word, &bit);
}

/* The code is linear, so one word stands for all. The numbers are those of docs/hardware/ecc.md. */
static void test_triples(void **state)
{
    unsigned miscorrected = 0;
    unsigned detected = 0;

    (void)state;
    for (unsigned a = 0; a < DIMM_CODE_BITS; a++) {
        for (unsigned b = a + 1; b < DIMM_CODE_BITS; b++) {
            for (unsigned c = b + 1; c < DIMM_CODE_BITS; c++) {
                struct ecc_word word = good_word(0);
                unsigned bit;
                enum ecc_result result;

                flip(&word, a);
                flip(&word, b);
                flip(&word, c);
                result = ecc_decode(&word, &bit);
                assert_int_not_equal(result, ECC_CLEAN);
                miscorrected += result == ECC_CORRECTED;
                detected += result == ECC_UNCORRECTABLE;
            }
        }
    }
    assert_int_equal(miscorrected, 33568);
    assert_int_equal(detected, 26072);
}

/* Four wrong bits are an even number: never taken for one, but unseen where two pairs have the same
 * sum. Each such set of four can be split into pairs in three ways. */
static void test_quadruples(void **state)
{
    unsigned pairs[BYTE_ERRORS] = {0};
    unsigned unseen = 0;

    (void)state;
    for (unsigned a = 0; a < DIMM_CODE_BITS; a++) {
        for (unsigned b = a + 1; b < DIMM_CODE_BITS; b++) {
            pairs[column_of(a) ^ column_of(b)]++;
        }
    }
    for (unsigned sum = 0; sum < BYTE_ERRORS; sum++) {
        unseen += pairs[sum] * (pairs[sum] - 1) / 2;
    }
    assert_int_equal(unseen, 8392 * 3);
}

/* Errors of any shape inside one x4 chip of data are never taken for single ones; those inside one
 * x8 chip never go unseen. */
static void test_chips(void **state)
{
    unsigned miscorrected = 0;

    (void)state;
    for (unsigned half = 0; half < HALF_BYTES; half++) {
        for (unsigned mask = 1; mask < 1u << HALF_BYTE_BITS; mask++) {
            enum ecc_result result = after_flips(half * HALF_BYTE_BITS, mask);

            assert_int_equal(result, is_power_of_two(mask) ? ECC_CORRECTED : ECC_UNCORRECTABLE);
        }
    }
    for (unsigned first = 0; first < DIMM_DATA_BITS; first += 8) {
        for (unsigned mask = 1; mask < BYTE_ERRORS; mask++) {
            enum ecc_result result = after_flips(first, mask);

            assert_int_not_equal(result, ECC_CLEAN);
            miscorrected += result == ECC_CORRECTED && !is_power_of_two(mask);
        }
    }
    assert_int_equal(miscorrected, 64 * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),     cmocka_unit_test(test_columns),
        cmocka_unit_test(test_clean),      cmocka_unit_test(test_singles),
        cmocka_unit_test(test_doubles),    cmocka_unit_test(test_triples),
        cmocka_unit_test(test_quadruples), cmocka_unit_test(test_chips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
