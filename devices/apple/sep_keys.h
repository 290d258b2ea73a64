/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key hierarchy of the T2's Secure Enclave (SEP), without the device around it: what sep.json
 * keeps, and what can be done to it. `spacegray disk` and the SEP's mailbox (t2_sep.h) use the same
 * functions. Structure as published (hardware.md 2.6); lengths and derivations are our choice and
 * stand in docs/hardware/t2-sep.md.
 *
 *     UID ------------------------> media key (wrapped by UID): destroying it is the instant wipe
 *     UID [+ password, stretched] -> KEK (wrapped)
 *     KEK, then media key ---------> VEK (wrapped twice): the AES-256-XTS key of the volume
 *
 * Functions return an enum sep_result; after anything but SEP_OK the record is unchanged, except
 * for `failures`. Whoever changed a record stores it before anything depends on it. The wrapped VEK
 * is bound to counter, volume_id, has_password, salt, iterations and the wrapped KEK: who changes
 * one of them other than by these functions makes the volume SEP_DAMAGED.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/crypto/keys.h"
#include "emu/crypto/signature.h"
#include "emu/crypto/xts.h"

#define SEP_ID_BYTES       16
#define SEP_PASSWORD_MAX   255 /* bytes */
#define SEP_ITERATIONS     20000u
#define SEP_ITERATIONS_MAX 10000000u
#define SEP_WRAPPED_VEK    KEY_WRAP_BYTES(KEY_WRAP_BYTES(XTS_KEY_BYTES))
#define SEP_FREE_FAILURES  4u  /* wrong passwords before delays begin */
#define SEP_FAILURES_MAX   10u /* after so many the volume stays locked until it is wiped */

enum sep_result {
    SEP_OK,
    SEP_WRONG_PASSWORD,
    SEP_DISABLED,  /* SEP_FAILURES_MAX wrong passwords */
    SEP_DAMAGED,   /* a wrapped key does not unwrap: wrong UID, or changed bytes */
    SEP_NO_VOLUME, /* there is no media key: wiped, or never made */
    SEP_NO_MEMORY,
};

/* What a firmware image must be signed with before the cores may run it (hardware.md 2.7). */
enum sep_boot_policy {
    SEP_BOOT_NONE,   /* anything */
    SEP_BOOT_MEDIUM, /* signed by a trusted key */
    SEP_BOOT_FULL,   /* signed for this machine: digest, ECID and nonce */
};

/* All that the T2 keeps between power-ons. Everything in it is secret except ecid, volume_id and
 * the counters. */
struct sep_record {
    uint64_t ecid;             /* this T2's number */
    uint8_t uid[KEY_BYTES];    /* fused into the chip */
    uint8_t random[KEY_BYTES]; /* state of the SEP's random numbers: each use replaces it */
    uint64_t counter;          /* anti-replay: one more for each change of keys */
    uint8_t volume_id[SEP_ID_BYTES];
    bool has_volume;
    bool has_password;
    uint8_t media_key[KEY_WRAP_BYTES(KEY_BYTES)];
    uint8_t kek[KEY_WRAP_BYTES(KEY_BYTES)];
    uint8_t vek[SEP_WRAPPED_VEK];
    uint8_t salt[KEY_BYTES];
    uint32_t iterations; /* 1..SEP_ITERATIONS_MAX; sep_make() gives SEP_ITERATIONS */
    uint32_t failures;   /* wrong passwords since the last right one */
    enum sep_boot_policy boot_policy;
    uint8_t boot_nonce[KEY_BYTES];
    bool has_boot_ticket; /* `boot_ticket` is a signature for the policy SEP_BOOT_FULL */
    uint8_t boot_ticket[SIGNATURE_BYTES];
};

struct sep_password {
    const void *data; /* NULL with 0 bytes: none */
    size_t bytes;     /* at most SEP_PASSWORD_MAX */
};

/* A new T2 without a volume. `seed`: KEY_BYTES unpredictable bytes; everything follows from them. */
enum sep_result sep_make(struct sep_record *record, const uint8_t seed[KEY_BYTES]);
/* New media key, KEK and VEK; whatever was encrypted before is lost. This is `wipe`, Format and
 * Sanitize. The volume has no password afterwards and the identity `volume_id`. */
enum sep_result sep_make_volume(struct sep_record *record, const uint8_t volume_id[SEP_ID_BYTES]);
/* Destroys the media key: nothing can read the volume any more. */
void sep_destroy_volume(struct sep_record *record);
/* The volume's key. SEP_WRONG_PASSWORD counts in `failures`, SEP_OK clears it. */
enum sep_result sep_unlock(struct sep_record *record, const struct sep_password *password,
                           uint8_t vek[XTS_KEY_BYTES]);
/* Wraps the same VEK anew: new media key, new KEK, new salt, and `now` as the password (none: by the
 * UID alone). */
enum sep_result sep_change_password(struct sep_record *record, const struct sep_password *old,
                                    const struct sep_password *now);
/* Key with which module headers are authenticated (docs/formats/disk.md). */
enum sep_result sep_pairing_key(const struct sep_record *record, uint8_t key[KEY_BYTES]);
/* Wait before the next try after so many failures, in seconds of virtual time. */
uint64_t sep_delay_seconds(uint32_t failures);
/* Bytes for salts and keys made while the machine runs: they follow from the record, so that a run
 * repeats. */
enum sep_result sep_random(struct sep_record *record, void *out, size_t bytes);
/* Mixes KEY_BYTES unpredictable bytes of the host in: what is made afterwards does not follow from
 * an older copy of the record. For `spacegray disk`, before it makes keys; never for a machine at
 * work. */
enum sep_result sep_stir(struct sep_record *record, const uint8_t noise[KEY_BYTES]);

/* What a snapshot may hold of the secrets: the state of the random numbers and the key of an
 * unlocked volume, wrapped by the UID. */
#define SEP_SEALED_BYTES KEY_WRAP_BYTES(KEY_BYTES + XTS_KEY_BYTES)
enum sep_result sep_seal(const struct sep_record *record, const uint8_t vek[XTS_KEY_BYTES],
                         uint8_t sealed[SEP_SEALED_BYTES]);
/* The reverse, into record->random and `vek`. SEP_DAMAGED: another T2's, or changed bytes. */
enum sep_result sep_unseal(struct sep_record *record, const uint8_t sealed[SEP_SEALED_BYTES],
                           uint8_t vek[XTS_KEY_BYTES]);

/* For messages: "wrong password". */
const char *sep_result_text(enum sep_result result);

/* How a changed record reaches the disk directory. `save` returns 0 when it is durable, -1 on host
 * trouble, which the back end reports. A NULL function: nothing is kept. */
struct sep_store {
    void *ctx;
    int (*save)(void *ctx, const struct sep_record *record);
};
