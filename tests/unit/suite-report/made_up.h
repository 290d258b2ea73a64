/* SPDX-License-Identifier: GPL-2.0-only */
/* Suites that never were, and what became of their tests: of all outcomes, and with texts that nobody would write but to do harm. */
#pragma once

#include <stddef.h>

#include "emu/app/suite/suite_report.h"

#define MADE_UP_TESTS 12u

/* Test `i`: entry and result. */
const struct suite_entry *made_up_entry(size_t i);
const struct suite_result *made_up_result(size_t i);
