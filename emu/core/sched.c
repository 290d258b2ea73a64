/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A binary heap of pointers to embedded events, ordered by (when, seq). The heap is a fixed array:
 * no allocation after creation. Heap work is O(log n) with n the number of armed events, a few
 * dozen in a whole machine.
 */
#include "emu/core/sched.h"

#include <stdlib.h>

#include "emu/base/bug.h"

struct sched {
    struct event *heap[SCHED_EVENTS_MAX];
    size_t count;
    uint64_t seq;
    vtime now;
    const struct event *firing; /* whose handler runs; NULL: none */
    struct sched_hooks hooks;
};

static bool is_before(const struct event *a, const struct event *b)
{
    return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static void place(struct sched *sched, size_t index, struct event *event)
{
    sched->heap[index] = event;
    event->heap_index = index;
}

static void sift_up(struct sched *sched, size_t index)
{
    struct event *event = sched->heap[index];

    while (index > 0 && is_before(event, sched->heap[(index - 1) / 2])) {
        place(sched, index, sched->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    place(sched, index, event);
}

static void sift_down(struct sched *sched, size_t index)
{
    struct event *event = sched->heap[index];

    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= sched->count) break;
        if (child + 1 < sched->count && is_before(sched->heap[child + 1], sched->heap[child])) {
            child++;
        }
        if (!is_before(sched->heap[child], event)) break;
        place(sched, index, sched->heap[child]);
        index = child;
    }
    place(sched, index, event);
}

struct sched *sched_create(void)
{
    return calloc(1, sizeof(struct sched));
}

void sched_destroy(struct sched *sched)
{
    free(sched);
}

void sched_set_hooks(struct sched *sched, const struct sched_hooks *hooks)
{
    sched->hooks = *hooks;
}

vtime sched_now(struct sched *sched)
{
    if (sched->hooks.now != NULL) {
        vtime fine = sched->hooks.now(sched->hooks.ctx);

        if (fine > sched->now) {
            sched->now = fine;
        }
    }
    return sched->now;
}

void event_init(struct event *event, const char *name, void (*fire)(void *owner, vtime when),
                void *owner)
{
    *event = (struct event){.name = name, .fire = fire, .owner = owner, .heap_index = EVENT_IDLE};
}

bool event_is_armed(const struct event *event)
{
    return event->heap_index != EVENT_IDLE;
}

static void arm(struct sched *sched, struct event *event, vtime when, uint64_t seq)
{
    BUG_ON(event->fire == NULL);
    BUG_ON(sched->count >= SCHED_EVENTS_MAX);
    event->when = when;
    event->seq = seq;
    place(sched, sched->count, event);
    sched->count++;
    sift_up(sched, event->heap_index);
}

void sched_at(struct sched *sched, struct event *event, vtime when)
{
    sched_cancel(sched, event);
    if (when == VTIME_NEVER) return;
    sched->seq++;
    if (event != sched->firing && sched->hooks.cause != NULL) {
        event->cause = sched->hooks.cause(sched->hooks.ctx);
    }
    arm(sched, event, when, sched->seq);
    if (event->heap_index == 0 && sched->hooks.earlier != NULL) {
        sched->hooks.earlier(sched->hooks.ctx, when);
    }
}

void sched_cancel(struct sched *sched, struct event *event)
{
    size_t index = event->heap_index;

    if (!event_is_armed(event)) return;
    BUG_ON(index >= sched->count || sched->heap[index] != event);
    event->heap_index = EVENT_IDLE;
    sched->count--;
    if (index == sched->count) return;
    place(sched, index, sched->heap[sched->count]);
    sift_up(sched, index);
    sift_down(sched, sched->heap[index]->heap_index);
}

vtime sched_next(const struct sched *sched)
{
    return sched->count > 0 ? sched->heap[0]->when : VTIME_NEVER;
}

vtime sched_next_waking(const struct sched *sched)
{
    vtime next = VTIME_NEVER;

    for (size_t i = 0; i < sched->count; i++) {
        const struct event *event = sched->heap[i];

        if (!event->is_background && event->when < next) {
            next = event->when;
        }
    }
    return next;
}

static void fire(struct sched *sched, struct event *event, vtime when)
{
    const struct sched_hooks *hooks = &sched->hooks;
    uint64_t previous = 0;

    sched->firing = event;
    if (hooks->cause_begin != NULL) previous = hooks->cause_begin(hooks->ctx, event->cause);
    event->fire(event->owner, when);
    if (hooks->cause_end != NULL) hooks->cause_end(hooks->ctx, previous);
    sched->firing = NULL;
}

void sched_run_until(struct sched *sched, vtime limit)
{
    while (sched->count > 0 && sched->heap[0]->when <= limit) {
        struct event *event = sched->heap[0];
        vtime when = event->when;

        sched_cancel(sched, event);
        if (when > sched->now) {
            sched->now = when;
        }
        fire(sched, event, when);
    }
    if (limit != VTIME_NEVER && limit > sched->now) {
        sched->now = limit;
    }
}

uint64_t sched_seq(const struct sched *sched)
{
    return sched->seq;
}

void sched_restore(struct sched *sched, vtime now, uint64_t seq)
{
    sched->now = now;
    sched->seq = seq;
}

void sched_restore_event(struct sched *sched, struct event *event, vtime when, uint64_t seq,
                         uint64_t cause)
{
    sched_cancel(sched, event);
    event->cause = cause;
    arm(sched, event, when, seq);
}
