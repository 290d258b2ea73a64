/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray test --list`. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "emu/app/suite/suite_schedule.h"

/* Columns that the longest SUITE:TEST takes, but not too many. */
unsigned test_list_name_columns(const struct suite_entry *entries, size_t count);
/* For people: a line for each test. */
void test_list_print(const struct suite_entry *entries, size_t count, FILE *file);
/* JSON lines (docs/formats/suite-report.md). -1 with `err`. */
int test_list_write(const struct suite_entry *entries, size_t count, FILE *file,
                    struct error *err) MUST_CHECK;
