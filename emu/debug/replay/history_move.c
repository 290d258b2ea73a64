/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's motion through what is recorded: from a checkpoint or from where it stands, with all inputs
 * at their instants, as fast as it runs; and step by step.
 */
#include <inttypes.h>

#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/debug/replay/history_internal.h"

/* A checkpoint farther ahead than this is taken instead of running there: about what restoring costs. */
#define WORTH_RESTORING VTIME_MS(100)
/* Runs in a row that get nowhere. */
#define STUCK_MAX 64u

int history_compare(const struct history *history, const struct machine_instant *a,
                    const struct machine_instant *b)
{
    return machine_instant_compare(history->config.machine, a, b);
}

void history_get_instant(const struct history *history, struct machine_instant *at)
{
    machine_get_instant(history->config.machine, at);
}

/* ---- Inputs ---- */

static const struct recording_input *next_input(const struct history *history)
{
    const struct recording *recording = history->config.recording;

    return history->is_replaying && history->next_input < recording_input_count(recording)
               ? recording_input(recording, history->next_input)
               : NULL;
}

static void deliver(struct history *history, const struct recording_input *input)
{
    struct machine *machine = history->config.machine;
    struct error err = ERROR_INIT;

    history->next_input++;
    history->is_delivering = true;
    switch (input->kind) {
    case RECORDING_MESSAGE: machine_deliver(machine, &input->message); break;
    case RECORDING_FAULT:
        if (machine_fault_plant(machine, &input->fault, &err) != 0) {
            history_diverge(history, "a recorded memory fault cannot be planted: %s", err.text);
        }
        break;
    case RECORDING_REPAIR:
        if (input->index < machine_fault_count(machine)) {
            machine_fault_repair(machine, input->index);
        } else {
            history_diverge(history, "a recorded repair of memory fault %zu finds none",
                            input->index);
        }
        break;
    }
    history->is_delivering = false;
}

/* The instant of the input is reached: the edge that somebody's time limit made there is made again, and what
 * was to be done at the edge first is done. */
static bool make_edge(struct history *history, const struct recording_input *input)
{
    struct machine *machine = history->config.machine;

    if (!machine_is_at_edge(machine)) history->stop = machine_run(machine, input->at.edge);
    if (machine_is_at_edge(machine) && trace_seq(machine_trace(machine)) < input->seq) {
        history->stop = machine_run(machine, machine_now(machine));
    }
    return machine_is_at_edge(machine);
}

/* All inputs of the instant where the machine stands. */
static void deliver_due(struct history *history)
{
    const struct recording_input *input = next_input(history);
    struct machine_instant here;

    history_get_instant(history, &here);
    while (input != NULL && !history->is_diverged &&
           history_compare(history, &input->at, &here) <= 0) {
        if (history_compare(history, &input->at, &here) < 0 || !make_edge(history, input)) {
            history_diverge(history,
                            "the run does not go as it was recorded: it does not pass the edge at "
                            "%" PRIu64 " ps, where input %zu came in",
                            input->at.edge, history->next_input + 1);
            return;
        }
        deliver(history, input);
        input = next_input(history);
    }
}

/* ---- Reasons to give up ---- */

enum history_stop history_giving_up(struct history *history, struct error *err)
{
    if (history->is_lost) {
        (void)error_host(err, "the machine was lost when its past was restored");
        return HISTORY_TROUBLE;
    }
    if (history->is_diverged) {
        (void)error_host(err, "%s", history->divergence.text);
        return HISTORY_DIVERGED;
    }
    if (history->stop == MACHINE_ATTENTION && atomic_exchange(&history->attentions, 0) > 0 &&
        history->is_replaying) {
        /* Our own, perhaps of a motion that is over. */
        history->stop = MACHINE_BREAK;
    }
    if (atomic_load(&history->is_interrupted) || history->stop == MACHINE_ATTENTION ||
        history->stop == MACHINE_STOPPED) {
        return HISTORY_INTERRUPTED;
    }
    return HISTORY_THERE;
}

enum history_stop history_begin_motion(struct history *history, struct error *err)
{
    atomic_store(&history->is_interrupted, false);
    history->stop = MACHINE_BREAK;
    history->mode = HITS_IGNORED;
    history->hit_count = 0;
    history->id_count = 0;
    history->wanted_seq = UINT64_MAX;
    history->has_wanted = false;
    history->extra_count = 0;
    history->progress_to = VTIME_NEVER;
    history->progress_done = 0;
    history_clear_notes(history);
    if (!history->is_lost) return HISTORY_THERE;
    return history_giving_up(history, err);
}

void history_end_motion(struct history *history)
{
    history->mode = HITS_IGNORED;
    history->wanted_seq = UINT64_MAX;
    history->extra_count = 0;
    if (history_may_go_live(history)) history_go_live(history);
}

/* ---- Between what is known and what is new ---- */

bool history_may_go_live(struct history *history)
{
    struct machine_instant here;

    if (!history->config.is_live || !history->is_replaying || history->is_diverged ||
        history->is_lost) {
        return false;
    }
    history_get_instant(history, &here);
    return history_compare(history, &here, &history->end.at) == 0 && next_input(history) == NULL;
}

void history_go_live(struct history *history)
{
    history_set_replaying(history, false);
}

static void leave_end(struct history *history)
{
    if (history->is_replaying) return;
    history_here(history, &history->end);
    history_set_replaying(history, true);
}

enum history_stop history_run_live(struct history *history, vtime limit, struct error *err)
{
    struct machine *machine = history->config.machine;

    for (unsigned stuck = 0; stuck < STUCK_MAX; stuck++) {
        enum history_stop stop;

        history->stop = machine_run(machine, limit);
        stop = history_giving_up(history, err);
        if (history->mode == HITS_STOP && history->note_count > 0) return HISTORY_HIT;
        if (history->has_wanted) return HISTORY_THERE;
        if (stop != HISTORY_THERE) return stop;
        if (history->stop == MACHINE_TIME_LIMIT) return HISTORY_THERE;
        if (history->stop != MACHINE_BREAK) return HISTORY_END;
    }
    return HISTORY_INTERRUPTED;
}

/* ---- Forwards through the recording ---- */

/* Where the next input comes in. */
static vtime next_edge(const struct history *history)
{
    const struct recording_input *input = next_input(history);

    return input != NULL ? input->at.edge : VTIME_NEVER;
}

static void run_piece(struct history *history, const struct history_goal *goal)
{
    struct machine *machine = history->config.machine;
    const struct recording_input *input = next_input(history);
    const vtime limit = next_edge(history);

    if (input != NULL && history_compare(history, &input->at, &goal->to) <= 0 &&
        limit <= goal->until) {
        history->stop = machine_run_to(machine, &input->at);
    } else if (goal->until <= goal->to.edge) {
        history->stop = machine_run(machine, min_u64(goal->until, limit));
    } else {
        history->stop = machine_run_to_within(machine, &goal->to, limit);
    }
}

enum history_stop history_replay(struct history *history, const struct history_goal *goal,
                                 struct error *err)
{
    struct machine *machine = history->config.machine;
    struct machine_instant before = {.edge = VTIME_NEVER};
    unsigned stuck = 0;

    for (;;) {
        struct machine_instant here;
        enum history_stop stop;

        deliver_due(history);
        stop = history_giving_up(history, err);
        if (stop != HISTORY_THERE) return stop;
        if (history->has_wanted) return HISTORY_THERE;
        if (history->mode == HITS_STOP && history->note_count > 0) return HISTORY_HIT;
        history_get_instant(history, &here);
        if (history_compare(history, &here, &goal->to) >= 0 || here.edge >= goal->until)
            return HISTORY_THERE;
        stuck = history_compare(history, &here, &before) == 0 ? stuck + 1 : 0;
        if (stuck > STUCK_MAX) {
            history_diverge(history,
                            "the run does not go as it was recorded: it ends at %" PRIu64 " ps",
                            machine_now(machine));
        }
        before = here;
        run_piece(history, goal);
    }
}

enum history_stop history_restore(struct history *history, size_t index, struct error *err)
{
    const struct checkpoint *checkpoint = checkpoints_get(history->checkpoints, index);
    struct machine *machine = history->config.machine;

    leave_end(history);
    if (checkpoints_restore(history->checkpoints, index, err) != 0) {
        history->is_lost = true;
        return HISTORY_TROUBLE;
    }
    history->stats.restores++;
    history->is_diverged = false;
    history->next_input = checkpoint->next_input;
    if (trace_hash(machine_trace(machine)) != checkpoint->at.hash ||
        trace_seq(machine_trace(machine)) != checkpoint->at.seq) {
        history_diverge(history, "the checkpoint at %" PRIu64 " us is not of this run",
                        checkpoint->at.when / VTIME_US(1));
    }
    return history_giving_up(history, err);
}

/* Number of recorded beats that are not behind `to`. */
static size_t beats_until(const struct history *history, const struct machine_instant *to)
{
    const struct recording *recording = history->config.recording;
    size_t low = 0;
    size_t high = recording_beat_count(recording);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (history_compare(history, &recording_beat(recording, middle)->at, to) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* At the last beat before the place, and at some before it, twice as far away each: who goes on backwards
 * from there finds one near. Not for places that are near a checkpoint anyway. */
void history_plan_extras(struct history *history, const struct machine_instant *to, unsigned extras)
{
    const struct recording *recording = history->config.recording;
    size_t beat = beats_until(history, to);
    struct machine_instant here;
    size_t step = 1;

    history_get_instant(history, &here);
    history->extra_count = 0;
    while (beat > 0 && history->extra_count < min_u64(extras, HISTORY_EXTRAS_MAX)) {
        const vtime edge = recording_beat(recording, beat - 1)->at.edge;

        if (edge <= here.edge + MACHINE_BEAT) break;
        if (!checkpoints_has(history->checkpoints, edge)) {
            history->extras[history->extra_count] = edge;
            history->extra_count++;
        }
        beat -= min_u64(beat, step);
        step *= 2;
    }
}

void history_plan_extra_event(struct history *history, uint64_t seq)
{
    const struct recording *recording = history->config.recording;
    struct machine_instant at = {0};
    size_t low = 0;
    size_t high = recording_beat_count(recording);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (recording_beat(recording, middle)->seq < seq) {
            at = recording_beat(recording, middle)->at;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    history_plan_extras(history, &at, 1);
}

static bool can_run_there(const struct history *history, const struct machine_instant *to,
                          const struct checkpoint *nearest)
{
    struct machine_instant here;

    if (history->is_diverged) return false;
    history_get_instant(history, &here);
    if (history_compare(history, &here, to) > 0) return false;
    return nearest->key <= here.edge || nearest->key - here.edge < WORTH_RESTORING;
}

enum history_stop history_travel(struct history *history, const struct machine_instant *to,
                                 unsigned extras, struct error *err)
{
    const struct history_goal goal = {.to = *to, .until = VTIME_NEVER};
    const enum hit_mode mode = history->mode;
    size_t index = checkpoints_until(history->checkpoints, to);
    struct machine_instant here;
    enum history_stop stop = HISTORY_THERE;

    history_get_instant(history, &here);
    if (!history->is_diverged && history_compare(history, &here, to) == 0) return HISTORY_THERE;
    index = index > 0 ? index - 1 : 0;
    history->mode = HITS_IGNORED;
    leave_end(history);
    if (!can_run_there(history, to, checkpoints_get(history->checkpoints, index))) {
        stop = history_restore(history, index, err);
    }
    if (stop == HISTORY_THERE) {
        history_plan_extras(history, to, extras);
        history->progress_from = machine_now(history->config.machine);
        history->progress_to = to->edge;
        history->progress_done = 0;
        stop = history_replay(history, &goal, err);
        history->extra_count = 0;
    }
    history->mode = mode;
    return stop;
}

/* ---- Step by step ---- */

static void take_step(struct history *history, enum history_step step)
{
    struct machine *machine = history->config.machine;
    const vtime limit = next_edge(history);

    history->stop = step == HISTORY_INSN ? machine_look_within(machine, limit)
                                         : machine_step_block_within(machine, limit);
}

enum history_stop history_advance(struct history *history, enum history_step step,
                                  struct error *err)
{
    struct machine_instant before;
    struct machine_instant here;

    history_get_instant(history, &before);
    if (history_may_go_live(history)) history_go_live(history);
    if (history->is_replaying && history_compare(history, &before, &history->end.at) >= 0)
        return HISTORY_END;
    history->hit_count = 0;
    for (unsigned stuck = 0; stuck < STUCK_MAX; stuck++) {
        enum history_stop stop;

        deliver_due(history);
        take_step(history, step);
        deliver_due(history);
        stop = history_giving_up(history, err);
        if (stop != HISTORY_THERE) return stop;
        history_get_instant(history, &here);
        if (history_compare(history, &here, &before) != 0) return HISTORY_THERE;
        if (!history->is_replaying && history->stop != MACHINE_BREAK) return HISTORY_END;
    }
    return HISTORY_END;
}
