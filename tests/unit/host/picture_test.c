/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture: pixel formats by exact values, border, cursor, which rows are told, the hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/base/hash.h"
#include "emu/host/picture.h"

static const struct frame_cursor no_cursor = {.is_visible = false};

static int set_up(void **state)
{
    struct picture *picture = malloc(sizeof(*picture));

    if (picture == NULL) return -1;
    picture_init(picture);
    *state = picture;
    return 0;
}

static int tear_down(void **state)
{
    picture_release(*state);
    free(*state);
    return 0;
}

/* A surface of its own size, rows without a gap. */
static struct frame plain(uint32_t width, uint32_t height, enum frame_format format)
{
    return (struct frame){
        .width = width,
        .height = height,
        .format = format,
        .pitch = width * frame_pixel_bytes(format),
        .surface_width = width,
        .surface_height = height,
    };
}

static void begin(struct picture *picture, const struct frame *frame)
{
    struct error err = ERROR_INIT;

    assert_int_equal(picture_begin(picture, frame, &err), 0);
}

static void show_all(struct picture *picture, const struct frame *frame, const void *data,
                     size_t bytes)
{
    begin(picture, frame);
    picture_surface(picture, 0, data, bytes);
    picture_finish(picture, &no_cursor);
}

static void expect_rows(struct picture *picture, uint32_t first, uint32_t rows)
{
    uint32_t told_first;
    uint32_t told_rows;

    assert_true(picture_changed_next(picture, &told_first, &told_rows));
    assert_int_equal(told_first, first);
    assert_int_equal(told_rows, rows);
}

static void expect_no_rows(struct picture *picture)
{
    uint32_t first;
    uint32_t rows;

    assert_false(picture_changed_next(picture, &first, &rows));
}

/* ---- Formats ---- */

static void the_upper_byte_of_xrgb8888_is_none_of_the_picture(void **state)
{
    struct picture *picture = *state;
    const struct frame frame = plain(2, 1, FRAME_XRGB8888);
    const uint8_t data[] = {0x33, 0x22, 0x11, 0xff, 0xff, 0x00, 0x80, 0x7f};

    show_all(picture, &frame, data, sizeof(data));
    assert_int_equal(picture->pixels[0], 0x112233);
    assert_int_equal(picture->pixels[1], 0x8000ff);
}

static void ten_bits_become_the_nearest_of_eight(void **state)
{
    struct picture *picture = *state;
    const struct frame frame = plain(1024, 1, FRAME_XRGB2101010);
    uint8_t data[4096];

    for (uint32_t i = 0; i < 1024; i++) {
        le32_put(&data[4 * i], 3u << 30 | i << 20 | (1023 - i) << 10 | (i * 5 & 1023));
    }
    show_all(picture, &frame, data, sizeof(data));
    for (uint32_t i = 0; i < 1024; i++) {
        assert_int_equal(picture->pixels[i] >> 16, (i * 510 + 1023) / 2046);
        assert_int_equal(picture->pixels[i] >> 8 & 0xff, ((1023 - i) * 510 + 1023) / 2046);
        assert_int_equal(picture->pixels[i] & 0xff, ((i * 5 & 1023) * 510 + 1023) / 2046);
    }
}

static void five_and_six_bits_become_the_nearest_of_eight(void **state)
{
    struct picture *picture = *state;
    const struct frame frame = plain(64, 1, FRAME_RGB565);
    uint8_t data[128];

    for (unsigned i = 0; i < 64; i++) {
        le16_put(&data[2 * i], (uint16_t)((i & 31) << 11 | i << 5 | (31 - (i & 31))));
    }
    show_all(picture, &frame, data, sizeof(data));
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(picture->pixels[i] >> 16, ((i & 31) * 510 + 31) / 62);
        assert_int_equal(picture->pixels[i] >> 8 & 0xff, (i * 510 + 63) / 126);
        assert_int_equal(picture->pixels[i] & 0xff, ((31 - (i & 31)) * 510 + 31) / 62);
    }
}

/* ---- Placement ---- */

static void a_small_surface_has_a_border(void **state)
{
    struct picture *picture = *state;
    struct frame frame = plain(2, 2, FRAME_XRGB8888);
    const uint32_t data[] = {1, 2, 3, 4};

    frame.width = 4;
    frame.height = 4;
    frame.surface_x = 1;
    frame.surface_y = 2;
    frame.blank_color = 0x123456;
    show_all(picture, &frame, data, sizeof(data));
    for (uint32_t i = 0; i < 16; i++) {
        const uint32_t x = i % 4 - 1;
        const uint32_t y = i / 4 - 2;

        assert_int_equal(picture->pixels[i], x < 2 && y < 2 ? 1 + x + 2 * y : 0x123456);
    }
    /* The display goes off. */
    frame.is_blank = true;
    frame.blank_color = 0;
    begin(picture, &frame);
    picture_finish(picture, &no_cursor);
    assert_true(picture->is_blank);
    assert_int_equal(picture->pixels[9], 0);
}

static void stretches_may_begin_and_end_anywhere_and_cross_the_gap(void **state)
{
    struct picture *picture = *state;
    struct frame frame = plain(3, 4, FRAME_RGB565);
    uint8_t data[4 * 10];

    frame.pitch = 10; /* five pixels, two of them not shown */
    for (unsigned i = 0; i < 20; i++) {
        le16_put(&data[2 * i], (uint16_t)(i % 5 < 3 ? (i % 5 + 1) << 11 : 0xffff));
    }
    for (size_t step = 2; step <= sizeof(data); step += 2) {
        begin(picture, &frame);
        memset(picture->pixels, 0xff, 48);
        for (size_t start = 0; start < sizeof(data); start += step) {
            size_t bytes = sizeof(data) - start < step ? sizeof(data) - start : step;

            picture_surface(picture, start, &data[start], bytes);
        }
        picture_finish(picture, &no_cursor);
        for (uint32_t i = 0; i < 12; i++) {
            assert_int_equal(picture->pixels[i], ((i % 3 + 1) * 527 + 23) >> 6 << 16);
        }
    }
}

static void only_rows_that_changed_are_told(void **state)
{
    struct picture *picture = *state;
    const struct frame frame = plain(16, 200, FRAME_XRGB8888);
    uint32_t data[16 * 200] = {0};
    uint64_t hash;

    show_all(picture, &frame, data, sizeof(data));
    expect_rows(picture, 0, 200);
    expect_no_rows(picture);
    hash = picture_hash(picture);
    show_all(picture, &frame, data, sizeof(data));
    expect_no_rows(picture);
    data[0] = 1;
    data[16 * 62 + 15] = 1;
    for (unsigned row = 63; row < 131; row++) {
        data[16 * row] = 1;
    }
    data[16 * 199] = 1;
    show_all(picture, &frame, data, sizeof(data));
    expect_rows(picture, 0, 1);
    expect_rows(picture, 62, 69);
    expect_rows(picture, 199, 1);
    expect_no_rows(picture);
    assert_int_not_equal(picture_hash(picture), hash);
    memset(data, 0, sizeof(data));
    show_all(picture, &frame, data, sizeof(data));
    assert_int_equal(picture_hash(picture), hash);
}

static void another_size_starts_anew(void **state)
{
    struct picture *picture = *state;
    struct frame frame = plain(4, 4, FRAME_XRGB8888);
    const uint32_t data[16] = {0x11, 0x22, 0x33, 0x44};

    show_all(picture, &frame, data, sizeof(data));
    expect_rows(picture, 0, 4);
    frame = plain(2, 8, FRAME_XRGB8888);
    show_all(picture, &frame, data, sizeof(data));
    expect_rows(picture, 0, 8);
    assert_int_equal(picture->width, 2);
    assert_int_equal(picture->pixels[3], 0x44);
}

/* ---- Cursor ---- */

static struct frame_cursor dot(int32_t x, int32_t y, uint32_t pixel, bool is_premultiplied)
{
    return (struct frame_cursor){
        .is_visible = true,
        .x = x,
        .y = y,
        .width = 2,
        .height = 2,
        .is_premultiplied = is_premultiplied,
        .pixels = {pixel, pixel, pixel, pixel},
    };
}

static void show_cursor(struct picture *picture, const struct frame *frame,
                        const struct frame_cursor *cursor)
{
    begin(picture, frame);
    picture_finish(picture, cursor);
}

static void the_cursor_is_blended(void **state)
{
    static const struct {
        uint32_t below;
        uint32_t cursor;
        bool is_premultiplied;
        uint32_t result;
    } cases[] = {
        {0x102030, 0xffabcdef, false, 0xabcdef}, {0x102030, 0xffabcdef, true, 0xabcdef},
        {0x102030, 0x00abcdef, false, 0x102030}, {0x102030, 0x00000000, true, 0x102030},
        {0x000000, 0x80ff8000, false, 0x804000}, {0xffffff, 0x80000000, false, 0x7f7f7f},
        {0x0064c8, 0x80804000, true, 0x807264},  {0xffffff, 0x80ffffff, true, 0xffffff},
    };
    struct picture *picture = *state;
    const struct frame frame = plain(2, 2, FRAME_XRGB8888);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t data[] = {cases[i].below, cases[i].below, cases[i].below, cases[i].below};
        const struct frame_cursor cursor = dot(0, 0, cases[i].cursor, cases[i].is_premultiplied);

        show_all(picture, &frame, data, sizeof(data));
        show_cursor(picture, &frame, &cursor);
        assert_int_equal(picture->pixels[0], cases[i].result);
        assert_int_equal(picture->pixels[3], cases[i].result);
    }
}

static void the_cursor_leaves_nothing_behind(void **state)
{
    struct picture *picture = *state;
    const struct frame frame = plain(4, 100, FRAME_XRGB8888);
    uint32_t data[400];
    struct frame_cursor cursor = dot(1, 10, 0xff777777, false);

    for (uint32_t i = 0; i < 400; i++) {
        data[i] = i;
    }
    show_all(picture, &frame, data, sizeof(data));
    expect_rows(picture, 0, 100);
    show_cursor(picture, &frame, &cursor);
    expect_rows(picture, 10, 2);
    assert_int_equal(picture->pixels[41], 0x777777);
    assert_int_equal(picture->pixels[43], 43);
    cursor.y = 50;
    show_cursor(picture, &frame, &cursor);
    expect_rows(picture, 10, 2);
    expect_rows(picture, 50, 2);
    expect_no_rows(picture);
    /* The surface changes below it. */
    begin(picture, &frame);
    data[201] = 0x999;
    picture_surface(picture, 200 * 4, (const uint8_t *)&data[200], 16);
    picture_finish(picture, &cursor);
    assert_int_equal(picture->pixels[201], 0x777777);
    show_cursor(picture, &frame, &no_cursor);
    for (uint32_t i = 0; i < 400; i++) {
        assert_int_equal(picture->pixels[i], data[i]);
    }
}

static void the_cursor_is_cut_at_each_edge(void **state)
{
    static const struct {
        int32_t x;
        int32_t y;
        unsigned shown;
    } cases[] = {
        {-1, -1, 1}, {3, 3, 1},  {-2, 0, 0}, {4, 0, 0},         {0, 4, 0},
        {0, -2, 0},  {3, -1, 1}, {0, 0, 4},  {INT32_MAX, 0, 0}, {0, INT32_MIN, 0},
    };
    struct picture *picture = *state;
    const struct frame frame = plain(4, 4, FRAME_XRGB8888);
    const uint32_t data[16] = {0};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct frame_cursor cursor = dot(cases[i].x, cases[i].y, 0xff000001, false);
        unsigned shown = 0;

        show_all(picture, &frame, data, sizeof(data));
        show_cursor(picture, &frame, &cursor);
        for (unsigned j = 0; j < 16; j++) {
            shown += picture->pixels[j];
        }
        assert_int_equal(shown, cases[i].shown);
    }
}

/* ---- Hash ---- */

/* As docs/formats/frame-log.md says it, one word after the other. */
static uint64_t hash_as_documented(const uint32_t *pixels, uint32_t width, uint32_t height)
{
    uint64_t hash = hash_u64(hash_u64(HASH_SEED, width), height);

    for (uint32_t y = 0; y < height; y++) {
        uint64_t lanes[4] = {HASH_SEED, HASH_SEED + 1, HASH_SEED + 2, HASH_SEED + 3};
        uint64_t row = HASH_SEED;

        for (uint32_t x = 0; x < width; x += 2) {
            uint64_t word = pixels[y * width + x];

            if (x + 1 < width) word |= (uint64_t)pixels[y * width + x + 1] << 32;
            lanes[x / 2 % 4] = hash_u64(lanes[x / 2 % 4], word);
        }
        for (unsigned i = 0; i < 4; i++) {
            row = hash_u64(row, lanes[i]);
        }
        hash = hash_u64(hash, row);
    }
    return hash;
}

static void the_hash_is_that_of_its_page(void **state)
{
    struct picture *picture = *state;
    uint32_t data[40 * 3];

    for (uint32_t i = 0; i < 40 * 3; i++) {
        data[i] = i * 0x010305u & 0xffffff;
    }
    for (uint32_t width = 1; width <= 40; width++) {
        const struct frame frame = plain(width, 3, FRAME_XRGB8888);

        show_all(picture, &frame, data, (size_t)width * 12);
        assert_int_equal(picture_hash(picture), hash_as_documented(data, width, 3));
        assert_int_equal(picture_hash(picture), hash_as_documented(data, width, 3));
    }
}

static void the_hash_of_one_pixel_stays(void **state)
{
    struct picture *picture = *state;
    const struct frame frame = plain(1, 1, FRAME_XRGB8888);
    const uint32_t white = 0xffffff;

    show_all(picture, &frame, &white, sizeof(white));
    assert_int_equal(picture_hash(picture), UINT64_C(0x8708577909d2fbfa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_upper_byte_of_xrgb8888_is_none_of_the_picture, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ten_bits_become_the_nearest_of_eight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(five_and_six_bits_become_the_nearest_of_eight, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_small_surface_has_a_border, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stretches_may_begin_and_end_anywhere_and_cross_the_gap,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_rows_that_changed_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_size_starts_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cursor_is_blended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cursor_leaves_nothing_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cursor_is_cut_at_each_edge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_hash_is_that_of_its_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_hash_of_one_pixel_stays, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
