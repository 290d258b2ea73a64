/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program stops before each single call to the host, and what is left must open; and each call
 * fails, and what was being made is gone again.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/disk/bench.h"

#define STEPS_MAX 200u
#define FINISHED  9

/* In a process of its own, which stops before the `at`-th call. True: it came to its end. */
static bool run_until(unsigned at, void (*work)(const char *path), const char *path)
{
    const pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        *bench_trouble() = (struct bench_trouble){.kind = BENCH_ANY, .at = at, .is_stop = true};
        work(path);
        _exit(FINISHED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == FINISHED;
}

static void save(const char *path)
{
    const struct disk_options options = {.access = DISK_KEEP};
    struct error err = ERROR_INIT;
    struct disk *disk = disk_open_on(&bench_host, path, &options, &err);
    struct sep_record record;

    if (disk == NULL) return;
    record = *disk_sep(disk);
    record.failures = 5;
    (void)disk_sep_store(disk).save(disk, &record);
    if (disk_close(disk, &err) < 0) return;
}

static void test_save(void **state)
{
    bool is_done = false;
    unsigned old = 0;
    unsigned now = 0;

    bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
    for (unsigned at = 1; !is_done; at++) {
        const char *path = bench_path(state, "copy");
        struct disk *disk;

        assert_true(at < STEPS_MAX);
        bench_copy(bench_disk(state), path);
        is_done = run_until(at, save, path);
        disk = bench_open(path, NULL);
        old += disk_sep(disk)->failures == 0;
        now += disk_sep(disk)->failures == 5;
        /* And it can be written again, over what is left. */
        assert_int_equal(disk_sep_store(disk).save(disk, disk_sep(disk)), 0);
        bench_close(disk);
        bench_close(bench_open(path, NULL));
        assert_false(bench_exists(bench_path(state, "copy/sep.json.new")));
        assert_false(bench_exists(bench_path(state, "copy/volume.json.new")));
        bench_remove(path);
    }
    assert_true(old > 5 && now > 5);
}

/* What was there before a change can be read back after a crash at any moment of it, and what was
 * flushed, too. */
static void write_some(const char *path)
{
    const struct disk_options options = {.access = DISK_KEEP};
    struct error err = ERROR_INIT;
    struct disk *disk = disk_open_on(&bench_host, path, &options, &err);
    const struct host_media *media;
    uint8_t data[MEDIA_BLOCK_BYTES];

    if (disk == NULL) return;
    media = disk_media(disk, 0);
    memset(data, 1, sizeof(data));
    (void)media->write(media->ctx, 1, 1, data);
    (void)media->flush(media->ctx);
    memset(data, 2, sizeof(data));
    (void)media->write(media->ctx, 2, 1, data);
    (void)media->seal(media->ctx);
    (void)media->write_notes(media->ctx, 0, data, sizeof(data));
    (void)media->discard(media->ctx, 1, 1);
    if (disk_close(disk, &err) < 0) return;
}

static void test_write(void **state)
{
    bool is_done = false;
    uint64_t first_seal;
    struct disk *disk;

    bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
    disk = bench_open(bench_disk(state), NULL);
    first_seal = disk_media(disk, 0)->seal(disk_media(disk, 0)->ctx);
    bench_close(disk);
    for (unsigned at = 1; !is_done; at++) {
        const char *path = bench_path(state, "copy");
        const struct host_media *media;
        uint8_t data[2 * MEDIA_BLOCK_BYTES];

        assert_true(at < STEPS_MAX);
        bench_copy(bench_disk(state), path);
        is_done = run_until(at, write_some, path);
        disk = bench_open(path, NULL);
        media = disk_media(disk, 0);
        assert_int_equal(media->read(media->ctx, 1, 2, data), 0);
        for (size_t i = 0; i < sizeof(data); i++) {
            assert_int_equal(data[i], data[i - i % MEDIA_BLOCK_BYTES]);
        }
        /* Other contents, another number. */
        if (data[0] != 0 || data[MEDIA_BLOCK_BYTES] != 0) {
            assert_int_not_equal(media->seal(media->ctx), first_seal);
        }
        bench_close(disk);
        bench_remove(path);
    }
}

static void pair(const char *path)
{
    const struct disk_secret none = {.data = NULL};
    struct error err = ERROR_INIT;

    if (disk_pair_on(&bench_host, path, 0, &none, &err) < 0) return;
}

/* Half replaced modules do not open, but say what helps, and that helps. */
static void test_pair(void **state)
{
    const struct disk_options keep = {.access = DISK_KEEP};
    const struct disk_secret none = {.data = NULL};
    bool is_done = false;
    unsigned opened = 0;
    unsigned refused = 0;

    bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
    for (unsigned at = 1; !is_done; at++) {
        const char *path = bench_path(state, "copy");
        struct error err = ERROR_INIT;
        struct disk *disk;

        assert_true(at < STEPS_MAX);
        bench_copy(bench_disk(state), path);
        is_done = run_until(at, pair, path);
        disk = disk_open(path, &keep, &err);
        opened += disk != NULL;
        if (disk == NULL) {
            refused++;
            assert_non_null(strstr(err.text, "spacegray disk pair"));
            err = (struct error)ERROR_INIT;
            assert_int_equal(disk_pair(path, 0, &none, &err), 0);
            disk = bench_open(path, NULL);
        }
        bench_close(disk);
        assert_false(bench_exists(bench_path(state, "copy/module0.img.new")));
        assert_false(bench_exists(bench_path(state, "copy/module1.img.new")));
        bench_remove(path);
    }
    assert_true(opened > 5 && refused > 3);
}

/* A full disk of the host, at every call: nothing is left behind, or all is there. */
static void create_in_trouble(void **state, bool is_there)
{
    const struct disk_new wanted = {.bytes = BENCH_BYTES};
    int status = -1;

    for (unsigned at = 1; status < 0; at++) {
        struct error err = ERROR_INIT;

        assert_true(at < STEPS_MAX);
        if (is_there) assert_int_equal(mkdir(bench_disk(state), 0700), 0);
        *bench_trouble() = (struct bench_trouble){.kind = BENCH_ANY, .at = at, .reason = ENOSPC};
        status = disk_create_on(&bench_host, bench_disk(state), &wanted, &err);
        if (status == 0) break;
        assert_non_null(strstr(err.text, ": No space left on device"));
        assert_int_equal(err.kind, ERROR_HOST);
        if (is_there) {
            /* Fails unless it is empty. */
            assert_int_equal(rmdir(bench_disk(state)), 0);
        }
        assert_false(bench_exists(bench_disk(state)));
    }
    *bench_trouble() = (struct bench_trouble){.at = 0};
    bench_close(bench_open(bench_disk(state), NULL));
    bench_remove(bench_disk(state));
}

static void test_create_in_trouble(void **state)
{
    create_in_trouble(state, false);
    create_in_trouble(state, true);
}

/* Before the first module is renamed, pairing that fails has changed nothing. */
static void test_pair_in_trouble(void **state)
{
    const struct disk_secret none = {.data = NULL};
    uint64_t hash;
    int status = -1;
    unsigned unchanged = 0;

    bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
    hash = bench_hash(bench_disk(state));
    for (unsigned at = 1; status < 0; at++) {
        struct error err = ERROR_INIT;

        assert_true(at < STEPS_MAX);
        *bench_trouble() = (struct bench_trouble){.kind = BENCH_ANY, .at = at, .reason = ENOSPC};
        status = disk_pair_on(&bench_host, bench_disk(state), 0, &none, &err);
        *bench_trouble() = (struct bench_trouble){.at = 0};
        if (status == 0) break;
        if (bench_hash(bench_disk(state)) == hash) {
            unchanged++;
            continue;
        }
        assert_non_null(strstr(err.text, "; the modules are half replaced, pair them again"));
        assert_int_equal(disk_pair(bench_disk(state), 0, &none, &err), 0);
        bench_close(bench_open(bench_disk(state), NULL));
        hash = bench_hash(bench_disk(state));
    }
    assert_true(unchanged > 5);
}

/* Keys that could not be stored are trouble, and the old ones stay. */
static void test_save_in_trouble(void **state)
{
    int status = -1;

    bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
    for (unsigned at = 1; status < 0; at++) {
        struct disk *disk = bench_open(bench_disk(state), NULL);
        struct sep_record record = *disk_sep(disk);

        assert_true(at < STEPS_MAX);
        record.failures++;
        *bench_trouble() = (struct bench_trouble){.kind = BENCH_ANY, .at = at, .reason = EIO};
        status = disk_sep_store(disk).save(disk, &record);
        *bench_trouble() = (struct bench_trouble){.at = 0};
        assert_int_equal(disk_trouble(disk)->kind, status < 0 ? ERROR_HOST : ERROR_NONE);
        assert_int_equal(disk_close(disk, NULL), status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_save, bench_setup_empty, bench_teardown),
        cmocka_unit_test_setup_teardown(test_write, bench_setup_empty, bench_teardown),
        cmocka_unit_test_setup_teardown(test_pair, bench_setup_empty, bench_teardown),
        cmocka_unit_test_setup_teardown(test_create_in_trouble, bench_setup_empty, bench_teardown),
        cmocka_unit_test_setup_teardown(test_pair_in_trouble, bench_setup_empty, bench_teardown),
        cmocka_unit_test_setup_teardown(test_save_in_trouble, bench_setup_empty, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
