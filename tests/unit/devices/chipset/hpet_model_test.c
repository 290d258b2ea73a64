/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The HPET against a naive one. The device finds matches by division when somebody looks; the
 * model here compares every timer at every tick, as the specification tells it. Both are
 * programmed at random and must agree on counter, comparators, status, lines and pulses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/hpet.h"
#include "devices/chipset/hpet_regs.h"
#include "tests/lib/rig.h"

#define BASE       UINT64_C(0xfed00000)
#define STEPS      30000
#define TIMERS     4
#define PERIOD_MIN 24 /* below it the device drops interrupts on purpose */

struct model_timer {
    uint64_t comparator;
    uint64_t period;
    bool is_level;
    bool is_enabled;
    bool is_periodic;
    bool is_32;
    bool is_val_set;
    unsigned pin;
};

struct model {
    struct model_timer timer[TIMERS];
    uint64_t counter;
    uint64_t status;
    bool is_running;
    bool is_legacy;
    unsigned pulses[HPET_PINS + 2]; /* edges delivered; the last two are IRQ 0 and IRQ 8 */
};

struct bench {
    struct rig *rig;
    struct probe probe[HPET_PINS + 2];
    struct model model;
    uint64_t random;
    uint64_t ticks; /* since the counter was last started */
    vtime start;
};

static const struct clock clk = {.hz_num = HPET_HZ, .hz_den = 1};

static uint64_t width(const struct model *m, unsigned index)
{
    return index == 0 && !m->timer[0].is_32 ? UINT64_MAX : UINT32_MAX;
}

static unsigned output_of(const struct model *m, unsigned index)
{
    if (index < 2 && m->is_legacy && m->is_running) return HPET_PINS + index;
    return m->timer[index].pin;
}

static bool is_held(const struct model *m, unsigned output)
{
    for (unsigned i = 0; i < TIMERS; i++) {
        const struct model_timer *t = &m->timer[i];

        if (t->is_level && t->is_enabled && (m->status >> i & 1) != 0 &&
            output_of(m, i) == output) {
            return true;
        }
    }
    return false;
}

static void model_tick(struct model *m)
{
    uint32_t edges = 0;

    m->counter++;
    for (unsigned i = 0; i < TIMERS; i++) {
        struct model_timer *t = &m->timer[i];

        if (((m->counter ^ t->comparator) & width(m, i)) != 0) continue;
        if (t->is_periodic) {
            t->comparator = (t->comparator + t->period) & width(m, i);
        }
        edges |= BIT32(i);
    }
    /* In the order of the timers, as the device delivers: a level may come up before an edge on
     * the same pin. */
    for (unsigned i = 0; i < TIMERS; i++) {
        if ((edges & BIT32(i)) == 0) continue;
        if (m->timer[i].is_level) {
            m->status |= BIT(i);
        } else if (m->timer[i].is_enabled) {
            m->pulses[output_of(m, i)]++;
        }
    }
}

/* ---- Both at once ---- */

static unsigned roll(struct bench *b, unsigned below)
{
    return (unsigned)(rig_random(&b->random) % below);
}

static uint64_t get(struct bench *b, unsigned offset)
{
    return rig_read(b->rig, BASE + offset, 8);
}

static void put(struct bench *b, unsigned offset, uint64_t value)
{
    rig_write(b->rig, BASE + offset, 8, value);
}

static void pass(struct bench *b, unsigned ticks)
{
    if (!b->model.is_running) {
        rig_advance(b->rig, VTIME_NS(ticks));
        return;
    }
    for (unsigned i = 0; i < ticks; i++) {
        model_tick(&b->model);
    }
    b->ticks += ticks;
    rig_advance_to(b->rig, b->start + clock_duration(&clk, b->ticks));
}

/* Each timer has a pin of its own, so that levels and edges do not hide one another. */
static void configure(struct bench *b)
{
    unsigned i = roll(b, TIMERS);
    struct model_timer *t = &b->model.timer[i];
    uint64_t conf;

    t->is_level = roll(b, 2) == 0;
    t->is_enabled = roll(b, 4) != 0;
    t->is_periodic = i == 0 && roll(b, 2) == 0;
    t->is_32 = i == 0 && roll(b, 2) == 0;
    t->is_val_set = t->is_periodic && roll(b, 2) == 0;
    t->pin = 20 + i;
    t->comparator &= width(&b->model, i);
    conf = (uint64_t)t->pin << HPET_TN_ROUTE_SHIFT;
    conf |= t->is_level ? HPET_TN_INT_TYPE : 0;
    conf |= t->is_enabled ? HPET_TN_INT_ENB : 0;
    conf |= t->is_periodic ? HPET_TN_TYPE : 0;
    conf |= t->is_32 ? HPET_TN_32MODE : 0;
    conf |= t->is_val_set ? HPET_TN_VAL_SET : 0;
    put(b, HPET_TIMER_CONF + HPET_TIMER_STRIDE * i, conf);
}

static void write_comparator(struct bench *b)
{
    unsigned i = roll(b, TIMERS);
    struct model_timer *t = &b->model.timer[i];
    uint64_t value = b->model.counter + 1 + roll(b, 600);

    if (t->is_periodic) {
        value = PERIOD_MIN + roll(b, 600);
        if (t->is_val_set) {
            value += b->model.counter;
        }
        t->period = value & width(&b->model, i);
    }
    if (!t->is_periodic || t->is_val_set) {
        t->comparator = value & width(&b->model, i);
    }
    t->is_val_set = false;
    put(b, HPET_TIMER_CMP + HPET_TIMER_STRIDE * i, value);
}

static void start_or_stop(struct bench *b)
{
    b->model.is_running = roll(b, 8) != 0;
    b->model.is_legacy = roll(b, 3) == 0;
    put(b, HPET_GEN_CONF,
        (b->model.is_running ? HPET_CONF_ENABLE : 0) | (b->model.is_legacy ? HPET_CONF_LEG_RT : 0));
    /* A write restarts the phase of the clock. */
    b->start = rig_now(b->rig);
    b->ticks = 0;
}

static void write_counter(struct bench *b)
{
    uint64_t value = roll(b, 2) == 0 ? UINT32_MAX - roll(b, 3000) : roll(b, 3000);

    if (b->model.is_running) return;
    put(b, HPET_MAIN_CNT, value);
    b->model.counter = value;
}

static void clear_status(struct bench *b)
{
    uint64_t bits = roll(b, 1u << TIMERS);

    put(b, HPET_GINTR_STA, bits);
    b->model.status &= ~bits;
}

static void compare(struct bench *b)
{
    const struct model *m = &b->model;

    assert_int_equal(get(b, HPET_MAIN_CNT), m->counter);
    assert_int_equal(get(b, HPET_GINTR_STA), m->status);
    for (unsigned i = 0; i < TIMERS; i++) {
        assert_int_equal(get(b, HPET_TIMER_CMP + HPET_TIMER_STRIDE * i), m->timer[i].comparator);
    }
    for (unsigned i = 20; i < HPET_PINS + 2; i++) {
        assert_int_equal(b->probe[i].level, is_held(m, i));
    }
}

/* Edges are counted between two looks; a rise of a level counts as one and is taken off. */
static void step(struct bench *b)
{
    unsigned rises[HPET_PINS + 2];
    unsigned pulses[HPET_PINS + 2];
    bool was_held[HPET_PINS + 2];

    switch (roll(b, 16)) {
    case 0:
    case 1: configure(b); break;
    case 2:
    case 3:
    case 4: write_comparator(b); break;
    case 5: start_or_stop(b); break;
    case 6: write_counter(b); break;
    case 7:
    case 8: clear_status(b); break;
    default: break;
    }
    compare(b);
    for (unsigned i = 0; i < HPET_PINS + 2; i++) {
        rises[i] = b->probe[i].rises;
        pulses[i] = b->model.pulses[i];
        was_held[i] = is_held(&b->model, i);
    }
    pass(b, roll(b, 4) == 0 ? roll(b, 2000) : roll(b, 40));
    compare(b);
    for (unsigned i = 0; i < HPET_PINS + 2; i++) {
        unsigned levels = is_held(&b->model, i) && !was_held[i] ? 1 : 0;

        assert_int_equal(b->probe[i].rises - rises[i] - levels, b->model.pulses[i] - pulses[i]);
    }
}

static void every_tick_agrees(void **state)
{
    struct bench b = {.rig = rig_create(), .random = 0x4e57};
    struct device *hpet = rig_device(b.rig, &hpet_class, "/hpet", NULL);

    (void)state;
    for (unsigned i = 0; i < HPET_PINS; i++) {
        irq_connect(hpet_pin(hpet, i), probe_sink, &b.probe[i], i);
    }
    irq_connect(hpet_irq0(hpet), probe_sink, &b.probe[HPET_PINS], 0);
    irq_connect(hpet_irq8(hpet), probe_sink, &b.probe[HPET_PINS + 1], 0);
    for (unsigned i = 0; i < TIMERS; i++) {
        b.model.timer[i].comparator = width(&b.model, i);
    }
    for (unsigned i = 0; i < STEPS; i++) {
        step(&b);
    }
    rig_destroy(b.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_tick_agrees)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
