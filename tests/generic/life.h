/* SPDX-License-Identifier: GPL-2.0-only */
/* A random life: accesses, time, things from outside, resets; the same for the same seed. */
#pragma once

#include <stdint.h>

#include "tests/generic/subject.h"

/* How a life may go. */
enum life_kind {
    LIFE_WITH_RESETS,
    LIFE_WITHOUT_RESETS, /* for twins whose reset is what is being tested */
};

/* What happened in one step, for comparison and for messages. */
struct life_step {
    const char *what;
    uint64_t addr;
    unsigned size;
    uint64_t value; /* written, or read by the guest */
    vtime next;     /* time of the first armed event afterwards */
};

/* Builds the rig of a subject, everything at power-on. */
struct rig *life_begin(const struct subject *subject);
/* Resets all devices, in the order in which they were made. */
void life_reset(struct rig *rig, enum reset_kind kind);
/* One step. */
struct life_step life_step(struct rig *rig, const struct subject *subject, enum life_kind kind,
                           uint64_t *random);
/* Many. */
void life_live(struct rig *rig, const struct subject *subject, enum life_kind kind, uint64_t seed,
               unsigned steps);
/* Region `index` of those that devices made, memory first; NULL beyond the last. `*is_port` says
 * where. */
const struct region *life_region(const struct rig *rig, size_t index, bool *is_port);
size_t life_region_count(const struct rig *rig);
/* The register table of a window; NULL when it has none. Windows are named after their banks. */
const struct reg_bank *life_bank(const struct rig *rig, const char *name);
/* A place in a region: registers are hit more often than gaps. */
uint64_t life_offset(const struct rig *rig, const struct subject *subject,
                     const struct region *region, uint64_t *random);
