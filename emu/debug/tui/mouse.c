/* SPDX-License-Identifier: GPL-2.0-only */
/* The mouse: a click chooses pane, title or line; on the line that is selected already it is Enter, on the first
 * column of Code it sets or takes away a breakpoint. */
#include "emu/debug/tui/titles.h"
#include "emu/debug/tui/tui_internal.h"

#define WHEEL_LINES 3

static void press(struct tui *tui, const struct tui_event *event)
{
    const struct sheet_area *body;
    bool is_selected;
    bool had_focus;
    bool is_title;
    enum pane_id pane;

    if (event->y == tui->sheet.rows - 1) {
        action_do(tui, ACTION_COMMAND, 0);
        return;
    }
    if (!layout_hit(&tui->layout, event->x, event->y, &pane, &is_title)) return;
    had_focus = tui->layout.focus == pane;
    if (is_title) {
        pane = titles_pane_at(layout_slot(&tui->layout, pane), event->x);
    }
    layout_raise(&tui->layout, pane, true);
    tui_place(tui);
    if (is_title) return;
    body = &layout_slot(&tui->layout, pane)->body;
    is_selected = pane_kind(pane)->pick(tui, event->y - body->y);
    if (pane == PANE_CODE && event->x == body->x) {
        action_do(tui, ACTION_TOGGLE, 0);
    } else if (is_selected && had_focus) {
        action_do(tui, ACTION_ENTER, 0);
    }
}

static void wheel(struct tui *tui, const struct tui_event *event)
{
    enum pane_id pane;
    bool is_title;

    if (layout_hit(&tui->layout, event->x, event->y, &pane, &is_title)) {
        pane_kind(pane)->scroll(tui, event->lines * WHEEL_LINES);
    }
}

void mouse_do(struct tui *tui, const struct tui_event *event)
{
    if (tui->is_help && event->kind == TUI_WHEEL) {
        list_scroll(&tui->help, event->lines * WHEEL_LINES);
    } else if (tui->is_help || tui->line.prompt != PROMPT_NONE) {
        return;
    } else if (event->kind == TUI_WHEEL) {
        wheel(tui, event);
    } else {
        for (int i = 0; i < event->lines; i++) {
            press(tui, event);
        }
    }
}
