/* SPDX-License-Identifier: GPL-2.0-only */
/* `run --gdb`: a machine that waits for GDB at its first instruction. */
#pragma once

#include "emu/base/error.h"

struct history;
struct machine;

/* Serves at `where` until the client lets go; the machine then runs on from where it stands, unless there is an
 * INBOX_STOP in its inbox. -1 with `err`. */
int run_gdb(const char *where, struct history *history, struct machine *machine,
            struct error *err) MUST_CHECK;
