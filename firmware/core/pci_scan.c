/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI enumeration, first part: which functions there are, bus numbers, sizes of BARs. See pci_tree.h. Sources: PCI Local Bus
 * 3.0, 6.2.5.1 (sizing), PCI-to-PCI Bridge 1.2, 3.2.5.
 */
#include <stddef.h>

#include "firmware/core/pci_tree.h"

#define BAR_COUNT_ENDPOINT 6
#define BAR_COUNT_BRIDGE   2
#define BAR_BYTES          4
#define IO_MASK            0xfffffffcu
#define MEM_MASK           0xfffffff0u
#define ROM_MASK           0xfffff800u
#define CAPABILITIES_FIRST 0x40u
#define CAPABILITIES_END   0x100u
#define CAPABILITIES_MAX   48u
#define NO_VENDOR          0xffffu

struct scan {
    struct pci_tree *tree;
    const struct pci_access *pci;
    const struct pci_board *board;
    unsigned root;
    unsigned bus_last; /* last bus number given */
};

static void add_resource(struct pci_tree *tree, const struct pci_resource *resource)
{
    if (tree->resource_count == PCI_RESOURCES_MAX) {
        tree->lost++;
        return;
    }
    tree->resource[tree->resource_count++] = *resource;
}

/* Writes all ones, reads back what sticks, puts the old value back. */
static uint32_t probe(const struct pci_access *pci, uint16_t bdf, unsigned reg, uint32_t ones)
{
    uint32_t old = pci_read(pci, bdf, reg, 4);
    uint32_t mask;

    pci_write(pci, bdf, reg, 4, ones);
    mask = pci_read(pci, bdf, reg, 4);
    pci_write(pci, bdf, reg, 4, old);
    return mask;
}

/* A decoder's size is the lowest address bit that sticks. */
static uint64_t lowest_bit(uint64_t mask)
{
    return mask & (~mask + 1);
}

/* Sizes the BAR at `reg`; returns how many BAR registers it takes. */
static unsigned size_bar(struct scan *scan, unsigned owner, unsigned reg, bool is_last)
{
    uint16_t bdf = scan->tree->function[owner].bdf;
    uint32_t flags = pci_read(scan->pci, bdf, reg, 4);
    uint32_t low = probe(scan->pci, bdf, reg, 0xffffffffu);
    struct pci_resource resource = {.owner = (uint16_t)owner, .reg = (uint8_t)reg};
    uint64_t mask;

    if ((low & PCI_BAR_IO) != 0) {
        resource.kind = PCI_KIND_IO;
        mask = (low & IO_MASK) | 0xffffffffffff0000u;
        mask = (low & IO_MASK) == 0 ? 0 : mask;
    } else {
        resource.kind = (low & PCI_BAR_PREFETCH) != 0 ? PCI_KIND_PREF : PCI_KIND_MEM;
        resource.is_64bit = (flags & PCI_BAR_64BIT) != 0 && !is_last;
        mask = (low & MEM_MASK) | 0xffffffff00000000u;
        if (resource.is_64bit) {
            mask = (low & MEM_MASK) | (uint64_t)probe(scan->pci, bdf, reg + BAR_BYTES, 0xffffffffu)
                                          << 32;
        } else if ((low & MEM_MASK) == 0) {
            mask = 0;
        }
    }
    resource.bytes = lowest_bit(mask);
    resource.align = resource.bytes;
    if (resource.bytes != 0) {
        add_resource(scan->tree, &resource);
    }
    return resource.is_64bit ? 2 : 1;
}

static void size_function(struct scan *scan, unsigned owner)
{
    const struct pci_function *function = &scan->tree->function[owner];
    unsigned count = function->is_bridge ? BAR_COUNT_BRIDGE : BAR_COUNT_ENDPOINT;
    unsigned rom_reg = function->is_bridge ? PCI_BRIDGE_ROM_ADDRESS : PCI_ROM_ADDRESS;
    uint32_t rom;

    for (unsigned i = 0; i < count;) {
        i += size_bar(scan, owner, PCI_BAR0 + i * BAR_BYTES, i + 1 == count);
    }
    rom = probe(scan->pci, function->bdf, rom_reg, ROM_MASK) & ROM_MASK;
    if (rom != 0) {
        struct pci_resource resource = {
            .bytes = lowest_bit(rom),
            .align = lowest_bit(rom),
            .owner = (uint16_t)owner,
            .reg = (uint8_t)rom_reg,
            .kind = PCI_KIND_MEM,
            .is_rom = true,
        };
        add_resource(scan->tree, &resource);
    }
}

/* Offset of the PCI Express capability, or 0. The list may be broken: it is followed only so far. */
static unsigned find_express(const struct pci_access *pci, uint16_t bdf)
{
    unsigned at = 0;

    if ((pci_read(pci, bdf, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES) != 0) {
        at = pci_read(pci, bdf, PCI_CAPABILITIES, 1) & ~3u;
    }
    for (unsigned i = 0; i < CAPABILITIES_MAX && at >= CAPABILITIES_FIRST; i++) {
        uint32_t head = pci_read(pci, bdf, at, 2);

        if ((head & 0xff) == PCI_CAP_ID_EXPRESS) {
            return at + PCI_EXPRESS_SLOT_CAPABILITIES < CAPABILITIES_END ? at : 0;
        }
        at = head >> 8 & ~3u;
    }
    return 0;
}

static void look_at_bridge(const struct pci_access *pci, struct pci_function *bridge)
{
    unsigned express = find_express(pci, bridge->bdf);
    uint32_t flags, slot;

    bridge->has_pref64 =
        (pci_read(pci, bridge->bdf, PCI_PREF_MEMORY_BASE, 2) & 0xf) == PCI_WINDOW_64BIT;
    if (express != 0) {
        flags = pci_read(pci, bridge->bdf, express + PCI_EXPRESS_FLAGS, 2);
        slot = pci_read(pci, bridge->bdf, express + PCI_EXPRESS_SLOT_CAPABILITIES, 4);
        bridge->is_hotplug =
            (flags & PCI_EXPRESS_FLAGS_SLOT) != 0 && (slot & PCI_EXPRESS_SLOT_HOTPLUG) != 0;
        bridge->is_socket = bridge->is_hotplug && (slot & PCI_EXPRESS_SLOT_NUMBER) != 0;
    }
}

static unsigned reserved_buses(const struct pci_board *board, uint16_t bdf)
{
    for (unsigned i = 0; i < board->reserve_count; i++) {
        if (board->reserve[i].bdf == bdf) {
            return board->reserve[i].bus_count;
        }
    }
    return 1;
}

static void scan_bus(struct scan *scan, unsigned bus, unsigned parent);

static void scan_bridge(struct scan *scan, unsigned index)
{
    struct pci_function *bridge = &scan->tree->function[index];
    unsigned limit = scan->board->root[scan->root].bus_last;
    unsigned secondary = scan->bus_last + 1;
    unsigned before;
    unsigned reserve_end = secondary + reserved_buses(scan->board, bridge->bdf) - 1;

    if (secondary > limit) {
        pci_write(scan->pci, bridge->bdf, PCI_SECONDARY_BUS, 1, 0);
        pci_write(scan->pci, bridge->bdf, PCI_SUBORDINATE_BUS, 1, 0);
        scan->tree->lost++;
        return;
    }
    scan->bus_last = secondary;
    pci_write(scan->pci, bridge->bdf, PCI_PRIMARY_BUS, 1, PCI_BUS(bridge->bdf));
    pci_write(scan->pci, bridge->bdf, PCI_SECONDARY_BUS, 1, secondary);
    pci_write(scan->pci, bridge->bdf, PCI_SUBORDINATE_BUS, 1, limit);
    before = scan->tree->function_count;
    scan_bus(scan, secondary, index);
    if (bridge->is_socket && scan->tree->function_count == before) {
        reserve_end += scan->board->hotplug.bus_count;
    }
    if (scan->bus_last < reserve_end) {
        scan->bus_last = reserve_end < limit ? reserve_end : limit;
    }
    pci_write(scan->pci, bridge->bdf, PCI_SUBORDINATE_BUS, 1, scan->bus_last);
    bridge->secondary = (uint8_t)secondary;
    bridge->subordinate = (uint8_t)scan->bus_last;
}

static void add_function(struct scan *scan, uint16_t bdf, unsigned parent)
{
    struct pci_tree *tree = scan->tree;
    unsigned index = tree->function_count;
    uint32_t command;

    if (index == PCI_FUNCTIONS_MAX) {
        tree->lost++;
        return;
    }
    tree->function[index] = (struct pci_function){
        .bdf = bdf,
        .parent = (uint16_t)parent,
        .id = pci_read(scan->pci, bdf, PCI_ID, 4),
        .root = (uint8_t)scan->root,
        .pin = (uint8_t)pci_read(scan->pci, bdf, PCI_INTERRUPT_PIN, 1),
        .is_bridge = (pci_read(scan->pci, bdf, PCI_HEADER_TYPE, 1) & 0x7f) == PCI_HEADER_BRIDGE,
    };
    tree->function_count++;
    command = pci_read(scan->pci, bdf, PCI_COMMAND, 2);
    command &= ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_write(scan->pci, bdf, PCI_COMMAND, 2, command);
    size_function(scan, index);
    if (tree->function[index].is_bridge) {
        look_at_bridge(scan->pci, &tree->function[index]);
    }
}

static void find_functions(struct scan *scan, unsigned bus, unsigned parent)
{
    for (unsigned device = 0; device < 32; device++) {
        unsigned count = 1;

        for (unsigned function = 0; function < count; function++) {
            uint16_t bdf = PCI_BDF(bus, device, function);
            uint32_t vendor = pci_read(scan->pci, bdf, PCI_ID, 2);

            if (vendor == NO_VENDOR) {
                continue;
            }
            if (function == 0 &&
                (pci_read(scan->pci, bdf, PCI_HEADER_TYPE, 1) & PCI_HEADER_MULTIFUNCTION) != 0) {
                count = 8;
            }
            add_function(scan, bdf, parent);
        }
    }
}

/* All that is on a bus, then all that is behind it. Bridges to what is built in get their bus numbers first, so that those
 * do not depend on what sockets keep free or have behind them. */
static void scan_bus(struct scan *scan, unsigned bus, unsigned parent)
{
    const struct pci_tree *tree = scan->tree;
    unsigned first = tree->function_count;
    unsigned end;

    find_functions(scan, bus, parent);
    end = tree->function_count;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = first; i < end; i++) {
            if (tree->function[i].is_bridge && tree->function[i].is_socket == (pass == 1)) {
                scan_bridge(scan, i);
            }
        }
    }
}

void pci_scan(struct pci_tree *tree, const struct pci_access *pci, const struct pci_board *board)
{
    tree->function_count = 0;
    tree->resource_count = 0;
    tree->lost = 0;
    tree->dropped = 0;
    tree->hotplug = board->hotplug;
    for (unsigned i = 0; i < board->root_count; i++) {
        struct scan scan = {.tree = tree, .pci = pci, .board = board, .root = i};

        scan.bus_last = board->root[i].bus_first;
        scan_bus(&scan, board->root[i].bus_first, PCI_NO_PARENT);
    }
}
