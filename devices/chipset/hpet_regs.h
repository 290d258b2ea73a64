/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the high precision event timer (IA-PC HPET specification 1.0a, 2.3). */
#pragma once

#include "emu/base/bits.h"

enum {
    HPET_GCAP_ID = 0x000,
    HPET_GEN_CONF = 0x010,
    HPET_GINTR_STA = 0x020,
    HPET_MAIN_CNT = 0x0f0,
    HPET_TIMER_CONF = 0x100,
    HPET_TIMER_CMP = 0x108,
    HPET_TIMER_FSB = 0x110,
    HPET_TIMER_STRIDE = 0x20,
    HPET_WINDOW_BYTES = 0x400,
};

#define HPET_TIMERS    8
#define HPET_PINS      24
#define HPET_HZ        24000000
#define HPET_PERIOD_FS UINT64_C(41666667)

#define HPET_CAP_REV_ID     0x01u
#define HPET_CAP_TIMERS     ((HPET_TIMERS - 1) << 8)
#define HPET_CAP_COUNT_SIZE BIT32(13)
#define HPET_CAP_LEG_RT     BIT32(15)
#define HPET_CAP_VENDOR     (UINT64_C(0x8086) << 16)
#define HPET_CAP_ID                                                                   \
    (HPET_PERIOD_FS << 32 | HPET_CAP_VENDOR | HPET_CAP_LEG_RT | HPET_CAP_COUNT_SIZE | \
     HPET_CAP_TIMERS | HPET_CAP_REV_ID)

#define HPET_CONF_ENABLE BIT32(0)
#define HPET_CONF_LEG_RT BIT32(1)

#define HPET_TN_INT_TYPE        BIT32(1) /* 1: level */
#define HPET_TN_INT_ENB         BIT32(2)
#define HPET_TN_TYPE            BIT32(3) /* 1: periodic */
#define HPET_TN_PER_INT_CAP     BIT32(4)
#define HPET_TN_SIZE_CAP        BIT32(5) /* 1: 64 bits */
#define HPET_TN_VAL_SET         BIT32(6) /* reads as 0 */
#define HPET_TN_32MODE          BIT32(8)
#define HPET_TN_ROUTE_SHIFT     9
#define HPET_TN_ROUTE_MASK      0x1fu
#define HPET_TN_ROUTE           (HPET_TN_ROUTE_MASK << HPET_TN_ROUTE_SHIFT)
#define HPET_TN_ROUTE_CAP_SHIFT 32
#define HPET_TN_STORED \
    (HPET_TN_INT_TYPE | HPET_TN_INT_ENB | HPET_TN_TYPE | HPET_TN_32MODE | HPET_TN_ROUTE)
