/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames as pixels: see frame_draw.h. Compiled with -O3: whole 5K pictures are converted, some 60 times a second. */
#define _DEFAULT_SOURCE /* le16toh, le32toh */

#include "emu/core/frame_draw.h"

#include <endian.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"

/* ---- Formats ---- */

static void convert_xrgb8888(const uint8_t *data, size_t count, uint32_t *pixels)
{
    memcpy(pixels, data, count * sizeof(*pixels));
    for (size_t i = 0; i < count; i++) {
        pixels[i] = le32toh(pixels[i]) & 0xffffff;
    }
}

/* value * 255 / 1023, rounded to the nearest; the test goes through all 1024. */
static uint32_t from_10_bits(uint32_t value)
{
    return ((value & 0x3ff) * 1021 + 2048) >> 12;
}

static void convert_xrgb2101010(const uint8_t *data, size_t count, uint32_t *pixels)
{
    memcpy(pixels, data, count * sizeof(*pixels));
    for (size_t i = 0; i < count; i++) {
        const uint32_t pixel = le32toh(pixels[i]);

        pixels[i] =
            from_10_bits(pixel >> 20) << 16 | from_10_bits(pixel >> 10) << 8 | from_10_bits(pixel);
    }
}

/* value * 255 / 31 and / 63, rounded to the nearest. */
static void convert_rgb565(const uint8_t *data, size_t count, uint32_t *pixels)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t raw;
        uint32_t pixel;

        memcpy(&raw, &data[2 * i], sizeof(raw));
        pixel = le16toh(raw);
        pixels[i] = ((pixel >> 11) * 527 + 23) >> 6 << 16 |
                    ((pixel >> 5 & 0x3f) * 259 + 33) >> 6 << 8 | ((pixel & 0x1f) * 527 + 23) >> 6;
    }
}

void frame_convert(enum frame_format format, const uint8_t *data, size_t count, uint32_t *pixels)
{
    switch (format) {
    case FRAME_XRGB8888: convert_xrgb8888(data, count, pixels); break;
    case FRAME_XRGB2101010: convert_xrgb2101010(data, count, pixels); break;
    case FRAME_RGB565: convert_rgb565(data, count, pixels); break;
    }
}

/* ---- Cursor ---- */

static uint32_t blend_channel(uint32_t above, uint32_t below, uint32_t alpha, bool is_weighted)
{
    if (!is_weighted) return (above * alpha + below * (255 - alpha) + 127) / 255;
    return (uint32_t)min_u64(255, above + (below * (255 - alpha) + 127) / 255);
}

uint32_t frame_blend(uint32_t above, uint32_t below, bool is_premultiplied)
{
    const uint32_t alpha = above >> 24;
    uint32_t result = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        result |=
            blend_channel(above >> shift & 0xff, below >> shift & 0xff, alpha, is_premultiplied)
            << shift;
    }
    return result;
}

/* ---- Rows ---- */

bool frame_scene_is_sane(const struct frame_scene *scene)
{
    const struct frame *frame = &scene->frame;

    return frame->width > 0 && frame->height > 0 && frame->width <= FRAME_SIDE_MAX &&
           frame->height <= FRAME_SIDE_MAX &&
           (uint64_t)frame->width * frame->height <= FRAME_PIXELS_MAX;
}

/* The part of [start, start + length) that lies in [x, x + count): its begin, and how long it is. */
static uint32_t overlap(int64_t start, uint32_t length, uint32_t x, uint32_t count, uint32_t *from)
{
    const int64_t low = start > x ? start : x;
    const int64_t high = start + length < (int64_t)x + count ? start + length : (int64_t)x + count;

    if (high <= low) return 0;
    *from = (uint32_t)low;
    return (uint32_t)(high - low);
}

/* How many of these pixels the surface covers; from where on, and where they lie. */
static uint32_t find_surface(const struct frame_scene *scene, uint32_t y, uint32_t x,
                             uint32_t count, uint32_t *from, const uint8_t **data)
{
    const struct frame *frame = &scene->frame;
    const unsigned bytes = frame_pixel_bytes(frame->format);
    uint32_t part;
    uint64_t offset;

    if (y < frame->surface_y || y - frame->surface_y >= frame->surface_height) return 0;
    part = overlap(frame->surface_x, frame->surface_width, x, count, from);
    if (part == 0) return 0;
    offset = frame->offset + (uint64_t)(y - frame->surface_y) * frame->pitch +
             (uint64_t)(*from - frame->surface_x) * bytes;
    if (frame->offset > scene->vram_bytes || offset > scene->vram_bytes) return 0;
    if ((uint64_t)part * bytes > scene->vram_bytes - offset) return 0;
    *data = scene->vram + offset;
    return part;
}

static void draw_cursor(const struct frame_scene *scene, uint32_t y, uint32_t x, uint32_t count,
                        uint32_t *pixels)
{
    const struct frame_cursor *cursor = &scene->cursor;
    const int64_t line = (int64_t)y - cursor->y;
    const uint32_t *above;
    uint32_t from = 0;
    uint32_t part;

    if (!cursor->is_visible || line < 0 || line >= cursor->height) return;
    part = overlap(cursor->x, cursor->width, x, count, &from);
    above = &cursor->pixels[line * cursor->width];
    for (uint32_t i = from; i < from + part; i++) {
        pixels[i - x] =
            frame_blend(above[(int64_t)i - cursor->x], pixels[i - x], cursor->is_premultiplied);
    }
}

void frame_draw_row(const struct frame_scene *scene, uint32_t y, uint32_t x, uint32_t count,
                    uint32_t *pixels)
{
    const struct frame *frame = &scene->frame;
    const uint8_t *data = NULL;
    uint32_t from = x;
    uint32_t part;

    BUG_ON(y >= frame->height || x > frame->width || count > frame->width - x);
    part = frame->is_blank ? 0 : find_surface(scene, y, x, count, &from, &data);
    if (part < count) {
        for (uint32_t i = 0; i < count; i++) {
            pixels[i] = frame->blank_color & 0xffffff;
        }
    }
    if (part > 0) {
        frame_convert(frame->format, data, part, pixels + (from - x));
    }
    if (!frame->is_blank) {
        draw_cursor(scene, y, x, count, pixels);
    }
}
