/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text UI in the middle of a run: see run_debug.h. It runs on the machine's thread, and has the terminal
 * for itself meanwhile: the serial port's channel lends it. The window stays what it is, with a thread of its
 * own; it is told what becomes of the machine, and shown where that stands.
 */
#include "emu/app/run_debug.h"

#include <stdio.h>
#include <unistd.h>

#include "emu/app/commands_file.h"
#include "emu/app/stop_order.h"
#include "emu/core/frame.h"
#include "emu/core/inbox.h"
#include "emu/debug/debugger.h"
#include "emu/debug/tui/tui.h"
#include "emu/host/channel.h"
#include "emu/host/png.h"
#include "emu/host/viewer.h"
#include "emu/host/window.h"

static bool has_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* ---- Life ---- */

void run_debug_init(struct run_debug *debug, const struct run_options *options)
{
    debug->is_on = options->is_debugged;
    debug->title = options->image ? options->image : options->kernel ? options->kernel : "run";
}

void run_debug_start(struct run_debug *debug)
{
    if (debug->is_on) {
        atomic_store(&debug->inbox, machine_inbox(debug->record->machine));
    }
}

void run_debug_announce(const struct run_debug *debug)
{
    if (!debug->is_on || debug->view->has_window || has_terminal()) return;
    (void)fprintf(stderr, "spacegray: note: standard input and output are no terminal, so the "
                          "debugger's text UI cannot be opened\n");
}

/* ---- From any thread ---- */

const char *run_debug_ask(void *ctx)
{
    static const struct inbox_message attention = {.kind = INBOX_ATTENTION};
    struct run_debug *debug = ctx;
    struct inbox *inbox = atomic_load(&debug->inbox);

    if (!debug->is_on) return "start the run with --debug to go back in it";
    if (!has_terminal()) return "start the run in a terminal: the debugger needs one";
    if (atomic_load(&debug->is_open)) return "the debugger is open already, in the terminal";
    atomic_store(&debug->is_wanted, true);
    if (inbox != NULL && inbox_post(inbox, &attention)) return NULL;
    atomic_store(&debug->is_wanted, false);
    return "the machine is too busy to listen: try again";
}

/* ---- What the UI tells and asks ---- */

static void tell_window(struct run_debug *debug, enum window_debug state)
{
    if (debug->view->window != NULL) window_set_debug(debug->view->window, state);
}

static bool ends_run(enum machine_stop stop)
{
    return stop == MACHINE_POWER_OFF || stop == MACHINE_EXIT || stop == MACHINE_PANIC;
}

/* A machine that is run on behind its end would go on as if the guest had not asked for it. */
static void note_end(struct run_debug *debug)
{
    struct history *history = debug->record->history;
    const enum machine_stop stop = history_machine_stop(history);

    if (!ends_run(stop) || !history_is_at_end(history)) return;
    debug->has_end = true;
    debug->end_stop = stop;
    history_here(history, &debug->end);
}

/* A display that was never on shows what a screenshot of it does. */
static void show(struct run_debug *debug)
{
    struct frame dark = {
        .width = VIEWER_DARK_WIDTH, .height = VIEWER_DARK_HEIGHT, .is_blank = true};
    struct frame_store *frames = debug->view->frames;
    struct history_place here;

    if (frames == NULL) return;
    history_here(debug->record->history, &here);
    dark.at = here.when;
    if (!debugger_show(debug->debugger)) (void)frame_offer(frames, &dark, NULL);
    frame_store_set_time(frames, here.when);
}

static void notice(void *ctx, bool is_running)
{
    struct run_debug *debug = ctx;
    const bool is_new = is_running && !history_is_replaying(debug->record->history);

    tell_window(debug, is_new ? WINDOW_DEBUGGER_RUNS : WINDOW_DEBUGGER_STANDS);
    if (is_running) return;
    note_end(debug);
    show(debug);
}

/* A stop that came while the machine ran is not in the inbox any more. */
static bool is_over(void *ctx)
{
    struct run_debug *debug = ctx;

    debug->is_over = debug->is_over ||
                     history_machine_stop(debug->record->history) == MACHINE_STOPPED ||
                     stop_is_ordered(machine_inbox(debug->record->machine));
    return debug->is_over;
}

/* ---- In the debugger ---- */

static void write_nothing(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
}

static int run_ui(struct run_debug *debug, struct error *err)
{
    char path[COMMANDS_FILE_BYTES];
    const struct tui_config ui = {
        .debugger = debug->debugger,
        .history = debug->record->history,
        .machine = debug->record->machine,
        .title = debug->title,
        .history_file = commands_file(path),
        .is_live = true,
        .goes_on = true,
        .ctx = debug,
        .notice = notice,
        .is_over = is_over,
    };

    show(debug);
    return tui_run(&ui, err);
}

static int debug_here(struct run_debug *debug, struct error *err)
{
    const struct debugger_config config = {
        .history = debug->record->history,
        .machine = debug->record->machine,
        .output = {.write = write_nothing},
        .save_picture = save_png,
    };
    int result;

    debug->debugger = debugger_create(&config, err);
    if (debug->debugger == NULL) return -1;
    result = run_ui(debug, err);
    debugger_destroy(debug->debugger);
    debug->debugger = NULL;
    return result;
}

static bool is_at_noted_end(const struct run_debug *debug)
{
    struct history_place here;

    if (!debug->has_end) return false;
    history_here(debug->record->history, &here);
    return here.seq == debug->end.seq &&
           machine_instant_compare(debug->record->machine, &here.at, &debug->end.at) == 0;
}

/* From where it stands; what came after it is forgotten. True: it does not go on. */
static bool go_on(struct run_debug *debug)
{
    debug->stop = MACHINE_STOPPED;
    if (!debug->is_over && is_at_noted_end(debug)) {
        debug->is_over = true;
        debug->stop = debug->end_stop;
    }
    debug->has_end = false;
    if (!debug->is_over && history_cut(debug->record->history, &debug->trouble) != 0) {
        debug->is_over = true;
    }
    return debug->is_over;
}

static void set_terminal(struct run_debug *debug, bool is_lent)
{
    for (size_t i = 0; i < RUN_DEBUG_CHANNELS; i++) {
        if (is_lent) {
            channel_lend_terminal(debug->channels[i]);
        } else {
            channel_take_back_terminal(debug->channels[i]);
        }
    }
}

bool run_debug_attend(struct run_debug *debug)
{
    static const struct inbox_message resume = {.kind = INBOX_RESUME};
    struct error err = ERROR_INIT;
    int result;

    if (!atomic_exchange(&debug->is_wanted, false)) return false;
    atomic_store(&debug->is_open, true);
    debug->record->is_debugged = true;
    set_terminal(debug, true);
    tell_window(debug, WINDOW_DEBUGGER_STANDS);
    /* A machine that is paused could not be moved. */
    (void)inbox_post(machine_inbox(debug->record->machine), &resume);
    result = debug_here(debug, &err);
    if (result != 0) (void)fprintf(stderr, "spacegray: no debugger here: %s\n", err.text);
    debug->record->is_debugged = false;
    set_terminal(debug, false);
    tell_window(debug, WINDOW_NOT_DEBUGGED);
    atomic_store(&debug->is_open, false);
    return go_on(debug);
}
