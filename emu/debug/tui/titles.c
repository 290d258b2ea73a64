/* SPDX-License-Identifier: GPL-2.0-only */
/* Titles and the status row. */
#include "emu/debug/tui/titles.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_BYTES 160
#define STATUS_PARTS 8
#define PART_BYTES   96

/* " 4 Code": what key shows it, and its name. */
static int title_width(enum pane_id pane)
{
    return (int)strlen(pane_name(pane)) + 3;
}

enum pane_id titles_pane_at(const struct layout_slot *slot, int x)
{
    int from = slot->title.x;

    for (unsigned i = 0; i < slot->pane_count; i++) {
        if (x >= from && x < from + title_width(slot->panes[i])) return slot->panes[i];
        from += title_width(slot->panes[i]);
    }
    return slot->top;
}

static void draw_title(struct tui *tui, const struct layout_slot *slot)
{
    const struct pane_kind *kind = pane_kind(slot->top);
    struct sheet_pen pen = sheet_pen(&tui->sheet, slot->title);
    bool has_focus = slot->top == tui->layout.focus;
    char detail[DETAIL_BYTES] = "";
    int width;
    int room;

    for (unsigned i = 0; i < slot->pane_count; i++) {
        enum pane_id pane = slot->panes[i];
        enum sheet_style style = pane != slot->top ? SHEET_TAB
                                 : has_focus       ? SHEET_FOCUS
                                                   : SHEET_TAB_TOP;

        pen_print(&pen, style, " %d %s", (int)pane + 1, pane_name(pane));
    }
    room = slot->title.width - pen.x - 2;
    if (kind->detail != NULL && room > 2) {
        kind->detail(tui, detail, sizeof(detail));
    }
    pen_text(&pen, SHEET_BORDER, " ");
    width = (int)strlen(detail);
    if (width > 0) {
        pen_bytes(&pen, SHEET_NAME, detail, (size_t)(width < room ? width : room));
        pen_text(&pen, SHEET_BORDER, " ");
    }
    while (pen.x < slot->title.width) {
        pen_sign(&pen, SHEET_BORDER, SHEET_HORIZONTAL);
    }
}

/* The line at the right edge of a slot that has a neighbour there. */
static void draw_edge(struct tui *tui, const struct layout_slot *slot)
{
    struct sheet_area edge = {slot->title.x + slot->title.width, slot->title.y, 1,
                              slot->body.height + 1};
    struct sheet_pen pen = sheet_pen(&tui->sheet, sheet_clip(&tui->sheet, edge));

    for (int y = 0; y < pen.area.height; y++) {
        pen_move(&pen, 0, y);
        pen_sign(&pen, SHEET_BORDER, y == 0 ? SHEET_HORIZONTAL : SHEET_VERTICAL);
    }
}

void titles_draw(struct tui *tui)
{
    const struct layout *layout = &tui->layout;

    for (unsigned i = 0; i < layout->slot_count; i++) {
        if (layout->slots[i].title.height == 0) continue;
        draw_title(tui, &layout->slots[i]);
        draw_edge(tui, &layout->slots[i]);
    }
}

/* ---- The first row ---- */

static void parts(const struct tui *tui, char text[STATUS_PARTS][PART_BYTES])
{
    const struct target *target = &tui->target;
    const char *kind = tui->config.is_live ? "live" : "replay";
    char when[48];

    target_time(target->here.when, false, when, sizeof(when));
    (void)snprintf(text[0], PART_BYTES, "%s s", when);
    (void)snprintf(text[1], PART_BYTES, "ev %" PRIu64 "/%" PRIu64, target->here.seq,
                   target->last_event);
    (void)snprintf(text[2], PART_BYTES, "core %u", target->core);
    (void)snprintf(text[3], PART_BYTES, "%u-bit ring %u", target->bits, target->ring);
    (void)snprintf(text[4], PART_BYTES, "%s%s", kind,
                   target->is_at_begin ? " begin"
                   : target->is_at_end ? " end"
                                       : "");
    (void)snprintf(text[5], PART_BYTES, "cycle %" PRIu64, target->cycles);
    (void)snprintf(text[6], PART_BYTES, "%.60s",
                   tui->config.title != NULL ? tui->config.title : "");
    text[7][0] = '\0';
}

/* As many of the parts as have room, the most important first. */
void titles_draw_status(struct tui *tui)
{
    struct sheet_pen pen = sheet_pen(&tui->sheet, (struct sheet_area){0, 0, tui->sheet.columns, 1});
    char text[STATUS_PARTS][PART_BYTES];

    parts(tui, text);
    pen_text(&pen, SHEET_STATUS, " ");
    for (unsigned i = 0; i < STATUS_PARTS; i++) {
        int width = (int)strlen(text[i]);

        if (width == 0 || pen.x + width > tui->sheet.columns) continue;
        pen_text(&pen, SHEET_STATUS, text[i]);
        pen_text(&pen, SHEET_STATUS, "  ");
    }
    pen_fill(&pen, SHEET_STATUS);
}
