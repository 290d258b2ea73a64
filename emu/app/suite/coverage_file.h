/* SPDX-License-Identifier: GPL-2.0-only */
/* What was touched, as a file of text lines: docs/formats/coverage.md specifies it. */
#pragma once

#include <stddef.h>

#include "emu/app/suite/coverage_model.h"

#define COVERAGE_FILE_MAX ((size_t)64 << 20)

/* The whole file; free() it. NULL with `err`. */
char *coverage_file_format(const struct coverage_model *model, size_t *bytes, struct error *err);
/* Adds what is in a file to an empty model. Hostile input; `path` is for messages only. -1 with `err` (ERROR_USAGE:
 * "PATH:LINE: sentence") and the model to be released. */
int coverage_file_parse(const char *path, const char *text, size_t bytes,
                        struct coverage_model *model, struct error *err) MUST_CHECK;
