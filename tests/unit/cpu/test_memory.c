/* SPDX-License-Identifier: GPL-2.0-only */
/* Device accesses, memory map, self-modifying code, code buffer. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

SNIPPET(mmio);
SNIPPET(mmio_code);
SNIPPET(smc_direct);
SNIPPET(smc_alias);
SNIPPET(smc_data_first);
SNIPPET(smc_dma);
SNIPPET(smc_same_block);
SNIPPET(many_blocks);
SNIPPET(endless);

static void test_mmio(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(mmio), NULL);
    static const struct guest_access expected[] = {
        {MMIO_BASE, 8, 0x0123456789abcdef, false},
        {MMIO_BASE + 8, 8, 0x1122334455667788, true},
        {MMIO_BASE + 16, 1, 0x42, false},
        {MMIO_BASE + 18, 2, 0xabcd, true},
        {MMIO_BASE + 32, 8, 0, false},
        {MMIO_BASE + 40, 8, 0, false},
    };

    (void)state;
    guest->mmio[0] = 0x0123456789abcdef;
    guest->mmio[2] = 0x42;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest_u64(guest, GUEST_ARG), 0x0123456789abcdef);
    assert_int_equal(guest->access_count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < guest->access_count; i++) {
        assert_int_equal(guest->access[i].addr, expected[i].addr);
        assert_int_equal(guest->access[i].size, expected[i].size);
        assert_int_equal(guest->access[i].value, expected[i].value);
        assert_int_equal(guest->access[i].is_write, expected[i].is_write);
    }
    assert_int_equal(guest->report[0], 0x5a5a);
    assert_int_equal(guest->high[0x40], 0x5a);
    assert_int_equal(guest->report[1], 0);
    assert_int_equal(guest->rom[4], 0);
    guest_destroy(guest);
}

static void test_code_in_device(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(mmio_code), NULL);

    (void)state;
    guest->mmio[0] = 0x00c300000042b8; /* mov $0x42, %eax; ret */
    for (size_t i = 0x100; i < 0x110; i++) {
        guest->mmio[i] = UINT64_MAX;
    }
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest->report[0], 0x42);
    assert_int_equal(guest_record_count(guest), 1);
    assert_int_equal(guest_record(guest, 0).vector, 6);
    guest_destroy(guest);
}

/* Each runs a patched function 20 times and reports what it returned: 20, 19 .. 1. */
static void check_countdown(const uint8_t *begin, const uint8_t *end)
{
    struct guest *guest = guest_run_all(MODE_LONG, begin, end);

    assert_int_equal(guest->report_count, 20);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(guest->report[i], 20 - i);
    }
    guest_destroy(guest);
}

static void test_smc(void **state)
{
    (void)state;
    check_countdown(CODE(smc_direct));
    check_countdown(CODE(smc_alias));
    check_countdown(CODE(smc_data_first));
    check_countdown(CODE(smc_dma));
    check_countdown(CODE(smc_same_block));
}

/* Host writes without the core's help are seen after cpu_set_code_written(), also across pages and
 * past the end of RAM. */
static void test_code_written(void **state)
{
    struct guest *guest = guest_create(MODE_LONG, CODE(endless), NULL);
    static const uint8_t halt[] = {0xf4};

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_DEADLINE);
    memcpy(guest->ram + GUEST_CODE, halt, 1);
    cpu_set_code_written(guest->set, 0, UINT64_MAX);
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_HALTED);
    guest_destroy(guest);
}

static uint64_t run_many(size_t code_buffer_bytes, uint64_t *blocks)
{
    const struct guest_options options = {.code_buffer_bytes = code_buffer_bytes};
    struct guest *guest = guest_create(MODE_LONG, CODE(many_blocks), &options);
    uint64_t cycles;

    assert_int_equal(guest_run(guest, VTIME_S(1)), CPU_STOP_HALTED);
    assert_int_equal(guest->report_count, 1);
    assert_int_equal(guest->report[0], 0x600d);
    cycles = cpu_cycles(guest_core(guest, 0));
    *blocks = cpu_block_count(guest_core(guest, 0));
    guest_destroy(guest);
    return cycles;
}

/* 170,000 translations overflow the smallest buffer; the guest cannot tell. */
static void test_code_buffer(void **state)
{
    uint64_t small_blocks;
    uint64_t large_blocks;
    uint64_t small = run_many(16u << 20, &small_blocks);
    uint64_t large = run_many(128u << 20, &large_blocks);

    (void)state;
    assert_int_equal(small, large);
    assert_int_equal(small_blocks, large_blocks);
}

static void test_peek(void **state)
{
    struct guest *guest = guest_run_all(MODE_LONG, CODE(mmio));
    struct cpu *core = guest_core(guest, 0);
    uint8_t bytes[8];

    (void)state;
    assert_true(cpu_peek_linear(core, GUEST_CODE, bytes, 8));
    assert_memory_equal(bytes, mmio_begin, 8);
    guest->ram[GUEST_ALIASED + 0xffe] = 0xaa;
    assert_true(cpu_peek_linear(core, GUEST_ALIAS + 0xffe, bytes, 1));
    assert_int_equal(bytes[0], 0xaa);
    assert_false(cpu_peek_linear(core, GUEST_ABSENT, bytes, 1));
    assert_false(cpu_peek_linear(core, GUEST_ABSENT - 4, bytes, 8));
    assert_false(cpu_peek_linear(core, MMIO_BASE, bytes, 4));
    assert_false(cpu_peek_linear(core, UINT64_C(1) << 50, bytes, 4));
    assert_int_equal(cpu_peek_linear_part(core, GUEST_CODE, bytes, 8), 8);
    assert_int_equal(cpu_peek_linear_part(core, GUEST_ABSENT - 4, bytes, 8), 4);
    assert_int_equal(cpu_peek_linear_part(core, GUEST_ABSENT, bytes, 8), 0);
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mmio),        cmocka_unit_test(test_code_in_device),
        cmocka_unit_test(test_smc),         cmocka_unit_test(test_code_written),
        cmocka_unit_test(test_code_buffer), cmocka_unit_test(test_peek),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
