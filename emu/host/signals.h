/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signals of the process, taken by a thread of their own, so that no handler runs inside the
 * machine. SIGINT, SIGTERM, SIGHUP and SIGQUIT ask to stop; the second one ends the process as the
 * signal does by default. SIGTSTP suspends.
 */
#pragma once

#include "emu/base/error.h"

/* Called on the signal thread. */
struct signal_actions {
    void *ctx;
    void (*stop)(void *ctx); /* the first request to stop */
    void (*leave)(
        void *ctx); /* the process is about to end or to be suspended: give the terminal back */
    void (*resume)(void *ctx); /* the process goes on after having been suspended */
};

struct signals;

/* Call before any other thread is started: they inherit the blocked signals. NULL with `err`. */
struct signals *signals_start(const struct signal_actions *actions, struct error *err);
/* The signal that asked to stop, 0 when none did. */
int signals_caught(const struct signals *signals);
/* Ends the thread and unblocks the signals. NULL is harmless. */
void signals_stop(struct signals *signals);
/* Ends this process by `signal_number`, so that its parent learns why. */
_Noreturn void signals_die(int signal_number);
