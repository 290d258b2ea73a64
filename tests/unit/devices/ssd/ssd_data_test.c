/* SPDX-License-Identifier: GPL-2.0-only */
/* What is stored in an SSD module is there: cache, drain, flush, discard, collection, failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/ssd/ssd_bench.h"

#define SMALL  UINT64_C(2048)
#define MEDIUM UINT64_C(16384)
#define CACHE  8192u

#define SEEDS 12u
#define STEPS 3000u

static void live(bool is_functional, uint64_t seed)
{
    struct memory_media *media = memory_media_create(SMALL);
    struct ssd_bench bench = ssd_bench_create(media, is_functional);
    struct ssd_model model;
    uint64_t mapped = 0;

    ssd_model_begin(&model, &bench, seed);
    ssd_model_live(&model, STEPS);
    for (uint64_t i = 0; i < SMALL; i++) {
        ssd_expect(&bench, i, model.version[i]);
        mapped += model.version[i] != 0 ? 1 : 0;
    }
    assert_int_equal(ssd_module_counters(bench.module).mapped_blocks, mapped);
    assert_true(ssd_module_counters(bench.module).blocks_erased > 0);
    ssd_bench_destroy(&bench);
    for (uint64_t i = 0; i < SMALL; i++) {
        assert_int_equal(ssd_version(media, i), model.version[i]);
    }
    ssd_model_end(&model);
    memory_media_destroy(media);
}

static void contents_follow_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        live(false, seed);
    }
}

static void contents_follow_the_model_without_times(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        live(true, seed);
    }
}

static int begin(void **state)
{
    return ssd_fixture_begin(state, MEDIUM);
}

static void a_store_is_in_the_cache_until_programmed(void **state)
{
    struct ssd_fixture *f = *state;

    ssd_store(&f->bench, 5, 1);
    ssd_expect(&f->bench, 5, 1);
    assert_int_equal(ssd_version(f->media, 5), 0);
    rig_advance(f->bench.rig, VTIME_MS(1)); /* the row is incomplete */
    assert_int_equal(ssd_version(f->media, 5), 0);
    rig_advance(f->bench.rig, VTIME_MS(2));
    assert_int_equal(ssd_version(f->media, 5), 1);
    ssd_expect(&f->bench, 5, 1);
    assert_int_equal(f->media->flushes, 0);
}

static void a_full_row_is_programmed_at_once_and_written_in_one_piece(void **state)
{
    struct ssd_fixture *f = *state;

    for (uint64_t i = 0; i < 8; i++) {
        ssd_store(&f->bench, 100 + i, 1);
    }
    rig_advance(f->bench.rig, VTIME_US(732)); /* 72 on the channel, 660 programming */
    assert_int_equal(ssd_version(f->media, 100), 0);
    rig_advance(f->bench.rig, VTIME_US(1));
    assert_int_equal(ssd_version(f->media, 107), 1);
    assert_int_equal(f->media->write_calls, 1);
    assert_int_equal(ssd_module_counters(f->bench.module).pages_programmed, 2);
}

static void draining_is_in_the_background_and_ends(void **state)
{
    struct ssd_fixture *f = *state;

    assert_true(sched_next(f->bench.rig->sched) == VTIME_NEVER);
    ssd_write(&f->bench, 0, 1000, 1);
    assert_true(sched_next(f->bench.rig->sched) != VTIME_NEVER);
    assert_true(sched_next_waking(f->bench.rig->sched) == VTIME_NEVER);
    rig_advance(f->bench.rig, VTIME_MS(20));
    assert_true(sched_next(f->bench.rig->sched) == VTIME_NEVER);
    assert_int_equal(f->media->blocks_written, 1000);
}

static void newer_data_replaces_what_waits(void **state)
{
    struct ssd_fixture *f = *state;

    for (uint32_t version = 1; version <= 20; version++) {
        ssd_store(&f->bench, 7, version);
    }
    rig_advance(f->bench.rig, VTIME_MS(5));
    assert_int_equal(ssd_version(f->media, 7), 20);
    assert_int_equal(f->media->blocks_written, 1);
    assert_int_equal(ssd_module_counters(f->bench.module).pages_programmed, 1);
    assert_int_equal(ssd_module_counters(f->bench.module).blocks_written, 20);
}

static void newer_data_supersedes_what_is_being_programmed(void **state)
{
    struct ssd_fixture *f = *state;

    for (uint64_t i = 0; i < 8; i++) {
        ssd_store(&f->bench, i, 1);
    }
    rig_advance(f->bench.rig, VTIME_US(100));
    ssd_store(&f->bench, 3, 2);
    rig_advance(f->bench.rig, VTIME_US(700));
    assert_int_equal(ssd_version(f->media, 2), 1);
    assert_int_equal(ssd_version(f->media, 3), 0);
    ssd_expect(&f->bench, 3, 2);
    rig_advance(f->bench.rig, VTIME_MS(3));
    assert_int_equal(ssd_version(f->media, 3), 2);
}

static void flush_makes_everything_durable(void **state)
{
    struct ssd_fixture *f = *state;

    ssd_write(&f->bench, 50, 300, 1);
    assert_int_equal(ssd_module_flush(f->bench.module), SSD_OK);
    assert_int_equal(f->media->flushes, 1);
    memory_media_crash(f->media);
    for (uint64_t i = 50; i < 350; i++) {
        assert_int_equal(ssd_version(f->media, i), 1);
    }
    assert_int_equal(ssd_module_flush(f->bench.module), SSD_OK);
    assert_int_equal(f->media->flushes, 1); /* there was nothing to make durable */
}

static void fua_is_durable_and_older_data_does_not_come_back(void **state)
{
    struct ssd_fixture *f = *state;
    uint8_t *data = malloc(32 * BLOCK);

    assert_non_null(data);
    /* The cache is full of older versions, the last block's first, so that taking the new ones pushes
     * out what they replace. */
    for (uint32_t i = CACHE; i > 0; i--) {
        ssd_store(&f->bench, i - 1, 1);
    }
    for (uint64_t i = 0; i < 32; i++) {
        ssd_fill(data + i * BLOCK, CACHE - 32 + i, 2);
    }
    assert_int_equal(ssd_module_store(f->bench.module, CACHE - 32, 32, data, true), SSD_OK);
    assert_int_equal(f->media->flushes, 1);
    ssd_store(&f->bench, 9000, 1);
    rig_advance(f->bench.rig, VTIME_MS(100));
    for (uint64_t i = CACHE - 64; i < CACHE; i++) {
        ssd_expect(&f->bench, i, i >= CACHE - 32 ? 2 : 1);
        assert_int_equal(ssd_version(f->media, i), i >= CACHE - 32 ? 2 : 1);
    }
    free(data);
}

static void a_full_cache_takes_more_all_the_same(void **state)
{
    struct ssd_fixture *f = *state;

    for (uint32_t i = 0; i < CACHE + 500; i++) {
        ssd_store(&f->bench, i, 1);
    }
    assert_int_equal(f->media->blocks_written, 500);
    for (uint32_t i = 0; i < CACHE + 500; i += 97) {
        ssd_expect(&f->bench, i, 1);
    }
    rig_advance(f->bench.rig, VTIME_MS(100));
    assert_int_equal(f->media->blocks_written, CACHE + 500);
}

static void discarded_blocks_are_zeros_and_unmapped(void **state)
{
    struct ssd_fixture *f = *state;

    ssd_write(&f->bench, 0, 64, 1);
    assert_int_equal(ssd_module_flush(f->bench.module), SSD_OK);
    ssd_write(&f->bench, 32, 64, 2);
    assert_int_equal(ssd_module_counters(f->bench.module).mapped_blocks, 96);
    assert_int_equal(ssd_module_discard(f->bench.module, 16, 48), SSD_OK);
    assert_int_equal(ssd_module_counters(f->bench.module).mapped_blocks, 48);
    rig_advance(f->bench.rig, VTIME_MS(10));
    for (uint64_t i = 0; i < 96; i++) {
        const uint32_t version = i < 16 ? 1 : i < 64 ? 0 : 2;

        ssd_expect(&f->bench, i, version);
        assert_int_equal(ssd_version(f->media, i), version);
    }
    assert_int_equal(ssd_module_discard(f->bench.module, 0, MEDIUM), SSD_OK);
    assert_int_equal(ssd_module_counters(f->bench.module).mapped_blocks, 0);
    assert_int_equal(ssd_module_discard(f->bench.module, 3, 0), SSD_OK);
    rig_advance(f->bench.rig, VTIME_MS(10));
    ssd_expect(&f->bench, 80, 0);
}

static void ranges_outside_are_refused(void **state)
{
    struct ssd_fixture *f = *state;
    uint8_t data[2 * BLOCK] = {0};

    assert_int_equal(ssd_module_load(f->bench.module, MEDIUM - 1, 2, data), SSD_FAILED);
    assert_int_equal(ssd_module_store(f->bench.module, MEDIUM, 1, data, false), SSD_FAILED);
    assert_int_equal(ssd_module_discard(f->bench.module, 1, MEDIUM), SSD_FAILED);
    assert_int_equal(ssd_module_discard(f->bench.module, UINT64_MAX, 2), SSD_FAILED);
    assert_true(ssd_module_book_read(f->bench.module, MEDIUM, 1, 77) == 77);
    assert_false(ssd_module_is_failed(f->bench.module));
}

static void without_times_nothing_is_volatile(void **state)
{
    struct ssd_fixture *f = *state;
    struct memory_media *media = memory_media_create(MEDIUM);
    struct ssd_bench bench = ssd_bench_create(media, true);

    (void)f;
    ssd_store(&bench, 9, 1);
    assert_int_equal(ssd_version(media, 9), 1);
    assert_true(sched_next(bench.rig->sched) == VTIME_NEVER);
    assert_true(ssd_module_book_read(bench.module, 9, 1, 1000) ==
                ssd_module_book_read(bench.module, 0, 200, 1000));
    assert_true(ssd_module_book_flush(bench.module, 0) < VTIME_US(2));
    assert_int_equal(ssd_module_discard(bench.module, 9, 1), SSD_OK);
    assert_int_equal(ssd_version(media, 9), 0);
    assert_int_equal(ssd_module_counters(bench.module).mapped_blocks, 0);
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

static void an_empty_socket_has_failed(void **state)
{
    struct ssd_bench bench = ssd_bench_create(NULL, false);
    uint8_t data[BLOCK] = {0};
    uint64_t bytes;

    (void)state;
    assert_int_equal(ssd_module_blocks(bench.module), 0);
    assert_true(ssd_module_is_failed(bench.module));
    assert_int_equal(ssd_module_load(bench.module, 0, 1, data), SSD_FAILED);
    assert_int_equal(ssd_module_store(bench.module, 0, 1, data, true), SSD_FAILED);
    assert_int_equal(ssd_module_discard(bench.module, 0, 1), SSD_FAILED);
    assert_int_equal(ssd_module_flush(bench.module), SSD_FAILED);
    assert_true(ssd_module_book_flush(bench.module, 5) == 5);
    assert_null(ssd_module_memory(bench.module, 0, &bytes));
    assert_int_equal(ssd_module_seal(bench.module), 0);
    assert_int_equal(ssd_module_counters(bench.module).spare_percent, 0);
    ssd_bench_destroy(&bench);
}

static void a_failed_module_stays_failed_and_writes_nothing(void **state)
{
    struct ssd_fixture *f = *state;
    uint8_t data[BLOCK];
    uint64_t changes;

    ssd_write(&f->bench, 0, 100, 1);
    changes = f->media->changes;
    ssd_module_fail(f->bench.module);
    assert_true(ssd_module_is_failed(f->bench.module));
    assert_int_equal(ssd_module_load(f->bench.module, 0, 1, data), SSD_FAILED);
    device_reset(f->bench.module, RESET_BUS);
    device_reset(f->bench.module, RESET_POWER_ON);
    assert_true(ssd_module_is_failed(f->bench.module));
    rig_advance(f->bench.rig, VTIME_MS(10));
    assert_int_equal(f->media->changes, changes);
}

/* Host trouble after any number of calls: an answer of SSD_FAILED, then for ever. */
static void host_trouble_fails_the_module(void **state)
{
    (void)state;
    for (uint64_t calls = 0; calls < 60; calls++) {
        struct memory_media *media = memory_media_create(SMALL);
        struct ssd_bench bench = ssd_bench_create(media, calls % 2 != 0);
        uint8_t data[BLOCK] = {1};
        bool is_failed = false;

        media->fails_after = calls;
        for (uint64_t i = 0; i < 400 && !is_failed; i++) {
            is_failed = ssd_module_store(bench.module, i * 5, 1, data, i % 16 == 0) != SSD_OK ||
                        ssd_module_load(bench.module, i * 7 % SMALL, 1, data) != SSD_OK ||
                        (i % 5 == 0 && ssd_module_discard(bench.module, i, 2) != SSD_OK) ||
                        (i % 9 == 0 && ssd_module_flush(bench.module) != SSD_OK);
            rig_advance(bench.rig, VTIME_US(50));
        }
        assert_true(is_failed && ssd_module_is_failed(bench.module));
        media->fails_after = MEMORY_MEDIA_NEVER;
        assert_int_equal(ssd_module_flush(bench.module), SSD_FAILED);
        ssd_bench_destroy(&bench);
        memory_media_destroy(media);
    }
}

static void a_machine_reset_leaves_the_cache_alone(void **state)
{
    struct ssd_fixture *f = *state;

    ssd_store(&f->bench, 1, 1);
    device_reset(f->bench.module, RESET_BUS);
    device_reset(f->bench.module, RESET_FUNCTION);
    ssd_expect(&f->bench, 1, 1);
    rig_advance(f->bench.rig, VTIME_MS(5));
    assert_int_equal(ssd_version(f->media, 1), 1);
}

static void bad_media_are_refused(void **state)
{
    struct ssd_fixture *f = *state;
    struct host_media host = f->media->host;
    const struct ssd_module_config config = {.media = &host};
    struct error err = ERROR_INIT;

    host.notes_bytes -= 1;
    assert_null(device_create(&ssd_module_class, "/x", &f->bench.rig->env, &config, &err));
    assert_string_equal(err.text, "/x: no room for the module's notes");
    host.blocks = 0;
    assert_null(device_create(&ssd_module_class, "/x", &f->bench.rig->env, &config, &err));
    host.blocks = (UINT64_C(1) << 30) + 1;
    assert_null(device_create(&ssd_module_class, "/x", &f->bench.rig->env, &config, &err));
}

/* Filled to the last block and overwritten at random, it never runs out of superblocks, and wears
 * evenly. */
static void overwrite_full(bool is_functional)
{
    struct memory_media *media = memory_media_create(2 * MEDIUM);
    struct ssd_bench bench = ssd_bench_create(media, is_functional);
    uint64_t random = 5;
    struct ssd_counters counters;

    ssd_write(&bench, 0, 2 * MEDIUM, 1);
    for (uint32_t i = 0; i < 150000; i++) {
        ssd_write(&bench, rig_random(&random) % (2 * MEDIUM), 1, 2);
    }
    assert_false(ssd_module_is_failed(bench.module));
    counters = ssd_module_counters(bench.module);
    assert_int_equal(counters.mapped_blocks, 2 * MEDIUM);
    assert_true(counters.pages_programmed > counters.blocks_written / 4 * 3 / 2);
    assert_true(counters.pages_programmed < counters.blocks_written / 4 * 8);
    assert_true(counters.erase_count_mean > 4);
    assert_true(counters.erase_count_max < counters.erase_count_mean * 2);
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

static void a_full_module_can_be_overwritten_for_ever(void **state)
{
    (void)state;
    overwrite_full(false);
}

static void a_full_module_can_be_overwritten_for_ever_without_times(void **state)
{
    (void)state;
    overwrite_full(true);
}

#define SSD_TEST(f) cmocka_unit_test_setup_teardown(f, begin, ssd_fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_follow_the_model),
        cmocka_unit_test(contents_follow_the_model_without_times),
        SSD_TEST(a_store_is_in_the_cache_until_programmed),
        SSD_TEST(a_full_row_is_programmed_at_once_and_written_in_one_piece),
        SSD_TEST(draining_is_in_the_background_and_ends),
        SSD_TEST(newer_data_replaces_what_waits),
        SSD_TEST(newer_data_supersedes_what_is_being_programmed),
        SSD_TEST(flush_makes_everything_durable),
        SSD_TEST(fua_is_durable_and_older_data_does_not_come_back),
        SSD_TEST(a_full_cache_takes_more_all_the_same),
        SSD_TEST(discarded_blocks_are_zeros_and_unmapped),
        SSD_TEST(ranges_outside_are_refused),
        SSD_TEST(without_times_nothing_is_volatile),
        cmocka_unit_test(an_empty_socket_has_failed),
        SSD_TEST(a_failed_module_stays_failed_and_writes_nothing),
        cmocka_unit_test(host_trouble_fails_the_module),
        SSD_TEST(a_machine_reset_leaves_the_cache_alone),
        SSD_TEST(bad_media_are_refused),
        cmocka_unit_test(a_full_module_can_be_overwritten_for_ever),
        cmocka_unit_test(a_full_module_can_be_overwritten_for_ever_without_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
