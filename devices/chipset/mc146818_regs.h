/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the MC146818A clock (Motorola data sheet MC146818A/D) and of its I/O ports in the
 * PCH. */
#pragma once

#include "emu/base/bits.h"

/* Ports, from 0x70. 0x74-0x77 are the same again (PCH data sheet, RTC I/O registers). */
enum {
    RTC_PORT_INDEX = 0,
    RTC_PORT_DATA = 1,
    RTC_PORT_EXT_INDEX = 2,
    RTC_PORT_EXT_DATA = 3,
    RTC_PORT_ALIAS = 4,
    RTC_PORTS = 8,
};
#define RTC_INDEX_NMI_MASK BIT32(7)
#define RTC_INDEX_BITS     0x7fu

/* Indexed registers */
enum {
    RTC_SECONDS = 0,
    RTC_SECONDS_ALARM = 1,
    RTC_MINUTES = 2,
    RTC_MINUTES_ALARM = 3,
    RTC_HOURS = 4,
    RTC_HOURS_ALARM = 5,
    RTC_DAY_OF_WEEK = 6,
    RTC_DAY = 7,
    RTC_MONTH = 8,
    RTC_YEAR = 9,
    RTC_REG_A = 10,
    RTC_REG_B = 11,
    RTC_REG_C = 12,
    RTC_REG_D = 13,
    RTC_RAM = 14,
    RTC_CENTURY = 0x32, /* where the FADT says the century byte is */
    RTC_BANK_BYTES = 128,
};

#define RTC_A_UIP      BIT32(7)
#define RTC_A_DV_SHIFT 4
#define RTC_A_DV_MASK  7u
#define RTC_A_DV_RUN   2u /* 32.768 kHz time base; the others hold the divider here */
#define RTC_A_RS_MASK  0x0fu

#define RTC_B_SET  BIT32(7)
#define RTC_B_PIE  BIT32(6)
#define RTC_B_AIE  BIT32(5)
#define RTC_B_UIE  BIT32(4)
#define RTC_B_SQWE BIT32(3)
#define RTC_B_DM   BIT32(2) /* 1: binary */
#define RTC_B_24H  BIT32(1)
#define RTC_B_DSE  BIT32(0)

/* Register C: the flags stand where register B has their enables. */
#define RTC_C_IRQF  BIT32(7)
#define RTC_C_PF    BIT32(6)
#define RTC_C_AF    BIT32(5)
#define RTC_C_UF    BIT32(4)
#define RTC_C_FLAGS (RTC_C_PF | RTC_C_AF | RTC_C_UF)

#define RTC_D_VRT BIT32(7)

#define RTC_HOURS_PM  BIT32(7)
#define RTC_ALARM_ANY 0xc0u /* both bits set: this alarm byte matches always */
#define RTC_HZ        32768
