/* SPDX-License-Identifier: GPL-2.0-only */
/* The HPET, by the sentences of the IA-PC HPET specification 1.0a; numbers in the names are its sections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/hpet.h"
#include "devices/chipset/hpet_regs.h"
#include "tests/lib/rig.h"

#define BASE       UINT64_C(0xfed00000)
#define CONF(n)    (HPET_TIMER_CONF + HPET_TIMER_STRIDE * (n))
#define CMP(n)     (HPET_TIMER_CMP + HPET_TIMER_STRIDE * (n))
#define ROUTE(pin) ((uint64_t)(pin) << HPET_TN_ROUTE_SHIFT)

struct bench {
    struct rig *rig;
    struct device *hpet;
    struct probe irq0;
    struct probe irq8;
    struct probe pin[HPET_PINS];
};

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));

    b->rig = rig_create();
    b->hpet = rig_device(b->rig, &hpet_class, "/hpet", NULL);
    b->irq0.rig = b->rig;
    irq_connect(hpet_irq0(b->hpet), probe_sink, &b->irq0, 0);
    irq_connect(hpet_irq8(b->hpet), probe_sink, &b->irq8, 8);
    for (unsigned i = 0; i < HPET_PINS; i++) {
        b->pin[i].rig = b->rig;
        irq_connect(hpet_pin(b->hpet, i), probe_sink, &b->pin[i], i);
    }
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    rig_destroy(b->rig);
    test_free(b);
    return 0;
}

static uint64_t get(struct bench *b, unsigned offset)
{
    return rig_read(b->rig, BASE + offset, 8);
}

static void put(struct bench *b, unsigned offset, uint64_t value)
{
    rig_write(b->rig, BASE + offset, 8, value);
}

static vtime ticks(uint64_t count)
{
    struct clock clock = {.hz_num = HPET_HZ, .hz_den = 1};

    return clock_duration(&clock, count);
}

static void capabilities_2_3_4(void **state)
{
    struct bench *b = *state;

    assert_int_equal(get(b, HPET_GCAP_ID), UINT64_C(0x027bc86b8086a701));
    assert_int_equal(rig_read(b->rig, BASE + 4, 4), 41666667);
    assert_int_equal(get(b, CONF(0)), UINT64_C(0x00f0000000000030));
    assert_int_equal(get(b, CONF(2)), UINT64_C(0x00f0080000000000));
    assert_int_equal(get(b, CMP(0)), UINT64_MAX);
    assert_int_equal(get(b, CMP(1)), UINT32_MAX);
    assert_int_equal(get(b, HPET_GEN_CONF), 0);
    assert_int_equal(rig_unimplemented(b->rig), 0);
}

static void counter_runs_at_24_mhz_while_enabled_2_3_7(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(get(b, HPET_MAIN_CNT), 0);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_S(300));
    assert_int_equal(get(b, HPET_MAIN_CNT), UINT64_C(7200000000));
    assert_int_equal(rig_read(b->rig, BASE + HPET_MAIN_CNT, 4), 7200000000 & UINT32_MAX);
    assert_int_equal(rig_read(b->rig, BASE + HPET_MAIN_CNT + 4, 4), 1);
    put(b, HPET_GEN_CONF, 0);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(get(b, HPET_MAIN_CNT), UINT64_C(7200000000));
}

static void counter_is_written_while_halted_2_3_7(void **state)
{
    struct bench *b = *state;

    put(b, HPET_MAIN_CNT, UINT64_C(0x1234567800000000));
    rig_write(b->rig, BASE + HPET_MAIN_CNT, 4, 5);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, ticks(10));
    assert_int_equal(get(b, HPET_MAIN_CNT), UINT64_C(0x123456780000000f));
    put(b, HPET_MAIN_CNT, 0);
    assert_int_equal(get(b, HPET_MAIN_CNT), UINT64_C(0x123456780000000f));
    assert_int_equal(rig_guest_errors(b->rig), 1);
}

static void one_shot_edge_on_its_pin_2_3_9_2_1(void **state)
{
    struct bench *b = *state;

    put(b, CONF(1), HPET_TN_INT_ENB | ROUTE(21));
    put(b, CMP(1), 24000);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(b->pin[21].rises, 1);
    assert_int_equal(b->pin[21].falls, 1);
    assert_int_equal(b->pin[21].last_rise, VTIME_MS(1));
    assert_int_equal(get(b, HPET_GINTR_STA), 0); /* edge: no status */
    assert_int_equal(get(b, CMP(1)), 24000);
}

static void one_shot_comes_again_after_a_wrap_2_3_9_2_1(void **state)
{
    struct bench *b = *state;

    put(b, CONF(1), HPET_TN_INT_ENB | ROUTE(20));
    put(b, CMP(1), 24);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_S(180)); /* 2^32 ticks are 178.96 s */
    assert_int_equal(b->pin[20].rises, 2);
}

static void interrupt_enable_gates_2_3_8(void **state)
{
    struct bench *b = *state;

    put(b, CONF(1), ROUTE(20));
    put(b, CMP(1), 24000);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, VTIME_MS(2));
    put(b, CONF(1), ROUTE(20) | HPET_TN_INT_ENB); /* too late */
    assert_int_equal(b->pin[20].rises, 0);
}

static void level_until_its_status_is_cleared_2_3_6(void **state)
{
    struct bench *b = *state;

    put(b, CONF(2), HPET_TN_INT_ENB | HPET_TN_INT_TYPE | ROUTE(11));
    put(b, CMP(2), 240);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_US(11));
    assert_true(b->pin[11].level);
    assert_int_equal(get(b, HPET_GINTR_STA), 4);
    put(b, HPET_GINTR_STA, 3); /* writing 0 to it, 1 to others: no effect */
    assert_true(b->pin[11].level);
    put(b, CONF(2), HPET_TN_INT_TYPE | ROUTE(11)); /* disabled: status stays, line drops */
    assert_false(b->pin[11].level);
    assert_int_equal(get(b, HPET_GINTR_STA), 4);
    put(b, CONF(2), HPET_TN_INT_ENB | HPET_TN_INT_TYPE | ROUTE(11));
    assert_true(b->pin[11].level);
    put(b, HPET_GINTR_STA, 4);
    assert_false(b->pin[11].level);
}

static void two_level_timers_share_a_pin(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 1; i <= 2; i++) {
        put(b, CONF(i), HPET_TN_INT_ENB | HPET_TN_INT_TYPE | ROUTE(23));
        put(b, CMP(i), 24 * i);
    }
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_US(5));
    assert_int_equal(get(b, HPET_GINTR_STA), 6);
    put(b, HPET_GINTR_STA, 2);
    assert_true(b->pin[23].level);
    put(b, HPET_GINTR_STA, 4);
    assert_false(b->pin[23].level);
}

/* Linux: hpet_clkevt_set_state_periodic */
static void periodic_as_linux_programs_it_2_3_9_2_2(void **state)
{
    struct bench *b = *state;

    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE | HPET_CONF_LEG_RT);
    rig_write(b->rig, BASE + CONF(0), 4,
              HPET_TN_INT_ENB | HPET_TN_TYPE | HPET_TN_VAL_SET | HPET_TN_32MODE);
    rig_write(b->rig, BASE + CMP(0), 4, 96000);
    assert_int_equal(get(b, CONF(0)) & HPET_TN_VAL_SET, 0);
    rig_advance(b->rig, VTIME_US(1));
    rig_write(b->rig, BASE + CMP(0), 4, 24000);
    rig_advance_to(b->rig, VTIME_MS(4) - VTIME_NS(50));
    assert_int_equal(b->irq0.rises, 0);
    rig_advance_to(b->rig, VTIME_MS(4));
    assert_int_equal(b->irq0.rises, 1);
    rig_advance_to(b->rig, VTIME_S(1));
    assert_int_equal(b->irq0.rises, 997);
    assert_int_equal(b->irq0.last_rise, VTIME_S(1));
    assert_int_equal(get(b, CMP(0)), 24024000);
}

static void periodic_64_bit_in_two_halves_2_3_9_2_2(void **state)
{
    struct bench *b = *state;

    put(b, CONF(0), HPET_TN_TYPE | HPET_TN_VAL_SET);
    rig_write(b->rig, BASE + CMP(0), 4, 0x11111111);
    put(b, CONF(0), HPET_TN_TYPE | HPET_TN_VAL_SET);
    rig_write(b->rig, BASE + CMP(0) + 4, 4, 0x22222222);
    assert_int_equal(get(b, CMP(0)), UINT64_C(0x2222222211111111));
    rig_write(b->rig, BASE + CMP(0) + 4, 4, 0x33333333); /* period only */
    assert_int_equal(get(b, CMP(0)), UINT64_C(0x2222222211111111));
}

static void a_near_match_of_a_long_period_is_on_time(void **state)
{
    struct bench *b = *state;

    put(b, CONF(0), HPET_TN_INT_ENB | HPET_TN_TYPE | HPET_TN_VAL_SET | ROUTE(20));
    put(b, CMP(0), 5);
    put(b, CMP(0), 24000);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_US(1));
    assert_int_equal(b->pin[20].rises, 1);
    assert_int_equal(b->pin[20].last_rise, ticks(5));
}

static void comparator_moves_on_without_interrupts(void **state)
{
    struct bench *b = *state;

    put(b, CONF(0), HPET_TN_TYPE | HPET_TN_VAL_SET);
    put(b, CMP(0), 1000);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, ticks(123456789));
    assert_int_equal(get(b, CMP(0)), 123457000);
}

static void timers_1_to_7_are_one_shot_and_32_bits(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 1; i < HPET_TIMERS; i++) {
        put(b, CONF(i), HPET_TN_TYPE | HPET_TN_32MODE);
        assert_int_equal(get(b, CONF(i)) & UINT32_MAX, 0);
        put(b, CMP(i), UINT64_MAX);
        assert_int_equal(get(b, CMP(i)), UINT32_MAX);
    }
}

static void an_unoffered_route_is_not_taken_2_3_8(void **state)
{
    struct bench *b = *state;

    put(b, CONF(1), ROUTE(22));
    put(b, CONF(1), ROUTE(3));
    assert_int_equal(get(b, CONF(1)) & HPET_TN_ROUTE, ROUTE(22));
    assert_int_equal(hpet_pins(), 0x00f01800);
}

static void legacy_off_passes_the_old_timers_2_3_5(void **state)
{
    struct bench *b = *state;

    hpet_pit_in(b->hpet, 0, true);
    hpet_rtc_in(b->hpet, 0, true);
    assert_true(b->irq0.level && b->irq8.level);
    hpet_pit_in(b->hpet, 0, false);
    assert_false(b->irq0.level);
    assert_true(b->irq8.level);
}

static void legacy_on_replaces_them_2_3_5(void **state)
{
    struct bench *b = *state;

    put(b, CONF(0), HPET_TN_INT_ENB | ROUTE(20));
    put(b, CONF(1), HPET_TN_INT_ENB | ROUTE(20));
    put(b, CMP(0), 24);
    put(b, CMP(1), 48);
    put(b, HPET_GEN_CONF, HPET_CONF_LEG_RT);
    hpet_pit_in(b->hpet, 0, true); /* not enabled yet: still passes */
    assert_true(b->irq0.level);
    put(b, HPET_GEN_CONF, HPET_CONF_LEG_RT | HPET_CONF_ENABLE);
    assert_false(b->irq0.level);
    hpet_rtc_in(b->hpet, 0, true);
    assert_false(b->irq8.level);
    rig_advance(b->rig, VTIME_US(5));
    assert_int_equal(b->irq0.rises, 2);
    assert_int_equal(b->irq8.rises, 1);
    assert_int_equal(b->pin[20].rises, 0);
    put(b, HPET_GEN_CONF, 0);
    assert_true(b->irq0.level && b->irq8.level); /* the old timers are back */
}

static void tiny_periods_cannot_flood(void **state)
{
    struct bench *b = *state;

    put(b, CONF(0), HPET_TN_INT_ENB | HPET_TN_TYPE | HPET_TN_VAL_SET | ROUTE(20));
    put(b, CMP(0), 1);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_MS(1));
    assert_in_range(b->pin[20].rises, 990, 1001);
}

static void reset_stops_the_timers(void **state)
{
    struct bench *b = *state;

    put(b, CONF(2), HPET_TN_INT_ENB | HPET_TN_INT_TYPE | ROUTE(11));
    put(b, CMP(2), 240);
    put(b, HPET_GEN_CONF, HPET_CONF_ENABLE);
    rig_advance(b->rig, VTIME_US(11));
    device_reset(b->hpet, RESET_BUS);
    assert_false(b->pin[11].level);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    capabilities_2_3_4(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(capabilities_2_3_4),
        TEST(counter_runs_at_24_mhz_while_enabled_2_3_7),
        TEST(counter_is_written_while_halted_2_3_7),
        TEST(one_shot_edge_on_its_pin_2_3_9_2_1),
        TEST(one_shot_comes_again_after_a_wrap_2_3_9_2_1),
        TEST(interrupt_enable_gates_2_3_8),
        TEST(level_until_its_status_is_cleared_2_3_6),
        TEST(two_level_timers_share_a_pin),
        TEST(periodic_as_linux_programs_it_2_3_9_2_2),
        TEST(periodic_64_bit_in_two_halves_2_3_9_2_2),
        TEST(a_near_match_of_a_long_period_is_on_time),
        TEST(comparator_moves_on_without_interrupts),
        TEST(timers_1_to_7_are_one_shot_and_32_bits),
        TEST(an_unoffered_route_is_not_taken_2_3_8),
        TEST(legacy_off_passes_the_old_timers_2_3_5),
        TEST(legacy_on_replaces_them_2_3_5),
        TEST(tiny_periods_cannot_flood),
        TEST(reset_stops_the_timers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
