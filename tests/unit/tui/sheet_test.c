/* SPDX-License-Identifier: GPL-2.0-only */
/* The sheet: nothing is written beside it, and nothing gets onto it that a terminal would obey. */
#include "emu/base/utf8.h"
#include "emu/debug/tui/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 20
#define ROWS    4

static int set_up(void **state)
{
    struct sheet *sheet = test_calloc(1, sizeof(*sheet));

    *state = sheet;
    return sheet_resize(sheet, COLUMNS, ROWS) ? 0 : -1;
}

static int tear_down(void **state)
{
    sheet_free(*state);
    test_free(*state);
    return 0;
}

static void expect_row(const struct sheet *sheet, int y, const char *text)
{
    char row[256];

    (void)sheet_row_text(sheet, y, row, sizeof(row));
    assert_string_equal(row, text);
}

static void clipped(void **state)
{
    struct sheet *sheet = *state;
    struct sheet_pen pen = sheet_pen(sheet, (struct sheet_area){15, 1, 10, 9});

    pen_text(&pen, SHEET_NORMAL, "abcdefghijk");
    pen_move(&pen, -2, 1);
    pen_text(&pen, SHEET_NORMAL, "12345");
    pen_move(&pen, 0, 200);
    pen_text(&pen, SHEET_NORMAL, "below");
    pen_move(&pen, 0, -1);
    pen_text(&pen, SHEET_NORMAL, "above");
    expect_row(sheet, 0, "");
    expect_row(sheet, 1, "               abcde");
    expect_row(sheet, 2, "               345");
    assert_null(sheet_at(sheet, COLUMNS, 0));
    assert_null(sheet_at(sheet, 0, -1));
    sheet_mark(sheet, (struct sheet_area){-5, 3, 100, 100});
    assert_true(sheet_at(sheet, 0, 3)->is_marked);
    assert_false(sheet_at(sheet, 0, 2)->is_marked);
}

static void scrolled_to_the_left(void **state)
{
    struct sheet *sheet = *state;
    struct sheet_pen pen = sheet_pen(sheet, (struct sheet_area){0, 0, 5, 1});

    pen.left = 3;
    pen_text(&pen, SHEET_NORMAL, "0123456789");
    expect_row(sheet, 0, "34567");
}

static void control_characters(void **state)
{
    struct sheet *sheet = *state;
    struct sheet_pen pen = sheet_pen(sheet, (struct sheet_area){0, 0, COLUMNS, 1});
    char all[256];

    pen_text(&pen, SHEET_NORMAL, "a\033[31mb\n\r\t\x7f\x9b\xc2\x9bz");
    expect_row(sheet, 0, "a.[31mb.. .?.z");
    for (unsigned i = 1; i < 256; i++) {
        all[0] = (char)i;
        all[1] = '\0';
        pen_move(&pen, 0, 0);
        pen_text(&pen, SHEET_NORMAL, all);
        assert_in_range(sheet_at(sheet, 0, 0)->letter, 0x20, 0x7e);
    }
}

static void other_letters(void **state)
{
    struct sheet *sheet = *state;
    struct sheet_pen pen = sheet_pen(sheet, (struct sheet_area){0, 0, COLUMNS, 1});
    /* Latin, Cyrillic; then wide, combining, turning the direction, a surrogate, too long, cut. */
    static const char text[] = "\xc3\xa9\xd0\x96"
                               "\xe4\xb8\xad"
                               "\xcc\x81"
                               "\xe2\x80\xae"
                               "\xed\xa0\x80"
                               "\xc0\x80"
                               "\xf0\x9f\x98";

    pen_text(&pen, SHEET_NORMAL, text);
    expect_row(sheet, 0, "\xc3\xa9\xd0\x96???????????");
    sheet->is_ascii = true;
    pen_move(&pen, 0, 0);
    pen_text(&pen, SHEET_NORMAL, "\xc3\xa9\xd0\x96");
    pen_sign(&pen, SHEET_NORMAL, SHEET_HORIZONTAL);
    assert_int_equal(sheet_at(sheet, 0, 0)->letter, '?');
    assert_int_equal(sheet_at(sheet, 2, 0)->letter, '-');
}

static void decoded_as_encoded(void **state)
{
    static const uint32_t letters[] = {1, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};
    uint32_t letter;
    char text[4];

    (void)state;
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        size_t bytes = utf8_encode(letters[i], text);

        assert_int_equal(utf8_decode(text, bytes, &letter), bytes);
        assert_int_equal(letter, letters[i]);
        if (bytes > 1) {
            assert_int_equal(utf8_decode(text, bytes - 1, &letter), 1);
            assert_int_equal(letter, 0xfffd);
        }
    }
}

static void pixels(void **state)
{
    struct sheet *sheet = *state;
    struct sheet_pen pen = sheet_pen(sheet, (struct sheet_area){0, 0, COLUMNS, 1});

    sheet->depth = SHEET_8;
    pen_pixels(&pen, 4, 1);
    pen_pixels(&pen, 1, 4);
    pen_pixels(&pen, 3, 3);
    /* The same pair of colours for both orders. */
    assert_int_equal(sheet_at(sheet, 0, 0)->letter, 0x2580);
    assert_int_equal(sheet_at(sheet, 1, 0)->letter, 0x2584);
    assert_int_equal(sheet_at(sheet, 0, 0)->fg, sheet_at(sheet, 1, 0)->fg);
    assert_int_equal(sheet_at(sheet, 0, 0)->bg, sheet_at(sheet, 1, 0)->bg);
    assert_int_equal(sheet_at(sheet, 2, 0)->letter, ' ');
}

static void resized(void **state)
{
    struct sheet *sheet = *state;
    struct sheet_pen pen = sheet_pen(sheet, (struct sheet_area){0, 0, COLUMNS, 1});

    pen_text(&pen, SHEET_NORMAL, "old");
    assert_true(sheet_resize(sheet, 3, 0));
    assert_int_equal(sheet->rows, 1);
    expect_row(sheet, 0, "");
    pen_fill(&pen, SHEET_STATUS);
    assert_null(sheet_at(sheet, 3, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(clipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scrolled_to_the_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(control_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_letters, set_up, tear_down),
        cmocka_unit_test(decoded_as_encoded),
        cmocka_unit_test_setup_teardown(pixels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resized, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
