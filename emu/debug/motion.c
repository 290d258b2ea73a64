/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running and stepping on a history. What a probe told is judged once more where it stopped: conditions
 * about what a write left, and hits that are to be passed (`ignore`).
 */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HITS_MAX 32

/* ---- Frame of a motion ---- */

static void set_start(struct debugger *debugger)
{
    struct history_place here;

    history_here(debugger->config.history, &here);
    debugger->start = here.at;
    debugger->start_pc = debugger_pc(debugger, here.at.core);
    debugger->has_stopped = false;
    debugger->recent_count = 0;
}

void motion_begin(struct debugger *debugger, bool is_back)
{
    debugger_remember(debugger);
    set_start(debugger);
    debugger->is_back = is_back;
    debugger->has_pending = false;
    debugger->reason = (struct debugger_reason){.stop = HISTORY_THERE};
    debugger->has_reason_hit = false;
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        debugger->breakpoint[i].has_old = false;
    }
}

void motion_end(struct debugger *debugger, enum history_stop stop)
{
    struct history_place here;

    hit_flush(debugger);
    debugger->is_moving = false;
    history_here(debugger->config.history, &here);
    if (debugger_cpu(debugger, here.at.core) != NULL) {
        debugger->observer->core = here.at.core;
    }
    if (debugger->has_reason_hit && !debugger->reason_hit.is_dma &&
        debugger_cpu(debugger, debugger->reason_hit.core) != NULL) {
        debugger->observer->core = debugger->reason_hit.core;
    }
    debugger->rest = here.at;
    debugger->stood = here.at;
    debugger->reason.stop = stop;
    debugger->generation++;
    debugger->examine_next = 0;
}

/* ---- What it stopped for ---- */

/* The newest hit of a breakpoint that does not lie behind where the machine stands. */
static const struct hit *find_recent(struct debugger *debugger, unsigned number)
{
    const size_t kept =
        debugger->recent_count < DEBUGGER_RECENT ? debugger->recent_count : DEBUGGER_RECENT;
    struct history_place here;

    history_here(debugger->config.history, &here);
    for (size_t i = 1; i <= kept; i++) {
        const struct hit *hit = &debugger->recent[(debugger->recent_count - i) % DEBUGGER_RECENT];

        if (hit->number != number) continue;
        if (machine_instant_compare(debugger->config.machine, &hit->at, &here.at) > 0) continue;
        return hit;
    }
    return NULL;
}

static void set_reason(struct debugger *debugger, struct breakpoint *breakpoint,
                       const struct hit *hit)
{
    debugger->reason.number = breakpoint->is_hidden ? 0 : breakpoint->number;
    debugger->reason.is_watch = breakpoint->is_watch;
    debugger->reason.kind = breakpoint->watch;
    debugger->reason.addr = hit->addr;
    debugger->reason_hit = *hit;
    debugger->has_reason_hit = true;
}

/* This breakpoint wants the machine to stand here. */
static bool is_wanted(struct debugger *debugger, struct breakpoint *breakpoint)
{
    const struct hit *kept = find_recent(debugger, breakpoint->number);
    struct hit hit = kept != NULL ? *kept : (struct hit){.number = breakpoint->number};
    struct history_place here;

    if (breakpoint->source.kind == SOURCE_PC) {
        /* It stands in front of it: what was kept last may be an earlier hit, passed on the way here. */
        history_here(debugger->config.history, &here);
        hit = (struct hit){.number = breakpoint->number,
                           .at = here.at,
                           .when = here.when,
                           .seq = here.seq,
                           .core = here.at.core,
                           .pc = breakpoint->source.first,
                           .addr = breakpoint->source.first};
    }
    if (hit.is_write && !hit.has_value) {
        hit.has_value = source_memory(debugger, &breakpoint->source, &hit, &hit.value);
        hit.written = hit.value;
    }
    if (breakpoint->is_late && !hit_holds(debugger, breakpoint, &hit)) return false;
    breakpoint->hits++;
    if (breakpoint->ignore > 0) {
        breakpoint->ignore--;
        return false;
    }
    /* What somebody set counts more than what the debugger needs itself. */
    if (!debugger->has_reason_hit || debugger->reason.number == 0) {
        set_reason(debugger, breakpoint, &hit);
    }
    return true;
}

static bool is_stop(struct debugger *debugger)
{
    uint32_t ids[HITS_MAX];
    const size_t count = history_hits(debugger->config.history, ids, HITS_MAX);
    bool is_wanted_here = count == 0;

    for (size_t i = 0; i < count && i < HITS_MAX; i++) {
        struct breakpoint *breakpoint =
            ids[i] != 0 && ids[i] != HIDDEN_MOVED ? breakpoint_find(debugger, ids[i]) : NULL;

        if (breakpoint == NULL) {
            debugger->is_dirty = true;
            continue;
        }
        if (is_wanted(debugger, breakpoint)) {
            is_wanted_here = true;
        }
    }
    return is_wanted_here;
}

/* Temporary breakpoints that brought it here have done their work. */
static void drop_temporary(struct debugger *debugger)
{
    uint32_t ids[HITS_MAX];
    const size_t count = history_hits(debugger->config.history, ids, HITS_MAX);

    for (size_t i = 0; i < count && i < HITS_MAX; i++) {
        struct breakpoint *breakpoint = ids[i] != 0 ? breakpoint_find(debugger, ids[i]) : NULL;

        if (breakpoint != NULL && breakpoint->is_temporary) {
            breakpoint_remove(debugger, breakpoint);
        }
    }
}

/* ---- Running ---- */

static enum history_stop run_on(struct debugger *debugger, bool is_back, vtime limit,
                                struct error *err)
{
    struct history *history = debugger->config.history;
    enum history_stop stop;

    for (;;) {
        if (probes_apply(debugger, err) != 0) return HISTORY_TROUBLE;
        debugger->is_moving = true;
        stop = is_back ? history_run_back(history, err) : history_run(history, limit, err);
        if (stop != HISTORY_HIT || is_stop(debugger)) return stop;
        hit_flush(debugger);
        set_start(debugger);
        debugger->is_dirty = debugger->is_dirty || debugger->has_pixel;
    }
}

enum history_stop motion_run(struct debugger *debugger, bool is_back, vtime limit,
                             struct error *err)
{
    enum history_stop stop;

    motion_begin(debugger, is_back);
    stop = run_on(debugger, is_back, limit, err);
    motion_end(debugger, stop);
    if (stop == HISTORY_HIT) {
        drop_temporary(debugger);
    }
    return stop;
}

/* A step from the start to `here` came by `rest`, or would have: of a machine that goes nowhere by itself any
 * more. */
static bool is_passed(struct debugger *debugger, const struct machine_instant *rest,
                      const struct machine_instant *here, enum history_stop stop)
{
    struct machine *machine = debugger->config.machine;
    const int from_start = machine_instant_compare(machine, rest, &debugger->start);
    const int from_here = machine_instant_compare(machine, rest, here);

    if (stop == HISTORY_END && !debugger->is_back && from_start > 0) return true;
    return (from_start > 0 && from_here < 0) || (from_start < 0 && from_here > 0);
}

enum history_stop motion_step(struct debugger *debugger, enum history_step step, bool is_back,
                              struct error *err)
{
    struct history *history = debugger->config.history;
    struct machine_instant rest = debugger->rest;
    enum history_stop stop;
    struct history_place here;

    motion_begin(debugger, is_back);
    if (machine_instant_compare(debugger->config.machine, &debugger->start, &debugger->stood) !=
        0) {
        rest = debugger->start; /* somebody else has moved it */
    }
    stop =
        is_back ? history_step_back(history, step, err) : history_step_forward(history, step, err);
    history_here(history, &here);
    if (step != HISTORY_EVENT && is_passed(debugger, &rest, &here.at, stop)) {
        stop = history_goto(history, &rest, err);
    }
    motion_end(debugger, stop);
    debugger->rest = rest;
    return stop == HISTORY_HIT ? HISTORY_THERE : stop;
}

enum history_stop debugger_continue(struct debugger *debugger, bool is_back, struct error *err)
{
    return motion_run(debugger, is_back, VTIME_NEVER, err);
}

enum history_stop debugger_step(struct debugger *debugger, enum history_step step, bool is_back,
                                struct error *err)
{
    return motion_step(debugger, step, is_back, err);
}

void debugger_reason(const struct debugger *debugger, struct debugger_reason *reason)
{
    *reason = debugger->reason;
}

/* ---- Over calls ---- */

static bool is_call(const struct debugger_insn *insn)
{
    return strncmp(insn->text, "call", 4) == 0 || strncmp(insn->text, "lcall", 5) == 0 ||
           strncmp(insn->text, "rep", 3) == 0 || strncmp(insn->text, "int ", 4) == 0;
}

static bool is_return(const struct debugger_insn *insn)
{
    return strncmp(insn->text, "ret", 3) == 0 || strncmp(insn->text, "lret", 4) == 0 ||
           strncmp(insn->text, "iret", 4) == 0;
}

/* To `pc` on this core, with the stack where it is now or less deep. */
static enum history_stop run_to(struct debugger *debugger, uint64_t pc, uint64_t sp, bool is_back,
                                struct error *err)
{
    const struct source source = {.kind = SOURCE_PC, .first = pc, .last = pc};
    char condition[96];
    struct breakpoint *breakpoint;
    enum history_stop stop;

    (void)snprintf(condition, sizeof(condition), "core == %u and $rsp >= 0x%" PRIx64,
                   debugger->observer->core, sp);
    breakpoint = breakpoint_add_hidden(debugger, &source, condition, err);
    if (breakpoint == NULL) return HISTORY_TROUBLE;
    stop = motion_run(debugger, is_back, VTIME_NEVER, err);
    breakpoint_remove(debugger, breakpoint);
    return stop == HISTORY_HIT && debugger->reason.number == 0 ? HISTORY_THERE : stop;
}

static enum history_stop next_back(struct debugger *debugger, uint64_t pc, uint64_t sp,
                                   struct error *err)
{
    enum history_stop stop = motion_step(debugger, HISTORY_INSN, true, err);
    struct debugger_insn insn;
    uint64_t call;

    if (stop != HISTORY_THERE) return stop;
    if (!disassemble_one(debugger, debugger->observer->core,
                         debugger_pc(debugger, debugger->observer->core), &insn) ||
        !is_return(&insn))
        return stop;
    call = debugger_back_up(debugger, pc, 1);
    if (!disassemble_one(debugger, debugger->observer->core, call, &insn) || !is_call(&insn))
        return stop;
    return run_to(debugger, call, sp, true, err);
}

enum history_stop motion_next(struct debugger *debugger, bool is_back, struct error *err)
{
    const uint64_t pc = debugger_pc(debugger, debugger->observer->core);
    struct debugger_insn insn;
    struct history_place here;
    uint64_t sp;

    history_here(debugger->config.history, &here);
    if (!expression_name(debugger->observer, "$rsp", &sp)) return HISTORY_TROUBLE;
    if (is_back) return next_back(debugger, pc, sp, err);
    if (here.at.core == debugger->observer->core &&
        disassemble_one(debugger, debugger->observer->core, pc, &insn) && is_call(&insn)) {
        return run_to(debugger, pc + insn.bytes, sp, false, err);
    }
    return motion_step(debugger, HISTORY_INSN, false, err);
}

/* ---- Telling ---- */

static const char *stop_text(const struct debugger *debugger, enum history_stop stop)
{
    switch (stop) {
    case HISTORY_THERE:
    case HISTORY_HIT: return "";
    case HISTORY_BEGIN: return "power-on is reached";
    case HISTORY_END:
        return history_is_at_end(debugger->config.history) ? "the end of the run is reached" : "";
    case HISTORY_INTERRUPTED: return "interrupted";
    case HISTORY_DIVERGED: return "the run does not go as it was recorded";
    case HISTORY_TROUBLE: return "the history cannot go on";
    }
    return "";
}

static void tell_hit(struct debugger *debugger)
{
    const struct breakpoint *breakpoint =
        debugger->reason.number != 0 ? breakpoint_find(debugger, debugger->reason.number) : NULL;
    char text[320];

    if (breakpoint == NULL || !debugger->has_reason_hit) return;
    hit_text(debugger, &breakpoint->source, &debugger->reason_hit, text, sizeof(text));
    debugger_print(debugger, "breakpoint %u: %s\n", breakpoint->number, text);
}

void motion_tell(struct debugger *debugger, enum history_stop stop)
{
    const char *text = stop_text(debugger, stop);
    char where[320];

    if (stop == HISTORY_HIT) {
        tell_hit(debugger);
    }
    if (*text != '\0') {
        debugger_print(debugger, "%s\n", text);
    }
    debugger_where(debugger, where, sizeof(where));
    debugger_print(debugger, "%s\n", where);
}

int motion_result(struct debugger *debugger, enum history_stop stop, struct error *err)
{
    if (stop == HISTORY_TROUBLE || stop == HISTORY_DIVERGED) {
        return error_host(err, "%s", stop_text(debugger, stop));
    }
    motion_tell(debugger, stop);
    return 0;
}
