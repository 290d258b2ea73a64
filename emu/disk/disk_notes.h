/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The notes of an SSD module as far as tools touch them without a machine: which blocks hold
 * something. Pages, their checksums and their order are those of docs/hardware/ssd-module.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/ssd_module_geometry.h"
#include "emu/core/media.h"

enum disk_notes_state {
    DISK_NOTES_EMPTY, /* never written */
    DISK_NOTES_GOOD,
    DISK_NOTES_BAD,
};

/* Judges page `number` of the notes. */
enum disk_notes_state disk_notes_judge(uint32_t number, const uint8_t page[SSD_NOTES_PAGE_BYTES]);
/* Place and size of the bitmap within the notes, in bytes. */
uint64_t disk_notes_bitmap_offset(const struct ssd_geometry *geometry);
uint64_t disk_notes_bitmap_bytes(const struct ssd_geometry *geometry);

/* Writes an empty bitmap anew, block by block in ascending order. */
struct disk_notes_writer {
    const struct host_media *media;
    struct ssd_geometry geometry;
    uint32_t bitmap_page;
    bool has_page;
    uint8_t page[SSD_NOTES_PAGE_BYTES];
};

void disk_notes_begin(struct disk_notes_writer *writer, const struct host_media *media);
/* -1 after host trouble, as the functions of media.h. */
int disk_notes_mark(struct disk_notes_writer *writer, uint64_t block, uint32_t count);
int disk_notes_end(struct disk_notes_writer *writer);
