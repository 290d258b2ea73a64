/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal in raw mode: every key goes to the guest. Its settings come back when it is
 * restored; also when this program crashes, then as a plain line-editing terminal.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <termios.h>

#include "emu/base/error.h"

struct terminal {
    int fd;
    atomic_bool is_raw; /* `saved` holds what to go back to */
    struct termios saved;
    atomic_bool is_lent;
    bool has_left;           /* while lent: `borrowed` is what to go back to */
    struct termios borrowed; /* the borrower's settings */
};

/* `fd` must be a terminal. Output processing stays as it is: the guest's line ends arrive as it
 * sends them. */
int terminal_raw(struct terminal *terminal, int fd, struct error *err) MUST_CHECK;
/* Back to the settings found; harmless when not raw. From any thread. */
void terminal_restore(struct terminal *terminal);
/* As before terminal_restore(), after another program had the terminal (SIGCONT): raw, or as the one who
 * has borrowed it had it. Harmless when terminal_raw() was never done. */
void terminal_resume(struct terminal *terminal);

/* For a while somebody else in this program sets the terminal as he likes, and finds it as it was
 * found. */
void terminal_lend(struct terminal *terminal);
/* Raw again. */
void terminal_take_back(struct terminal *terminal);
