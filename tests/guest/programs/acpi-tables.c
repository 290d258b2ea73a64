/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware's ACPI tables as an operating system finds them: checksums, FADT, MADT, MCFG and
 * HPET agree with the machine; SMBIOS entry point and strings. ACPI 6.4 chapter 5; SMBIOS 3.1;
 * reference/hardware.md 1.7.
 */
#include "tests/guest/lib/dev.h"

static void checksums(void)
{
    const struct platform *p = platform();
    report(p->rsdp != NULL, "RSDP is found");
    if (p->rsdp == NULL) return;
    report(p->rsdp[15] >= 2, "RSDP revision 2");
    report(acpi_checksum_ok(p->rsdp, 36), "RSDP extended checksum");
    report(memcmp(p->root->signature, "XSDT", 4) == 0, "XSDT");
    report(acpi_checksum_ok(p->root, p->root->length), "XSDT checksum");
    static const char names[][5] = {"FACP", "APIC", "MCFG", "HPET"};
    for (unsigned i = 0; i < COUNT(names); i++) {
        const struct acpi_header *table = acpi_find(names[i]);
        report(table != NULL, "%s is there", names[i]);
        if (table != NULL) report(acpi_checksum_ok(table, table->length), "%s checksum", names[i]);
    }
    report(p->dsdt != NULL && memcmp(p->dsdt->signature, "DSDT", 4) == 0, "DSDT");
    if (p->dsdt != NULL) report(acpi_checksum_ok(p->dsdt, p->dsdt->length), "DSDT checksum");
}

static void contents(void)
{
    const struct platform *p = platform();
    report_eq(p->pm1_evt, MAP_PM1_EVT, "FADT: PM1 event block");
    report_eq(p->pm1_cnt, MAP_PM1_CNT, "FADT: PM1 control");
    report_eq(p->pm_tmr, MAP_PM_TMR, "FADT: PM timer");
    report_eq(p->gpe0, MAP_PM_GPE0, "FADT: GPE0 block");
    report_eq(p->sci_irq, MAP_IRQ_SCI, "FADT: SCI");
    report(p->fadt_flags & BIT(10), "FADT: reset register supported");
    report(p->reset_reg.space == 1 && p->reset_reg.address == MAP_PORT_RESET_CONTROL,
           "FADT: reset register");
    report_eq(p->lapic, MAP_LAPIC_BASE, "MADT: local APIC address");
    report_eq(p->ioapic, MAP_IOAPIC_BASE, "MADT: I/O APIC address");
    report_eq(p->ioapic_id, MAP_IOAPIC_ID, "MADT: I/O APIC id");
    report(p->lapic_count >= 1, "MADT: %u processors", p->lapic_count);
    report_eq(p->isa_gsi[0], MAP_IRQ_PIT_PIN, "MADT: IRQ 0 is global interrupt 2");
    report_eq(p->isa_gsi[9], 9, "MADT: SCI is global interrupt 9");
    report_eq(p->isa_flags[9] & 0xc, 0xc, "MADT: SCI is level");
    report_eq(p->ecam, MAP_ECAM_BASE, "MCFG: ECAM address");
    report(p->ecam_first_bus == 0 && p->ecam_last_bus == 255, "MCFG: all buses");
    report_eq(p->hpet, MAP_HPET_BASE, "HPET address");
    report(p->slp_typ_s5 != 0 || p->dsdt != NULL, "DSDT: _S5");
}

static const uint8_t *smbios_find(void)
{
    for (uintptr_t at = 0xf0000; at < 0x100000; at += 16) {
        if (memcmp((const void *)at, "_SM3_", 5) == 0) return (const uint8_t *)at;
    }
    return NULL;
}

static bool has_text(const uint8_t *from, size_t bytes, const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    for (size_t i = 0; i + length <= bytes; i++) {
        if (memcmp(from + i, text, length) == 0) return true;
    }
    return false;
}

static void smbios(void)
{
    const uint8_t *entry = smbios_find();
    report(entry != NULL, "SMBIOS 3 entry point");
    if (entry == NULL) return;
    report(acpi_checksum_ok(entry, entry[6]), "SMBIOS entry point checksum");
    uint32_t bytes;
    uint64_t address;
    memcpy(&bytes, entry + 12, 4);
    memcpy(&address, entry + 16, 8);
    const uint8_t *table = (const uint8_t *)(uintptr_t)address;
    report(has_text(table, bytes, "iMacPro1,1"), "SMBIOS: product");
    report(has_text(table, bytes, "Apple Inc."), "SMBIOS: vendor");
    report(has_text(table, bytes, "Mac-7BA5B2D9E42DDD94"), "SMBIOS: board");
    const uint8_t *at = table, *end = table + bytes;
    bool types[128] = {0};
    unsigned structures = 0;
    while (at + 4 <= end && at[1] >= 4 && structures < 200) {
        structures++;
        types[at[0] & 127] = true;
        if (at[0] == 127) break;
        at += at[1];
        while (at + 1 < end && (at[0] != 0 || at[1] != 0)) {
            at++;
        }
        at += 2;
    }
    report(types[0] && types[1] && types[2] && types[4] && types[16] && types[17] && types[127],
           "SMBIOS: the structures are there");
}

static void pm_registers(void)
{
    uint16_t control = in16(MAP_PM1_CNT);
    report(control & 1, "PM1 control: SCI_EN set (no SMI handler on this machine)");
    out16(MAP_PM1_EVT + 2, 0x0100);
    report_eq(in16(MAP_PM1_EVT + 2) & 0x0521, 0x0100, "PM1 enable reads back");
    out16(MAP_PM1_EVT + 2, 0);
    out16(MAP_PM1_EVT, 0xffff);
    report_eq(in16(MAP_PM1_EVT) & 0x0100, 0, "PM1 status: write 1 to clear");
    uint32_t a = pm_timer();
    pm_wait(100);
    report(pm_timer_delta(a, pm_timer()) >= 100, "PM timer counts");
    out32(MAP_PM_TMR, 0);
    report(pm_timer_delta(a, pm_timer()) >= 100, "and cannot be written");
}

void guest_main(void)
{
    checksums();
    contents();
    smbios();
    pm_registers();
}
