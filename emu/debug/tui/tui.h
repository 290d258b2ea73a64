/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debugger's text UI (ncursesw): panes for events, registers of the device that made the selected one,
 * disassembly, memory, stack, the screen in half-blocks, and a command line. docs/debugger.md.
 */
#pragma once

#include "emu/debug/debugger.h"

struct tui_config {
    struct debugger *debugger; /* borrowed; its output is the UI's from tui_run() on */
    struct history *history;   /* borrowed */
    struct machine *machine;   /* borrowed */
    const char *title;
    const char *history_file; /* of commands; NULL: not kept */
};
/* Until the user quits. -1 with `err`: no terminal, or too small a one (ERROR_HOST). */
int tui_run(const struct tui_config *config, struct error *err);
