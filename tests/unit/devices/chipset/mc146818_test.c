/* SPDX-License-Identifier: GPL-2.0-only */
/* The MC146818A, by the sentences of Motorola's data sheet and of the PCH's RTC chapter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/chipset/calendar.h"
#include "devices/chipset/mc146818.h"
#include "devices/chipset/mc146818_regs.h"
#include "tests/lib/rig.h"

/* Saturday 2028-02-26 23:59:50 UTC, three days before a leap day */
#define START INT64_C(1835222390)

struct bench {
    struct rig *rig;
    struct device *rtc;
    struct probe irq;
};

static int setup(void **state)
{
    struct bench *b = test_calloc(1, sizeof(*b));
    struct mc146818_config config = {.port = 0x70, .wall = {.start_seconds = START}};

    b->rig = rig_create();
    b->rtc = rig_device(b->rig, &mc146818_class, "/rtc", &config);
    b->irq.rig = b->rig;
    irq_connect(mc146818_irq(b->rtc), probe_sink, &b->irq, 8);
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

static uint8_t get(struct bench *b, uint8_t index)
{
    rig_out(b->rig, 0x70, 1, index);
    return (uint8_t)rig_in(b->rig, 0x71, 1);
}

static void put(struct bench *b, uint8_t index, uint8_t value)
{
    rig_out(b->rig, 0x70, 1, index);
    rig_out(b->rig, 0x71, 1, value);
}

/* century, year, month, day, hour, minute, second as they are read */
static void check_time(struct bench *b, const char *expected)
{
    static const uint8_t order[] = {RTC_CENTURY, RTC_YEAR,    RTC_MONTH,  RTC_DAY,
                                    RTC_HOURS,   RTC_MINUTES, RTC_SECONDS};
    static const char digits[] = "0123456789abcdef";
    char text[2 * ARRAY_LEN(order) + 1] = {0};

    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        text[2 * i] = digits[get(b, order[i]) >> 4];
        text[2 * i + 1] = digits[get(b, order[i]) & 15];
    }
    assert_string_equal(text, expected);
}

/* ---- Time ---- */

static void starts_at_the_wall_clock(void **state)
{
    struct bench *b = *state;

    check_time(b, "20280226235950");
    assert_int_equal(get(b, RTC_DAY_OF_WEEK), 7); /* Sunday is 1 */
    assert_int_equal(get(b, RTC_REG_A), 0x26);
    assert_int_equal(get(b, RTC_REG_B), RTC_B_24H);
    assert_int_equal(get(b, RTC_REG_C), 0);
    assert_int_equal(get(b, RTC_REG_D), RTC_D_VRT);
}

static void time_passes_over_leap_day_and_month(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_S(10));
    check_time(b, "20280227000000");
    assert_int_equal(get(b, RTC_DAY_OF_WEEK), 1);
    rig_advance(b->rig, VTIME_S(2 * 86400));
    check_time(b, "20280229000000");
    rig_advance(b->rig, VTIME_S(86400));
    check_time(b, "20280301000000");
}

static void binary_and_12_hours_register_b(void **state)
{
    struct bench *b = *state;

    put(b, RTC_REG_B, RTC_B_DM | RTC_B_24H);
    assert_int_equal(get(b, RTC_HOURS), 23);
    assert_int_equal(get(b, RTC_MINUTES), 59);
    put(b, RTC_REG_B, 0);
    assert_int_equal(get(b, RTC_HOURS), RTC_HOURS_PM | 0x11);
    rig_advance(b->rig, VTIME_S(10));
    assert_int_equal(get(b, RTC_HOURS), 0x12); /* midnight is 12 AM */
    rig_advance(b->rig, VTIME_S(12 * 3600));
    assert_int_equal(get(b, RTC_HOURS), RTC_HOURS_PM | 0x12); /* noon is 12 PM */
}

static void set_holds_the_time_and_takes_a_new_one(void **state)
{
    struct bench *b = *state;

    put(b, RTC_REG_B, RTC_B_SET | RTC_B_24H);
    rig_advance(b->rig, VTIME_S(5));
    check_time(b, "20280226235950");
    put(b, RTC_CENTURY, 0x19);
    put(b, RTC_YEAR, 0x99);
    put(b, RTC_MONTH, 0x12);
    put(b, RTC_DAY, 0x31);
    put(b, RTC_DAY_OF_WEEK, 6);
    put(b, RTC_HOURS, 0x23);
    put(b, RTC_SECONDS, 0x58);
    put(b, RTC_REG_B, RTC_B_24H);
    check_time(b, "19991231235958");
    rig_advance(b->rig, VTIME_S(2));
    check_time(b, "20000101000000");
    assert_int_equal(get(b, RTC_DAY_OF_WEEK), 7);
}

static void set_leaves_the_phase_of_the_second(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_MS(700));
    put(b, RTC_REG_B, RTC_B_SET | RTC_B_24H);
    put(b, RTC_REG_B, RTC_B_24H);
    rig_advance(b->rig, VTIME_MS(299));
    check_time(b, "20280226235950");
    rig_advance(b->rig, VTIME_MS(1));
    check_time(b, "20280226235951");
}

static void divider_reset_gives_half_a_second(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_MS(700));
    put(b, RTC_REG_A, 0x70);
    rig_advance(b->rig, VTIME_S(3));
    check_time(b, "20280226235950");
    put(b, RTC_REG_A, 0x26);
    rig_advance(b->rig, VTIME_MS(499));
    check_time(b, "20280226235950");
    rig_advance(b->rig, VTIME_MS(1));
    check_time(b, "20280226235951");
    rig_advance(b->rig, VTIME_S(1));
    check_time(b, "20280226235952");
}

static void a_byte_can_be_written_while_running(void **state)
{
    struct bench *b = *state;

    put(b, RTC_MINUTES, 0x30);
    check_time(b, "20280226233050");
    rig_advance(b->rig, VTIME_S(1));
    check_time(b, "20280226233051");
}

static void no_time_is_brought_into_range(void **state)
{
    struct bench *b = *state;

    put(b, RTC_REG_B, RTC_B_SET | RTC_B_24H);
    for (unsigned i = 0; i < RTC_REG_A; i++) {
        put(b, (uint8_t)i, 0xff);
    }
    put(b, RTC_CENTURY, 0xff);
    assert_int_equal(get(b, RTC_MONTH), 0xff); /* held as written */
    put(b, RTC_REG_B, RTC_B_24H);
    check_time(b, "65651231215959");
}

static void update_in_progress_before_the_second_ends(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_US(1000000 - 1985));
    assert_false(get(b, RTC_REG_A) & RTC_A_UIP);
    rig_advance(b->rig, VTIME_US(1));
    assert_true(get(b, RTC_REG_A) & RTC_A_UIP);
    check_time(b, "20280226235950");
    rig_advance(b->rig, VTIME_US(1984) - 1);
    assert_true(get(b, RTC_REG_A) & RTC_A_UIP);
    rig_advance(b->rig, 1);
    assert_false(get(b, RTC_REG_A) & RTC_A_UIP);
    check_time(b, "20280226235951");
    put(b, RTC_REG_B, RTC_B_SET | RTC_B_24H);
    rig_advance(b->rig, VTIME_US(999000));
    assert_false(get(b, RTC_REG_A) & RTC_A_UIP); /* none while SET */
}

/* ---- Interrupts ---- */

static void an_idle_clock_arms_nothing(void **state)
{
    struct bench *b = *state;

    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(get(b, RTC_REG_C), RTC_C_UF | RTC_C_PF);
    assert_int_equal(get(b, RTC_REG_C), 0); /* reading clears */
    assert_false(b->irq.level);
}

static void update_ended_interrupt(void **state)
{
    struct bench *b = *state;

    put(b, RTC_REG_B, RTC_B_24H | RTC_B_UIE);
    rig_advance(b->rig, VTIME_S(5));
    assert_true(b->irq.level);
    assert_int_equal(b->irq.rises, 1); /* waits for register C to be read */
    assert_int_equal(b->irq.last_rise, VTIME_S(1));
    assert_true(get(b, RTC_REG_C) & RTC_C_IRQF);
    assert_false(b->irq.level);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(b->irq.last_rise, VTIME_S(6));
}

static void set_clears_the_update_enable(void **state)
{
    struct bench *b = *state;

    put(b, RTC_REG_B, RTC_B_24H | RTC_B_UIE | RTC_B_PIE);
    put(b, RTC_REG_B, RTC_B_24H | RTC_B_UIE | RTC_B_PIE | RTC_B_SET);
    assert_int_equal(get(b, RTC_REG_B), RTC_B_24H | RTC_B_PIE | RTC_B_SET);
}

static void periodic_rates_of_table_3(void **state)
{
    struct bench *b = *state;

    for (uint8_t rate = 1; rate <= 15; rate++) {
        unsigned hz = rate == 1 ? 256 : rate == 2 ? 128 : 32768u >> (rate - 1);
        unsigned count = 0;
        vtime end;

        put(b, RTC_REG_A, 0x20 | rate);
        put(b, RTC_REG_B, RTC_B_24H | RTC_B_PIE);
        (void)get(b, RTC_REG_C);
        end = rig_now(b->rig) + VTIME_S(1);
        while (sched_next(b->rig->sched) <= end) {
            rig_advance_to(b->rig, sched_next(b->rig->sched));
            assert_true(b->irq.level);
            assert_true(get(b, RTC_REG_C) & RTC_C_PF);
            count++;
        }
        rig_advance_to(b->rig, end);
        assert_int_equal(count, hz);
    }
    put(b, RTC_REG_A, 0x20);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
}

static void alarm_at_a_time_of_day(void **state)
{
    struct bench *b = *state;

    put(b, RTC_HOURS_ALARM, 0x06);
    put(b, RTC_MINUTES_ALARM, 0x30);
    put(b, RTC_SECONDS_ALARM, 0x15);
    put(b, RTC_REG_B, RTC_B_24H | RTC_B_AIE);
    rig_advance(b->rig, VTIME_S(86400));
    assert_int_equal(b->irq.rises, 1);
    assert_int_equal(b->irq.last_rise, VTIME_S(10 + 6 * 3600 + 30 * 60 + 15));
    assert_true(get(b, RTC_REG_C) & RTC_C_AF);
    rig_advance(b->rig, VTIME_S(86400));
    assert_int_equal(b->irq.rises, 2);
}

static void alarm_line_follows_the_alarm_alone(void **state)
{
    struct bench *b = *state;
    struct probe alarm = {.rig = b->rig};

    irq_connect(mc146818_alarm(b->rtc), probe_sink, &alarm, 0);
    put(b, RTC_HOURS_ALARM, 0xc0);
    put(b, RTC_MINUTES_ALARM, 0xc0);
    put(b, RTC_SECONDS_ALARM, 0x55);
    put(b, RTC_REG_B, RTC_B_24H | RTC_B_AIE | RTC_B_UIE);
    rig_advance(b->rig, VTIME_S(3));
    assert_true(b->irq.level);
    assert_false(alarm.level);
    (void)get(b, RTC_REG_C);
    rig_advance(b->rig, VTIME_S(10));
    assert_int_equal(alarm.last_rise, VTIME_S(5));
    (void)get(b, RTC_REG_C);
    assert_false(alarm.level);
}

static void alarm_wildcards_match_always(void **state)
{
    struct bench *b = *state;

    put(b, RTC_HOURS_ALARM, 0xc0);
    put(b, RTC_MINUTES_ALARM, 0xff);
    put(b, RTC_SECONDS_ALARM, 0x20);
    put(b, RTC_REG_B, RTC_B_24H | RTC_B_AIE);
    rig_advance(b->rig, VTIME_S(30));
    assert_int_equal(b->irq.last_rise, VTIME_S(30));
    (void)get(b, RTC_REG_C);
    rig_advance(b->rig, VTIME_S(60));
    assert_int_equal(b->irq.last_rise, VTIME_S(90));
    put(b, RTC_SECONDS_ALARM, 0xc5); /* each second */
    (void)get(b, RTC_REG_C);
    rig_advance(b->rig, VTIME_S(1));
    assert_int_equal(b->irq.last_rise, VTIME_S(91));
}

static void alarm_that_never_comes_is_harmless(void **state)
{
    struct bench *b = *state;

    put(b, RTC_HOURS_ALARM, 0x99);
    put(b, RTC_REG_B, RTC_B_24H | RTC_B_AIE);
    assert_int_equal(sched_next(b->rig->sched), VTIME_NEVER);
    rig_advance(b->rig, VTIME_S(200000));
    assert_false(get(b, RTC_REG_C) & RTC_C_AF);
}

static void enabling_a_pending_flag_interrupts_at_once(void **state)
{
    struct bench *b = *state;

    rig_advance(b->rig, VTIME_S(2));
    put(b, RTC_REG_B, RTC_B_24H | RTC_B_UIE);
    assert_true(b->irq.level);
    put(b, RTC_REG_B, RTC_B_24H);
    assert_false(b->irq.level);
}

/* ---- Memory and ports ---- */

static void two_banks_of_memory(void **state)
{
    struct bench *b = *state;

    for (unsigned i = RTC_RAM; i < RTC_BANK_BYTES; i++) {
        if (i != RTC_CENTURY) {
            put(b, (uint8_t)i, (uint8_t)(i ^ 0x5a));
        }
    }
    for (unsigned i = 0; i < RTC_BANK_BYTES; i++) {
        rig_out(b->rig, 0x72, 1, i);
        rig_out(b->rig, 0x73, 1, (uint8_t)~i);
    }
    assert_int_equal(get(b, 0x0e), 0x54);
    assert_int_equal(get(b, 0x7f), 0x25);
    rig_out(b->rig, 0x76, 1, 0x33); /* aliases */
    assert_int_equal(rig_in(b->rig, 0x72, 1), 0x33);
    assert_int_equal(rig_in(b->rig, 0x77, 1), 0xcc);
}

static void port_70_keeps_the_nmi_mask(void **state)
{
    struct bench *b = *state;

    assert_true(mc146818_is_nmi_masked(b->rtc));
    rig_out(b->rig, 0x70, 1, 0x0b);
    assert_false(mc146818_is_nmi_masked(b->rtc));
    rig_out(b->rig, 0x70, 1, 0x8d);
    assert_true(mc146818_is_nmi_masked(b->rtc));
    assert_int_equal(rig_in(b->rig, 0x71, 1), RTC_D_VRT);
    assert_int_equal(rig_in(b->rig, 0x70, 1), 0xff); /* write-only */
    assert_int_equal(rig_in(b->rig, 0x74, 1), 0x0d);
    rig_out(b->rig, 0x74, 1, 0x0a); /* the alias does not touch the mask */
    assert_true(mc146818_is_nmi_masked(b->rtc));
}

static void time_and_memory_survive_a_bus_reset(void **state)
{
    struct bench *b = *state;

    put(b, RTC_REG_B, RTC_B_DM | RTC_B_24H | RTC_B_PIE | RTC_B_UIE | RTC_B_AIE | RTC_B_SQWE);
    put(b, 0x40, 0x77);
    put(b, RTC_HOURS_ALARM, 4);
    rig_advance(b->rig, VTIME_S(20));
    device_reset(b->rtc, RESET_BUS);
    assert_int_equal(get(b, RTC_REG_B), RTC_B_DM | RTC_B_24H);
    assert_int_equal(get(b, 0x40), 0x77);
    assert_int_equal(get(b, RTC_HOURS_ALARM), 4);
    assert_int_equal(get(b, RTC_SECONDS), 10);
    assert_false(b->irq.level);
    assert_int_equal(get(b, RTC_REG_C), 0);
    device_reset(b->rtc, RESET_POWER_ON);
    assert_int_equal(get(b, 0x40), 0);
}

static void daylight_saving_is_reported(void **state)
{
    struct bench *b = *state;

    put(b, RTC_REG_B, RTC_B_24H | RTC_B_DSE);
    assert_int_equal(rig_unimplemented(b->rig), 1);
}

/* ---- Calendar ---- */

static void calendar_turns_back_every_day(void **state)
{
    uint64_t first = calendar_seconds(&(struct calendar){.year = 0, .month = 1, .day = 1});
    struct calendar before = calendar_date(first);

    (void)state;
    assert_int_equal(calendar_seconds(&(struct calendar){.year = 1970, .month = 1, .day = 1}),
                     CALENDAR_UNIX_EPOCH);
    /* 400 years and some, day for day */
    for (unsigned day = 1; day < 150000; day++) {
        struct calendar date = calendar_date(first + (uint64_t)day * CALENDAR_DAY_SECONDS);

        assert_int_equal(calendar_seconds(&date), first + (uint64_t)day * CALENDAR_DAY_SECONDS);
        if (date.day != before.day + 1) {
            assert_int_equal(date.day, 1);
            assert_in_range(before.day, 28, 31);
            assert_int_equal(date.month, before.month % 12 + 1);
            assert_int_equal(date.year, before.year + (before.month == 12 ? 1 : 0));
        }
        before = date;
    }
}

static void calendar_knows_its_leap_years(void **state)
{
    static const struct {
        uint32_t year;
        uint8_t last;
    } february[] = {{1900, 28}, {2000, 29}, {2023, 28}, {2024, 29}, {2100, 28}, {2400, 29}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(february); i++) {
        struct calendar march = {.year = february[i].year, .month = 3, .day = 1};
        struct calendar date = calendar_date(calendar_seconds(&march) - CALENDAR_DAY_SECONDS);

        assert_int_equal(date.day, february[i].last);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starts_at_the_wall_clock),
        TEST(time_passes_over_leap_day_and_month),
        TEST(binary_and_12_hours_register_b),
        TEST(set_holds_the_time_and_takes_a_new_one),
        TEST(set_leaves_the_phase_of_the_second),
        TEST(divider_reset_gives_half_a_second),
        TEST(a_byte_can_be_written_while_running),
        TEST(no_time_is_brought_into_range),
        TEST(update_in_progress_before_the_second_ends),
        TEST(an_idle_clock_arms_nothing),
        TEST(update_ended_interrupt),
        TEST(set_clears_the_update_enable),
        TEST(periodic_rates_of_table_3),
        TEST(alarm_at_a_time_of_day),
        TEST(alarm_line_follows_the_alarm_alone),
        TEST(alarm_wildcards_match_always),
        TEST(alarm_that_never_comes_is_harmless),
        TEST(enabling_a_pending_flag_interrupts_at_once),
        TEST(two_banks_of_memory),
        TEST(port_70_keeps_the_nmi_mask),
        TEST(time_and_memory_survive_a_bus_reset),
        TEST(daylight_saving_is_reported),
        cmocka_unit_test(calendar_turns_back_every_day),
        cmocka_unit_test(calendar_knows_its_leap_years),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
