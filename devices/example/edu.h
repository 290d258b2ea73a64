/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EDU-1, the worked example of docs/adding-a-device.md: a counter with a compare interrupt, a
 * copy engine, a few registers. No machine contains it; the generic tests do. The public header
 * says what the machine needs to place and wire the device.
 */
#pragma once

#include <stdint.h>

struct device;
struct device_class;
struct irq_line;

struct edu_config {
    uint64_t base; /* of 256 bytes in the memory space */
};

extern const struct device_class edu_class;

/* The interrupt: level, active high. Valid from creation to destruction. */
struct irq_line *edu_irq(struct device *device);
