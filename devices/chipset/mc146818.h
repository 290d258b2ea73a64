/* SPDX-License-Identifier: GPL-2.0-only */
/* The MC146818A real-time clock with 2 x 128 bytes of battery-backed memory. Facts:
 * docs/hardware/mc146818.md. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/host.h"

struct device;
struct device_class;
struct irq_line;

struct mc146818_config {
    uint16_t port;          /* first of eight I/O ports */
    struct host_clock wall; /* what the clock shows at virtual time 0; UTC */
};

extern const struct device_class mc146818_class;

/* Interrupt, active high (the chip's pin is active low). To IRQ 8, or to the HPET's hpet_rtc_in. */
struct irq_line *mc146818_irq(struct device *device);
/* Wake event, active high: the alarm flag while the alarm interrupt is enabled. To
 * acpi_pm_rtc_in; with the HPET in legacy mode this is the only way on which an alarm is heard. */
struct irq_line *mc146818_alarm(struct device *device);
/* Bit 7 of port 0x70: true while the guest holds NMIs off. Stored here, acted on by whoever
 * delivers NMIs. */
bool mc146818_is_nmi_masked(const struct device *device);
