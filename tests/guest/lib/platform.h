/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the firmware's ACPI tables say about the machine, found as an operating system finds it.
 * ACPI 6.4, chapter 5.
 */
#pragma once

#include "tests/guest/lib/guest.h"

struct __attribute__((packed)) acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6], oem_table_id[8];
    uint32_t oem_revision, creator_id, creator_revision;
};

struct __attribute__((packed)) acpi_gas {
    uint8_t space, width, offset, access;
    uint64_t address;
};

#define OVERRIDES_MAX 16
struct platform {
    const uint8_t *rsdp;
    const struct acpi_header *root; /* XSDT, or RSDT when there is none */
    const struct acpi_header *fadt, *madt, *mcfg, *hpet_table, *dsdt;
    uint16_t pm1_evt, pm1_cnt, pm_tmr, gpe0;
    uint8_t gpe0_bytes, sci_irq;
    uint8_t slp_typ_s5;
    uint32_t fadt_flags;
    struct acpi_gas reset_reg;
    uint8_t reset_value;
    uintptr_t ecam;
    uint8_t ecam_first_bus, ecam_last_bus;
    uintptr_t hpet;
    uintptr_t lapic;
    uintptr_t ioapic;
    uint8_t ioapic_id;
    unsigned lapic_count;
    uint32_t isa_gsi[16];   /* global interrupt of each ISA interrupt */
    uint16_t isa_flags[16]; /* polarity and trigger mode as in the MADT */
};

/* Filled at the first call. Missing tables leave their fields 0. */
const struct platform *platform(void);
/* A table by signature, or NULL. */
const struct acpi_header *acpi_find(const char *signature);
bool acpi_checksum_ok(const void *table, size_t bytes);
