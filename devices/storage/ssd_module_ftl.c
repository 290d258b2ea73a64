/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flash translation layer: a flat map from blocks to units, filled superblock by superblock, and
 * greedy garbage collection: of the full superblocks, the one with the fewest valid units is
 * emptied, row by row along with the host's own writes, and erased. The one that was erased least
 * often is filled next.
 *
 * Why it never runs dry: full superblocks number at least 1.07 x blocks / units + 2 while little is
 * left, so the best of them is at most 1 / 1.07 valid, and moving it gains at least one unit for 14.3
 * moved. Below the last mark 16 rows are moved for each row of the host's.
 */
#include "devices/storage/ssd_module_internal.h"
#include "emu/base/lazy_memory.h"
#include "emu/core/trace.h"

/* Marks: so many superblocks are free. */
#define LOW_MARK      3u
#define LOWER_MARK    2u
#define LAST_MARK     1u
#define LOW_ROWS      4u
#define LOWER_ROWS    16u
#define SCAN_PER_STEP 4096u

const struct trace_desc ssd_ev_collected = {.name = "collected",
                                            .fields = {"superblock", "erases", "free"}};

static void clear(const struct ssd_module *ssd, enum ssd_memory_index index)
{
    lazy_memory_clear(ssd->memory[index].data, ssd->memory[index].bytes);
}

void ssd_ftl_clear(struct ssd_module *ssd)
{
    clear(ssd, SSD_MEMORY_MAP);
    clear(ssd, SSD_MEMORY_REVERSE);
    clear(ssd, SSD_MEMORY_SUPERBLOCKS);
    clear(ssd, SSD_MEMORY_DIRTY);
    lazy_memory_clear(ssd->chunks.data, ssd->chunks.bytes);
    ssd->free_superblocks = ssd->geometry.superblocks;
    ssd->erases_max = 0;
    ssd->open = SSD_NONE;
    ssd->offset = 0;
    ssd->victim = SSD_NONE;
    ssd->cursor = 0;
    ssd->mapped = 0;
}

/* ---- The map ---- */

static void mark_bitmap(struct ssd_module *ssd, uint32_t block)
{
    ssd->dirty[ssd_notes_bitmap_page(&ssd->geometry, block)] = 1;
    ssd->is_header_dirty = true;
}

static void release_unit(struct ssd_module *ssd, uint32_t unit)
{
    ssd->reverse[unit] = 0;
    ssd->superblock[unit / ssd->geometry.units].valid--;
}

void ssd_ftl_claim(struct ssd_module *ssd, uint32_t block)
{
    if (ssd->map[block] != SSD_UNMAPPED) return;
    ssd->map[block] = SSD_UNPLACED;
    ssd->mapped++;
    ssd->chunk_mapped[block / SSD_MAP_CHUNK]++;
    mark_bitmap(ssd, block);
}

void ssd_ftl_unmap(struct ssd_module *ssd, uint32_t block)
{
    if (ssd->map[block] == SSD_UNMAPPED) return;
    if (ssd->map[block] != SSD_UNPLACED) {
        release_unit(ssd, ssd->map[block] - 1);
    }
    ssd->map[block] = SSD_UNMAPPED;
    ssd->mapped--;
    ssd->chunk_mapped[block / SSD_MAP_CHUNK]--;
    mark_bitmap(ssd, block);
}

void ssd_ftl_unmap_all(struct ssd_module *ssd)
{
    const struct ssd_geometry *g = &ssd->geometry;

    for (uint32_t first = 0; first < g->blocks; first += SSD_MAP_CHUNK) {
        const uint32_t left = g->blocks - first;

        if (ssd->chunk_mapped[first / SSD_MAP_CHUNK] == 0) continue;
        /* It touches two pages of the bitmap at most. */
        mark_bitmap(ssd, first);
        mark_bitmap(ssd, first + (left < SSD_MAP_CHUNK ? left : SSD_MAP_CHUNK) - 1);
    }
    clear(ssd, SSD_MEMORY_MAP);
    clear(ssd, SSD_MEMORY_REVERSE);
    lazy_memory_clear(ssd->chunks.data, ssd->chunks.bytes);
    for (uint32_t i = 0; i < g->superblocks; i++) {
        ssd->superblock[i].valid = 0;
    }
    ssd->mapped = 0;
}

/* ---- Filling ---- */

uint32_t ssd_ftl_room(const struct ssd_module *ssd)
{
    return SSD_UNITS_PER_ROW - ssd->offset % SSD_UNITS_PER_ROW;
}

/* A superblock has as many rows on each die, so this holds for the first row of the next one, too. */
unsigned ssd_ftl_die(const struct ssd_module *ssd)
{
    return nand_die_of_row(ssd->offset / SSD_UNITS_PER_ROW);
}

static void open_superblock(struct ssd_module *ssd, uint32_t number)
{
    if (ssd->open != SSD_NONE) {
        ssd->superblock[ssd->open].state = SSD_SUPERBLOCK_FULL;
    }
    ssd->superblock[number].state = SSD_SUPERBLOCK_OPEN;
    ssd->free_superblocks--;
    ssd->open = number;
    ssd->offset = 0;
}

static bool has_room(const struct ssd_module *ssd)
{
    return ssd->open != SSD_NONE && ssd->offset < ssd->geometry.units;
}

/* The least worn one that is free; the first of several. */
static bool open_next(struct ssd_module *ssd)
{
    uint32_t best = SSD_NONE;

    if (has_room(ssd)) return true;
    for (uint32_t i = 0; i < ssd->geometry.superblocks; i++) {
        const struct ssd_superblock *s = &ssd->superblock[i];

        if (s->state != SSD_SUPERBLOCK_FREE) continue;
        if (best == SSD_NONE || s->erases < ssd->superblock[best].erases) {
            best = i;
        }
    }
    if (best == SSD_NONE) return false;
    open_superblock(ssd, best);
    return true;
}

static void put_unit(struct ssd_module *ssd, uint32_t block)
{
    const uint32_t unit = ssd->open * ssd->geometry.units + ssd->offset;

    ssd->map[block] = unit + 1;
    ssd->reverse[unit] = block + 1;
    ssd->superblock[ssd->open].valid++;
    ssd->offset++;
}

void ssd_ftl_place(struct ssd_module *ssd, uint32_t block)
{
    if (ssd->map[block] != SSD_UNPLACED) {
        release_unit(ssd, ssd->map[block] - 1);
    }
    if (ssd->offset % SSD_UNITS_PER_PAGE == 0) {
        ssd->pages_programmed++;
    }
    put_unit(ssd, block);
    ssd->is_header_dirty = true;
}

void ssd_ftl_pad(struct ssd_module *ssd)
{
    while (ssd->offset % SSD_UNITS_PER_PAGE != 0) {
        ssd->offset++;
    }
}

void ssd_ftl_restore(struct ssd_module *ssd, uint32_t block)
{
    if (!has_room(ssd)) {
        open_superblock(ssd, ssd->open == SSD_NONE ? 0 : ssd->open + 1);
    }
    ssd->mapped++;
    ssd->chunk_mapped[block / SSD_MAP_CHUNK]++;
    put_unit(ssd, block);
}

/* ---- Garbage collection ---- */

static bool choose_victim(struct ssd_module *ssd)
{
    uint32_t best = SSD_NONE;

    for (uint32_t i = 0; i < ssd->geometry.superblocks; i++) {
        const struct ssd_superblock *s = &ssd->superblock[i];

        if (s->state != SSD_SUPERBLOCK_FULL || s->valid == ssd->geometry.units) continue;
        if (best == SSD_NONE || s->valid < ssd->superblock[best].valid) {
            best = i;
        }
    }
    ssd->victim = best;
    ssd->cursor = 0;
    return best != SSD_NONE;
}

static void erase_victim(struct ssd_module *ssd, vtime from)
{
    struct ssd_superblock *s = &ssd->superblock[ssd->victim];

    for (unsigned die = 0; die < NAND_DIES && !ssd->is_functional; die++) {
        (void)nand_erase(&ssd->nand, die, from);
    }
    s->state = SSD_SUPERBLOCK_FREE;
    if (s->erases < UINT32_MAX) {
        s->erases++;
    }
    if (s->erases > ssd->erases_max) {
        ssd->erases_max = s->erases;
    }
    ssd->superblocks_erased++;
    ssd->free_superblocks++;
    ssd->dirty[ssd_notes_wear_page(ssd->victim)] = 1;
    ssd->is_header_dirty = true;
    TRACE(ssd->device.env.trace, &ssd->device, &ssd_ev_collected, ssd->victim, s->erases,
          ssd->free_superblocks);
    ssd->victim = SSD_NONE;
    ssd->cursor = 0;
}

/* Reading what is moved: units of one row together. */
struct source {
    uint32_t row; /* SSD_NONE: none yet */
    uint32_t bytes;
    vtime from;
    vtime end; /* of all of it */
};

static void read_source(struct ssd_module *ssd, struct source *source, uint32_t row)
{
    if (source->row != row && source->bytes > 0) {
        const vtime end =
            nand_read(&ssd->nand, nand_die_of_row(source->row), source->bytes, source->from);

        source->end = end > source->end ? end : source->end;
        source->bytes = 0;
    }
    source->row = row;
    source->bytes += MEDIA_BLOCK_BYTES;
}

/* Moves at most a row's worth of the victim to where the next row is. When it has been read. */
static vtime move_units(struct ssd_module *ssd, vtime from)
{
    const struct ssd_geometry *g = &ssd->geometry;
    const uint32_t base = ssd->victim * g->units;
    struct source source = {.row = SSD_NONE, .from = from, .end = from};
    uint32_t room = ssd_ftl_room(ssd);

    for (uint32_t scanned = 0; room > 0 && scanned < SCAN_PER_STEP && ssd->cursor < g->units;
         scanned++) {
        const uint32_t unit = base + ssd->cursor;
        const uint32_t block = ssd->reverse[unit];

        ssd->cursor++;
        if (block == 0) continue;
        if (!ssd->is_functional) {
            read_source(ssd, &source, unit / SSD_UNITS_PER_ROW);
        }
        ssd_ftl_place(ssd, block - 1);
        room--;
    }
    if (source.bytes > 0) {
        read_source(ssd, &source, SSD_NONE);
    }
    return source.end;
}

/* One step: a row is moved, or the victim, empty by then, is erased. */
static bool collect_row(struct ssd_module *ssd, vtime from)
{
    uint64_t pages = ssd->pages_programmed;
    unsigned die;
    vtime read;

    if (ssd->victim == SSD_NONE && !choose_victim(ssd)) return false;
    if (!open_next(ssd)) return false;
    die = ssd_ftl_die(ssd);
    read = move_units(ssd, from);
    pages = ssd->pages_programmed - pages;
    if (pages > 0 && !ssd->is_functional) {
        ssd_ftl_pad(ssd);
        (void)nand_program(&ssd->nand, die, (uint32_t)pages * NAND_PAGE_BYTES, read);
    }
    if (ssd->cursor == ssd->geometry.units) {
        erase_victim(ssd, from);
    }
    return true;
}

bool ssd_ftl_prepare(struct ssd_module *ssd, vtime from)
{
    const uint64_t limit = (uint64_t)ssd->geometry.superblocks * ssd->geometry.units;
    uint32_t rows = 0;

    if (ssd->free_superblocks <= LOW_MARK) {
        rows = ssd->free_superblocks <= LOWER_MARK ? LOWER_ROWS : LOW_ROWS;
    }
    for (uint32_t i = 0; i < rows && collect_row(ssd, from); i++) {}
    for (uint64_t i = 0; ssd->free_superblocks <= LAST_MARK && i < limit && collect_row(ssd, from);
         i++) {}
    if (open_next(ssd)) return true;
    ssd_break(ssd, "no superblock is free");
    return false;
}
