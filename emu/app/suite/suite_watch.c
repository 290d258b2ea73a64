/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See suite_watch.h. A boot makes some thousand events in a second of the host, and most are of no interest to any filter:
 * what all of them say of a kind of event (a device and a description) is found out when the first of its kind comes, and
 * from then on it takes one look into a table.
 */
#include "emu/app/suite/suite_watch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/core/device.h"
#include "emu/core/trace.h"
#include "emu/debug/trace/filter.h"
#include "emu/machine/instant.h"
#include "emu/machine/machine.h"

#define EXCEPTIONS_MAX 256u
#define LINE_BYTES     512u
/* A room for each kind that there can be, and as many again, so that nobody looks for long. */
#define KIND_ROOM     2u
#define KINDS_MIN     64u
#define HASH_MULTIPLE UINT64_C(0x9e3779b97f4a7c15)

static_assert(SUITE_WATCHES_MAX <= 64, "a bit of a word for each");

struct event_watch {
    struct trace_filter *filter; /* NULL: free */
    bool stops;
    uint64_t count;
    vtime when;
    char first[LINE_BYTES];
};

/* What is known of a kind of event. Addresses say only whether two are the same. */
struct kind {
    const struct device *device;
    const struct trace_desc *desc; /* NULL: free */
    uint64_t generation;           /* of the watches for which the rest holds */
    uint64_t always;               /* a bit for each that lets all through */
    uint64_t sometimes;            /* ... that is to be asked */
    enum trace_fit complaint;
};

struct suite_watch {
    struct machine *machine;
    struct observer *observer;
    bool has_sink;
    uint64_t generation; /* grows with each change of what follows */
    struct event_watch watch[SUITE_WATCHES_MAX];
    bool is_strict;
    bool is_complete;
    struct trace_filter *except[EXCEPTIONS_MAX];
    size_t except_count;
    char complaint[LINE_BYTES]; /* empty: none */
    struct kind *kinds;
    size_t kind_room;  /* a power of two */
    size_t kind_count; /* at most 3/4 of it */
    struct trace_scratch scratch;
};

/* ---- Kinds ---- */

static const char *path_of(const struct device *device)
{
    return device != NULL ? device->path : "machine";
}

static enum trace_fit complaint_fit(const struct suite_watch *watch, const struct kind *kind)
{
    enum trace_fit fit = TRACE_FIT_ALWAYS;

    switch (kind->desc->level) {
    case TRACE_LEVEL_NORMAL: return TRACE_FIT_NEVER;
    case TRACE_LEVEL_GUEST_ERROR: return watch->is_strict ? TRACE_FIT_ALWAYS : TRACE_FIT_NEVER;
    case TRACE_LEVEL_UNIMPL: break;
    }
    if (!watch->is_complete) return TRACE_FIT_NEVER;
    for (size_t i = 0; i < watch->except_count; i++) {
        const enum trace_fit except =
            trace_filter_fit(watch->except[i], path_of(kind->device), kind->desc->name);

        if (except == TRACE_FIT_ALWAYS) return TRACE_FIT_NEVER;
        if (except == TRACE_FIT_SOMETIMES) {
            fit = TRACE_FIT_SOMETIMES;
        }
    }
    return fit;
}

static void judge_kind(const struct suite_watch *watch, struct kind *kind)
{
    kind->generation = watch->generation;
    kind->always = 0;
    kind->sometimes = 0;
    kind->complaint = complaint_fit(watch, kind);
    for (size_t i = 0; i < SUITE_WATCHES_MAX; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        enum trace_fit fit;

        if (watch->watch[i].filter == NULL) continue;
        fit = trace_filter_fit(watch->watch[i].filter, path_of(kind->device), kind->desc->name);
        kind->always |= fit == TRACE_FIT_ALWAYS ? bit : 0;
        kind->sometimes |= fit == TRACE_FIT_SOMETIMES ? bit : 0;
    }
}

/* In `room` when the table is full. */
static const struct kind *find_kind(struct suite_watch *watch, const struct trace_record *record,
                                    struct kind *room)
{
    const uint64_t key = (uint64_t)(uintptr_t)record->device * 31 + (uintptr_t)record->desc;
    size_t at = (size_t)(key * HASH_MULTIPLE >> 32) & (watch->kind_room - 1);
    struct kind *kind = &watch->kinds[at];

    while (kind->desc != NULL && (kind->desc != record->desc || kind->device != record->device)) {
        at = (at + 1) & (watch->kind_room - 1);
        kind = &watch->kinds[at];
    }
    if (kind->desc != NULL && kind->generation == watch->generation) return kind;
    if (kind->desc == NULL && watch->kind_count >= watch->kind_room / 4 * 3) {
        kind = room;
    } else if (kind->desc == NULL) {
        watch->kind_count++;
    }
    kind->device = record->device;
    kind->desc = record->desc;
    judge_kind(watch, kind);
    return kind;
}

/* ---- Events ---- */

static void take(struct suite_watch *watch, struct event_watch *event,
                 const struct trace_record *record)
{
    if (event->count++ == 0) {
        event->when = record->when;
        (void)trace_format(record, event->first, sizeof(event->first));
    }
    if (event->stops) machine_break(watch->machine);
}

static bool is_excepted(const struct suite_watch *watch, const struct trace_item *item)
{
    for (size_t i = 0; i < watch->except_count; i++) {
        if (trace_filter_matches(watch->except[i], item)) return true;
    }
    return false;
}

static void complain(struct suite_watch *watch, const struct trace_record *record)
{
    if (watch->complaint[0] == '\0') {
        (void)trace_format(record, watch->complaint, sizeof(watch->complaint));
    }
    machine_break(watch->machine);
}

static void on_record(void *ctx, const struct trace_record *record)
{
    struct suite_watch *watch = ctx;
    struct trace_item item;
    struct kind room;
    const struct kind *kind = find_kind(watch, record, &room);
    uint64_t fits = kind->always;
    uint64_t asked = kind->sometimes;
    enum trace_fit complaint = kind->complaint;

    if ((fits | asked) == 0 && complaint == TRACE_FIT_NEVER) return;
    if (asked != 0 || complaint == TRACE_FIT_SOMETIMES) {
        trace_item_view(record, &watch->scratch, &item);
    }
    for (size_t i = 0; asked != 0; i++, asked >>= 1) {
        if ((asked & 1) != 0 && trace_filter_matches(watch->watch[i].filter, &item)) {
            fits |= UINT64_C(1) << i;
        }
    }
    for (size_t i = 0; fits != 0; i++, fits >>= 1) {
        if ((fits & 1) != 0) take(watch, &watch->watch[i], record);
    }
    if (complaint == TRACE_FIT_ALWAYS ||
        (complaint == TRACE_FIT_SOMETIMES && !is_excepted(watch, &item))) {
        complain(watch, record);
    }
}

/* The sink is there while somebody wants to know. */
static int follow(struct suite_watch *watch, struct error *err)
{
    const struct trace_sink sink = {.record = on_record, .ctx = watch};
    bool is_wanted = watch->is_strict || watch->is_complete;

    watch->generation++;
    for (size_t i = 0; i < SUITE_WATCHES_MAX; i++) {
        is_wanted = is_wanted || watch->watch[i].filter != NULL;
    }
    if (is_wanted == watch->has_sink) return 0;
    if (!is_wanted) {
        trace_remove_sink(machine_trace(watch->machine), watch);
    } else if (!trace_add_sink(machine_trace(watch->machine), &sink)) {
        return error_host(err, "too many look at the trace");
    }
    watch->has_sink = is_wanted;
    return 0;
}

/* ---- Filters ---- */

static struct trace_filter *make_filter(struct suite_watch *watch, const char *text,
                                        struct error *err)
{
    struct trace_filter *filter = observer_filter(watch->observer, text, err);
    size_t count;
    const struct trace_kind *kinds = observer_kinds(watch->observer, &count);

    if (filter == NULL || trace_filter_check_patterns(filter, kinds, count, err) == 0)
        return filter;
    trace_filter_destroy(filter);
    return NULL;
}

int suite_watch_events(struct suite_watch *watch, const char *filter, bool stops, unsigned *number,
                       struct error *err)
{
    struct event_watch *event = watch->watch;

    while (event < watch->watch + SUITE_WATCHES_MAX && event->filter != NULL) {
        event++;
    }
    if (event == watch->watch + SUITE_WATCHES_MAX) {
        return error_usage(err, "at most %u filters can look at events at a time",
                           SUITE_WATCHES_MAX);
    }
    *event = (struct event_watch){.filter = make_filter(watch, filter, err), .stops = stops};
    if (event->filter == NULL) return -1;
    *number = (unsigned)(event - watch->watch);
    if (follow(watch, err) == 0) return 0;
    suite_watch_drop(watch, *number);
    return -1;
}

void suite_watch_drop(struct suite_watch *watch, unsigned number)
{
    trace_filter_destroy(watch->watch[number].filter);
    watch->watch[number].filter = NULL;
    (void)follow(watch, NULL);
}

uint64_t suite_watch_count(const struct suite_watch *watch, unsigned number)
{
    return watch->watch[number].count;
}

const char *suite_watch_first(const struct suite_watch *watch, unsigned number, vtime *when)
{
    *when = watch->watch[number].when;
    return watch->watch[number].first;
}

/* ---- Complaints ---- */

static void forget_tolerance(struct suite_watch *watch)
{
    for (size_t i = 0; i < watch->except_count; i++) {
        trace_filter_destroy(watch->except[i]);
    }
    watch->except_count = 0;
    watch->is_strict = false;
    watch->is_complete = false;
    watch->complaint[0] = '\0';
}

static int take_exceptions(struct suite_watch *watch, const struct suite_tolerance *tolerance,
                           struct error *err)
{
    if (tolerance->except_count > EXCEPTIONS_MAX) {
        return error_usage(err, "at most %u exceptions can be made", EXCEPTIONS_MAX);
    }
    for (size_t i = 0; i < tolerance->except_count; i++) {
        struct trace_filter *filter = make_filter(watch, tolerance->except[i], err);

        if (filter == NULL) return -1;
        watch->except[watch->except_count++] = filter;
    }
    return 0;
}

int suite_watch_tolerate(struct suite_watch *watch, const struct suite_tolerance *tolerance,
                         struct error *err)
{
    forget_tolerance(watch);
    if (take_exceptions(watch, tolerance, err) == 0) {
        watch->is_strict = tolerance->is_strict;
        watch->is_complete = tolerance->is_complete;
        if (follow(watch, err) == 0) return 0;
    }
    forget_tolerance(watch);
    (void)follow(watch, NULL);
    return -1;
}

const char *suite_watch_complaint(const struct suite_watch *watch)
{
    return watch->complaint[0] != '\0' ? watch->complaint : NULL;
}

/* ---- Values ---- */

enum observer_result suite_watch_value(struct suite_watch *watch, const char *expression,
                                       uint64_t *value, struct error *err)
{
    return observer_value(watch->observer, expression, value, err);
}

/* ---- Life ---- */

static int make_table(struct suite_watch *watch, struct error *err)
{
    size_t count;

    (void)observer_kinds(watch->observer, &count);
    watch->kind_room = KINDS_MIN;
    while (watch->kind_room < count * KIND_ROOM) {
        watch->kind_room *= 2;
    }
    watch->kinds = calloc(watch->kind_room, sizeof(*watch->kinds));
    return watch->kinds != NULL ? 0 : error_host(err, "no memory for kinds of events");
}

struct suite_watch *suite_watch_create(struct machine *machine, const struct symbols *symbols,
                                       struct error *err)
{
    struct suite_watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL) {
        (void)error_host(err, "no memory to watch a machine");
        return NULL;
    }
    watch->machine = machine;
    watch->observer = observer_create(machine, symbols, err);
    if (watch->observer != NULL && make_table(watch, err) == 0) return watch;
    suite_watch_destroy(watch);
    return NULL;
}

void suite_watch_clear(struct suite_watch *watch)
{
    for (size_t i = 0; i < SUITE_WATCHES_MAX; i++) {
        trace_filter_destroy(watch->watch[i].filter);
        watch->watch[i] = (struct event_watch){.filter = NULL};
    }
    forget_tolerance(watch);
    (void)follow(watch, NULL);
}

void suite_watch_destroy(struct suite_watch *watch)
{
    if (watch == NULL) return;
    suite_watch_clear(watch);
    observer_destroy(watch->observer);
    free(watch->kinds);
    free(watch);
}
