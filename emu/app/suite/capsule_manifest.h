/* SPDX-License-Identifier: GPL-2.0-only */
/* manifest.json of a capsule: docs/formats/capsule.md specifies it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/suite.h"
#include "emu/app/suite/suite_result.h"
#include "emu/base/error.h"
#include "emu/crypto/digest.h"

#define CAPSULE_MANIFEST  "manifest.json"
#define CAPSULE_RECORDING "run.sgr"
#define CAPSULE_FILES     "files/" /* and the SHA-256 */
#define CAPSULE_SERIAL    "serial.txt"
#define CAPSULE_PICTURE   "screen.png"
#define CAPSULE_TRACE     "trace.jsonl"
#define CAPSULE_SUITE     "suite.yaml"

#define CAPSULE_HEX_BYTES    (2 * DIGEST_BYTES + 1)
#define CAPSULE_NAME_BYTES   (sizeof(CAPSULE_FILES) - 1 + CAPSULE_HEX_BYTES)
#define CAPSULE_FILES_MAX    129u /* those of a setup, and the firmware */
#define CAPSULE_MEMBERS_MAX  (CAPSULE_FILES_MAX + 5u)
#define CAPSULE_MANIFEST_MAX ((size_t)1 << 20)
#define CAPSULE_MEMBER_MAX   (UINT64_C(7) << 30)
#define CAPSULE_BYTES_MAX    (UINT64_C(16) << 30) /* of all members */
#define CAPSULE_VERSION_TEXT 64u
#define CAPSULE_PASSWORD_MAX 1024u

struct capsule_member {
    char name[CAPSULE_NAME_BYTES];
    uint64_t bytes;
    char sha256[CAPSULE_HEX_BYTES];
};

/* Starts as all zero. */
struct capsule_manifest {
    char spacegray[CAPSULE_VERSION_TEXT];
    char unicorn[CAPSULE_VERSION_TEXT];
    char rom[CAPSULE_HEX_BYTES];
    char suite[SUITE_PATH_BYTES]; /* its name */
    char file[SUITE_PATH_BYTES];  /* when written: its path, of which the last name is kept */
    char test[SUITE_NAME_MAX];
    char password[CAPSULE_PASSWORD_MAX + 1]; /* of the disk's volume; empty: none */
    bool is_whole;                           /* the recording has an end */
    struct suite_result result;
    struct capsule_member members[CAPSULE_MEMBERS_MAX]; /* all but the manifest, as they follow */
    size_t member_count;
};

/* JSON; free() it. NULL: no memory. Times of the host are not in it. */
char *capsule_manifest_write(const struct capsule_manifest *manifest);
/* Hostile input: members are those that a capsule can have, in their order, each once; their sizes are within bounds. -1
 * with `err`, which does not name the file. */
int capsule_manifest_read(const char *text, size_t bytes, struct capsule_manifest *manifest,
                          struct error *err) MUST_CHECK;
/* NULL: there is none of this name. */
const struct capsule_member *capsule_manifest_find(const struct capsule_manifest *manifest,
                                                   const char *name);
