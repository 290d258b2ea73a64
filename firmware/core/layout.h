/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory map, made of the memory controller's registers and map.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/memmap.h"

#define LAYOUT_ACPI_BYTES 0x30000 /* tables, at the end of low memory but for: */
#define LAYOUT_NVS_BYTES  0x10000 /* FACS, the last bytes of low memory */

struct memory_layout {
    uint64_t low_end; /* as in struct platform_memory */
    uint64_t high_end;
    uint64_t acpi_base; /* LAYOUT_ACPI_BYTES */
    uint64_t nvs_base;  /* LAYOUT_NVS_BYTES */
    struct mem_map map;
};

/* Builds the map. `boot_window_bytes` is 0 when there is no window. False when the map does not fit its table. */
bool memory_layout_build(struct memory_layout *layout, uint64_t low_end, uint64_t high_end,
                         uint64_t boot_window_bytes);
