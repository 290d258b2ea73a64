/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The high precision event timer of a 200-series PCH. It sits between the old timers and their
 * interrupts: wire the 8254's output to hpet_pit_in and the clock's to hpet_rtc_in; hpet_irq0 and
 * hpet_irq8 go to the interrupt controllers. With legacy replacement off they follow the inputs;
 * with it on, timers 0 and 1. Facts: docs/hardware/hpet.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct device;
struct device_class;
struct irq_line;

struct hpet_config {
    uint64_t base; /* of 1 KiB in the memory space */
};

extern const struct device_class hpet_class;

/* Inputs, as irq_sink: `ctx` is the HPET's struct device, `input` is ignored. */
void hpet_pit_in(void *ctx, unsigned input, bool level);
void hpet_rtc_in(void *ctx, unsigned input, bool level);

/* To IRQ 0 of the 8259 and pin 2 of the I/O APIC; to IRQ 8 of both. */
struct irq_line *hpet_irq0(struct device *device);
struct irq_line *hpet_irq8(struct device *device);
/* Timers by their selected I/O APIC pin (below 24). Only pins 11, 12 and 20-23 can ever be
 * driven: hpet_pins() is the mask. */
struct irq_line *hpet_pin(struct device *device, unsigned pin);
uint32_t hpet_pins(void);
