/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pictures: masks that say how much of each pixel is covered, 0 to 15, in run-length code. firmware/art/art_main.c makes them
 * when the image is built:
 *
 *   0 u16 width; 2 u16 height, in pixels; then line by line runs of pixels that are covered alike. A run is a byte, level
 *   in bits 7:4 and length in 3:0; length 0: the length is the next byte. No run goes beyond a line.
 */
#pragma once

#include <stdint.h>

#include "firmware/core/display.h"

#define PICTURE_LEVELS 16

struct picture {
    const uint8_t *data; /* borrowed */
    uint32_t top;        /* colour of the first line; those between are mixed */
    uint32_t bottom;     /* colour of the last one */
};

/* The colours from `back` (level 0) to `front` (the last level). */
void picture_ramp(uint32_t ramp[PICTURE_LEVELS], uint32_t back, uint32_t front);

uint32_t picture_width(const struct picture *picture);
uint32_t picture_height(const struct picture *picture);

/* Draws on a background of one colour, which is not read back, with the top left corner at (x, y). Pixels of level 0 are
 * left alone. The picture must lie on the display. */
void picture_draw(const struct picture *picture, const struct display *display, uint32_t x,
                  uint32_t y, uint32_t back);

/* Fills the whole display with one colour. */
void picture_fill(const struct display *display, uint32_t colour);
