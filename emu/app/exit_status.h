/* SPDX-License-Identifier: GPL-2.0-only */
/* How the program ends (docs/command-line.md). A guest may also choose a status, by the debug exit
 * port. */
#pragma once

enum exit_status {
    EXIT_PASSED = 0,   /* the guest powered off, or the command did what it was asked */
    EXIT_FAILED = 1,   /* the guest cannot go on */
    EXIT_USAGE = 2,    /* the command line is wrong */
    EXIT_HOST = 3,     /* a file, memory, a library */
    EXIT_TIME_OUT = 4, /* virtual time ran out */
    EXIT_DIVERGED = 5, /* a replay went another way */
};
