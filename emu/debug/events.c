/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: which of them a source is about, the last of those, and lists. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "devices/storage/nvme.h"

#define EVENTS_DEFAULT 20u

/* ---- What an event is about ---- */

static bool is_event(const struct trace_item *item, const struct device *device, const char *event)
{
    return strcmp(item->type->name, event) == 0 && strcmp(item->device, device->path) == 0;
}

static bool meets_register(const struct source *source, const struct trace_item *item,
                           struct hit *hit)
{
    const bool is_write = strcmp(item->type->name, "reg_write") == 0;

    if (is_write ? !source->on_write : !source->on_read) return false;
    if (!is_event(item, source->device, is_write ? "reg_write" : "reg_read")) return false;
    if (item->texts[0] == NULL || strcmp(item->texts[0], source->place.reg->name) != 0)
        return false;
    if (source->has_index && item->args[1] != source->place.index) return false;
    hit->is_write = is_write;
    hit->index = (unsigned)item->args[1];
    hit->written = item->args[2];
    hit->value = is_write ? item->args[3] : item->args[2];
    hit->has_value = true;
    return true;
}

static bool meets_line(const struct source *source, const struct trace_item *item, struct hit *hit)
{
    if (!is_event(item, source->device, "irq_line") || item->texts[0] == NULL) return false;
    hit->value = item->args[1];
    hit->has_value = true;
    hit->is_write = true;
    return strcmp(item->texts[0], source->line->name) == 0;
}

static bool meets_lapic(const struct source *source, const struct trace_item *item, struct hit *hit)
{
    hit->value = item->args[0];
    hit->has_value = true;
    hit->is_write = true;
    return is_event(item, source->device, "accept") && item->args[0] == source->first;
}

static bool meets_blocks(const struct source *source, const struct trace_item *item,
                         struct hit *hit)
{
    uint64_t opcode;
    uint64_t lba;
    uint64_t blocks;
    const char *text;

    if (strcmp(item->type->name, "nvme_io") != 0) return false;
    if (!trace_item_field(item, "opcode", &opcode, &text) ||
        !trace_item_field(item, "lba", &lba, &text) ||
        !trace_item_field(item, "blocks", &blocks, &text))
        return false;
    hit->is_write = opcode == NVME_CMD_WRITE || opcode == NVME_CMD_WRITE_ZEROES;
    if (hit->is_write ? !source->on_write : !source->on_read) return false;
    return blocks > 0 && lba <= source->last && lba + (blocks - 1) >= source->first;
}

bool source_has_events(const struct source *source)
{
    static const bool has_events[SOURCE_PC + 1] = {
        [SOURCE_REG] = true, [SOURCE_LINE] = true,  [SOURCE_LAPIC] = true,
        [SOURCE_LBA] = true, [SOURCE_EVENT] = true,
    };

    if (source->kind == SOURCE_REG && source->place.reg->is_quiet) return false;
    return has_events[source->kind];
}

static bool meets(const struct source *source, const struct trace_item *item, struct hit *hit)
{
    switch (source->kind) {
    case SOURCE_REG: return meets_register(source, item, hit);
    case SOURCE_LINE: return meets_line(source, item, hit);
    case SOURCE_LAPIC: return meets_lapic(source, item, hit);
    case SOURCE_LBA: return meets_blocks(source, item, hit);
    case SOURCE_EVENT:
        hit->is_write = true;
        return source_event_matches(source, item->device, item->type->name);
    case SOURCE_BAR:
    case SOURCE_MEM:
    case SOURCE_PHYS:
    case SOURCE_PORT:
    case SOURCE_VECTOR:
    case SOURCE_MSR:
    case SOURCE_PIXEL:
    case SOURCE_PC: break;
    }
    return false;
}

bool source_meets_kind(const struct source *source, const struct trace_kind *kind)
{
    static const char *const names[SOURCE_PC + 1][2] = {
        [SOURCE_REG] = {"reg_read", "reg_write"},
        [SOURCE_LINE] = {"irq_line"},
        [SOURCE_LAPIC] = {"accept"},
        [SOURCE_LBA] = {"nvme_io"},
    };

    if (source->kind == SOURCE_EVENT) {
        return source_event_matches(source, kind->device, kind->desc->name);
    }
    if (source->device != NULL && strcmp(source->device->path, kind->device) != 0) return false;
    for (size_t i = 0; i < 2 && names[source->kind][i] != NULL; i++) {
        if (strcmp(names[source->kind][i], kind->desc->name) == 0) return true;
    }
    return false;
}

bool source_meets_item(const struct source *source, const struct trace_item *item, struct hit *hit)
{
    *hit = (struct hit){.number = 0};
    if (!meets(source, item, hit)) return false;
    hit->has_item = true;
    hit->item = item;
    hit->seq = item->seq;
    hit->cause = item->cause;
    hit->when = item->when;
    hit->core = item->core;
    hit->pc = item->pc;
    return true;
}

bool events_find_back(struct debugger *debugger, const struct source *source, uint64_t seq,
                      struct trace_item *item)
{
    struct trace_items events = history_events(debugger->config.history);
    struct hit hit;
    uint64_t first;
    uint64_t last;

    events.range(events.ctx, &first, &last);
    for (seq = seq < last ? seq : last; seq >= first && seq > 0; seq--) {
        if (!events.get(events.ctx, seq, item)) continue;
        if (source_meets_item(source, item, &hit) && hit.is_write) return true;
    }
    return false;
}

/* ---- Lists ---- */

void print_item(struct debugger *debugger, const struct trace_item *item)
{
    char text[512];

    (void)trace_item_format(item, text, sizeof(text));
    debugger_print(debugger, "%s\n", text);
}

/* N..M or N; false: it is no span. */
static bool parse_span(const char *text, struct event_span *span)
{
    const char *dots = strstr(text, "..");
    char first[24];

    if (dots == NULL) {
        if (!number_parse(text, &span->first)) return false;
        span->last = span->first;
        return true;
    }
    (void)snprintf(first, sizeof(first), "%.*s", (int)(dots - text < 23 ? dots - text : 23), text);
    return number_parse(first, &span->first) && number_parse(dots + 2, &span->last);
}

static void print_span(struct debugger *debugger, struct event_span span,
                       const struct trace_filter *filter, bool is_all)
{
    struct trace_items events = history_events(debugger->config.history);
    struct trace_item item;
    uint64_t first;
    uint64_t last;
    unsigned lines = 0;

    events.range(events.ctx, &first, &last);
    span.first = span.first > first ? span.first : first;
    span.last = span.last < last ? span.last : last;
    for (uint64_t seq = span.first; seq <= span.last && seq != 0; seq++) {
        if (!events.get(events.ctx, seq, &item)) continue;
        if (filter != NULL && !trace_filter_matches(filter, &item)) continue;
        if (++lines > DEBUGGER_LINES_MAX && !is_all) {
            debugger_print(debugger,
                           "... 'events %" PRIu64 "..%" PRIu64 "' goes on; "
                           "'events all N..M' shows all\n",
                           seq, span.last);
            return;
        }
        print_item(debugger, &item);
    }
    if (lines == 0) {
        debugger_print(debugger, "no such events\n");
    }
}

int do_events(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct history_place here;
    struct event_span span;
    struct trace_filter *filter = NULL;
    unsigned at = 1;
    bool is_all = false;

    history_here(debugger->config.history, &here);
    span.last = here.seq;
    span.first = here.seq > EVENTS_DEFAULT ? here.seq - EVENTS_DEFAULT + 1 : 1;
    if (at < words->count && strcmp(words->word[at], "all") == 0) {
        is_all = true;
        at++;
    }
    if (at < words->count && parse_span(words->word[at], &span)) {
        at++;
    } else if (at < words->count) {
        span.first = 1;
    }
    if (at < words->count) {
        filter = debugger_filter(debugger, words->rest[at], err);
        if (filter == NULL) return -1;
    }
    print_span(debugger, span, filter, is_all);
    if (filter != NULL) {
        trace_filter_destroy(filter);
    }
    return 0;
}

/* ---- Kinds ---- */

int info_events(struct debugger *debugger, const struct words *words, struct error *err)
{
    (void)words;
    (void)err;
    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct device *device = debugger->observer->devices[i].device;

        for (size_t n = 0; device->class->events != NULL && device->class->events[n] != NULL; n++) {
            const struct trace_desc *desc = device->class->events[n];

            if (debugger->observer->devices[i].alias[0] == '\0') continue;
            debugger_print(debugger, "%s.%s", debugger->observer->devices[i].alias, desc->name);
            for (unsigned f = 0; f < TRACE_ARGS && desc->fields[f] != NULL; f++) {
                debugger_print(debugger, " %.*s", (int)strcspn(desc->fields[f], ":"),
                               desc->fields[f]);
            }
            debugger_print(debugger, "\n");
        }
    }
    debugger_print(debugger, "any device: reg_read reg_write irq_line guest_error unimplemented "
                             "reset reserved_read reserved_write\n");
    return 0;
}
