/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PCI configuration space for tests: functions in a tree, with BARs that can be sized and bridges that forward by their
 * bus number registers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/pci.h"

#define FAKE_MAX          320
#define FAKE_CONFIG_BYTES 256

struct fake_function {
    int parent; /* index of the bridge above, or -1 */
    uint8_t root_bus;
    uint8_t devfn;
    uint8_t config[FAKE_CONFIG_BYTES];
    uint32_t mask[FAKE_CONFIG_BYTES / 4]; /* writable bits of each register */
};

struct fake_pci {
    unsigned count;
    unsigned accesses;
    struct fake_function function[FAKE_MAX];
};

struct pci_access fake_pci_access(struct fake_pci *fake);

/* Adds an endpoint or a bridge below `parent` (-1: on `root_bus`); returns its index. */
unsigned fake_add(struct fake_pci *fake, int parent, uint8_t root_bus, uint8_t devfn, uint32_t id);
unsigned fake_add_bridge(struct fake_pci *fake, int parent, uint8_t root_bus, uint8_t devfn);

/* Gives a function a BAR of `bytes` (a power of two) with these flag bits; 64-bit ones take two registers. */
void fake_bar(struct fake_pci *fake, unsigned index, unsigned bar, uint64_t bytes, uint32_t flags);
/* Makes a bridge a hot-plug port with this slot number: a PCI Express capability at 0x80, behind another one at 0x40. */
void fake_hotplug(struct fake_pci *fake, unsigned index, unsigned slot_number);
void fake_rom(struct fake_pci *fake, unsigned index, uint32_t bytes);

uint32_t fake_get(const struct fake_pci *fake, unsigned index, unsigned reg, unsigned bytes);
