/* SPDX-License-Identifier: GPL-2.0-only */
/* The debug console and the exit port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/debug_ports.h"
#include "tests/lib/rig.h"

struct bench {
    struct rig *rig;
    struct capture out;
    unsigned exits;
    int status;
};

static void note_exit(void *ctx, int status)
{
    struct bench *b = ctx;

    b->exits++;
    b->status = status;
}

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));
    struct debug_ports_config config = {.console_port = 0xe9,
                                        .exit_port = 0xf4,
                                        .sink = {.ctx = &b->out, .write = capture_write},
                                        .exit = note_exit,
                                        .ctx = b};

    b->rig = rig_create();
    (void)rig_device(b->rig, &debug_ports_class, "/debug", &config);
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

static void console_writes_and_names_itself(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0xe9, 1, 'h');
    rig_out(b->rig, 0xe9, 1, 'i');
    assert_int_equal(b->out.bytes, 2);
    assert_memory_equal(b->out.data, "hi", 2);
    assert_int_equal(rig_in(b->rig, 0xe9, 1), 0xe9);
}

static void exit_status_is_value_times_2_plus_1(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0xf4, 1, 0);
    assert_int_equal(b->status, 1);
    rig_out(b->rig, 0xf4, 2, 0x10);
    assert_int_equal(b->status, 0x21);
    rig_out(b->rig, 0xf4, 4, 0x12345);
    assert_int_equal(b->status, 0x2468b);
    rig_out(b->rig, 0xf4, 4, 0xffffffff);
    assert_int_equal(b->status, 0x7fffffff);
    assert_int_equal(b->exits, 4);
}

static void only_the_first_port_exits(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, 0xf5, 1, 7);
    rig_out(b->rig, 0xf6, 2, 7);
    assert_int_equal(b->exits, 0);
    assert_int_equal(rig_in(b->rig, 0xf4, 4), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(console_writes_and_names_itself),
        TEST(exit_status_is_value_times_2_plus_1),
        TEST(only_the_first_port_exits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
