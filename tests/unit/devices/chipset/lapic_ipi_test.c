/* SPDX-License-Identifier: GPL-2.0-only */
/* Interprocessor interrupts between four local APICs with APIC IDs 0, 2, 4, 6. Section numbers
 * are of Intel SDM volume 3A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/devices/chipset/apic_bench.h"

#define ASSERT    0x04000u
#define LEVEL     0x08000u
#define LOGICAL   0x00800u
#define TO_SELF   0x40000u
#define TO_ALL    0x80000u
#define TO_OTHERS 0xc0000u
#define LOWEST    0x00100u
#define SMI       0x00200u
#define NMI       0x00400u
#define INIT      0x00500u
#define STARTUP   0x00600u
#define EXTINT    0x00700u
#define ALL_CORES 0xfu

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

static void send(struct bench *b, unsigned core, uint8_t destination, uint32_t command)
{
    lapic_put(b, core, R_ICR2, (uint32_t)destination << 24);
    lapic_put(b, core, R_ICR, command);
}

/* Cores that have `vector` pending, as a mask; takes it from them. */
static unsigned takers(struct bench *b, uint8_t vector)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < BENCH_CORES; i++) {
        if (lapic_bit(b, i, R_IRR, vector)) {
            mask |= 1u << i;
            assert_int_equal(lapic_ack(b, i), vector);
            lapic_end(b, i);
        }
    }
    return mask;
}

/* 11.6.2.1 */
static void physical_destination(void **state)
{
    struct bench *b = *state;

    send(b, 0, 4, ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 1u << 2);
    send(b, 2, 0, ASSERT | 0x51);
    assert_int_equal(takers(b, 0x51), 1u << 0);
    send(b, 3, 6, ASSERT | 0x52); /* itself */
    assert_int_equal(takers(b, 0x52), 1u << 3);
    send(b, 0, 5, ASSERT | 0x53); /* nobody */
    assert_int_equal(takers(b, 0x53), 0);
    send(b, 0, 0xff, ASSERT | 0x54);
    assert_int_equal(takers(b, 0x54), ALL_CORES);
}

/* 11.6.2.1: the APIC ID register decides, not the initial ID. */
static void changed_apic_id(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_ID, 0x33u << 24);
    send(b, 0, 0x33, ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 1u << 1);
    send(b, 0, 2, ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0);
}

/* 11.6.2.2, flat model: any common bit. */
static void logical_flat(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 0; i < BENCH_CORES; i++) {
        lapic_put(b, i, R_LDR, 1u << (24 + i));
    }
    send(b, 0, 0x0a, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0xa);
    send(b, 0, 0x10, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0);
    send(b, 0, 0xff, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), ALL_CORES);
    send(b, 0, 0x04, ASSERT | 0x50); /* physical: another APIC */
    assert_int_equal(takers(b, 0x50), 1u << 2);
}

/* 11.6.2.2, cluster model: equal bits 7:4 and a common bit in 3:0. */
static void logical_cluster(void **state)
{
    struct bench *b = *state;
    static const uint8_t ids[BENCH_CORES] = {0x11, 0x12, 0x21, 0x24};

    for (unsigned i = 0; i < BENCH_CORES; i++) {
        lapic_put(b, i, R_DFR, 0x0fffffff);
        lapic_put(b, i, R_LDR, (uint32_t)ids[i] << 24);
    }
    send(b, 0, 0x13, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0x3);
    send(b, 0, 0x21, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0x4);
    send(b, 0, 0x3f, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0);
    send(b, 0, 0xff, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), ALL_CORES);
}

static void undefined_destination_format_matches_nothing(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LDR, 0x02u << 24);
    lapic_put(b, 1, R_DFR, 0x5fffffff);
    send(b, 0, 0x02, LOGICAL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0);
}

/* 11.6.1: shorthands, from core 1. */
static void shorthands(void **state)
{
    struct bench *b = *state;

    send(b, 1, 6, TO_SELF | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0x2);
    send(b, 1, 6, TO_ALL | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), ALL_CORES);
    send(b, 1, 6, TO_OTHERS | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 0xd);
    send(b, 1, 6, TO_OTHERS | ASSERT | NMI);
    assert_int_equal(b->heard[0].nmis + b->heard[2].nmis + b->heard[3].nmis, 3);
    assert_int_equal(b->heard[1].nmis, 0);
}

/* Table 11-3: only fixed goes with self and all; ExtINT and the reserved mode with nothing. */
static void reserved_combinations_send_nothing(void **state)
{
    struct bench *b = *state;
    static const uint32_t commands[] = {
        TO_SELF | NMI,      TO_ALL | NMI,     TO_SELF | INIT,  TO_ALL | INIT,
        TO_ALL | STARTUP,   TO_SELF | LOWEST, TO_ALL | LOWEST, TO_SELF | SMI,
        TO_OTHERS | EXTINT, EXTINT,           0x300,
    };
    uint64_t errors = rig_guest_errors(b->rig);

    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        send(b, 0, 2, commands[i] | ASSERT | 0x50);
    }
    assert_int_equal(takers(b, 0x50), 0);
    for (unsigned i = 0; i < BENCH_CORES; i++) {
        assert_int_equal(b->heard[i].nmis + b->heard[i].inits + b->heard[i].sipis, 0);
    }
    assert_int_equal(rig_guest_errors(b->rig), errors + sizeof(commands) / sizeof(commands[0]));
}

/* Table 11-3, note 1: the level bit of an IPI is overridden. */
static void level_ipi_becomes_an_edge(void **state)
{
    struct bench *b = *state;

    send(b, 0, 2, LEVEL | ASSERT | 0x50);
    assert_true(lapic_bit(b, 1, R_IRR, 0x50));
    assert_false(lapic_bit(b, 1, R_TMR, 0x50));
}

/* 11.6.1 and the start-up sequence of 9.4.4: INIT assert, INIT de-assert (ignored), start-up
 * twice. */
static void init_and_startup(void **state)
{
    struct bench *b = *state;

    send(b, 0, 2, LEVEL | ASSERT | INIT);
    assert_int_equal(b->heard[1].inits, 1);
    send(b, 0, 2, LEVEL | INIT);
    send(b, 0, 0, TO_ALL | LEVEL | INIT);
    assert_int_equal(b->heard[1].inits, 1);
    assert_int_equal(rig_guest_errors(b->rig), 0);
    send(b, 0, 2, STARTUP | 0x9f);
    send(b, 0, 2, STARTUP | 0x9f);
    assert_int_equal(b->heard[1].sipis, 2);
    assert_int_equal(b->heard[1].sipi_vector, 0x9f);
    assert_int_equal(b->heard[0].inits + b->heard[2].inits, 0);
    send(b, 0, 2, INIT); /* edge: the level bit means nothing */
    assert_int_equal(b->heard[1].inits, 2);
}

/* An INIT by logical destination reaches the whole group although the first one loses its
 * logical ID by it. */
static void init_by_logical_group(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_LDR, 0x0fu << 24);
    lapic_put(b, 2, R_LDR, 0x0fu << 24);
    send(b, 0, 0x0f, LOGICAL | ASSERT | INIT);
    assert_int_equal(b->heard[1].inits, 1);
    assert_int_equal(b->heard[2].inits, 1);
}

/* 11.6.2.4: the lowest arbitration priority takes it; a tie goes to the lowest APIC ID. */
static void lowest_priority(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TPR, 0x40);
    lapic_put(b, 1, R_TPR, 0x30);
    lapic_put(b, 2, R_TPR, 0x20);
    lapic_put(b, 3, R_TPR, 0x30);
    send(b, 0, 0xff, LOWEST | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 1u << 2);
    lapic_put(b, 2, R_TPR, 0x30);
    send(b, 0, 0xff, LOWEST | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 1u << 1);
    lapic_put(b, 1, R_ID, 0x77u << 24);
    send(b, 0, 0xff, LOWEST | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 1u << 2);
    send(b, 2, 0xff, TO_OTHERS | LOWEST | ASSERT | 0x50);
    assert_int_equal(takers(b, 0x50), 1u << 3);
}

/* What is in service or pending counts as priority too. */
static void lowest_priority_avoids_the_busy(void **state)
{
    struct bench *b = *state;

    lapic_self(b, 0, 0x90);
    assert_int_equal(lapic_ack(b, 0), 0x90);
    lapic_self(b, 1, 0x60);
    send(b, 0, 0xff, LOWEST | ASSERT | 0x50);
    assert_true(lapic_bit(b, 2, R_IRR, 0x50));
}

static void lowest_priority_skips_the_disabled(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_SVR, 0xff);
    assert_true(lapic_base_set(b->lapic[1], 0xfee00000));
    send(b, 3, 0xff, LOWEST | ASSERT | 0x50);
    assert_true(lapic_bit(b, 2, R_IRR, 0x50));
    assert_false(lapic_bit(b, 0, R_IRR, 0x50));
    assert_false(lapic_bit(b, 3, R_IRR, 0x50));
}

/* 11.5.3: an illegal vector is logged by the sender and not sent. */
static void illegal_vector_is_not_sent(void **state)
{
    struct bench *b = *state;

    send(b, 0, 2, ASSERT | 0x0f);
    assert_int_equal(lapic_errors(b, 0), 0x20);
    assert_int_equal(lapic_errors(b, 1), 0);
    send(b, 0, 2, ASSERT | NMI | 0x02); /* the vector of an NMI means nothing */
    assert_int_equal(b->heard[1].nmis, 1);
    assert_int_equal(lapic_errors(b, 0), 0);
}

static void smi_is_reported_as_unimplemented(void **state)
{
    struct bench *b = *state;

    send(b, 0, 2, ASSERT | SMI);
    assert_int_equal(rig_unimplemented(b->rig), 1);
}

/* 11.6.1: delivery status is idle when the write is done. */
static void icr_reads_back_idle(void **state)
{
    struct bench *b = *state;

    send(b, 0, 2, LOGICAL | ASSERT | 0x1050);
    assert_int_equal(lapic_get(b, 0, R_ICR), LOGICAL | ASSERT | 0x50);
    assert_int_equal(lapic_get(b, 0, R_ICR2), 2u << 24);
}

/* Without a bus only messages to itself arrive. */
static void alone(void **state)
{
    struct bench *b = *state;
    struct device *lapic = rig_device(b->rig, &lapic_class, "/alone", NULL);
    const struct reg_bank *bank = &lapic_class.banks[0];

    reg_bank_write(lapic, bank, R_SVR, 4, 0x1ff);
    reg_bank_write(lapic, bank, R_ICR, 4, TO_OTHERS | ASSERT | 0x60);
    assert_int_equal(lapic_intr_ack(lapic), -1);
    reg_bank_write(lapic, bank, R_ICR2, 4, 1u << 24);
    reg_bank_write(lapic, bank, R_ICR, 4, ASSERT | 0x60);
    assert_int_equal(lapic_intr_ack(lapic), -1);
    reg_bank_write(lapic, bank, R_ICR2, 4, 0);
    reg_bank_write(lapic, bank, R_ICR, 4, ASSERT | 0x60);
    assert_int_equal(lapic_intr_ack(lapic), 0x60);
    reg_bank_write(lapic, bank, R_ICR, 4, TO_ALL | ASSERT | 0x70);
    assert_int_equal(lapic_intr_ack(lapic), 0x70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(physical_destination, setup, teardown),
        cmocka_unit_test_setup_teardown(changed_apic_id, setup, teardown),
        cmocka_unit_test_setup_teardown(logical_flat, setup, teardown),
        cmocka_unit_test_setup_teardown(logical_cluster, setup, teardown),
        cmocka_unit_test_setup_teardown(undefined_destination_format_matches_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(shorthands, setup, teardown),
        cmocka_unit_test_setup_teardown(reserved_combinations_send_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(level_ipi_becomes_an_edge, setup, teardown),
        cmocka_unit_test_setup_teardown(init_and_startup, setup, teardown),
        cmocka_unit_test_setup_teardown(init_by_logical_group, setup, teardown),
        cmocka_unit_test_setup_teardown(lowest_priority, setup, teardown),
        cmocka_unit_test_setup_teardown(lowest_priority_avoids_the_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(lowest_priority_skips_the_disabled, setup, teardown),
        cmocka_unit_test_setup_teardown(illegal_vector_is_not_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(smi_is_reported_as_unimplemented, setup, teardown),
        cmocka_unit_test_setup_teardown(icr_reads_back_idle, setup, teardown),
        cmocka_unit_test_setup_teardown(alone, setup, teardown),
    };

    return cmocka_run_group_tests_name("lapic_ipi", tests, NULL, NULL);
}
