/* SPDX-License-Identifier: GPL-2.0-only */
/* PNG files that pictures are compared with: refused with one sentence, or a picture of a size that is allowed. */
#include <stdlib.h>

#include "emu/base/bug.h"
#include "emu/core/frame.h"
#include "emu/host/png.h"
#include "tests/fuzz/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    uint32_t width = 0;
    uint32_t height = 0;
    uint32_t *pixels = parse_png(data, size, &width, &height, &err);

    if (pixels == NULL) {
        BUG_ON(err.kind != ERROR_USAGE || err.text[0] == '\0');
        return 0;
    }
    BUG_ON(width == 0 || width > FRAME_SIDE_MAX || height == 0 || height > FRAME_SIDE_MAX);
    BUG_ON((uint64_t)width * height > FRAME_PIXELS_MAX);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        BUG_ON(pixels[i] > 0xffffff);
    }
    free(pixels);
    return 0;
}
