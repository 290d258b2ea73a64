/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture as the display would show it now: its surface in whatever format, the border, the cursor. It is
 * made from video memory as it is, also in the middle of what the guest draws.
 */
#include "emu/debug/debugger_internal.h"

#include <stdlib.h>
#include <string.h>

#include "devices/display/vega10.h"

static struct device *find_display(struct debugger *debugger)
{
    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        if (debugger->observer->devices[i].device->class == &vega10_class)
            return debugger->observer->devices[i].device;
    }
    return NULL;
}

/* ---- Pixels ---- */

static uint32_t scale(uint32_t value, unsigned bits)
{
    const uint32_t max = (UINT32_C(1) << bits) - 1;

    return (value * 255 + max / 2) / max;
}

static uint32_t pixel_of(enum frame_format format, const uint8_t *data)
{
    const uint32_t low = (uint32_t)data[0] | (uint32_t)data[1] << 8;
    uint32_t whole;

    if (format == FRAME_RGB565) {
        return scale(low >> 11, 5) << 16 | scale(low >> 5 & 0x3f, 6) << 8 | scale(low & 0x1f, 5);
    }
    whole = low | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
    if (format == FRAME_XRGB8888) return whole & 0xffffff;
    return scale(whole >> 20 & 0x3ff, 10) << 16 | scale(whole >> 10 & 0x3ff, 10) << 8 |
           scale(whole & 0x3ff, 10);
}

static uint32_t blend(uint32_t below, uint32_t above, bool is_premultiplied)
{
    const uint32_t alpha = above >> 24;
    uint32_t result = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        const uint32_t under = (below >> shift & 0xff) * (255 - alpha);
        const uint32_t over = (above >> shift & 0xff) * (is_premultiplied ? 255 : alpha);
        const uint32_t sum = (under + over + 127) / 255;

        result |= (sum < 255 ? sum : 255) << shift;
    }
    return result;
}

static bool is_sane(const struct frame *frame)
{
    return frame->width > 0 && frame->height > 0 && frame->width <= FRAME_SIDE_MAX &&
           frame->height <= FRAME_SIDE_MAX &&
           (uint64_t)frame->width * frame->height <= FRAME_PIXELS_MAX;
}

/* The surface's part of a row. */
static void draw_row(struct device *display, const struct frame *frame, uint32_t row, uint8_t *data,
                     uint32_t *pixels)
{
    const unsigned bytes = frame_pixel_bytes(frame->format);
    const uint32_t room = frame->width - frame->surface_x;
    const uint32_t count = frame->surface_width < room ? frame->surface_width : room;
    const uint64_t offset = frame->offset + (uint64_t)row * frame->pitch;
    uint32_t *to = pixels + (size_t)(frame->surface_y + row) * frame->width + frame->surface_x;

    if (offset > VEGA10_VRAM_BYTES || (uint64_t)count * bytes > VEGA10_VRAM_BYTES - offset) return;
    vega10_vram_get(display, offset, data, (size_t)count * bytes);
    for (uint32_t x = 0; x < count; x++) {
        to[x] = pixel_of(frame->format, data + (size_t)x * bytes);
    }
}

static void draw_surface(struct device *display, const struct frame *frame, uint8_t *data,
                         uint32_t *pixels)
{
    if (frame->is_blank || frame->surface_x >= frame->width) return;
    for (uint32_t row = 0; row < frame->surface_height; row++) {
        if (frame->surface_y + row >= frame->height) return;
        draw_row(display, frame, row, data, pixels);
    }
}

static void draw_cursor(const struct frame *frame, const struct frame_cursor *cursor,
                        uint32_t *pixels)
{
    if (!cursor->is_visible) return;
    for (int64_t y = 0; y < cursor->height; y++) {
        for (int64_t x = 0; x < cursor->width; x++) {
            const int64_t column = cursor->x + x;
            const int64_t row = cursor->y + y;
            uint32_t *to;

            if (column < 0 || row < 0 || column >= frame->width || row >= frame->height) continue;
            to = &pixels[(size_t)row * frame->width + (size_t)column];
            *to = blend(*to, cursor->pixels[y * cursor->width + x], cursor->is_premultiplied);
        }
    }
}

uint32_t *debugger_picture(struct debugger *debugger, unsigned *width, unsigned *height)
{
    struct device *display = find_display(debugger);
    struct frame_cursor cursor;
    struct frame frame;
    uint32_t *pixels;
    uint8_t *data;

    if (display == NULL || !vega10_look(display, &frame, &cursor) || !is_sane(&frame)) return NULL;
    pixels = calloc((size_t)frame.width * frame.height, sizeof(*pixels));
    data = calloc(frame.width, 4);
    if (pixels == NULL || data == NULL) {
        free(pixels);
        free(data);
        return NULL;
    }
    for (size_t i = 0; i < (size_t)frame.width * frame.height; i++) {
        pixels[i] = frame.blank_color & 0xffffff;
    }
    draw_surface(display, &frame, data, pixels);
    if (!frame.is_blank) {
        draw_cursor(&frame, &cursor, pixels);
    }
    free(data);
    *width = frame.width;
    *height = frame.height;
    return pixels;
}

bool debugger_show(struct debugger *debugger)
{
    struct device *display = find_display(debugger);
    struct frame_cursor cursor;
    struct frame frame;

    if (display == NULL || !vega10_look(display, &frame, &cursor)) return false;
    vega10_show(display);
    return true;
}

bool picture_place(struct debugger *debugger, unsigned x, unsigned y, uint64_t *addr,
                   unsigned *bytes)
{
    struct device *display = find_display(debugger);
    const struct region *region;
    struct frame_cursor cursor;
    struct frame frame;
    uint64_t offset;

    if (display == NULL || !vega10_look(display, &frame, &cursor) || frame.is_blank) return false;
    if (x < frame.surface_x || x - frame.surface_x >= frame.surface_width) return false;
    if (y < frame.surface_y || y - frame.surface_y >= frame.surface_height) return false;
    region = vega10_vram_region(display);
    *bytes = frame_pixel_bytes(frame.format);
    offset = frame.offset + (uint64_t)(y - frame.surface_y) * frame.pitch +
             (uint64_t)(x - frame.surface_x) * *bytes;
    if (!region->is_mapped || offset >= region->bytes) return false;
    *addr = region->base + offset;
    return true;
}

/* ---- `screen` ---- */

int do_screen(struct debugger *debugger, const struct words *words, struct error *err)
{
    unsigned width;
    unsigned height;
    uint32_t *pixels;
    int result;

    if (words->count != 2) return error_usage(err, "screen FILE.png was expected");
    if (debugger->config.save_picture == NULL) {
        return error_usage(err, "pictures cannot be saved from here");
    }
    pixels = debugger_picture(debugger, &width, &height);
    if (pixels == NULL) return error_usage(err, "the display shows nothing yet");
    result = debugger->config.save_picture(words->word[1], pixels, width, height, err);
    free(pixels);
    if (result == 0) {
        debugger_print(debugger, "%s: %ux%u\n", words->word[1], width, height);
    }
    return result;
}
