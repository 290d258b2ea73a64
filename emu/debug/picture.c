/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture as the display would show it now, made from video memory as it is, also in the middle of what the guest
 * draws; and where in memory its pixels lie.
 */
#include "emu/debug/debugger_internal.h"

#include <stdlib.h>

#include "devices/display/vega10.h"
#include "emu/core/frame_draw.h"
#include "emu/machine/display.h"

static struct device *find_display(const struct debugger *debugger)
{
    return machine_display(debugger->observer->machine);
}

uint32_t *debugger_picture(struct debugger *debugger, unsigned *width, unsigned *height)
{
    struct frame_scene scene;
    uint32_t *pixels;

    if (!machine_scene(debugger->observer->machine, &scene)) return NULL;
    *width = scene.frame.width;
    *height = scene.frame.height;
    pixels = malloc((size_t)*width * *height * sizeof(*pixels));
    for (uint32_t y = 0; pixels != NULL && y < *height; y++) {
        frame_draw_row(&scene, y, 0, *width, &pixels[(size_t)y * *width]);
    }
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
