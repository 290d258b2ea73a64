/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory map: see layout.h. docs/hardware/firmware.md has it as a table. */
#include "firmware/core/layout.h"

#include <stddef.h>

#include "emu/machine/map.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/lib/mem.h"

#define IOAPIC_BYTES 0x1000
#define HPET_BYTES   0x1000
#define FOUR_GIB     0x100000000u
#define PAGE         0x1000

bool memory_layout_build(struct memory_layout *layout, uint64_t low_end, uint64_t high_end,
                         uint64_t boot_window_bytes)
{
    struct mem_range rows[] = {
        {0, low_end, MEM_USABLE},
        {FW_EBDA_BASE, FW_EBDA_END, MEM_RESERVED},
        {MAP_BIOS_BASE, MAP_BIOS_END, MEM_RESERVED},
        {low_end - LAYOUT_NVS_BYTES - LAYOUT_ACPI_BYTES, low_end - LAYOUT_NVS_BYTES, MEM_ACPI},
        {low_end - LAYOUT_NVS_BYTES, low_end, MEM_NVS},
        {MAP_ECAM_BASE, MAP_ECAM_BASE + MAP_ECAM_SIZE, MEM_RESERVED},
        {MAP_IOAPIC_BASE, MAP_IOAPIC_BASE + IOAPIC_BYTES, MEM_RESERVED},
        {MAP_HPET_BASE, MAP_HPET_BASE + HPET_BYTES, MEM_RESERVED},
        {MAP_LAPIC_BASE, MAP_LAPIC_BASE + MAP_LAPIC_SIZE, MEM_RESERVED},
        {MAP_ROM_BASE, FOUR_GIB, MEM_RESERVED},
        {MAP_HIGH_RAM_BASE, high_end, MEM_USABLE},
        {MAP_BOOT_WINDOW_BASE, MAP_BOOT_WINDOW_BASE + align_up(boot_window_bytes, PAGE),
         MEM_RESERVED},
    };
    bool ok = true;

    *layout = (struct memory_layout){
        .low_end = low_end,
        .high_end = high_end,
        .acpi_base = low_end - LAYOUT_NVS_BYTES - LAYOUT_ACPI_BYTES,
        .nvs_base = low_end - LAYOUT_NVS_BYTES,
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok = ok && memmap_set(&layout->map, rows[i].base, rows[i].end, rows[i].type);
    }
    return ok && memmap_remove(&layout->map, MAP_VGA_HOLE_BASE, MAP_BIOS_BASE);
}
