/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray trace show` and `why`: one event, what led to it, and what it led to. */
#include <inttypes.h>
#include <stdlib.h>

#include "emu/app/app.h"
#include "emu/app/trace_actions.h"
#include "emu/app/trace_print.h"
#include "emu/debug/trace/filter.h"

#define CHAIN_MAX   1000u
#define EFFECTS_MAX 100u

/* ---- Chains of causes ---- */

struct chain {
    size_t count;
    uint64_t missing; /* the next cause is not in the trace; 0: the chain has its beginning */
    bool is_cut;      /* it is longer than this */
    uint64_t seqs[CHAIN_MAX]; /* the event itself first */
};

/* False: there is no such event. */
static bool chain_make(const struct trace_items *items, uint64_t seq, struct chain *chain)
{
    struct trace_item item;

    chain->count = 0;
    chain->missing = 0;
    chain->is_cut = false;
    while (items->get(items->ctx, seq, &item)) {
        chain->seqs[chain->count++] = seq;
        chain->missing = item.cause;
        if (item.cause == 0) return true;
        /* Causes come first; a trace that says otherwise must not lead in circles. */
        if (item.cause >= seq) return true;
        if (chain->count == CHAIN_MAX) {
            chain->is_cut = true;
            return true;
        }
        seq = chain->missing;
    }
    return chain->count > 0;
}

static void print_chain_end(const struct trace_printer *printer, const struct chain *chain)
{
    if (chain->is_cut) {
        (void)fprintf(printer->file, "  (there are more than %u causes; these are the last)\n",
                      CHAIN_MAX);
    } else if (chain->missing != 0) {
        (void)fprintf(printer->file, "  (its cause, #%" PRIu64 ", is not in this trace)\n",
                      chain->missing);
    }
}

/* "+1.000000us", or with a minus: cores are not quite in step. */
static void difference_text(vtime from, vtime to, char text[TRACE_TIME_BYTES + 1])
{
    text[0] = to >= from ? '+' : '-';
    trace_time_text(to >= from ? to - from : from - to, text + 1);
}

static int no_event(const struct trace_request *request, const struct trace_file *source)
{
    struct error err = ERROR_INIT;
    uint64_t first;
    uint64_t last;

    source->items.range(source->items.ctx, &first, &last);
    if (first > last) {
        (void)error_usage(&err, "%s has no events", source->path);
    } else if (request->seq >= first && request->seq <= last) {
        (void)error_usage(&err, "%s has no event #%" PRIu64 ": it was left out", source->path,
                          request->seq);
    } else {
        (void)error_usage(&err, "%s has no event #%" PRIu64 ", only #%" PRIu64 " to #%" PRIu64,
                          source->path, request->seq, first, last);
    }
    return app_fail(&err);
}

static int no_memory(void)
{
    struct error err = ERROR_INIT;

    (void)error_host(&err, "out of memory");
    return app_fail(&err);
}

/* ---- why ---- */

static void print_why(const struct trace_printer *printer, const struct trace_items *items,
                      const struct chain *chain)
{
    vtime begin = 0;
    vtime before = 0;

    print_chain_end(printer, chain);
    for (size_t i = chain->count; i-- > 0;) {
        char text[TRACE_TIME_BYTES + 1] = "";
        struct trace_item item;

        if (!items->get(items->ctx, chain->seqs[i], &item)) continue;
        if (i + 1 == chain->count) {
            begin = item.when;
        } else {
            difference_text(before, item.when, text);
        }
        before = item.when;
        (void)fprintf(printer->file, "%18s  ", text);
        trace_print_item(printer, &item);
    }
    if (chain->count > 1) {
        char text[TRACE_TIME_BYTES + 1];

        difference_text(begin, before, text);
        (void)fprintf(printer->file, "%18s  from the first to the last of %zu events\n", text,
                      chain->count);
    }
}

int trace_why(const struct trace_request *request, const struct trace_file *source)
{
    const struct trace_printer printer = trace_printer_out();
    struct chain *chain = malloc(sizeof(*chain));
    int status;

    if (chain == NULL) return no_memory();
    if (chain_make(&source->items, request->seq, chain)) {
        print_why(&printer, &source->items, chain);
        status = app_finish_output();
    } else {
        status = no_event(request, source);
    }
    free(chain);
    return status;
}

/* ---- show ---- */

static void print_fields(const struct trace_printer *printer, const struct trace_item *item)
{
    FILE *file = printer->file;

    for (unsigned i = 0; i < item->type->field_count; i++) {
        (void)fputs("  ", file);
        trace_print_word(printer, item->type->fields[i]);
        (void)fputs(" = ", file);
        if (item->type->is_text[i]) {
            trace_print_word(printer, item->texts[i]);
        } else if (item->args[i] < 10) {
            (void)fprintf(file, "%" PRIu64, item->args[i]);
        } else {
            (void)fprintf(file, "0x%" PRIx64 " (%" PRIu64 ")", item->args[i], item->args[i]);
        }
        (void)fputc('\n', file);
    }
}

static void print_event(const struct trace_printer *printer, const struct trace_item *item)
{
    const char *alias = trace_alias_of(item->device);
    FILE *file = printer->file;
    char when[TRACE_TIME_BYTES];

    trace_time_text(item->when, when);
    (void)fprintf(file, "event   #%" PRIu64 " ", item->seq);
    trace_print_word(printer, item->type->name);
    (void)fprintf(file, "\nlevel   %s\ndevice  ", trace_level_text(item->type->level));
    trace_print_word(printer, item->device);
    if (alias != NULL) (void)fprintf(file, " (%s)", alias);
    (void)fprintf(file, "\ntime    %s (%" PRIu64 " ps)\ncore    %u\npc      0x%" PRIx64 "%s\n",
                  when, item->when, item->core, item->pc, item->pc == 0 ? " (no core ran)" : "");
    print_fields(printer, item);
}

/* Events that it caused itself. Those come behind it. */
static void print_effects(const struct trace_printer *printer, const struct trace_items *items,
                          uint64_t seq)
{
    struct trace_item item;
    uint64_t count = 0;

    for (uint64_t at = seq + 1; trace_items_from(items, at, &item); at = item.seq + 1) {
        if (item.cause != seq) continue;
        if (count == 0) (void)fputs("effects\n", printer->file);
        count++;
        if (count > EFFECTS_MAX) continue;
        (void)fputs("  ", printer->file);
        trace_print_item(printer, &item);
    }
    if (count == 0) (void)fputs("effects: none\n", printer->file);
    if (count > EFFECTS_MAX) {
        (void)fprintf(printer->file, "  (and %" PRIu64 " more)\n", count - EFFECTS_MAX);
    }
}

static void print_causes(const struct trace_printer *printer, const struct trace_items *items,
                         const struct chain *chain)
{
    if (chain->count == 1 && chain->missing == 0) {
        (void)fputs("causes: none: a core's own doing, or a timer's\n", printer->file);
        return;
    }
    (void)fputs("causes\n", printer->file);
    for (size_t i = 1; i < chain->count; i++) {
        struct trace_item item;

        if (!items->get(items->ctx, chain->seqs[i], &item)) continue;
        (void)fputs("  ", printer->file);
        trace_print_item(printer, &item);
    }
    print_chain_end(printer, chain);
}

int trace_show(const struct trace_request *request, const struct trace_file *source)
{
    const struct trace_printer printer = trace_printer_out();
    const struct trace_items *items = &source->items;
    struct chain *chain = malloc(sizeof(*chain));
    struct trace_item item;
    int status;

    if (chain == NULL) return no_memory();
    if (items->get(items->ctx, request->seq, &item) && chain_make(items, request->seq, chain)) {
        print_event(&printer, &item);
        print_causes(&printer, items, chain);
        print_effects(&printer, items, request->seq);
        status = app_finish_output();
    } else {
        status = no_event(request, source);
    }
    free(chain);
    return status;
}
