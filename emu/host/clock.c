/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's clocks: see clock.h. */
#define _GNU_SOURCE

#include "emu/host/clock.h"

#include <time.h>

int64_t host_wall_seconds(void)
{
    return time(NULL);
}

uint64_t host_monotonic_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
