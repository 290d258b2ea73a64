/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aborts on our own bugs, after dumping what the machine of this thread did last.
 *
 * The reporter is the only mutable file-scope variable outside emu/cpu (listed in tests/lint with
 * this reason): BUG_ON() stands in functions that have no way to reach a machine. It is per thread,
 * so machines on different threads do not meet, and it is read only on the way to abort().
 */
#include "emu/base/bug.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct bug_reporter thread_reporter;

void bug_reporter_set(const struct bug_reporter *reporter, struct bug_reporter *previous)
{
    if (previous != NULL) {
        *previous = thread_reporter;
    }
    if (reporter != NULL) {
        thread_reporter = *reporter;
    } else {
        thread_reporter = (struct bug_reporter){.dump = NULL, .ctx = NULL};
    }
}

_Noreturn void bug_report(const char *file, int line, const char *condition)
{
    struct bug_reporter reporter = thread_reporter;

    thread_reporter.dump = NULL; /* a bug inside the dump must not dump again */
    (void)fprintf(stderr, "spacegray: bug: %s:%d: %s\n", file, line, condition);
    if (reporter.dump != NULL) {
        reporter.dump(reporter.ctx);
    }
    abort();
}
