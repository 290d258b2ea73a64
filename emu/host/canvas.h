/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drawing of the window's own words and lights: filled shapes and a fixed-width font on ARGB8888
 * pixels with straight alpha. Everything is clipped to the canvas.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CANVAS_GLYPH_WIDTH  8
#define CANVAS_GLYPH_HEIGHT 16

struct canvas {
    uint32_t *pixels; /* row after row, without gaps */
    int32_t width;
    int32_t height;
};

/* Colours replace what is there: the canvas lies over the picture as a whole. */
void canvas_clear(struct canvas *canvas, uint32_t argb);
void canvas_fill(struct canvas *canvas, int32_t x, int32_t y, int32_t width, int32_t height,
                 uint32_t argb);
/* A box with its corners cut round. */
struct canvas_box {
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
    int32_t radius;
};
void canvas_round(struct canvas *canvas, const struct canvas_box *box, uint32_t argb);

/* Printable ASCII; anything else is shown as a question mark. A glyph's pixel is `scale` x `scale`
 * pixels. */
struct canvas_pen {
    int32_t scale;
    uint32_t argb;
    bool is_bold;
};
/* Returns where the next letter would start. */
int32_t canvas_text(struct canvas *canvas, int32_t x, int32_t y, const struct canvas_pen *pen,
                    const char *text);
int32_t canvas_text_width(const struct canvas_pen *pen, const char *text);
