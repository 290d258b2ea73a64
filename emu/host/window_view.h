/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the picture lies in the window: pure arithmetic. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct window_rect {
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
};

/* Sides are 0..FRAME_SIDE_MAX. */
struct window_wish {
    int32_t output_width; /* pixels of the screen that the picture may take */
    int32_t output_height;
    int32_t picture_width;
    int32_t picture_height;
    unsigned scale_percent; /* 0: fit; see window.h */
    int32_t pan_x;          /* pixel of the picture to have at the left edge, if there is more */
    int32_t pan_y;
    bool has_card; /* a graphics card makes pixels fewer, too, and well as long as each new one has
                    * less than two of the old in a row */
};

enum window_view_kind {
    VIEW_NOTHING, /* no picture, or no room for it */
    VIEW_COPY,    /* pixel for pixel */
    VIEW_SHRINK,  /* several pixels of the picture become one: the window computes them */
    VIEW_STRETCH, /* the renderer makes more or fewer of them */
};

/* `source` (pixels of the picture, never empty unless VIEW_NOTHING) is shown at `target` (pixels of
 * the output, centred in it). The texture between them has the size of the target when the window
 * computes it, else of the source. */
struct window_view {
    enum window_view_kind kind;
    struct window_rect source;
    struct window_rect target;
    int32_t texture_width;
    int32_t texture_height;
    int32_t picture_width;
    int32_t picture_height;
};

void window_view_make(const struct window_wish *wish, struct window_view *view);

/* The texture's rows [*first, *first + *rows) that change with these rows of the picture; *rows is 0
 * when none of them is to be seen. */
void window_view_rows(const struct window_view *view, uint32_t picture_first, uint32_t picture_rows,
                      int32_t *first, int32_t *rows);

/* The pixel of the picture under a point of the output, the nearest one if there is none. False
 * with VIEW_NOTHING. */
bool window_view_point(const struct window_view *view, int32_t x, int32_t y, int32_t *picture_x,
                       int32_t *picture_y);

/* How large a pixel of the picture is on the screen, in percent, at least 1. */
unsigned window_view_percent(const struct window_view *view);

/* The next larger or smaller fixed scale after `percent`. */
unsigned window_scale_step(unsigned percent, bool is_larger);
