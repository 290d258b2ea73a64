/* SPDX-License-Identifier: GPL-2.0-only */
/* Work on a disk while it lasts: how far it is, on a terminal; and that a signal ends it in good
 * order. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "emu/base/error.h"
#include "emu/disk/disk_tool.h"

struct signals;

struct disk_watch {
    const char *what; /* for example "import" */
    bool is_shown;    /* standard error is a terminal */
    bool has_line;    /* something stands there */
    struct timespec start;
    struct timespec told;
    atomic_bool stop;
    struct signals *signals;
    struct disk_progress progress; /* for the library */
};

/* From now on the first signal that would end the program only asks the work to stop, and writing past
 * a limit or into a closed pipe is an error. `watch` stays where it is until disk_watch_end(). */
int disk_watch_start(struct disk_watch *watch, const char *what, struct error *err) MUST_CHECK;
/* Removes the line. Returns the signal that asked to stop, 0 when none did. */
int disk_watch_end(struct disk_watch *watch);

/* "37 %, 1.5 GiB of 4 GiB, 410 MiB/s" after `seconds` seconds. Pure. */
#define DISK_WATCH_BYTES 128
void disk_watch_text(uint64_t done, uint64_t total, uint64_t milliseconds,
                     char text[DISK_WATCH_BYTES]);
