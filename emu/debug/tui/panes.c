/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of panes, and what most of them do alike. */
#include "emu/debug/tui/tui_internal.h"

#define LEFT_STEP 8
#define LEFT_MAX  1000

const struct pane_kind *pane_kind(enum pane_id pane)
{
    static const struct pane_kind *const kinds[PANE_COUNT] = {
        [PANE_EVENTS] = &pane_events_kind, [PANE_DEVICE] = &pane_device_kind,
        [PANE_CPU] = &pane_cpu_kind,       [PANE_CODE] = &pane_code_kind,
        [PANE_MEMORY] = &pane_memory_kind, [PANE_STACK] = &pane_stack_kind,
        [PANE_SCREEN] = &pane_screen_kind, [PANE_OUTPUT] = &pane_output_kind,
    };

    return kinds[pane];
}

bool pane_list_act(struct list *list, enum tui_action action)
{
    int64_t page = list->rows > 1 ? (int64_t)list->rows - 1 : 1;
    int64_t lines = 0;

    if (action == ACTION_UP || action == ACTION_DOWN) {
        lines = action == ACTION_UP ? -1 : 1;
    } else if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN) {
        lines = action == ACTION_PAGE_UP ? -page : page;
    } else if (action == ACTION_FIRST || action == ACTION_LAST) {
        lines = action == ACTION_FIRST ? INT64_MIN + 1 : INT64_MAX;
    } else {
        return false;
    }
    list_move(list, lines);
    return true;
}

bool pane_left_act(int *left, enum tui_action action)
{
    if (action == ACTION_LEFT) {
        *left = *left > LEFT_STEP ? *left - LEFT_STEP : 0;
    } else if (action == ACTION_RIGHT) {
        *left = *left < LEFT_MAX ? *left + LEFT_STEP : *left;
    } else {
        return false;
    }
    return true;
}

bool pane_list_pick(struct list *list, int row)
{
    uint64_t before = list->selected;

    return list_pick(list, row) && list->selected == before;
}

struct sheet_pen pane_row(struct tui *tui, struct sheet_area area, int row, int left)
{
    struct sheet_area line = {area.x, area.y + row, area.width, 1};
    struct sheet_pen pen = sheet_pen(&tui->sheet, line);

    pen.left = left;
    return pen;
}

void pane_mark(struct tui *tui, struct sheet_area area, int row)
{
    sheet_mark(&tui->sheet, (struct sheet_area){area.x, area.y + row, area.width, 1});
}
