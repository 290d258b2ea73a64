/* SPDX-License-Identifier: GPL-2.0-only */
/* The temperature sensor on a bus of its own: JEDEC 21-C 4.1.6, TSE2004av. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/smbus/ee1004.h"
#include "tests/lib/rig.h"

#define SENSOR 0x1au /* socket 2 */

struct bench {
    struct rig *rig;
    struct smbus bus;
    struct device *sensor;
};

static int set_up(void **state)
{
    static const struct jc42_config config = {.socket = 2};
    struct bench *bench = test_calloc(1, sizeof(*bench));

    bench->rig = rig_create();
    bench->sensor = rig_device(bench->rig, &jc42_class, "/dimm2", &config);
    smbus_attach(&bench->bus, jc42_target(bench->sensor));
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

static uint16_t get(struct bench *bench, uint8_t reg)
{
    uint32_t listeners = smbus_start(&bench->bus, SENSOR, false);
    unsigned high;
    unsigned low;

    assert_true(smbus_put(&bench->bus, listeners, reg));
    listeners = smbus_start(&bench->bus, SENSOR, true);
    high = smbus_get(&bench->bus, listeners);
    low = smbus_get(&bench->bus, listeners);
    smbus_stop(&bench->bus, listeners);
    return (uint16_t)(high << 8 | low);
}

static void set(struct bench *bench, uint8_t reg, uint16_t value)
{
    uint32_t listeners = smbus_start(&bench->bus, SENSOR, false);

    assert_true(smbus_put(&bench->bus, listeners, reg));
    assert_true(smbus_put(&bench->bus, listeners, (uint8_t)(value >> 8)));
    assert_true(smbus_put(&bench->bus, listeners, (uint8_t)value));
    assert_false(smbus_put(&bench->bus, listeners, 0)); /* no third byte */
    smbus_stop(&bench->bus, listeners);
}

/* What Linux' jc42 looks at before it binds: IDT's TSE2004, no reserved bit set. */
static void identity(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(get(bench, 0) & 0xff00, 0);
    assert_int_equal(get(bench, 1) & 0xf800, 0);
    assert_int_equal(get(bench, 6), 0x00b3);
    assert_int_equal(get(bench, 7) & 0xff00, 0x2200);
    for (unsigned address = 0; address < 128; address++) {
        assert_int_equal(smbus_start(&bench->bus, (uint8_t)address, false) != 0, address == SENSOR);
    }
}

/* 34 degrees in sixteenths; the flags of limits at 0 degrees are set. */
static void temperature(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(get(bench, 5), 0xc000 | 34 * 16);
    set(bench, 2, 85 * 16);
    set(bench, 4, 95 * 16);
    assert_int_equal(get(bench, 5), 34 * 16);
    set(bench, 3, 35 * 16);
    assert_int_equal(get(bench, 5), 0x2000 | 34 * 16);
    set(bench, 3, 0x1ff0); /* -1 degree */
    set(bench, 4, 34 * 16);
    assert_int_equal(get(bench, 5), 0x8000 | 34 * 16);
    set(bench, 4, 0x1e00); /* -32 degrees */
    assert_int_equal(get(bench, 5), 0x8000 | 34 * 16);
}

static void limits_are_quarters(void **state)
{
    struct bench *bench = *state;

    for (uint8_t reg = 2; reg <= 4; reg++) {
        set(bench, reg, 0xffff);
        assert_int_equal(get(bench, reg), 0x1ffc);
    }
}

static void read_only(void **state)
{
    static const uint8_t regs[] = {0, 5, 6, 7};
    struct bench *bench = *state;

    for (unsigned i = 0; i < sizeof(regs); i++) {
        uint16_t before = get(bench, regs[i]);

        set(bench, regs[i], 0xffff);
        assert_int_equal(get(bench, regs[i]), before);
    }
    assert_int_equal(rig_guest_errors(bench->rig), sizeof(regs));
}

static void locks(void **state)
{
    struct bench *bench = *state;

    set(bench, 2, 80 * 16);
    set(bench, 1, 0x0100 | 0x0040 | 0x0008); /* shut down, critical limit locked */
    assert_int_equal(get(bench, 1), 0x0148);
    set(bench, 4, 90 * 16);
    assert_int_equal(get(bench, 4), 0);
    set(bench, 2, 70 * 16);
    assert_int_equal(get(bench, 2), 70 * 16);
    set(bench, 1, 0x0000); /* only out of shutdown */
    assert_int_equal(get(bench, 1), 0x0048);
    set(bench, 1, 0x0780); /* the other lock; no shutdown, no hysteresis */
    assert_int_equal(get(bench, 1), 0x00c8);
    set(bench, 2, 60 * 16);
    set(bench, 3, 60 * 16);
    assert_int_equal(get(bench, 2), 70 * 16);
    assert_int_equal(get(bench, 3), 0);
    device_reset(bench->sensor, RESET_BUS);
    assert_int_equal(get(bench, 1), 0x00c8);
    device_reset(bench->sensor, RESET_POWER_ON);
    assert_int_equal(get(bench, 1), 0);
}

/* Half a write is none; a pointer alone is kept for the next read. */
static void short_messages(void **state)
{
    struct bench *bench = *state;
    uint32_t listeners = smbus_start(&bench->bus, SENSOR, false);

    (void)smbus_put(&bench->bus, listeners, 2);
    (void)smbus_put(&bench->bus, listeners, 0x05);
    smbus_stop(&bench->bus, listeners);
    assert_int_equal(get(bench, 2), 0);
    set(bench, 2, 0x0540);
    listeners = smbus_start(&bench->bus, SENSOR, true);
    assert_int_equal(smbus_get(&bench->bus, listeners), 0x05);
    assert_int_equal(smbus_get(&bench->bus, listeners), 0x40);
    assert_int_equal(smbus_get(&bench->bus, listeners), 0xff);
    smbus_stop(&bench->bus, listeners);
}

static void makers_registers(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(get(bench, 0x22), 0);
    assert_true(rig_unimplemented(bench->rig) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(temperature, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_are_quarters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(read_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(locks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(short_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(makers_registers, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
