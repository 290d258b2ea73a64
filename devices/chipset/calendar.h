/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dates of the Gregorian calendar as seconds, without the host's time functions. Seconds count
 * from 1 March of the year -400, so that every date a clock chip can hold is a positive number.
 */
#pragma once

#include <stdint.h>

#define CALENDAR_DAY_SECONDS 86400u
#define CALENDAR_UNIX_EPOCH  (UINT64_C(865565) * CALENDAR_DAY_SECONDS) /* 1970-01-01 00:00:00 */

struct calendar {
    uint32_t year; /* 0-9999 */
    uint8_t month; /* 1-12 */
    uint8_t day;   /* 1-31; a day beyond the end of its month runs into the next one */
    uint8_t hour;
    uint8_t minute;
    uint8_t second;
};

uint64_t calendar_seconds(const struct calendar *date);
/* `seconds` up to the year 9999; beyond it the year goes on counting. */
struct calendar calendar_date(uint64_t seconds);
