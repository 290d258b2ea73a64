/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture has a mutex of its own: a screenshot is taken by the thread that runs the machine,
 * after every frame so far was shown. Trouble of the viewer's thread is kept and told at the end.
 */
#define _GNU_SOURCE

#include "emu/host/viewer.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/core/frame.h"
#include "emu/host/picture.h"
#include "emu/host/png.h"

struct viewer {
    struct viewer_config config;
    pthread_t thread;
    pthread_mutex_t mutex; /* of the picture */
    atomic_bool is_stopping;
    struct picture picture;

    /* Of the viewer's thread until it ended. */
    struct frame frame;
    struct frame_cursor cursor;
    const uint32_t *told_pixels; /* what the screen knows of */
    FILE *log;
    bool is_logged; /* `logged_hash` is that of the last line */
    uint64_t logged_hash;
    struct error trouble;
};

/* ---- The viewer's thread ---- */

static void tell_screen(struct viewer *viewer)
{
    const struct viewer_screen *screen = &viewer->config.screen;
    struct picture *picture = &viewer->picture;
    uint32_t first;
    uint32_t rows;

    if (viewer->told_pixels != picture->pixels) {
        screen->set(screen->ctx, picture);
        viewer->told_pixels = picture->pixels;
    }
    while (picture_changed_next(picture, &first, &rows)) {
        screen->changed(screen->ctx, first, rows);
    }
}

static bool update_picture(struct viewer *viewer)
{
    if (picture_begin(&viewer->picture, &viewer->frame, &viewer->trouble) != 0) return false;
    frame_read(viewer->config.frames, picture_surface, &viewer->picture);
    picture_finish(&viewer->picture, &viewer->cursor);
    return true;
}

static void log_frame(struct viewer *viewer)
{
    const struct frame *frame = &viewer->frame;
    const uint64_t hash = picture_hash(&viewer->picture);

    if (viewer->is_logged && viewer->logged_hash == hash) return;
    viewer->is_logged = true;
    viewer->logged_hash = hash;
    if (fprintf(viewer->log, "%" PRIu64 " %" PRIu64 " %" PRIu32 "x%" PRIu32 " %016" PRIx64 "\n",
                frame->number, frame->at, frame->width, frame->height, hash) < 0) {
        (void)error_host(&viewer->trouble, "cannot write %s: %s", viewer->config.frame_log,
                         strerror(errno));
    }
}

static void show_frame(struct viewer *viewer)
{
    const struct viewer_screen *screen = &viewer->config.screen;
    bool is_shown;

    (void)pthread_mutex_lock(&viewer->mutex);
    if (screen->lock != NULL) screen->lock(screen->ctx);
    is_shown = update_picture(viewer);
    if (screen->lock != NULL) {
        tell_screen(viewer);
        screen->unlock(screen->ctx);
    }
    (void)pthread_mutex_unlock(&viewer->mutex);
    if (is_shown && viewer->log != NULL && viewer->trouble.kind == ERROR_NONE) {
        log_frame(viewer);
    }
    frame_done(viewer->config.frames);
}

static void *view(void *ctx)
{
    struct viewer *viewer = ctx;

    do {
        if (frame_wait(viewer->config.frames, -1, &viewer->frame, &viewer->cursor)) {
            show_frame(viewer);
        }
    } while (!atomic_load(&viewer->is_stopping));
    return NULL;
}

/* ---- Life ---- */

static FILE *open_log(const char *path, struct error *err)
{
    FILE *log;

    if (strcmp(path, "-") == 0) return stdout;
    log = fopen(path, "we");
    if (log == NULL) (void)error_host(err, "cannot write %s: %s", path, strerror(errno));
    return log;
}

static int close_log(struct viewer *viewer)
{
    FILE *log = viewer->log;
    bool is_written;

    if (log == NULL) return 0;
    is_written = fflush(log) == 0 && ferror(log) == 0;
    if (log != stdout && fclose(log) != 0) {
        is_written = false;
    }
    if (is_written) return 0;
    return error_host(&viewer->trouble, "cannot write %s: %s", viewer->config.frame_log,
                      strerror(errno));
}

static void release(struct viewer *viewer)
{
    picture_release(&viewer->picture);
    (void)pthread_mutex_destroy(&viewer->mutex);
    free(viewer);
}

struct viewer *viewer_start(const struct viewer_config *config, struct error *err)
{
    struct viewer *viewer = calloc(1, sizeof(*viewer));
    int result;

    if (viewer == NULL) {
        (void)error_host(err, "no memory for a viewer");
        return NULL;
    }
    viewer->config = *config;
    picture_init(&viewer->picture);
    (void)pthread_mutex_init(&viewer->mutex, NULL);
    if (config->frame_log != NULL) {
        viewer->log = open_log(config->frame_log, err);
    }
    if (config->frame_log != NULL && viewer->log == NULL) {
        release(viewer);
        return NULL;
    }
    result = pthread_create(&viewer->thread, NULL, view, viewer);
    if (result != 0) {
        (void)error_host(err, "cannot start a thread: %s", strerror(result));
        (void)close_log(viewer);
        release(viewer);
        return NULL;
    }
    return viewer;
}

/* What is painted is ours, and goes. */
static void leave_screen(struct viewer *viewer)
{
    const struct viewer_screen *screen = &viewer->config.screen;

    if (screen->lock == NULL) return;
    screen->lock(screen->ctx);
    picture_release(&viewer->picture);
    screen->set(screen->ctx, &viewer->picture);
    screen->unlock(screen->ctx);
}

int viewer_stop(struct viewer *viewer, struct error *err)
{
    int result = 0;

    if (viewer == NULL) return 0;
    frame_store_sync(viewer->config.frames); /* else the last frame might be left lying */
    atomic_store(&viewer->is_stopping, true);
    frame_store_wake(viewer->config.frames);
    (void)pthread_join(viewer->thread, NULL);
    leave_screen(viewer);
    (void)close_log(viewer);
    if (viewer->trouble.kind != ERROR_NONE) {
        result = error_host(err, "%s", viewer->trouble.text);
    }
    release(viewer);
    return result;
}

/* ---- The machine's thread ---- */

/* The display was never on. */
static int save_dark(const char *path, struct error *err)
{
    uint32_t *pixels = calloc((size_t)VIEWER_DARK_WIDTH * VIEWER_DARK_HEIGHT, sizeof(*pixels));
    int result;

    if (pixels == NULL) return error_host(err, "no memory for the picture %s", path);
    result = save_png(path, pixels, VIEWER_DARK_WIDTH, VIEWER_DARK_HEIGHT, err);
    free(pixels);
    return result;
}

int viewer_screenshot(struct viewer *viewer, const char *path, bool *is_dark, struct error *err)
{
    const struct picture *picture = &viewer->picture;
    int result;

    frame_store_sync(viewer->config.frames);
    (void)pthread_mutex_lock(&viewer->mutex);
    *is_dark = picture->pixels == NULL || picture->is_blank;
    if (picture->pixels == NULL) {
        result = save_dark(path, err);
    } else {
        result = save_png(path, picture->pixels, picture->width, picture->height, err);
    }
    (void)pthread_mutex_unlock(&viewer->mutex);
    return result;
}
