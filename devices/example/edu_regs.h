/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of EDU-1, in the words of its data sheet (docs/hardware/edu.md, section 2). A header
 * like this holds offsets and bits and nothing else, so that tests, guest programs and the device
 * cannot disagree.
 */
#pragma once

#include "emu/base/bits.h"

enum {
    EDU_ID = 0x00,
    EDU_SCRATCH = 0x04,
    EDU_CONTROL = 0x08,
    EDU_STATUS = 0x0c,
    EDU_COUNT = 0x10,
    EDU_COMPARE = 0x18,
    EDU_DMA_SRC = 0x20,
    EDU_DMA_DST = 0x28,
    EDU_DMA_BYTES = 0x30,
    EDU_COMMAND = 0x34,
    EDU_MAILBOX = 0x40, /* four of them */
    EDU_WINDOW_BYTES = 0x100,
};

#define EDU_ID_VALUE 0x31554445u /* "EDU1" */

#define EDU_CONTROL_ENABLE   BIT32(0)
#define EDU_CONTROL_TIMER_IE BIT32(1)
#define EDU_CONTROL_DMA_IE   BIT32(2)
#define EDU_CONTROL_BITS     (EDU_CONTROL_ENABLE | EDU_CONTROL_TIMER_IE | EDU_CONTROL_DMA_IE)

#define EDU_STATUS_TIMER     BIT32(0) /* write 1 to clear */
#define EDU_STATUS_DMA_DONE  BIT32(1) /* write 1 to clear */
#define EDU_STATUS_DMA_ERROR BIT32(2) /* write 1 to clear */
#define EDU_STATUS_DMA_BUSY  BIT32(3)
#define EDU_STATUS_W1C       (EDU_STATUS_TIMER | EDU_STATUS_DMA_DONE | EDU_STATUS_DMA_ERROR)

#define EDU_COMMAND_COPY 1u

#define EDU_COUNT_HZ      1000000
#define EDU_DMA_BYTES_MAX 4096
#define EDU_MAILBOXES     4
