/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray trace list` and `grep`: events as lines. */
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>

#include "emu/app/app.h"
#include "emu/app/trace_actions.h"
#include "emu/app/trace_print.h"
#include "emu/debug/trace/export.h"
#include "emu/debug/trace/filter.h"

/* ---- Walking ---- */

void trace_walk_begin(struct trace_walk *walk, const struct trace_request *request,
                      const struct trace_file *source)
{
    uint64_t first;
    uint64_t last;

    *walk = (struct trace_walk){.request = request, .items = &source->items};
    source->items.range(source->items.ctx, &first, &last);
    walk->next = request->first_seq > first ? request->first_seq : first;
}

bool trace_walk_next(struct trace_walk *walk, struct trace_item *item)
{
    const struct trace_request *request = walk->request;

    while (trace_items_from(walk->items, walk->next, item) && item->seq <= request->last_seq) {
        walk->next = item->seq + 1;
        /* The cores run one behind the other for a while, so times are not quite in order. */
        if (item->when >= request->first_time && item->when <= request->last_time) return true;
    }
    return false;
}

bool trace_request_wants(const struct trace_request *request, const struct trace_item *item)
{
    return request->filter == NULL || trace_filter_matches(request->filter, item);
}

/* ---- list ---- */

int trace_list(const struct trace_request *request, const struct trace_file *source)
{
    const struct trace_printer printer = trace_printer_out();
    uint64_t left = request->limit;
    struct trace_walk walk;
    struct trace_item item;

    trace_walk_begin(&walk, request, source);
    while (left > 0 && !ferror(printer.file) && trace_walk_next(&walk, &item)) {
        if (!trace_request_wants(request, &item)) continue;
        if (request->is_json) {
            export_json_item(&item, printer.file);
        } else {
            trace_print_item(&printer, &item);
        }
        left--;
    }
    if (left == request->limit && left > 0 && request->filter != NULL) {
        (void)fprintf(
            stderr,
            "spacegray: note: no event passes (spacegray trace stats %s lists what there is)\n",
            source->path);
    }
    return app_finish_output();
}

/* ---- grep ---- */

struct grep {
    const struct trace_request *request;
    const struct trace_items *items;
    struct trace_printer printer;
    bool has_pattern;
    regex_t pattern;
    uint64_t *before; /* numbers of the newest events that were not printed: a ring */
    uint64_t before_count;
    uint64_t after_left;
    uint64_t found;
    bool has_printed;
    bool has_gap; /* events were left out since the last one that was printed */
};

static bool is_match(const struct grep *grep, const struct trace_item *item, const char *line,
                     regmatch_t *mark)
{
    bool is_found = true;

    mark->rm_so = 0;
    mark->rm_eo = 0;
    if (grep->has_pattern) {
        is_found = regexec(&grep->pattern, line, 1, mark, 0) == 0;
    }
    if (grep->request->is_inverted) {
        is_found = !is_found;
        mark->rm_eo = mark->rm_so;
    }
    return is_found && trace_request_wants(grep->request, item);
}

static void print_before(struct grep *grep)
{
    const uint64_t room = grep->request->before;
    const uint64_t count = grep->before_count < room ? grep->before_count : room;
    const bool has_context = room > 0 || grep->request->after > 0;

    if (grep->has_printed && grep->has_gap && has_context) {
        (void)fputs("--\n", grep->printer.file);
    }
    for (uint64_t i = grep->before_count - count; i < grep->before_count; i++) {
        struct trace_item item;

        if (grep->items->get(grep->items->ctx, grep->before[i % room], &item)) {
            trace_print_item(&grep->printer, &item);
        }
    }
    grep->before_count = 0;
    grep->has_gap = false;
    grep->has_printed = true;
}

static void leave_out(struct grep *grep, uint64_t seq)
{
    const uint64_t room = grep->request->before;

    if (room > 0) {
        grep->before[grep->before_count % room] = seq;
    }
    grep->before_count++;
    if (grep->before_count > room) {
        grep->has_gap = true;
    }
}

static void grep_event(struct grep *grep, const struct trace_item *item)
{
    char line[TRACE_LINE_BYTES];
    regmatch_t mark;

    (void)trace_line(item, line);
    if (grep->found < grep->request->limit && is_match(grep, item, line, &mark)) {
        grep->found++;
        if (grep->request->is_count) return;
        print_before(grep);
        trace_print_line(&grep->printer, item, line, (size_t)mark.rm_so,
                         (size_t)(mark.rm_eo - mark.rm_so));
        grep->after_left = grep->request->after;
    } else if (grep->after_left > 0) {
        grep->after_left--;
        trace_print_line(&grep->printer, item, line, 0, 0);
    } else {
        leave_out(grep, item->seq);
    }
}

static int grep_all(struct grep *grep, const struct trace_file *source)
{
    struct trace_walk walk;
    struct trace_item item;
    int status;

    trace_walk_begin(&walk, grep->request, source);
    while (!ferror(grep->printer.file) &&
           (grep->found < grep->request->limit || grep->after_left > 0) &&
           trace_walk_next(&walk, &item)) {
        grep_event(grep, &item);
    }
    if (grep->request->is_count) {
        (void)fprintf(grep->printer.file, "%" PRIu64 "\n", grep->found);
    }
    status = app_finish_output();
    return status == EXIT_PASSED && grep->found == 0 ? EXIT_FAILED : status;
}

static int compile(struct grep *grep, struct error *err)
{
    const int flags = REG_EXTENDED | (grep->request->ignores_case ? REG_ICASE : 0);
    char why[128];
    int code;

    if (grep->request->pattern == NULL) return 0;
    code = regcomp(&grep->pattern, grep->request->pattern, flags);
    if (code == 0) {
        grep->has_pattern = true;
        return 0;
    }
    (void)regerror(code, &grep->pattern, why, sizeof(why));
    return error_usage(err, "trace grep: '%.100s' is not a regular expression: %s",
                       grep->request->pattern, why);
}

int trace_grep(const struct trace_request *request, const struct trace_file *source)
{
    struct grep grep = {
        .request = request, .items = &source->items, .printer = trace_printer_out()};
    struct error err = ERROR_INIT;
    int status;

    if (compile(&grep, &err) != 0) return app_fail(&err);
    if (request->before > 0) {
        grep.before = calloc(request->before, sizeof(*grep.before));
    }
    if (request->before > 0 && grep.before == NULL) {
        (void)error_host(&err, "out of memory");
        status = app_fail(&err);
    } else {
        status = grep_all(&grep, source);
    }
    if (grep.has_pattern) {
        regfree(&grep.pattern);
    }
    free(grep.before);
    return status;
}
