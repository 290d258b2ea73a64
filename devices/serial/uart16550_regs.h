/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the 16550A, in the words of National Semiconductor's PC16550D data sheet (June
 * 1995), section 8. */
#pragma once

#include "emu/base/bits.h"

/* Offsets. RBR, THR and DLL share offset 0; IER and DLM share 1; IIR and FCR share 2. */
enum {
    UART_RBR_THR_DLL = 0,
    UART_IER_DLM = 1,
    UART_IIR_FCR = 2,
    UART_LCR = 3,
    UART_MCR = 4,
    UART_LSR = 5,
    UART_MSR = 6,
    UART_SCR = 7,
    UART_WINDOW_BYTES = 8,
};

/* Interrupt enable, 8.7 */
#define UART_IER_ERBFI BIT32(0) /* received data available, and FIFO timeout */
#define UART_IER_ETBEI BIT32(1) /* transmitter holding register empty */
#define UART_IER_ELSI  BIT32(2) /* receiver line status */
#define UART_IER_EDSSI BIT32(3) /* modem status */
#define UART_IER_BITS  0x0fu

/* Interrupt identification, 8.6 */
#define UART_IIR_MODEM   0x00u
#define UART_IIR_NONE    0x01u
#define UART_IIR_THRE    0x02u
#define UART_IIR_DATA    0x04u
#define UART_IIR_LINE    0x06u
#define UART_IIR_TIMEOUT 0x0cu
#define UART_IIR_FIFOS   0xc0u /* both bits read as 1 while the FIFOs are enabled */

/* FIFO control, 8.5 */
#define UART_FCR_ENABLE     BIT32(0)
#define UART_FCR_RCVR_RESET BIT32(1)
#define UART_FCR_XMIT_RESET BIT32(2)
#define UART_FCR_DMA_MODE   BIT32(3)
#define UART_FCR_STORED     (UART_FCR_ENABLE | UART_FCR_DMA_MODE | 0xc0u)

/* Line control, 8.1 */
#define UART_LCR_STB  BIT32(2)
#define UART_LCR_PEN  BIT32(3)
#define UART_LCR_SBRK BIT32(6)
#define UART_LCR_DLAB BIT32(7)

/* Modem control, 8.8 */
#define UART_MCR_DTR  BIT32(0)
#define UART_MCR_RTS  BIT32(1)
#define UART_MCR_OUT1 BIT32(2)
#define UART_MCR_OUT2 BIT32(3)
#define UART_MCR_LOOP BIT32(4)
#define UART_MCR_BITS 0x1fu

/* Line status, 8.4 */
#define UART_LSR_DR     BIT32(0)
#define UART_LSR_OE     BIT32(1)
#define UART_LSR_PE     BIT32(2)
#define UART_LSR_FE     BIT32(3)
#define UART_LSR_BI     BIT32(4)
#define UART_LSR_THRE   BIT32(5)
#define UART_LSR_TEMT   BIT32(6)
#define UART_LSR_FIFOE  BIT32(7)
#define UART_LSR_ERRORS (UART_LSR_OE | UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

/* Modem status, 8.9: bits 0-3 changed, bits 4-7 present state */
#define UART_MSR_DCTS BIT32(0)
#define UART_MSR_DDSR BIT32(1)
#define UART_MSR_TERI BIT32(2)
#define UART_MSR_DDCD BIT32(3)
#define UART_MSR_CTS  BIT32(4)
#define UART_MSR_DSR  BIT32(5)
#define UART_MSR_RI   BIT32(6)
#define UART_MSR_DCD  BIT32(7)
