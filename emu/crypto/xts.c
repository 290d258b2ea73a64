/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-XTS by libcrypto. One context for each direction holds the expanded keys for as long as
 * the object lives; a block costs one new tweak and one pass over its data.
 */
#include "emu/crypto/xts.h"

#include <stdint.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "emu/base/bug.h"
#include "emu/base/endian.h"

#define TWEAK_BYTES 16

struct xts {
    EVP_CIPHER_CTX *encrypt;
    EVP_CIPHER_CTX *decrypt;
};

static EVP_CIPHER_CTX *make_direction(const uint8_t key[XTS_KEY_BYTES], int encrypt)
{
    static const uint8_t tweak[TWEAK_BYTES] = {0};
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx != NULL && EVP_CipherInit_ex2(ctx, EVP_aes_256_xts(), key, tweak, encrypt, NULL) == 1) {
        return ctx;
    }
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

struct xts *xts_create(const uint8_t key[XTS_KEY_BYTES])
{
    struct xts *xts;

    if (CRYPTO_memcmp(key, key + XTS_KEY_BYTES / 2, XTS_KEY_BYTES / 2) == 0) return NULL;
    xts = calloc(1, sizeof(*xts));
    if (xts == NULL) return NULL;
    xts->encrypt = make_direction(key, 1);
    xts->decrypt = make_direction(key, 0);
    if (xts->encrypt == NULL || xts->decrypt == NULL) {
        xts_destroy(xts);
        return NULL;
    }
    return xts;
}

void xts_destroy(struct xts *xts)
{
    if (xts == NULL) return;
    /* libcrypto clears a cipher's key schedule when it frees it. */
    EVP_CIPHER_CTX_free(xts->encrypt);
    EVP_CIPHER_CTX_free(xts->decrypt);
    free(xts);
}

static void pass(EVP_CIPHER_CTX *ctx, uint64_t first, uint8_t *data, size_t block_bytes,
                 size_t blocks)
{
    uint8_t tweak[TWEAK_BYTES] = {0};

    /* What libcrypto could refuse below is the length alone. Going on would leave plaintext where
     * ciphertext belongs. */
    BUG_ON(block_bytes < 16 || block_bytes > 65536 || block_bytes % 16 != 0);
    for (size_t i = 0; i < blocks; i++) {
        int made = 0;

        le64_put(tweak, first + i);
        BUG_ON(EVP_CipherInit_ex2(ctx, NULL, NULL, tweak, -1, NULL) != 1);
        BUG_ON(EVP_CipherUpdate(ctx, data, &made, data, (int)block_bytes) != 1);
        BUG_ON((size_t)made != block_bytes);
        data += block_bytes;
    }
}

void xts_encrypt(struct xts *xts, uint64_t first, void *data, size_t block_bytes, size_t blocks)
{
    pass(xts->encrypt, first, data, block_bytes, blocks);
}

void xts_decrypt(struct xts *xts, uint64_t first, void *data, size_t block_bytes, size_t blocks)
{
    pass(xts->decrypt, first, data, block_bytes, blocks);
}
