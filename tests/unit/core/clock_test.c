/* SPDX-License-Identifier: GPL-2.0-only */
/* Derived clocks: exact, without drift, and clock_when() is the inverse of clock_ticks(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/clock.h"
#include "emu/machine/map.h"

static const struct clock clocks[] = {
    {.hz_num = MAP_HZ_TSC, .hz_den = 1, .epoch = 0},
    {.hz_num = MAP_HZ_LAPIC, .hz_den = 1, .epoch = 12345},
    {.hz_num = MAP_HZ_HPET, .hz_den = 1, .epoch = 0},
    {.hz_num = MAP_HZ_PM_TIMER, .hz_den = 1, .epoch = 999},
    {.hz_num = MAP_HZ_PIT_NUM, .hz_den = MAP_HZ_PIT_DEN, .epoch = 1},
    {.hz_num = MAP_HZ_RTC, .hz_den = 1, .epoch = 77},
};

static void one_day_has_exactly_the_right_number_of_ticks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        vtime day = VTIME_S(86400);
        uint64_t expected = muldiv_u64(86400, clocks[i].hz_num, clocks[i].hz_den);

        assert_int_equal(clock_ticks(&clocks[i], clocks[i].epoch + day), expected);
    }
}

static void when_is_the_first_instant_with_that_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        for (uint64_t ticks = 1; ticks < UINT64_C(1) << 50; ticks = ticks * 3 + 1) {
            vtime when = clock_when(&clocks[i], ticks);

            if (when == VTIME_NEVER) break;
            assert_true(clock_ticks(&clocks[i], when) >= ticks);
            assert_true(clock_ticks(&clocks[i], when - 1) < ticks);
        }
    }
}

static void before_the_epoch_nothing_has_been_counted(void **state)
{
    (void)state;
    assert_int_equal(clock_ticks(&clocks[1], 0), 0);
    assert_int_equal(clock_ticks(&clocks[1], 12345), 0);
}

static void the_end_of_time_saturates(void **state)
{
    (void)state;
    assert_int_equal(clock_when(&clocks[5], UINT64_MAX), VTIME_NEVER);
    assert_true(clock_ticks(&clocks[0], VTIME_NEVER) > 0);
    assert_int_equal(muldiv_u64(UINT64_MAX, UINT64_MAX, 1), UINT64_MAX);
    assert_int_equal(muldiv_up_u64(10, 1, 3), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_day_has_exactly_the_right_number_of_ticks),
        cmocka_unit_test(when_is_the_first_instant_with_that_count),
        cmocka_unit_test(before_the_epoch_nothing_has_been_counted),
        cmocka_unit_test(the_end_of_time_saturates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
