/* SPDX-License-Identifier: GPL-2.0-only */
/* Timing of the display pipes and what happens at a vertical blank (hardware.md 5.1, 5.2, 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/display/vega10_bench.h"

#define LB_VBLANK_STATUS 0xeb94u
#define GRPH_INT_STATUS  0xe8bcu
#define GRPH_INT_CONTROL 0xe8c0u
#define ADDRESS_INUSE    0xe8b0u
#define FLIP_CONTROL     0xe8acu
#define INTERRUPT_CNTL   0xef1cu
#define V_UPDATE_STATUS  0xef54u
#define VINT0_POSITION   0xef74u
#define VINT0_CONTROL    0xef78u
#define MASTER_LOCK      0xef38u
#define COUNT_RESET      0xeef4u
#define PIXEL_RATE_CNTL  0x500u
#define DTO_PHASE        0x504u
#define DTO_MODULO       0x508u

#define PENDING BIT32(2)
#define TAKEN   BIT32(3)
#define LOCK    BIT32(16)

static vtime pixels(uint64_t count)
{
    const struct clock clock = {.hz_num = BENCH_PIXEL_HZ, .hz_den = 1};

    return clock_duration(&clock, count);
}

static vtime line_start(uint64_t line)
{
    return pixels(line * BENCH_H_TOTAL);
}

static void refresh_is_59_98_hertz(void **state)
{
    struct vega10_bench *b = *state;
    uint64_t millihertz = UINT64_C(1000000000000000) / vega10_bench_frame_time();

    assert_int_equal(millihertz / 10, 5998);
    vega10_bench_mode(b);
    rig_advance_to(b->rig, VTIME_S(1));
    assert_int_equal(vega10_get(b, REG_CRTC_FRAME_COUNT), 59);
}

static void position_follows_from_time(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS_POSITION), 0);
    rig_advance_to(b->rig, line_start(1000) + pixels(77));
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS_POSITION), 77u << 16 | 1000);
    rig_advance_to(b->rig, vega10_bench_frame_time() + line_start(3));
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS_POSITION) & 0x3fff, 3);
}

static void status_tells_blank_and_sync(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS), 0x50005); /* both in sync */
    rig_advance_to(b->rig, line_start(BENCH_V_START) + pixels(BENCH_H_START));
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS), 0x20002);
    rig_advance_to(b->rig, line_start(BENCH_V_START + BENCH_HEIGHT) - 1);
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS) & 3, 2);
    rig_advance_to(b->rig, line_start(BENCH_V_START + BENCH_HEIGHT));
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS) & 3, 1);
}

static void vertical_blank_sets_its_status(void **state)
{
    struct vega10_bench *b = *state;
    vtime blank = line_start(BENCH_V_START + BENCH_HEIGHT);

    vega10_bench_mode(b);
    rig_advance_to(b->rig, blank - 1);
    assert_int_equal(vega10_get(b, LB_VBLANK_STATUS), 0);
    rig_advance_to(b->rig, blank);
    assert_int_equal(vega10_get(b, LB_VBLANK_STATUS), 0x1001);
    vega10_set(b, LB_VBLANK_STATUS, BIT32(4));
    assert_int_equal(vega10_get(b, LB_VBLANK_STATUS), 0x1000);
}

static void no_event_without_a_running_pipe(void **state)
{
    struct vega10_bench *b = *state;

    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    vega10_bench_mode(b);
    assert_int_not_equal(sched_next(b->rig->sched), VTIME_NEVER);
    assert_int_equal(vega10_get(b, REG_CRTC_CONTROL), 0x10001);
    vega10_set(b, REG_CRTC_CONTROL, 0);
    assert_int_equal(vega10_get(b, REG_CRTC_CONTROL), 0);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
}

static void absurd_timing_stands_still(void **state)
{
    struct vega10_bench *b = *state;

    vega10_set(b, REG_CRTC_CONTROL, 1); /* one pixel */
    assert_int_equal(vega10_get(b, REG_CRTC_CONTROL), 1);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    vega10_set(b, REG_CRTC_H_TOTAL, 0xffffffff);
    vega10_set(b, REG_CRTC_V_TOTAL, 0xffffffff);
    assert_int_equal(vega10_get(b, REG_CRTC_CONTROL), 0x10001); /* 3.6 Hz */
    vega10_set(b, DTO_PHASE, 1);
    vega10_set(b, DTO_MODULO, 600000000);
    vega10_set(b, PIXEL_RATE_CNTL, 0x10);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER); /* 1 Hz pixel clock */
    vega10_set(b, DTO_PHASE, 0xffffffff);
    vega10_set(b, DTO_MODULO, 1);
    vega10_set(b, DTO_MODULO, 0);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    assert_true(rig_guest_errors(b->rig) > 0);
}

static void pixel_clock_comes_from_the_dto(void **state)
{
    struct vega10_bench *b = *state;

    /* One tile: 483.25 MHz of 600. */
    vega10_bench_timing(b, 0, 2560, 2880);
    vega10_set(b, REG_CRTC_H_TOTAL, 2720 - 1);
    vega10_set(b, DTO_PHASE, 483250000);
    vega10_set(b, DTO_MODULO, 600000000);
    vega10_set(b, PIXEL_RATE_CNTL, 0x10);
    vega10_set(b, REG_CRTC_CONTROL, 1);
    rig_advance_to(b->rig, vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, REG_CRTC_FRAME_COUNT), 1);
    assert_int_equal(vega10_get(b, REG_CRTC_STATUS_POSITION), 0);
}

static void frame_count_survives_a_change_of_timing(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    rig_advance(b->rig, 5 * vega10_bench_frame_time());
    vega10_set(b, REG_CRTC_V_TOTAL, 3000);
    assert_int_equal(vega10_get(b, REG_CRTC_FRAME_COUNT), 5);
    vega10_set(b, COUNT_RESET, 1);
    assert_int_equal(vega10_get(b, REG_CRTC_FRAME_COUNT), 0);
}

static void pipes_are_alike(void **state)
{
    struct vega10_bench *b = *state;
    uint32_t at = 5 * REG_PIPE_STRIDE;

    vega10_bench_timing(b, 5, BENCH_WIDTH, BENCH_HEIGHT);
    vega10_set(b, at + REG_CRTC_CONTROL, 1);
    rig_advance(b->rig, 3 * vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, at + REG_CRTC_FRAME_COUNT), 3);
    assert_int_equal(vega10_get(b, REG_CRTC_FRAME_COUNT), 0);
    assert_int_equal(vega10_get(b, 0x11778), BIT32(12)); /* VERTICAL_INTERRUPT0_CONTROL */
}

static void a_blank_that_nobody_waits_for_is_background(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_not_equal(sched_next(b->rig->sched), VTIME_NEVER);
    assert_int_equal(sched_next_waking(b->rig->sched), VTIME_NEVER);
    vega10_set(b, REG_GRPH_ADDRESS, 0x4000000); /* a flip waits for it */
    assert_int_not_equal(sched_next_waking(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(sched_next_waking(b->rig->sched), VTIME_NEVER);
    vega10_set(b, INTERRUPT_CNTL, BIT32(4));
    assert_int_not_equal(sched_next_waking(b->rig->sched), VTIME_NEVER);
    vega10_set(b, INTERRUPT_CNTL, 0);
    assert_int_equal(sched_next_waking(b->rig->sched), VTIME_NEVER);
    vega10_set(b, VINT0_CONTROL, BIT32(8) | BIT32(20));
    assert_int_not_equal(sched_next_waking(b->rig->sched), VTIME_NEVER);
}

/* ---- Flips ---- */

static void a_flip_waits_for_the_vertical_blank(void **state)
{
    struct vega10_bench *b = *state;
    uint32_t old;

    vega10_bench_mode(b);
    old = vega10_get(b, ADDRESS_INUSE);
    vega10_set(b, REG_GRPH_ADDRESS, 0x4000000);
    assert_int_equal(vega10_get(b, REG_GRPH_UPDATE) & (PENDING | TAKEN), PENDING);
    assert_int_equal(vega10_get(b, ADDRESS_INUSE), old);
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, REG_GRPH_UPDATE) & (PENDING | TAKEN), TAKEN);
    assert_int_equal(vega10_get(b, ADDRESS_INUSE), 0x4000000);
    assert_int_equal(vega10_get(b, GRPH_INT_STATUS), 1);
    vega10_set(b, GRPH_INT_STATUS, BIT32(8));
    assert_int_equal(vega10_get(b, GRPH_INT_STATUS), 0);
}

static void a_lock_holds_a_flip(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    vega10_set(b, REG_GRPH_UPDATE, LOCK);
    vega10_set(b, REG_GRPH_ADDRESS, 0x4000000);
    rig_advance(b->rig, 2 * vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, ADDRESS_INUSE), 0);
    vega10_set(b, REG_GRPH_UPDATE, 0);
    vega10_set(b, MASTER_LOCK, 1);
    rig_advance(b->rig, 2 * vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, ADDRESS_INUSE), 0);
    vega10_set(b, MASTER_LOCK, 0);
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, ADDRESS_INUSE), 0x4000000);
}

static void an_immediate_flip_does_not_wait(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    vega10_set(b, FLIP_CONTROL, 1);
    vega10_set(b, REG_GRPH_ADDRESS, 0x4000000);
    assert_int_equal(vega10_get(b, ADDRESS_INUSE), 0x4000000);
    assert_int_equal(vega10_get(b, GRPH_INT_STATUS), 1);
}

/* ---- Interrupts ---- */

static void a_flip_interrupts(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    vega10_bench_ring(b, 4096, 0);
    vega10_set(b, GRPH_INT_STATUS, BIT32(8));
    vega10_set(b, GRPH_INT_CONTROL, 1);
    vega10_set(b, REG_GRPH_ADDRESS, 0x4000000);
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(vega10_bench_entry(b, 0, 0), 0x0804); /* source 8 of client 4 */
    assert_int_equal(b->rig->messages, 1);
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(b->rig->messages, 1);
}

static void v_update_interrupts_until_acknowledged_once(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    vega10_bench_ring(b, 4096, 0);
    vega10_set(b, INTERRUPT_CNTL, BIT32(4));
    rig_advance(b->rig, 10 * vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 32); /* one entry: nobody acknowledged */
    assert_int_equal(vega10_bench_entry(b, 0, 0), 0x0704);
    for (unsigned i = 0; i < 5; i++) {
        vega10_set(b, V_UPDATE_STATUS, BIT32(8));
        rig_advance(b->rig, vega10_bench_frame_time());
    }
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 6 * 32);
}

static void vertical_interrupt_0_comes_at_its_line(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    vega10_bench_ring(b, 4096, 0);
    vega10_set(b, VINT0_POSITION, 500);
    vega10_set(b, VINT0_CONTROL, BIT32(8));
    rig_advance_to(b->rig, line_start(500) - 1);
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 0);
    rig_advance_to(b->rig, line_start(500));
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 32);
    assert_int_equal(vega10_bench_entry(b, 0, 0), 0x1304);
    assert_int_equal(vega10_bench_entry(b, 0, 4), 7);
    assert_int_equal(vega10_get(b, VINT0_CONTROL), BIT32(8) | BIT32(12) | BIT32(16));
    vega10_set(b, VINT0_CONTROL, BIT32(8) | BIT32(20));
    assert_int_equal(vega10_get(b, VINT0_CONTROL), BIT32(8));
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 64);
}

static void enabling_a_pending_condition_interrupts(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_mode(b);
    vega10_bench_ring(b, 4096, 0);
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 0);
    vega10_set(b, VINT0_CONTROL, BIT32(8));
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VEGA10_TEST(refresh_is_59_98_hertz),
        VEGA10_TEST(position_follows_from_time),
        VEGA10_TEST(status_tells_blank_and_sync),
        VEGA10_TEST(vertical_blank_sets_its_status),
        VEGA10_TEST(no_event_without_a_running_pipe),
        VEGA10_TEST(absurd_timing_stands_still),
        VEGA10_TEST(pixel_clock_comes_from_the_dto),
        VEGA10_TEST(frame_count_survives_a_change_of_timing),
        VEGA10_TEST(pipes_are_alike),
        VEGA10_TEST(a_blank_that_nobody_waits_for_is_background),
        VEGA10_TEST(a_flip_waits_for_the_vertical_blank),
        VEGA10_TEST(a_lock_holds_a_flip),
        VEGA10_TEST(an_immediate_flip_does_not_wait),
        VEGA10_TEST(a_flip_interrupts),
        VEGA10_TEST(v_update_interrupts_until_acknowledged_once),
        VEGA10_TEST(vertical_interrupt_0_comes_at_its_line),
        VEGA10_TEST(enabling_a_pending_condition_interrupts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
