/* SPDX-License-Identifier: GPL-2.0-only */
/* Why something happened: the chain of events that led to it, oldest first. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHAIN_MAX 64u

/* From the newest up to the first cause; returns how many. */
static size_t collect(struct debugger *debugger, uint64_t seq, struct trace_item *chain,
                      size_t room)
{
    struct trace_items events = history_events(debugger->config.history);
    size_t count = 0;

    while (seq != 0 && count < room && events.get(events.ctx, seq, &chain[count])) {
        const uint64_t cause = chain[count].cause;

        count++;
        /* A cause is always older; anything else comes from a damaged file. */
        if (cause >= seq) break;
        seq = cause;
    }
    return count;
}

static void print_root(struct debugger *debugger, const struct trace_item *root)
{
    char symbol[80];

    if (root->cause != 0) {
        debugger_print(debugger, "  (events before #%" PRIu64 " are not kept)\n", root->seq);
    } else if (root->pc != 0) {
        debugger_print(debugger, "  core %u, block at %" PRIx64 "%s\n", root->core, root->pc,
                       debugger_symbol(debugger, root->pc, symbol, sizeof(symbol)));
    } else {
        debugger_print(debugger, "  time (an event of the scheduler) or an input\n");
    }
}

/* As the commands call it. */
static const char *device_text(const char *path)
{
    const char *alias = trace_alias_of(path);

    return alias != NULL ? alias : path;
}

static void print_link(struct debugger *debugger, const struct trace_item *item, vtime before)
{
    char time[DEBUGGER_TIME_BYTES];
    char delta[DEBUGGER_TIME_BYTES];

    debugger_print(debugger, "  ev %-8" PRIu64 " %s +%s %s %s", item->seq,
                   time_text(item->when, time), time_text(item->when - before, delta),
                   device_text(item->device), item->type->name);
    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (item->type->is_text[i]) {
            debugger_print(debugger, " %s=%s", item->type->fields[i],
                           item->texts[i] != NULL ? item->texts[i] : "");
        } else {
            debugger_print(debugger, " %s=0x%" PRIx64, item->type->fields[i], item->args[i]);
        }
    }
    debugger_print(debugger, "\n");
}

void print_chain(struct debugger *debugger, uint64_t seq)
{
    struct trace_item chain[CHAIN_MAX];
    const size_t count = collect(debugger, seq, chain, CHAIN_MAX);
    vtime before;

    if (count == 0) {
        debugger_print(debugger, "  event %" PRIu64 " is not kept\n", seq);
        return;
    }
    before = chain[count - 1].when;
    print_root(debugger, &chain[count - 1]);
    for (size_t i = count; i > 0; i--) {
        print_link(debugger, &chain[i - 1], before);
        before = chain[i - 1].when;
    }
}

/* What followed from it at once: the next links, a level deep. */
static void print_effects(struct debugger *debugger, uint64_t seq)
{
    struct trace_items events = history_events(debugger->config.history);
    struct trace_item item;
    uint64_t first;
    uint64_t last;
    unsigned count = 0;

    events.range(events.ctx, &first, &last);
    for (uint64_t next = seq + 1; next <= last && next - seq < DEBUGGER_LINES_MAX; next++) {
        if (!events.get(events.ctx, next, &item) || item.cause != seq) continue;
        if (count++ == 0) {
            debugger_print(debugger, "led to:\n");
        }
        if (count > CHAIN_MAX) {
            debugger_print(debugger, "  ...\n");
            return;
        }
        print_link(debugger, &item, item.when);
    }
}

/* `why`, `why ev N`, `why N`. */
int do_why(struct debugger *debugger, const struct words *words, struct error *err)
{
    const bool has_word = words->count > 1 && strcmp(words->word[1], "ev") == 0;
    const unsigned at = has_word ? 2 : 1;
    struct trace_items events = history_events(debugger->config.history);
    struct history_place here;
    uint64_t seq;
    uint64_t first;
    uint64_t last;

    history_here(debugger->config.history, &here);
    seq = debugger->has_reason_hit && debugger->reason_hit.has_item ? debugger->reason_hit.seq
                                                                    : here.seq;
    if (words->count > at &&
        expression_value(debugger->observer, words->rest[at], &seq, err) != 0) {
        return -1;
    }
    events.range(events.ctx, &first, &last);
    if (seq < first || seq > last) {
        return error_usage(err, "the run has events %" PRIu64 " to %" PRIu64, first, last);
    }
    print_chain(debugger, seq);
    print_effects(debugger, seq);
    return 0;
}
