/* SPDX-License-Identifier: GPL-2.0-only */
/* A history's life, where it stands, and going to one place. How it moves: history_move.c. */
#include "emu/debug/replay/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/debug/replay/history_internal.h"

/* ---- Life ---- */

static int check_machine(const struct history_config *config, struct error *err)
{
    const struct recording_head *head = recording_head(config->recording);
    char name[MACHINE_NAME_BYTES];

    machine_get_name(config->machine, name);
    if (head->machine[0] == '\0' || strcmp(head->machine, name) == 0) return 0;
    return error_host(err, "the recording is of another machine: %s, and this one is %s",
                      head->machine, name);
}

/* Of a recording that was cut off, what came after the last beat is not gone to. */
static void find_end(struct history *history)
{
    const struct recording *recording = history->config.recording;
    const struct recording_end *end = recording_end(recording);
    const size_t beats = recording_beat_count(recording);

    history_here(history, &history->end);
    if (end != NULL) {
        history->end = (struct history_place){
            .at = end->last.at, .when = end->last.when, .seq = end->last.seq};
        history->stop = end->stop;
    } else if (beats > 0) {
        const struct recording_beat *last = recording_beat(recording, beats - 1);

        history->end = (struct history_place){.at = last->at, .when = last->when, .seq = last->seq};
    }
}

/* Where the machine stands is the begin: TLBs have just started there. */
static int take_first(struct history *history, struct error *err)
{
    struct checkpoint place = {.next_input = 0};

    history_fill_beat(history, &place.at);
    place.key = place.at.at.edge;
    history->checkpoint_key = place.key;
    if (checkpoints_count(history->checkpoints) > 0 &&
        checkpoints_get(history->checkpoints, 0)->key < place.key) {
        return error_host(err, "the machine is behind where the recording begins");
    }
    return checkpoints_take(history->checkpoints, &place, CHECKPOINT_KEPT, err);
}

static int begin(struct history *history, struct error *err)
{
    const struct history_config *config = &history->config;
    const struct checkpoints_config checkpoints = {
        .machine = config->machine,
        .recording = config->recording,
        .disks = {config->disks[0], config->disks[1]},
        .budget = config->budget != 0 ? config->budget : HISTORY_BUDGET_DEFAULT,
    };
    uint64_t first;

    if (check_machine(config, err) != 0) return -1;
    history->checkpoints = checkpoints_create(&checkpoints, err);
    if (history->checkpoints == NULL) return -1;
    if (take_first(history, err) != 0) return -1;
    history->events = trace_log_items(recording_events(config->recording));
    if (history_take_power_on(history, err) != 0) return -1;
    history->events.range(history->events.ctx, &first, &history->last_seq);
    if (first > history->last_seq) history->last_seq = trace_seq(machine_trace(config->machine));
    find_end(history);
    if (history_attach(history)) return 0;
    return error_host(err, "too many listen to the events of the machine");
}

struct history *history_create(const struct history_config *config, struct error *err)
{
    struct history *history = calloc(1, sizeof(*history));

    if (history == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    history->config = *config;
    history->wanted_seq = UINT64_MAX;
    history->progress_to = VTIME_NEVER;
    if (begin(history, err) != 0) {
        checkpoints_destroy(history->checkpoints);
        free(history);
        return NULL;
    }
    if (!config->is_live) history_set_replaying(history, true);
    return history;
}

void history_destroy(struct history *history)
{
    if (history == NULL) return;
    history_detach(history);
    checkpoints_destroy(history->checkpoints);
    free(history);
}

/* ---- Recording ---- */

int history_flush(struct history *history, struct error *err)
{
    if (recording_flush(history->config.recording, err) != 0) return -1;
    if (history->trouble.kind == ERROR_NONE) return 0;
    return error_host(err, "%s", history->trouble.text);
}

void history_set_end(struct history *history, enum machine_stop stop)
{
    struct recording_end end = {.stop = stop,
                                .exit_status = machine_exit_status(history->config.machine)};

    if (history->is_replaying) return;
    history_fill_beat(history, &end.last);
    recording_set_end(history->config.recording, &end);
}

int history_cut(struct history *history, struct error *err)
{
    struct history_place here;

    if (!history->config.is_live)
        return error_usage(err, "a recorded run that has ended cannot be changed");
    if (history->is_diverged || history->is_lost)
        return error_host(err, "the machine does not stand in its recorded run");
    if (!history->is_replaying) return 0;
    history_here(history, &here);
    recording_cut(history->config.recording, history->config.machine, &here.at, here.seq,
                  history->next_input);
    checkpoints_cut(history->checkpoints, here.at.edge);
    history->last_seq = here.seq;
    history->insns.count = 0;
    history->blocks.count = 0;
    history->checkpoint_key =
        checkpoints_get(history->checkpoints, checkpoints_count(history->checkpoints) - 1)->key;
    history_go_live(history);
    return 0;
}

/* ---- Where ---- */

void history_here(struct history *history, struct history_place *place)
{
    struct machine *machine = history->config.machine;

    machine_get_instant(machine, &place->at);
    place->when = machine_look_now(machine);
    place->seq = trace_seq(machine_trace(machine));
}

bool history_is_at_begin(const struct history *history)
{
    struct machine_instant here;

    history_get_instant(history, &here);
    return history_compare(history, &here, &checkpoints_get(history->checkpoints, 0)->at.at) <= 0;
}

bool history_is_at_end(const struct history *history)
{
    struct machine_instant here;

    history_get_instant(history, &here);
    return !history->is_replaying || history_compare(history, &here, &history->end.at) >= 0;
}

void history_last(const struct history *history, struct history_place *place)
{
    struct machine *machine = history->config.machine;

    *place = history->end;
    if (history->is_replaying) return;
    machine_get_instant(machine, &place->at);
    place->when = machine_look_now(machine);
    place->seq = trace_seq(machine_trace(machine));
}

bool history_is_replaying(const struct history *history)
{
    return history->is_replaying;
}

enum machine_stop history_machine_stop(const struct history *history)
{
    return history->stop;
}

struct trace_items history_events(struct history *history)
{
    return history->events;
}

size_t history_hits(const struct history *history, uint32_t *ids, size_t room)
{
    for (size_t i = 0; i < min_u64(history->id_count, room); i++) {
        ids[i] = history->ids[i];
    }
    return history->id_count;
}

void history_get_stats(const struct history *history, struct history_stats *stats)
{
    *stats = history->stats;
    stats->checkpoints = checkpoints_count(history->checkpoints);
    stats->checkpoint_bytes = checkpoints_bytes(history->checkpoints);
}

/* ---- From outside ---- */

/* The message wakes a machine that waits for input; beats notice the flag. */
void history_interrupt(struct history *history)
{
    const struct inbox_message message = {.kind = INBOX_ATTENTION};

    atomic_store(&history->is_interrupted, true);
    if (inbox_post(machine_inbox(history->config.machine), &message)) {
        atomic_fetch_add(&history->attentions, 1);
    }
}

void history_set_progress(struct history *history, void (*progress)(void *ctx, int permille),
                          void *ctx)
{
    history->progress = progress;
    history->progress_ctx = ctx;
}

/* ---- Going to a place ---- */

enum history_stop history_goto(struct history *history, const struct machine_instant *at,
                               struct error *err)
{
    enum history_stop stop = history_begin_motion(history, err);
    struct history_place last;

    if (stop != HISTORY_THERE) return stop;
    history_last(history, &last);
    if (history_compare(history, at, &last.at) > 0) {
        stop = history_travel(history, &last.at, 1, err);
        if (stop == HISTORY_THERE) stop = HISTORY_END;
    } else {
        stop = history_travel(history, at, 1, err);
    }
    history_end_motion(history);
    return stop;
}

/* Checkpoints at or before a time; the first one at least. */
static size_t checkpoint_at(const struct history *history, vtime when)
{
    size_t index = checkpoints_count(history->checkpoints) - 1;

    while (index > 0 && checkpoints_get(history->checkpoints, index)->key > when) {
        index--;
    }
    return index;
}

static enum history_stop travel_to_time(struct history *history, vtime when,
                                        const struct history_place *last, struct error *err)
{
    const size_t index = checkpoint_at(history, when);
    const struct checkpoint *nearest = checkpoints_get(history->checkpoints, index);
    const struct history_goal goal = {.to = last->at, .until = when};
    struct history_place here;

    history_here(history, &here);
    /* Within a turn the core may be ahead already. */
    if (history->is_diverged || here.when >= when || nearest->key > here.when + VTIME_MS(100)) {
        const enum history_stop stop = history_restore(history, index, err);

        if (stop != HISTORY_THERE) return stop;
    }
    history->progress_from = nearest->key;
    history->progress_to = when;
    return history_replay(history, &goal, err);
}

enum history_stop history_goto_time(struct history *history, vtime when, struct error *err)
{
    enum history_stop stop = history_begin_motion(history, err);
    struct history_place last;

    if (stop != HISTORY_THERE) return stop;
    history_last(history, &last);
    if (when > last.at.edge) {
        stop = history_travel(history, &last.at, 1, err);
        if (stop == HISTORY_THERE && when > last.when) stop = HISTORY_END;
    } else if (when <= checkpoints_get(history->checkpoints, 0)->key) {
        stop = history_travel(history, &checkpoints_get(history->checkpoints, 0)->at.at, 0, err);
    } else {
        stop = travel_to_time(history, when, &last, err);
    }
    history_end_motion(history);
    return stop;
}

static enum history_stop travel_to_event(struct history *history, uint64_t seq, struct error *err)
{
    struct history_goal goal = {.until = VTIME_NEVER};
    size_t index = checkpoints_count(history->checkpoints) - 1;
    struct history_place here;
    struct history_place last;
    enum history_stop stop;

    while (index > 0 && checkpoints_get(history->checkpoints, index)->at.seq >= seq) {
        index--;
    }
    history_last(history, &last);
    history_here(history, &here);
    if (history->is_diverged || here.seq >= seq || !history->is_replaying ||
        checkpoints_get(history->checkpoints, index)->key > here.when + VTIME_MS(100)) {
        stop = history_restore(history, index, err);
        if (stop != HISTORY_THERE) return stop;
    }
    goal.to = last.at;
    history_plan_extra_event(history, seq);
    history->wanted_seq = seq;
    stop = history_replay(history, &goal, err);
    history->extra_count = 0;
    history->wanted_seq = UINT64_MAX;
    if (stop != HISTORY_THERE) return stop;
    if (!history->has_wanted) return HISTORY_END;
    history->has_wanted = false;
    return history_find_event(history, &history->wanted_at, seq, err);
}

enum history_stop history_travel_event(struct history *history, uint64_t seq, struct error *err)
{
    const struct checkpoint *first = checkpoints_get(history->checkpoints, 0);
    struct history_place last;
    enum history_stop stop;

    history_last(history, &last);
    if (seq <= first->at.seq) return history_travel(history, &first->at.at, 0, err);
    if (seq <= last.seq) return travel_to_event(history, seq, err);
    stop = history_travel(history, &last.at, 1, err);
    return stop == HISTORY_THERE ? HISTORY_END : stop;
}

enum history_stop history_goto_event(struct history *history, uint64_t seq, struct error *err)
{
    enum history_stop stop = history_begin_motion(history, err);

    if (stop != HISTORY_THERE) return stop;
    stop = history_travel_event(history, seq, err);
    history_end_motion(history);
    return stop;
}
