/* SPDX-License-Identifier: GPL-2.0-only */
/* The faults of one run of a machine: those that --fault names, and those that --fault-campaign brings
 * by chance. Between machine_run() calls. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/app/fault_random.h"
#include "emu/app/fault_spec.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"

struct machine;

/* --fault-campaign seed=N,rate=R[,from=T][,to=T][,target=all|used|A-B][,kinds=flip:8/stuck:1]
 * [,bits=1:95/2:5] */
struct fault_campaign {
    uint64_t seed;
    uint64_t rate_milli; /* faults in 1000 s of virtual time on average */
    vtime from;          /* none before, and none before firmware has set up memory */
    vtime to;            /* none after */
    struct fault_mix mix;
    enum fault_target target;
    uint64_t range_base; /* system addresses, FAULT_TARGET_RANGE */
    uint64_t range_end;
};

/* -1 with `err` (ERROR_USAGE). */
int fault_campaign_parse(const char *text, struct fault_campaign *campaign,
                         struct error *err) MUST_CHECK;

/* How far the faults of a run are. Starts zeroed, with `campaign` (borrowed; NULL: there is none). */
struct fault_run {
    const struct fault_campaign *campaign;
    struct fault_random random;
    bool has_begun;   /* `due` is when the next fault comes; before: when to look again */
    vtime due;        /* of the campaign */
    uint64_t planted; /* all together */
    uint64_t skipped; /* of the campaign: there was no room, or no memory at that moment */
    struct error
        trouble; /* the first fault of --fault that could not be planted; the run goes on */
};

/* When the campaign has something to do; VTIME_NEVER: no more. */
vtime fault_run_due(const struct fault_run *run);
/* Does what is due by now. */
void fault_run_campaign(struct fault_run *run, struct machine *machine);
/* A fault of --fault. What goes wrong is in `trouble`. */
void fault_run_plant(struct fault_run *run, struct machine *machine, const struct fault_spec *spec);
/* When to look again whether firmware has set up memory: soon at first, then less and less often, and
 * never more than a thirty-second of the time too late. */
vtime fault_run_look_again(vtime now);
