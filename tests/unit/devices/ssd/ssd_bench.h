/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench for SSD modules: media in memory that remembers what would have survived a crash of the
 * host, and a module on it. Every function that fails ends the running test.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/ssd_module.h"
#include "emu/core/media.h"
#include "tests/lib/rig.h"

#define BLOCK       MEDIA_BLOCK_BYTES
#define MEDIA_NEVER UINT64_MAX

/* Media. `durable` and its notes are what the last flush left. */
struct ssd_media {
    struct host_media host;
    uint8_t *data;
    uint8_t *notes;
    uint8_t *durable;
    uint8_t *durable_notes;
    bool is_temporary; /* seal() is 0 */
    uint64_t seal;
    bool is_sealed;      /* asked for since the last change */
    uint64_t dirty_from; /* blocks that may not be durable */
    uint64_t dirty_to;
    uint64_t write_calls;
    uint64_t blocks_written;
    uint64_t flushes;
    uint64_t changes;     /* of any kind */
    uint64_t fails_after; /* so many more calls succeed */
};

struct ssd_media *ssd_media_create(uint64_t blocks);
void ssd_media_destroy(struct ssd_media *media);
/* The host crashes: what was not flushed is gone. */
void ssd_media_crash(struct ssd_media *media);
/* The contents of `from`, and its seal. */
void ssd_media_copy(struct ssd_media *media, const struct ssd_media *from);

struct ssd_bench {
    struct rig *rig;
    struct ssd_media *media; /* borrowed */
    struct device *module;
};

struct ssd_bench ssd_bench_create(struct ssd_media *media, bool is_functional);
void ssd_bench_destroy(struct ssd_bench *bench);

/* Contents of a block that say which it is; version 0 is zeros. */
void ssd_fill(uint8_t *data, uint64_t block, uint32_t version);
bool ssd_is_filled(const uint8_t *data, uint64_t block, uint32_t version);

/* One block, now. */
void ssd_store(struct ssd_bench *bench, uint64_t block, uint32_t version);
void ssd_expect(struct ssd_bench *bench, uint64_t block, uint32_t version);
/* The version of a block's contents on the media. */
uint32_t ssd_version(const struct ssd_media *media, uint64_t block);
/* `count` blocks of one version, stored when booked, time passing as it must. */
void ssd_write(struct ssd_bench *bench, uint64_t block, uint32_t count, uint32_t version);

/* Random life: stores, loads, discards, flushes, time; contents are compared with a model. */
struct ssd_model {
    struct ssd_bench *bench;
    uint64_t random;
    uint32_t next;     /* version */
    uint32_t *version; /* by block */
    uint32_t *flushed; /* by block: the oldest version that may come back after a cut */
    uint64_t blocks;
};
void ssd_model_begin(struct ssd_model *model, struct ssd_bench *bench, uint64_t seed);
void ssd_model_end(struct ssd_model *model);
void ssd_model_live(struct ssd_model *model, unsigned steps);

/* State of `from` into `to`, whose rig gets its clock. 0, or -1 with `err` when it is refused. */
int ssd_copy_state(struct ssd_bench *from, struct ssd_bench *to, struct error *err);
/* The pieces of it, for tests that damage something between. */
struct ssd_saved {
    void *data;
    size_t bytes;
    void *memory[8];
    uint64_t memory_bytes[8];
    vtime now;
    uint64_t seq;
};
void ssd_save(struct ssd_bench *from, struct ssd_saved *saved);
int ssd_load(struct ssd_bench *to, const struct ssd_saved *saved, struct error *err);
void ssd_saved_free(struct ssd_saved *saved);
