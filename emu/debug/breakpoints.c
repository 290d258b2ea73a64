/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of what is watched. Numbers are never given twice. */
#include "emu/debug/debugger_internal.h"

#include <stdio.h>
#include <string.h>

/* The condition speaks of what is there behind the access, which a probe in front of it cannot know. */
static bool needs_value(const char *condition)
{
    static const char *const names[] = {"new", "value", "written"};

    for (const char *p = condition; *p != '\0';) {
        const size_t blank = strspn(p, " \t()!=<>&|+-");
        const size_t word = strcspn(p + blank, " \t()!=<>&|+-");

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            if (strlen(names[i]) == word && strncmp(p + blank, names[i], word) == 0) return true;
        }
        p += blank + word;
    }
    return false;
}

static bool is_memory(const struct source *source)
{
    return source->kind == SOURCE_MEM || source->kind == SOURCE_PHYS ||
           source->kind == SOURCE_PIXEL;
}

static int set_condition(struct debugger *debugger, struct breakpoint *breakpoint,
                         const char *condition, struct error *err)
{
    if (strlen(condition) >= sizeof(breakpoint->condition_text)) {
        return error_usage(err, "a condition has at most %zu characters",
                           sizeof(breakpoint->condition_text) - 1);
    }
    breakpoint->condition = condition_parse(condition, err);
    if (breakpoint->condition == NULL) return -1;
    if (condition_check(debugger, &breakpoint->source, breakpoint->condition, err) != 0) {
        condition_destroy(breakpoint->condition);
        breakpoint->condition = NULL;
        return -1;
    }
    (void)snprintf(breakpoint->condition_text, sizeof(breakpoint->condition_text), "%s", condition);
    breakpoint->is_late = is_memory(&breakpoint->source) && needs_value(condition);
    return 0;
}

struct breakpoint *breakpoint_add(struct debugger *debugger, enum verb verb,
                                  const struct source *source, const char *condition,
                                  struct error *err)
{
    struct breakpoint *breakpoint = breakpoint_find(debugger, 0);

    if (breakpoint == NULL) {
        (void)error_usage(err, "there are %u breakpoints already; delete some",
                          DEBUGGER_BREAKPOINTS_MAX);
        return NULL;
    }
    *breakpoint = (struct breakpoint){.verb = verb, .is_enabled = true, .source = *source};
    if (condition != NULL && set_condition(debugger, breakpoint, condition, err) != 0) return NULL;
    breakpoint->number = ++debugger->numbers;
    debugger->is_dirty = true;
    debugger->generation++;
    return breakpoint;
}

struct breakpoint *breakpoint_add_hidden(struct debugger *debugger, const struct source *source,
                                         const char *condition, struct error *err)
{
    struct breakpoint *breakpoint = breakpoint_add(debugger, VERB_BREAK, source, condition, err);

    if (breakpoint == NULL) return NULL;
    breakpoint->is_hidden = true;
    breakpoint->number = HIDDEN_FIRST + (unsigned)(breakpoint - debugger->breakpoint);
    debugger->numbers--;
    return breakpoint;
}

static const struct breakpoint *find(const struct debugger *debugger, unsigned number)
{
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        if (debugger->breakpoint[i].number == number) return &debugger->breakpoint[i];
    }
    return NULL;
}

struct breakpoint *breakpoint_find(struct debugger *debugger, unsigned number)
{
    const struct breakpoint *breakpoint = find(debugger, number);

    return breakpoint != NULL ? &debugger->breakpoint[breakpoint - debugger->breakpoint] : NULL;
}

void breakpoint_remove(struct debugger *debugger, struct breakpoint *breakpoint)
{
    if (breakpoint->condition != NULL) {
        condition_destroy(breakpoint->condition);
    }
    *breakpoint = (struct breakpoint){.number = 0};
    debugger->is_dirty = true;
    debugger->generation++;
}

/* ---- For front ends ---- */

size_t debugger_breakpoints(const struct debugger *debugger,
                            struct debugger_breakpoint list[DEBUGGER_BREAKPOINTS_MAX])
{
    size_t count = 0;

    for (unsigned number = 1; number <= debugger->numbers; number++) {
        const struct breakpoint *breakpoint = find(debugger, number);

        if (breakpoint == NULL) continue;
        list[count++] = (struct debugger_breakpoint){
            .number = number,
            .is_enabled = breakpoint->is_enabled,
            .is_trace = breakpoint->verb == VERB_TRACE,
            .is_code = breakpoint->source.kind == SOURCE_PC,
            .addr = breakpoint->source.first,
            .hits = breakpoint->hits,
        };
    }
    return count;
}

void debugger_breakpoint_text(const struct debugger *debugger, unsigned number, char *text,
                              size_t bytes)
{
    const struct breakpoint *breakpoint = number != 0 ? find(debugger, number) : NULL;
    char source[DEBUGGER_SOURCE_BYTES];

    text[0] = '\0';
    if (breakpoint == NULL) return;
    (void)snprintf(text, bytes, "%s %s%s%s", breakpoint->verb == VERB_TRACE ? "trace" : "break",
                   source_text(debugger, &breakpoint->source, source),
                   breakpoint->condition != NULL ? " if " : "", breakpoint->condition_text);
}

unsigned debugger_breakpoint_of(const struct debugger *debugger, const struct trace_item *item)
{
    struct hit hit;

    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        const struct breakpoint *breakpoint = &debugger->breakpoint[i];

        if (breakpoint->number != 0 && breakpoint->is_enabled && !breakpoint->is_hidden &&
            source_meets_item(&breakpoint->source, item, &hit))
            return breakpoint->number;
    }
    return 0;
}

int debugger_add_watch(struct debugger *debugger, enum debugger_watch kind, uint64_t linear,
                       uint64_t bytes, struct error *err)
{
    struct source source = {
        .kind = kind == DEBUGGER_CODE ? SOURCE_PC : SOURCE_MEM,
        .on_read = kind == DEBUGGER_READ || kind == DEBUGGER_ACCESS,
        .on_write = kind == DEBUGGER_WRITE || kind == DEBUGGER_ACCESS,
        .first = linear,
        .last = linear,
    };
    struct breakpoint *breakpoint;

    if (kind != DEBUGGER_CODE) {
        if (bytes == 0 || bytes - 1 > UINT64_MAX - linear || bytes > UINT64_C(1) << 32) {
            return error_usage(err, "a range has 1 to 2^32 bytes and does not wrap");
        }
        source.last = linear + bytes - 1;
    }
    breakpoint = breakpoint_add(debugger, VERB_BREAK, &source, NULL, err);
    if (breakpoint == NULL) return -1;
    breakpoint->is_watch = true;
    breakpoint->watch = kind;
    return (int)breakpoint->number;
}

int debugger_delete(struct debugger *debugger, unsigned number, struct error *err)
{
    struct breakpoint *breakpoint = number != 0 ? breakpoint_find(debugger, number) : NULL;

    if (breakpoint == NULL) return error_usage(err, "there is no breakpoint %u", number);
    breakpoint_remove(debugger, breakpoint);
    return 0;
}
