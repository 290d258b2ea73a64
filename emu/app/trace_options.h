/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of `spacegray trace`: its actions, their options and help pages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/options.h"
#include "emu/app/run_options.h"
#include "emu/core/clock.h"

struct trace_filter;

enum trace_action {
    TRACE_ACTION_LIST,
    TRACE_ACTION_SHOW,
    TRACE_ACTION_STATS,
    TRACE_ACTION_GREP,
    TRACE_ACTION_DIFF,
    TRACE_ACTION_WHY,
    TRACE_ACTION_EXPORT, /* trace_export.h has all of it */
};

/* What is asked for. Texts are those of the command line; NULL: not given. */
struct trace_request {
    enum trace_action action;
    const char *trace;
    const char *other;           /* the second trace of `diff` */
    const char *pattern;         /* of `grep` */
    uint64_t seq;                /* of `show` and `why` */
    struct trace_filter *filter; /* owned */
    uint64_t first_seq, last_seq;
    vtime first_time, last_time;
    uint64_t limit;  /* events, of `stats` rows; UINT64_MAX: all */
    uint64_t before; /* lines of context */
    uint64_t after;
    bool ignores_time; /* of `diff` */
    bool ignores_pc;
    bool is_json;
    bool is_count;
    bool ignores_case;
    bool is_inverted;
};

/* The action's own help page and options; its name is "trace list" and the like. */
const struct command *trace_action_command(enum trace_action action);
/* -1 with `err`, which suggests one that is near. */
int trace_action_find(const char *name, enum trace_action *action, struct error *err) MUST_CHECK;
/* All options and arguments of an action; argv[0] is its name. */
enum run_parsed trace_options_parse(enum trace_action action, int argc, char **argv,
                                    struct trace_request *request, struct error *err) MUST_CHECK;
void trace_request_release(struct trace_request *request);
