/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame store: what is taken as a new picture, what of it the consumer is given, and that it is
 * what video memory held at the vertical blank, whoever writes meanwhile. The last tests do so with
 * two threads (build them with -fsanitize=thread to have the orders of memory accesses checked).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/core/frame.h"

#define CHUNK      FRAME_CHUNK_BYTES
#define VRAM_BYTES (64u * CHUNK)

struct bench {
    struct frame_store *store;
    uint8_t *vram;
    struct frame frame; /* what the consumer was given */
    struct frame_cursor cursor;
    uint8_t *copy; /* the surface as it was shown so far */
    size_t shown;  /* bytes shown by the last frame */
    size_t calls;
};

static void open_bench(struct bench *bench, bool is_lossless)
{
    memset(bench, 0, sizeof(*bench));
    bench->store = frame_store_create(is_lossless);
    bench->vram = calloc(1, VRAM_BYTES);
    bench->copy = calloc(1, VRAM_BYTES);
    assert_non_null(bench->store);
    assert_non_null(bench->vram);
    assert_non_null(bench->copy);
    frame_store_attach(bench->store, bench->vram, VRAM_BYTES);
}

static void close_bench(struct bench *bench)
{
    frame_store_attach(bench->store, NULL, 0);
    frame_store_destroy(bench->store);
    free(bench->vram);
    free(bench->copy);
}

static void show(void *ctx, uint64_t start, const uint8_t *data, size_t bytes)
{
    struct bench *bench = ctx;

    memcpy(&bench->copy[start], data, bytes);
    bench->shown += bytes;
    bench->calls++;
}

/* 128 rows of 1024 pixels: 8 chunks when `offset` is at the start of one. */
static struct frame eight_chunks(uint64_t offset)
{
    return (struct frame){
        .width = 1024,
        .height = 128,
        .format = FRAME_XRGB8888,
        .offset = offset,
        .pitch = 4096,
        .surface_width = 1024,
        .surface_height = 128,
    };
}

static bool offer(struct bench *bench, struct frame frame)
{
    return frame_offer(bench->store, &frame, NULL);
}

static bool take(struct bench *bench)
{
    bench->shown = 0;
    bench->calls = 0;
    return frame_wait(bench->store, 0, &bench->frame, &bench->cursor);
}

/* Takes a frame that must be there, reads it, gives it back. */
static void consume(struct bench *bench)
{
    assert_true(take(bench));
    frame_read(bench->store, show, bench);
    frame_done(bench->store);
}

static void write_byte(struct bench *bench, uint64_t offset, uint8_t value)
{
    frame_touch(bench->store, offset, 1);
    bench->vram[offset] = value;
}

/* ---- What is taken ---- */

static void a_picture_that_stands_still_is_taken_once(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench, false);
    assert_true(offer(&bench, eight_chunks(0)));
    consume(&bench);
    assert_int_equal(bench.shown, 8 * CHUNK);
    assert_false(offer(&bench, eight_chunks(0)));
    assert_false(take(&bench));
    /* Memory that the surface does not show. */
    write_byte(&bench, 8 * CHUNK, 1);
    assert_false(offer(&bench, eight_chunks(0)));
    write_byte(&bench, 8 * CHUNK - 1, 1);
    assert_true(offer(&bench, eight_chunks(0)));
    consume(&bench);
    assert_int_equal(bench.shown, CHUNK);
    assert_int_equal(bench.copy[8 * CHUNK - 1], 1);
    close_bench(&bench);
}

static void each_member_of_the_frame_makes_a_new_picture(void **state)
{
    struct bench bench;
    struct frame frames[9];

    (void)state;
    open_bench(&bench, false);
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        frames[i] = eight_chunks(CHUNK);
    }
    frames[0].width++;
    frames[1].height++;
    frames[2].is_blank = true;
    frames[3].blank_color = 0x123456;
    frames[4].format = FRAME_XRGB2101010;
    frames[5].offset += 4;
    frames[6].pitch += 4;
    frames[7].surface_width--;
    frames[8].surface_height--;
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        assert_true(offer(&bench, eight_chunks(CHUNK)));
        consume(&bench);
        assert_int_equal(bench.shown, 8 * CHUNK);
        assert_true(offer(&bench, frames[i]));
        consume(&bench);
        assert_int_equal(bench.frame.width, frames[i].width);
        assert_int_equal(bench.frame.blank_color, frames[i].blank_color);
        assert_int_equal(bench.shown == 0, frames[i].is_blank);
    }
    close_bench(&bench);
}

static void a_cursor_that_moves_is_a_new_picture_without_new_bytes(void **state)
{
    struct bench bench;
    const struct frame frame = eight_chunks(0);
    struct frame_cursor cursor = {.is_visible = true, .x = -3, .width = 2, .height = 2};

    (void)state;
    open_bench(&bench, false);
    assert_true(offer(&bench, frame));
    consume(&bench);
    assert_false(bench.cursor.is_visible);
    assert_true(frame_offer(bench.store, &frame, &cursor));
    consume(&bench);
    assert_int_equal(bench.shown, 0);
    assert_true(bench.cursor.is_visible);
    assert_int_equal(bench.cursor.x, -3);
    cursor.pixels[4] = 1; /* not one of the four */
    assert_false(frame_offer(bench.store, &frame, &cursor));
    cursor.pixels[3] = 7;
    assert_true(frame_offer(bench.store, &frame, &cursor));
    consume(&bench);
    assert_int_equal(bench.cursor.pixels[3], 7);
    /* Absurd cursors are none. */
    cursor.width = FRAME_CURSOR_SIDE + 1;
    assert_true(frame_offer(bench.store, &frame, &cursor));
    consume(&bench);
    assert_false(bench.cursor.is_visible);
    assert_false(frame_offer(bench.store, &frame, NULL));
    close_bench(&bench);
}

static void a_busy_consumer_misses_frames_but_not_the_last_change(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench, false);
    assert_true(offer(&bench, eight_chunks(0)));
    assert_true(take(&bench));
    write_byte(&bench, 5, 1);
    assert_false(offer(&bench, eight_chunks(0)));
    write_byte(&bench, 5, 2);
    frame_read(bench.store, show, &bench);
    frame_done(bench.store);
    assert_int_equal(bench.copy[5], 0);
    assert_true(offer(&bench, eight_chunks(0)));
    consume(&bench);
    assert_int_equal(bench.copy[5], 2);
    assert_int_equal(bench.shown, CHUNK);
    close_bench(&bench);
}

static void surfaces_that_cannot_be_are_blank(void **state)
{
    struct bench bench;
    struct frame frames[8];

    (void)state;
    open_bench(&bench, false);
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        frames[i] = eight_chunks(0);
        frames[i].blank_color = 0xff000000u + (uint32_t)i; /* the upper byte is none of it */
    }
    frames[0].offset = VRAM_BYTES - 8 * CHUNK + 4;
    frames[1].offset = UINT64_MAX - 3;
    frames[2].offset = 2;
    frames[3].pitch = 4094;
    frames[4].pitch = 4092;
    frames[5].surface_width = 0;
    frames[6].surface_y = UINT32_MAX;
    frames[7].pitch = UINT32_MAX - 3;
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        assert_true(offer(&bench, frames[i]));
        consume(&bench);
        assert_true(bench.frame.is_blank);
        assert_int_equal(bench.frame.blank_color, i);
        assert_int_equal(bench.shown, 0);
    }
    frames[0] = eight_chunks(VRAM_BYTES - 8 * CHUNK);
    assert_true(offer(&bench, frames[0]));
    consume(&bench);
    assert_false(bench.frame.is_blank);
    frames[0].width = 0;
    assert_false(offer(&bench, frames[0]));
    frames[0].width = FRAME_SIDE_MAX + 1;
    assert_false(offer(&bench, frames[0]));
    close_bench(&bench);
}

static void a_surface_larger_than_the_picture_is_cut(void **state)
{
    struct bench bench;
    struct frame frame = eight_chunks(0);

    (void)state;
    open_bench(&bench, false);
    frame.width = 100;
    frame.height = 64;
    frame.surface_x = 40;
    frame.surface_y = 48;
    assert_true(offer(&bench, frame));
    consume(&bench);
    assert_int_equal(bench.frame.surface_width, 60);
    assert_int_equal(bench.frame.surface_height, 16);
    assert_int_equal(bench.shown, 15 * 4096 + 60 * 4);
    close_bench(&bench);
}

static void there_are_bounds_of_pixels_and_of_memory(void **state)
{
    struct bench bench;
    struct frame frame = eight_chunks(0);

    (void)state;
    open_bench(&bench, false);
    frame.width = 16384;
    frame.height = 4097;
    assert_false(offer(&bench, frame));
    frame.height = 4096;
    frame.surface_height = 4096;
    frame.pitch = 65552;
    /* Nothing is read of memory that is only said to be there. */
    frame_store_attach(bench.store, bench.vram, UINT64_C(8) << 30);
    assert_true(offer(&bench, frame));
    assert_true(take(&bench));
    assert_true(bench.frame.is_blank);
    frame_done(bench.store);
    frame.pitch = 65536;
    assert_true(offer(&bench, frame));
    assert_true(take(&bench));
    assert_false(bench.frame.is_blank);
    frame_done(bench.store);
    frame_store_attach(bench.store, bench.vram, VRAM_BYTES);
    close_bench(&bench);
}

/* ---- What the consumer is given ---- */

static void what_is_overwritten_after_the_blank_is_saved(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench, false);
    for (unsigned i = 0; i < 8; i++) {
        write_byte(&bench, i * CHUNK + 100, (uint8_t)(i + 1));
    }
    assert_true(offer(&bench, eight_chunks(0)));
    write_byte(&bench, 2 * CHUNK + 100, 0xee);
    frame_touch(bench.store, 4 * CHUNK - 1, 2 * CHUNK + 1);
    memset(&bench.vram[4 * CHUNK - 1], 0xdd, 2 * CHUNK + 1);
    consume(&bench);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(bench.copy[i * CHUNK + 100], i + 1);
    }
    assert_true(offer(&bench, eight_chunks(0)));
    consume(&bench);
    assert_int_equal(bench.calls, 4);
    assert_memory_equal(bench.copy, bench.vram, 8 * CHUNK);
    close_bench(&bench);
}

/* 250 chunks are saved: two frames are dropped, then the last change is shown. */
static void a_machine_that_must_save_much_skips_frames(void **state)
{
    const uint64_t bytes = 250 * CHUNK;
    struct bench bench;
    struct frame frame = eight_chunks(0);
    uint8_t *vram = calloc(1, bytes);

    (void)state;
    assert_non_null(vram);
    open_bench(&bench, false);
    frame_store_attach(bench.store, vram, bytes);
    frame.height = 4000;
    frame.surface_height = 4000;
    assert_true(offer(&bench, frame));
    frame_touch(bench.store, 0, bytes);
    assert_true(take(&bench));
    frame_done(bench.store);
    assert_false(offer(&bench, frame));
    assert_false(offer(&bench, frame));
    assert_true(offer(&bench, frame));
    assert_true(take(&bench));
    frame_done(bench.store);
    frame_touch(bench.store, 0, 1);
    assert_true(offer(&bench, frame));
    frame_store_attach(bench.store, NULL, 0);
    free(vram);
    close_bench(&bench);
}

static void two_buffers_in_turn_are_given_whole(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench, false);
    for (unsigned i = 0; i < 6; i++) {
        const uint64_t back = i % 2 == 0 ? 0 : 16 * CHUNK;

        write_byte(&bench, back + CHUNK, (uint8_t)i);
        assert_true(offer(&bench, eight_chunks(back)));
        consume(&bench);
        assert_int_equal(bench.shown, 8 * CHUNK);
        assert_memory_equal(bench.copy, &bench.vram[back], 8 * CHUNK);
        assert_false(offer(&bench, eight_chunks(back)));
    }
    close_bench(&bench);
}

static void an_odd_offset_and_pitch_are_given_from_pixel_to_pixel(void **state)
{
    struct bench bench;
    struct frame frame = eight_chunks(CHUNK - 4);

    (void)state;
    open_bench(&bench, false);
    frame.pitch = 4100;
    for (size_t i = 0; i < VRAM_BYTES; i++) {
        bench.vram[i] = (uint8_t)(i * 7 >> 3);
    }
    assert_true(offer(&bench, frame));
    consume(&bench);
    assert_int_equal(bench.calls, 10);
    assert_int_equal(bench.shown, 127 * 4100 + 4096);
    assert_memory_equal(bench.copy, &bench.vram[CHUNK - 4], bench.shown);
    close_bench(&bench);
}

static void a_frame_given_back_unread_is_followed_by_a_whole_one(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench, false);
    assert_true(offer(&bench, eight_chunks(0)));
    assert_true(take(&bench));
    frame_done(bench.store);
    write_byte(&bench, 0, 1);
    assert_true(offer(&bench, eight_chunks(0)));
    consume(&bench);
    assert_int_equal(bench.shown, 8 * CHUNK);
    close_bench(&bench);
}

static void pages_are_watched_again_once_they_were_written(void **state)
{
    struct bench bench;
    uint64_t offset;
    uint64_t bytes;

    (void)state;
    open_bench(&bench, false);
    assert_true(offer(&bench, eight_chunks(CHUNK)));
    assert_true(frame_watch_next(bench.store, &offset, &bytes));
    assert_int_equal(offset, CHUNK);
    assert_int_equal(bytes, 8 * CHUNK);
    assert_false(frame_watch_next(bench.store, &offset, &bytes));
    consume(&bench);
    write_byte(&bench, 3 * CHUNK, 1);
    write_byte(&bench, 4 * CHUNK, 1);
    write_byte(&bench, 8 * CHUNK, 1);
    assert_true(offer(&bench, eight_chunks(CHUNK)));
    assert_true(frame_watch_next(bench.store, &offset, &bytes));
    assert_int_equal(offset, 3 * CHUNK);
    assert_int_equal(bytes, 2 * CHUNK);
    assert_true(frame_watch_next(bench.store, &offset, &bytes));
    assert_int_equal(offset, 8 * CHUNK);
    assert_int_equal(bytes, CHUNK);
    assert_false(frame_watch_next(bench.store, &offset, &bytes));
    consume(&bench);
    close_bench(&bench);
}

static void video_memory_may_go_while_a_frame_is_under_way(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench, false);
    memset(bench.vram, 0x5a, 8 * CHUNK);
    assert_true(offer(&bench, eight_chunks(0)));
    frame_store_attach(bench.store, NULL, 0);
    memset(bench.vram, 0, 8 * CHUNK);
    consume(&bench);
    assert_int_equal(bench.copy[0], 0x5a);
    assert_int_equal(bench.copy[8 * CHUNK - 1], 0x5a);
    /* Another life: a frame that nobody took is forgotten. */
    frame_store_attach(bench.store, bench.vram, VRAM_BYTES);
    assert_true(offer(&bench, eight_chunks(0)));
    frame_store_attach(bench.store, NULL, 0);
    frame_store_attach(bench.store, bench.vram, VRAM_BYTES);
    assert_false(take(&bench));
    assert_true(offer(&bench, eight_chunks(0)));
    consume(&bench);
    assert_int_equal(bench.copy[0], 0);
    close_bench(&bench);
}

static void touches_outside_of_video_memory_are_ignored(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench, false);
    frame_touch(bench.store, VRAM_BYTES, 1);
    frame_touch(bench.store, UINT64_MAX, UINT64_MAX);
    frame_touch(bench.store, 0, 0);
    frame_touch(bench.store, VRAM_BYTES - 1, UINT64_MAX);
    frame_touch(bench.store, 0, UINT64_MAX);
    assert_true(offer(&bench, eight_chunks(0)));
    consume(&bench);
    close_bench(&bench);
}

static void time_is_told_without_a_picture(void **state)
{
    struct bench bench;
    struct frame frame = eight_chunks(0);

    (void)state;
    open_bench(&bench, false);
    frame.at = 17;
    assert_true(frame_offer(bench.store, &frame, NULL));
    assert_int_equal(frame_store_time(bench.store), 17);
    frame_store_set_time(bench.store, 18);
    assert_int_equal(frame_store_time(bench.store), 18);
    frame_store_wake(bench.store);
    consume(&bench);
    frame_store_sync(bench.store);
    frame_store_wake(bench.store);
    assert_false(frame_wait(bench.store, -1, &bench.frame, &bench.cursor));
    assert_false(frame_wait(bench.store, 1, &bench.frame, &bench.cursor));
    close_bench(&bench);
}

/* ---- Two threads ---- */

#define RACE_FRAMES 3000
#define LAST_FRAME  UINT64_MAX

struct race {
    struct bench bench;
    uint64_t expected[RACE_FRAMES]; /* hash of the surface when frame i was offered */
    size_t consumed;
    size_t wrong;
    uint64_t random;
};

static size_t surface_bytes(const struct frame *frame)
{
    return (size_t)(frame->surface_height - 1) * frame->pitch + (size_t)frame->surface_width * 4;
}

static void *consumer(void *ctx)
{
    struct race *race = ctx;
    struct bench *bench = &race->bench;

    for (;;) {
        while (!frame_wait(bench->store, -1, &bench->frame, &bench->cursor)) {}
        if (bench->frame.number == LAST_FRAME) break;
        frame_read(bench->store, show, bench);
        race->consumed++;
        race->wrong += hash_bytes(0, bench->copy, surface_bytes(&bench->frame)) !=
                       race->expected[bench->frame.number];
        frame_done(bench->store);
    }
    frame_done(bench->store);
    return NULL;
}

static uint64_t next_random(struct race *race)
{
    race->random = hash_u64(race->random, race->random + 1);
    return race->random >> 16;
}

static void scribble(struct race *race, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        uint64_t offset = next_random(race) % (VRAM_BYTES / 2);
        uint64_t bytes = 1 + next_random(race) % (next_random(race) % 8 == 0 ? 3 * CHUNK : 200);

        frame_touch(race->bench.store, offset, bytes);
        memset(&race->bench.vram[offset], (int)(next_random(race) & 0xff), (size_t)bytes);
    }
}

static struct frame random_frame(struct race *race)
{
    struct frame frame = eight_chunks((next_random(race) % 3) * 10 * CHUNK);

    if (next_random(race) % 8 == 0) {
        frame.offset += 4 * (next_random(race) % 100);
        frame.surface_height -= (uint32_t)(next_random(race) % 64);
    }
    return frame;
}

static void race(bool is_lossless)
{
    struct race *race = calloc(1, sizeof(*race));
    struct frame frame;
    size_t taken = 0;
    pthread_t thread;

    assert_non_null(race);
    open_bench(&race->bench, is_lossless);
    race->random = 1;
    frame = random_frame(race);
    assert_int_equal(pthread_create(&thread, NULL, consumer, race), 0);
    for (uint64_t i = 0; i < RACE_FRAMES; i++) {
        if (next_random(race) % 4 == 0) {
            frame = random_frame(race);
        }
        frame.number = i;
        race->expected[i] = hash_bytes(0, &race->bench.vram[frame.offset], surface_bytes(&frame));
        taken += frame_offer(race->bench.store, &frame, NULL);
        scribble(race, (unsigned)(next_random(race) % 12));
    }
    frame_store_sync(race->bench.store);
    frame = (struct frame){.number = LAST_FRAME, .width = 1, .height = 1, .is_blank = true};
    assert_true(frame_offer(race->bench.store, &frame, NULL));
    frame_store_sync(race->bench.store);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(race->consumed, taken);
    assert_int_equal(race->wrong, 0);
    assert_true(taken > RACE_FRAMES / 100);
    assert_true(!is_lossless || taken > RACE_FRAMES / 2);
    close_bench(&race->bench);
    free(race);
}

static void every_frame_is_memory_at_its_blank_with_a_slow_consumer(void **state)
{
    (void)state;
    race(false);
}

static void every_frame_is_memory_at_its_blank_and_none_is_lost(void **state)
{
    (void)state;
    race(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_that_stands_still_is_taken_once),
        cmocka_unit_test(each_member_of_the_frame_makes_a_new_picture),
        cmocka_unit_test(a_cursor_that_moves_is_a_new_picture_without_new_bytes),
        cmocka_unit_test(a_busy_consumer_misses_frames_but_not_the_last_change),
        cmocka_unit_test(surfaces_that_cannot_be_are_blank),
        cmocka_unit_test(a_surface_larger_than_the_picture_is_cut),
        cmocka_unit_test(there_are_bounds_of_pixels_and_of_memory),
        cmocka_unit_test(what_is_overwritten_after_the_blank_is_saved),
        cmocka_unit_test(a_machine_that_must_save_much_skips_frames),
        cmocka_unit_test(two_buffers_in_turn_are_given_whole),
        cmocka_unit_test(an_odd_offset_and_pitch_are_given_from_pixel_to_pixel),
        cmocka_unit_test(a_frame_given_back_unread_is_followed_by_a_whole_one),
        cmocka_unit_test(pages_are_watched_again_once_they_were_written),
        cmocka_unit_test(video_memory_may_go_while_a_frame_is_under_way),
        cmocka_unit_test(touches_outside_of_video_memory_are_ignored),
        cmocka_unit_test(time_is_told_without_a_picture),
        cmocka_unit_test(every_frame_is_memory_at_its_blank_with_a_slow_consumer),
        cmocka_unit_test(every_frame_is_memory_at_its_blank_and_none_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
