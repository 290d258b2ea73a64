/* SPDX-License-Identifier: GPL-2.0-only */
/* The I/O APIC with local APICs behind it. Section numbers are of the Intel 82093AA data sheet
 * (290566-001). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/devices/chipset/apic_bench.h"

#define PIN        10u /* active high wire */
#define PIRQ       17u /* active low wire */
#define EDGE       UINT64_C(0)
#define LEVEL      UINT64_C(0x8000)
#define ACTIVE_LOW UINT64_C(0x2000)
#define REMOTE_IRR UINT64_C(0x4000)
#define PENDING    UINT64_C(0x1000)
#define MASKED     UINT64_C(0x10000)
#define LOGICAL    UINT64_C(0x800)
#define LOWEST     UINT64_C(0x100)
#define NMI        UINT64_C(0x400)
#define INIT       UINT64_C(0x500)
#define EXTINT     UINT64_C(0x700)
#define TO(id)     ((uint64_t)(id) << 56)

static int setup(void **state)
{
    struct bench *bench = bench_create();

    bench_enable(bench);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

static void pin(struct bench *b, unsigned number, bool level)
{
    ioapic_pin(b->ioapic, number, level);
}

/* 3.2.1 to 3.2.4 and the PCH's version register. */
static void registers_after_reset(void **state)
{
    struct bench *b = *state;

    assert_int_equal(ioapic_get(b, 0), (uint32_t)MAP_IOAPIC_ID << 24);
    assert_int_equal(ioapic_get(b, 1), 0x00170020);
    assert_int_equal(ioapic_get(b, 2), (uint32_t)MAP_IOAPIC_ID << 24);
    assert_int_equal(ioapic_get(b, 3), 0);
    assert_int_equal(ioapic_get(b, 0xff), 0);
    for (unsigned i = 0; i < MAP_IOAPIC_PINS; i++) {
        assert_int_equal(ioapic_entry(b, i), MASKED);
    }
}

static void write_masks(void **state)
{
    struct bench *b = *state;

    ioapic_put(b, 0, 0xffffffff);
    assert_int_equal(ioapic_get(b, 0), 0x0f000000);
    assert_int_equal(ioapic_get(b, 2), 0x0f000000);
    ioapic_put(b, 1, 0xffffffff);
    assert_int_equal(ioapic_get(b, 1), 0x00170020);
    ioapic_entry_put(b, 5, UINT64_MAX);
    assert_int_equal(ioapic_entry(b, 5), UINT64_C(0xff0000000001afff));
    rig_write(b->rig, MAP_IOAPIC_BASE, 4, 0xffffff10);
    assert_int_equal(rig_read(b->rig, MAP_IOAPIC_BASE, 4), 0x10);
    assert_int_equal(rig_read(b->rig, MAP_IOAPIC_BASE + 0x40, 4), 0);
}

/* 3.2.4: an edge makes one message, whatever the line does afterwards. */
static void edge_is_one_message(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, TO(2) | EDGE | 0x51);
    pin(b, PIN, true);
    assert_int_equal(lapic_ack(b, 1), 0x51);
    assert_false(lapic_bit(b, 1, R_TMR, 0x51));
    assert_int_equal(ioapic_entry(b, PIN), TO(2) | 0x51);
    lapic_end(b, 1);
    assert_false(b->heard[1].intr);
    pin(b, PIN, true);
    assert_false(b->heard[1].intr);
    pin(b, PIN, false);
    assert_false(b->heard[1].intr);
    pin(b, PIN, true);
    assert_true(b->heard[1].intr);
}

/* 3.2.4 bit 16: an edge on a masked pin is neither delivered nor held. */
static void masked_edge_is_lost(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, MASKED | 0x51);
    pin(b, PIN, true);
    ioapic_entry_put(b, PIN, 0x51);
    assert_false(b->heard[0].intr);
}

/* 3.2.4 bits 14, 15: remote IRR from acceptance to EOI; still asserted: delivered again. */
static void level_with_remote_irr(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, TO(2) | LEVEL | 0x51);
    pin(b, PIN, true);
    assert_int_equal(ioapic_entry(b, PIN), TO(2) | LEVEL | REMOTE_IRR | 0x51);
    assert_int_equal(lapic_ack(b, 1), 0x51);
    assert_true(lapic_bit(b, 1, R_TMR, 0x51));
    assert_false(b->heard[1].intr);
    lapic_end(b, 1);
    assert_true(b->heard[1].intr); /* still asserted */
    assert_int_equal(lapic_ack(b, 1), 0x51);
    pin(b, PIN, false);
    assert_int_equal(ioapic_entry(b, PIN), TO(2) | LEVEL | REMOTE_IRR | 0x51);
    lapic_end(b, 1);
    assert_false(b->heard[1].intr);
    assert_int_equal(ioapic_entry(b, PIN), TO(2) | LEVEL | 0x51);
}

/* A level that falls and rises while in service is delivered after EOI. */
static void level_again_while_in_service(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, LEVEL | 0x51);
    pin(b, PIN, true);
    assert_int_equal(lapic_ack(b, 0), 0x51);
    pin(b, PIN, false);
    pin(b, PIN, true);
    assert_false(b->heard[0].intr);
    lapic_end(b, 0);
    assert_int_equal(lapic_ack(b, 0), 0x51);
}

static void masked_level_waits(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, MASKED | LEVEL | 0x51);
    pin(b, PIN, true);
    assert_false(b->heard[0].intr);
    ioapic_entry_put(b, PIN, LEVEL | 0x51);
    assert_int_equal(lapic_ack(b, 0), 0x51);
    /* Masking after acceptance changes nothing for that interrupt; EOI does not deliver again. */
    ioapic_entry_put(b, PIN, MASKED | LEVEL | 0x51);
    lapic_end(b, 0);
    assert_false(b->heard[0].intr);
    assert_int_equal(ioapic_entry(b, PIN), MASKED | LEVEL | 0x51);
}

/* 3.2.4 bit 13. */
static void polarity(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, MASKED | LEVEL | ACTIVE_LOW | 0x51);
    pin(b, PIN, true);
    ioapic_entry_put(b, PIN, LEVEL | ACTIVE_LOW | 0x51);
    assert_false(b->heard[0].intr);
    pin(b, PIN, false);
    assert_true(b->heard[0].intr);
}

/* The wires of pins 16 to 23 are active low: an entry programmed so sees requests as they are. */
static void pirq_wires_are_active_low(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIRQ, LEVEL | ACTIVE_LOW | 0x61);
    assert_false(b->heard[0].intr);
    pin(b, PIRQ, true);
    assert_int_equal(lapic_ack(b, 0), 0x61);
    pin(b, PIRQ, false);
    lapic_end(b, 0);
    assert_false(b->heard[0].intr);
    ioapic_entry_put(b, PIRQ + 1, LEVEL | 0x62); /* wrong polarity: the idle wire is high */
    assert_true(b->heard[0].intr);
}

static void logical_and_lowest_priority_destinations(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 0; i < BENCH_CORES; i++) {
        lapic_put(b, i, R_LDR, 1u << (24 + i));
    }
    ioapic_entry_put(b, PIN, TO(0x0c) | LOGICAL | 0x51);
    pin(b, PIN, true);
    pin(b, PIN, false);
    assert_false(b->heard[0].intr || b->heard[1].intr);
    assert_true(b->heard[2].intr && b->heard[3].intr);
    lapic_put(b, 0, R_TPR, 0x10);
    ioapic_entry_put(b, PIN, TO(0x03) | LOGICAL | LOWEST | 0x52);
    pin(b, PIN, true);
    assert_false(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 1), 0x52);
}

/* 3.2.4 bits 10:8: NMI and ExtINT are edges even when programmed as level. */
static void nmi_and_extint_are_edges(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, TO(2) | LEVEL | NMI);
    pin(b, PIN, true);
    assert_int_equal(b->heard[1].nmis, 1);
    assert_int_equal(ioapic_entry(b, PIN), TO(2) | LEVEL | NMI);
    pic_init(b->rig);
    i8259_irq(b->pic, 3, true);
    ioapic_entry_put(b, 0, EXTINT);
    pin(b, 0, true);
    assert_int_equal(lapic_ack(b, 0), 0x23);
}

static void init_through_the_ioapic(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, TO(4) | INIT);
    pin(b, PIN, true);
    assert_int_equal(b->heard[2].inits, 1);
}

static void reserved_delivery_is_a_guest_error(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, 0x300);
    pin(b, PIN, true);
    assert_int_equal(rig_guest_errors(b->rig), 1);
}

/* The PCH's EOI register ends a level interrupt without the local APIC's broadcast. */
static void eoi_register(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_SVR, 0x11ff); /* suppress EOI broadcasts, SDM 3A 11.8.5 */
    ioapic_entry_put(b, PIN, LEVEL | 0x51);
    ioapic_entry_put(b, PIN + 1, LEVEL | 0x52);
    pin(b, PIN, true);
    pin(b, PIN + 1, true);
    assert_int_equal(lapic_ack(b, 0), 0x52);
    lapic_end(b, 0);
    assert_int_equal(lapic_ack(b, 0), 0x51);
    lapic_end(b, 0);
    assert_false(b->heard[0].intr);
    assert_int_equal(ioapic_entry(b, PIN) & REMOTE_IRR, REMOTE_IRR);
    rig_write(b->rig, MAP_IOAPIC_BASE + 0x40, 4, 0x51);
    assert_int_equal(lapic_ack(b, 0), 0x51);
    assert_int_equal(ioapic_entry(b, PIN + 1) & REMOTE_IRR, REMOTE_IRR);
}

/* Two pins with one vector: EOI clears both. */
static void shared_vector(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, LEVEL | 0x51);
    ioapic_entry_put(b, PIN + 1, LEVEL | 0x51);
    pin(b, PIN, true);
    pin(b, PIN + 1, true);
    assert_int_equal(lapic_ack(b, 0), 0x51);
    pin(b, PIN, false);
    pin(b, PIN + 1, false);
    lapic_end(b, 0);
    assert_int_equal(ioapic_entry(b, PIN) & REMOTE_IRR, 0);
    assert_int_equal(ioapic_entry(b, PIN + 1) & REMOTE_IRR, 0);
}

/* Operating systems clear remote IRR of chips without an EOI register by a turn through edge
 * mode. */
static void edge_mode_clears_remote_irr(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, LEVEL | 0x51);
    pin(b, PIN, true);
    pin(b, PIN, false);
    ioapic_entry_put(b, PIN, MASKED | EDGE | 0x51);
    ioapic_entry_put(b, PIN, MASKED | LEVEL | 0x51);
    assert_int_equal(ioapic_entry(b, PIN), MASKED | LEVEL | 0x51);
}

/* Nobody accepts: send pending, and offered again when a local APIC is enabled. */
static void level_to_nobody_is_offered_again(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 2, R_SVR, 0xff);
    ioapic_entry_put(b, PIN, TO(4) | LEVEL | 0x51);
    pin(b, PIN, true);
    assert_int_equal(ioapic_entry(b, PIN), TO(4) | LEVEL | PENDING | 0x51);
    lapic_put(b, 2, R_SVR, 0x1ff);
    assert_int_equal(ioapic_entry(b, PIN), TO(4) | LEVEL | REMOTE_IRR | 0x51);
    assert_int_equal(lapic_ack(b, 2), 0x51);
}

static void level_to_nobody_that_falls_is_gone(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, TO(9) | LEVEL | 0x51);
    pin(b, PIN, true);
    pin(b, PIN, false);
    assert_int_equal(ioapic_entry(b, PIN), TO(9) | LEVEL | 0x51);
}

static void retargeting_a_pending_level(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, TO(9) | LEVEL | 0x51);
    pin(b, PIN, true);
    ioapic_entry_put(b, PIN, TO(2) | LEVEL | 0x51);
    assert_int_equal(lapic_ack(b, 1), 0x51);
}

static void illegal_vector_is_refused_by_the_local_apic(void **state)
{
    struct bench *b = *state;

    ioapic_entry_put(b, PIN, 0x05);
    pin(b, PIN, true);
    assert_false(b->heard[0].intr);
    assert_int_equal(lapic_errors(b, 0), 0x40);
}

static void no_such_pin(void **state)
{
    struct bench *b = *state;

    pin(b, MAP_IOAPIC_PINS, true);
    pin(b, 200, true);
    for (unsigned i = 0; i < MAP_IOAPIC_PINS; i++) {
        assert_int_equal(ioapic_entry(b, i), MASKED);
    }
}

static void reset_masks_and_keeps_the_wires(void **state)
{
    struct bench *b = *state;

    ioapic_put(b, 0, 3u << 24);
    ioapic_entry_put(b, PIN, LEVEL | 0x51);
    pin(b, PIN, true);
    device_reset(b->ioapic, RESET_BUS);
    assert_int_equal(ioapic_get(b, 0), (uint32_t)MAP_IOAPIC_ID << 24);
    assert_int_equal(ioapic_entry(b, PIN), MASKED);
    ioapic_entry_put(b, PIN, LEVEL | 0x53);
    assert_int_equal(ioapic_entry(b, PIN), LEVEL | REMOTE_IRR | 0x53);
}

static void snapshot_keeps_pins_and_remote_irr(void **state)
{
    struct bench *b = *state;
    struct bench *other = bench_create();

    bench_enable(other);
    ioapic_entry_put(b, PIN, LEVEL | 0x51);
    pin(b, PIN, true);
    rig_copy_state(b->rig, b->ioapic, other->rig, other->ioapic);
    assert_int_equal(ioapic_entry(other, PIN), LEVEL | REMOTE_IRR | 0x51);
    rig_write(other->rig, MAP_IOAPIC_BASE + 0x40, 4, 0x51);
    assert_int_equal(lapic_ack(other, 0), 0x51);
    bench_destroy(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(registers_after_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(write_masks, setup, teardown),
        cmocka_unit_test_setup_teardown(edge_is_one_message, setup, teardown),
        cmocka_unit_test_setup_teardown(masked_edge_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(level_with_remote_irr, setup, teardown),
        cmocka_unit_test_setup_teardown(level_again_while_in_service, setup, teardown),
        cmocka_unit_test_setup_teardown(masked_level_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(polarity, setup, teardown),
        cmocka_unit_test_setup_teardown(pirq_wires_are_active_low, setup, teardown),
        cmocka_unit_test_setup_teardown(logical_and_lowest_priority_destinations, setup, teardown),
        cmocka_unit_test_setup_teardown(nmi_and_extint_are_edges, setup, teardown),
        cmocka_unit_test_setup_teardown(init_through_the_ioapic, setup, teardown),
        cmocka_unit_test_setup_teardown(reserved_delivery_is_a_guest_error, setup, teardown),
        cmocka_unit_test_setup_teardown(eoi_register, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_vector, setup, teardown),
        cmocka_unit_test_setup_teardown(edge_mode_clears_remote_irr, setup, teardown),
        cmocka_unit_test_setup_teardown(level_to_nobody_is_offered_again, setup, teardown),
        cmocka_unit_test_setup_teardown(level_to_nobody_that_falls_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(retargeting_a_pending_level, setup, teardown),
        cmocka_unit_test_setup_teardown(illegal_vector_is_refused_by_the_local_apic, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(no_such_pin, setup, teardown),
        cmocka_unit_test_setup_teardown(reset_masks_and_keeps_the_wires, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshot_keeps_pins_and_remote_irr, setup, teardown),
    };

    return cmocka_run_group_tests_name("ioapic", tests, NULL, NULL);
}
