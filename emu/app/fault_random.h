/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults by chance: the same seed on the same modules gives the same faults. Used by
 * --fault-campaign and by `spacegray faults run`.
 */
#pragma once

#include <stdint.h>

#include "devices/memory/dimm.h"
#include "devices/memory/dram_fault.h"
#include "emu/core/clock.h"

struct machine;

/* What kinds come, and how many wrong bits flips and stuck words have: relative weights, all zero =
 * docs/faults.md's default mix. */
struct fault_mix {
    uint32_t kind[DRAM_FAULT_KINDS];
    uint32_t bits[4]; /* 1, 2, 3, 4 wrong bits in a word */
};

/* Where flips and stuck words fall. */
enum fault_target {
    FAULT_TARGET_ALL,   /* anywhere that is decoded */
    FAULT_TARGET_USED,  /* in pages of RAM that are not all zero */
    FAULT_TARGET_RANGE, /* in a range; nowhere when no memory answers there */
};

struct fault_random {
    uint64_t state;
    struct fault_mix mix;
    enum fault_target target;
    uint64_t range_base; /* system addresses, FAULT_TARGET_RANGE */
    uint64_t range_end;
};

void fault_random_begin(struct fault_random *random, uint64_t seed);
/* An independent stream: run `n` of campaign `seed`. */
void fault_random_begin_run(struct fault_random *random, uint64_t seed, uint64_t n);
uint64_t fault_random_below(struct fault_random *random, uint64_t limit); /* 0..limit-1, unbiased */
/* The next fault for this machine (as it is now, between machine_run() calls). */
void fault_random_next(struct fault_random *random, struct machine *machine,
                       struct dram_fault *fault);
/* Time to the next one when `rate` faults come per second of virtual time on average
 * (exponentially distributed; integer arithmetic, the same everywhere). `rate_milli`: faults per 1000 s,
 * > 0. */
vtime fault_random_gap(struct fault_random *random, uint64_t rate_milli);
