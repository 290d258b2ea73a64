/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of disk directories share: a folder of their own that is gone afterwards, files to
 * damage, and a host whose calls fail, stop the program, or do only half of what they should.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/disk/disk_internal.h"

#define RIG_BYTES DISK_BYTES_MIN
#define RIG_PATH  256

/* The fixture is the path of the folder; rig_setup() makes a disk in it, too. */
int rig_setup(void **state);
int rig_setup_empty(void **state);
int rig_teardown(void **state);
/* "folder/name", in a buffer of the rig that is reused after 64 calls. */
const char *rig_path(void **state, const char *name);
const char *rig_disk(void **state); /* "folder/d" */

struct disk_secret rig_secret(const char *text);
void rig_create(const char *path, const struct disk_new *wanted);
/* NULL options: DISK_KEEP. The test fails when it cannot be opened. */
struct disk *rig_open(const char *path, const struct disk_options *options);
void rig_close(struct disk *disk);
/* It cannot be opened, and for this reason; `%` in the sentence stands for the disk's path. */
void rig_refused(const char *path, const struct disk_options *options, const char *sentence);
void rig_assert_sentence(const struct error *err, const char *path, const char *sentence);

/* Names, modes, lengths and contents of all files. */
uint64_t rig_hash(const char *path);
void rig_copy(const char *from, const char *to); /* files of a folder; `to` is made */
void rig_copy_file(const char *from, const char *to);
void rig_remove(const char *path); /* a folder and its files */
bool rig_exists(const char *path);
uint64_t rig_host_bytes(const char *path); /* that the files of a folder occupy */
/* Is the pattern anywhere in a file of the folder? */
bool rig_contains(const char *path, const void *pattern, size_t bytes);

struct rig_text {
    char *data;
    size_t bytes;
};
struct rig_text rig_read(const char *path);
void rig_write(const char *path, const void *data, size_t bytes);
void rig_poke(const char *path, uint64_t offset, const void *data, size_t bytes);
/* Replaces the first `old` in a JSON file, and mends the checksum when told to. */
void rig_edit(const char *path, const char *old, const char *now, bool is_mended);

/* ---- A host in trouble ---- */

enum rig_kind {
    RIG_ANY,
    RIG_READ,
    RIG_WRITE,
    RIG_ALLOCATE,
    RIG_SYNC,
    RIG_RENAME,
};

struct rig_trouble {
    enum rig_kind kind; /* calls that count */
    unsigned at;        /* from the how many-th of them on; 0: never */
    bool is_stop;       /* the program stops there, before the call */
    int reason;         /* else: they fail with this errno value */
    bool is_partial;    /* transfers are short and interrupted */
    unsigned calls;     /* that counted so far */
};

/* There is one; the caller changes it as it likes. */
struct rig_trouble *rig_trouble(void);
extern const struct disk_host rig_host;
