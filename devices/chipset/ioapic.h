/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O APIC of the 200-series PCH: 24 pins, each with a redirection entry that says which
 * message it makes.
 *
 * Intel 82093AA data sheet (290566-001) chapter 3; 200-series PCH data sheet volume 2 (335193),
 * "APIC Indirect Registers".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/device.h"

#define IOAPIC_PINS 24u

struct ioapic_config {
    uint64_t base;       /* of its 4 KiB page */
    uint8_t id;          /* APIC ID after reset, 0..15 (the PCH leaves this to the firmware) */
    uint32_t active_low; /* pins whose wire is active low (PIRQ lines): bit n for pin n */
    struct device
        *bus; /* apic_bus, outlives this device; NULL: alone, nobody accepts its messages */
};

extern const struct device_class ioapic_class;

/* An irq_sink: `ctx` is the struct device, `pin` below 24, `level` true = the source asserts
 * its request. The electrical level, which the polarity bit of the entry is compared with, is
 * inverted for pins in config.active_low. */
void ioapic_pin(void *ctx, unsigned pin, bool level);
