/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who last wrote it? What the event trace knows (registers, interrupts, blocks, events) is looked up in the
 * recorded events; for the rest the run is searched backwards with a breakpoint of its own. In both cases
 * the machine goes there, looks at the instruction and at what it changed, and comes back to where it was,
 * unless `goto` ends the line.
 */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct search {
    struct source source;
    struct hit hit;
    struct history_place found; /* behind it */
    bool is_found;
    bool has_insn;
    struct debugger_insn insn;
    bool has_present; /* of memory: what is there where the question was asked */
    uint64_t present;
};

/* ---- Where it happened ---- */

static enum history_stop search_events(struct debugger *debugger, struct search *search,
                                       struct error *err)
{
    struct history *history = debugger->config.history;
    struct history_place here;
    struct trace_item item;
    enum history_stop stop;

    history_here(history, &here);
    if (!events_find_back(debugger, &search->source, here.seq, &item)) return HISTORY_BEGIN;
    (void)source_meets_item(&search->source, &item, &search->hit);
    search->hit.item = NULL;
    stop = history_goto_event(history, item.seq, err);
    search->is_found = stop == HISTORY_THERE;
    return stop;
}

/* Breakpoints of others do not count meanwhile. */
static void set_others(struct debugger *debugger, bool on, bool is_enabled[])
{
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];

        if (on) {
            breakpoint->is_enabled = is_enabled[i];
        } else {
            is_enabled[i] = breakpoint->is_enabled;
            breakpoint->is_enabled = false;
        }
    }
    debugger->is_dirty = true;
}

static enum history_stop search_run(struct debugger *debugger, struct search *search,
                                    struct error *err)
{
    bool is_enabled[DEBUGGER_BREAKPOINTS_MAX];
    struct breakpoint *breakpoint;
    enum history_stop stop = HISTORY_TROUBLE;

    set_others(debugger, false, is_enabled);
    breakpoint = breakpoint_add_hidden(debugger, &search->source, NULL, err);
    if (breakpoint != NULL) {
        stop = motion_run(debugger, true, VTIME_NEVER, err);
        breakpoint_remove(debugger, breakpoint);
    }
    set_others(debugger, true, is_enabled);
    search->is_found = stop == HISTORY_HIT;
    search->hit = debugger->reason_hit;
    return stop == HISTORY_HIT ? HISTORY_THERE : stop;
}

/* ---- What did it ---- */

/* The instruction in front of this place, by going back to it; and what memory was before. */
static enum history_stop look_at_insn(struct debugger *debugger, struct search *search,
                                      struct error *err)
{
    struct history *history = debugger->config.history;
    const unsigned core = search->hit.core;
    enum history_stop stop;

    if (search->source.kind == SOURCE_PC) {
        search->has_insn = disassemble_one(debugger, core, search->source.first, &search->insn);
        return HISTORY_THERE;
    }
    if (search->hit.is_dma || search->hit.pc == 0) return HISTORY_THERE;
    stop = history_step_back(history, HISTORY_INSN, err);
    if (stop != HISTORY_THERE) return stop;
    search->has_insn = disassemble_one(debugger, core, debugger_pc(debugger, core), &search->insn);
    return history_goto(history, &search->found.at, err);
}

static void print_who(struct debugger *debugger, const struct search *search)
{
    const struct hit *hit = &search->hit;
    struct trace_items events = history_events(debugger->config.history);
    struct trace_item item;
    char symbol[80];

    if (search->has_insn) {
        debugger_print(debugger, "  core %u, %" PRIx64 "%s%s%s: %s\n", hit->core, search->insn.addr,
                       search->insn.symbol[0] != '\0' ? " <" : "", search->insn.symbol,
                       search->insn.symbol[0] != '\0' ? ">" : "", search->insn.text);
    } else if (hit->pc != 0) {
        debugger_print(debugger, "  core %u, in the block at %" PRIx64 "%s\n", hit->core, hit->pc,
                       debugger_symbol(debugger, hit->pc, symbol, sizeof(symbol)));
    }
    if (hit->is_dma && hit->cause != 0 && events.get(events.ctx, hit->cause, &item)) {
        const char *alias = trace_alias_of(item.device);

        debugger_print(debugger, "  DMA by %s\n", alias != NULL ? alias : item.device);
    } else if (hit->is_dma) {
        debugger_print(debugger, "  DMA\n");
    }
}

/* A core's last write is not what is there now: somebody else has been there. */
static void print_doubt(struct debugger *debugger, const struct search *search)
{
    const struct hit *hit = &search->hit;

    if (search->source.kind != SOURCE_MEM || !search->has_present || !hit->has_value) return;
    if (hit->value == search->present) return;
    debugger_print(debugger,
                   "  but 0x%" PRIx64 " is there now, which no core has written at this address: "
                   "'last-write phys' sees DMA, too\n",
                   search->present);
}

static void print_search(struct debugger *debugger, const struct search *search)
{
    char text[320];
    char time[DEBUGGER_TIME_BYTES];
    const uint64_t chain = search->hit.has_item ? search->hit.seq : search->hit.cause;

    hit_text(debugger, &search->source, &search->hit, text, sizeof(text));
    debugger_print(debugger, "%s\n  at %s, ev %" PRIu64 "\n", text,
                   time_text(search->found.when, time), search->hit.seq);
    print_who(debugger, search);
    print_doubt(debugger, search);
    if (chain != 0) {
        debugger_print(debugger, "because of:\n");
        print_chain(debugger, chain);
    }
}

/* The last write of a register before `hit`, or its value after reset: what it had. */
static void find_old(struct debugger *debugger, struct search *search)
{
    struct source one = search->source;
    struct trace_item item;
    struct hit before;

    if (search->source.kind != SOURCE_REG || search->hit.has_old) return;
    one.has_index = true;
    one.place.index = search->hit.index;
    if (search->hit.seq > 1 && events_find_back(debugger, &one, search->hit.seq - 1, &item) &&
        source_meets_item(&one, &item, &before)) {
        search->hit.has_old = true;
        search->hit.old = before.value;
    }
}

static int go_home(struct debugger *debugger, const struct history_place *home, struct error *err)
{
    const enum history_stop stop = history_goto(debugger->config.history, &home->at, err);

    motion_end(debugger, stop);
    debugger->has_reason_hit = false;
    return stop == HISTORY_THERE ? 0 : error_host(err, "the way back was not found");
}

static enum history_stop find(struct debugger *debugger, struct search *search, struct error *err)
{
    enum history_stop stop;

    search->source.on_read = search->source.kind == SOURCE_PC;
    search->source.on_write = true;
    if (source_has_events(&search->source)) {
        motion_begin(debugger, true);
        stop = search_events(debugger, search, err);
        motion_end(debugger, stop);
    } else {
        stop = search_run(debugger, search, err);
    }
    if (!search->is_found) return stop;
    history_here(debugger->config.history, &search->found);
    find_old(debugger, search);
    return look_at_insn(debugger, search, err);
}

int do_last_write(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct search search = {.is_found = false};
    struct history_place home;
    unsigned at = 1;
    bool is_staying = true;
    enum history_stop stop;

    if (source_parse(debugger, words, &at, &search.source, err) != 0) return -1;
    if (at < words->count && strcmp(words->word[at], "goto") == 0) {
        is_staying = false;
        at++;
    }
    if (at < words->count) {
        return error_usage(err, "'%.40s' is not expected there", words->word[at]);
    }
    history_here(debugger->config.history, &home);
    search.has_present =
        source_memory(debugger, &search.source,
                      &(struct hit){.core = debugger->observer->core, .addr = search.source.first},
                      &search.present);
    stop = find(debugger, &search, err);
    if (search.is_found && stop == HISTORY_THERE) {
        print_search(debugger, &search);
        debugger->found = search.found;
        debugger->has_found = true;
    } else if (stop == HISTORY_BEGIN) {
        debugger_print(debugger, "nobody has, since power-on\n");
    } else if (stop == HISTORY_TROUBLE || stop == HISTORY_DIVERGED) {
        return motion_result(debugger, stop, err);
    } else {
        debugger_print(debugger, "interrupted\n");
    }
    if (is_staying || !search.is_found) return go_home(debugger, &home, err);
    return motion_result(debugger, stop, err);
}
