/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that change the place. */
#include "emu/debug/debugger_internal.h"

#include <string.h>

#define CYCLE_PS_X2 625u /* two cycles at 3.2 GHz */
#define STEPS_MAX   100000000u

int do_continue(struct debugger *debugger, const struct words *words, struct error *err)
{
    if (words->count > 1) return error_usage(err, "continue takes no argument");
    return motion_result(debugger, motion_run(debugger, false, VTIME_NEVER, err), err);
}

int do_reverse_continue(struct debugger *debugger, const struct words *words, struct error *err)
{
    if (words->count > 1) return error_usage(err, "reverse-continue takes no argument");
    return motion_result(debugger, motion_run(debugger, true, VTIME_NEVER, err), err);
}

/* ---- Steps ---- */

enum stride {
    STRIDE_INSN,
    STRIDE_NEXT,
    STRIDE_BLOCK,
    STRIDE_EVENT,
};

static enum stride stride_of(const char *name)
{
    if (strstr(name, "next") != NULL) return STRIDE_NEXT;
    if (strstr(name, "block") != NULL) return STRIDE_BLOCK;
    return strstr(name, "event") != NULL ? STRIDE_EVENT : STRIDE_INSN;
}

static enum history_stop one_step(struct debugger *debugger, enum stride stride, bool is_back,
                                  struct error *err)
{
    switch (stride) {
    case STRIDE_NEXT: return motion_next(debugger, is_back, err);
    case STRIDE_BLOCK: return motion_step(debugger, HISTORY_BLOCK, is_back, err);
    case STRIDE_EVENT: return motion_step(debugger, HISTORY_EVENT, is_back, err);
    case STRIDE_INSN: break;
    }
    return motion_step(debugger, HISTORY_INSN, is_back, err);
}

int do_step(struct debugger *debugger, const struct words *words, struct error *err)
{
    const struct command *command = command_named(words->word[0]);
    const bool is_back = strncmp(command->name, "reverse-", 8) == 0;
    enum history_stop stop = HISTORY_THERE;
    uint64_t count = 1;

    if (words->count > 1 && expression_value(debugger->observer, words->rest[1], &count, err) != 0)
        return -1;
    if (count == 0 || count > STEPS_MAX) {
        return error_usage(err, "between 1 and %u steps can be made at once", STEPS_MAX);
    }
    for (uint64_t i = 0; i < count && stop == HISTORY_THERE; i++) {
        stop = one_step(debugger, stride_of(command->name), is_back, err);
    }
    return motion_result(debugger, stop, err);
}

/* ---- Going somewhere ---- */

static int need_number(struct debugger *debugger, const struct words *words, uint64_t *value,
                       struct error *err)
{
    if (words->count < 3) {
        return error_usage(err, "a number was expected behind '%s'", words->word[1]);
    }
    return expression_value(debugger->observer, words->rest[2], value, err);
}

static enum history_stop goto_end(struct debugger *debugger, struct error *err)
{
    struct history_place last;

    history_last(debugger->config.history, &last);
    return history_goto(debugger->config.history, &last.at, err);
}

static int goto_event(struct debugger *debugger, const struct words *words, enum history_stop *stop,
                      struct error *err)
{
    struct trace_items events = history_events(debugger->config.history);
    uint64_t seq = 0;
    uint64_t first;
    uint64_t last;

    if (need_number(debugger, words, &seq, err) != 0) return -1;
    events.range(events.ctx, &first, &last);
    if (seq < first || seq > last) {
        return error_usage(err, "the run has events %llu to %llu", (unsigned long long)first,
                           (unsigned long long)last);
    }
    motion_begin(debugger, false);
    *stop = history_goto_event(debugger->config.history, seq, err);
    return 0;
}

static int goto_cycle(struct debugger *debugger, const struct words *words, enum history_stop *stop,
                      struct error *err)
{
    uint64_t cycle = 0;

    if (need_number(debugger, words, &cycle, err) != 0) return -1;
    if (cycle > UINT64_MAX / CYCLE_PS_X2 - 1) return error_usage(err, "that is beyond all time");
    motion_begin(debugger, false);
    *stop = history_goto_time(debugger->config.history, (cycle * CYCLE_PS_X2 + 1) / 2, err);
    return 0;
}

static int goto_found(struct debugger *debugger, enum history_stop *stop, struct error *err)
{
    if (!debugger->has_found) {
        return error_usage(err, "last-write has found nothing yet that could be gone to");
    }
    motion_begin(debugger, false);
    *stop = history_goto(debugger->config.history, &debugger->found.at, err);
    return 0;
}

static int goto_somewhere(struct debugger *debugger, const struct words *words,
                          enum history_stop *stop, struct error *err)
{
    const char *where = words->count > 1 ? words->word[1] : "found";
    vtime when;

    if (strcmp(where, "ev") == 0) return goto_event(debugger, words, stop, err);
    if (strcmp(where, "cycle") == 0) return goto_cycle(debugger, words, stop, err);
    if (words->count > 2) return error_usage(err, "'%.40s' is not expected there", words->word[2]);
    if (strcmp(where, "found") == 0) return goto_found(debugger, stop, err);
    if (strcmp(where, "begin") != 0 && strcmp(where, "end") != 0 && !time_parse(where, &when)) {
        return error_usage(err,
                           "'%.40s' is no place: ev N, a time as 2.5s or 500ms, cycle N, begin, "
                           "end or found",
                           where);
    }
    motion_begin(debugger, false);
    if (strcmp(where, "end") == 0) {
        *stop = goto_end(debugger, err);
    } else {
        *stop = history_goto_time(debugger->config.history, strcmp(where, "begin") == 0 ? 0 : when,
                                  err);
    }
    return 0;
}

int do_goto(struct debugger *debugger, const struct words *words, struct error *err)
{
    enum history_stop stop = HISTORY_THERE;

    if (goto_somewhere(debugger, words, &stop, err) != 0) return -1;
    motion_end(debugger, stop);
    return motion_result(debugger, stop, err);
}

int do_core(struct debugger *debugger, const struct words *words, struct error *err)
{
    char where[320];
    uint64_t core;

    if (words->count > 1) {
        if (expression_value(debugger->observer, words->rest[1], &core, err) != 0) return -1;
        if (core > MACHINE_CORES_MAX || !debugger_select_core(debugger, (unsigned)core)) {
            return error_usage(err, "there is no core %llu", (unsigned long long)core);
        }
    }
    debugger_where(debugger, where, sizeof(where));
    debugger_print(debugger, "%s\n", where);
    return 0;
}
