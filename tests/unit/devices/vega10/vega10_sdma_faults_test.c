/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMA engines and guests that mean no good, or no longer know what they do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/vega10/vega10_bench.h"

#define A       UINT64_C(0x1000000)
#define MARK    UINT64_C(0x3000000)
#define NOWHERE UINT64_C(0xab00000000)
#define USEC    VTIME_US(1)
#define LIMIT   VTIME_MS(100)

static uint32_t video_word(struct bench *bench, uint64_t offset)
{
    uint32_t value;

    memcpy(&value, bench_video(bench, offset, 4), 4);
    return value;
}

static void run(struct bench *bench)
{
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
}

static void expect_exception(struct bench *bench)
{
    uint32_t status = bench_queue_read(bench, SDMA_CONTEXT_STATUS);

    assert_int_equal(status & SDMA_CONTEXT_EXCEPTION, SDMA_CONTEXT_ILLEGAL);
    assert_true(bench_interrupts(bench) >= 1);
    assert_int_equal(bench_interrupt(bench, bench_interrupts(bench) - 1, 0) >> 8 & 0xff,
                     SDMA_SOURCE_ILLEGAL);
}

/* The queue stops at an illegal packet, and works again after it was switched off and on. */
static void an_illegal_packet_stops_the_queue(void **state)
{
    static const uint32_t bad[] = {0xffffffff,
                                   SDMA_HEADER(SDMA_OP_COPY, 1),
                                   SDMA_HEADER(SDMA_OP_COPY, 0) | SDMA_COPY_BROADCAST,
                                   SDMA_HEADER(SDMA_OP_SEM, 0),
                                   SDMA_HEADER(SDMA_OP_WRITE, 1),
                                   SDMA_HEADER(SDMA_OP_ATOMIC, 0),
                                   SDMA_HEADER(SDMA_OP_CONST_FILL, 0) | 3u << 30,
                                   SDMA_HEADER(SDMA_OP_TIMESTAMP, 3),
                                   SDMA_HEADER(SDMA_OP_PTEPDE, 1),
                                   SDMA_HEADER(SDMA_OP_POLL_REGMEM, 1)};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct bench *bench = bench_create();

        bench_emit(bench, bad[i]);
        bench_fence(bench, BENCH_VIDEO + MARK, 1);
        run(bench);
        expect_exception(bench);
        assert_int_equal(rig_unimplemented(bench->rig), 1);
        assert_int_equal(video_word(bench, MARK), 0);
        bench_queue_write(bench, SDMA_RB_CNTL, 14u << SDMA_RB_CNTL_SIZE_SHIFT);
        bench_queue_write(bench, SDMA_RB_RPTR, 4);
        bench_queue_write(bench, SDMA_RB_CNTL,
                          SDMA_RB_CNTL_ENABLE | 14u << SDMA_RB_CNTL_SIZE_SHIFT);
        (void)bench_wait(bench, USEC, LIMIT);
        assert_int_equal(video_word(bench, MARK), 1);
        bench_destroy(bench);
    }
}

/* The rest of a packet that meets an address fault is dropped; the next one is executed. */
static void an_address_fault_drops_the_packet(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_fill(bench, NOWHERE, 1, 0x400000);
    bench_copy_linear(bench, BENCH_VIDEO + A, NOWHERE, 0x400000);
    bench_copy_linear(bench, NOWHERE, BENCH_VIDEO + A, 0x400000);
    bench_copy_linear(bench, BENCH_RAM + 0x800000, BENCH_VIDEO + A, 0x400000); /* no RAM there */
    bench_copy_linear(bench, BENCH_VIDEO + A + 4, BENCH_VIDEO + UINT64_C(0x1ffffff00), 0x200);
    bench_fence(bench, NOWHERE, 1);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    run(bench);
    assert_int_equal(video_word(bench, MARK), 1);
    assert_int_equal(rig_guest_errors(bench->rig), 5);
    bench_destroy(bench);
}

static void a_ring_that_points_nowhere(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_queue_write(bench, SDMA_RB_BASE_HI, 0x3fffff);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    run(bench);
    expect_exception(bench);
    bench_destroy(bench);
}

/* 16 dwords, and a packet that begins on its last one. */
static void a_packet_wraps(void **state)
{
    struct bench *bench = bench_create();
    uint32_t *words = (uint32_t *)(void *)(bench->rig->ram + 0xa000);

    (void)state;
    bench_queue_write(bench, SDMA_RB_CNTL, 0);
    bench_queue_write(bench, SDMA_RB_BASE, 0xa0);
    bench_queue_write(bench, SDMA_RB_BASE_HI, 0);
    bench_queue_write(bench, SDMA_RB_RPTR, 60);
    bench_queue_write(bench, SDMA_RB_WPTR, 60);
    bench_queue_write(bench, SDMA_RB_CNTL, SDMA_RB_CNTL_ENABLE | 4u << SDMA_RB_CNTL_SIZE_SHIFT);
    words[15] = SDMA_OP_FENCE;
    words[0] = 0xb000;
    words[1] = 0;
    words[2] = 77;
    bench_queue_write(bench, SDMA_RB_WPTR, 12); /* a driver that wraps its pointer */
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(rig_read(bench->rig, 0xb000, 4), 77);
    assert_int_equal(bench_queue_read(bench, SDMA_RB_RPTR), 64 + 12);
    bench_destroy(bench);
}

/* Low bits of pointers and addresses do not exist; a pointer beyond the ring counts modulo it. */
static void odd_pointers(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_fence(bench, BENCH_VIDEO + MARK + 3, 5);
    bench_submit(bench);
    bench_queue_write(bench, SDMA_RB_WPTR, BENCH_RING_BYTES * 5 + 16 + 3);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(bench_queue_read(bench, SDMA_RB_WPTR), BENCH_RING_BYTES * 5 + 16);
    assert_int_equal(video_word(bench, MARK), 5);
    bench_destroy(bench);
}

/* Half a packet waits for the rest. */
static void an_incomplete_packet_waits(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_emit(bench, SDMA_OP_FENCE);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_MS(1));
    assert_int_equal(bench_queue_read(bench, SDMA_CONTEXT_STATUS) & SDMA_CONTEXT_EXCEPTION, 0);
    bench_emit_address(bench, BENCH_VIDEO + MARK);
    bench_emit(bench, 9);
    run(bench);
    assert_int_equal(video_word(bench, MARK), 9);
    bench_destroy(bench);
}

static void emit_indirect(struct bench *bench, uint64_t at, uint32_t dwords)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_INDIRECT, 0));
    bench_emit_address(bench, at);
    bench_emit(bench, dwords);
    bench_emit_address(bench, 0);
}

/* An indirect buffer that is the ring itself: nesting is illegal, so there is no way round. */
static void an_indirect_buffer_into_itself(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    emit_indirect(bench, BENCH_VIDEO + BENCH_RING, 0xfffff);
    run(bench);
    expect_exception(bench);
    bench_destroy(bench);
}

static void an_indirect_buffer_that_ends_early(void **state)
{
    static const uint32_t kinds[][4] = {{SDMA_OP_FENCE, 0, 0, 0}, {SDMA_OP_WRITE, 0xc000, 0, 99}};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct bench *bench = bench_create();

        memcpy(bench->rig->ram + 0x8000, kinds[i], sizeof(kinds[i]));
        emit_indirect(bench, BENCH_RAM + 0x8000, i == 0 ? 3 : 10);
        run(bench);
        expect_exception(bench);
        bench_destroy(bench);
    }
}

/* What the last packet of an indirect buffer asks for beyond its end comes from nowhere, not from the
 * ring: nothing of that is passed over, taken as data, or executed after it. */
static void an_indirect_buffer_ends_at_its_end(void **state)
{
    static const uint32_t kinds[][6] = {
        {SDMA_OP_NOP | 6u << SDMA_NOP_COUNT_SHIFT},
        {SDMA_HEADER(SDMA_OP_PRE_EXE, 0) | 2u << 16, 9},
        {SDMA_HEADER(SDMA_OP_WRITE, 0), MARK, BENCH_VIDEO >> 32, 3},
        {SDMA_OP_INDIRECT, 0x8000, 0, 1, 0, 0},
    };
    static const uint32_t dwords[] = {1, 2, 4, 6};

    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
        struct bench *bench = bench_create();

        memcpy(bench->rig->ram + 0x8000, kinds[i], sizeof(kinds[i]));
        emit_indirect(bench, BENCH_RAM + 0x8000, dwords[i]);
        bench_fence(bench, BENCH_VIDEO + MARK + 4, 1);
        bench_fence(bench, BENCH_VIDEO + MARK + 8, 1);
        run(bench);
        if (i < 2) {
            assert_int_equal(video_word(bench, MARK + 4), 1);
            assert_int_equal(bench_queue_read(bench, SDMA_RB_RPTR), bench->wptr * 4);
            assert_int_equal(bench_queue_read(bench, SDMA_IB_SIZE), 0);
        } else {
            expect_exception(bench);
            assert_int_equal(video_word(bench, MARK + 4), 0);
        }
        assert_int_equal(video_word(bench, MARK), 0);
        assert_int_equal(video_word(bench, MARK + 8), i < 2);
        bench_destroy(bench);
    }
}

/* With IB_ENABLE clear, INDIRECT waits at the head of the ring. */
static void indirect_buffers_switched_off(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_queue_write(bench, SDMA_IB_CNTL, 0);
    emit_indirect(bench, BENCH_RAM + 0x8000, 1);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_MS(1));
    assert_int_equal(video_word(bench, MARK), 0);
    bench_queue_write(bench, SDMA_IB_CNTL, SDMA_IB_CNTL_ENABLE);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(video_word(bench, MARK), 1);
    bench_destroy(bench);
}

static void emit_wptr(struct bench *bench, uint32_t dword)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_SRBM_WRITE, 0) | 0xfu << SDMA_SRBM_BYTES_SHIFT);
    bench_emit(bench, (SDMA_QUEUE_GFX + SDMA_RB_WPTR) / 4);
    bench_emit(bench, dword * 4);
}

/* A ring that refills itself: time goes on, and the engine can be stopped. */
static void a_ring_without_end(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    emit_wptr(bench, 0x2003);
    while (bench->wptr < 0x2000) {
        bench_emit(bench, SDMA_OP_NOP);
    }
    emit_wptr(bench, 3);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_MS(20));
    assert_int_equal(bench_read(bench, SDMA_STATUS_REG) & SDMA_STATUS_IDLE, 0);
    bench_write(bench, SDMA_F32_CNTL, SDMA_F32_CNTL_HALT);
    assert_int_equal(bench_read(bench, SDMA_STATUS_REG) & SDMA_STATUS_IDLE, SDMA_STATUS_IDLE);
    bench_destroy(bench);
}

static void an_engine_can_halt_itself(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_emit(bench, SDMA_HEADER(SDMA_OP_SRBM_WRITE, 0) | 0xfu << SDMA_SRBM_BYTES_SHIFT);
    bench_emit(bench, SDMA_F32_CNTL / 4);
    bench_emit(bench, SDMA_F32_CNTL_HALT);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_MS(1));
    assert_int_equal(video_word(bench, MARK), 0);
    bench_write(bench, SDMA_F32_CNTL, 0);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(video_word(bench, MARK), 1);
    bench_destroy(bench);
}

/* Halted or frozen in the middle of a copy: it goes on where it was. */
static void halt_and_freeze(void **state)
{
    static const uint32_t ways[][2] = {{SDMA_F32_CNTL, SDMA_F32_CNTL_HALT},
                                       {SDMA_FREEZE, SDMA_FREEZE_FREEZE}};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct bench *bench = bench_create();

        memset(bench_video(bench, A, 0x400000), 0x5a, 0x400000);
        bench_copy_linear(bench, BENCH_VIDEO + MARK, BENCH_VIDEO + A, 0x400000);
        bench_submit(bench);
        rig_advance(bench->rig, VTIME_US(4));
        bench_write(bench, ways[i][0], ways[i][1]);
        rig_advance(bench->rig, VTIME_MS(1));
        assert_int_equal(video_word(bench, MARK), 0x5a5a5a5a);
        assert_int_equal(video_word(bench, MARK + 0x3ffffc), 0);
        bench_write(bench, ways[i][0], 0);
        (void)bench_wait(bench, USEC, LIMIT);
        assert_int_equal(video_word(bench, MARK + 0x3ffffc), 0x5a5a5a5a);
        bench_destroy(bench);
    }
}

/* Switched off in the middle: the packet is given up, and comes again from RPTR. */
static void a_queue_switched_off(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_fill(bench, BENCH_VIDEO + A, 0x5a5a5a5a, 0x400000);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_US(4));
    bench_queue_write(bench, SDMA_RB_CNTL, 14u << SDMA_RB_CNTL_SIZE_SHIFT);
    rig_advance(bench->rig, VTIME_MS(1));
    assert_int_equal(video_word(bench, A + 0x3ffffc), 0);
    assert_int_equal(bench_read(bench, SDMA_STATUS_REG) & SDMA_STATUS_IDLE, SDMA_STATUS_IDLE);
    bench_queue_write(bench, SDMA_RB_CNTL, SDMA_RB_CNTL_ENABLE | 14u << SDMA_RB_CNTL_SIZE_SHIFT);
    (void)bench_wait(bench, USEC, LIMIT);
    assert_int_equal(video_word(bench, A + 0x3ffffc), 0x5a5a5a5a);
    bench_destroy(bench);
}

static void a_reset_ends_everything(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_fill(bench, BENCH_VIDEO + A, 0x5a5a5a5a, 0x400000);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_US(4));
    device_reset(bench->gpu, RESET_FUNCTION);
    assert_int_equal(sched_next(bench->rig->sched), VTIME_NEVER);
    bench_destroy(bench);
}

/* A rectangle one byte wide: not all of it in one go, however little its bytes are. */
static void a_narrow_rectangle_takes_turns(void **state)
{
    const unsigned rows = 0x4000;
    const uint32_t pitch_shift = 13;
    struct bench *bench = bench_create();
    unsigned done = 0;

    (void)state;
    memset(bench_video(bench, A, rows * 64), 1, rows * 64);
    bench_emit(bench, SDMA_HEADER(SDMA_OP_COPY, SDMA_COPY_LINEAR_SUB_WIND));
    for (unsigned i = 0; i < 2; i++) {
        bench_emit_address(bench, BENCH_VIDEO + (i == 0 ? A : MARK));
        bench_emit(bench, 0);
        bench_emit(bench, 63u << pitch_shift);
        bench_emit(bench, 0);
    }
    bench_emit(bench, (rows - 1) << 16);
    bench_emit(bench, 0);
    bench_submit(bench);
    rig_advance(bench->rig, USEC);
    for (unsigned i = 0; i < rows; i++) {
        done += *bench_video(bench, MARK + i * 64, 1);
    }
    assert_in_range(done, 1, 1000); /* 5 ns a row, and up to 2 us early */
    assert_in_range(bench_wait(bench, USEC, LIMIT), VTIME_US(75), VTIME_US(85));
    assert_int_equal(*bench_video(bench, MARK + (rows - 1) * 64, 1), 1);
    bench_destroy(bench);
}

#define GRPH_ADDRESS           0xe878u
#define GRPH_INTERRUPT_CONTROL 0xe8c0u
#define IH_RB_CNTL             0x4480u
#define IH_IN_GPU_MEMORY       0x00020015u /* on, with interrupts, 4 KiB, addresses of context 0 */
#define IH_RB_BASE             0x4484u
#define CLIENT_OSS             14u
#define STATUS_CID             9

/* A fault of the interrupt ring is its own, whatever engine was at work before: a machine that was
 * restored knows nothing of that. */
static void a_fault_of_the_interrupt_ring(void **state)
{
    struct bench *bench = bench_create();
    struct bench *twin;

    (void)state;
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    run(bench);
    bench_write(bench, IH_RB_BASE, (uint32_t)(NOWHERE >> 8));
    bench_write(bench, IH_RB_CNTL, IH_IN_GPU_MEMORY);
    bench_write(bench, GRPH_INTERRUPT_CONTROL, 1);
    twin = bench_copy(bench);
    bench_write(bench, GRPH_ADDRESS, 0x100);
    bench_write(twin, GRPH_ADDRESS, 0x100);
    assert_int_equal(bench_read(bench, MMHUB_VM_FAULT_STATUS) >> STATUS_CID & 0x1ff, CLIENT_OSS);
    assert_int_equal(bench_read(bench, MMHUB_VM_FAULT_STATUS),
                     bench_read(twin, MMHUB_VM_FAULT_STATUS));
    assert_int_equal(device_state_hash(bench->gpu), device_state_hash(twin->gpu));
    bench_destroy(twin);
    bench_destroy(bench);
}

/* Swapping is not modelled: said, and the data goes as it is. */
static void swaps_are_traced(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_emit(bench, SDMA_HEADER(SDMA_OP_CONST_FILL, 0) | SDMA_FILL_DWORDS | 1u << 16);
    bench_emit_address(bench, BENCH_VIDEO + A);
    bench_emit(bench, 0x11223344);
    bench_emit(bench, 0x3fffff);
    run(bench);
    assert_int_equal(rig_unimplemented(bench->rig), 1);
    assert_int_equal(video_word(bench, A), 0x11223344);
    bench_queue_write(bench, SDMA_RB_CNTL, SDMA_RB_CNTL_SWAP | 14u << SDMA_RB_CNTL_SIZE_SHIFT);
    assert_int_equal(rig_unimplemented(bench->rig), 2);
    bench_destroy(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_illegal_packet_stops_the_queue),
        cmocka_unit_test(an_address_fault_drops_the_packet),
        cmocka_unit_test(a_ring_that_points_nowhere),
        cmocka_unit_test(a_packet_wraps),
        cmocka_unit_test(odd_pointers),
        cmocka_unit_test(an_incomplete_packet_waits),
        cmocka_unit_test(an_indirect_buffer_into_itself),
        cmocka_unit_test(an_indirect_buffer_that_ends_early),
        cmocka_unit_test(an_indirect_buffer_ends_at_its_end),
        cmocka_unit_test(indirect_buffers_switched_off),
        cmocka_unit_test(a_ring_without_end),
        cmocka_unit_test(an_engine_can_halt_itself),
        cmocka_unit_test(halt_and_freeze),
        cmocka_unit_test(a_queue_switched_off),
        cmocka_unit_test(a_reset_ends_everything),
        cmocka_unit_test(a_narrow_rectangle_takes_turns),
        cmocka_unit_test(a_fault_of_the_interrupt_ring),
        cmocka_unit_test(swaps_are_traced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
