/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures as PNG files (ISO/IEC 15948): 8-bit RGB, sRGB. */
#pragma once

#include <stdint.h>

#include "emu/base/error.h"

/* Makes or replaces the file `path`. `pixels`: XRGB8888, `width` a row. Equal pictures give equal
 * files with the same libraries. A 5K picture takes about half a second. 0, or -1 with `err`
 * (ERROR_HOST: one sentence that names the file); no unfinished file stays behind then. */
int save_png(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height,
             struct error *err) MUST_CHECK;
