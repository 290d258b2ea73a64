/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going through time. While something runs, nothing is asked of the machine: the last row says how far it is,
 * and keys are looked at for those that stop it.
 */
#include <stdio.h>
#include <string.h>

#include "emu/debug/tui/tui_internal.h"

#define WHERE_BYTES 256

/* ---- While it runs ---- */

/* Keys are kept for later. Of a key that is held down one is enough: nobody wants to watch ten seconds of steps
 * after letting go. */
static void keep(struct tui *tui, const struct tui_event *event)
{
    unsigned count = tui->ahead_count;

    if (count == TUI_AHEAD_MAX) return;
    if (count == 1 && tui->ahead[0].key == event->key) return;
    tui->ahead[tui->ahead_count++] = *event;
}

static void look_at_keys(struct tui *tui)
{
    struct tui_event event = tui->front.next(tui->front.ctx, false);

    if (tui_is_over(tui)) {
        tui->is_interrupted = true;
        return;
    }
    for (; event.kind != TUI_NOTHING; event = tui->front.next(tui->front.ctx, false)) {
        if (event.kind == TUI_RESIZE) {
            tui->is_resized = true;
        } else if (event.kind == TUI_GONE) {
            tui->is_quitting = true;
            tui->is_interrupted = true;
            return;
        } else if (event.kind == TUI_KEY && !event.is_alt &&
                   (event.key == KEY_OF_ESC || event.key == KEY_CONTROL('c'))) {
            tui->is_interrupted = true;
            tui->ahead_count = 0;
        } else if (event.kind == TUI_KEY) {
            keep(tui, &event);
        }
    }
}

static void progress(void *ctx, int permille)
{
    struct tui *tui = ctx;

    if (!tui->is_running) return;
    tui_notice(tui, true);
    look_at_keys(tui);
    tui_draw_progress(tui, tui->is_interrupted ? "stopping" : "running", permille);
    if (tui->is_interrupted) {
        history_interrupt(tui->config.history);
    }
}

bool tui_motion_goes_on(struct tui *tui, const char *what, uint64_t done, uint64_t all)
{
    look_at_keys(tui);
    tui_draw_progress(tui, what, all > 0 ? (int)muldiv_u64(done, 1000, all) : -1);
    return !tui->is_interrupted;
}

void tui_motion_begin(struct tui *tui)
{
    tui->is_running = true;
    tui->is_interrupted = false;
}

void tui_motion_end(struct tui *tui)
{
    tui->is_running = false;
    tui_notice(tui, false);
    if (tui->is_resized) {
        tui->is_resized = false;
        tui_resize(tui);
    }
}

/* ---- What came of it ---- */

static void write_output(void *ctx, const char *text, size_t bytes)
{
    struct tui *tui = ctx;

    output_log_write(&tui->log, text, bytes);
}

void tui_motion_set_up(struct tui *tui)
{
    struct debugger_output output = {.ctx = tui, .write = write_output};

    debugger_set_output(tui->config.debugger, &output);
    history_set_progress(tui->config.history, progress, tui);
}

/* Several lines bring the output into view; a single one is a message. */
static void show_output(struct tui *tui, uint64_t lines_before)
{
    uint64_t lines;

    output_log_end(&tui->log);
    lines = tui->log.count - lines_before;
    if (lines > 1) {
        if (!layout_is_seen(&tui->layout, PANE_OUTPUT)) {
            const struct layout_slot *slot = layout_slot(&tui->layout, PANE_OUTPUT);

            tui->output.before = slot != NULL ? slot->top : PANE_EVENTS;
        }
        list_select(&tui->output.list, UINT64_MAX);
        layout_raise(&tui->layout, PANE_OUTPUT, false);
        tui_place(tui);
    } else if (lines == 1) {
        tui_message(tui, SHEET_NORMAL, "%s", output_log_get(&tui->log, tui->log.count - 1)->text);
    }
}

static void tell_where(struct tui *tui)
{
    char text[WHERE_BYTES] = "";

    debugger_where(tui->config.debugger, text, sizeof(text));
    tui_message(tui, SHEET_NORMAL, "%s", text);
}

static void finish(struct tui *tui, enum history_stop stop, const struct error *err,
                   uint64_t lines_before)
{
    tui_motion_end(tui);
    tui_refresh(tui, false);
    switch (stop) {
    case HISTORY_THERE:
    case HISTORY_HIT:
    case HISTORY_BEGIN:
    case HISTORY_END:
    case HISTORY_INTERRUPTED: tell_where(tui); break;
    case HISTORY_DIVERGED: break;
    case HISTORY_TROUBLE: tui->is_broken = true; break;
    }
    show_output(tui, lines_before);
    if (stop == HISTORY_DIVERGED || stop == HISTORY_TROUBLE) {
        output_log_line(&tui->log, SHEET_ERROR, err->text);
        tui_message(tui, SHEET_ERROR, "%s", err->text);
    }
}

static bool can_move(struct tui *tui)
{
    if (tui->is_broken) {
        tui_message(tui, SHEET_ERROR, "after this trouble the run can only be left: q");
    }
    return !tui->is_broken;
}

void tui_motion_step(struct tui *tui, enum history_step step, bool is_back)
{
    struct error err = ERROR_INIT;
    uint64_t lines = tui->log.count;
    enum history_stop stop;

    if (!can_move(tui)) return;
    tui_motion_begin(tui);
    stop = debugger_step(tui->config.debugger, step, is_back, &err);
    finish(tui, stop, &err, lines);
}

void tui_motion_continue(struct tui *tui, bool is_back)
{
    struct error err = ERROR_INIT;
    uint64_t lines = tui->log.count;
    enum history_stop stop;

    if (!can_move(tui)) return;
    tui_motion_begin(tui);
    stop = debugger_continue(tui->config.debugger, is_back, &err);
    finish(tui, stop, &err, lines);
}

void tui_motion_command(struct tui *tui, const char *line, bool is_told)
{
    struct error err = ERROR_INIT;
    char text[LINE_EDIT_BYTES + 4];
    uint64_t lines;
    uint64_t generation = tui->target.generation;
    int failed;

    if (!can_move(tui)) return;
    if (is_told && line[0] != '\0') {
        (void)snprintf(text, sizeof(text), ": %s", line);
        output_log_line(&tui->log, SHEET_KEY, text);
    }
    lines = tui->log.count;
    tui_motion_begin(tui);
    failed = debugger_command(tui->config.debugger, line, &err);
    tui_motion_end(tui);
    tui_refresh(tui, false);
    if (failed == 0 && generation != tui->target.generation) {
        tell_where(tui);
    }
    show_output(tui, lines);
    if (failed != 0) {
        output_log_line(&tui->log, SHEET_ERROR, err.text);
        tui_message(tui, SHEET_ERROR, "%s", err.text);
    }
    if (debugger_has_quit(tui->config.debugger)) {
        action_quit(tui);
    }
}
