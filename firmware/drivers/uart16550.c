/* SPDX-License-Identifier: GPL-2.0-only */
/* The 16550A serial port, polled: see uart16550.h. */
#include "firmware/drivers/uart16550.h"

#include "firmware/arch/x86/io.h"

#define THR 0
#define DLL 0
#define DLM 1
#define IER 1
#define FCR 2
#define LCR 3
#define MCR 4
#define LSR 5

#define LCR_8N1          0x03
#define LCR_DLAB         0x80
#define FCR_ENABLE_CLEAR 0x07
#define MCR_DTR_RTS      0x03
#define LSR_THRE         0x20

#define DIVISOR_115200 1       /* 1.8432 MHz / 16 / 115200 */
#define POLLS_MAX      1000000 /* far beyond the 87 us of one byte */

void uart16550_init(uint16_t port)
{
    outb((uint16_t)(port + IER), 0);
    outb((uint16_t)(port + LCR), LCR_DLAB | LCR_8N1);
    outb((uint16_t)(port + DLL), DIVISOR_115200);
    outb((uint16_t)(port + DLM), 0);
    outb((uint16_t)(port + LCR), LCR_8N1);
    outb((uint16_t)(port + FCR), FCR_ENABLE_CLEAR);
    outb((uint16_t)(port + MCR), MCR_DTR_RTS);
}

void uart16550_put(uint16_t port, uint8_t byte)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        if ((inb((uint16_t)(port + LSR)) & LSR_THRE) != 0) {
            break;
        }
    }
    outb((uint16_t)(port + THR), byte);
}
