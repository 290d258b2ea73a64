/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real-time pace for a machine that a person sits at: when every core is halted, virtual time goes
 * no faster than the host's. A machine that computes is never slowed down, and time that it lost
 * while computing is not caught up. Pacing delays the host; the order of events in the machine
 * stays as it is (DESIGN.md, law 2).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/host.h"

struct inbox;

struct pacer {
    struct inbox *inbox; /* borrowed; NULL: nothing to wait for, so does not pace */
    bool was_pending;    /* the inbox had something at the last call */
    bool has_anchor;
    uint64_t anchor_ns;   /* at this host time... */
    uint64_t anchor_time; /* ...virtual time was this, in picoseconds */
};

/* The hook for a machine. It may be made before the machine has its inbox; `pacer` outlives the
 * machine. */
struct host_pacer pacer_hook(struct pacer *pacer);

/* Where virtual time should be at host time `host_ns`, when the machine is at `now`. It can be
 * before `now`: then the machine is ahead. Drops the anchor for a new one when the machine has
 * fallen behind by more than a blink. */
uint64_t pacer_target(struct pacer *pacer, uint64_t now, uint64_t host_ns);
