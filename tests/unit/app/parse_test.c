/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, sizes and times: exact, or refused. */
#include "emu/app/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/base/bits.h"

struct good {
    const char *text;
    uint64_t value;
};

static void sizes(void **state)
{
    static const struct good good[] = {
        {"0", 0},
        {"512", 512},
        {"1K", 1024},
        {"1k", 1024},
        {"512M", UINT64_C(512) << 20},
        {"32G", UINT64_C(32) << 30},
        {"32g", UINT64_C(32) << 30},
        {"2T", UINT64_C(2) << 40},
        {"0x1000", 4096},
        {"0x10M", UINT64_C(16) << 20},
        {"18446744073709551615", UINT64_MAX},
        {"17179869183G", UINT64_C(17179869183) << 30},
    };
    static const char *const bad[] = {
        "",
        "M",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.5G",
        "1GB",
        "1P",
        "0x",
        "1KK",
        "12q",
        "1G\n",
        "0xg",
        "18446744073709551616",
        "16777216T",
        "17179869184G",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct error err = ERROR_INIT;
        uint64_t value;

        assert_int_equal(parse_size("memory", good[i].text, &value, &err), 0);
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = ERROR_INIT;
        uint64_t value;

        assert_int_equal(parse_size("memory", bad[i], &value, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
    struct error err = ERROR_INIT;
    uint64_t value;
    assert_int_equal(parse_size("memory", "lots", &value, &err), -1);
    assert_string_equal(err.text, "--memory: 'lots' is not a size, as in 512M or 4G");
}

static void times(void **state)
{
    static const struct good good[] = {
        {"0s", 0},
        {"1ps", 1},
        {"17ns", 17000},
        {"500us", 500000000},
        {"20ms", UINT64_C(20000000000)},
        {"5s", UINT64_C(5000000000000)},
        {"18446744s", UINT64_C(18446744000000000000)},
        {"18446744073709551615ps", UINT64_MAX},
    };
    static const char *const bad[] = {
        "",
        "5",
        "s",
        "5 s",
        "5sec",
        "5m",
        "5S",
        "1.5s",
        "-5s",
        "18446745s",
        "18446744073709551616ps",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct error err = ERROR_INIT;
        uint64_t value;

        assert_int_equal(parse_time("until", good[i].text, &value, &err), 0);
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = ERROR_INIT;
        uint64_t value;

        assert_int_equal(parse_time("until", bad[i], &value, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
    struct error err = ERROR_INIT;
    uint64_t value;
    assert_int_equal(parse_time("until", "5", &value, &err), -1);
    assert_string_equal(err.text,
                        "--until: '5' is not a time, as in 500us, 20ms or 5s (at most 213 days)");
}

static void numbers(void **state)
{
    struct error err = ERROR_INIT;
    uint64_t value;
    int64_t number;

    (void)state;
    assert_int_equal(parse_number("cores", "8", 1, 8, &value, &err), 0);
    assert_int_equal(value, 8);
    assert_int_equal(parse_number("cores", "9", 1, 8, &value, &err), -1);
    assert_string_equal(err.text, "--cores: '9' is not a number from 1 to 8");
    err = (struct error)ERROR_INIT;
    assert_int_equal(parse_number("cores", "0", 1, 8, &value, &err), -1);
    assert_int_equal(parse_signed("rtc-base", "-1", &number, &err), 0);
    assert_int_equal(number, -1);
    assert_int_equal(parse_signed("rtc-base", "1732147200", &number, &err), 0);
    assert_int_equal(number, 1732147200);
    err = (struct error)ERROR_INIT;
    assert_int_equal(parse_signed("rtc-base", "--1", &number, &err), -1);
    assert_string_equal(err.text, "--rtc-base: '--1' is not a number");
    assert_int_equal(parse_signed("rtc-base", "9223372036854775808", &number, &err), -1);
    assert_int_equal(parse_signed("rtc-base", "noon", &number, &err), -1);
}

static void time_texts(void **state)
{
    static const struct good good[] = {
        {"1 ps", 1},
        {"1001 ps", 1001},
        {"17 ns", 17000},
        {"1500 us", 1500000000},
        {"20 ms", UINT64_C(20000000000)},
        {"60 s", UINT64_C(60000000000000)},
        {"18446744073709551615 ps", UINT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        char text[TIME_TEXT_BYTES];

        format_time(good[i].value, text);
        assert_string_equal(text, good[i].text);
    }
}

static void exact_time_texts(void **state)
{
    static const struct good good[] = {
        {"0 ps", 0},
        {"999 ps", 999},
        {"1.001 ns", 1001},
        {"1.5 ms", 1500000000},
        {"33.294810937 ms", UINT64_C(33294810937)},
        {"60 s", UINT64_C(60000000000000)},
        {"1.000000000001 s", UINT64_C(1000000000001)},
        {"18446744.073709551615 s", UINT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        char text[TIME_TEXT_BYTES];

        format_time_exact(good[i].value, text);
        assert_string_equal(text, good[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(times),
        cmocka_unit_test(numbers),
        cmocka_unit_test(time_texts),
        cmocka_unit_test(exact_time_texts),
    };

    return cmocka_run_group_tests_name("numbers, sizes, times", tests, NULL, NULL);
}
