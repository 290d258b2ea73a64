/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray trace diff`: where two runs part. */
#include <inttypes.h>
#include <string.h>

#include "emu/app/app.h"
#include "emu/app/trace_actions.h"
#include "emu/app/trace_print.h"

struct diff {
    const struct trace_request *request;
    const struct trace_file *sources[2]; /* as on the command line */
    struct trace_printer printer;
    /* Where they part: each one's next event, if there is one. */
    struct trace_item items[2];
    bool has[2];
};

/* The first number that both may have. */
static uint64_t common_start(const struct diff *diff)
{
    uint64_t starts[2];
    uint64_t last;

    for (unsigned i = 0; i < 2; i++) {
        const struct trace_items *items = &diff->sources[i]->items;

        items->range(items->ctx, &starts[i], &last);
        if (starts[i] > last) {
            starts[i] = 0;
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        if (starts[i] > starts[1 - i] && starts[1 - i] != 0) {
            (void)fprintf(
                stderr, "spacegray: note: %s begins with event #%" PRIu64 ": compared from there\n",
                diff->sources[i]->path, starts[i]);
        }
    }
    return starts[0] > starts[1] ? starts[0] : starts[1];
}

/* But for what --ignore takes out of the comparison. */
static bool are_equal(const struct diff *diff)
{
    struct trace_item other = diff->items[1];

    if (diff->request->ignores_time) {
        other.when = diff->items[0].when;
    }
    if (diff->request->ignores_pc) {
        other.pc = diff->items[0].pc;
    }
    return trace_item_is_equal(&diff->items[0], &other);
}

/* Walks along both; false: they are the same. */
static bool find_difference(struct diff *diff, uint64_t seq)
{
    for (;;) {
        for (unsigned i = 0; i < 2; i++) {
            diff->has[i] = trace_items_from(&diff->sources[i]->items, seq, &diff->items[i]);
        }
        if (!diff->has[0] && !diff->has[1]) return false;
        if (!diff->has[0] || !diff->has[1]) return true;
        if (!are_equal(diff)) return true;
        seq = diff->items[0].seq + 1;
    }
}

/* ---- Saying it ---- */

static void say_number(FILE *file, const char *name, uint64_t a, uint64_t b, const char **separator)
{
    if (a == b) return;
    (void)fprintf(file, "%s%s 0x%" PRIx64 " and 0x%" PRIx64, *separator, name, a, b);
    *separator = "; ";
}

static void say_count(FILE *file, const char *name, uint64_t a, uint64_t b, const char **separator)
{
    if (a == b) return;
    (void)fprintf(file, "%s%s %" PRIu64 " and %" PRIu64, *separator, name, a, b);
    *separator = "; ";
}

static void say_word(const struct trace_printer *printer, const char *name, const char *a,
                     const char *b, const char **separator)
{
    if (strcmp(a, b) == 0) return;
    (void)fprintf(printer->file, "%s%s ", *separator, name);
    trace_print_word(printer, a);
    (void)fputs(" and ", printer->file);
    trace_print_word(printer, b);
    *separator = "; ";
}

static void say_fields(const struct trace_printer *printer, const struct trace_item *a,
                       const struct trace_item *b, const char **separator)
{
    for (unsigned i = 0; i < a->type->field_count; i++) {
        const char *name = a->type->fields[i];
        const char *text;
        uint64_t number;

        if (!trace_item_field(b, name, &number, &text)) continue;
        if (a->type->is_text[i] && text != NULL) {
            say_word(printer, name, a->texts[i], text, separator);
        } else if (!a->type->is_text[i] && text == NULL) {
            say_number(printer->file, name, a->args[i], number, separator);
        }
    }
}

/* What is different about the first event that is. */
static void say_difference(const struct diff *diff)
{
    const struct trace_item *a = &diff->items[0];
    const struct trace_item *b = &diff->items[1];
    const struct trace_printer *printer = &diff->printer;
    FILE *file = printer->file;
    const char *separator = ": ";
    char times[2][TRACE_TIME_BYTES];

    (void)fprintf(file, "%s and %s part at event #%" PRIu64, diff->sources[0]->path,
                  diff->sources[1]->path, a->seq < b->seq ? a->seq : b->seq);
    say_count(file, "number", a->seq, b->seq, &separator);
    say_word(printer, "device", a->device, b->device, &separator);
    say_word(printer, "event", a->type->name, b->type->name, &separator);
    if (strcmp(a->type->name, b->type->name) == 0) {
        say_fields(printer, a, b, &separator);
    }
    trace_time_text(a->when, times[0]);
    trace_time_text(b->when, times[1]);
    say_word(printer, "time", times[0], times[1], &separator);
    say_count(file, "core", a->core, b->core, &separator);
    say_number(file, "pc", a->pc, b->pc, &separator);
    say_count(file, "cause", a->cause, b->cause, &separator);
    (void)fputc('\n', file);
}

static void say_end(const struct diff *diff)
{
    const unsigned longer = diff->has[0] ? 0 : 1;

    (void)fprintf(diff->printer.file, "%s ends before event #%" PRIu64 "; %s goes on\n",
                  diff->sources[1 - longer]->path, diff->items[longer].seq,
                  diff->sources[longer]->path);
}

/* The newest `before` events in front of `seq`. Numbers of a filtered trace have gaps: look back as far as
 * needed, in growing steps. */
static void print_before(const struct diff *diff, uint64_t start, uint64_t seq)
{
    const struct trace_items *items = &diff->sources[0]->items;
    uint64_t from = seq;
    uint64_t count = 0;
    struct trace_item item;

    while (from > start && count < diff->request->before) {
        from--;
        if (items->get(items->ctx, from, &item)) {
            count++;
        }
        if (items->next != NULL && seq - from > 64 * (diff->request->before + 1)) break;
    }
    for (; trace_items_from(items, from, &item) && item.seq < seq; from = item.seq + 1) {
        (void)fputs("  ", diff->printer.file);
        trace_print_item(&diff->printer, &item);
    }
}

static void print_side(const struct diff *diff, unsigned side)
{
    const struct trace_items *items = &diff->sources[side]->items;
    struct trace_item item = diff->items[side];
    uint64_t left = diff->request->after;

    if (!diff->has[side]) return;
    do {
        (void)fprintf(diff->printer.file, "%c ", "<>"[side]);
        trace_print_item(&diff->printer, &item);
    } while (left-- > 0 && trace_items_from(items, item.seq + 1, &item));
}

static void note_machines(const struct diff *diff)
{
    const char *a = trace_file_machine(diff->sources[0]);
    const char *b = trace_file_machine(diff->sources[1]);

    if (a[0] == '\0' || b[0] == '\0' || strcmp(a, b) == 0) return;
    (void)fprintf(stderr, "spacegray: note: %s and %s are of different machines\n",
                  diff->sources[0]->path, diff->sources[1]->path);
}

int trace_diff(const struct trace_request *request, const struct trace_file *source,
               const struct trace_file *other)
{
    struct diff diff = {
        .request = request, .sources = {source, other}, .printer = trace_printer_out()};
    const uint64_t start = common_start(&diff);
    uint64_t seq;
    int status;

    note_machines(&diff);
    if (!find_difference(&diff, start)) return app_finish_output();
    if (diff.has[0] && diff.has[1]) {
        say_difference(&diff);
        seq = diff.items[0].seq < diff.items[1].seq ? diff.items[0].seq : diff.items[1].seq;
    } else {
        say_end(&diff);
        seq = diff.items[diff.has[0] ? 0 : 1].seq;
    }
    print_before(&diff, start, seq);
    print_side(&diff, 0);
    print_side(&diff, 1);
    status = app_finish_output();
    return status == EXIT_PASSED ? EXIT_FAILED : status;
}
