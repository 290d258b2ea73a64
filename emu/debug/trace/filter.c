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

static bool pattern_fits(const struct term *term, const char *device, const char *event)
{
    return trace_glob_matches(term->event, event) && trace_device_matches(term->device, device);
}

static bool term_fits(const struct term *term, const struct trace_item *item)
{
    struct trace_item copy;

    if (!pattern_fits(term, item->device, item->type->name)) return false;
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

enum trace_fit trace_filter_fit(const struct trace_filter *filter, const char *device,
                                const char *event)
{
    bool may_fit = !filter->has_positive;
    bool must_fit = may_fit;
    bool may_be_against = false;

    for (size_t i = 0; i < filter->count; i++) {
        const struct term *term = &filter->terms[i];

        if (!pattern_fits(term, device, event)) continue;
        if (term->is_against) {
            if (term->condition == NULL) return TRACE_FIT_NEVER;
            may_be_against = true;
            continue;
        }
        may_fit = true;
        must_fit = must_fit || term->condition == NULL;
    }
    if (!may_fit) return TRACE_FIT_NEVER;
    return must_fit && !may_be_against ? TRACE_FIT_ALWAYS : TRACE_FIT_SOMETIMES;
}

/* ---- Names ---- */

unsigned trace_kind_meaning(const struct trace_kind *kind, const char *name)
{
    const struct trace_type type = {.name = kind->desc->name};
    struct trace_item item = {.device = kind->device, .type = &type};
    char field[TRACE_FIELD_BYTES];
    bool is_text;
    const char *text;
    uint64_t number;

    for (unsigned i = 0; trace_desc_field(kind->desc, i, field, &is_text); i++) {
        if (strcmp(field, name) == 0) return is_text ? CONDITION_TEXT : CONDITION_NUMBER;
    }
    if (!trace_item_value(&item, name, &number, &text)) return 0;
    return text != NULL ? CONDITION_TEXT : CONDITION_NUMBER;
}

void trace_kind_suggest(const struct trace_kind *kind, struct suggestion *meant,
                        char room[TRACE_FIELD_BYTES])
{
    char field[TRACE_FIELD_BYTES];
    bool is_text;

    for (unsigned i = 0; trace_desc_field(kind->desc, i, field, &is_text); i++) {
        suggest_try(meant, field);
        if (meant->word != field) continue;
        memcpy(room, field, sizeof(field));
        meant->word = room;
    }
}

/* Events that a term's pattern fits. */
struct fitting {
    const struct term *term;
    const struct trace_kind *kinds;
    size_t count;
};

/* The next one from `*at` on; NULL: there are no more. */
static const struct trace_kind *next_fitting(const struct fitting *fitting, size_t *at)
{
    while (*at < fitting->count) {
        const struct trace_kind *kind = &fitting->kinds[(*at)++];

        if (pattern_fits(fitting->term, kind->device, kind->desc->name)) return kind;
    }
    return NULL;
}

static unsigned fitting_meaning(void *ctx, const char *name)
{
    const struct fitting *fitting = ctx;
    unsigned meaning = 0;
    size_t at = 0;

    for (const struct trace_kind *kind = next_fitting(fitting, &at); kind != NULL;
         kind = next_fitting(fitting, &at)) {
        meaning |= trace_kind_meaning(kind, name);
    }
    return meaning;
}

static int refuse_name(const struct fitting *fitting, const char *name, struct error *err)
{
    const struct term *term = fitting->term;
    struct suggestion meant;
    char room[TRACE_FIELD_BYTES];
    size_t at = 0;

    suggest_begin(&meant, name);
    for (const struct trace_kind *kind = next_fitting(fitting, &at); kind != NULL;
         kind = next_fitting(fitting, &at)) {
        trace_kind_suggest(kind, &meant, room);
    }
    if (meant.word != NULL) {
        return error_usage(err, "%.40s.%.40s has no field '%.40s'; did you mean '%s'?",
                           term->device, term->event, name, meant.word);
    }
    return error_usage(err, "%.40s.%.40s has no field '%.40s'", term->device, term->event, name);
}

int trace_filter_check(const struct trace_filter *filter, const struct trace_kind *kinds,
                       size_t count, struct error *err)
{
    for (size_t i = 0; i < filter->count; i++) {
        struct fitting fitting = {.term = &filter->terms[i], .kinds = kinds, .count = count};
        const char *name;
        size_t at = 0;

        if (fitting.term->condition == NULL || next_fitting(&fitting, &at) == NULL) continue;
        name = condition_stray(fitting.term->condition, &fitting, fitting_meaning);
        if (name != NULL) return refuse_name(&fitting, name, err);
    }
    return 0;
}

/* ---- Patterns ---- */

static const char *short_name(const char *path)
{
    const char *alias = trace_alias_of(path);
    const char *slash = strrchr(path, '/');

    if (alias != NULL) return alias;
    return slash != NULL ? slash + 1 : path;
}

static int refuse_pattern(const struct fitting *fitting, struct error *err)
{
    const struct term *term = fitting->term;
    struct suggestion device;
    struct suggestion event;
    bool is_device = false;

    suggest_begin(&device, term->device);
    suggest_begin(&event, term->event);
    for (size_t i = 0; i < fitting->count; i++) {
        const struct trace_kind *kind = &fitting->kinds[i];

        suggest_try(&device, short_name(kind->device));
        suggest_try(&device, kind->device);
        if (!trace_device_matches(term->device, kind->device)) continue;
        is_device = true;
        suggest_try(&event, kind->desc->name);
    }
    if (is_device && event.word != NULL) {
        return error_usage(err, "%.40s has no event '%.40s'; did you mean '%s'?", term->device,
                           term->event, event.word);
    }
    if (is_device) return error_usage(err, "%.40s has no event '%.40s'", term->device, term->event);
    if (device.word != NULL) {
        return error_usage(err, "no device is called '%.40s'; did you mean '%s'?", term->device,
                           device.word);
    }
    return error_usage(err, "no device is called '%.40s'", term->device);
}

int trace_filter_check_patterns(const struct trace_filter *filter, const struct trace_kind *kinds,
                                size_t count, struct error *err)
{
    for (size_t i = 0; i < filter->count; i++) {
        struct fitting fitting = {.term = &filter->terms[i], .kinds = kinds, .count = count};
        size_t at = 0;

        if (next_fitting(&fitting, &at) == NULL) return refuse_pattern(&fitting, err);
    }
    return 0;
}
