/* SPDX-License-Identifier: GPL-2.0-only */
/* Each class of a run, and the intervals against published numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/app/faults_class.h"

static const struct faults_facts golden = {.end = FAULTS_END_EXIT, .status = 85};

static void classes(void **state)
{
    static const struct {
        struct faults_facts facts;
        enum faults_class class;
    } cases[] = {
        {{FAULTS_END_EXIT, 85, true, {0, 0, 0, 0}}, FAULTS_MASKED},
        {{FAULTS_END_EXIT, 85, true, {0, 0, 1, 0}}, FAULTS_MASKED},
        {{FAULTS_END_EXIT, 85, true, {3, 0, 0, 0}}, FAULTS_CORRECTED},
        {{FAULTS_END_EXIT, 85, true, {1, 0, 1, 0}}, FAULTS_CORRECTED},
        {{FAULTS_END_EXIT, 85, true, {0, 1, 0, 0}}, FAULTS_RECOVERED},
        {{FAULTS_END_EXIT, 85, false, {2, 1, 0, 0}}, FAULTS_RECOVERED},
        {{FAULTS_END_EXIT, 87, false, {0, 1, 0, 0}}, FAULTS_FATAL},
        {{FAULTS_END_PANIC, 0, false, {0, 1, 0, 0}}, FAULTS_FATAL},
        {{FAULTS_END_RESET, 0, true, {0, 1, 0, 0}}, FAULTS_FATAL},
        {{FAULTS_END_POWER_OFF, 0, true, {0, 1, 0, 0}}, FAULTS_FATAL},
        {{FAULTS_END_TIMEOUT, 0, true, {0, 1, 0, 0}}, FAULTS_FATAL},
        {{FAULTS_END_DEAD, 0, true, {0, 1, 0, 0}}, FAULTS_FATAL},
        {{FAULTS_END_EXIT, 85, false, {0, 0, 0, 0}}, FAULTS_SILENT},
        {{FAULTS_END_EXIT, 85, false, {1, 0, 1, 0}}, FAULTS_SILENT},
        {{FAULTS_END_EXIT, 87, true, {0, 0, 0, 0}}, FAULTS_SILENT},
        {{FAULTS_END_PANIC, 0, false, {0, 0, 0, 0}}, FAULTS_SILENT},
        {{FAULTS_END_RESET, 0, true, {4, 0, 0, 0}}, FAULTS_SILENT},
        {{FAULTS_END_TIMEOUT, 0, true, {0, 0, 0, 0}}, FAULTS_HANG},
        {{FAULTS_END_TIMEOUT, 0, false, {9, 0, 1, 0}}, FAULTS_HANG},
        {{FAULTS_END_DEAD, 0, true, {0, 0, 0, 0}}, FAULTS_HANG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(faults_classify(&golden, &cases[i].facts), cases[i].class);
    }
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(faults_class_name(FAULTS_MASKED), "masked");
    assert_string_equal(faults_class_name(FAULTS_CRASH), "emulator-crash");
    assert_string_equal(faults_end_name(FAULTS_END_TEXT), "text");
    assert_string_equal(faults_end_name(FAULTS_END_TIMEOUT), "timeout");
}

/* Newcombe, Statistics in Medicine 17 (1998), table I, method 3. */
static void intervals(void **state)
{
    static const struct {
        uint64_t count;
        uint64_t total;
        double low;
        double high;
    } cases[] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611},
        {1, 29, 0.0061, 0.1718},   {29, 29, 0.8830, 1},       {0, 0, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double low;
        double high;

        faults_interval(cases[i].count, cases[i].total, &low, &high);
        assert_true(low > cases[i].low - 0.0001 && low < cases[i].low + 0.0001);
        assert_true(high > cases[i].high - 0.0001 && high < cases[i].high + 0.0001);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),
        cmocka_unit_test(names),
        cmocka_unit_test(intervals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
