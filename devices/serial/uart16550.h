/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 16550A serial port. Output goes to a host_sink; input comes byte by byte from the machine,
 * which asks uart16550_can_receive() first and keeps what does not fit.
 * docs/hardware/uart16550.md has the facts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/clock.h"
#include "emu/core/host.h"

struct device;
struct device_class;
struct irq_line;

/* Modem input lines, as uart16550_set_modem() takes them: active = 1. Values are those of MSR
 * bits 4-7. */
#define UART16550_CTS 0x10u
#define UART16550_DSR 0x20u
#define UART16550_RI  0x40u
#define UART16550_DCD 0x80u

struct uart16550_config {
    uint16_t port; /* first of eight I/O ports */
    /* baud generator input, 16 times the highest baud rate; 1843200 on a PC; > 0 */
    uint32_t clock_hz;
    /* 0: from divisor and line format, as the chip; else every character takes this long */
    vtime character_time;
    uint8_t modem;         /* UART16550_* inputs at power-on */
    struct host_sink sink; /* a NULL write function discards output */
    /* The receiver has become able to take a byte (NULL: nobody asks). Called from events and
     * register writes; may call uart16550_receive() at once. */
    void (*room)(void *ctx);
    void *room_ctx;
};

extern const struct device_class uart16550_class;

/* The interrupt line, active high; gated by OUT2 as on a PC. Valid from init to fini. */
struct irq_line *uart16550_irq(struct device *device);
/* True when uart16550_receive() would take a byte now. */
bool uart16550_can_receive(const struct device *device);
/* Starts shifting one byte in; it reaches the guest a character time later. False when the
 * receiver is busy, full or in loopback: nothing happened, try again when can_receive says so or
 * `room` is called. */
bool uart16550_receive(struct device *device, uint8_t byte);
/* Sets the four modem inputs (UART16550_CTS and so on, together); changes show in MSR. */
void uart16550_set_modem(struct device *device, uint8_t lines);
