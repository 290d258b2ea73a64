/* SPDX-License-Identifier: GPL-2.0-only */
/* Ed25519 signatures (RFC 8032): short, and the same key and message give the same signature. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_BYTES        64
#define SIGNATURE_PUBLIC_BYTES 32
#define SIGNATURE_SECRET_BYTES 32

/* True when `signature` over `data` was made with the secret half of `public_key`. */
bool signature_verify(const uint8_t public_key[SIGNATURE_PUBLIC_BYTES], const void *data,
                      size_t bytes, const uint8_t signature[SIGNATURE_BYTES]);
/* -1 when memory is short. */
int signature_sign(const uint8_t secret_key[SIGNATURE_SECRET_BYTES], const void *data, size_t bytes,
                   uint8_t signature[SIGNATURE_BYTES]);
int signature_public(const uint8_t secret_key[SIGNATURE_SECRET_BYTES],
                     uint8_t public_key[SIGNATURE_PUBLIC_BYTES]);
