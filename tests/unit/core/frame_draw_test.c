/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of pictures: border, surface, cursor, each cut to what is asked for. Formats and colours are held by the test of
 * emu/host/picture.c, which draws with the same functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/core/frame_draw.h"

#define WIDTH  20u
#define HEIGHT 10u
#define PITCH  64u
#define BORDER 0x445566u

struct bench {
    uint8_t vram[4096];
    struct frame_scene scene;
    uint32_t row[WIDTH];
};

/* A surface of 12x6 pixels at (4, 2), each pixel another colour. */
static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    if (b == NULL) return -1;
    *state = b;
    for (uint32_t i = 0; i < sizeof(b->vram); i += 4) {
        le32_put(b->vram + i, 0xff000000 + i);
    }
    b->scene = (struct frame_scene){
        .frame = {.width = WIDTH,
                  .height = HEIGHT,
                  .blank_color = 0xff000000 | BORDER,
                  .offset = 256,
                  .pitch = PITCH,
                  .surface_width = 12,
                  .surface_height = 6,
                  .surface_x = 4,
                  .surface_y = 2},
        .vram = b->vram,
        .vram_bytes = sizeof(b->vram),
    };
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static uint32_t expected(uint32_t x, uint32_t y)
{
    if (x < 4 || x >= 16 || y < 2 || y >= 8) return BORDER;
    return 256 + (y - 2) * PITCH + (x - 4) * 4;
}

static void check_part(struct bench *b, uint32_t y, uint32_t x, uint32_t count)
{
    memset(b->row, 0xee, sizeof(b->row));
    frame_draw_row(&b->scene, y, x, count, b->row);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(b->row[i], expected(x + i, y));
    }
    assert_true(count == WIDTH || b->row[count] == 0xeeeeeeee);
}

static void rows_are_cut_anywhere(void **state)
{
    struct bench *b = *state;

    assert_true(frame_scene_is_sane(&b->scene));
    for (uint32_t y = 0; y < HEIGHT; y++) {
        for (uint32_t x = 0; x <= WIDTH; x++) {
            for (uint32_t count = 0; count <= WIDTH - x; count++) {
                check_part(b, y, x, count);
            }
        }
    }
}

static void the_cursor_is_on_top(void **state)
{
    struct bench *b = *state;

    b->scene.cursor = (struct frame_cursor){
        .is_visible = true, .x = -1, .y = 1, .width = 6, .height = 3, .is_premultiplied = false};
    for (uint32_t i = 0; i < 18; i++) {
        b->scene.cursor.pixels[i] = 0xff000000 + i;
    }
    for (uint32_t y = 0; y < HEIGHT; y++) {
        frame_draw_row(&b->scene, y, 0, WIDTH, b->row);
        for (uint32_t x = 0; x < WIDTH; x++) {
            const bool is_on = x < 5 && y >= 1 && y < 4;

            assert_int_equal(b->row[x], is_on ? (y - 1) * 6 + x + 1 : expected(x, y));
        }
    }
    frame_draw_row(&b->scene, 2, 3, 4, b->row);
    assert_int_equal(b->row[0], 6 + 3 + 1);
    assert_int_equal(b->row[2], expected(5, 2));
}

static void what_lies_outside_of_video_memory_is_border(void **state)
{
    struct bench *b = *state;

    b->scene.vram_bytes = 256 + 3 * PITCH; /* three rows */
    for (uint32_t y = 0; y < HEIGHT; y++) {
        frame_draw_row(&b->scene, y, 0, WIDTH, b->row);
        for (uint32_t x = 0; x < WIDTH; x++) {
            assert_int_equal(b->row[x], y < 5 ? expected(x, y) : BORDER);
        }
    }
    b->scene.frame.offset = UINT64_MAX - 100;
    frame_draw_row(&b->scene, 3, 0, WIDTH, b->row);
    assert_int_equal(b->row[10], BORDER);
}

static void a_blank_picture_has_one_colour(void **state)
{
    struct bench *b = *state;

    b->scene.frame.is_blank = true;
    b->scene.cursor = (struct frame_cursor){.is_visible = true, .width = 4, .height = 4};
    frame_draw_row(&b->scene, 3, 0, WIDTH, b->row);
    for (uint32_t x = 0; x < WIDTH; x++) {
        assert_int_equal(b->row[x], BORDER);
    }
}

static void sizes_have_limits(void **state)
{
    static const uint32_t bad[][2] = {
        {0, 1}, {1, 0}, {FRAME_SIDE_MAX + 1, 1}, {1, FRAME_SIDE_MAX + 1}, {16384, 16384}};
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        b->scene.frame.width = bad[i][0];
        b->scene.frame.height = bad[i][1];
        assert_false(frame_scene_is_sane(&b->scene));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_cut_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cursor_is_on_top, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_lies_outside_of_video_memory_is_border, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_blank_picture_has_one_colour, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sizes_have_limits, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
