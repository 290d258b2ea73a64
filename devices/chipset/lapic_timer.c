/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timer of the local APIC (SDM 3A 11.5.4): a 32-bit down-counter behind a divider.
 *
 * The count is never stored while it runs: it follows from when the present period began. An
 * event is armed only while an expiry would change something, that is while the timer runs, its
 * LVT entry is unmasked and its vector is not already pending; periods that pass unseen are
 * folded away arithmetically. So a guest cannot make the host work for interrupts that it never
 * takes.
 *
 * Chosen: counting starts at the write of the initial count, not at a clock edge; a new divide
 * configuration goes on from the present count and starts a fresh tick; the mode bit counts at
 * the moment of expiry; a period of n counts lasts n ticks.
 */
#include "devices/chipset/lapic_internal.h"

/* 11.5.4: bits 3, 1, 0 of the divide configuration: 000 = by 2 ... 110 = by 128, 111 = by 1. */
static unsigned divide_shift(uint32_t divide)
{
    unsigned code = (divide & 3) | (divide >> 1 & 4);

    return (code + 1) & 7;
}

static struct clock timer_clock(const struct lapic *lapic)
{
    return (struct clock){.hz_num = lapic->timer_hz, .hz_den = 1, .epoch = lapic->timer.origin};
}

/* Input clock ticks since the present period began. */
static uint64_t ticks_into_period(const struct lapic *lapic, vtime now)
{
    struct clock clock = timer_clock(lapic);
    uint64_t ticks = clock_ticks(&clock, now);

    return ticks > lapic->timer.period_start ? ticks - lapic->timer.period_start : 0;
}

static vtime expiry(const struct lapic *lapic)
{
    struct clock clock = timer_clock(lapic);

    return clock_when(&clock, lapic->timer.period_start +
                                  (lapic->timer.count << divide_shift(lapic->divide)));
}

static bool is_periodic(const struct lapic *lapic)
{
    return (lapic->lvt[LVT_TIMER] & LVT_TIMER_PERIODIC) != 0;
}

/* The timer as it is at `now`: periods that have passed are folded away, a one-shot that has
 * expired is stopped. */
static struct lapic_timer folded(const struct lapic *lapic, vtime now)
{
    struct lapic_timer timer = lapic->timer;
    unsigned shift = divide_shift(lapic->divide);
    uint64_t elapsed = ticks_into_period(lapic, now) >> shift;
    uint64_t periods;

    if (!timer.is_running || elapsed < timer.count) return timer;
    if (!is_periodic(lapic) || lapic->initial_count == 0) {
        timer.is_running = false;
        timer.count = 0;
        return timer;
    }
    periods = (elapsed - timer.count) / lapic->initial_count;
    timer.period_start += (timer.count + periods * lapic->initial_count) << shift;
    timer.count = lapic->initial_count;
    return timer;
}

static void fold(struct lapic *lapic, vtime now)
{
    struct lapic_timer timer = folded(lapic, now);

    lapic->timer.is_running = timer.is_running;
    lapic->timer.period_start = timer.period_start;
    lapic->timer.count = timer.count;
}

uint32_t lapic_timer_current(const struct lapic *lapic)
{
    vtime now = device_now(&lapic->device);
    struct lapic_timer timer = folded(lapic, now);
    struct clock clock = timer_clock(lapic);
    uint64_t ticks = clock_ticks(&clock, now);
    uint64_t into = ticks > timer.period_start ? ticks - timer.period_start : 0;

    if (!timer.is_running) return 0;
    return (uint32_t)(timer.count - (into >> divide_shift(lapic->divide)));
}

/* An expiry would be seen. A vector that is pending already as edge-triggered stays exactly as
 * it is. */
static bool is_expiry_seen(const struct lapic *lapic)
{
    uint32_t entry = lapic->lvt[LVT_TIMER];
    uint32_t word = (entry & LVT_VECTOR) / 32;
    uint32_t bit = BIT32(entry % 32);

    if (!lapic->timer.is_running || (entry & LVT_MASK) != 0) return false;
    return (lapic->irr[word] & ~lapic->tmr[word] & bit) == 0;
}

void lapic_timer_arm(struct lapic *lapic)
{
    struct sched *sched = lapic->device.env.sched;

    if (!is_expiry_seen(lapic)) {
        sched_cancel(sched, &lapic->timer.event);
        return;
    }
    if (event_is_armed(&lapic->timer.event)) return;
    fold(lapic, sched_now(sched));
    if (lapic->timer.is_running) {
        sched_at(sched, &lapic->timer.event, expiry(lapic));
    }
}

static void fire(void *owner, vtime when)
{
    struct lapic *lapic = owner;
    bool is_due = lapic->timer.is_running && expiry(lapic) <= when;

    fold(lapic, when);
    if (is_due) {
        lapic_lvt_signal(lapic, LVT_TIMER);
    }
    lapic_update(lapic);
}

void lapic_timer_catch_up(struct lapic *lapic)
{
    struct sched *sched = lapic->device.env.sched;
    vtime when = lapic->timer.event.when;

    if (!event_is_armed(&lapic->timer.event) || when > sched_now(sched)) return;
    sched_cancel(sched, &lapic->timer.event);
    fire(lapic, when);
}

void lapic_timer_start(struct lapic *lapic)
{
    lapic_timer_stop(lapic);
    if (lapic->initial_count != 0) {
        lapic->timer.is_running = true;
        lapic->timer.origin = device_now(&lapic->device);
        lapic->timer.count = lapic->initial_count;
    }
    lapic_update(lapic);
}

void lapic_timer_set_divide(struct lapic *lapic, uint32_t old)
{
    uint32_t now = lapic->divide;
    uint32_t left;

    if (now == old) return;
    lapic->divide = old;
    lapic_timer_catch_up(lapic);
    left = lapic_timer_current(lapic);
    lapic->divide = now;
    lapic_timer_stop(lapic);
    if (left != 0) {
        lapic->timer.is_running = true;
        lapic->timer.origin = device_now(&lapic->device);
        lapic->timer.count = left;
    }
    lapic_update(lapic);
}

void lapic_timer_stop(struct lapic *lapic)
{
    sched_cancel(lapic->device.env.sched, &lapic->timer.event);
    lapic->timer.is_running = false;
    lapic->timer.origin = 0;
    lapic->timer.period_start = 0;
    lapic->timer.count = 0;
}

void lapic_timer_init(struct lapic *lapic)
{
    event_init(&lapic->timer.event, "timer", fire, lapic);
}
