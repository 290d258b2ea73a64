/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of the core as bytes and letters. Bytes that changed since the place before are marked. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/debug/tui/tui_internal.h"

#define MARGIN 2 /* blanks around the bytes */

static unsigned address_digits(const struct pane_memory *pane)
{
    return pane->address + TUI_MEMORY_BYTES > UINT32_MAX || pane->address > UINT32_MAX ? 16 : 8;
}

static void fit(struct pane_memory *pane, struct sheet_area area)
{
    int room = area.width - (int)address_digits(pane) - MARGIN;

    pane->per_row = 16;
    while (pane->per_row > 4 && (int)pane->per_row * 4 + 1 > room) {
        pane->per_row /= 2;
    }
    pane->rows = area.height;
    if ((unsigned)pane->rows * pane->per_row > TUI_MEMORY_BYTES) {
        pane->rows = (int)(TUI_MEMORY_BYTES / pane->per_row);
    }
}

/* Bytes that cannot be read are left out at the end of each piece of `per_row`. */
static unsigned row_bytes(struct tui *tui, uint64_t addr, uint8_t *data)
{
    return (unsigned)target_read(&tui->target, addr, data, tui->memory.per_row);
}

static bool has_changed(const struct pane_memory *pane, uint64_t addr, uint8_t value)
{
    uint64_t at = addr - pane->old_from;

    return at < pane->old_bytes && pane->old[at] != value;
}

static int letter(uint8_t value)
{
    return value >= 0x20 && value < 0x7f ? (char)value : '.';
}

static void draw_row(struct tui *tui, struct sheet_pen *pen, uint64_t addr, size_t offset)
{
    struct pane_memory *pane = &tui->memory;
    uint8_t *data = pane->seen + offset;
    unsigned bytes = row_bytes(tui, addr, data);

    pen_print(pen, SHEET_DIM, "%0*" PRIx64 " ", (int)address_digits(pane), addr);
    for (unsigned i = 0; i < pane->per_row; i++) {
        if (i < bytes) {
            pen_text(pen, SHEET_NORMAL, " ");
            pen_print(pen, has_changed(pane, addr + i, data[i]) ? SHEET_CHANGED : SHEET_NORMAL,
                      "%02x", data[i]);
        } else {
            pen_text(pen, SHEET_DIM, " ??");
        }
    }
    pen_text(pen, SHEET_NORMAL, "  ");
    for (unsigned i = 0; i < bytes; i++) {
        pen_print(pen, has_changed(pane, addr + i, data[i]) ? SHEET_CHANGED : SHEET_NORMAL, "%c",
                  letter(data[i]));
    }
    if (bytes == pane->per_row && pane->seen_bytes == offset) {
        pane->seen_bytes += bytes;
    }
}

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_memory *pane = &tui->memory;

    fit(pane, area);
    pane->seen_from = pane->address;
    pane->seen_bytes = 0;
    for (int row = 0; row < pane->rows; row++) {
        struct sheet_pen pen = pane_row(tui, area, row, 0);
        size_t offset = (size_t)row * pane->per_row;

        draw_row(tui, &pen, pane->address + offset, offset);
    }
    (void)has_focus;
}

static void refresh(struct tui *tui)
{
    struct pane_memory *pane = &tui->memory;
    struct error err = ERROR_INIT;
    uint64_t addr;

    pane->old_from = pane->seen_from;
    pane->old_bytes = pane->seen_bytes;
    memcpy(pane->old, pane->seen, sizeof(pane->old));
    if (pane->is_followed && target_address(&tui->target, pane->expression, &addr, &err)) {
        pane->address = addr;
    }
}

void pane_memory_show(struct tui *tui, const char *expression)
{
    struct pane_memory *pane = &tui->memory;
    struct error err = ERROR_INIT;
    uint64_t addr;

    if (!target_address(&tui->target, expression, &addr, &err)) {
        tui_message(tui, SHEET_ERROR, "%s", err.text);
        return;
    }
    (void)snprintf(pane->expression, sizeof(pane->expression), "%s", expression);
    pane->is_followed = strchr(expression, '$') != NULL;
    pane->address = addr;
}

void pane_memory_show_at(struct tui *tui, uint64_t address)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%#" PRIx64, address);
    pane_memory_show(tui, text);
}

static void scroll(struct tui *tui, int lines)
{
    struct pane_memory *pane = &tui->memory;

    pane->is_followed = false;
    pane->address += (uint64_t)(int64_t)lines * pane->per_row;
}

static bool act(struct tui *tui, enum tui_action action)
{
    struct pane_memory *pane = &tui->memory;

    switch ((int)action) {
    case ACTION_UP: scroll(tui, -1); return true;
    case ACTION_DOWN: scroll(tui, 1); return true;
    case ACTION_PAGE_UP: scroll(tui, -pane->rows); return true;
    case ACTION_PAGE_DOWN: scroll(tui, pane->rows); return true;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        pane->is_followed = false;
        pane->address += action == ACTION_LEFT ? UINT64_MAX : 1;
        return true;
    case ACTION_PRESENT: pane_memory_show(tui, pane->expression); return true;
    case ACTION_ENTER: action_do(tui, ACTION_ADDRESS, 0); return true;
    default: return false;
    }
}

static bool pick(struct tui *tui, int row)
{
    (void)tui;
    (void)row;
    return false;
}

static void detail(struct tui *tui, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "%s", tui->memory.is_followed ? tui->memory.expression : "");
}

const struct pane_kind pane_memory_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .refresh = refresh,
    .detail = detail,
};
