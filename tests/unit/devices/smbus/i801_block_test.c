/* SPDX-License-Identifier: GPL-2.0-only */
/* SMBus controller: blocks, with the 32-byte buffer and byte by byte, and I2C reads and writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/devices/smbus/smbus_bench.h"

#define STARTED 10u /* bits of START and address */
#define BYTE    9u
#define STOP    1u

static void buffer_fill(struct bench *bench, uint8_t count)
{
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_E32B);
    bench_out(bench, I801_HSTDAT0, count);
    (void)bench_in(bench, I801_HSTCNT); /* pointer to 0 */
    for (unsigned i = 0; i < count; i++) {
        bench_out(bench, I801_BLKDAT, (uint8_t)(0xb0 + i));
    }
}

static void block_write_from_the_buffer(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    buffer_fill(bench, 3);
    assert_int_equal(bench_run(bench, I801_BLOCK_DATA), STARTED + 5 * BYTE + STOP);
    assert_string_equal(bench->target.log, "[84 c3 03 b0 b1 b2]");
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_close(bench);
}

static void block_read_into_the_buffer(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    memcpy(bench->target.give, "\x04wxyz", 5);
    bench_prepare(bench, BENCH_TARGET, true, 0xc3);
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_E32B);
    assert_int_equal(bench_run(bench, I801_BLOCK_DATA), 2 * STARTED + 6 * BYTE + STOP);
    assert_string_equal(bench->target.log, "[84 c3[85<04<77<78<79<7a]");
    assert_int_equal(bench_in(bench, I801_HSTDAT0), 4);
    (void)bench_in(bench, I801_HSTCNT);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(bench_in(bench, I801_BLKDAT), "wxyz"[i]);
    }
    (void)bench_in(bench, I801_HSTCNT);
    assert_int_equal(bench_in(bench, I801_BLKDAT), 'w');
    bench_close(bench);
}

static void buffer_pointer_wraps(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    buffer_fill(bench, I801_BLOCK_MAX);
    bench_out(bench, I801_BLKDAT, 0x77);
    (void)bench_in(bench, I801_HSTCNT);
    assert_int_equal(bench_in(bench, I801_BLKDAT), 0x77);
    assert_int_equal(bench_in(bench, I801_BLKDAT), 0xb1);
    bench_close(bench);
}

static void longest_block(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    buffer_fill(bench, I801_BLOCK_MAX);
    assert_int_equal(bench_run(bench, I801_BLOCK_DATA), STARTED + 34 * BYTE + STOP);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench->target.give[0] = I801_BLOCK_MAX;
    bench_prepare(bench, BENCH_TARGET, true, 0);
    assert_int_equal(bench_run(bench, I801_BLOCK_DATA), 2 * STARTED + 34 * BYTE + STOP);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_close(bench);
}

static void impossible_counts(void **state)
{
    static const uint8_t counts[] = {0, 33, 255};
    struct bench *bench = bench_open();

    (void)state;
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_E32B);
    for (unsigned i = 0; i < sizeof(counts); i++) {
        bench_prepare(bench, BENCH_TARGET, false, 0);
        bench_out(bench, I801_HSTDAT0, counts[i]);
        assert_int_equal(bench_run(bench, I801_BLOCK_DATA), 0);
        assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
        bench->target.give[0] = counts[i];
        bench_prepare(bench, BENCH_TARGET, true, 0);
        (void)bench_run(bench, I801_BLOCK_DATA);
        assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
        assert_int_equal(bench_in(bench, I801_HSTDAT0), counts[i]);
    }
    bench_close(bench);
}

static void block_process_call(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    memcpy(bench->target.give, "\x02hi", 3);
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    buffer_fill(bench, 2);
    (void)bench_run(bench, I801_BLOCK_PROC_CALL);
    assert_string_equal(bench->target.log, "[84 c3 02 b0 b1[85<02<68<69]");
    (void)bench_in(bench, I801_HSTCNT);
    assert_int_equal(bench_in(bench, I801_BLKDAT), 'h');
    assert_int_equal(bench_in(bench, I801_BLKDAT), 'i');
    /* only with the buffer */
    bench_out(bench, I801_AUXCTL, 0);
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    assert_int_equal(bench_run(bench, I801_BLOCK_PROC_CALL), 0);
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    bench_close(bench);
}

/* n + 1 interrupts: BYTE_DONE after each byte, also the last; INTR when that was cleared. */
static void block_write_byte_by_byte(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    bench_out(bench, I801_HSTDAT0, 3);
    bench_out(bench, I801_BLKDAT, 0xb0);
    assert_int_equal(bench_run(bench, I801_BLOCK_DATA | I801_HSTCNT_INTREN), STARTED + 3 * BYTE);
    for (unsigned i = 1; i < 3; i++) {
        assert_int_equal(bench_status(bench), I801_HSTSTS_BYTE_DONE | I801_HSTSTS_HOST_BUSY);
        assert_int_equal(bench->irq.rises, i);
        bench_out(bench, I801_BLKDAT, (uint8_t)(0xb0 + i));
        assert_int_equal(bench_next(bench), BYTE);
    }
    assert_int_equal(bench_next(bench), STOP);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    assert_int_equal(bench->irq.rises, 4);
    assert_string_equal(bench->target.log, "[84 c3 03 b0 b1 b2]");
    bench_close(bench);
}

/* The clock is held while software is slow: nothing happens, and the pin shows it. */
static void waits_for_software(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    bench_out(bench, I801_HSTDAT0, 2);
    (void)bench_run(bench, I801_BLOCK_DATA);
    rig_advance(bench->rig, VTIME_S(1));
    assert_int_equal(bench_status(bench), I801_HSTSTS_BYTE_DONE | I801_HSTSTS_HOST_BUSY);
    assert_int_equal(bench_in(bench, I801_SMBUS_PIN), I801_PIN_CLK_CTL | I801_PIN_DATA_CUR);
    (void)bench_next(bench);
    (void)bench_next(bench);
    assert_int_equal(bench_in(bench, I801_SMBUS_PIN),
                     I801_PIN_CLK_CTL | I801_PIN_DATA_CUR | I801_PIN_CLK_CUR);
    bench_close(bench);
}

/* The count is in DAT0 when the first byte's BYTE_DONE comes. */
static void block_read_byte_by_byte(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    memcpy(bench->target.give, "\x03xyz", 4);
    bench_prepare(bench, BENCH_TARGET, true, 0xc3);
    assert_int_equal(bench_run(bench, I801_BLOCK_DATA), 2 * STARTED + 3 * BYTE);
    assert_int_equal(bench_in(bench, I801_HSTDAT0), 3);
    assert_int_equal(bench_in(bench, I801_BLKDAT), 'x');
    (void)bench_next(bench);
    assert_int_equal(bench_in(bench, I801_BLKDAT), 'y');
    bench_out(bench, I801_HSTCNT, I801_BLOCK_DATA | I801_HSTCNT_LAST_BYTE);
    (void)bench_next(bench);
    assert_int_equal(bench_in(bench, I801_BLKDAT), 'z');
    assert_int_equal(bench_next(bench), STOP);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    assert_string_equal(bench->target.log, "[84 c3[85<03<78<79<7a]");
    bench_close(bench);
}

/* HCTL, LAST_BYTE: stops block reads early too. */
static void last_byte_stops_a_block(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench->target.give[0] = 20;
    bench_prepare(bench, BENCH_TARGET, true, 0);
    (void)bench_run(bench, I801_BLOCK_DATA | I801_HSTCNT_LAST_BYTE);
    assert_int_equal(bench_next(bench), STOP);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_close(bench);
}

/* DATA1 is the offset; as many bytes as software wants. */
static void i2c_read(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    for (unsigned is_read = 0; is_read < 2; is_read++) {
        memcpy(bench->target.give, "abc", 3);
        bench_prepare(bench, BENCH_TARGET, is_read != 0, 0xc3);
        bench_out(bench, I801_HSTDAT1, 0x80);
        assert_int_equal(bench_run(bench, I801_I2C_BLOCK_DATA), 2 * STARTED + 2 * BYTE);
        assert_int_equal(bench_in(bench, I801_BLKDAT), 'a');
        (void)bench_next(bench);
        assert_int_equal(bench_in(bench, I801_BLKDAT), 'b');
        bench_out(bench, I801_HSTCNT, I801_I2C_BLOCK_DATA | I801_HSTCNT_LAST_BYTE);
        (void)bench_next(bench);
        assert_int_equal(bench_in(bench, I801_BLKDAT), 'c');
        assert_int_equal(bench_next(bench), STOP);
        assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
        assert_string_equal(bench->target.log, "[84 80[85<61<62<63]");
    }
    bench_close(bench);
}

/* The buffer is for SMBus blocks only. */
static void i2c_read_ignores_the_buffer(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, true, 0);
    bench_out(bench, I801_AUXCTL, I801_AUXCTL_E32B);
    (void)bench_run(bench, I801_I2C_BLOCK_DATA | I801_HSTCNT_LAST_BYTE);
    assert_int_equal(bench_status(bench), I801_HSTSTS_BYTE_DONE | I801_HSTSTS_HOST_BUSY);
    (void)bench_next(bench);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_close(bench);
}

/* HCFG, I2C_EN: the count is not sent, a process call has no command. */
static void i2c_write(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN | I801_HSTCFG_I2C_EN);
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    bench_out(bench, I801_HSTDAT0, 2);
    bench_out(bench, I801_BLKDAT, 0xb0);
    assert_int_equal(bench_run(bench, I801_BLOCK_DATA), STARTED + 2 * BYTE);
    bench_out(bench, I801_BLKDAT, 0xb1);
    (void)bench_next(bench);
    (void)bench_next(bench);
    assert_string_equal(bench->target.log, "[84 c3 b0 b1]");
    bench_prepare(bench, BENCH_TARGET, false, 0xc3);
    (void)bench_run(bench, I801_PROC_CALL);
    assert_string_equal(bench->target.log, "[84 02 00[85<00<00]");
    bench_close(bench);
}

static void not_acknowledged_amid_a_block(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench->target.accepts = 3;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    buffer_fill(bench, 5);
    (void)bench_run(bench, I801_BLOCK_DATA);
    assert_string_equal(bench->target.log, "[84 00 05 b0 b1!]");
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    bench_close(bench);
}

static void kill_while_waiting(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    bench_out(bench, I801_HSTDAT0, 9);
    (void)bench_run(bench, I801_BLOCK_DATA);
    bench_out(bench, I801_HSTCNT, I801_HSTCNT_KILL);
    bench_out(bench, I801_HSTCNT, 0);
    assert_int_equal(bench_status(bench), I801_HSTSTS_FAILED | I801_HSTSTS_BYTE_DONE);
    bench_out(bench, I801_HSTSTS, UINT8_MAX);
    rig_advance(bench->rig, VTIME_MS(10));
    assert_int_equal(bench_status(bench), 0);
    bench_close(bench);
}

/* Saved anywhere in a block, a loaded twin ends it the same way. */
static void snapshot_amid_a_block(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 80; bits += 7) {
        struct bench *first = bench_open();
        struct bench *second = bench_open();
        char whole[BENCH_LOG * 2];

        memcpy(first->target.give, "\x05qwert", 6);
        memcpy(second->target.give, "\x05qwert", 6);
        bench_prepare(first, BENCH_TARGET, true, 0xc3);
        bench_out(first, I801_AUXCTL, I801_AUXCTL_E32B);
        bench_out(first, I801_HSTCNT, I801_BLOCK_DATA | I801_HSTCNT_START);
        rig_advance(first->rig, bits * BENCH_BIT);
        rig_copy_state(first->rig, first->i801, second->rig, second->i801);
        second->target.given = first->target.given;
        rig_advance(second->rig, VTIME_MS(5));
        assert_int_equal(bench_status(second), I801_HSTSTS_INTR);
        snprintf(whole, sizeof(whole), "%s%s", first->target.log, second->target.log);
        assert_string_equal(whole, "[84 c3[85<05<71<77<65<72<74]");
        bench_close(first);
        bench_close(second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_write_from_the_buffer),
        cmocka_unit_test(block_read_into_the_buffer),
        cmocka_unit_test(buffer_pointer_wraps),
        cmocka_unit_test(longest_block),
        cmocka_unit_test(impossible_counts),
        cmocka_unit_test(block_process_call),
        cmocka_unit_test(block_write_byte_by_byte),
        cmocka_unit_test(waits_for_software),
        cmocka_unit_test(block_read_byte_by_byte),
        cmocka_unit_test(last_byte_stops_a_block),
        cmocka_unit_test(i2c_read),
        cmocka_unit_test(i2c_read_ignores_the_buffer),
        cmocka_unit_test(i2c_write),
        cmocka_unit_test(not_acknowledged_amid_a_block),
        cmocka_unit_test(kill_while_waiting),
        cmocka_unit_test(snapshot_amid_a_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
