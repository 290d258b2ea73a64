/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command-line options as data: one table per command makes the parser, the --help text and the
 * suggestions. Parsing is getopt_long()'s, so it uses that function's process-wide state: one parse
 * at a time, on one thread.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "emu/base/error.h"

#define OPTIONS_MAX 96

struct option_spec {
    const char *name;  /* without the dashes; NULL ends a table */
    const char *value; /* what --help calls the value; NULL: takes none */
    const char *help;  /* lines are separated by \n */
};

/* A command: its name, what --help says, its options and how it is run. */
struct command {
    const char *name;                  /* for example "run" */
    const char *arguments;             /* for the usage line, for example "[OPTIONS]" */
    const char *summary;               /* one line for the list of commands */
    const char *details;               /* sentences for its own --help; may be empty */
    const struct option_spec *options; /* --help is understood without being listed */
    int (*run)(const struct command *command, int argc, char **argv);
};

struct option_reader {
    const struct command *command;
    int argc;
    char **argv; /* argv[0] is the command's name */
};

#define OPTIONS_END   (-1) /* no option is left */
#define OPTIONS_ERROR (-2) /* `err` is set (ERROR_USAGE) */
#define OPTIONS_HELP  (-3) /* --help was given */

void option_reader_init(struct option_reader *reader, const struct command *command, int argc,
                        char **argv);
/* Index of the next option in the command's table, its value in *value; or one of the above. */
int option_next(struct option_reader *reader, const char **value, struct error *err);
/* After OPTIONS_END: the next argument that is no option; NULL when there is none left. */
const char *option_argument(struct option_reader *reader);

/* Actions of a command: a table of commands whose names begin with its name, as in "disk create". The
 * index of the one that is called `name` behind that, -1 with `err` (ERROR_USAGE), with a suggestion
 * when one may have been meant. */
int option_find_action(const struct command *actions, size_t count, const char *name,
                       struct error *err) MUST_CHECK;

/* The whole --help page. */
void option_print_help(const struct command *command, FILE *file);
