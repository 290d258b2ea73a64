/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMA engines: what packets do, when, and through which of the ways to give them work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/display/vega10.h"
#include "emu/base/bits.h"
#include "tests/unit/devices/vega10/vega10_bench.h"

#define A     UINT64_C(0x1000000) /* places in video memory */
#define B     UINT64_C(0x2000000)
#define MARK  UINT64_C(0x8000000)
#define USEC  VTIME_US(1)
#define LIMIT VTIME_MS(10)

static void run(struct bench *bench)
{
    bench_submit(bench);
    (void)bench_wait(bench, USEC, LIMIT);
}

static uint32_t video_word(struct bench *bench, uint64_t offset)
{
    uint32_t value;

    memcpy(&value, bench_video(bench, offset, 4), 4);
    return value;
}

static void set_word(struct bench *bench, uint64_t offset, uint32_t value)
{
    memcpy(bench_video(bench, offset, 4), &value, 4);
}

static void random_bytes(uint8_t *at, size_t bytes)
{
    uint64_t seed = 12345;

    for (size_t i = 0; i < bytes; i++) {
        at[i] = (uint8_t)rig_random(&seed);
    }
}

/* ---- Data ---- */

static void fills_of_all_widths(void **state)
{
    struct bench *bench = bench_create();
    static const uint32_t widths[] = {SDMA_FILL_BYTES, SDMA_FILL_WORDS, SDMA_FILL_DWORDS};
    static const uint8_t expected[3][9] = {
        {0, 0x44, 0x44, 0x44, 0x44, 0x44, 0x44, 0x44, 0},
        {0, 0x44, 0x33, 0x44, 0x33, 0x44, 0x33, 0x44, 0},
        {0, 0x44, 0x33, 0x22, 0x11, 0x44, 0x33, 0x22, 0},
    };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        bench_emit(bench, SDMA_HEADER(SDMA_OP_CONST_FILL, 0) | widths[i]);
        bench_emit_address(bench, BENCH_VIDEO + A + i * 16 + 1);
        bench_emit(bench, 0x11223344);
        bench_emit(bench, 6);
    }
    run(bench);
    for (unsigned i = 0; i < 3; i++) {
        assert_memory_equal(bench_video(bench, A + i * 16, 9), expected[i], 9);
    }
    bench_destroy(bench);
}

/* The largest: 4 MiB, which takes many slices; the pattern goes on across them. */
static void a_large_fill(void **state)
{
    struct bench *bench = bench_create();
    const uint8_t *at;

    (void)state;
    bench_fill(bench, BENCH_VIDEO + A + 2, 0xddccbbaa, 0x400000);
    run(bench);
    at = bench_video(bench, A, 0x400004);
    for (size_t i = 0; i < 0x400000; i++) {
        if (at[i + 2] != (uint8_t)(0xddccbbaa >> i % 4 * 8)) fail();
    }
    assert_int_equal(at[1], 0);
    assert_int_equal(at[0x400002], 0);
    bench_destroy(bench);
}

/* Between all kinds of memory, unaligned, and system memory that is itself. */
static void linear_copies(void **state)
{
    struct bench *bench = bench_create();
    uint8_t *ram = bench->rig->ram;

    (void)state;
    random_bytes(ram + 0x1000, 0x20000);
    bench_copy_linear(bench, BENCH_VIDEO + A + 1, BENCH_RAM + 0x1003, 0x1fff0);
    bench_copy_linear(bench, BENCH_VIDEO + B, BENCH_VIDEO + A + 1, 0x1fff0);
    bench_copy_linear(bench, BENCH_RAM + 0x40000, BENCH_VIDEO + B, 0x1fff0);
    bench_copy_linear(bench, BENCH_RAM + 0x70000, BENCH_RAM + 0x40000, 0x1fff0);
    run(bench);
    assert_memory_equal(bench_video(bench, A + 1, 0x1fff0), ram + 0x1003, 0x1fff0);
    assert_memory_equal(bench_video(bench, B, 0x1fff0), ram + 0x1003, 0x1fff0);
    assert_memory_equal(ram + 0x40000, ram + 0x1003, 0x1fff0);
    assert_memory_equal(ram + 0x70000, ram + 0x1003, 0x1fff0);
    assert_int_equal(ram[0x70000 + 0x1fff0], 0);
    bench_destroy(bench);
}

/* System memory whose address is the BAR of the adapter itself. */
static void a_copy_through_the_own_bar(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_write(bench, MMHUB_MC_VM_AGP_BASE, (uint32_t)(BENCH_BAR0 >> 24));
    random_bytes(bench_video(bench, 0x200000, 0x8000), 0x8000);
    bench_copy_linear(bench, BENCH_RAM + 0x201000, BENCH_VIDEO + 0x200000, 0x1000);
    run(bench);
    assert_memory_equal(bench_video(bench, 0x201000, 0x1000), bench_video(bench, 0x200000, 0x1000),
                        0x1000);
    bench_destroy(bench);
}

/* Where somebody watches it: bytes that the engine has announced before it changed them. */
struct watched {
    struct bench *bench;
    uint64_t first;
    uint64_t bytes;
    bool is_early; /* memory was as before each time */
};

static bool watch(void *ctx, bool is_write, uint64_t addr, unsigned bytes)
{
    struct watched *watched = ctx;

    if (!is_write || addr - watched->first >= 0x3000) return true;
    watched->bytes += bytes;
    if (*bench_video(watched->bench, addr - BENCH_BAR0, 1) != 0) watched->is_early = false;
    return true;
}

static void who_watches_video_memory_is_told(void **state)
{
    struct bench *bench = bench_create();
    struct watched watched = {.bench = bench, .first = BENCH_BAR0 + 0x200000, .is_early = true};
    uint8_t block[0x3000] = {0};

    (void)state;
    dma_set_hooks(bench->rig->dma, &(struct dma_hooks){.ctx = &watched, .guard = watch});
    dma_set_guarded(bench->rig->dma, true);
    bench_fill(bench, BENCH_VIDEO + 0x200004, 0x11111111, 0x1000);
    run(bench);
    assert_int_equal(watched.bytes, 0x1000);
    assert_true(watched.is_early);
    bench_copy_linear(bench, BENCH_VIDEO + 0x202000, BENCH_VIDEO + 0x200004, 0x800);
    run(bench);
    assert_int_equal(watched.bytes, 0x1800);
    assert_true(watched.is_early);
    /* A checkpoint that is restored is no doing of the engine. */
    vega10_vram_put(bench->gpu, 0x200000, block, sizeof(block));
    assert_int_equal(watched.bytes, 0x1800);
    bench_destroy(bench);
}

struct rect {
    uint32_t x, y, z;
    uint32_t pitch;
    uint32_t slice;
};

static void emit_rect(struct bench *bench, uint64_t address, const struct rect *rect)
{
    bench_emit_address(bench, address);
    bench_emit(bench, rect->x | rect->y << 16);
    bench_emit(bench, rect->z | (rect->pitch - 1) << 13);
    bench_emit(bench, rect->slice - 1);
}

/* 3 slices of 7 rows of 5 elements of 4 bytes, between pictures of different shapes. */
static void a_sub_window_copy(void **state)
{
    struct bench *bench = bench_create();
    static const struct rect from = {.x = 3, .y = 2, .z = 1, .pitch = 40, .slice = 40 * 30};
    static const struct rect to = {.x = 1, .y = 4, .z = 0, .pitch = 64, .slice = 64 * 20};
    const uint8_t *source;
    const uint8_t *target;

    (void)state;
    random_bytes(bench_video(bench, A, 0x8000), 0x8000);
    bench_emit(bench,
               SDMA_HEADER(SDMA_OP_COPY, SDMA_COPY_LINEAR_SUB_WIND) | 2u << SDMA_ELEMENT_SHIFT);
    emit_rect(bench, BENCH_VIDEO + A, &from);
    emit_rect(bench, BENCH_VIDEO + B, &to);
    bench_emit(bench, 4 | 6u << 16);
    bench_emit(bench, 2);
    run(bench);
    source = bench_video(bench, A, 0x8000);
    target = bench_video(bench, B, 0x8000);
    for (unsigned at = 0; at < 0x8000 / 4; at++) {
        unsigned z = at / to.slice;
        unsigned y = at % to.slice / to.pitch;
        unsigned x = at % to.pitch;
        bool is_in = z < 3 && y >= 4 && y < 11 && x >= 1 && x < 6;
        unsigned old = (z + 1) * from.slice + (y - 4 + 2) * from.pitch + x - 1 + 3;
        static const uint8_t nothing[4];

        assert_memory_equal(target + at * 4, is_in ? source + old * 4 : nothing, 4);
    }
    bench_destroy(bench);
}

static void a_write_carries_its_data(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_emit(bench, SDMA_HEADER(SDMA_OP_WRITE, SDMA_WRITE_LINEAR));
    bench_emit_address(bench, BENCH_VIDEO + A);
    bench_emit(bench, 4999);
    for (uint32_t i = 0; i < 3000; i++) {
        bench_emit(bench, i * 3);
    }
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_MS(1));
    assert_int_equal(video_word(bench, A + 2999 * 4), 2999 * 3); /* what there is is written */
    assert_int_equal(bench_queue_read(bench, SDMA_RB_RPTR), 0);
    for (uint32_t i = 3000; i < 5000; i++) {
        bench_emit(bench, i * 3);
    }
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    run(bench);
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(video_word(bench, A + i * 4), i * 3);
    }
    assert_int_equal(video_word(bench, MARK), 1);
    bench_destroy(bench);
}

static void page_table_entries_are_made(void **state)
{
    struct bench *bench = bench_create();
    uint64_t entry;

    (void)state;
    bench_emit(bench, SDMA_HEADER(SDMA_OP_PTEPDE, SDMA_PTEPDE_GEN));
    bench_emit_address(bench, BENCH_VIDEO + A);
    bench_emit_address(bench, UINT64_C(0x0040000000000063));
    bench_emit_address(bench, UINT64_C(0x123456000));
    bench_emit_address(bench, 0x1000);
    bench_emit(bench, 1999);
    run(bench);
    for (uint64_t i = 0; i < 2000; i++) {
        memcpy(&entry, bench_video(bench, A + i * 8, 8), 8);
        assert_int_equal(entry,
                         UINT64_C(0x0040000000000063) | (UINT64_C(0x123456000) + i * 0x1000));
    }
    assert_int_equal(video_word(bench, A + 16000), 0);
    bench_destroy(bench);
}

/* ---- Control ---- */

static void nops_pass_over_dwords(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_emit(bench, SDMA_OP_NOP | 3u << SDMA_NOP_COUNT_SHIFT);
    for (unsigned i = 0; i < 3; i++) {
        bench_emit(bench, 0xffffffff);
    }
    bench_emit(bench, SDMA_HEADER(SDMA_OP_DUMMY_TRAP, 0));
    bench_emit(bench, 0xffffffff);
    bench_fence(bench, BENCH_VIDEO + MARK, 7);
    run(bench);
    assert_int_equal(video_word(bench, MARK), 7);
    assert_int_equal(bench_interrupts(bench), 0);
    bench_destroy(bench);
}

static void an_indirect_buffer_is_executed(void **state)
{
    struct bench *bench = bench_create();
    static const uint32_t words[] = {SDMA_OP_FENCE, (uint32_t)(BENCH_VIDEO + MARK),
                                     (BENCH_VIDEO + MARK) >> 32, 21, SDMA_OP_NOP};

    (void)state;
    memcpy(bench->rig->ram + 0x8000, words, sizeof(words));
    for (unsigned i = 0; i < 2; i++) {
        bench_emit(bench, SDMA_HEADER(SDMA_OP_INDIRECT, 0));
        bench_emit_address(bench, BENCH_RAM + 0x8000);
        bench_emit(bench, i == 0 ? 0 : 5); /* an empty one is none */
        bench_emit_address(bench, 0);
    }
    bench_fence(bench, BENCH_VIDEO + MARK + 4, 22);
    run(bench);
    assert_int_equal(video_word(bench, MARK), 21);
    assert_int_equal(video_word(bench, MARK + 4), 22);
    assert_int_equal(bench_queue_read(bench, SDMA_RB_RPTR), bench->wptr * 4);
    bench_destroy(bench);
}

static void conditions_skip(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    set_word(bench, A, 5);
    for (unsigned i = 0; i < 2; i++) {
        bench_emit(bench, SDMA_HEADER(SDMA_OP_COND_EXE, 0));
        bench_emit_address(bench, BENCH_VIDEO + A);
        bench_emit(bench, 5 + i);
        bench_emit(bench, 4);
        bench_fence(bench, BENCH_VIDEO + MARK + i * 4, 1);
    }
    for (unsigned i = 0; i < 2; i++) {
        bench_emit(bench, SDMA_HEADER(SDMA_OP_PRE_EXE, 0) | 1u << (16 + i));
        bench_emit(bench, 4);
        bench_fence(bench, BENCH_VIDEO + MARK + 8 + i * 4, 1);
    }
    run(bench);
    assert_int_equal(video_word(bench, MARK), 1);
    assert_int_equal(video_word(bench, MARK + 4), 0);
    assert_int_equal(video_word(bench, MARK + 8), 1); /* for engine 0, which this is */
    assert_int_equal(video_word(bench, MARK + 12), 0);
    bench_destroy(bench);
}

static void emit_poll(struct bench *bench, unsigned function, uint64_t at, uint32_t reference,
                      uint32_t retries)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_POLL_REGMEM, 0) | function << SDMA_POLL_FUNC_SHIFT |
                          SDMA_POLL_MEMORY);
    bench_emit_address(bench, at);
    bench_emit(bench, reference);
    bench_emit(bench, 0xff);
    bench_emit(bench, 10 | retries << 16);
}

static void a_poll_waits_for_memory(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    set_word(bench, A, 0x100);
    emit_poll(bench, SDMA_POLL_EQUAL, BENCH_VIDEO + A, 0x42, SDMA_POLL_FOREVER);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_MS(100));
    assert_int_equal(video_word(bench, MARK), 0);
    assert_int_equal(bench_read(bench, SDMA_STATUS_REG) & SDMA_STATUS_IDLE, 0);
    set_word(bench, A, 0x142);
    rig_advance(bench->rig, VTIME_US(30));
    assert_int_equal(video_word(bench, MARK), 1);
    bench_destroy(bench);
}

static void a_poll_gives_up(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    emit_poll(bench, SDMA_POLL_NOT_EQUAL, BENCH_VIDEO + A, 0, 3);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    run(bench);
    assert_int_equal(video_word(bench, MARK), 1);
    assert_int_equal(bench_interrupts(bench), 1);
    assert_int_equal(bench_interrupt(bench, 0, 0) >> 8 & 0xff, SDMA_SOURCE_POLL_TIMEOUT);
    bench_destroy(bench);
}

static void all_comparisons(void **state)
{
    struct bench *bench = bench_create();
    static const uint8_t holds[7][3] = {{1, 1, 1}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
                                        {1, 0, 1}, {0, 1, 1}, {0, 0, 1}};

    (void)state;
    set_word(bench, A, 5);
    for (unsigned function = 0; function < 7; function++) {
        for (uint32_t i = 0; i < 3; i++) {
            emit_poll(bench, function, BENCH_VIDEO + A, 6 - i, 0);
        }
    }
    run(bench);
    for (unsigned function = 0, entry = 0; function < 7; function++) {
        for (unsigned i = 0; i < 3; i++) {
            entry += holds[function][i] == 0 ? 1 : 0;
        }
        if (function == 6) assert_int_equal(bench_interrupts(bench), entry);
    }
    bench_destroy(bench);
}

static void registers_are_written_and_polled(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_emit(bench, SDMA_HEADER(SDMA_OP_SRBM_WRITE, 0) | 0xfu << SDMA_SRBM_BYTES_SHIFT);
    bench_emit(bench, 0x130 / 4);
    bench_emit(bench, 0x11223344);
    bench_emit(bench, SDMA_HEADER(SDMA_OP_SRBM_WRITE, 0) | 0x4u << SDMA_SRBM_BYTES_SHIFT);
    bench_emit(bench, 0x130 / 4);
    bench_emit(bench, 0xaabbccdd);
    bench_emit(bench,
               SDMA_HEADER(SDMA_OP_POLL_REGMEM, 0) | SDMA_POLL_EQUAL << SDMA_POLL_FUNC_SHIFT);
    bench_emit_address(bench, 0x130);
    bench_emit(bench, 0x11bb3344);
    bench_emit(bench, 0xffffffff);
    bench_emit(bench, 0xfff0000);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    run(bench);
    assert_int_equal(bench_read(bench, 0x130), 0x11bb3344);
    assert_int_equal(video_word(bench, MARK), 1);
    bench_destroy(bench);
}

/* Registers that are storage have the bits that they have (sdma0_4_0_sh_mask.h), in both engines. */
static void registers_have_their_bits(void **state)
{
    static const struct {
        uint32_t dword;
        uint32_t bits;
    } rows[] = {
        {0x00, 0x1fff},     {0x13, 0x3f},       {0x1b, UINT32_MAX}, {0x1d, 0xfe931f07},
        {0x1e, 0x0018773f}, {0x2c, 0x40ffff0f}, {0x33, 0x03ff03ff}, {0x4b, 0xf},
        {0x93, 0x10000},    {0xb4, 0xffff},
    };
    struct bench *bench = bench_create();

    (void)state;
    for (unsigned i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        uint32_t at = SDMA_BASE + i % 2 * SDMA_STRIDE + rows[i / 2].dword * 4;

        bench_write(bench, at, UINT32_MAX);
        assert_int_equal(bench_read(bench, at), rows[i / 2].bits);
        bench_write(bench, at, 0);
        assert_int_equal(bench_read(bench, at), 0);
    }
    bench_destroy(bench);
}

static void atomics(void **state)
{
    static const struct {
        unsigned op;
        uint32_t source, old, result;
    } cases[] = {
        {0x07, 9, 5, 9},   {0x0f, 9, 5, 14},  {0x10, 9, 5, 0xfffffffc}, {0x11, 0xffffffff, 5, ~0u},
        {0x12, ~0u, 5, 5}, {0x13, ~0u, 5, 5}, {0x14, ~0u, 5, ~0u},      {0x15, 6, 5, 4},
        {0x16, 6, 5, 7},   {0x17, 6, 5, 3},   {0x18, 9, 5, 6},          {0x18, 5, 5, 0},
        {0x19, 9, 5, 4},   {0x19, 9, 0, 9},   {0x08, 9, 5, 9},          {0x08, 9, 4, 4},
    };
    struct bench *bench = bench_create();
    size_t count = sizeof(cases) / sizeof(cases[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        set_word(bench, A + i * 8, cases[i].old);
        bench_emit(bench, SDMA_HEADER(SDMA_OP_ATOMIC, 0) | cases[i].op << SDMA_ATOMIC_OP_SHIFT);
        bench_emit_address(bench, BENCH_VIDEO + A + i * 8);
        bench_emit_address(bench, cases[i].source);
        bench_emit_address(bench, 5);
        bench_emit(bench, 0);
    }
    bench_emit(bench, SDMA_HEADER(SDMA_OP_ATOMIC, 0) | 0x2fu << SDMA_ATOMIC_OP_SHIFT);
    bench_emit_address(bench, BENCH_VIDEO + A);
    bench_emit_address(bench, UINT64_C(0x1fffffff7));
    bench_emit_address(bench, 0);
    bench_emit(bench, 0);
    run(bench);
    for (size_t i = 1; i < count; i++) {
        assert_int_equal(video_word(bench, A + i * 8), cases[i].result);
    }
    assert_int_equal(video_word(bench, A), 0); /* 9 + 0x1fffffff7, in 64 bits */
    assert_int_equal(video_word(bench, A + 4), 2);
    assert_int_equal(bench_read(bench, 0x4a68), 9); /* ATOMIC_PREOP_LO */
    bench_destroy(bench);
}

/* ---- Signals ---- */

static void a_trap_interrupts(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_emit(bench, SDMA_HEADER(SDMA_OP_TRAP, 0));
    bench_emit(bench, 0x1234567);
    run(bench);
    assert_int_equal(bench_interrupts(bench), 1);
    assert_int_equal(bench_interrupt(bench, 0, 0), 0x08 | SDMA_SOURCE_TRAP << 8);
    assert_int_equal(bench_interrupt(bench, 0, 4), 0x1234567);
    bench_write(bench, SDMA_CNTL, 0);
    bench_emit(bench, SDMA_HEADER(SDMA_OP_TRAP, 0));
    bench_emit(bench, 0);
    run(bench);
    assert_int_equal(bench_interrupts(bench), 1);
    bench_destroy(bench);
}

static void time_stamps_count(void **state)
{
    struct bench *bench = bench_create();
    uint64_t global[2];
    uint64_t own;

    (void)state;
    bench_emit(bench, SDMA_HEADER(SDMA_OP_TIMESTAMP, SDMA_TIMESTAMP_SET));
    bench_emit_address(bench, UINT64_C(1) << 40);
    bench_emit(bench, SDMA_HEADER(SDMA_OP_TIMESTAMP, SDMA_TIMESTAMP_GET_GLOBAL));
    bench_emit_address(bench, BENCH_VIDEO + MARK);
    run(bench);
    rig_advance(bench->rig, VTIME_MS(1));
    bench_emit(bench, SDMA_HEADER(SDMA_OP_TIMESTAMP, SDMA_TIMESTAMP_GET_GLOBAL));
    bench_emit_address(bench, BENCH_VIDEO + MARK + 8);
    bench_emit(bench, SDMA_HEADER(SDMA_OP_TIMESTAMP, SDMA_TIMESTAMP_GET));
    bench_emit_address(bench, BENCH_VIDEO + MARK + 16);
    run(bench);
    memcpy(global, bench_video(bench, MARK, 16), 16);
    memcpy(&own, bench_video(bench, MARK + 16, 8), 8);
    assert_in_range(global[1] - global[0], 27000, 27000 + 300);
    assert_in_range(own - (UINT64_C(1) << 40), 27000, 27000 + 300);
    bench_destroy(bench);
}

static void the_read_pointer_is_written_back(void **state)
{
    struct bench *bench = bench_create();
    uint64_t rptr;

    (void)state;
    bench_queue_write(bench, SDMA_RB_RPTR_ADDR_LO, 0x6000);
    bench_queue_write(bench, SDMA_RB_CNTL,
                      SDMA_RB_CNTL_ENABLE | SDMA_RB_CNTL_RPTR_WRITEBACK |
                          14u << SDMA_RB_CNTL_SIZE_SHIFT);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    run(bench);
    memcpy(&rptr, bench->rig->ram + 0x6000, 8);
    assert_int_equal(rptr, 16);
    bench_destroy(bench);
}

/* ---- Ways to give work ---- */

static void a_doorbell_starts_the_queue(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_write(bench, 0x3780, 1);                      /* RCC_DOORBELL_APER_EN */
    bench_write(bench, 0x3bc0, 0x1e0u << 2 | 4u << 16); /* BIF_SDMA0_DOORBELL_RANGE */
    bench_queue_write(bench, SDMA_DOORBELL_OFFSET, 0x1e0 * 4);
    bench_queue_write(bench, SDMA_DOORBELL, SDMA_DOORBELL_ENABLE);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    memcpy(bench_video(bench, BENCH_RING, 16), bench->ring, 16);
    rig_write(bench->rig, BENCH_BAR2 + 0x1e0 * 4, 8, 16);
    rig_advance(bench->rig, VTIME_US(5));
    assert_int_equal(video_word(bench, MARK), 1);
    bench_destroy(bench);
}

static void a_write_pointer_in_memory_is_polled(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_queue_write(bench, SDMA_RB_WPTR_POLL_LO, 0x7000);
    bench_queue_write(bench, SDMA_RB_WPTR_POLL_CNTL, SDMA_WPTR_POLL_ENABLE | 0x100u << 4);
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    memcpy(bench_video(bench, BENCH_RING, 16), bench->ring, 16);
    rig_advance(bench->rig, VTIME_MS(1));
    assert_int_equal(video_word(bench, MARK), 0);
    rig_write(bench->rig, 0x7000, 8, 16);
    rig_advance(bench->rig, VTIME_US(30));
    assert_int_equal(video_word(bench, MARK), 1);
    bench_destroy(bench);
}

/* Every queue of both engines, each with a ring in RAM of 16 dwords. */
static void all_queues_work(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_write(bench, SDMA_STRIDE + SDMA_F32_CNTL, 0);
    for (uint32_t i = 1; i < 8; i++) {
        uint32_t at = SDMA_QUEUE_GFX + i / 4 * SDMA_STRIDE + i % 4 * SDMA_QUEUE_STRIDE;
        uint32_t words[4] = {SDMA_OP_FENCE, 0x9000 + i * 4, 0, i};

        memcpy(bench->rig->ram + 0xa000 + i * 0x100, words, sizeof(words));
        bench_write(bench, at + SDMA_RB_BASE, 0xa0 + i);
        bench_write(bench, at + SDMA_RB_CNTL, SDMA_RB_CNTL_ENABLE | 4u << SDMA_RB_CNTL_SIZE_SHIFT);
        bench_write(bench, at + SDMA_RB_WPTR, 16);
    }
    rig_advance(bench->rig, VTIME_US(20));
    for (uint32_t i = 1; i < 8; i++) {
        assert_int_equal(rig_read(bench->rig, 0x9000 + i * 4, 4), i);
    }
    bench_destroy(bench);
}

/* ---- Time ---- */

/* 59 MB inside of video memory at 400 GB/s; 1 MiB over PCI Express at 111.7 Gb/s. */
static void data_takes_its_time(void **state)
{
    struct bench *bench = bench_create();
    vtime took;

    (void)state;
    for (uint64_t i = 0; i < 14; i++) {
        bench_fill(bench, BENCH_VIDEO + A + (i << 22), 0x808080, 0x400000);
    }
    bench_submit(bench);
    took = bench_wait(bench, VTIME_NS(100), LIMIT);
    assert_in_range(took, VTIME_US(146), VTIME_US(150)); /* 58.7 MB: 146.8 us and packets */
    bench_copy_linear(bench, BENCH_VIDEO + A, BENCH_RAM, 0x80000);
    bench_copy_linear(bench, BENCH_VIDEO + A, BENCH_RAM, 0x80000);
    bench_submit(bench);
    took = bench_wait(bench, VTIME_NS(100), LIMIT);
    assert_in_range(took, VTIME_US(75), VTIME_US(77)); /* 1 MiB: 75.1 us */
    bench_destroy(bench);
}

/* A fence comes after the time of what stands before it, an idle bit and RPTR after all. */
static void a_fence_is_never_early(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    bench_copy_linear(bench, BENCH_VIDEO + A, BENCH_VIDEO + B, 0x400000); /* 10.5 us */
    bench_fence(bench, BENCH_VIDEO + MARK, 1);
    bench_submit(bench);
    rig_advance(bench->rig, VTIME_US(10));
    assert_int_equal(video_word(bench, MARK), 0);
    assert_int_equal(bench_queue_read(bench, SDMA_RB_RPTR), 0);
    rig_advance(bench->rig, VTIME_US(2));
    assert_int_equal(video_word(bench, MARK), 1);
    (void)bench_wait(bench, VTIME_NS(10), VTIME_US(1));
    assert_int_equal(bench_queue_read(bench, SDMA_RB_RPTR), bench->wptr * 4);
    bench_destroy(bench);
}

/* ---- Snapshots ---- */

/* Many short rows. */
static void emit_rectangle(struct bench *bench, uint64_t to, uint64_t from)
{
    bench_emit(bench, SDMA_HEADER(SDMA_OP_COPY, SDMA_COPY_LINEAR_SUB_WIND));
    for (unsigned i = 0; i < 2; i++) {
        bench_emit_address(bench, i == 0 ? from : to);
        bench_emit(bench, 0);
        bench_emit(bench, 15u << 13); /* pitch, minus one */
        bench_emit(bench, 0);
    }
    bench_emit(bench, 6 | 0xfffu << 16);
    bench_emit(bench, 0);
}

/* One whose last packet wants to pass over more than there is. */
static void emit_indirect(struct bench *bench)
{
    static const uint32_t words[] = {SDMA_OP_NOP, SDMA_OP_NOP, SDMA_OP_NOP | 99u << 16};

    memcpy(bench->rig->ram + 0x8000, words, sizeof(words));
    bench_emit(bench, SDMA_HEADER(SDMA_OP_INDIRECT, 0));
    bench_emit_address(bench, BENCH_RAM + 0x8000);
    bench_emit(bench, ARRAY_LEN(words));
    bench_emit_address(bench, 0);
}

static void fill_ring_with_work(struct bench *bench)
{
    random_bytes(bench_video(bench, A, 0x10000), 0x10000);
    for (uint32_t i = 0; i < 6; i++) {
        bench_copy_linear(bench, BENCH_VIDEO + B + i * 0x300000, BENCH_VIDEO + A, 0x200000 + i);
        bench_fill(bench, BENCH_RAM + 0x10000 + i * 0x10000, i * 0x1010101, 0x8000);
        emit_rectangle(bench, BENCH_VIDEO + B + 0x280000 + i * 0x300000, BENCH_VIDEO + A);
        emit_indirect(bench);
        bench_fence(bench, BENCH_VIDEO + MARK + i * 4, i + 1);
        emit_poll(bench, SDMA_POLL_EQUAL, BENCH_VIDEO + MARK, 1, SDMA_POLL_FOREVER);
        bench_emit(bench, SDMA_HEADER(SDMA_OP_TRAP, 0));
        bench_emit(bench, i);
    }
    bench_submit(bench);
}

/* Saved at many instants of a long piece of work, a twin goes on to the same end. */
static void a_saved_engine_goes_on(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    fill_ring_with_work(bench);
    for (unsigned i = 0; i < 12; i++) {
        struct bench *first = bench_copy(bench);
        struct bench *twin = bench_copy(first);

        (void)bench_wait(first, USEC, LIMIT);
        (void)bench_wait(twin, USEC, LIMIT);
        assert_int_equal(device_state_hash(first->gpu), device_state_hash(twin->gpu));
        assert_memory_equal(bench_video(first, B, 0x1400000), bench_video(twin, B, 0x1400000),
                            0x1400000);
        assert_memory_equal(first->rig->ram, twin->rig->ram, RIG_RAM_BYTES);
        assert_int_equal(bench_interrupts(twin), 6);
        bench_destroy(twin);
        bench_destroy(first);
        rig_advance(bench->rig, VTIME_NS(3700));
    }
    bench_destroy(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_of_all_widths),
        cmocka_unit_test(a_large_fill),
        cmocka_unit_test(linear_copies),
        cmocka_unit_test(a_copy_through_the_own_bar),
        cmocka_unit_test(who_watches_video_memory_is_told),
        cmocka_unit_test(a_sub_window_copy),
        cmocka_unit_test(a_write_carries_its_data),
        cmocka_unit_test(page_table_entries_are_made),
        cmocka_unit_test(nops_pass_over_dwords),
        cmocka_unit_test(an_indirect_buffer_is_executed),
        cmocka_unit_test(conditions_skip),
        cmocka_unit_test(a_poll_waits_for_memory),
        cmocka_unit_test(a_poll_gives_up),
        cmocka_unit_test(all_comparisons),
        cmocka_unit_test(registers_are_written_and_polled),
        cmocka_unit_test(registers_have_their_bits),
        cmocka_unit_test(atomics),
        cmocka_unit_test(a_trap_interrupts),
        cmocka_unit_test(time_stamps_count),
        cmocka_unit_test(the_read_pointer_is_written_back),
        cmocka_unit_test(a_doorbell_starts_the_queue),
        cmocka_unit_test(a_write_pointer_in_memory_is_polled),
        cmocka_unit_test(all_queues_work),
        cmocka_unit_test(data_takes_its_time),
        cmocka_unit_test(a_fence_is_never_early),
        cmocka_unit_test(a_saved_engine_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
