/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shapes of a font, for who reads pictures. A shape is which pixels of a cell are coloured alike, without the colours:
 * each colour is numbered by its first appearance, from the upper left on, row by row; so text and inverse text have
 * the same shape. A row of a shape is a word: `SCREEN_BITS` bits a pixel, the left one in the lowest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/suite_screen.h"

/* Smaller cells are no text; wider ones do not fit a word. */
#define SCREEN_CELL_MIN   4u
#define SCREEN_WIDTH_MAX  64u
#define SCREEN_HEIGHT_MAX 128u
#define SCREEN_LEVELS_MAX \
    16u /* colours of a cell; then four bits a pixel, and a quarter of the width */
#define SCREEN_LEVELS_BITS 4u
#define SCREEN_GLYPHS_MAX  65536u
#define SCREEN_NO_GLYPH    0u

/* Two glyphs may be each other's inverse (the half blocks): both have a shape's two places. */
struct screen_glyph {
    uint64_t hash;
    const uint64_t *rows;
    uint32_t code[2]; /* when the first pixel is background, ink; SCREEN_NO_GLYPH: none */
};

struct screen_font {
    uint32_t width, height;
    unsigned bits;    /* a pixel: 1 or SCREEN_LEVELS_BITS */
    bool is_firmware; /* its grid in the whole picture is that of our firmware's console */
    uint64_t *rows;   /* of all glyphs */
    size_t glyph_count, glyph_max;
    struct screen_glyph *table; /* by hash, open addressing; rows NULL: free */
    size_t table_mask;
};

/* Room for `glyph_max` glyphs. NULL with `err`: no memory, no such size of a cell (ERROR_USAGE). */
struct screen_font *screen_font_create(uint32_t width, uint32_t height, unsigned bits,
                                       size_t glyph_max, struct error *err);
/* Adds a glyph: rows of levels, 0 is background. Blank ones, and those of a shape that is there, are left out, unless
 * `code` is ASCII and that shape's is not. */
void screen_font_add(struct screen_font *font, const uint64_t *rows, uint32_t code);
/* The character of a shape: as if the first pixel were ink or background; if there is none, as if it were the other way
 * round. SCREEN_NO_GLYPH: none has it. */
uint32_t screen_font_find(const struct screen_font *font, const uint64_t *rows, bool is_ink_first);

/* A PSF file, not packed. */
struct screen_font *screen_psf_parse(const uint8_t *data, size_t bytes, struct error *err);
