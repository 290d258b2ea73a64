/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys against RFC 3394, RFC 5869, RFC 7914 and the GCM specification's test cases. PBKDF2 and scrypt
 * take salts of 32 bytes here, which no published vector has: PBKDF2 is compared with RFC 8018's
 * definition written out below, which is itself held against RFC 7914, section 11; scrypt's answers
 * were computed from the definition of RFC 7914 without libcrypto, by a program that gives the
 * RFC's own answers, and libcrypto is held against those too.
 */
#include "emu/crypto/keys.h"

#include <openssl/evp.h>

#include "emu/base/bits.h"
#include "emu/crypto/digest.h"
#include "tests/unit/crypto/hex.h"

static const char kek_text[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct wrap {
    const char *key;
    const char *wrapped;
};

/* RFC 3394: 4.3, 4.5, 4.6. */
static const struct wrap wraps[] = {
    {
        "00112233445566778899aabbccddeeff",
        "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7",
    },
    {
        "00112233445566778899aabbccddeeff0001020304050607",
        "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1",
    },
    {
        "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
    },
};

static void test_wrap(void **state)
{
    struct hex kek = hex(kek_text);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wraps); i++) {
        struct hex key = hex(wraps[i].key);
        uint8_t wrapped[KEY_WRAP_BYTES(KEY_BYTES)];
        uint8_t back[KEY_BYTES];

        assert_int_equal(key_wrap(kek.bytes, key.bytes, key.count, wrapped), 0);
        assert_hex(wrapped, wraps[i].wrapped);
        assert_int_equal(key_unwrap(kek.bytes, wrapped, key.count, back), 0);
        assert_memory_equal(back, key.bytes, key.count);
    }
}

/* Any flipped bit, of the wrapped key or of the wrapping one: refused, and nothing is given out. */
static void test_wrap_flipped(void **state)
{
    static const uint8_t zeros[KEY_BYTES];
    struct hex kek = hex(kek_text);
    struct hex wrapped = hex(wraps[2].wrapped);
    uint8_t back[KEY_BYTES];

    (void)state;
    for (size_t bit = 0; bit < 8 * wrapped.count; bit++) {
        wrapped.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(back, 0x5a, sizeof(back));
        assert_int_equal(key_unwrap(kek.bytes, wrapped.bytes, KEY_BYTES, back), -1);
        assert_memory_equal(back, zeros, sizeof(back));
        wrapped.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * KEY_BYTES; bit++) {
        kek.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(key_unwrap(kek.bytes, wrapped.bytes, KEY_BYTES, back), -1);
        kek.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(key_unwrap(kek.bytes, wrapped.bytes, KEY_BYTES, back), 0);
}

/* What the SEP does with the volume's key, and the lengths at the ends of the range. */
static void test_wrap_lengths(void **state)
{
    static const size_t refused[] = {0, 8, 12, 17, 136};
    struct hex kek = hex(kek_text);
    uint8_t key[128];
    uint8_t once[KEY_WRAP_BYTES(128)];
    uint8_t twice[KEY_WRAP_BYTES(KEY_WRAP_BYTES(64))];
    uint8_t back[128];

    (void)state;
    memset(key, 0x33, sizeof(key));
    assert_int_equal(key_wrap(kek.bytes, key, 64, once), 0);
    assert_int_equal(key_wrap(kek.bytes, once, KEY_WRAP_BYTES(64), twice), 0);
    assert_int_equal(key_unwrap(kek.bytes, twice, KEY_WRAP_BYTES(64), once), 0);
    assert_int_equal(key_unwrap(kek.bytes, once, 64, back), 0);
    assert_memory_equal(back, key, 64);
    assert_int_equal(key_wrap(kek.bytes, key, 128, once), 0);
    assert_int_equal(key_unwrap(kek.bytes, once, 128, back), 0);
    assert_memory_equal(back, key, 128);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        assert_int_equal(key_wrap(kek.bytes, key, refused[i], once), -1);
        assert_int_equal(key_unwrap(kek.bytes, once, refused[i], back), -1);
    }
}

/* First byte and length of a run of counting bytes, which is how RFC 5869 writes its inputs. */
static void count_up(void *out, unsigned first, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        ((uint8_t *)out)[i] = (uint8_t)(first + i);
    }
}

static void test_derive(void **state)
{
    struct hex secret = hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    uint8_t long_secret[80];
    uint8_t salt[80];
    char info[81] = {0};
    uint8_t out[82];
    struct key_material material = {secret.bytes, secret.count, salt, 13, info};

    (void)state;
    count_up(salt, 0, 13); /* A.1 */
    count_up(info, 0xf0, 10);
    assert_int_equal(key_derive(&material, out, 42), 0);
    assert_hex(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b8"
                    "87185865");

    count_up(long_secret, 0, 80); /* A.2 */
    count_up(salt, 0x60, 80);
    count_up(info, 0xb0, 80);
    material = (struct key_material){long_secret, 80, salt, 80, info};
    assert_int_equal(key_derive(&material, out, 82), 0);
    assert_hex(out, "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7"
                    "827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5"
                    "c1f3434f1d87");

    material = (struct key_material){secret.bytes, secret.count, NULL, 0, ""}; /* A.3 */
    assert_int_equal(key_derive(&material, out, 42), 0);
    assert_hex(out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4"
                    "b61a96c8");
}

static void test_derive_differs(void **state)
{
    static uint8_t most[8160];
    struct hex secret = hex(kek_text);
    struct key_material material = {secret.bytes, secret.count, NULL, 0, "one use"};
    uint8_t one[KEY_BYTES];
    uint8_t other[KEY_BYTES];

    (void)state;
    assert_int_equal(key_derive(&material, one, sizeof(one)), 0);
    material.info = "another";
    assert_int_equal(key_derive(&material, other, sizeof(other)), 0);
    assert_memory_not_equal(one, other, sizeof(one));
    material.info = "one use";
    assert_int_equal(key_derive(&material, most, sizeof(most)), 0);
    assert_memory_equal(one, most, sizeof(one));
    secret.bytes[31] ^= 0x80;
    assert_int_equal(key_derive(&material, other, sizeof(other)), 0);
    assert_memory_not_equal(one, other, sizeof(one));
}

/* RFC 8018, 5.2, its first block. */
static void reference_pbkdf2(const struct hex *password, const struct hex *salt,
                             uint32_t iterations, uint8_t out[KEY_BYTES])
{
    static const uint8_t block_number[] = {0, 0, 0, 1};
    uint8_t first[HEX_MAX + 4];
    uint8_t u[KEY_BYTES];

    memcpy(first, salt->bytes, salt->count);
    memcpy(first + salt->count, block_number, sizeof(block_number));
    assert_int_equal(digest_hmac(password->bytes, password->count, first, salt->count + 4, u), 0);
    memcpy(out, u, KEY_BYTES);
    for (uint32_t i = 1; i < iterations; i++) {
        assert_int_equal(digest_hmac(password->bytes, password->count, u, sizeof(u), u), 0);
        for (size_t k = 0; k < KEY_BYTES; k++) {
            out[k] ^= u[k];
        }
    }
}

static struct hex ascii(const char *text)
{
    struct hex out = {.count = strlen(text)};

    memcpy(out.bytes, text, out.count);
    return out;
}

static void test_stretch(void **state)
{
    static const uint32_t counts[] = {1, 2, 1000, 4096};
    struct hex password = ascii("password");
    struct hex salt = ascii("salt");
    uint8_t wanted[KEY_BYTES];
    uint8_t made[KEY_BYTES];

    (void)state;
    password = ascii("passwd"); /* RFC 7914, 11 */
    reference_pbkdf2(&password, &salt, 1, wanted);
    assert_hex(wanted, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    password = ascii("Password");
    salt = ascii("NaCl");
    reference_pbkdf2(&password, &salt, 80000, wanted);
    assert_hex(wanted, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");

    password = ascii("password");
    salt = hex(kek_text);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        reference_pbkdf2(&password, &salt, counts[i], wanted);
        assert_int_equal(key_stretch("password", 8, salt.bytes, counts[i], made), 0);
        assert_memory_equal(made, wanted, sizeof(made));
    }
    assert_hex(made, "fc1eba36b7efcf5e96860bf405ae8ce1f5922cb0cd73501b835c7e236be31d44");
    assert_int_equal(key_stretch(NULL, 0, salt.bytes, 3, made), 0);
    assert_hex(made, "9afab2cf864ba271aa01ab89e5fe1171a0000432b13ba19c2df48b2031cba305");
    assert_int_equal(key_stretch("password", 8, salt.bytes, 0, made), -1);
}

static void test_stretch_flipped(void **state)
{
    struct hex salt = hex(kek_text);
    uint8_t made[KEY_BYTES];
    uint8_t other[KEY_BYTES];

    (void)state;
    assert_int_equal(key_stretch("password", 8, salt.bytes, 10, made), 0);
    assert_int_equal(key_stretch("qassword", 8, salt.bytes, 10, other), 0);
    assert_memory_not_equal(made, other, sizeof(made));
    salt.bytes[0] ^= 1;
    assert_int_equal(key_stretch("password", 8, salt.bytes, 10, other), 0);
    assert_memory_not_equal(made, other, sizeof(made));
}

static void test_stretch_file(void **state)
{
    struct hex salt = hex(kek_text);
    uint8_t made[KEY_BYTES];

    (void)state;
    /* RFC 7914, 12, the first 32 bytes: libcrypto's scrypt is that of the RFC. */
    assert_int_equal(EVP_PBE_scrypt("pleaseletmein", 13, (const uint8_t *)"SodiumChloride", 14,
                                    16384, 8, 1, UINT64_C(1) << 26, made, KEY_BYTES),
                     1);
    assert_hex(made, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");

    assert_int_equal(key_stretch_file("password", 8, salt.bytes, 10, made), 0);
    assert_hex(made, "6245efbb6c5c9d268dfbb2142d22614274ed722ee213a6ab6b35a04818f359cf");
    assert_int_equal(key_stretch_file(NULL, 0, salt.bytes, 11, made), 0);
    assert_hex(made, "fb6e6f1edca74f56577dbb3b9ecab09c9a1b24163647228e8a209d484189c304");
    assert_int_equal(key_stretch_file("p", 1, salt.bytes, 16, made), 0);
    assert_int_equal(key_stretch_file("p", 1, salt.bytes, 9, made), -1);
    assert_int_equal(key_stretch_file("p", 1, salt.bytes, 21, made), -1);
}

struct gcm {
    const char *key;
    const char *nonce;
    const char *data;
    const char *aad;
    const char *sealed; /* with the tag */
};

#define GCM_KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define ZEROS16 "00000000000000000000000000000000"

/* McGrew and Viega, "The Galois/Counter Mode of Operation", annex B, cases 13, 14, 16. */
static const struct gcm gcms[] = {
    {ZEROS16 ZEROS16, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {ZEROS16 ZEROS16, "000000000000000000000000", ZEROS16, "",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {GCM_KEY, "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
     "b525b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

/* The case `g` as the interface wants it; `key` and `aad` hold what the seal points to. */
static struct key_seal make_seal(const struct gcm *g, struct hex *key, struct hex *aad)
{
    struct key_seal seal = {.key = key->bytes, .aad = (const char *)aad->bytes};

    *key = hex(g->key);
    *aad = hex(g->aad);
    memcpy(seal.nonce, hex(g->nonce).bytes, KEY_NONCE_BYTES);
    return seal;
}

static void test_seal(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(gcms); i++) {
        struct hex key;
        struct hex aad;
        struct hex data = hex(gcms[i].data);
        struct key_seal seal = make_seal(&gcms[i], &key, &aad);
        uint8_t sealed[80 + KEY_TAG_BYTES];
        uint8_t back[80];

        assert_int_equal(key_seal(&seal, data.bytes, data.count, sealed), 0);
        assert_hex(sealed, gcms[i].sealed);
        assert_int_equal(key_open(&seal, sealed, data.count, back), 0);
        assert_memory_equal(back, data.bytes, data.count);
    }
}

static void test_seal_flipped(void **state)
{
    static const uint8_t zeros[60];
    struct hex key;
    struct hex aad;
    struct key_seal seal = make_seal(&gcms[2], &key, &aad);
    struct hex sealed = hex(gcms[2].sealed);
    uint8_t back[60];

    (void)state;
    for (size_t bit = 0; bit < 8 * sealed.count; bit++) {
        sealed.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(back, 0x5a, sizeof(back));
        assert_int_equal(key_open(&seal, sealed.bytes, 60, back), -1);
        assert_memory_equal(back, zeros, sizeof(back));
        sealed.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    key.bytes[0] ^= 1;
    assert_int_equal(key_open(&seal, sealed.bytes, 60, back), -1);
    key.bytes[0] ^= 1;
    seal.nonce[11] ^= 1;
    assert_int_equal(key_open(&seal, sealed.bytes, 60, back), -1);
    seal.nonce[11] ^= 1;
    aad.bytes[3] ^= 1;
    assert_int_equal(key_open(&seal, sealed.bytes, 60, back), -1);
    aad.bytes[3] ^= 1;
    assert_int_equal(key_open(&seal, sealed.bytes, 59, back), -1);
    assert_int_equal(key_open(&seal, sealed.bytes, 60, back), 0);
}

static void test_small_things(void **state)
{
    static const uint8_t zeros[KEY_BYTES];
    uint8_t one[KEY_BYTES] = {0};
    uint8_t two[KEY_BYTES] = {0};

    (void)state;
    assert_int_equal(key_random(one, sizeof(one)), 0);
    assert_int_equal(key_random(two, sizeof(two)), 0);
    assert_false(key_equal(one, two, sizeof(one)));
    memcpy(two, one, sizeof(two));
    assert_true(key_equal(one, two, sizeof(one)));
    two[31] ^= 0x80;
    assert_false(key_equal(one, two, sizeof(one)));
    assert_true(key_equal(one, two, 31));
    key_wipe(one, sizeof(one));
    assert_memory_equal(one, zeros, sizeof(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_wrap_flipped),
        cmocka_unit_test(test_wrap_lengths),
        cmocka_unit_test(test_derive),
        cmocka_unit_test(test_derive_differs),
        cmocka_unit_test(test_stretch),
        cmocka_unit_test(test_stretch_flipped),
        cmocka_unit_test(test_stretch_file),
        cmocka_unit_test(test_seal),
        cmocka_unit_test(test_seal_flipped),
        cmocka_unit_test(test_small_things),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
