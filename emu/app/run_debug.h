/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `run --debug`: the debugger's text UI in the middle of a run, at a key of the window or of the terminal. The
 * machine goes on from where it stands when the UI is left.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "emu/app/run_options.h"
#include "emu/app/run_record.h"
#include "emu/app/run_view.h"
#include "emu/debug/replay/history.h"

struct channel;
struct debugger;
struct inbox;

#define RUN_DEBUG_CHANNELS 2

/* What is pointed to is borrowed. */
struct run_debug {
    bool is_on; /* --debug */
    const char *title;
    struct run_record *record;
    struct run_view *view;
    struct channel *channels[RUN_DEBUG_CHANNELS]; /* they may be at the terminal, too */

    _Atomic(struct inbox *) inbox; /* NULL: there is no machine to stop yet */
    atomic_bool is_wanted;
    atomic_bool is_open;
    struct debugger *debugger; /* while it is open */

    /* Where the guest has ended its run under the debugger, and how. */
    bool has_end;
    enum machine_stop end_stop;
    struct history_place end;

    bool is_over;           /* the run ended in the debugger, */
    enum machine_stop stop; /* so; */
    struct error trouble;   /* or for this reason */
};

/* Before the machine is created. */
void run_debug_init(struct run_debug *debug, const struct run_options *options);
/* The machine is there, and its record has started; before anybody can ask. */
void run_debug_start(struct run_debug *debug);
/* Says on standard error what a run with --debug should know before it begins. */
void run_debug_announce(const struct run_debug *debug);

/* Somebody has pressed the key; `debug` is a struct run_debug. From any thread. NULL: the debugger opens soon; or
 * the sentence that says why not, a constant that begins with a small letter. */
const char *run_debug_ask(void *debug);
/* Between two runs of the machine: opens the debugger if it is wanted, and comes back when it is left. True: the
 * run is over. */
bool run_debug_attend(struct run_debug *debug);
