/* SPDX-License-Identifier: GPL-2.0-only */
/* The ACPI tables: chain, checksums, contents, and the DSDT's interrupt routing against the machine's wiring. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/machine/map.h"
#include "firmware/core/acpi.h"
#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"
#include "firmware/platform/platform.h"

#define BIOS_ADDR   0xf0000u
#define TABLES_ADDR 0x7ffc0000u
#define NVS_ADDR    0x7fff0000u

struct tables {
    uint8_t bios[0x1000], tables[0x4000], nvs[0x1000];
    uint64_t rsdp_addr;
};

static const char *build(struct tables *t, unsigned cores)
{
    struct arena bios = {.memory = t->bios, .addr = BIOS_ADDR, .bytes = sizeof(t->bios)};
    struct arena tables = {.memory = t->tables, .addr = TABLES_ADDR, .bytes = sizeof(t->tables)};
    struct arena nvs = {.memory = t->nvs, .addr = NVS_ADDR, .bytes = sizeof(t->nvs)};
    const struct acpi_memory memory = {.bios = &bios, .tables = &tables, .nvs = &nvs};
    const struct acpi_config config = {
        .dsdt = platform_dsdt,
        .dsdt_bytes = (size_t)(platform_dsdt_end - platform_dsdt),
        .core_count = cores,
        .hpet_id = 0x8086a701,
    };

    return acpi_build(&config, &memory, &t->rsdp_addr);
}

static const uint8_t *at(const struct tables *t, uint64_t addr)
{
    if (addr >= NVS_ADDR) {
        return t->nvs + (addr - NVS_ADDR);
    }
    assert_true(addr >= TABLES_ADDR && addr < TABLES_ADDR + sizeof(t->tables));
    return t->tables + (addr - TABLES_ADDR);
}

/* A table of the XSDT by its signature, its checksum checked. */
static const uint8_t *table(const struct tables *t, const char *signature)
{
    const uint8_t *xsdt = at(t, get_le64(t->bios + (t->rsdp_addr - BIOS_ADDR) + 24));

    assert_memory_equal(xsdt, "XSDT", 4);
    assert_int_equal(sum8(xsdt, get_le32(xsdt + 4)), 0);
    for (uint32_t offset = 36; offset < get_le32(xsdt + 4); offset += 8) {
        const uint8_t *found = at(t, get_le64(xsdt + offset));

        assert_int_equal(sum8(found, get_le32(found + 4)), 0);
        if (memcmp(found, signature, 4) == 0) {
            return found;
        }
    }
    fail_msg("no table %s", signature);
    return NULL;
}

static void the_root_pointer(void **state)
{
    static struct tables t;
    const uint8_t *rsdp;

    (void)state;
    assert_null(build(&t, 8));
    assert_true(t.rsdp_addr >= 0xe0000 && t.rsdp_addr % 16 == 0);
    rsdp = t.bios + (t.rsdp_addr - BIOS_ADDR);
    assert_memory_equal(rsdp, "RSD PTR ", 8);
    assert_int_equal(sum8(rsdp, 20), 0);
    assert_int_equal(sum8(rsdp, 36), 0);
}

static void the_fadt_names_ports_and_tables(void **state)
{
    static struct tables t;
    const uint8_t *fadt, *dsdt, *facs;

    (void)state;
    assert_null(build(&t, 1));
    fadt = table(&t, "FACP");
    assert_int_equal(get_le32(fadt + 4), 276);
    assert_int_equal(fadt[8], 6);
    assert_int_equal(get_le16(fadt + 46), MAP_IRQ_SCI);
    assert_int_equal(get_le32(fadt + 48), 0);
    assert_int_equal(get_le32(fadt + 76), MAP_PM_TMR);
    assert_int_equal(get_le64(fadt + 152), MAP_PM1_EVT);
    assert_int_equal(get_le64(fadt + 176), MAP_PM1_CNT);
    assert_int_equal(get_le64(fadt + 120), MAP_PORT_RESET_CONTROL);
    assert_int_equal(fadt[128], 6);
    assert_int_equal(get_le32(fadt + 40), get_le64(fadt + 140));
    assert_int_equal(get_le64(fadt + 132), 0); /* a FACS above 4 GiB */
    dsdt = at(&t, get_le64(fadt + 140));
    assert_memory_equal(dsdt, "DSDT", 4);
    assert_int_equal(sum8(dsdt, get_le32(dsdt + 4)), 0);
    facs = at(&t, get_le32(fadt + 36));
    assert_memory_equal(facs, "FACS", 4);
    assert_int_equal(get_le32(fadt + 36) % 64, 0);
    assert_int_equal(get_le32(facs + 4), 64);
}

static void the_madt_has_one_entry_per_core(void **state)
{
    for (unsigned cores = 1; cores <= 8; cores++) {
        static struct tables t;
        unsigned seen[5] = {0};
        const uint8_t *madt, *p;

        (void)state;
        assert_null(build(&t, cores));
        madt = table(&t, "APIC");
        assert_int_equal(get_le32(madt + 36), MAP_LAPIC_BASE);
        for (p = madt + 44; p < madt + get_le32(madt + 4); p += p[1]) {
            assert_in_range(p[0], 0, 4);
            assert_true(p[1] >= 6);
            if (p[0] == 0) {
                assert_int_equal(p[3], seen[0]);
            }
            seen[p[0]]++;
        }
        assert_ptr_equal(p, madt + get_le32(madt + 4));
        assert_int_equal(seen[0], cores);
        assert_int_equal(seen[1], 1);
        assert_int_equal(seen[2], 2);
        assert_int_equal(seen[4], 1);
    }
}

static void the_dsdt_counts_the_cores(void **state)
{
    static struct tables t;
    static const uint8_t name[] = {0x08, 'N', 'C', 'P', 'U', 0x0a, 5};
    const uint8_t *dsdt;

    (void)state;
    assert_null(build(&t, 5));
    dsdt = at(&t, get_le64(table(&t, "FACP") + 140));
    assert_non_null(memmem(dsdt, get_le32(dsdt + 4), name, sizeof(name)));
}

static void mcfg_and_hpet(void **state)
{
    static struct tables t;
    const uint8_t *mcfg, *hpet;

    (void)state;
    assert_null(build(&t, 2));
    mcfg = table(&t, "MCFG");
    assert_int_equal(get_le32(mcfg + 4), 60);
    assert_true(get_le64(mcfg + 44) == MAP_ECAM_BASE);
    assert_int_equal(mcfg[54], 0);
    assert_int_equal(mcfg[55], 255);
    hpet = table(&t, "HPET");
    assert_int_equal(get_le32(hpet + 36), 0x8086a701);
    assert_true(get_le64(hpet + 44) == MAP_HPET_BASE);
}

/* An AML integer at *p: Zero, One, or a byte, word or double word with its prefix. */
static uint32_t aml_integer(const uint8_t **p)
{
    uint8_t op = *(*p)++;
    uint32_t value = op;

    if (op == 0x0a) {
        value = *(*p)++;
    } else if (op == 0x0b) {
        value = get_le16(*p);
        *p += 2;
    } else if (op == 0x0c) {
        value = get_le32(*p);
        *p += 4;
    } else {
        assert_true(op <= 1);
    }
    return value;
}

/* PRTA: 32 devices x 4 pins of Package () { address, pin, 0, interrupt }. */
static void interrupt_routing_is_the_machines(void **state)
{
    size_t bytes = (size_t)(platform_dsdt_end - platform_dsdt);
    const uint8_t *p = memmem(platform_dsdt, bytes, "\x08PRTA\x12", 6);

    (void)state;
    assert_non_null(p);
    p += 6;
    p += 1 + (*p >> 6); /* package length */
    assert_int_equal(*p++, 128);
    for (unsigned i = 0; i < 128; i++) {
        unsigned device = i / 4, pin = i % 4;

        assert_int_equal(*p, 0x12);
        assert_int_equal(p[2], 4);
        p += 3;
        assert_int_equal(aml_integer(&p), device << 16 | 0xffff);
        assert_int_equal(aml_integer(&p), pin);
        assert_int_equal(aml_integer(&p), 0);
        assert_int_equal(aml_integer(&p), MAP_PCI_INTX_PIN(device, pin));
        assert_int_equal(platform_pci_interrupt(0, device, pin + 1), MAP_PCI_INTX_PIN(device, pin));
    }
}

static void a_foreign_dsdt_is_refused(void **state)
{
    static uint8_t memory[0x1000];
    static const uint8_t dsdt[64] = "DSDT";
    struct arena arena = {.memory = memory, .addr = 0xf0000, .bytes = sizeof(memory)};
    const struct acpi_memory acpi = {.bios = &arena, .tables = &arena, .nvs = &arena};
    const struct acpi_config config = {.dsdt = dsdt, .dsdt_bytes = sizeof(dsdt), .core_count = 1};
    uint64_t rsdp;

    (void)state;
    assert_non_null(acpi_build(&config, &acpi, &rsdp));
}

static void too_little_memory_is_noticed(void **state)
{
    size_t dsdt_bytes = (size_t)(platform_dsdt_end - platform_dsdt);

    (void)state;
    for (size_t bytes = 0; bytes < dsdt_bytes + 800; bytes += 16) {
        static uint8_t memory[0x2000], low[64], nvs[64];
        struct arena tables = {.memory = memory, .addr = TABLES_ADDR, .bytes = bytes};
        struct arena bios = {.memory = low, .addr = BIOS_ADDR, .bytes = sizeof(low)};
        struct arena facs = {.memory = nvs, .addr = NVS_ADDR, .bytes = sizeof(nvs)};
        const struct acpi_memory acpi = {.bios = &bios, .tables = &tables, .nvs = &facs};
        const struct acpi_config config = {
            .dsdt = platform_dsdt, .dsdt_bytes = dsdt_bytes, .core_count = 8};
        uint64_t rsdp = 0;

        assert_true((acpi_build(&config, &acpi, &rsdp) == NULL) == (rsdp != 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_pointer),
        cmocka_unit_test(the_fadt_names_ports_and_tables),
        cmocka_unit_test(the_madt_has_one_entry_per_core),
        cmocka_unit_test(the_dsdt_counts_the_cores),
        cmocka_unit_test(mcfg_and_hpet),
        cmocka_unit_test(interrupt_routing_is_the_machines),
        cmocka_unit_test(a_foreign_dsdt_is_refused),
        cmocka_unit_test(too_little_memory_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
