/* SPDX-License-Identifier: GPL-2.0-only */
/* What art_main.c draws when the image is built, in the image. */
#pragma once

#include <stdint.h>

/* The typeface: 95 characters from space on, 32 lines of 8 bytes each; a byte is two pixels of 0 (not covered) to 15, the
 * left one in bits 3:0. */
extern const uint8_t art_glyphs[];

/* The logo (core/picture.h). The ring is drawn at the same place as the planet. */
extern const uint8_t art_planet[], art_ring[], art_word[];
