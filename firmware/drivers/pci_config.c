/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space: see pci_config.h. Sources: PCI Local Bus 3.0, 3.2.2.3.2 (mechanism #1), PCI Express Base 3.1,
 * 7.2.2 (ECAM).
 */
#include "firmware/drivers/pci_config.h"

#include <stddef.h>

#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"

#define CONFIG_ENABLE     0x80000000u
#define PORT_CONFIG_BYTES 256
#define NO_FUNCTION       0xffffffffu

static uint16_t select_port(uint16_t bdf, unsigned reg)
{
    outl(MAP_PORT_PCI_ADDRESS, CONFIG_ENABLE | (uint32_t)bdf << 8 | (reg & 0xfc));
    return (uint16_t)(MAP_PORT_PCI_DATA + (reg & 3));
}

static uint32_t port_read(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes)
{
    uint16_t port;

    (void)ctx;
    if (reg >= PORT_CONFIG_BYTES) {
        return NO_FUNCTION;
    }
    port = select_port(bdf, reg);
    if (bytes == 1) {
        return inb(port);
    }
    return bytes == 2 ? inw(port) : inl(port);
}

static void port_write(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes, uint32_t value)
{
    uint16_t port;

    (void)ctx;
    if (reg >= PORT_CONFIG_BYTES) {
        return;
    }
    port = select_port(bdf, reg);
    if (bytes == 1) {
        outb(port, (uint8_t)value);
    } else if (bytes == 2) {
        outw(port, (uint16_t)value);
    } else {
        outl(port, value);
    }
}

static uint64_t ecam_addr(uint16_t bdf, unsigned reg)
{
    return MAP_ECAM_BASE + ((uint64_t)bdf << 12) + (reg & 0xfff);
}

static uint32_t ecam_read(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes)
{
    uint64_t addr = ecam_addr(bdf, reg);

    (void)ctx;
    if (bytes == 1) {
        return mmio_read8(addr);
    }
    return bytes == 2 ? mmio_read16(addr) : mmio_read32(addr);
}

static void ecam_write(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes, uint32_t value)
{
    uint64_t addr = ecam_addr(bdf, reg);

    (void)ctx;
    if (bytes == 1) {
        mmio_write8(addr, (uint8_t)value);
    } else if (bytes == 2) {
        mmio_write16(addr, (uint16_t)value);
    } else {
        mmio_write32(addr, value);
    }
}

bool pci_config_init(struct pci_access *pci)
{
    uint32_t by_port = port_read(NULL, 0, PCI_ID, 4);

    if (by_port != NO_FUNCTION && by_port == ecam_read(NULL, 0, PCI_ID, 4)) {
        *pci = (struct pci_access){.read = ecam_read, .write = ecam_write};
        return true;
    }
    *pci = (struct pci_access){.read = port_read, .write = port_write};
    return false;
}
