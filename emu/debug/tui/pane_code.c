/* SPDX-License-Identifier: GPL-2.0-only */
/* Disassembly. It follows the core, and jumps only when the instruction would not be seen otherwise. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/debug/tui/tui_internal.h"

#define ROWS_MAX     256
#define TEXT_WIDTH   30
#define BYTES_COLUMN 90 /* from this width on, the bytes are shown too */
#define BYTES_WIDTH  26

static size_t disassemble(struct tui *tui, struct debugger_insn list[ROWS_MAX], int rows)
{
    size_t count = rows < 0 ? 0 : rows < ROWS_MAX ? (size_t)rows : ROWS_MAX;

    return debugger_disassemble(tui->config.debugger, tui->code.top, list, count);
}

static bool is_seen(struct tui *tui, uint64_t addr, int rows)
{
    struct debugger_insn list[ROWS_MAX];
    size_t count = disassemble(tui, list, rows);

    for (size_t i = 0; i < count; i++) {
        if (list[i].addr == addr) return true;
    }
    return false;
}

static uint64_t back_up(struct tui *tui, uint64_t addr, int count)
{
    return count > 0 ? debugger_back_up(tui->config.debugger, addr, (unsigned)count) : addr;
}

static void show_at(struct tui *tui, uint64_t addr)
{
    struct pane_code *pane = &tui->code;

    pane->selected = addr;
    if (pane->rows == 0) return;
    /* The last row is too late: one wants to see what comes next. */
    if (!is_seen(tui, addr, pane->rows - 1)) {
        pane->top = back_up(tui, addr, pane->rows / 3);
        pane->top = is_seen(tui, addr, pane->rows) ? pane->top : addr;
    }
}

static void refresh(struct tui *tui)
{
    if (tui->code.is_followed) {
        show_at(tui, tui->target.ip);
    }
}

void pane_code_show(struct tui *tui, const char *expression)
{
    struct error err = ERROR_INIT;
    uint64_t addr;

    tui->code.is_followed = expression[0] == '\0';
    if (tui->code.is_followed) {
        refresh(tui);
    } else if (target_address(&tui->target, expression, &addr, &err)) {
        tui->code.top = addr;
        tui->code.selected = addr;
    } else {
        tui_message(tui, SHEET_ERROR, "%s", err.text);
    }
}

/* Breakpoints at instructions, while a pane is drawn or a key is done. */
struct stops {
    struct debugger_breakpoint list[DEBUGGER_BREAKPOINTS_MAX];
    size_t count;
};

static void get_stops(struct tui *tui, struct stops *stops)
{
    stops->count = debugger_breakpoints(tui->config.debugger, stops->list);
}

/* The one at `addr`, an enabled one before others; NULL: none. */
static const struct debugger_breakpoint *stop_at(const struct stops *stops, uint64_t addr)
{
    const struct debugger_breakpoint *found = NULL;

    for (size_t i = 0; i < stops->count; i++) {
        const struct debugger_breakpoint *stop = &stops->list[i];

        if (!stop->is_code || stop->addr != addr) continue;
        if (found == NULL || !found->is_enabled) {
            found = stop;
        }
    }
    return found;
}

static void toggle(struct tui *tui)
{
    struct stops stops;
    char line[64];

    get_stops(tui, &stops);
    if (stop_at(&stops, tui->code.selected) == NULL) {
        (void)snprintf(line, sizeof(line), "break pc %#" PRIx64, tui->code.selected);
        tui_motion_command(tui, line, false);
        return;
    }
    for (size_t i = 0; i < stops.count; i++) {
        if (!stops.list[i].is_code || stops.list[i].addr != tui->code.selected) continue;
        (void)snprintf(line, sizeof(line), "delete %u", stops.list[i].number);
        tui_motion_command(tui, line, false);
    }
}

static void draw_insn(struct tui *tui, struct sheet_pen *pen, const struct debugger_insn *insn,
                      const struct debugger_breakpoint *stop)
{
    bool is_here = insn->addr == tui->target.ip;
    enum sheet_style style = is_here ? SHEET_HERE : SHEET_NORMAL;
    int x;

    if (stop != NULL) {
        pen_sign(pen, SHEET_ERROR, stop->is_enabled ? SHEET_STOP : SHEET_STOP_OFF);
    } else {
        pen_text(pen, style, " ");
    }
    if (is_here) {
        pen_sign(pen, style, SHEET_ARROW);
    } else {
        pen_text(pen, style, " ");
    }
    pen_print(pen, is_here ? SHEET_HERE : SHEET_DIM,
              insn->addr > UINT32_MAX ? "%016" PRIx64 " " : "%08" PRIx64 " ", insn->addr);
    x = pen->x;
    if (pen->area.width >= BYTES_COLUMN) {
        for (unsigned i = 0; i < insn->bytes && i < BYTES_WIDTH / 2; i++) {
            pen_print(pen, SHEET_DIM, "%02x", insn->code[i]);
        }
        pen_pad(pen, style, x + BYTES_WIDTH, true);
        x = pen->x;
    }
    pen_text(pen, style, insn->text);
    if (insn->symbol[0] != '\0') {
        pen_pad(pen, SHEET_NORMAL, x + TEXT_WIDTH, true);
        pen_print(pen, SHEET_DIM, "<%s>", insn->symbol);
    }
}

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_code *pane = &tui->code;
    struct debugger_insn list[ROWS_MAX];
    bool is_new_size = pane->rows != area.height;
    struct stops stops;
    size_t count;

    pane->rows = area.height < ROWS_MAX ? area.height : ROWS_MAX;
    if (is_new_size && pane->is_followed) {
        show_at(tui, tui->target.ip);
    }
    count = disassemble(tui, list, pane->rows);
    get_stops(tui, &stops);
    for (size_t i = 0; i < count; i++) {
        struct sheet_pen pen = pane_row(tui, area, (int)i, pane->left);

        draw_insn(tui, &pen, &list[i], stop_at(&stops, list[i].addr));
        if (has_focus && list[i].addr == pane->selected) {
            pane_mark(tui, area, (int)i);
        }
    }
    if ((int)count < pane->rows) {
        uint64_t addr = count > 0 ? list[count - 1].addr + list[count - 1].bytes : pane->top;
        struct sheet_pen pen = pane_row(tui, area, (int)count, 0);

        pen_print(&pen, SHEET_DIM, " %" PRIx64 " is not mapped", addr);
    }
}

/* The selected line among those that are seen; -1: it is not seen. */
static int selected_row(struct tui *tui, const struct debugger_insn *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].addr == tui->code.selected) return (int)i;
    }
    return -1;
}

static void move_down(struct tui *tui, int lines)
{
    struct pane_code *pane = &tui->code;

    for (; lines > 0; lines--) {
        struct debugger_insn list[ROWS_MAX];
        size_t count = disassemble(tui, list, pane->rows);
        int row = selected_row(tui, list, count);

        if (count == 0) return;
        if (row < 0) {
            pane->selected = pane->top;
        } else if ((size_t)row + 1 < count) {
            pane->selected = list[row + 1].addr;
        } else if (count == (size_t)pane->rows && count > 1) {
            pane->selected = list[row].addr + list[row].bytes;
            pane->top = list[1].addr;
        }
    }
}

static void move_up(struct tui *tui, int lines)
{
    struct pane_code *pane = &tui->code;

    for (; lines > 0; lines--) {
        struct debugger_insn list[ROWS_MAX];
        size_t count = disassemble(tui, list, pane->rows);
        int row = selected_row(tui, list, count);

        if (row > 0) {
            pane->selected = list[row - 1].addr;
        } else {
            pane->top = back_up(tui, pane->top, 1);
            pane->selected = pane->top;
        }
    }
}

static void scroll(struct tui *tui, int lines)
{
    struct pane_code *pane = &tui->code;
    struct debugger_insn list[ROWS_MAX];
    size_t count;

    pane->is_followed = false;
    if (lines < 0) {
        pane->top = back_up(tui, pane->top, -lines);
        return;
    }
    count = disassemble(tui, list, lines + 1);
    pane->top = count > 0 ? list[count - 1].addr : pane->top;
}

static void page(struct tui *tui, bool is_up)
{
    int lines = tui->code.rows > 1 ? tui->code.rows - 1 : 1;

    scroll(tui, is_up ? -lines : lines);
    tui->code.selected = tui->code.top;
}

static bool act(struct tui *tui, enum tui_action action)
{
    struct pane_code *pane = &tui->code;
    char line[64];

    if (pane_left_act(&pane->left, action)) return true;
    if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN) {
        page(tui, action == ACTION_PAGE_UP);
    } else if (action == ACTION_UP) {
        pane->is_followed = false;
        move_up(tui, 1);
    } else if (action == ACTION_DOWN) {
        pane->is_followed = false;
        move_down(tui, 1);
    } else if (action == ACTION_PRESENT || action == ACTION_FIRST) {
        pane->is_followed = true;
        show_at(tui, tui->target.ip);
    } else if (action == ACTION_TOGGLE) {
        toggle(tui);
    } else if (action == ACTION_ENTER && pane->selected != tui->target.ip) {
        (void)snprintf(line, sizeof(line), "run-until pc %#" PRIx64, pane->selected);
        tui_motion_command(tui, line, false);
    } else {
        return false;
    }
    return true;
}

static bool pick(struct tui *tui, int row)
{
    struct debugger_insn list[ROWS_MAX];
    size_t count = disassemble(tui, list, tui->code.rows);
    bool was_selected;

    if (row < 0 || (size_t)row >= count) return false;
    was_selected = list[row].addr == tui->code.selected;
    tui->code.selected = list[row].addr;
    return was_selected;
}

static void detail(struct tui *tui, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "%s", tui->code.is_followed ? "" : "elsewhere");
}

const struct pane_kind pane_code_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .refresh = refresh,
    .detail = detail,
};
