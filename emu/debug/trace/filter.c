/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters: a list of patterns with conditions. See filter.h. */
#define _GNU_SOURCE /* strndup */

#include "emu/debug/trace/filter.h"

#include <stdlib.h>
#include <string.h>

#define TERMS_MAX 64u

struct term {
    bool is_against;
    char *device; /* patterns, owned */
    char *event;
    struct condition *condition; /* owned; NULL: none */
};

struct trace_filter {
    struct term terms[TERMS_MAX];
    size_t count;
    bool has_positive; /* not all terms begin with ! */
};

void trace_filter_destroy(struct trace_filter *filter)
{
    if (filter == NULL) return;
    for (size_t i = 0; i < filter->count; i++) {
        free(filter->terms[i].device);
        free(filter->terms[i].event);
        condition_destroy(filter->terms[i].condition);
    }
    free(filter);
}

/* ---- Parsing ---- */

struct parser {
    const char *text;
    size_t at;
    struct error *err;
};

static int refuse(const struct parser *parser, const char *what)
{
    return error_usage(parser->err, "at character %zu of '%.80s': %s", parser->at + 1, parser->text,
                       what);
}

static void skip_blanks(struct parser *parser)
{
    parser->at += strspn(parser->text + parser->at, " \t");
}

static int parse_pattern(struct parser *parser, struct term *term)
{
    const char *start = parser->text + parser->at;
    const size_t length = strcspn(start, ", \t");
    size_t dot = length;

    while (dot > 0 && start[dot - 1] != '.') {
        dot--;
    }
    if (length == 0) return refuse(parser, "DEVICE.EVENT was expected, as in nvme.*");
    if (dot <= 1 || dot == length) {
        parser->at += length;
        return refuse(parser, dot == length
                                  ? "an event was expected behind the dot, as in nvme.irq_line"
                                  : "a dot and an event were expected, as in nvme.*");
    }
    term->device = strndup(start, dot - 1);
    term->event = strndup(start + dot, length - dot);
    if (term->device == NULL || term->event == NULL)
        return error_host(parser->err, "out of memory");
    parser->at += length;
    return 0;
}

static int parse_term(struct parser *parser, struct term *term)
{
    skip_blanks(parser);
    if (parser->text[parser->at] == '!') {
        term->is_against = true;
        parser->at++;
        skip_blanks(parser);
    }
    if (parse_pattern(parser, term) != 0) return -1;
    skip_blanks(parser);
    if (strncmp(parser->text + parser->at, "if", 2) == 0 &&
        strchr(" \t(!", parser->text[parser->at + 2]) != NULL) {
        parser->at += 2;
        term->condition = condition_parse_part(parser->text, &parser->at, parser->err);
        if (term->condition == NULL) return -1;
    }
    skip_blanks(parser);
    return 0;
}

struct trace_filter *trace_filter_parse(const char *text, struct error *err)
{
    struct trace_filter *filter = calloc(1, sizeof(*filter));
    struct parser parser = {.text = text, .err = err};

    if (filter == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    for (;;) {
        struct term *term = &filter->terms[filter->count];

        if (filter->count == TERMS_MAX) {
            (void)refuse(&parser, "these are too many patterns");
            break;
        }
        filter->count++;
        if (parse_term(&parser, term) != 0) break;
        if (!term->is_against) {
            filter->has_positive = true;
        }
        if (text[parser.at] == '\0') return filter;
        if (text[parser.at] != ',') {
            (void)refuse(&parser, term->condition != NULL
                                      ? "and, or, a comma or the end was expected"
                                      : "if, a comma or the end was expected");
            break;
        }
        parser.at++;
    }
    trace_filter_destroy(filter);
    return NULL;
}

/* ---- Matching ---- */

bool trace_item_value(void *ctx, const char *name, uint64_t *number, const char **text)
{
    const struct trace_item *item = ctx;

    *number = 0;
    *text = NULL;
    if (trace_item_field(item, name, number, text)) return true;
    if (strcmp(name, "when") == 0) {
        *number = item->when;
    } else if (strcmp(name, "core") == 0) {
        *number = item->core;
    } else if (strcmp(name, "pc") == 0) {
        *number = item->pc;
    } else if (strcmp(name, "seq") == 0) {
        *number = item->seq;
    } else if (strcmp(name, "cause") == 0) {
        *number = item->cause;
    } else if (strcmp(name, "device") == 0) {
        *text = item->device;
    } else if (strcmp(name, "event") == 0) {
        *text = item->type->name;
    } else if (strcmp(name, "level") == 0) {
        *text = trace_level_text(item->type->level);
    } else {
        return false;
    }
    return true;
}

static bool term_fits(const struct term *term, const struct trace_item *item)
{
    struct trace_item copy;

    if (!trace_glob_matches(term->event, item->type->name)) return false;
    if (!trace_device_matches(term->device, item->device)) return false;
    if (term->condition == NULL) return true;
    copy = *item;
    return condition_holds(term->condition, &copy, trace_item_value);
}

bool trace_filter_matches(const struct trace_filter *filter, const struct trace_item *item)
{
    bool fits = !filter->has_positive;

    for (size_t i = 0; i < filter->count; i++) {
        const struct term *term = &filter->terms[i];

        if (!term->is_against && fits) continue;
        if (!term_fits(term, item)) continue;
        if (term->is_against) return false;
        fits = true;
    }
    return fits;
}
