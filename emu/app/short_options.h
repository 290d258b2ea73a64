/* SPDX-License-Identifier: GPL-2.0-only */
/* Short options, as in `-n 5`, `-n5` or `-cv`, put into their long form for option_next(), which knows no others. */
#pragma once

#include <stdbool.h>

#include "emu/base/error.h"

#define SHORT_ARGUMENTS_MAX 512
#define SHORT_TEXT_BYTES    280

struct short_option {
    char letter; /* 0 ends a table */
    const char *name;
    bool has_value;
};

/* A command line with long names. */
struct long_line {
    int count;
    char *arguments[SHORT_ARGUMENTS_MAX + 1];
    char texts[SHORT_ARGUMENTS_MAX][SHORT_TEXT_BYTES];
};

/* `argv` stays as it is and must outlive `line`. Arguments behind "--" are no options. -1 with `err`
 * (ERROR_USAGE): too many. */
int short_options_lengthen(const struct short_option *options, int argc, char **argv,
                           struct long_line *line, struct error *err) MUST_CHECK;
