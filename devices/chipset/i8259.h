/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259A interrupt controllers of a PC as one device: the master at ports 20h and 21h,
 * the slave at a0h and a1h behind the master's input 2, and the PCH's edge/level registers at
 * 4d0h and 4d1h.
 *
 * Intel 8259A data sheet (231468-003); 200-series PCH data sheet volume 2 (335193), "Interrupt
 * Interface Registers".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/device.h"
#include "emu/core/irq.h"

#define I8259_INPUTS 16

extern const struct device_class i8259_class; /* no configuration */

/* The INT output of the master, to be connected with irq_connect() before power-on. Owner: the
 * device. */
struct irq_line *i8259_int(struct device *pic);

/* INTA cycle: acknowledges the highest-priority request and returns its vector. With no request
 * left: the vector of input 7 of the chip that had asked (spurious). */
int i8259_ack(struct device *pic);

/* An irq_sink: `ctx` is the struct device, `input` 0..15; input 2 is the cascade and cannot be
 * driven. */
void i8259_irq(void *ctx, unsigned input, bool level);
