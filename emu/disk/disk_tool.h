/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray disk` does with disk directories that no machine has open. All return 0, or -1
 * with `err`; then nothing was changed unless it says so. */
#pragma once

#include <stdio.h>

#include "emu/disk/disk.h"

/* Told about once for each MiB, on long work; may be NULL. */
struct disk_progress {
    void *ctx;
    void (*tell)(void *ctx, uint64_t done, uint64_t total); /* bytes */
    /* Looked at as often: once it is true, the work ends soon, with an `err` that says what state the
     * disk is in. NULL: nobody stops it. */
    const atomic_bool *stop;
};

struct disk_new {
    uint64_t bytes;                /* a multiple of 4096, DISK_BYTES_MIN..MAX */
    struct disk_secret passphrase; /* none: sep.json is protected by its permissions alone */
    struct disk_secret password;   /* of the volume (FileVault); none: the UID alone */
    enum sep_boot_policy boot_policy;
    /* All that would be chance follows from this text: a disk of a test, which is the same one each time and keeps no
     * secret. NULL: chance. */
    const char *seed;
};

/* Makes the directory `path` (which must not exist, or be empty). */
int disk_create(const char *path, const struct disk_new *wanted, struct error *err) MUST_CHECK;
/* Takes the names of a disk's files, and its directory's, away. Who has it open keeps it until it is closed. */
void disk_remove(const char *path);

/* Reads every block of both modules and checks headers, checksums and maps. `problems` counts what
 * was found, each told on `report` as one line. Takes a volume that is open nowhere. */
int disk_verify(const char *path, const struct disk_secret *passphrase, FILE *report,
                const struct disk_progress *progress, unsigned *problems,
                struct error *err) MUST_CHECK;

/* Plain blocks in and out; `file` "-" is standard input or output. import refuses a file that is
 * larger than the volume; blocks beyond its end become zeros. A run of zeros takes no room. */
struct disk_plain {
    const char *path;
    const char *file;
    struct disk_secret passphrase;
    struct disk_secret password;
    struct disk_progress progress;
};
int disk_import(const struct disk_plain *plain, struct error *err) MUST_CHECK;
int disk_export(const struct disk_plain *plain, struct error *err) MUST_CHECK;

/* New media key, KEK and salt around the same volume key; `password` becomes `new_password` (none:
 * none) and the passphrase of sep.json `new_passphrase`. */
struct disk_rekey {
    struct disk_secret passphrase;
    struct disk_secret password;
    struct disk_secret new_passphrase;
    struct disk_secret new_password;
};
int disk_rekey(const char *path, const struct disk_rekey *rekey, struct error *err) MUST_CHECK;

/* Instant: destroys the media key and makes new keys for an empty volume. */
int disk_wipe(const char *path, const struct disk_secret *passphrase, struct error *err) MUST_CHECK;
/* New empty modules for this T2 in the place of whatever is there; `bytes` 0: as large as before. */
int disk_pair(const char *path, uint64_t bytes, const struct disk_secret *passphrase,
              struct error *err) MUST_CHECK;
/* Startup security. SEP_BOOT_FULL needs a ticket for the firmware (t2_boot.h). */
int disk_set_boot_policy(const char *path, enum sep_boot_policy policy,
                         const struct disk_secret *passphrase, struct error *err) MUST_CHECK;
