/* SPDX-License-Identifier: GPL-2.0-only */
/* Ed25519 by libcrypto. Keys are raw (RFC 8032, 5.1.5): libcrypto's own objects live only as long as
 * one call, and wipe what they held when they are freed. */
#include "emu/crypto/signature.h"

#include <openssl/evp.h>

bool signature_verify(const uint8_t public_key[SIGNATURE_PUBLIC_BYTES], const void *data,
                      size_t bytes, const uint8_t signature[SIGNATURE_BYTES])
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGNATURE_PUBLIC_BYTES);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = key != NULL && ctx != NULL &&
                EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(ctx, signature, SIGNATURE_BYTES, data, bytes) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good;
}

int signature_sign(const uint8_t secret_key[SIGNATURE_SECRET_BYTES], const void *data, size_t bytes,
                   uint8_t signature[SIGNATURE_BYTES])
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret_key, SIGNATURE_SECRET_BYTES);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t made = SIGNATURE_BYTES;
    bool good = key != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(ctx, signature, &made, data, bytes) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good ? 0 : -1;
}

int signature_public(const uint8_t secret_key[SIGNATURE_SECRET_BYTES],
                     uint8_t public_key[SIGNATURE_PUBLIC_BYTES])
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret_key, SIGNATURE_SECRET_BYTES);
    size_t made = SIGNATURE_PUBLIC_BYTES;
    bool good = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &made) == 1;

    EVP_PKEY_free(key);
    return good ? 0 : -1;
}
