/* SPDX-License-Identifier: GPL-2.0-only */
/* The 8254 interval timer with port 0x61. Facts: docs/hardware/i8254.md. */
#pragma once

#include <stdint.h>

struct device;
struct device_class;
struct irq_line;

struct i8254_config {
    uint16_t port; /* first of four I/O ports */
    /* the one port of NMI status and control: gate and output of counter 2 */
    uint16_t system_b_port;
};

extern const struct device_class i8254_class;

/* Output of counter 0, as the chip drives it: the interrupt is its rising edge. To IRQ 0, or to
 * the HPET's hpet_pit_in. */
struct irq_line *i8254_out0(struct device *device);
