/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A window without a machine, for tests/window/window_test: commands come in as lines, what reaches
 * the inbox goes out as lines.
 *
 *   size W H       another picture of this size, black
 *   fill X Y W H C a rectangle of colour C (rrggbb)
 *   ramp           every pixel is one of its own: x in green, y in blue
 *   noise          every pixel another one than before
 *   time PS        the virtual time
 *   serial         a byte went through
 *   debug N        the debugger is away (0), the machine stands in it (1), runs in it (2)
 *   drain on|off   whether messages are taken from the inbox (on)
 *   sync           answered with "sync" when everything before is done
 *   quit
 */
#define _GNU_SOURCE

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/core/frame.h"
#include "emu/core/host.h"
#include "emu/core/inbox.h"
#include "emu/host/window.h"

struct driver {
    struct inbox *inbox;
    struct frame_store *frames;
    struct host_activity activity;
    struct window *window;
    uint32_t *pixels;
    uint32_t width;
    uint32_t height;
    uint32_t seed;
    pthread_t printer;
    atomic_bool is_draining;
    atomic_bool is_ending;
};

/* ---- The inbox's end ---- */

static void print_message(const struct inbox_message *message)
{
    struct input_key key;
    struct input_pointer pointer;
    struct input_tablet tablet;

    switch (message->kind) {
    case INBOX_SERIAL:
    case INBOX_NMI: printf("unexpected\n"); break;
    case INBOX_POWER_KEY: printf("power\n"); break;
    case INBOX_STOP: printf("stop\n"); break;
    case INBOX_RESET: printf("reset\n"); break;
    case INBOX_PAUSE: printf("pause\n"); break;
    case INBOX_RESUME: printf("resume\n"); break;
    case INBOX_ATTENTION: printf("attention\n"); break;
    case INBOX_KEY:
        memcpy(&key, message->payload, sizeof(key));
        printf("key %02x %s\n", key.usage, key.is_down ? "down" : "up");
        break;
    case INBOX_POINTER:
        memcpy(&pointer, message->payload, sizeof(pointer));
        printf("pointer %d %d wheel %d buttons %d\n", pointer.dx, pointer.dy, pointer.wheel,
               pointer.buttons);
        break;
    case INBOX_TABLET:
        memcpy(&tablet, message->payload, sizeof(tablet));
        printf("tablet %u %u wheel %d buttons %d\n", tablet.x, tablet.y, tablet.wheel,
               tablet.buttons);
        break;
    }
    (void)fflush(stdout);
}

static void *print_messages(void *arg)
{
    struct driver *driver = arg;

    while (!atomic_load(&driver->is_ending)) {
        struct inbox_message message;

        while (atomic_load(&driver->is_draining) && inbox_take(driver->inbox, &message)) {
            print_message(&message);
        }
        (void)poll(NULL, 0, 2);
    }
    return NULL;
}

/* ---- Commands ---- */

static void set_size(struct driver *driver, uint32_t width, uint32_t height)
{
    uint32_t *pixels = calloc((size_t)width * height, sizeof(*pixels));

    if (!pixels) abort();
    window_picture_lock(driver->window);
    free(driver->pixels);
    driver->pixels = pixels;
    driver->width = width;
    driver->height = height;
    window_picture_set(driver->window, &(struct window_picture){pixels, width, height, width});
    window_picture_unlock(driver->window);
}

static void fill(struct driver *driver, const uint32_t box[4], uint32_t color)
{
    window_picture_lock(driver->window);
    for (uint32_t y = box[1]; y < box[1] + box[3] && y < driver->height; y++) {
        for (uint32_t x = box[0]; x < box[0] + box[2] && x < driver->width; x++) {
            driver->pixels[(size_t)y * driver->width + x] = color;
        }
    }
    window_picture_changed(driver->window, box[1], box[3]);
    window_picture_unlock(driver->window);
}

static void ramp(struct driver *driver)
{
    window_picture_lock(driver->window);
    for (uint32_t y = 0; y < driver->height; y++) {
        for (uint32_t x = 0; x < driver->width; x++) {
            driver->pixels[(size_t)y * driver->width + x] = (x & 0xff) << 8 | (y & 0xff);
        }
    }
    window_picture_changed(driver->window, 0, driver->height);
    window_picture_unlock(driver->window);
}

static void noise(struct driver *driver)
{
    size_t count = (size_t)driver->width * driver->height;

    driver->seed = driver->seed * 1664525u + 1013904223u;
    window_picture_lock(driver->window);
    for (size_t i = 0; i < count; i++) {
        driver->pixels[i] = driver->seed + (uint32_t)i * 77;
    }
    window_picture_changed(driver->window, 0, driver->height);
    window_picture_unlock(driver->window);
}

/* False at the end. */
static bool obey(struct driver *driver, const char *line)
{
    uint32_t n[4];
    uint32_t color;
    uint64_t time;
    char word[8];

    if (sscanf(line, "size %u %u", &n[0], &n[1]) == 2) {
        set_size(driver, n[0], n[1]);
    } else if (sscanf(line, "fill %u %u %u %u %x", &n[0], &n[1], &n[2], &n[3], &color) == 5) {
        fill(driver, n, color);
    } else if (strcmp(line, "ramp\n") == 0) {
        ramp(driver);
    } else if (strcmp(line, "noise\n") == 0) {
        noise(driver);
    } else if (sscanf(line, "time %" SCNu64, &time) == 1) {
        frame_store_set_time(driver->frames, time);
    } else if (strcmp(line, "serial\n") == 0) {
        atomic_fetch_add(&driver->activity.serial, 1);
    } else if (sscanf(line, "debug %u", &n[0]) == 1) {
        window_set_debug(driver->window, (enum window_debug)n[0]);
    } else if (sscanf(line, "drain %7s", word) == 1) {
        atomic_store(&driver->is_draining, strcmp(word, "on") == 0);
    } else if (strcmp(line, "sync\n") == 0) {
        printf("sync\n");
        (void)fflush(stdout);
    } else {
        return false;
    }
    return true;
}

/* The window's key. */
static const char *ask_debug(void *ctx)
{
    (void)ctx;
    printf("debug\n");
    (void)fflush(stdout);
    return "there is none";
}

static void obey_all(struct driver *driver)
{
    char line[128];

    printf("open\n");
    (void)fflush(stdout);
    while (fgets(line, sizeof(line), stdin) && obey(driver, line)) {}
}

static int run(struct driver *driver, unsigned scale_percent, bool is_full_screen)
{
    struct error err = ERROR_INIT;
    const struct window_config config = {
        .title = "Spacegray",
        .inbox = driver->inbox,
        .frames = driver->frames,
        .activity = &driver->activity,
        .scale_percent = scale_percent,
        .is_full_screen = is_full_screen,
        .ask_debug = ask_debug,
    };

    driver->window = window_start(&config, &err);
    if (!driver->window) {
        printf("failed: %s\n", err.text);
        return 3;
    }
    if (pthread_create(&driver->printer, NULL, print_messages, driver) != 0) return 3;
    obey_all(driver);
    window_stop(driver->window);
    atomic_store(&driver->is_ending, true);
    (void)pthread_join(driver->printer, NULL);
    printf("closed\n");
    return 0;
}

int main(int argc, char **argv)
{
    struct driver driver = {.inbox = inbox_create(), .frames = frame_store_create(false)};
    unsigned scale_percent = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    int status = 3;

    atomic_store(&driver.is_draining, true);
    if (driver.inbox && driver.frames) {
        status = run(&driver, scale_percent, argc > 2 && strcmp(argv[2], "full") == 0);
    }
    inbox_destroy(driver.inbox);
    frame_store_destroy(driver.frames);
    free(driver.pixels);
    return status;
}
