/* SPDX-License-Identifier: GPL-2.0-only */
/* Selecting and scrolling. */
#include "emu/debug/tui/list.h"

static uint64_t add(uint64_t value, int64_t lines, uint64_t most)
{
    if (lines < 0) {
        uint64_t back = 0 - (uint64_t)lines;

        return back > value ? 0 : value - back;
    }
    return (uint64_t)lines > most - value ? most : value + (uint64_t)lines;
}

static uint64_t last(const struct list *list)
{
    return list->count > 0 ? list->count - 1 : 0;
}

/* The last line that can be the first one seen without wasting rows. */
static uint64_t last_top(const struct list *list)
{
    if (list->rows == 0) return last(list);
    return list->count > list->rows ? list->count - list->rows : 0;
}

static void show(struct list *list)
{
    if (list->selected < list->top) {
        list->top = list->selected;
    }
    if (list->rows > 0 && list->selected - list->top >= list->rows) {
        list->top = list->selected - list->rows + 1;
    }
    if (list->top > last_top(list)) {
        list->top = last_top(list);
    }
}

void list_fit(struct list *list, uint64_t count, int rows)
{
    list->count = count;
    list->rows = rows > 0 ? (uint64_t)rows : 0;
    list_select(list, list->selected);
}

void list_select(struct list *list, uint64_t selected)
{
    list->selected = selected > last(list) ? last(list) : selected;
    show(list);
}

void list_move(struct list *list, int64_t lines)
{
    list->selected = add(list->selected, lines, last(list));
    show(list);
}

void list_scroll(struct list *list, int64_t lines)
{
    list->top = add(list->top, lines, last_top(list));
    if (list->selected < list->top) {
        list->selected = list->top;
    }
    if (list->rows > 0 && list->selected - list->top >= list->rows) {
        list->selected = list->top + list->rows - 1;
    }
}

void list_center(struct list *list, uint64_t selected)
{
    list->selected = selected > last(list) ? last(list) : selected;
    list->top = list->selected > list->rows / 2 ? list->selected - list->rows / 2 : 0;
    show(list);
}

bool list_pick(struct list *list, int row)
{
    if (row < 0 || list->top + (uint64_t)row >= list->count) return false;
    list->selected = list->top + (uint64_t)row;
    return true;
}
