/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwards: steps, and running until something is hit. */
#include "emu/debug/replay/history_internal.h"

/* The machine has come back for a hit; now to its place. HISTORY_BEGIN: it was none (in front of where the run
 * started, or the debugger thinks otherwise the second time); the machine stands where the run came back. */
static enum history_stop stand_at_hit(struct history *history, const struct machine_instant *after,
                                      struct error *err)
{
    const struct history_note note = history->notes[0];
    const struct history_search search = {.note = &note, .after = after};
    struct machine_instant behind;
    enum history_stop stop;

    history_get_instant(history, &behind);
    history->mode = HITS_IGNORED;
    stop = history_find_hit(history, &search, err);
    if (stop == HISTORY_THERE) return HISTORY_HIT;
    if (stop != HISTORY_BEGIN) return stop;
    stop = history_travel(history, &behind, 0, err);
    return stop == HISTORY_THERE ? HISTORY_BEGIN : stop;
}

/* One stretch: what is known, or what is new. */
static enum history_stop run_stretch(struct history *history, vtime limit, struct error *err)
{
    const struct history_goal goal = {.to = history->end.at, .until = limit};
    enum history_stop stop;

    history_clear_notes(history);
    history->mode = HITS_STOP;
    if (history_may_go_live(history)) history_go_live(history);
    if (!history->is_replaying) return history_run_live(history, limit, err);
    stop = history_replay(history, &goal, err);
    if (stop != HISTORY_THERE) return stop;
    return history_is_at_end(history) && !history_may_go_live(history) ? HISTORY_END
                                                                       : HISTORY_THERE;
}

static bool is_at_limit(struct history *history, vtime limit)
{
    return limit != VTIME_NEVER && machine_now(history->config.machine) >= limit;
}

/* The first instruction is looked at: what is in front of it was hit when the machine came here. */
static enum history_stop first_step(struct history *history, struct error *err)
{
    enum history_stop stop;

    history->mode = HITS_COLLECTED;
    stop = history_advance(history, HISTORY_INSN, err);
    history->mode = HITS_IGNORED;
    for (size_t i = 0; i < history->hit_count && stop == HISTORY_THERE; i++) {
        if (!history->hits[i].is_behind) continue;
        history->ids[history->id_count] = history->hits[i].id;
        history->id_count++;
    }
    return stop == HISTORY_THERE && history->id_count > 0 ? HISTORY_HIT : stop;
}

enum history_stop history_run(struct history *history, vtime limit, struct error *err)
{
    enum history_stop stop = history_begin_motion(history, err);
    struct machine_instant begin;

    if (stop != HISTORY_THERE) return stop;
    history_get_instant(history, &begin);
    if (is_at_limit(history, limit)) return HISTORY_THERE;
    if (history->is_diverged) return history_giving_up(history, err);
    stop = first_step(history, err);
    while (stop == HISTORY_THERE && !is_at_limit(history, limit)) {
        stop = run_stretch(history, limit, err);
        if (stop != HISTORY_HIT) continue;
        stop = stand_at_hit(history, &begin, err);
        if (stop == HISTORY_BEGIN) stop = HISTORY_THERE;
    }
    history_end_motion(history);
    return stop;
}

static enum history_stop step_event(struct history *history, struct error *err)
{
    struct history_place here;
    enum history_stop stop;

    history_here(history, &here);
    if (here.seq < history->last_seq && history->is_replaying)
        return history_travel_event(history, here.seq + 1, err);
    if (!history->config.is_live) return history_travel_event(history, UINT64_MAX, err);
    stop = history_travel(history, &history->end.at, 0, err);
    if (history->is_replaying && stop != HISTORY_THERE) return stop;
    if (history_may_go_live(history)) history_go_live(history);
    history->wanted_seq = here.seq + 1;
    stop = history_run_live(history, VTIME_NEVER, err);
    history->wanted_seq = UINT64_MAX;
    if (stop != HISTORY_THERE || !history->has_wanted) return stop;
    history->has_wanted = false;
    return history_find_event(history, &history->wanted_at, here.seq + 1, err);
}

enum history_stop history_step_forward(struct history *history, enum history_step step,
                                       struct error *err)
{
    enum history_stop stop = history_begin_motion(history, err);

    if (stop != HISTORY_THERE) return stop;
    if (history->is_diverged) return history_giving_up(history, err);
    stop = step == HISTORY_EVENT ? step_event(history, err) : history_advance(history, step, err);
    history_end_motion(history);
    return stop;
}
