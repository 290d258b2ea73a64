/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI power management registers (ACPI 6.3, 4.8; Intel 200-series PCH data sheet, Power
 * Management I/O registers). */
#pragma once

#include "emu/base/bits.h"

enum {
    PM_PM1_STS = 0x00,
    PM_PM1_EN = 0x02,
    PM_PM1_CNT = 0x04,
    PM_PM1_TMR = 0x08,
    PM_SMI_EN = 0x30,
    PM_SMI_STS = 0x34,
    PM_GPE0_STS = 0x60,
    PM_GPE0_EN = 0x70,
    PM_WINDOW_BYTES = 0x80,
};

/* PM1_STS; PM1_EN has the enables of the same bits */
#define PM1_TMR     BIT32(0)
#define PM1_BM      BIT32(4)
#define PM1_GBL     BIT32(5)
#define PM1_PWRBTN  BIT32(8)
#define PM1_RTC     BIT32(10)
#define PM1_WAK     BIT32(15)
#define PM1_STS_W1C (PM1_TMR | PM1_BM | PM1_GBL | PM1_PWRBTN | PM1_RTC | PM1_WAK)
#define PM1_EN_BITS (PM1_TMR | PM1_GBL | PM1_PWRBTN | PM1_RTC)

#define PM1_CNT_SCI_EN        BIT32(0)
#define PM1_CNT_BM_RLD        BIT32(1)
#define PM1_CNT_GBL_RLS       BIT32(2)
#define PM1_CNT_SLP_TYP_SHIFT 10
#define PM1_CNT_SLP_TYP_MASK  7u
#define PM1_CNT_SLP_EN        BIT32(13)
#define PM1_CNT_STORED \
    (PM1_CNT_SCI_EN | PM1_CNT_BM_RLD | PM1_CNT_SLP_TYP_MASK << PM1_CNT_SLP_TYP_SHIFT)

#define PM_TMR_HZ   3579545
#define PM_TMR_BITS 24

#define PM_GPE_WORDS     4
#define PM_GPE_WORD_BITS 32
