/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time of the MC146818A and what follows from it: the flags of register C and the moment of
 * the next interrupt. Head comment of mc146818.c: how the time is kept.
 */
#include "devices/chipset/calendar.h"
#include "devices/chipset/mc146818_internal.h"

#define UIP_WINDOW       VTIME_US(1984)
#define DIVIDER_START    VTIME_MS(500) /* from divider reset to the first update */
#define BASE_DOW         3u            /* day number 0 of calendar.h is a Wednesday: 0 = Sunday */
#define UNIX_SECONDS_MAX INT64_C(253402300799) /* end of the year 9999 */
/* The longest search for an alarm: every minute and second of an hour, every hour, twice over. */
#define ALARM_STEPS 512

/* ---- Time ---- */

/* Virtual time moved so that the clock's seconds end at whole seconds. */
static vtime shifted(const struct mc146818 *rtc, vtime now)
{
    return now + (RTC_SECOND - rtc->phase);
}

static vtime unshifted(const struct mc146818 *rtc, vtime when)
{
    return when - (RTC_SECOND - rtc->phase);
}

static uint64_t second_index(const struct mc146818 *rtc, vtime now)
{
    return shifted(rtc, now) / RTC_SECOND;
}

static uint64_t seconds_at(const struct mc146818 *rtc, vtime now)
{
    return rtc->second_offset + second_index(rtc, now);
}

bool rtc_is_divider_on(const struct mc146818 *rtc)
{
    return ((rtc->reg_a >> RTC_A_DV_SHIFT) & RTC_A_DV_MASK) == RTC_A_DV_RUN;
}

static bool is_binary(const struct mc146818 *rtc)
{
    return (rtc->reg_b & RTC_B_DM) != 0;
}

static uint8_t encode(const struct mc146818 *rtc, uint32_t value)
{
    return (uint8_t)(is_binary(rtc) ? value : value / 10 << 4 | value % 10);
}

static uint32_t decode(const struct mc146818 *rtc, uint8_t byte)
{
    return is_binary(rtc) ? byte : (uint32_t)(byte >> 4) * 10 + (byte & 0xf);
}

static uint8_t encode_hour(const struct mc146818 *rtc, uint32_t hour)
{
    if ((rtc->reg_b & RTC_B_24H) != 0) return encode(rtc, hour);
    return (uint8_t)(encode(rtc, hour % 12 == 0 ? 12 : hour % 12) |
                     (hour >= 12 ? RTC_HOURS_PM : 0));
}

static uint32_t decode_hour(const struct mc146818 *rtc, uint8_t byte)
{
    if ((rtc->reg_b & RTC_B_24H) != 0) return decode(rtc, byte) % 24;
    return decode(rtc, byte & (uint8_t)~RTC_HOURS_PM) % 12 + ((byte & RTC_HOURS_PM) != 0 ? 12 : 0);
}

static void encode_time(const struct mc146818 *rtc, uint64_t seconds, uint8_t bytes[TIME_BYTES])
{
    struct calendar date = calendar_date(seconds);
    uint64_t day = seconds / CALENDAR_DAY_SECONDS;

    bytes[TIME_SECONDS] = encode(rtc, date.second);
    bytes[TIME_MINUTES] = encode(rtc, date.minute);
    bytes[TIME_HOURS] = encode_hour(rtc, date.hour);
    bytes[TIME_DAY_OF_WEEK] = encode(rtc, (uint32_t)((day + rtc->dow_shift) % RTC_WEEK_DAYS) + 1);
    bytes[TIME_DAY] = encode(rtc, date.day);
    bytes[TIME_MONTH] = encode(rtc, date.month);
    bytes[TIME_YEAR] = encode(rtc, date.year % 100);
    bytes[TIME_CENTURY] = encode(rtc, date.year / 100 % 100);
}

static uint8_t in_range(uint32_t value, uint8_t low, uint8_t high)
{
    if (value < low) return low;
    return value > high ? high : (uint8_t)value;
}

/* Takes the held bytes as the present second. */
static void start_clock(struct mc146818 *rtc, vtime now)
{
    const uint8_t *held = rtc->held;
    struct calendar date = {
        .year = decode(rtc, held[TIME_CENTURY]) % 100 * 100 + decode(rtc, held[TIME_YEAR]) % 100,
        .month = in_range(decode(rtc, held[TIME_MONTH]), 1, 12),
        .day = in_range(decode(rtc, held[TIME_DAY]), 1, 31),
        .hour = (uint8_t)decode_hour(rtc, held[TIME_HOURS]),
        .minute = in_range(decode(rtc, held[TIME_MINUTES]), 0, 59),
        .second = in_range(decode(rtc, held[TIME_SECONDS]), 0, 59),
    };
    uint64_t seconds = calendar_seconds(&date);
    uint64_t dow = decode(rtc, held[TIME_DAY_OF_WEEK]) + RTC_WEEK_DAYS - 1;

    rtc->second_offset = seconds - second_index(rtc, now);
    rtc->dow_shift =
        (uint8_t)((dow + RTC_WEEK_DAYS - seconds / CALENDAR_DAY_SECONDS % RTC_WEEK_DAYS) %
                  RTC_WEEK_DAYS);
    rtc->is_running = true;
}

static void stop_clock(struct mc146818 *rtc, vtime now)
{
    encode_time(rtc, seconds_at(rtc, now), rtc->held);
    rtc->is_running = false;
}

uint64_t rtc_time_get(struct device *device, enum time_byte byte)
{
    struct mc146818 *rtc = rtc_of(device);
    uint8_t bytes[TIME_BYTES];

    if (!rtc->is_running) return rtc->held[byte];
    encode_time(rtc, seconds_at(rtc, device_now(device)), bytes);
    return bytes[byte];
}

void rtc_time_set(struct device *device, enum time_byte byte, uint8_t value)
{
    struct mc146818 *rtc = rtc_of(device);
    vtime now = device_now(device);
    bool was_running = rtc->is_running;

    if (was_running) {
        stop_clock(rtc, now);
    }
    rtc->held[byte] = value;
    if (was_running) {
        start_clock(rtc, now);
    }
}

/* ---- Flags and interrupts ---- */

/* Ticks of the 32.768 kHz clock between periodic interrupts, 0 for none. Rates 1 and 2 repeat 8
 * and 9. */
static uint64_t periodic_ticks(const struct mc146818 *rtc)
{
    unsigned rate = rtc->reg_a & RTC_A_RS_MASK;

    if (rate == 0 || !rtc_is_divider_on(rtc)) return 0;
    return UINT64_C(1) << (rate <= 2 ? rate + 6 : rate - 1);
}

static uint64_t periodic_index(const struct mc146818 *rtc, vtime now)
{
    static const struct clock crystal = {.hz_num = RTC_HZ, .hz_den = 1};

    return clock_ticks(&crystal, shifted(rtc, now)) / periodic_ticks(rtc);
}

static bool is_alarm_byte(uint8_t alarm, uint8_t now)
{
    return (alarm & RTC_ALARM_ANY) == RTC_ALARM_ANY || alarm == now;
}

/* The first second after `after` at which the alarm matches; UINT64_MAX when it never does. */
static uint64_t next_alarm(const struct mc146818 *rtc, uint64_t after)
{
    uint64_t at = after + 1;

    for (unsigned step = 0; step < ALARM_STEPS; step++) {
        uint32_t day_second = (uint32_t)(at % CALENDAR_DAY_SECONDS);

        if (!is_alarm_byte(rtc->alarm[2], encode_hour(rtc, day_second / 3600))) {
            at += 3600 - at % 3600;
        } else if (!is_alarm_byte(rtc->alarm[1], encode(rtc, day_second / 60 % 60))) {
            at += 60 - at % 60;
        } else if (!is_alarm_byte(rtc->alarm[0], encode(rtc, day_second % 60))) {
            at++;
        } else {
            return at;
        }
    }
    return UINT64_MAX;
}

/* Flags of register C at `now`, `now` not before `seen`. */
uint8_t rtc_flags_at(const struct mc146818 *rtc, vtime now)
{
    uint8_t flags = rtc->flags;

    if (periodic_ticks(rtc) != 0 && periodic_index(rtc, now) > periodic_index(rtc, rtc->seen)) {
        flags |= RTC_C_PF;
    }
    if (rtc->is_running && second_index(rtc, now) > second_index(rtc, rtc->seen)) {
        flags |= RTC_C_UF;
        if (next_alarm(rtc, seconds_at(rtc, rtc->seen)) <= seconds_at(rtc, now)) {
            flags |= RTC_C_AF;
        }
    }
    return flags;
}

/* Must come before every change of what rtc_flags_at() looks at. */
void rtc_account(struct mc146818 *rtc)
{
    vtime now = device_now(&rtc->device);

    rtc->flags = rtc_flags_at(rtc, now);
    rtc->seen = now;
}

static vtime next_interrupt(const struct mc146818 *rtc, vtime now)
{
    static const struct clock crystal = {.hz_num = RTC_HZ, .hz_den = 1};
    uint8_t wanted = rtc->reg_b & (uint8_t)~rtc->flags;
    vtime next = VTIME_NEVER;
    uint64_t alarm;

    if ((wanted & RTC_B_PIE) != 0 && periodic_ticks(rtc) != 0) {
        uint64_t ticks = (periodic_index(rtc, now) + 1) * periodic_ticks(rtc);

        next = unshifted(rtc, clock_when(&crystal, ticks));
    }
    if (!rtc->is_running) return next;
    if ((wanted & RTC_B_UIE) != 0) {
        next = min_u64(next, unshifted(rtc, (second_index(rtc, now) + 1) * RTC_SECOND));
    }
    if ((wanted & RTC_B_AIE) != 0) {
        alarm = next_alarm(rtc, seconds_at(rtc, now));
        if (alarm != UINT64_MAX) {
            next = min_u64(next, unshifted(rtc, (alarm - rtc->second_offset) * RTC_SECOND));
        }
    }
    return next;
}

bool rtc_is_interrupting(const struct mc146818 *rtc, uint8_t flags)
{
    return (flags & rtc->reg_b & RTC_C_FLAGS) != 0;
}

void rtc_update(struct mc146818 *rtc)
{
    rtc_account(rtc);
    irq_set(&rtc->irq, rtc_is_interrupting(rtc, rtc->flags));
    irq_set(&rtc->alarm_line, (rtc->flags & rtc->reg_b & RTC_C_AF) != 0);
    sched_at(rtc->device.env.sched, &rtc->interrupt, next_interrupt(rtc, rtc->seen));
}

void rtc_interrupt_fire(void *owner, vtime when)
{
    (void)when;
    rtc_update(owner);
}

/* Starts or stops the clock after register A or B changed. */
void rtc_control_changed(struct mc146818 *rtc)
{
    vtime now = device_now(&rtc->device);
    bool is_on = rtc_is_divider_on(rtc) && (rtc->reg_b & RTC_B_SET) == 0;

    if (is_on && !rtc->is_running) {
        start_clock(rtc, now);
    } else if (!is_on && rtc->is_running) {
        stop_clock(rtc, now);
    }
}

/* The first power-on: the battery has kept the time since long before. */
void rtc_set_from_wall(struct mc146818 *rtc)
{
    int64_t start = rtc->wall.start_seconds;

    if (start < 0) {
        start = 0;
    }
    if (start > UNIX_SECONDS_MAX) {
        start = UNIX_SECONDS_MAX;
    }
    rtc->phase = 0;
    rtc->dow_shift = BASE_DOW;
    rtc->is_running = true;
    /* second_index() is 1 at time 0. */
    rtc->second_offset = CALENDAR_UNIX_EPOCH + (uint64_t)start - 1;
}

void rtc_restart_divider(struct mc146818 *rtc)
{
    rtc->phase = (device_now(&rtc->device) + DIVIDER_START) % RTC_SECOND;
}

void rtc_hold(struct mc146818 *rtc)
{
    if (rtc->is_running) {
        stop_clock(rtc, device_now(&rtc->device));
    }
}

bool rtc_is_update_in_progress(const struct mc146818 *rtc, vtime now)
{
    return rtc->is_running && RTC_SECOND - shifted(rtc, now) % RTC_SECOND <= UIP_WINDOW;
}
