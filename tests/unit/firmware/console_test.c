/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log on the screen: what is drawn where, that nothing is drawn that need not be, that nothing is drawn outside. The
 * display is memory between two fences; the lines have a fence of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/art/art.h"
#include "firmware/core/console.h"

#define WIDTH       2560u
#define HEIGHT      2880u
#define PITCH       (WIDTH * 4u + 64u)
#define FENCE       0xa5
#define FENCE_BYTES 4096u
#define BACK        0x1c1c1eu
#define MARK        0x00123456u

struct screen {
    struct console console;
    struct display display;
    uint8_t *memory;
};

static int start(void **state)
{
    struct screen *s = calloc(1, sizeof(*s));

    s->memory = malloc(2 * FENCE_BYTES + PITCH * HEIGHT);
    memset(s->memory, FENCE, 2 * FENCE_BYTES + PITCH * HEIGHT);
    s->display = (struct display){
        .pixels = s->memory + FENCE_BYTES,
        .bytes = PITCH * HEIGHT,
        .pitch = PITCH,
        .width = WIDTH,
        .height = HEIGHT,
    };
    console_init(&s->console);
    *state = s;
    return 0;
}

static uint32_t *pixel(const struct screen *s, uint32_t x, uint32_t y)
{
    return (uint32_t *)(void *)(s->display.pixels + (size_t)y * PITCH) + x;
}

static void check_fence(const uint8_t *fence, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        assert_int_equal(fence[i], FENCE);
    }
}

static int stop(void **state)
{
    struct screen *s = *state;

    check_fence(s->memory, FENCE_BYTES);
    check_fence(s->memory + FENCE_BYTES + PITCH * HEIGHT, FENCE_BYTES);
    for (uint32_t y = 0; y < HEIGHT; y++) {
        check_fence((uint8_t *)pixel(s, WIDTH, y), PITCH - WIDTH * 4);
    }
    free(s->memory);
    free(s);
    return 0;
}

static void say(struct screen *s, const char *text)
{
    while (*text != '\0') {
        console_put(&s->console, *text++);
    }
}

/* The character that is drawn in a cell; every pixel of it must be right. 0: none of them. */
static char seen(const struct screen *s, uint32_t row, uint32_t column)
{
    uint32_t x = s->console.left + column * CONSOLE_CELL_WIDTH;
    uint32_t y = s->console.top + row * CONSOLE_CELL_HEIGHT;

    for (unsigned c = 0; c < 95; c++) {
        unsigned wrong = 0;

        for (uint32_t i = 0; i < 512 && wrong == 0; i++) {
            unsigned pair = art_glyphs[c * 256 + i / 2];
            uint32_t level = i % 2 != 0 ? pair >> 4 : pair & 0xf;

            wrong += *pixel(s, x + i % 16, y + i / 16) != s->console.ramp[level];
        }
        if (wrong == 0) return (char)(c + ' ');
    }
    return 0;
}

static void expect_row(const struct screen *s, uint32_t row, const char *text)
{
    uint32_t length = (uint32_t)strlen(text);

    for (uint32_t column = 0; column < CONSOLE_COLUMNS; column++) {
        assert_int_equal(seen(s, row, column), column < length ? text[column] : ' ');
    }
}

/* Marks one pixel of every cell, so that a cell that is drawn again shows. */
static void mark_cells(const struct screen *s)
{
    for (uint32_t i = 0; i < CONSOLE_ROWS * CONSOLE_COLUMNS; i++) {
        *pixel(s, s->console.left + i % CONSOLE_COLUMNS * CONSOLE_CELL_WIDTH,
               s->console.top + i / CONSOLE_COLUMNS * CONSOLE_CELL_HEIGHT) = MARK;
    }
}

static unsigned count_drawn(const struct screen *s)
{
    unsigned drawn = 0;

    for (uint32_t i = 0; i < CONSOLE_ROWS * CONSOLE_COLUMNS; i++) {
        drawn += *pixel(s, s->console.left + i % CONSOLE_COLUMNS * CONSOLE_CELL_WIDTH,
                        s->console.top + i / CONSOLE_COLUMNS * CONSOLE_CELL_HEIGHT) != MARK;
    }
    return drawn;
}

static void what_was_said_before_is_shown(void **state)
{
    struct screen *s = *state;

    say(s, "first\r\nsecond");
    assert_int_equal(*pixel(s, 0, 0), 0xa5a5a5a5);
    assert_true(console_attach(&s->console, &s->display));
    say(s, " line\nthird\n");
    expect_row(s, 0, "first");
    expect_row(s, 1, "second line");
    expect_row(s, 2, "third");
    expect_row(s, 3, "");
    assert_int_equal(*pixel(s, 0, 0), BACK);
    assert_int_equal(*pixel(s, WIDTH - 1, HEIGHT - 1), BACK);
}

static void every_character_has_its_own_look(void **state)
{
    struct screen *s = *state;
    char text[96];

    for (unsigned i = 0; i < 95; i++) {
        text[i] = (char)(' ' + i);
    }
    text[95] = '\0';
    assert_true(console_attach(&s->console, &s->display));
    say(s, text);
    for (uint32_t i = 0; i < 95; i++) {
        assert_int_equal(seen(s, i / CONSOLE_COLUMNS, i % CONSOLE_COLUMNS), text[i]);
    }
    say(s, "\n\t\x7f\x80\xff\x1b");
    expect_row(s, 2, "?????");
}

static void only_what_changes_is_drawn(void **state)
{
    struct screen *s = *state;

    assert_true(console_attach(&s->console, &s->display));
    mark_cells(s);
    say(s, "a b\n");
    assert_int_equal(count_drawn(s), 2);
    for (unsigned i = 1; i < CONSOLE_ROWS; i++) {
        say(s, "a c\n");
    }
    mark_cells(s);
    say(s, "a d");
    /* Scrolled by one: the last letter of the first line, and the two of the new one. */
    assert_int_equal(count_drawn(s), 3);
}

static void text_scrolls(void **state)
{
    struct screen *s = *state;
    char line[32];

    assert_true(console_attach(&s->console, &s->display));
    for (unsigned i = 0; i < CONSOLE_ROWS + 20; i++) {
        (void)snprintf(line, sizeof(line), "%s line %u", i % 2 != 0 ? "odd" : "an even", i);
        say(s, line);
        say(s, "\n");
    }
    for (unsigned i = 0; i < CONSOLE_ROWS; i++) {
        (void)snprintf(line, sizeof(line), "%s line %u", i % 2 != 0 ? "odd" : "an even", i + 20);
        expect_row(s, i, line);
    }
}

static void long_lines_go_on(void **state)
{
    struct screen *s = *state;

    assert_true(console_attach(&s->console, &s->display));
    for (unsigned i = 0; i < CONSOLE_COLUMNS; i++) {
        say(s, "x");
    }
    say(s, "\nnext\n");
    expect_row(s, 1, "next");
    for (unsigned i = 0; i < CONSOLE_COLUMNS + 3; i++) {
        say(s, "y");
    }
    expect_row(s, 3, "yyy");
}

static void a_detached_console_draws_nothing(void **state)
{
    struct screen *s = *state;

    assert_true(console_attach(&s->console, &s->display));
    say(s, "before\n");
    console_detach(&s->console);
    mark_cells(s);
    for (unsigned i = 0; i < 2 * CONSOLE_ROWS; i++) {
        say(s, "after\n");
    }
    assert_int_equal(count_drawn(s), 0);
}

static void a_small_display_is_left_alone(void **state)
{
    struct screen *s = *state;

    s->display.height = CONSOLE_HEIGHT_MIN - 16;
    assert_false(console_attach(&s->console, &s->display));
    say(s, "text\n");
    assert_int_equal(*pixel(s, 0, 0), 0xa5a5a5a5);
}

/* The smallest display and a wide one: the fences, and the sum of what is drawn left and right of the middle, which for the
 * name's box must be within it. */
static void the_logo_stands_in_the_middle(void **state)
{
    struct screen *s = *state;
    uint32_t left = WIDTH, right = 0;

    assert_true(console_attach(&s->console, &s->display));
    for (uint32_t y = 0; y < s->console.top; y++) {
        for (uint32_t x = 0; x < WIDTH; x++) {
            if (*pixel(s, x, y) != BACK) {
                left = x < left ? x : left;
                right = x > right ? x : right;
            }
        }
    }
    assert_true(left > WIDTH / 4 && right < WIDTH * 3 / 4);
    assert_in_range(left + right, WIDTH - 8, WIDTH + 8);
}

static void the_smallest_display_has_room_for_all(void **state)
{
    struct screen *s = *state;

    s->display.width = CONSOLE_WIDTH_MIN;
    s->display.height = CONSOLE_HEIGHT_MIN;
    assert_true(console_attach(&s->console, &s->display));
    assert_true(s->console.left + CONSOLE_COLUMNS * CONSOLE_CELL_WIDTH <= CONSOLE_WIDTH_MIN);
    assert_true(s->console.top + CONSOLE_ROWS * CONSOLE_CELL_HEIGHT <= CONSOLE_HEIGHT_MIN);
}

static void pictures_are_mixed_from_run_lengths(void **state)
{
    /* 6 by 3: a short run, a long one, all levels of coverage, a line of nothing. */
    static const uint8_t data[] = {6, 0, 3, 0, 0xf1, 0xf0, 5, 0x06, 0x01, 0x71, 0xf3, 0x01};
    const struct picture picture = {.data = data, .top = 0x0f0f0f, .bottom = 0xf00000};
    struct screen *s = *state;

    assert_int_equal(picture_width(&picture), 6);
    assert_int_equal(picture_height(&picture), 3);
    picture_draw(&picture, &s->display, 100, 50, 0);
    assert_int_equal(*pixel(s, 99, 50), 0xa5a5a5a5);
    for (uint32_t x = 0; x < 6; x++) {
        assert_int_equal(*pixel(s, 100 + x, 50), 0x0f0f0f);
        assert_int_equal(*pixel(s, 100 + x, 51), 0xa5a5a5a5);
    }
    assert_int_equal(*pixel(s, 106, 50), 0xa5a5a5a5);
    assert_int_equal(*pixel(s, 101, 52), 0x700000);
    assert_int_equal(*pixel(s, 102, 52), 0xf00000);
    assert_int_equal(*pixel(s, 105, 52), 0xa5a5a5a5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_said_before_is_shown, start, stop),
        cmocka_unit_test_setup_teardown(every_character_has_its_own_look, start, stop),
        cmocka_unit_test_setup_teardown(only_what_changes_is_drawn, start, stop),
        cmocka_unit_test_setup_teardown(text_scrolls, start, stop),
        cmocka_unit_test_setup_teardown(long_lines_go_on, start, stop),
        cmocka_unit_test_setup_teardown(a_detached_console_draws_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_small_display_is_left_alone, start, stop),
        cmocka_unit_test_setup_teardown(the_logo_stands_in_the_middle, start, stop),
        cmocka_unit_test_setup_teardown(the_smallest_display_has_room_for_all, start, stop),
        cmocka_unit_test_setup_teardown(pictures_are_mixed_from_run_lengths, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
