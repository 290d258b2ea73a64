/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wrapping, derivation, stretching and sealing of keys by libcrypto. Its contexts live as long as one
 * call, and libcrypto clears the key material in them when it frees them; what passes through our own
 * variables belongs to the caller.
 */
#include "emu/crypto/keys.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#define WRAP_MAX   128u
#define SCRYPT_R   UINT64_C(8)
#define SCRYPT_P   UINT64_C(1)
#define SCRYPT_MIN 10u
#define SCRYPT_MAX 20u

/* One pass of AES key wrap in either direction. */
static bool wrap_pass(const uint8_t *kek, const uint8_t *in, size_t in_bytes, uint8_t *out,
                      int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int made = 0;
    bool good = false;

    if (ctx != NULL) {
        EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
        good = EVP_CipherInit_ex2(ctx, EVP_aes_256_wrap(), kek, NULL, encrypt, NULL) == 1 &&
               EVP_CipherUpdate(ctx, out, &made, in, (int)in_bytes) == 1;
    }
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

int key_wrap(const uint8_t kek[KEY_BYTES], const uint8_t *key, size_t bytes, uint8_t *wrapped)
{
    if (bytes < 16 || bytes > WRAP_MAX || bytes % 8 != 0) return -1;
    return wrap_pass(kek, key, bytes, wrapped, 1) ? 0 : -1;
}

int key_unwrap(const uint8_t kek[KEY_BYTES], const uint8_t *wrapped, size_t bytes, uint8_t *key)
{
    if (bytes < 16 || bytes > WRAP_MAX || bytes % 8 != 0) return -1;
    if (wrap_pass(kek, wrapped, KEY_WRAP_BYTES(bytes), key, 0)) return 0;
    key_wipe(key, bytes);
    return -1;
}

static EVP_KDF_CTX *open_kdf(const char *name)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

    EVP_KDF_free(kdf);
    return ctx;
}

int key_derive(const struct key_material *material, void *out, size_t out_bytes)
{
    /* OSSL_PARAM has no const; libcrypto copies what it is pointed to. */
    union {
        const void *given;
        void *param;
    } secret = {.given = material->secret}, salt = {.given = material->salt},
      info = {.given = material->info};
    char digest[] = "SHA256";
    char empty[] = "";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
                                          secret.param != NULL ? secret.param : empty,
                                          material->secret_bytes),
        OSSL_PARAM_construct_octet_string(
            OSSL_KDF_PARAM_SALT, salt.param != NULL ? salt.param : empty, material->salt_bytes),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.param, strlen(material->info)),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF_CTX *ctx = open_kdf("HKDF");
    int good = ctx != NULL && EVP_KDF_derive(ctx, out, out_bytes, params) == 1;

    EVP_KDF_CTX_free(ctx);
    return good ? 0 : -1;
}

int key_stretch(const void *password, size_t bytes, const uint8_t salt[KEY_BYTES],
                uint32_t iterations, uint8_t out[KEY_BYTES])
{
    if (iterations == 0 || iterations > INT32_MAX) return -1;
    if (bytes == 0) password = "";
    return PKCS5_PBKDF2_HMAC(password, (int)bytes, salt, KEY_BYTES, (int)iterations, EVP_sha256(),
                             KEY_BYTES, out) == 1
               ? 0
               : -1;
}

int key_stretch_file(const void *passphrase, size_t bytes, const uint8_t salt[KEY_BYTES],
                     unsigned log2_n, uint8_t out[KEY_BYTES])
{
    uint64_t n;
    uint64_t memory;

    if (log2_n < SCRYPT_MIN || log2_n > SCRYPT_MAX) return -1;
    n = UINT64_C(1) << log2_n;
    /* RFC 7914, 2: 128 r bytes for each of N, p and some working blocks. */
    memory = 128 * SCRYPT_R * (n + SCRYPT_P + 8);
    if (bytes == 0) passphrase = "";
    return EVP_PBE_scrypt(passphrase, bytes, salt, KEY_BYTES, n, SCRYPT_R, SCRYPT_P, memory, out,
                          KEY_BYTES) == 1
               ? 0
               : -1;
}

/* A context for the seal's key and nonce that has seen its `aad`. NULL when memory is short. */
static EVP_CIPHER_CTX *start_gcm(const struct key_seal *seal, int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    const uint8_t *aad = (const uint8_t *)seal->aad;
    int made = 0;

    if (ctx != NULL &&
        EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), seal->key, seal->nonce, encrypt, NULL) == 1 &&
        (aad == NULL || EVP_CipherUpdate(ctx, NULL, &made, aad, (int)strlen(seal->aad)) == 1)) {
        return ctx;
    }
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

int key_seal(const struct key_seal *seal, const void *data, size_t bytes, uint8_t *sealed)
{
    EVP_CIPHER_CTX *ctx;
    int made = 0;
    bool good;

    if (bytes > INT32_MAX) return -1;
    ctx = start_gcm(seal, 1);
    good = ctx != NULL &&
           (bytes == 0 || EVP_CipherUpdate(ctx, sealed, &made, data, (int)bytes) == 1) &&
           EVP_CipherFinal_ex(ctx, sealed + bytes, &made) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KEY_TAG_BYTES, sealed + bytes) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return good ? 0 : -1;
}

int key_open(const struct key_seal *seal, const uint8_t *sealed, size_t bytes, void *data)
{
    EVP_CIPHER_CTX *ctx;
    uint8_t tag[KEY_TAG_BYTES];
    uint8_t none[KEY_TAG_BYTES];
    int made = 0;
    bool good;

    if (bytes > INT32_MAX) return -1;
    memcpy(tag, sealed + bytes, sizeof(tag));
    ctx = start_gcm(seal, 0);
    good = ctx != NULL &&
           (bytes == 0 || EVP_CipherUpdate(ctx, data, &made, sealed, (int)bytes) == 1) &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KEY_TAG_BYTES, tag) == 1 &&
           EVP_CipherFinal_ex(ctx, none, &made) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!good && bytes > 0) {
        key_wipe(data, bytes);
    }
    return good ? 0 : -1;
}

int key_random(void *out, size_t bytes)
{
    return bytes <= INT32_MAX && RAND_priv_bytes(out, (int)bytes) == 1 ? 0 : -1;
}

void key_wipe(void *data, size_t bytes)
{
    OPENSSL_cleanse(data, bytes);
}

bool key_equal(const void *a, const void *b, size_t bytes)
{
    return CRYPTO_memcmp(a, b, bytes) == 0;
}
