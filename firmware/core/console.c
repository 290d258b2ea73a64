/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot log on the screen: see console.h. Nothing is ever read from video memory. */
#include "firmware/core/console.h"

#include "firmware/art/art.h"
#include "firmware/lib/mem.h"

#define FIRST_CHARACTER ' '
#define LAST_CHARACTER  '~'
#define GLYPH_BYTES     (CONSOLE_CELL_WIDTH * CONSOLE_CELL_HEIGHT / 2)
#define GLYPH_ROW_BYTES (CONSOLE_CELL_WIDTH / 2)

#define COLOUR_BACK          0x1c1c1e
#define COLOUR_TEXT          0xaeaeb2
#define COLOUR_PLANET_TOP    0xb4b4b9
#define COLOUR_PLANET_BOTTOM 0x3a3a3f
#define COLOUR_RING_TOP      0xe2e2e7
#define COLOUR_RING_BOTTOM   0x8c8c92
#define COLOUR_WORD          0xe5e5ea

/* Where things stand, in pixels. The logo and the text are one block, a little above the middle. */
#define LOGO_GAP 48  /* between the planet and the name */
#define TEXT_GAP 128 /* between the name and the text */

static const struct picture planet = {
    .data = art_planet,
    .top = COLOUR_PLANET_TOP,
    .bottom = COLOUR_PLANET_BOTTOM,
};
static const struct picture ring = {
    .data = art_ring,
    .top = COLOUR_RING_TOP,
    .bottom = COLOUR_RING_BOTTOM,
};
static const struct picture word = {
    .data = art_word,
    .top = COLOUR_WORD,
    .bottom = COLOUR_WORD,
};

void console_init(struct console *console)
{
    mem_zero(console, sizeof(*console));
    for (uint32_t row = 0; row < CONSOLE_ROWS; row++) {
        for (uint32_t column = 0; column < CONSOLE_COLUMNS; column++) {
            console->text[row][column] = FIRST_CHARACTER;
        }
    }
}

static void draw_cell(const struct console *console, uint32_t row, uint32_t column)
{
    const uint8_t *glyph =
        art_glyphs + (size_t)(console->text[row][column] - FIRST_CHARACTER) * GLYPH_BYTES;
    uint32_t x = console->left + column * CONSOLE_CELL_WIDTH;
    uint32_t y = console->top + row * CONSOLE_CELL_HEIGHT;
    uint8_t *start = console->display.pixels + (uint64_t)y * console->display.pitch;

    for (unsigned line = 0; line < CONSOLE_CELL_HEIGHT; line++) {
        uint64_t *at = (uint64_t *)(void *)start + x / 2;

        for (unsigned i = 0; i < GLYPH_ROW_BYTES; i++) {
            at[i] = (uint64_t)console->ramp[*glyph >> 4] << 32 | console->ramp[*glyph & 0xf];
            glyph++;
        }
        start += console->display.pitch;
    }
}

static void set_cell(struct console *console, uint32_t row, uint32_t column, uint8_t c)
{
    if (console->text[row][column] == c) return;
    console->text[row][column] = c;
    if (console->is_attached) {
        draw_cell(console, row, column);
    }
}

static void scroll(struct console *console)
{
    for (uint32_t row = 0; row + 1 < CONSOLE_ROWS; row++) {
        for (uint32_t column = 0; column < CONSOLE_COLUMNS; column++) {
            set_cell(console, row, column, console->text[row + 1][column]);
        }
    }
    for (uint32_t column = 0; column < CONSOLE_COLUMNS; column++) {
        set_cell(console, CONSOLE_ROWS - 1, column, FIRST_CHARACTER);
    }
}

/* The next character starts a line: scrolls only then, so that the last line is not an empty one. */
static void start_line(struct console *console)
{
    if (console->row == CONSOLE_ROWS) {
        scroll(console);
        console->row--;
    }
}

static void end_line(struct console *console)
{
    console->row++;
    console->column = 0;
}

void console_put(struct console *console, char c)
{
    if (c == '\r') return;
    start_line(console);
    if (c == '\n') {
        end_line(console);
        return;
    }
    if (console->column == CONSOLE_COLUMNS) {
        end_line(console);
        start_line(console);
    }
    if (c < FIRST_CHARACTER || c > LAST_CHARACTER) {
        c = '?';
    }
    set_cell(console, console->row, console->column, (uint8_t)c);
    console->column++;
}

/* Returns the height of the logo and the gap below it. */
static uint32_t draw_logo(const struct display *display, uint32_t top)
{
    uint32_t word_top = top + picture_height(&planet) + LOGO_GAP;
    uint32_t planet_left = (display->width - picture_width(&planet)) / 2;

    picture_draw(&planet, display, planet_left, top, COLOUR_BACK);
    picture_draw(&ring, display, planet_left, top, COLOUR_BACK);
    picture_draw(&word, display, (display->width - picture_width(&word)) / 2, word_top,
                 COLOUR_BACK);
    return word_top + picture_height(&word) + TEXT_GAP;
}

bool console_attach(struct console *console, const struct display *display)
{
    const uint32_t block = picture_height(&planet) + LOGO_GAP + picture_height(&word) + TEXT_GAP +
                           CONSOLE_ROWS * CONSOLE_CELL_HEIGHT;

    if (display->width < CONSOLE_WIDTH_MIN || display->height < CONSOLE_HEIGHT_MIN) return false;
    console->display = *display;
    console->is_attached = true;
    /* Even: cells are written two pixels at a time. */
    console->left = (display->width - CONSOLE_COLUMNS * CONSOLE_CELL_WIDTH) / 2 & ~1u;
    picture_ramp(console->ramp, COLOUR_BACK, COLOUR_TEXT);
    picture_fill(display, COLOUR_BACK);
    console->top = draw_logo(display, (display->height - block) / 2);
    for (uint32_t row = 0; row < CONSOLE_ROWS; row++) {
        for (uint32_t column = 0; column < CONSOLE_COLUMNS; column++) {
            if (console->text[row][column] != FIRST_CHARACTER) {
                draw_cell(console, row, column);
            }
        }
    }
    return true;
}

void console_detach(struct console *console)
{
    console->is_attached = false;
}
