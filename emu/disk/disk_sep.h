/* SPDX-License-Identifier: GPL-2.0-only */
/* sep.json and volume.json as text and as structures. docs/formats/disk.md. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/apple/sep_keys.h"
#include "emu/base/error.h"
#include "emu/disk/disk.h"
#include "emu/disk/disk_files.h"

#define DISK_SEP_NAME    "sep.json"
#define DISK_VOLUME_NAME "volume.json"
#define DISK_MODULES     RAID0_MODULES
/* No file of ours is as long. */
#define DISK_TEXT_MAX 16384u

/* sep.json. `update` counts how often it was written; volume.json has the same number, so that an old
 * sep.json does not pass for the present one. */
struct disk_sep_file {
    uint64_t update;
    struct sep_record record;
    bool is_sealed;
    uint32_t log2_n; /* scrypt's cost */
    uint8_t seal_salt[KEY_BYTES];
    uint8_t seal_key[KEY_BYTES]; /* what the passphrase became */
};

/* volume.json. */
struct disk_volume_file {
    uint64_t update;
    uint64_t blocks; /* of the namespace */
    uint32_t stripe;
    uint8_t id[SEP_ID_BYTES];
    uint8_t module_id[DISK_MODULES][SEP_ID_BYTES];
};

/* `where` is the file's name in sentences. A passphrase is refused where none is needed. */
int disk_sep_parse(const struct disk_text *text, const struct disk_secret *passphrase,
                   const char *where, struct disk_sep_file *sep, struct error *err) MUST_CHECK;
/* Sealed with a new nonce if it is sealed. */
int disk_sep_format(const struct disk_sep_file *sep, struct disk_text *text,
                    struct error *err) MUST_CHECK;
/* From the next disk_sep_format() on; no data: not sealed. */
int disk_sep_seal(struct disk_sep_file *sep, const struct disk_secret *passphrase,
                  struct error *err) MUST_CHECK;
/* Can sep.json say this? A record that comes from a machine may have come from a snapshot before. */
bool disk_sep_is_sound(const struct sep_record *record);
/* The same of all of it, before anything is written that could not be read again. */
int disk_sep_check(const struct disk_sep_file *sep, const char *where,
                   struct error *err) MUST_CHECK;
void disk_sep_wipe(struct disk_sep_file *sep);

int disk_volume_parse(const struct disk_text *text, const char *where,
                      struct disk_volume_file *volume, struct error *err) MUST_CHECK;
int disk_volume_format(const struct disk_volume_file *volume, struct disk_text *text,
                       struct error *err) MUST_CHECK;
