/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of the clock share: mc146818.c (registers, ports, life) and
 * mc146818_clock.c (time, flags). */
#pragma once

#include "devices/chipset/mc146818_regs.h"
#include "emu/base/bits.h"
#include "emu/core/device.h"
#include "emu/core/host.h"
#include "emu/core/irq.h"

#define RTC_SECOND    VTIME_S(1)
#define RTC_WEEK_DAYS 7u

/* The bytes of the time, in the order of `held`. */
enum time_byte {
    TIME_SECONDS,
    TIME_MINUTES,
    TIME_HOURS,
    TIME_DAY_OF_WEEK,
    TIME_DAY,
    TIME_MONTH,
    TIME_YEAR,
    TIME_CENTURY,
    TIME_BYTES,
};

struct mc146818 {
    struct device device;
    struct host_clock wall;
    struct reg_window window;
    struct irq_line irq;
    struct irq_line alarm_line;
    struct event interrupt;
    /* ports */
    uint8_t index;
    uint8_t ext_index;
    /* indexed registers; time bytes and register C are elsewhere */
    uint8_t alarm[3]; /* seconds, minutes, hours */
    uint8_t reg_a;
    uint8_t reg_b;
    uint8_t ram[RTC_BANK_BYTES];
    uint8_t ext_ram[RTC_BANK_BYTES];
    /* the rest */
    uint8_t flags; /* register C without IRQF, as of `seen` */
    vtime seen;    /* up to here the flags are accounted */
    /* below one second: where in a second of virtual time the clock's seconds end */
    vtime phase;
    uint64_t second_offset; /* clock's seconds = this + second_index(now); wraps */
    uint8_t dow_shift;      /* 0-6, added to the day number to give the day of the week */
    uint8_t held[TIME_BYTES];
    bool is_running; /* divider on and SET off */
};

static inline struct mc146818 *rtc_of(struct device *device)
{
    return CONTAINER_OF(device, struct mc146818, device);
}

/* One byte of the time as a read gives it now, and a write to it. */
uint64_t rtc_time_get(struct device *device, enum time_byte byte);
void rtc_time_set(struct device *device, enum time_byte byte, uint8_t value);
/* Sets the time that `wall` says for virtual time 0, running. */
void rtc_set_from_wall(struct mc146818 *rtc);
/* Whether the divider counts (DV of register A). */
bool rtc_is_divider_on(const struct mc146818 *rtc);
/* The divider comes out of reset now: the first second ends half a second later. */
void rtc_restart_divider(struct mc146818 *rtc);
/* Starts or stops the clock as registers A and B say. */
void rtc_control_changed(struct mc146818 *rtc);
/* Stops a running clock: its bytes are held as register B's format says. */
void rtc_hold(struct mc146818 *rtc);
bool rtc_is_update_in_progress(const struct mc146818 *rtc, vtime now);

/* Flags of register C, without IRQF, at `now`, which is not before rtc->seen. */
uint8_t rtc_flags_at(const struct mc146818 *rtc, vtime now);
/* Brings the flags up to date. Must come before every change of time, alarm, register A or B. */
void rtc_account(struct mc146818 *rtc);
bool rtc_is_interrupting(const struct mc146818 *rtc, uint8_t flags);
/* After every change: flags, line, next event. */
void rtc_update(struct mc146818 *rtc);
/* The event of rtc_update(). */
void rtc_interrupt_fire(void *owner, vtime when);
