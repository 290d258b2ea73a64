/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the core, those marked that changed since the place before. */
#include <inttypes.h>
#include <stdio.h>

#include "emu/debug/tui/tui_internal.h"

#define COLUMN_WIDTH 27 /* mark, name, 16 digits, gap */

static const struct {
    const char *name;
    unsigned bit;
} flags[] = {{"CF", 0},  {"PF", 2},  {"AF", 4},  {"ZF", 6},  {"SF", 7},  {"TF", 8},  {"IF", 9},
             {"DF", 10}, {"OF", 11}, {"NT", 14}, {"RF", 16}, {"VM", 17}, {"AC", 18}, {"ID", 21}};

static size_t count(void)
{
    static const struct cpu_regs none;
    uint64_t value;
    unsigned bits;
    size_t number = 0;

    while (target_register(&none, number, &value, &bits) != NULL) {
        number++;
    }
    return number;
}

static void draw_flags(struct sheet_pen *pen, uint64_t rflags)
{
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (rflags >> flags[i].bit & 1) {
            pen_print(pen, SHEET_NAME, " %s", flags[i].name);
        }
    }
    if (rflags >> 12 & 3) {
        pen_print(pen, SHEET_NAME, " IOPL=%u", (unsigned)(rflags >> 12 & 3));
    }
}

static void draw_register(struct tui *tui, struct sheet_pen *pen, size_t index)
{
    const struct target *target = &tui->target;
    uint64_t value;
    uint64_t before;
    unsigned bits;
    const char *name = target_register(&target->regs, index, &value, &bits);
    bool is_changed;
    enum sheet_style style;

    (void)target_register(&target->before, index, &before, &bits);
    is_changed = target->has_before && value != before;
    style = is_changed ? SHEET_CHANGED : SHEET_NORMAL;
    pen_text(pen, style, is_changed ? "*" : " ");
    pen_print(pen, is_changed ? SHEET_CHANGED : SHEET_NAME, "%-7s ", name);
    pen_print(pen, style, "%0*" PRIx64, (int)(bits / 4), value);
    if (index == 1) {
        draw_flags(pen, value);
    }
}

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_cpu *pane = &tui->cpu;
    size_t registers = count();
    size_t columns = (size_t)(area.width + 1) / COLUMN_WIDTH;
    size_t lines;

    columns = columns > 0 && area.width > 2 * COLUMN_WIDTH ? columns : 1;
    lines = (registers + columns - 1) / columns;
    list_fit(&pane->list, lines, area.height);
    for (int row = 0; row < area.height; row++) {
        size_t line = (size_t)pane->list.top + (size_t)row;

        for (size_t i = 0; i < columns && line < lines; i++) {
            struct sheet_pen pen = pane_row(tui, area, row, pane->left);

            pen.area.x += (int)i * COLUMN_WIDTH;
            pen.area.width -= (int)i * COLUMN_WIDTH;
            if (line + i * lines < registers) {
                draw_register(tui, &pen, line + i * lines);
            }
        }
        if (has_focus && line == pane->list.selected) {
            pane_mark(tui, area, row);
        }
    }
}

static bool act(struct tui *tui, enum tui_action action)
{
    return pane_list_act(&tui->cpu.list, action) || pane_left_act(&tui->cpu.left, action);
}

static bool pick(struct tui *tui, int row)
{
    (void)pane_list_pick(&tui->cpu.list, row);
    return false;
}

static void scroll(struct tui *tui, int lines)
{
    list_scroll(&tui->cpu.list, lines);
}

static void detail(struct tui *tui, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "%u", tui->target.core);
}

const struct pane_kind pane_cpu_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .detail = detail,
};
