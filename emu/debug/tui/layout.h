/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pane is where. The screen is cut into bands, one under the other, and a band into slots, side by
 * side. A slot belongs to one or several panes, of which one is seen; the others show their names in its
 * title. The larger the screen, the more slots there are. Pure.
 *
 *     row 0             where the machine stands
 *     bands             each slot: a row of titles, then the pane
 *     last row          command line, messages, hints
 */
#pragma once

#include <stdbool.h>

#include "emu/debug/tui/sheet.h"

enum pane_id {
    PANE_EVENTS,
    PANE_DEVICE, /* registers of the device that made the selected event */
    PANE_CPU,    /* registers of the core */
    PANE_CODE,
    PANE_MEMORY,
    PANE_STACK,
    PANE_SCREEN,
    PANE_OUTPUT, /* what commands said */
    PANE_COUNT,
};

#define LAYOUT_MIN_COLUMNS 60
#define LAYOUT_MIN_ROWS    16
#define LAYOUT_BANDS       3
#define LAYOUT_SLOTS       4 /* in a band */
#define LAYOUT_SLOT_MAX    (LAYOUT_BANDS * LAYOUT_SLOTS)
#define LAYOUT_STEPS       12 /* most steps that a size can be changed by */

struct layout_slot {
    enum pane_id panes[PANE_COUNT];
    unsigned pane_count;
    unsigned band;
    enum pane_id top; /* the one that is seen */
    struct sheet_area title;
    struct sheet_area body; /* height 0: no room */
};

struct layout {
    bool is_too_small;
    bool is_zoomed; /* the pane with the focus has everything */
    enum pane_id focus;
    enum pane_id wanted[PANE_COUNT]; /* those asked for last are seen: newest first */
    int taller[LAYOUT_BANDS];        /* what the user changed, in steps */
    int wider[LAYOUT_BANDS][LAYOUT_SLOTS];
    struct layout_slot slots[LAYOUT_SLOT_MAX];
    unsigned slot_count;
};

void layout_init(struct layout *layout);
/* Anew for this size; call it after each change. */
void layout_place(struct layout *layout, int columns, int rows);
/* The slot in which a pane is or would be. */
const struct layout_slot *layout_slot(const struct layout *layout, enum pane_id pane);
bool layout_is_seen(const struct layout *layout, enum pane_id pane);
/* The pane is seen, and has the keys when `is_focus`. layout_place() comes after these. */
void layout_raise(struct layout *layout, enum pane_id pane, bool is_focus);
/* Keys go to the next pane that is seen. */
void layout_next(struct layout *layout, bool is_back);
void layout_resize(struct layout *layout, int taller, int wider);
void layout_reset_sizes(struct layout *layout);
/* What is at this cell: the pane, and whether it is its title. False: no pane. */
bool layout_hit(const struct layout *layout, int x, int y, enum pane_id *pane, bool *is_title);

const char *pane_name(enum pane_id pane);
