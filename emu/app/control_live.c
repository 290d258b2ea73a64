/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See control_live.h. Orders to the program that come while the machine is held (pause, resume) are taken out of its
 * inbox, or they would wake who waits there again and again; it gets them when it goes on.
 */
#include "emu/app/control_live.h"

#include <string.h>

#include "emu/base/bits.h"
#include "emu/debug/debugger.h"
#include "emu/machine/instant.h"

/* ---- Orders to the program ---- */

static void take_orders(struct control_live *live)
{
    struct inbox_message message;

    while (inbox_take_order(machine_inbox(live->machine), &message)) {
        if (message.kind == INBOX_STOP) {
            live->is_over = true;
            live->stop = MACHINE_STOPPED;
        } else if (message.kind != INBOX_ATTENTION) {
            live->is_pause_wanted = message.kind == INBOX_PAUSE;
        }
    }
}

/* A machine that is paused could not be moved, nor can one that is called away. */
static void prepare(struct control_live *live)
{
    static const struct inbox_message resume = {.kind = INBOX_RESUME};

    take_orders(live);
    if (machine_is_paused(live->machine)) (void)inbox_post(machine_inbox(live->machine), &resume);
}

/* ---- Life ---- */

void control_live_init(struct control_live *live, struct history *history, struct machine *machine)
{
    *live = (struct control_live){
        .motion = {.history = history}, .history = history, .machine = machine};
}

static void close_debugger(struct control_live *live)
{
    if (live->debug == NULL) return;
    control_debug_destroy(live->debug);
    debugger_destroy(live->debugger);
    live->debug = NULL;
    live->debugger = NULL;
}

void control_live_destroy(struct control_live *live)
{
    close_debugger(live);
}

/* ---- The debugger ---- */

static void discard(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
}

struct control_debug *control_live_open(struct control_live *live, struct error *err)
{
    const struct debugger_config config = {
        .history = live->history, .machine = live->machine, .output = {.write = discard}};

    if (live->is_held) prepare(live);
    if (live->debug != NULL) return live->debug;
    live->debugger = debugger_create(&config, err);
    if (live->debugger == NULL) return NULL;
    live->debug = control_debug_create(live->debugger, live->machine, &live->motion, false, err);
    if (live->debug == NULL) {
        debugger_destroy(live->debugger);
        live->debugger = NULL;
    }
    return live->debug;
}

/* A stop that came while the machine moved is not in its inbox any more. */
void control_live_close(struct control_live *live)
{
    if (!live->is_held) {
        close_debugger(live);
    } else if (history_machine_stop(live->history) == MACHINE_STOPPED) {
        live->is_over = true;
        live->stop = MACHINE_STOPPED;
    }
}

bool control_live_is_look(const char *line)
{
    static const char *const looks[] = {
        "?", "backtrace", "bt", "disas", "disassemble", "ev",    "events", "h",   "help",
        "i", "info",      "l",  "list",  "p",           "print", "u",      "why", "x"};
    const char *word = line + strspn(line, " \t\r\n");
    const size_t length = strcspn(word, "/ \t\r\n");

    for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
        if (strlen(looks[i]) == length && memcmp(looks[i], word, length) == 0) return true;
    }
    return false;
}

/* ---- Held ---- */

int control_live_hold(struct control_live *live, struct error *err)
{
    if (live->is_held) return 0;
    if (control_live_open(live, err) == NULL) return -1;
    live->is_held = true;
    live->is_pause_wanted = false;
    return 0;
}

void control_live_wait(struct control_live *live)
{
    inbox_wait_more(machine_inbox(live->machine), -1);
    take_orders(live);
}

bool control_live_can_change(const struct control_live *live)
{
    return history_is_at_end(live->history) && machine_is_at_edge(live->machine);
}

/* ---- Going on ---- */

/* The guest ended the run under the debugger: run on, the machine would not know it any more. */
static bool has_ended(const struct control_live *live)
{
    const enum machine_stop stop = history_machine_stop(live->history);

    return history_is_at_end(live->history) &&
           (stop == MACHINE_POWER_OFF || stop == MACHINE_EXIT || stop == MACHINE_PANIC);
}

int control_live_release(struct control_live *live, struct error *err)
{
    static const struct inbox_message attention = {.kind = INBOX_ATTENTION};
    static const struct inbox_message pause = {.kind = INBOX_PAUSE};
    static const struct inbox_message resume = {.kind = INBOX_RESUME};
    struct inbox *inbox = machine_inbox(live->machine);

    if (!live->is_held) return 0;
    if (has_ended(live)) {
        live->is_over = true;
        live->stop = history_machine_stop(live->history);
    } else if (history_cut(live->history, err) != 0) {
        return -1;
    }
    live->is_held = false;
    close_debugger(live);
    (void)inbox_post(inbox, live->is_pause_wanted ? &pause : &resume);
    /* Whoever wanted attention before may still do so. */
    (void)inbox_post(inbox, &attention);
    return 0;
}
