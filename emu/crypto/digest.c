/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 and HMAC-SHA-256 by libcrypto. */
#include "emu/crypto/digest.h"

#include <openssl/evp.h>

int digest_sha256(const void *data, size_t bytes, uint8_t out[DIGEST_BYTES])
{
    return EVP_Q_digest(NULL, "SHA256", NULL, data, bytes, out, NULL) == 1 ? 0 : -1;
}

int digest_hmac(const uint8_t *key, size_t key_bytes, const void *data, size_t bytes,
                uint8_t out[DIGEST_BYTES])
{
    size_t made = 0;
    /* libcrypto takes a NULL key for "the key of before", of which there is none. */
    const void *given = key_bytes > 0 ? (const void *)key : "";

    if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, given, key_bytes, data, bytes, out,
                  DIGEST_BYTES, &made) == NULL) {
        return -1;
    }
    return 0;
}
