/* SPDX-License-Identifier: GPL-2.0-only */
/* Times of flash dies and channels: single operations, what waits for what, and the rates of
 * reference/timing.md 5.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/timing/nand.h"

#define US       UINT64_C(1000000)
#define ROW      (NAND_PLANES * NAND_PAGE_BYTES)
#define TRANSFER nand_transfer(ROW)
#define MODULES  2u

/* Of a pair of modules, in bytes a second. */
static uint64_t rate(uint64_t bytes, nand_ps time)
{
    return MODULES * bytes * US / (time / US);
}

static bool is_near(uint64_t value, uint64_t wanted)
{
    return value > wanted - wanted / 20 && value < wanted + wanted / 20;
}

static void a_page_is_read_then_transferred(void **state)
{
    struct nand nand = {0};

    (void)state;
    assert_int_equal(nand_transfer(4096) / 1000, 9040);
    assert_int_equal(nand_read(&nand, 3, 4096, 100), 100 + NAND_READ_PS + nand_transfer(4096));
}

static void reads_of_one_die_follow_one_another(void **state)
{
    struct nand nand = {0};

    (void)state;
    (void)nand_read(&nand, 0, 4096, 0);
    assert_int_equal(nand_read(&nand, 0, 4096, 0), 2 * NAND_READ_PS + nand_transfer(4096));
}

static void dies_of_a_channel_share_it(void **state)
{
    struct nand nand = {0};

    (void)state;
    (void)nand_read(&nand, 0, ROW, 0);
    assert_int_equal(nand_channel_of_die(4), 0);
    assert_int_equal(nand_read(&nand, 4, ROW, 0), NAND_READ_PS + 2 * TRANSFER);
    assert_int_equal(nand_read(&nand, 1, ROW, 0), NAND_READ_PS + TRANSFER);
}

static void programming_overlaps_the_next_transfer(void **state)
{
    struct nand nand = {0};

    (void)state;
    assert_int_equal(nand_program(&nand, 0, ROW, 0), TRANSFER + NAND_PROGRAM_PS);
    assert_int_equal(nand.die[0].loadable, TRANSFER);
    assert_int_equal(nand_program(&nand, 0, ROW, 0), TRANSFER + 2 * NAND_PROGRAM_PS);
    assert_int_equal(nand.die[0].loadable, TRANSFER + NAND_PROGRAM_PS);
}

static void a_read_suspends_programming(void **state)
{
    const nand_ps delay = NAND_SUSPEND_PS + NAND_READ_PS;
    struct nand nand = {0};
    nand_ps end;

    (void)state;
    end = nand_program(&nand, 2, ROW, 0);
    assert_int_equal(nand_read(&nand, 2, 4096, 200 * US), 200 * US + delay + nand_transfer(4096));
    assert_int_equal(nand.die[2].delayed, delay);
    assert_int_equal(nand.die[2].free, end + delay);
}

static void programming_is_suspended_a_few_times_only(void **state)
{
    struct nand nand = {0};
    nand_ps at = 100 * US;
    nand_ps end;

    (void)state;
    (void)nand_program(&nand, 2, ROW, 0);
    for (unsigned i = 0; i < NAND_SUSPEND_MAX; i++) {
        at = nand_read(&nand, 2, 4096, at);
    }
    end = nand.die[2].free;
    assert_true(at < end);
    assert_int_equal(nand_read(&nand, 2, 4096, at), end + NAND_READ_PS + nand_transfer(4096));
    (void)nand_program(&nand, 2, ROW, at);
    assert_int_equal(nand.die[2].suspends, 0);
}

static void erasing_takes_3500_us_and_can_be_suspended(void **state)
{
    struct nand nand = {0};

    (void)state;
    assert_int_equal(nand_erase(&nand, 9, 5 * US), 3505 * US);
    assert_true(nand_read(&nand, 9, 4096, 100 * US) < 200 * US);
    assert_true(nand_program(&nand, 9, ROW, 100 * US) > 3505 * US + NAND_PROGRAM_PS);
}

static void sequential_reads_run_at_3600_mb_s(void **state)
{
    struct nand nand = {0};
    nand_ps end = 0;

    (void)state;
    for (unsigned row = 0; row < 4096; row++) {
        const nand_ps one = nand_read(&nand, nand_die_of_row(row), ROW, 0);

        end = one > end ? one : end;
    }
    assert_true(is_near(rate(4096 * UINT64_C(32768), end), UINT64_C(3600000000)));
}

/* Without the channels the dies could deliver 17 GB/s. */
static void dies_read_at_17_gb_s(void **state)
{
    struct nand nand = {0};
    nand_ps end = 0;

    (void)state;
    for (unsigned row = 0; row < 4096; row++) {
        (void)nand_read(&nand, nand_die_of_row(row), 0, 0);
    }
    for (unsigned die = 0; die < NAND_DIES; die++) {
        end = nand.die[die].free > end ? nand.die[die].free : end;
    }
    assert_true(is_near(rate(4096 * UINT64_C(32768), end), UINT64_C(17000000000)));
}

static void programming_runs_at_1600_mb_s(void **state)
{
    struct nand nand = {0};
    nand_ps end = 0;

    (void)state;
    for (unsigned row = 0; row < 4096; row++) {
        end = nand_program(&nand, nand_die_of_row(row), ROW, 0);
    }
    assert_true(is_near(rate(4096 * UINT64_C(32768), end), UINT64_C(1600000000)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_read_then_transferred),
        cmocka_unit_test(reads_of_one_die_follow_one_another),
        cmocka_unit_test(dies_of_a_channel_share_it),
        cmocka_unit_test(programming_overlaps_the_next_transfer),
        cmocka_unit_test(a_read_suspends_programming),
        cmocka_unit_test(programming_is_suspended_a_few_times_only),
        cmocka_unit_test(erasing_takes_3500_us_and_can_be_suspended),
        cmocka_unit_test(sequential_reads_run_at_3600_mb_s),
        cmocka_unit_test(dies_read_at_17_gb_s),
        cmocka_unit_test(programming_runs_at_1600_mb_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
