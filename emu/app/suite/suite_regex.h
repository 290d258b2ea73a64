/* SPDX-License-Identifier: GPL-2.0-only */
/* Regular expressions of a suite (POSIX extended), kept so small that no file makes the host's memory or time grow. */
#pragma once

#include <regex.h>
#include <stddef.h>

#include "emu/base/error.h"

/* What one may come to when its repetitions are written out, in letters; and what those of a suite may cost together: a
 * thousand of forty letters. */
#define SUITE_REGEX_MAX  512u
#define SUITE_REGEX_ROOM 65536u

/* How large an expression is; more than SUITE_REGEX_MAX when it is larger, or not to be had at all. Pure. */
size_t suite_regex_size(const char *text);
/* Compiles with REG_NEWLINE: . and lists like [^a] do not reach over the end of a line, ^ and $ are the ends of each.
 * *room becomes smaller. -1 with `err` (ERROR_USAGE; a sentence without a place). */
int suite_regex_compile(const char *text, size_t *room, regex_t *regex,
                        struct error *err) MUST_CHECK;
