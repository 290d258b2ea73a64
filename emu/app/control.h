/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: JSON lines with the manners of QEMU's QMP (docs/control.md). Commands are carried
 * out between two runs of the machine, so each takes effect at one virtual time, which its answer
 * tells.
 */
#pragma once

#include <stdbool.h>

#include "emu/base/error.h"
#include "emu/machine/machine.h"

struct control;
struct control_debug;
struct control_motion;
struct history;
struct inbox;

/* Listens at `path`. NULL with `err`. */
struct control *control_open(const char *path, struct error *err);
/* Clients may come. After signals_start(). */
int control_start(struct control *control, struct machine *machine, struct error *err) MUST_CHECK;
/* The run has a past: commands may go there (control_live.h). The history is borrowed, and outlives the
 * control. Before clients may come. */
void control_set_live(struct control *control, struct history *history, struct machine *machine);
/* How the run ended, when machine_run() gave the reason `stop` and control_attend() perhaps ended it. */
enum machine_stop control_ended(const struct control *control, enum machine_stop stop);

/* The same for a run that is over and only looked at (control_debug.h). Both are borrowed. */
void control_set_debug(struct control *control, struct control_debug *debug,
                       struct control_motion *motion);
/* As control_start(): its machine's inbox is left alone, `inbox` gets INBOX_ATTENTION instead. */
int control_start_recorded(struct control *control, struct machine *machine, struct inbox *inbox,
                           struct error *err) MUST_CHECK;
/* From any thread: what a command has set in motion is interrupted, and no further one is carried out. */
void control_interrupt(struct control *control);
/* After MACHINE_ATTENTION: answers what has come. True when the run is to end (`quit`). `ctx` is the
 * struct control: for struct timeline. */
bool control_attend(void *ctx);
/* Tells the client why the run ended, and ends. Before the machine goes. NULL is harmless. */
void control_close(struct control *control, enum machine_stop stop);
