/* SPDX-License-Identifier: GPL-2.0-only */
/* sep.json: the T2's record, in the clear or sealed; and volume.json. */
#include "emu/disk/disk_sep.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/crypto/keys.h"
#include "emu/disk/disk_json.h"

#define SEP_FORMAT    "spacegray-sep"
#define VOLUME_FORMAT "spacegray-volume"

/* scrypt with N = 2^15: 32 MiB of memory, about a tenth of a second. */
#define SEAL_LOG2_N     15u
#define SEAL_LOG2_N_MIN 10u
#define SEAL_LOG2_N_MAX 17u /* 128 MiB */
#define SEALED_MAX      4096u
#define BOUND_BYTES     160u

/* The parts of sep.json that tables fill. */
struct open_part {
    uint64_t update;
    uint64_t ecid;
    uint8_t volume[SEP_ID_BYTES];
    json_t *secret;
    json_t *sealed;
};

struct sealed_part {
    uint8_t salt[KEY_BYTES];
    uint32_t log2_n;
    uint8_t nonce[KEY_NONCE_BYTES];
    struct disk_bytes data;
};

#define MEMBER_BYTES(type, field, text)                                             \
    {                                                                               \
        .name = (text), .kind = DISK_MEMBER_BYTES, .offset = offsetof(type, field), \
        .size = sizeof(((type *)NULL)->field)                                       \
    }
#define MEMBER_HEX(type, field, text)                                            \
    {                                                                            \
        .name = (text), .kind = DISK_MEMBER_HEX, .offset = offsetof(type, field) \
    }
#define MEMBER_BOOL(type, field, text)                                            \
    {                                                                             \
        .name = (text), .kind = DISK_MEMBER_BOOL, .offset = offsetof(type, field) \
    }
#define MEMBER_OBJECT(type, field, text)                                            \
    {                                                                               \
        .name = (text), .kind = DISK_MEMBER_OBJECT, .offset = offsetof(type, field) \
    }
#define MEMBER_NUMBER(type, field, text, from, to)                                   \
    {                                                                                \
        .name = (text), .kind = DISK_MEMBER_NUMBER, .offset = offsetof(type, field), \
        .size = sizeof(((type *)NULL)->field), .min = (from), .max = (to)            \
    }
#define MEMBERS_END             \
    {                           \
        .kind = DISK_MEMBER_END \
    }

static const char *const policies[] = {"none", "medium", "full", NULL};

static_assert(sizeof(enum sep_boot_policy) == sizeof(uint32_t), "a word's index is 32 bits");

static const struct disk_member open_members[] = {
    MEMBER_NUMBER(struct open_part, update, "update", 1, DISK_NUMBER_MAX),
    MEMBER_HEX(struct open_part, ecid, "ecid"),
    MEMBER_BYTES(struct open_part, volume, "volume"),
    MEMBER_OBJECT(struct open_part, secret, "secret"),
    MEMBER_OBJECT(struct open_part, sealed, "sealed"),
    MEMBERS_END,
};

static const struct disk_member sealed_members[] = {
    MEMBER_BYTES(struct sealed_part, salt, "salt"),
    MEMBER_NUMBER(struct sealed_part, log2_n, "log2_n", SEAL_LOG2_N_MIN, SEAL_LOG2_N_MAX),
    MEMBER_BYTES(struct sealed_part, nonce, "nonce"),
    {.name = "data",
     .kind = DISK_MEMBER_DYNAMIC,
     .offset = offsetof(struct sealed_part, data),
     .max = SEALED_MAX},
    MEMBERS_END,
};

static const struct disk_member secret_members[] = {
    MEMBER_BYTES(struct sep_record, uid, "uid"),
    MEMBER_BYTES(struct sep_record, random, "random"),
    MEMBER_NUMBER(struct sep_record, counter, "counter", 0, DISK_NUMBER_MAX),
    MEMBER_BOOL(struct sep_record, has_volume, "has_volume"),
    MEMBER_BOOL(struct sep_record, has_password, "has_password"),
    MEMBER_BYTES(struct sep_record, media_key, "media_key"),
    MEMBER_BYTES(struct sep_record, kek, "kek"),
    MEMBER_BYTES(struct sep_record, vek, "vek"),
    MEMBER_BYTES(struct sep_record, salt, "salt"),
    MEMBER_NUMBER(struct sep_record, iterations, "iterations", 0, SEP_ITERATIONS_MAX),
    MEMBER_NUMBER(struct sep_record, failures, "failures", 0, SEP_FAILURES_MAX),
    {.name = "boot_policy",
     .kind = DISK_MEMBER_WORD,
     .offset = offsetof(struct sep_record, boot_policy),
     .words = policies},
    MEMBER_BYTES(struct sep_record, boot_nonce, "boot_nonce"),
    MEMBER_BOOL(struct sep_record, has_boot_ticket, "has_boot_ticket"),
    MEMBER_BYTES(struct sep_record, boot_ticket, "boot_ticket"),
    MEMBERS_END,
};

static const struct disk_member volume_members[] = {
    MEMBER_NUMBER(struct disk_volume_file, update, "update", 1, DISK_NUMBER_MAX),
    MEMBER_BYTES(struct disk_volume_file, id, "volume"),
    MEMBER_NUMBER(struct disk_volume_file, blocks, "blocks", DISK_BYTES_MIN / MEDIA_BLOCK_BYTES,
                  DISK_BYTES_MAX / MEDIA_BLOCK_BYTES),
    MEMBER_NUMBER(struct disk_volume_file, stripe, "stripe", RAID0_STRIPE, RAID0_STRIPE),
    MEMBER_BYTES(struct disk_volume_file, module_id[0], "module0"),
    MEMBER_BYTES(struct disk_volume_file, module_id[1], "module1"),
    MEMBERS_END,
};

/* What the seal binds the open members to. */
static void write_bound(const struct open_part *part, char text[BOUND_BYTES])
{
    int at = snprintf(text, BOUND_BYTES,
                      SEP_FORMAT " 1 update=%" PRIu64 " ecid=%016" PRIx64 " volume=", part->update,
                      part->ecid);

    for (size_t i = 0; i < SEP_ID_BYTES; i++) {
        at += snprintf(text + at, BOUND_BYTES - (size_t)at, "%02x", part->volume[i]);
    }
}

bool disk_sep_is_sound(const struct sep_record *record)
{
    return record->counter <= DISK_NUMBER_MAX && record->iterations <= SEP_ITERATIONS_MAX &&
           record->failures <= SEP_FAILURES_MAX && record->boot_policy <= SEP_BOOT_FULL &&
           (!record->has_volume || record->iterations > 0);
}

/* ---- Reading ---- */

static int get_secret(const json_t *secret, const char *where, struct disk_sep_file *sep,
                      struct error *err)
{
    if (disk_json_get(secret, secret_members, &sep->record, where, err) < 0) return -1;
    if (sep->record.has_volume && sep->record.iterations == 0) {
        return error_host(err, "%s: \"iterations\" is 0, but there is a volume", where);
    }
    return 0;
}

/* The plain text within; the caller releases it. */
static int unseal(const struct open_part *part, const struct sealed_part *sealed,
                  const struct disk_secret *passphrase, struct disk_sep_file *sep,
                  struct disk_text *text)
{
    char bound[BOUND_BYTES];
    struct key_seal seal = {.key = sep->seal_key, .aad = bound};

    write_bound(part, bound);
    memcpy(seal.nonce, sealed->nonce, sizeof(seal.nonce));
    memcpy(sep->seal_salt, sealed->salt, sizeof(sep->seal_salt));
    sep->log2_n = sealed->log2_n;
    sep->is_sealed = true;
    if (key_stretch_file(passphrase->data, passphrase->bytes, sep->seal_salt, sep->log2_n,
                         sep->seal_key) < 0) {
        return -1;
    }
    text->bytes = sealed->data.bytes - KEY_TAG_BYTES;
    text->data = calloc(1, text->bytes + 1);
    if (text->data == NULL) return -1;
    return key_open(&seal, sealed->data.data, text->bytes, text->data);
}

static int get_sealed(const struct open_part *part, const struct disk_secret *passphrase,
                      const char *where, struct disk_sep_file *sep, struct error *err)
{
    struct sealed_part sealed = {.log2_n = 0};
    struct disk_text text = {.data = NULL};
    int status = -1;

    if (disk_json_get(part->sealed, sealed_members, &sealed, where, err) < 0) goto out;
    if (sealed.data.bytes <= KEY_TAG_BYTES) {
        (void)error_host(err, "%s: damaged: the sealed part is too short", where);
    } else if (passphrase->data == NULL) {
        (void)error_host(err, "%s: sealed with a passphrase, and none was given", where);
    } else if (unseal(part, &sealed, passphrase, sep, &text) < 0) {
        (void)error_host(err, "%s: wrong passphrase", where);
    } else {
        json_t *secret = disk_json_parse(&text, where, err);

        status = secret == NULL ? -1 : get_secret(secret, where, sep, err);
        json_decref(secret);
    }
out:
    free(sealed.data.data);
    disk_text_release(&text);
    return status;
}

static int get_parts(const struct open_part *part, const struct disk_secret *passphrase,
                     const char *where, struct disk_sep_file *sep, struct error *err)
{
    if ((part->secret == NULL) == (part->sealed == NULL)) {
        return error_host(err, "%s: damaged: not one of \"secret\" and \"sealed\"", where);
    }
    if (part->sealed != NULL) return get_sealed(part, passphrase, where, sep, err);
    if (passphrase->data != NULL) {
        return error_host(err, "%s: a passphrase was given, but the file is not sealed with one",
                          where);
    }
    return get_secret(part->secret, where, sep, err);
}

int disk_sep_parse(const struct disk_text *text, const struct disk_secret *passphrase,
                   const char *where, struct disk_sep_file *sep, struct error *err)
{
    json_t *root = disk_json_open(text, SEP_FORMAT, where, err);
    struct open_part part;
    int status = -1;

    memset(sep, 0, sizeof(*sep));
    if (root != NULL && disk_json_get(root, open_members, &part, where, err) == 0) {
        status = get_parts(&part, passphrase, where, sep, err);
    }
    if (status == 0) {
        sep->update = part.update;
        sep->record.ecid = part.ecid;
        memcpy(sep->record.volume_id, part.volume, SEP_ID_BYTES);
    } else {
        disk_sep_wipe(sep);
    }
    json_decref(root);
    return status;
}

/* ---- Writing ---- */

static json_t *make_sealed(const struct open_part *part, const struct disk_sep_file *sep,
                           const struct disk_text *plain)
{
    char bound[BOUND_BYTES];
    struct key_seal seal = {.key = sep->seal_key, .aad = bound};
    struct sealed_part sealed = {.log2_n = sep->log2_n};
    json_t *made = NULL;

    write_bound(part, bound);
    memcpy(sealed.salt, sep->seal_salt, sizeof(sealed.salt));
    sealed.data.bytes = plain->bytes + KEY_TAG_BYTES;
    sealed.data.data = malloc(sealed.data.bytes);
    if (sealed.data.data != NULL && key_random(sealed.nonce, sizeof(sealed.nonce)) == 0) {
        memcpy(seal.nonce, sealed.nonce, sizeof(seal.nonce));
        if (key_seal(&seal, plain->data, plain->bytes, sealed.data.data) == 0) {
            made = disk_json_make(sealed_members, &sealed);
        }
    }
    free(sealed.data.data);
    return made;
}

static int make_parts(const struct disk_sep_file *sep, struct open_part *part)
{
    json_t *secret = disk_json_make(secret_members, &sep->record);
    struct disk_text plain = {.data = NULL};

    if (!sep->is_sealed || secret == NULL) {
        part->secret = secret;
        return secret == NULL ? -1 : 0;
    }
    if (disk_json_compact(secret, &plain) == 0) {
        part->sealed = make_sealed(part, sep, &plain);
    }
    disk_text_release(&plain);
    json_decref(secret);
    return part->sealed == NULL ? -1 : 0;
}

int disk_sep_check(const struct disk_sep_file *sep, const char *where, struct error *err)
{
    if (sep->update <= DISK_NUMBER_MAX && disk_sep_is_sound(&sep->record)) return 0;
    return error_host(err, "%s: it cannot be changed any more: a counter of it is at its end",
                      where);
}

int disk_sep_format(const struct disk_sep_file *sep, struct disk_text *text, struct error *err)
{
    struct open_part part = {.update = sep->update, .ecid = sep->record.ecid};
    int status = -1;

    *text = (struct disk_text){.data = NULL};
    memcpy(part.volume, sep->record.volume_id, SEP_ID_BYTES);
    if (make_parts(sep, &part) == 0) {
        status = disk_json_finish(disk_json_make(open_members, &part), SEP_FORMAT, text);
    }
    json_decref(part.secret);
    json_decref(part.sealed);
    return status == 0 ? 0 : error_host(err, DISK_SEP_NAME ": out of memory, or of chance");
}

int disk_sep_seal(struct disk_sep_file *sep, const struct disk_secret *passphrase,
                  struct error *err)
{
    sep->is_sealed = passphrase->data != NULL;
    key_wipe(sep->seal_key, sizeof(sep->seal_key));
    if (!sep->is_sealed) return 0;
    sep->log2_n = SEAL_LOG2_N;
    if (key_random(sep->seal_salt, sizeof(sep->seal_salt)) == 0 &&
        key_stretch_file(passphrase->data, passphrase->bytes, sep->seal_salt, sep->log2_n,
                         sep->seal_key) == 0) {
        return 0;
    }
    return error_host(err, DISK_SEP_NAME ": cannot be sealed: no memory, or no random numbers");
}

void disk_sep_wipe(struct disk_sep_file *sep)
{
    key_wipe(sep, sizeof(*sep));
}

/* ---- volume.json ---- */

int disk_volume_parse(const struct disk_text *text, const char *where,
                      struct disk_volume_file *volume, struct error *err)
{
    json_t *root = disk_json_open(text, VOLUME_FORMAT, where, err);
    int status = -1;

    memset(volume, 0, sizeof(*volume));
    if (root != NULL) {
        status = disk_json_get(root, volume_members, volume, where, err);
    }
    json_decref(root);
    return status;
}

int disk_volume_format(const struct disk_volume_file *volume, struct disk_text *text,
                       struct error *err)
{
    if (disk_json_finish(disk_json_make(volume_members, volume), VOLUME_FORMAT, text) == 0) {
        return 0;
    }
    return error_host(err, DISK_VOLUME_NAME ": out of memory");
}
