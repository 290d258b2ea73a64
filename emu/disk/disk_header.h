/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a module file, kept twice; docs/formats/disk.md, "The module files". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/apple/sep_keys.h"
#include "emu/core/media.h"

#define DISK_HEADER_BYTES  4096u
#define DISK_HEADER_COPIES 2u
#define DISK_NOTES_OFFSET  (UINT64_C(2) * DISK_HEADER_BYTES)
#define DISK_DATA_ALIGN    (UINT64_C(1) << 20)

struct disk_header {
    bool is_clean; /* closed since it was last changed */
    uint32_t slot;
    uint32_t stripe;
    uint64_t blocks;
    uint64_t notes_bytes;
    uint64_t sequence;   /* one more each time that a copy is written */
    uint64_t generation; /* media.h, seal() */
    uint8_t volume_id[SEP_ID_BYTES];
    uint8_t module_id[SEP_ID_BYTES];
};

enum disk_header_state {
    DISK_HEADER_GOOD,
    DISK_HEADER_MAGIC,    /* something else */
    DISK_HEADER_VERSION,  /* a later version */
    DISK_HEADER_CHECKSUM, /* damaged */
    DISK_HEADER_LAYOUT,   /* numbers that do not go together */
};

/* `has_mac`: it was made for the T2 with this pairing key. Only of a GOOD one. */
enum disk_header_state disk_header_get(const uint8_t bytes[DISK_HEADER_BYTES],
                                       const uint8_t pairing_key[KEY_BYTES],
                                       struct disk_header *header, bool *has_mac);
/* -1 when memory is short. */
int disk_header_put(const struct disk_header *header, const uint8_t pairing_key[KEY_BYTES],
                    uint8_t bytes[DISK_HEADER_BYTES]);

/* Room for notes that goes with so many blocks. */
uint64_t disk_notes_bytes(uint64_t blocks);
uint64_t disk_data_offset(uint64_t notes_bytes);
/* Length of the file. */
uint64_t disk_module_bytes(uint64_t blocks, uint64_t notes_bytes);
