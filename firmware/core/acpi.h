/* SPDX-License-Identifier: GPL-2.0-only */
/* The ACPI tables. Source: ACPI 6.4, chapter 5; IA-PC HPET 1.0a, 3.2.4; PCI Firmware 3.2, 4.1.2. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/lib/arena.h"

struct acpi_config {
    const uint8_t *dsdt; /* as compiled; holds one `Name (NCPU, 0x5a)` */
    size_t dsdt_bytes;
    unsigned core_count; /* local APIC ids 0 .. core_count - 1 */
    uint32_t hpet_id;    /* low half of the HPET's capability register */
};

/* Where the tables go; all below 4 GiB. */
struct acpi_memory {
    struct arena *bios; /* RSDP: within 0xe0000-0xfffff */
    struct arena *tables;
    struct arena *nvs; /* FACS */
};

/* Makes RSDP, XSDT, FADT, FACS, DSDT, MADT, MCFG and HPET. The RSDP's address goes to *rsdp_addr. Returns NULL or the reason
 * why it cannot. */
const char *acpi_build(const struct acpi_config *config, const struct acpi_memory *memory,
                       uint64_t *rsdp_addr);
