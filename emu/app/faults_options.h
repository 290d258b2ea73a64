/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of `spacegray faults`: its actions, their options and help pages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/options.h"
#include "emu/app/run_options.h"

#define FAULTS_ONLY_MAX 64u

enum faults_action {
    FAULTS_ACTION_RUN,
    FAULTS_ACTION_LIST,
    FAULTS_ACTION_CHECK,
};

/* What is asked for. Texts are those of the command line; NULL: not given. */
struct faults_request {
    enum faults_action action;
    const char *suite;
    uint64_t runs; /* 0: what the suite says */
    bool has_seed;
    uint64_t seed;
    unsigned workers;
    uint64_t only[FAULTS_ONLY_MAX]; /* run numbers, ascending */
    size_t only_count;
    const char *json;
    const char *keep;
    uint64_t host_limit; /* of a run, in picoseconds of the host's time; 0: none */
};

/* The action's own help page and options; its name is "faults run" and the like. */
const struct command *faults_action_command(enum faults_action action);
/* -1 with `err`, which suggests one that is near. */
int faults_action_find(const char *name, enum faults_action *action, struct error *err) MUST_CHECK;
/* All options and arguments of an action; argv[0] is its name. -n and -j are short for --runs and
 * --workers. */
enum run_parsed faults_options_parse(enum faults_action action, int argc, char **argv,
                                     struct faults_request *request, struct error *err) MUST_CHECK;
