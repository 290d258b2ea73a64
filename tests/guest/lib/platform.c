/* SPDX-License-Identifier: GPL-2.0-only */
/* See platform.h. */
#include "tests/guest/lib/platform.h"

static struct platform found;
static bool is_found;

static uint32_t get32(const void *at)
{
    uint32_t v;
    memcpy(&v, at, 4);
    return v;
}

static uint64_t get64(const void *at)
{
    uint64_t v;
    memcpy(&v, at, 8);
    return v;
}

bool acpi_checksum_ok(const void *table, size_t bytes)
{
    const uint8_t *p = table;
    uint8_t sum = 0;
    for (size_t i = 0; i < bytes; i++) {
        sum = (uint8_t)(sum + p[i]);
    }
    return sum == 0;
}

static const uint8_t *rsdp_find(void)
{
    for (uintptr_t at = MAP_BIOS_BASE; at < MAP_BIOS_END; at += 16) {
        const uint8_t *p = (const uint8_t *)at;
        if (memcmp(p, "RSD PTR ", 8) == 0 && acpi_checksum_ok(p, 20)) return p;
    }
    return NULL;
}

const struct acpi_header *acpi_find(const char *signature)
{
    const struct acpi_header *root = found.root;
    if (root == NULL) return NULL;
    size_t width = memcmp(root->signature, "XSDT", 4) == 0 ? 8 : 4;
    const uint8_t *entry = (const uint8_t *)(root + 1), *end = (const uint8_t *)root + root->length;
    for (; entry + width <= end; entry += width) {
        uint64_t address = width == 8 ? get64(entry) : get32(entry);
        const struct acpi_header *table = (const struct acpi_header *)(uintptr_t)address;
        if (memcmp(table->signature, signature, 4) == 0) return table;
    }
    return NULL;
}

static void fadt_read(const uint8_t *f)
{
    uint32_t length = get32(f + 4);
    found.sci_irq = f[46];
    found.pm1_evt = (uint16_t)get32(f + 56);
    found.pm1_cnt = (uint16_t)get32(f + 64);
    found.pm_tmr = (uint16_t)get32(f + 76);
    found.gpe0 = (uint16_t)get32(f + 80);
    found.gpe0_bytes = f[92];
    found.fadt_flags = get32(f + 112);
    uint64_t dsdt = get32(f + 40);
    if (length >= 129) {
        memcpy(&found.reset_reg, f + 116, sizeof(found.reset_reg));
        found.reset_value = f[128];
    }
    if (length >= 148 && get64(f + 140) != 0) dsdt = get64(f + 140);
    found.dsdt = (const struct acpi_header *)(uintptr_t)dsdt;
}

/*
 * SLP_TYP for S5: the first element of the package \_S5 in the DSDT (AML: NameOp "_S5_" PackageOp
 * length count element).
 */
static void s5_read(const struct acpi_header *dsdt)
{
    const uint8_t *p = (const uint8_t *)dsdt;
    for (uint32_t i = sizeof(*dsdt); i + 16 < dsdt->length; i++) {
        if (memcmp(p + i, "_S5_", 4) != 0 || p[i + 4] != 0x12) continue;
        const uint8_t *q = p + i + 5;
        q += 1 + (*q >> 6); /* package length */
        q++;                /* element count */
        if (*q == 0x0a) q++;
        found.slp_typ_s5 = *q;
        return;
    }
}

static void madt_read(const struct acpi_header *madt)
{
    const uint8_t *p = (const uint8_t *)madt;
    found.lapic = get32(p + 36);
    for (uint32_t i = 44; i + 2 <= madt->length && p[i + 1] >= 2; i += p[i + 1]) {
        const uint8_t *e = p + i;
        if (e[0] == 0 && (e[4] & 1)) found.lapic_count++;
        if (e[0] == 1 && get32(e + 8) == 0) {
            found.ioapic_id = e[2];
            found.ioapic = get32(e + 4);
        }
        if (e[0] == 2 && e[3] < 16) {
            found.isa_gsi[e[3]] = get32(e + 4);
            found.isa_flags[e[3]] = (uint16_t)(e[8] | e[9] << 8);
        }
    }
}

const struct platform *platform(void)
{
    if (is_found) return &found;
    is_found = true;
    for (unsigned i = 0; i < 16; i++) {
        found.isa_gsi[i] = i;
    }
    found.rsdp = rsdp_find();
    if (found.rsdp == NULL) return &found;
    uint64_t root = found.rsdp[15] >= 2 ? get64(found.rsdp + 24) : 0;
    if (root == 0) root = get32(found.rsdp + 16);
    found.root = (const struct acpi_header *)(uintptr_t)root;
    found.fadt = acpi_find("FACP");
    found.madt = acpi_find("APIC");
    found.mcfg = acpi_find("MCFG");
    found.hpet_table = acpi_find("HPET");
    if (found.fadt != NULL) fadt_read((const uint8_t *)found.fadt);
    if (found.dsdt != NULL) s5_read(found.dsdt);
    if (found.madt != NULL) madt_read(found.madt);
    if (found.mcfg != NULL) {
        const uint8_t *m = (const uint8_t *)found.mcfg;
        found.ecam = (uintptr_t)get64(m + 44);
        found.ecam_first_bus = m[54];
        found.ecam_last_bus = m[55];
    }
    if (found.hpet_table != NULL) {
        found.hpet = (uintptr_t)get64((const uint8_t *)found.hpet_table + 44);
    }
    return &found;
}
