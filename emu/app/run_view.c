/* SPDX-License-Identifier: GPL-2.0-only */
/* Glue between options, viewer and window. */
#include "emu/app/run_view.h"

#include <stdio.h>
#include <string.h>

#include "emu/core/frame.h"
#include "emu/host/picture.h"
#include "emu/host/viewer.h"
#include "emu/host/window.h"

/* ---- The window as the viewer's screen ---- */

static void screen_lock(void *ctx)
{
    window_picture_lock(ctx);
}

static void screen_unlock(void *ctx)
{
    window_picture_unlock(ctx);
}

static void screen_set(void *ctx, const struct picture *picture)
{
    const struct window_picture all = {
        .pixels = picture->pixels,
        .width = picture->width,
        .height = picture->height,
        .stride = picture->width,
    };

    window_picture_set(ctx, &all);
}

static void screen_changed(void *ctx, uint32_t first_row, uint32_t rows)
{
    window_picture_changed(ctx, first_row, rows);
}

/* ---- Options ---- */

static bool is_standard_output(const char *channel)
{
    return strcmp(channel, "stdio") == 0 || strcmp(channel, "stdout") == 0;
}

/* The option that has no meaning without a window; NULL: none was given. */
static const char *window_option(const struct run_options *options)
{
    return options->is_full_screen ? "full-screen" : options->has_scale ? "scale" : NULL;
}

static int check_options(const struct run_options *options, struct error *err)
{
    const bool has_no_window = options->is_headless || options->has_no_window;

    if (has_no_window && window_option(options) != NULL) {
        return error_usage(err, "--%s has no meaning without a window: leave it or --%s out",
                           window_option(options),
                           options->has_no_window ? "no-window" : "headless");
    }
    if (options->frame_log == NULL || strcmp(options->frame_log, "-") != 0) return 0;
    if (is_standard_output(options->serial)) {
        return error_usage(err, "--frame-log - and serial port 1 would mix on standard output: "
                                "choose another place for one, as with --serial none");
    }
    if (is_standard_output(options->debug_console)) {
        return error_usage(err, "--frame-log - and the debug console would mix on standard output: "
                                "choose another place for one");
    }
    return 0;
}

int run_view_prepare(struct run_view *view, const struct run_options *options, bool takes_pictures,
                     struct error *err)
{
    const bool is_lossless = takes_pictures || options->frame_log != NULL;
    const bool wants_window = !options->is_headless && !options->has_no_window;

    if (check_options(options, err) != 0) return -1;
    view->has_window = wants_window && window_has_display();
    view->lacks_display = wants_window && !view->has_window;
    if (view->lacks_display && window_option(options) != NULL) {
        return error_host(err, "there is no display to open a window on, which --%s asks for",
                          window_option(options));
    }
    if (!view->has_window && !is_lossless) return 0;
    view->frames = frame_store_create(is_lossless);
    return view->frames != NULL ? 0 : error_host(err, "no memory for the display's pictures");
}

/* ---- Life ---- */

/* Without a window the machine runs all the same, unless it was asked for. */
static int open_window(struct run_view *view, const struct run_options *options,
                       struct inbox *inbox, const struct host_activity *activity, struct error *err)
{
    struct error trouble = ERROR_INIT;
    const struct window_config config = {
        .title = "Spacegray",
        .inbox = inbox,
        .frames = view->frames,
        .activity = activity,
        .scale_percent = options->scale_percent,
        .is_full_screen = options->is_full_screen,
        .ask_debug = view->ask_debug,
        .debug_ctx = view->debug_ctx,
    };

    view->window = window_start(&config, &trouble);
    if (view->window != NULL) return 0;
    if (window_option(options) != NULL) return error_host(err, "no window: %s", trouble.text);
    (void)fprintf(stderr, "spacegray: no window is opened: %s\n", trouble.text);
    view->has_window = false;
    return 0;
}

int run_view_start(struct run_view *view, const struct run_options *options, struct inbox *inbox,
                   const struct host_activity *activity, struct error *err)
{
    struct viewer_config config = {.frames = view->frames, .frame_log = options->frame_log};

    if (view->lacks_display) {
        (void)fprintf(stderr, "spacegray: no display is there, so no window is opened\n");
    }
    if (view->frames == NULL) return 0;
    if (view->has_window && open_window(view, options, inbox, activity, err) != 0) return -1;
    if (view->window != NULL) {
        config.screen = (struct viewer_screen){
            .ctx = view->window,
            .lock = screen_lock,
            .unlock = screen_unlock,
            .set = screen_set,
            .changed = screen_changed,
        };
    }
    view->viewer = viewer_start(&config, err);
    return view->viewer != NULL ? 0 : -1;
}

void run_view_stop(struct run_view *view, struct error *err)
{
    (void)viewer_stop(view->viewer, err);
    view->viewer = NULL;
    window_stop(view->window);
    view->window = NULL;
}

void run_view_release(struct run_view *view)
{
    frame_store_destroy(view->frames);
    view->frames = NULL;
}
