/* SPDX-License-Identifier: GPL-2.0-only */
/* The pictures that a consumer is given (hardware.md 5.1, 6; emu/core/frame.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/display/vega10_bench.h"

#define GRPH_SWAP        0xe874u
#define OFFSET_X         0xe88cu
#define OFFSET_Y         0xe890u
#define VIEWPORT_START   0xedbcu
#define OVERSCAN_LR      0xedc4u
#define OVERSCAN_TB      0xedc8u
#define BLANK_DATA_COLOR 0xef64u
#define OVERSCAN_COLOR   0xef5cu
#define CUR_CONTROL      0xe9a4u
#define CUR_ADDRESS      0xe9a8u
#define CUR_SIZE         0xe9acu
#define CUR_HIGH         0xe9b0u
#define CUR_POSITION     0xe9b4u
#define CUR_HOT_SPOT     0xe9b8u
#define CUR_COLOR1       0xe9bcu
#define CUR_COLOR2       0xe9c0u
#define CUR_UPDATE       0xe9c4u

#define CURSOR_OFFSET UINT64_C(0x10000000)

struct shown {
    bool is_new;
    struct frame frame;
    struct frame_cursor cursor;
};

/* What the next vertical blank offers. */
static void next_frame(struct vega10_bench *b, struct shown *shown)
{
    rig_advance(b->rig, vega10_bench_frame_time());
    shown->is_new = frame_wait(b->frames, 0, &shown->frame, &shown->cursor);
    if (shown->is_new) {
        frame_done(b->frames);
    }
}

static void expect_surface(const struct frame *frame, uint64_t offset, uint32_t width,
                           uint32_t height)
{
    assert_false(frame->is_blank);
    assert_int_equal(frame->offset, offset);
    assert_int_equal(frame->surface_width, width);
    assert_int_equal(frame->surface_height, height);
}

static void the_panel_over_one_pipe(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    next_frame(b, &shown);
    assert_true(shown.is_new);
    assert_int_equal(shown.frame.width, BENCH_WIDTH);
    assert_int_equal(shown.frame.height, BENCH_HEIGHT);
    assert_int_equal(shown.frame.pitch, BENCH_WIDTH * 4);
    assert_int_equal(shown.frame.format, FRAME_XRGB8888);
    assert_int_equal(shown.frame.number, 1);
    expect_surface(&shown.frame, 0, BENCH_WIDTH, BENCH_HEIGHT);
    assert_false(shown.cursor.is_visible);
}

static void the_panel_as_two_tiles(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    for (unsigned pipe = 0; pipe < 2; pipe++) {
        vega10_bench_timing(b, pipe, 2560, 2880);
        vega10_bench_surface(b, pipe, 0x100000, 2560, 2880);
        vega10_set(b, pipe * REG_PIPE_STRIDE + REG_GRPH_PITCH, 5120);
        vega10_set(b, pipe * REG_PIPE_STRIDE + OFFSET_X, pipe * 2560);
        vega10_set(b, pipe * REG_PIPE_STRIDE + REG_CRTC_CONTROL, 1);
    }
    next_frame(b, &shown);
    next_frame(b, &shown);
    assert_int_equal(shown.frame.width, 5120);
    expect_surface(&shown.frame, 0x100000, 5120, 2880);
}

static void tiles_that_do_not_join_show_the_first(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    for (unsigned pipe = 0; pipe < 2; pipe++) {
        vega10_bench_timing(b, pipe, 2560, 2880);
        vega10_bench_surface(b, pipe, pipe * UINT64_C(0x8000000), 2560, 2880);
        vega10_set(b, pipe * REG_PIPE_STRIDE + REG_CRTC_CONTROL, 1);
    }
    next_frame(b, &shown);
    assert_int_equal(shown.frame.width, 2560);
    expect_surface(&shown.frame, 0, 2560, 2880);
}

static void formats(void **state)
{
    static const struct {
        uint32_t control;
        enum frame_format format;
        uint32_t bytes;
    } known[] = {
        {0x002, FRAME_XRGB8888, 4}, {0x102, FRAME_XRGB2101010, 4}, {0x101, FRAME_RGB565, 2}};
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        vega10_set(b, REG_GRPH_CONTROL, known[i].control);
        next_frame(b, &shown);
        assert_int_equal(shown.frame.format, known[i].format);
        assert_int_equal(shown.frame.pitch, BENCH_WIDTH * known[i].bytes);
    }
    assert_int_equal(rig_unimplemented(b->rig), 0);
}

static void what_cannot_be_shown_is_black(void **state)
{
    static const uint32_t strange[] = {0x000, 0x003, 0x702, 0x1f00002};
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    for (size_t i = 0; i < ARRAY_LEN(strange); i++) {
        vega10_set(b, REG_GRPH_CONTROL, strange[i]);
        next_frame(b, &shown);
        assert_true(shown.frame.is_blank);
        assert_int_equal(rig_unimplemented(b->rig), i + 1); /* once, not at each blank */
    }
    vega10_set(b, REG_GRPH_CONTROL, 2);
    vega10_set(b, GRPH_SWAP, 0x10);
    next_frame(b, &shown);
    assert_true(shown.frame.is_blank);
}

static void a_surface_outside_of_video_memory(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    next_frame(b, &shown);
    vega10_set(b, REG_GRPH_ADDRESS_HIGH, 0);
    vega10_set(b, REG_GRPH_ADDRESS, 0x1000);
    next_frame(b, &shown);
    assert_true(shown.frame.is_blank);
    assert_int_equal(rig_guest_errors(b->rig), 1);
    /* The first row is inside, the last is not. */
    vega10_set(b, REG_GRPH_ADDRESS_HIGH, (uint32_t)(vega10_bench_address(b, 0) >> 32) + 1);
    vega10_set(b, REG_GRPH_ADDRESS, 0xfffff000);
    next_frame(b, &shown);
    assert_true(shown.frame.is_blank);
}

/* Firmware sets up a plane in front of a running CRTC: registers of the mode come with the address, at one blank. */
static void mode_and_address_are_judged_together(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_timing(b, 0, BENCH_WIDTH, BENCH_HEIGHT);
    vega10_set(b, REG_CRTC_CONTROL, 1);
    vega10_bench_surface(b, 0, 0, BENCH_WIDTH, BENCH_HEIGHT);
    next_frame(b, &shown);
    assert_false(shown.frame.is_blank);
    assert_int_equal(rig_guest_errors(b->rig), 0);
}

static void the_viewport_pans(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    vega10_set(b, REG_GRPH_X_END, 0x4000);
    vega10_set(b, REG_GRPH_Y_END, 0x4000);
    vega10_set(b, VIEWPORT_START, 100u << 16 | 10);
    vega10_set(b, OFFSET_X, 3);
    vega10_set(b, OFFSET_Y, 2);
    next_frame(b, &shown);
    expect_surface(&shown.frame, (12 * BENCH_WIDTH + 103) * 4, BENCH_WIDTH, BENCH_HEIGHT);
}

static void a_small_surface_is_placed(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    vega10_bench_surface(b, 0, 0, 640, 480);
    vega10_set(b, OVERSCAN_LR, 200u << 16);
    vega10_set(b, OVERSCAN_TB, 100u << 16);
    vega10_set(b, OVERSCAN_COLOR, 0x3ff << 20);
    next_frame(b, &shown);
    expect_surface(&shown.frame, 0, 640, 480);
    assert_int_equal(shown.frame.surface_x, 200);
    assert_int_equal(shown.frame.surface_y, 100);
    assert_int_equal(shown.frame.blank_color, 0xff0000);
    assert_int_equal(shown.frame.width, BENCH_WIDTH);
}

static void a_blanked_pipe_shows_its_color(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    next_frame(b, &shown);
    vega10_set(b, BLANK_DATA_COLOR, 0x200);
    vega10_set(b, REG_CRTC_BLANK_CONTROL, BIT32(8));
    assert_int_equal(vega10_get(b, REG_CRTC_BLANK_CONTROL), BIT32(8) | 1);
    next_frame(b, &shown);
    assert_true(shown.frame.is_blank);
    assert_int_equal(shown.frame.blank_color, 0x80);
}

static void a_pipe_that_stops_goes_black(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    next_frame(b, &shown);
    vega10_set(b, REG_CRTC_CONTROL, 0);
    assert_true(frame_wait(b->frames, 0, &shown.frame, &shown.cursor));
    assert_true(shown.frame.is_blank);
    frame_done(b->frames);
}

static void a_still_picture_is_no_new_frame(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    next_frame(b, &shown);
    assert_true(shown.is_new);
    next_frame(b, &shown);
    assert_false(shown.is_new);
    assert_in_range(rig_now(b->rig) - frame_store_time(b->frames), 0, vega10_bench_frame_time());
    rig_write(b->rig, BENCH_VRAM + 4096, 4, 0x123456);
    next_frame(b, &shown);
    assert_true(shown.is_new);
}

static void a_picture_can_be_shown_before_its_blank(void **state)
{
    struct vega10_bench *b = *state;
    struct device *device = &b->gpu->fn.device;
    uint64_t hash;
    struct shown shown;

    vega10_bench_mode(b);
    next_frame(b, &shown);
    rig_write(b->rig, BENCH_VRAM, 4, 0x123456);
    hash = device_state_hash(device) ^ trace_hash(b->rig->trace);
    vega10_show(device);
    assert_true(frame_wait(b->frames, 0, &shown.frame, &shown.cursor));
    assert_int_equal(shown.frame.number, 2);
    frame_done(b->frames);
    assert_true((device_state_hash(device) ^ trace_hash(b->rig->trace)) == hash);
    vega10_show(device);
    assert_false(frame_wait(b->frames, 0, &shown.frame, &shown.cursor));
}

/* ---- Cursor ---- */

static void put_cursor(struct vega10_bench *b, uint32_t control)
{
    uint64_t address = vega10_bench_address(b, CURSOR_OFFSET);

    vega10_set(b, CUR_HIGH, (uint32_t)(address >> 32));
    vega10_set(b, CUR_ADDRESS, (uint32_t)address);
    vega10_set(b, CUR_SIZE, 31u << 16 | 15); /* 32x16 */
    vega10_set(b, CUR_POSITION, 200u << 16 | 100);
    vega10_set(b, CUR_HOT_SPOT, 3u << 16 | 2);
    vega10_set(b, CUR_CONTROL, control);
}

static void the_cursor_of_video_memory(void **state)
{
    struct vega10_bench *b = *state;
    const uint32_t pixel = 0x80112233;
    struct shown shown;

    vega10_bench_mode(b);
    /* Row 1, column 5; rows are 64 pixels apart. */
    assert_true(vega10_vram_write(b->gpu, CURSOR_OFFSET + (64 + 5) * 4, &pixel, 4));
    put_cursor(b, 0x301);
    next_frame(b, &shown);
    assert_true(shown.cursor.is_visible);
    assert_int_equal(shown.cursor.width, 32);
    assert_int_equal(shown.cursor.height, 16);
    assert_int_equal(shown.cursor.x, 197);
    assert_int_equal(shown.cursor.y, 98);
    assert_false(shown.cursor.is_premultiplied);
    assert_int_equal(shown.cursor.pixels[32 + 5], pixel);
    vega10_set(b, CUR_CONTROL, 0x10201);
    next_frame(b, &shown);
    assert_int_equal(shown.cursor.width, 64);
    assert_int_equal(shown.cursor.pixels[2 * 64 + 10], pixel);
    assert_true(shown.cursor.is_premultiplied);
    vega10_set(b, CUR_CONTROL, 0);
    next_frame(b, &shown);
    assert_false(shown.cursor.is_visible);
}

static void a_cursor_of_two_colors(void **state)
{
    struct vega10_bench *b = *state;
    const uint8_t four = 0x1b; /* color 1, color 2, transparent, inverted */
    struct shown shown;

    vega10_bench_mode(b);
    assert_true(vega10_vram_write(b->gpu, CURSOR_OFFSET, &four, 1));
    vega10_set(b, CUR_COLOR1, 0xff0000);
    vega10_set(b, CUR_COLOR2, 0x00ff00);
    put_cursor(b, 0x001);
    next_frame(b, &shown);
    assert_int_equal(shown.cursor.pixels[0], 0xffff0000);
    assert_int_equal(shown.cursor.pixels[1], 0xff00ff00);
    assert_int_equal(shown.cursor.pixels[2], 0);
    assert_int_equal(shown.cursor.pixels[3], 0);
}

static void a_locked_cursor_stays(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    put_cursor(b, 0x301);
    next_frame(b, &shown);
    vega10_set(b, CUR_UPDATE, BIT32(16));
    vega10_set(b, CUR_POSITION, 0);
    assert_int_equal(vega10_get(b, CUR_UPDATE) & 1, 1);
    next_frame(b, &shown);
    assert_false(shown.is_new);
    vega10_set(b, CUR_UPDATE, 0);
    next_frame(b, &shown);
    assert_int_equal(shown.cursor.x, -3);
    assert_int_equal(vega10_get(b, CUR_UPDATE) & 1, 0);
}

static void a_cursor_outside_of_video_memory_is_not_shown(void **state)
{
    struct vega10_bench *b = *state;
    struct shown shown;

    vega10_bench_mode(b);
    put_cursor(b, 0x301);
    vega10_set(b, CUR_HIGH, 0);
    next_frame(b, &shown);
    assert_false(shown.cursor.is_visible);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VEGA10_TEST(the_panel_over_one_pipe),
        VEGA10_TEST(the_panel_as_two_tiles),
        VEGA10_TEST(tiles_that_do_not_join_show_the_first),
        VEGA10_TEST(formats),
        VEGA10_TEST(what_cannot_be_shown_is_black),
        VEGA10_TEST(a_surface_outside_of_video_memory),
        VEGA10_TEST(mode_and_address_are_judged_together),
        VEGA10_TEST(the_viewport_pans),
        VEGA10_TEST(a_small_surface_is_placed),
        VEGA10_TEST(a_blanked_pipe_shows_its_color),
        VEGA10_TEST(a_pipe_that_stops_goes_black),
        VEGA10_TEST(a_still_picture_is_no_new_frame),
        VEGA10_TEST(a_picture_can_be_shown_before_its_blank),
        VEGA10_TEST(the_cursor_of_video_memory),
        VEGA10_TEST(a_cursor_of_two_colors),
        VEGA10_TEST(a_locked_cursor_stays),
        VEGA10_TEST(a_cursor_outside_of_video_memory_is_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
