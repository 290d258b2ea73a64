/* SPDX-License-Identifier: GPL-2.0-only */
/* What the pages of a report have in common: HTML 5 without scripts, with nothing from elsewhere. */
#pragma once

#include <inttypes.h>

#include "emu/app/suite/coverage_sum.h"

void coverage_html_begin(FILE *file, const char *title);
void coverage_html_end(FILE *file);
/* Text in which nothing is markup. */
void coverage_html_text(FILE *file, const char *text);
/* A cell of a table: a bar, and the two numbers. */
void coverage_html_share(FILE *file, const struct coverage_share *share);
/* A tile of the summary. `name` is text of ours. */
void coverage_html_tile(FILE *file, const char *name, const struct coverage_share *share);
