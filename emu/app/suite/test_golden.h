/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files of suites a run with --update-golden has written: their contents before and after. */
#pragma once

#include <stdio.h>

#include "emu/app/suite/suite_schedule.h"

struct test_golden;

/* Before the run. NULL with `err`. */
struct test_golden *test_golden_open(const struct suite_entry *entries, size_t count,
                                     struct error *err);
void test_golden_close(struct test_golden *golden);
/* A line for each file that is another one now, or that was not there. */
void test_golden_print(const struct test_golden *golden, FILE *file);
