/* SPDX-License-Identifier: GPL-2.0-only */
/* Digests and message authentication: SHA-256 (FIPS 180-4), HMAC (RFC 2104). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32

/* -1 when memory is short (these cannot fail otherwise). */
int digest_sha256(const void *data, size_t bytes, uint8_t out[DIGEST_BYTES]);

/* SHA-256 of what comes piece by piece. */
struct digest_stream;
/* NULL: no memory. */
struct digest_stream *digest_stream_create(void);
int digest_stream_add(struct digest_stream *stream, const void *data, size_t bytes);
/* Of all that was added; nothing more can be. */
int digest_stream_finish(struct digest_stream *stream, uint8_t out[DIGEST_BYTES]);
/* NULL is harmless. */
void digest_stream_destroy(struct digest_stream *stream);

int digest_hmac(const uint8_t *key, size_t key_bytes, const void *data, size_t bytes,
                uint8_t out[DIGEST_BYTES]);
