/* SPDX-License-Identifier: GPL-2.0-only */
/* How a capacity becomes superblocks, and how much room the notes about them take. */
#include "devices/storage/ssd_module_geometry.h"

#include "devices/storage/ssd_module.h"
#include "emu/base/bug.h"

/* Chosen: erase blocks of 256 pages, fewer in modules that would have fewer than 64 superblocks, so
 * that garbage collection has something to choose from. */
#define PAGES_PER_ERASE_BLOCK 256u
#define SUPERBLOCKS_WANTED    64u
/* Over-provisioning: 7 % (timing.md 5.4), and what collection needs to turn round. */
#define OVER_PERCENT 7u
#define OVER_EXTRA   6u

#define UNITS_PER_ERASE_PAGE (NAND_DIES * SSD_UNITS_PER_ROW)

static uint32_t units_of_superblock(uint64_t blocks)
{
    uint32_t pages = PAGES_PER_ERASE_BLOCK;

    while (pages > 1 && blocks / (pages * UNITS_PER_ERASE_PAGE) < SUPERBLOCKS_WANTED) {
        pages /= 2;
    }
    return pages * UNITS_PER_ERASE_PAGE;
}

static uint32_t divide_up(uint64_t value, uint64_t by)
{
    return (uint32_t)((value + by - 1) / by);
}

struct ssd_geometry ssd_geometry(uint64_t blocks)
{
    struct ssd_geometry g = {.blocks = (uint32_t)blocks, .units = units_of_superblock(blocks)};

    BUG_ON(blocks == 0 || blocks > SSD_BLOCKS_MAX);
    g.superblocks = divide_up(blocks * (100 + OVER_PERCENT), UINT64_C(100) * g.units) + OVER_EXTRA;
    g.wear_pages = divide_up(g.superblocks, SSD_NOTES_WEAR_PER);
    g.bitmap_pages = divide_up(blocks, SSD_NOTES_BITS_PER);
    return g;
}

uint64_t ssd_module_notes_bytes(uint64_t blocks)
{
    const struct ssd_geometry g = ssd_geometry(blocks);

    return (SSD_NOTES_HEADERS + (uint64_t)g.wear_pages + g.bitmap_pages) * SSD_NOTES_PAGE_BYTES;
}
