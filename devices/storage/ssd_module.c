/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An SSD module of the iMac Pro (docs/hardware/ssd-module.md): flash behind the T2's controller.
 *
 * Modelled: the time of dies and channels, cache programming, suspension by reads; a mapping by
 * 4 KiB with garbage collection, over-provisioning and wear; a volatile write cache that is drained
 * in virtual time, flushed, cut off; trim; counters that outlive the power.
 * Not modelled: the protocol between T2 and module (Apple has not published it), bad blocks and
 * errors of bits, read disturb and retention, static wear levelling, a faster SLC region.
 * Chosen: sizes of pages, blocks and cache, all of them in the document with reasons.
 *
 * What is stored is kept by block number on the media, so garbage collection moves no data, and the
 * map can be wrong about what was written before the host crashed: it decides about time and
 * counters, never about contents.
 */
#include "devices/storage/ssd_module.h"

#include "devices/storage/ssd_module_internal.h"
#include "emu/core/trace.h"

/* Into the write cache: the PCIe link's payload (timing.md 4.5), which is what bounds it. */
#define LINK_BYTES_PER_S UINT64_C(3320000000)
#define LINK_UNIT_PS     (UINT64_C(1000000000000) * MEDIA_BLOCK_BYTES / LINK_BYTES_PER_S)
/* How long anything takes when times do not matter. */
#define FUNCTIONAL_PS VTIME_US(1)
/* Chosen: cycles that TLC of this time is rated for. */
#define RATED_ERASES 3000u

static const struct trace_desc ev_failed = {.name = "failed", .fields = {"why:s"}};

/* ---- Failure ---- */

bool ssd_module_is_failed(const struct device *module)
{
    return ssd_of_const(module)->is_failed || ssd_of_const(module)->media == NULL;
}

void ssd_break(struct ssd_module *ssd, const char *why)
{
    if (ssd->is_failed) return;
    ssd->is_failed = true;
    sched_cancel(ssd->device.env.sched, &ssd->drain);
    TRACE(ssd->device.env.trace, &ssd->device, &ev_failed, (uintptr_t)why);
}

void ssd_module_fail(struct device *module)
{
    ssd_break(ssd_of(module), "told to");
}

static bool is_within(const struct ssd_module *ssd, uint64_t block, uint64_t count)
{
    return block <= ssd->geometry.blocks && count <= ssd->geometry.blocks - block;
}

/* Whether a transfer can be carried out at all. */
static bool is_usable(struct device *module, uint64_t block, uint64_t count)
{
    return !ssd_module_is_failed(module) && is_within(ssd_of(module), block, count);
}

/* ---- Media ---- */

void ssd_media_changed(struct ssd_module *ssd)
{
    ssd->is_media_dirty = true;
    ssd->is_media_changed = true;
    ssd->has_written = true;
    ssd->seal = 0;
}

bool ssd_media_write(struct ssd_module *ssd, uint64_t block, uint32_t count, const void *data)
{
    if (ssd->is_failed) return false;
    ssd_media_changed(ssd);
    if (ssd->media->write(ssd->media->ctx, block, count, data) == 0) return true;
    ssd_break(ssd, "the host cannot write");
    return false;
}

static bool media_flush(struct ssd_module *ssd)
{
    if (!ssd->is_media_dirty) return true;
    if (ssd->media->flush(ssd->media->ctx) != 0) {
        ssd_break(ssd, "the host cannot flush");
        return false;
    }
    ssd->is_media_dirty = false;
    return true;
}

/* Cache and notes, so that the media tells all of it. */
static bool settle(struct ssd_module *ssd)
{
    if (!ssd_cache_save(ssd)) return false;
    if (ssd_notes_write(ssd)) return true;
    ssd_break(ssd, "the host cannot write notes");
    return false;
}

uint64_t ssd_module_blocks(const struct device *module)
{
    return ssd_of_const(module)->geometry.blocks;
}

void ssd_module_set_media_restored(struct device *module, bool is_restored)
{
    ssd_of(module)->is_media_restored = is_restored;
}

uint64_t ssd_module_seal(struct device *module)
{
    struct ssd_module *ssd = ssd_of(module);

    if (ssd_module_is_failed(module) || !settle(ssd)) return 0;
    ssd->seal = ssd->media->seal(ssd->media->ctx);
    return ssd->seal;
}

/* ---- Time ---- */

static vtime later(vtime a, vtime b)
{
    return a > b ? a : b;
}

/* The unit that a block must be read from, or SSD_NONE when no die has to. */
static uint32_t unit_to_read(const struct ssd_module *ssd, uint32_t block)
{
    const uint32_t value = ssd->map[block];

    if (value == SSD_UNMAPPED || value == SSD_UNPLACED) return SSD_NONE;
    return ssd->count > 0 && ssd_cache_find(ssd, block) != SSD_NONE ? SSD_NONE : value - 1;
}

vtime ssd_module_book_read(struct device *module, uint64_t block, uint32_t count, vtime from)
{
    struct ssd_module *ssd = ssd_of(module);
    uint32_t row = SSD_NONE;
    uint32_t bytes = 0;
    vtime end = from;

    if (!is_usable(module, block, count)) return from;
    if (ssd->is_functional) return from + FUNCTIONAL_PS;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t unit = unit_to_read(ssd, (uint32_t)block + i);

        if (unit == SSD_NONE) continue;
        if (bytes > 0 && unit / SSD_UNITS_PER_ROW != row) {
            end = later(end, nand_read(&ssd->nand, nand_die_of_row(row), bytes, from));
            bytes = 0;
        }
        row = unit / SSD_UNITS_PER_ROW;
        bytes += MEDIA_BLOCK_BYTES;
    }
    if (bytes > 0) {
        end = later(end, nand_read(&ssd->nand, nand_die_of_row(row), bytes, from));
    }
    return end;
}

/* The cache as a leaky bucket: each block booked takes its share of the programme rate, and no more
 * than the cache holds may be outstanding. A command that never comes has leaked away soon. */
vtime ssd_module_book_write(struct device *module, uint64_t block, uint32_t count, vtime from)
{
    const uint64_t full = SSD_CACHE_BLOCKS * SSD_TIMED_UNIT_PS;
    struct ssd_module *ssd = ssd_of(module);
    vtime end;

    if (!is_usable(module, block, count)) return from;
    if (ssd->is_functional) return from + FUNCTIONAL_PS;
    ssd_cache_pace(ssd);
    ssd->link_free = later(ssd->link_free, from) + count * LINK_UNIT_PS;
    ssd->drained_at = later(ssd->drained_at, from) + count * SSD_TIMED_UNIT_PS;
    end = ssd->link_free;
    if (ssd->drained_at > full) {
        end = later(end, ssd->drained_at - full);
    }
    ssd->write_end = later(ssd->write_end, end);
    return end;
}

/* When writes that are on their way are in flash: the last row of them is taken up when they are
 * here, and what comes before it is programmed. */
static vtime end_of_writes(const struct ssd_module *ssd)
{
    const uint64_t row = SSD_UNITS_PER_ROW * SSD_TIMED_UNIT_PS;
    const vtime before = ssd->drained_at > row ? ssd->drained_at - row : 0;

    return later(ssd->write_end, before) + nand_transfer(NAND_PLANES * NAND_PAGE_BYTES) +
           NAND_PROGRAM_PS;
}

vtime ssd_module_book_flush(struct device *module, vtime from)
{
    struct ssd_module *ssd = ssd_of(module);
    vtime end;

    if (!is_usable(module, 0, 0)) return from;
    if (ssd->is_functional) return from + FUNCTIONAL_PS;
    end = later(from, ssd_cache_book_all(ssd));
    /* Among them the one that this flush is part of (FUA). */
    return ssd->write_end > device_now(module) ? later(end, end_of_writes(ssd)) : end;
}

/* ---- Data ---- */

/* Blocks from `block` that are all in the cache, or all not. */
static uint32_t same_place(const struct ssd_module *ssd, uint32_t block, uint32_t count)
{
    const bool is_cached = ssd_cache_find(ssd, block) != SSD_NONE;
    uint32_t n = 1;

    while (n < count && (ssd_cache_find(ssd, block + n) != SSD_NONE) == is_cached) {
        n++;
    }
    return n;
}

static bool load_run(struct ssd_module *ssd, uint32_t block, uint32_t count, uint8_t *data)
{
    if (ssd->count == 0 || ssd_cache_find(ssd, block) == SSD_NONE) {
        if (ssd->media->read(ssd->media->ctx, block, count, data) == 0) return true;
        ssd_break(ssd, "the host cannot read");
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        ssd_cache_get(ssd, ssd_cache_find(ssd, block + i), data + (size_t)i * MEDIA_BLOCK_BYTES);
    }
    return true;
}

enum ssd_result ssd_module_load(struct device *module, uint64_t block, uint32_t count, void *data)
{
    struct ssd_module *ssd = ssd_of(module);
    uint32_t done = 0;

    if (!is_usable(module, block, count)) return SSD_FAILED;
    while (done < count) {
        const uint32_t at = (uint32_t)block + done;
        const uint32_t n = ssd->count == 0 ? count - done : same_place(ssd, at, count - done);

        if (!load_run(ssd, at, n, (uint8_t *)data + (size_t)done * MEDIA_BLOCK_BYTES))
            return SSD_FAILED;
        done += n;
    }
    ssd->blocks_read += count;
    return SSD_OK;
}

/* Without a cache: the flash has it at once. */
static void place_at_once(struct ssd_module *ssd, uint32_t block)
{
    ssd_ftl_claim(ssd, block);
    if (ssd_ftl_prepare(ssd, 0)) {
        ssd_ftl_place(ssd, block);
    }
}

static void take_blocks(struct ssd_module *ssd, uint32_t block, uint32_t count, const uint8_t *data,
                        bool is_saved)
{
    for (uint32_t i = 0; i < count && !ssd->is_failed; i++) {
        if (ssd->is_functional) {
            place_at_once(ssd, block + i);
        } else {
            ssd_cache_put(ssd, block + i, data + (size_t)i * MEDIA_BLOCK_BYTES, is_saved);
        }
    }
    if (!ssd->is_functional) {
        ssd_cache_drain(ssd);
    }
}

enum ssd_result ssd_module_store(struct device *module, uint64_t block, uint32_t count,
                                 const void *data, bool is_fua)
{
    struct ssd_module *ssd = ssd_of(module);
    const bool is_through = is_fua || ssd->is_functional;

    if (!is_usable(module, block, count)) return SSD_FAILED;
    for (uint32_t i = 0; i < count && is_fua && ssd->count > 0; i++) {
        ssd_cache_drop(ssd, (uint32_t)block + i); /* it must not get to the media after this */
    }
    if (is_through && !ssd_media_write(ssd, block, count, data)) return SSD_FAILED;
    if (is_fua && !media_flush(ssd)) return SSD_FAILED;
    take_blocks(ssd, (uint32_t)block, count, data, is_through);
    ssd->blocks_written += count;
    ssd->is_header_dirty = true;
    return ssd->is_failed ? SSD_FAILED : SSD_OK;
}

static void unmap_blocks(struct ssd_module *ssd, uint32_t block, uint32_t end)
{
    while (block < end) {
        if (ssd->chunk_mapped[block / SSD_MAP_CHUNK] == 0) {
            block = (block / SSD_MAP_CHUNK + 1) * SSD_MAP_CHUNK;
            continue;
        }
        if (ssd->map[block] != SSD_UNMAPPED) { /* what is in the cache is mapped */
            ssd_cache_drop(ssd, block);
            ssd_ftl_unmap(ssd, block);
        }
        block++;
    }
}

enum ssd_result ssd_module_discard(struct device *module, uint64_t block, uint64_t count)
{
    struct ssd_module *ssd = ssd_of(module);

    if (!is_usable(module, block, count)) return SSD_FAILED;
    if (count == 0) return SSD_OK;
    if (count == ssd->geometry.blocks) {
        ssd_cache_clear(ssd);
        ssd_ftl_unmap_all(ssd);
        ssd->drained_at = 0;
    } else {
        unmap_blocks(ssd, (uint32_t)block, (uint32_t)(block + count));
    }
    ssd_media_changed(ssd);
    if (ssd->media->discard(ssd->media->ctx, block, count) == 0) return SSD_OK;
    ssd_break(ssd, "the host cannot discard");
    return SSD_FAILED;
}

enum ssd_result ssd_module_flush(struct device *module)
{
    struct ssd_module *ssd = ssd_of(module);

    if (!is_usable(module, 0, 0)) return SSD_FAILED;
    return settle(ssd) && media_flush(ssd) ? SSD_OK : SSD_FAILED;
}

enum ssd_result ssd_module_cut(struct device *module, const struct host_media *target,
                               uint64_t seed)
{
    struct ssd_module *ssd = ssd_of(module);
    bool is_done;

    if (ssd_module_is_failed(module)) return SSD_FAILED;
    is_done = ssd_cache_cut(ssd, target, seed);
    if (target == ssd->media) {
        ssd_media_changed(ssd);
        ssd_cache_lose(ssd, seed);
    }
    return is_done ? SSD_OK : SSD_FAILED;
}

/* ---- Counters ---- */

struct ssd_counters ssd_module_counters(const struct device *module)
{
    const struct ssd_module *ssd = ssd_of_const(module);
    struct ssd_counters c = {.spare_percent = 100};

    if (ssd->geometry.superblocks == 0) return (struct ssd_counters){0}; /* empty socket */
    c.mapped_blocks = ssd->mapped;
    c.blocks_read = ssd->blocks_read;
    c.blocks_written = ssd->blocks_written;
    c.pages_programmed = ssd->pages_programmed;
    c.blocks_erased = ssd->superblocks_erased * NAND_DIES * NAND_PLANES;
    c.erase_count_max = ssd->erases_max;
    c.erase_count_mean = (uint32_t)(ssd->superblocks_erased / ssd->geometry.superblocks);
    c.used_percent = (uint32_t)(c.erase_count_mean * UINT64_C(100) / RATED_ERASES);
    return c;
}

/* ---- Life ---- */

static int module_init(struct device *device, const void *config, struct error *err)
{
    const struct ssd_module_config *c = config;
    struct ssd_module *ssd = ssd_of(device);

    event_init(&ssd->drain, "drain", ssd_cache_fire, ssd);
    ssd->drain.is_background = true;
    ssd->media = c->media;
    ssd->is_functional = c->is_functional;
    ssd->fidelity = c->is_functional ? 1 : 0;
    ssd->open = SSD_NONE;
    ssd->victim = SSD_NONE;
    if (ssd->media == NULL) return 0;
    if (ssd->media->blocks == 0 || ssd->media->blocks > SSD_BLOCKS_MAX)
        return error_host(err, "%s: a module cannot have %llu blocks", device->path,
                          (unsigned long long)ssd->media->blocks);
    if (ssd->media->notes_bytes < ssd_module_notes_bytes(ssd->media->blocks))
        return error_host(err, "%s: no room for the module's notes", device->path);
    ssd->geometry = ssd_geometry(ssd->media->blocks);
    ssd->blocks = ssd->geometry.blocks;
    return ssd_memory_create(ssd, err);
}

/* A reset of the machine leaves the module its power: nothing happens. Without power, the cache is
 * gone. */
static void module_reset(struct device *device, enum reset_kind kind)
{
    struct ssd_module *ssd = ssd_of(device);

    if (kind != RESET_POWER_ON || ssd->media == NULL) return;
    ssd->nand = (struct nand){0};
    ssd->link_free = 0;
    ssd->write_end = 0;
    ssd->drained_at = 0;
    ssd_cache_clear(ssd);
    ssd_ftl_clear(ssd);
    if (!ssd->is_failed) {
        ssd_notes_read(ssd);
    }
}

static int module_loaded(struct device *device, struct error *err)
{
    struct ssd_module *ssd = ssd_of(device);

    if (ssd_state_check(ssd, err) == 0) return 0;
    /* Nothing of it may get to the media. */
    ssd->is_failed = true;
    sched_cancel(device->env.sched, &ssd->drain);
    return -1;
}

/* The orderly end of the emulator: as if there had been a flush. */
static void module_fini(struct device *device)
{
    struct ssd_module *ssd = ssd_of(device);

    if (!ssd_module_is_failed(device) && settle(ssd)) {
        (void)media_flush(ssd);
    }
    sched_cancel(device->env.sched, &ssd->drain);
    ssd_memory_destroy(ssd);
}

void *ssd_module_memory(struct device *module, unsigned index, uint64_t *bytes)
{
    struct ssd_module *ssd = ssd_of(module);

    if (ssd->media == NULL || index >= SSD_MEMORIES) return NULL;
    *bytes = ssd->memory[index].bytes;
    return ssd->memory[index].data;
}

static const struct trace_desc *const events[] = {&ev_failed, &ssd_ev_collected, &ssd_ev_power_on,
                                                  NULL};

static const struct ssd_module_config empty_socket = {.media = NULL};

const struct device_class ssd_module_class = {
    .name = "ssd_module",
    .size = sizeof(struct ssd_module),
    .version = 1,
    .state = ssd_state,
    .events = events,
    .default_config = &empty_socket,
    .init = module_init,
    .reset = module_reset,
    .loaded = module_loaded,
    .fini = module_fini,
};
