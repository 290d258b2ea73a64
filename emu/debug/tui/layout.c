/* SPDX-License-Identifier: GPL-2.0-only */
/* The layouts: small from 60x16, medium from 100x34, large from 150x44. */
#include "emu/debug/tui/layout.h"

#include <string.h>

#define BAND_ROWS_MIN    3 /* title and two lines */
#define SLOT_COLUMNS_MIN 20

struct slot_form {
    int weight;
    unsigned pane_count;
    enum pane_id panes[PANE_COUNT];
};
struct band_form {
    int weight;
    unsigned slot_count;
    struct slot_form slots[LAYOUT_SLOTS];
};
struct form {
    int columns; /* at least */
    int rows;
    unsigned band_count;
    struct band_form bands[LAYOUT_BANDS];
};

/* Largest first. Weights are shares of the height or width. */
static const struct form
    forms[] =
        {
            {
                .columns = 150,
                .rows = 44,
                .band_count = 3,
                .bands =
                    {
                        {.weight = 38,
                         .slot_count = 2,
                         .slots = {{.weight = 62, .pane_count = 1, .panes = {PANE_EVENTS}},
                                   {.weight = 38, .pane_count = 1, .panes = {PANE_SCREEN}}}},
                        {.weight = 36,
                         .slot_count = 3,
                         .slots = {{.weight = 36, .pane_count = 1, .panes = {PANE_DEVICE}},
                                   {.weight = 26, .pane_count = 1, .panes = {PANE_CPU}},
                                   {.weight = 38, .pane_count = 1, .panes = {PANE_CODE}}}},
                        {.weight = 26,
                         .slot_count = 3,
                         .slots = {{.weight = 50, .pane_count = 1, .panes = {PANE_MEMORY}},
                                   {.weight = 22, .pane_count = 1, .panes = {PANE_STACK}},
                                   {.weight = 28, .pane_count = 1, .panes = {PANE_OUTPUT}}}},
                    },
            },
            {
                .columns = 100,
                .rows = 34,
                .band_count = 3,
                .bands =
                    {
                        {.weight = 36,
                         .slot_count = 1,
                         .slots = {{.weight = 1, .pane_count = 1, .panes = {PANE_EVENTS}}}},
                        {.weight = 36,
                         .slot_count = 2,
                         .slots =
                             {{.weight = 50, .pane_count = 2, .panes = {PANE_DEVICE, PANE_CPU}},
                              {.weight = 50, .pane_count = 1, .panes = {PANE_CODE}}}},
                        {.weight = 28,
                         .slot_count = 2,
                         .slots =
                             {{.weight = 50, .pane_count = 2, .panes = {PANE_MEMORY, PANE_STACK}},
                              {.weight = 50,
                               .pane_count = 2,
                               .panes = {PANE_SCREEN, PANE_OUTPUT}}}},
                    },
            },
            {
                .columns = 0,
                .rows = 0,
                .band_count = 2,
                .bands =
                    {
                        {.weight = 44,
                         .slot_count = 1,
                         .slots = {{.weight = 1, .pane_count = 1, .panes = {PANE_EVENTS}}}},
                        {.weight = 56,
                         .slot_count = 2,
                         .slots =
                             {{.weight = 46, .pane_count = 2, .panes = {PANE_DEVICE, PANE_CPU}},
                              {.weight = 54,
                               .pane_count = 5,
                               .panes = {PANE_CODE, PANE_MEMORY, PANE_STACK, PANE_SCREEN,
                                         PANE_OUTPUT}}}},
                    },
            },
};

const char *pane_name(enum pane_id pane)
{
    static const char *const names[] = {
        [PANE_EVENTS] = "Events", [PANE_DEVICE] = "Device", [PANE_CPU] = "Core",
        [PANE_CODE] = "Code",     [PANE_MEMORY] = "Memory", [PANE_STACK] = "Stack",
        [PANE_SCREEN] = "Screen", [PANE_OUTPUT] = "Output",
    };

    return pane < PANE_COUNT ? names[pane] : "";
}

void layout_init(struct layout *layout)
{
    memset(layout, 0, sizeof(*layout));
    for (int i = 0; i < PANE_COUNT; i++) {
        layout->wanted[i] = (enum pane_id)i;
    }
}

/* Shares `total` by weights, at least `least` each; the last one takes what is left. */
static void share(int total, const int *weights, unsigned count, int least, int *sizes)
{
    int sum = 0;
    int left = total;

    for (unsigned i = 0; i < count; i++) {
        sum += weights[i];
    }
    for (unsigned i = 0; i < count; i++) {
        int after = (int)(count - 1 - i) * least;
        int size = i + 1 < count ? total * weights[i] / sum : left;

        size = size < least ? least : size;
        size = size > left - after ? left - after : size;
        sizes[i] = size > 0 ? size : 0;
        left -= sizes[i];
    }
}

/* In hundredths; a step of the user is six of them. */
static int weight(int share_of, int sum, int steps)
{
    int changed = share_of * 100 / sum + steps * 6;

    return changed > 4 ? changed : 4;
}

static enum pane_id top_of(const struct layout *layout, const struct slot_form *form)
{
    for (unsigned i = 0; i < PANE_COUNT; i++) {
        for (unsigned k = 0; k < form->pane_count; k++) {
            if (form->panes[k] == layout->wanted[i]) return form->panes[k];
        }
    }
    return form->panes[0];
}

static void add_slot(struct layout *layout, unsigned band, const struct slot_form *form,
                     struct sheet_area area)
{
    struct layout_slot *slot = &layout->slots[layout->slot_count++];

    memcpy(slot->panes, form->panes, sizeof(slot->panes));
    slot->pane_count = form->pane_count;
    slot->band = band;
    slot->top = top_of(layout, form);
    slot->title = area;
    slot->title.height = area.height > 0 ? 1 : 0;
    slot->body = area;
    slot->body.y++;
    slot->body.height = area.height > 1 ? area.height - 1 : 0;
}

static void place_band(struct layout *layout, unsigned band, const struct band_form *form,
                       struct sheet_area area)
{
    int weights[LAYOUT_SLOTS] = {0};
    int widths[LAYOUT_SLOTS] = {0};
    int x = area.x;
    int sum = 0;

    for (unsigned i = 0; i < form->slot_count; i++) {
        sum += form->slots[i].weight;
    }
    for (unsigned i = 0; i < form->slot_count; i++) {
        weights[i] = weight(form->slots[i].weight, sum, layout->wider[band][i]);
    }
    /* A column between two slots. */
    share(area.width - (int)(form->slot_count - 1), weights, form->slot_count, SLOT_COLUMNS_MIN,
          widths);
    for (unsigned i = 0; i < form->slot_count; i++) {
        struct sheet_area slot = {x, area.y, widths[i], area.height};

        add_slot(layout, band, &form->slots[i], slot);
        x += widths[i] + 1;
    }
}

static const struct form *form_for(int columns, int rows)
{
    const struct form *form = forms;

    while (columns < form->columns || rows < form->rows) {
        form++;
    }
    return form;
}

static void zoom(struct layout *layout, int columns, int rows)
{
    for (unsigned i = 0; i < layout->slot_count; i++) {
        struct layout_slot *slot = &layout->slots[i];
        bool is_it = slot->top == layout->focus;

        slot->title = (struct sheet_area){0, 1, is_it ? columns : 0, is_it ? 1 : 0};
        slot->body = (struct sheet_area){0, 2, is_it ? columns : 0, is_it ? rows - 3 : 0};
    }
}

void layout_place(struct layout *layout, int columns, int rows)
{
    const struct form *form = form_for(columns, rows);
    int weights[LAYOUT_BANDS] = {0};
    int heights[LAYOUT_BANDS] = {0};
    int sum = 0;
    int y = 1;

    layout->slot_count = 0;
    layout->is_too_small = columns < LAYOUT_MIN_COLUMNS || rows < LAYOUT_MIN_ROWS;
    if (layout->is_too_small) return;
    for (unsigned i = 0; i < form->band_count; i++) {
        sum += form->bands[i].weight;
    }
    for (unsigned i = 0; i < form->band_count; i++) {
        weights[i] = weight(form->bands[i].weight, sum, layout->taller[i]);
    }
    share(rows - 2, weights, form->band_count, BAND_ROWS_MIN, heights);
    for (unsigned i = 0; i < form->band_count; i++) {
        place_band(layout, i, &form->bands[i], (struct sheet_area){0, y, columns, heights[i]});
        y += heights[i];
    }
    if (!layout_is_seen(layout, layout->focus)) {
        layout->focus = PANE_EVENTS;
    }
    if (layout->is_zoomed) {
        zoom(layout, columns, rows);
    }
}

const struct layout_slot *layout_slot(const struct layout *layout, enum pane_id pane)
{
    for (unsigned i = 0; i < layout->slot_count; i++) {
        for (unsigned k = 0; k < layout->slots[i].pane_count; k++) {
            if (layout->slots[i].panes[k] == pane) return &layout->slots[i];
        }
    }
    return NULL;
}

bool layout_is_seen(const struct layout *layout, enum pane_id pane)
{
    const struct layout_slot *slot = layout_slot(layout, pane);

    return slot != NULL && slot->top == pane && slot->body.height > 0;
}

void layout_raise(struct layout *layout, enum pane_id pane, bool is_focus)
{
    unsigned at = 0;

    while (at < PANE_COUNT - 1 && layout->wanted[at] != pane) {
        at++;
    }
    memmove(&layout->wanted[1], &layout->wanted[0], at * sizeof(layout->wanted[0]));
    layout->wanted[0] = pane;
    if (is_focus) {
        layout->focus = pane;
    }
}

void layout_next(struct layout *layout, bool is_back)
{
    unsigned count = layout->slot_count;

    for (unsigned i = 0; i < count; i++) {
        if (layout->slots[i].top == layout->focus) {
            layout->focus = layout->slots[(i + (is_back ? count - 1 : 1)) % count].top;
            return;
        }
    }
}

static int limit(int steps)
{
    if (steps > LAYOUT_STEPS) return LAYOUT_STEPS;
    return steps < -LAYOUT_STEPS ? -LAYOUT_STEPS : steps;
}

void layout_resize(struct layout *layout, int taller, int wider)
{
    unsigned first = 0;

    for (unsigned i = 0; i < layout->slot_count; i++) {
        const struct layout_slot *slot = &layout->slots[i];

        first = slot->band != layout->slots[first].band ? i : first;
        if (slot->top != layout->focus) continue;
        layout->taller[slot->band] = limit(layout->taller[slot->band] + taller);
        layout->wider[slot->band][i - first] = limit(layout->wider[slot->band][i - first] + wider);
    }
}

void layout_reset_sizes(struct layout *layout)
{
    memset(layout->taller, 0, sizeof(layout->taller));
    memset(layout->wider, 0, sizeof(layout->wider));
}

static bool is_in(struct sheet_area area, int x, int y)
{
    return x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
}

bool layout_hit(const struct layout *layout, int x, int y, enum pane_id *pane, bool *is_title)
{
    for (unsigned i = 0; i < layout->slot_count; i++) {
        const struct layout_slot *slot = &layout->slots[i];

        *pane = slot->top;
        *is_title = is_in(slot->title, x, y);
        if (*is_title || is_in(slot->body, x, y)) return true;
    }
    return false;
}
