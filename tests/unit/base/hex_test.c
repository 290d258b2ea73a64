/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void every_byte_there_and_back(void **state)
{
    uint8_t all[256];
    uint8_t again[256];
    char text[2 * sizeof(all) + 1];

    (void)state;
    for (unsigned i = 0; i < sizeof(all); i++) {
        all[i] = (uint8_t)i;
    }
    hex_put(all, sizeof(all), text);
    assert_memory_equal(text, "000102030405060708090a0b0c0d0e0f10", 34);
    assert_string_equal(text + 2 * 0xfd, "fdfeff");
    assert_true(hex_get(text, HEX_LOWER, again, sizeof(again)));
    assert_memory_equal(all, again, sizeof(all));
}

static void nothing_is_something(void **state)
{
    char text[1] = {'x'};

    (void)state;
    hex_put(NULL, 0, text);
    assert_string_equal(text, "");
    assert_true(hex_get("", HEX_LOWER, NULL, 0));
    assert_false(hex_get("0", HEX_LOWER, NULL, 0));
}

static void digits(void **state)
{
    (void)state;
    for (int c = -128; c < 128; c++) {
        const char digit = (char)c;
        int wanted = -1;

        if (c >= '0' && c <= '9') wanted = c - '0';
        if (c >= 'a' && c <= 'f') wanted = c - 'a' + 10;
        assert_int_equal(hex_value(digit, HEX_LOWER), wanted);
        if (c >= 'A' && c <= 'F') wanted = c - 'A' + 10;
        assert_int_equal(hex_value(digit, HEX_ANY), wanted);
    }
}

static void other_texts_are_refused_and_leave_the_data(void **state)
{
    static const char *const bad[] = {"",           "0",     "012",  "01234", "012345",
                                      " 123",       "0x12",  "-123", "012g",  "01 3",
                                      "\xc0\xc0zz", "0123 ", "01\n3"};
    uint8_t data[2] = {0x5a, 0xa5};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(hex_get(bad[i], HEX_ANY, data, sizeof(data)));
    }
    assert_false(hex_get("01AB", HEX_LOWER, data, sizeof(data)));
    assert_int_equal(data[0], 0x5a);
    assert_int_equal(data[1], 0xa5);
    assert_true(hex_get("01aB", HEX_ANY, data, sizeof(data)));
    assert_int_equal(data[0], 0x01);
    assert_int_equal(data[1], 0xab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_there_and_back),
        cmocka_unit_test(nothing_is_something),
        cmocka_unit_test(digits),
        cmocka_unit_test(other_texts_are_refused_and_leave_the_data),
    };

    return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
