/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawing of the window's own words and lights: see canvas.h. */
#include "emu/host/canvas.h"

#include <stddef.h>
#include <string.h>

#include "emu/host/font.h"

#define FIRST_PRINTABLE 0x20
#define LAST_PRINTABLE  0x7e

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

void canvas_clear(struct canvas *canvas, uint32_t argb)
{
    canvas_fill(canvas, 0, 0, canvas->width, canvas->height, argb);
}

void canvas_fill(struct canvas *canvas, int32_t x, int32_t y, int32_t width, int32_t height,
                 uint32_t argb)
{
    int32_t right = least(x + width, canvas->width);
    int32_t bottom = least(y + height, canvas->height);

    x = most(x, 0);
    for (int32_t row = most(y, 0); row < bottom; row++) {
        uint32_t *pixels = canvas->pixels + (size_t)row * (size_t)canvas->width;

        for (int32_t at = x; at < right; at++) {
            pixels[at] = argb;
        }
    }
}

/* How many pixels a row that is `from_edge` rows inside the box is shorter at each side. */
static int32_t corner(int32_t radius, int32_t from_edge)
{
    int32_t inset = 0;
    int32_t dy = 2 * (radius - from_edge) - 1; /* from the circle's centre, in half pixels */

    if (from_edge >= radius) return 0;
    while (inset < radius) {
        int32_t dx = 2 * (radius - inset) - 1;

        if (dx * dx + dy * dy <= 4 * radius * radius) break;
        inset++;
    }
    return inset;
}

void canvas_round(struct canvas *canvas, const struct canvas_box *box, uint32_t argb)
{
    int32_t radius = least(box->radius, least(box->width, box->height) / 2);

    for (int32_t row = 0; row < box->height; row++) {
        int32_t inset = corner(radius, least(row, box->height - 1 - row));

        canvas_fill(canvas, box->x + inset, box->y + row, box->width - 2 * inset, 1, argb);
    }
}

static void draw_glyph(struct canvas *canvas, int32_t x, int32_t y, const struct canvas_pen *pen,
                       unsigned char letter)
{
    const int32_t scale = pen->scale;

    if (letter < FIRST_PRINTABLE || letter > LAST_PRINTABLE) letter = '?';
    const uint8_t *rows = font_psf + FONT_HEADER_BYTES + (size_t)letter * FONT_GLYPH_BYTES;
    for (int32_t row = 0; row < CANVAS_GLYPH_HEIGHT; row++) {
        for (int32_t column = 0; column < CANVAS_GLYPH_WIDTH; column++) {
            if (!(rows[row] >> (CANVAS_GLYPH_WIDTH - 1 - column) & 1)) continue;
            canvas_fill(canvas, x + column * scale, y + row * scale,
                        pen->is_bold ? scale + (scale + 1) / 2 : scale, scale, pen->argb);
        }
    }
}

int32_t canvas_text(struct canvas *canvas, int32_t x, int32_t y, const struct canvas_pen *pen,
                    const char *text)
{
    for (; *text; text++) {
        draw_glyph(canvas, x, y, pen, (unsigned char)*text);
        x += CANVAS_GLYPH_WIDTH * pen->scale;
    }
    return x;
}

int32_t canvas_text_width(const struct canvas_pen *pen, const char *text)
{
    return (int32_t)strlen(text) * CANVAS_GLYPH_WIDTH * pen->scale;
}
