/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `spacegray trace`: what is in the traces and recordings of runs. What each action does is in trace_*.c; here
 * is the way from a command line to it.
 */
#define _GNU_SOURCE /* access */

#include <string.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/trace_actions.h"
#include "emu/app/trace_export.h"

static int run(const struct command *command, int argc, char **argv);

static const struct option_spec no_options[] = {{.name = NULL}};

const struct command command_trace = {
    .name = "trace",
    .arguments = "ACTION TRACE [OPTIONS]",
    .summary = "Look at what happened in a run",
    .details = "A trace is a directory that spacegray run --trace made (babeltrace2 reads it,\n"
               "too), or a recording that spacegray run --record made.\n\n"
               "actions:\n"
               "  list    print the events, one a line\n"
               "  show    show one event in full\n"
               "  stats   count the events\n"
               "  grep    find events by their text\n"
               "  diff    find the first event at which two runs part\n"
               "  why     say what led to an event\n"
               "  export  write it for Perfetto, GTKWave or other tools\n\n"
               "`spacegray trace ACTION --help` tells more of each.",
    .options = no_options,
    .run = run,
};

/* With the traces open. */
static int act(const struct trace_request *request, const struct trace_file *source,
               const struct trace_file *other)
{
    switch (request->action) {
    case TRACE_ACTION_LIST: return trace_list(request, source);
    case TRACE_ACTION_SHOW: return trace_show(request, source);
    case TRACE_ACTION_STATS: return trace_stats(request, source);
    case TRACE_ACTION_GREP: return trace_grep(request, source);
    case TRACE_ACTION_DIFF: return trace_diff(request, source, other);
    case TRACE_ACTION_WHY: return trace_why(request, source);
    case TRACE_ACTION_EXPORT: break;
    }
    return EXIT_USAGE;
}

/* The trace where the pattern belongs. */
static bool is_swapped(const struct trace_request *request, const char *path)
{
    return request->action == TRACE_ACTION_GREP && request->pattern != NULL &&
           access(path, F_OK) != 0 && access(request->pattern, F_OK) == 0;
}

static int open_one(const struct trace_request *request, const char *path,
                    struct trace_file *source)
{
    struct error err = ERROR_INIT;

    if (is_swapped(request, path)) {
        (void)error_usage(&err,
                          "trace grep: the pattern comes first, as in spacegray trace grep '%s' %s",
                          path, request->pattern);
        return app_fail(&err);
    }
    if (trace_file_open(path, source, &err) != 0) return app_fail(&err);
    if (!source->is_whole) {
        (void)fprintf(stderr, "spacegray: note: %s was not finished; it is good up to here\n",
                      path);
    }
    return EXIT_PASSED;
}

/* `status`, unless a part of the trace could not be read: then whatever was said is not all. */
static int close_one(struct trace_file *source, int status)
{
    const char *trouble = trace_file_trouble(source);
    struct error err = ERROR_INIT;

    if (trouble != NULL) {
        (void)error_host(&err, "%s", trouble);
        status = app_fail(&err);
    }
    trace_file_close(source);
    return status;
}

static int work_on(const struct trace_request *request)
{
    struct trace_file sources[2];
    int status = open_one(request, request->trace, &sources[0]);

    if (status != EXIT_PASSED) return status;
    if (request->other == NULL) {
        status = act(request, &sources[0], NULL);
    } else {
        status = open_one(request, request->other, &sources[1]);
        if (status == EXIT_PASSED) {
            status = act(request, &sources[0], &sources[1]);
            status = close_one(&sources[1], status);
        }
    }
    return close_one(&sources[0], status);
}

static int run_action(enum trace_action action, int argc, char **argv)
{
    struct trace_request request;
    struct error err = ERROR_INIT;
    int status = EXIT_USAGE;

    switch (trace_options_parse(action, argc, argv, &request, &err)) {
    case RUN_PARSED: status = work_on(&request); break;
    case RUN_PARSED_HELP:
        option_print_help(trace_action_command(action), stdout);
        status = app_finish_output();
        break;
    case RUN_PARSED_ERROR: status = app_fail(&err); break;
    }
    trace_request_release(&request);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct error err = ERROR_INIT;
    enum trace_action action;

    if (argc < 2) {
        (void)error_usage(&err, "trace: say what to do, as in spacegray trace list TRACE");
        return app_fail(&err);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        option_print_help(command, stdout);
        return app_finish_output();
    }
    if (argv[1][0] == '-') {
        (void)error_usage(&err, "trace: an action must come before %s (see spacegray trace --help)",
                          argv[1]);
        return app_fail(&err);
    }
    if (trace_action_find(argv[1], &action, &err) != 0) return app_fail(&err);
    if (action == TRACE_ACTION_EXPORT) {
        return command_trace_export.run(&command_trace_export, argc - 1, argv + 1);
    }
    return run_action(action, argc - 1, argv + 1);
}
