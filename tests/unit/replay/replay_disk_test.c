/* SPDX-License-Identifier: GPL-2.0-only */
/* Disks of recorded, repeated and live runs: the guest sees the same, and can be put back to any place. */
#include "emu/debug/replay/disk.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/hash.h"
#include "tests/unit/replay/disk_bench.h"
#include "tests/unit/replay/recording_bench.h"

#define STEPS 2000u
#define EVERY 50u /* steps between checkpoints */

static struct replay_disk *good(struct replay_disk *disk)
{
    assert_non_null(disk);
    return disk;
}

static void assert_nothing_missed(const struct replay_disk *disk)
{
    uint64_t block;

    assert_false(replay_disk_has_missed(disk, &block));
}

/* ---- Twins ---- */

/* The plain disk, recorded, repeated from the file, and live: always the same answers. */
static void test_twins(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct disk_bench plain;
        struct disk_bench real;
        struct error err = ERROR_INIT;
        struct recording *recording;
        struct replay_disk *disk;
        uint64_t expected;
        char path[256];

        bench_path(path);
        assert_true(disk_bench_init(&plain) && disk_bench_init(&real));
        expected = disk_bench_run(&plain.media, seed, 0, STEPS, HASH_SEED);

        recording = bench_create(path);
        recording_set_end(recording, &(struct recording_end){.stop = MACHINE_DEAD});
        disk = good(replay_disk_record(recording, 1, &real.media, &err));
        assert_int_equal(disk_bench_run(replay_disk_media(disk), seed, 0, STEPS, HASH_SEED),
                         expected);
        assert_true(disk_bench_is_equal(&plain, &real));
        replay_disk_destroy(disk);
        bench_close(recording);

        recording = bench_open(path);
        disk = good(replay_disk_repeat(recording, 1, DISK_BENCH_BLOCKS, DISK_BENCH_NOTES, &err));
        assert_int_equal(disk_bench_run(replay_disk_media(disk), seed, 0, STEPS, HASH_SEED),
                         expected);
        assert_nothing_missed(disk);
        replay_disk_destroy(disk);
        bench_close(recording);

        disk_bench_release(&real);
        assert_true(disk_bench_init(&real));
        recording = bench_create(NULL);
        disk = good(replay_disk_live(recording, 0, &real.media, &err));
        assert_int_equal(disk_bench_run(replay_disk_media(disk), seed, 0, STEPS, HASH_SEED),
                         expected);
        assert_int_equal(real.changes, 0);
        replay_disk_destroy(disk);
        disk = good(replay_disk_repeat(recording, 0, DISK_BENCH_BLOCKS, DISK_BENCH_NOTES, &err));
        assert_int_equal(disk_bench_run(replay_disk_media(disk), seed, 0, STEPS, HASH_SEED),
                         expected);
        assert_nothing_missed(disk);
        replay_disk_destroy(disk);
        bench_close(recording);
        disk_bench_release(&real);
        disk_bench_release(&plain);
        bench_clean(path);
    }
}

/* ---- Checkpoints ---- */

struct version {
    uint64_t page;
    unsigned checkpoint;
    bool has_data;
    uint8_t data[MEDIA_BLOCK_BYTES];
};

struct versions {
    struct version *version;
    size_t count;
    size_t room;
    unsigned checkpoint;
    size_t stop_at; /* visit() returns 7 then */
};

static int visit(void *ctx, uint64_t page, const uint8_t *data)
{
    struct versions *versions = ctx;
    struct version *version;

    if (versions->count == versions->stop_at) return 7;
    if (versions->count == versions->room) {
        versions->room = versions->room * 2 + 256;
        versions->version = realloc(versions->version, versions->room * sizeof(*versions->version));
        assert_non_null(versions->version);
    }
    version = &versions->version[versions->count++];
    version->page = page;
    version->checkpoint = versions->checkpoint;
    version->has_data = data != NULL;
    memset(version->data, 0, sizeof(version->data));
    if (data != NULL) {
        memcpy(version->data, data, sizeof(version->data));
    }
    return 0;
}

/* The last version of a page up to a checkpoint, or NULL. */
static const struct version *find(const struct versions *versions, uint64_t page,
                                  unsigned checkpoint)
{
    const struct version *found = NULL;

    for (size_t i = 0; i < versions->count; i++) {
        const struct version *version = &versions->version[i];

        if (version->page == page && version->checkpoint <= checkpoint) {
            found = version;
        }
    }
    return found;
}

static void restore(struct replay_disk *disk, const struct versions *versions, unsigned checkpoint)
{
    for (size_t i = 0; i < versions->count; i++) {
        const uint64_t page = versions->version[i].page;
        const struct version *version = find(versions, page, checkpoint);

        replay_disk_put(disk, page, version != NULL,
                        version != NULL && version->has_data ? version->data : NULL);
    }
}

/* Runs with checkpoints; hash[k] is what steps from checkpoint k to the next one answer. */
static void run_with_checkpoints(struct replay_disk *disk, uint64_t seed, unsigned checkpoints,
                                 struct versions *versions, uint64_t *hash)
{
    for (unsigned k = 0; k < checkpoints; k++) {
        versions->checkpoint = k;
        assert_int_equal(replay_disk_visit(disk, false, visit, versions), 0);
        hash[k] =
            disk_bench_run(replay_disk_media(disk), seed, k * EVERY, (k + 1) * EVERY, HASH_SEED);
    }
    versions->checkpoint = checkpoints;
    assert_int_equal(replay_disk_visit(disk, false, visit, versions), 0);
}

/* Puts a disk to checkpoints in no order; it answers as then. */
static void jump_about(struct replay_disk *disk, uint64_t seed, unsigned checkpoints,
                       struct versions *versions, const uint64_t *hash)
{
    uint64_t random = seed;

    for (unsigned i = 0; i < 3 * checkpoints; i++) {
        unsigned k;

        random = hash_u64(random, i);
        k = (unsigned)(random >> 20) % checkpoints;
        restore(disk, versions, k);
        assert_int_equal(
            disk_bench_run(replay_disk_media(disk), seed, k * EVERY, (k + 1) * EVERY, HASH_SEED),
            hash[k]);
        /* What that has written is written once more, and forgotten in the next round. */
        versions->checkpoint = checkpoints + 1;
        assert_int_equal(replay_disk_visit(disk, false, visit, versions), 0);
    }
}

static void test_going_back(void **state)
{
    enum { CHECKPOINTS = 12 };

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct versions recorded = {.stop_at = SIZE_MAX};
        struct versions repeated = {.stop_at = SIZE_MAX};
        uint64_t hash[CHECKPOINTS];
        uint64_t again[CHECKPOINTS];
        struct disk_bench real;
        struct disk_bench untouched;
        struct error err = ERROR_INIT;
        struct recording *recording = bench_create(NULL);
        struct replay_disk *disk;

        assert_true(disk_bench_init(&real) && disk_bench_init(&untouched));
        disk = good(replay_disk_record(recording, 0, &real.media, &err));
        run_with_checkpoints(disk, seed, CHECKPOINTS, &recorded, hash);
        replay_disk_destroy(disk);

        disk = good(replay_disk_repeat(recording, 0, DISK_BENCH_BLOCKS, DISK_BENCH_NOTES, &err));
        run_with_checkpoints(disk, seed, CHECKPOINTS, &repeated, again);
        assert_memory_equal(hash, again, sizeof(hash));
        assert_int_equal(recorded.count, repeated.count);
        for (size_t i = 0; i < recorded.count; i++) {
            assert_int_equal(recorded.version[i].page, repeated.version[i].page);
            assert_int_equal(recorded.version[i].has_data, repeated.version[i].has_data);
            assert_memory_equal(recorded.version[i].data, repeated.version[i].data, 4096);
        }
        jump_about(disk, seed, CHECKPOINTS, &repeated, hash);
        assert_nothing_missed(disk);
        replay_disk_destroy(disk);

        /* From the recorded run's own checkpoints. */
        disk = good(replay_disk_repeat(recording, 0, DISK_BENCH_BLOCKS, DISK_BENCH_NOTES, &err));
        jump_about(disk, seed, CHECKPOINTS, &recorded, hash);
        replay_disk_destroy(disk);

        disk = good(replay_disk_live(recording, 1, &untouched.media, &err));
        repeated.count = 0;
        run_with_checkpoints(disk, seed, CHECKPOINTS, &repeated, again);
        assert_memory_equal(hash, again, sizeof(hash));
        jump_about(disk, seed, CHECKPOINTS, &repeated, hash);
        assert_int_equal(untouched.changes, 0);
        replay_disk_destroy(disk);

        bench_close(recording);
        disk_bench_release(&real);
        disk_bench_release(&untouched);
        free(recorded.version);
        free(repeated.version);
    }
}

/* `all` tells of everything, each time; the other one of what is new. A visit that is stopped goes on. */
static void test_visit(void **state)
{
    struct versions versions = {.stop_at = SIZE_MAX};
    struct disk_bench real;
    struct error err = ERROR_INIT;
    struct recording *recording = bench_create(NULL);
    struct replay_disk *disk;
    const struct host_media *media;
    uint8_t data[3 * MEDIA_BLOCK_BYTES];

    (void)state;
    assert_true(disk_bench_init(&real));
    disk = good(replay_disk_record(recording, 0, &real.media, &err));
    media = replay_disk_media(disk);
    memset(data, 5, sizeof(data));
    assert_int_equal(media->write(media->ctx, 10, 3, data), 0);
    assert_int_equal(media->discard(media->ctx, 11, 1), 0);
    assert_int_equal(media->write_notes(media->ctx, 4000, data, 200), 0);
    versions.stop_at = 2;
    assert_int_equal(replay_disk_visit(disk, false, visit, &versions), 7);
    versions.stop_at = SIZE_MAX;
    assert_int_equal(replay_disk_visit(disk, false, visit, &versions), 0);
    assert_int_equal(versions.count, 6);
    assert_int_equal(versions.version[0].page, 10);
    assert_int_equal(versions.version[1].page, 11);
    assert_false(versions.version[1].has_data);
    assert_int_equal(versions.version[2].page, 12);
    assert_int_equal(versions.version[3].page, RECORDING_NOTES);
    assert_int_equal(versions.version[4].page, RECORDING_NOTES + 1);
    assert_int_equal(versions.version[5].page, REPLAY_DISK_ZEROS);
    assert_int_equal(versions.version[5].data[1], 1u << 3);
    assert_int_equal(replay_disk_visit(disk, false, visit, &versions), 0);
    assert_int_equal(versions.count, 6);
    assert_int_equal(replay_disk_visit(disk, true, visit, &versions), 0);
    assert_int_equal(versions.count, 12);
    real.fails = true;
    assert_int_equal(replay_disk_visit(disk, true, visit, &versions), -1);
    replay_disk_destroy(disk);
    bench_close(recording);
    disk_bench_release(&real);
    free(versions.version);
}

/* ---- What is recorded ---- */

/* Only what was there before the run, once. */
static void test_recorded(void **state)
{
    struct disk_bench real;
    struct error err = ERROR_INIT;
    struct recording *recording = bench_create(NULL);
    struct replay_disk *disk;
    const struct host_media *media;
    uint8_t data[MEDIA_BLOCK_BYTES] = {1};

    (void)state;
    assert_true(disk_bench_init(&real));
    disk = good(replay_disk_record(recording, 0, &real.media, &err));
    media = replay_disk_media(disk);
    assert_int_equal(media->write(media->ctx, 1, 1, data), 0);
    assert_int_equal(media->discard(media->ctx, 2, 1), 0);
    assert_int_equal(media->write_notes(media->ctx, 4096, data, 4096), 0);
    assert_int_equal(media->read(media->ctx, 1, 1, data), 0);
    assert_int_equal(media->read(media->ctx, 2, 1, data), 0);
    assert_int_equal(media->read_notes(media->ctx, 4096, data, 4096), 0);
    assert_false(recording_get_block(recording, 0, 1, data));
    assert_false(recording_get_block(recording, 0, 2, data));
    assert_false(recording_get_block(recording, 0, RECORDING_NOTES + 1, data));
    assert_int_equal(media->read(media->ctx, 4, 1, data), 0);
    assert_int_equal(media->write_notes(media->ctx, 0, data, 7), 0);
    assert_true(recording_get_block(recording, 0, 4, data));
    assert_memory_equal(data, &real.blocks[4], 8);
    assert_true(recording_get_block(recording, 0, RECORDING_NOTES, data));
    assert_int_equal(data[4], 4 * 7);
    replay_disk_destroy(disk);
    bench_close(recording);
    disk_bench_release(&real);
}

/* ---- What was never read ---- */

static void test_missed(void **state)
{
    struct error err = ERROR_INIT;
    struct recording *recording = bench_create(NULL);
    struct replay_disk *disk;
    const struct host_media *media;
    uint8_t data[2 * MEDIA_BLOCK_BYTES];
    uint64_t block;

    (void)state;
    memset(data, 9, sizeof(data));
    assert_true(recording_add_block(recording, 0, 4, data));
    disk = good(replay_disk_repeat(recording, 0, 100, 4096, &err));
    media = replay_disk_media(disk);
    assert_int_equal(media->read(media->ctx, 4, 1, data), 0);
    assert_int_equal(data[4095], 9);
    assert_nothing_missed(disk);
    assert_int_equal(media->read(media->ctx, 4, 2, data), 0);
    assert_int_equal(data[0], 9);
    assert_int_equal(data[4096], 0);
    assert_true(replay_disk_has_missed(disk, &block));
    assert_int_equal(block, 5);
    assert_int_equal(media->read_notes(media->ctx, 0, data, 10), 0);
    assert_true(replay_disk_has_missed(disk, &block));
    assert_int_equal(block, 5);
    replay_disk_destroy(disk);
    disk = good(replay_disk_repeat(recording, 0, 100, 4096, &err));
    media = replay_disk_media(disk);
    assert_int_equal(media->write_notes(media->ctx, 7, data, 10), 0);
    assert_true(replay_disk_has_missed(disk, &block));
    assert_int_equal(block, RECORDING_NOTES);
    replay_disk_destroy(disk);
    bench_close(recording);
}

/* ---- Large ---- */

static int count_visit(void *ctx, uint64_t page, const uint8_t *data)
{
    size_t *count = ctx;

    (void)page;
    (void)data;
    (*count)++;
    return 0;
}

/* A module of 4 TiB is discarded a thousand times. */
static void test_whole_discard(void **state)
{
    const uint64_t blocks = UINT64_C(1) << 30;
    struct error err = ERROR_INIT;
    struct recording *recording = bench_create(NULL);
    struct replay_disk *disk = good(replay_disk_repeat(recording, 0, blocks, 4096, &err));
    const struct host_media *media = replay_disk_media(disk);
    uint8_t data[MEDIA_BLOCK_BYTES];
    size_t count = 0;

    (void)state;
    memset(data, 1, sizeof(data));
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(media->write(media->ctx, i * UINT64_C(1000003), 1, data), 0);
        assert_int_equal(media->discard(media->ctx, 0, blocks), 0);
    }
    assert_int_equal(media->read(media->ctx, blocks - 1, 1, data), 0);
    assert_int_equal(data[0], 0);
    assert_nothing_missed(disk);
    assert_int_equal(replay_disk_visit(disk, false, count_visit, &count), 0);
    assert_int_equal(count, 1000 + (blocks >> 15));
    replay_disk_put(disk, blocks, true, data);
    replay_disk_put(disk, REPLAY_DISK_ZEROS + (blocks >> 15), true, data);
    replay_disk_put(disk, RECORDING_NOTES + 1, true, data);
    replay_disk_put(disk, UINT64_MAX, true, data);
    replay_disk_destroy(disk);
    bench_close(recording);
}

static void test_impossible(void **state)
{
    struct error err = ERROR_INIT;
    struct recording *recording = bench_create(NULL);

    (void)state;
    assert_null(replay_disk_repeat(recording, 0, 0, 4096, &err));
    assert_null(replay_disk_repeat(recording, 0, UINT64_MAX, 4096, &err));
    assert_null(replay_disk_repeat(recording, 0, 100, 4095, &err));
    assert_null(replay_disk_repeat(recording, 0, 100, UINT64_MAX - 4095, &err));
    replay_disk_destroy(NULL);
    bench_close(recording);
}

/* ---- Numbers of contents, trouble ---- */

static void test_seal(void **state)
{
    struct disk_bench real;
    struct error err = ERROR_INIT;
    struct recording *recording = bench_create(NULL);
    struct replay_disk *disk;
    const struct host_media *media;
    uint8_t data[MEDIA_BLOCK_BYTES] = {1};

    (void)state;
    assert_true(disk_bench_init(&real));
    disk = good(replay_disk_live(recording, 0, &real.media, &err));
    media = replay_disk_media(disk);
    assert_int_equal(media->seal(media->ctx), 41);
    assert_int_equal(media->write(media->ctx, 1, 1, data), 0);
    assert_int_equal(media->seal(media->ctx), 0);
    replay_disk_put(disk, 1, false, NULL);
    assert_int_equal(media->seal(media->ctx), 41);
    replay_disk_destroy(disk);
    disk = good(replay_disk_record(recording, 0, &real.media, &err));
    media = replay_disk_media(disk);
    assert_int_equal(media->write(media->ctx, 1, 1, data), 0);
    assert_int_equal(media->seal(media->ctx), 42);
    replay_disk_destroy(disk);
    disk = good(replay_disk_repeat(recording, 0, 1000, 4096, &err));
    media = replay_disk_media(disk);
    assert_int_equal(media->seal(media->ctx), 41);
    assert_int_equal(media->discard(media->ctx, 7, 1), 0);
    assert_int_equal(media->seal(media->ctx), 0);
    replay_disk_put(disk, REPLAY_DISK_ZEROS, false, NULL);
    assert_int_equal(media->seal(media->ctx), 41);
    replay_disk_destroy(disk);
    bench_close(recording);
    disk_bench_release(&real);
}

static void test_trouble(void **state)
{
    struct disk_bench real;
    struct error err = ERROR_INIT;
    struct recording *recording = bench_create(NULL);
    uint8_t data[MEDIA_BLOCK_BYTES] = {1};

    (void)state;
    assert_true(disk_bench_init(&real));
    for (unsigned is_live = 0; is_live < 2; is_live++) {
        struct replay_disk *disk =
            good(is_live == 1 ? replay_disk_live(recording, 0, &real.media, &err)
                              : replay_disk_record(recording, 0, &real.media, &err));
        const struct host_media *media = replay_disk_media(disk);
        const int expected = is_live == 1 ? 0 : -1;

        real.fails = true;
        assert_int_equal(media->read(media->ctx, 3, 1, data), -1);
        assert_int_equal(media->read_notes(media->ctx, 3, data, 1), -1);
        assert_int_equal(media->write_notes(media->ctx, 3, data, 1), -1);
        assert_int_equal(media->write(media->ctx, 1, 1, data), expected);
        assert_int_equal(media->discard(media->ctx, 1, 1), expected);
        assert_int_equal(media->flush(media->ctx), expected);
        real.fails = false;
        replay_disk_destroy(disk);
    }
    bench_close(recording);
    disk_bench_release(&real);
}

/* A machine that goes after its recording still has a disk. */
static void test_recording_goes_first(void **state)
{
    struct disk_bench real;
    struct error err = ERROR_INIT;

    (void)state;
    assert_true(disk_bench_init(&real));
    for (unsigned kind = 0; kind < 3; kind++) {
        struct recording *recording = bench_create(NULL);
        struct replay_disk *disk;

        if (kind == 0) {
            disk = replay_disk_record(recording, 0, &real.media, &err);
        } else if (kind == 1) {
            disk = replay_disk_live(recording, 0, &real.media, &err);
        } else {
            disk = replay_disk_repeat(recording, 0, DISK_BENCH_BLOCKS, DISK_BENCH_NOTES, &err);
        }
        (void)disk_bench_run(replay_disk_media(good(disk)), kind, 0, 200, 0);
        bench_close(recording);
        (void)disk_bench_run(replay_disk_media(disk), kind, 200, 500, 0);
        replay_disk_destroy(disk);
    }
    disk_bench_release(&real);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins),      cmocka_unit_test(test_going_back),
        cmocka_unit_test(test_visit),      cmocka_unit_test(test_missed),
        cmocka_unit_test(test_recorded),   cmocka_unit_test(test_whole_discard),
        cmocka_unit_test(test_impossible), cmocka_unit_test(test_recording_goes_first),
        cmocka_unit_test(test_seal),       cmocka_unit_test(test_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
