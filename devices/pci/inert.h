/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions without a model: configuration space, BARs that can be sized and placed, capabilities,
 * and nothing behind them; and the table of all functions of the iMac Pro (hardware.md section 1)
 * with bridges that work and functions that are inert. A machine creates every row with
 * pci_part_add() and puts its own class in the place of a row that has a model.
 * docs/hardware/pci-inert.md says what reads of inert memory give.
 */
#pragma once

#include "devices/pci/bridge.h"
#include "devices/pci/host.h"
#include "devices/pci/pci.h"

/* Its own configuration is a struct pci_described; the default is a function with one BAR of each
 * kind. */
extern const struct device_class pci_inert_class;

/* One function of the machine. */
struct pci_part {
    const char *path;   /* device path: "/pci/<root bus>/<slot>.<function>/<slot>.<function>..." */
    const char *parent; /* path of the bridge that it is behind; NULL: on root bus `root` */
    uint8_t root;
    uint8_t slot;
    uint8_t function;
    const struct device_class *class;
    const struct pci_described *part;
    const char *what; /* for people */
};

extern const struct pci_part pci_parts[];
extern const size_t pci_part_count;

/* Creates the function of a row. Rows must be added in table order: parents come before
 * children. Owner: the caller. */
struct device *pci_part_add(struct device *host, const struct pci_part *part, struct error *err);
/* The same place with another class, for a function that has a model. `config` is that class's
 * own configuration. */
struct device *pci_part_add_model(struct device *host, const struct pci_part *part,
                                  const struct device_class *class, const void *config,
                                  struct error *err);
