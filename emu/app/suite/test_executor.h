/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs the tests that were chosen. What becomes of them is told to the schedule's listener on this process, wherever they
 * were run: reports and the exit status know no difference.
 */
#pragma once

#include "emu/app/suite/test_options.h"

struct test_executor {
    const char *name; /* of --executor, */
    bool has_details; /* which may go on with a comma: what, is the executor's own affair */
    /* As suite_schedule_run(). `request` is what a command line for other machines is made of. */
    int (*run)(const struct test_request *request, const struct suite_schedule *schedule,
               int *caught, struct error *err);
};

/* Of what stands behind --executor; NULL: this machine. NULL with `err` (ERROR_USAGE). */
const struct test_executor *test_executor_find(const char *name, struct error *err);
