/* SPDX-License-Identifier: GPL-2.0-only */
/* Our own letters and shapes: what is drawn, and that nothing is drawn outside. */
#include "emu/host/canvas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/host/font.h"

#define WIDTH  40
#define HEIGHT 24
#define GUARD  64

struct board {
    uint32_t before[GUARD];
    uint32_t pixels[WIDTH * HEIGHT];
    uint32_t behind[GUARD];
    struct canvas canvas;
};

static void make(struct board *board)
{
    memset(board, 0, sizeof(*board));
    board->canvas = (struct canvas){board->pixels, WIDTH, HEIGHT};
}

static size_t count(const uint32_t *pixels, size_t length, uint32_t color)
{
    size_t found = 0;

    for (size_t i = 0; i < length; i++) {
        found += pixels[i] == color;
    }
    return found;
}

static void check_guards(const struct board *board)
{
    assert_int_equal(count(board->before, GUARD, 0), GUARD);
    assert_int_equal(count(board->behind, GUARD, 0), GUARD);
}

static void clipped(void **state)
{
    struct board board;

    (void)state;
    make(&board);
    canvas_fill(&board.canvas, -5, -5, 10, 10, 1);
    canvas_fill(&board.canvas, WIDTH - 3, HEIGHT - 2, 100, 100, 2);
    canvas_fill(&board.canvas, 500, 500, 3, 3, 3);
    canvas_fill(&board.canvas, 5, 5, -3, -3, 3);
    assert_int_equal(count(board.pixels, WIDTH * HEIGHT, 1), 25);
    assert_int_equal(count(board.pixels, WIDTH * HEIGHT, 2), 6);
    assert_int_equal(count(board.pixels, WIDTH * HEIGHT, 3), 0);
    check_guards(&board);
    const struct canvas_pen pen = {.scale = 3, .argb = 7, .is_bold = true};
    (void)canvas_text(&board.canvas, -9, -20, &pen, "clipped everywhere");
    (void)canvas_text(&board.canvas, 30, 20, &pen, "W");
    canvas_round(&board.canvas, &(struct canvas_box){-9, -9, 90, 90, 30}, 8);
    check_guards(&board);
}

static void letters(void **state)
{
    const struct canvas_pen pen = {.scale = 1, .argb = 9};
    const uint8_t *glyph = font_psf + FONT_HEADER_BYTES + 'H' * FONT_GLYPH_BYTES;
    struct board board;

    (void)state;
    make(&board);
    assert_int_equal(font_psf[0], 0x36);
    assert_int_equal(font_psf[3], CANVAS_GLYPH_HEIGHT);
    assert_int_equal(canvas_text(&board.canvas, 8, 2, &pen, "H"), 16);
    for (size_t i = 0; i < CANVAS_GLYPH_WIDTH * CANVAS_GLYPH_HEIGHT; i++) {
        size_t x = i % CANVAS_GLYPH_WIDTH;
        size_t y = i / CANVAS_GLYPH_WIDTH;

        assert_int_equal(board.pixels[(y + 2) * WIDTH + 8 + x] == 9, glyph[y] >> (7 - x) & 1);
    }
    /* An H has two long strokes and a bar. */
    assert_in_range(count(board.pixels, WIDTH * HEIGHT, 9), 20, 40);
    assert_int_equal(canvas_text_width(&pen, "four"), 32);
}

static void other_than_ascii(void **state)
{
    const struct canvas_pen pen = {.scale = 1, .argb = 9};
    struct board strange;
    struct board question;

    (void)state;
    make(&strange);
    make(&question);
    (void)canvas_text(&strange.canvas, 0, 0, &pen, "\x01\xff\x7f");
    (void)canvas_text(&question.canvas, 0, 0, &pen, "???");
    assert_memory_equal(strange.pixels, question.pixels, sizeof(strange.pixels));
}

static void round_corners(void **state)
{
    struct board board;

    (void)state;
    make(&board);
    canvas_round(&board.canvas, &(struct canvas_box){0, 0, 20, 20, 10}, 5);
    assert_int_equal(board.pixels[0], 0);
    assert_int_equal(board.pixels[10], 5);
    assert_int_equal(board.pixels[10 * WIDTH], 5);
    /* A disc of diameter 20. */
    assert_in_range(count(board.pixels, WIDTH * HEIGHT, 5), 300, 328);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clipped),
        cmocka_unit_test(letters),
        cmocka_unit_test(other_than_ascii),
        cmocka_unit_test(round_corners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
