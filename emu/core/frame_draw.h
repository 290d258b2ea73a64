/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames as pixels: the surface in whatever format, the border around it, the cursor on top, become XRGB8888. For all
 * that show pictures, so that they show the same ones. Narrower and wider colours become 8 bits by the nearest value, so
 * that full scale stays full scale. All are pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/frame.h"

/* `count` pixels of video memory. The upper bytes of `pixels` become 0. */
void frame_convert(enum frame_format format, const uint8_t *data, size_t count, uint32_t *pixels);
/* A pixel of a cursor on one of the picture. */
uint32_t frame_blend(uint32_t above, uint32_t below, bool is_premultiplied);

/* All that a picture is made of. */
struct frame_scene {
    struct frame frame;
    struct frame_cursor cursor;
    const uint8_t *vram; /* borrowed */
    uint64_t vram_bytes;
};

/* It has a size, and one that frame_offer() would take. */
bool frame_scene_is_sane(const struct frame_scene *scene);
/* Pixels x..x + count - 1 of row y of a sane scene; they lie on the picture. What of the surface does not lie in video memory
 * is shown as border. */
void frame_draw_row(const struct frame_scene *scene, uint32_t y, uint32_t x, uint32_t count,
                    uint32_t *pixels);
