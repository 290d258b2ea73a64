/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of an SSD module: the table of small members, the large memories, and the check of both
 * after a snapshot was loaded. A snapshot is hostile: an index of it is used only after everything
 * that it leads to was seen to be sound, and what is derived is derived anew.
 */
#include "devices/storage/ssd_module_internal.h"
#include "emu/base/bits.h"
#include "emu/base/lazy_memory.h"

const struct snap_field ssd_state[] = {
    SNAP_E(struct ssd_module, drain),
    SNAP_U_MAX(struct ssd_module, is_failed, 1),
    SNAP_U_MAX(struct ssd_module, is_header_dirty, 1),
    SNAP_U_MAX(struct ssd_module, has_written, 1),
    SNAP_U(struct ssd_module, blocks),
    SNAP_U_MAX(struct ssd_module, fidelity, 1),
    SNAP_U_EACH(struct ssd_module, nand.die, read_free, NAND_TIME_MAX),
    SNAP_U_EACH(struct ssd_module, nand.die, free, NAND_TIME_MAX),
    SNAP_U_EACH(struct ssd_module, nand.die, loadable, NAND_TIME_MAX),
    SNAP_U_EACH(struct ssd_module, nand.die, delayed, NAND_TIME_MAX),
    SNAP_U_EACH(struct ssd_module, nand.die, suspends, NAND_SUSPEND_MAX),
    SNAP_U_EACH(struct ssd_module, nand.channel, read_free, NAND_TIME_MAX),
    SNAP_U_EACH(struct ssd_module, nand.channel, program_free, NAND_TIME_MAX),
    SNAP_U_MAX(struct ssd_module, link_free, NAND_TIME_MAX),
    SNAP_U_MAX(struct ssd_module, write_end, NAND_TIME_MAX),
    SNAP_U_MAX(struct ssd_module, drained_at, NAND_TIME_MAX),
    SNAP_U_MAX(struct ssd_module, head, SSD_CACHE_BLOCKS - 1),
    SNAP_U_MAX(struct ssd_module, booked, SSD_CACHE_BLOCKS),
    SNAP_U_MAX(struct ssd_module, count, SSD_CACHE_BLOCKS),
    SNAP_U(struct ssd_module, open),
    SNAP_U(struct ssd_module, offset),
    SNAP_U(struct ssd_module, victim),
    SNAP_U(struct ssd_module, cursor),
    SNAP_U(struct ssd_module, mapped),
    SNAP_U(struct ssd_module, blocks_read),
    SNAP_U(struct ssd_module, blocks_written),
    SNAP_U(struct ssd_module, pages_programmed),
    SNAP_U(struct ssd_module, superblocks_erased),
    SNAP_U(struct ssd_module, notes_sequence),
    SNAP_B(struct ssd_module, controller_notes),
    SNAP_U(struct ssd_module, seal),
    SNAP_END,
};

/* ---- Memories ---- */

static bool create(struct ssd_memory *memory, uint64_t bytes)
{
    memory->bytes = align_up(bytes, LAZY_MEMORY_BLOCK);
    memory->data = lazy_memory_create(memory->bytes);
    return memory->data != NULL;
}

int ssd_memory_create(struct ssd_module *ssd, struct error *err)
{
    const struct ssd_geometry *g = &ssd->geometry;
    const uint64_t units = (uint64_t)g->superblocks * g->units;
    struct ssd_memory *m = ssd->memory;

    if (!create(&m[SSD_MEMORY_MAP], g->blocks * UINT64_C(4)) ||
        !create(&m[SSD_MEMORY_REVERSE], units * 4) ||
        !create(&m[SSD_MEMORY_SUPERBLOCKS],
                g->superblocks * (uint64_t)sizeof(struct ssd_superblock)) ||
        !create(&m[SSD_MEMORY_DIRTY], (uint64_t)g->wear_pages + g->bitmap_pages) ||
        !create(&m[SSD_MEMORY_SLOTS], SSD_CACHE_BLOCKS * (uint64_t)sizeof(struct ssd_slot)) ||
        !create(&m[SSD_MEMORY_CACHE], (uint64_t)SSD_CACHE_BLOCKS * MEDIA_BLOCK_BYTES) ||
        !create(&ssd->chunks, ((uint64_t)g->blocks / SSD_MAP_CHUNK + 1) * 4)) {
        ssd_memory_destroy(ssd);
        return error_host(err, "%s: the host has no address space left", ssd->device.path);
    }
    ssd->map = m[SSD_MEMORY_MAP].data;
    ssd->reverse = m[SSD_MEMORY_REVERSE].data;
    ssd->superblock = m[SSD_MEMORY_SUPERBLOCKS].data;
    ssd->dirty = m[SSD_MEMORY_DIRTY].data;
    ssd->slot = m[SSD_MEMORY_SLOTS].data;
    ssd->cache = m[SSD_MEMORY_CACHE].data;
    ssd->chunk_mapped = ssd->chunks.data;
    return 0;
}

void ssd_memory_destroy(struct ssd_module *ssd)
{
    for (unsigned i = 0; i < SSD_MEMORIES; i++) {
        lazy_memory_destroy(ssd->memory[i].data, ssd->memory[i].bytes);
    }
    lazy_memory_destroy(ssd->chunks.data, ssd->chunks.bytes);
}

/* ---- Checks. Each returns 0, or 1 for lazy_memory_visit() to stop. ---- */

struct tally {
    struct ssd_module *ssd;
    uint32_t superblock; /* being counted */
    uint32_t valid;
    uint64_t mapped;
};

/* Superblocks before `next` have as many valid units as were found. */
static int count_up_to(struct tally *tally, uint32_t next)
{
    while (tally->superblock < next) {
        if (tally->ssd->superblock[tally->superblock].valid != tally->valid) return 1;
        tally->valid = 0;
        tally->superblock++;
    }
    return 0;
}

/* Each unit that counts is where the map says, in a superblock that was filled up to there. */
static int check_unit(struct tally *tally, uint64_t unit, uint32_t block)
{
    const struct ssd_module *ssd = tally->ssd;
    const struct ssd_geometry *g = &ssd->geometry;
    uint32_t number;

    if (unit >= (uint64_t)g->superblocks * g->units || block > g->blocks) return 1;
    number = (uint32_t)(unit / g->units);
    if (ssd->map[block - 1] != unit + 1) return 1;
    if (ssd->superblock[number].state == SSD_SUPERBLOCK_FREE) return 1;
    if (number == ssd->open && unit % g->units >= ssd->offset) return 1;
    if (number == ssd->victim && unit % g->units < ssd->cursor) return 1;
    if (count_up_to(tally, number) != 0) return 1;
    tally->valid++;
    return 0;
}

static int visit_reverse(void *ctx, uint64_t offset, const uint8_t *block)
{
    const uint32_t *values = (const uint32_t *)(const void *)block;

    for (uint32_t i = 0; i < LAZY_MEMORY_BLOCK / 4; i++) {
        if (values[i] != 0 && check_unit(ctx, offset / 4 + i, values[i]) != 0) return 1;
    }
    return 0;
}

static int check_mapping(struct tally *tally, uint64_t block, uint32_t value)
{
    struct ssd_module *ssd = tally->ssd;
    const struct ssd_geometry *g = &ssd->geometry;

    if (block >= g->blocks) return 1;
    tally->mapped++;
    ssd->chunk_mapped[block / SSD_MAP_CHUNK]++;
    if (value == SSD_UNPLACED) return ssd_cache_find(ssd, (uint32_t)block) == SSD_NONE;
    return value > (uint64_t)g->superblocks * g->units || ssd->reverse[value - 1] != block + 1;
}

static int visit_map(void *ctx, uint64_t offset, const uint8_t *block)
{
    const uint32_t *values = (const uint32_t *)(const void *)block;

    for (uint32_t i = 0; i < LAZY_MEMORY_BLOCK / 4; i++) {
        if (values[i] != 0 && check_mapping(ctx, offset / 4 + i, values[i]) != 0) return 1;
    }
    return 0;
}

static bool are_superblocks_sound(struct ssd_module *ssd)
{
    const struct ssd_geometry *g = &ssd->geometry;

    if (ssd->open != SSD_NONE && ssd->open >= g->superblocks) return false;
    if (ssd->victim != SSD_NONE && ssd->victim >= g->superblocks) return false;
    if (ssd->offset > g->units || ssd->cursor > g->units) return false;
    ssd->free_superblocks = 0;
    ssd->erases_max = 0;
    for (uint32_t i = 0; i < g->superblocks; i++) {
        const uint32_t state = ssd->superblock[i].state;

        if (state > SSD_SUPERBLOCK_FULL || (state == SSD_SUPERBLOCK_OPEN) != (i == ssd->open))
            return false;
        if (i == ssd->victim && state != SSD_SUPERBLOCK_FULL) return false;
        ssd->free_superblocks += state == SSD_SUPERBLOCK_FREE ? 1 : 0;
        if (ssd->superblock[i].erases > ssd->erases_max) {
            ssd->erases_max = ssd->superblock[i].erases;
        }
    }
    for (uint32_t i = 0; i < g->wear_pages + g->bitmap_pages; i++) {
        if (ssd->dirty[i] > 1) return false;
    }
    return true;
}

/* Slots that are in use: times and dies, and where their blocks are. The others are empty. */
static bool is_ring_sound(struct ssd_module *ssd)
{
    if (ssd->booked > ssd->count || !ssd_cache_index(ssd)) return false;
    for (uint32_t i = 0; i < SSD_CACHE_BLOCKS; i++) {
        const struct ssd_slot *slot = &ssd->slot[(ssd->head + i) % SSD_CACHE_BLOCKS];
        const bool is_booked = i < ssd->booked;
        const uint64_t delayed =
            is_booked && slot->die < NAND_DIES ? ssd->nand.die[slot->die].delayed : 0;

        if (slot->die >= NAND_DIES || slot->is_saved > 1) return false;
        if (slot->when + delayed > NAND_TIME_MAX) return false;
        if (i >= ssd->count && (slot->block != 0 || slot->when != 0)) return false;
        if (slot->block == 0) continue;
        if (ssd->map[slot->block - 1] == SSD_UNMAPPED) return false;
        if (is_booked && ssd->map[slot->block - 1] == SSD_UNPLACED) return false;
    }
    return true;
}

static bool is_sound(struct ssd_module *ssd)
{
    struct tally tally = {.ssd = ssd};
    const struct ssd_memory *map = &ssd->memory[SSD_MEMORY_MAP];
    const struct ssd_memory *reverse = &ssd->memory[SSD_MEMORY_REVERSE];

    if (!are_superblocks_sound(ssd) || !is_ring_sound(ssd)) return false;
    lazy_memory_clear(ssd->chunks.data, ssd->chunks.bytes);
    if (lazy_memory_visit(reverse->data, reverse->bytes, visit_reverse, &tally) != 0) return false;
    if (count_up_to(&tally, ssd->geometry.superblocks) != 0) return false;
    if (lazy_memory_visit(map->data, map->bytes, visit_map, &tally) != 0) return false;
    return tally.mapped == ssd->mapped && event_is_armed(&ssd->drain) == (ssd->count > 0);
}

/* The media must hold what it held then. */
static int check_media(struct ssd_module *ssd, struct error *err)
{
    const uint64_t seal = ssd->media->seal(ssd->media->ctx);

    if (ssd->seal == 0 && (ssd->has_written || ssd->is_media_changed)) {
        return error_host(err, "%s: the snapshot needs writes to the disk that were temporary",
                          ssd->device.path);
    }
    if (ssd->seal != seal) {
        return error_host(err, "%s: the disk has changed since this snapshot was taken",
                          ssd->device.path);
    }
    return 0;
}

int ssd_state_check(struct ssd_module *ssd, struct error *err)
{
    const uint8_t fidelity = ssd->is_functional ? 1 : 0;

    if (ssd->blocks != ssd->geometry.blocks)
        return error_host(err, "%s: the snapshot is of a module of another size", ssd->device.path);
    if (ssd->fidelity != fidelity)
        return error_host(err, "%s: the snapshot was taken with other fidelity", ssd->device.path);
    if (ssd->media == NULL) {
        if (ssd->count == 0 && !event_is_armed(&ssd->drain)) return 0;
        return error_host(err, "%s: the snapshot has data for an empty socket", ssd->device.path);
    }
    if (ssd->is_failed) {
        /* Nobody looks at the rest of it any more. */
        sched_cancel(ssd->device.env.sched, &ssd->drain);
        return 0;
    }
    if (!ssd->is_media_restored && check_media(ssd, err) != 0) return -1;
    if (is_sound(ssd)) return 0;
    return error_host(err, "%s: the snapshot's maps contradict one another", ssd->device.path);
}
