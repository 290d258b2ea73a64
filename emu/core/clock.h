/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual time and the counters derived from it (DESIGN.md, law 1).
 *
 * Virtual time is an unsigned 64-bit number of picoseconds since power-on. No counter that a guest
 * can read is ever accumulated: a clock is a rational frequency and an epoch, and the count is
 * computed from the time asked about.
 */
#pragma once

#include <stdint.h>

typedef uint64_t vtime; /* picoseconds since power-on */

#define VTIME_NEVER UINT64_MAX
#define VTIME_PS(n) ((vtime)(n))
#define VTIME_NS(n) ((vtime)(n)*1000u)
#define VTIME_US(n) ((vtime)(n)*1000000u)
#define VTIME_MS(n) ((vtime)(n)*1000000000u)
#define VTIME_S(n)  ((vtime)(n)*1000000000000u)

/* A counter that runs at hz_num / hz_den hertz and reads 0 at `epoch`. */
struct clock {
    uint64_t hz_num;
    uint64_t hz_den;
    vtime epoch;
};

/* Whole ticks between the epoch and `now`; 0 before the epoch. hz_num up to 2^40, hz_den up to 2^20
 * keep it exact. */
uint64_t clock_ticks(const struct clock *clock, vtime now);

/* Earliest time at which clock_ticks() returns at least `ticks`; VTIME_NEVER when that is past the
 * end of time. */
vtime clock_when(const struct clock *clock, uint64_t ticks);

/* Duration of `ticks` ticks, rounded up to whole picoseconds. */
vtime clock_duration(const struct clock *clock, uint64_t ticks);

/* a * b / c with a 128-bit product, rounded down; saturates at UINT64_MAX. c must not be 0. */
uint64_t muldiv_u64(uint64_t a, uint64_t b, uint64_t c);
/* The same, rounded up. */
uint64_t muldiv_up_u64(uint64_t a, uint64_t b, uint64_t c);
