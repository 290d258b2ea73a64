/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding functions through the memory-mapped configuration space. The firmware has given out bus
 * numbers and addresses. */
#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"
#include "roms/demo/demo.h"

#define BUSES                  256u
#define SLOTS                  32u
#define COMMAND                0x04u
#define COMMAND_BITS           0x6u /* memory, bus master */
#define BAR0                   0x10u
#define BAR_IS_64              0x4u
#define BAR_ADDRESS            UINT64_C(0xfffffffffffffff0)
#define NOTHING                0xffffffffu
#define FUNCTION_AT(bus, slot) (MAP_ECAM_BASE + ((uint64_t)(bus) << 20) + ((slot) << 15))

/* Both functions that are looked for are number 0 of their device. */
uint64_t pci_find(uint32_t id)
{
    for (unsigned i = 0; i < BUSES * SLOTS; i++) {
        uint64_t function = FUNCTION_AT(i / SLOTS, i % SLOTS);

        if (mmio_read32(function) != id) continue;
        mmio_write16(function + COMMAND, mmio_read16(function + COMMAND) | COMMAND_BITS);
        return function;
    }
    return 0;
}

uint64_t pci_bar(uint64_t function, unsigned bar)
{
    uint32_t low = mmio_read32(function + BAR0 + bar * 4u);
    uint64_t high = (low & BAR_IS_64) != 0 ? mmio_read32(function + BAR0 + bar * 4u + 4) : 0;

    return (high << 32 | low) & BAR_ADDRESS;
}
