/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the picture to the texture of a view. A picture that is shown smaller is averaged over the
 * area of each new pixel: letters stay readable that a renderer's filter would tear. Only the rows
 * that are asked for are read.
 */
#pragma once

#include <stdint.h>

#include "emu/host/window_view.h"

struct window_picture;
struct window_column;

struct window_scaler {
    struct window_view view;
    uint16_t *sums;                /* of one row: four channels for each column of the source */
    struct window_column *columns; /* which of them make up a column of the texture */
};

/* Gets ready for a view; `scaler` is all zeros before the first time. 0, or -1: no memory, and it
 * cannot be used. */
int window_scaler_set(struct window_scaler *scaler, const struct window_view *view);
void window_scaler_free(struct window_scaler *scaler);

/* Writes rows [first, first + rows) of the texture to `out`, whose rows are `pitch` bytes apart.
 * `picture` has the size that the view was made for. */
void window_scaler_rows(struct window_scaler *scaler, const struct window_picture *picture,
                        int32_t first, int32_t rows, uint8_t *out, int32_t pitch);
