/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of `spacegray test`: docs/command-line.md tells each option. */
#pragma once

#include "emu/app/options.h"
#include "emu/app/run_options.h"
#include "emu/app/suite/suite_schedule.h"

/* "-" as a file's name. */
#define TEST_STANDARD_OUTPUT "-"

/* What is asked for. Texts are those of the command line; NULL: not given. */
struct test_request {
    char **files; /* suites: what was named, and those of the folders that were */
    size_t file_count;
    struct suite_selection selection;
    struct suite_variables variables;
    struct suite_limits limits; /* jobs 0: as many as the host has cores */
    const char *tap;            /* files of reports */
    const char *junit;
    const char *json;
    const char *capsules; /* folder; NULL: no capsules */
    unsigned capsules_max;
    const char *coverage; /* folder */
    const char *executor; /* name */
    bool is_list;
    bool is_golden;
    bool is_verbose;
    bool is_quiet;
};

/* All of the command line, folders looked through, files not opened. Whatever comes back, `request` is to be released. */
enum run_parsed test_options_parse(const struct command *command, int argc, char **argv,
                                   struct test_request *request, struct error *err) MUST_CHECK;
void test_request_release(struct test_request *request);
/* The table for the command. */
extern const struct option_spec test_option_specs[];
