/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Painting: rows of the picture that changed go into a texture, the texture and our own layers onto
 * the screen. The texture is never larger than the window (twice that in each direction with a
 * graphics card), whatever the size of the picture.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/host/window_internal.h"

#define STRIP_DOTS  24 /* height in dots of our own letters */
#define MARGIN_DOTS 24
#define BACK_LEVEL  0x10
#define POINTS_ONE  1000

int32_t window_strip_height(const struct window *window)
{
    if (!window->has_strip[window->is_full_screen]) return 0;
    return STRIP_DOTS * window->painter.unit;
}

static void measure(struct window_painter *painter)
{
    int width = 0;
    int height = 0;
    int points = 0;

    if (SDL_GetRendererOutputSize(painter->renderer, &width, &height) != 0) return;
    painter->output_width = width;
    painter->output_height = height;
    SDL_GetWindowSize(painter->handle, &points, NULL);
    if (points <= 0) return;
    int32_t ratio = (int32_t)((int64_t)width * POINTS_ONE / points);
    if (ratio != painter->points && ratio >= POINTS_ONE) {
        painter->points = ratio;
        painter->unit = SDL_max(painter->unit, (ratio + POINTS_ONE / 2) / POINTS_ONE);
        painter->is_lost = true;
    }
}

static bool is_same_view(const struct window_view *a, const struct window_view *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void make_texture(struct window_painter *painter)
{
    const struct window_view *view = &painter->view;

    if (painter->texture) SDL_DestroyTexture(painter->texture);
    painter->texture = NULL;
    if (view->kind == VIEW_NOTHING || window_scaler_set(&painter->scaler, view) != 0) return;
    painter->texture =
        SDL_CreateTexture(painter->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING,
                          view->texture_width, view->texture_height);
    if (!painter->texture) return;
    bool is_whole = view->target.width % view->source.width == 0; /* each becomes a square */
    (void)SDL_SetTextureScaleMode(painter->texture,
                                  is_whole ? SDL_ScaleModeNearest : SDL_ScaleModeLinear);
    (void)SDL_SetTextureBlendMode(painter->texture, SDL_BLENDMODE_NONE);
}

/* With the mutex held. */
static void look_at_picture(struct window *window)
{
    struct window_painter *painter = &window->painter;
    struct window_shared *shared = &window->shared;
    const bool has_picture = shared->picture.pixels != NULL;
    const struct window_wish wish = {
        .output_width = painter->output_width,
        .output_height = painter->output_height - window_strip_height(window),
        .picture_width = has_picture ? (int32_t)shared->picture.width : 0,
        .picture_height = has_picture ? (int32_t)shared->picture.height : 0,
        .scale_percent = window->scale_percent,
        .pan_x = window->pan_x,
        .pan_y = window->pan_y,
        .has_card = painter->has_card,
    };
    struct window_view view;

    window_view_make(&wish, &view);
    window->pan_x = view.source.x;
    window->pan_y = view.source.y;
    if (is_same_view(&view, &painter->view) && !painter->is_lost) return;
    painter->view = view;
    make_texture(painter);
    shared->is_new = true;
    shared->has_changed = true;
}

void window_layout(struct window *window)
{
    struct window_painter *painter = &window->painter;

    measure(painter);
    if (painter->is_lost) window_paint_forget(painter);
    (void)pthread_mutex_lock(&window->shared.mutex);
    look_at_picture(window);
    (void)pthread_mutex_unlock(&window->shared.mutex);
    painter->is_lost = false;
    window->needs_paint = true;
}

static void update_rows(struct window_painter *painter, const struct window_picture *picture,
                        uint32_t from, uint32_t count)
{
    SDL_Rect rect = {0, 0, painter->view.texture_width, 0};
    void *pixels;
    int pitch;

    window_view_rows(&painter->view, from, count, &rect.y, &rect.h);
    if (rect.h == 0 || SDL_LockTexture(painter->texture, &rect, &pixels, &pitch) != 0) return;
    window_scaler_rows(&painter->scaler, picture, rect.y, rect.h, pixels, pitch);
    SDL_UnlockTexture(painter->texture);
}

/* With the mutex held. */
static void update_texture(struct window *window)
{
    struct window_shared *shared = &window->shared;
    const uint32_t height = shared->picture.height;
    const uint32_t bands = (height + WINDOW_BAND_ROWS - 1) / WINDOW_BAND_ROWS;

    for (uint32_t band = 0; band < bands; band++) {
        uint32_t end = band;

        while (end < bands && (shared->is_new || shared->bands[end])) {
            end++;
        }
        if (end == band) continue;
        update_rows(&window->painter, &shared->picture, band * WINDOW_BAND_ROWS,
                    SDL_min(end * WINDOW_BAND_ROWS, height) - band * WINDOW_BAND_ROWS);
        band = end;
    }
}

static void take_changes(struct window *window)
{
    struct window_shared *shared = &window->shared;

    (void)pthread_mutex_lock(&shared->mutex);
    look_at_picture(window);
    if (shared->has_changed && window->painter.texture) update_texture(window);
    if (shared->has_changed) memset(shared->bands, 0, sizeof(shared->bands));
    shared->is_new = false;
    shared->has_changed = false;
    (void)pthread_mutex_unlock(&shared->mutex);
}

static SDL_Rect to_rect(const struct window_rect *rect)
{
    return (SDL_Rect){rect->x, rect->y, rect->width, rect->height};
}

/* A layer in the middle, or with its lower edge at `bottom` if that is not negative; made smaller
 * if the window is too small. */
static void paint_layer(struct window_painter *painter, struct window_layer *layer, int32_t bottom)
{
    int32_t width = layer->canvas.width;
    int32_t height = layer->canvas.height;

    if (!layer->texture) return;
    if (width > painter->output_width) {
        height = SDL_max(1, height * painter->output_width / width);
        width = painter->output_width;
    }
    if (height > painter->output_height) {
        width = SDL_max(1, width * painter->output_height / height);
        height = painter->output_height;
    }
    SDL_Rect place = {(painter->output_width - width) / 2, bottom - height, width, height};
    if (bottom < 0) place.y = (painter->output_height - height) / 2;
    (void)SDL_RenderCopy(painter->renderer, layer->texture, NULL, &place);
}

void window_paint(struct window *window)
{
    struct window_painter *painter = &window->painter;
    const bool has_message = window->message_until_ns != 0;

    take_changes(window);
    (void)SDL_SetRenderDrawColor(painter->renderer, BACK_LEVEL, BACK_LEVEL, BACK_LEVEL, 0xff);
    (void)SDL_RenderClear(painter->renderer);
    if (painter->texture) {
        SDL_Rect target = to_rect(&painter->view.target);

        (void)SDL_RenderCopy(painter->renderer, painter->texture, NULL, &target);
    }
    const int32_t strip = window_strip_height(window);
    const int32_t bottom = painter->output_height - strip;
    if (strip > 0) {
        window_overlay_strip(window);
        paint_layer(painter, &painter->strip, painter->output_height);
    }
    if (has_message) {
        window_overlay_message(window, window->message);
        paint_layer(painter, &painter->message, bottom - MARGIN_DOTS * painter->unit);
    } else if (painter->view.kind == VIEW_NOTHING) {
        window_overlay_message(window, "The display shows nothing yet");
        paint_layer(painter, &painter->message, -1);
    }
    if (window->shows_help) {
        window_overlay_help(window);
        paint_layer(painter, &painter->help, -1);
    }
    SDL_RenderPresent(painter->renderer);
}

void window_paint_forget(struct window_painter *painter)
{
    if (painter->texture) SDL_DestroyTexture(painter->texture);
    painter->texture = NULL;
    window_layer_free(&painter->strip);
    window_layer_free(&painter->message);
    window_layer_free(&painter->help);
}
