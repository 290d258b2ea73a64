/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command is a row of a table: its name, what it takes, and a function that gives what is returned, or
 * NULL with an error. Whatever came in gets an answer.
 */
#define _GNU_SOURCE

#include "emu/app/control_command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "emu/app/app.h"
#include "emu/app/control_debug.h"
#include "emu/app/control_live.h"
#include "emu/app/control_memory.h"
#include "emu/app/control_text.h"
#include "emu/base/bits.h"
#include "emu/base/error.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/machine/machine.h"

/* ---- Commands ---- */

struct command_row {
    const char *name;
    const char
        *arguments; /* their names, separated by spaces; "?" behind one that may be missing */
    json_t *(*run)(struct control_command *control, json_t *arguments, struct error *err);
    /* Instead of `run`: one of a machine with a past. */
    json_t *(*debug)(struct control_debug *debug, json_t *arguments, struct error *err);
    bool is_for_running; /* not for a run that is over */
};

static json_t *post(struct control_command *control, enum inbox_kind kind, struct error *err)
{
    const struct inbox_message message = {.kind = kind};

    if (!inbox_post(machine_inbox(control->machine), &message)) {
        (void)error_host(err, "the machine's inbox is full: try again");
        return NULL;
    }
    control->has_posted = true;
    return json_object();
}

static bool is_held(const struct control_command *control)
{
    return control->live != NULL && control->live->is_held;
}

static json_t *query_status(struct control_command *control, json_t *arguments, struct error *err)
{
    struct machine *machine = control->machine;
    const bool is_paused = control->is_recorded || is_held(control) || machine_is_paused(machine);
    char hash[17];

    (void)arguments;
    (void)err;
    (void)snprintf(hash, sizeof(hash), "%016" PRIx64, machine_trace_hash(machine));
    return json_pack("{s:b, s:s, s:I, s:s, s:I}", "running", !is_paused, "status",
                     is_paused ? "paused" : "running", "virtual-time",
                     (json_int_t)machine_now(machine), "trace-hash", hash, "resets",
                     (json_int_t)machine_reset_count(machine));
}

static json_t *query_version(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)control;
    (void)arguments;
    (void)err;
    return json_pack("{s:s}", "spacegray", app_version());
}

static json_t *pause_machine(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    /* It stands still anyway, once what moved it is interrupted. */
    if (control->is_recorded) return json_object();
    if (control->live != NULL) {
        return control_live_hold(control->live, err) == 0 ? json_object() : NULL;
    }
    return post(control, INBOX_PAUSE, err);
}

static json_t *resume_machine(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    if (is_held(control)) {
        return control_live_release(control->live, err) == 0 ? json_object() : NULL;
    }
    return post(control, INBOX_RESUME, err);
}

static json_t *reset_machine(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    return post(control, INBOX_RESET, err);
}

static json_t *press_power_key(struct control_command *control, json_t *arguments,
                               struct error *err)
{
    (void)arguments;
    return post(control, INBOX_POWER_KEY, err);
}

static json_t *quit(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    control->has_quit = true;
    return json_object();
}

/* Nothing can be chosen yet; programs written for QMP ask. */
static json_t *capabilities(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)control;
    (void)arguments;
    (void)err;
    return json_object();
}

static json_t *query_memory(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    return control_query_memory(control->machine);
}

/* Of a machine that stands in its past the next instants are known already. */
static bool may_change(struct control_command *control, struct error *err)
{
    if (!is_held(control) || control_live_can_change(control->live)) return true;
    (void)error_usage(err, "the machine stands in its past or between two instructions of a turn: "
                           "`cont` it first");
    return false;
}

static json_t *fault_inject(struct control_command *control, json_t *arguments, struct error *err)
{
    if (!may_change(control, err)) return NULL;
    return control_fault_inject(control->machine, arguments, err);
}

static json_t *fault_repair(struct control_command *control, json_t *arguments, struct error *err)
{
    if (!may_change(control, err)) return NULL;
    return control_fault_repair(control->machine, arguments, err);
}

static json_t *query_faults(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    return control_query_faults(control->machine);
}

/* Has done its work when it comes to be carried out (control_motion_is_urgent()). */
static json_t *debug_interrupt(struct control_debug *debug, json_t *arguments, struct error *err)
{
    (void)debug;
    (void)arguments;
    (void)err;
    return json_object();
}

static json_t *query_commands(struct control_command *control, json_t *arguments,
                              struct error *err);

static const struct command_row commands[] = {
    {.name = "qmp_capabilities", .arguments = "enable?", .run = capabilities},
    {.name = "query-commands", .arguments = "", .run = query_commands},
    {.name = "query-version", .arguments = "", .run = query_version},
    {.name = "query-status", .arguments = "", .run = query_status},
    {.name = "stop", .arguments = "", .run = pause_machine},
    {.name = "cont", .arguments = "", .run = resume_machine, .is_for_running = true},
    {.name = "system_reset", .arguments = "", .run = reset_machine, .is_for_running = true},
    {.name = "system_powerdown", .arguments = "", .run = press_power_key, .is_for_running = true},
    {.name = "quit", .arguments = "", .run = quit},
    {.name = "query-memory", .arguments = "", .run = query_memory},
    {.name = "query-faults", .arguments = "", .run = query_faults},
    {.name = "fault-inject", .arguments = "spec", .run = fault_inject, .is_for_running = true},
    {.name = "fault-repair", .arguments = "index", .run = fault_repair, .is_for_running = true},
    {.name = "debug", .arguments = "command", .debug = control_debug_command},
    {.name = "debug-interrupt", .arguments = "", .debug = debug_interrupt},
    {.name = "debug-where", .arguments = "", .debug = control_debug_where},
    {.name = "debug-value", .arguments = "expression", .debug = control_debug_value},
    {.name = "debug-devices", .arguments = "", .debug = control_debug_devices},
    {.name = "debug-registers", .arguments = "device", .debug = control_debug_registers},
    {.name = "debug-disassemble",
     .arguments = "address? count?",
     .debug = control_debug_disassemble},
    {.name = "debug-memory", .arguments = "address bytes physical?", .debug = control_debug_memory},
    {.name = "debug-events", .arguments = "from? count? filter?", .debug = control_debug_events},
    {.name = "debug-complete", .arguments = "line", .debug = control_debug_complete},
};

static json_t *query_commands(struct control_command *control, json_t *arguments, struct error *err)
{
    json_t *list = json_array();

    (void)control;
    (void)arguments;
    (void)err;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "name", commands[i].name,
                                                    "arguments", commands[i].arguments));
    }
    return list;
}

/* ---- Answers ---- */

static json_t *make_error(const char *kind, const char *text)
{
    return json_pack("{s:{s:s, s:o}}", "error", "class", kind, "desc", control_text(text));
}

/* Is `name` a word of the list, with or without "?"? */
static bool is_argument(const char *list, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = list; *at != '\0'; at += strcspn(at, " ") + (strchr(at, ' ') != NULL)) {
        size_t word = strcspn(at, " ");

        if (word > 0 && at[word - 1] == '?') word--;
        if (word == length && memcmp(at, name, length) == 0) return true;
    }
    return false;
}

static int check_arguments(const struct command_row *row, json_t *arguments, struct error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(arguments, name, value)
    {
        if (!is_argument(row->arguments, name)) {
            return error_usage(err, "%s takes no argument '%.60s'%s%s", row->name, name,
                               row->arguments[0] != '\0' ? "; it takes " : "", row->arguments);
        }
    }
    return 0;
}

/* Whoever asks has the debugger until control_live_close(). NULL with `err`. */
static struct control_debug *open_debug(struct control_command *control,
                                        const struct command_row *row, json_t *arguments,
                                        struct error *err)
{
    struct control_live *live = control->live;
    const char *line = json_string_value(json_object_get(arguments, "command"));

    if (control->debug != NULL) return control->debug;
    if (live == NULL) {
        (void)error_usage(err, "this run keeps no past: start it with --debug or --gdb, or use "
                               "`spacegray debug FILE --control`");
        return NULL;
    }
    if (row->debug == control_debug_command && !live->is_held && line != NULL &&
        !control_live_is_look(line)) {
        (void)error_usage(err, "the machine runs: `stop` it first");
        return NULL;
    }
    return control_live_open(live, err);
}

static json_t *run_debug(struct control_command *control, const struct command_row *row,
                         json_t *arguments, struct error *err)
{
    struct control_debug *debug = open_debug(control, row, arguments, err);
    json_t *result;

    if (debug == NULL) return NULL;
    result = row->debug(debug, arguments, err);
    control->has_quit = control->has_quit || control_debug_has_quit(debug);
    if (control->live != NULL) control_live_close(control->live);
    return result;
}

static json_t *run_row(struct control_command *control, const struct command_row *row,
                       json_t *arguments, struct error *err)
{
    if (check_arguments(row, arguments, err) != 0) return NULL;
    if (control->is_recorded && row->is_for_running) {
        (void)error_usage(
            err, "a recorded run can only be looked at; the debugger's commands move in it");
        return NULL;
    }
    return row->debug != NULL ? run_debug(control, row, arguments, err)
                              : row->run(control, arguments, err);
}

static json_t *carry_out(struct control_command *control, json_t *line)
{
    json_t *arguments = json_object_get(line, "arguments");
    const char *name = json_string_value(json_object_get(line, "execute"));
    struct error err = ERROR_INIT;

    if (name == NULL || (arguments != NULL && !json_is_object(arguments))) {
        return make_error(
            "GenericError",
            "a command is an object: {\"execute\": NAME, \"arguments\": {...}, \"id\": any}");
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        json_t *result;

        if (strcmp(commands[i].name, name) != 0) continue;
        result = run_row(control, &commands[i], arguments, &err);
        if (result == NULL) return make_error("GenericError", err.text);
        return json_pack("{s:o}", "return", result);
    }
    return make_error("CommandNotFound", "no such command; query-commands lists them");
}

/* Takes `answer` over; NULL: what is left to say when there is no memory for more. */
static char *make_line(json_t *answer, json_t *id)
{
    char *text = NULL;

    if (id != NULL) (void)json_object_set(answer, "id", id);
    if (answer != NULL) text = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    return text != NULL
               ? text
               : strdup("{\"error\":{\"class\":\"GenericError\",\"desc\":\"out of memory\"}}");
}

static bool is_blank(const char *line, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') return false;
    }
    return true;
}

char *control_command_answer(struct control_command *control, const char *line, size_t bytes)
{
    char text[JSON_ERROR_TEXT_LENGTH + 64];
    json_error_t trouble;
    json_t *command;
    char *answer;

    if (is_blank(line, bytes)) return NULL;
    command = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, &trouble);
    if (command == NULL) {
        (void)snprintf(text, sizeof(text), "not JSON: %s at column %d", trouble.text,
                       trouble.column);
        return make_line(make_error("GenericError", text), NULL);
    }
    answer = make_line(carry_out(control, command), json_object_get(command, "id"));
    json_decref(command);
    return answer;
}

char *control_command_refuse(const char *text)
{
    return make_line(make_error("GenericError", text), NULL);
}
