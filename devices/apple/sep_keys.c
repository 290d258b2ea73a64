/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the Secure Enclave (docs/hardware/t2-sep.md: hierarchy, derivations, lengths).
 *
 * What wraps what:
 *   media key    by HKDF(UID, "media key")
 *   KEK          by HKDF(UID, salt, "kek"), or HKDF(UID | stretched password, salt, "kek passcode")
 *   VEK, inner   by the KEK
 *   VEK, outer   by HKDF(media key, binding, "volume")
 *
 * The binding is everything else that belongs to the volume: counter, identity, salt, iterations,
 * wrapped KEK. So a changed bit anywhere shows before a password is tried, and costs no try.
 *
 * Every function works on a copy of the record and gives it back only when all went well. Each
 * function that holds a key has one way out, which wipes it.
 */
#include "devices/apple/sep_keys.h"

#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define INFO(what)  "spacegray T2 1 " what
#define INNER_BYTES KEY_WRAP_BYTES(XTS_KEY_BYTES)
#define RANDOM_MAX  8160u /* what one HKDF gives */

#define COUNTER_BYTES    8u
#define ITERATIONS_BYTES 4u
#define KEK_BYTES        KEY_WRAP_BYTES(KEY_BYTES)
#define BINDING_BYTES    (COUNTER_BYTES + SEP_ID_BYTES + 1u + ITERATIONS_BYTES + KEY_BYTES + KEK_BYTES)

#define MINUTE 60u

/* The keys of an unlocked volume while a function works with them. */
struct opened {
    uint8_t media[KEY_BYTES];
    uint8_t kek[KEY_BYTES];
    uint8_t inner[INNER_BYTES];
    uint8_t vek[XTS_KEY_BYTES];
};

static uint8_t *put_le(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
    return at + bytes;
}

static uint8_t *put_bytes(uint8_t *at, const uint8_t *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}

/* ---- Derivations: 0, or -1 when memory is short ---- */

static int derive_from_uid(const struct sep_record *record, const char *info, uint8_t *key)
{
    const struct key_material material = {
        .secret = record->uid,
        .secret_bytes = sizeof(record->uid),
        .info = info,
    };

    return key_derive(&material, key, KEY_BYTES);
}

/* The key that wraps the KEK. */
static int derive_kek_wrap(const struct sep_record *record, const struct sep_password *password,
                           uint8_t key[KEY_BYTES])
{
    uint8_t secret[2 * KEY_BYTES];
    struct key_material material = {
        .secret = secret,
        .secret_bytes = KEY_BYTES,
        .salt = record->salt,
        .salt_bytes = sizeof(record->salt),
        .info = INFO("kek"),
    };
    int result = 0;

    memcpy(secret, record->uid, KEY_BYTES);
    if (record->has_password) {
        material.secret_bytes = sizeof(secret);
        material.info = INFO("kek passcode");
        result = key_stretch(password->bytes != 0 ? password->data : "", password->bytes,
                             record->salt, record->iterations, secret + KEY_BYTES);
    }
    if (result == 0) {
        result = key_derive(&material, key, KEY_BYTES);
    }
    key_wipe(secret, sizeof(secret));
    return result;
}

/* The key that wraps the VEK a second time. */
static int derive_outer(const struct sep_record *record, const uint8_t media[KEY_BYTES],
                        uint8_t key[KEY_BYTES])
{
    uint8_t binding[BINDING_BYTES];
    const struct key_material material = {
        .secret = media,
        .secret_bytes = KEY_BYTES,
        .salt = binding,
        .salt_bytes = sizeof(binding),
        .info = INFO("volume"),
    };
    uint8_t *at = binding;

    at = put_le(at, record->counter, COUNTER_BYTES);
    at = put_bytes(at, record->volume_id, SEP_ID_BYTES);
    at = put_le(at, record->has_password ? 1 : 0, 1);
    at = put_le(at, record->iterations, ITERATIONS_BYTES);
    at = put_bytes(at, record->salt, KEY_BYTES);
    at = put_bytes(at, record->kek, KEK_BYTES);
    BUG_ON(at != binding + sizeof(binding));
    return key_derive(&material, key, KEY_BYTES);
}

/* ---- Unwrapping ---- */

static enum sep_result open_media(const struct sep_record *record, struct opened *opened)
{
    uint8_t key[KEY_BYTES];
    enum sep_result result = SEP_OK;

    if (derive_from_uid(record, INFO("media key"), key) != 0) {
        result = SEP_NO_MEMORY;
    } else if (key_unwrap(key, record->media_key, KEY_BYTES, opened->media) != 0) {
        result = SEP_DAMAGED;
    }
    key_wipe(key, sizeof(key));
    return result;
}

static enum sep_result open_outer(const struct sep_record *record, struct opened *opened)
{
    uint8_t key[KEY_BYTES];
    enum sep_result result = SEP_OK;

    if (derive_outer(record, opened->media, key) != 0) {
        result = SEP_NO_MEMORY;
    } else if (key_unwrap(key, record->vek, INNER_BYTES, opened->inner) != 0) {
        result = SEP_DAMAGED;
    }
    key_wipe(key, sizeof(key));
    return result;
}

static enum sep_result open_kek(const struct sep_record *record,
                                const struct sep_password *password, struct opened *opened)
{
    uint8_t key[KEY_BYTES];
    enum sep_result result = SEP_OK;

    if (derive_kek_wrap(record, password, key) != 0) {
        result = SEP_NO_MEMORY;
    } else if (key_unwrap(key, record->kek, KEY_BYTES, opened->kek) != 0) {
        /* The binding has shown that the record is as it was made. */
        result = record->has_password ? SEP_WRONG_PASSWORD : SEP_DAMAGED;
    }
    key_wipe(key, sizeof(key));
    return result;
}

/* Opens all of it. The caller wipes *opened, whatever the result. */
static enum sep_result open_volume(const struct sep_record *record,
                                   const struct sep_password *password, struct opened *opened)
{
    enum sep_result result;

    if (!record->has_volume) return SEP_NO_VOLUME;
    if (record->failures >= SEP_FAILURES_MAX) return SEP_DISABLED;
    if (record->iterations == 0 || record->iterations > SEP_ITERATIONS_MAX) return SEP_DAMAGED;
    result = open_media(record, opened);
    if (result != SEP_OK) return result;
    result = open_outer(record, opened);
    if (result != SEP_OK) return result;
    result = open_kek(record, password, opened);
    if (result != SEP_OK) return result;
    if (key_unwrap(opened->kek, opened->inner, XTS_KEY_BYTES, opened->vek) != 0) {
        return SEP_DAMAGED;
    }
    return SEP_OK;
}

/* ---- Wrapping ---- */

/* Wraps opened->vek into the record: new media key, KEK and salt. The record's identity, counter
 * and has_password are those that shall hold. */
static enum sep_result wrap_volume(struct sep_record *record, const struct sep_password *password,
                                   struct opened *opened)
{
    uint8_t key[KEY_BYTES] = {0};
    enum sep_result result = SEP_NO_MEMORY;

    if (sep_random(record, record->salt, sizeof(record->salt)) != SEP_OK) goto out;
    if (sep_random(record, opened->media, sizeof(opened->media)) != SEP_OK) goto out;
    if (sep_random(record, opened->kek, sizeof(opened->kek)) != SEP_OK) goto out;
    if (derive_from_uid(record, INFO("media key"), key) != 0) goto out;
    if (key_wrap(key, opened->media, KEY_BYTES, record->media_key) != 0) goto out;
    if (derive_kek_wrap(record, password, key) != 0) goto out;
    if (key_wrap(key, opened->kek, KEY_BYTES, record->kek) != 0) goto out;
    if (key_wrap(opened->kek, opened->vek, XTS_KEY_BYTES, opened->inner) != 0) goto out;
    if (derive_outer(record, opened->media, key) != 0) goto out;
    if (key_wrap(key, opened->inner, INNER_BYTES, record->vek) != 0) goto out;
    result = SEP_OK;
out:
    key_wipe(key, sizeof(key));
    return result;
}

/* ---- The record ---- */

enum sep_result sep_make(struct sep_record *record, const uint8_t seed[KEY_BYTES])
{
    struct key_material material = {.secret = seed, .secret_bytes = KEY_BYTES};
    uint8_t ecid[sizeof(uint64_t)];
    struct sep_record made;
    const struct {
        const char *info;
        uint8_t *out;
        size_t bytes;
    } part[] = {
        {INFO("uid"), made.uid, sizeof(made.uid)},
        {INFO("random"), made.random, sizeof(made.random)},
        {INFO("ecid"), ecid, sizeof(ecid)},
        {INFO("boot nonce"), made.boot_nonce, sizeof(made.boot_nonce)},
    };
    enum sep_result result = SEP_OK;

    memset(&made, 0, sizeof(made));
    made.iterations = SEP_ITERATIONS;
    for (size_t i = 0; i < ARRAY_LEN(part) && result == SEP_OK; i++) {
        material.info = part[i].info;
        result = key_derive(&material, part[i].out, part[i].bytes) == 0 ? SEP_OK : SEP_NO_MEMORY;
    }
    if (result == SEP_OK) {
        for (unsigned i = 0; i < sizeof(ecid); i++) {
            made.ecid |= (uint64_t)ecid[i] << 8 * i;
        }
        *record = made;
    }
    key_wipe(&made, sizeof(made));
    return result;
}

enum sep_result sep_make_volume(struct sep_record *record, const uint8_t volume_id[SEP_ID_BYTES])
{
    const struct sep_password none = {.data = NULL};
    struct sep_record made = *record;
    struct opened opened;
    enum sep_result result;

    memset(&opened, 0, sizeof(opened));
    memmove(made.volume_id, volume_id, SEP_ID_BYTES);
    made.has_volume = true;
    made.has_password = false;
    made.failures = 0;
    made.counter++;
    result = sep_random(&made, opened.vek, sizeof(opened.vek));
    if (result == SEP_OK) {
        result = wrap_volume(&made, &none, &opened);
    }
    if (result == SEP_OK) {
        *record = made;
    }
    key_wipe(&opened, sizeof(opened));
    key_wipe(&made, sizeof(made));
    return result;
}

void sep_destroy_volume(struct sep_record *record)
{
    key_wipe(record->media_key, sizeof(record->media_key));
    key_wipe(record->kek, sizeof(record->kek));
    key_wipe(record->vek, sizeof(record->vek));
    key_wipe(record->salt, sizeof(record->salt));
    record->has_volume = false;
    record->has_password = false;
    record->failures = 0;
    record->counter++;
}

enum sep_result sep_unlock(struct sep_record *record, const struct sep_password *password,
                           uint8_t vek[XTS_KEY_BYTES])
{
    struct opened opened;
    enum sep_result result;

    BUG_ON(password->bytes > SEP_PASSWORD_MAX);
    memset(&opened, 0, sizeof(opened));
    result = open_volume(record, password, &opened);
    if (result == SEP_OK) {
        memcpy(vek, opened.vek, XTS_KEY_BYTES);
        record->failures = 0;
    } else if (result == SEP_WRONG_PASSWORD) {
        record->failures++;
    }
    key_wipe(&opened, sizeof(opened));
    return result;
}

enum sep_result sep_change_password(struct sep_record *record, const struct sep_password *old,
                                    const struct sep_password *now)
{
    struct sep_record made = *record;
    struct opened opened;
    enum sep_result result;

    BUG_ON(old->bytes > SEP_PASSWORD_MAX || now->bytes > SEP_PASSWORD_MAX);
    memset(&opened, 0, sizeof(opened));
    result = open_volume(record, old, &opened);
    if (result == SEP_WRONG_PASSWORD) {
        record->failures++;
    }
    if (result == SEP_OK) {
        made.has_password = now->bytes != 0;
        made.failures = 0;
        made.counter++;
        result = wrap_volume(&made, now, &opened);
    }
    if (result == SEP_OK) {
        *record = made;
    }
    key_wipe(&opened, sizeof(opened));
    key_wipe(&made, sizeof(made));
    return result;
}

/* ---- What others get ---- */

enum sep_result sep_pairing_key(const struct sep_record *record, uint8_t key[KEY_BYTES])
{
    return derive_from_uid(record, INFO("pairing"), key) == 0 ? SEP_OK : SEP_NO_MEMORY;
}

uint64_t sep_delay_seconds(uint32_t failures)
{
    static const uint16_t delay[SEP_FAILURES_MAX - SEP_FREE_FAILURES] = {
        MINUTE, 5 * MINUTE, 15 * MINUTE, 15 * MINUTE, 60 * MINUTE, 60 * MINUTE,
    };

    if (failures <= SEP_FREE_FAILURES) return 0;
    return delay[min_u64(failures, SEP_FAILURES_MAX) - SEP_FREE_FAILURES - 1];
}

enum sep_result sep_random(struct sep_record *record, void *out, size_t bytes)
{
    struct key_material material = {.secret_bytes = KEY_BYTES};
    uint8_t state[KEY_BYTES];
    enum sep_result result = SEP_NO_MEMORY;

    BUG_ON(bytes == 0 || bytes > RANDOM_MAX);
    memcpy(state, record->random, sizeof(state));
    material.secret = state;
    material.info = INFO("random bytes");
    if (key_derive(&material, out, bytes) != 0) goto out;
    material.info = INFO("random next");
    if (key_derive(&material, record->random, sizeof(record->random)) != 0) {
        /* Nobody may see bytes that the next call would give again. */
        memcpy(record->random, state, sizeof(state));
        key_wipe(out, bytes);
        goto out;
    }
    result = SEP_OK;
out:
    key_wipe(state, sizeof(state));
    return result;
}

enum sep_result sep_stir(struct sep_record *record, const uint8_t noise[KEY_BYTES])
{
    uint8_t state[KEY_BYTES];
    const struct key_material material = {
        .secret = state,
        .secret_bytes = sizeof(state),
        .salt = noise,
        .salt_bytes = KEY_BYTES,
        .info = INFO("random stir"),
    };
    enum sep_result result = SEP_OK;

    memcpy(state, record->random, sizeof(state));
    if (key_derive(&material, record->random, sizeof(record->random)) != 0) {
        memcpy(record->random, state, sizeof(state));
        result = SEP_NO_MEMORY;
    }
    key_wipe(state, sizeof(state));
    return result;
}

enum sep_result sep_seal(const struct sep_record *record, const uint8_t vek[XTS_KEY_BYTES],
                         uint8_t sealed[SEP_SEALED_BYTES])
{
    uint8_t key[KEY_BYTES];
    uint8_t secrets[KEY_BYTES + XTS_KEY_BYTES];
    enum sep_result result = SEP_NO_MEMORY;

    memcpy(secrets, record->random, KEY_BYTES);
    memcpy(secrets + KEY_BYTES, vek, XTS_KEY_BYTES);
    if (derive_from_uid(record, INFO("snapshot"), key) == 0 &&
        key_wrap(key, secrets, sizeof(secrets), sealed) == 0) {
        result = SEP_OK;
    }
    key_wipe(secrets, sizeof(secrets));
    key_wipe(key, sizeof(key));
    return result;
}

enum sep_result sep_unseal(struct sep_record *record, const uint8_t sealed[SEP_SEALED_BYTES],
                           uint8_t vek[XTS_KEY_BYTES])
{
    uint8_t key[KEY_BYTES];
    uint8_t secrets[KEY_BYTES + XTS_KEY_BYTES];
    enum sep_result result = SEP_OK;

    if (derive_from_uid(record, INFO("snapshot"), key) != 0) {
        result = SEP_NO_MEMORY;
    } else if (key_unwrap(key, sealed, sizeof(secrets), secrets) != 0) {
        result = SEP_DAMAGED;
    } else {
        memcpy(record->random, secrets, KEY_BYTES);
        memcpy(vek, secrets + KEY_BYTES, XTS_KEY_BYTES);
    }
    key_wipe(secrets, sizeof(secrets));
    key_wipe(key, sizeof(key));
    return result;
}

const char *sep_result_text(enum sep_result result)
{
    switch (result) {
    case SEP_OK: return "done";
    case SEP_WRONG_PASSWORD: return "wrong password";
    case SEP_DISABLED: return "disabled after too many wrong passwords";
    case SEP_DAMAGED: return "the keys are damaged, or are those of another T2";
    case SEP_NO_VOLUME: return "there is no volume";
    case SEP_NO_MEMORY: return "out of memory";
    }
    return "unknown";
}
