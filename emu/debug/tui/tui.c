/* SPDX-License-Identifier: GPL-2.0-only */
/* The text UI without a terminal: events come in, a sheet comes out. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/debug/tui/titles.h"
#include "emu/debug/tui/tui_internal.h"

#define BAR_WIDTH 30

/* ---- Life ---- */

static void write_nothing(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
}

void tui_destroy(struct tui *tui)
{
    struct debugger_output nothing = {.write = write_nothing};

    if (tui == NULL) return;
    debugger_set_output(tui->config.debugger, &nothing);
    history_set_progress(tui->config.history, NULL, NULL);
    pane_events_free(tui);
    pane_device_free(tui);
    pane_screen_free(tui);
    output_log_free(&tui->log);
    for (int i = 0; i < PROMPT_COUNT; i++) {
        command_history_close(&tui->line.histories[i]);
    }
    sheet_free(&tui->sheet);
    free(tui);
}

struct tui *tui_create(const struct tui_config *config, const struct tui_front *front,
                       bool is_ascii, enum sheet_depth depth, struct error *err)
{
    struct error trouble = ERROR_INIT;
    struct tui *tui = calloc(1, sizeof(*tui));

    if (tui == NULL) {
        (void)error_host(err, "no memory for the debugger's screen");
        return NULL;
    }
    tui->config = *config;
    tui->front = *front;
    tui->target.config = &tui->config;
    tui->sheet.is_ascii = is_ascii;
    tui->sheet.depth = depth;
    tui->is_mouse = true;
    tui->code.is_followed = true;
    tui->events.is_followed = true;
    tui->output.before = PANE_OUTPUT;
    layout_init(&tui->layout);
    tui_motion_set_up(tui);
    tui_resize(tui);
    tui_refresh(tui, true);
    pane_memory_show(tui, "$rsp");
    tui_message(tui, SHEET_NORMAL, "? shows the keys, : takes commands, q quits");
    if (command_history_open(&tui->line.histories[PROMPT_COMMAND], config->history_file,
                             &trouble) != 0) {
        tui_message(tui, SHEET_ERROR, "%s", trouble.text);
    }
    if (tui->sheet.cells == NULL) {
        tui_destroy(tui);
        (void)error_host(err, "no memory for the debugger's screen");
        return NULL;
    }
    return tui;
}

void tui_place(struct tui *tui)
{
    layout_place(&tui->layout, tui->sheet.columns, tui->sheet.rows);
}

void tui_resize(struct tui *tui)
{
    int columns;
    int rows;

    tui->front.size(tui->front.ctx, &columns, &rows);
    if (columns != tui->sheet.columns || rows != tui->sheet.rows) {
        tui->is_quitting |= !sheet_resize(&tui->sheet, columns, rows);
    }
    tui_place(tui);
}

void tui_refresh(struct tui *tui, bool is_forced)
{
    if (!target_refresh(&tui->target, is_forced)) return;
    for (int i = 0; i < PANE_COUNT; i++) {
        const struct pane_kind *kind = pane_kind((enum pane_id)i);

        if (kind->refresh != NULL) {
            kind->refresh(tui);
        }
    }
}

void tui_message(struct tui *tui, enum sheet_style style, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vsnprintf(tui->message, sizeof(tui->message), format, args) < 0) {
        tui->message[0] = '\0';
    }
    va_end(args);
    tui->message_style = style;
}

/* ---- Whoever else is there ---- */

bool tui_is_over(struct tui *tui)
{
    if (tui->config.is_over != NULL && tui->config.is_over(tui->config.ctx)) {
        tui->is_quitting = true;
    }
    return tui->is_quitting;
}

void tui_notice(struct tui *tui, bool is_running)
{
    if (tui->config.notice != NULL) {
        tui->config.notice(tui->config.ctx, is_running);
    }
}

/* ---- Events ---- */

static void key(struct tui *tui, const struct tui_event *event)
{
    if (tui->is_help) {
        help_key(tui, event);
    } else if (tui->line.prompt != PROMPT_NONE) {
        prompt_key(tui, event);
    } else if (event->key == KEY_CONTROL('c')) {
        tui_message(tui, SHEET_NORMAL, "nothing runs; q quits");
    } else if (!event->is_alt) {
        action_do(tui, keys_action(event->key), event->key);
    }
}

struct tui_event tui_next(struct tui *tui)
{
    struct tui_event event = tui->ahead[0];

    if (tui->ahead_count == 0) {
        do {
            event = tui->front.next(tui->front.ctx, true);
        } while (event.kind == TUI_NOTHING && !tui_is_over(tui));
        return event;
    }
    tui->ahead_count--;
    memmove(&tui->ahead[0], &tui->ahead[1], tui->ahead_count * sizeof(event));
    return event;
}

void tui_handle(struct tui *tui, const struct tui_event *event)
{
    if (event->kind == TUI_KEY || event->kind == TUI_PRESS) {
        tui->message[0] = '\0';
    }
    switch (event->kind) {
    case TUI_NOTHING: break;
    case TUI_KEY: key(tui, event); break;
    case TUI_PRESS:
    case TUI_WHEEL: mouse_do(tui, event); break;
    case TUI_RESIZE: tui_resize(tui); break;
    case TUI_GONE: tui->is_quitting = true; break;
    }
}

/* ---- Drawing ---- */

static void draw_too_small(struct tui *tui)
{
    struct sheet_area all = {0, 0, tui->sheet.columns, tui->sheet.rows};
    struct sheet_pen pen = sheet_pen(&tui->sheet, all);
    char text[160];
    size_t width = (size_t)tui->sheet.columns;
    size_t length;

    (void)snprintf(text, sizeof(text),
                   "This terminal has %dx%d characters; the debugger needs %dx%d. q quits.",
                   tui->sheet.columns, tui->sheet.rows, LAYOUT_MIN_COLUMNS, LAYOUT_MIN_ROWS);
    length = strlen(text);
    for (size_t at = 0; at < length; at += width) {
        pen_move(&pen, 0, (int)(at / width));
        pen_text(&pen, SHEET_NORMAL, text + at);
    }
}

static void draw_panes(struct tui *tui)
{
    for (unsigned i = 0; i < tui->layout.slot_count; i++) {
        const struct layout_slot *slot = &tui->layout.slots[i];

        if (slot->body.height > 0) {
            pane_kind(slot->top)->draw(tui, slot->body, slot->top == tui->layout.focus);
        }
    }
}

static void draw_hints(struct sheet_pen *pen)
{
    static const char *const hints[] = {"?",   "help", "s/S", "step",    "e/E", "event",
                                        "c/C", "run",  "g",   "goto",    "/",   "search",
                                        "Tab", "pane", ":",   "command", "q",   "quit"};

    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i += 2) {
        pen_text(pen, SHEET_KEY, hints[i]);
        pen_print(pen, SHEET_DIM, " %s  ", hints[i + 1]);
    }
}

static void draw_last_row(struct tui *tui)
{
    int above = command_line_rows(&tui->line, tui->sheet.columns);
    struct sheet_area area = {0, tui->sheet.rows - 1 - above, tui->sheet.columns, 1 + above};
    struct sheet_pen pen = sheet_pen(&tui->sheet, area);

    tui->cursor_x = -1;
    if (tui->line.prompt != PROMPT_NONE) {
        command_line_draw(&tui->line, &tui->sheet, area, &tui->cursor_x);
    } else if (tui->message[0] != '\0') {
        pen_text(&pen, tui->message_style, tui->message);
    } else {
        draw_hints(&pen);
    }
}

void tui_draw(struct tui *tui)
{
    struct sheet_area middle = {0, 1, tui->sheet.columns, tui->sheet.rows - 2};

    sheet_clear(&tui->sheet);
    tui->cursor_x = -1;
    if (tui->layout.is_too_small) {
        draw_too_small(tui);
    } else {
        titles_draw_status(tui);
        if (tui->is_help) {
            help_draw(tui, middle);
        } else {
            draw_panes(tui);
            titles_draw(tui);
        }
        draw_last_row(tui);
    }
    tui->front.show(tui->front.ctx, &tui->sheet, tui->cursor_x, tui->sheet.rows - 1);
}

void tui_draw_progress(struct tui *tui, const char *what, int permille)
{
    struct sheet_area row = {0, tui->sheet.rows - 1, tui->sheet.columns, 1};
    struct sheet_pen pen = sheet_pen(&tui->sheet, row);

    if (tui->is_resized) {
        /* The old picture is that of another size; it comes anew when the machine can be asked. */
        sheet_clear(&tui->sheet);
    }
    pen_text(&pen, SHEET_HERE, what);
    if (permille >= 0) {
        pen_print(&pen, SHEET_NORMAL, " %3d.%d%% [", permille / 10, permille % 10);
        for (int i = 0; i < BAR_WIDTH; i++) {
            pen_text(&pen, SHEET_NORMAL, i * 1000 < permille * BAR_WIDTH ? "#" : ".");
        }
        pen_text(&pen, SHEET_NORMAL, "]");
    }
    pen_text(&pen, SHEET_KEY, "  Esc");
    pen_text(&pen, SHEET_DIM, " stops it");
    pen_fill(&pen, SHEET_NORMAL);
    tui->front.show(tui->front.ctx, &tui->sheet, -1, 0);
}
