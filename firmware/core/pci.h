/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI: how configuration space is reached, and the names of its registers. Sources: PCI Local Bus 3.0 chapter 6, PCI-to-PCI
 * Bridge 1.2 chapter 3.
 */
#pragma once

#include <stdint.h>

/* Bus, device and function in one number: bus << 8 | device << 3 | function. */
#define PCI_BDF(bus, device, function) ((uint16_t)((bus) << 8 | (device) << 3 | (function)))
#define PCI_BUS(bdf)                   ((unsigned)(bdf) >> 8)
#define PCI_DEVICE(bdf)                (((unsigned)(bdf) >> 3) & 31u)
#define PCI_FUNCTION(bdf)              ((unsigned)(bdf)&7u)

/* Access to configuration space. `bytes` is 1, 2 or 4 and divides `reg`. A function that is not there reads as all ones. */
struct pci_access {
    void *ctx;
    uint32_t (*read)(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes);
    void (*write)(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes, uint32_t value);
};

static inline uint32_t pci_read(const struct pci_access *pci, uint16_t bdf, unsigned reg,
                                unsigned bytes)
{
    return pci->read(pci->ctx, bdf, reg, bytes);
}

static inline void pci_write(const struct pci_access *pci, uint16_t bdf, unsigned reg,
                             unsigned bytes, uint32_t value)
{
    pci->write(pci->ctx, bdf, reg, bytes, value);
}

#define PCI_ID             0x00 /* vendor id, device id */
#define PCI_COMMAND        0x04
#define PCI_STATUS         0x06
#define PCI_CLASS_REVISION 0x08
#define PCI_CACHE_LINE     0x0c
#define PCI_HEADER_TYPE    0x0e
#define PCI_BAR0           0x10
#define PCI_ROM_ADDRESS    0x30
#define PCI_CAPABILITIES   0x34
#define PCI_INTERRUPT_LINE 0x3c
#define PCI_INTERRUPT_PIN  0x3d

#define PCI_PRIMARY_BUS        0x18
#define PCI_SECONDARY_BUS      0x19
#define PCI_SUBORDINATE_BUS    0x1a
#define PCI_IO_BASE            0x1c
#define PCI_IO_LIMIT           0x1d
#define PCI_MEMORY_BASE        0x20
#define PCI_MEMORY_LIMIT       0x22
#define PCI_PREF_MEMORY_BASE   0x24
#define PCI_PREF_MEMORY_LIMIT  0x26
#define PCI_PREF_BASE_UPPER32  0x28
#define PCI_PREF_LIMIT_UPPER32 0x2c
#define PCI_IO_BASE_UPPER16    0x30
#define PCI_IO_LIMIT_UPPER16   0x32
#define PCI_BRIDGE_ROM_ADDRESS 0x38

#define PCI_COMMAND_IO           0x0001u
#define PCI_COMMAND_MEMORY       0x0002u
#define PCI_COMMAND_MASTER       0x0004u
#define PCI_HEADER_MULTIFUNCTION 0x80u
#define PCI_HEADER_BRIDGE        0x01u
#define PCI_BAR_IO               0x1u
#define PCI_BAR_64BIT            0x4u
#define PCI_BAR_PREFETCH         0x8u
#define PCI_ROM_ENABLE           0x1u
#define PCI_WINDOW_64BIT \
    0x1u /* low nibble of a prefetchable window's base; for I/O windows: 32 bits wide */

#define PCI_STATUS_CAPABILITIES 0x0010u
#define PCI_CAP_ID_EXPRESS      0x10u
/* In the PCI Express capability (PCI Express Base 3.1, 7.8). */
#define PCI_EXPRESS_FLAGS             0x02u
#define PCI_EXPRESS_FLAGS_SLOT        0x0100u
#define PCI_EXPRESS_SLOT_CAPABILITIES 0x14u
#define PCI_EXPRESS_SLOT_HOTPLUG      0x40u
#define PCI_EXPRESS_SLOT_NUMBER       0xfff80000u /* 0: what is behind is on the board or the chip */
