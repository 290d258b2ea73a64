/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of a device, as they are where the machine stands: of the one that made the selected event, or
 * of one that was asked for. A line each, with the fields that are not zero; Enter shows all fields.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/core/reg.h"
#include "emu/debug/tui/tui_internal.h"

#define DEVICES_MAX    4096u
#define REGISTERS_MAX  65536u
#define REGS_STEP      64u
#define NAME_BYTES     80
#define NAME_WIDTH     12
#define MACHINE_PATH   "machine"
#define NAME_MAX_WIDTH 24

static void forget(struct pane_device *pane)
{
    free(pane->regs);
    free(pane->is_open);
    pane->regs = NULL;
    pane->is_open = NULL;
    pane->count = 0;
    pane->room = 0;
}

void pane_device_free(struct tui *tui)
{
    forget(&tui->device);
}

static bool make_room(struct pane_device *pane)
{
    size_t room = pane->room * 2 + REGS_STEP;
    struct debugger_register *regs;
    bool *is_open;

    if (pane->count < pane->room) return true;
    regs = realloc(pane->regs, room * sizeof(*regs));
    pane->regs = regs != NULL ? regs : pane->regs;
    is_open = realloc(pane->is_open, room * sizeof(*is_open));
    pane->is_open = is_open != NULL ? is_open : pane->is_open;
    if (regs == NULL || is_open == NULL) return false;
    memset(pane->is_open + pane->room, 0, (room - pane->room) * sizeof(*is_open));
    pane->room = room;
    return true;
}

/* Registers as they are now; which ones are open stays. */
static void read_all(struct tui *tui)
{
    struct pane_device *pane = &tui->device;

    pane->count = 0;
    while (pane->is_known && pane->count < REGISTERS_MAX && make_room(pane) &&
           debugger_register(tui->config.debugger, pane->device, pane->count,
                             &pane->regs[pane->count])) {
        pane->count++;
    }
}

static bool find(struct tui *tui, const char *name, size_t *index)
{
    const char *path;

    for (size_t i = 0; i < DEVICES_MAX; i++) {
        path = debugger_device_path(tui->config.debugger, i);
        if (path == NULL) return false;
        if (strcmp(path, name) == 0 || strcmp(target_device_name(path), name) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static void choose(struct tui *tui, const char *path)
{
    struct pane_device *pane = &tui->device;

    forget(pane);
    pane->list = (struct list){.rows = pane->list.rows};
    pane->left = 0;
    pane->is_known = find(tui, path, &pane->device);
    (void)snprintf(pane->path, sizeof(pane->path), "%s", path);
    read_all(tui);
}

/* ---- Lines: registers, and fields of open ones ---- */

static size_t field_count(const struct debugger_register *reg)
{
    size_t count = 0;

    while (reg->fields != NULL && reg->fields[count].name != NULL) {
        count++;
    }
    return count;
}

static uint64_t line_count(const struct pane_device *pane)
{
    uint64_t lines = pane->count;

    for (size_t i = 0; i < pane->count; i++) {
        lines += pane->is_open[i] ? field_count(&pane->regs[i]) : 0;
    }
    return lines;
}

/* Register of a line; *field: 0 is the register itself, then its fields from 1 on. False: no such line. */
static bool line_at(const struct pane_device *pane, uint64_t line, size_t *reg, size_t *field)
{
    for (size_t i = 0; i < pane->count; i++) {
        size_t lines = 1 + (pane->is_open[i] ? field_count(&pane->regs[i]) : 0);

        if (line < lines) {
            *reg = i;
            *field = (size_t)line;
            return true;
        }
        line -= lines;
    }
    return false;
}

const struct debugger_register *pane_device_selected(struct tui *tui)
{
    size_t reg;
    size_t field;

    return line_at(&tui->device, tui->device.list.selected, &reg, &field) ? &tui->device.regs[reg]
                                                                          : NULL;
}

static uint64_t line_of(const struct pane_device *pane, size_t reg)
{
    uint64_t line = reg;

    for (size_t i = 0; i < reg; i++) {
        line += pane->is_open[i] ? field_count(&pane->regs[i]) : 0;
    }
    return line;
}

/* Selects the register that the event is about, if it is about one. */
static void show_register(struct pane_device *pane, const struct trace_item *item)
{
    const char *name = NULL;
    uint64_t index = 0;
    uint64_t none;

    if (pane->event == item->seq || strcmp(item->device, pane->path) != 0 ||
        !trace_item_field(item, "reg", &none, &name) || name == NULL) {
        return;
    }
    (void)trace_item_field(item, "index", &index, &(const char *){NULL});
    for (size_t i = 0; i < pane->count; i++) {
        const struct debugger_register *reg = &pane->regs[i];

        if (strcmp(reg->name, name) == 0 && (!reg->is_array || reg->index == index)) {
            list_fit(&pane->list, line_count(pane), (int)pane->list.rows);
            list_center(&pane->list, line_of(pane, i));
            break;
        }
    }
    pane->event = item->seq;
}

void pane_device_follow(struct tui *tui, bool is_forced)
{
    struct pane_device *pane = &tui->device;
    struct trace_item item;
    bool has_item = pane_events_selected(tui, &item);

    if (has_item && !pane->is_pinned && strcmp(item.device, pane->path) != 0) {
        choose(tui, item.device);
    } else if (is_forced) {
        read_all(tui);
    }
    if (has_item) {
        show_register(pane, &item);
    }
}

bool pane_device_pin(struct tui *tui, const char *name)
{
    size_t index;

    if (name[0] == '\0') {
        tui->device.is_pinned = false;
        pane_device_follow(tui, true);
        return true;
    }
    if (!find(tui, name, &index)) return false;
    tui->device.is_pinned = true;
    choose(tui, debugger_device_path(tui->config.debugger, index));
    return true;
}

static uint64_t field_value(const struct debugger_register *reg, const struct reg_field *field)
{
    unsigned bits = (unsigned)(field->hi - field->lo) + 1;
    uint64_t value = reg->value >> field->lo;

    return bits < 64 ? value & ((UINT64_C(1) << bits) - 1) : value;
}

static void print_field(struct sheet_pen *pen, const struct reg_field *field, uint64_t value)
{
    pen_text(pen, SHEET_NAME, field->name);
    pen_print(pen, SHEET_NORMAL, value < 10 ? "=%" PRIu64 : "=%#" PRIx64, value);
}

static void name_text(const struct debugger_register *reg, char *text, size_t bytes)
{
    if (reg->is_array) {
        (void)snprintf(text, bytes, "%s[%u]", reg->name, reg->index);
    } else {
        (void)snprintf(text, bytes, "%s", reg->name);
    }
}

static int name_width(const struct pane_device *pane)
{
    char text[NAME_BYTES];
    size_t width = NAME_WIDTH;

    for (size_t i = 0; i < pane->count; i++) {
        name_text(&pane->regs[i], text, sizeof(text));
        width = strlen(text) > width ? strlen(text) : width;
    }
    return width < NAME_MAX_WIDTH ? (int)width : NAME_MAX_WIDTH;
}

static void draw_register(struct sheet_pen *pen, const struct debugger_register *reg, int width)
{
    enum sheet_style style = reg->is_changed ? SHEET_CHANGED : SHEET_NORMAL;
    char name[NAME_BYTES];

    name_text(reg, name, sizeof(name));
    /* For those without colours, a sign says it too. */
    pen_text(pen, style, reg->is_changed ? "*" : " ");
    pen_text(pen, reg->is_changed ? SHEET_CHANGED : SHEET_NAME, name);
    pen_pad(pen, SHEET_NORMAL, width + 1, true);
    pen_print(pen, style, "%0*" PRIx64, (int)(reg->size * 2), reg->value);
    for (size_t i = 0; i < field_count(reg); i++) {
        uint64_t value = field_value(reg, &reg->fields[i]);

        if (value == 0) continue;
        pen_text(pen, SHEET_NORMAL, " ");
        print_field(pen, &reg->fields[i], value);
    }
}

static void draw_field(struct sheet_pen *pen, const struct debugger_register *reg, size_t index)
{
    const struct reg_field *field = &reg->fields[index];
    char bits[16];

    (void)snprintf(bits, sizeof(bits), field->hi == field->lo ? "%u" : "%u:%u", field->hi,
                   field->lo);
    pen_print(pen, SHEET_DIM, "   %5s ", bits);
    print_field(pen, field, field_value(reg, field));
}

static void draw_nothing(struct tui *tui, struct sheet_area area)
{
    struct sheet_pen pen = pane_row(tui, area, 0, 0);

    if (tui->device.path[0] == '\0') {
        pen_text(&pen, SHEET_DIM, "no event is selected");
    } else {
        pen_print(&pen, SHEET_DIM, "%s has no registers", tui->device.path);
    }
}

/* What the machine itself tells of is about a core. */
static bool is_core(const struct tui *tui)
{
    return strcmp(tui->device.path, MACHINE_PATH) == 0;
}

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_device *pane = &tui->device;
    int width = name_width(pane);

    list_fit(&pane->list, line_count(pane), area.height);
    if (is_core(tui)) {
        pane_cpu_kind.draw(tui, area, has_focus);
        return;
    }
    if (pane->count == 0) {
        draw_nothing(tui, area);
        return;
    }
    for (int row = 0; row < area.height; row++) {
        struct sheet_pen pen = pane_row(tui, area, row, pane->left);
        size_t reg;
        size_t field;

        if (!line_at(pane, pane->list.top + (uint64_t)row, &reg, &field)) break;
        if (field == 0) {
            draw_register(&pen, &pane->regs[reg], width);
        } else {
            draw_field(&pen, &pane->regs[reg], field - 1);
        }
        if (has_focus && pane->list.top + (uint64_t)row == pane->list.selected) {
            pane_mark(tui, area, row);
        }
    }
}

static bool act(struct tui *tui, enum tui_action action)
{
    struct pane_device *pane = &tui->device;
    size_t reg;
    size_t field;

    if (is_core(tui)) return pane_cpu_kind.act(tui, action);
    if (pane_list_act(&pane->list, action) || pane_left_act(&pane->left, action)) return true;
    if (action != ACTION_ENTER || !line_at(pane, pane->list.selected, &reg, &field)) return false;
    pane->is_open[reg] = !pane->is_open[reg];
    list_fit(&pane->list, line_count(pane), (int)pane->list.rows);
    list_select(&pane->list, pane->list.selected - field);
    return true;
}

static bool pick(struct tui *tui, int row)
{
    if (is_core(tui)) return pane_cpu_kind.pick(tui, row);
    return pane_list_pick(&tui->device.list, row);
}

static void scroll(struct tui *tui, int lines)
{
    if (is_core(tui)) {
        pane_cpu_kind.scroll(tui, lines);
        return;
    }
    list_scroll(&tui->device.list, lines);
}

static void detail(struct tui *tui, char *text, size_t bytes)
{
    if (is_core(tui)) {
        (void)snprintf(text, bytes, "core %u", tui->target.core);
        return;
    }
    (void)snprintf(text, bytes, "%s%s", target_device_name(tui->device.path),
                   tui->device.is_pinned ? " (kept)" : "");
}

const struct pane_kind pane_device_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .detail = detail,
};
