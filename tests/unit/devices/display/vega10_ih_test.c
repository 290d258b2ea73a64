/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt ring (hardware.md 5.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/display/vega10_bench.h"

#define OVERFLOW_ENABLE BIT32(16)
#define OVERFLOW_CLEAR  BIT32(31)
#define REARM           BIT32(21)

static const struct vega10_interrupt sample = {
    .client = 8, .source = 0xe0, .ring = 3, .vmid = 5, .data = {0x11, 0x22, 0x33, 0x44}};

static void nothing_comes_while_the_ring_is_off(void **state)
{
    struct vega10_bench *b = *state;

    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 0);
    assert_int_equal(b->rig->messages, 0);
}

static void an_entry_has_32_bytes(void **state)
{
    struct vega10_bench *b = *state;

    rig_advance_to(b->rig, VTIME_S(2));
    vega10_bench_ring(b, 4096, 0);
    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(vega10_bench_entry(b, 0, 0), 0x0503e008);
    assert_int_equal(vega10_bench_entry(b, 0, 1), 54000000); /* 27 MHz */
    assert_int_equal(vega10_bench_entry(b, 0, 2), 0);
    assert_int_equal(vega10_bench_entry(b, 0, 3), 0);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(vega10_bench_entry(b, 0, 4 + i), sample.data[i]);
    }
    assert_int_equal(b->rig->messages, 1);
    assert_int_equal(b->rig->message_addr, BENCH_MESSAGE);
    assert_int_equal(b->rig->message_data, 0x41);
}

static void the_write_pointer_is_written_back(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 4096, 0);
    vega10_interrupt(b->gpu, &sample);
    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(le32_get(b->rig->ram + BENCH_RAM - 64), 64);
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 64);
}

static void the_ring_wraps(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 256, 0);
    for (unsigned i = 0; i < 9; i++) {
        vega10_interrupt(b->gpu, &sample);
        vega10_set(b, REG_IH_RB_RPTR, vega10_get(b, REG_IH_RB_WPTR));
    }
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 32);
}

static void a_full_ring_overflows(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 256, OVERFLOW_ENABLE);
    for (unsigned i = 0; i < 20; i++) {
        vega10_interrupt(b->gpu, &sample);
    }
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), (7 * 32) | 1);
    assert_int_equal(le32_get(b->rig->ram + BENCH_RAM - 64), (7 * 32) | 1);
    assert_int_equal(vega10_bench_entry(b, 8, 0), 0); /* nothing beyond the ring */
    vega10_set(b, REG_IH_RB_CNTL, vega10_get(b, REG_IH_RB_CNTL) | OVERFLOW_CLEAR);
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 7 * 32);
}

static void rearming_saves_messages(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 4096, REARM);
    vega10_interrupt(b->gpu, &sample);
    vega10_interrupt(b->gpu, &sample);
    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(b->rig->messages, 1);
    vega10_set(b, REG_IH_RB_RPTR, 32); /* more is there: once more */
    assert_int_equal(b->rig->messages, 2);
    vega10_set(b, REG_IH_RB_RPTR, 96);
    assert_int_equal(b->rig->messages, 2);
    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(b->rig->messages, 3);
}

static void without_rearming_each_entry_is_a_message(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 4096, 0);
    vega10_interrupt(b->gpu, &sample);
    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(b->rig->messages, 2);
}

static void a_doorbell_returns_the_read_pointer(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 4096, REARM);
    vega10_set(b, 0x3780, 1);                    /* aperture */
    vega10_set(b, 0x3bc8, 0x1e8 << 2 | 2 << 16); /* BIF_IH_DOORBELL_RANGE: two dwords from 1e8h */
    vega10_set(b, REG_IH_DOORBELL_RPTR, BIT32(28) | 0x1e8);
    vega10_interrupt(b->gpu, &sample);
    rig_write(b->rig, BENCH_DOORBELLS + 4 * 0x1e8, 4, 32);
    assert_int_equal(vega10_get(b, REG_IH_RB_RPTR), 32);
    rig_write(b->rig, BENCH_DOORBELLS + 4 * 0x1e9, 4, 64);
    assert_int_equal(vega10_get(b, REG_IH_RB_RPTR), 32);
    assert_int_equal(rig_guest_errors(b->rig), 1);
}

static void a_pin_follows_the_pointers(void **state)
{
    struct vega10_bench *b = *state;
    struct probe pin = {0};

    irq_connect(&b->gpu->fn.intx, probe_sink, &pin, 0);
    vega10_bench_ring(b, 4096, 0);
    rig_write(b->rig, PCI_LONE_BASE + 0xa2, 2, 0); /* MSI off */
    vega10_interrupt(b->gpu, &sample);
    assert_true(pin.level);
    vega10_set(b, REG_IH_RB_RPTR, 32);
    assert_false(pin.level);
}

static void a_ring_in_video_memory(void **state)
{
    struct vega10_bench *b = *state;
    uint64_t address = vega10_bench_address(b, 0x200000);
    uint32_t value = 0;

    vega10_bench_ring(b, 4096, 0);
    vega10_set(b, 0x4484, (uint32_t)(address >> 8));
    vega10_set(b, 0x4488, (uint32_t)(address >> 40));
    vega10_set(b, REG_IH_RB_CNTL, 1u << 17 | 10u << 1 | 1u); /* MC_SPACE 0, no write-back */
    vega10_interrupt(b->gpu, &sample);
    assert_true(vega10_vram_read(b->gpu, 0x200000, &value, 4));
    assert_int_equal(value, 0x0503e008);
}

static void a_ring_of_no_size_takes_nothing(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 4, 0);
    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(rig_guest_errors(b->rig), 1);
    assert_int_equal(b->rig->messages, 0);
    vega10_set(b, REG_IH_RB_CNTL, vega10_get(b, REG_IH_RB_CNTL) | 31u << 1);
    vega10_interrupt(b->gpu, &sample);
    assert_int_equal(rig_guest_errors(b->rig), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VEGA10_TEST(nothing_comes_while_the_ring_is_off),
        VEGA10_TEST(an_entry_has_32_bytes),
        VEGA10_TEST(the_write_pointer_is_written_back),
        VEGA10_TEST(the_ring_wraps),
        VEGA10_TEST(a_full_ring_overflows),
        VEGA10_TEST(rearming_saves_messages),
        VEGA10_TEST(without_rearming_each_entry_is_a_message),
        VEGA10_TEST(a_doorbell_returns_the_read_pointer),
        VEGA10_TEST(a_pin_follows_the_pointers),
        VEGA10_TEST(a_ring_in_video_memory),
        VEGA10_TEST(a_ring_of_no_size_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
