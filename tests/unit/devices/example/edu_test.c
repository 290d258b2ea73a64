/* SPDX-License-Identifier: GPL-2.0-only */
/* EDU-1: one test for each sentence of its data sheet that says what it does; numbers in the names are the sections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/example/edu.h"
#include "devices/example/edu_regs.h"
#include "tests/lib/rig.h"

#define BASE UINT64_C(0xd0000000)

struct bench {
    struct rig *rig;
    struct device *edu;
    struct probe irq;
};

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));

    b->rig = rig_create();
    b->edu = rig_device(b->rig, &edu_class, "/edu", NULL);
    b->irq.rig = b->rig;
    irq_connect(edu_irq(b->edu), probe_sink, &b->irq, 0);
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

static uint32_t get(struct bench *b, unsigned offset)
{
    return (uint32_t)rig_read(b->rig, BASE + offset, 4);
}

static void put(struct bench *b, unsigned offset, uint64_t value)
{
    rig_write(b->rig, BASE + offset, 4, value);
}

static void start_copy(struct bench *b, uint64_t src, uint64_t dst, uint32_t bytes)
{
    rig_write(b->rig, BASE + EDU_DMA_SRC, 8, src);
    rig_write(b->rig, BASE + EDU_DMA_DST, 8, dst);
    put(b, EDU_DMA_BYTES, bytes);
    put(b, EDU_COMMAND, EDU_COMMAND_COPY);
}

static void reset_values_1_2(void **state)
{
    struct bench *b = *state;

    assert_int_equal(get(b, EDU_SCRATCH), 0);
    assert_int_equal(get(b, EDU_CONTROL), 0);
    assert_int_equal(get(b, EDU_STATUS), 0);
    assert_int_equal(rig_read(b->rig, BASE + EDU_COMPARE, 8), UINT64_MAX);
    assert_false(b->irq.level);
}

static void any_reset_stops_everything_1_2(void **state)
{
    struct bench *b = *state;

    put(b, EDU_CONTROL, EDU_CONTROL_BITS);
    put(b, EDU_COMPARE, 5);
    put(b, EDU_COMPARE + 4, 0);
    start_copy(b, 0, 0x1000, 64);
    device_reset(b->edu, RESET_FUNCTION);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    reset_values_1_2(state);
}

static void id_is_read_only_2_1(void **state)
{
    struct bench *b = *state;

    put(b, EDU_ID, 0);
    assert_int_equal(get(b, EDU_ID), EDU_ID_VALUE);
}

static void every_access_size_works_2_0(void **state)
{
    struct bench *b = *state;

    put(b, EDU_SCRATCH, 0x11223344);
    rig_write(b->rig, BASE + EDU_SCRATCH + 1, 1, 0xaa);
    assert_int_equal(get(b, EDU_SCRATCH), 0x1122aa44);
    rig_write(b->rig, BASE + EDU_SCRATCH + 2, 2, 0xbbcc);
    assert_int_equal(get(b, EDU_SCRATCH), 0xbbccaa44);
    assert_int_equal(rig_read(b->rig, BASE + EDU_ID, 8), UINT64_C(0xbbccaa4431554445));
}

static void mailboxes_keep_what_is_written_2_6(void **state)
{
    struct bench *b = *state;

    for (unsigned i = 0; i < EDU_MAILBOXES; i++) {
        put(b, EDU_MAILBOX + 4 * i, 0x100 + i);
    }
    for (unsigned i = 0; i < EDU_MAILBOXES; i++) {
        assert_int_equal(get(b, EDU_MAILBOX + 4 * i), 0x100 + i);
    }
}

static void count_runs_at_1_mhz_from_enable_3_1(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(get(b, EDU_COUNT), 0);
    put(b, EDU_CONTROL, EDU_CONTROL_ENABLE);
    rig_advance(b->rig, VTIME_MS(7) + VTIME_NS(999));
    assert_int_equal(rig_read(b->rig, BASE + EDU_COUNT, 8), 7000);
    put(b, EDU_CONTROL, 0);
    assert_int_equal(get(b, EDU_COUNT), 0);
}

static void timer_when_count_reaches_compare_3_2(void **state)
{
    struct bench *b = *state;

    put(b, EDU_CONTROL, EDU_CONTROL_ENABLE | EDU_CONTROL_TIMER_IE);
    rig_write(b->rig, BASE + EDU_COMPARE, 8, 250);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(b->irq.last_rise, VTIME_US(250));
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_TIMER);
}

static void compare_in_the_past_fires_at_once_3_2(void **state)
{
    struct bench *b = *state;

    put(b, EDU_CONTROL, EDU_CONTROL_ENABLE | EDU_CONTROL_TIMER_IE);
    rig_advance(b->rig, VTIME_MS(1));
    rig_write(b->rig, BASE + EDU_COMPARE, 8, 250);
    rig_advance(b->rig, 0);
    assert_true(b->irq.level);
}

static void copy_moves_bytes_in_its_time_4_1_4_3(void **state)
{
    struct bench *b = *state;

    memcpy(b->rig->ram + 0x2000, "spacegray", 9);
    put(b, EDU_CONTROL, EDU_CONTROL_DMA_IE);
    start_copy(b, 0x2000, 0x3001, 9);
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_BUSY);
    put(b, EDU_DMA_BYTES, 4000); /* the running copy does not look again */
    rig_advance(b->rig, VTIME_NS(1008));
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_BUSY);
    rig_advance(b->rig, VTIME_NS(1));
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_DONE);
    assert_true(b->irq.level);
    assert_memory_equal(b->rig->ram + 0x3000, "\0spacegray\0", 11);
}

static void copy_length_is_bounded_4_2(void **state)
{
    static const uint32_t lengths[] = {0, EDU_DMA_BYTES_MAX + 1, UINT32_MAX};
    struct bench *b = *state;

    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        start_copy(b, 0, 0x1000, lengths[i]);
        assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_ERROR);
        put(b, EDU_STATUS, EDU_STATUS_DMA_ERROR);
    }
    assert_int_equal(rig_guest_errors(b->rig), ARRAY_LEN(lengths));
    start_copy(b, 0, 0x1000, EDU_DMA_BYTES_MAX);
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_BUSY);
}

static void second_copy_is_refused_4_2(void **state)
{
    struct bench *b = *state;

    b->rig->ram[0x10] = 0x77;
    start_copy(b, 0x10, 0x1000, 1);
    start_copy(b, 0x10, 0x2000, 1);
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_BUSY | EDU_STATUS_DMA_ERROR);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(b->rig->ram[0x1000], 0x77);
    assert_int_equal(b->rig->ram[0x2000], 0);
}

static void copy_outside_of_memory_fails_4_4(void **state)
{
    struct bench *b = *state;

    start_copy(b, RIG_RAM_BYTES - 8, 0, 16);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_ERROR);
    put(b, EDU_STATUS, EDU_STATUS_DMA_ERROR);
    start_copy(b, 0, UINT64_MAX - 3, 16);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(get(b, EDU_STATUS), EDU_STATUS_DMA_ERROR);
}

static void writing_1_clears_and_drops_the_line_5(void **state)
{
    struct bench *b = *state;

    put(b, EDU_CONTROL, EDU_CONTROL_ENABLE | EDU_CONTROL_TIMER_IE);
    rig_write(b->rig, BASE + EDU_COMPARE, 8, 1);
    rig_advance(b->rig, VTIME_US(1));
    put(b, EDU_STATUS, 0);
    assert_true(b->irq.level);
    put(b, EDU_STATUS, EDU_STATUS_TIMER);
    assert_false(b->irq.level);
    assert_int_equal(get(b, EDU_STATUS), 0);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(b->irq.rises, 1);
}

static void enables_gate_the_line_5(void **state)
{
    struct bench *b = *state;

    start_copy(b, 0, 0x1000, 1);
    rig_advance(b->rig, VTIME_MS(1));
    assert_false(b->irq.level);
    put(b, EDU_CONTROL, EDU_CONTROL_DMA_IE);
    assert_true(b->irq.level);
    put(b, EDU_CONTROL, EDU_CONTROL_TIMER_IE);
    assert_false(b->irq.level);
}

static void unknown_command_is_a_guest_error_2_5(void **state)
{
    struct bench *b = *state;

    put(b, EDU_COMMAND, 2);
    assert_int_equal(rig_guest_errors(b->rig), 1);
    assert_int_equal(get(b, EDU_STATUS), 0);
    assert_int_equal(get(b, EDU_COMMAND), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reset_values_1_2),
        TEST(any_reset_stops_everything_1_2),
        TEST(id_is_read_only_2_1),
        TEST(every_access_size_works_2_0),
        TEST(mailboxes_keep_what_is_written_2_6),
        TEST(count_runs_at_1_mhz_from_enable_3_1),
        TEST(timer_when_count_reaches_compare_3_2),
        TEST(compare_in_the_past_fires_at_once_3_2),
        TEST(copy_moves_bytes_in_its_time_4_1_4_3),
        TEST(copy_length_is_bounded_4_2),
        TEST(second_copy_is_refused_4_2),
        TEST(copy_outside_of_memory_fails_4_4),
        TEST(writing_1_clears_and_drops_the_line_5),
        TEST(enables_gate_the_line_5),
        TEST(unknown_command_is_a_guest_error_2_5),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
