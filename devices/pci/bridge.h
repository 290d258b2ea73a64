/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI-to-PCI bridges: PCI Express root ports and switch ports (type 1 header). Functions behind a
 * bridge are attached to its secondary bus object, so bus numbers that software changes need no
 * bookkeeping: configuration requests are routed by the numbers, decoding by windows.
 */
#pragma once

#include "devices/pci/pci.h"

#define PCI_BUS_BRIDGES_MAX 32u

/* A bus: one of the root buses or the secondary side of a bridge. At most PCI_BUS_BRIDGES_MAX
 * bridges on it. */
struct pci_bus {
    struct pci_host *host;     /* NULL: below a bridge that is alone */
    struct pci_bridge *bridge; /* NULL: a root bus */
    uint8_t number; /* of a root bus; others have the number in their bridge's register */
    uint8_t bridge_count;
    uint16_t fn_count;
    struct pci_bridge *bridges[PCI_BUS_BRIDGES_MAX];
    struct pci_fn *fn[256]; /* by device and function */
};

struct pci_bridge {
    struct pci_fn fn;
    struct pci_bus secondary;
};

/* A bridge that does what its description says (own configuration: a struct pci_described whose
 * desc is_bridge); the default is a root port with a slot. */
extern const struct device_class pci_bridge_class;

/* Bus numbers from the header. */
unsigned pci_bridge_secondary(const struct pci_bridge *bridge);
unsigned pci_bridge_subordinate(const struct pci_bridge *bridge);
/* The bus behind a bridge that pci_add() or device_create() made. */
struct pci_bus *pci_bridge_bus(struct device *bridge);
