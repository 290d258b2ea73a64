/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Area averages: see window_scale.h.
 *
 * A row of the texture is made in two steps. First the rows of the source that it covers are added,
 * each with its share of 256, which fits 16 bits and is what vector units do fastest (this file is
 * compiled for that, CMakeLists.txt). Then the columns are added with shares of 65536. Shares are
 * rounded so that their sum is exact: white stays white.
 */
#include "emu/host/window_scale.h"

#include <stdlib.h>
#include <string.h>

#include "emu/host/window.h"

#define CHANNELS    4
#define ROW_ONE     256
#define COLUMN_ONE  65536
#define RESULT_ONE  24 /* bits: both shares */
#define PIXEL_BYTES 4

/* The source columns of one column of the texture: `count` of them from `first` on; the first and
 * the last are shared with its neighbours. */
struct window_column {
    uint32_t first;
    uint32_t count; /* at least 2 if `last` is not 0 */
    uint32_t share_first;
    uint32_t share_each; /* of those between */
    uint32_t share_last;
};

static void column_make(struct window_column *column, uint64_t index, uint64_t source,
                        uint64_t target)
{
    /* In units of 1 / target of a source column. */
    uint64_t from = index * source;
    uint64_t to = from + source;
    uint64_t end = (to + target - 1) / target;

    column->first = (uint32_t)(from / target);
    column->count = (uint32_t)(end - column->first);
    column->share_each = (uint32_t)(COLUMN_ONE * target / source);
    column->share_last = 0;
    if (column->count > 1) {
        column->share_last = (uint32_t)(COLUMN_ONE * (to - (end - 1) * target) / source);
    }
    uint32_t between = column->count > 2 ? column->count - 2 : 0;
    column->share_first = COLUMN_ONE - between * column->share_each - column->share_last;
}

int window_scaler_set(struct window_scaler *scaler, const struct window_view *view)
{
    window_scaler_free(scaler);
    scaler->view = *view;
    if (view->kind != VIEW_SHRINK) return 0;
    size_t width = (size_t)view->source.width;

    scaler->sums = calloc(width * CHANNELS, sizeof(*scaler->sums));
    scaler->columns = calloc((size_t)view->texture_width, sizeof(*scaler->columns));
    if (!scaler->sums || !scaler->columns) {
        window_scaler_free(scaler);
        return -1;
    }
    for (int32_t i = 0; i < view->texture_width; i++) {
        column_make(&scaler->columns[i], (uint64_t)i, width, (uint64_t)view->texture_width);
    }
    return 0;
}

void window_scaler_free(struct window_scaler *scaler)
{
    free(scaler->sums);
    free(scaler->columns);
    *scaler = (struct window_scaler){.view = {.kind = VIEW_NOTHING}};
}

static void add_row(uint16_t *restrict sums, const uint8_t *restrict row, size_t count,
                    uint16_t share)
{
    for (size_t i = 0; i < count; i++) {
        sums[i] = (uint16_t)(sums[i] + share * row[i]);
    }
}

/* `bytes` of the row `at` of what is shown. */
static const uint8_t *source_row(const struct window_scaler *scaler,
                                 const struct window_picture *picture, int32_t at)
{
    const struct window_rect *source = &scaler->view.source;

    return (const uint8_t *)(picture->pixels + (size_t)(source->y + at) * picture->stride +
                             source->x);
}

static void add_rows(struct window_scaler *scaler, const struct window_picture *picture, int32_t at)
{
    const int64_t source = scaler->view.source.height;
    const int64_t target = scaler->view.texture_height;
    const size_t count = (size_t)scaler->view.source.width * CHANNELS;
    int64_t from = at * source; /* in units of 1 / target of a source row */
    int64_t to = from + source;
    int64_t done = 0; /* of ROW_ONE */

    memset(scaler->sums, 0, count * sizeof(*scaler->sums));
    for (int64_t row = from / target; row * target < to; row++) {
        int64_t end = (row + 1) * target < to ? (row + 1) * target : to;
        int64_t share = ROW_ONE * (end - from) / source - done;

        if (share == 0) continue;
        add_row(scaler->sums, source_row(scaler, picture, (int32_t)row), count, (uint16_t)share);
        done += share;
    }
}

static uint32_t channel_of(const struct window_column *column, const uint16_t *sum)
{
    const uint32_t last = column->count - 1;
    uint32_t between = 0;

    for (uint32_t i = 1; i < last; i++) {
        between += sum[i * CHANNELS];
    }
    return (sum[0] * column->share_first + between * column->share_each +
            sum[last * CHANNELS] * column->share_last) >>
           RESULT_ONE;
}

static void shrink_row(struct window_scaler *scaler, const struct window_picture *picture,
                       int32_t at, uint8_t *out)
{
    add_rows(scaler, picture, at);
    for (int32_t x = 0; x < scaler->view.texture_width; x++) {
        const struct window_column *column = &scaler->columns[x];
        const uint16_t *sum = scaler->sums + (size_t)column->first * CHANNELS;

        for (int channel = 0; channel < CHANNELS; channel++) {
            *out++ = (uint8_t)channel_of(column, sum + channel);
        }
    }
}

void window_scaler_rows(struct window_scaler *scaler, const struct window_picture *picture,
                        int32_t first, int32_t rows, uint8_t *out, int32_t pitch)
{
    const size_t bytes = (size_t)scaler->view.texture_width * PIXEL_BYTES;

    for (int32_t at = first; at < first + rows; at++, out += pitch) {
        if (scaler->view.kind == VIEW_SHRINK) {
            shrink_row(scaler, picture, at, out);
        } else {
            memcpy(out, source_row(scaler, picture, at), bytes);
        }
    }
}
