/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The iMac Pro (iMacPro1,1): how much RAM there is. Source: hardware.md 3.1 step 4.
 */
#include "firmware/platform/platform.h"

#include <stddef.h>

#include "emu/machine/map.h"

#define MEMORY_CONTROLLER    PCI_BDF(MAP_ROOT_BUS_IIO0, 5, 0)
#define MEMORY_CONTROLLER_ID 0x20348086u
#define MEMORY_UNIT          0x100000u
#define LOW_MEMORY_MIN       0x400000u

void platform_early_init(void)
{
}

const char *platform_read_memory(const struct pci_access *pci, struct platform_memory *memory)
{
    uint64_t tolm, tohm;

    if (pci_read(pci, MEMORY_CONTROLLER, PCI_ID, 4) != MEMORY_CONTROLLER_ID) {
        return "the memory controller (03:05.0) does not answer";
    }
    tolm = pci_read(pci, MEMORY_CONTROLLER, MAP_TOLM_REG, 4);
    tohm = pci_read(pci, MEMORY_CONTROLLER, MAP_TOHM_REG, 4);
    tohm |= (uint64_t)pci_read(pci, MEMORY_CONTROLLER, MAP_TOHM_REG + 4, 4) << 32;
    if (tolm < LOW_MEMORY_MIN || tolm > MAP_LOW_RAM_MAX || tolm % MEMORY_UNIT != 0) {
        return "the memory controller's TOLM register makes no sense";
    }
    if (tohm > MAP_BOOT_WINDOW_BASE || tohm % MEMORY_UNIT != 0) {
        return "the memory controller's TOHM register makes no sense";
    }
    memory->low_end = tolm;
    memory->high_end = tohm > MAP_HIGH_RAM_BASE ? tohm : MAP_HIGH_RAM_BASE;
    return NULL;
}
