/* SPDX-License-Identifier: GPL-2.0-only */
/* Progress and signals of `spacegray disk`: see disk_watch.h. */
#define _POSIX_C_SOURCE 200809L

#include "emu/app/disk_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "emu/app/disk_show.h"
#include "emu/host/signals.h"

#define CLEAR_LINE "\r\033[K"
#define TELL_MS    200
#define MS_PER_S   1000
#define NS_PER_MS  1000000
#define PER_CENT   100

static uint64_t ms_since(const struct timespec *then, const struct timespec *now)
{
    const int64_t ms = (int64_t)(now->tv_sec - then->tv_sec) * MS_PER_S +
                       (now->tv_nsec - then->tv_nsec) / NS_PER_MS;

    return ms > 0 ? (uint64_t)ms : 0;
}

void disk_watch_text(uint64_t done, uint64_t total, uint64_t milliseconds,
                     char text[DISK_WATCH_BYTES])
{
    /* At most 16 TiB: this does not overflow. */
    const uint64_t percent = total == 0 ? PER_CENT : done * PER_CENT / total;
    const uint64_t per_second = milliseconds == 0 ? 0 : done * MS_PER_S / milliseconds;
    char done_text[DISK_SIZE_BYTES];
    char total_text[DISK_SIZE_BYTES];
    char speed_text[DISK_SIZE_BYTES];

    disk_size_text(done, done_text);
    disk_size_text(total, total_text);
    disk_size_text(per_second, speed_text);
    (void)snprintf(text, DISK_WATCH_BYTES, "%" PRIu64 " %%, %s of %s, %s/s", percent, done_text,
                   total_text, speed_text);
}

static void tell(void *ctx, uint64_t done, uint64_t total)
{
    struct disk_watch *watch = ctx;
    char text[DISK_WATCH_BYTES];
    struct timespec now;

    if (!watch->is_shown || clock_gettime(CLOCK_MONOTONIC, &now) != 0 ||
        ms_since(&watch->told, &now) < TELL_MS) {
        return;
    }
    watch->told = now;
    watch->has_line = true;
    disk_watch_text(done, total, ms_since(&watch->start, &now), text);
    (void)fprintf(stderr, CLEAR_LINE "%s: %s", watch->what, text);
}

static void stop(void *ctx)
{
    struct disk_watch *watch = ctx;

    atomic_store(&watch->stop, true);
}

/* A terminal is as it was all the time. */
static void keep_terminal(void *ctx)
{
    (void)ctx;
}

int disk_watch_start(struct disk_watch *watch, const char *what, struct error *err)
{
    const struct signal_actions actions = {
        .ctx = watch,
        .stop = stop,
        .leave = keep_terminal,
        .resume = keep_terminal,
    };

    *watch = (struct disk_watch){.what = what, .is_shown = isatty(STDERR_FILENO) != 0};
    watch->progress = (struct disk_progress){.ctx = watch, .tell = tell, .stop = &watch->stop};
    if (clock_gettime(CLOCK_MONOTONIC, &watch->start) != 0) {
        watch->is_shown = false;
    }
    watch->told = watch->start;
    watch->signals = signals_start(&actions, err);
    return watch->signals != NULL ? 0 : -1;
}

int disk_watch_end(struct disk_watch *watch)
{
    const int caught = signals_caught(watch->signals);

    signals_stop(watch->signals);
    watch->signals = NULL;
    if (watch->has_line) (void)fputs(CLEAR_LINE, stderr);
    return caught;
}
