/* SPDX-License-Identifier: GPL-2.0-only */
/* A list in a window of rows: which row is selected, which is the first that is seen. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct list {
    uint64_t count;
    uint64_t top;      /* first that is seen */
    uint64_t selected; /* < count, or 0 */
    uint64_t rows;     /* of the window */
};

/* A window of `rows` on `count` lines: what was selected stays seen. */
void list_fit(struct list *list, uint64_t count, int rows);
void list_select(struct list *list, uint64_t selected);
void list_move(struct list *list, int64_t lines);
/* The window moves; the selection comes along only when it would leave it (the mouse wheel). */
void list_scroll(struct list *list, int64_t lines);
/* Selects, in the middle of the window where possible. */
void list_center(struct list *list, uint64_t selected);
/* Selects the line in row `row` of the window; false: there is none. */
bool list_pick(struct list *list, int row);
