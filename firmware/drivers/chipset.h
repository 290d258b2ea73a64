/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt controllers and power management registers, as an operating system expects to find them. */
#pragma once

#include <stdint.h>

/* 8259 pair: vectors 0x08 and 0x70 as on every PC, all inputs masked; the SCI is level-triggered (ELCR).
 * Sources: Intel 8259A data sheet; 200-series PCH data sheet, ELCR1 and ELCR2. */
void chipset_init_pic(void);

/* I/O APIC: the identification register gets the id that the MADT names. Source: Intel 82093AA data sheet, 3.2.1. */
void chipset_init_ioapic(void);

/* Power management events come as SCI: there is no SMM to turn them over. ACPI 6.4, 4.8.3.2.1. */
void chipset_enable_acpi(void);

/* Low half of the HPET's capability and id register. IA-PC HPET 1.0a, 2.3.4. */
uint32_t chipset_hpet_id(void);
