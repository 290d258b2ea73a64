/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a typed line, and what can stand in it. */
#include <stdio.h>
#include <string.h>

#include "emu/debug/tui/tui_internal.h"

#define DEVICES_MAX 4096u

static void search(struct tui *tui, const char *text)
{
    struct pane_events *events = &tui->events;

    if (text[0] != '\0') {
        (void)snprintf(events->pattern, sizeof(events->pattern), "%s", text);
    }
    pane_events_search(tui, false);
}

static void show_address(struct tui *tui, const char *text)
{
    if (tui->layout.focus == PANE_CODE) {
        pane_code_show(tui, text);
        return;
    }
    pane_memory_show(tui, text);
    layout_raise(&tui->layout, PANE_MEMORY, tui->layout.focus == PANE_STACK);
    tui_place(tui);
}

static void device(struct tui *tui, const char *text)
{
    if (!pane_device_pin(tui, text)) {
        tui_message(tui, SHEET_ERROR, "no device %s", text);
        return;
    }
    layout_raise(&tui->layout, PANE_DEVICE, false);
    tui_place(tui);
}

static void go(struct tui *tui, const char *text)
{
    char line[LINE_EDIT_BYTES + 8];

    (void)snprintf(line, sizeof(line), "goto %s", text);
    tui_motion_command(tui, line, false);
}

static void done(struct tui *tui, enum prompt prompt, const char *text)
{
    switch (prompt) {
    case PROMPT_NONE:
    case PROMPT_COUNT: break;
    case PROMPT_COMMAND: tui_motion_command(tui, text, true); break;
    case PROMPT_GOTO: go(tui, text); break;
    case PROMPT_SEARCH: search(tui, text); break;
    case PROMPT_FILTER: pane_events_set_filter(tui, text); break;
    case PROMPT_ADDRESS: show_address(tui, text); break;
    case PROMPT_DEVICE: device(tui, text); break;
    case PROMPT_QUIT:
    case PROMPT_CUT: tui->is_quitting = true; break;
    }
}

/* ---- Completion ---- */

static void complete_devices(struct tui *tui, const char *text)
{
    const char *path;

    for (size_t i = 0; i < DEVICES_MAX; i++) {
        path = debugger_device_path(tui->config.debugger, i);
        if (path == NULL) return;
        if (strncmp(target_device_name(path), text, strlen(text)) == 0) {
            completions_add(&tui->line.completions, target_device_name(path));
        }
    }
}

/* Other lines are parts of commands: the debugger is asked for the command. */
static void complete(struct tui *tui)
{
    static const char *const commands[PROMPT_COUNT] = {
        [PROMPT_COMMAND] = "",
        [PROMPT_GOTO] = "goto ",
        [PROMPT_FILTER] = "break ev ",
        [PROMPT_ADDRESS] = "x ",
    };
    const struct line_edit *edit = &tui->line.edit;
    char text[LINE_EDIT_BYTES];
    char line[LINE_EDIT_BYTES + 16];

    memcpy(text, edit->text, edit->cursor);
    text[edit->cursor] = '\0';
    if (tui->line.prompt == PROMPT_DEVICE) {
        complete_devices(tui, text);
    } else if (commands[tui->line.prompt] != NULL) {
        (void)snprintf(line, sizeof(line), "%s%s", commands[tui->line.prompt], text);
        debugger_complete(tui->config.debugger, line, completions_add, &tui->line.completions);
    }
    command_line_completed(&tui->line);
}

void prompt_key(struct tui *tui, const struct tui_event *event)
{
    enum prompt prompt = tui->line.prompt;
    char text[LINE_EDIT_BYTES];

    switch (command_line_key(&tui->line, event)) {
    case COMMAND_LINE_TYPING: break;
    case COMMAND_LINE_COMPLETE: complete(tui); break;
    case COMMAND_LINE_LEFT: command_line_close(&tui->line, false); break;
    case COMMAND_LINE_DONE:
        memcpy(text, tui->line.edit.text, sizeof(text));
        command_line_close(&tui->line, true);
        done(tui, prompt, text);
        break;
    }
}
