/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts table against hardware.md section 1, and functions without a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/pci/tree.h"

/* One row of hardware.md 1.1 to 1.6 (Thunderbolt and the ten CHAs from the dumps that it names), typed
 * from there and not from the table under test. */
struct row {
    uint8_t bus;
    uint8_t slot;
    uint8_t function;
    uint16_t vendor;
    uint16_t device;
    uint32_t class_code;
    uint8_t revision;
    uint32_t subsystem; /* id << 16 | vendor; bridges: 0 */
    uint8_t pin;
};

#define UNCORE     UINT32_C(0x00008086)
#define PCH        UINT32_C(0x72708086)
#define PERIPHERAL 0x088000
#define COUNTERS   0x110100
#define BRIDGE     0x060400

static const struct row rows[] = {
    {0x00, 0x00, 0, 0x8086, 0x2020, 0x060000, 4, UNCORE, 1},
    {0x00, 0x04, 0, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 1},
    {0x00, 0x04, 1, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 2},
    {0x00, 0x04, 2, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 3},
    {0x00, 0x04, 3, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 4},
    {0x00, 0x04, 4, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 1},
    {0x00, 0x04, 5, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 2},
    {0x00, 0x04, 6, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 3},
    {0x00, 0x04, 7, 0x8086, 0x2021, PERIPHERAL, 4, UNCORE, 4},
    {0x00, 0x05, 0, 0x8086, 0x2024, PERIPHERAL, 4, UNCORE, 0},
    {0x00, 0x05, 2, 0x8086, 0x2025, PERIPHERAL, 4, 0, 0},
    {0x00, 0x05, 4, 0x8086, 0x2026, 0x080020, 4, 0x20268086, 0},
    {0x00, 0x08, 0, 0x8086, 0x2014, PERIPHERAL, 4, UNCORE, 0},
    {0x00, 0x08, 1, 0x8086, 0x2015, COUNTERS, 4, UNCORE, 0},
    {0x00, 0x08, 2, 0x8086, 0x2016, PERIPHERAL, 4, UNCORE, 0},
    {0x00, 0x14, 0, 0x8086, 0xa2af, 0x0c0330, 0, PCH, 1},
    {0x00, 0x16, 0, 0x8086, 0xa2ba, 0x078000, 0, PCH, 1},
    {0x00, 0x1b, 0, 0x8086, 0xa2eb, BRIDGE, 0xf0, 0, 1},
    {0x00, 0x1c, 0, 0x8086, 0xa294, BRIDGE, 0xf0, 0, 1},
    {0x00, 0x1e, 0, 0x8086, 0xa2a7, 0x118000, 0, PCH, 1},
    {0x00, 0x1e, 1, 0x8086, 0xa2a8, 0x118000, 0, PCH, 2},
    {0x00, 0x1f, 0, 0x8086, 0xa2d4, 0x060100, 0, PCH, 0},
    {0x00, 0x1f, 2, 0x8086, 0xa2a1, 0x058000, 0, PCH, 0},
    {0x00, 0x1f, 4, 0x8086, 0xa2a3, 0x0c0500, 0, PCH, 1},
    {0x01, 0x00, 0, 0x14e4, 0x4464, 0x028000, 3, 0x07bf106b, 1},
    {0x02, 0x00, 0, 0x106b, 0x2005, 0x018002, 1, 0x1800106b, 0},
    {0x02, 0x00, 1, 0x106b, 0x1801, 0x000000, 1, 0x1801106b, 0},
    {0x02, 0x00, 2, 0x106b, 0x1802, 0x000000, 1, 0x1802106b, 0},
    {0x02, 0x00, 3, 0x106b, 0x1803, 0x040100, 1, 0x1803106b, 0},
    {0x03, 0x00, 0, 0x8086, 0x2030, BRIDGE, 4, 0, 1},
    {0x03, 0x05, 0, 0x8086, 0x2034, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x05, 2, 0x8086, 0x2035, PERIPHERAL, 4, 0, 0},
    {0x03, 0x05, 4, 0x8086, 0x2036, 0x080020, 4, 0x20368086, 0},
    {0x03, 0x08, 0, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x08, 1, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x08, 2, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x08, 3, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x08, 4, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x08, 5, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x08, 6, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x08, 7, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x09, 0, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x09, 1, 0x8086, 0x208d, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 0, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 1, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 2, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 3, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 4, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 5, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 6, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0e, 7, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0f, 0, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x0f, 1, 0x8086, 0x208e, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1d, 0, 0x8086, 0x2054, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1d, 1, 0x8086, 0x2055, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1d, 2, 0x8086, 0x2056, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1d, 3, 0x8086, 0x2057, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1e, 0, 0x8086, 0x2080, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1e, 1, 0x8086, 0x2081, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1e, 2, 0x8086, 0x2082, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1e, 3, 0x8086, 0x2083, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1e, 4, 0x8086, 0x2084, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1e, 5, 0x8086, 0x2085, PERIPHERAL, 4, UNCORE, 0},
    {0x03, 0x1e, 6, 0x8086, 0x2086, PERIPHERAL, 4, UNCORE, 0},
    {0x04, 0x00, 0, 0x1d6a, 0x07b1, 0x020000, 2, 0x0187106b, 1},
    {0x05, 0x02, 0, 0x8086, 0x2032, BRIDGE, 4, 0, 1},
    {0x05, 0x03, 0, 0x8086, 0x2033, BRIDGE, 4, 0, 1},
    {0x05, 0x05, 0, 0x8086, 0x2034, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x05, 2, 0x8086, 0x2035, PERIPHERAL, 4, 0, 0},
    {0x05, 0x05, 4, 0x8086, 0x2036, 0x080020, 4, 0x20368086, 0},
    {0x05, 0x08, 0, 0x8086, 0x2066, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x09, 0, 0x8086, 0x2066, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 0, 0x8086, 0x2040, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 1, 0x8086, 0x2041, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 2, 0x8086, 0x2042, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 3, 0x8086, 0x2043, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 4, 0x8086, 0x2044, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 5, 0x8086, 0x2045, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 6, 0x8086, 0x2046, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0a, 7, 0x8086, 0x2047, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0b, 0, 0x8086, 0x2048, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0b, 1, 0x8086, 0x2049, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0b, 2, 0x8086, 0x204a, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0b, 3, 0x8086, 0x204b, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 0, 0x8086, 0x2040, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 1, 0x8086, 0x2041, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 2, 0x8086, 0x2042, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 3, 0x8086, 0x2043, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 4, 0x8086, 0x2044, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 5, 0x8086, 0x2045, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 6, 0x8086, 0x2046, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0c, 7, 0x8086, 0x2047, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0d, 0, 0x8086, 0x2048, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0d, 1, 0x8086, 0x2049, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0d, 2, 0x8086, 0x204a, PERIPHERAL, 4, UNCORE, 0},
    {0x05, 0x0d, 3, 0x8086, 0x204b, PERIPHERAL, 4, UNCORE, 0},
    {0x06, 0x00, 0, 0x8086, 0x1578, BRIDGE, 2, 0, 1},
    {0x07, 0x00, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x07, 0x01, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x07, 0x02, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x07, 0x04, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x08, 0x00, 0, 0x8086, 0x15d2, PERIPHERAL, 2, UNCORE, 1},
    {0x09, 0x00, 0, 0x8086, 0x15d4, 0x0c0330, 2, UNCORE, 1},
    {0x4c, 0x00, 0, 0x8086, 0x1578, BRIDGE, 2, 0, 1},
    {0x4d, 0x00, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x4d, 0x01, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x4d, 0x02, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x4d, 0x04, 0, 0x8086, 0x15d3, BRIDGE, 2, 0, 1},
    {0x4e, 0x00, 0, 0x8086, 0x15d2, PERIPHERAL, 2, UNCORE, 1},
    {0x4f, 0x00, 0, 0x8086, 0x15d4, 0x0c0330, 2, UNCORE, 1},
    {0xf0, 0x00, 0, 0x8086, 0x2030, BRIDGE, 4, 0, 1},
    {0xf0, 0x05, 0, 0x8086, 0x2034, PERIPHERAL, 4, UNCORE, 0},
    {0xf0, 0x05, 2, 0x8086, 0x2035, PERIPHERAL, 4, 0, 0},
    {0xf0, 0x05, 4, 0x8086, 0x2036, 0x080020, 4, 0x20368086, 0},
    {0xf0, 0x12, 0, 0x8086, 0x204c, COUNTERS, 4, UNCORE, 0},
    {0xf0, 0x12, 1, 0x8086, 0x204d, COUNTERS, 4, UNCORE, 0},
    {0xf0, 0x12, 2, 0x8086, 0x204e, PERIPHERAL, 4, UNCORE, 0},
    {0xf0, 0x15, 0, 0x8086, 0x2018, PERIPHERAL, 4, UNCORE, 0},
    {0xf0, 0x16, 0, 0x8086, 0x2018, PERIPHERAL, 4, UNCORE, 0},
    {0xf0, 0x16, 4, 0x8086, 0x2018, PERIPHERAL, 4, UNCORE, 0},
    {0xf0, 0x17, 0, 0x8086, 0x2018, PERIPHERAL, 4, 0, 0},
    {0xf1, 0x00, 0, 0x1022, 0x1470, BRIDGE, 0, 0, 1},
    {0xf2, 0x00, 0, 0x1022, 0x1471, BRIDGE, 0, 0, 1},
    {0xf3, 0x00, 0, 0x1002, 0x6867, 0x030000, 0, 0x017b106b, 1},
    {0xf3, 0x00, 1, 0x1002, 0xaaf8, 0x040300, 0, 0xaaf81002, 2},
};

static void every_function_is_there_and_none_else(void **state)
{
    struct tree *tree = tree_create_full();
    size_t found = 0;

    (void)state;
    tree_number(tree);
    for (unsigned bus = 0; bus < 256; bus++) {
        for (unsigned devfn = 0; devfn < 256; devfn++) {
            found += ecam_read(tree, bus, devfn, PCI_VENDOR_ID, 4) != UINT32_MAX;
        }
    }
    assert_int_equal(found, ARRAY_LEN(rows));
    assert_int_equal(pci_part_count, ARRAY_LEN(rows));
    tree_destroy(tree);
}

static void headers_are_those_of_the_real_machine(void **state)
{
    struct tree *tree = tree_create_full();

    (void)state;
    tree_number(tree);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        unsigned devfn = PCI_DEVFN(row->slot, row->function);
        uint32_t header = ecam_read(tree, row->bus, devfn, PCI_HEADER_TYPE, 1);

        assert_int_equal(ecam_read(tree, row->bus, devfn, PCI_VENDOR_ID, 2), row->vendor);
        assert_int_equal(ecam_read(tree, row->bus, devfn, PCI_DEVICE_ID, 2), row->device);
        assert_int_equal(ecam_read(tree, row->bus, devfn, PCI_REVISION_ID, 4) >> 8,
                         row->class_code);
        assert_int_equal(ecam_read(tree, row->bus, devfn, PCI_REVISION_ID, 1), row->revision);
        assert_int_equal(ecam_read(tree, row->bus, devfn, PCI_INTERRUPT_PIN, 1), row->pin);
        assert_int_equal(header & 0x7f, row->class_code == BRIDGE ? 1 : 0);
        if (row->class_code != BRIDGE) {
            assert_int_equal(ecam_read(tree, row->bus, devfn, PCI_SUBSYSTEM_VENDOR_ID, 4),
                             row->subsystem);
        }
    }
    tree_destroy(tree);
}

static void multi_function_bit_is_set_where_there_are_several(void **state)
{
    struct tree *tree = tree_create_full();

    (void)state;
    tree_number(tree);
    assert_int_equal(ecam_read(tree, 0, PCI_DEVFN(0x04, 0), PCI_HEADER_TYPE, 1), 0x80);
    assert_int_equal(ecam_read(tree, 0, PCI_DEVFN(0x05, 4), PCI_HEADER_TYPE, 1), 0x80);
    assert_int_equal(ecam_read(tree, 2, 0, PCI_HEADER_TYPE, 1), 0x80);
    assert_int_equal(ecam_read(tree, 0, PCI_DEVFN(0x14, 0), PCI_HEADER_TYPE, 1), 0x00);
    assert_int_equal(ecam_read(tree, 0, PCI_DEVFN(0x1c, 0), PCI_HEADER_TYPE, 1), 0x01);
    tree_destroy(tree);
}

static void descriptions_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < pci_part_count; i++) {
        assert_null(pci_desc_check(pci_parts[i].part->desc));
    }
}

/* Both capability chains end, visit each capability once and stay inside their space. */
static void walk_capabilities(struct pci_fn *fn)
{
    unsigned offset = pci_config_get(fn, PCI_CAPABILITY_LIST, 1);
    unsigned steps = 0;
    unsigned listed = 0;

    for (; offset != 0; steps++) {
        assert_true(offset >= 0x40 && (offset & 3) == 0 && steps < 48);
        offset = pci_config_get(fn, offset + 1, 1);
    }
    offset = pci_config_get(fn, 0x100, 4) != 0 ? 0x100 : 0;
    for (; offset != 0; steps++) {
        assert_true(offset >= 0x100 && (offset & 3) == 0 && steps < 96);
        offset = pci_config_get(fn, offset, 4) >> 20;
    }
    for (const struct pci_cap *cap = fn->desc->caps; cap != NULL && cap->kind != PCI_CAP_END;
         cap++) {
        listed++;
    }
    assert_int_equal(steps, listed);
}

static void capability_chains_are_complete(void **state)
{
    struct tree *tree = tree_create_full();

    (void)state;
    for (size_t i = 0; i < tree->count; i++) {
        walk_capabilities((struct pci_fn *)(void *)tree->devices[i]);
    }
    tree_destroy(tree);
}

static void bus_numbers_are_fixed(void **state)
{
    struct tree *tree = tree_create_full();

    (void)state;
    ecam_write(tree, 0, PCI_DEVFN(8, 2), 0xcc, 4, 0);
    assert_int_equal(ecam_read(tree, 0, PCI_DEVFN(8, 2), 0xcc, 4), 0xf0050300);
    tree_destroy(tree);
}

static void inert_memory_reads_zero_and_is_traced(void **state)
{
    struct tree *tree = tree_create_full();
    unsigned cbdma = PCI_DEVFN(4, 0);
    uint64_t before;

    (void)state;
    ecam_write(tree, 0, cbdma, PCI_BASE_ADDRESS_0, 4, 0x90000000);
    ecam_write(tree, 0, cbdma, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    before = rig_unimplemented(tree->rig);
    assert_int_equal(rig_read(tree->rig, 0x90000000, 4), 0);
    rig_write(tree->rig, 0x90000004, 4, 1);
    assert_int_equal(rig_read(tree->rig, 0x90000008, 8), 0);
    assert_int_equal(rig_unimplemented(tree->rig) - before, 3);
    tree_destroy(tree);
}

static void ports_show_what_is_plugged_in(void **state)
{
    struct tree *tree = tree_create_full();
    struct pci_fn *full = tree_find(tree, "/pci/05/02.0/00.0/02.0");
    struct pci_fn *empty = tree_find(tree, "/pci/05/02.0/00.0/01.0");
    struct pci_fn *t2 = tree_find(tree, "/pci/00/1c.0");

    (void)state;
    assert_int_equal(pci_config_get(full, 0xc0 + PCI_EXP_SLTSTA, 2), PCI_EXP_SLTSTA_PDS);
    assert_int_equal(pci_config_get(full, 0xc0 + PCI_EXP_LNKSTA, 2), 0x3041);
    assert_int_equal(pci_config_get(empty, 0xc0 + PCI_EXP_SLTSTA, 2), 0);
    assert_int_equal(pci_config_get(empty, 0xc0 + PCI_EXP_LNKSTA, 2), 0x1041);
    assert_int_equal(pci_config_get(t2, 0x40 + PCI_EXP_LNKSTA, 2), 0x3043);
    /* No button, no indicator, no command completed: their enables are hardwired (7.8.10). */
    pci_config_write(empty, 0xc0 + PCI_EXP_SLTCTL, 2, 0xffff);
    assert_int_equal(pci_config_get(empty, 0xc0 + PCI_EXP_SLTCTL, 2), 0x1028);
    pci_config_write(t2, 0x40 + PCI_EXP_SLTCTL, 2, 0xffff);
    assert_int_equal(pci_config_get(t2, 0x40 + PCI_EXP_SLTCTL, 2), 0x1000);
    tree_destroy(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptions_are_sound),
        cmocka_unit_test(every_function_is_there_and_none_else),
        cmocka_unit_test(headers_are_those_of_the_real_machine),
        cmocka_unit_test(multi_function_bit_is_set_where_there_are_several),
        cmocka_unit_test(capability_chains_are_complete),
        cmocka_unit_test(bus_numbers_are_fixed),
        cmocka_unit_test(inert_memory_reads_zero_and_is_traced),
        cmocka_unit_test(ports_show_what_is_plugged_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
