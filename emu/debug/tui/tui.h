/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debugger's text UI (ncursesw): panes for events, registers of the device that made the selected one,
 * disassembly, memory, stack, the screen in half-blocks, and a command line. docs/debugger-ui.md.
 */
#pragma once

#include "emu/debug/debugger.h"

struct tui_config {
    struct debugger
        *debugger; /* borrowed; its output is the UI's from tui_run() on, and goes nowhere
                                  afterwards */
    struct history
        *history; /* borrowed; its progress callback is the UI's until tui_run() returns */
    struct machine *machine;  /* borrowed */
    const char *title;        /* what is debugged, for the first row */
    const char *history_file; /* of commands; NULL: not kept */
    bool is_live;             /* the run can go on behind what is known, and ends with the UI */
};
/* Until the user quits. Standard input and output must be a terminal; nobody else may write to it
 * meanwhile. LC_CTYPE is the environment's while it runs. -1 with `err`: no terminal, or too small a one
 * (ERROR_HOST). */
int tui_run(const struct tui_config *config, struct error *err);
