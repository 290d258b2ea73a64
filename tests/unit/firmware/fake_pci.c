/* SPDX-License-Identifier: GPL-2.0-only */
/* A PCI configuration space for tests: see fake_pci.h. */
#include "tests/unit/firmware/fake_pci.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "firmware/lib/bytes.h"

#define BDF_DEVFN(bdf) ((uint8_t)(bdf))

static bool is_on_bus(const struct fake_pci *fake, const struct fake_function *function,
                      unsigned bus)
{
    if (function->parent < 0) {
        return function->root_bus == bus;
    }
    return bus != 0 && fake->function[function->parent].config[PCI_SECONDARY_BUS] == bus;
}

static struct fake_function *find(struct fake_pci *fake, uint16_t bdf)
{
    for (unsigned i = 0; i < fake->count; i++) {
        struct fake_function *function = &fake->function[i];

        if (function->devfn == BDF_DEVFN(bdf) && is_on_bus(fake, function, PCI_BUS(bdf))) {
            return function;
        }
    }
    return NULL;
}

static uint32_t get(const struct fake_function *function, unsigned reg, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint32_t)function->config[reg + i] << (8 * i);
    }
    return value;
}

static uint32_t fake_read(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes)
{
    struct fake_pci *fake = ctx;
    const struct fake_function *function = find(fake, bdf);

    fake->accesses++;
    assert(reg % bytes == 0 && reg + bytes <= FAKE_CONFIG_BYTES);
    if (function == NULL) {
        return 0xffffffffu >> (32 - 8 * bytes);
    }
    return get(function, reg, bytes);
}

static void fake_write(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes, uint32_t value)
{
    struct fake_pci *fake = ctx;
    struct fake_function *function = find(fake, bdf);

    fake->accesses++;
    assert(reg % bytes == 0 && reg + bytes <= FAKE_CONFIG_BYTES);
    for (unsigned i = 0; function != NULL && i < bytes; i++) {
        unsigned at = reg + i;
        uint8_t mask = (uint8_t)(function->mask[at / 4] >> (8 * (at % 4)));
        uint8_t byte = (uint8_t)(value >> (8 * i));

        function->config[at] = (uint8_t)((function->config[at] & ~mask) | (byte & mask));
    }
}

struct pci_access fake_pci_access(struct fake_pci *fake)
{
    return (struct pci_access){.ctx = fake, .read = fake_read, .write = fake_write};
}

unsigned fake_add(struct fake_pci *fake, int parent, uint8_t root_bus, uint8_t devfn, uint32_t id)
{
    struct fake_function *function = &fake->function[fake->count];

    assert(fake->count < FAKE_MAX);
    memset(function, 0, sizeof(*function));
    function->parent = parent;
    function->root_bus = root_bus;
    function->devfn = devfn;
    put_le32(function->config + PCI_ID, id);
    function->mask[PCI_COMMAND / 4] = 0x0547;
    function->mask[PCI_CACHE_LINE / 4] = 0xff;
    function->mask[PCI_INTERRUPT_LINE / 4] = 0xff;
    return fake->count++;
}

unsigned fake_add_bridge(struct fake_pci *fake, int parent, uint8_t root_bus, uint8_t devfn)
{
    unsigned index = fake_add(fake, parent, root_bus, devfn, 0xa2948086);
    struct fake_function *bridge = &fake->function[index];

    bridge->config[PCI_HEADER_TYPE] = PCI_HEADER_BRIDGE;
    bridge->config[PCI_PREF_MEMORY_BASE] = PCI_WINDOW_64BIT;
    bridge->config[PCI_PREF_MEMORY_LIMIT] = PCI_WINDOW_64BIT;
    bridge->mask[PCI_PRIMARY_BUS / 4] = 0x00ffffff;
    bridge->mask[PCI_IO_BASE / 4] = 0xf0f0;
    bridge->mask[PCI_MEMORY_BASE / 4] = 0xfff0fff0;
    bridge->mask[PCI_PREF_MEMORY_BASE / 4] = 0xfff0fff0;
    bridge->mask[PCI_PREF_BASE_UPPER32 / 4] = 0xffffffff;
    bridge->mask[PCI_PREF_LIMIT_UPPER32 / 4] = 0xffffffff;
    return index;
}

void fake_bar(struct fake_pci *fake, unsigned index, unsigned bar, uint64_t bytes, uint32_t flags)
{
    struct fake_function *function = &fake->function[index];
    uint64_t mask = ~(bytes - 1);

    put_le32(function->config + PCI_BAR0 + (size_t)bar * 4, flags);
    function->mask[PCI_BAR0 / 4 + bar] = (uint32_t)mask;
    if ((flags & (PCI_BAR_IO | PCI_BAR_64BIT)) == PCI_BAR_64BIT) {
        function->mask[PCI_BAR0 / 4 + bar + 1] = (uint32_t)(mask >> 32);
    }
}

void fake_rom(struct fake_pci *fake, unsigned index, uint32_t bytes)
{
    fake->function[index].mask[PCI_ROM_ADDRESS / 4] = ~(bytes - 1) | PCI_ROM_ENABLE;
}

void fake_hotplug(struct fake_pci *fake, unsigned index, unsigned slot_number)
{
    uint8_t *config = fake->function[index].config;

    put_le16(config + PCI_STATUS, PCI_STATUS_CAPABILITIES);
    config[PCI_CAPABILITIES] = 0x40;
    put_le16(config + 0x40, 0x8001); /* power management, next at 0x80 */
    put_le16(config + 0x80, PCI_CAP_ID_EXPRESS);
    put_le16(config + 0x80 + PCI_EXPRESS_FLAGS, PCI_EXPRESS_FLAGS_SLOT | 0x0062);
    put_le32(config + 0x80 + PCI_EXPRESS_SLOT_CAPABILITIES,
             slot_number << 19 | PCI_EXPRESS_SLOT_HOTPLUG);
}

uint32_t fake_get(const struct fake_pci *fake, unsigned index, unsigned reg, unsigned bytes)
{
    return get(&fake->function[index], reg, bytes);
}
