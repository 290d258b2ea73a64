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

#define BENCH_BYTES DISK_BYTES_MIN
#define BENCH_PATH  256

/* The fixture is the path of the folder; bench_setup() makes a disk in it, too. An empty one is in memory
 * where the host has that: what makes hundreds of disks does not wait for a real one. */
int bench_setup(void **state);
int bench_setup_empty(void **state);
int bench_teardown(void **state);
/* "folder/name", in a buffer that is reused after 64 calls. */
const char *bench_path(void **state, const char *name);
const char *bench_disk(void **state); /* "folder/d" */

struct disk_secret bench_secret(const char *text);
void bench_create(const char *path, const struct disk_new *wanted);
/* NULL options: DISK_KEEP. The test fails when it cannot be opened. */
struct disk *bench_open(const char *path, const struct disk_options *options);
void bench_close(struct disk *disk);
/* It cannot be opened, and for this reason; `%` in the sentence stands for the disk's path. */
void bench_refused(const char *path, const struct disk_options *options, const char *sentence);
void bench_assert_sentence(const struct error *err, const char *path, const char *sentence);

/* Names, modes, lengths and contents of all files. */
uint64_t bench_hash(const char *path);
void bench_copy(const char *from, const char *to); /* files of a folder; `to` is made */
void bench_copy_file(const char *from, const char *to);
void bench_remove(const char *path); /* a folder and its files */
bool bench_exists(const char *path);
uint64_t bench_host_bytes(const char *path); /* that the files of a folder occupy */
/* Is the pattern anywhere in a file of the folder? */
bool bench_contains(const char *path, const void *pattern, size_t bytes);

struct bench_text {
    char *data;
    size_t bytes;
};
struct bench_text bench_read(const char *path);
void bench_write(const char *path, const void *data, size_t bytes);
void bench_poke(const char *path, uint64_t offset, const void *data, size_t bytes);
/* Replaces the first `old` in a JSON file, and mends the checksum when told to. */
void bench_edit(const char *path, const char *old, const char *now, bool is_mended);

/* ---- A host in trouble ---- */

enum bench_kind {
    BENCH_ANY,
    BENCH_READ,
    BENCH_WRITE,
    BENCH_ALLOCATE,
    BENCH_SYNC,
    BENCH_RENAME,
};

struct bench_trouble {
    enum bench_kind kind; /* calls that count */
    unsigned at;          /* from the how many-th of them on; 0: never */
    bool is_stop;         /* the program stops there, before the call */
    int reason;           /* else: they fail with this errno value */
    bool is_partial;      /* transfers are short and interrupted */
    unsigned calls;       /* that counted so far */
};

/* There is one; the caller changes it as it likes. */
struct bench_trouble *bench_trouble(void);
extern const struct disk_host bench_host;
