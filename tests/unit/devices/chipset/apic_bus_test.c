/* SPDX-License-Identifier: GPL-2.0-only */
/* MSI decoding and the 0xfeexxxxx regions. Section numbers are of Intel SDM volume 3A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/core/dma.h"
#include "tests/unit/devices/chipset/apic_bench.h"

#define MSI        UINT64_C(0xfee00000)
#define MSI_ID(id) (MSI | (uint64_t)(id) << 12)
#define HINT       0x8u
#define LOGICAL    0x4u
#define ASSERT     0x4000u
#define LEVEL      0x8000u

static int setup(void **state)
{
    struct bench *bench = bench_create();

    bench_enable(bench);
    for (unsigned i = 0; i < BENCH_CORES; i++) {
        lapic_put(bench, i, R_LDR, 1u << (24 + i));
    }
    dma_set_hooks(bench->rig->dma, &(struct dma_hooks){.ctx = bench->bus, .message = apic_bus_msi});
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

static unsigned pending(struct bench *b, uint8_t vector)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < BENCH_CORES; i++) {
        mask |= lapic_bit(b, i, R_IRR, vector) ? 1u << i : 0;
    }
    return mask;
}

/* 11.11.1, 11.11.2: destination ID in address bits 19:12, vector in data bits 7:0. */
static void msi_physical(void **state)
{
    struct bench *b = *state;
    static const uint8_t data[4] = {0x61, 0, 0, 0};

    assert_int_equal(dma_write(b->rig->dma, MSI_ID(4), data, 4), DMA_OK);
    assert_int_equal(pending(b, 0x61), 1u << 2);
    assert_false(lapic_bit(b, 2, R_TMR, 0x61));
    dma_send_message(b->rig->dma, MSI_ID(0xff), 0x62);
    assert_int_equal(pending(b, 0x62), 0xf);
}

/* Linux programs logical destinations without the redirection hint. */
static void msi_logical(void **state)
{
    struct bench *b = *state;

    apic_bus_msi(b->bus, MSI_ID(0x0a) | LOGICAL, 0x61);
    assert_int_equal(pending(b, 0x61), 0xa);
}

/* 11.11.1: with the redirection hint one processor of the logical group takes it. */
static void msi_redirection_hint(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_TPR, 0x20);
    apic_bus_msi(b->bus, MSI_ID(0x0e) | HINT | LOGICAL, 0x61);
    assert_int_equal(pending(b, 0x61), 1u << 2);
    apic_bus_msi(b->bus, MSI_ID(6) | HINT, 0x62); /* physical: no choice */
    assert_int_equal(pending(b, 0x62), 1u << 3);
    apic_bus_msi(b->bus, MSI_ID(0xff) | HINT, 0x63);
    assert_int_equal(pending(b, 0x63), 0xf);
}

static void msi_lowest_priority(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TPR, 0x20);
    apic_bus_msi(b->bus, MSI_ID(0x0f) | LOGICAL, 0x161);
    assert_int_equal(pending(b, 0x61), 1u << 1);
}

/* 11.11.2: level-triggered messages set TMR when asserted and do nothing when de-asserted. */
static void msi_level(void **state)
{
    struct bench *b = *state;

    apic_bus_msi(b->bus, MSI_ID(0), LEVEL | 0x61);
    assert_int_equal(pending(b, 0x61), 0);
    apic_bus_msi(b->bus, MSI_ID(0), LEVEL | ASSERT | 0x61);
    assert_int_equal(pending(b, 0x61), 1);
    assert_true(lapic_bit(b, 0, R_TMR, 0x61));
}

static void msi_nmi_and_init(void **state)
{
    struct bench *b = *state;

    apic_bus_msi(b->bus, MSI_ID(2), 0x400);
    assert_int_equal(b->heard[1].nmis, 1);
    apic_bus_msi(b->bus, MSI_ID(2), LEVEL | 0x500); /* de-assert */
    assert_int_equal(b->heard[1].inits, 0);
    apic_bus_msi(b->bus, MSI_ID(2), 0x500);
    assert_int_equal(b->heard[1].inits, 1);
}

/* 11.11.2: ExtINT: the 8259 gives the vector. */
static void msi_extint(void **state)
{
    struct bench *b = *state;

    pic_init(b->rig);
    i8259_irq(b->pic, 5, true);
    apic_bus_msi(b->bus, MSI_ID(0), 0x700);
    assert_true(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 0), 0x25);
    assert_false(b->heard[0].intr);
}

static void msi_reserved_modes_are_guest_errors(void **state)
{
    struct bench *b = *state;

    apic_bus_msi(b->bus, MSI_ID(0), 0x361);
    apic_bus_msi(b->bus, MSI_ID(0), 0x661);
    apic_bus_msi(b->bus, UINT64_C(0xfef00000), 0x61);
    apic_bus_msi(b->bus, UINT64_C(0x1fee00000), 0x61);
    assert_int_equal(pending(b, 0x61), 0);
    assert_int_equal(rig_guest_errors(b->rig), 4);
}

static void send_tells_whether_anybody_accepted(void **state)
{
    struct bench *b = *state;
    struct apic_message message = {.destination = 2, .vector = 0x61};

    assert_true(apic_bus_send(b->bus, &message, NULL));
    assert_false(apic_bus_send(b->bus, &message, b->lapic[1]));
    message.destination = 9;
    assert_false(apic_bus_send(b->bus, &message, NULL));
    message.destination = 2;
    message.vector = 3;
    assert_false(apic_bus_send(b->bus, &message, NULL));
}

/* The page answers as the local APIC of the core that asks. */
static void page_is_per_core(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 0; i < BENCH_CORES; i++) {
        lapic_put(b, i, R_TPR, 0x10 * (i + 1));
    }
    for (unsigned i = 0; i < BENCH_CORES; i++) {
        assert_int_equal(lapic_get(b, i, R_TPR), 0x10 * (i + 1));
        assert_int_equal(lapic_get(b, i, R_ID), i << 25);
    }
    assert_int_equal(lapic_get(b, 7, R_ID), 0xffffffff); /* no such core */
    lapic_put(b, 7, R_TPR, 0);
    assert_int_equal(bus_peek(b->rig->memory, MAP_LAPIC_BASE + R_ID, 4), 0xffffffff);
    assert_int_equal(rig_guest_errors(b->rig), 2);
}

/* A core's own access beyond the page is no message. */
static void core_access_to_the_rest_of_the_range(void **state)
{
    struct bench *b = *state;

    bus_set_initiator(b->rig->memory, 0);
    rig_write(b->rig, MSI_ID(4), 4, 0x61);
    assert_int_equal(pending(b, 0x61), 0);
    assert_int_equal(rig_read(b->rig, MSI_ID(0xff) + 0xffc, 4), 0xffffffff);
    assert_int_equal(bus_peek(b->rig->memory, MSI_ID(1), 8), UINT64_MAX);
    assert_int_equal(rig_guest_errors(b->rig), 2);
    assert_int_equal(bus_unmapped_count(b->rig->memory), 0);
}

static void one_place_per_core(void **state)
{
    struct bench *b = *state;
    struct lapic_config config = *(const struct lapic_config *)lapic_class.default_config;
    struct error err = ERROR_INIT;

    config.bus = b->bus;
    assert_null(device_create(&lapic_class, "/twice", &b->rig->env, &config, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    config.core = APIC_BUS_LAPICS_MAX;
    assert_null(device_create(&lapic_class, "/beyond", &b->rig->env, &config, &err));
}

static void failed_init_leaves_nothing(void **state)
{
    struct bench *b = *state;
    size_t regions = bus_region_count(b->rig->memory);
    struct error err = ERROR_INIT;

    assert_null(device_create(&apic_bus_class, "/twice", &b->rig->env, NULL, &err));
    assert_null(device_create(&ioapic_class, "/twice", &b->rig->env, NULL, &err));
    assert_null(device_create(&i8259_class, "/twice", &b->rig->env, NULL, &err));
    assert_int_equal(bus_region_count(b->rig->memory), regions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(msi_physical, setup, teardown),
        cmocka_unit_test_setup_teardown(msi_logical, setup, teardown),
        cmocka_unit_test_setup_teardown(msi_redirection_hint, setup, teardown),
        cmocka_unit_test_setup_teardown(msi_lowest_priority, setup, teardown),
        cmocka_unit_test_setup_teardown(msi_level, setup, teardown),
        cmocka_unit_test_setup_teardown(msi_nmi_and_init, setup, teardown),
        cmocka_unit_test_setup_teardown(msi_extint, setup, teardown),
        cmocka_unit_test_setup_teardown(msi_reserved_modes_are_guest_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(send_tells_whether_anybody_accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(page_is_per_core, setup, teardown),
        cmocka_unit_test_setup_teardown(core_access_to_the_rest_of_the_range, setup, teardown),
        cmocka_unit_test_setup_teardown(one_place_per_core, setup, teardown),
        cmocka_unit_test_setup_teardown(failed_init_leaves_nothing, setup, teardown),
    };

    return cmocka_run_group_tests_name("apic_bus", tests, NULL, NULL);
}
