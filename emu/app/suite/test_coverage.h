/* SPDX-License-Identifier: GPL-2.0-only */
/* What the jobs of a run have touched, put together for --coverage. */
#pragma once

#include "emu/app/suite/suite_schedule.h"

/* Adds up the files *.coverage in `from`, and writes what is for people and programs to `folder`; the guest's symbols are
 * those of the first of the suites that has any. -1 with `err`. */
int test_coverage_write(const char *from, const char *folder, const struct suite *suites,
                        size_t suite_count, struct error *err) MUST_CHECK;
