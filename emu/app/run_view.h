/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who looks at the machine of `spacegray run`, as the options want it: frame store, viewer, window.
 * Nobody, when there is neither a window nor a screenshot nor a frame log: then the display costs
 * nothing.
 */
#pragma once

#include <stdbool.h>

#include "emu/app/run_options.h"
#include "emu/core/host.h"

struct frame_store;
struct inbox;
struct viewer;
struct window;

struct run_view {
    struct frame_store *frames; /* NULL: nobody looks */
    struct viewer *viewer;
    struct window *window;
    bool has_window;    /* one is wanted, and there is a display */
    bool lacks_display; /* one is wanted, and there is none */
    /* The window's key for the debugger (window.h); set before run_view_start(). */
    const char *(*ask_debug)(void *ctx);
    void *debug_ctx;
};

/* Before the machine is created: checks that the options go together, looks for a display, makes the
 * frame store, which loses no frame when some are to be kept: `takes_pictures` is true when there
 * will be screenshots. -1 with `err`. */
int run_view_prepare(struct run_view *view, const struct run_options *options, bool takes_pictures,
                     struct error *err) MUST_CHECK;
/* Once the machine is there and signals are blocked: threads start. `activity` feeds the window's
 * lights. A window that is wanted and cannot be opened is told on standard error, and the run goes
 * on without. -1 with `err`. */
int run_view_start(struct run_view *view, const struct run_options *options, struct inbox *inbox,
                   const struct host_activity *activity, struct error *err) MUST_CHECK;
/* After the machine's last step: threads end. Sets `err` when the viewer had trouble. */
void run_view_stop(struct run_view *view, struct error *err);
/* After the machine is destroyed. */
void run_view_release(struct run_view *view);
