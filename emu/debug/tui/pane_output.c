/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands said. New lines come into view unless somebody looks at older ones. */
#include <inttypes.h>
#include <stdio.h>

#include "emu/debug/tui/tui_internal.h"

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_output *pane = &tui->output;
    uint64_t count = tui->log.count - tui->log.first;
    bool was_last = pane->list.count == 0 || pane->list.selected + 1 >= pane->list.count;

    list_fit(&pane->list, count, area.height);
    if (was_last && count > 0) {
        list_select(&pane->list, count - 1);
    }
    for (int row = 0; row < area.height; row++) {
        struct sheet_pen pen = pane_row(tui, area, row, pane->left);
        uint64_t index = pane->list.top + (uint64_t)row;
        const struct output_line *line = output_log_get(&tui->log, tui->log.first + index);

        if (line == NULL) break;
        pen_text(&pen, (enum sheet_style)line->style, line->text);
        if (has_focus && index == pane->list.selected) {
            pane_mark(tui, area, row);
        }
    }
}

static bool act(struct tui *tui, enum tui_action action)
{
    struct pane_output *pane = &tui->output;

    if (action == ACTION_PRESENT) {
        list_select(&pane->list, UINT64_MAX);
        return true;
    }
    return pane_list_act(&pane->list, action) || pane_left_act(&pane->left, action);
}

static bool pick(struct tui *tui, int row)
{
    (void)pane_list_pick(&tui->output.list, row);
    return false;
}

static void scroll(struct tui *tui, int lines)
{
    list_scroll(&tui->output.list, lines);
}

static void detail(struct tui *tui, char *text, size_t bytes)
{
    if (tui->log.count > 0) {
        uint64_t lines = tui->log.count - tui->log.first;

        (void)snprintf(text, bytes, "%" PRIu64 " line%s", lines, lines == 1 ? "" : "s");
    }
}

const struct pane_kind pane_output_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .detail = detail,
};
