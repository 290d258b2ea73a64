/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: the whole known run, with the machine's place in it. With a filter, the numbers of those that it
 * lets through are kept; they are found when the filter is set, and later ones as they come.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/debug/trace/filter.h"
#include "emu/debug/tui/tui_internal.h"

#define LINE_BYTES    512
#define DEVICE_WIDTH  9
#define WIDE_COLUMNS  100 /* from here on there is room for longer names */
#define WIDE_WIDTH    13
#define EVENT_WIDTH   14
#define LOOK_INTERVAL 16384u
#define SEQS_STEP     4096u

/* ---- Which events are in the list ---- */

static uint64_t total(const struct tui *tui)
{
    const struct target *target = &tui->target;

    if (tui->events.filter != NULL) return tui->events.seq_count;
    return target->last_event >= target->first_event && target->last_event > 0
               ? target->last_event - target->first_event + 1
               : 0;
}

static uint64_t seq_at(const struct tui *tui, uint64_t index)
{
    return tui->events.filter != NULL ? tui->events.seqs[index] : tui->target.first_event + index;
}

/* Index of the last event in the list that is not behind `seq`; 0 when all are. */
static uint64_t index_of(const struct tui *tui, uint64_t seq)
{
    uint64_t low = 0;
    uint64_t high = total(tui);

    if (tui->events.filter == NULL) {
        return seq > tui->target.first_event ? seq - tui->target.first_event : 0;
    }
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (tui->events.seqs[middle] <= seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : 0;
}

static bool keep(struct pane_events *events, uint64_t seq)
{
    if (events->seq_count == events->seq_room) {
        size_t room = events->seq_room * 2 + SEQS_STEP;
        uint64_t *seqs = realloc(events->seqs, room * sizeof(*seqs));

        if (seqs == NULL) return false;
        events->seqs = seqs;
        events->seq_room = room;
    }
    events->seqs[events->seq_count++] = seq;
    return true;
}

/* The filter is asked about events that are new; it can be interrupted. */
static void look(struct tui *tui)
{
    struct pane_events *events = &tui->events;
    const struct target *target = &tui->target;
    uint64_t seq = events->looked_to + 1;

    if (events->filter == NULL || events->is_incomplete) return;
    seq = seq > target->first_event ? seq : target->first_event;
    for (; seq <= target->last_event; seq++) {
        struct trace_item item;

        if (seq % LOOK_INTERVAL == 0 &&
            !tui_motion_goes_on(tui, "looking at events", seq, target->last_event)) {
            events->is_incomplete = true;
            break;
        }
        if (target_event(target, seq, &item) && trace_filter_matches(events->filter, &item) &&
            !keep(events, seq)) {
            events->is_incomplete = true;
            break;
        }
        events->looked_to = seq;
    }
}

static void look_anew(struct tui *tui)
{
    tui->events.seq_count = 0;
    tui->events.looked_to = 0;
    tui->events.is_incomplete = false;
    look(tui);
}

static void show_present(struct tui *tui)
{
    struct pane_events *events = &tui->events;
    uint64_t seq = tui->target.here.seq;

    events->present = seq;
    list_fit(&events->list, total(tui), (int)events->list.rows);
    list_center(&events->list, index_of(tui, seq));
    events->is_followed = true;
}

static void refresh(struct tui *tui)
{
    struct pane_events *events = &tui->events;

    if (tui->target.last_event < events->looked_to) {
        look_anew(tui);
    } else {
        look(tui);
    }
    if (events->present != tui->target.here.seq || events->is_followed) {
        show_present(tui);
    }
    pane_device_follow(tui, true);
}

void pane_events_selection_moved(struct tui *tui)
{
    tui->events.is_followed = false;
    pane_device_follow(tui, false);
}

bool pane_events_selected(struct tui *tui, struct trace_item *item)
{
    return total(tui) > 0 && tui->events.list.selected < total(tui) &&
           target_event(&tui->target, seq_at(tui, tui->events.list.selected), item);
}

void pane_events_set_filter(struct tui *tui, const char *text)
{
    struct pane_events *events = &tui->events;
    struct trace_filter *filter = NULL;
    struct error err = ERROR_INIT;
    struct trace_item item;
    uint64_t seq = pane_events_selected(tui, &item) ? item.seq : tui->target.here.seq;

    if (text[0] != '\0') {
        filter = debugger_filter(tui->config.debugger, text, &err);
        if (filter == NULL) {
            tui_message(tui, SHEET_ERROR, "%s", err.text);
            return;
        }
    }
    trace_filter_destroy(events->filter);
    events->filter = filter;
    (void)snprintf(events->filter_text, sizeof(events->filter_text), "%s", text);
    tui_motion_begin(tui);
    look_anew(tui);
    tui_motion_end(tui);
    list_fit(&events->list, total(tui), (int)events->list.rows);
    list_center(&events->list, index_of(tui, seq));
    pane_device_follow(tui, false);
    if (filter != NULL) {
        tui_message(tui, SHEET_NORMAL, "%zu of %" PRIu64 " events%s", events->seq_count,
                    tui->target.last_event, events->is_incomplete ? ", interrupted" : "");
    }
}

void pane_events_free(struct tui *tui)
{
    trace_filter_destroy(tui->events.filter);
    free(tui->events.seqs);
    tui->events.filter = NULL;
    tui->events.seqs = NULL;
}

/* ---- Search ---- */

static void fields_text(const struct trace_item *item, char *text, size_t bytes)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < item->type->field_count && used < bytes; i++) {
        int length =
            item->type->is_text[i]
                ? snprintf(text + used, bytes - used, "%s%s=%s", i > 0 ? " " : "",
                           item->type->fields[i], item->texts[i] != NULL ? item->texts[i] : "")
                : snprintf(text + used, bytes - used, "%s%s=0x%" PRIx64, i > 0 ? " " : "",
                           item->type->fields[i], item->args[i]);

        used += length > 0 ? (size_t)length : 0;
    }
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool begins(const char *text, const char *part)
{
    while (*part != '\0' && lower(*text) == lower(*part)) {
        text++;
        part++;
    }
    return *part == '\0';
}

static bool has_part(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        if (begins(text, part)) return true;
    }
    return false;
}

static bool is_sought(const struct tui *tui, uint64_t index)
{
    char fields[LINE_BYTES];
    char text[2 * LINE_BYTES];
    struct trace_item item;

    if (!target_event(&tui->target, seq_at(tui, index), &item)) return false;
    fields_text(&item, fields, sizeof(fields));
    (void)snprintf(text, sizeof(text), "%s %s %s %s", item.device, target_device_name(item.device),
                   item.type->name, fields);
    return has_part(text, tui->events.pattern);
}

/* From the selected one on, and around the end. */
void pane_events_search(struct tui *tui, bool is_back)
{
    struct list *list = &tui->events.list;
    uint64_t count = total(tui);
    uint64_t at = list->selected;
    bool is_found = false;

    if (tui->events.pattern[0] == '\0') {
        tui_message(tui, SHEET_NORMAL, "nothing was searched for yet: /");
        return;
    }
    tui_motion_begin(tui);
    for (uint64_t i = 1; i <= count && !is_found; i++) {
        if (i % LOOK_INTERVAL == 0 && !tui_motion_goes_on(tui, "searching", i, count)) break;
        at = is_back ? (at > 0 ? at - 1 : count - 1) : (at + 1 < count ? at + 1 : 0);
        is_found = is_sought(tui, at);
    }
    tui_motion_end(tui);
    if (!is_found) {
        tui_message(tui, SHEET_ERROR, "not found: %s", tui->events.pattern);
        return;
    }
    if (is_back ? at >= list->selected : at <= list->selected) {
        tui_message(tui, SHEET_NORMAL, "around the %s", is_back ? "beginning" : "end");
    }
    list_center(list, at);
    pane_events_selection_moved(tui);
}

/* ---- Drawing ---- */

static enum sheet_style style_of(const struct tui *tui, const struct trace_item *item)
{
    switch (item->type->level) {
    case TRACE_LEVEL_GUEST_ERROR: return SHEET_ERROR;
    case TRACE_LEVEL_UNIMPL: return SHEET_UNIMPL;
    case TRACE_LEVEL_NORMAL: break;
    }
    return item->seq > tui->target.here.seq ? SHEET_DIM : SHEET_NORMAL;
}

/* What colours tell is also told by a sign, for those who have none. */
static const char *sign_of(const struct trace_item *item)
{
    switch (item->type->level) {
    case TRACE_LEVEL_GUEST_ERROR: return "!";
    case TRACE_LEVEL_UNIMPL: return "?";
    case TRACE_LEVEL_NORMAL: break;
    }
    return " ";
}

static int digits(uint64_t value)
{
    int count = 1;

    for (; value > 9; value /= 10) {
        count++;
    }
    return count;
}

static void draw_row(struct tui *tui, struct sheet_pen *pen, uint64_t seq)
{
    struct trace_item item;
    enum sheet_style style;
    char text[LINE_BYTES];
    int left = pen->left;
    int x;

    pen->left = 0;
    if (seq == tui->target.here.seq) {
        pen_sign(pen, SHEET_HERE, SHEET_ARROW);
    }
    if (!target_event(&tui->target, seq, &item)) {
        pen_print(pen, SHEET_DIM, " %" PRIu64 " cannot be read", seq);
        return;
    }
    style = style_of(tui, &item);
    if (debugger_breakpoint_of(tui->config.debugger, &item) != 0 && seq != tui->target.here.seq) {
        pen_sign(pen, SHEET_ERROR, SHEET_STOP);
    }
    pen_pad(pen, style, 1, false);
    pen_text(pen, style, sign_of(&item));
    pen_print(pen, style, "%*" PRIu64 " ", digits(tui->target.last_event), item.seq);
    target_time(item.when, true, text, sizeof(text));
    pen_print(pen, style, "%*s %u ", digits(tui->target.last.when / VTIME_S(1)) + 7, text,
              item.core);
    x = pen->x;
    pen_text(pen, style, target_device_name(item.device));
    pen_pad(pen, style, x + (pen->area.width < WIDE_COLUMNS ? DEVICE_WIDTH : WIDE_WIDTH), true);
    x = pen->x;
    pen_text(pen, style, item.type->name);
    pen_pad(pen, style, x + EVENT_WIDTH, true);
    fields_text(&item, text, sizeof(text));
    pen->area.x += pen->x;
    pen->area.width -= pen->x;
    pen->x = 0;
    pen->left = left;
    pen_text(pen, style, text);
}

static void draw(struct tui *tui, struct sheet_area area, bool has_focus)
{
    struct pane_events *events = &tui->events;
    bool is_new_size = (int)events->list.rows != area.height;

    list_fit(&events->list, total(tui), area.height);
    if (is_new_size) {
        list_center(&events->list, events->list.selected);
    }
    for (int row = 0; row < area.height; row++) {
        uint64_t index = events->list.top + (uint64_t)row;
        struct sheet_pen pen = pane_row(tui, area, row, events->left);

        if (index >= total(tui)) break;
        draw_row(tui, &pen, seq_at(tui, index));
        if (index == events->list.selected) {
            pane_mark(tui, area, row);
        }
    }
    if (total(tui) == 0) {
        struct sheet_pen pen = pane_row(tui, area, 0, 0);

        pen_text(&pen, SHEET_DIM, events->filter ? "no event fits the filter" : "no events yet");
    }
    (void)has_focus;
}

static bool act(struct tui *tui, enum tui_action action)
{
    struct pane_events *events = &tui->events;
    struct trace_item item;
    char line[64];

    if (pane_left_act(&events->left, action)) return true;
    if (pane_list_act(&events->list, action)) {
        pane_events_selection_moved(tui);
        return true;
    }
    if (action == ACTION_PRESENT) {
        show_present(tui);
        pane_device_follow(tui, false);
        return true;
    }
    if (action == ACTION_ENTER && pane_events_selected(tui, &item)) {
        (void)snprintf(line, sizeof(line), "goto ev %" PRIu64, item.seq);
        tui_motion_command(tui, line, false);
        return true;
    }
    return false;
}

static bool pick(struct tui *tui, int row)
{
    bool was_selected = pane_list_pick(&tui->events.list, row);

    pane_events_selection_moved(tui);
    return was_selected;
}

static void scroll(struct tui *tui, int lines)
{
    list_scroll(&tui->events.list, lines);
    pane_events_selection_moved(tui);
}

static void detail(struct tui *tui, char *text, size_t bytes)
{
    if (tui->events.filter != NULL) {
        (void)snprintf(text, bytes, "%s: %zu", tui->events.filter_text, tui->events.seq_count);
    } else {
        (void)snprintf(text, bytes, "%" PRIu64, total(tui));
    }
}

const struct pane_kind pane_events_kind = {
    .draw = draw,
    .act = act,
    .pick = pick,
    .scroll = scroll,
    .refresh = refresh,
    .detail = detail,
};
