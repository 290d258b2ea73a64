/* SPDX-License-Identifier: GPL-2.0-only */
/* The SPD EEPROM on a bus of its own: JEDEC 21-C 4.1.6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/smbus/ee1004.h"
#include "tests/lib/rig.h"

#define EEPROM     0x50u
#define PAGE_0     0x36u
#define PAGE_1     0x37u
#define MODULES    2u
#define WRITE_TIME VTIME_MS(5)

struct bench {
    struct rig *rig;
    struct smbus bus;
    struct device *eeprom[MODULES];
    uint8_t spd[EE1004_BYTES];
};

static int set_up(void **state)
{
    static const char *const paths[MODULES] = {"/dimm0", "/dimm1"};
    struct bench *bench = test_calloc(1, sizeof(*bench));

    bench->rig = rig_create();
    for (unsigned i = 0; i < EE1004_BYTES; i++) {
        bench->spd[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    for (unsigned i = 0; i < MODULES; i++) {
        const struct ee1004_config config = {.socket = i, .spd = bench->spd};

        bench->eeprom[i] = rig_device(bench->rig, &ee1004_class, paths[i], &config);
        smbus_attach(&bench->bus, ee1004_target(bench->eeprom[i]));
    }
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    rig_destroy(bench->rig);
    test_free(bench);
    return 0;
}

static bool quick(struct bench *bench, uint8_t address, bool is_read)
{
    uint32_t listeners = smbus_start(&bench->bus, address, is_read);

    smbus_stop(&bench->bus, listeners);
    return listeners != 0;
}

static void select_page(struct bench *bench, unsigned page)
{
    uint32_t listeners = smbus_start(&bench->bus, (uint8_t)(PAGE_0 + page), false);

    assert_int_equal(listeners, 3); /* all modules */
    assert_true(smbus_put(&bench->bus, listeners, 0));
    smbus_stop(&bench->bus, listeners);
}

/* Random read of one byte, the counter moves on. */
static uint8_t read_at(struct bench *bench, uint8_t address, uint8_t offset)
{
    uint32_t listeners = smbus_start(&bench->bus, address, false);
    uint8_t byte;

    assert_true(smbus_put(&bench->bus, listeners, offset));
    listeners = smbus_start(&bench->bus, address, true);
    assert_int_not_equal(listeners, 0);
    byte = smbus_get(&bench->bus, listeners);
    smbus_stop(&bench->bus, listeners);
    return byte;
}

static uint8_t read_next(struct bench *bench, uint8_t address)
{
    uint32_t listeners = smbus_start(&bench->bus, address, true);
    uint8_t byte = smbus_get(&bench->bus, listeners);

    smbus_stop(&bench->bus, listeners);
    return byte;
}

static void write_bytes(struct bench *bench, uint8_t offset, const uint8_t *bytes, unsigned count)
{
    uint32_t listeners = smbus_start(&bench->bus, EEPROM, false);

    assert_true(smbus_put(&bench->bus, listeners, offset));
    for (unsigned i = 0; i < count; i++) {
        assert_true(smbus_put(&bench->bus, listeners, bytes[i]));
    }
    smbus_stop(&bench->bus, listeners);
}

static void both_pages(void **state)
{
    struct bench *bench = *state;

    for (unsigned page = 0; page < 2; page++) {
        select_page(bench, page);
        for (unsigned i = 0; i < 256; i++) {
            assert_int_equal(read_at(bench, EEPROM, (uint8_t)i), bench->spd[page * 256 + i]);
        }
    }
}

/* Read page address: acknowledged on page 0 only. */
static void page_query(void **state)
{
    struct bench *bench = *state;

    assert_true(quick(bench, PAGE_0, true));
    select_page(bench, 1);
    assert_false(quick(bench, PAGE_0, true));
    assert_false(quick(bench, PAGE_1, true));
    select_page(bench, 0);
    assert_true(quick(bench, PAGE_0, true));
}

static void current_address_read(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(read_at(bench, EEPROM, 9), bench->spd[9]);
    assert_int_equal(read_next(bench, EEPROM), bench->spd[10]);
    assert_int_equal(read_next(bench, EEPROM), bench->spd[11]);
    /* a module has its own counter */
    assert_int_equal(read_next(bench, EEPROM + 1), bench->spd[0]);
}

/* The counter wraps within the page. */
static void sequential_read_wraps(void **state)
{
    struct bench *bench = *state;
    uint32_t listeners = smbus_start(&bench->bus, EEPROM, false);

    (void)smbus_put(&bench->bus, listeners, 0xfe);
    listeners = smbus_start(&bench->bus, EEPROM, true);
    assert_int_equal(smbus_get(&bench->bus, listeners), bench->spd[0xfe]);
    assert_int_equal(smbus_get(&bench->bus, listeners), bench->spd[0xff]);
    assert_int_equal(smbus_get(&bench->bus, listeners), bench->spd[0]);
    smbus_stop(&bench->bus, listeners);
}

static void other_addresses(void **state)
{
    struct bench *bench = *state;

    for (unsigned address = 0; address < 128; address++) {
        bool is_ours =
            address == EEPROM || address == EEPROM + 1 || address == PAGE_0 || address == PAGE_1;
        bool is_query = address == 0x30 || address == 0x31 || address == 0x34 || address == 0x35;

        assert_int_equal(quick(bench, (uint8_t)address, false), is_ours);
        select_page(bench, 0);
        assert_int_equal(quick(bench, (uint8_t)address, true),
                         (is_ours && address != PAGE_1) || is_query);
    }
}

static void byte_write_takes_five_ms(void **state)
{
    static const uint8_t byte = 0x5a;
    struct bench *bench = *state;

    write_bytes(bench, 0x41, &byte, 1);
    rig_advance(bench->rig, WRITE_TIME - 1);
    assert_false(quick(bench, EEPROM, false));
    assert_true(quick(bench, EEPROM + 1, false)); /* its neighbour is not busy */
    rig_advance(bench->rig, 1);
    assert_int_equal(read_at(bench, EEPROM, 0x41), 0x5a);
    assert_int_equal(read_at(bench, EEPROM, 0x42), bench->spd[0x42]);
    assert_int_equal(read_at(bench, EEPROM + 1, 0x41), bench->spd[0x41]);
}

/* More than fits wraps within the 16 bytes of a page write. */
static void page_write_wraps(void **state)
{
    struct bench *bench = *state;
    uint8_t bytes[18];

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(0xc0 + i);
    }
    select_page(bench, 1);
    write_bytes(bench, 0x8e, bytes, sizeof(bytes));
    rig_advance(bench->rig, WRITE_TIME);
    /* bytes 0, 1 at 8e, 8f; 2-15 at 80-8d; 16, 17 at 8e, 8f again */
    assert_int_equal(read_at(bench, EEPROM, 0x8e), 0xd0);
    assert_int_equal(read_at(bench, EEPROM, 0x8f), 0xd1);
    assert_int_equal(read_at(bench, EEPROM, 0x80), 0xc2);
    assert_int_equal(read_at(bench, EEPROM, 0x8d), 0xcf);
    assert_int_equal(read_at(bench, EEPROM, 0x90), bench->spd[0x190]);
    select_page(bench, 0);
    assert_int_equal(read_at(bench, EEPROM, 0x8e), bench->spd[0x8e]);
}

/* A repeated START instead of the STOP: nothing is written. */
static void write_without_stop(void **state)
{
    struct bench *bench = *state;
    uint32_t listeners = smbus_start(&bench->bus, EEPROM, false);

    (void)smbus_put(&bench->bus, listeners, 0x20);
    (void)smbus_put(&bench->bus, listeners, 0x99);
    listeners = smbus_start(&bench->bus, EEPROM, true);
    assert_int_not_equal(listeners, 0);
    smbus_stop(&bench->bus, listeners);
    assert_int_equal(read_at(bench, EEPROM, 0x20), bench->spd[0x20]);
}

/* It has no reset pin. */
static void survives_a_reset(void **state)
{
    static const uint8_t byte = 0x5a;
    struct bench *bench = *state;

    write_bytes(bench, 0x41, &byte, 1);
    rig_advance(bench->rig, WRITE_TIME);
    select_page(bench, 1);
    device_reset(bench->eeprom[0], RESET_BUS);
    assert_int_equal(read_at(bench, EEPROM, 0x05), bench->spd[0x105]);
    device_reset(bench->eeprom[0], RESET_POWER_ON);
    assert_int_equal(read_at(bench, EEPROM, 0x41), bench->spd[0x41]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(page_query, set_up, tear_down),
        cmocka_unit_test_setup_teardown(current_address_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sequential_read_wraps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(byte_write_takes_five_ms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(page_write_wraps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(write_without_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_reset, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
