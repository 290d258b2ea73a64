/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings in memory: lists, blocks, checkpoints, cutting. */
#include "tests/unit/replay/recording_bench.h"

#include <stdlib.h>
#include <string.h>

static void test_lists(void **state)
{
    struct recording *recording = bench_create(NULL);
    struct error err = ERROR_INIT;
    const struct recording_input *first;

    (void)state;
    assert_string_equal(recording_head(recording)->setup, BENCH_SETUP);
    recording_set_machine(recording, "other");
    assert_string_equal(recording_head(recording)->machine, "other");
    assert_null(recording_input(recording, 0));
    bench_populate(recording, 1);
    first = recording_input(recording, 0);
    bench_populate(recording, 700);
    assert_ptr_equal(recording_input(recording, 0), first);
    assert_memory_equal(first->message.payload, "hello", 5);
    assert_int_equal(recording_input_count(recording), 701 * 3);
    assert_int_equal(recording_beat_count(recording), 701);
    assert_int_equal(recording_beat(recording, 700)->seq, 7010);
    assert_null(recording_beat(recording, 701));
    assert_int_equal(recording_checkpoint_count(recording), 701);
    assert_null(recording_end(recording));
    recording_set_end(recording, &(struct recording_end){.stop = MACHINE_EXIT, .exit_status = 3});
    assert_int_equal(recording_end(recording)->exit_status, 3);
    assert_int_equal(recording_flush(recording, &err), 0);
    assert_true(recording_is_whole(recording));
    bench_close(recording);
    bench_close(NULL);
}

static void test_order(void **state)
{
    struct recording *recording = bench_create(NULL);
    const struct recording_beat beat = bench_beat(5);
    const struct recording_beat before = bench_beat(4);
    const struct recording_input input = bench_message(5);
    const struct recording_input early = bench_message(4);

    (void)state;
    assert_true(recording_add_beat(recording, &beat));
    assert_true(recording_add_beat(recording, &beat));
    assert_int_equal(recording_beat_count(recording), 1);
    assert_false(recording_add_beat(recording, &before));
    assert_true(recording_add_input(recording, &input));
    assert_true(recording_add_input(recording, &input));
    assert_false(recording_add_input(recording, &early));
    assert_int_equal(recording_input_count(recording), 2);
    assert_false(recording_is_whole(recording));
    bench_close(recording);
}

static void test_blocks(void **state)
{
    struct recording *recording = bench_create(NULL);
    uint8_t data[MEDIA_BLOCK_BYTES];
    uint8_t found[MEDIA_BLOCK_BYTES];

    (void)state;
    assert_false(recording_get_block(recording, 0, 0, found));
    bench_fill(data, sizeof(data), 1);
    assert_true(recording_add_block(recording, 0, 0, data));
    assert_false(recording_get_block(recording, 1, 0, found));
    assert_false(recording_get_block(recording, 0, RECORDING_NOTES, found));
    assert_false(recording_get_block(recording, 77, 0, found));
    assert_true(recording_get_block(recording, 0, 0, found));
    assert_memory_equal(data, found, sizeof(data));
    /* The first one counts. */
    memset(found, 1, sizeof(found));
    assert_true(recording_add_block(recording, 0, 0, found));
    assert_true(recording_get_block(recording, 0, 0, found));
    assert_memory_equal(data, found, sizeof(data));
    memset(data, 0, sizeof(data));
    assert_true(recording_add_block(recording, 1, RECORDING_NOTES + 3, data));
    assert_true(recording_get_block(recording, 1, RECORDING_NOTES + 3, found));
    assert_memory_equal(data, found, sizeof(data));
    bench_close(recording);
}

/* A checkpoint holds its blobs; one with blobs that are not there is refused. */
static void test_checkpoint_holds(void **state)
{
    struct recording *recording = bench_create(NULL);
    struct recording_page page = {.page = 9};
    struct recording_checkpoint checkpoint = {.at = bench_beat(1), .pages = &page, .page_count = 1};
    uint8_t data[4096];

    (void)state;
    bench_fill(data, sizeof(data), 1);
    assert_false(recording_add_checkpoint(recording, &checkpoint));
    checkpoint.state = recording_put_blob(recording, data, 100);
    page.blob = 99;
    assert_false(recording_add_checkpoint(recording, &checkpoint));
    page.blob = recording_put_blob(recording, data, sizeof(data));
    assert_true(recording_add_checkpoint(recording, &checkpoint));
    recording_drop_blob(recording, page.blob);
    recording_drop_blob(recording, checkpoint.state);
    assert_int_equal(recording_blob_bytes(recording, page.blob), sizeof(data));
    recording_cut(recording, NULL, &(struct machine_instant){.edge = 0}, 0, 0);
    assert_int_equal(recording_checkpoint_count(recording), 0);
    assert_int_equal(recording_blob_bytes(recording, page.blob), 0);
    bench_close(recording);
}

/* Cut, and gone on the same way, it is what it would have been without. */
static void test_cut(void **state)
{
    struct recording *recording = bench_create(NULL);
    struct recording *straight = bench_create(NULL);
    const struct machine_instant at = bench_instant(17);

    (void)state;
    bench_populate(straight, 40);
    bench_populate(recording, 30);
    recording_set_end(recording, &(struct recording_end){.stop = MACHINE_DEAD});
    recording_cut(recording, NULL, &at, 170, 17 * 3);
    assert_null(recording_end(recording));
    assert_int_equal(recording_beat_count(recording), 17);
    assert_int_equal(recording_checkpoint_count(recording), 17);
    assert_int_equal(recording_input_count(recording), 51);
    bench_populate(recording, 23);
    bench_assert_equal(recording, straight);
    recording_cut(recording, NULL, &(struct machine_instant){.edge = 0}, 0, 0);
    assert_int_equal(recording_beat_count(recording), 0);
    bench_close(recording);
    bench_close(straight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),  cmocka_unit_test(test_order),
        cmocka_unit_test(test_blocks), cmocka_unit_test(test_checkpoint_holds),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
