/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random life of all interrupt controllers together: register accesses, pins, messages, INTA
 * cycles, time. A bench is saved, loaded into a second one that has lived otherwise, and both go on
 * with the same acts: everything that a guest or a core can see must stay equal. Also: a reset
 * leads to the state of a fresh bench, from wherever it comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/chipset/apic_bench.h"

#define ROUNDS         60
#define ACTS_PER_ROUND 400

/* One act on one bench: what the guest or a core sees of it. */
static uint64_t touch_lapic(struct bench *b, uint64_t r)
{
    static const uint32_t offsets[] = {R_TPR,     R_EOI,   R_LDR,     R_DFR,     R_SVR,    R_ESR,
                                       R_CMCI,    R_ICR,   R_ICR2,    R_TIMER,   R_PERF,   R_LINT0,
                                       R_LINT1,   R_ERROR, R_INITIAL, R_CURRENT, R_DIVIDE, R_PPR,
                                       R_THERMAL, R_APR,   R_EOI,     R_EOI};
    unsigned core = (unsigned)(r % BENCH_CORES);
    uint32_t offset = offsets[r / 8 % ARRAY_LEN(offsets)];
    uint32_t value = (uint32_t)(r >> 32);

    if ((r & 0x4000) != 0) {
        offset = (uint32_t)(r >> 16) & 0xffc;
    }
    if (offset == R_INITIAL) {
        value &= 0x3ff;
    } else if (offset == R_SVR) {
        value |= value >> 31 << 8 | (value >> 30 & 1) << 8; /* mostly enabled */
    } else if (offset == R_ICR && (value & 0x700) == 0x500) {
        value &= ~0x500u; /* INIT is for touch_rest: it would end most lives early */
    }
    if ((r & 0x8000) != 0) {
        return lapic_get(b, core, offset);
    }
    lapic_put(b, core, offset, value);
    return 0;
}

static uint64_t touch_ioapic(struct bench *b, uint64_t r)
{
    uint8_t index = (uint8_t)(r >> 8) % 0x44;

    if ((r & 3) == 0) return ioapic_get(b, index);
    if ((r & 3) == 1) {
        rig_write(b->rig, MAP_IOAPIC_BASE + 0x40, 4, r >> 16 & 0xff);
        return 0;
    }
    ioapic_put(b, index, (uint32_t)(r >> 32) & 0x0f01ffff);
    return 0;
}

static uint64_t touch_pic(struct bench *b, uint64_t r)
{
    static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1};
    uint16_t port = ports[r / 2 % ARRAY_LEN(ports)];

    if ((r & 1) != 0) return rig_in(b->rig, port, 1);
    rig_out(b->rig, port, 1, r >> 32 & 0xff);
    return 0;
}

static uint64_t touch_rest(struct bench *b, uint64_t r)
{
    unsigned core = (unsigned)(r >> 8) % BENCH_CORES;
    bool level = (r >> 16 & 1) != 0;

    switch (r % 8) {
    case 0: ioapic_pin(b->ioapic, (unsigned)(r >> 20) % 26, level); return 0;
    case 1: i8259_irq(b->pic, (unsigned)(r >> 20) % 18, level); return 0;
    case 2: lapic_lint(b->lapic[core], (unsigned)(r >> 20) % 2, level); return 0;
    case 3: apic_bus_msi(b->bus, 0xfee00000 | (r >> 20 & 0xff00c), (uint32_t)(r >> 40)); return 0;
    case 4: rig_advance(b->rig, r >> 40); return 0;
    case 5: lapic_interrupt(b->lapic[core], (enum lapic_source)((r >> 20) % 3)); return 0;
    case 6:
        if (!level) {
            lapic_tpr_set(b->lapic[core], (uint8_t)(r >> 20) & 0xf);
        } else if ((r >> 20) % 16 == 0) {
            return lapic_base_set(b->lapic[core], 0xfee00000 | (r >> 32 & 0x900));
        }
        return lapic_base_get(b->lapic[core]);
    default: return b->heard[core].intr ? (uint64_t)(int64_t)lapic_intr_ack(b->lapic[core]) : 0;
    }
}

static uint64_t act(struct bench *b, uint64_t r)
{
    uint64_t rest = r * UINT64_C(0x9e3779b97f4a7c15);

    switch (r >> 60) {
    case 0: return touch_ioapic(b, rest);
    case 1:
    case 2: return touch_pic(b, rest);
    case 3:
    case 4:
    case 5:
    case 6:
    case 7: return touch_lapic(b, rest);
    default: return touch_rest(b, rest);
    }
}

/* Everything that cannot be missed: all registers, and what the cores heard last. */
static void compare(struct bench *a, struct bench *b)
{
    for (unsigned core = 0; core < BENCH_CORES; core++) {
        bus_set_initiator(a->rig->memory, core);
        bus_set_initiator(b->rig->memory, core);
        for (uint32_t offset = 0; offset < 0x400; offset += 16) {
            assert_int_equal(bus_peek(a->rig->memory, MAP_LAPIC_BASE + offset, 4),
                             bus_peek(b->rig->memory, MAP_LAPIC_BASE + offset, 4));
        }
        assert_int_equal(a->heard[core].intr, b->heard[core].intr);
        assert_int_equal(device_state_hash(a->lapic[core]), device_state_hash(b->lapic[core]));
    }
    assert_int_equal(device_state_hash(a->ioapic), device_state_hash(b->ioapic));
    assert_int_equal(device_state_hash(a->pic), device_state_hash(b->pic));
    assert_int_equal(sched_next(a->rig->sched), sched_next(b->rig->sched));
}

static struct bench *wired(void)
{
    struct bench *b = bench_create();

    irq_connect(i8259_int(b->pic), lapic_lint, b->lapic[0], LAPIC_LINT0);
    pic_init(b->rig);
    bench_enable(b);
    return b;
}

static void live(struct bench *b, uint64_t *seed, unsigned acts)
{
    for (unsigned i = 0; i < acts; i++) {
        (void)act(b, rig_random(seed));
    }
}

static void live_together(struct bench *a, struct bench *b, uint64_t *seed, unsigned acts)
{
    for (unsigned i = 0; i < acts; i++) {
        uint64_t r = rig_random(seed);
        uint64_t seen = act(a, r);

        assert_int_equal(seen, act(b, r));
    }
}

static void copy(struct bench *from, struct bench *to)
{
    for (unsigned core = 0; core < BENCH_CORES; core++) {
        rig_copy_state(from->rig, from->lapic[core], to->rig, to->lapic[core]);
    }
    rig_copy_state(from->rig, from->ioapic, to->rig, to->ioapic);
    rig_copy_state(from->rig, from->pic, to->rig, to->pic);
}

static void saved_and_loaded_twins_live_alike(void **state)
{
    uint64_t seed = 20261121;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct bench *a = wired();
        struct bench *b = wired();

        live(a, &seed, ACTS_PER_ROUND);
        live(b, &seed, ACTS_PER_ROUND / 4);
        if (rig_now(b->rig) < rig_now(a->rig)) {
            rig_advance_to(b->rig, rig_now(a->rig));
        }
        copy(a, b);
        compare(a, b);
        live_together(a, b, &seed, ACTS_PER_ROUND);
        compare(a, b);
        bench_destroy(a);
        bench_destroy(b);
    }
}

/* Wires at rest, as they are on a fresh bench: resets do not touch them. */
static void rest_wires(struct bench *b)
{
    for (unsigned i = 0; i < MAP_IOAPIC_PINS; i++) {
        ioapic_pin(b->ioapic, i, false);
    }
    for (unsigned i = 0; i < I8259_INPUTS; i++) {
        i8259_irq(b->pic, i, false);
    }
    for (unsigned core = 0; core < BENCH_CORES; core++) {
        lapic_lint(b->lapic[core], LAPIC_LINT0, false);
        lapic_lint(b->lapic[core], LAPIC_LINT1, false);
    }
}

static void reset_all(struct bench *b, enum reset_kind kind)
{
    device_reset(b->pic, kind);
    device_reset(b->ioapic, kind);
    for (unsigned core = 0; core < BENCH_CORES; core++) {
        device_reset(b->lapic[core], kind);
    }
}

static void reset_is_power_on_from_everywhere(void **state)
{
    uint64_t seed = 42;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct bench *a = wired();
        struct bench *b = wired();

        live(a, &seed, ACTS_PER_ROUND);
        rest_wires(a);
        reset_all(a, round % 2 == 0 ? RESET_BUS : RESET_POWER_ON);
        rig_advance_to(b->rig, rig_now(a->rig));
        reset_all(b, RESET_POWER_ON);
        sched_restore(b->rig->sched, rig_now(a->rig), sched_seq(a->rig->sched));
        compare(a, b);
        live_together(a, b, &seed, ACTS_PER_ROUND);
        compare(a, b);
        bench_destroy(a);
        bench_destroy(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_and_loaded_twins_live_alike),
        cmocka_unit_test(reset_is_power_on_from_everywhere),
    };

    return cmocka_run_group_tests_name("apic_twins", tests, NULL, NULL);
}
