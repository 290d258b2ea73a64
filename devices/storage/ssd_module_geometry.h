/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes that follow from the number of data blocks of an SSD module. A mapping unit is one block of
 * 4096 bytes, a page holds four of them. A superblock is one erase block of every plane of every
 * die; a row of it is one page in both planes of one die. docs/hardware/ssd-module.md.
 */
#pragma once

#include <stdint.h>

#include "emu/core/media.h"
#include "emu/timing/nand.h"

#define SSD_UNITS_PER_PAGE (NAND_PAGE_BYTES / MEDIA_BLOCK_BYTES)
#define SSD_UNITS_PER_ROW  (SSD_UNITS_PER_PAGE * NAND_PLANES)
#define SSD_BLOCKS_MAX     (UINT64_C(1) << 30) /* 4 TiB */

/* Notes are pages of the media's block size, each with a checksum at its end. */
#define SSD_NOTES_PAGE_BYTES MEDIA_BLOCK_BYTES
#define SSD_NOTES_PAYLOAD    (SSD_NOTES_PAGE_BYTES - 8u)
#define SSD_NOTES_HEADERS    2u                       /* copies of the header, written in turn */
#define SSD_NOTES_WEAR_PER   (SSD_NOTES_PAYLOAD / 4u) /* erase counts in a page */
#define SSD_NOTES_BITS_PER   (SSD_NOTES_PAYLOAD * 8u) /* blocks in a page of the bitmap */

struct ssd_geometry {
    uint32_t blocks;       /* data blocks, as the host sees them */
    uint32_t superblocks;  /* with the reserve */
    uint32_t units;        /* of a superblock */
    uint32_t wear_pages;   /* of the notes */
    uint32_t bitmap_pages; /* of the notes */
};

/* `blocks` 1..SSD_BLOCKS_MAX. */
struct ssd_geometry ssd_geometry(uint64_t blocks);
