/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who looks at a frame store: a thread that takes each frame, keeps a picture up to date, writes the
 * frame log and hands the picture to a screen. The machine's thread asks it for screenshots.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/base/error.h"

struct frame_store;
struct picture;
struct viewer;

/* Size of a screenshot when the display was never on: the panel's. */
#define VIEWER_DARK_WIDTH  5120u
#define VIEWER_DARK_HEIGHT 2880u

/* Where the picture is painted (window.h). Called by the viewer's thread; all are set, or none. */
struct viewer_screen {
    void *ctx; /* outlives the viewer */
    /* Between these two the picture may change. */
    void (*lock)(void *ctx);
    void (*unlock)(void *ctx);
    /* While locked: another size or place (no pixels at the end, when they go); then rows with new
     * contents. */
    void (*set)(void *ctx, const struct picture *picture);
    void (*changed)(void *ctx, uint32_t first_row, uint32_t rows);
};

struct viewer_config {
    struct frame_store *frames; /* outlives the viewer */
    struct viewer_screen screen;
    const char *frame_log; /* docs/formats/frame-log.md: file to make, "-" for standard output, NULL
                              for none */
};

/* NULL with `err` (ERROR_HOST). Signals must be blocked already (signals.h). */
struct viewer *viewer_start(const struct viewer_config *config, struct error *err);
/* Shows the frame that is under way, ends the thread and frees everything; NULL is harmless. -1 with
 * `err` when a frame log could not be written or memory was short at some time. */
int viewer_stop(struct viewer *viewer, struct error *err);

/* Writes the picture of the frame that was taken last to the PNG file `path`, after waiting for it.
 * `*is_dark` tells whether the display was off: the picture is black then. On the thread that
 * offers frames, between machine_run() calls. -1 with `err` (ERROR_HOST). */
int viewer_screenshot(struct viewer *viewer, const char *path, bool *is_dark,
                      struct error *err) MUST_CHECK;
