/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench for SSD modules: a module on media in memory. Every function that fails ends the running
 * test.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/ssd_module.h"
#include "tests/lib/media.h"
#include "tests/lib/rig.h"

#define BLOCK MEDIA_BLOCK_BYTES

struct ssd_bench {
    struct rig *rig;
    struct memory_media *media; /* borrowed */
    struct device *module;
};

struct ssd_bench ssd_bench_create(struct memory_media *media, bool is_functional);
void ssd_bench_destroy(struct ssd_bench *bench);

/* A bench with times on media of its own, as a cmocka test's state. */
struct ssd_fixture {
    struct memory_media *media;
    struct ssd_bench bench;
};
int ssd_fixture_begin(void **state, uint64_t blocks);
int ssd_fixture_end(void **state);

/* Contents of a block that say which it is; version 0 is zeros. */
void ssd_fill(uint8_t *data, uint64_t block, uint32_t version);
bool ssd_is_filled(const uint8_t *data, uint64_t block, uint32_t version);

/* One block, now. */
void ssd_store(struct ssd_bench *bench, uint64_t block, uint32_t version);
void ssd_expect(struct ssd_bench *bench, uint64_t block, uint32_t version);
/* The version of a block's contents on the media. */
uint32_t ssd_version(const struct memory_media *media, uint64_t block);
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
