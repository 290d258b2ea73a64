/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command is a row of a table: its name, what it takes, and a function that gives what is returned, or
 * NULL with an error. Whatever came in gets an answer: a text that JSON cannot hold (a sentence that
 * was cut in the middle of a letter) is made one that it can.
 */
#define _GNU_SOURCE

#include "emu/app/control_command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "emu/app/app.h"
#include "emu/app/control_memory.h"
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

static json_t *query_status(struct control_command *control, json_t *arguments, struct error *err)
{
    struct machine *machine = control->machine;
    char hash[17];

    (void)arguments;
    (void)err;
    (void)snprintf(hash, sizeof(hash), "%016" PRIx64, machine_trace_hash(machine));
    return json_pack("{s:b, s:s, s:I, s:s, s:I}", "running", !machine_is_paused(machine), "status",
                     machine_is_paused(machine) ? "paused" : "running", "virtual-time",
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
    return post(control, INBOX_PAUSE, err);
}

static json_t *resume_machine(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
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

static json_t *fault_inject(struct control_command *control, json_t *arguments, struct error *err)
{
    return control_fault_inject(control->machine, arguments, err);
}

static json_t *fault_repair(struct control_command *control, json_t *arguments, struct error *err)
{
    return control_fault_repair(control->machine, arguments, err);
}

static json_t *query_faults(struct control_command *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    return control_query_faults(control->machine);
}

static json_t *query_commands(struct control_command *control, json_t *arguments,
                              struct error *err);

static const struct command_row commands[] = {
    {"qmp_capabilities", "enable?", capabilities},
    {"query-commands", "", query_commands},
    {"query-version", "", query_version},
    {"query-status", "", query_status},
    {"stop", "", pause_machine},
    {"cont", "", resume_machine},
    {"system_reset", "", reset_machine},
    {"system_powerdown", "", press_power_key},
    {"quit", "", quit},
    {"query-memory", "", query_memory},
    {"query-faults", "", query_faults},
    {"fault-inject", "spec", fault_inject},
    {"fault-repair", "index", fault_repair},
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

/* `text` as JSON has it. */
static json_t *make_text(const char *text)
{
    json_t *string = json_string(text);
    char *copy;

    if (string != NULL) return string;
    copy = strdup(text);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        if (*at < ' ' || *at > '~') *at = '?';
    }
    string = copy != NULL ? json_string(copy) : NULL;
    free(copy);
    return string;
}

static json_t *make_error(const char *kind, const char *text)
{
    return json_pack("{s:{s:s, s:o}}", "error", "class", kind, "desc", make_text(text));
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
        json_t *result = NULL;

        if (strcmp(commands[i].name, name) != 0) continue;
        if (check_arguments(&commands[i], arguments, &err) == 0) {
            result = commands[i].run(control, arguments, &err);
        }
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
