/* SPDX-License-Identifier: GPL-2.0-only */
/* The flash of a module: what is written is there, holes, temporary writes, seals, trouble. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "devices/storage/ssd_module.h"
#include "emu/disk/disk_notes.h"
#include "tests/unit/disk/bench.h"

#define BLOCK  MEDIA_BLOCK_BYTES
#define BLOCKS 300u /* more than one bounce buffer */
#define BIG    (BLOCKS * (size_t)BLOCK)

static void fill(uint8_t *data, size_t bytes, uint64_t seed)
{
    for (size_t i = 0; i < bytes; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        data[i] = (uint8_t)(seed >> 56);
    }
}

static void write_blocks(const struct host_media *media, uint64_t block, size_t count,
                         const void *data)
{
    assert_int_equal(media->write(media->ctx, block, count, data), 0);
}

static void assert_blocks(const struct host_media *media, uint64_t block, size_t count,
                          const void *data)
{
    uint8_t *found = malloc(count * BLOCK);

    assert_non_null(found);
    assert_int_equal(media->read(media->ctx, block, count, found), 0);
    assert_memory_equal(found, data, count * BLOCK);
    free(found);
}

static void assert_zeros(const struct host_media *media, uint64_t block, size_t count)
{
    uint8_t *zeros = calloc(count, BLOCK);

    assert_non_null(zeros);
    assert_blocks(media, block, count, zeros);
    free(zeros);
}

/* ---- Data ---- */

static void round_trip(const char *path, const struct disk_options *options)
{
    struct disk *disk = bench_open(path, options);
    uint8_t *data = malloc(BIG + 1);

    assert_non_null(data);
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        const struct host_media *media = disk_media(disk, i);

        fill(data + 1, BIG, i + 1);
        /* The odd address goes through the bounce buffer of O_DIRECT. */
        write_blocks(media, 3 + i, BLOCKS, data + 1);
        assert_blocks(media, 3 + i, BLOCKS, data + 1);
        assert_zeros(media, 0, 3);
        assert_zeros(media, media->blocks - 1, 1);
        write_blocks(media, media->blocks - 1, 1, data);
        assert_blocks(media, media->blocks - 1, 1, data);
        assert_int_equal(media->discard(media->ctx, 10, 20), 0);
        assert_zeros(media, 10, 20);
        assert_blocks(media, 30, 1, data + 1 + (size_t)(27 - i) * BLOCK);
        assert_int_equal(media->flush(media->ctx), 0);
    }
    bench_close(disk);
    free(data);
}

static void test_caches(void **state)
{
    static const enum disk_cache caches[] = {
        DISK_CACHE_WRITEBACK,
        DISK_CACHE_NONE,
        DISK_CACHE_UNSAFE,
    };
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
        struct disk_options options = {.access = DISK_KEEP, .cache = caches[i]};
        struct disk *disk = disk_open(bench_disk(state), &options, &err);

        if (disk == NULL && caches[i] == DISK_CACHE_NONE) {
            bench_assert_sentence(&err, bench_disk(state),
                                  "%/module0.img: cannot be used past the page cache on this file "
                                  "system: Invalid argument");
            continue;
        }
        assert_non_null(disk);
        bench_close(disk);
        round_trip(bench_disk(state), &options);
        bench_remove(bench_disk(state));
        bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
        options.access = DISK_TEMPORARY;
        round_trip(bench_disk(state), &options);
    }
}

static void test_partial_transfers(void **state)
{
    bench_trouble()->is_partial = true;
    round_trip(bench_disk(state), &(struct disk_options){.access = DISK_TEMPORARY});
    round_trip(bench_disk(state), NULL);
}

static void test_kept(void **state)
{
    uint8_t data[4 * BLOCK];
    struct disk *disk = bench_open(bench_disk(state), NULL);

    fill(data, sizeof(data), 7);
    write_blocks(disk_media(disk, 1), 100, 4, data);
    bench_close(disk);
    disk = bench_open(bench_disk(state), &(struct disk_options){.access = DISK_READ});
    assert_blocks(disk_media(disk, 1), 100, 4, data);
    assert_zeros(disk_media(disk, 0), 100, 4);
    bench_close(disk);
}

static void test_notes(void **state)
{
    static const enum disk_access accesses[] = {DISK_TEMPORARY, DISK_KEEP};
    uint8_t data[3 * BLOCK];
    uint8_t found[3 * BLOCK];

    fill(data, sizeof(data), 9);
    for (size_t i = 0; i < 2; i++) {
        const struct disk_options options = {.access = accesses[i]};
        struct disk *disk = bench_open(bench_disk(state), &options);
        const struct host_media *media = disk_media(disk, 0);

        assert_int_equal(media->read_notes(media->ctx, 0, found, sizeof(found)), 0);
        for (size_t k = 0; k < sizeof(found); k++) {
            assert_int_equal(found[k], 0);
        }
        /* Across pages, not aligned. */
        assert_int_equal(media->write_notes(media->ctx, 5, data, 2 * BLOCK), 0);
        assert_int_equal(media->write_notes(media->ctx, media->notes_bytes - 1, data, 1), 0);
        assert_int_equal(media->read_notes(media->ctx, 5, found, 2 * BLOCK), 0);
        assert_memory_equal(found, data, 2 * BLOCK);
        assert_int_equal(media->read_notes(media->ctx, media->notes_bytes - 2, found, 2), 0);
        assert_int_equal(found[0], 0);
        assert_int_equal(found[1], data[0]);
        assert_zeros(media, 0, 1);
        bench_close(disk);
    }
}

/* The module's own page numbers, sizes and checksums are used by tools: they must not part. */
static void test_notes_room(void **state)
{
    (void)state;
    for (uint64_t blocks = RAID0_STRIPE; blocks <= SSD_BLOCKS_MAX; blocks *= 2) {
        assert_true(disk_notes_bytes(blocks) >= ssd_module_notes_bytes(blocks));
        assert_int_equal(disk_notes_bytes(blocks) % BLOCK, 0);
    }
}

static void test_activity(void **state)
{
    atomic_uint_least64_t bytes = 0;
    const struct disk_options options = {.access = DISK_KEEP, .activity = &bytes};
    struct disk *disk = bench_open(bench_disk(state), &options);
    uint8_t data[2 * BLOCK] = {1};

    write_blocks(disk_media(disk, 0), 0, 2, data);
    assert_blocks(disk_media(disk, 0), 0, 1, data);
    assert_int_equal(atomic_load(&bytes), 3 * BLOCK);
    bench_close(disk);
}

/* ---- Holes ---- */

static void test_discard_frees(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    const struct host_media *media = disk_media(disk, 0);
    uint8_t *data = malloc(BIG);
    uint64_t full;

    assert_non_null(data);
    fill(data, BIG, 3);
    write_blocks(media, 0, BLOCKS, data);
    assert_int_equal(media->flush(media->ctx), 0);
    full = bench_host_bytes(bench_disk(state));
    assert_true(full > BIG);
    assert_int_equal(media->discard(media->ctx, 0, media->blocks), 0);
    assert_true(bench_host_bytes(bench_disk(state)) <= full - BIG);
    assert_zeros(media, 0, BLOCKS);
    assert_int_equal(media->discard(media->ctx, 0, 0), 0);
    bench_close(disk);
    free(data);
}

/* Where the file system has no holes. */
static void test_discard_without_holes(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    const struct host_media *media = disk_media(disk, 0);
    uint8_t data[40 * BLOCK];

    fill(data, sizeof(data), 4);
    write_blocks(media, 0, 40, data);
    *bench_trouble() =
        (struct bench_trouble){.kind = BENCH_ALLOCATE, .at = 1, .reason = EOPNOTSUPP};
    assert_int_equal(media->discard(media->ctx, 1, media->blocks - 1), 0);
    assert_blocks(media, 0, 1, data);
    assert_zeros(media, 1, 39);
    bench_close(disk);
}

/* ---- Temporary writes ---- */

static void test_temporary(void **state)
{
    const struct disk_options options = {.access = DISK_TEMPORARY};
    struct disk *disk = bench_open(bench_disk(state), NULL);
    uint8_t old[64 * BLOCK];
    uint8_t now[64 * BLOCK];
    uint64_t hash;

    fill(old, sizeof(old), 5);
    fill(now, sizeof(now), 6);
    write_blocks(disk_media(disk, 0), 8, 64, old);
    bench_close(disk);
    hash = bench_hash(bench_disk(state));

    disk = bench_open(bench_disk(state), &options);
    assert_blocks(disk_media(disk, 0), 8, 64, old);
    write_blocks(disk_media(disk, 0), 9, 3, now);
    write_blocks(disk_media(disk, 0), 30, 17, now);
    assert_int_equal(disk_media(disk, 0)->discard(disk_media(disk, 0)->ctx, 50, 10), 0);
    memcpy(old + BLOCK, now, 3 * (size_t)BLOCK);
    memcpy(old + (size_t)22 * BLOCK, now, 17 * (size_t)BLOCK);
    memset(old + (size_t)42 * BLOCK, 0, 10 * (size_t)BLOCK);
    assert_blocks(disk_media(disk, 0), 8, 64, old);
    assert_int_equal(disk_media(disk, 0)->flush(disk_media(disk, 0)->ctx), 0);
    assert_int_equal(disk_media(disk, 0)->seal(disk_media(disk, 0)->ctx), 0);
    bench_close(disk);
    assert_int_equal(bench_hash(bench_disk(state)), hash);
}

/* Of a forked process: neither sees what the other one writes from then on. */
static void test_temporary_separate(void **state)
{
    const struct disk_options options = {.access = DISK_TEMPORARY};
    struct disk *disk = bench_open(bench_disk(state), &options);
    const struct host_media *media = disk_media(disk, 1);
    struct error err = ERROR_INIT;
    uint8_t first[20 * BLOCK];
    uint8_t second[20 * BLOCK];
    int status;
    pid_t pid;

    fill(first, sizeof(first), 5);
    fill(second, sizeof(second), 6);
    write_blocks(media, 8, 20, first);
    write_blocks(media, 1000, 1, first);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        assert_int_equal(disk_separate(disk, &err), 0);
        assert_blocks(media, 8, 20, first);
        assert_blocks(media, 1000, 1, first);
        assert_zeros(media, 28, 100);
        write_blocks(media, 10, 18, second);
        assert_blocks(media, 10, 18, second);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_blocks(media, 8, 20, first);
    assert_blocks(media, 1000, 1, first);
    bench_close(disk);
}

static void test_temporary_keys(void **state)
{
    const struct disk_options options = {.access = DISK_TEMPORARY};
    struct disk *disk = bench_open(bench_disk(state), &options);
    const uint64_t hash = bench_hash(bench_disk(state));
    struct sep_record record = *disk_sep(disk);
    const struct sep_store store = disk_sep_store(disk);

    record.failures = 3;
    assert_int_equal(store.save(store.ctx, &record), 0);
    assert_int_equal(disk_sep(disk)->failures, 3);
    bench_close(disk);
    assert_int_equal(bench_hash(bench_disk(state)), hash);
}

/* How many tries are left is not what this access changes, so it does not say it. */
static void test_temporary_password(void **state)
{
    const struct disk_options temporary = {.access = DISK_TEMPORARY};
    const struct disk_secret wrong = bench_secret("wrong");
    struct error err = ERROR_INIT;
    struct disk *disk;
    uint64_t hash;

    bench_remove(bench_disk(state));
    bench_create(bench_disk(state),
                 &(struct disk_new){.bytes = BENCH_BYTES, .password = bench_secret("right")});
    hash = bench_hash(bench_disk(state));
    disk = bench_open(bench_disk(state), &temporary);
    assert_int_equal(disk_check_password(disk, &wrong, &err), -1);
    bench_assert_sentence(&err, bench_disk(state), "%: wrong password");
    bench_close(disk);
    assert_int_equal(bench_hash(bench_disk(state)), hash);
    disk = bench_open(bench_disk(state), NULL);
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_check_password(disk, &wrong, &err), -1);
    bench_assert_sentence(&err, bench_disk(state),
                          "%: wrong password of the volume; 9 of 10 tries are left");
    bench_close(disk);
}

static void test_temporary_without_room(void **state)
{
    const struct disk_options options = {.access = DISK_TEMPORARY};

    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    bench_refused(bench_disk(state), &options,
                  "/nonexistent: no room for temporary writes: No such file or directory");
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void test_temporary_in_trouble(void **state)
{
    const struct disk_options options = {.access = DISK_TEMPORARY};
    struct disk *disk = bench_open(bench_disk(state), &options);
    uint8_t data[BLOCK] = {1};

    *bench_trouble() = (struct bench_trouble){.kind = BENCH_WRITE, .at = 1, .reason = ENOSPC};
    assert_int_equal(disk_media(disk, 0)->write(disk_media(disk, 0)->ctx, 0, 1, data), -1);
    bench_assert_sentence(
        disk_trouble(disk), bench_disk(state),
        "%/module0.img: temporary writes cannot be kept: No space left on device");
    assert_int_equal(disk_close(disk, NULL), -1);
}

/* ---- Seals ---- */

static uint64_t seal(struct disk *disk)
{
    const struct host_media *media = disk_media(disk, 0);

    return media->seal(media->ctx);
}

static void test_seal(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    uint8_t data[BLOCK] = {1};
    const uint64_t first = seal(disk);
    uint64_t second;
    uint64_t hash;

    assert_int_not_equal(first, 0);
    assert_int_equal(seal(disk), first);
    write_blocks(disk_media(disk, 0), 0, 1, data);
    write_blocks(disk_media(disk, 0), 1, 1, data);
    second = seal(disk);
    assert_int_not_equal(second, first);
    bench_close(disk);

    /* Reading changes nothing, not even on the host. */
    hash = bench_hash(bench_disk(state));
    disk = bench_open(bench_disk(state), NULL);
    assert_blocks(disk_media(disk, 0), 0, 1, data);
    assert_int_equal(seal(disk), second);
    bench_close(disk);
    assert_int_equal(bench_hash(bench_disk(state)), hash);

    disk = bench_open(bench_disk(state), NULL);
    assert_int_equal(disk_media(disk, 0)->discard(disk_media(disk, 0)->ctx, 0, 1), 0);
    assert_int_not_equal(seal(disk), second);
    bench_close(disk);
    disk = bench_open(bench_disk(state), &(struct disk_options){.access = DISK_READ});
    assert_int_not_equal(seal(disk), second);
    bench_close(disk);
}

/* The number is on the host before the first change is. */
static void test_seal_comes_first(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    uint8_t data[BLOCK] = {1};
    uint64_t hash;

    hash = bench_hash(bench_disk(state));
    *bench_trouble() = (struct bench_trouble){.kind = BENCH_WRITE, .at = 1, .reason = EIO};
    assert_int_equal(disk_media(disk, 0)->write(disk_media(disk, 0)->ctx, 0, 1, data), -1);
    bench_assert_sentence(disk_trouble(disk), bench_disk(state),
                          "%/module0.img: its header cannot be written: Input/output error");
    assert_int_equal(bench_hash(bench_disk(state)), hash);
    assert_int_equal(disk_close(disk, NULL), -1);
}

/* ---- Trouble ---- */

static void count_trouble(void *ctx)
{
    (*(unsigned *)ctx)++;
}

struct trouble_case {
    struct bench_trouble trouble;
    const char *sentence;
};

static void provoke(struct disk *disk)
{
    const struct host_media *media = disk_media(disk, 1);
    uint8_t data[BLOCK] = {1};
    int failed = 0;

    failed += media->read(media->ctx, 0, 1, data) < 0;
    failed += media->write(media->ctx, 0, 1, data) < 0;
    failed += media->discard(media->ctx, 1, 1) < 0;
    failed += media->flush(media->ctx) < 0;
    assert_true(failed > 0);
    /* From then on everything fails, on the other module, too. */
    media = disk_media(disk, 0);
    assert_int_equal(media->read(media->ctx, 0, 1, data), -1);
    assert_int_equal(media->write(media->ctx, 0, 1, data), -1);
    assert_int_equal(media->discard(media->ctx, 0, 1), -1);
    assert_int_equal(media->flush(media->ctx), -1);
    assert_int_equal(media->read_notes(media->ctx, 0, data, 1), -1);
    assert_int_equal(media->write_notes(media->ctx, 0, data, 1), -1);
    assert_int_equal(media->seal(media->ctx), 0);
    assert_int_equal(disk_sep_store(disk).save(disk, disk_sep(disk)), -1);
}

static void test_trouble(void **state)
{
    static const struct trouble_case cases[] = {
        {{.kind = BENCH_READ, .at = 1, .reason = EIO},
         "%/module1.img: it cannot be read: Input/output error"},
        {{.kind = BENCH_WRITE, .at = 2, .reason = ENOSPC},
         "%/module1.img: it cannot be written: No space left on device"},
        {{.kind = BENCH_ALLOCATE, .at = 1, .reason = EROFS},
         "%/module1.img: it cannot be written: Read-only file system"},
        {{.kind = BENCH_SYNC, .at = 2, .reason = EIO},
         "%/module1.img: it cannot be written: Input/output error"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned told = 0;
        const struct disk_options options = {
            .access = DISK_KEEP,
            .ctx = &told,
            .trouble = count_trouble,
        };
        struct error err = ERROR_INIT;
        struct disk *disk = bench_open(bench_disk(state), &options);

        *bench_trouble() = cases[i].trouble;
        provoke(disk);
        assert_int_equal(told, 1);
        bench_assert_sentence(disk_trouble(disk), bench_disk(state), cases[i].sentence);
        assert_int_equal(disk_close(disk, &err), -1);
        bench_assert_sentence(&err, bench_disk(state), cases[i].sentence);
        *bench_trouble() = (struct bench_trouble){.at = 0};
        bench_close(bench_open(bench_disk(state), NULL));
    }
}

/* Writes reach a file that has no name any more, and nobody else would tell. */
static void test_deleted(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    const struct host_media *media = disk_media(disk, 1);
    const uint8_t data[BLOCK] = {1};
    struct error err = ERROR_INIT;

    bench_remove(bench_disk(state));
    assert_int_equal(media->write(media->ctx, 0, 1, data), 0);
    assert_int_equal(media->flush(media->ctx), 0);
    assert_int_equal(disk_close(disk, &err), -1);
    bench_assert_sentence(&err, bench_disk(state),
                          "%/module0.img: deleted while it was in use: what was on it is lost");
}

static void test_read_only(void **state)
{
    const struct disk_options options = {.access = DISK_READ};
    struct disk *disk = bench_open(bench_disk(state), &options);
    const uint64_t hash = bench_hash(bench_disk(state));
    const struct host_media *media = disk_media(disk, 0);
    uint8_t data[BLOCK] = {1};

    assert_int_equal(media->read(media->ctx, 0, 1, data), 0);
    assert_int_equal(media->write(media->ctx, 0, 1, data), -1);
    bench_assert_sentence(disk_trouble(disk), bench_disk(state),
                          "%/module0.img: it was opened for reading only: Read-only file system");
    assert_int_equal(disk_close(disk, NULL), -1);
    assert_int_equal(bench_hash(bench_disk(state)), hash);
}

/* What a damaged snapshot could make of the T2. */
static void test_unsound_keys(void **state)
{
    const uint64_t hash = bench_hash(bench_disk(state));

    for (unsigned i = 0; i < 6; i++) {
        unsigned told = 0;
        const struct disk_options options = {
            .access = DISK_KEEP,
            .ctx = &told,
            .trouble = count_trouble,
        };
        struct disk *disk = bench_open(bench_disk(state), &options);
        struct sep_record record = *disk_sep(disk);

        switch (i) {
        case 0: record.volume_id[3] ^= 1; break;
        case 1: record.failures = SEP_FAILURES_MAX + 1; break;
        case 2: record.counter = UINT64_C(1) << 53; break;
        case 3: record.iterations = 0; break;
        case 4: record.iterations = SEP_ITERATIONS_MAX + 1; break;
        default: record.boot_policy = (enum sep_boot_policy)77; break;
        }
        assert_int_equal(disk_sep_store(disk).save(disk, &record), -1);
        assert_int_equal(told, 1);
        bench_assert_sentence(disk_trouble(disk), bench_disk(state),
                              "%: keys that are not this disk's cannot be kept");
        assert_int_equal(disk_close(disk, NULL), -1);
        assert_int_equal(bench_hash(bench_disk(state)), hash);
    }
}

/* ---- Locks ---- */

static void test_locks(void **state)
{
    static const char *const sentence = "%: in use by another spacegray";
    const struct disk_options read = {.access = DISK_READ};
    const struct disk_options temporary = {.access = DISK_TEMPORARY};
    struct disk *one = bench_open(bench_disk(state), NULL);
    struct disk *two;

    bench_refused(bench_disk(state), NULL, sentence);
    bench_refused(bench_disk(state), &read, sentence);
    bench_refused(bench_disk(state), &temporary, sentence);
    bench_close(one);
    one = bench_open(bench_disk(state), &read);
    two = bench_open(bench_disk(state), &temporary);
    bench_refused(bench_disk(state), NULL, sentence);
    bench_close(one);
    bench_refused(bench_disk(state), NULL, sentence);
    bench_close(two);
    bench_close(bench_open(bench_disk(state), NULL));
    bench_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_caches, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_partial_transfers, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_kept, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_notes, bench_setup, bench_teardown),
        cmocka_unit_test(test_notes_room),
        cmocka_unit_test_setup_teardown(test_activity, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_discard_frees, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_discard_without_holes, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_temporary, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_temporary_separate, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_temporary_keys, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_temporary_password, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_temporary_without_room, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_temporary_in_trouble, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_seal, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_seal_comes_first, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_trouble, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_deleted, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_read_only, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_unsound_keys, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_locks, bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
