/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lines on the control socket mean. A command is a row of a table: its name, what it takes, and a
 * function that gives what is returned, or NULL with an error. All of it runs on the machine's thread.
 */
#include "emu/app/control.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "emu/app/app.h"
#include "emu/app/control_memory.h"
#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/host/control_socket.h"

struct control {
    struct control_socket *socket;
    struct machine *machine;
    char *greeting;
    bool has_quit;
    char line[CONTROL_LINE_BYTES + 1];
};

/* ---- Commands ---- */

struct command_row {
    const char *name;
    const char
        *arguments; /* their names, separated by spaces; "?" behind one that may be missing */
    json_t *(*run)(struct control *control, json_t *arguments, struct error *err);
};

static json_t *post(struct control *control, enum inbox_kind kind, struct error *err)
{
    const struct inbox_message message = {.kind = kind};

    if (!inbox_post(machine_inbox(control->machine), &message)) {
        (void)error_host(err, "the machine's inbox is full: try again");
        return NULL;
    }
    return json_object();
}

static json_t *query_status(struct control *control, json_t *arguments, struct error *err)
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

static json_t *query_version(struct control *control, json_t *arguments, struct error *err)
{
    (void)control;
    (void)arguments;
    (void)err;
    return json_pack("{s:s}", "spacegray", app_version());
}

static json_t *pause_machine(struct control *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    return post(control, INBOX_PAUSE, err);
}

static json_t *resume_machine(struct control *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    return post(control, INBOX_RESUME, err);
}

static json_t *reset_machine(struct control *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    return post(control, INBOX_RESET, err);
}

static json_t *press_power_key(struct control *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    return post(control, INBOX_POWER_KEY, err);
}

static json_t *quit(struct control *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    control->has_quit = true;
    return json_object();
}

/* Nothing can be chosen yet; programs written for QMP ask. */
static json_t *capabilities(struct control *control, json_t *arguments, struct error *err)
{
    (void)control;
    (void)arguments;
    (void)err;
    return json_object();
}

static json_t *query_memory(struct control *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    return control_query_memory(control->machine);
}

static json_t *fault_inject(struct control *control, json_t *arguments, struct error *err)
{
    return control_fault_inject(control->machine, arguments, err);
}

static json_t *fault_repair(struct control *control, json_t *arguments, struct error *err)
{
    return control_fault_repair(control->machine, arguments, err);
}

static json_t *query_faults(struct control *control, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    return control_query_faults(control->machine);
}

static json_t *query_commands(struct control *control, json_t *arguments, struct error *err);

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

static json_t *query_commands(struct control *control, json_t *arguments, struct error *err)
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

/* ---- Lines ---- */

static void send(struct control *control, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

    if (text != NULL) {
        control_socket_put(control->socket, text);
    }
    free(text);
    json_decref(object);
}

static void send_error(struct control *control, json_t *id, const char *kind, const char *text)
{
    json_t *answer = json_pack("{s:{s:s, s:s}}", "error", "class", kind, "desc", text);

    if (id != NULL) (void)json_object_set(answer, "id", id);
    send(control, answer);
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

static void carry_out(struct control *control, json_t *line)
{
    json_t *id = json_object_get(line, "id");
    json_t *arguments = json_object_get(line, "arguments");
    const char *name = json_string_value(json_object_get(line, "execute"));
    struct error err = ERROR_INIT;
    json_t *result;

    if (name == NULL || (arguments != NULL && !json_is_object(arguments))) {
        send_error(
            control, id, "GenericError",
            "a command is an object: {\"execute\": NAME, \"arguments\": {...}, \"id\": any}");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) != 0) continue;
        result = check_arguments(&commands[i], arguments, &err) == 0
                     ? commands[i].run(control, arguments, &err)
                     : NULL;
        if (result == NULL) {
            send_error(control, id, "GenericError", err.text);
            return;
        }
        result = json_pack("{s:o}", "return", result);
        if (id != NULL) (void)json_object_set(result, "id", id);
        send(control, result);
        return;
    }
    send_error(control, id, "CommandNotFound", "no such command; query-commands lists them");
}

static void answer(struct control *control, bool is_too_long)
{
    json_error_t trouble;
    json_t *line;
    char text[256];

    if (control->line[strspn(control->line, " \t\r")] == '\0') return;
    line = is_too_long ? NULL : json_loads(control->line, JSON_REJECT_DUPLICATES, &trouble);
    if (line == NULL) {
        (void)snprintf(text, sizeof(text),
                       is_too_long ? "the line is too long (at most %u bytes)" : "not JSON",
                       CONTROL_LINE_BYTES);
        if (!is_too_long) {
            (void)snprintf(text, sizeof(text), "not JSON: %s at column %d", trouble.text,
                           trouble.column);
        }
        send_error(control, NULL, "GenericError", text);
        return;
    }
    carry_out(control, line);
    json_decref(line);
}

bool control_attend(void *ctx)
{
    struct control *control = ctx;
    bool is_too_long = false;

    while (control_socket_take(control->socket, control->line, &is_too_long)) {
        answer(control, is_too_long);
    }
    return control->has_quit;
}

/* ---- Life ---- */

static char *make_greeting(void)
{
    json_t *greeting = json_pack("{s:{s:{s:s}, s:[]}}", "QMP", "version", "spacegray",
                                 app_version(), "capabilities");
    char *text = greeting != NULL ? json_dumps(greeting, JSON_COMPACT) : NULL;

    json_decref(greeting);
    return text;
}

struct control *control_open(const char *path, struct error *err)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control != NULL) control->greeting = make_greeting();
    if (control == NULL || control->greeting == NULL) {
        (void)error_host(err, "out of memory");
        free(control);
        return NULL;
    }
    control->socket = control_socket_open(path, control->greeting, err);
    if (control->socket == NULL) {
        free(control->greeting);
        free(control);
        return NULL;
    }
    return control;
}

int control_start(struct control *control, struct machine *machine, struct error *err)
{
    control->machine = machine;
    return control_socket_start(control->socket, machine_inbox(machine), err);
}

static const char *stop_text(enum machine_stop stop)
{
    switch (stop) {
    case MACHINE_TIME_LIMIT: return "time-limit";
    case MACHINE_POWER_OFF: return "guest-shutdown";
    case MACHINE_EXIT: return "guest-exit";
    case MACHINE_STOPPED:
    case MACHINE_ATTENTION: break;
    case MACHINE_DEAD: return "guest-dead";
    case MACHINE_PANIC: return "t2-panic";
    }
    return "host-request";
}

void control_close(struct control *control, enum machine_stop stop)
{
    if (control == NULL) return;
    if (control->machine != NULL) {
        send(control,
             json_pack("{s:s, s:{s:s}, s:I}", "event", "SHUTDOWN", "data", "reason",
                       stop_text(stop), "virtual-time", (json_int_t)machine_now(control->machine)));
    }
    control_socket_close(control->socket);
    free(control->greeting);
    free(control);
}
