/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the display shows, row by row: a row is made in the processor's cache and compared with what is there, so looking
 * at a picture that stands still writes nothing. (Most of the time of a first picture goes into the host's pages for it.)
 */
#include "emu/app/suite/suite_screen.h"

#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/screen_region.h"
#include "emu/core/frame_draw.h"
#include "emu/machine/display.h"

bool screen_cut(const struct screen_picture *picture, const struct suite_region *region,
                struct suite_region *cut)
{
    *cut = (struct suite_region){.width = picture->width, .height = picture->height};
    if (region == NULL || screen_is_whole(region)) return true;
    cut->x = region->x;
    cut->y = region->y;
    if (region->x >= picture->width || region->y >= picture->height) {
        cut->width = 0;
        cut->height = 0;
        return false;
    }
    cut->width = picture->width - region->x;
    cut->height = picture->height - region->y;
    if (region->width < cut->width) {
        cut->width = region->width;
    }
    if (region->height < cut->height) {
        cut->height = region->height;
    }
    return cut->width > 0 && cut->height > 0;
}

/* Room for a picture of the scene's size; *is_new: nothing is known of its pixels. */
static bool make_room(const struct frame *frame, struct screen_picture *picture, bool *is_new)
{
    uint32_t *pixels;

    *is_new = picture->pixels == NULL || picture->width != frame->width ||
              picture->height != frame->height;
    if (!*is_new) return true;
    pixels = calloc((size_t)frame->width * frame->height, sizeof(*pixels));
    if (pixels == NULL) return false;
    free(picture->pixels);
    *picture = (struct screen_picture){
        .pixels = pixels,
        .width = frame->width,
        .height = frame->height,
    };
    return true;
}

static bool draw_region(const struct frame_scene *scene, const struct suite_region *region,
                        struct screen_picture *picture)
{
    uint32_t row[FRAME_SIDE_MAX];
    bool is_changed = false;

    for (uint32_t y = region->y; y - region->y < region->height; y++) {
        uint32_t *place = &picture->pixels[(size_t)y * picture->width + region->x];

        frame_draw_row(scene, y, region->x, region->width, row);
        if (memcmp(place, row, region->width * sizeof(*row)) == 0) continue;
        memcpy(place, row, region->width * sizeof(*row));
        is_changed = true;
    }
    return is_changed;
}

/* Of a new picture: nothing to compare with. */
static void draw_all(const struct frame_scene *scene, const struct suite_region *region,
                     struct screen_picture *picture)
{
    for (uint32_t y = region->y; y - region->y < region->height; y++) {
        frame_draw_row(scene, y, region->x, region->width,
                       &picture->pixels[(size_t)y * picture->width + region->x]);
    }
}

bool screen_refresh(struct machine *machine, const struct suite_region *region,
                    struct screen_picture *picture, bool *is_changed)
{
    struct frame_scene scene;
    struct suite_region cut;
    bool is_new;

    if (!machine_scene(machine, &scene) || !make_room(&scene.frame, picture, &is_new)) return false;
    (void)screen_cut(picture, region, &cut);
    if (is_new) {
        draw_all(&scene, &cut, picture);
        *is_changed = true;
    } else {
        *is_changed = draw_region(&scene, &cut, picture);
    }
    return true;
}

bool screen_take(struct machine *machine, struct screen_picture *picture)
{
    bool is_changed;

    *picture = (struct screen_picture){.pixels = NULL};
    return screen_refresh(machine, NULL, picture, &is_changed);
}
