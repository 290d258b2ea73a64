/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI power management, by the sentences of ACPI 6.3; numbers in the names are its sections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/chipset/acpi_pm.h"
#include "devices/chipset/acpi_pm_regs.h"
#include "tests/lib/rig.h"

#define PORT 0x1800

struct bench {
    struct rig *rig;
    struct device *pm;
    struct probe sci;
    unsigned power_offs;
};

static void power_off(void *ctx)
{
    ((struct bench *)ctx)->power_offs++;
}

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));
    struct acpi_pm_config config = {.port = PORT, .power_off = power_off, .ctx = b};

    b->rig = rig_create();
    b->pm = rig_device(b->rig, &acpi_pm_class, "/pm", &config);
    b->sci.rig = b->rig;
    irq_connect(acpi_pm_sci(b->pm), probe_sink, &b->sci, 9);
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

static void acpi_mode_from_reset_4_8_3_2_1(void **state)
{
    struct bench *b = *state;

    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_CNT, 2), PM1_CNT_SCI_EN);
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_STS, 4), 0);
}

static void timer_counts_at_3579545_hz_4_8_3_3(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_TMR, 4), 3579545);
    rig_advance(b->rig, VTIME_S(9));
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_TMR, 4), 35795450 & 0xffffff);
}

static void tmr_sts_when_the_top_bit_changes_4_8_3_1_1(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_MS(2343));
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_STS, 2), 0);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_STS, 2), PM1_TMR);
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_STS, 2), PM1_TMR); /* sticky */
    rig_out(b->rig, PORT + PM_PM1_STS, 2, PM1_TMR);
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_STS, 2), 0);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER); /* nothing armed without TMR_EN */
}

static void timer_interrupt_4_8_3_1_2(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, PORT + PM_PM1_EN, 2, PM1_TMR);
    rig_advance(b->rig, VTIME_S(4));
    assert_int_equal(b->sci.rises, 1);
    assert_in_range(b->sci.last_rise, VTIME_US(2343484), VTIME_US(2343486));
    rig_out(b->rig, PORT + PM_PM1_STS, 2, PM1_TMR);
    assert_false(b->sci.level);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(b->sci.rises, 2);
}

static void power_button_4_8_3_1_1(void **state)
{
    struct bench *b = *state;

    acpi_pm_power_button(b->pm);
    assert_false(b->sci.level);
    rig_out(b->rig, PORT + PM_PM1_EN, 2, PM1_PWRBTN | PM1_GBL);
    assert_true(b->sci.level);
    rig_out(b->rig, PORT + PM_PM1_STS, 2, PM1_GBL); /* other bits leave it alone */
    assert_true(b->sci.level);
    rig_out(b->rig, PORT + PM_PM1_STS + 1, 1, PM1_PWRBTN >> 8); /* byte access works as well */
    assert_false(b->sci.level);
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_STS, 2), 0);
}

static void clock_alarm_4_8_3_1_1(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, PORT + PM_PM1_EN, 2, PM1_RTC);
    acpi_pm_rtc_in(b->pm, 0, true);
    assert_true(b->sci.level);
    rig_out(b->rig, PORT + PM_PM1_STS, 2, PM1_RTC);
    assert_false(b->sci.level); /* an edge, not a level */
    acpi_pm_rtc_in(b->pm, 0, false);
    acpi_pm_rtc_in(b->pm, 0, true);
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_STS, 2), PM1_RTC);
}

static void sci_en_gates_the_line_4_8_3_2_1(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, PORT + PM_PM1_EN, 2, PM1_PWRBTN);
    acpi_pm_power_button(b->pm);
    rig_out(b->rig, PORT + PM_PM1_CNT, 2, 0);
    assert_false(b->sci.level);
    rig_out(b->rig, PORT + PM_PM1_CNT, 2, PM1_CNT_SCI_EN);
    assert_true(b->sci.level);
}

static void general_purpose_events_4_8_4(void **state)
{
    struct bench *b = *state;

    acpi_pm_raise_gpe(b->pm, 0x6d);
    acpi_pm_raise_gpe(b->pm, ACPI_PM_GPE_COUNT); /* beyond the end: nothing */
    assert_int_equal(rig_in(b->rig, PORT + PM_GPE0_STS + 13, 1), 0x20);
    assert_false(b->sci.level);
    rig_out(b->rig, PORT + PM_GPE0_EN + 13, 1, 0x20);
    assert_true(b->sci.level);
    rig_out(b->rig, PORT + PM_GPE0_STS + 13, 1, 0x20);
    assert_false(b->sci.level);
    assert_int_equal(rig_in(b->rig, PORT + PM_GPE0_EN + 12, 4), 0x2000);
}

static void s5_turns_off_4_8_3_2_1(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, PORT + PM_PM1_CNT, 2, ACPI_PM_SLP_TYP_S5 << PM1_CNT_SLP_TYP_SHIFT | 1);
    assert_int_equal(b->power_offs, 0);
    rig_out(b->rig, PORT + PM_PM1_CNT, 2,
            ACPI_PM_SLP_TYP_S5 << PM1_CNT_SLP_TYP_SHIFT | PM1_CNT_SLP_EN | 1);
    assert_int_equal(b->power_offs, 1);
    assert_int_equal(rig_in(b->rig, PORT + PM_PM1_CNT, 2) & PM1_CNT_SLP_EN, 0); /* write-only */
}

static void slp_en_alone_uses_the_stored_type(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, PORT + PM_PM1_CNT + 1, 1,
            (ACPI_PM_SLP_TYP_S5 << PM1_CNT_SLP_TYP_SHIFT | PM1_CNT_SLP_EN) >> 8);
    assert_int_equal(b->power_offs, 1);
}

static void other_sleep_types_are_reported(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, PORT + PM_PM1_CNT, 2, 5 << PM1_CNT_SLP_TYP_SHIFT | PM1_CNT_SLP_EN);
    assert_int_equal(b->power_offs, 0);
    assert_int_equal(rig_unimplemented(b->rig), 1);
}

static void reset_clears_all_but_sci_en(void **state)
{
    struct bench *b = *state;

    rig_out(b->rig, PORT + PM_PM1_EN, 2, PM1_TMR | PM1_PWRBTN);
    acpi_pm_power_button(b->pm);
    acpi_pm_raise_gpe(b->pm, 3);
    rig_advance(b->rig, VTIME_S(3));
    device_reset(b->pm, RESET_BUS);
    assert_false(b->sci.level);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    assert_int_equal(rig_in(b->rig, PORT + PM_GPE0_STS, 4), 0);
    acpi_mode_from_reset_4_8_3_2_1(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(acpi_mode_from_reset_4_8_3_2_1),
        TEST(timer_counts_at_3579545_hz_4_8_3_3),
        TEST(tmr_sts_when_the_top_bit_changes_4_8_3_1_1),
        TEST(timer_interrupt_4_8_3_1_2),
        TEST(power_button_4_8_3_1_1),
        TEST(clock_alarm_4_8_3_1_1),
        TEST(sci_en_gates_the_line_4_8_3_2_1),
        TEST(general_purpose_events_4_8_4),
        TEST(s5_turns_off_4_8_3_2_1),
        TEST(slp_en_alone_uses_the_stored_type),
        TEST(other_sleep_types_are_reported),
        TEST(reset_clears_all_but_sci_en),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
