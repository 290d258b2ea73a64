/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run with a past (`--gdb`, `--debug`) at the control socket: while the machine runs it can be looked at; held, it
 * can be moved, too. It is held between two of its runs, on its own thread: nobody runs it but the debugger.
 * Other debuggers of the same run come and go in the meantime, so this one lives as long as it is held, or for
 * one question.
 */
#pragma once

#include <stdbool.h>

#include "emu/app/control_debug.h"
#include "emu/base/error.h"
#include "emu/core/inbox.h"
#include "emu/machine/machine.h"

struct control_live {
    struct control_motion motion;
    struct history *history; /* borrowed */
    struct machine *machine; /* borrowed */
    struct debugger *debugger;
    struct control_debug *debug; /* of `debugger`; NULL: there is none now */
    bool is_held;
    bool is_pause_wanted;   /* somebody has said so while it was held */
    bool is_over;           /* the run ended while it was held, */
    enum machine_stop stop; /* so */
};

/* Both are borrowed and outlive control_live_destroy(). */
void control_live_init(struct control_live *live, struct history *history, struct machine *machine);
/* Before the history goes. */
void control_live_destroy(struct control_live *live);

/* The debugger, made when there is none, before a command is carried out. NULL with `err`. */
struct control_debug *control_live_open(struct control_live *live, struct error *err);
/* The command has been carried out. */
void control_live_close(struct control_live *live);

/* Harmless when it is held already. -1 with `err`. */
int control_live_hold(struct control_live *live, struct error *err) MUST_CHECK;
/* It goes on from where it stands; what came after that is forgotten. -1 with `err`: it is still held. */
int control_live_release(struct control_live *live, struct error *err) MUST_CHECK;
/* Held: waits until somebody has something to say. */
void control_live_wait(struct control_live *live);
/* Faults are planted, and repaired, at an edge that nothing is known behind. */
bool control_live_can_change(const struct control_live *live);
/* A line for the debugger that looks and does not move: it is for a machine that runs, too. */
bool control_live_is_look(const char *line);
