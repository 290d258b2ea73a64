/* SPDX-License-Identifier: GPL-2.0-only */
/* A PCI host on a test bench, with functions that the test describes or all of the machine's. */
#pragma once

#include "devices/pci/host.h"
#include "devices/pci/inert.h"
#include "tests/lib/rig.h"

#define TREE_DEVICES_MAX 256

struct tree {
    struct rig *rig;
    struct device *host;
    struct device *devices[TREE_DEVICES_MAX];
    size_t count;
};

/* A host without functions; `config` NULL: the machine's four root buses. */
struct tree *tree_create_roots(const struct pci_host_config *config);
struct tree *tree_create(void);
/* A host with every row of pci_parts, RAM limits 2 GiB and 34 GiB. */
struct tree *tree_create_full(void);
/* Destroys functions (last first), host and bench. */
void tree_destroy(struct tree *tree);

/* Adds a function and resets it as power-on does. */
struct pci_fn *tree_add(struct tree *tree, struct pci_bus *bus, unsigned devfn, const char *path,
                        const struct device_class *class, const void *part);
/* A bridge on root bus 00 with the default description, and its numbers and windows programmed. */
struct pci_fn *tree_bridge(struct tree *tree, unsigned slot, const char *path, unsigned secondary,
                           unsigned subordinate);
/* Opens the memory window [base, base + MiB megabytes) of a bridge, memory and bus mastering on. */
void tree_open_window(struct pci_fn *bridge, uint32_t base, unsigned megabytes);
/* Gives every bridge of a full tree the bus numbers of the real machine. */
void tree_number(struct tree *tree);
/* The function with this path. */
struct pci_fn *tree_find(struct tree *tree, const char *path);
/* Copies the whole state of one tree, RAM included, into another of the same shape. */
void tree_copy(struct tree *from, struct tree *to);

/* ECAM and mechanism 1, by way of the buses. */
uint32_t ecam_read(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size);
void ecam_write(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size,
                uint32_t value);
uint32_t cf8_read(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size);
void cf8_write(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size,
               uint32_t value);
