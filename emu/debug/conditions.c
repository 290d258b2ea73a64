/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What names stand for behind `if`: the event's own, what a hit knows, fields of the register, and what
 * expressions know. Asked of a hit, to judge it; and of a source, so that a name which can never be there is
 * refused when the breakpoint is set.
 */
#include "emu/debug/debugger_internal.h"

#include <string.h>

/* ---- What a hit knows ---- */

struct plain {
    const char *name;
    uint64_t value;
    bool is_there;
};
#define PLAIN_COUNT 16u

static void list_plain(const struct hit *hit, struct plain list[PLAIN_COUNT])
{
    const struct plain all[PLAIN_COUNT] = {
        {"time", hit->when, true},
        {"when", hit->when, true},
        {"core", hit->core, true},
        {"pc", hit->pc, true},
        {"seq", hit->seq, true},
        {"cause", hit->cause, true},
        {"addr", hit->addr, true},
        {"bytes", hit->bytes, true},
        {"write", hit->is_write, true},
        {"dma", hit->is_dma, true},
        {"value", hit->value, hit->has_value},
        {"new", hit->value, hit->has_value},
        {"old", hit->old, hit->has_old},
        {"written", hit->written, hit->has_value},
        {"index", hit->index, true},
        {"external", hit->is_external, true},
    };

    memcpy(list, all, sizeof(all));
}

static bool plain_value(const struct hit *hit, const char *name, uint64_t *number)
{
    struct plain list[PLAIN_COUNT];

    list_plain(hit, list);
    for (size_t i = 0; i < PLAIN_COUNT; i++) {
        if (list[i].is_there && strcmp(list[i].name, name) == 0) {
            *number = list[i].value;
            return true;
        }
    }
    return false;
}

static const struct reg_field *field_of_register(const struct source *source, const char *name)
{
    if (source->kind != SOURCE_REG) return NULL;
    for (const struct reg_field *field = source->place.reg->fields;
         field != NULL && field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0) return field;
    }
    return NULL;
}

/* ---- Judging a hit ---- */

struct judging {
    struct debugger *debugger;
    const struct source *source;
    const struct hit *hit;
    struct trace_item item;
    bool has_item;
};

static bool value_of(void *ctx, const char *name, uint64_t *number, const char **text)
{
    struct judging *judging = ctx;
    const struct reg_field *field = field_of_register(judging->source, name);

    *text = NULL;
    if (judging->has_item && trace_item_value(&judging->item, name, number, text)) return true;
    if (plain_value(judging->hit, name, number)) return true;
    if (field != NULL && judging->hit->has_value) {
        *number = field_value(field, judging->hit->value);
        return true;
    }
    return expression_name(judging->debugger->observer, name, number);
}

const struct trace_item *hit_item(struct debugger *debugger, const struct hit *hit,
                                  struct trace_item *room)
{
    struct trace_items events;

    if (hit->item != NULL || !hit->has_item) return hit->item;
    events = history_events(debugger->config.history);
    return events.get(events.ctx, hit->seq, room) ? room : NULL;
}

bool hit_holds(struct debugger *debugger, const struct breakpoint *breakpoint,
               const struct hit *hit)
{
    struct judging judging = {.debugger = debugger, .source = &breakpoint->source, .hit = hit};
    const unsigned core = debugger->observer->core;
    const struct trace_item *item;
    struct trace_item room;
    bool holds;

    if (breakpoint->condition == NULL) return true;
    item = hit_item(debugger, hit, &room);
    if (item != NULL) {
        judging.item = *item;
        judging.has_item = true;
    }
    /* $rax in a condition is that of the core that hit. */
    debugger->observer->core = hit->core;
    holds = condition_holds(breakpoint->condition, &judging, value_of);
    debugger->observer->core = core;
    return holds;
}

/* ---- Judging a condition ---- */

struct asking {
    struct debugger *debugger;
    const struct source *source;
    struct hit hit; /* that knows all that one of this source may know */
};

static struct hit knowing(const struct source *source)
{
    switch (source->kind) {
    case SOURCE_REG:
    case SOURCE_MEM:
    case SOURCE_PHYS:
    case SOURCE_MSR:
    case SOURCE_PIXEL: return (struct hit){.has_value = true, .has_old = true};
    case SOURCE_BAR:
    case SOURCE_PORT:
    case SOURCE_LINE:
    case SOURCE_LAPIC:
    case SOURCE_VECTOR: return (struct hit){.has_value = true};
    case SOURCE_LBA:
    case SOURCE_EVENT:
    case SOURCE_PC: break;
    }
    return (struct hit){.number = 0};
}

static unsigned meaning(void *ctx, const char *name)
{
    const struct asking *asking = ctx;
    struct debugger *debugger = asking->debugger;
    unsigned found = 0;
    uint64_t number;

    for (size_t i = 0; i < debugger->observer->kind_count; i++) {
        if (source_meets_kind(asking->source, &debugger->observer->kinds[i])) {
            found |= trace_kind_meaning(&debugger->observer->kinds[i], name);
        }
    }
    if (found == 0 && (plain_value(&asking->hit, name, &number) ||
                       field_of_register(asking->source, name) != NULL ||
                       expression_name(debugger->observer, name, &number))) {
        found = CONDITION_NUMBER;
    }
    return found;
}

static int refuse(const struct asking *asking, const char *name, struct error *err)
{
    const struct debugger *debugger = asking->debugger;
    char text[DEBUGGER_SOURCE_BYTES];
    struct plain list[PLAIN_COUNT];
    char room[TRACE_FIELD_BYTES];
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (size_t i = 0; i < debugger->observer->kind_count; i++) {
        if (source_meets_kind(asking->source, &debugger->observer->kinds[i])) {
            trace_kind_suggest(&debugger->observer->kinds[i], &meant, room);
        }
    }
    for (const struct reg_field *field =
             asking->source->kind == SOURCE_REG ? asking->source->place.reg->fields : NULL;
         field != NULL && field->name != NULL; field++) {
        suggest_try(&meant, field->name);
    }
    list_plain(&asking->hit, list);
    for (size_t i = 0; i < PLAIN_COUNT; i++) {
        if (list[i].is_there) {
            suggest_try(&meant, list[i].name);
        }
    }
    (void)source_text(debugger, asking->source, text);
    if (meant.word != NULL) {
        return error_usage(err, "'%.40s' is not known of '%.80s'; did you mean '%s'?", name, text,
                           meant.word);
    }
    return error_usage(err, "'%.40s' is not known of '%.80s' ('help conditions')", name, text);
}

int condition_check(struct debugger *debugger, const struct source *source,
                    const struct condition *condition, struct error *err)
{
    struct asking asking = {.debugger = debugger, .source = source, .hit = knowing(source)};
    const char *name = condition_stray(condition, &asking, meaning);

    return name != NULL ? refuse(&asking, name, err) : 0;
}
