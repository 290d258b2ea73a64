/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of an SSD module, shared by ssd_module*.c:
 *
 *     ssd_module.c           class, life, transfers of data, times of transfers
 *     ssd_module_cache.c     the write cache: a ring of blocks in the order they came, and its drain
 *     ssd_module_ftl.c       which unit of the flash a block is in; garbage collection
 *     ssd_module_notes.c     what is kept in the media's notes
 *     ssd_module_state.c     large memories; is a snapshot sound?
 *     ssd_module_geometry.c  sizes
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/ssd_module.h"
#include "devices/storage/ssd_module_geometry.h"

#define SSD_CACHE_BLOCKS 8192u /* 32 MiB; a power of two */
#define SSD_BUCKETS      16384u
#define SSD_NONE         UINT32_MAX
#define SSD_MAP_CHUNK    16384u /* blocks: 64 KiB of the map */

/* Values of the map: unit + 1, or one of these. */
#define SSD_UNMAPPED 0u
#define SSD_UNPLACED UINT32_MAX /* in the write cache, and nowhere in the flash */

#define SSD_TIMED_UNIT_PS (NAND_PROGRAM_PS / (NAND_DIES * SSD_UNITS_PER_ROW)) /* programme rate */

enum ssd_superblock_state {
    SSD_SUPERBLOCK_FREE, /* erased */
    SSD_SUPERBLOCK_OPEN, /* being filled */
    SSD_SUPERBLOCK_FULL,
};

struct ssd_superblock {
    uint32_t state;
    uint32_t valid; /* units that the map points to */
    uint32_t erases;
};

/* A place in the ring. All zero outside of the ring. */
struct ssd_slot {
    uint32_t block;    /* + 1; 0: superseded or discarded */
    uint16_t die;      /* that it is programmed on */
    uint16_t is_saved; /* the media has it already */
    uint64_t
        when; /* waiting: came at; booked: when it is in flash, less the die's `delayed` then */
};

enum ssd_memory_index {
    SSD_MEMORY_MAP,
    SSD_MEMORY_REVERSE,
    SSD_MEMORY_SUPERBLOCKS,
    SSD_MEMORY_DIRTY,
    SSD_MEMORY_SLOTS,
    SSD_MEMORY_CACHE,
    SSD_MEMORIES, /* the ones above are part of snapshots */
};

static_assert(SSD_MEMORIES <= SSD_MODULE_MEMORIES, "emu/machine saves all of them");

struct ssd_memory {
    void *data;
    uint64_t bytes;
};

struct ssd_module {
    struct device device;
    const struct host_media *media; /* NULL: empty socket */
    bool is_functional;
    struct ssd_geometry geometry;
    struct event drain;
    struct ssd_memory memory[SSD_MEMORIES];
    uint32_t *map;                     /* by block */
    uint32_t *reverse;                 /* by unit: block + 1; 0: nothing that counts */
    struct ssd_superblock *superblock; /* by number */
    uint8_t *dirty;                    /* by page of the notes, headers left out: must be written */
    struct ssd_slot *slot;             /* SSD_CACHE_BLOCKS of them, a ring */
    uint8_t *cache;                    /* their data */
    /* derived from those */
    struct ssd_memory chunks;
    uint32_t *chunk_mapped; /* by SSD_MAP_CHUNK: mapped blocks */
    uint32_t free_superblocks;
    uint32_t erases_max;             /* of a superblock */
    uint16_t bucket[SSD_BUCKETS];    /* index of the ring by block: slot + 1 */
    uint16_t next[SSD_CACHE_BLOCKS]; /* slot + 1 */
    /* about the host, not the machine */
    bool is_media_dirty;   /* changed since it was flushed */
    bool is_media_changed; /* since this device was made */
    /* state */
    bool is_failed;
    bool is_header_dirty; /* counters that belong into the notes have changed */
    bool has_written;     /* as is_media_changed, of the machine that was saved */
    uint32_t blocks;      /* to be compared with the geometry when a snapshot is loaded */
    uint8_t fidelity;     /* and with is_functional */
    struct nand nand;
    vtime link_free;  /* the last write is through the link */
    vtime write_end;  /* the latest answer of book_write */
    vtime drained_at; /* all that was booked is programmed, if nothing gets in the way */
    uint32_t head;    /* oldest slot of the ring */
    uint32_t booked;  /* slots from there that dies work on */
    uint32_t count;   /* slots in use */
    uint32_t open;    /* superblock being filled; SSD_NONE before the first */
    uint32_t offset;  /* its next unit */
    uint32_t victim;  /* superblock being collected; SSD_NONE */
    uint32_t cursor;  /* its next unit */
    uint32_t mapped;  /* blocks */
    uint64_t blocks_read;
    uint64_t blocks_written;
    uint64_t pages_programmed;
    uint64_t superblocks_erased;
    uint64_t notes_sequence; /* of the newest header */
    uint8_t controller_notes[SSD_CONTROLLER_NOTES];
    uint64_t seal;          /* of the media; 0: it was changed since it was asked for */
    bool is_media_restored; /* the seal says nothing: ssd_module_set_media_restored() */
};

static inline struct ssd_module *ssd_of(struct device *device)
{
    return (struct ssd_module *)device;
}

static inline const struct ssd_module *ssd_of_const(const struct device *device)
{
    return (const struct ssd_module *)device;
}

/* ---- ssd_module.c ---- */
/* The host is in trouble, or the model's own book-keeping does not add up. */
void ssd_break(struct ssd_module *ssd, const char *why);
void ssd_media_changed(struct ssd_module *ssd); /* is about to be */
bool ssd_media_write(struct ssd_module *ssd, uint64_t block, uint32_t count, const void *data);

/* ---- ssd_module_ftl.c ---- */
extern const struct trace_desc ssd_ev_collected;
/* Nothing is mapped, nothing was ever erased. */
void ssd_ftl_clear(struct ssd_module *ssd);
/* At power-on: the next mapped block, in ascending order. */
void ssd_ftl_restore(struct ssd_module *ssd, uint32_t block);
/* A block has a value, be it only in the cache. */
void ssd_ftl_claim(struct ssd_module *ssd, uint32_t block);
void ssd_ftl_unmap(struct ssd_module *ssd, uint32_t block);
/* As ssd_ftl_unmap() for every block. */
void ssd_ftl_unmap_all(struct ssd_module *ssd);
/* Room for at least one unit; collects garbage when little is left. False: the module is broken. */
bool ssd_ftl_prepare(struct ssd_module *ssd, vtime from);
/* Units that still fit into the row; after ssd_ftl_prepare() they may be placed. */
uint32_t ssd_ftl_room(const struct ssd_module *ssd);
unsigned ssd_ftl_die(const struct ssd_module *ssd); /* of that row */
void ssd_ftl_place(struct ssd_module *ssd, uint32_t block);
/* The page begun is programmed as it is. */
void ssd_ftl_pad(struct ssd_module *ssd);

/* ---- ssd_module_cache.c ---- */
void ssd_cache_clear(struct ssd_module *ssd);
/* Rebuilds the index from the ring. False: a block is in it twice, or there is no such block. */
bool ssd_cache_index(struct ssd_module *ssd);
uint32_t ssd_cache_find(const struct ssd_module *ssd, uint32_t block); /* slot, or SSD_NONE */
void ssd_cache_put(struct ssd_module *ssd, uint32_t block, const uint8_t *data, bool is_saved);
void ssd_cache_get(const struct ssd_module *ssd, uint32_t slot, uint8_t *data);
void ssd_cache_drop(struct ssd_module *ssd, uint32_t block);
/* What is due now: blocks leave, rows are booked, the event is armed. */
void ssd_cache_drain(struct ssd_module *ssd);
/* Everything waiting is booked; when it is in flash. */
vtime ssd_cache_book_all(struct ssd_module *ssd);
/* The media gets what it has not yet. */
bool ssd_cache_save(struct ssd_module *ssd);
/* What `seed` lets survive of the unsaved blocks is written to `target`; the ring stays. */
bool ssd_cache_cut(struct ssd_module *ssd, const struct host_media *target, uint64_t seed);
/* After that, with the own media: the ring is emptied. */
void ssd_cache_lose(struct ssd_module *ssd, uint64_t seed);
/* `drained_at` is no earlier than the state of the dies allows. */
void ssd_cache_pace(struct ssd_module *ssd);
void ssd_cache_fire(void *owner, vtime when);

/* ---- ssd_module_notes.c ---- */
extern const struct trace_desc ssd_ev_power_on;
/* At power-on, after ssd_ftl_clear() and with an empty cache. */
void ssd_notes_read(struct ssd_module *ssd);
/* What has changed of them. False: the host cannot. */
bool ssd_notes_write(struct ssd_module *ssd);
static inline uint32_t ssd_notes_wear_page(uint32_t superblock)
{
    return superblock / SSD_NOTES_WEAR_PER;
}
static inline uint32_t ssd_notes_bitmap_page(const struct ssd_geometry *g, uint32_t block)
{
    return g->wear_pages + block / SSD_NOTES_BITS_PER;
}

/* ---- ssd_module_state.c ---- */
extern const struct snap_field ssd_state[];
int ssd_memory_create(struct ssd_module *ssd, struct error *err);
void ssd_memory_destroy(struct ssd_module *ssd);
int ssd_state_check(struct ssd_module *ssd, struct error *err);
