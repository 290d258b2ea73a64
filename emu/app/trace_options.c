/* SPDX-License-Identifier: GPL-2.0-only */
/* Actions, options and help of `spacegray trace`: see trace_options.h. */
#include "emu/app/trace_options.h"

#include <string.h>

#include "emu/app/parse.h"
#include "emu/app/short_options.h"
#include "emu/base/bits.h"
#include "emu/debug/trace/filter.h"

#define CONTEXT_MAX 10000u
#define STATS_ROWS  40u

#define FILTER                                                          \
    {                                                                   \
        "filter", "FILTER",                                             \
            "only these events, as in\n'nvme.reg_write if reg == CC'\n" \
            "(docs/trace.md)"                                           \
    }
#define FROM                                                              \
    {                                                                     \
        "from", "WHERE", "begin at a time (2500us) or at an event (1200)" \
    }
#define TO                                                \
    {                                                     \
        "to", "WHERE", "end with this time or this event" \
    }

static const struct option_spec list_options[] = {
    FILTER,
    FROM,
    TO,
    {"count", "N", "at most so many events (also -n N)"},
    {"json", NULL, "a JSON object for each event, one a line"},
    {.name = NULL},
};

static const struct option_spec show_options[] = {{.name = NULL}};

static const struct option_spec stats_options[] = {
    FILTER,
    FROM,
    TO,
    {"count", "N", "at most so many rows of each table (also -n N;\ndefault: 40)"},
    {.name = NULL},
};

static const struct option_spec grep_options[] = {
    FILTER,
    FROM,
    TO,
    {"ignore-case", NULL, "capital letters are small ones (also -i)"},
    {"invert-match", NULL, "lines that do not match (also -v)"},
    {"count", NULL, "print how many there are (also -c)"},
    {"max-count", "N", "stop after so many (also -m N)"},
    {"before-context", "N", "print N events before each, too (also -B N)"},
    {"after-context", "N", "print N events behind each, too (also -A N)"},
    {"context", "N", "both (also -C N)"},
    {.name = NULL},
};

static const struct option_spec diff_options[] = {
    {"context", "N", "so many events before the difference (also -C N;\ndefault: 10)"},
    {"after-context", "N", "what both do then: so many events of each (also -A N;\ndefault: 3)"},
    {"ignore", "WHAT",
     "time, pc or time,pc: these may differ, as those of two\nbuilds of a program do"},
    {.name = NULL},
};

#define TRACE_IS                                                                  \
    "TRACE is a directory that spacegray run --trace made, a recording, or the\n" \
    "capsule of a failed test.\n\n"

/* In the order of enum trace_action. */
static const struct command commands[] = {
    {
        .name = "trace list",
        .arguments = "TRACE [OPTIONS]",
        .summary = "Print the events of a trace, one a line",
        .details =
            "A line has the virtual time, the event's number, <- and the number of the event\n"
            "that caused it (0: a core's own doing), core, program counter, device, event and\n"
            "its fields.\n" TRACE_IS "  spacegray trace list run.trace -n 20\n"
            "  spacegray trace list run.trace --filter 'nvme.*, !*.irq_line' --from 2s",
        .options = list_options,
    },
    {
        .name = "trace show",
        .arguments = "TRACE EVENT",
        .summary = "Show one event in full",
        .details =
            "EVENT is its number. All fields, the events that led to it, nearest first, and\n"
            "those that it caused itself.\n" TRACE_IS "  spacegray trace show run.trace 1200",
        .options = show_options,
    },
    {
        .name = "trace stats",
        .arguments = "TRACE [OPTIONS]",
        .summary = "Count the events of a trace",
        .details = "By device and type, with the longest pauses, and what the guest did wrong or\n"
                   "asked for in vain, with the first place in its program.\n" TRACE_IS
                   "  spacegray trace stats run.trace --to 500ms",
        .options = stats_options,
    },
    {
        .name = "trace grep",
        .arguments = "PATTERN TRACE [OPTIONS]",
        .summary = "Find events by their text",
        .details =
            "PATTERN is an extended regular expression for the lines that trace list prints.\n"
            "Without it, a --filter is needed.\n" TRACE_IS
            "Exit status: 0 found; 1 not found; 2 wrong usage; 3 host trouble.\n\n"
            "  spacegray trace grep 'reg=CC .*written=0x46' run.trace -C 3\n"
            "  spacegray trace grep run.trace --filter 'uart.*' -c",
        .options = grep_options,
    },
    {
        .name = "trace diff",
        .arguments = "TRACE OTHER [OPTIONS]",
        .summary = "Find the first event at which two runs part",
        .details = "Prints nothing when the runs are the same. Otherwise the events before, then\n"
                   "what each of both does: < is TRACE, > is OTHER.\n" TRACE_IS
                   "Exit status: 0 the same; 1 they differ; 2 wrong usage; 3 host trouble.\n\n"
                   "  spacegray trace diff good.trace bad.trace\n"
                   "  spacegray trace diff before.trace after.trace --ignore time,pc",
        .options = diff_options,
    },
    {
        .name = "trace why",
        .arguments = "TRACE EVENT",
        .summary = "Say what led to an event",
        .details =
            "The events from the first cause to EVENT, a number, with the time between each\n"
            "two of them.\n" TRACE_IS "  spacegray trace why run.trace 1200",
        .options = show_options,
    },
    {.name = "trace export", .options = show_options},
};

static const struct short_option list_short[] = {{'n', "count", true}, {.letter = '\0'}};
static const struct short_option grep_short[] = {
    {'i', "ignore-case", false},   {'v', "invert-match", false},
    {'c', "count", false},         {'m', "max-count", true},
    {'B', "before-context", true}, {'A', "after-context", true},
    {'C', "context", true},        {.letter = '\0'},
};
static const struct short_option no_short[] = {{.letter = '\0'}};

const struct command *trace_action_command(enum trace_action action)
{
    return &commands[action];
}

int trace_action_find(const char *name, enum trace_action *action, struct error *err)
{
    const int found = option_find_action(commands, ARRAY_LEN(commands), name, err);

    if (found < 0) return -1;
    *action = (enum trace_action)found;
    return 0;
}

void trace_request_release(struct trace_request *request)
{
    trace_filter_destroy(request->filter);
    request->filter = NULL;
}

/* ---- Values ---- */

static const struct short_option *short_of(enum trace_action action)
{
    switch (action) {
    case TRACE_ACTION_LIST:
    case TRACE_ACTION_STATS: return list_short;
    case TRACE_ACTION_GREP:
    case TRACE_ACTION_DIFF: return grep_short;
    case TRACE_ACTION_SHOW:
    case TRACE_ACTION_WHY:
    case TRACE_ACTION_EXPORT: break;
    }
    return no_short;
}

static bool is_event_number(const char *text)
{
    return text[0] == '#' || text[strspn(text, "0123456789")] == '\0';
}

static const char *digits_of(const char *text)
{
    return text[0] == '#' ? text + 1 : text;
}

/* A time, or an event's number with or without #. */
static int set_place(const char *name, const char *value, uint64_t *seq, vtime *when,
                     struct error *err)
{
    if (value[0] == '\0' || !is_event_number(value)) {
        struct error time_err = ERROR_INIT;

        if (parse_time(name, value, when, &time_err) == 0) return 0;
        return error_usage(
            err, "--%s: '%s' is neither a time, as in 20ms, nor an event, as in 1200", name, value);
    }
    return parse_number(name, digits_of(value), 1, INT64_MAX, seq, err);
}

static int set_filter(const char *value, struct trace_request *request, struct error *err)
{
    struct error why = ERROR_INIT;

    trace_filter_destroy(request->filter);
    request->filter = trace_filter_parse(value, &why);
    if (request->filter != NULL) return 0;
    if (why.kind == ERROR_HOST) return error_host(err, "%s", why.text);
    return error_usage(err, "--filter: %s", why.text);
}

static int set_ignored(const char *value, struct trace_request *request, struct error *err)
{
    for (const char *word = value; word != NULL; word = strchr(word, ',')) {
        word += *word == ',';
        if (strcspn(word, ",") == 4 && strncmp(word, "time", 4) == 0) {
            request->ignores_time = true;
        } else if (strcspn(word, ",") == 2 && strncmp(word, "pc", 2) == 0) {
            request->ignores_pc = true;
        } else {
            return error_usage(err, "--ignore: '%s' is none of time, pc and time,pc", value);
        }
    }
    return 0;
}

static int set_option(const struct option_spec *option, const char *value,
                      struct trace_request *request, struct error *err)
{
    const char *name = option->name;

    if (strcmp(name, "filter") == 0) return set_filter(value, request, err);
    if (strcmp(name, "ignore") == 0) return set_ignored(value, request, err);
    if (strcmp(name, "from") == 0) {
        return set_place(name, value, &request->first_seq, &request->first_time, err);
    }
    if (strcmp(name, "to") == 0) {
        return set_place(name, value, &request->last_seq, &request->last_time, err);
    }
    if (strcmp(name, "max-count") == 0 || (strcmp(name, "count") == 0 && option->value != NULL)) {
        return parse_number(name, value, 0, INT64_MAX, &request->limit, err);
    }
    if (strcmp(name, "before-context") == 0) {
        return parse_number(name, value, 0, CONTEXT_MAX, &request->before, err);
    }
    if (strcmp(name, "after-context") == 0) {
        return parse_number(name, value, 0, CONTEXT_MAX, &request->after, err);
    }
    if (strcmp(name, "context") == 0) {
        if (parse_number(name, value, 0, CONTEXT_MAX, &request->before, err) != 0) return -1;
        if (request->action == TRACE_ACTION_GREP) {
            request->after = request->before;
        }
    } else if (strcmp(name, "json") == 0) {
        request->is_json = true;
    } else if (strcmp(name, "count") == 0) {
        request->is_count = true;
    } else if (strcmp(name, "ignore-case") == 0) {
        request->ignores_case = true;
    } else {
        request->is_inverted = true;
    }
    return 0;
}

/* ---- Arguments ---- */

static int missing(const struct command *command, const char *what, struct error *err)
{
    return error_usage(err, "%s: %s is missing (see spacegray %s --help)", command->name, what,
                       command->name);
}

static int set_event(const struct command *command, const char *text, struct trace_request *request,
                     struct error *err)
{
    struct error why = ERROR_INIT;

    if (text == NULL) return missing(command, "the number of an event", err);
    if (is_event_number(text) &&
        parse_number("", digits_of(text), 1, INT64_MAX, &request->seq, &why) == 0) {
        return 0;
    }
    return error_usage(err, "%s: '%s' is not the number of an event, as in 1200", command->name,
                       text);
}

static int set_arguments(const struct command *command, const char *first, const char *second,
                         struct trace_request *request, struct error *err)
{
    request->trace = first;
    switch (request->action) {
    case TRACE_ACTION_LIST:
    case TRACE_ACTION_STATS:
        if (second != NULL) {
            return error_usage(err, "unexpected argument '%s' (see spacegray %s --help)", second,
                               command->name);
        }
        break;
    case TRACE_ACTION_SHOW:
    case TRACE_ACTION_WHY:
        if (first != NULL) return set_event(command, second, request, err);
        break;
    case TRACE_ACTION_DIFF:
        request->other = second;
        if (first != NULL && second == NULL) return missing(command, "the other trace", err);
        break;
    case TRACE_ACTION_GREP:
        if (first == NULL) return missing(command, "the pattern", err);
        if (second != NULL) {
            request->pattern = first;
            request->trace = second;
        } else if (request->filter == NULL) {
            return missing(command, "the trace behind the pattern", err);
        }
        break;
    case TRACE_ACTION_EXPORT: break;
    }
    return request->trace == NULL ? missing(command, "the trace", err) : 0;
}

enum run_parsed trace_options_parse(enum trace_action action, int argc, char **argv,
                                    struct trace_request *request, struct error *err)
{
    const struct command *command = &commands[action];
    struct option_reader reader;
    struct long_line line;
    const char *arguments[3];

    *request = (struct trace_request){
        .action = action,
        .last_seq = UINT64_MAX,
        .last_time = UINT64_MAX,
        .limit = action == TRACE_ACTION_STATS ? STATS_ROWS : UINT64_MAX,
        .before = action == TRACE_ACTION_DIFF ? 10 : 0,
        .after = action == TRACE_ACTION_DIFF ? 3 : 0,
    };
    if (short_options_lengthen(short_of(action), argc, argv, &line, err) != 0) {
        return RUN_PARSED_ERROR;
    }
    option_reader_init(&reader, command, line.count, line.arguments);
    for (;;) {
        const char *value;
        const int found = option_next(&reader, &value, err);

        if (found == OPTIONS_HELP) return RUN_PARSED_HELP;
        if (found == OPTIONS_ERROR) return RUN_PARSED_ERROR;
        if (found == OPTIONS_END) break;
        if (set_option(&command->options[found], value, request, err) != 0) return RUN_PARSED_ERROR;
    }
    for (size_t i = 0; i < ARRAY_LEN(arguments); i++) {
        arguments[i] = option_argument(&reader);
    }
    if (arguments[2] != NULL) {
        (void)error_usage(err, "unexpected argument '%s' (see spacegray %s --help)", arguments[2],
                          command->name);
        return RUN_PARSED_ERROR;
    }
    return set_arguments(command, arguments[0], arguments[1], request, err) == 0 ? RUN_PARSED
                                                                                 : RUN_PARSED_ERROR;
}
