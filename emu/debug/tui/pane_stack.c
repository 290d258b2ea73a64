/* SPDX-License-Identifier: GPL-2.0-only */
/* The stack: words from the stack pointer on, with names of what they may point to. */
#include <inttypes.h>
#include <stdio.h>

#include "emu/base/endian.h"
#include "emu/debug/tui/tui_internal.h"

#define WORDS_MAX 4096u

static unsigned word_bytes(const struct tui *tui)
{
    return tui->target.bits / 8;
}

static bool word_at(struct tui *tui, uint64_t index, uint64_t *addr, uint64_t *value)
{
    uint8_t data[8] = {0};
    unsigned bytes = word_bytes(tui);

    *addr = tui->target.sp + index * bytes;
    if (target_read(&tui->target, *addr, data, bytes) < bytes) return false;
    *value = le64_get(data);
    return true;
}

static void draw_row(struct tui *tui, struct sheet_pen *pen, uint64_t index)
{
    int digits = (int)word_bytes(tui) * 2;
    struct debugger_insn insn;
    uint64_t addr;
    uint64_t value;

    if (!word_at(tui, index, &addr, &value)) {
        pen_print(pen, SHEET_DIM, " %0*" PRIx64 " ??", digits, addr);
        return;
    }
    if (index == 0) {
        pen_sign(pen, SHEET_HERE, SHEET_ARROW);
    } else {
        pen_text(pen, SHEET_NORMAL, addr == tui->target.regs.gpr[5] ? "b" : " ");
    }
    pen_print(pen, SHEET_DIM, "%0*" PRIx64 " ", digits, addr);
    pen_print(pen, SHEET_NORMAL, "%0*" PRIx64, digits, value);
    if (value != 0 && debugger_disassemble(tui->config.debugger, value, &insn, 1) == 1 &&
        insn.symbol[0] != '\0') {
        pen_print(pen, SHEET_NAME, " <%s>", insn.symbol);
    }
}

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_stack *pane = &tui->stack;

    list_fit(&pane->list, WORDS_MAX, area.height);
    for (int row = 0; row < area.height; row++) {
        struct sheet_pen pen = pane_row(tui, area, row, pane->left);
        uint64_t index = pane->list.top + (uint64_t)row;

        if (index >= pane->list.count) break;
        draw_row(tui, &pen, index);
        if (has_focus && index == pane->list.selected) {
            pane_mark(tui, area, row);
        }
    }
}

static bool act(struct tui *tui, enum tui_action action)
{
    struct pane_stack *pane = &tui->stack;
    uint64_t addr;
    uint64_t value;

    if (pane_list_act(&pane->list, action) || pane_left_act(&pane->left, action)) return true;
    if (action == ACTION_PRESENT) {
        list_select(&pane->list, 0);
        return true;
    }
    if (action == ACTION_ENTER && word_at(tui, pane->list.selected, &addr, &value)) {
        pane_memory_show_at(tui, value);
        layout_raise(&tui->layout, PANE_MEMORY, true);
        tui_place(tui);
        return true;
    }
    return false;
}

static bool pick(struct tui *tui, int row)
{
    return pane_list_pick(&tui->stack.list, row);
}

static void scroll(struct tui *tui, int lines)
{
    list_scroll(&tui->stack.list, lines);
}

/* The words that are seen are those of another frame now. */
static void refresh(struct tui *tui)
{
    if (tui->target.has_before && tui->target.regs.gpr[4] != tui->target.before.gpr[4]) {
        list_select(&tui->stack.list, 0);
    }
}

const struct pane_kind pane_stack_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .refresh = refresh,
};
