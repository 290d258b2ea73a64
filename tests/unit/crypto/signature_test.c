/* SPDX-License-Identifier: GPL-2.0-only */
/* Ed25519 against RFC 8032, 7.1; SHA-256 against FIPS 180-4, HMAC against RFC 4231. */
#include "emu/crypto/signature.h"

#include "emu/base/bits.h"
#include "emu/crypto/digest.h"
#include "tests/unit/crypto/hex.h"

struct vector {
    const char *secret;
    const char *public;
    const char *message;
    const char *signature;
};

/* Tests 1, 2, 3 and SHA(abc). */
static const struct vector vectors[] = {
    {
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    },
    {
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    },
    {
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    },
    {
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    },
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct hex secret = hex(v->secret);
        struct hex message = hex(v->message);
        uint8_t public[SIGNATURE_PUBLIC_BYTES];
        uint8_t signature[SIGNATURE_BYTES];

        assert_int_equal(signature_public(secret.bytes, public), 0);
        assert_hex(public, v->public);
        assert_int_equal(signature_sign(secret.bytes, message.bytes, message.count, signature), 0);
        assert_hex(signature, v->signature);
        assert_true(signature_verify(public, message.bytes, message.count, signature));
    }
}

static void flip(uint8_t *bytes, size_t bit)
{
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* Each single bit of key, message and signature counts. */
static void test_flipped_bits(void **state)
{
    struct hex public = hex(vectors[2].public);
    struct hex message = hex(vectors[2].message);
    struct hex signature = hex(vectors[2].signature);

    (void)state;
    for (size_t bit = 0; bit < 8 * SIGNATURE_PUBLIC_BYTES; bit++) {
        flip(public.bytes, bit);
        assert_false(signature_verify(public.bytes, message.bytes, 2, signature.bytes));
        flip(public.bytes, bit);
    }
    for (size_t bit = 0; bit < 16; bit++) {
        flip(message.bytes, bit);
        assert_false(signature_verify(public.bytes, message.bytes, 2, signature.bytes));
        flip(message.bytes, bit);
    }
    for (size_t bit = 0; bit < 8 * SIGNATURE_BYTES; bit++) {
        flip(signature.bytes, bit);
        assert_false(signature_verify(public.bytes, message.bytes, 2, signature.bytes));
        flip(signature.bytes, bit);
    }
    assert_false(signature_verify(public.bytes, message.bytes, 1, signature.bytes));
    assert_true(signature_verify(public.bytes, message.bytes, 2, signature.bytes));
}

/* RFC 8032, 8.4: the group order added to S would be a second signature for the same message. */
static void test_malleable(void **state)
{
    struct hex public = hex(vectors[1].public);
    struct hex message = hex(vectors[1].message);
    struct hex signature = hex(vectors[1].signature);
    struct hex order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;

    (void)state;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature.bytes[32 + i] + order.bytes[i];
        signature.bytes[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(signature_verify(public.bytes, message.bytes, message.count, signature.bytes));
}

/* In pieces as in one. */
static void test_digest_stream(void **state)
{
    struct digest_stream *stream = digest_stream_create();
    uint8_t whole[DIGEST_BYTES];
    uint8_t out[DIGEST_BYTES];

    (void)state;
    assert_non_null(stream);
    assert_int_equal(digest_stream_add(stream, "a", 1), 0);
    assert_int_equal(digest_stream_add(stream, "", 0), 0);
    assert_int_equal(digest_stream_add(stream, "bc", 2), 0);
    assert_int_equal(digest_stream_finish(stream, out), 0);
    digest_stream_destroy(stream);
    digest_stream_destroy(NULL);
    assert_int_equal(digest_sha256("abc", 3, whole), 0);
    assert_memory_equal(out, whole, sizeof(out));
}

static void test_digest(void **state)
{
    uint8_t out[DIGEST_BYTES];
    uint8_t data[50];

    (void)state;
    assert_int_equal(digest_sha256("abc", 3, out), 0);
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(digest_sha256(NULL, 0, out), 0);
    assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    /* RFC 4231: cases 2, 3 and 6 (a key longer than a block). */
    assert_int_equal(
        digest_hmac((const uint8_t *)"Jefe", 4, "what do ya want for nothing?", 28, out), 0);
    assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(data, 0xdd, sizeof(data));
    assert_int_equal(
        digest_hmac(hex("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").bytes, 20, data, 50, out), 0);
    assert_hex(out, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    assert_int_equal(digest_hmac(NULL, 0, NULL, 0, out), 0);
    assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_long_key(void **state)
{
    static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    uint8_t key[131];
    uint8_t out[DIGEST_BYTES];

    (void)state;
    memset(key, 0xaa, sizeof(key));
    assert_int_equal(digest_hmac(key, sizeof(key), text, sizeof(text) - 1, out), 0);
    assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    key[130] ^= 1;
    assert_int_equal(digest_hmac(key, sizeof(key), text, sizeof(text) - 1, out), 0);
    assert_memory_not_equal(
        out, hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54").bytes, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),       cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_malleable),     cmocka_unit_test(test_digest),
        cmocka_unit_test(test_digest_stream), cmocka_unit_test(test_long_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
