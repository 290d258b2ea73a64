/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Years are counted from March, so that the leap day is the last day of a year and the lengths of
 * the months before it follow one line: month m (0 = March) starts at day (153 m + 2) / 5.
 */
#include "devices/chipset/calendar.h"

#define YEARS_SHIFT  400
#define DAYS_400     146097u
#define DAYS_100     36524u
#define DAYS_4       1461u
#define DAYS_YEAR    365u
#define HOUR_SECONDS 3600u

static uint32_t month_start(uint32_t month_from_march)
{
    return (153 * month_from_march + 2) / 5;
}

uint64_t calendar_seconds(const struct calendar *date)
{
    uint32_t month = (date->month + 9u) % 12;
    uint64_t year = (uint64_t)date->year + YEARS_SHIFT - (date->month <= 2 ? 1 : 0);
    uint64_t days = year * DAYS_YEAR + year / 4 - year / 100 + year / 400 + month_start(month);

    days += date->day - 1u;
    return days * CALENDAR_DAY_SECONDS + date->hour * HOUR_SECONDS + date->minute * 60u +
           date->second;
}

struct calendar calendar_date(uint64_t seconds)
{
    uint64_t days = seconds / CALENDAR_DAY_SECONDS;
    uint32_t second = (uint32_t)(seconds % CALENDAR_DAY_SECONDS);
    uint64_t era = days / DAYS_400;
    uint32_t day = (uint32_t)(days % DAYS_400);
    /* The last day of four years and that of 400 years belong to the year that they end. */
    uint32_t year = (day - day / (DAYS_4 - 1) + day / DAYS_100 - day / (DAYS_400 - 1)) / DAYS_YEAR;
    uint32_t month;

    day -= year * DAYS_YEAR + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    return (struct calendar){
        .year = (uint32_t)(era * 400 + year - YEARS_SHIFT + (month >= 10 ? 1 : 0)),
        .month = (uint8_t)(month < 10 ? month + 3 : month - 9),
        .day = (uint8_t)(day - month_start(month) + 1),
        .hour = (uint8_t)(second / HOUR_SECONDS),
        .minute = (uint8_t)(second / 60 % 60),
        .second = (uint8_t)(second % 60),
    };
}
