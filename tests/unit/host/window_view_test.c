/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the picture lies in the window, and what becomes of its pixels there. */
#include "emu/host/window_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/frame.h"
#include "emu/host/window.h"
#include "emu/host/window_scale.h"

struct expected {
    struct window_wish wish;
    struct window_view view;
};

static const struct expected cases[] = {
    /* Nothing to show, or no room. */
    {{0, 500, 640, 480, 0, 0, 0, false},
     {.kind = VIEW_NOTHING, .picture_width = 640, .picture_height = 480}},
    {{500, 500, 0, 480, 0, 0, 0, false}, {.kind = VIEW_NOTHING, .picture_height = 480}},
    /* Fit: bars above, bars beside, larger, exactly. */
    {{1280, 1000, 5120, 2880, 0, 9, 9, false},
     {VIEW_SHRINK, {0, 0, 5120, 2880}, {0, 140, 1280, 720}, 1280, 720, 5120, 2880}},
    {{2000, 720, 5120, 2880, 0, 0, 0, false},
     {VIEW_SHRINK, {0, 0, 5120, 2880}, {360, 0, 1280, 720}, 1280, 720, 5120, 2880}},
    {{1280, 960, 640, 480, 0, 0, 0, false},
     {VIEW_STRETCH, {0, 0, 640, 480}, {0, 0, 1280, 960}, 640, 480, 640, 480}},
    {{640, 480, 640, 480, 0, 0, 0, false},
     {VIEW_COPY, {0, 0, 640, 480}, {0, 0, 640, 480}, 640, 480, 640, 480}},
    /* One to one: a part, a part as far as it goes, and with room to spare. */
    {{1000, 500, 5120, 2880, 100, 30, -5, false},
     {VIEW_COPY, {30, 0, 1000, 500}, {0, 0, 1000, 500}, 1000, 500, 5120, 2880}},
    {{1000, 500, 5120, 2880, 100, 9999, 9999, false},
     {VIEW_COPY, {4120, 2380, 1000, 500}, {0, 0, 1000, 500}, 1000, 500, 5120, 2880}},
    {{1000, 500, 640, 400, 100, 30, 30, false},
     {VIEW_COPY, {0, 0, 640, 400}, {180, 50, 640, 400}, 640, 400, 640, 400}},
    /* Half and double. */
    {{1000, 500, 5120, 2880, 50, 10, 20, false},
     {VIEW_SHRINK, {10, 20, 2000, 1000}, {0, 0, 1000, 500}, 1000, 500, 5120, 2880}},
    {{1000, 500, 5120, 2880, 200, 10, 20, false},
     {VIEW_STRETCH, {10, 20, 500, 250}, {0, 0, 1000, 500}, 500, 250, 5120, 2880}},
    /* A graphics card shrinks a little; more is the window's. */
    {{3840, 2160, 5120, 2880, 0, 0, 0, true},
     {VIEW_STRETCH, {0, 0, 5120, 2880}, {0, 0, 3840, 2160}, 5120, 2880, 5120, 2880}},
    {{2560, 1440, 5120, 2880, 0, 0, 0, true},
     {VIEW_SHRINK, {0, 0, 5120, 2880}, {0, 0, 2560, 1440}, 2560, 1440, 5120, 2880}},
    /* A line. */
    {{100, 100, 16384, 1, 0, 0, 0, false},
     {VIEW_SHRINK, {0, 0, 16384, 1}, {0, 49, 100, 1}, 100, 1, 16384, 1}},
};

static void views(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct window_view view;

        window_view_make(&cases[i].wish, &view);
        assert_memory_equal(&view, &cases[i].view, sizeof(view));
    }
}

/* Whatever is asked for: what is shown lies in the picture, and where it is shown in the window. */
static void views_stay_inside(void **state)
{
    static const int32_t sides[] = {1, 2, 3, 7, 99, 640, 2881, 5120, FRAME_SIDE_MAX};
    static const unsigned scales[] = {0, 10, 33, 67, 100, 150, 400};

    (void)state;
    for (size_t i = 0; i < 9 * 9 * 9 * 7; i++) {
        const struct window_wish wish = {
            .output_width = sides[i % 9],
            .output_height = sides[i / 9 % 9],
            .picture_width = sides[i / 81 % 9],
            .picture_height = sides[(i / 81 + i) % 9],
            .scale_percent = scales[i / 729],
            .pan_x = sides[(i + 3) % 9] - 50,
            .pan_y = sides[(i + 5) % 9],
        };
        struct window_view view;

        window_view_make(&wish, &view);
        assert_int_not_equal(view.kind, VIEW_NOTHING);
        assert_in_range(view.source.x, 0, wish.picture_width - 1);
        assert_in_range(view.source.width, 1, wish.picture_width - view.source.x);
        assert_in_range(view.source.height, 1, wish.picture_height - view.source.y);
        assert_in_range(view.target.width, 1, wish.output_width);
        assert_in_range(view.target.height, 1, wish.output_height);
        assert_true(view.texture_width <= view.source.width);
        assert_true(view.texture_height <= view.source.height);
        assert_true(view.kind != VIEW_COPY || view.texture_width == view.source.width);
    }
}

static void rows_of_texture(void **state)
{
    struct window_view view;
    int32_t first;
    int32_t rows;

    (void)state;
    window_view_make(&cases[2].wish, &view);
    window_view_rows(&view, 0, 1, &first, &rows);
    assert_int_equal(first * 100 + rows, 1);
    window_view_rows(&view, 3, 2, &first, &rows);
    assert_int_equal(first * 100 + rows, 2);
    window_view_rows(&view, 2876, 4, &first, &rows);
    assert_int_equal(first * 100 + rows, 71901);
    window_view_rows(&view, 2880, 100, &first, &rows);
    assert_int_equal(rows, 0);
    window_view_make(&cases[6].wish, &view);
    window_view_rows(&view, 499, 100, &first, &rows);
    assert_int_equal(first * 100 + rows, 49901);
    window_view_rows(&view, 0, UINT32_MAX, &first, &rows);
    assert_int_equal(first * 1000 + rows, 500);
}

static void points(void **state)
{
    struct window_view view;
    int32_t x;
    int32_t y;

    (void)state;
    window_view_make(&cases[2].wish, &view);
    assert_true(window_view_point(&view, 0, 140, &x, &y));
    assert_int_equal(x + y, 0);
    assert_true(window_view_point(&view, 1279, 859, &x, &y));
    assert_int_equal(x, 5116);
    assert_int_equal(y, 2876);
    assert_true(window_view_point(&view, -50, 5000, &x, &y));
    assert_int_equal(x, 0);
    assert_int_equal(y, 2879);
    window_view_make(&cases[0].wish, &view);
    assert_false(window_view_point(&view, 1, 1, &x, &y));
}

static void steps(void **state)
{
    (void)state;
    assert_int_equal(window_scale_step(20, true), 25);
    assert_int_equal(window_scale_step(21, false), 20);
    assert_int_equal(window_scale_step(100, false), 75);
    assert_int_equal(window_scale_step(400, true), WINDOW_SCALE_MAX);
    assert_int_equal(window_scale_step(9, false), WINDOW_SCALE_MIN);
}

/* ---- Pixels ---- */

static uint32_t pixel_of(uint32_t x, uint32_t y)
{
    return (x * 2654435761u ^ y * 40503u) & 0xffffff;
}

/* The average of one channel over an area in doubles. */
static double exact(const struct window_picture *picture, const struct window_view *view,
                    const int32_t at[2], unsigned shift)
{
    double step_x = (double)view->source.width / view->texture_width;
    double step_y = (double)view->source.height / view->texture_height;
    double sum = 0;

    for (uint32_t y = (uint32_t)(at[1] * step_y); y < (at[1] + 1) * step_y - 1e-9; y++) {
        double top = y > at[1] * step_y ? y : at[1] * step_y;
        double end_y = (at[1] + 1) * step_y;
        double high = (y + 1 < end_y ? y + 1 : end_y) - top;

        for (uint32_t x = (uint32_t)(at[0] * step_x); x < (at[0] + 1) * step_x - 1e-9; x++) {
            double left = x > at[0] * step_x ? x : at[0] * step_x;
            double end_x = (at[0] + 1) * step_x;
            double wide = (x + 1 < end_x ? x + 1 : end_x) - left;
            size_t place = (size_t)((uint32_t)view->source.y + y) * picture->stride +
                           (uint32_t)view->source.x + x;

            sum += (picture->pixels[place] >> shift & 0xff) * wide * high;
        }
    }
    return sum / (step_x * step_y);
}

static void check_averages(const struct window_wish *wish)
{
    const size_t stride = (size_t)wish->picture_width + 3;
    uint32_t *pixels = calloc(stride * (size_t)wish->picture_height, sizeof(*pixels));
    const struct window_picture picture = {pixels, (uint32_t)wish->picture_width,
                                           (uint32_t)wish->picture_height, (uint32_t)stride};
    struct window_scaler scaler = {.view = {.kind = VIEW_NOTHING}};
    struct window_view view;

    window_view_make(wish, &view);
    assert_non_null(pixels);
    for (uint32_t i = 0; i < stride * picture.height; i++) {
        pixels[i] = pixel_of(i % (uint32_t)stride, i / (uint32_t)stride);
    }
    assert_int_equal(window_scaler_set(&scaler, &view), 0);
    const size_t width = (size_t)view.texture_width;
    uint32_t *out = calloc(width * (size_t)view.texture_height, sizeof(*out));
    assert_non_null(out);
    window_scaler_rows(&scaler, &picture, 0, view.texture_height, (uint8_t *)out,
                       (int32_t)(width * sizeof(*out)));
    for (int32_t i = 0; i < view.texture_width * view.texture_height; i++) {
        const int32_t at[2] = {i % view.texture_width, i / view.texture_width};

        for (unsigned shift = 0; shift < 24; shift += 8) {
            double off = (out[i] >> shift & 0xff) - exact(&picture, &view, at, shift);
            assert_true(off > -2.5 && off < 1.5);
        }
    }
    window_scaler_free(&scaler);
    free(out);
    free(pixels);
}

static void averages(void **state)
{
    static const struct window_wish wishes[] = {
        {40, 30, 160, 120, 0, 0, 0, false},   {37, 91, 160, 121, 0, 0, 0, false},
        {159, 119, 160, 120, 0, 0, 0, false}, {20, 20, 160, 120, 50, 31, 9, false},
        {16, 9, 333, 222, 33, 7, 8, false},   {1, 1, 64, 64, 0, 0, 0, false},
        {50, 50, 16, 12, 100, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        check_averages(&wishes[i]);
    }
}

/* Rounding loses nothing: a flat picture stays flat, in whatever size. */
static void white_stays_white(void **state)
{
    uint32_t pixels[61 * 47];
    const struct window_picture picture = {pixels, 61, 47, 61};

    (void)state;
    memset(pixels, 0xff, sizeof(pixels));
    for (int32_t width = 1; width <= 61; width++) {
        const struct window_wish wish = {width, 1 + width * 5 % 47, 61, 47, 0, 0, 0, false};
        struct window_scaler scaler = {.view = {.kind = VIEW_NOTHING}};
        struct window_view view;
        uint32_t row[61];

        window_view_make(&wish, &view);
        assert_int_equal(window_scaler_set(&scaler, &view), 0);
        for (int32_t y = 0; y < view.texture_height; y++) {
            window_scaler_rows(&scaler, &picture, y, 1, (uint8_t *)row, sizeof(row));
            for (int32_t x = 0; x < view.texture_width; x++) {
                assert_int_equal(row[x] & 0xffffff, 0xffffff);
            }
        }
        window_scaler_free(&scaler);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views),
        cmocka_unit_test(views_stay_inside),
        cmocka_unit_test(points),
        cmocka_unit_test(rows_of_texture),
        cmocka_unit_test(steps),
        cmocka_unit_test(averages),
        cmocka_unit_test(white_stays_white),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
