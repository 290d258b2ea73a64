/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk of the machine as a directory on the host: `module0.img` and `module1.img` (ciphertext,
 * sparse), `sep.json` (identity of the T2 and wrapped keys), `volume.json` (what belongs together).
 * docs/formats/disk.md specifies every byte. This is the only code that reads and writes them.
 *
 * Opening checks everything that can be checked without reading the data: lengths, checksums, that
 * both modules belong to this volume and this T2, in this order. All errors are one sentence
 * (ERROR_HOST) that names the file and the reason, and nothing was written.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/apple/sep_keys.h"
#include "devices/storage/raid0.h"
#include "emu/base/error.h"
#include "emu/core/media.h"

#define DISK_BYTES_MIN (UINT64_C(16) << 20)
#define DISK_BYTES_MAX (UINT64_C(8) << 40)

struct disk;

enum disk_access {
    DISK_KEEP,      /* read and write; nobody else may have it open */
    DISK_READ,      /* others may read it, too; writing fails */
    DISK_LOOK,      /* as DISK_READ, and others may write: what is read may be of several moments */
    DISK_TEMPORARY, /* as DISK_READ; what is written is gone when it is closed */
};

enum disk_cache {
    DISK_CACHE_WRITEBACK, /* the host's page cache; flush() is fdatasync() */
    DISK_CACHE_NONE,      /* past the page cache (O_DIRECT); flush() as above */
    DISK_CACHE_UNSAFE,    /* flush() does nothing: a crash of the host may lose everything */
};

struct disk_secret {
    const char *data; /* NULL: none */
    size_t bytes;
};

struct disk_options {
    enum disk_access access;
    enum disk_cache cache;
    struct disk_secret passphrase; /* that sep.json is sealed with */
    const struct disk
        *is_copy_of; /* made by disk_copy() from this one, which is open and knows what
                                      sep.json is sealed with; NULL: `passphrase` counts */
    atomic_uint_least64_t *activity; /* bytes moved, for a light; NULL: nobody looks */
    /* Host trouble while the machine runs: called once, on the machine's thread. NULL: nobody. */
    void *ctx;
    void (*trouble)(void *ctx);
};

/* NULL with `err`. Owner: the caller. */
struct disk *disk_open(const char *path, const struct disk_options *options, struct error *err);
/* Makes durable what was written, and frees. -1 with `err`: the first host trouble since it was
 * opened. NULL is harmless. */
int disk_close(struct disk *disk, struct error *err) MUST_CHECK;

uint64_t disk_blocks(const struct disk *disk);          /* of the namespace, 4096 bytes each */
const uint8_t *disk_volume_id(const struct disk *disk); /* SEP_ID_BYTES */
/* Valid until disk_close(). */
const struct host_media *disk_media(struct disk *disk, unsigned module);
const struct sep_record *disk_sep(const struct disk *disk);
/* Whether `password` opens the volume (none given: whether it has none). -1 with `err`: a wrong one
 * has been counted in sep.json, as the SEP does. */
int disk_check_password(struct disk *disk, const struct disk_secret *password,
                        struct error *err) MUST_CHECK;
/* Replaces sep.json and volume.json, each atomically, and durably unless DISK_CACHE_UNSAFE. With
 * DISK_TEMPORARY only in memory. */
struct sep_store disk_sep_store(struct disk *disk);
/* The first host trouble so far (kind ERROR_NONE: none). */
const struct error *disk_trouble(const struct disk *disk);

/* After fork(), in the child, for DISK_TEMPORARY: what is written from now on is its own, and the parent's
 * writes are not seen. Nothing for other kinds of access. */
int disk_separate(struct disk *disk, struct error *err) MUST_CHECK;

/* A copy of the directory as it is now, at `path`, which must not exist; of the modules only what
 * holds data. The copy is closed when it is opened again by disk_open(). For power cuts. */
int disk_copy(struct disk *disk, const char *path, struct error *err) MUST_CHECK;
