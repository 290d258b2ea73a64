/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions of pictures, for the files of suite_screen.h. */
#pragma once

#include "emu/app/suite/suite_screen.h"

static inline bool screen_is_whole(const struct suite_region *region)
{
    return region->x == 0 && region->y == 0 && region->width == 0 && region->height == 0;
}

/* The part of the region that lies on the picture; the picture for NULL and for all zero. False: there is none (`cut` is empty
 * then). */
bool screen_cut(const struct screen_picture *picture, const struct suite_region *region,
                struct suite_region *cut);
