/* SPDX-License-Identifier: GPL-2.0-only */
/* What is plugged into the T2 of a machine: two SSD modules, and the T2's own memory. */
#pragma once

#include <stdint.h>

#include "devices/apple/sep_keys.h"
#include "devices/storage/raid0.h"
#include "emu/core/media.h"

struct machine_disk {
    const struct host_media *media[RAID0_MODULES]; /* NULL: the socket is empty */
    uint64_t blocks;                               /* of the namespace, 4096 bytes each */
    uint8_t volume_id[SEP_ID_BYTES];
    const struct sep_record *sep;
    struct sep_store sep_store;
    struct sep_password password; /* given to the SEP at power-on; NULL data: none */
};
