/* SPDX-License-Identifier: GPL-2.0-only */
/* Modules' chips behind the controller, driven as Linux' ee1004 and jc42 and as firmware do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/smbus/ee1004.h"
#include "tests/unit/devices/smbus/smbus_bench.h"

#define SOCKETS    4u
#define EEPROM     0x50u
#define SENSOR     0x18u
#define PAGE       0x36u
#define BLOCK      32u
#define PAGE_BYTES 256u

static uint8_t spd_byte(unsigned socket, unsigned offset)
{
    return (uint8_t)(offset * 3 + (offset >> 8) + socket * 64);
}

static struct bench *open_modules(void)
{
    static const char *const eeproms[SOCKETS] = {"/d0/spd", "/d1/spd", "/d2/spd", "/d3/spd"};
    static const char *const sensors[SOCKETS] = {"/d0/ts", "/d1/ts", "/d2/ts", "/d3/ts"};
    struct bench *bench = bench_open();

    for (unsigned n = 0; n < SOCKETS; n++) {
        uint8_t spd[EE1004_BYTES];
        const struct ee1004_config eeprom = {.socket = n, .spd = spd};
        const struct jc42_config sensor = {.socket = n};

        for (unsigned i = 0; i < EE1004_BYTES; i++) {
            spd[i] = spd_byte(n, i);
        }
        smbus_attach(i801_bus(bench->i801),
                     ee1004_target(rig_device(bench->rig, &ee1004_class, eeproms[n], &eeprom)));
        smbus_attach(i801_bus(bench->i801),
                     jc42_target(rig_device(bench->rig, &jc42_class, sensors[n], &sensor)));
    }
    return bench;
}

static void select_page(struct bench *bench, unsigned page)
{
    bench_prepare(bench, (uint8_t)(PAGE + page), false, 0);
    (void)bench_run(bench, I801_BYTE);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
}

static void read_block(struct bench *bench, unsigned socket, unsigned page, unsigned offset)
{
    bench_prepare(bench, (uint8_t)(EEPROM + socket), true, 0);
    bench_out(bench, I801_HSTDAT1, (uint8_t)offset);
    (void)bench_run(bench, I801_I2C_BLOCK_DATA);
    for (unsigned i = 0; i < BLOCK; i++) {
        assert_int_equal(bench_in(bench, I801_BLKDAT),
                         spd_byte(socket, page * PAGE_BYTES + offset + i));
        if (i == BLOCK - 2) {
            bench_out(bench, I801_HSTCNT, I801_I2C_BLOCK_DATA | I801_HSTCNT_LAST_BYTE);
        }
        (void)bench_next(bench);
    }
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_out(bench, I801_HSTCNT, 0);
}

/* Blocks of 32 bytes, as the kernel reads. SPD_WD, which firmware sets, does not disturb it. */
static void by_i2c_blocks(void **state)
{
    struct bench *bench = open_modules();

    (void)state;
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN | I801_HSTCFG_SPD_WD);
    for (unsigned page = 0; page < 2; page++) {
        select_page(bench, page);
        for (unsigned socket = 0; socket < SOCKETS; socket++) {
            for (unsigned offset = 0; offset < PAGE_BYTES; offset += BLOCK) {
                read_block(bench, socket, page, offset);
            }
        }
    }
    bench_close(bench);
}

/* Byte by byte, as firmware may: 39 bits each. */
static void by_bytes(void **state)
{
    struct bench *bench = open_modules();

    (void)state;
    for (unsigned i = 0; i < PAGE_BYTES; i++) {
        bench_prepare(bench, EEPROM + 3, true, (uint8_t)i);
        assert_int_equal(bench_run(bench, I801_BYTE_DATA), 39);
        assert_int_equal(bench_in(bench, I801_HSTDAT0), spd_byte(3, i));
    }
    bench_prepare(bench, EEPROM + 4, true, 0);
    (void)bench_run(bench, I801_BYTE_DATA);
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    bench_close(bench);
}

/* The present page is what a receive byte from 0x36 says: DEV_ERR on page 1. */
static void present_page(void **state)
{
    struct bench *bench = open_modules();

    (void)state;
    for (unsigned page = 0; page < 2; page++) {
        select_page(bench, page);
        bench_prepare(bench, PAGE, true, 0);
        (void)bench_run(bench, I801_BYTE);
        assert_int_equal(bench_status(bench), page == 0 ? I801_HSTSTS_INTR : I801_HSTSTS_DEV_ERR);
    }
    bench_close(bench);
}

/* Words come with the high byte first. */
static void sensor_by_words(void **state)
{
    struct bench *bench = open_modules();

    (void)state;
    for (unsigned socket = 0; socket < SOCKETS; socket++) {
        bench_prepare(bench, (uint8_t)(SENSOR + socket), true, 6);
        (void)bench_run(bench, I801_WORD_DATA);
        assert_int_equal(bench_in(bench, I801_HSTDAT0), 0x00);
        assert_int_equal(bench_in(bench, I801_HSTDAT1), 0xb3);
    }
    bench_close(bench);
}

/* A write by the host: busy for 5 ms, polled by its address, then there. */
static void write_and_poll(void **state)
{
    struct bench *bench = open_modules();
    unsigned polls = 0;

    (void)state;
    bench_prepare(bench, EEPROM, false, 0x80);
    bench_out(bench, I801_HSTDAT0, 0xee);
    (void)bench_run(bench, I801_BYTE_DATA);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    do {
        bench_prepare(bench, EEPROM, false, 0);
        (void)bench_run(bench, I801_QUICK);
        polls++;
    } while (bench_status(bench) == I801_HSTSTS_DEV_ERR && polls < 1000);
    assert_in_range(polls, 40, 50); /* of 110 us */
    bench_prepare(bench, EEPROM, true, 0x80);
    (void)bench_run(bench, I801_BYTE_DATA);
    assert_int_equal(bench_in(bench, I801_HSTDAT0), 0xee);
    bench_close(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_i2c_blocks),  cmocka_unit_test(by_bytes),
        cmocka_unit_test(present_page),   cmocka_unit_test(sensor_by_words),
        cmocka_unit_test(write_and_poll),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
