/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: display_bench [FRAMES]
 *
 * What a display costs the machine's thread: processor time of the frame store's calls for each
 * frame of 5120x2880 at 60 frames a second, while a viewer keeps its picture up to date on a thread
 * of its own. What a guest needs to draw is not counted.
 */
#define _GNU_SOURCE

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/core/frame.h"
#include "emu/host/viewer.h"

#define WIDTH          5120u
#define HEIGHT         2880u
#define PITCH          (WIDTH * 4)
#define SURFACE        ((uint64_t)PITCH * HEIGHT)
#define BACK           (UINT64_C(64) << 20) /* offset of the second buffer */
#define VRAM           (UINT64_C(128) << 20)
#define NS_PER_SECOND  INT64_C(1000000000)
#define FRAME_NS       (NS_PER_SECOND / 60)
#define STEP           (UINT64_C(1) << 20) /* drawn at once; one measurement */
#define PAGE           4096u
#define DEFAULT_FRAMES 300

struct bench {
    struct frame_store *store;
    uint8_t *vram;
    uint64_t frame;
    int64_t machine_ns; /* of the store's calls */
    int64_t clock_ns;   /* what one measurement costs by itself */
    uint64_t taken;
};

/* How a frame is drawn. */
struct scene {
    const char *name;
    uint64_t bytes; /* drawn in each frame */
    uint64_t touch; /* told to the store at once */
    bool has_two;   /* buffers, in turn */
    bool moves_cursor;
};

static const struct scene scenes[] = {
    {"still", 0, 0, false, false},
    {"still, the cursor moves", 0, 0, false, true},
    {"a line of text in each frame", 20480 * 16, PAGE, false, false},
    {"moving, two buffers, engine", SURFACE, STEP, true, false},
    {"moving, two buffers, processor", SURFACE, PAGE, true, false},
    {"moving, one buffer, engine", SURFACE, STEP, false, false},
    {"moving, one buffer, processor", SURFACE, PAGE, false, false},
};

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int64_t thread_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static int64_t process_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static void calibrate(struct bench *bench)
{
    const int64_t start = thread_ns();
    const int times = 20000;

    for (int i = 0; i < times; i++) {
        (void)thread_ns();
    }
    bench->clock_ns = (thread_ns() - start) / times;
}

static void count(struct bench *bench, int64_t start)
{
    bench->machine_ns += thread_ns() - start - bench->clock_ns;
}

static void draw(struct bench *bench, const struct scene *scene, uint64_t offset)
{
    for (uint64_t done = 0; done < scene->bytes; done += STEP) {
        const uint64_t bytes = scene->bytes - done < STEP ? scene->bytes - done : STEP;
        const int64_t start = thread_ns();

        for (uint64_t i = 0; i < bytes; i += scene->touch) {
            frame_touch(bench->store, offset + done + i, scene->touch);
        }
        count(bench, start);
        memset(&bench->vram[offset + done], (int)(bench->frame * 7 + 1) & 0xff, (size_t)bytes);
    }
}

static void offer(struct bench *bench, const struct scene *scene, uint64_t offset)
{
    struct frame_cursor cursor = {.is_visible = scene->moves_cursor, .width = 64, .height = 64};
    const struct frame frame = {
        .number = bench->frame,
        .at = bench->frame * VTIME_MS(16),
        .width = WIDTH,
        .height = HEIGHT,
        .format = FRAME_XRGB8888,
        .offset = offset,
        .pitch = PITCH,
        .surface_width = WIDTH,
        .surface_height = HEIGHT,
    };
    uint64_t bytes;
    int64_t start;

    cursor.x = (int32_t)(bench->frame * 8 % WIDTH);
    cursor.y = (int32_t)(bench->frame * 5 % HEIGHT);
    start = thread_ns();
    if (frame_offer(bench->store, &frame, &cursor)) {
        bench->taken++;
        while (frame_watch_next(bench->store, &offset, &bytes)) {}
    }
    count(bench, start);
}

static void sleep_until(int64_t when)
{
    const struct timespec time = {.tv_sec = when / NS_PER_SECOND, .tv_nsec = when % NS_PER_SECOND};

    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static void run_scene(struct bench *bench, const struct scene *scene, uint64_t frames)
{
    int64_t next = read_clock(CLOCK_MONOTONIC);
    int64_t others;

    offer(bench, scene, 0); /* the first picture is always whole */
    frame_store_sync(bench->store);
    bench->machine_ns = 0;
    bench->taken = 0;
    others = process_ns() - thread_ns();
    for (uint64_t i = 0; i < frames; i++) {
        const uint64_t offset = scene->has_two && bench->frame % 2 != 0 ? BACK : 0;

        draw(bench, scene, offset);
        offer(bench, scene, offset);
        bench->frame++;
        next += FRAME_NS;
        sleep_until(next);
    }
    frame_store_sync(bench->store);
    others = process_ns() - thread_ns() - others;
    (void)printf("%-32s %9.1f us %7.3f %%  %8.2f ms %6.0f %%\n", scene->name,
                 (double)bench->machine_ns / (double)frames / 1e3,
                 100.0 * (double)bench->machine_ns / (double)frames / (double)FRAME_NS,
                 bench->taken == 0 ? 0.0 : (double)others / (double)bench->taken / 1e6,
                 100.0 * (double)bench->taken / (double)frames);
}

int main(int argc, char **argv)
{
    const long frames = argc > 1 ? atol(argv[1]) : DEFAULT_FRAMES;
    struct bench bench = {.store = frame_store_create(false), .vram = calloc(1, VRAM)};
    const struct viewer_config config = {.frames = bench.store};
    struct error err = ERROR_INIT;
    struct viewer *viewer;

    if (bench.store == NULL || bench.vram == NULL || frames < 1) return 2;
    frame_store_attach(bench.store, bench.vram, VRAM);
    viewer = viewer_start(&config, &err);
    if (viewer == NULL) return 3;
    calibrate(&bench);
    (void)printf("%-32s %12s %9s  %11s %8s\n", "5120x2880 at 60 Hz", "machine", "a core", "viewer",
                 "shown");
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        run_scene(&bench, &scenes[i], (uint64_t)frames);
    }
    (void)viewer_stop(viewer, &err);
    frame_store_attach(bench.store, NULL, 0);
    frame_store_destroy(bench.store);
    free(bench.vram);
    return 0;
}
