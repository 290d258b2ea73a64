/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's window: what the panel shows, a keyboard, a mouse and a line of lights
 * (docs/window.md). One thread owns everything of SDL; it is started and ended here. It knows the
 * machine by three doors only: the picture that a viewer keeps up to date (below), the inbox, and
 * counters that anyone may read.
 *
 * The picture belongs to the viewer's thread. Between window_picture_lock() and
 * window_picture_unlock() the viewer may change it; outside of them it does not, and the window
 * reads it whenever it has to paint. A window that is slower than the machine shows fewer pictures;
 * a picture that does not change costs nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/clock.h"

struct frame_store;
struct host_activity;
struct inbox;
struct window;

#define WINDOW_SCALE_FIT 0u   /* the whole picture, as large as the window allows */
#define WINDOW_SCALE_ONE 100u /* one pixel of the picture on one of the screen */
#define WINDOW_SCALE_MIN 10u
#define WINDOW_SCALE_MAX 400u

struct window_config {
    const char *title;                    /* copied */
    struct inbox *inbox;                  /* outlives window_stop() */
    const struct frame_store *frames;     /* whose time the title shows; NULL: no time is shown */
    const struct host_activity *activity; /* lights; NULL: none */
    /* WINDOW_SCALE_FIT, or the size of a picture's pixel on the screen in percent, WINDOW_SCALE_MIN
     * ..MAX; what does not fit in the window is reached by panning. */
    unsigned scale_percent;
    bool is_full_screen;
    /* The key for the debugger, on the window's thread: NULL, or a sentence that says why not, which the
     * window shows. NULL: there is no debugger. */
    const char *(*ask_debug)(void *ctx);
    void *debug_ctx;
};

/* What a debugger has to do with the machine. */
enum window_debug {
    WINDOW_NOT_DEBUGGED,
    WINDOW_DEBUGGER_STANDS, /* it stands, or goes through its past: nothing reaches the guest */
    WINDOW_DEBUGGER_RUNS,   /* it runs on, and somebody waits for a breakpoint */
};

/* Whether there is a display that a window could be opened on: what the environment says. */
bool window_has_display(void);

/* Opens the window and starts its thread. Signals must be blocked already (signals.h). NULL with
 * `err` (ERROR_HOST, one sentence) when there is no display or it fails. */
struct window *window_start(const struct window_config *config, struct error *err);
/* Closes the window and ends the thread. The viewer must have stopped using it. NULL is harmless. */
void window_stop(struct window *window);

/* What the title says from now on, and who gets what is typed; closing the window under a debugger ends the run.
 * From any thread. */
void window_set_debug(struct window *window, enum window_debug debug);

/* ---- The viewer's thread ---- */
struct window_picture {
    const uint32_t *pixels; /* XRGB8888, the viewer's; NULL: there is nothing to show */
    uint32_t width;         /* 0..FRAME_SIDE_MAX */
    uint32_t height;
    uint32_t stride; /* pixels from row to row */
};

/* The picture is the viewer's alone until it unlocks. Waits while the window reads it (some
 * milliseconds). */
void window_picture_lock(struct window *window);
/* While locked. The picture has another size or is at another place: every row is new. Its pixels
 * stay there until the next call or window_stop(); without pixels, when they go, the window paints
 * nothing new of its own accord. */
void window_picture_set(struct window *window, const struct window_picture *picture);
/* While locked. These rows have new contents; rows below the picture are ignored. */
void window_picture_changed(struct window *window, uint32_t first_row, uint32_t rows);
/* The window paints what changed soon. */
void window_picture_unlock(struct window *window);
