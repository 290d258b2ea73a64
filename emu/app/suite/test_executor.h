/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs the tests that were chosen. What becomes of them is told to the schedule's listener on this process, wherever they
 * were run: reports and the exit status know no difference.
 */
#pragma once

#include "emu/app/suite/test_options.h"

struct test_executor {
    const char *name; /* of --executor */
    /* As suite_schedule_run(). `request` is what a command line for other machines is made of. */
    int (*run)(const struct test_request *request, const struct suite_schedule *schedule,
               int *caught, struct error *err);
};

/* NULL with `err` (ERROR_USAGE). `name` NULL: this machine. */
const struct test_executor *test_executor_find(const char *name, struct error *err);
