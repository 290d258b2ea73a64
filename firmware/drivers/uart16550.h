/* SPDX-License-Identifier: GPL-2.0-only */
/* The 16550A serial port, polled. Source: National Semiconductor PC16550D data sheet. */
#pragma once

#include <stdint.h>

/* 115200 baud, 8 data bits, no parity, one stop bit; FIFOs on, interrupts off, DTR and RTS raised. */
void uart16550_init(uint16_t port);

/* Sends one byte; waits for the transmitter, but not for ever: a port that is not there swallows the byte. */
void uart16550_put(uint16_t port, uint8_t byte);
