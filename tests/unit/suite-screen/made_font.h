/* SPDX-License-Identifier: GPL-2.0-only */
/* Fonts for tests, whose glyphs are noise, each another one; as PSF files, and drawn on pictures. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/suite_screen.h"

struct made_font {
    unsigned version; /* of PSF */
    uint32_t width, height;
    uint32_t glyph_count;
    bool has_table;
};

/* The pixel of a glyph is ink. Glyph 0 is blank. */
bool made_dot(const struct made_font *font, uint32_t glyph, uint32_t x, uint32_t y);
/* The character that glyph stands for: itself from 21h to 7Eh, others beyond ASCII; 0: none. */
uint32_t made_code(const struct made_font *font, uint32_t glyph);
/* free() it. */
uint8_t *made_psf(const struct made_font *font, size_t *bytes);

struct made_ink {
    uint32_t scale;
    uint32_t ink, paper;
};
void made_draw(const struct made_font *font, uint32_t glyph, const struct made_ink *how,
               struct screen_picture *picture, uint32_t x, uint32_t y);
/* All of one colour. */
void made_picture(struct screen_picture *picture, uint32_t width, uint32_t height, uint32_t colour);
