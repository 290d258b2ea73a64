/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backwards. Nothing runs backwards: the stretch from a checkpoint up to the present place is run again, and
 * what came last before it is where to go. The first time, checkpoints are taken on the way; then the next
 * steps back are short.
 */
#include "emu/base/bits.h"
#include "emu/debug/replay/history_internal.h"

/* How far before a place, in ticks of its core, the search for the place before it begins. */
#define NEAR_TICKS UINT64_C(4096)
#define FAR_TICKS  (UINT64_C(1) << 21)
/* Extra checkpoints of a stretch that is run again. */
#define STRETCH_EXTRAS 4u

/* ---- The place before ---- */

static void begin_of_run(const struct history *history, struct machine_instant *at)
{
    *at = checkpoints_get(history->checkpoints, 0)->at.at;
}

/* Somewhere before `place`, further away with each try. With one core its clock counts; with several, quanta
 * do: of each, and of the cores that had their turns in it, something may have come last. */
static void go_before(const struct history *history, const struct machine_instant *place,
                      unsigned try, struct machine_instant *at)
{
    const uint64_t ticks = try == 0 ? NEAR_TICKS : FAR_TICKS;
    struct machine_instant begin;

    begin_of_run(history, &begin);
    *at = begin;
    if (try >= 2) {
        const size_t index = checkpoints_until(history->checkpoints, place);
        size_t back = try - 1;

        /* From a checkpoint, and then from those before it. */
        if (index > back) *at = checkpoints_get(history->checkpoints, index - 1 - back)->at.at;
        return;
    }
    if (cpu_set_count(machine_cpus(history->config.machine)) > 1) {
        if (place->quantum <= begin.quantum + try) return;
        *at = (struct machine_instant){.quantum = place->quantum - try - 1};
    } else if (place->ticks > begin.ticks + ticks) {
        /* The edge: a machine at rest goes nowhere by itself, only to a time that is asked for. */
        *at = (struct machine_instant){.edge = place->edge, .ticks = place->ticks - ticks};
    }
}

/* ---- Trails: who steps back once does so again ---- */

static void add_place(struct history_trail *trail, const struct machine_instant *at)
{
    trail->at[trail->count % HISTORY_TRAIL] = *at;
    trail->count++;
}

/* Is it known which place comes before `place`? */
static bool is_on_trail(const struct history *history, const struct history_trail *trail,
                        const struct machine_instant *place, struct machine_instant *last)
{
    const size_t kept = (size_t)min_u64(trail->count, HISTORY_TRAIL);

    /* Neither the first place of all, nor the oldest that is left, has one before it. */
    for (size_t back = 1; back + 1 < kept; back++) {
        const size_t at = trail->count - back;

        if (history_compare(history, &trail->at[at % HISTORY_TRAIL], place) != 0) continue;
        *last = trail->at[(at - 1) % HISTORY_TRAIL];
        return true;
    }
    return false;
}

/* From where the machine stands up to `place`: `*last` is the place before it. False: the machine stands
 * there, or past it, already. */
static enum history_stop step_up_to(struct history *history, const struct machine_instant *place,
                                    enum history_step step, struct machine_instant *last,
                                    bool *is_found)
{
    struct history_trail *trail = step == HISTORY_INSN ? &history->insns : &history->blocks;
    struct machine_instant here;

    *is_found = false;
    trail->count = 0;
    history_get_instant(history, &here);
    while (history_compare(history, &here, place) < 0) {
        enum history_stop stop;

        add_place(trail, &here);
        *last = here;
        *is_found = true;
        stop = history_advance(history, step, NULL);
        if (stop != HISTORY_THERE) return stop == HISTORY_END ? HISTORY_THERE : stop;
        history_get_instant(history, &here);
    }
    if (history_compare(history, &here, place) == 0) add_place(trail, &here);
    return HISTORY_THERE;
}

/* The last place before `place`, which is at a boundary or an edge and behind the begin. */
static enum history_stop find_before(struct history *history, const struct machine_instant *place,
                                     enum history_step step, struct machine_instant *last,
                                     struct error *err)
{
    const bool is_alone = cpu_set_count(machine_cpus(history->config.machine)) == 1;
    enum history_stop stop = HISTORY_THERE;
    bool is_found = is_on_trail(history, &history->blocks, place, last);

    if (step == HISTORY_INSN && is_on_trail(history, &history->insns, place, last))
        return HISTORY_THERE;
    for (unsigned try = 0; !is_found; try++) {
        /* Few enough for single steps. */
        const bool is_near = is_alone && try == 0 && step == HISTORY_INSN;
        struct machine_instant from;

        go_before(history, place, try, &from);
        stop = history_travel(history, &from, STRETCH_EXTRAS, err);
        if (stop != HISTORY_THERE) return stop;
        stop = step_up_to(history, place, is_near ? HISTORY_INSN : HISTORY_BLOCK, last, &is_found);
        if (stop != HISTORY_THERE) return history_giving_up(history, err);
        if (is_near && is_found) return HISTORY_THERE;
    }
    if (step != HISTORY_INSN) return HISTORY_THERE;
    stop = history_travel(history, last, 0, err);
    if (stop != HISTORY_THERE) return stop;
    stop = step_up_to(history, place, HISTORY_INSN, last, &is_found);
    return stop == HISTORY_THERE ? HISTORY_THERE : history_giving_up(history, err);
}

static enum history_stop travel_back(struct history *history, enum history_step step,
                                     struct error *err)
{
    struct machine_instant here;
    struct machine_instant last;
    enum history_stop stop;

    history_get_instant(history, &here);
    last = here;
    if (here.looked > 0) {
        last.looked = step == HISTORY_INSN ? here.looked - 1 : 0;
    } else {
        stop = find_before(history, &here, step, &last, err);
        if (stop != HISTORY_THERE) return stop;
    }
    return history_travel(history, &last, STRETCH_EXTRAS, err);
}

/* ---- The event before ---- */

/* Made at the same edge as the one before: there is no place between them. */
static bool is_with_next(const struct history *history, uint64_t seq)
{
    const struct trace_items *events = &history->events;
    struct trace_item item;
    struct trace_item next;
    vtime when;

    if (!events->get(events->ctx, seq + 1, &next)) return false;
    if (next.pc != 0) return false;
    when = next.when;
    return events->get(events->ctx, seq, &item) && item.pc == 0 && item.when == when;
}

static enum history_stop step_event_back(struct history *history, struct error *err)
{
    const uint64_t first = checkpoints_get(history->checkpoints, 0)->at.seq;
    struct history_place here;
    enum history_stop stop = HISTORY_THERE;
    uint64_t seq;

    history_here(history, &here);
    for (seq = here.seq; seq > first && stop == HISTORY_THERE;) {
        struct machine_instant at;

        seq--;
        while (seq > first && is_with_next(history, seq)) {
            seq--;
        }
        stop = history_travel_event(history, seq, err);
        history_get_instant(history, &at);
        if (stop != HISTORY_THERE || history_compare(history, &at, &here.at) < 0) return stop;
    }
    return stop == HISTORY_THERE ? HISTORY_BEGIN : stop;
}

enum history_stop history_step_back(struct history *history, enum history_step step,
                                    struct error *err)
{
    enum history_stop stop = history_begin_motion(history, err);
    struct machine_instant begin;

    if (stop != HISTORY_THERE) return stop;
    if (history->is_diverged) return history_giving_up(history, err);
    if (history_is_at_begin(history)) return HISTORY_BEGIN;
    stop = step == HISTORY_EVENT ? step_event_back(history, err) : travel_back(history, step, err);
    if (stop == HISTORY_BEGIN) {
        begin_of_run(history, &begin);
        stop = history_travel(history, &begin, 0, err);
        if (stop == HISTORY_THERE) stop = HISTORY_BEGIN;
    }
    history_end_motion(history);
    return stop;
}

/* ---- The hit before ---- */

/* Of the blocks with hits that were noted, the last whose hits are before `place`. */
static enum history_stop stand_at_last(struct history *history, const struct machine_instant *place,
                                       struct error *err)
{
    struct history_note notes[HISTORY_NOTES];
    const size_t count = (size_t)min_u64(history->note_count, HISTORY_NOTES);

    for (size_t i = 0; i < count; i++) {
        notes[i] = history->notes[(history->note_count - 1 - i) % HISTORY_NOTES];
    }
    for (size_t i = 0; i < count; i++) {
        const struct history_search search = {.note = &notes[i], .before = place, .is_last = true};
        const enum history_stop stop = history_find_hit(history, &search, err);

        if (stop == HISTORY_THERE) return HISTORY_HIT;
        if (stop != HISTORY_BEGIN) return stop;
    }
    return HISTORY_BEGIN;
}

/* From checkpoint `index` to `to`; hits of it that are before `place` count. HISTORY_BEGIN: none. */
static enum history_stop search_stretch(struct history *history, size_t index,
                                        const struct machine_instant *to,
                                        const struct machine_instant *place, struct error *err)
{
    const struct history_goal goal = {.to = *to, .until = VTIME_NEVER};
    enum history_stop stop = history_restore(history, index, err);

    if (stop != HISTORY_THERE) return stop;
    history_clear_notes(history);
    history_plan_extras(history, to, STRETCH_EXTRAS);
    history->mode = HITS_NOTED;
    stop = history_replay(history, &goal, err);
    history->mode = HITS_IGNORED;
    history->extra_count = 0;
    return stop == HISTORY_THERE ? stand_at_last(history, place, err) : stop;
}

/* Stretch by stretch to the begin, if it must be: how much of all that has been looked through. */
static void tell_search(struct history *history, const struct machine_instant *place,
                        const struct machine_instant *from, const struct machine_instant *to)
{
    struct machine_instant begin;

    begin_of_run(history, &begin);
    history->progress_from = from->edge;
    history->progress_to = from->edge + (place->edge - begin.edge);
    history->progress_done = place->edge - to->edge;
}

static enum history_stop search_back(struct history *history, const struct machine_instant *place,
                                     struct error *err)
{
    struct machine_instant to = *place;
    enum history_stop stop = HISTORY_BEGIN;

    while (stop == HISTORY_BEGIN) {
        size_t index = checkpoints_until(history->checkpoints, &to);
        struct machine_instant from;

        /* One that is just there helps no further. */
        if (index > 0 &&
            history_compare(history, &to,
                            &checkpoints_get(history->checkpoints, index - 1)->at.at) == 0) {
            index--;
        }
        if (index == 0) break;
        from = checkpoints_get(history->checkpoints, index - 1)->at.at;
        tell_search(history, place, &from, &to);
        stop = search_stretch(history, index - 1, &to, place, err);
        to = from;
    }
    return stop;
}

enum history_stop history_run_back(struct history *history, struct error *err)
{
    enum history_stop stop = history_begin_motion(history, err);
    struct machine_instant here;

    if (stop != HISTORY_THERE) return stop;
    if (history->is_diverged) return history_giving_up(history, err);
    history_get_instant(history, &here);
    stop = search_back(history, &here, err);
    if (stop == HISTORY_BEGIN) {
        begin_of_run(history, &here);
        stop = history_travel(history, &here, 0, err);
        if (stop == HISTORY_THERE) stop = HISTORY_BEGIN;
    }
    history_end_motion(history);
    return stop;
}
