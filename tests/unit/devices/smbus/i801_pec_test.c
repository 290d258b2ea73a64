/* SPDX-License-Identifier: GPL-2.0-only */
/* SMBus controller: packet error codes. SMBus 2.0, 5.4; PCH data sheet, PEC, AUXSTS, AUXCTL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/devices/smbus/smbus_bench.h"

/* The worked example of an infrared thermometer's data sheet (MLX90614): b4 07 b5 d2 3a has PEC 30. */
#define THERMOMETER 0x5au

static struct bench *thermometer(uint8_t pec)
{
    struct bench *bench = bench_open();

    bench->target.address = THERMOMETER;
    memcpy(bench->target.give, "\xd2\x3a", 2);
    bench->target.give[2] = pec;
    bench_prepare(bench, THERMOMETER, true, 0x07);
    return bench;
}

static void checked_on_reads(void **state)
{
    struct bench *bench = thermometer(0x30);

    (void)state;
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_CRC);
    assert_int_equal(bench_run(bench, I801_WORD_DATA), 57);
    assert_string_equal(bench->target.log, "[b4 07[b5<d2<3a<30]");
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    assert_int_equal(bench_in(bench, I801_AUXSTS), 0);
    assert_int_equal(bench_in(bench, I801_PEC), 0x30);
    bench_close(bench);
}

static void wrong_on_a_read(void **state)
{
    struct bench *bench = thermometer(0x31);

    (void)state;
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_CRC);
    (void)bench_run(bench, I801_WORD_DATA);
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    assert_int_equal(bench_in(bench, I801_AUXSTS), I801_AUXSTS_CRCE);
    bench_out(bench, I801_AUXSTS, I801_AUXSTS_CRCE);
    assert_int_equal(bench_in(bench, I801_AUXSTS), 0);
    bench_close(bench);
}

/* PEC_EN alone: the byte goes into the register, and software checks it. */
static void unchecked_with_pec_en(void **state)
{
    struct bench *bench = thermometer(0x31);

    (void)state;
    (void)bench_run(bench, I801_WORD_DATA | I801_HSTCNT_PEC_EN);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    assert_int_equal(bench_in(bench, I801_AUXSTS), 0);
    assert_int_equal(bench_in(bench, I801_PEC), 0x31);
    bench_close(bench);
}

static void appended_to_writes(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    /* CRC-8 of 84 c3 a0, computed apart from this program */
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    bench_out(bench, I801_HSTDAT0, 0xa0);
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_CRC);
    assert_int_equal(bench_run(bench, I801_BYTE_DATA), 38);
    assert_string_equal(bench->target.log, "[84 c3 a0 1b]");
    /* PEC_EN alone: what the register says */
    bench_out(bench, I801_AUXCTL, 0);
    bench_out(bench, I801_PEC, 0x99);
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    (void)bench_run(bench, I801_BYTE_DATA | I801_HSTCNT_PEC_EN);
    assert_string_equal(bench->target.log, "[84 c3 a0 99]");
    bench_close(bench);
}

/* A target that finds it wrong does not acknowledge it. */
static void refused_by_the_target(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench->target.accepts = 2;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    (void)bench_run(bench, I801_BYTE_DATA | I801_HSTCNT_PEC_EN);
    assert_string_equal(bench->target.log, "[84 00 00 00!]");
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    bench_close(bench);
}

static void never_with_quick_and_i2c(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_CRC);
    bench_prepare(bench, BENCH_TARGET, false, 0);
    (void)bench_run(bench, I801_QUICK | I801_HSTCNT_PEC_EN);
    assert_string_equal(bench->target.log, "[84]");
    bench_prepare(bench, BENCH_TARGET, true, 0);
    (void)bench_run(bench, I801_I2C_BLOCK_DATA | I801_HSTCNT_PEC_EN | I801_HSTCNT_LAST_BYTE);
    (void)bench_next(bench);
    assert_string_equal(bench->target.log, "[84 00[85<00]");
    bench_close(bench);
}

static void of_blocks(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_CRC | I801_AUXCTL_E32B);
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    bench_out(bench, I801_HSTDAT0, 2);
    (void)bench_in(bench, I801_HSTCNT);
    bench_out(bench, I801_BLKDAT, 0x11);
    bench_out(bench, I801_BLKDAT, 0x22);
    (void)bench_run(bench, I801_BLOCK_DATA);
    assert_string_equal(bench->target.log, "[84 c3 02 11 22 f2]");
    memcpy(bench->target.give, "\x02\x11\x22", 3);
    bench->target.give[3] = 0xb4;
    bench_prepare(bench, BENCH_TARGET, true, 0xc3);
    (void)bench_run(bench, I801_BLOCK_DATA);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_close(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checked_on_reads),
        cmocka_unit_test(wrong_on_a_read),
        cmocka_unit_test(unchecked_with_pec_en),
        cmocka_unit_test(appended_to_writes),
        cmocka_unit_test(refused_by_the_target),
        cmocka_unit_test(never_with_quick_and_i2c),
        cmocka_unit_test(of_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
