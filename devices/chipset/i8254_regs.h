/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the 8254 timer (Intel 8254 data sheet, order number 231164-005) and of port 0x61
 * (PCH, NMI_STS_CNT). */
#pragma once

#include "emu/base/bits.h"

enum {
    PIT_COUNTER = 0, /* three of them */
    PIT_CONTROL = 3,
    PIT_WINDOW_BYTES = 4,
};

/* Input clock on every PC: 14.31818 MHz / 12, exactly 105/88 MHz */
#define PIT_HZ_NUM 105000000
#define PIT_HZ_DEN 88

/* Control word */
#define PIT_CONTROL_SC_SHIFT  6
#define PIT_CONTROL_READ_BACK 3u /* value of SC */
#define PIT_CONTROL_RW_SHIFT  4
#define PIT_CONTROL_RW_MASK   3u
#define PIT_CONTROL_M_SHIFT   1
#define PIT_CONTROL_M_MASK    7u
#define PIT_CONTROL_BCD       BIT32(0)
#define PIT_CONTROL_STORED    0x3fu

#define PIT_RW_LATCH    0u
#define PIT_RW_LOW      1u
#define PIT_RW_HIGH     2u
#define PIT_RW_LOW_HIGH 3u

/* Read-back command: bits are 0 to ask */
#define PIT_READ_BACK_NO_COUNT   BIT32(5)
#define PIT_READ_BACK_NO_STATUS  BIT32(4)
#define PIT_READ_BACK_COUNTER(n) BIT32(1 + (n))

/* Status byte */
#define PIT_STATUS_OUT        BIT32(7)
#define PIT_STATUS_NULL_COUNT BIT32(6)

/* Port 0x61 */
#define SYSTEM_B_TIM_CNT2_EN  BIT32(0) /* gate of counter 2 */
#define SYSTEM_B_SPKR_DAT_EN  BIT32(1)
#define SYSTEM_B_PCI_SERR_EN  BIT32(2)
#define SYSTEM_B_IOCHK_NMI_EN BIT32(3)
#define SYSTEM_B_REF_TOGGLE   BIT32(4)
#define SYSTEM_B_TMR2_OUT_STS BIT32(5)
#define SYSTEM_B_WRITABLE     0x0fu
