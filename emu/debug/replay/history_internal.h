/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of a history share. */
#pragma once

#include <stdatomic.h>

#include "emu/debug/replay/checkpoints.h"
#include "emu/debug/replay/history.h"

/* Ids of hits that are kept for one place; further ones of the same place are not told. */
#define HISTORY_HITS_MAX 64u
/* Blocks with hits that are noted on the way: only the last counts, or the one before it when its hits turn out
 * to be at the place itself. */
#define HISTORY_NOTES    8u
#define HISTORY_NOTE_IDS 8u
/* Checkpoints that are taken on the way to a place. */
#define HISTORY_EXTRAS_MAX 6u

/* What happens at a hit. */
enum hit_mode {
    HITS_IGNORED,
    HITS_COLLECTED, /* while looking: those of one instruction */
    HITS_NOTED,     /* the blocks they were in */
    HITS_STOP,      /* noted, and the run comes back */
};

struct hit {
    bool is_behind;
    uint32_t id;
};

/* Where something happened: a block of a core, or an edge. */
struct history_spot {
    struct machine_instant at; /* looked: 0 */
    bool is_edge;
};
struct history_note {
    struct history_spot spot;
    uint32_t ids[HISTORY_NOTE_IDS];
    size_t id_count;
};

/* Places that steps came by, one right behind the other: a ring of the last ones. Where the walk began need not
 * be one. */
#define HISTORY_TRAIL 512u
struct history_trail {
    struct machine_instant at[HISTORY_TRAIL];
    size_t count; /* since the walk began */
};

struct history {
    struct history_config config;
    struct checkpoints *checkpoints;
    struct trace_items events;
    uint64_t last_seq; /* of the recorded events */
    atomic_bool is_interrupted;
    atomic_uint attentions; /* messages posted by history_interrupt() that nobody has seen yet */

    bool is_replaying;
    bool is_delivering; /* an input of the recording takes effect */
    bool is_lost;       /* host trouble: the machine is nowhere */
    bool is_diverged;
    struct error divergence;
    struct error trouble; /* what recording has stumbled over */
    size_t next_input;
    struct history_place end; /* while replaying: the last that is known */
    enum machine_stop stop;   /* of the last run of the machine */

    enum hit_mode mode;
    struct hit hits[HISTORY_HITS_MAX];
    size_t hit_count;
    struct history_note notes[HISTORY_NOTES]; /* a ring */
    uint64_t note_count;                      /* of this stretch */
    uint32_t ids[HISTORY_HITS_MAX];           /* of the last HISTORY_HIT */
    size_t id_count;

    uint64_t wanted_seq; /* the run comes back behind this event; UINT64_MAX: none */
    bool has_wanted;     /* it has happened, there: */
    struct history_spot wanted_at;

    vtime extras[HISTORY_EXTRAS_MAX]; /* descending: checkpoints to take on the way */
    size_t extra_count;

    struct history_trail insns; /* of the last walk to a place, by either step */
    struct history_trail blocks;

    void (*progress)(void *ctx, int permille);
    void *progress_ctx;
    vtime progress_from;
    vtime progress_to;   /* VTIME_NEVER: not known */
    vtime progress_done; /* before this stretch, of as much as lies between those two */
    uint64_t progress_told;

    uint64_t checkpoint_ended; /* host time */
    uint64_t checkpoint_cost;
    vtime checkpoint_key;
    vtime filed_key;
    bool has_filed;
    struct history_stats stats;
};

/* ---- recorder.c ---- */
/* Events from before history_attach(): into the recording, or compared with it. -1 with `err`. */
int history_take_power_on(struct history *history, struct error *err);
bool history_attach(struct history *history);
void history_detach(struct history *history);
/* The machine stands at the recording's end from here on, or before it. */
void history_set_replaying(struct history *history, bool on);
/* The run is not what was recorded; the first sentence counts. */
void history_diverge(struct history *history, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void history_fill_beat(struct history *history, struct recording_beat *beat);
void history_note_spot(struct history *history, struct history_spot *spot);

/* ---- history_move.c: the machine's motion while a recording is repeated ---- */

int history_compare(const struct history *history, const struct machine_instant *a,
                    const struct machine_instant *b);
void history_get_instant(const struct history *history, struct machine_instant *at);
/* Where the motion ends: an instant, or the first edge or boundary at or behind a time. */
struct history_goal {
    struct machine_instant to;
    vtime until; /* VTIME_NEVER: only `to` counts */
};
/* Forwards from here to the goal, as it was recorded. HISTORY_THERE also when the wanted event has happened;
 * HISTORY_HIT in mode HITS_STOP. */
enum history_stop history_replay(struct history *history, const struct history_goal *goal,
                                 struct error *err);
/* To an instant, by the nearest checkpoint; `extras` more are taken on the way. */
enum history_stop history_travel(struct history *history, const struct machine_instant *to,
                                 unsigned extras, struct error *err);
/* To checkpoint number `index`. */
enum history_stop history_restore(struct history *history, size_t index, struct error *err);
/* Extra checkpoints for a way from here to `to`. */
void history_plan_extras(struct history *history, const struct machine_instant *to,
                         unsigned extras);
/* The same for the way to event `seq`. */
void history_plan_extra_event(struct history *history, uint64_t seq);
/* One step that changes the instant; hits of it are in `hits`. HISTORY_END at the end of a recorded run. */
enum history_stop history_advance(struct history *history, enum history_step step,
                                  struct error *err);
/* Begin and end of everything that moves the machine. */
enum history_stop history_begin_motion(struct history *history, struct error *err);
void history_end_motion(struct history *history);
/* The reason for which a run has to be given up; HISTORY_THERE: none. */
enum history_stop history_giving_up(struct history *history, struct error *err);
/* A live one runs on at its end. */
enum history_stop history_run_live(struct history *history, vtime limit, struct error *err);
void history_go_live(struct history *history);
bool history_may_go_live(struct history *history);

/* ---- history.c ---- */

/* As history_goto_event(), within a motion. */
enum history_stop history_travel_event(struct history *history, uint64_t seq, struct error *err);

/* ---- history_find.c: places within blocks ---- */

/* Before a stretch whose hits are to be noted. */
void history_clear_notes(struct history *history);
/* Of the places of hits in what `note` says, which are behind `after` and before `before` (NULL: no limit):
 * goes to the first, or the last. HISTORY_BEGIN: there is none. */
struct history_search {
    const struct history_note *note;
    const struct machine_instant *after;
    const struct machine_instant *before;
    bool is_last;
};
enum history_stop history_find_hit(struct history *history, const struct history_search *search,
                                   struct error *err);
/* To just behind event `seq`, which happens in `spot`. */
enum history_stop history_find_event(struct history *history, const struct history_spot *spot,
                                     uint64_t seq, struct error *err);
