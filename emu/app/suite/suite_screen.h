/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be seen on a screen. Pictures are compared with PNG files; text is read back: consoles put glyphs of a bitmap
 * font on a grid, and where every pixel of a cell is the cell's foreground or background and the shape is one of the
 * font's, the character is known exactly, without any guess. Fonts: PSF files (PC Screen Font, versions 1 and 2,
 * also packed by gzip), as Debian's consoles have them; our firmware's own is known by itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/app/suite/suite.h"
#include "emu/base/error.h"

/* XRGB8888, rows one behind the other. */
struct screen_picture {
    uint32_t *pixels;
    uint32_t width, height;
};

/* What the display shows now; nothing in the machine changes. False: the display is off (no picture). free() pixels. */
struct machine;
bool screen_take(struct machine *machine, struct screen_picture *picture);
/* The same for who looks again and again: `picture` is all zero or was made by these two, and is brought up to date within
 * `region` (cut to the picture; elsewhere it is as it was), which costs less than a new one. *is_changed: something within
 * is not as it was; true for a new picture and for one of another size. False: off, `picture` is as it was. */
bool screen_refresh(struct machine *machine, const struct suite_region *region,
                    struct screen_picture *picture, bool *is_changed);

/* ---- Text ---- */

struct screen_font;

/* Hostile input. NULL with `err`. */
struct screen_font *screen_font_load(const char *path, struct error *err);
struct screen_font *screen_font_parse(const uint8_t *data, size_t bytes, struct error *err);
/* That of our firmware's console. */
struct screen_font *screen_font_firmware(struct error *err);
void screen_font_destroy(struct screen_font *font);

/* Rows of the grid of the font's cells that begins at the region's corner, UTF-8, one line each, blanks at their ends cut off;
 * cells that are no glyph of the font are U+FFFD. Glyphs may be drawn 1 to 4 times as large as the font has them. In the
 * whole picture (a region of all zero) the grid of our firmware's font lies as its console does. *known: cells that are a
 * glyph and not blank. free() it. NULL: no memory. */
char *screen_read(const struct screen_font *font, const struct screen_picture *picture,
                  const struct suite_region *region, size_t *known);
/* The text by the font that knows the largest part of the cells that are not blank; the first of those. free() it; NULL: no memory. */
char *screen_text(const struct screen_font *const *fonts, size_t count,
                  const struct screen_picture *picture, const struct suite_region *region);

/* ---- Pictures ---- */

/* Hash of a region, as `expect-picture-hash` takes it: that of docs/formats/frame-log.md, as if the region were the
 * picture. Regions are cut to the picture. */
uint64_t screen_hash(const struct screen_picture *picture, const struct suite_region *region);
#define SCREEN_SENTENCE_BYTES 160u
/* 0: equal but for `tolerance`; 1: they differ, `sentence` says how many pixels, where first, by how much, and which sizes;
 * -1 with `err`: no such file, no PNG. The file holds the region alone. */
int screen_compare(const char *path, const struct screen_picture *picture,
                   const struct suite_region *region, unsigned tolerance,
                   char sentence[SCREEN_SENTENCE_BYTES], struct error *err) MUST_CHECK;
/* Writes the region as PNG, whole or not at all. */
int screen_write(const char *path, const struct screen_picture *picture,
                 const struct suite_region *region, struct error *err) MUST_CHECK;
/* A picture for people: what was wanted, what came, and where they differ, side by side. */
int screen_write_difference(const char *path, const char *wanted,
                            const struct screen_picture *picture, const struct suite_region *region,
                            struct error *err) MUST_CHECK;
