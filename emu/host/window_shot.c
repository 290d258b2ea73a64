/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A screenshot of the whole picture as it is now, whatever part of it the window shows. A thread of
 * its own writes the file: packing fifteen million pixels takes longer than a window may stand
 * still.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/host/png.h"
#include "emu/host/window_internal.h"

#define NAMES_MAX     1000
#define PS_PER_US     1000000u
#define US_PER_SECOND 1000000u

static void *write_shot(void *arg)
{
    struct window_shot *shot = arg;

    shot->is_saved =
        save_png(shot->path, shot->pixels, shot->width, shot->height, &shot->trouble) == 0;
    atomic_store(&shot->is_written, true);
    SDL_Event event = {.type = shot->wake_event};
    (void)SDL_PushEvent(&event);
    return NULL;
}

/* A file that was not there before, named after the virtual time. */
static int choose_name(struct window *window)
{
    struct window_shot *shot = &window->shot;
    uint64_t us = window->config.frames ? frame_store_time(window->config.frames) / PS_PER_US : 0;
    int fd = -1;

    for (int i = 1; fd < 0 && i <= NAMES_MAX; i++) {
        int length =
            snprintf(shot->path, sizeof(shot->path), "spacegray-%" PRIu64 ".%06" PRIu64 "s",
                     us / US_PER_SECOND, us % US_PER_SECOND);
        size_t left = sizeof(shot->path) - (size_t)length;

        if (i == 1) {
            (void)snprintf(shot->path + length, left, ".png");
        } else {
            (void)snprintf(shot->path + length, left, "-%d.png", i);
        }
        fd = open(shot->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) break;
    }
    if (fd < 0) return error_host(&shot->trouble, "%s: %s", shot->path, strerror(errno));
    (void)close(fd);
    return 0;
}

/* With the mutex held. */
static uint32_t *copy_pixels(const struct window_picture *picture)
{
    const size_t width = picture->width;
    uint32_t *copy = NULL;

    if (!picture->pixels || width == 0 || picture->height == 0) return NULL;
    copy = malloc(width * picture->height * sizeof(*copy));
    if (!copy) return NULL;
    for (size_t y = 0; y < picture->height; y++) {
        memcpy(copy + y * width, picture->pixels + y * picture->stride, width * sizeof(*copy));
    }
    return copy;
}

static int copy_picture(struct window *window)
{
    struct window_shot *shot = &window->shot;
    const struct window_picture *picture = &window->shared.picture;

    (void)pthread_mutex_lock(&window->shared.mutex);
    shot->width = picture->width;
    shot->height = picture->height;
    shot->pixels = copy_pixels(picture);
    (void)pthread_mutex_unlock(&window->shared.mutex);
    return shot->pixels ? 0 : -1;
}

void window_shot_start(struct window *window)
{
    struct window_shot *shot = &window->shot;

    if (shot->is_running) {
        window_say(window, 3, "The last screenshot is still being written");
        return;
    }
    *shot = (struct window_shot){.wake_event = window->shared.wake_event};
    if (copy_picture(window) != 0) {
        window_say(window, 3, "There is no picture to save");
        return;
    }
    if (choose_name(window) != 0 || pthread_create(&shot->thread, NULL, write_shot, shot) != 0) {
        window_say(window, 6, "No screenshot: %s", shot->trouble.text);
        free(shot->pixels);
        return;
    }
    shot->is_running = true;
    window_say(window, 10, "Saving %s", shot->path);
}

void window_shot_finish(struct window *window, bool waits)
{
    struct window_shot *shot = &window->shot;

    if (!shot->is_running || !(waits || atomic_load(&shot->is_written))) return;
    (void)pthread_join(shot->thread, NULL);
    free(shot->pixels);
    shot->is_running = false;
    if (!shot->is_saved) {
        window_say(window, 6, "No screenshot: %s", shot->trouble.text);
    } else {
        window_say(window, 4, "Saved %s", shot->path);
    }
}
