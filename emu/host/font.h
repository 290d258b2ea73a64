/* SPDX-License-Identifier: GPL-2.0-only */
/* The font of the window's own words: a PC Screen Font of version 1 with glyphs of 8 x 16, those of
 * ASCII at their codes (psf-unifont; font.S, CMakeLists.txt). */
#pragma once

#include <stdint.h>

#define FONT_HEADER_BYTES 4
#define FONT_GLYPH_BYTES  16

extern const uint8_t font_psf[];
