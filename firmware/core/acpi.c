/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI tables: see acpi.h. Each table is made as bytes at the offsets of the specification; numbers of sections are
 * those of ACPI 6.4.
 */
#include "firmware/core/acpi.h"

#include <stdbool.h>

#include "emu/machine/map.h"
#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"

#define HEADER_BYTES    36
#define HEADER_LENGTH   4
#define HEADER_CHECKSUM 9

#define OEM_ID       "SPGRAY"
#define OEM_TABLE_ID "IMACPRO1"
#define CREATOR_ID   "SPGR"
#define OEM_REVISION 1

#define RSDP_BYTES    36
#define RSDP_V1_BYTES 20
#define FADT_BYTES    276
#define FACS_BYTES    64
#define FACS_ALIGN    64
#define MCFG_BYTES    60
#define HPET_BYTES    56
#define XSDT_ENTRIES  4 /* FADT, MADT, MCFG, HPET; the DSDT hangs from the FADT */

/* 5.2.9, Fixed Feature Flags. The power button is a fixed one (PWR_BUTTON clear), there is no sleep button. */
#define RTC_CENTURY        0x32 /* CMOS index of the century, docs/hardware/mc146818.md */
#define FADT_WBINVD        0x0001u
#define FADT_PROC_C1       0x0004u
#define FADT_SLP_BUTTON    0x0020u
#define FADT_RESET_REG_SUP 0x0400u
/* 5.2.9.3: ISA devices exist; no 8042, no VGA. */
#define BOOT_LEGACY_DEVICES  0x0001u
#define BOOT_VGA_NOT_PRESENT 0x0004u

#define PM_PROFILE_DESKTOP 1
#define RESET_VALUE        6      /* port 0xcf9: full reset */
#define LATENCY_NO_C2      0x0fff /* above 100 us: there is no C2, above 1000 us: no C3 */
#define GAS_IO             1
#define GAS_ACCESS_BYTE    1
#define GAS_ACCESS_WORD    2
#define GAS_ACCESS_DWORD   3

#define MADT_PCAT_COMPAT 1
#define MADT_LAPIC_BYTES 8
#define MADT_ENABLED     1
#define ISO_LEVEL_HIGH \
    0x000d /* 5.2.12.5: polarity bits 1:0 = 1 (high), trigger bits 3:2 = 3 (level) */
#define NMI_EDGE_HIGH  0x0005
#define ALL_PROCESSORS 0xff
#define LINT1          1

#define AML_NAME_OP     0x08
#define AML_BYTE_PREFIX 0x0a

static uint8_t *new_table(struct arena *arena, const char *signature, uint8_t revision,
                          size_t bytes)
{
    uint8_t *table = arena_alloc(arena, bytes, 16);

    if (table == NULL) {
        return NULL;
    }
    mem_copy(table, signature, 4);
    put_le32(table + HEADER_LENGTH, (uint32_t)bytes);
    table[8] = revision;
    mem_copy(table + 10, OEM_ID, 6);
    mem_copy(table + 16, OEM_TABLE_ID, 8);
    put_le32(table + 24, OEM_REVISION);
    mem_copy(table + 28, CREATOR_ID, 4);
    put_le32(table + 32, OEM_REVISION);
    return table;
}

static void finish_table(uint8_t *table)
{
    table[HEADER_CHECKSUM] = 0;
    table[HEADER_CHECKSUM] = (uint8_t)-sum8(table, get_le32(table + HEADER_LENGTH));
}

/* Generic Address Structure, 5.2.3.2. A width that does not fit its byte is left 0: the block's length field counts. */
static void put_gas(uint8_t *p, unsigned port, unsigned bytes, uint8_t access)
{
    p[0] = GAS_IO;
    p[1] = bytes < 32 ? (uint8_t)(bytes * 8) : 0;
    p[3] = access;
    put_le64(p + 4, port);
}

/* 5.2.9. Both the 32-bit fields and their 64-bit successors are filled in, with the same values. */
static uint8_t *make_fadt(struct arena *arena, uint64_t dsdt_addr, uint64_t facs_addr)
{
    uint8_t *fadt = new_table(arena, "FACP", 6, FADT_BYTES);

    if (fadt == NULL) {
        return NULL;
    }
    put_le32(fadt + 36, (uint32_t)facs_addr);
    put_le32(fadt + 40, (uint32_t)dsdt_addr);
    fadt[45] = PM_PROFILE_DESKTOP;
    put_le16(fadt + 46, MAP_IRQ_SCI);
    put_le32(fadt + 56, MAP_PM1_EVT);
    put_le32(fadt + 64, MAP_PM1_CNT);
    put_le32(fadt + 76, MAP_PM_TMR);
    put_le32(fadt + 80, MAP_PM_GPE0);
    fadt[88] = 4;            /* PM1_EVT_LEN */
    fadt[89] = 2;            /* PM1_CNT_LEN */
    fadt[91] = 4;            /* PM_TMR_LEN */
    fadt[108] = RTC_CENTURY; /* CENTURY; FIX_RTC stays 0: the alarm is a fixed event */
    fadt[92] = 32;           /* GPE0_BLK_LEN */
    put_le16(fadt + 96, LATENCY_NO_C2);
    put_le16(fadt + 98, LATENCY_NO_C2);
    put_le16(fadt + 109, BOOT_LEGACY_DEVICES | BOOT_VGA_NOT_PRESENT);
    put_le32(fadt + 112, FADT_WBINVD | FADT_PROC_C1 | FADT_SLP_BUTTON | FADT_RESET_REG_SUP);
    put_gas(fadt + 116, MAP_PORT_RESET_CONTROL, 1, GAS_ACCESS_BYTE);
    fadt[128] = RESET_VALUE;
    fadt[131] = 4; /* minor version */
    /* X_FIRMWARE_CTRL (132) stays 0: it is for a FACS above 4 GiB, and only one of the two may be set. */
    put_le64(fadt + 140, dsdt_addr);
    put_gas(fadt + 148, MAP_PM1_EVT, 4, GAS_ACCESS_WORD);
    put_gas(fadt + 172, MAP_PM1_CNT, 2, GAS_ACCESS_WORD);
    put_gas(fadt + 208, MAP_PM_TMR, 4, GAS_ACCESS_DWORD);
    put_gas(fadt + 220, MAP_PM_GPE0, 32, GAS_ACCESS_BYTE);
    finish_table(fadt);
    return fadt;
}

/* 5.2.10. Not a table with a header: no checksum. */
static uint8_t *make_facs(struct arena *arena)
{
    uint8_t *facs = arena_alloc(arena, FACS_BYTES, FACS_ALIGN);

    if (facs != NULL) {
        mem_copy(facs, "FACS", 4);
        put_le32(facs + 4, FACS_BYTES);
        facs[32] = 2;
    }
    return facs;
}

static uint8_t *put_override(uint8_t *p, uint8_t irq, uint32_t gsi, uint16_t flags)
{
    p[0] = 2;
    p[1] = 10;
    p[3] = irq;
    put_le32(p + 4, gsi);
    put_le16(p + 8, flags);
    return p + 10;
}

/* 5.2.12. The local APIC of core i has id i and processor _UID i. */
static uint8_t *make_madt(struct arena *arena, unsigned core_count)
{
    size_t bytes = HEADER_BYTES + 8 + core_count * MADT_LAPIC_BYTES + 12 + 2 * 10 + 6;
    uint8_t *madt = new_table(arena, "APIC", 5, bytes);
    uint8_t *p;

    if (madt == NULL) {
        return NULL;
    }
    put_le32(madt + 36, (uint32_t)MAP_LAPIC_BASE);
    put_le32(madt + 40, MADT_PCAT_COMPAT);
    p = madt + 44;
    for (unsigned i = 0; i < core_count; i++, p += MADT_LAPIC_BYTES) {
        p[1] = MADT_LAPIC_BYTES;
        p[2] = (uint8_t)i;
        p[3] = (uint8_t)i;
        put_le32(p + 4, MADT_ENABLED);
    }
    p[0] = 1;
    p[1] = 12;
    p[2] = MAP_IOAPIC_ID;
    put_le32(p + 4, (uint32_t)MAP_IOAPIC_BASE);
    p = put_override(p + 12, 0, MAP_IRQ_PIT_PIN, 0);
    p = put_override(p, MAP_IRQ_SCI, MAP_IRQ_SCI, ISO_LEVEL_HIGH);
    p[0] = 4;
    p[1] = 6;
    p[2] = ALL_PROCESSORS;
    put_le16(p + 3, NMI_EDGE_HIGH);
    p[5] = LINT1;
    finish_table(madt);
    return madt;
}

static uint8_t *make_mcfg(struct arena *arena)
{
    uint8_t *mcfg = new_table(arena, "MCFG", 1, MCFG_BYTES);

    if (mcfg != NULL) {
        put_le64(mcfg + 44, MAP_ECAM_BASE);
        mcfg[55] =
            (uint8_t)(MAP_ECAM_SIZE / 0x100000 - 1); /* last bus; the first is 0, the segment too */
        finish_table(mcfg);
    }
    return mcfg;
}

static uint8_t *make_hpet(struct arena *arena, uint32_t hpet_id)
{
    uint8_t *hpet = new_table(arena, "HPET", 1, HPET_BYTES);

    if (hpet != NULL) {
        put_le32(hpet + 36, hpet_id);
        hpet[41] = 64; /* address space 0 (memory), register width in bits */
        put_le64(hpet + 44, MAP_HPET_BASE);
        finish_table(hpet);
    }
    return hpet;
}

/* Copies the compiled DSDT and writes the number of cores into it. NULL when there is no place for the number. */
static uint8_t *make_dsdt(struct arena *arena, const struct acpi_config *config)
{
    static const uint8_t pattern[] = {AML_NAME_OP, 'N', 'C', 'P', 'U', AML_BYTE_PREFIX, 0x5a};
    uint8_t *dsdt = arena_alloc(arena, config->dsdt_bytes, 16);

    if (dsdt == NULL || config->dsdt_bytes < HEADER_BYTES + sizeof(pattern)) {
        return NULL;
    }
    mem_copy(dsdt, config->dsdt, config->dsdt_bytes);
    for (size_t i = HEADER_BYTES; i <= config->dsdt_bytes - sizeof(pattern); i++) {
        if (mem_equal(dsdt + i, pattern, sizeof(pattern))) {
            dsdt[i + sizeof(pattern) - 1] = (uint8_t)config->core_count;
            finish_table(dsdt);
            return dsdt;
        }
    }
    return NULL;
}

/* 5.2.5.3: two checksums, one over the part that ACPI 1.0 knows. */
static uint8_t *make_rsdp(struct arena *arena, uint64_t xsdt_addr)
{
    uint8_t *rsdp = arena_alloc(arena, RSDP_BYTES, 16);

    if (rsdp != NULL) {
        mem_copy(rsdp, "RSD PTR ", 8);
        mem_copy(rsdp + 9, OEM_ID, 6);
        rsdp[15] = 2;
        put_le32(rsdp + 20, RSDP_BYTES);
        put_le64(rsdp + 24, xsdt_addr);
        rsdp[8] = (uint8_t)-sum8(rsdp, RSDP_V1_BYTES);
        rsdp[32] = (uint8_t)-sum8(rsdp, RSDP_BYTES);
    }
    return rsdp;
}

const char *acpi_build(const struct acpi_config *config, const struct acpi_memory *memory,
                       uint64_t *rsdp_addr)
{
    struct arena *arena = memory->tables;
    uint8_t *xsdt = new_table(arena, "XSDT", 1, HEADER_BYTES + XSDT_ENTRIES * 8);
    uint8_t *dsdt = make_dsdt(arena, config);
    uint8_t *facs = make_facs(memory->nvs);
    uint8_t *entry[XSDT_ENTRIES];
    uint8_t *rsdp;

    if (xsdt == NULL || dsdt == NULL || facs == NULL) {
        return "the ACPI tables do not fit, or the DSDT is not ours";
    }
    entry[0] = make_fadt(arena, arena_addr(arena, dsdt), arena_addr(memory->nvs, facs));
    entry[1] = make_madt(arena, config->core_count);
    entry[2] = make_mcfg(arena);
    entry[3] = make_hpet(arena, config->hpet_id);
    for (unsigned i = 0; i < XSDT_ENTRIES; i++) {
        if (entry[i] == NULL) {
            return "the ACPI tables do not fit";
        }
        put_le64(xsdt + HEADER_BYTES + (size_t)i * 8, arena_addr(arena, entry[i]));
    }
    finish_table(xsdt);
    rsdp = make_rsdp(memory->bios, arena_addr(arena, xsdt));
    if (rsdp == NULL) {
        return "the ACPI tables do not fit";
    }
    *rsdp_addr = arena_addr(memory->bios, rsdp);
    return NULL;
}
