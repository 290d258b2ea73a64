/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a history hears of its machine: inputs, beats and events. In a run that is new they go into the
 * recording; in one that is repeated they are compared with it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/core/trace.h"
#include "emu/debug/replay/history_internal.h"

#define EVENT_TEXT_BYTES 160
/* Of host time, a checkpoint costs at most one part in so many. */
#define CHECKPOINT_SHARE 10u
/* Without host time. */
#define CHECKPOINT_SPACING VTIME_S(1)
/* Those of a run that has a file all go there: it is to stay small, and whoever opens it begins at the last one.
 * Of a guest that waits, a second is over in no time. */
#define FILED_SPACING    VTIME_MS(500)
#define PROGRESS_SPACING UINT64_C(100000000) /* ns */

void history_diverge(struct history *history, const char *format, ...)
{
    va_list args;

    if (history->is_diverged) return;
    history->is_diverged = true;
    history->divergence = (struct error)ERROR_INIT;
    history->divergence.kind = ERROR_HOST;
    va_start(args, format);
    (void)vsnprintf(history->divergence.text, sizeof(history->divergence.text), format, args);
    va_end(args);
    machine_break(history->config.machine);
}

/* ---- Events ---- */

static void compare_event(struct history *history, const struct trace_record *record)
{
    struct trace_item item;
    char recorded[EVENT_TEXT_BYTES] = "(cannot be read)";
    char repeated[EVENT_TEXT_BYTES];

    if (trace_log_agrees(recording_events(history->config.recording), record)) {
        history->stats.checked_events++;
        return;
    }
    if (history->is_diverged) return;
    if (history->events.get(history->events.ctx, record->seq, &item)) {
        (void)trace_item_format(&item, recorded, sizeof(recorded));
    }
    (void)trace_format(record, repeated, sizeof(repeated));
    history_diverge(history,
                    "the run does not go as it was recorded: event %" PRIu64
                    " was \"%s\", and is \"%s\" now",
                    record->seq, recorded, repeated);
}

void history_note_spot(struct history *history, struct history_spot *spot)
{
    machine_get_instant(history->config.machine, &spot->at);
    spot->at.looked = 0;
    spot->is_edge = machine_is_at_edge(history->config.machine);
}

static void on_event(void *ctx, const struct trace_record *record)
{
    struct history *history = ctx;

    if (record->seq <= history->last_seq) {
        compare_event(history, record);
    } else if (!history->is_replaying) {
        if (trace_log_append(recording_events(history->config.recording), record)) {
            history->last_seq = record->seq;
        } else {
            (void)error_host(&history->trouble, "out of memory for the events of the run");
        }
    }
    if (record->seq >= history->wanted_seq) {
        history->wanted_seq = UINT64_MAX;
        history->has_wanted = true;
        history_note_spot(history, &history->wanted_at);
        machine_break(history->config.machine);
    }
}

/* Made with the machine, before anybody could listen: the ring still has them. One that comes from a snapshot has
 * none, and an older recording none of them. */
int history_take_power_on(struct history *history, struct error *err)
{
    struct recording *recording = history->config.recording;
    const struct trace *trace = machine_trace(history->config.machine);
    struct trace_log *log = recording_events(recording);
    uint64_t first;
    uint64_t last;

    history->events.range(history->events.ctx, &first, &last);
    if (!history->config.is_live && first > last) return 0;
    for (uint64_t seq = first; seq <= trace_seq(trace); seq++) {
        const struct trace_record *record = trace_find(trace, seq);

        if (record == NULL) continue;
        if (!history->config.is_live) {
            compare_event(history, record);
        } else if (!trace_log_append(log, record)) {
            return error_host(err, "out of memory for the events of the run");
        }
    }
    return history->is_diverged ? error_host(err, "%s", history->divergence.text) : 0;
}

/* ---- Inputs ---- */

static void add_input(struct history *history, struct recording_input *input)
{
    machine_get_instant(history->config.machine, &input->at);
    input->seq = trace_seq(machine_trace(history->config.machine));
    if (!recording_add_input(history->config.recording, input)) {
        (void)error_host(&history->trouble, "an input of the run cannot be recorded");
    }
    history->next_input++;
}

static void on_input(void *ctx, const struct inbox_message *message)
{
    struct recording_input input = {.kind = RECORDING_MESSAGE, .message = *message};

    add_input(ctx, &input);
}

static void on_fault(void *ctx, const struct dram_fault *fault, size_t index)
{
    struct history *history = ctx;
    struct recording_input input = {.kind = fault != NULL ? RECORDING_FAULT : RECORDING_REPAIR,
                                    .index = index};

    if (history->is_delivering) return;
    if (history->is_replaying) {
        history_diverge(history, "memory was changed by hand before the end of the recorded run");
        return;
    }
    if (fault != NULL) input.fault = *fault;
    add_input(history, &input);
}

/* ---- Beats ---- */

void history_fill_beat(struct history *history, struct recording_beat *beat)
{
    struct machine *machine = history->config.machine;

    machine_get_instant(machine, &beat->at);
    beat->when = machine_look_now(machine);
    beat->seq = trace_seq(machine_trace(machine));
    beat->hash = trace_hash(machine_trace(machine));
}

/* The recorded beat at the same instant. A machine that waits passes beats at edges that depend on who runs
 * it: such a beat need not be there. */
static const struct recording_beat *find_beat(const struct history *history,
                                              const struct machine_instant *at)
{
    const struct recording *recording = history->config.recording;
    size_t low = 0;
    size_t high = recording_beat_count(recording);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (history_compare(history, &recording_beat(recording, middle)->at, at) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == recording_beat_count(recording)) return NULL;
    return history_compare(history, &recording_beat(recording, low)->at, at) == 0
               ? recording_beat(recording, low)
               : NULL;
}

static void compare_beat(struct history *history, const struct recording_beat *beat)
{
    const struct recording_beat *recorded = find_beat(history, &beat->at);

    if (recorded == NULL) return;
    if (recorded->seq == beat->seq && recorded->hash == beat->hash) {
        history->stats.checked_beats++;
        return;
    }
    history_diverge(history,
                    "the run does not go as it was recorded: at %" PRIu64 " us there were %" PRIu64
                    " events with the hash %016" PRIx64 ", and are %" PRIu64 " with %016" PRIx64
                    " now",
                    beat->when / VTIME_US(1), recorded->seq, recorded->hash, beat->seq, beat->hash);
}

static uint64_t host_ns(const struct history *history)
{
    return history->config.host_ns != NULL ? history->config.host_ns(history->config.host_ctx) : 0;
}

static bool is_time_for_one(const struct history *history, vtime now)
{
    if (history->config.host_ns == NULL)
        return !history->is_replaying && now - history->checkpoint_key >= CHECKPOINT_SPACING;
    return host_ns(history) - history->checkpoint_ended >=
           (CHECKPOINT_SHARE - 1) * history->checkpoint_cost;
}

static void take(struct history *history, const struct recording_beat *beat,
                 enum checkpoint_kind kind)
{
    const struct checkpoint place = {
        .key = beat->at.edge, .at = *beat, .next_input = history->next_input};
    const uint64_t before = host_ns(history);

    if (history->trouble.kind != ERROR_NONE || history->is_diverged) return;
    if (checkpoints_take(history->checkpoints, &place, kind, &history->trouble) != 0) return;
    history->checkpoint_ended = host_ns(history);
    history->checkpoint_cost = history->checkpoint_ended - before;
    if (kind == CHECKPOINT_FILED) {
        history->has_filed = true;
        history->filed_key = place.key;
    }
    if (kind != CHECKPOINT_EXTRA) history->checkpoint_key = place.key;
}

static void take_regular(struct history *history, const struct recording_beat *beat)
{
    const bool is_filed = history->config.is_filed;
    const vtime now = beat->at.edge;

    if (is_filed && history->has_filed && now - history->filed_key < FILED_SPACING) return;
    if (!is_time_for_one(history, now)) return;
    take(history, beat, is_filed ? CHECKPOINT_FILED : CHECKPOINT_KEPT);
}

/* Those that were planned for the way, and in a stretch that takes long as many as while recording: it will be
 * asked for again. */
static void take_extra(struct history *history, const struct recording_beat *beat)
{
    bool is_due = is_time_for_one(history, beat->at.edge);

    while (history->extra_count > 0 && history->extras[history->extra_count - 1] <= beat->at.edge) {
        history->extra_count--;
        is_due = true;
    }
    if (is_due && !checkpoints_has(history->checkpoints, beat->at.edge)) {
        take(history, beat, CHECKPOINT_EXTRA);
    }
}

static void tell_progress(struct history *history, vtime now)
{
    const uint64_t ns = host_ns(history);
    const vtime from = history->progress_from;
    const vtime to = history->progress_to;
    int permille = -1;

    if (history->progress == NULL) return;
    if (history->config.host_ns != NULL && ns - history->progress_told < PROGRESS_SPACING) return;
    history->progress_told = ns;
    if (to != VTIME_NEVER && to > from) {
        const vtime passed = min_u64(max_u64(now, from), to) - from;

        permille = (int)min_u64((history->progress_done + passed) / ((to - from) / 1000 + 1), 1000);
    }
    history->progress(history->progress_ctx, permille);
}

static void on_beat(void *ctx)
{
    struct history *history = ctx;
    struct recording_beat beat;

    history_fill_beat(history, &beat);
    if (history->is_replaying) {
        compare_beat(history, &beat);
        take_extra(history, &beat);
    } else {
        if (!recording_add_beat(history->config.recording, &beat)) {
            (void)error_host(&history->trouble, "a beat of the run cannot be recorded");
        }
        take_regular(history, &beat);
    }
    tell_progress(history, beat.when);
    if (atomic_load(&history->is_interrupted)) machine_break(history->config.machine);
}

/* ---- Connections ---- */

bool history_attach(struct history *history)
{
    const struct machine_observer observer = {
        .ctx = history, .input = on_input, .fault = on_fault, .beat = on_beat};
    const struct trace_sink sink = {.record = on_event, .ctx = history};

    machine_set_observer(history->config.machine, &observer);
    return trace_add_sink(machine_trace(history->config.machine), &sink);
}

void history_detach(struct history *history)
{
    machine_set_observer(history->config.machine, NULL);
    machine_set_inbox_closed(history->config.machine, false);
    trace_remove_sink(machine_trace(history->config.machine), history);
}

void history_set_replaying(struct history *history, bool on)
{
    history->is_replaying = on;
    machine_set_inbox_closed(history->config.machine, on);
}
