/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fonts for reading screens, packed or not: refused with one sentence, or a font that any picture can be read with.
 */
#include <stdlib.h>

#include "emu/app/suite/suite_screen.h"
#include "emu/base/bug.h"
#include "tests/fuzz/input.h"

#define SIDE 150u

/* Noise of a few colours, with plain parts. */
static void make_picture(uint32_t *pixels, uint32_t noise)
{
    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        noise = noise * 1664525 + 1013904223;
        pixels[i] = i / 1024 % 2 == 0 ? 0x202020 : (noise >> 30) * 0x404040;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct suite_region part = {.x = 3, .y = 1, .width = SIDE, .height = 100};
    uint32_t pixels[SIDE * SIDE];
    const struct screen_picture picture = {.pixels = pixels, .width = SIDE, .height = SIDE};
    struct error err = ERROR_INIT;
    struct screen_font *font = screen_font_parse(data, size, &err);
    size_t known;
    char *text;

    if (font == NULL) {
        BUG_ON(err.text[0] == '\0');
        return 0;
    }
    make_picture(pixels, size > 0 ? data[size - 1] : 0);
    text = screen_read(font, &picture, &part, &known);
    BUG_ON(text == NULL);
    free(text);
    screen_font_destroy(font);
    return 0;
}
