/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a machine and does to it what lists of actions say, each action at its virtual time: the
 * machine stops there, the action is carried out, the machine goes on. So runs with the same actions
 * are the same to the bit. Screenshots at regular times and faults by chance come in the same way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/action.h"
#include "emu/app/fault_campaign.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/machine/machine.h"

struct viewer;

#define TIMELINE_PATH_BYTES 4096

#define TIMELINE_TRACKS_MAX 48

/* A list on its way. Lists know nothing of each other: one that waits does not hold up the rest. */
struct track {
    struct action_list list;
    size_t next; /* action */
    vtime base;  /* what its `when` counts from */
    vtime retry; /* what it waits for is looked at again then */
    /* While it waits until the guest is ready for keys. */
    vtime heard;         /* when the guest began to listen; VTIME_NEVER: it does not */
    vtime rest_idle;     /* machine_idle_time() when this period began */
    unsigned rest_count; /* such periods on end */
};

struct timeline {
    struct machine *machine;
    struct viewer *viewer; /* NULL: there are no screenshots */
    struct track tracks[TIMELINE_TRACKS_MAX];
    size_t track_count;
    /* Carries out ACTION_POWER_CUT; true: the machine has no power any more. NULL: there is none. */
    void (*snapshot)(void *ctx, const char *path); /* ACTION_SNAPSHOT; set when there are such */
    void *snapshot_ctx;
    bool (*power_cut)(void *ctx, const struct action *action);
    void *power_cut_ctx;
    /* MACHINE_ATTENTION: true ends the run as MACHINE_STOPPED does. NULL: nobody wants any. */
    bool (*attend)(void *ctx);
    void *attend_ctx;
    bool is_cut;             /* it has none; the run is over */
    vtime cut_when;          /* as it was asked for */
    struct fault_run faults; /* how far ACTION_FAULT and the campaign are */
    vtime every;             /* a screenshot at each multiple of it; 0: none */
    const char *pattern;     /* their names, see timeline_name() */

    uint64_t shots;      /* taken at regular times */
    uint64_t dark_shots; /* that are black because the display was off */
    char first_dark[TIMELINE_PATH_BYTES];
    struct error trouble; /* the first screenshot that could not be written; the run goes on */
};

/* A new track, its list empty; at most TIMELINE_TRACKS_MAX. Actions of the same time are carried out
 * in the order of tracks. */
struct track *timeline_add_track(struct timeline *timeline);
/* Frees the lists. */
void timeline_release(struct timeline *timeline);
/* As machine_run(); MACHINE_DEAD also when only regular screenshots and waits in vain are left;
 * MACHINE_STOPPED with `is_cut` set when the power was cut. */
enum machine_stop timeline_run(struct timeline *timeline, vtime until);
/* Some action, or the regular time, asks for a picture. */
bool timeline_takes_pictures(const struct timeline *timeline);
/* Writes a screenshot now. Trouble goes to `trouble`. */
void timeline_screenshot(struct timeline *timeline, const char *path);
/* The first action that was not reached, NULL when all were; `*count` is how many were not, without
 * those that only wait. */
const struct action *timeline_missed(const struct timeline *timeline, size_t *count);

/* The name of regular screenshot `number` (from 1) at `when`: in `pattern`, %d is the number with at
 * least four digits, %t the time as options have it (for example 1500ms), %% a percent sign. -1 with
 * `err` (ERROR_USAGE) when neither is in it, when another character follows a percent sign, or when
 * the name is too long. */
int timeline_name(const char *pattern, uint64_t number, vtime when, char path[TIMELINE_PATH_BYTES],
                  struct error *err) MUST_CHECK;
