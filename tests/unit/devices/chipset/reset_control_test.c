/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports 0xcf9 and 0x92, by the PCH data sheet's sentences on RST_CNT and PORT92. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/reset_control.h"
#include "tests/lib/rig.h"

struct bench {
    struct rig *rig;
    struct device *control;
    unsigned count;
    enum reset_control_kind last;
};

static void note(void *ctx, enum reset_control_kind kind)
{
    struct bench *b = ctx;

    b->count++;
    b->last = kind;
}

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));
    struct reset_control_config config = {
        .cf9_port = 0xcf9, .fast_port = 0x92, .is_cf9_mapped = true, .reset = note, .ctx = b};

    b->rig = rig_create();
    b->control = rig_device(b->rig, &reset_control_class, "/reset", &config);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    rig_destroy(b->rig);
    test_free(b);
    return 0;
}

static void rst_cpu_from_0_to_1_resets(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0xcf9, 1, 0x02);
    assert_int_equal(b->count, 0);
    rig_out(b->rig, 0xcf9, 1, 0x06);
    assert_int_equal(b->count, 1);
    assert_int_equal(b->last, RESET_CONTROL_HARD);
    rig_out(b->rig, 0xcf9, 1, 0x06); /* no change, no reset */
    assert_int_equal(b->count, 1);
}

static void full_rst_cycles_power(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0xcf9, 1, 0x0e);
    assert_int_equal(b->last, RESET_CONTROL_CYCLE);
}

static void sys_rst_0_is_an_init(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0xcf9, 1, 0x04);
    assert_int_equal(b->last, RESET_CONTROL_INIT);
    assert_int_equal(rig_in(b->rig, 0xcf9, 1), 0x04);
}

static void reserved_bits_read_0(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0xcf9, 1, 0xf1);
    assert_int_equal(rig_in(b->rig, 0xcf9, 1), 0);
    assert_int_equal(b->count, 0);
}

static void port_92_bit_0_is_an_init(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0x92, 1, 0x02); /* A20: stored only */
    assert_int_equal(b->count, 0);
    assert_int_equal(rig_in(b->rig, 0x92, 1), 0x02);
    rig_out(b->rig, 0x92, 1, 0x03);
    assert_int_equal(b->last, RESET_CONTROL_INIT);
    assert_int_equal(b->count, 1);
}

static void the_register_works_without_its_port(void **state)
{
    struct bench *b = *state;
    struct reset_control_config config = {.fast_port = 0x192, .reset = note, .ctx = b};
    struct device *other = rig_device(b->rig, &reset_control_class, "/other", &config);

    reset_control_write(other, 0x06);
    assert_int_equal(b->count, 1);
    assert_int_equal(reset_control_read(other), 0x06);
    assert_int_equal(reset_control_peek(other), 0x06);
    assert_int_equal(rig_in(b->rig, 0xcf9, 1), 0);
}

static void two_regions_at_one_port_are_refused_whole(void **state)
{
    struct bench *b = *state;
    struct reset_control_config config = {
        .cf9_port = 0xcf9, .fast_port = 0x192, .is_cf9_mapped = true};
    struct error err = ERROR_INIT;

    assert_null(device_create(&reset_control_class, "/other", &b->rig->env, &config, &err));
    assert_null(bus_find(b->rig->ports, 0x192));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rst_cpu_from_0_to_1_resets),
        TEST(full_rst_cycles_power),
        TEST(sys_rst_0_is_an_init),
        TEST(reserved_bits_read_0),
        TEST(port_92_bit_0_is_an_init),
        TEST(the_register_works_without_its_port),
        TEST(two_regions_at_one_port_are_refused_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
