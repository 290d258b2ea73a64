/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The iMac Pro (iMacPro1,1): root bridges, address windows, interrupt wiring. Sources: hardware.md 1 (buses, where the GPU's
 * BARs stand); the split of the windows between the bridges is chosen, and so
 * is what hot-plug ports get.
 */
#include "emu/machine/map.h"
#include "firmware/platform/imacpro/windows.h"
#include "firmware/platform/platform.h"

#define THUNDERBOLT_BUSES 0x46
/* 06, 07, 08 (the controller), 09 (its USB) and two of these make 0x46. */
#define THUNDERBOLT_PORT_BUSES 33
#define MIB                    0x100000u

#define RANGE(name, kind)                                                  \
    {                                                                      \
        name##_##kind##_BASE, name##_##kind##_BASE + name##_##kind##_BYTES \
    }
#define ROOT(name)                                                                         \
    {                                                                                      \
        .bus_first = name##_BUS_FIRST, .bus_last = name##_BUS_LAST, .io = RANGE(name, IO), \
        .mem32 = RANGE(name, MEM32), .mem64 = RANGE(name, MEM64),                          \
    }
#define CHECK_WINDOW(name, kind)                                                             \
    _Static_assert(name##_##kind##_BASE + name##_##kind##_BYTES - 1 == name##_##kind##_LAST, \
                   #name " " #kind)
#define CHECK_FOLLOWS(next, previous, kind)                              \
    _Static_assert(next##_##kind##_BASE == previous##_##kind##_LAST + 1, \
                   #next " follows " #previous)
#define CHECK_KIND(kind, start, end)                                                           \
    CHECK_WINDOW(PC00, kind);                                                                  \
    CHECK_WINDOW(PC03, kind);                                                                  \
    CHECK_WINDOW(PC05, kind);                                                                  \
    CHECK_WINDOW(PCF0, kind);                                                                  \
    CHECK_FOLLOWS(PC03, PC00, kind);                                                           \
    CHECK_FOLLOWS(PC05, PC03, kind);                                                           \
    CHECK_FOLLOWS(PCF0, PC05, kind);                                                           \
    _Static_assert(PC00_##kind##_BASE == (start) && PCF0_##kind##_LAST == (end)-1, "as map.h " \
                                                                                   "says")

CHECK_KIND(IO, MAP_PORT_PCI_IO_BASE, MAP_PORT_PCI_IO_END);
CHECK_KIND(MEM32, MAP_MMIO32_BASE, MAP_MMIO32_END);
CHECK_KIND(MEM64, MAP_MMIO64_BASE, MAP_MMIO64_END);
_Static_assert(PC00_BUS_FIRST == MAP_ROOT_BUS_PCH && PC03_BUS_FIRST == MAP_ROOT_BUS_IIO0,
               "as map.h says");
_Static_assert(PC05_BUS_FIRST == MAP_ROOT_BUS_IIO1 && PCF0_BUS_FIRST == MAP_ROOT_BUS_IIO2,
               "as map.h says");

static const struct pci_root roots[] = {ROOT(PC00), ROOT(PC03), ROOT(PC05), ROOT(PCF0)};

/* The two Thunderbolt ports keep buses 06-4b and 4c-91, whatever is behind them. */
static const struct pci_reserve reserves[] = {
    {PCI_BDF(MAP_ROOT_BUS_IIO1, 2, 0), THUNDERBOLT_BUSES},
    {PCI_BDF(MAP_ROOT_BUS_IIO1, 3, 0), THUNDERBOLT_BUSES},
};

static const struct pci_board board = {
    .root = roots,
    .root_count = sizeof(roots) / sizeof(roots[0]),
    .reserve = reserves,
    .reserve_count = sizeof(reserves) / sizeof(reserves[0]),
    .hotplug =
        {
            .bus_count = THUNDERBOLT_PORT_BUSES - 1,
            .io_bytes = 0x1000,
            .mem_bytes = 32 * MIB,
            .pref_bytes = 64 * MIB,
        },
    .interrupt = platform_pci_interrupt,
};

const struct pci_board *platform_pci_board(void)
{
    return &board;
}

uint8_t platform_pci_interrupt(unsigned root_bus, unsigned device, unsigned pin)
{
    (void)root_bus; /* all four are wired alike */
    return (uint8_t)MAP_PCI_INTX_PIN(device, pin - 1);
}
