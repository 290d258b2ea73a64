/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk directory at a glance, also while a machine has it open. Nothing is locked or written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "devices/apple/sep_keys.h"
#include "devices/storage/raid0.h"
#include "emu/base/error.h"
#include "emu/disk/disk.h"

/* What a module's notes say of its life (docs/hardware/ssd-module.md): of the time when they were
 * last written, which a running machine does at each flush. */
struct disk_look_wear {
    bool is_known; /* the module was in use before */
    uint64_t mapped_blocks;
    uint64_t blocks_read;
    uint64_t blocks_written;
    uint64_t pages_programmed;
    uint64_t superblocks_erased;
};

struct disk_look_module {
    uint64_t file_bytes; /* length */
    uint64_t host_bytes; /* that it takes on the host */
    bool is_clean;       /* closed since it was last changed */
    struct disk_look_wear wear;
};

/* What the T2 keeps, as far as it is nobody's secret. */
struct disk_look_t2 {
    uint64_t ecid;
    uint64_t counter; /* changes of keys */
    bool has_password;
    uint32_t failures; /* wrong passwords since the last right one */
    enum sep_boot_policy boot_policy;
    bool has_boot_ticket;
    uint8_t boot_nonce[KEY_BYTES]; /* that a ticket is signed for */
};

struct disk_look {
    uint64_t blocks;     /* of the namespace, 4096 bytes each */
    uint64_t used_bytes; /* of the volume, that the modules have data for */
    uint8_t volume_id[SEP_ID_BYTES];
    bool is_sealed; /* sep.json, with a passphrase */
    bool has_t2;    /* `t2` and what modules say of themselves is known: not sealed, or opened */
    struct disk_look_t2 t2;
    struct disk_look_module modules[RAID0_MODULES];
    bool is_in_use; /* somebody has it open */
    pid_t user;     /* the process, 0 when the host does not tell */
};

/* Does sep.json need a passphrase? All else may be missing. -1 with `err` (ERROR_HOST). */
int disk_look_sealed(const char *path, bool *is_sealed, struct error *err) MUST_CHECK;
/* Checks what disk_open() checks, except that a sealed sep.json without a passphrase is looked at from
 * outside. A passphrase for one that is not sealed is refused. -1 with `err` (ERROR_HOST). */
int disk_look(const char *path, const struct disk_secret *passphrase, struct disk_look *look,
              struct error *err) MUST_CHECK;
