/* SPDX-License-Identifier: GPL-2.0-only */
/* `debug FILE --control`: a recorded run at the control socket (docs/control.md). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/base/error.h"

struct debugger;
struct history;
struct machine;

struct debug_control_config {
    const char *path; /* of the socket */
    struct debugger *debugger;
    struct history *history;
    struct machine *machine;
    bool goes_first;    /* before the first command: */
    uint64_t first_seq; /* there (replay_go()) */
};

/* Serves one client after the other, until one says `quit` or a signal comes, whose number `*caught` is then (else
 * 0). -1 with `err`; `*has_diverged`: because the run does not go as it was recorded. */
int debug_control(const struct debug_control_config *config, int *caught, bool *has_diverged,
                  struct error *err) MUST_CHECK;
