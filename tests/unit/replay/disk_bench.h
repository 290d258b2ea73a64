/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk for tests: blocks that are one number over and over, so that a large one fits into memory; notes byte
 * by byte. And a guest that does things to a disk as chance will have it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/media.h"

#define DISK_BENCH_BLOCKS (2u * 32768u + 1000u) /* two regions of bitmaps, and a part */
#define DISK_BENCH_NOTES  (5u * MEDIA_BLOCK_BYTES)

struct disk_bench {
    uint64_t *blocks;
    uint8_t notes[DISK_BENCH_NOTES];
    uint64_t generation;
    bool is_sealed;
    bool fails;        /* every call from now on */
    uint64_t accesses; /* reads and changes */
    uint64_t changes;
    struct host_media media;
};

/* Some of it is not zero. False: no memory. */
bool disk_bench_init(struct disk_bench *bench);
void disk_bench_release(struct disk_bench *bench);
bool disk_bench_is_equal(const struct disk_bench *a, const struct disk_bench *b);

/* Steps `from` to before `to` of the run `seed`; what was read is folded into `hash`, and so is failure. */
uint64_t disk_bench_run(const struct host_media *media, uint64_t seed, unsigned from, unsigned to,
                        uint64_t hash);
/* One step, as `random` says. */
uint64_t disk_bench_step(const struct host_media *media, uint64_t random, uint64_t hash);
