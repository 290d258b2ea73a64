/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the picture lies in the window: see window_view.h. */
#include "emu/host/window_view.h"

#include <stddef.h>

#include "emu/base/bits.h"
#include "emu/host/window.h"

static const unsigned scales[] = {10, 15, 20, 25, 33, 50, 67, 75, 100, 150, 200, 300, 400};

static int32_t clamp(int64_t value, int64_t low, int64_t high)
{
    return (int32_t)(value < low ? low : value > high ? high : value);
}

/* value * up / down, at least 1. */
static int32_t scaled(int32_t value, int32_t up, int32_t down)
{
    return clamp((int64_t)value * up / down, 1, INT32_MAX);
}

static void fit(const struct window_wish *wish, struct window_view *view)
{
    view->source = (struct window_rect){0, 0, wish->picture_width, wish->picture_height};
    if ((int64_t)wish->picture_width * wish->output_height >=
        (int64_t)wish->picture_height * wish->output_width) {
        view->target.width = wish->output_width;
        view->target.height = scaled(wish->picture_height, wish->output_width, wish->picture_width);
    } else {
        view->target.height = wish->output_height;
        view->target.width = scaled(wish->picture_width, wish->output_height, wish->picture_height);
    }
}

/* One direction of a fixed scale: how much is shown, from where, and how large it is then. */
static void cut(int32_t picture, int32_t output, int32_t percent, int32_t pan, int32_t result[3])
{
    int32_t whole = scaled(picture, percent, 100);
    int32_t target = whole < output ? whole : output;
    int32_t source = whole <= output ? picture : clamp(scaled(target, 100, percent), 1, picture);

    result[0] = clamp(pan, 0, picture - source);
    result[1] = source;
    result[2] = target;
}

static void fix(const struct window_wish *wish, struct window_view *view)
{
    int32_t x[3];
    int32_t y[3];

    cut(wish->picture_width, wish->output_width, (int32_t)wish->scale_percent, wish->pan_x, x);
    cut(wish->picture_height, wish->output_height, (int32_t)wish->scale_percent, wish->pan_y, y);
    view->source = (struct window_rect){x[0], y[0], x[1], y[1]};
    view->target.width = x[2];
    view->target.height = y[2];
}

static enum window_view_kind choose_kind(const struct window_wish *wish,
                                         const struct window_rect *source,
                                         const struct window_rect *target)
{
    if (target->width == source->width && target->height == source->height) return VIEW_COPY;
    if (target->width > source->width || target->height > source->height) return VIEW_STRETCH;
    bool is_near = 2 * target->width > source->width && 2 * target->height > source->height;
    return wish->has_card && is_near ? VIEW_STRETCH : VIEW_SHRINK;
}

void window_view_make(const struct window_wish *wish, struct window_view *view)
{
    *view = (struct window_view){
        .kind = VIEW_NOTHING,
        .picture_width = wish->picture_width,
        .picture_height = wish->picture_height,
    };
    if (wish->output_width <= 0 || wish->output_height <= 0 || wish->picture_width <= 0 ||
        wish->picture_height <= 0) {
        return;
    }
    if (wish->scale_percent == WINDOW_SCALE_FIT) {
        fit(wish, view);
    } else {
        fix(wish, view);
    }
    view->target.x = (wish->output_width - view->target.width) / 2;
    view->target.y = (wish->output_height - view->target.height) / 2;
    view->kind = choose_kind(wish, &view->source, &view->target);
    const struct window_rect *texture = view->kind == VIEW_SHRINK ? &view->target : &view->source;
    view->texture_width = texture->width;
    view->texture_height = texture->height;
}

void window_view_rows(const struct window_view *view, uint32_t picture_first, uint32_t picture_rows,
                      int32_t *first, int32_t *rows)
{
    int64_t from = (int64_t)picture_first - view->source.y;
    int64_t to = from + picture_rows;

    *first = 0;
    *rows = 0;
    if (view->kind == VIEW_NOTHING) return;
    from = clamp(from, 0, view->source.height);
    to = clamp(to, 0, view->source.height);
    if (from >= to) return;
    if (view->kind == VIEW_SHRINK) {
        from = from * view->texture_height / view->source.height;
        to = (to * view->texture_height + view->source.height - 1) / view->source.height;
    }
    *first = (int32_t)from;
    *rows = (int32_t)(to - from);
}

bool window_view_point(const struct window_view *view, int32_t x, int32_t y, int32_t *picture_x,
                       int32_t *picture_y)
{
    const struct window_rect *source = &view->source;
    const struct window_rect *target = &view->target;

    if (view->kind == VIEW_NOTHING) return false;
    int64_t in_x = ((int64_t)x - target->x) * source->width / target->width;
    int64_t in_y = ((int64_t)y - target->y) * source->height / target->height;
    *picture_x = source->x + clamp(in_x, 0, source->width - 1);
    *picture_y = source->y + clamp(in_y, 0, source->height - 1);
    return true;
}

unsigned window_view_percent(const struct window_view *view)
{
    if (view->kind == VIEW_NOTHING) return WINDOW_SCALE_ONE;
    return (unsigned)scaled(view->target.width, 100, view->source.width);
}

unsigned window_scale_step(unsigned percent, bool is_larger)
{
    size_t count = ARRAY_LEN(scales);

    if (is_larger) {
        for (size_t i = 0; i < count; i++) {
            if (scales[i] > percent) return scales[i];
        }
        return scales[count - 1];
    }
    for (size_t i = count; i > 0; i--) {
        if (scales[i - 1] < percent) return scales[i - 1];
    }
    return scales[0];
}
