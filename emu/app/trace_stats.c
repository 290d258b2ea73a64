/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray trace stats`: how many events of each kind, and what the guest did wrong. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/app.h"
#include "emu/app/trace_actions.h"
#include "emu/app/trace_print.h"
#include "emu/base/hash.h"
#include "emu/debug/trace/filter.h"

#define FIRST_ROOM 256u
#define PAUSES     3u

/* Events of one kind. Strings are the trace's. */
struct row {
    const char *device;
    const char *event;
    const char *what; /* "" where it does not matter */
    enum trace_level level;
    uint64_t hash;
    uint64_t count;
    uint64_t first_seq;
    uint64_t first_pc;
};

/* Rows by hash; `room` is a power of two and never full. A row without a count is free. */
struct table {
    struct row *rows;
    size_t count;
    size_t room;
};

struct pause {
    uint64_t seq; /* of the event behind it */
    vtime when;
    vtime length;
};

struct stats {
    struct table kinds;
    struct table problems;
    uint64_t count;
    uint64_t levels[TRACE_LEVEL_UNIMPL + 1];
    struct trace_item first;
    struct trace_item last;
    vtime begin; /* earliest and latest time */
    vtime end;
    struct pause pauses[PAUSES]; /* longest first */
};

/* ---- Tables ---- */

static struct row *find_row(const struct table *table, const struct row *key)
{
    size_t at = (size_t)(key->hash >> 20) & (table->room - 1);

    for (; table->rows[at].count > 0; at = (at + 1) & (table->room - 1)) {
        const struct row *row = &table->rows[at];

        if (row->hash == key->hash && row->level == key->level &&
            strcmp(row->device, key->device) == 0 && strcmp(row->event, key->event) == 0 &&
            strcmp(row->what, key->what) == 0) {
            break;
        }
    }
    return &table->rows[at];
}

static bool grow(struct table *table)
{
    struct table larger = {.count = table->count,
                           .room = table->room == 0 ? FIRST_ROOM : table->room * 2};

    if (table->room > 0 && table->count < table->room / 2) return true;
    larger.rows = calloc(larger.room, sizeof(*larger.rows));
    if (larger.rows == NULL) return false;
    for (size_t i = 0; i < table->room; i++) {
        if (table->rows[i].count > 0) {
            *find_row(&larger, &table->rows[i]) = table->rows[i];
        }
    }
    free(table->rows);
    *table = larger;
    return true;
}

static bool table_add(struct table *table, const struct trace_item *item, const char *what)
{
    struct row key = {
        .device = item->device,
        .event = item->type->name,
        .what = what,
        .level = item->type->level,
        .first_seq = item->seq,
        .first_pc = item->pc,
    };
    struct row *row;

    if (!grow(table)) return false;
    key.hash = hash_string(hash_string(hash_string(HASH_SEED, key.device), key.event), key.what);
    row = find_row(table, &key);
    if (row->count == 0) {
        *row = key;
        table->count++;
    }
    row->count++;
    return true;
}

/* Most first; rows without a count last. */
static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;

    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->first_seq > y->first_seq) - (x->first_seq < y->first_seq);
}

/* ---- Counting ---- */

static void note_pause(struct stats *stats, const struct trace_item *item)
{
    struct pause pause = {.seq = item->seq, .when = item->when};

    if (item->when <= stats->end) return;
    pause.length = item->when - stats->end;
    for (unsigned i = 0; i < PAUSES; i++) {
        const struct pause other = stats->pauses[i];

        if (pause.length <= other.length) continue;
        stats->pauses[i] = pause;
        pause = other;
    }
}

/* What tells problems of one type apart: their first text. */
static const char *what_of(const struct trace_item *item)
{
    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (item->type->is_text[i]) return item->texts[i];
    }
    return "";
}

static bool count_event(struct stats *stats, const struct trace_item *item)
{
    if (stats->count == 0) {
        stats->first = *item;
        stats->begin = item->when;
        stats->end = item->when;
    }
    note_pause(stats, item);
    stats->begin = item->when < stats->begin ? item->when : stats->begin;
    stats->end = item->when > stats->end ? item->when : stats->end;
    stats->last = *item;
    stats->count++;
    stats->levels[item->type->level]++;
    if (item->type->level != TRACE_LEVEL_NORMAL &&
        !table_add(&stats->problems, item, what_of(item))) {
        return false;
    }
    return table_add(&stats->kinds, item, "");
}

/* ---- Printing ---- */

static const char *short_name(const char *device)
{
    const char *alias = trace_alias_of(device);

    return alias != NULL ? alias : device;
}

static int column_width(const struct table *table, bool is_event)
{
    size_t width = 6;

    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        const size_t length = strlen(is_event ? row->event : short_name(row->device));

        width = length > width ? length : width;
    }
    return width < 40 ? (int)width : 40;
}

/* A word and blanks up to `width`. */
static void print_padded(const struct trace_printer *printer, const char *word, int width)
{
    const int length = (int)strlen(word);

    trace_print_word(printer, word);
    (void)fprintf(printer->file, "%*s", length < width ? width - length + 2 : 2, "");
}

static void sort_rows(struct table *table)
{
    if (table->room > 0) qsort(table->rows, table->room, sizeof(*table->rows), compare_rows);
}

static size_t begin_rows(struct table *table, uint64_t limit)
{
    sort_rows(table);
    return table->count < limit ? table->count : (size_t)limit;
}

static void end_rows(const struct trace_printer *printer, const struct table *table, size_t shown)
{
    if (shown == table->count) return;
    (void)fprintf(printer->file, "(%zu more: -n %zu shows all)\n", table->count - shown,
                  table->count);
}

static void print_kinds(const struct trace_printer *printer, struct stats *stats, uint64_t limit)
{
    const double span_ms = (double)(stats->end - stats->begin) / 1e9;
    int device_width;
    int event_width;
    const size_t shown = begin_rows(&stats->kinds, limit);

    device_width = column_width(&stats->kinds, false);
    event_width = column_width(&stats->kinds, true);
    (void)fprintf(printer->file, "\n%-*s  %-*s  %10s  %7s  %10s\n", device_width, "device",
                  event_width, "event", "count", "share", "per ms");
    for (size_t i = 0; i < shown; i++) {
        const struct row *row = &stats->kinds.rows[i];

        print_padded(printer, short_name(row->device), device_width);
        print_padded(printer, row->event, event_width);
        (void)fprintf(printer->file, "%10" PRIu64 "  %5.1f %%", row->count,
                      100 * (double)row->count / (double)stats->count);
        if (span_ms > 0) (void)fprintf(printer->file, "  %10.3f", (double)row->count / span_ms);
        (void)fputc('\n', printer->file);
    }
    end_rows(printer, &stats->kinds, shown);
}

static void print_problems(const struct trace_printer *printer, struct stats *stats, uint64_t limit)
{
    const size_t shown = begin_rows(&stats->problems, limit);
    int width;

    if (stats->problems.count == 0) return;
    width = column_width(&stats->problems, false);
    (void)fprintf(printer->file, "\n%-*s  %-13s  %10s  %10s  %16s  what\n", width, "device",
                  "level", "count", "first", "its pc");
    for (size_t i = 0; i < shown; i++) {
        const struct row *row = &stats->problems.rows[i];
        char first[24];

        (void)snprintf(first, sizeof(first), "#%" PRIu64, row->first_seq);
        print_padded(printer, short_name(row->device), width);
        (void)fprintf(printer->file, "%-13s  %10" PRIu64 "  %10s  %16" PRIx64 "  ",
                      trace_level_text(row->level), row->count, first, row->first_pc);
        trace_print_word(printer, row->event);
        if (row->what[0] != '\0') {
            (void)fputs(": ", printer->file);
            trace_print_word(printer, row->what);
        }
        (void)fputc('\n', printer->file);
    }
    end_rows(printer, &stats->problems, shown);
}

static void print_head(const struct trace_printer *printer, const struct trace_file *source,
                       const struct stats *stats)
{
    const char *machine = trace_file_machine(source);
    FILE *file = printer->file;
    char begin[TRACE_TIME_BYTES];
    char end[TRACE_TIME_BYTES];
    char span[TRACE_TIME_BYTES];

    trace_time_text(stats->begin, begin);
    trace_time_text(stats->end, end);
    trace_time_text(stats->end - stats->begin, span);
    (void)fputs("machine        ", file);
    trace_print_word(printer, machine[0] != '\0' ? machine : "not known");
    (void)fprintf(file, "\nevents         %" PRIu64 ", #%" PRIu64 " to #%" PRIu64 "\n",
                  stats->count, stats->first.seq, stats->last.seq);
    (void)fprintf(file, "time           %s to %s: %s\n", begin, end, span);
    if (stats->end > stats->begin) {
        (void)fprintf(file, "events per ms  %.3f\n",
                      (double)stats->count / ((double)(stats->end - stats->begin) / 1e9));
    }
    (void)fprintf(file, "guest errors   %" PRIu64 "\nunimplemented  %" PRIu64 "\n",
                  stats->levels[TRACE_LEVEL_GUEST_ERROR], stats->levels[TRACE_LEVEL_UNIMPL]);
    for (unsigned i = 0; i < PAUSES && stats->pauses[i].length > 0; i++) {
        trace_time_text(stats->pauses[i].length, span);
        trace_time_text(stats->pauses[i].when, end);
        (void)fprintf(file, "%-14s %s, until #%" PRIu64 " at %s\n", i == 0 ? "longest pauses" : "",
                      span, stats->pauses[i].seq, end);
    }
}

static int print_all(const struct trace_file *source, struct stats *stats, uint64_t limit)
{
    const struct trace_printer printer = trace_printer_out();

    if (stats->count == 0) {
        (void)fputs("no events\n", printer.file);
    } else {
        print_head(&printer, source, stats);
        print_kinds(&printer, stats, limit);
        print_problems(&printer, stats, limit);
    }
    return app_finish_output();
}

int trace_stats(const struct trace_request *request, const struct trace_file *source)
{
    struct stats stats = {.count = 0};
    struct trace_walk walk;
    struct trace_item item;
    bool is_counted = true;
    int status;

    trace_walk_begin(&walk, request, source);
    while (is_counted && trace_walk_next(&walk, &item)) {
        if (trace_request_wants(request, &item)) {
            is_counted = count_event(&stats, &item);
        }
    }
    if (is_counted) {
        status = print_all(source, &stats, request->limit);
    } else {
        struct error err = ERROR_INIT;

        (void)error_host(&err, "out of memory");
        status = app_fail(&err);
    }
    free(stats.kinds.rows);
    free(stats.problems.rows);
    return status;
}
