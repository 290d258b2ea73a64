/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the panel shows, as pixels of the host: a frame's surface in whatever format, the border
 * around it and the cursor on top become one XRGB8888 picture that is kept from frame to frame.
 * Only pixels that really change are written, and the rows of those are told.
 *
 * A frame is shown by picture_begin(), then frame_read(store, picture_surface, picture), then
 * picture_finish(). One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/frame.h"

struct picture {
    uint32_t *pixels; /* XRGB8888, the upper byte is 0; width pixels a row; NULL: nothing yet */
    uint32_t width;
    uint32_t height;
    bool is_blank; /* nothing is scanned out */

    /* What follows is picture.c's own. */
    struct frame frame;                    /* shown last */
    uint64_t *row_hashes;                  /* of rows that are not in `stale` */
    uint64_t changed[FRAME_SIDE_MAX / 64]; /* rows not told yet */
    uint64_t stale[FRAME_SIDE_MAX / 64];   /* rows not hashed yet */
    /* What is under the cursor. */
    uint32_t under_x;
    uint32_t under_y;
    uint32_t under_width;
    uint32_t under_height;
    uint32_t under[FRAME_CURSOR_SIDE * FRAME_CURSOR_SIDE];
    uint32_t row[FRAME_SIDE_MAX]; /* converted, not yet compared */
};

/* Nothing is shown. */
void picture_init(struct picture *picture);
void picture_release(struct picture *picture);

/* The cursor is taken off; a picture of another size starts anew, black. -1 with `err` when memory
 * is short: the picture is as before, and the frame is to be given back unread. */
int picture_begin(struct picture *picture, const struct frame *frame, struct error *err) MUST_CHECK;
/* A stretch of the frame's surface (frame_read()). `ctx` is the picture. */
void picture_surface(void *ctx, uint64_t start, const uint8_t *data, size_t bytes);
/* Puts the cursor on. */
void picture_finish(struct picture *picture, const struct frame_cursor *cursor);

/* The next stretch of rows that may have changed since they were told; false when there is none
 * left. */
bool picture_changed_next(struct picture *picture, uint32_t *first_row, uint32_t *rows);
/* Of size and pixels, equal on every host for equal pictures: docs/formats/frame-log.md. Reads only
 * rows that changed since the last call. */
uint64_t picture_hash(struct picture *picture);
/* Of one row of `width` pixels; of size and rows: the same document. */
uint64_t picture_hash_row(const uint32_t *row, size_t width);
