/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a line on the control socket means (docs/control.md), and its answer. Nothing here knows the
 * socket. All of it runs on the machine's thread, between two machine_run() calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct control_debug;
struct control_live;
struct machine;

struct control_command {
    struct machine *machine;
    struct control_debug *debug; /* of a run that is over; else NULL */
    struct control_live *live;   /* of one that goes on and keeps its past; else NULL */
    bool is_recorded;            /* it is over, and only looked at */
    bool has_quit;               /* the run is to end */
    bool
        has_posted; /* something was put into the machine's inbox: it is to look there before the next
                        command; whoever looks at this clears it */
};

/* The answer to one line (hostile, `bytes` long, no end of line in it), itself one line of JSON without
 * its end; free() it. NULL: the line is blank and gets none, or the host has no memory. */
char *control_command_answer(struct control_command *control, const char *line, size_t bytes);
/* The same for a line that could not be looked at; `text` says why. */
char *control_command_refuse(const char *text);
