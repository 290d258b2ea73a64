/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk in memory for a machine that is fuzzed: two small modules that are half full, a T2 whose
 * records are kept nowhere. */
#pragma once

#include "emu/machine/machine_disk.h"
#include "tests/lib/media.h"

#define FUZZ_DISK_BLOCKS UINT64_C(256) /* of a module */

struct fuzz_disk {
    struct machine_disk machine;
    struct memory_media *media[RAID0_MODULES];
    struct sep_record record;
};

/* `disk` must stay where it is. */
void fuzz_disk_init(struct fuzz_disk *disk);
void fuzz_disk_fini(struct fuzz_disk *disk);
