/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures: see picture.h. Video memory is only written, never read: reads are slow on real hardware. */
#include "firmware/core/picture.h"

#include "firmware/lib/bytes.h"

#define HEADER_BYTES 4
#define LEVEL_MAX    (PICTURE_LEVELS - 1)

/* `part` of `whole` from one colour to the other, rounded down, each component by itself. */
static uint32_t mix(uint32_t from, uint32_t to, uint32_t part, uint32_t whole)
{
    uint32_t mixed = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t a = from >> shift & 0xff, b = to >> shift & 0xff;

        mixed |= (a * (whole - part) + b * part) / whole << shift;
    }
    return mixed;
}

void picture_ramp(uint32_t ramp[PICTURE_LEVELS], uint32_t back, uint32_t front)
{
    for (unsigned i = 0; i < PICTURE_LEVELS; i++) {
        ramp[i] = mix(back, front, i, LEVEL_MAX);
    }
}

uint32_t picture_width(const struct picture *picture)
{
    return get_le16(picture->data);
}

uint32_t picture_height(const struct picture *picture)
{
    return get_le16(picture->data + 2);
}

/* One line; returns what follows it in the code. */
static const uint8_t *draw_line(const uint8_t *code, uint32_t width,
                                const uint32_t ramp[PICTURE_LEVELS], uint32_t *pixels)
{
    for (uint32_t x = 0; x < width;) {
        unsigned level = *code >> 4;
        uint32_t length = *code++ & 0xf;

        if (length == 0) {
            length = *code++;
        }
        for (uint32_t end = x + length; level != 0 && x < end; x++) {
            pixels[x] = ramp[level];
        }
        x += level == 0 ? length : 0;
    }
    return code;
}

void picture_draw(const struct picture *picture, const struct display *display, uint32_t x,
                  uint32_t y, uint32_t back)
{
    const uint8_t *code = picture->data + HEADER_BYTES;
    uint32_t width = picture_width(picture), height = picture_height(picture);

    for (uint32_t line = 0; line < height; line++) {
        uint8_t *start = display->pixels + (uint64_t)(y + line) * display->pitch;
        uint32_t ramp[PICTURE_LEVELS];

        picture_ramp(ramp, back, mix(picture->top, picture->bottom, line, height - 1));
        code = draw_line(code, width, ramp, (uint32_t *)(void *)start + x);
    }
}

void picture_fill(const struct display *display, uint32_t colour)
{
    uint64_t pair = (uint64_t)colour << 32 | colour;

    for (uint32_t line = 0; line < display->height; line++) {
        uint8_t *start = display->pixels + (uint64_t)line * display->pitch;
        uint64_t *at = (uint64_t *)(void *)start, *end = at + display->width / 2;

        /* Lines are multiples of 16 pixels. Eight stores a turn: a core that is translated block by block takes as long for
         * a turn of one. */
        for (; at < end; at += 8) {
            at[0] = pair;
            at[1] = pair;
            at[2] = pair;
            at[3] = pair;
            at[4] = pair;
            at[5] = pair;
            at[6] = pair;
            at[7] = pair;
        }
    }
}
