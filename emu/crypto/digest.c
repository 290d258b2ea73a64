/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 and HMAC-SHA-256 by libcrypto. */
#include "emu/crypto/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

int digest_sha256(const void *data, size_t bytes, uint8_t out[DIGEST_BYTES])
{
    return EVP_Q_digest(NULL, "SHA256", NULL, data, bytes, out, NULL) == 1 ? 0 : -1;
}

/* ---- Piece by piece ---- */

struct digest_stream {
    EVP_MD_CTX *context;
};

struct digest_stream *digest_stream_create(void)
{
    struct digest_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) return NULL;
    stream->context = EVP_MD_CTX_new();
    if (stream->context != NULL && EVP_DigestInit_ex(stream->context, EVP_sha256(), NULL) == 1) {
        return stream;
    }
    digest_stream_destroy(stream);
    return NULL;
}

int digest_stream_add(struct digest_stream *stream, const void *data, size_t bytes)
{
    return EVP_DigestUpdate(stream->context, data, bytes) == 1 ? 0 : -1;
}

int digest_stream_finish(struct digest_stream *stream, uint8_t out[DIGEST_BYTES])
{
    return EVP_DigestFinal_ex(stream->context, out, NULL) == 1 ? 0 : -1;
}

void digest_stream_destroy(struct digest_stream *stream)
{
    if (stream == NULL) return;
    EVP_MD_CTX_free(stream->context);
    free(stream);
}

/* ---- Authentication ---- */

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
