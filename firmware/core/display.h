/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame buffer: what the display driver makes, the console draws on and payloads are handed. */
#pragma once

#include <stdint.h>

/* What a panel says of itself. */
struct display_panel {
    uint32_t width; /* of its preferred mode; of a tile, when there are several side by side */
    uint32_t height;
    uint32_t tiles; /* 0: no panel answered */
};

/* Pixels are 32-bit little-endian words: red in bits 23:16, green in 15:8, blue in 7:0, the rest unused. */
struct display {
    uint8_t *pixels; /* physical memory: the same as addr in the firmware, not so in tests */
    uint64_t addr;   /* physical address of the top left pixel, a multiple of 4096 */
    uint64_t bytes;  /* that may be used from there on; at least pitch * height */
    uint32_t pitch;  /* bytes from line to line, a multiple of 64, at most 65472 */
    uint32_t width;  /* pixels, a multiple of 16 */
    uint32_t height;
    struct display_panel panel;
};

#define DISPLAY_DEPTH          32
#define DISPLAY_RED_SHIFT      16
#define DISPLAY_GREEN_SHIFT    8
#define DISPLAY_BLUE_SHIFT     0
#define DISPLAY_RESERVED_SHIFT 24
#define DISPLAY_COLOUR_BITS    8

/* The places of red, green and blue, as payloads are told them: 6 bytes, each a position and a size in bits. */
static inline void display_put_colours(uint8_t *at)
{
    at[0] = DISPLAY_RED_SHIFT;
    at[2] = DISPLAY_GREEN_SHIFT;
    at[4] = DISPLAY_BLUE_SHIFT;
    at[1] = at[3] = at[5] = DISPLAY_COLOUR_BITS;
}
