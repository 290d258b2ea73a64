/* SPDX-License-Identifier: GPL-2.0-only */
/* The program `spacegray`: finds the command and runs it. */
#pragma once

#include "emu/app/exit_status.h"
#include "emu/app/options.h"

/* main() without the C library around it. Returns the exit status. */
int app_main(int argc, char **argv);

/* Prints the sentence of `err` on standard error, once, and returns the exit status that its kind
 * stands for. */
int app_fail(const struct error *err);

/* Flushes standard output, which may be a full disk, too: says so, and returns the exit status. */
int app_finish_output(void);

/* As `spacegray --version` says it. */
const char *app_version(void);

/* The commands (cmd_*.c). */
extern const struct command command_run;
extern const struct command command_machine;
extern const struct command command_debug;
extern const struct command command_snapshot;
extern const struct command command_disk;
extern const struct command command_firmware;
extern const struct command command_faults;
extern const struct command command_trace;
extern const struct command command_test;
