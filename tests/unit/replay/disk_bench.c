/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/replay/disk_bench.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/hash.h"

#define WORDS     (MEDIA_BLOCK_BYTES / 8)
#define COUNT_MAX 5u /* blocks of one transfer */

/* ---- The disk ---- */

static int bench_read(void *ctx, uint64_t block, size_t count, void *data)
{
    struct disk_bench *bench = ctx;
    uint64_t *to = data;

    BUG_ON(block > DISK_BENCH_BLOCKS || count > DISK_BENCH_BLOCKS - block);
    bench->accesses++;
    if (bench->fails) return -1;
    for (size_t i = 0; i < count * WORDS; i++) {
        memcpy(to + i, &bench->blocks[block + i / WORDS], 8);
    }
    return 0;
}

static int change(struct disk_bench *bench)
{
    bench->accesses++;
    bench->changes++;
    bench->generation += bench->is_sealed ? 1 : 0;
    bench->is_sealed = false;
    return bench->fails ? -1 : 0;
}

static int bench_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    struct disk_bench *bench = ctx;
    const uint8_t *from = data;

    BUG_ON(block > DISK_BENCH_BLOCKS || count > DISK_BENCH_BLOCKS - block);
    if (change(bench) < 0) return -1;
    for (size_t i = 0; i < count; i++) {
        memcpy(&bench->blocks[block + i], from + i * MEDIA_BLOCK_BYTES, 8);
    }
    return 0;
}

static int bench_discard(void *ctx, uint64_t block, uint64_t count)
{
    struct disk_bench *bench = ctx;

    BUG_ON(block > DISK_BENCH_BLOCKS || count > DISK_BENCH_BLOCKS - block);
    if (change(bench) < 0) return -1;
    memset(bench->blocks + block, 0, count * 8);
    return 0;
}

static int bench_flush(void *ctx)
{
    const struct disk_bench *bench = ctx;

    return bench->fails ? -1 : 0;
}

static int bench_read_notes(void *ctx, uint64_t offset, void *data, size_t bytes)
{
    struct disk_bench *bench = ctx;

    BUG_ON(offset > DISK_BENCH_NOTES || bytes > DISK_BENCH_NOTES - offset);
    bench->accesses++;
    if (bench->fails) return -1;
    memcpy(data, bench->notes + offset, bytes);
    return 0;
}

static int bench_write_notes(void *ctx, uint64_t offset, const void *data, size_t bytes)
{
    struct disk_bench *bench = ctx;

    BUG_ON(offset > DISK_BENCH_NOTES || bytes > DISK_BENCH_NOTES - offset);
    if (change(bench) < 0) return -1;
    memcpy(bench->notes + offset, data, bytes);
    return 0;
}

static uint64_t bench_seal(void *ctx)
{
    struct disk_bench *bench = ctx;

    bench->is_sealed = true;
    return bench->generation;
}

bool disk_bench_init(struct disk_bench *bench)
{
    *bench = (struct disk_bench){
        .blocks = calloc(DISK_BENCH_BLOCKS, sizeof(*bench->blocks)),
        .generation = 41,
        .is_sealed = true,
        .media =
            {
                .ctx = bench,
                .blocks = DISK_BENCH_BLOCKS,
                .notes_bytes = DISK_BENCH_NOTES,
                .read = bench_read,
                .write = bench_write,
                .discard = bench_discard,
                .flush = bench_flush,
                .read_notes = bench_read_notes,
                .write_notes = bench_write_notes,
                .seal = bench_seal,
            },
    };
    if (bench->blocks == NULL) return false;
    for (size_t i = 0; i < DISK_BENCH_BLOCKS; i++) {
        bench->blocks[i] = i % 3 == 0 ? 0 : hash_u64(HASH_SEED, i);
    }
    for (size_t i = 0; i < DISK_BENCH_NOTES; i++) {
        bench->notes[i] = (uint8_t)(i * 7 + i / 256);
    }
    return true;
}

void disk_bench_release(struct disk_bench *bench)
{
    free(bench->blocks);
    bench->blocks = NULL;
}

bool disk_bench_is_equal(const struct disk_bench *a, const struct disk_bench *b)
{
    return memcmp(a->blocks, b->blocks, DISK_BENCH_BLOCKS * sizeof(*a->blocks)) == 0 &&
           memcmp(a->notes, b->notes, DISK_BENCH_NOTES) == 0;
}

/* ---- The guest ---- */

/* Few places, most of them at the borders of regions, so that things meet. */
static uint64_t place(uint64_t random)
{
    static const uint64_t bases[] = {0,     32768 - 6,  32768 + 40,
                                     65530, 65536 + 64, DISK_BENCH_BLOCKS - 40};

    return bases[random % 6] + (random >> 8) % 32;
}

static uint64_t read_blocks(const struct host_media *media, uint64_t random, uint64_t hash)
{
    uint64_t data[COUNT_MAX * WORDS];
    const size_t count = 1 + (random >> 16) % COUNT_MAX;

    if (media->read(media->ctx, place(random), count, data) != 0) return hash_u64(hash, 1);
    return hash_bytes(hash, data, count * MEDIA_BLOCK_BYTES);
}

static uint64_t write_blocks(const struct host_media *media, uint64_t random, uint64_t hash)
{
    uint64_t data[COUNT_MAX * WORDS];
    const size_t count = 1 + (random >> 16) % COUNT_MAX;

    for (size_t i = 0; i < count * WORDS; i++) {
        data[i] = (random >> 20) % 4 == 0 ? 0 : random + i / WORDS;
    }
    return hash_u64(hash, media->write(media->ctx, place(random), count, data) == 0 ? 2 : 3);
}

static uint64_t discard_blocks(const struct host_media *media, uint64_t random, uint64_t hash)
{
    uint64_t block = place(random);
    uint64_t count = (random >> 16) % 40;

    if ((random >> 24) % 16 == 0) {
        block = 0;
        count = DISK_BENCH_BLOCKS;
    } else if ((random >> 24) % 4 == 0) {
        count = (random >> 32) % DISK_BENCH_BLOCKS;
    }
    count = min_u64(count, DISK_BENCH_BLOCKS - block);
    return hash_u64(hash, media->discard(media->ctx, block, count) == 0 ? 4 : 5);
}

static uint64_t use_notes(const struct host_media *media, uint64_t random, uint64_t hash)
{
    uint8_t data[3 * MEDIA_BLOCK_BYTES];
    uint64_t offset = (random >> 8) % DISK_BENCH_NOTES;
    size_t bytes = (random >> 32) % sizeof(data);

    if ((random >> 60) % 2 == 0) {
        offset = align_down(offset, MEDIA_BLOCK_BYTES);
        bytes = MEDIA_BLOCK_BYTES;
    }
    bytes = (size_t)min_u64(bytes, DISK_BENCH_NOTES - offset);
    if ((random >> 56) % 2 == 0) {
        if (media->read_notes(media->ctx, offset, data, bytes) != 0) return hash_u64(hash, 6);
        return hash_bytes(hash, data, bytes);
    }
    for (size_t i = 0; i < bytes; i++) {
        data[i] = (uint8_t)(random >> (i % 7 * 8));
    }
    return hash_u64(hash, media->write_notes(media->ctx, offset, data, bytes) == 0 ? 7 : 8);
}

uint64_t disk_bench_step(const struct host_media *media, uint64_t random, uint64_t hash)
{
    const unsigned kind = (unsigned)(random >> 48) % 16;

    if (kind < 6) return read_blocks(media, random, hash);
    if (kind < 11) return write_blocks(media, random, hash);
    if (kind < 12) return discard_blocks(media, random, hash);
    if (kind < 15) return use_notes(media, random, hash);
    return hash_u64(hash, media->flush(media->ctx) == 0 ? 9 : 10);
}

uint64_t disk_bench_run(const struct host_media *media, uint64_t seed, unsigned from, unsigned to,
                        uint64_t hash)
{
    for (unsigned i = from; i < to; i++) {
        const uint64_t random = hash_u64(hash_u64(seed, i), HASH_SEED);

        hash = disk_bench_step(media, hash_u64(random, i), hash);
    }
    return hash;
}
