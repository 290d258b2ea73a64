/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC alone: registers, priorities, errors, states. Section numbers are of Intel SDM
 * volume 3A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/snap.h"
#include "tests/unit/devices/chipset/apic_bench.h"

static int setup(void **state)
{
    struct bench *bench = bench_create();

    bench_enable(bench);
    *state = bench;
    return 0;
}

static int setup_disabled(void **state)
{
    *state = bench_create();
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

/* 11.4.7.1 */
static void power_up_state(void **state)
{
    struct bench *b = *state;
    static const uint32_t lvts[] = {R_CMCI, R_TIMER, R_THERMAL, R_PERF, R_LINT0, R_LINT1, R_ERROR};
    static const uint32_t zeros[] = {R_TPR,  R_LDR,     R_ESR,     R_ICR,
                                     R_ICR2, R_INITIAL, R_CURRENT, R_DIVIDE};

    assert_int_equal(lapic_get(b, 3, R_ID), 6u << 24);
    assert_int_equal(lapic_get(b, 3, R_SVR), 0xff);
    assert_int_equal(lapic_get(b, 3, R_DFR), 0xffffffff);
    for (unsigned i = 0; i < ARRAY_LEN(lvts); i++) {
        assert_int_equal(lapic_get(b, 3, lvts[i]), LVT_MASKED);
    }
    for (unsigned i = 0; i < ARRAY_LEN(zeros); i++) {
        assert_int_equal(lapic_get(b, 3, zeros[i]), 0);
    }
    assert_int_equal(lapic_base_get(b->lapic[0]), 0xfee00900);
    assert_int_equal(lapic_base_get(b->lapic[3]), 0xfee00800);
}

/* 11.4.8: version 15h, seven LVT entries (CMCI is one), EOI-broadcast suppression. */
static void version_11_4_8(void **state)
{
    assert_int_equal(lapic_get(*state, 0, R_VERSION), 0x01060015);
}

static void version_without_eoi_suppression(void **state)
{
    struct bench *b = *state;
    struct lapic_config config = *(const struct lapic_config *)lapic_class.default_config;

    config.core = 9;
    config.bus = b->bus;
    config.has_eoi_suppression = false;
    (void)rig_device(b->rig, &lapic_class, "/lapic9", &config);
    assert_int_equal(lapic_get(b, 9, R_VERSION), 0x00060015);
    lapic_put(b, 9, R_SVR, 0x11ff);
    assert_int_equal(lapic_get(b, 9, R_SVR), 0x1ff);
}

/* 11.8.3.1: only a class above that of PPR is delivered. */
static void tpr_holds_back_its_class_and_below(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TPR, 0x50);
    lapic_self(b, 0, 0x5f);
    assert_false(b->heard[0].intr);
    assert_true(lapic_bit(b, 0, R_IRR, 0x5f));
    lapic_self(b, 0, 0x60);
    assert_true(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 0), 0x60);
    assert_false(b->heard[0].intr);
    assert_false(lapic_bit(b, 0, R_IRR, 0x60));
    assert_true(lapic_bit(b, 0, R_ISR, 0x60));
    lapic_end(b, 0);
    assert_false(lapic_bit(b, 0, R_ISR, 0x60));
    assert_false(b->heard[0].intr);
    lapic_put(b, 0, R_TPR, 0x4f);
    assert_true(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 0), 0x5f);
}

/* 11.8.3.1: PPR is the higher of TPR and the class in service. */
static void ppr_11_8_3_1(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TPR, 0x23);
    assert_int_equal(lapic_get(b, 0, R_PPR), 0x23);
    lapic_self(b, 0, 0x77);
    assert_int_equal(lapic_get(b, 0, R_PPR), 0x23);
    assert_int_equal(lapic_ack(b, 0), 0x77);
    assert_int_equal(lapic_get(b, 0, R_PPR), 0x70);
    lapic_put(b, 0, R_TPR, 0x85);
    assert_int_equal(lapic_get(b, 0, R_PPR), 0x85);
    lapic_put(b, 0, R_TPR, 0x75); /* equal classes */
    assert_int_equal(lapic_get(b, 0, R_PPR), 0x75);
    lapic_put(b, 0, R_TPR, 0x85);
    lapic_put(b, 0, R_PPR, 0); /* read-only */
    assert_int_equal(lapic_get(b, 0, R_PPR), 0x85);
}

/* 11.6.2.4 */
static void apr_11_6_2_4(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TPR, 0x35);
    assert_int_equal(lapic_get(b, 0, R_APR), 0x35);
    lapic_self(b, 0, 0x91);
    assert_int_equal(lapic_get(b, 0, R_APR), 0x90);
    assert_int_equal(lapic_ack(b, 0), 0x91);
    assert_int_equal(lapic_get(b, 0, R_APR), 0x90);
    lapic_put(b, 0, R_TPR, 0x95); /* not above what is in service: low bits are 0 */
    assert_int_equal(lapic_get(b, 0, R_APR), 0x90);
    lapic_put(b, 0, R_TPR, 0xa1);
    assert_int_equal(lapic_get(b, 0, R_APR), 0xa1);
}

/* 11.8.4: higher classes nest, EOI clears the highest in service. */
static void nesting_and_eoi(void **state)
{
    struct bench *b = *state;

    lapic_self(b, 0, 0x40);
    assert_int_equal(lapic_ack(b, 0), 0x40);
    lapic_self(b, 0, 0x4a); /* same class: waits */
    assert_false(b->heard[0].intr);
    lapic_self(b, 0, 0xf0);
    assert_int_equal(lapic_ack(b, 0), 0xf0);
    lapic_end(b, 0);
    assert_true(lapic_bit(b, 0, R_ISR, 0x40));
    assert_false(b->heard[0].intr);
    lapic_end(b, 0);
    assert_true(b->heard[0].intr);
    assert_int_equal(lapic_ack(b, 0), 0x4a);
    lapic_end(b, 0);
    lapic_end(b, 0); /* nothing in service: harmless */
    assert_int_equal(lapic_ack(b, 0), -1);
}

/* 11.8.4: one more of a vector in service is remembered, further ones merge. */
static void second_request_waits_in_irr(void **state)
{
    struct bench *b = *state;

    lapic_self(b, 0, 0x40);
    assert_int_equal(lapic_ack(b, 0), 0x40);
    lapic_self(b, 0, 0x40);
    lapic_self(b, 0, 0x40);
    lapic_end(b, 0);
    assert_int_equal(lapic_ack(b, 0), 0x40);
    lapic_end(b, 0);
    assert_int_equal(lapic_ack(b, 0), -1);
}

static void highest_vector_of_all_words_goes_first(void **state)
{
    struct bench *b = *state;
    static const uint8_t vectors[] = {0x10, 0x25, 0x3f, 0x5a, 0x81, 0xa0, 0xdf, 0xff};

    for (unsigned i = 0; i < ARRAY_LEN(vectors); i++) {
        lapic_self(b, 0, vectors[i]);
    }
    for (unsigned i = ARRAY_LEN(vectors); i > 0; i--) {
        assert_int_equal(lapic_ack(b, 0), vectors[i - 1]);
        lapic_end(b, 0);
    }
}

/* 11.8.6: CR8 is TPR bits 7:4; a write clears bits 3:0. */
static void cr8_11_8_6(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TPR, 0x9c);
    assert_int_equal(lapic_tpr_get(b->lapic[0]), 9);
    lapic_tpr_set(b->lapic[0], 4);
    assert_int_equal(lapic_get(b, 0, R_TPR), 0x40);
    lapic_self(b, 0, 0x45);
    assert_false(b->heard[0].intr);
    lapic_tpr_set(b->lapic[0], 3);
    assert_true(b->heard[0].intr);
    lapic_tpr_set(b->lapic[0], 4);
    assert_false(b->heard[0].intr);
}

/* 11.9: the request was masked by a higher TPR before INTA: spurious vector, ISR untouched, no
 * EOI needed. */
static void spurious_vector_11_9(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_SVR, 0x1ef);
    lapic_self(b, 0, 0x45);
    lapic_put(b, 0, R_TPR, 0x50);
    assert_int_equal(lapic_ack(b, 0), 0xef);
    assert_false(lapic_bit(b, 0, R_ISR, 0xef));
    assert_true(lapic_bit(b, 0, R_IRR, 0x45));
    lapic_put(b, 0, R_TPR, 0);
    assert_int_equal(lapic_ack(b, 0), 0x45);
}

static void ack_with_nothing_pending_is_none(void **state)
{
    assert_int_equal(lapic_ack(*state, 0), -1);
}

/* 11.5.3: ESR shows errors only after it was written; a second write shows what came since. */
static void esr_write_then_read_11_5_3(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_ICR, 0x44005); /* send illegal vector */
    assert_int_equal(lapic_get(b, 0, R_ESR), 0);
    lapic_put(b, 0, R_ESR, 0xffffffff);
    assert_int_equal(lapic_get(b, 0, R_ESR), 0x20);
    assert_int_equal(lapic_get(b, 0, R_ESR), 0x20);
    (void)lapic_get(b, 0, 0x040); /* reserved register */
    assert_int_equal(lapic_get(b, 0, R_ESR), 0x20);
    assert_int_equal(lapic_errors(b, 0), 0x80);
    assert_int_equal(lapic_errors(b, 0), 0);
}

static void esr_illegal_register_both_ways(void **state)
{
    struct bench *b = *state;
    uint64_t before = rig_guest_errors(b->rig);

    lapic_put(b, 0, 0x3f0, 1); /* self IPI exists in x2APIC mode only */
    assert_int_equal(lapic_errors(b, 0), 0x80);
    assert_int_equal(lapic_get(b, 0, 0x000), 0);
    assert_int_equal(lapic_errors(b, 0), 0x80);
    assert_int_equal(rig_guest_errors(b->rig), before + 2);
}

/* 11.4.1: bytes 4 to 15 of a slot are undefined: 0 here, and no ESR bit. */
static void between_registers_11_4_1(void **state)
{
    struct bench *b = *state;

    assert_int_equal(lapic_get(b, 0, R_VERSION + 4), 0);
    lapic_put(b, 0, R_TPR + 8, 0xff);
    assert_int_equal(lapic_get(b, 0, R_TPR), 0);
    assert_int_equal(lapic_errors(b, 0), 0);
    assert_int_equal(rig_guest_errors(b->rig), 2);
}

/* 11.5.3: received illegal vector. */
static void esr_receive_illegal_vector(void **state)
{
    struct bench *b = *state;

    apic_bus_msi(b->bus, 0xfee04000, 0x0f); /* to APIC ID 4, vector 15 */
    assert_int_equal(lapic_errors(b, 2), 0x40);
    assert_false(b->heard[2].intr);
    assert_int_equal(lapic_get(b, 2, R_IRR), 0);
}

/* 11.5.3: the error interrupt goes out once until ESR is written. */
static void error_interrupt_11_5_3(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_ICR, 0x44003);
    assert_false(b->heard[0].intr); /* masked */
    lapic_put(b, 0, R_ESR, 0);
    lapic_put(b, 0, R_ERROR, 0xfe);
    lapic_put(b, 0, R_ICR, 0x44003);
    assert_int_equal(lapic_ack(b, 0), 0xfe);
    lapic_end(b, 0);
    lapic_put(b, 0, R_ICR, 0x44003);
    assert_false(b->heard[0].intr);
    lapic_put(b, 0, R_ESR, 0);
    lapic_put(b, 0, R_ICR, 0x44003);
    assert_int_equal(lapic_ack(b, 0), 0xfe);
}

static void error_entry_with_illegal_vector_ends(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_ERROR, 0x00);
    lapic_put(b, 0, R_ICR, 0x44003);
    assert_int_equal(lapic_errors(b, 0), 0x60);
    assert_false(b->heard[0].intr);
}

/* 11.4.7.2: software disable masks every entry and holds what is pending. */
static void software_disable_11_4_7_2(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_TIMER, 0x31);
    lapic_put(b, 0, R_LINT0, 0x700);
    lapic_self(b, 0, 0x44);
    lapic_put(b, 0, R_SVR, 0xff);
    assert_int_equal(lapic_get(b, 0, R_TIMER), LVT_MASKED | 0x31);
    assert_int_equal(lapic_get(b, 0, R_LINT0), LVT_MASKED | 0x700);
    lapic_put(b, 0, R_TIMER, 0x32);
    assert_int_equal(lapic_get(b, 0, R_TIMER), LVT_MASKED | 0x32);
    apic_bus_msi(b->bus, 0xfee00000, 0x66); /* not accepted */
    assert_false(lapic_bit(b, 0, R_IRR, 0x66));
    assert_int_equal(lapic_ack(b, 0), 0x44); /* held, and still handled */
    lapic_put(b, 0, R_SVR, 0x1ff);
    lapic_put(b, 0, R_TIMER, 0x32);
    assert_int_equal(lapic_get(b, 0, R_TIMER), 0x32);
}

/* 11.4.7.2: NMI, INIT and start-up messages arrive, and IPIs can be sent, while software
 * disabled. */
static void software_disabled_still_talks(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 0, R_ICR2, 2u << 24);
    lapic_put(b, 0, R_ICR, 0x4400);
    lapic_put(b, 0, R_ICR, 0x4500);
    lapic_put(b, 0, R_ICR, 0x469a);
    assert_int_equal(b->heard[1].nmis, 1);
    assert_int_equal(b->heard[1].inits, 1);
    assert_int_equal(b->heard[1].sipis, 1);
    assert_int_equal(b->heard[1].sipi_vector, 0x9a);
}

/* 11.4.7.3: INIT is power-up state, but the APIC ID stays; so does IA32_APIC_BASE. */
static void init_state_11_4_7_3(void **state)
{
    struct bench *b = *state;

    lapic_put(b, 1, R_ID, 0x55u << 24);
    lapic_put(b, 1, R_LDR, 0x02u << 24);
    lapic_put(b, 1, R_DFR, 0x0fffffff);
    lapic_put(b, 1, R_TPR, 0x20);
    lapic_put(b, 1, R_TIMER, 0x20040);
    lapic_put(b, 1, R_INITIAL, 1000);
    lapic_self(b, 1, 0x77);
    assert_int_equal(lapic_ack(b, 1), 0x77);
    lapic_self(b, 1, 0x88);
    assert_true(b->heard[1].intr);
    assert_true(lapic_base_set(b->lapic[1], 0xfee00900));
    apic_bus_msi(b->bus, 0xfee55000, 0x4500);
    assert_int_equal(b->heard[1].inits, 1);
    assert_false(b->heard[1].intr);
    assert_int_equal(lapic_get(b, 1, R_ID), 0x55u << 24);
    assert_int_equal(lapic_base_get(b->lapic[1]), 0xfee00900);
    assert_int_equal(lapic_get(b, 1, R_LDR), 0);
    assert_int_equal(lapic_get(b, 1, R_DFR), 0xffffffff);
    assert_int_equal(lapic_get(b, 1, R_TPR), 0);
    assert_int_equal(lapic_get(b, 1, R_SVR), 0xff);
    assert_int_equal(lapic_get(b, 1, R_TIMER), LVT_MASKED);
    assert_int_equal(lapic_get(b, 1, R_CURRENT), 0);
    assert_false(lapic_bit(b, 1, R_ISR, 0x77));
    assert_false(lapic_bit(b, 1, R_IRR, 0x88));
    device_reset(b->lapic[1], RESET_BUS);
    assert_int_equal(lapic_get(b, 1, R_ID), 2u << 24);
    assert_int_equal(lapic_base_get(b->lapic[1]), 0xfee00800);
}

/* 11.4.3, 11.4.4 */
static void apic_base_11_4_4(void **state)
{
    struct bench *b = *state;
    struct device *lapic = b->lapic[0];

    assert_false(lapic_base_set(lapic, 0xfee00d00)); /* x2APIC */
    assert_false(lapic_base_set(lapic, 0xfee00901));
    assert_false(lapic_base_set(lapic, 0xfee00b00));
    assert_false(lapic_base_set(lapic, UINT64_C(0x100fee00900)));
    assert_int_equal(lapic_base_get(lapic), 0xfee00900);
    assert_int_equal(rig_unimplemented(b->rig), 0);
    assert_true(lapic_base_set(lapic, 0xfed00900)); /* relocation is not modelled */
    assert_int_equal(rig_unimplemented(b->rig), 1);
    assert_int_equal(lapic_base_get(lapic), 0xfed00900);
    assert_int_equal(lapic_get(b, 0, R_VERSION), 0x01060015);
}

static void global_disable_11_4_3(void **state)
{
    struct bench *b = *state;
    struct device *lapic = b->lapic[0];

    lapic_self(b, 0, 0x99);
    assert_true(b->heard[0].intr);
    assert_true(lapic_base_set(lapic, 0xfee00100));
    assert_false(lapic_is_enabled(lapic));
    assert_false(b->heard[0].intr);
    assert_int_equal(lapic_get(b, 0, R_VERSION), 0xffffffff);
    lapic_put(b, 0, R_TPR, 0x30);
    apic_bus_msi(b->bus, 0xfee00000, 0x400); /* NMI: nobody there */
    assert_int_equal(b->heard[0].nmis, 0);
    assert_true(lapic_base_set(lapic, 0xfee00900));
    assert_int_equal(lapic_get(b, 0, R_TPR), 0);
    assert_int_equal(lapic_get(b, 0, R_SVR), 0xff);
}

/* Table 11-1: read-only registers and reserved bits. */
static void write_masks(void **state)
{
    struct bench *b = *state;
    static const struct {
        uint32_t offset;
        uint32_t value;
    } cases[] = {
        {R_ID, 0xff000000},
        {R_VERSION, 0x01060015},
        {R_TPR, 0xff},
        {R_LDR, 0xff000000},
        {R_DFR, 0xffffffff},
        {R_RRD, 0},
        {R_ICR2, 0xff000000},
        {R_CMCI, 0x107ff},
        {R_TIMER, 0x300ff},
        {R_THERMAL, 0x107ff},
        {R_PERF, 0x107ff},
        {R_LINT0, 0x1a7ff},
        {R_LINT1, 0x1a7ff},
        {R_ERROR, 0x100ff},
        {R_INITIAL, 0xffffffff},
        {R_DIVIDE, 0xb},
        {R_EOI, 0},
        {R_SVR, 0x13ff},
    };

    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        lapic_put(b, 0, cases[i].offset, 0xffffffff);
        assert_int_equal(lapic_get(b, 0, cases[i].offset), cases[i].value);
    }
    lapic_put(b, 0, R_DFR, 0);
    assert_int_equal(lapic_get(b, 0, R_DFR), 0x0fffffff);
}

static void narrow_access_reads_the_lane(void **state)
{
    struct bench *b = *state;

    bus_set_initiator(b->rig->memory, 0);
    assert_int_equal(rig_read(b->rig, MAP_LAPIC_BASE + R_VERSION + 2, 1), 0x06);
    rig_write(b->rig, MAP_LAPIC_BASE + R_TPR, 1, 0x40);
    assert_int_equal(lapic_get(b, 0, R_TPR), 0x40);
}

static void peek_changes_nothing(void **state)
{
    struct bench *b = *state;

    bus_set_initiator(b->rig->memory, 0);
    assert_int_equal(bus_peek(b->rig->memory, MAP_LAPIC_BASE + 0x040, 4), 0);
    assert_int_equal(lapic_errors(b, 0), 0);
}

static void tables_are_sound(void **state)
{
    (void)state;
    assert_null(reg_bank_check(&lapic_class.banks[0], lapic_class.size));
    assert_null(reg_bank_check(&ioapic_class.banks[0], ioapic_class.size));
    assert_null(reg_bank_check(&ioapic_class.banks[1], ioapic_class.size));
    assert_null(reg_bank_check(&i8259_class.banks[0], i8259_class.size));
}

/* Save in the middle of an interrupt, load into another bench: it goes on where it was. */
static void snapshot_keeps_what_is_pending(void **state)
{
    struct bench *b = *state;
    struct bench *other = bench_create();

    lapic_self(b, 0, 0x61);
    assert_int_equal(lapic_ack(b, 0), 0x61);
    lapic_self(b, 0, 0x91);
    lapic_put(b, 0, R_ICR, 0x44001); /* an error not yet shown */
    rig_copy_state(b->rig, b->lapic[0], other->rig, other->lapic[0]);
    assert_int_equal(device_state_hash(b->lapic[0]), device_state_hash(other->lapic[0]));
    assert_true(other->heard[0].intr);
    assert_int_equal(lapic_errors(other, 0), 0x20);
    assert_int_equal(lapic_ack(other, 0), 0x91);
    lapic_end(other, 0);
    assert_true(lapic_bit(other, 0, R_ISR, 0x61));
    bench_destroy(other);
}

/* 11.8.4: acceptance writes the TMR bit both ways. */
static void tmr_follows_the_last_acceptance(void **state)
{
    struct bench *b = *state;

    apic_bus_msi(b->bus, 0xfee00000, 0xc061);
    assert_true(lapic_bit(b, 0, R_TMR, 0x61));
    apic_bus_msi(b->bus, 0xfee00000, 0x61);
    assert_false(lapic_bit(b, 0, R_TMR, 0x61));
}

/* A vector below 16 cannot get into IRR; a snapshot that says so is refused. */
static void snapshot_with_an_illegal_vector_is_refused(void **state)
{
    struct bench *b = *state;
    struct snap_writer *writer = snap_writer_create();
    struct snap_reader *reader;
    struct error err = ERROR_INIT;
    const void *data;
    size_t bytes;

    reg_store(b->lapic[0], reg_find_name(&lapic_class.banks[0], "IRR"), 0, 0x8000);
    device_save(b->lapic[0], writer);
    data = snap_finish(writer, "bench", &bytes);
    reader = snap_reader_create(data, bytes, "bench", &err);
    assert_non_null(reader);
    assert_int_equal(device_load(b->lapic[0], reader, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    snap_reader_destroy(reader);
    snap_writer_destroy(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(power_up_state, setup_disabled, teardown),
        cmocka_unit_test_setup_teardown(version_11_4_8, setup, teardown),
        cmocka_unit_test_setup_teardown(version_without_eoi_suppression, setup, teardown),
        cmocka_unit_test_setup_teardown(tpr_holds_back_its_class_and_below, setup, teardown),
        cmocka_unit_test_setup_teardown(ppr_11_8_3_1, setup, teardown),
        cmocka_unit_test_setup_teardown(apr_11_6_2_4, setup, teardown),
        cmocka_unit_test_setup_teardown(nesting_and_eoi, setup, teardown),
        cmocka_unit_test_setup_teardown(second_request_waits_in_irr, setup, teardown),
        cmocka_unit_test_setup_teardown(highest_vector_of_all_words_goes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(cr8_11_8_6, setup, teardown),
        cmocka_unit_test_setup_teardown(spurious_vector_11_9, setup, teardown),
        cmocka_unit_test_setup_teardown(ack_with_nothing_pending_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(esr_write_then_read_11_5_3, setup, teardown),
        cmocka_unit_test_setup_teardown(esr_illegal_register_both_ways, setup, teardown),
        cmocka_unit_test_setup_teardown(between_registers_11_4_1, setup, teardown),
        cmocka_unit_test_setup_teardown(esr_receive_illegal_vector, setup, teardown),
        cmocka_unit_test_setup_teardown(error_interrupt_11_5_3, setup, teardown),
        cmocka_unit_test_setup_teardown(error_entry_with_illegal_vector_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(software_disable_11_4_7_2, setup, teardown),
        cmocka_unit_test_setup_teardown(software_disabled_still_talks, setup_disabled, teardown),
        cmocka_unit_test_setup_teardown(init_state_11_4_7_3, setup, teardown),
        cmocka_unit_test_setup_teardown(apic_base_11_4_4, setup, teardown),
        cmocka_unit_test_setup_teardown(global_disable_11_4_3, setup, teardown),
        cmocka_unit_test_setup_teardown(write_masks, setup, teardown),
        cmocka_unit_test_setup_teardown(narrow_access_reads_the_lane, setup, teardown),
        cmocka_unit_test_setup_teardown(peek_changes_nothing, setup, teardown),
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test_setup_teardown(snapshot_keeps_what_is_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(tmr_follows_the_last_acceptance, setup, teardown),
        cmocka_unit_test_setup_teardown(snapshot_with_an_illegal_vector_is_refused, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("lapic", tests, NULL, NULL);
}
