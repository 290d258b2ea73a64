/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event scheduler: everything that happens at a virtual time of its own.
 *
 * Events are embedded in their owner and never allocated. They fire in the total order (when, seq),
 * where seq counts sched_at() calls: same calls, same order (DESIGN.md, law 3). Use: event_init()
 * once, sched_at() to arm or move, sched_cancel() to disarm. Firing disarms first, so a handler may
 * re-arm its own event. A handler may arm, cancel, raise lines, do DMA. It may not run a core.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/clock.h"

struct event {
    const char *name; /* unique within its device: snapshots store events by it */
    void (*fire)(void *owner, vtime when);
    void *owner;
    vtime when;
    uint64_t seq;
    uint64_t cause;    /* trace record that led to its being armed; 0: none */
    size_t heap_index; /* EVENT_IDLE when not armed */
    /* Set by its owner at any time: as things are, nothing that this event does can wake a core or
     * arm an event that can (a vertical blank whose interrupts are off). A machine with nothing
     * else to wait for is dead. Not part of a snapshot: it follows from its owner's state. */
    bool is_background;
};

#define EVENT_IDLE       SIZE_MAX
#define SCHED_EVENTS_MAX 512

struct sched;

/* What the scheduler needs from whoever runs the cores. Any may be NULL. */
struct sched_hooks {
    void *ctx;
    vtime (*now)(void *ctx); /* time of the core that runs, when one runs; otherwise 0 */
    void (*earlier)(void *ctx, vtime when); /* an event was armed that is now the first */
    /* Causes, as trace.h has them; all three or none. Who arms an event is the cause of what comes of it; an
     * event that arms itself again keeps the cause that it had. */
    uint64_t (*cause)(void *ctx);
    uint64_t (*cause_begin)(void *ctx, uint64_t seq);
    void (*cause_end)(void *ctx, uint64_t previous);
};

struct sched *sched_create(void);
void sched_destroy(struct sched *sched);
void sched_set_hooks(struct sched *sched, const struct sched_hooks *hooks);

/* Present time. Never goes backwards, also when cores take turns within a quantum. */
vtime sched_now(struct sched *sched);

void event_init(struct event *event, const char *name, void (*fire)(void *owner, vtime when),
                void *owner);
bool event_is_armed(const struct event *event);

/* Arms, or moves, `event` to `when`; a time in the past fires at the next opportunity. VTIME_NEVER
 * disarms. */
void sched_at(struct sched *sched, struct event *event, vtime when);
/* Disarms; harmless when idle. */
void sched_cancel(struct sched *sched, struct event *event);

/* Time of the first armed event, VTIME_NEVER when there is none. */
vtime sched_next(const struct sched *sched);
/* The same for events that are not in the background. Looks at all armed ones. */
vtime sched_next_waking(const struct sched *sched);
/* Fires everything due up to and including `limit`, then sets the time to `limit` (if later than it
 * is). */
void sched_run_until(struct sched *sched, vtime limit);

/* Order numbers, for snapshots: an event is restored with the seq it had. */
uint64_t sched_seq(const struct sched *sched);
void sched_restore(struct sched *sched, vtime now, uint64_t seq);
void sched_restore_event(struct sched *sched, struct event *event, vtime when, uint64_t seq,
                         uint64_t cause);
