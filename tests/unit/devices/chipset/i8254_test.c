/* SPDX-License-Identifier: GPL-2.0-only */
/* The 8254, one test per sentence of Intel's data sheet 231164-005; names say which mode or command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/i8254.h"
#include "devices/chipset/i8254_regs.h"
#include "tests/lib/rig.h"

#define CONTROL  0x43
#define SYSTEM_B 0x61

struct bench {
    struct rig *rig;
    struct device *pit;
    struct probe out0;
};

static const struct clock clk = {.hz_num = PIT_HZ_NUM, .hz_den = PIT_HZ_DEN};

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));

    b->rig = rig_create();
    b->pit = rig_device(b->rig, &i8254_class, "/pit", NULL);
    b->out0.rig = b->rig;
    irq_connect(i8254_out0(b->pit), probe_sink, &b->out0, 0);
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

static uint64_t tick(struct bench *b)
{
    return clock_ticks(&clk, rig_now(b->rig));
}

/* Clock pulses pass. */
static void pulses(struct bench *b, uint64_t count)
{
    rig_advance_to(b->rig, clock_when(&clk, tick(b) + count));
}

/* Control word: RW low then high, binary. */
static void program(struct bench *b, unsigned counter, unsigned mode, uint16_t count)
{
    rig_out(b->rig, CONTROL, 1, counter << 6 | PIT_RW_LOW_HIGH << 4 | mode << 1);
    rig_out(b->rig, 0x40 + counter, 1, count & 0xff);
    rig_out(b->rig, 0x40 + counter, 1, count >> 8);
}

static unsigned count_now(struct bench *b, unsigned counter)
{
    unsigned low;

    rig_out(b->rig, CONTROL, 1, counter << 6); /* latch */
    low = (unsigned)rig_in(b->rig, 0x40 + counter, 1);
    return low | (unsigned)rig_in(b->rig, 0x40 + counter, 1) << 8;
}

static unsigned status_now(struct bench *b, unsigned counter)
{
    rig_out(b->rig, CONTROL, 1, 0xe0 | BIT32(1 + counter));
    return (unsigned)rig_in(b->rig, 0x40 + counter, 1);
}

static bool out2(struct bench *b)
{
    return (rig_in(b->rig, SYSTEM_B, 1) & SYSTEM_B_TMR2_OUT_STS) != 0;
}

static void gate2(struct bench *b, bool on)
{
    rig_out(b->rig, SYSTEM_B, 1, on ? SYSTEM_B_TIM_CNT2_EN : 0);
}

/* ---- Mode 0 ---- */

static void mode_0_rises_n_plus_1_pulses_after_the_write(void **state)
{
    struct bench *b = *state;

    program(b, 0, 0, 5);
    assert_false(b->out0.level);
    pulses(b, 5);
    assert_false(b->out0.level);
    pulses(b, 1);
    assert_true(b->out0.level);
    pulses(b, 200000);
    assert_int_equal(b->out0.rises, 1); /* stays high, does not repeat */
}

static void mode_0_first_byte_stops_and_lowers_out(void **state)
{
    struct bench *b = *state;

    program(b, 0, 0, 5);
    pulses(b, 6);
    assert_true(b->out0.level);
    rig_out(b->rig, 0x40, 1, 3);
    assert_false(b->out0.level);
    pulses(b, 1000);
    assert_false(b->out0.level);
    rig_out(b->rig, 0x40, 1, 0);
    pulses(b, 4);
    assert_true(b->out0.level);
}

static void mode_0_gate_low_holds_the_count(void **state)
{
    struct bench *b = *state;

    gate2(b, true);
    program(b, 2, 0, 100);
    pulses(b, 11);
    gate2(b, false);
    assert_int_equal(count_now(b, 2), 90);
    pulses(b, 50);
    assert_int_equal(count_now(b, 2), 90);
    gate2(b, true);
    pulses(b, 89);
    assert_false(out2(b));
    pulses(b, 1);
    assert_true(out2(b));
}

static void mode_0_count_is_loaded_with_gate_low(void **state)
{
    struct bench *b = *state;

    program(b, 2, 0, 10);
    pulses(b, 1);
    assert_int_equal(count_now(b, 2), 10);
    gate2(b, true);
    pulses(b, 10);
    assert_true(out2(b));
}

static void mode_0_wraps_after_terminal_count(void **state)
{
    struct bench *b = *state;

    program(b, 0, 0, 2);
    pulses(b, 3);
    assert_int_equal(count_now(b, 0), 0);
    pulses(b, 1);
    assert_int_equal(count_now(b, 0), 0xffff);
}

/* ---- Mode 1 ---- */

static void mode_1_is_a_retriggerable_one_shot(void **state)
{
    struct bench *b = *state;

    program(b, 2, 1, 4);
    pulses(b, 20);
    assert_true(out2(b)); /* waits for the gate */
    gate2(b, true);
    assert_true(out2(b));
    pulses(b, 1);
    assert_false(out2(b)); /* from the pulse after the trigger */
    pulses(b, 3);
    assert_false(out2(b));
    gate2(b, false); /* the level does not matter */
    gate2(b, true);
    pulses(b, 4);
    assert_false(out2(b)); /* counts anew */
    pulses(b, 1);
    assert_true(out2(b));
}

static void mode_1_new_count_waits_for_the_trigger(void **state)
{
    struct bench *b = *state;

    program(b, 2, 1, 10);
    gate2(b, true);
    pulses(b, 2);
    rig_out(b->rig, 0x42, 1, 3);
    rig_out(b->rig, 0x42, 1, 0);
    assert_true(status_now(b, 2) & PIT_STATUS_NULL_COUNT);
    pulses(b, 8);
    assert_false(out2(b));
    pulses(b, 1);
    assert_true(out2(b));
    gate2(b, false);
    gate2(b, true);
    pulses(b, 1);
    assert_false(status_now(b, 2) & PIT_STATUS_NULL_COUNT);
    pulses(b, 3);
    assert_true(out2(b));
}

/* ---- Mode 2 ---- */

static void mode_2_is_low_one_pulse_in_n(void **state)
{
    struct bench *b = *state;

    program(b, 0, 2, 3);
    assert_true(b->out0.level);
    pulses(b, 1); /* loaded: 3 */
    pulses(b, 1);
    assert_true(b->out0.level);
    pulses(b, 1);
    assert_false(b->out0.level); /* 1 */
    pulses(b, 1);
    assert_true(b->out0.level); /* reloaded */
    pulses(b, 300);
    assert_int_equal(b->out0.falls, 101);
}

static void mode_2_edges_are_exact_over_a_second(void **state)
{
    struct bench *b = *state;

    program(b, 0, 2, 11932);
    rig_advance_to(b->rig, VTIME_S(1));
    /* 105/88 MHz / 11932 = 99.9985 Hz: the 100th rising edge comes 15 us after the second. */
    assert_int_equal(b->out0.rises, 100); /* one of them when the mode was set */
    assert_int_equal(clock_ticks(&clk, b->out0.last_rise), 1 + 99 * 11932);
}

static void mode_2_new_count_waits_for_the_reload(void **state)
{
    struct bench *b = *state;

    program(b, 0, 2, 10);
    pulses(b, 4);
    rig_out(b->rig, 0x40, 1, 4);
    rig_out(b->rig, 0x40, 1, 0);
    assert_int_equal(count_now(b, 0), 7);
    pulses(b, 7);
    assert_int_equal(count_now(b, 0), 4);
    assert_false(status_now(b, 0) & PIT_STATUS_NULL_COUNT);
    pulses(b, 3);
    assert_int_equal(count_now(b, 0), 1);
}

static void mode_2_gate_low_raises_out_and_restarts(void **state)
{
    struct bench *b = *state;

    gate2(b, true);
    program(b, 2, 2, 5);
    pulses(b, 5);
    assert_false(out2(b));
    gate2(b, false);
    assert_true(out2(b));
    pulses(b, 100);
    assert_int_equal(count_now(b, 2), 1);
    gate2(b, true);
    pulses(b, 1);
    assert_int_equal(count_now(b, 2), 5);
}

/* ---- Mode 3 ---- */

static void mode_3_even_count_is_symmetric(void **state)
{
    struct bench *b = *state;

    gate2(b, true);
    program(b, 2, 3, 6);
    pulses(b, 1);
    assert_int_equal(count_now(b, 2), 6);
    pulses(b, 1);
    assert_int_equal(count_now(b, 2), 4); /* counts by two */
    pulses(b, 1);
    assert_true(out2(b));
    pulses(b, 1);
    assert_false(out2(b));
    assert_int_equal(count_now(b, 2), 6);
    pulses(b, 3);
    assert_true(out2(b));
}

static void mode_3_odd_count_is_high_one_longer(void **state)
{
    struct bench *b = *state;
    unsigned high = 0;

    gate2(b, true);
    program(b, 2, 3, 5);
    pulses(b, 1);
    assert_int_equal(count_now(b, 2), 4);
    for (unsigned i = 0; i < 50; i++) {
        high += out2(b) ? 1 : 0;
        pulses(b, 1);
    }
    assert_int_equal(high, 30);
}

static void mode_3_out_stays_high_from_gate_low_to_the_reload(void **state)
{
    struct bench *b = *state;

    gate2(b, true);
    program(b, 2, 3, 6);
    pulses(b, 5);
    assert_false(out2(b));
    gate2(b, false);
    assert_true(out2(b));
    gate2(b, true);
    assert_true(out2(b)); /* not back to the half that was broken off */
    pulses(b, 3);
    assert_true(out2(b));
    pulses(b, 1);
    assert_false(out2(b));
}

static void mode_3_new_count_comes_with_the_next_half(void **state)
{
    struct bench *b = *state;

    gate2(b, true);
    program(b, 2, 3, 20);
    pulses(b, 5);
    rig_out(b->rig, 0x42, 1, 4);
    rig_out(b->rig, 0x42, 1, 0);
    pulses(b, 5);
    assert_true(out2(b));
    pulses(b, 1);
    assert_false(out2(b));
    pulses(b, 2);
    assert_true(out2(b));
    pulses(b, 2);
    assert_false(out2(b));
}

/* ---- Modes 4 and 5 ---- */

static void mode_4_strobes_once(void **state)
{
    struct bench *b = *state;

    program(b, 0, 4, 3);
    assert_true(b->out0.level);
    pulses(b, 3);
    assert_true(b->out0.level);
    pulses(b, 1);
    assert_false(b->out0.level);
    pulses(b, 1);
    assert_true(b->out0.level);
    pulses(b, 200000); /* the wrap makes no second strobe */
    assert_int_equal(b->out0.falls, 1);
}

static void mode_5_strobes_after_the_gate(void **state)
{
    struct bench *b = *state;

    program(b, 2, 5, 3);
    pulses(b, 50);
    assert_true(out2(b));
    gate2(b, true);
    pulses(b, 3);
    assert_true(out2(b));
    pulses(b, 1);
    assert_false(out2(b));
    pulses(b, 1);
    assert_true(out2(b));
}

static void modes_6_and_7_are_2_and_3(void **state)
{
    struct bench *b = *state;

    program(b, 0, 6, 3);
    pulses(b, 301);
    assert_int_equal(b->out0.falls, 100);
    gate2(b, true);
    program(b, 2, 7, 6);
    pulses(b, 4);
    assert_false(out2(b));
}

/* ---- Access ---- */

static void latch_holds_until_read_and_ignores_a_second(void **state)
{
    struct bench *b = *state;

    program(b, 0, 2, 1000);
    pulses(b, 101);
    rig_out(b->rig, CONTROL, 1, 0x00);
    pulses(b, 100);
    rig_out(b->rig, CONTROL, 1, 0x00);
    assert_int_equal(rig_in(b->rig, 0x40, 1), 900 & 0xff);
    pulses(b, 5);
    assert_int_equal(rig_in(b->rig, 0x40, 1), 900 >> 8);
    assert_int_equal(count_now(b, 0), 795);
}

static void one_byte_access(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, CONTROL, 1, 0x14); /* counter 0, low byte, mode 2 */
    rig_out(b->rig, 0x40, 1, 200);
    pulses(b, 11);
    assert_int_equal(rig_in(b->rig, 0x40, 1), 190);
    assert_int_equal(rig_in(b->rig, 0x40, 1), 190);
    rig_out(b->rig, CONTROL, 1, 0x24); /* high byte */
    rig_out(b->rig, 0x40, 1, 0x12);
    pulses(b, 1);
    assert_int_equal(rig_in(b->rig, 0x40, 1), 0x12);
    pulses(b, 1);
    assert_int_equal(rig_in(b->rig, 0x40, 1), 0x11);
}

static void count_0_is_65536(void **state)
{
    struct bench *b = *state;

    program(b, 0, 0, 0);
    pulses(b, 65536);
    assert_false(b->out0.level);
    pulses(b, 1);
    assert_true(b->out0.level);
}

static void bcd_counts_in_decimal(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, CONTROL, 1, 0x31); /* counter 0, both bytes, mode 0, BCD */
    rig_out(b->rig, 0x40, 1, 0x00);
    rig_out(b->rig, 0x40, 1, 0x20);
    pulses(b, 2);
    assert_int_equal(count_now(b, 0), 0x1999);
    pulses(b, 1998);
    assert_false(b->out0.level);
    pulses(b, 1);
    assert_true(b->out0.level);
    pulses(b, 1);
    assert_int_equal(count_now(b, 0), 0x9999);
}

static void read_back_latches_status_and_count(void **state)
{
    struct bench *b = *state;

    program(b, 0, 2, 0x1234);
    pulses(b, 5);
    rig_out(b->rig, CONTROL, 1, 0xc2); /* both, counter 0 */
    pulses(b, 50);
    assert_int_equal(rig_in(b->rig, 0x40, 1), PIT_STATUS_OUT | 0x34); /* status first */
    assert_int_equal(rig_in(b->rig, 0x40, 1), 0x30);
    assert_int_equal(rig_in(b->rig, 0x40, 1), 0x12);
}

static void null_count_until_the_load(void **state)
{
    struct bench *b = *state;

    program(b, 0, 2, 50);
    assert_true(status_now(b, 0) & PIT_STATUS_NULL_COUNT);
    pulses(b, 1);
    assert_false(status_now(b, 0) & PIT_STATUS_NULL_COUNT);
}

/* ---- Port 0x61 ---- */

static void port_61_keeps_its_four_bits(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, SYSTEM_B, 1, 0xff);
    assert_int_equal(rig_in(b->rig, SYSTEM_B, 1) & 0xcf, 0x0f);
}

static void refresh_toggles_every_15_us(void **state)
{
    struct bench *b = *state;
    unsigned changes = 0;
    uint64_t before = rig_in(b->rig, SYSTEM_B, 1) & SYSTEM_B_REF_TOGGLE;

    for (unsigned i = 0; i < 10000; i++) {
        uint64_t now;

        rig_advance(b->rig, VTIME_US(1));
        now = rig_in(b->rig, SYSTEM_B, 1) & SYSTEM_B_REF_TOGGLE;
        changes += now != before ? 1 : 0;
        before = now;
    }
    assert_in_range(changes, 660, 665);
}

/* The way Linux measures its TSC against counter 2 (pit_calibrate_tsc): 50 ms in mode 0. */
static void linux_calibration_takes_its_time(void **state)
{
    struct bench *b = *state;
    vtime start;

    rig_out(b->rig, SYSTEM_B, 1, 0x01);
    rig_out(b->rig, CONTROL, 1, 0xb0);
    rig_out(b->rig, 0x42, 1, 59659 & 0xff);
    rig_out(b->rig, 0x42, 1, 59659 >> 8);
    start = rig_now(b->rig);
    while (!out2(b)) {
        rig_advance(b->rig, VTIME_NS(100));
    }
    assert_in_range(rig_now(b->rig) - start, VTIME_US(49999), VTIME_US(50002));
}

static void reset_leaves_nothing_armed(void **state)
{
    struct bench *b = *state;

    program(b, 0, 2, 100);
    pulses(b, 5);
    device_reset(b->pit, RESET_BUS);
    assert_false(b->out0.level);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A core that finishes its block is a little ahead of the events that fire then. */
static vtime late_core(void *ctx)
{
    return *(const vtime *)ctx;
}

static void mode_2_pulse_is_seen_by_a_core_that_is_late_by_more_than_the_pulse(void **state)
{
    struct bench *b = *state;
    vtime core = 0;
    const struct sched_hooks hooks = {.ctx = &core, .now = late_core};

    program(b, 0, 2, 100);
    b->out0.rises = 0;
    sched_set_hooks(b->rig->sched, &hooks);
    for (unsigned period = 1; period <= 50; period++) {
        vtime due = clock_when(&clk, 100u * period);

        core = due + VTIME_US(2); /* OUT is low for 838 ns */
        sched_run_until(b->rig->sched, due);
        sched_run_until(b->rig->sched, core);
    }
    assert_in_range(b->out0.rises, 49, 50);
    sched_set_hooks(b->rig->sched, &(struct sched_hooks){.ctx = NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mode_0_rises_n_plus_1_pulses_after_the_write),
        TEST(mode_0_first_byte_stops_and_lowers_out),
        TEST(mode_0_gate_low_holds_the_count),
        TEST(mode_0_count_is_loaded_with_gate_low),
        TEST(mode_0_wraps_after_terminal_count),
        TEST(mode_1_is_a_retriggerable_one_shot),
        TEST(mode_1_new_count_waits_for_the_trigger),
        TEST(mode_2_is_low_one_pulse_in_n),
        TEST(mode_2_edges_are_exact_over_a_second),
        TEST(mode_2_new_count_waits_for_the_reload),
        TEST(mode_2_gate_low_raises_out_and_restarts),
        TEST(mode_3_even_count_is_symmetric),
        TEST(mode_3_odd_count_is_high_one_longer),
        TEST(mode_3_out_stays_high_from_gate_low_to_the_reload),
        TEST(mode_3_new_count_comes_with_the_next_half),
        TEST(mode_4_strobes_once),
        TEST(mode_5_strobes_after_the_gate),
        TEST(modes_6_and_7_are_2_and_3),
        TEST(latch_holds_until_read_and_ignores_a_second),
        TEST(one_byte_access),
        TEST(count_0_is_65536),
        TEST(bcd_counts_in_decimal),
        TEST(read_back_latches_status_and_count),
        TEST(null_count_until_the_load),
        TEST(port_61_keeps_its_four_bits),
        TEST(refresh_toggles_every_15_us),
        TEST(linux_calibration_takes_its_time),
        TEST(mode_2_pulse_is_seen_by_a_core_that_is_late_by_more_than_the_pulse),
        TEST(reset_leaves_nothing_armed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
