/* SPDX-License-Identifier: GPL-2.0-only */
/* Actions, options and help of `spacegray faults`: see faults_options.h. */
#include "emu/app/faults_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/faults_pool.h"
#include "emu/app/faults_suite.h"
#include "emu/app/parse.h"
#include "emu/app/short_options.h"
#include "emu/base/bits.h"
#include "emu/core/clock.h"

#define DEFAULT_HOST_LIMIT VTIME_S(600)
#define NUMBER_BYTES       24

#define RUNS                                                                                \
    {                                                                                       \
        "runs", "N",                                                                        \
            "how many runs, 1 to 100000 (also -n N;\ndefault: what the suite says, or 100)" \
    }
#define SEED                                                             \
    {                                                                    \
        "seed", "N", "other faults (default: what the suite says, or 1)" \
    }

static const struct option_spec run_options[] = {
    RUNS,
    {"workers", "N", "runs at a time, 1 to 64 (also -j N; default: 1).\nThe results are the same"},
    SEED,
    {"only", "N[,M...]", "only these runs of the campaign, with what they\nsay on the serial port"},
    {"json", "FILE", "write a report for programs (\"-\": standard output)"},
    {"keep", "DIR", "keep what each run said on the serial port in this\ndirectory"},
    {"host-limit", "TIME",
     "end a run that takes longer than this on the host\n(default: 600s; 0s: never)"},
    {.name = NULL},
};

static const struct option_spec list_options[] = {
    RUNS,
    SEED,
    {"only", "N[,M...]", "only these runs"},
    {.name = NULL},
};

static const struct option_spec check_options[] = {{.name = NULL}};

/* In the order of enum faults_action. */
static const struct command commands[] = {
    {
        .name = "faults run",
        .arguments = "SUITE [OPTIONS]",
        .summary = "Run the same work many times, each time with other memory faults",
        .details =
            "The machine runs to the suite's start once. From there it goes on once without\n"
            "faults and then once for each run, in a process of its own. Printed is what\n"
            "became of them. The same suite and seed give the same results.\n\n"
            "Exit status: 0 the campaign is done; 1 a class came more often than the suite's\n"
            "limits allow, or the work is not done without faults either; 2 wrong usage;\n"
            "3 host trouble, or the emulator crashed.\n\n"
            "  spacegray faults run suite.yaml -n 500 -j 2 --json report.json\n"
            "  spacegray faults run suite.yaml --only 17",
        .options = run_options,
    },
    {
        .name = "faults list",
        .arguments = "SUITE [OPTIONS]",
        .summary = "Show the faults that each run of a campaign gets",
        .details = "The machine runs to the suite's start, because the places of faults depend on\n"
                   "what is there then. No run is made. Each line can be given to\n"
                   "spacegray run --fault.\n\n"
                   "  spacegray faults list suite.yaml -n 20",
        .options = list_options,
    },
    {
        .name = "faults check",
        .arguments = "SUITE",
        .summary = "Say whether a suite is well written",
        .details = "Reads the suite and nothing else.\n\n"
                   "  spacegray faults check suite.yaml",
        .options = check_options,
    },
};

const struct command *faults_action_command(enum faults_action action)
{
    return &commands[action];
}

int faults_action_find(const char *name, enum faults_action *action, struct error *err)
{
    const int found = option_find_action(commands, ARRAY_LEN(commands), name, err);

    if (found < 0) return -1;
    *action = (enum faults_action)found;
    return 0;
}

/* ---- Values ---- */

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static int set_only(const char *value, struct faults_request *request, struct error *err)
{
    size_t count = 0;

    for (;;) {
        const size_t length = strcspn(value, ",");
        char number[NUMBER_BYTES];

        (void)snprintf(number, sizeof(number), "%.*s", (int)length, value);
        if (request->only_count == FAULTS_ONLY_MAX) {
            return error_usage(err, "--only takes at most %u numbers", FAULTS_ONLY_MAX);
        }
        if (parse_number("only", number, 1, FAULTS_RUNS_MAX, &request->only[request->only_count++],
                         err) != 0) {
            return -1;
        }
        if (value[length] == '\0') break;
        value += length + 1;
    }
    qsort(request->only, request->only_count, sizeof(request->only[0]), compare_numbers);
    for (size_t i = 0; i < request->only_count; i++) {
        if (i == 0 || request->only[i] != request->only[i - 1]) {
            request->only[count++] = request->only[i];
        }
    }
    request->only_count = count;
    return 0;
}

static int set_option(const char *name, const char *value, struct faults_request *request,
                      struct error *err)
{
    uint64_t number;

    if (strcmp(name, "runs") == 0) {
        return parse_number(name, value, 1, FAULTS_RUNS_MAX, &request->runs, err);
    }
    if (strcmp(name, "workers") == 0) {
        if (parse_number(name, value, 1, FAULTS_WORKERS_MAX, &number, err) != 0) return -1;
        request->workers = (unsigned)number;
    } else if (strcmp(name, "seed") == 0) {
        request->has_seed = true;
        return parse_number(name, value, 0, UINT64_MAX, &request->seed, err);
    } else if (strcmp(name, "only") == 0) {
        return set_only(value, request, err);
    } else if (strcmp(name, "json") == 0) {
        request->json = value;
    } else if (strcmp(name, "keep") == 0) {
        request->keep = value;
    } else {
        return parse_time(name, value, &request->host_limit, err);
    }
    return 0;
}

static const struct short_option short_options[] = {
    {'n', "runs", true},
    {'j', "workers", true},
    {.letter = '\0'},
};

enum run_parsed faults_options_parse(enum faults_action action, int argc, char **argv,
                                     struct faults_request *request, struct error *err)
{
    const struct command *command = &commands[action];
    struct option_reader reader;
    struct long_line line;
    const char *more;

    *request =
        (struct faults_request){.action = action, .workers = 1, .host_limit = DEFAULT_HOST_LIMIT};
    if (short_options_lengthen(short_options, argc, argv, &line, err) != 0) return RUN_PARSED_ERROR;
    option_reader_init(&reader, command, line.count, line.arguments);
    for (;;) {
        const char *value;
        const int found = option_next(&reader, &value, err);

        if (found == OPTIONS_HELP) return RUN_PARSED_HELP;
        if (found == OPTIONS_ERROR) return RUN_PARSED_ERROR;
        if (found == OPTIONS_END) break;
        if (set_option(command->options[found].name, value, request, err) != 0) {
            return RUN_PARSED_ERROR;
        }
    }
    request->suite = option_argument(&reader);
    more = option_argument(&reader);
    if (request->suite == NULL) {
        (void)error_usage(err, "%s: the suite is missing (see spacegray %s --help)", command->name,
                          command->name);
        return RUN_PARSED_ERROR;
    }
    if (more != NULL) {
        (void)error_usage(err, "unexpected argument '%s' (see spacegray %s --help)", more,
                          command->name);
        return RUN_PARSED_ERROR;
    }
    return RUN_PARSED;
}
