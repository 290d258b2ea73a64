/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridges: bus numbers, windows, resets, swizzling, gating of DMA. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/machine/map.h"
#include "tests/unit/devices/pci/tree.h"

#define EXPRESS_AT 0x40u
#define PM_AT      0xa0u

static const struct pci_desc leaf_desc = {
    .vendor = 0x106b,
    .device = 0x0001,
    .class_code = 0x088000,
    .interrupt_pin = 2,
    .bar =
        {[0] = {.kind = PCI_BAR_MEM32, .bytes = 0x1000}, [1] = {.kind = PCI_BAR_IO, .bytes = 16}},
};
static const struct pci_described leaf_part = {.desc = &leaf_desc};

struct chain {
    struct tree *tree;
    struct pci_fn *port; /* root port 00:1c.0, buses 2..3 */
    struct pci_fn *down; /* a bridge behind it at 02:01.0, bus 3 */
    struct pci_fn *leaf; /* 03:02.0 */
};

static const struct pci_host_config two_roots = {
    .ecam_base = MAP_ECAM_BASE, .roots = {0x00, 0x80}, .root_count = 2};

static struct chain chain_create(void)
{
    struct chain chain = {.tree = tree_create_roots(&two_roots)};

    chain.port = tree_bridge(chain.tree, 0x1c, "/pci/00/1c.0", 2, 3);
    chain.down = tree_add(chain.tree, pci_bridge_bus(&chain.port->device), PCI_DEVFN(1, 0),
                          "/pci/00/1c.0/01.0", &pci_bridge_class, NULL);
    pci_config_write(chain.down, PCI_SECONDARY_BUS, 1, 3);
    pci_config_write(chain.down, PCI_SUBORDINATE_BUS, 1, 3);
    chain.leaf = tree_add(chain.tree, pci_bridge_bus(&chain.down->device), PCI_DEVFN(2, 0),
                          "/pci/00/1c.0/01.0/02.0", &pci_inert_class, &leaf_part);
    return chain;
}

static uint32_t leaf_id(struct chain *chain, unsigned bus)
{
    return ecam_read(chain->tree, bus, PCI_DEVFN(2, 0), PCI_VENDOR_ID, 4);
}

static void requests_follow_the_bus_numbers(void **state)
{
    struct chain chain = chain_create();

    (void)state;
    assert_int_equal(ecam_read(chain.tree, 2, PCI_DEVFN(1, 0), PCI_VENDOR_ID, 4), 0x20308086);
    assert_int_equal(leaf_id(&chain, 3), 0x0001106b);
    pci_config_write(chain.port, PCI_SUBORDINATE_BUS, 1, 2); /* bus 3 is claimed no more */
    assert_int_equal(leaf_id(&chain, 3), UINT32_MAX);
    tree_destroy(chain.tree);
}

static void bus_numbers_can_change(void **state)
{
    struct chain chain = chain_create();

    (void)state;
    pci_config_write(chain.port, PCI_SECONDARY_BUS, 2, 0x0201); /* 1..2 */
    pci_config_write(chain.down, PCI_SECONDARY_BUS, 2, 0x0202);
    assert_int_equal(leaf_id(&chain, 2), 0x0001106b);
    assert_int_equal(leaf_id(&chain, 3), UINT32_MAX);
    assert_int_equal(ecam_read(chain.tree, 1, PCI_DEVFN(1, 0), PCI_VENDOR_ID, 4), 0x20308086);
    tree_destroy(chain.tree);
}

static void a_root_bus_keeps_its_number_and_range(void **state)
{
    struct chain chain = chain_create();

    (void)state;
    pci_config_write(chain.port, PCI_SECONDARY_BUS, 2, 0xff80); /* claims root bus 80 */
    assert_int_equal(ecam_read(chain.tree, 0x80, PCI_DEVFN(1, 0), PCI_VENDOR_ID, 4), UINT32_MAX);
    assert_int_equal(ecam_read(chain.tree, 0x81, PCI_DEVFN(1, 0), PCI_VENDOR_ID, 4), UINT32_MAX);
    tree_destroy(chain.tree);
}

static void nobody_there_is_noted_by_the_bridge(void **state)
{
    struct chain chain = chain_create();

    (void)state;
    assert_int_equal(ecam_read(chain.tree, 2, PCI_DEVFN(7, 0), PCI_VENDOR_ID, 4), UINT32_MAX);
    assert_int_equal(pci_config_read(chain.port, PCI_SEC_STATUS, 2), PCI_STATUS_REC_MASTER_ABORT);
    pci_config_write(chain.port, PCI_SEC_STATUS, 2, 0xffff);
    assert_int_equal(pci_config_read(chain.port, PCI_SEC_STATUS, 2), 0);
    tree_destroy(chain.tree);
}

static void enable_leaf(struct chain *chain)
{
    pci_config_write(chain->leaf, PCI_BASE_ADDRESS_0, 4, 0x90100000);
    pci_config_write(chain->leaf, PCI_BASE_ADDRESS_0 + 4, 4, 0x3000);
    pci_config_write(chain->leaf, PCI_COMMAND, 2,
                     PCI_COMMAND_MEMORY | PCI_COMMAND_IO | PCI_COMMAND_MASTER);
}

static void memory_needs_every_window_above(void **state)
{
    struct chain chain = chain_create();
    struct region *region = chain.leaf->bars[0].region;

    (void)state;
    enable_leaf(&chain);
    assert_false(region->is_mapped);
    tree_open_window(chain.down, 0x90100000, 1);
    assert_false(region->is_mapped);
    tree_open_window(chain.port, 0x90000000, 2);
    assert_true(region->is_mapped);
    pci_config_write(chain.port, PCI_COMMAND, 2, 0);
    assert_false(region->is_mapped);
    pci_config_write(chain.port, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_true(region->is_mapped);
    tree_open_window(chain.port, 0x90200000, 1); /* beside it */
    assert_false(region->is_mapped);
    assert_int_equal(rig_guest_errors(chain.tree->rig), 0);
    tree_destroy(chain.tree);
}

static void prefetchable_window_is_64_bits_wide(void **state)
{
    struct chain chain = chain_create();

    (void)state;
    assert_int_equal(pci_config_read(chain.port, PCI_PREF_MEMORY_BASE, 4), 0x0001fff1);
    pci_config_write(chain.port, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    pci_config_write(chain.port, PCI_PREF_MEMORY_BASE, 4, 0x00f00000);
    pci_config_write(chain.port, PCI_PREF_BASE_UPPER32, 4, 0xc0);
    pci_config_write(chain.port, PCI_PREF_LIMIT_UPPER32, 4, 0xc1);
    pci_config_write(chain.down, PCI_PREF_MEMORY_BASE, 4, 0xfff00000);
    pci_config_write(chain.down, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    enable_leaf(&chain);
    assert_false(chain.leaf->bars[0].region->is_mapped); /* below 4 GiB: not in the port's */
    pci_config_write(chain.port, PCI_PREF_BASE_UPPER32, 4, 0);
    pci_config_write(chain.port, PCI_PREF_LIMIT_UPPER32, 4, 0);
    pci_config_write(chain.port, PCI_PREF_MEMORY_BASE, 4, 0x90109010);
    assert_true(chain.leaf->bars[0].region->is_mapped);
    tree_destroy(chain.tree);
}

static void io_window_and_isa_enable(void **state)
{
    struct chain chain = chain_create();
    struct region *region = chain.leaf->bars[1].region;

    (void)state;
    enable_leaf(&chain);
    pci_config_write(chain.port, PCI_IO_BASE, 2, 0x3020);
    pci_config_write(chain.port, PCI_COMMAND, 2, PCI_COMMAND_IO);
    pci_config_write(chain.down, PCI_IO_BASE, 2, 0x3030);
    pci_config_write(chain.down, PCI_COMMAND, 2, PCI_COMMAND_IO);
    assert_true(region->is_mapped);
    pci_config_write(chain.port, PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_CTL_ISA);
    assert_true(region->is_mapped); /* 0x3000 is in the first 256 bytes of its KiB */
    pci_config_write(chain.leaf, PCI_BASE_ADDRESS_0 + 4, 4, 0x3100);
    assert_false(region->is_mapped);
    pci_config_write(chain.port, PCI_BRIDGE_CONTROL, 2, 0);
    assert_true(region->is_mapped);
    tree_destroy(chain.tree);
}

static void secondary_bus_reset_is_deep(void **state)
{
    struct chain chain = chain_create();

    (void)state;
    tree_open_window(chain.down, 0x90100000, 1);
    tree_open_window(chain.port, 0x90000000, 2);
    enable_leaf(&chain);
    pci_config_write(chain.port, PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_CTL_BUS_RESET);
    assert_int_equal(leaf_id(&chain, 3), UINT32_MAX);
    assert_false(chain.leaf->bars[0].region->is_mapped);
    pci_config_write(chain.port, PCI_BRIDGE_CONTROL, 2, 0);
    assert_int_equal(pci_config_read(chain.down, PCI_SECONDARY_BUS, 1), 0);
    assert_int_equal(pci_config_read(chain.leaf, PCI_COMMAND, 2), 0);
    assert_int_equal(pci_config_read(chain.leaf, PCI_BASE_ADDRESS_0, 4), 0);
    assert_int_equal(pci_config_read(chain.port, PCI_SECONDARY_BUS, 1), 2); /* the port itself */
    assert_int_equal(ecam_read(chain.tree, 2, PCI_DEVFN(1, 0), PCI_VENDOR_ID, 4), 0x20308086);
    tree_destroy(chain.tree);
}

static void link_disable_and_power_cut_off_what_is_below(void **state)
{
    struct chain chain = chain_create();
    unsigned status = EXPRESS_AT + PCI_EXP_LNKSTA;

    (void)state;
    assert_true((pci_config_read(chain.port, status, 2) & PCI_EXP_LNKSTA_DLLLA) != 0);
    pci_config_write(chain.port, PM_AT + PCI_PM_CTRL, 2, 3);
    assert_int_equal(leaf_id(&chain, 3), UINT32_MAX);
    pci_config_write(chain.port, PM_AT + PCI_PM_CTRL, 2, 0);
    assert_int_equal(leaf_id(&chain, 3), 0x0001106b);
    pci_config_write(chain.port, EXPRESS_AT + PCI_EXP_LNKCTL, 2, PCI_EXP_LNKCTL_LD);
    assert_int_equal(leaf_id(&chain, 3), UINT32_MAX);
    assert_true((pci_config_read(chain.port, status, 2) & PCI_EXP_LNKSTA_DLLLA) == 0);
    pci_config_write(chain.port, EXPRESS_AT + PCI_EXP_LNKCTL, 2, 0);
    assert_true((pci_config_read(chain.port, status, 2) & PCI_EXP_LNKSTA_DLLLA) != 0);
    assert_int_equal(pci_config_read(chain.down, PCI_SECONDARY_BUS, 1), 0); /* was reset */
    tree_destroy(chain.tree);
}

static void retrain_bit_reads_zero(void **state)
{
    struct chain chain = chain_create();

    (void)state;
    pci_config_write(chain.port, EXPRESS_AT + PCI_EXP_LNKCTL, 2, 0x0060);
    assert_int_equal(pci_config_read(chain.port, EXPRESS_AT + PCI_EXP_LNKCTL, 2), 0x0040);
    tree_destroy(chain.tree);
}

static void dma_needs_bus_mastering_all_the_way(void **state)
{
    struct chain chain = chain_create();
    uint32_t word = 0;

    (void)state;
    enable_leaf(&chain);
    memcpy(chain.tree->rig->ram + 0x100, "\x78\x56\x34\x12", 4);
    assert_int_equal(pci_dma_read(chain.leaf, 0x100, &word, 4), DMA_ABORT);
    assert_int_equal(word, UINT32_MAX);
    assert_int_equal(rig_guest_errors(chain.tree->rig), 1);
    pci_config_write(chain.down, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    pci_config_write(chain.port, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    assert_int_equal(pci_dma_read(chain.leaf, 0x100, &word, 4), DMA_OK);
    assert_int_equal(word, 0x12345678);
    assert_int_equal(pci_dma_write(chain.leaf, 0x200, &word, 4), DMA_OK);
    assert_memory_equal(chain.tree->rig->ram + 0x200, &word, 4);
    pci_config_write(chain.leaf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_int_equal(pci_dma_write(chain.leaf, 0x200, &word, 4), DMA_ABORT);
    tree_destroy(chain.tree);
}

/* 9.1 of the bridge specification, and the machine's own wiring (MAP_PCI_INTX_PIN). */
static void pins_are_swizzled(void **state)
{
    struct chain chain = chain_create();
    struct probe probes[PCI_PIRQS] = {{0}};
    unsigned expected;

    (void)state;
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        irq_connect(pci_host_pirq(chain.tree->host, i), probe_sink, &probes[i], i);
    }
    for (unsigned slot = 0; slot < 32; slot++) {
        for (unsigned pin = 0; pin < 4; pin++) {
            assert_int_equal(pci_host_pirq_of(slot, pin) + MAP_IRQ_PCI_BASE,
                             MAP_PCI_INTX_PIN(slot, pin));
        }
    }
    /* INTB of device 2 -> (2 + 1) & 3 = INTD of device 1 -> (1 + 3) & 3 = INTA of 00:1c.0 */
    expected = MAP_PCI_INTX_PIN(0x1c, 0) - MAP_IRQ_PCI_BASE;
    pci_irq(chain.leaf, 0, true);
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        assert_int_equal(probes[i].level, i == expected);
    }
    pci_irq(chain.port, 0, true); /* the port's own INTA shares the line */
    pci_irq(chain.leaf, 0, false);
    assert_true(probes[expected].level);
    pci_irq(chain.port, 0, false);
    assert_false(probes[expected].level);
    assert_int_equal(probes[expected].rises, 1);
    tree_destroy(chain.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_follow_the_bus_numbers),
        cmocka_unit_test(bus_numbers_can_change),
        cmocka_unit_test(a_root_bus_keeps_its_number_and_range),
        cmocka_unit_test(nobody_there_is_noted_by_the_bridge),
        cmocka_unit_test(memory_needs_every_window_above),
        cmocka_unit_test(prefetchable_window_is_64_bits_wide),
        cmocka_unit_test(io_window_and_isa_enable),
        cmocka_unit_test(secondary_bus_reset_is_deep),
        cmocka_unit_test(link_disable_and_power_cut_off_what_is_below),
        cmocka_unit_test(retrain_bit_reads_zero),
        cmocka_unit_test(dma_needs_bus_mastering_all_the_way),
        cmocka_unit_test(pins_are_swizzled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
