/* SPDX-License-Identifier: GPL-2.0-only */
/* LINT0, LINT1 and the sources inside the core. Section numbers are of Intel SDM volume 3A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/devices/chipset/apic_bench.h"

#define FIXED_EDGE  0x00041u
#define FIXED_LEVEL 0x08041u
#define ACTIVE_LOW  0x02000u
#define EXTINT      0x00700u
#define NMI         0x00400u
#define REMOTE_IRR  0x04000u

static int setup(void **state)
{
    struct bench *bench = bench_create();

    bench_enable(bench);
    irq_connect(i8259_int(bench->pic), lapic_lint, bench->lapic[0], LAPIC_LINT0);
    pic_init(bench->rig);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

/* 11.5.1: ExtINT goes through to the 8259, which gives the vector; no EOI to the local APIC. */
static void lint0_extint_11_5_1(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_LINT0, EXTINT);
    assert_false(b->heard[0].intr);
    i8259_irq(b->pic, 4, true);
    assert_true(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 0), 0x24);
    assert_int_equal(b->heard[0].extint_acks, 1);
    assert_false(b->heard[0].intr);
    assert_false(lapic_bit(b, 0, R_ISR, 0x24));
    i8259_irq(b->pic, 4, false);
    rig_out(b->rig, 0x20, 1, 0x20);
    i8259_irq(b->pic, 12, true);
    assert_int_equal(lapic_ack(b, 0), 0x2c);
}

/* ExtINT is not subject to the task priority; a fixed vector that may be delivered goes first. */
static void extint_ignores_priorities(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_LINT0, EXTINT);
    lapic_put(b, 0, R_TPR, 0xf0);
    i8259_irq(b->pic, 1, true);
    assert_int_equal(lapic_ack(b, 0), 0x21);
    rig_out(b->rig, 0x20, 1, 0x20);
    lapic_put(b, 0, R_TPR, 0);
    i8259_irq(b->pic, 3, true);
    lapic_self(b, 0, 0x90);
    assert_int_equal(lapic_ack(b, 0), 0x90);
    assert_int_equal(lapic_ack(b, 0), 0x23);
}

static void masked_extint_is_not_seen(void **state)
{
    struct bench *b = *state;

    i8259_irq(b->pic, 4, true);
    assert_false(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 0), -1);
    lapic_put(b, 0, R_LINT0, EXTINT);
    assert_true(b->heard[0].intr); /* level-sensed: still there */
    lapic_put(b, 0, R_LINT0, EXTINT | LVT_MASKED);
    assert_false(b->heard[0].intr);
}

/* 11.4.3: globally disabled, LINT0 is INTR and LINT1 is NMI. */
static void disabled_apic_passes_the_pins_on(void **state)
{
    struct bench *b = *state;

    assert_true(lapic_base_set(b->lapic[0], 0xfee00100));
    i8259_irq(b->pic, 6, true);
    assert_true(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 0), 0x26);
    assert_int_equal(lapic_ack(b, 0), -1);
    lapic_lint(b->lapic[0], LAPIC_LINT1, true);
    lapic_lint(b->lapic[0], LAPIC_LINT1, false);
    assert_int_equal(b->heard[0].nmis, 1);
}

static void lint1_nmi_is_an_edge(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LINT1, NMI | 0x8000); /* level is not supported on LINT1: still an edge */
    lapic_lint(b->lapic[1], LAPIC_LINT1, true);
    lapic_lint(b->lapic[1], LAPIC_LINT1, true);
    assert_int_equal(b->heard[1].nmis, 1);
    lapic_lint(b->lapic[1], LAPIC_LINT1, false);
    lapic_lint(b->lapic[1], LAPIC_LINT1, true);
    assert_int_equal(b->heard[1].nmis, 2);
    lapic_lint(b->lapic[1], LAPIC_LINT1, false);
    lapic_put(b, 1, R_LINT1, NMI | LVT_MASKED);
    lapic_lint(b->lapic[1], LAPIC_LINT1, true);
    lapic_put(b, 1, R_LINT1, NMI);
    assert_int_equal(b->heard[1].nmis, 2); /* the edge was lost */
}

static void fixed_edge(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LINT0, FIXED_EDGE);
    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    assert_int_equal(lapic_ack(b, 1), 0x41);
    assert_false(lapic_bit(b, 1, R_TMR, 0x41));
    lapic_end(b, 1);
    assert_false(b->heard[1].intr);
    lapic_lint(b->lapic[1], LAPIC_LINT0, false);
    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    assert_true(b->heard[1].intr);
}

/* 11.5.1: polarity. */
static void active_low_pin(void **state)
{
    struct bench *b = *state;

    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    lapic_put(b, 1, R_LINT0, FIXED_EDGE | ACTIVE_LOW);
    assert_false(b->heard[1].intr);
    lapic_lint(b->lapic[1], LAPIC_LINT0, false);
    assert_int_equal(lapic_ack(b, 1), 0x41);
}

/* 11.5.1: remote IRR: accepted once, again after EOI while the pin is still active. */
static void fixed_level_with_remote_irr(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LINT0, FIXED_LEVEL);
    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    assert_int_equal(lapic_get(b, 1, R_LINT0), FIXED_LEVEL | REMOTE_IRR);
    assert_true(lapic_bit(b, 1, R_TMR, 0x41));
    assert_int_equal(lapic_ack(b, 1), 0x41);
    assert_false(b->heard[1].intr);
    lapic_end(b, 1);
    assert_true(b->heard[1].intr);
    assert_int_equal(lapic_ack(b, 1), 0x41);
    lapic_lint(b->lapic[1], LAPIC_LINT0, false);
    lapic_end(b, 1);
    assert_false(b->heard[1].intr);
    assert_int_equal(lapic_get(b, 1, R_LINT0), FIXED_LEVEL);
}

static void masked_level_is_taken_when_unmasked(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LINT0, FIXED_LEVEL | LVT_MASKED);
    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    assert_false(b->heard[1].intr);
    lapic_put(b, 1, R_LINT0, FIXED_LEVEL);
    assert_int_equal(lapic_ack(b, 1), 0x41);
}

static void edge_mode_clears_remote_irr(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LINT0, FIXED_LEVEL);
    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    lapic_put(b, 1, R_LINT0, FIXED_EDGE);
    assert_int_equal(lapic_get(b, 1, R_LINT0), FIXED_EDGE);
}

static void init_through_lint1(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LINT1, 0x500);
    lapic_lint(b->lapic[1], LAPIC_LINT1, true);
    assert_int_equal(b->heard[1].inits, 1);
    assert_int_equal(lapic_get(b, 1, R_SVR), 0xff);
}

/* 11.5.1: CMCI, thermal and performance entries deliver fixed and NMI. */
static void sources_inside_the_core(void **state)
{
    struct bench *b = *state;

    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_CMCI);
    assert_false(b->heard[0].intr);
    lapic_put(b, 0, R_CMCI, 0xf3);
    lapic_put(b, 0, R_THERMAL, 0xfa);
    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_CMCI);
    assert_int_equal(lapic_ack(b, 0), 0xf3);
    lapic_end(b, 0);
    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_THERMAL);
    assert_int_equal(lapic_ack(b, 0), 0xfa);
    lapic_end(b, 0);
    lapic_put(b, 0, R_CMCI, NMI);
    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_CMCI);
    assert_int_equal(b->heard[0].nmis, 1);
}

/* 11.5.1: delivery of a performance-monitoring interrupt sets its mask bit. */
static void perf_interrupt_masks_itself(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_PERF, NMI);
    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_PERF);
    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_PERF);
    assert_int_equal(b->heard[0].nmis, 1);
    assert_int_equal(lapic_get(b, 0, R_PERF), NMI | LVT_MASKED);
}

static void reserved_and_smi_deliveries_are_reported(void **state)
{
    struct bench *b = *state;
    uint64_t errors = rig_guest_errors(b->rig);
    uint64_t gaps = rig_unimplemented(b->rig);

    lapic_put(b, 0, R_CMCI, 0x500); /* INIT: not supported here */
    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_CMCI);
    assert_int_equal(b->heard[0].inits, 0);
    assert_int_equal(rig_guest_errors(b->rig), errors + 1);
    lapic_put(b, 0, R_CMCI, 0x200); /* SMI */
    lapic_interrupt(b->lapic[0], LAPIC_SOURCE_CMCI);
    assert_int_equal(rig_unimplemented(b->rig), gaps + 1);
}

/* Pins are wires: a reset of the local APIC does not change what is on them. */
static void reset_keeps_the_pins(void **state)
{
    struct bench *b = *state;

    i8259_irq(b->pic, 4, true);
    device_reset(b->lapic[0], RESET_BUS);
    assert_false(b->heard[0].intr);
    lapic_put(b, 0, R_SVR, 0x1ff);
    lapic_put(b, 0, R_LINT0, EXTINT);
    assert_true(b->heard[0].intr);
}

static void snapshot_keeps_pins_and_remote_irr(void **state)
{
    struct bench *b = *state;
    struct bench *other = bench_create();

    lapic_put(b, 1, R_LINT0, FIXED_LEVEL);
    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    assert_int_equal(lapic_ack(b, 1), 0x41);
    rig_copy_state(b->rig, b->lapic[1], other->rig, other->lapic[1]);
    assert_int_equal(lapic_get(other, 1, R_LINT0), FIXED_LEVEL | REMOTE_IRR);
    lapic_end(other, 1);
    assert_int_equal(lapic_ack(other, 1), 0x41);
    bench_destroy(other);
}

/* Accepted once per EOI, whatever is written to the entry meanwhile; another vector's EOI does not count. */
static void level_is_accepted_once_per_own_eoi(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LINT0, FIXED_LEVEL);
    lapic_lint(b->lapic[1], LAPIC_LINT0, true);
    assert_int_equal(lapic_ack(b, 1), 0x41);
    lapic_put(b, 1, R_LINT0, FIXED_LEVEL);
    assert_false(lapic_bit(b, 1, R_IRR, 0x41));
    apic_bus_msi(b->bus, 0xfee02000, 0xc061); /* a level message of a higher class */
    assert_int_equal(lapic_ack(b, 1), 0x61);
    lapic_end(b, 1);
    assert_int_equal(lapic_get(b, 1, R_LINT0), FIXED_LEVEL | REMOTE_IRR);
    assert_false(lapic_bit(b, 1, R_IRR, 0x41));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lint0_extint_11_5_1, setup, teardown),
        cmocka_unit_test_setup_teardown(extint_ignores_priorities, setup, teardown),
        cmocka_unit_test_setup_teardown(masked_extint_is_not_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(disabled_apic_passes_the_pins_on, setup, teardown),
        cmocka_unit_test_setup_teardown(lint1_nmi_is_an_edge, setup, teardown),
        cmocka_unit_test_setup_teardown(fixed_edge, setup, teardown),
        cmocka_unit_test_setup_teardown(active_low_pin, setup, teardown),
        cmocka_unit_test_setup_teardown(fixed_level_with_remote_irr, setup, teardown),
        cmocka_unit_test_setup_teardown(masked_level_is_taken_when_unmasked, setup, teardown),
        cmocka_unit_test_setup_teardown(edge_mode_clears_remote_irr, setup, teardown),
        cmocka_unit_test_setup_teardown(init_through_lint1, setup, teardown),
        cmocka_unit_test_setup_teardown(sources_inside_the_core, setup, teardown),
        cmocka_unit_test_setup_teardown(perf_interrupt_masks_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(reserved_and_smi_deliveries_are_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(reset_keeps_the_pins, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshot_keeps_pins_and_remote_irr, setup, teardown),
        cmocka_unit_test_setup_teardown(level_is_accepted_once_per_own_eoi, setup, teardown),
    };

    return cmocka_run_group_tests_name("lapic_pins", tests, NULL, NULL);
}
