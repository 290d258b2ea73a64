/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC timer against a hand-driven clock. Section numbers are of Intel SDM volume 3A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/lapic_internal.h"
#include "emu/base/bits.h"
#include "tests/unit/devices/chipset/apic_bench.h"

#define TICK         VTIME_NS(40) /* 25 MHz */
#define VECTOR       0x31u
#define PERIODIC     0x20000u
#define DIVIDE_BY_1  0xbu
#define DIVIDE_BY_16 0x3u

static int setup(void **state)
{
    struct bench *bench = bench_create();

    bench_enable(bench);
    lapic_put(bench, 0, R_DIVIDE, DIVIDE_BY_1);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

/* 11.5.4: every divide configuration, to the picosecond. */
static void divider_11_5_4(void **state)
{
    struct bench *b = *state;
    static const struct {
        uint32_t code;
        unsigned factor;
    } cases[] = {{0x0, 2},  {0x1, 4},  {0x2, 8},   {0x3, 16},
                 {0x8, 32}, {0x9, 64}, {0xa, 128}, {0xb, 1}};

    lapic_put(b, 0, R_TIMER, VECTOR);
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        vtime span = TICK * 1000 * cases[i].factor;

        lapic_put(b, 0, R_DIVIDE, cases[i].code);
        lapic_put(b, 0, R_INITIAL, 1000);
        rig_advance(b->rig, span - 1);
        assert_false(b->heard[0].intr);
        assert_int_equal(lapic_get(b, 0, R_CURRENT), 1);
        rig_advance(b->rig, 1);
        assert_int_equal(lapic_ack(b, 0), VECTOR);
        lapic_end(b, 0);
    }
}

static void current_count_counts_down(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_INITIAL, 5);
    for (uint32_t count = 5; count > 0; count--) {
        assert_int_equal(lapic_get(b, 0, R_CURRENT), count);
        rig_advance(b->rig, TICK - 1);
        assert_int_equal(lapic_get(b, 0, R_CURRENT), count);
        rig_advance(b->rig, 1);
    }
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 0);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 0);
    assert_int_equal(lapic_get(b, 0, R_INITIAL), 5);
}

static void one_shot_fires_once(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    rig_advance(b->rig, TICK * 100);
    assert_int_equal(lapic_ack(b, 0), VECTOR);
    lapic_end(b, 0);
    rig_advance(b->rig, VTIME_S(10));
    assert_false(b->heard[0].intr);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
}

/* A year of one-millisecond periods would show a drift of one picosecond in each. */
static void periodic_does_not_drift(void **state)
{
    struct bench *b = *state;
    vtime start = rig_now(b->rig);

    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    lapic_put(b, 0, R_INITIAL, 25000);
    for (unsigned i = 1; i <= 5000; i++) {
        rig_advance_to(b->rig, start + VTIME_MS(i) - 1);
        assert_false(b->heard[0].intr);
        rig_advance_to(b->rig, start + VTIME_MS(i));
        assert_true(b->heard[0].intr);
        assert_int_equal(lapic_get(b, 0, R_CURRENT), 25000);
        assert_int_equal(lapic_ack(b, 0), VECTOR);
        lapic_end(b, 0);
    }
}

/* A clock that does not divide picoseconds: after n periods the error is still below one
 * picosecond. */
static void odd_clock_stays_exact(void **state)
{
    struct bench *b = *state;
    struct lapic_config config = *(const struct lapic_config *)lapic_class.default_config;
    const struct clock clock = {.hz_num = 33333333, .hz_den = 1, .epoch = 0};

    config.core = 9;
    config.bus = b->bus;
    config.timer_hz = clock.hz_num;
    (void)rig_device(b->rig, &lapic_class, "/lapic9", &config);
    lapic_put(b, 9, R_SVR, 0x1ff);
    lapic_put(b, 9, R_DIVIDE, DIVIDE_BY_1);
    lapic_put(b, 9, R_TIMER, PERIODIC | VECTOR);
    lapic_put(b, 9, R_INITIAL, 7);
    for (uint64_t i = 1; i <= 3000; i++) {
        assert_int_equal(sched_next(b->rig->sched), clock_when(&clock, 7 * i));
        rig_advance_to(b->rig, sched_next(b->rig->sched));
        assert_int_equal(lapic_intr_ack(b->rig->devices[b->rig->device_count - 1]), VECTOR);
        lapic_put(b, 9, R_EOI, 0);
    }
}

static void writing_zero_stops(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    rig_advance(b->rig, TICK * 50);
    lapic_put(b, 0, R_INITIAL, 0);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 0);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, VTIME_S(1));
    assert_false(b->heard[0].intr);
}

static void writing_the_initial_count_restarts(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    rig_advance(b->rig, TICK * 99);
    lapic_put(b, 0, R_INITIAL, 100);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 100);
    rig_advance(b->rig, TICK * 99);
    assert_false(b->heard[0].intr);
    rig_advance(b->rig, TICK);
    assert_true(b->heard[0].intr);
}

/* 11.5.1: a masked entry loses the expiry; the count goes on. */
static void masked_expiry_is_lost(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, LVT_MASKED | VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, TICK * 30);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 70);
    rig_advance(b->rig, TICK * 70);
    lapic_put(b, 0, R_TIMER, VECTOR);
    assert_false(b->heard[0].intr);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
}

static void unmasking_keeps_the_phase(void **state)
{
    struct bench *b = *state;
    vtime start = rig_now(b->rig);

    lapic_put(b, 0, R_TIMER, PERIODIC | LVT_MASKED | VECTOR);
    lapic_put(b, 0, R_INITIAL, 1000);
    rig_advance_to(b->rig, start + TICK * 7300 + 17);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 700);
    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    assert_int_equal(sched_next(b->rig->sched), start + TICK * 8000);
}

/* The mode bit counts when the period ends. */
static void mode_change_takes_effect_at_expiry(void **state)
{
    struct bench *b = *state;
    vtime start = rig_now(b->rig);

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    rig_advance(b->rig, TICK * 50);
    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    rig_advance(b->rig, TICK * 50);
    assert_int_equal(lapic_ack(b, 0), VECTOR);
    lapic_end(b, 0);
    assert_int_equal(sched_next(b->rig->sched), start + TICK * 200);
    lapic_put(b, 0, R_TIMER, VECTOR);
    rig_advance(b->rig, TICK * 100);
    assert_int_equal(lapic_ack(b, 0), VECTOR);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
}

static void new_divider_goes_on_from_the_count(void **state)
{
    struct bench *b = *state;
    vtime start = rig_now(b->rig);

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_INITIAL, 1000);
    rig_advance(b->rig, TICK * 400);
    lapic_put(b, 0, R_DIVIDE, DIVIDE_BY_16);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 600);
    assert_int_equal(sched_next(b->rig->sched), start + TICK * 400 + TICK * 16 * 600);
}

/* While its vector is pending a period more changes nothing: no event, and the phase is kept
 * for later. */
static void pending_vector_costs_no_events(void **state)
{
    struct bench *b = *state;
    vtime start = rig_now(b->rig);

    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    lapic_put(b, 0, R_INITIAL, 10);
    rig_advance(b->rig, TICK * 10);
    assert_true(b->heard[0].intr);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance_to(b->rig, start + VTIME_S(5) + TICK * 3);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 7);
    assert_int_equal(lapic_ack(b, 0), VECTOR);
    assert_int_equal(sched_next(b->rig->sched), start + VTIME_S(5) + TICK * 10);
    /* In service is not pending: the next one is remembered. */
    rig_advance(b->rig, TICK * 7);
    lapic_end(b, 0);
    assert_int_equal(lapic_ack(b, 0), VECTOR);
}

static void largest_count_with_largest_divider(void **state)
{
    struct bench *b = *state;
    vtime start = rig_now(b->rig);

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_DIVIDE, 0xa);
    lapic_put(b, 0, R_INITIAL, UINT32_MAX);
    assert_int_equal(sched_next(b->rig->sched), start + TICK * 128 * UINT32_MAX);
    rig_advance(b->rig, TICK * 128 * (UINT32_MAX - 1u));
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 1);
    rig_advance(b->rig, TICK * 128);
    assert_true(b->heard[0].intr);
}

static void illegal_vector_is_an_error_each_time(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, PERIODIC | 5);
    lapic_put(b, 0, R_INITIAL, 100);
    rig_advance(b->rig, TICK * 100);
    assert_int_equal(lapic_errors(b, 0), 0x40);
    rig_advance(b->rig, TICK * 100);
    assert_int_equal(lapic_errors(b, 0), 0x40);
    assert_false(b->heard[0].intr);
}

static void software_disable_keeps_counting(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    rig_advance(b->rig, TICK * 40);
    lapic_put(b, 0, R_SVR, 0xff);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 60);
    rig_advance(b->rig, TICK * 100);
    assert_false(b->heard[0].intr);
}

static void reset_disarms(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    device_reset(b->lapic[0], RESET_BUS);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 0);
}

static void snapshot_in_the_middle_of_a_period(void **state)
{
    struct bench *b = *state;
    struct bench *other = bench_create();

    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    lapic_put(b, 0, R_INITIAL, 1000);
    rig_advance(b->rig, TICK * 2300);
    rig_copy_state(b->rig, b->lapic[0], other->rig, other->lapic[0]);
    assert_int_equal(lapic_get(other, 0, R_CURRENT), lapic_get(b, 0, R_CURRENT));
    assert_int_equal(lapic_ack(b, 0), VECTOR);
    assert_int_equal(lapic_ack(other, 0), VECTOR);
    assert_int_equal(sched_next(other->rig->sched), sched_next(b->rig->sched));
    rig_advance(b->rig, TICK * 800);
    rig_advance(other->rig, TICK * 800);
    assert_int_equal(lapic_get(other, 0, R_CURRENT), lapic_get(b, 0, R_CURRENT));
    assert_int_equal(device_state_hash(b->lapic[0]), device_state_hash(other->lapic[0]));
    bench_destroy(other);
}

/* A first period that was shortened by a new divider does not spoil the phase of the later ones. */
static void snapshot_after_an_odd_first_period(void **state)
{
    struct bench *b = *state;
    struct bench *other = bench_create();

    lapic_put(b, 0, R_TIMER, PERIODIC | VECTOR);
    lapic_put(b, 0, R_INITIAL, 1000);
    rig_advance(b->rig, TICK * 300);
    lapic_put(b, 0, R_DIVIDE, DIVIDE_BY_16);
    rig_advance(b->rig, TICK * 16 * 2750);
    assert_int_equal(lapic_get(b, 0, R_CURRENT), 950);
    rig_copy_state(b->rig, b->lapic[0], other->rig, other->lapic[0]);
    assert_int_equal(lapic_get(other, 0, R_CURRENT), 950);
    assert_int_equal(lapic_ack(b, 0), VECTOR);
    assert_int_equal(lapic_ack(other, 0), VECTOR);
    assert_int_equal(lapic_get(other, 0, R_CURRENT), 950);
    rig_copy_state(b->rig, b->lapic[0], other->rig, other->lapic[0]);
    assert_int_equal(lapic_get(other, 0, R_CURRENT), 950);
    bench_destroy(other);
}

/* Pending as level-triggered is another matter: the expiry makes it an edge (11.8.4). */
static void expiry_over_a_pending_level(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    apic_bus_msi(b->bus, 0xfee00000, 0xc000 | VECTOR);
    assert_true(lapic_bit(b, 0, R_TMR, VECTOR));
    rig_advance(b->rig, TICK * 100);
    assert_false(lapic_bit(b, 0, R_TMR, VECTOR));
}

static vtime ahead(void *ctx)
{
    return *(vtime *)ctx;
}

/*
 * A core runs a little ahead of the scheduler. What it writes after the expiry, but before the
 * event could fire, comes too late to prevent the interrupt.
 */
static void writes_after_the_expiry_come_too_late(void **state)
{
    struct bench *b = *state;
    static const struct {
        uint32_t offset;
        uint32_t value;
    } late[] = {{R_TIMER, LVT_MASKED | 0x77},
                {R_INITIAL, 0},
                {R_INITIAL, 50},
                {R_DIVIDE, DIVIDE_BY_16},
                {R_SVR, 0xff}};
    vtime core = rig_now(b->rig);

    sched_set_hooks(b->rig->sched, &(struct sched_hooks){.ctx = &core, .now = ahead});
    for (unsigned i = 0; i < ARRAY_LEN(late); i++) {
        lapic_put(b, 0, R_SVR, 0x1ff);
        lapic_put(b, 0, R_DIVIDE, DIVIDE_BY_1);
        lapic_put(b, 0, R_TIMER, VECTOR);
        lapic_put(b, 0, R_INITIAL, 100);
        core += TICK * 101;
        assert_int_equal(lapic_get(b, 0, R_CURRENT), 0);
        lapic_put(b, 0, late[i].offset, late[i].value);
        assert_int_equal(lapic_ack(b, 0), VECTOR);
        lapic_end(b, 0);
        lapic_put(b, 0, R_INITIAL, 0);
    }
    sched_set_hooks(b->rig->sched, &(struct sched_hooks){.ctx = NULL});
}

/* A snapshot may hold an event that belongs to no expiry: it does nothing. */
static void event_without_expiry_does_nothing(void **state)
{
    struct bench *b = *state;
    struct lapic *lapic = lapic_of(b->lapic[0]);

    lapic_put(b, 0, R_TIMER, VECTOR);
    lapic_put(b, 0, R_INITIAL, 100);
    sched_at(b->rig->sched, &lapic->timer.event, rig_now(b->rig) + TICK);
    rig_advance(b->rig, TICK * 100 - 1);
    assert_false(b->heard[0].intr);
    rig_advance(b->rig, 1);
    assert_int_equal(lapic_ack(b, 0), VECTOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(divider_11_5_4, setup, teardown),
        cmocka_unit_test_setup_teardown(current_count_counts_down, setup, teardown),
        cmocka_unit_test_setup_teardown(one_shot_fires_once, setup, teardown),
        cmocka_unit_test_setup_teardown(periodic_does_not_drift, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_clock_stays_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(writing_zero_stops, setup, teardown),
        cmocka_unit_test_setup_teardown(writing_the_initial_count_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(masked_expiry_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(unmasking_keeps_the_phase, setup, teardown),
        cmocka_unit_test_setup_teardown(mode_change_takes_effect_at_expiry, setup, teardown),
        cmocka_unit_test_setup_teardown(new_divider_goes_on_from_the_count, setup, teardown),
        cmocka_unit_test_setup_teardown(pending_vector_costs_no_events, setup, teardown),
        cmocka_unit_test_setup_teardown(largest_count_with_largest_divider, setup, teardown),
        cmocka_unit_test_setup_teardown(illegal_vector_is_an_error_each_time, setup, teardown),
        cmocka_unit_test_setup_teardown(software_disable_keeps_counting, setup, teardown),
        cmocka_unit_test_setup_teardown(reset_disarms, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshot_in_the_middle_of_a_period, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshot_after_an_odd_first_period, setup, teardown),
        cmocka_unit_test_setup_teardown(expiry_over_a_pending_level, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_after_the_expiry_come_too_late, setup, teardown),
        cmocka_unit_test_setup_teardown(event_without_expiry_does_nothing, setup, teardown),
    };

    return cmocka_run_group_tests_name("lapic_timer", tests, NULL, NULL);
}
