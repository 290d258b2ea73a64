/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that comes and goes, as when firmware starts: nothing but ROM, cache as RAM, RAM in
 * pieces, and RAM that goes under a core that runs in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/base/error.h"
#include "emu/cpu/cpu.h"
#include "emu/timing/timing.h"
#include "tests/unit/cpu/guest.h"
#include "tests/unit/cpu/stages.h"

extern const uint8_t stages_rom_begin[], stages_rom_end[], stages_handler[];

#define ROM_BYTES   0x10000u
#define ROM_BASE    (UINT64_C(0x100000000) - ROM_BYTES)
#define SHADOW_BASE 0xf0000u /* the same code where far calls come back to */
#define PIECES      (CPU_MEMORY_MAX - 3)
#define REPORTS_MAX 16u
#define VECTOR_UD   6u

struct board {
    struct cpu_set *set;
    struct timing *timing;
    uint8_t *rom;
    uint8_t *shadow;
    uint8_t *cache;
    uint8_t *low;
    uint8_t *far;
    uint32_t report[REPORTS_MAX];
    size_t report_count;
    uint64_t last_write; /* to a device */
    uint64_t writes;
    uint32_t gate; /* what devices hold at the entry of vector 6 */
    bool is_guarded;
    uint64_t guarded;
};

static uint64_t on_mem_read(void *ctx, unsigned core, uint64_t addr, unsigned size)
{
    struct board *board = ctx;
    uint8_t bytes[8];

    (void)core;
    memset(bytes, 0xff, sizeof(bytes));
    for (unsigned i = 0; i < size; i++) {
        if (addr + i - VECTOR_UD * 4 < 4) {
            bytes[i] = (uint8_t)(board->gate >> 8 * (addr + i - VECTOR_UD * 4));
        }
    }
    return le_get(bytes, size);
}

static void on_mem_write(void *ctx, unsigned core, uint64_t addr, unsigned size, uint64_t value)
{
    struct board *board = ctx;

    (void)core;
    (void)size;
    (void)value;
    board->last_write = addr;
    board->writes++;
}

static uint64_t on_io_read(void *ctx, unsigned core, uint16_t port, unsigned size)
{
    (void)ctx;
    (void)core;
    (void)port;
    (void)size;
    return UINT64_MAX;
}

static void on_io_write(void *ctx, unsigned core, uint16_t port, unsigned size, uint64_t value)
{
    struct board *board = ctx;
    struct cpu *cpu = cpu_set_core(board->set, core);

    (void)size;
    if (port == PORT_STOP) {
        cpu_lower_deadline(cpu, cpu_now(cpu));
    } else if (port == PORT_REPORT && board->report_count < REPORTS_MAX) {
        board->report[board->report_count++] = (uint32_t)value;
    }
}

static int on_intr_ack(void *ctx, unsigned core)
{
    (void)ctx;
    (void)core;
    return -1;
}

static bool on_is_guarded(void *ctx, uint64_t page)
{
    (void)page;
    return ((struct board *)ctx)->is_guarded;
}

static bool on_guard(void *ctx, unsigned core, enum cpu_access kind, uint64_t addr, unsigned bytes,
                     uint64_t *poison)
{
    (void)core;
    (void)kind;
    (void)addr;
    (void)bytes;
    (void)poison;
    ((struct board *)ctx)->guarded++;
    return true;
}

static uint8_t *pages(size_t bytes)
{
    uint8_t *memory = aligned_alloc(4096, bytes);

    assert_non_null(memory);
    memset(memory, 0, bytes);
    return memory;
}

enum stage { STAGE_ROM, STAGE_CACHE, STAGE_LOW, STAGE_ALL };

/* The pieces of far memory lie apart from each other. */
static size_t list_memory(const struct board *board, enum stage stage, struct cpu_memory *list)
{
    size_t count = 0;

    if (stage >= STAGE_LOW) {
        list[count++] =
            (struct cpu_memory){.base = 0, .bytes = STAGES_LOW_BYTES, .host = board->low};
    }
    if (stage == STAGE_CACHE) {
        list[count++] = (struct cpu_memory){
            .base = STAGES_CACHE, .bytes = STAGES_CACHE_BYTES, .host = board->cache};
    }
    if (stage == STAGE_ALL) {
        list[count++] =
            (struct cpu_memory){.base = STAGES_FAR, .bytes = STAGES_FAR_BYTES, .host = board->far};
    }
    list[count++] = (struct cpu_memory){
        .base = SHADOW_BASE, .bytes = ROM_BYTES, .host = board->shadow, .is_read_only = true};
    for (size_t i = 1; stage == STAGE_ALL && i < PIECES; i++) {
        list[count++] = (struct cpu_memory){.base = STAGES_MORE + i * STAGES_FAR_STEP,
                                            .bytes = STAGES_FAR_BYTES,
                                            .host = board->far + i * STAGES_FAR_BYTES};
    }
    list[count++] = (struct cpu_memory){
        .base = ROM_BASE, .bytes = ROM_BYTES, .host = board->rom, .is_read_only = true};
    return count;
}

static void enter(struct board *board, enum stage stage)
{
    struct cpu_memory list[CPU_MEMORY_MAX];
    struct error err = ERROR_INIT;

    if (cpu_set_memory(board->set, list, list_memory(board, stage, list), &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static void board_init(struct board *board, unsigned cores)
{
    static const uint8_t reset_vector[] = {0xe9, 0x0d, 0x00}; /* jmp to offset 0 of the segment */
    struct cpu_memory list[CPU_MEMORY_MAX];
    struct error err = ERROR_INIT;

    memset(board, 0, sizeof(*board));
    board->rom = pages(ROM_BYTES);
    board->shadow = pages(ROM_BYTES);
    board->cache = pages(STAGES_CACHE_BYTES);
    board->low = pages(STAGES_LOW_BYTES);
    board->far = pages(PIECES * STAGES_FAR_BYTES);
    board->timing = timing_create(&err);
    board->gate = 0xf0000000 | (uint32_t)(stages_handler - stages_rom_begin);
    memcpy(board->rom, stages_rom_begin, (size_t)(stages_rom_end - stages_rom_begin));
    memcpy(board->rom + ROM_BYTES - 16, reset_vector, sizeof(reset_vector));
    memcpy(board->shadow, board->rom, ROM_BYTES);

    const struct cpu_set_config config = {
        .core_count = cores,
        .memory = list,
        .memory_count = list_memory(board, STAGE_ROM, list),
        .env = {.ctx = board,
                .mem_read = on_mem_read,
                .mem_write = on_mem_write,
                .io_read = on_io_read,
                .io_write = on_io_write,
                .intr_ack = on_intr_ack,
                .is_guarded = on_is_guarded,
                .guard = on_guard},
        .timing = board->timing,
        .code_buffer_bytes = 16u << 20,
    };
    board->set = cpu_set_create(&config, &err);
    if (!board->set) {
        fail_msg("%s", err.text);
    }
}

static void board_fini(struct board *board)
{
    cpu_set_destroy(board->set);
    timing_destroy(board->timing);
    free(board->rom);
    free(board->shadow);
    free(board->cache);
    free(board->low);
    free(board->far);
}

static enum cpu_stop run(struct board *board)
{
    struct cpu *cpu = cpu_set_core(board->set, 0);

    return cpu_run(cpu, cpu_now(cpu) + VTIME_MS(1));
}

static void run_all_stages(struct board *board)
{
    assert_int_equal(run(board), CPU_STOP_DEADLINE);
    assert_int_equal(board->report[0], 0xffffffff);
    assert_int_equal(board->last_write, 0x100);
    assert_int_equal(board->writes, 1);
    enter(board, STAGE_CACHE);
    assert_int_equal(run(board), CPU_STOP_DEADLINE);
    assert_int_equal(board->report[1], 0x11112222);
    assert_int_equal(le32_get(board->cache + 0x1000 - 4), 0x11112222);
    enter(board, STAGE_LOW);
    assert_int_equal(run(board), CPU_STOP_DEADLINE);
    assert_int_equal(board->report[2], 0x700);
    enter(board, STAGE_ALL);
    assert_int_equal(run(board), CPU_STOP_DEADLINE);
    assert_int_equal(board->report[3], 0x701);
    assert_int_equal(board->report[4], 0x33334444);
    assert_int_equal(le32_get(board->far), 0x33334444);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(run(board), CPU_STOP_DEADLINE); /* rounds of the loop */
    }
    assert_int_equal(board->writes, 1);
    assert_int_equal(board->report_count, 5);
}

static void test_memory_comes_while_the_rom_runs(void **state)
{
    struct board board;

    (void)state;
    board_init(&board, 2);
    run_all_stages(&board);
    assert_int_equal(board.guarded, 0);
    board_fini(&board);
}

static void test_the_same_with_every_page_guarded(void **state)
{
    struct board board;

    (void)state;
    board_init(&board, 1);
    board.is_guarded = true;
    run_all_stages(&board);
    assert_true(board.guarded > 100);
    board_fini(&board);
}

/* A core that fetches where no memory is executes what devices answer: ones are no instruction. */
static void test_memory_goes_under_a_core(void **state)
{
    struct board board;
    uint64_t writes;

    (void)state;
    board_init(&board, 1);
    run_all_stages(&board);
    enter(&board, STAGE_ROM);
    writes = board.writes;
    assert_int_equal(run(&board), CPU_STOP_HALTED);
    assert_int_equal(board.report_count, 6);
    assert_int_equal(board.report[5], 0x6666);
    assert_true(board.writes > writes); /* the exception's frame */
    board_fini(&board);
}

/* Even the vector is ones then: exceptions for ever, and time passes. */
static void test_nothing_is_left(void **state)
{
    struct board board;

    (void)state;
    board_init(&board, 1);
    run_all_stages(&board);
    board.gate = UINT32_MAX;
    enter(&board, STAGE_ROM);
    assert_int_equal(run(&board), CPU_STOP_DEADLINE);
    assert_int_equal(board.report_count, 5);
    board_fini(&board);
}

static void test_many_changes(void **state)
{
    struct board board;

    (void)state;
    board_init(&board, 2);
    run_all_stages(&board);
    for (unsigned i = 0; i < 40; i++) {
        enter(&board, i % 3 == 0 ? STAGE_LOW : i % 3 == 1 ? STAGE_ALL : STAGE_LOW);
        assert_int_equal(run(&board), CPU_STOP_DEADLINE);
    }
    assert_int_equal(board.report_count, 5);
    board_fini(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_comes_while_the_rom_runs),
        cmocka_unit_test(test_the_same_with_every_page_guarded),
        cmocka_unit_test(test_memory_goes_under_a_core),
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_many_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
