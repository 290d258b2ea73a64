/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict JSON: an object is a table of members, each of which must be there, of its type and in its
 * range; no member twice, none that is not in the table; a checksum over everything else. Knows
 * nothing of what the members mean.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "emu/base/error.h"
#include "emu/disk/disk_files.h"

/* Numbers are kept below what every reader of JSON has exactly. */
#define DISK_NUMBER_MAX ((UINT64_C(1) << 53) - 1)

enum disk_member_kind {
    DISK_MEMBER_END,     /* of the table */
    DISK_MEMBER_BYTES,   /* uint8_t[size]: 2 * size lower-case hexadecimal digits */
    DISK_MEMBER_HEX,     /* uint64_t: 16 such digits, the number as one writes it */
    DISK_MEMBER_NUMBER,  /* uint32_t or uint64_t (size), min..max */
    DISK_MEMBER_BOOL,    /* bool */
    DISK_MEMBER_WORD,    /* uint32_t: index into `words`, which ends in NULL */
    DISK_MEMBER_OBJECT,  /* json_t *, borrowed; NULL when it is not there */
    DISK_MEMBER_DYNAMIC, /* struct disk_bytes: as BYTES, at most `max` bytes */
};

struct disk_member {
    const char *name;
    enum disk_member_kind kind;
    size_t offset;
    size_t size;
    uint64_t min;
    uint64_t max;
    const char *const *words;
};

struct disk_bytes {
    uint8_t *data; /* malloc() */
    size_t bytes;
};

/* Parses text and checks "format", "version" and "checksum", which tables do not list. NULL with `err`.
 * `where` opens every sentence; what is in the file is never repeated in one. */
json_t *disk_json_open(const struct disk_text *text, const char *format, const char *where,
                       struct error *err);
/* An object without those three: a part of one, or what was sealed. */
json_t *disk_json_parse(const struct disk_text *text, const char *where, struct error *err);
/* Fills the structure at `to`. */
int disk_json_get(const json_t *object, const struct disk_member *members, void *to,
                  const char *where, struct error *err) MUST_CHECK;
/* NULL when memory is short; the caller owns it. */
json_t *disk_json_make(const struct disk_member *members, const void *from);
/* `body` with format, version and checksum, as text. Takes over `body`, which may be NULL (memory). -1
 * when memory is short. */
int disk_json_finish(json_t *body, const char *format, struct disk_text *text) MUST_CHECK;
/* Compact, sorted by name. -1 when memory is short. */
int disk_json_compact(const json_t *object, struct disk_text *text) MUST_CHECK;
