/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with its past: it can be put at any instant of its run, forwards and backwards. What it rests on:
 * a recording of all that came in, checkpoints (in memory, and those of the file), and the machine's own
 * determinism, which is checked against the recorded events whenever a stretch is run again.
 *
 * A recorded run that has ended is only looked at. In a live one (recording without an end) the history
 * grows when the machine runs on from its present end.
 *
 * One thread. Only history_interrupt() may be called from others.
 */
#pragma once

#include "emu/debug/replay/disk.h"
#include "emu/debug/replay/recording.h"

struct history;

#define HISTORY_BUDGET_DEFAULT (UINT64_C(1) << 30)

struct history_config {
    /* Borrowed; at power-on or just loaded from a snapshot: where the run begins. The recording of a live
     * one has only just been made. */
    struct machine *machine;
    struct recording *recording;  /* borrowed */
    struct replay_disk *disks[2]; /* borrowed; NULL: no disk */
    uint64_t budget;              /* bytes for checkpoints in memory; 0: HISTORY_BUDGET_DEFAULT */
    bool is_live;                 /* it may be run on behind the recording's end */
    bool is_filed; /* some checkpoints go into the recording, too: one that has a file */
    /* Time of the host in nanoseconds: how often checkpoints are taken and progress is told, never what the
     * machine does. NULL: a checkpoint per second of virtual time. */
    uint64_t (*host_ns)(void *ctx);
    void *host_ctx;
};

/* NULL with `err`: no memory; the machine is not the recorded one. */
struct history *history_create(const struct history_config *config, struct error *err);
void history_destroy(struct history *history);

/* ---- Recording a run, without going back in it: for `run --record`. Takes observer and a sink of the
 * machine; checkpoints at beats, as many as cost at most a tenth of the host's time and fit the budget. ---- */
/* Between runs: call now and then (some 10 ms of host time); writes to the file. -1 with `err`. */
int history_flush(struct history *history, struct error *err);
/* The run has ended, for this reason. */
void history_set_end(struct history *history, enum machine_stop stop);

/* ---- Where ---- */

struct history_place {
    struct machine_instant at;
    vtime when;   /* machine_look_now() */
    uint64_t seq; /* of the last event that has happened */
};
void history_here(struct history *history, struct history_place *place);
bool history_is_at_begin(const struct history *history); /* power-on */
bool history_is_at_end(const struct history *history);   /* the last instant that is known */
void history_last(const struct history *history, struct history_place *place);

/* ---- Going there ---- */

enum history_stop {
    HISTORY_THERE,       /* where it was to go */
    HISTORY_HIT,         /* a probe called history_hit() */
    HISTORY_BEGIN,       /* power-on is reached, going back */
    HISTORY_END,         /* the end of what is known; of a live one: machine_stop other than time */
    HISTORY_INTERRUPTED, /* history_interrupt(), or INBOX_STOP or INBOX_ATTENTION came */
    HISTORY_DIVERGED, /* the run does not go as it was recorded; `err` names the event. Only goto a place
                            before is possible then. */
    HISTORY_TROUBLE, /* `err`: host trouble; the history can only be destroyed */
};

enum history_step {
    HISTORY_INSN,  /* one instruction of the core whose turn it is */
    HISTORY_BLOCK, /* to the next boundary or edge */
    HISTORY_EVENT, /* to the next event; backwards: to just behind the event before the last one */
};
enum history_stop history_step_forward(struct history *history, enum history_step step,
                                       struct error *err);
enum history_stop history_step_back(struct history *history, enum history_step step,
                                    struct error *err);
/* Runs until a probe hits or the end; HISTORY_THERE: `limit` is reached (VTIME_NEVER: none). A hit in front
 * of the instruction where it starts does not count. */
enum history_stop history_run(struct history *history, vtime limit, struct error *err);
/* To the last hit before this place; HISTORY_BEGIN when there is none. */
enum history_stop history_run_back(struct history *history, struct error *err);
/* Exactly there: an instant that the run passes. At an edge, what comes in there has come in. */
enum history_stop history_goto(struct history *history, const struct machine_instant *at,
                               struct error *err);
/* To the first boundary or edge at or behind this time. */
enum history_stop history_goto_time(struct history *history, vtime when, struct error *err);
/* To just behind event `seq`: of an event of a core, behind the instruction that made it; of an event at an
 * edge, behind that edge's events. */
enum history_stop history_goto_event(struct history *history, uint64_t seq, struct error *err);

/* From a probe or sink callback while the history runs: this is a hit. `is_behind` false: the machine is to
 * stand in front of the instruction that makes it (a code breakpoint), true: behind it (data, registers,
 * events). `id` is told by history_hits(). */
void history_hit(struct history *history, bool is_behind, uint32_t id);
/* After HISTORY_HIT: ids that hit at this place. */
size_t history_hits(const struct history *history, uint32_t *ids, size_t room);

/* From any thread: what runs comes back with HISTORY_INTERRUPTED soon. */
void history_interrupt(struct history *history);
/* Called about ten times a second while something runs, to show how far it is (0..1000, -1: not known); may
 * call history_interrupt(). */
void history_set_progress(struct history *history, void (*progress)(void *ctx, int permille),
                          void *ctx);

/* What the machine does has been told already: whoever prints or shows its output keeps quiet. */
bool history_is_replaying(const struct history *history);
/* After HISTORY_END or HISTORY_INTERRUPTED of a live one: why the machine stopped. */
enum machine_stop history_machine_stop(const struct history *history);

/* Events of the whole known run. */
struct trace_items history_events(struct history *history);
/* A live history that stands before its end: everything behind is forgotten; the machine can be changed and
 * goes on from here. */
int history_cut(struct history *history, struct error *err) MUST_CHECK;

struct history_stats {
    size_t checkpoints;
    uint64_t checkpoint_bytes;
    uint64_t restores;
    uint64_t checked_events; /* of stretches that were run again, all equal */
    uint64_t checked_beats;  /* the same: hashes of everything up to there */
};
void history_get_stats(const struct history *history, struct history_stats *stats);
