/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys: wrapping, derivation, stretching of passwords, and forgetting. emu/crypto is the only place
 * that knows libcrypto. Nothing here keeps a copy of a key.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES 32 /* of a wrapping or derived key: AES-256, SHA-256 */
/* A wrapped key is 8 bytes longer than the key. */
#define KEY_WRAP_BYTES(bytes) ((bytes) + 8u)

/* AES key wrap (RFC 3394, 2.2.1; NIST SP 800-38F) of `bytes` bytes (a multiple of 8, 16..128). -1 when
 * memory is short. */
int key_wrap(const uint8_t kek[KEY_BYTES], const uint8_t *key, size_t bytes, uint8_t *wrapped);
/* The reverse; `bytes` is the length of the key. -1 when the integrity check fails, which is what a
 * wrong `kek` gives; `key` is then wiped. */
int key_unwrap(const uint8_t kek[KEY_BYTES], const uint8_t *wrapped, size_t bytes, uint8_t *key);

/* HKDF with SHA-256 (RFC 5869): `salt` may be NULL with 0 bytes; `info` separates uses. `out_bytes`
 * 1..8160. -1 when memory is short. */
struct key_material {
    const void *secret;
    size_t secret_bytes;
    const void *salt;
    size_t salt_bytes;
    const char *info;
};
int key_derive(const struct key_material *material, void *out, size_t out_bytes);

/* PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2), `iterations` >= 1: a password as it enters the SEP. */
int key_stretch(const void *password, size_t bytes, const uint8_t salt[KEY_BYTES],
                uint32_t iterations, uint8_t out[KEY_BYTES]);
/* scrypt (RFC 7914) with N = 2^log2_n (10..20), r 8, p 1: a passphrase that protects a file. */
int key_stretch_file(const void *passphrase, size_t bytes, const uint8_t salt[KEY_BYTES],
                     unsigned log2_n, uint8_t out[KEY_BYTES]);

/* AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce; `sealed` takes `bytes` bytes and the 16-byte
 * tag. open: -1 when key, nonce, data or `aad` (a string that is bound to it) are not those of
 * seal. */
#define KEY_NONCE_BYTES 12
#define KEY_TAG_BYTES   16
struct key_seal {
    const uint8_t *key; /* KEY_BYTES */
    uint8_t nonce[KEY_NONCE_BYTES];
    const char *aad;
};
int key_seal(const struct key_seal *seal, const void *data, size_t bytes, uint8_t *sealed);
int key_open(const struct key_seal *seal, const uint8_t *sealed, size_t bytes, void *data);

/* Unpredictable bytes from the host. For making identities (emu/disk, emu/app), never for the
 * machine at work: a run must repeat. -1 when the host has none. */
int key_random(void *out, size_t bytes);
/* Overwrites so that the compiler cannot leave it out. */
void key_wipe(void *data, size_t bytes);
/* In time that does not depend on the contents. */
bool key_equal(const void *a, const void *b, size_t bytes);
