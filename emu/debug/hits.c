/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What probes saw: does the condition hold, is it a stop or a line of `trace`?
 *
 * Going forward, what comes behind the first stop of a motion belongs to instructions that the machine will
 * not have executed where it stops: it is not shown. Going back, the history runs a stretch
 * again and the last hit counts; so the newest hits are kept, and the one that fits the place is taken
 * (motion.c).
 *
 * A write is announced before it happens. A line of `trace` about one waits until something else is announced, or the motion
 * ends: then memory says what was written. A stop is made first and judged then (`is_late`).
 */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Values ---- */

static bool read_linear(struct debugger *debugger, unsigned core, uint64_t addr, unsigned bytes,
                        uint64_t *value)
{
    struct cpu *cpu = debugger_cpu(debugger, core);
    uint8_t data[8] = {0};

    if (cpu == NULL || !cpu_peek_linear(cpu, addr, data, bytes)) return false;
    *value = 0;
    for (unsigned i = bytes; i > 0; i--) {
        *value = *value << 8 | data[i - 1];
    }
    return true;
}

static uint64_t read_physical(struct debugger *debugger, uint64_t addr, unsigned bytes)
{
    struct bus *bus = machine_memory(debugger->config.machine);
    uint64_t value = 0;

    for (unsigned i = bytes; i > 0; i--) {
        value = value << 8 | bus_peek(bus, addr + i - 1, 1);
    }
    return value;
}

/* Of a range of up to eight bytes all of it, else what was touched. */
bool source_memory(struct debugger *debugger, const struct source *source, const struct hit *hit,
                   uint64_t *value)
{
    const bool is_small = source->last - source->first < 8;
    uint64_t addr = is_small ? source->first : hit->addr;
    unsigned bytes = is_small ? (unsigned)(source->last - source->first) + 1 : hit->bytes;

    if (source->kind == SOURCE_PIXEL) {
        if (!picture_place(debugger, source->x, source->y, &addr, &bytes)) return false;
        *value = read_physical(debugger, addr, bytes);
        return true;
    }
    if (bytes == 0 || bytes > 8) return false;
    if (source->kind == SOURCE_MEM) return read_linear(debugger, hit->core, addr, bytes, value);
    if (source->kind != SOURCE_PHYS) return false;
    *value = read_physical(debugger, addr, bytes);
    return true;
}

/* ---- Text ---- */

static size_t append(char *text, size_t bytes, size_t used, const char *more)
{
    int length;

    if (used >= bytes) return used;
    length = snprintf(text + used, bytes - used, "%s", more);
    return used + (length > 0 ? (size_t)length : 0);
}

static void change_text(const struct hit *hit, const char *what, char *text, size_t bytes)
{
    size_t used = append(text, bytes, 0, what);
    char part[64];

    if (hit->has_value) {
        (void)snprintf(part, sizeof(part), " %s 0x%" PRIx64, hit->is_write ? "<-" : "->",
                       hit->value);
        used = append(text, bytes, used, part);
    }
    if (hit->has_old) {
        (void)snprintf(part, sizeof(part), " (was 0x%" PRIx64 ")", hit->old);
        (void)append(text, bytes, used, part);
    }
}

static void memory_text(const struct hit *hit, const char *name, char *text, size_t bytes)
{
    char what[DEBUGGER_SOURCE_BYTES + 64];

    (void)snprintf(what, sizeof(what), "%s: %s of %u byte%s at 0x%" PRIx64 "%s", name,
                   hit->is_write ? "write" : "read", hit->bytes, hit->bytes == 1 ? "" : "s",
                   hit->addr, hit->is_dma ? " by DMA" : "");
    change_text(hit, what, text, bytes);
}

static void register_text(struct debugger *debugger, const struct source *source,
                          const struct hit *hit, char *text, size_t bytes)
{
    char what[DEBUGGER_SOURCE_BYTES];
    char index[16] = "";

    if (source->place.reg->count > 1) {
        (void)snprintf(index, sizeof(index), "[%u]", hit->index);
    }
    (void)snprintf(what, sizeof(what), "%s.%s%s", names_short(debugger->observer, source->device),
                   source->place.reg->name, index);
    change_text(hit, what, text, bytes);
    if (source->field != NULL && hit->has_value) {
        char part[64];

        (void)snprintf(part, sizeof(part), " %s=%" PRIu64, source->field->name,
                       field_value(source->field, hit->value));
        (void)append(text, bytes, strlen(text), part);
    }
}

static void event_text(struct debugger *debugger, const struct hit *hit, char *text, size_t bytes)
{
    struct trace_item room;
    const struct trace_item *item = hit_item(debugger, hit, &room);
    const char *alias;
    size_t used;
    char part[96];

    if (item == NULL) {
        (void)snprintf(text, bytes, "event %" PRIu64, hit->seq);
        return;
    }
    alias = trace_alias_of(item->device);
    (void)snprintf(part, sizeof(part), "%s %s", alias != NULL ? alias : item->device,
                   item->type->name);
    used = append(text, bytes, 0, part);
    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (item->type->is_text[i]) {
            (void)snprintf(part, sizeof(part), " %s=%s", item->type->fields[i],
                           item->texts[i] != NULL ? item->texts[i] : "");
        } else {
            (void)snprintf(part, sizeof(part), " %s=0x%" PRIx64, item->type->fields[i],
                           item->args[i]);
        }
        used = append(text, bytes, used, part);
    }
}

void hit_text(struct debugger *debugger, const struct source *source, const struct hit *hit,
              char *text, size_t bytes)
{
    char name[DEBUGGER_SOURCE_BYTES];

    (void)source_text(debugger, source, name);
    switch (source->kind) {
    case SOURCE_REG: register_text(debugger, source, hit, text, bytes); break;
    case SOURCE_MEM:
    case SOURCE_PHYS:
    case SOURCE_BAR:
    case SOURCE_PORT:
    case SOURCE_PIXEL: memory_text(hit, name, text, bytes); break;
    case SOURCE_MSR: change_text(hit, name, text, bytes); break;
    case SOURCE_VECTOR:
        (void)snprintf(text, bytes, "vector %" PRIu64 " (%s)", hit->value,
                       hit->is_external ? "interrupt" : "exception");
        break;
    case SOURCE_LINE:
    case SOURCE_LAPIC:
    case SOURCE_LBA:
    case SOURCE_EVENT: event_text(debugger, hit, text, bytes); break;
    case SOURCE_PC: (void)snprintf(text, bytes, "%s", name); break;
    }
}

/* ---- Taking ---- */

static void print_trace(struct debugger *debugger, unsigned number, const struct source *source,
                        const struct hit *hit)
{
    char text[320];
    char time[DEBUGGER_TIME_BYTES];
    char symbol[80];

    hit_text(debugger, source, hit, text, sizeof(text));
    debugger_print(debugger, "%u: %s core %u %" PRIx64 "%s %s\n", number,
                   time_text(hit->when, time), hit->core, hit->pc,
                   debugger_symbol(debugger, hit->pc, symbol, sizeof(symbol)), text);
}

void hit_flush(struct debugger *debugger)
{
    struct breakpoint *breakpoint;
    struct hit *hit = &debugger->pending;

    if (!debugger->has_pending) return;
    debugger->has_pending = false;
    hit->has_value = source_memory(debugger, &debugger->pending_source, hit, &hit->value);
    hit->written = hit->value;
    breakpoint = breakpoint_find(debugger, hit->number);
    if (breakpoint == NULL || !hit_holds(debugger, breakpoint, hit)) return;
    breakpoint->hits++;
    print_trace(debugger, hit->number, &debugger->pending_source, hit);
}

static bool waits_for_value(const struct source *source, const struct hit *hit)
{
    return hit->is_write && !hit->has_value &&
           (source->kind == SOURCE_MEM || source->kind == SOURCE_PHYS ||
            source->kind == SOURCE_PIXEL);
}

static void take_trace(struct debugger *debugger, struct breakpoint *breakpoint,
                       const struct hit *hit)
{
    if (debugger->is_back || debugger->has_stopped) return;
    if (waits_for_value(&breakpoint->source, hit)) {
        debugger->pending = *hit;
        debugger->pending.item = NULL;
        debugger->pending_source = breakpoint->source;
        debugger->has_pending = true;
        return;
    }
    if (!hit_holds(debugger, breakpoint, hit)) return;
    breakpoint->hits++;
    print_trace(debugger, breakpoint->number, &breakpoint->source, hit);
}

static void keep(struct debugger *debugger, const struct hit *hit)
{
    struct hit *kept = &debugger->recent[debugger->recent_count % DEBUGGER_RECENT];

    *kept = *hit;
    kept->item = NULL;
    debugger->recent_count++;
}

/* The record that led to what happens now; asking leaves no trace. */
static uint64_t present_cause(struct trace *trace)
{
    const uint64_t cause = trace_cause_begin(trace, 0);

    trace_cause_end(trace, cause);
    return cause;
}

void hit_take(struct debugger *debugger, struct breakpoint *breakpoint, struct hit *hit,
              bool is_behind)
{
    struct machine *machine = debugger->config.machine;
    struct trace *trace = machine_trace(machine);

    if (!debugger->is_moving) return;
    hit->number = breakpoint->number;
    machine_get_instant(machine, &hit->at);
    if (!hit->has_item) {
        hit->seq = trace_seq(trace);
        hit->when = machine_look_now(machine);
        hit->cause = present_cause(trace);
    }
    if (waits_for_value(&breakpoint->source, hit)) {
        hit->has_old = source_memory(debugger, &breakpoint->source, hit, &hit->old);
    }
    if (breakpoint->verb == VERB_TRACE) {
        take_trace(debugger, breakpoint, hit);
        return;
    }
    if (!breakpoint->is_late && !hit_holds(debugger, breakpoint, hit)) return;
    if (debugger->is_back || !debugger->has_stopped) {
        keep(debugger, hit);
    }
    debugger->has_stopped = true;
    history_hit(debugger->config.history, is_behind, breakpoint->number);
}
