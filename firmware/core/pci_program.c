/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI enumeration, third part: what was decided is written to the devices. See pci_tree.h. Sources: PCI Local Bus 3.0, 6.2;
 * PCI-to-PCI Bridge 1.2, 3.2.5 and 9.1 (how interrupt pins turn from bus to bus).
 */
#include "firmware/core/pci_tree.h"

#define IO_WINDOW_CLOSED  0x00f0u /* base above limit */
#define MEM_WINDOW_CLOSED 0x0000fff0u
#define PINS              4
#define CACHE_LINE_DWORDS 16 /* 64 bytes, the line of every Xeon */

static unsigned command_of(const struct pci_tree *tree, unsigned index)
{
    unsigned command = tree->function[index].is_bridge ? PCI_COMMAND_MASTER : 0;

    for (unsigned i = 0; i < tree->resource_count; i++) {
        const struct pci_resource *resource = &tree->resource[i];

        if (resource->owner != index || resource->is_dropped || resource->is_rom) {
            continue;
        }
        command |= resource->kind == PCI_KIND_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    }
    return command;
}

static void write_bar(const struct pci_access *pci, uint16_t bdf,
                      const struct pci_resource *resource)
{
    pci_write(pci, bdf, resource->reg, 4, (uint32_t)resource->base);
    if (resource->is_64bit) {
        pci_write(pci, bdf, resource->reg + 4u, 4, (uint32_t)(resource->base >> 32));
    }
}

static void write_window(const struct pci_access *pci, uint16_t bdf,
                         const struct pci_resource *window)
{
    uint64_t base = window->base;
    uint64_t last = window->base + window->bytes - 1;
    uint32_t pair = (uint32_t)(base >> 16 & 0xfff0) | (uint32_t)(last & 0xfff00000);

    switch ((enum pci_kind)window->kind) {
    case PCI_KIND_IO:
        pci_write(pci, bdf, PCI_IO_BASE, 2,
                  (uint32_t)(base >> 8 & 0xf0) | (uint32_t)(last & 0xf000));
        break;
    case PCI_KIND_MEM: pci_write(pci, bdf, PCI_MEMORY_BASE, 4, pair); break;
    case PCI_KIND_PREF:
        pci_write(pci, bdf, PCI_PREF_MEMORY_BASE, 4, pair);
        pci_write(pci, bdf, PCI_PREF_BASE_UPPER32, 4, (uint32_t)(base >> 32));
        pci_write(pci, bdf, PCI_PREF_LIMIT_UPPER32, 4, (uint32_t)(last >> 32));
        break;
    }
}

static void close_windows(const struct pci_access *pci, uint16_t bdf)
{
    pci_write(pci, bdf, PCI_IO_BASE, 2, IO_WINDOW_CLOSED);
    pci_write(pci, bdf, PCI_IO_BASE_UPPER16, 4, 0);
    pci_write(pci, bdf, PCI_MEMORY_BASE, 4, MEM_WINDOW_CLOSED);
    pci_write(pci, bdf, PCI_PREF_MEMORY_BASE, 4, MEM_WINDOW_CLOSED);
    pci_write(pci, bdf, PCI_PREF_BASE_UPPER32, 4, 0);
    pci_write(pci, bdf, PCI_PREF_LIMIT_UPPER32, 4, 0);
}

/* INTx pins turn by the device number at each bridge on the way up. */
static uint8_t interrupt_of(const struct pci_tree *tree, const struct pci_board *board,
                            unsigned index)
{
    const struct pci_function *function = &tree->function[index];
    unsigned pin = (function->pin - 1u) % PINS;

    while (function->parent != PCI_NO_PARENT) {
        pin = (pin + PCI_DEVICE(function->bdf)) % PINS;
        function = &tree->function[function->parent];
    }
    return board->interrupt(PCI_BUS(function->bdf), PCI_DEVICE(function->bdf), pin + 1);
}

void pci_program(const struct pci_tree *tree, const struct pci_access *pci,
                 const struct pci_board *board)
{
    for (unsigned i = 0; i < tree->function_count; i++) {
        const struct pci_function *function = &tree->function[i];

        pci_write(pci, function->bdf, PCI_CACHE_LINE, 1, CACHE_LINE_DWORDS);
        if (function->is_bridge) {
            close_windows(pci, function->bdf);
        }
        if (function->pin != 0) {
            pci_write(pci, function->bdf, PCI_INTERRUPT_LINE, 1, interrupt_of(tree, board, i));
        }
    }
    for (unsigned i = 0; i < tree->resource_count; i++) {
        const struct pci_resource *resource = &tree->resource[i];
        uint16_t bdf = tree->function[resource->owner].bdf;

        if (resource->is_dropped) {
            continue;
        }
        if (resource->is_window) {
            write_window(pci, bdf, resource);
        } else {
            write_bar(pci, bdf, resource);
        }
    }
    for (unsigned i = 0; i < tree->function_count; i++) {
        uint16_t bdf = tree->function[i].bdf;
        uint32_t command = pci_read(pci, bdf, PCI_COMMAND, 2);

        pci_write(pci, bdf, PCI_COMMAND, 2, command | command_of(tree, i));
    }
}
