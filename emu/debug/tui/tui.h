/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debugger's text UI (ncursesw): panes for events, registers of the device that made the selected one,
 * disassembly, memory, stack, the screen in half-blocks, and a command line. docs/debugger-ui.md.
 */
#pragma once

#include "emu/debug/debugger.h"

/* What is pointed to is borrowed. */
struct tui_config {
    struct debugger *debugger; /* its output goes to the UI, and afterwards nowhere */
    struct history *history;   /* its progress callback is the UI's while it runs */
    struct machine *machine;
    const char *title;        /* what is debugged, for the first row */
    const char *history_file; /* of commands; NULL: not kept */
    /* Carried out at first, where one can see how far it is, and stop it; NULL: none. */
    const char *first_command;
    const char *
        first_text; /* shown after it, until a key is pressed, and kept in the output; NULL: nothing */
    bool is_live; /* the run can go on behind what is known, and ends with the UI, unless it */
    bool goes_on; /* goes on without the UI, from where it stands then */

    /* For whoever has more to show or to obey than this terminal; all on the UI's thread. Each may be NULL. */
    void *ctx;
    /* The machine runs, some ten times a second; or it stands where it did not stand before. */
    void (*notice)(void *ctx, bool is_running);
    /* Asked some five times a second: the UI is to end, whatever the user wants. */
    bool (*is_over)(void *ctx);
};
/* Until the user quits. Standard input and output must be a terminal; nobody else may write to it
 * meanwhile. LC_CTYPE is the environment's while it runs. -1 with `err`: no terminal, or too small a one
 * (ERROR_HOST). */
int tui_run(const struct tui_config *config, struct error *err);
