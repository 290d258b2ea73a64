/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text of consoles, read back: see suite_screen.h. A cell becomes a shape (screen_font.h), which the font's table knows or
 * does not know; nothing is guessed. A cell in which a console shows its cursor has its lowest rows inverted: Linux
 * (drivers/video/fbdev/core/fbcon.c) takes one or two of them, a third, a half, two thirds or all, so a shape that nobody
 * knows is looked up again without each of these.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/screen_font.h"
#include "emu/app/suite/screen_region.h"
#include "emu/base/utf8.h"
#include "firmware/art/art.h"
#include "firmware/core/console.h"

#define SCALE_MAX 4u
/* A font that knows so much of a screen is its font; a size at which it knows so much is its size: what is no text is hardly
 * ever a glyph. */
#define SURE_FONT  9
#define SURE_SCALE 1
#define SURE_WHOLE 10
/* Pixels that are looked at together. */
#define BLOCK 64u

/* Where our firmware puts its text (firmware/core/console.c; a test draws with that). */
#define FIRMWARE_LOGO_GAP 48u
#define FIRMWARE_TEXT_GAP 128u

struct grid {
    const struct screen_font *font;
    const struct screen_picture *picture;
    uint32_t scale;
    uint32_t left, top;
    uint32_t columns, rows;
};

struct reading {
    char *text; /* NULL: no memory */
    uint64_t known;
    uint64_t written; /* cells that are not blank */
};

/* ---- Cells ---- */

struct cell {
    uint64_t rows[SCREEN_HEIGHT_MAX];
    uint32_t colours[SCREEN_LEVELS_MAX];
    unsigned colour_count;
};

static const uint32_t *line_of(const struct grid *grid, uint32_t column, uint32_t row,
                               uint32_t line)
{
    const uint32_t x = grid->left + column * grid->font->width * grid->scale;
    const uint32_t y = grid->top + row * grid->font->height * grid->scale + line;

    return &grid->picture->pixels[(size_t)y * grid->picture->width + x];
}

static bool is_plain(const uint32_t *pixels, uint32_t count, uint32_t colour)
{
    uint32_t difference = 0;

    for (uint32_t i = 0; i < count; i++) {
        difference |= pixels[i] ^ colour;
    }
    return difference == 0;
}

static bool is_blank(const struct grid *grid, uint32_t column, uint32_t row)
{
    const uint32_t colour = *line_of(grid, column, row, 0);

    for (uint32_t line = 0; line < grid->font->height * grid->scale; line++) {
        if (!is_plain(line_of(grid, column, row, line), grid->font->width * grid->scale, colour)) {
            return false;
        }
    }
    return true;
}

/* The number of a colour; as many colours as the font has levels. False: one too many. */
static bool find_colour(const struct screen_font *font, struct cell *cell, uint32_t colour,
                        uint64_t *number)
{
    for (unsigned i = 0; i < cell->colour_count; i++) {
        if (cell->colours[i] == colour) {
            *number = i;
            return true;
        }
    }
    if (cell->colour_count == 1u << font->bits) return false;
    *number = cell->colour_count;
    cell->colours[cell->colour_count++] = colour;
    return true;
}

/* One row of dots, each `scale` pixels wide. */
static bool read_dots(const struct grid *grid, const uint32_t *pixels, struct cell *cell,
                      uint64_t *dots)
{
    uint32_t last = *pixels;
    uint64_t number = 0;

    *dots = 0;
    if (!find_colour(grid->font, cell, last, &number)) return false;
    for (uint32_t x = 0; x < grid->font->width; x++) {
        if (*pixels != last) {
            last = *pixels;
            if (!find_colour(grid->font, cell, last, &number)) return false;
        }
        *dots |= number << (x * grid->font->bits);
        for (uint32_t i = 0; i < grid->scale; i++) {
            if (*pixels++ != last) return false;
        }
    }
    return true;
}

/* The cell's shape. False: it has too many colours, or its dots are not of this size. */
static bool read_shape(const struct grid *grid, uint32_t column, uint32_t row, struct cell *cell)
{
    const size_t line_bytes = (size_t)grid->font->width * grid->scale * sizeof(uint32_t);

    cell->colour_count = 0;
    for (uint32_t y = 0; y < grid->font->height; y++) {
        const uint32_t *first = line_of(grid, column, row, y * grid->scale);

        if (!read_dots(grid, first, cell, &cell->rows[y])) return false;
        for (uint32_t i = 1; i < grid->scale; i++) {
            if (memcmp(line_of(grid, column, row, y * grid->scale + i), first, line_bytes) != 0) {
                return false;
            }
        }
    }
    return true;
}

/* The brighter colour of two is the ink, where the font has a glyph for either. */
static unsigned brightness(uint32_t colour)
{
    return 3 * (colour >> 16 & 0xff) + 6 * (colour >> 8 & 0xff) + (colour & 0xff);
}

static void invert_lowest(const struct screen_font *font, uint64_t *rows, uint32_t count)
{
    const uint64_t all = UINT64_MAX >> (64 - font->width);

    for (uint32_t y = font->height - count; y < font->height; y++) {
        rows[y] ^= all;
    }
}

static bool is_empty(const struct screen_font *font, const uint64_t *rows)
{
    uint64_t set = 0;

    for (uint32_t y = 0; y < font->height; y++) {
        set |= rows[y];
    }
    return set == 0;
}

/* As if a cursor were on it. A space below one is ' '. */
static uint32_t find_below_cursor(const struct screen_font *font, struct cell *cell,
                                  bool is_ink_first)
{
    const uint32_t heights[] = {1, 2, font->height / 3, font->height / 2, font->height * 2 / 3};
    uint32_t code = SCREEN_NO_GLYPH;

    for (size_t i = 0; i < sizeof(heights) / sizeof(heights[0]) && code == SCREEN_NO_GLYPH; i++) {
        invert_lowest(font, cell->rows, heights[i]);
        code = is_empty(font, cell->rows) ? ' ' : screen_font_find(font, cell->rows, is_ink_first);
        invert_lowest(font, cell->rows, heights[i]);
    }
    return code;
}

static uint32_t read_cell(const struct grid *grid, uint32_t column, uint32_t row)
{
    const struct screen_font *font = grid->font;
    bool is_ink_first;
    struct cell cell;
    uint32_t code;

    if (!read_shape(grid, column, row, &cell)) return SCREEN_NO_GLYPH;
    if (font->bits != 1) return screen_font_find(font, cell.rows, false);
    is_ink_first = brightness(cell.colours[0]) > brightness(cell.colours[1]);
    code = screen_font_find(font, cell.rows, is_ink_first);
    return code != SCREEN_NO_GLYPH ? code : find_below_cursor(font, &cell, is_ink_first);
}

/* ---- Grids ---- */

/* Of the whole picture: where our firmware's console would have its first cell, less as many cells as fit. */
static void place_firmware(struct grid *grid)
{
    const struct picture planet = {.data = art_planet};
    const struct picture word = {.data = art_word};
    const uint32_t above =
        picture_height(&planet) + FIRMWARE_LOGO_GAP + picture_height(&word) + FIRMWARE_TEXT_GAP;
    const uint32_t block = above + CONSOLE_ROWS * CONSOLE_CELL_HEIGHT;
    const struct screen_picture *picture = grid->picture;

    if (picture->width < CONSOLE_WIDTH_MIN || picture->height < CONSOLE_HEIGHT_MIN) return;
    grid->left =
        ((picture->width - CONSOLE_COLUMNS * CONSOLE_CELL_WIDTH) / 2 & ~1u) % CONSOLE_CELL_WIDTH;
    grid->top = ((picture->height - block) / 2 + above) % CONSOLE_CELL_HEIGHT;
}

static struct grid make_grid(const struct screen_font *font, const struct screen_picture *picture,
                             const struct suite_region *region, uint32_t scale)
{
    struct grid grid = {.font = font, .picture = picture, .scale = scale};
    struct suite_region cut;

    (void)screen_cut(picture, region, &cut);
    grid.left = cut.x;
    grid.top = cut.y;
    if (font->is_firmware && scale == 1 && screen_is_whole(region)) {
        place_firmware(&grid);
    }
    grid.columns = (cut.width - (grid.left - cut.x)) / (font->width * scale);
    grid.rows = (cut.height - (grid.top - cut.y)) / (font->height * scale);
    return grid;
}

/* How many cells there are before only blank ones of one colour follow. Most of a screen is so, and is gone through once. */
static uint32_t used_columns(const struct grid *grid, uint32_t row)
{
    const uint32_t cell = grid->font->width * grid->scale;
    const uint32_t width = grid->columns * cell;
    const uint32_t colour = line_of(grid, 0, row, 0)[width - 1];
    uint32_t used = 0;

    for (uint32_t line = 0; line < grid->font->height * grid->scale; line++) {
        const uint32_t *pixels = line_of(grid, 0, row, line);
        uint32_t end = width;

        while (end - used >= BLOCK && is_plain(pixels + end - BLOCK, BLOCK, colour)) {
            end -= BLOCK;
        }
        if (end > used && !is_plain(pixels + used, end - used, colour)) {
            used = end;
        }
    }
    return (used + cell - 1) / cell;
}

/* One line at `to`; returns its end. */
static char *read_line(const struct grid *grid, uint32_t row, char *to, struct reading *reading)
{
    const uint32_t columns = grid->columns > 0 ? used_columns(grid, row) : 0;
    char *end = to;

    for (uint32_t column = 0; column < columns; column++) {
        uint32_t code;

        if (is_blank(grid, column, row)) {
            *to++ = ' ';
            continue;
        }
        code = read_cell(grid, column, row);
        if (code == ' ') {
            *to++ = ' ';
            continue;
        }
        reading->written++;
        reading->known += code != SCREEN_NO_GLYPH ? 1 : 0;
        to += utf8_encode(code != SCREEN_NO_GLYPH ? code : UTF8_REPLACEMENT, to);
        end = to;
    }
    *end = '\n';
    return end + 1;
}

static struct reading read_grid(const struct grid *grid)
{
    struct reading reading = {.text = malloc(((size_t)grid->columns * 4 + 1) * grid->rows + 1)};
    char *to = reading.text;
    char *shorter;

    if (to == NULL) return reading;
    for (uint32_t row = 0; row < grid->rows; row++) {
        to = read_line(grid, row, to, &reading);
    }
    *to = '\0';
    shorter = realloc(reading.text, (size_t)(to - reading.text) + 1);
    reading.text = shorter != NULL ? shorter : reading.text;
    return reading;
}

/* ---- Choosing ---- */

static bool is_better(const struct reading *a, const struct reading *b)
{
    return a->known * b->written > b->known * a->written;
}

static bool is_sure(const struct reading *reading, unsigned part)
{
    return reading->known * SURE_WHOLE >= reading->written * part;
}

/* Keeps the better one, the first of equals, in `best`. */
static void choose(struct reading *best, struct reading *other)
{
    if (best->text == NULL || (other->text != NULL && is_better(other, best))) {
        free(best->text);
        *best = *other;
    } else {
        free(other->text);
    }
}

static struct reading read_font(const struct screen_font *font,
                                const struct screen_picture *picture,
                                const struct suite_region *region)
{
    struct reading best = {.text = NULL};

    for (uint32_t scale = 1; scale <= SCALE_MAX; scale++) {
        const struct grid grid = make_grid(font, picture, region, scale);
        struct reading reading = read_grid(&grid);

        choose(&best, &reading);
        if (best.text == NULL || is_sure(&best, SURE_SCALE)) break;
    }
    return best;
}

char *screen_read(const struct screen_font *font, const struct screen_picture *picture,
                  const struct suite_region *region, size_t *known)
{
    const struct reading reading = read_font(font, picture, region);

    *known = (size_t)reading.known;
    return reading.text;
}

char *screen_text(const struct screen_font *const *fonts, size_t count,
                  const struct screen_picture *picture, const struct suite_region *region)
{
    struct reading best = {.text = NULL};

    for (size_t i = 0; i < count; i++) {
        struct reading reading = read_font(fonts[i], picture, region);

        choose(&best, &reading);
        if (best.text == NULL || is_sure(&best, SURE_FONT)) break;
    }
    return count > 0 ? best.text : calloc(1, 1);
}
