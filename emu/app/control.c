/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the socket and what its lines mean (control_command.h). All of it runs on the machine's
 * thread.
 */
#include "emu/app/control.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <jansson.h>

#include "emu/app/app.h"
#include "emu/app/control_command.h"
#include "emu/app/control_debug.h"
#include "emu/app/control_events.h"
#include "emu/app/control_live.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/host/control_socket.h"

struct control {
    struct control_socket *socket;
    struct machine *machine;
    struct control_command command;
    struct control_events events;
    struct control_live live; /* without a history: the run has no past */
    atomic_bool is_ending;    /* control_interrupt() */
    char *greeting;
    char line[CONTROL_LINE_BYTES + 1];
};

/* ---- Lines ---- */

static void answer(struct control *control, size_t bytes, bool is_too_long)
{
    char refusal[64];
    char *text;

    if (is_too_long) {
        (void)snprintf(refusal, sizeof(refusal), "the line is too long (at most %u bytes)",
                       CONTROL_LINE_BYTES);
        text = control_command_refuse(refusal);
    } else {
        text = control_command_answer(&control->command, control->line, bytes);
    }
    if (text != NULL) control_socket_answer(control->socket, text);
    free(text);
}

/* What a command put into the machine's inbox comes before the next command: the machine looks there
 * first thing, before anything else happens, and then at this message. */
static bool must_wait(struct control *control)
{
    static const struct inbox_message attention = {.kind = INBOX_ATTENTION};
    const bool has_posted = control->command.has_posted;

    control->command.has_posted = false;
    return has_posted && inbox_post(machine_inbox(control->machine), &attention);
}

/* True: the run is to end. */
static bool take_lines(struct control *control)
{
    bool is_too_long = false;
    size_t bytes = 0;

    while (!atomic_load(&control->is_ending) &&
           control_socket_take(control->socket, control->line, &bytes, &is_too_long)) {
        answer(control, bytes, is_too_long);
        if (control->command.has_quit || control->live.is_over) return true;
        /* A machine that is held looks when it goes on. */
        if (!control->live.is_held && must_wait(control)) break;
    }
    return false;
}

bool control_attend(void *ctx)
{
    struct control *control = ctx;

    for (;;) {
        if (take_lines(control)) return true;
        if (!control->live.is_held) return false;
        control_live_wait(&control->live);
        if (control->live.is_over) return true;
    }
}

static void tell(void *ctx, const char *text)
{
    struct control *control = ctx;

    control_socket_tell(control->socket, text);
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
    control->command.machine = machine;
    if (control_events_start(&control->events, machine, tell, control, err) != 0) return -1;
    return control_socket_start(control->socket, machine_inbox(machine), err);
}

static void set_motion(struct control *control, struct control_motion *motion)
{
    const struct control_urgency urgency = {.ctx = motion,
                                            .is_urgent = control_motion_is_urgent,
                                            .interrupt = control_motion_interrupt};

    control_socket_set_urgency(control->socket, &urgency);
}

void control_set_live(struct control *control, struct history *history, struct machine *machine)
{
    control_live_init(&control->live, history, machine);
    control->command.live = &control->live;
    set_motion(control, &control->live.motion);
}

enum machine_stop control_ended(const struct control *control, enum machine_stop stop)
{
    return control != NULL && control->live.is_over ? control->live.stop : stop;
}

void control_set_debug(struct control *control, struct control_debug *debug,
                       struct control_motion *motion)
{
    control->command.debug = debug;
    set_motion(control, motion);
}

int control_start_recorded(struct control *control, struct machine *machine, struct inbox *inbox,
                           struct error *err)
{
    control->machine = machine;
    control->command.machine = machine;
    control->command.is_recorded = true;
    /* Only the end is told: what happened in the run is not news. */
    control->events = (struct control_events){.machine = machine, .tell = tell, .ctx = control};
    return control_socket_start(control->socket, inbox, err);
}

void control_interrupt(struct control *control)
{
    atomic_store(&control->is_ending, true);
    control_socket_interrupt(control->socket);
}

static const char *stop_text(enum machine_stop stop)
{
    switch (stop) {
    case MACHINE_TIME_LIMIT: return "time-limit";
    case MACHINE_POWER_OFF: return "guest-shutdown";
    case MACHINE_EXIT: return "guest-exit";
    case MACHINE_STOPPED:
    case MACHINE_BREAK:
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
        control_events_shutdown(&control->events, stop_text(stop));
        control_events_stop(&control->events);
    }
    control_socket_close(control->socket);
    control_live_destroy(&control->live);
    free(control->greeting);
    free(control);
}
