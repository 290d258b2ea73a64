/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMBus host controller of the 200-series PCH (8086:a2a3): docs/hardware/i801.md. */
#pragma once

#include "devices/pci/pci.h"
#include "devices/smbus/smbus.h"

struct i801_config {
    const struct pci_described *part; /* row of devices/pci/inert_table.c */
};
extern const struct device_class i801_class;
/* The bus that it is master of, to attach targets to before the machine runs. */
struct smbus *i801_bus(struct device *i801);
