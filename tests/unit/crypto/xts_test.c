/* SPDX-License-Identifier: GPL-2.0-only */
/* AES-256-XTS against IEEE Std 1619-2018, annex B, and the T2's engine on top of it. */
#include "emu/crypto/xts.h"

#include "devices/apple/t2_aes.h"
#include "emu/base/bits.h"
#include "tests/unit/crypto/hex.h"
#include "tests/unit/crypto/xts_vectors.h"

#define UNIT   512u
#define BLOCKS 6u

static const char key_text[] = "2718281828459045235360287471352662497757247093699959574966967627"
                               "3141592653589793238462643383279502884197169399375105820974944592";

static struct xts *open_xts(void)
{
    struct xts *xts = xts_create(hex(key_text).bytes);

    assert_non_null(xts);
    return xts;
}

static void fill(uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        data[i] = (uint8_t)i;
    }
}

static void test_vectors(void **state)
{
    struct xts *xts = open_xts();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(xts_ciphertexts); i++) {
        uint64_t unit = bits_mask(8 * (unsigned)(i + 1));
        uint8_t plain[UNIT];
        uint8_t data[UNIT];

        fill(plain, sizeof(plain));
        fill(data, sizeof(data));
        xts_encrypt(xts, unit, data, UNIT, 1);
        assert_hex(data, xts_ciphertexts[i]);
        xts_decrypt(xts, unit, data, UNIT, 1);
        assert_memory_equal(data, plain, UNIT);
    }
    xts_destroy(xts);
}

/* Each block of a run has its own tweak, in both directions, mixed. */
static void test_numbering(void **state)
{
    struct xts *xts = open_xts();
    uint8_t run[BLOCKS * UNIT] = {0};
    uint8_t single[BLOCKS * UNIT] = {0};

    (void)state;
    xts_encrypt(xts, 0xfffe, run, UNIT, BLOCKS);
    for (size_t i = BLOCKS; i-- > 0;) {
        xts_encrypt(xts, 0xfffe + i, single + i * UNIT, UNIT, 1);
    }
    assert_memory_equal(run, single, sizeof(run));
    for (size_t i = 1; i < BLOCKS; i++) {
        assert_memory_not_equal(run, run + i * UNIT, UNIT);
    }
    xts_decrypt(xts, 0xfffe, run, UNIT, BLOCKS);
    memset(single, 0, sizeof(single));
    assert_memory_equal(run, single, sizeof(run));
    xts_destroy(xts);
}

/* A flipped bit of key, number or ciphertext does not decrypt. */
static void test_flipped_bits(void **state)
{
    struct hex key = hex(key_text);
    uint8_t plain[UNIT];
    uint8_t data[UNIT];
    struct xts *xts;

    (void)state;
    fill(plain, sizeof(plain));
    for (size_t bit = 0; bit < 8 * XTS_KEY_BYTES; bit += 37) {
        key.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        xts = xts_create(key.bytes);
        assert_non_null(xts);
        memcpy(data, hex(xts_ciphertexts[0]).bytes, UNIT);
        xts_decrypt(xts, 0xff, data, UNIT, 1);
        assert_memory_not_equal(data, plain, 16);
        assert_memory_not_equal(data + UNIT - 16, plain + UNIT - 16, 16);
        xts_destroy(xts);
        key.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    xts = open_xts();
    for (unsigned bit = 0; bit < 64; bit++) {
        memcpy(data, hex(xts_ciphertexts[0]).bytes, UNIT);
        xts_decrypt(xts, 0xff ^ BIT(bit), data, UNIT, 1);
        assert_memory_not_equal(data, plain, 16);
    }
    memcpy(data, hex(xts_ciphertexts[0]).bytes, UNIT);
    data[100] ^= 0x10;
    xts_decrypt(xts, 0xff, data, UNIT, 1);
    assert_memory_equal(data, plain, 96);
    assert_memory_not_equal(data + 96, plain + 96, 16);
    assert_memory_equal(data + 112, plain + 112, UNIT - 112);
    xts_destroy(xts);
}

static void test_equal_halves(void **state)
{
    struct hex key = hex(key_text);

    (void)state;
    memcpy(key.bytes + 32, key.bytes, 32);
    assert_null(xts_create(key.bytes));
    key.bytes[63] ^= 1;
    xts_destroy(xts_create(key.bytes));
    xts_destroy(NULL);
}

static void test_largest_and_smallest_block(void **state)
{
    static uint8_t large[65536];
    static const uint8_t zeros[65536];
    struct xts *xts = open_xts();

    (void)state;
    xts_encrypt(xts, 7, large, sizeof(large), 1);
    assert_memory_not_equal(large + 65520, zeros, 16);
    xts_decrypt(xts, 7, large, sizeof(large), 1);
    assert_memory_equal(large, zeros, sizeof(large));
    xts_encrypt(xts, 7, large, 16, 4096);
    xts_decrypt(xts, 7, large, 16, 4096);
    assert_memory_equal(large, zeros, sizeof(large));
    xts_encrypt(xts, 7, large, 16, 0);
    assert_memory_equal(large, zeros, sizeof(large));
    xts_destroy(xts);
}

/* Each pattern of blank blocks: blank stays blank, the rest decrypts under its own number. */
static void test_blank_blocks(void **state)
{
    static uint8_t plain[BLOCKS * T2_BLOCK_BYTES];
    static uint8_t data[BLOCKS * T2_BLOCK_BYTES];
    struct xts *xts = open_xts();

    (void)state;
    for (unsigned pattern = 0; pattern < BIT(BLOCKS); pattern++) {
        fill(plain, sizeof(plain));
        memcpy(data, plain, sizeof(data));
        t2_aes_encrypt(xts, 1000, data, BLOCKS);
        for (unsigned i = 0; i < BLOCKS; i++) {
            if ((pattern & BIT(i)) != 0) {
                memset(data + i * T2_BLOCK_BYTES, 0, T2_BLOCK_BYTES);
                memset(plain + i * T2_BLOCK_BYTES, 0, T2_BLOCK_BYTES);
            }
        }
        t2_aes_decrypt(xts, 1000, data, BLOCKS);
        assert_memory_equal(data, plain, sizeof(data));
    }
    xts_destroy(xts);
}

/* One byte other than zero anywhere makes a block a written one. */
static void test_nearly_blank(void **state)
{
    static const size_t places[] = {0, 7, 8, 15, 16, 2048, T2_BLOCK_BYTES - 1};
    static const uint8_t zeros[T2_BLOCK_BYTES];
    struct xts *xts = open_xts();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        uint8_t data[T2_BLOCK_BYTES] = {0};
        uint8_t before[T2_BLOCK_BYTES] = {0};

        data[places[i]] = 1;
        before[places[i]] = 1;
        t2_aes_decrypt(xts, 5, data, 1);
        assert_memory_not_equal(data, before, sizeof(data));
        t2_aes_encrypt(xts, 5, data, 1);
        assert_memory_equal(data, before, sizeof(data));
        memset(data, 0, sizeof(data));
        t2_aes_encrypt(xts, 5, data, 1); /* what is written is encrypted, zeros as well */
        assert_memory_not_equal(data, zeros, sizeof(data));
    }
    xts_destroy(xts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_numbering),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_equal_halves),
        cmocka_unit_test(test_largest_and_smallest_block),
        cmocka_unit_test(test_blank_blocks),
        cmocka_unit_test(test_nearly_blank),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
