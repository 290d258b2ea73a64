/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures as PNG files (ISO/IEC 15948): 8-bit RGB, sRGB. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

/* Makes or replaces the file `path`. `pixels`: XRGB8888, `width` a row. Equal pictures give equal
 * files with the same libraries. A 5K picture takes about half a second. 0, or -1 with `err`
 * (ERROR_HOST: one sentence that names the file); no unfinished file stays behind then. */
int save_png(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height,
             struct error *err) MUST_CHECK;

/* Any kind of PNG file as XRGB8888; free() it. Transparency is left out, nothing is done about gamma. At most
 * FRAME_SIDE_MAX and FRAME_PIXELS_MAX (emu/core/frame.h). Hostile input. NULL
 * with `err`: ERROR_HOST, or ERROR_USAGE when it is no (good) PNG file. */
uint32_t *load_png(const char *path, uint32_t *width, uint32_t *height, struct error *err);
/* The same of data in memory; `err` does not name it. */
uint32_t *parse_png(const uint8_t *data, size_t bytes, uint32_t *width, uint32_t *height,
                    struct error *err);
