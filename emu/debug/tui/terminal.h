/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal, through curses: shows sheets, tells events. One at a time in a process. */
#pragma once

#include "emu/debug/tui/tui_internal.h"

struct tui_terminal;

/* NULL with `err` (ERROR_HOST): standard input or output is no terminal, or of an unknown kind. */
struct tui_terminal *tui_terminal_open(struct error *err);
/* The terminal is as it was found. */
void tui_terminal_close(struct tui_terminal *terminal);
bool tui_terminal_is_ascii(const struct tui_terminal *terminal);
enum sheet_depth tui_terminal_depth(const struct tui_terminal *terminal);
struct tui_front tui_terminal_front(struct tui_terminal *terminal);
