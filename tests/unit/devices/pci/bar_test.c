/* SPDX-License-Identifier: GPL-2.0-only */
/* BARs: sizing, placement, conflicts, resizing, what answers behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/pci/tree.h"

#define REBAR_AT 0x100u

static uint64_t ops_read(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size)
{
    (void)fn;
    return (uint64_t)bar << 24 | (uint64_t)size << 16 | offset;
}

static void ops_write(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size,
                      uint64_t value)
{
    (void)size;
    pci_irq(fn, bar, (value & 1) != 0);
    (void)offset;
}

static const struct pci_bar_ops ops = {
    .read = ops_read, .write = ops_write, .peek = ops_read, .min_access = 2, .max_access = 4};

static const struct pci_cap rebar_caps[] = {
    {.kind = PCI_CAP_REBAR, .offset = REBAR_AT, .rebar = {.bar = {2, 0}, .sizes = {0x0d, 0x3}}},
    {.kind = PCI_CAP_END},
};
static const struct pci_desc many_desc = {
    .vendor = 0x8086,
    .device = 0x0001,
    .class_code = 0x088000,
    .interrupt_pin = 1,
    .bar = {[0] = {.kind = PCI_BAR_MEM32, .is_prefetchable = true, .bytes = 0x100000},
            [1] = {.kind = PCI_BAR_IO, .bytes = 0x40, .ops = &ops},
            [2] = {.kind = PCI_BAR_MEM64, .is_prefetchable = true, .bytes = 0x400000},
            [4] = {.kind = PCI_BAR_MEM64, .bytes = UINT64_C(0x400000000), .fill = 0xa5}},
    .rom_bytes = 0x10000,
    .caps = rebar_caps,
};
static const struct pci_desc small_desc = {
    .vendor = 0x8086,
    .device = 0x0002,
    .class_code = 0x088000,
    .bar = {[0] = {.kind = PCI_BAR_MEM32, .bytes = 0x1000}},
};
static const struct pci_described many = {.desc = &many_desc};
static const struct pci_described small = {.desc = &small_desc};

static struct pci_fn *add_many(struct tree *tree)
{
    return tree_add(tree, pci_host_root(tree->host, 0), PCI_DEVFN(2, 0), "/pci/00/02.0",
                    &pci_inert_class, &many);
}

static struct pci_fn *add_small(struct tree *tree, unsigned slot, const char *path)
{
    return tree_add(tree, pci_host_root(tree->host, 0), PCI_DEVFN(slot, 0), path, &pci_inert_class,
                    &small);
}

static uint32_t size_of(struct pci_fn *fn, unsigned offset)
{
    uint32_t old = pci_config_read(fn, offset, 4);
    uint32_t ones;

    pci_config_write(fn, offset, 4, UINT32_MAX);
    ones = pci_config_read(fn, offset, 4);
    pci_config_write(fn, offset, 4, old);
    return ones;
}

static void sizes_are_read_back_as_the_specification_says(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_many(tree);

    (void)state;
    assert_int_equal(size_of(fn, 0x10), 0xfff00008);
    assert_int_equal(size_of(fn, 0x14), 0xffffffc1);
    assert_int_equal(size_of(fn, 0x18), 0xffc0000c);
    assert_int_equal(size_of(fn, 0x1c), 0xffffffff);
    assert_int_equal(size_of(fn, 0x20), 0x00000004);
    assert_int_equal(size_of(fn, 0x24), 0xfffffffc);
    assert_int_equal(size_of(fn, 0x30), 0xffff0001);
    tree_destroy(tree);
}

static void bars_decode_where_they_are_put(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_many(tree);

    (void)state;
    pci_config_write(fn, 0x10, 4, 0x90000000);
    pci_config_write(fn, 0x14, 4, 0x2000);
    pci_config_write(fn, 0x20, 4, 0);
    pci_config_write(fn, 0x24, 4, 0xc0);
    assert_int_equal(rig_read(tree->rig, 0x90000000, 4), UINT32_MAX);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
    assert_int_equal(rig_read(tree->rig, 0x90000000, 4), 0);
    assert_int_equal(rig_read(tree->rig, 0x900fffff, 1), 0);
    assert_int_equal(rig_read(tree->rig, 0x90100000, 4), UINT32_MAX);
    assert_int_equal(rig_in(tree->rig, 0x2004, 4), 0x01040004);
    assert_int_equal(rig_in(tree->rig, 0x2006, 1), 0x06); /* widened to the declared two bytes */
    assert_int_equal(rig_read(tree->rig, UINT64_C(0xc000000000), 8), UINT64_C(0xa5a5a5a5a5a5a5a5));
    assert_int_equal(rig_read(tree->rig, UINT64_C(0xc3ffffffff), 1), 0xa5);
    pci_config_write(fn, 0x10, 4, 0x91000000); /* moved while enabled */
    assert_int_equal(rig_read(tree->rig, 0x90000000, 4), UINT32_MAX);
    assert_int_equal(rig_read(tree->rig, 0x91000000, 4), 0);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_IO);
    assert_int_equal(rig_read(tree->rig, 0x91000000, 4), UINT32_MAX);
    assert_int_equal(rig_in(tree->rig, 0x2000, 4), 0x01040000);
    tree_destroy(tree);
}

static void io_bars_of_zero_or_beyond_64k_do_not_decode(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_many(tree);

    (void)state;
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_IO);
    assert_false(fn->bars[1].own.is_mapped);
    pci_config_write(fn, 0x14, 4, 0x10000);
    assert_false(fn->bars[1].own.is_mapped);
    pci_config_write(fn, 0x14, 4, 0xffc0);
    assert_true(fn->bars[1].own.is_mapped);
    tree_destroy(tree);
}

static void the_rom_has_its_own_enable(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_many(tree);

    (void)state;
    pci_config_write(fn, 0x10, 4, 0x92000000);
    pci_config_write(fn, 0x18, 4, 0x93000000);
    pci_config_write(fn, 0x24, 4, 0xc0);
    pci_config_write(fn, 0x30, 4, 0x90000000);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_false(fn->bars[PCI_ROM_BAR].own.is_mapped);
    pci_config_write(fn, 0x30, 4, 0x90000001);
    assert_true(fn->bars[PCI_ROM_BAR].own.is_mapped);
    assert_int_equal(rig_read(tree->rig, 0x90000000, 2), 0xffff); /* no image: no signature */
    pci_config_write(fn, PCI_COMMAND, 2, 0);
    assert_false(fn->bars[PCI_ROM_BAR].own.is_mapped);
    tree_destroy(tree);
}

static void a_bar_over_ram_is_a_guest_error(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_small(tree, 2, "/pci/00/02.0");
    struct pci_fn *bridge = tree_bridge(tree, 3, "/pci/00/03.0", 1, 1);

    (void)state;
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY); /* at 0, where RAM is */
    assert_false(fn->bars[0].own.is_mapped);
    assert_int_equal(rig_guest_errors(tree->rig), 1);
    pci_config_write(bridge, PCI_COMMAND, 2, PCI_COMMAND_MEMORY); /* all is mapped anew */
    assert_int_equal(rig_guest_errors(tree->rig), 1);
    pci_config_write(fn, 0x10, 4, 0x90000000);
    assert_true(fn->bars[0].own.is_mapped);
    tree_destroy(tree);
}

/* The winner is the function that was created first, whichever was enabled first. */
static void conflicts_do_not_depend_on_history(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *first = add_small(tree, 2, "/pci/00/02.0");
    struct pci_fn *second = add_small(tree, 3, "/pci/00/03.0");

    (void)state;
    pci_config_write(first, 0x10, 4, 0x90000000);
    pci_config_write(second, 0x10, 4, 0x90000000);
    pci_config_write(second, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_true(second->bars[0].own.is_mapped);
    pci_config_write(first, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_true(first->bars[0].own.is_mapped);
    assert_false(second->bars[0].own.is_mapped);
    assert_int_equal(rig_guest_errors(tree->rig), 1);
    pci_config_write(first, PCI_COMMAND, 2, 0);
    assert_true(second->bars[0].own.is_mapped);
    tree_destroy(tree);
}

static void resizable_bars_change_size(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_many(tree);

    (void)state;
    assert_int_equal(pci_config_read(fn, REBAR_AT + 4, 4), 0xd0);
    assert_int_equal(pci_config_read(fn, REBAR_AT + 8, 4), 0x00000242); /* BAR 2, two, 4 MiB */
    pci_config_write(fn, REBAR_AT + 8, 4, 0x0300);                      /* 8 MiB */
    assert_int_equal(size_of(fn, 0x18), 0xff80000c);
    pci_config_write(fn, 0x18, 4, 0x90800000);
    pci_config_write(fn, 0x24, 4, 0xc0);
    pci_config_write(fn, 0x10, 4, 0xa0000000);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_int_equal(rig_read(tree->rig, 0x90ffffff, 1), 0);
    pci_config_write(fn, REBAR_AT + 8, 4, 0x0000); /* 1 MiB, while enabled */
    assert_int_equal(rig_read(tree->rig, 0x90ffffff, 1), 0xff);
    assert_int_equal(rig_read(tree->rig, 0x908fffff, 1), 0);
    pci_config_write(fn, REBAR_AT + 8, 4, 0x0100); /* 2 MiB is not offered */
    assert_int_equal(pci_config_read(fn, REBAR_AT + 8, 4), 0x0042);
    pci_config_write(fn, REBAR_AT + 8, 4, 0x3f00);
    assert_int_equal(pci_config_read(fn, REBAR_AT + 8, 4), 0x0042);
    pci_config_write(fn, REBAR_AT + 0x10, 4, 0x0100); /* BAR 0 to 2 MiB */
    assert_int_equal(size_of(fn, 0x10), 0xffe00008);
    device_reset(&fn->device, RESET_BUS);
    assert_int_equal(size_of(fn, 0x18), 0xffc0000c);
    assert_int_equal(size_of(fn, 0x10), 0xfff00008);
    tree_destroy(tree);
}

static void a_model_may_give_its_own_memory(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_small(tree, 2, "/pci/00/02.0");
    uint8_t *memory = calloc(1, 0x1000);
    struct region region = {
        .name = "vram", .bytes = 0x1000, .kind = REGION_RAM, .host = memory, .owner = fn};
    uint32_t word = 0x11223344;

    (void)state;
    pci_bar_set_region(fn, 0, &region);
    pci_config_write(fn, 0x10, 4, 0x90000000);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    rig_write(tree->rig, 0x90000010, 4, word);
    assert_memory_equal(memory + 0x10, &word, 4);
    pci_config_write(fn, PCI_COMMAND, 2, 0);
    assert_false(region.is_mapped);
    tree_destroy(tree);
    free(memory);
}

/* Host memory of the largest size; what is mapped follows the guest's choice. */
static void own_memory_of_a_resizable_bar(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = add_many(tree);
    uint8_t *memory = calloc(1, 0x800000);
    struct region region = {
        .name = "vram", .bytes = 0x800000, .kind = REGION_RAM, .host = memory, .owner = fn};

    (void)state;
    pci_bar_set_region(fn, 2, &region);
    pci_config_write(fn, 0x18, 4, 0x90800000);
    pci_config_write(fn, 0x10, 4, 0xa0000000);
    pci_config_write(fn, 0x24, 4, 0xc0);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_int_equal(region.bytes, 0x400000);
    pci_config_write(fn, REBAR_AT + 8, 4, 0x0300);
    assert_int_equal(region.bytes, 0x800000);
    rig_write(tree->rig, 0x90ffffff, 1, 0x77);
    assert_int_equal(memory[0x7fffff], 0x77);
    pci_config_write(fn, REBAR_AT + 8, 4, 0x0000);
    assert_int_equal(region.bytes, 0x100000);
    assert_int_equal(rig_read(tree->rig, 0x90900000, 1), 0xff);
    tree_destroy(tree);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read_back_as_the_specification_says),
        cmocka_unit_test(bars_decode_where_they_are_put),
        cmocka_unit_test(io_bars_of_zero_or_beyond_64k_do_not_decode),
        cmocka_unit_test(the_rom_has_its_own_enable),
        cmocka_unit_test(a_bar_over_ram_is_a_guest_error),
        cmocka_unit_test(conflicts_do_not_depend_on_history),
        cmocka_unit_test(resizable_bars_change_size),
        cmocka_unit_test(a_model_may_give_its_own_memory),
        cmocka_unit_test(own_memory_of_a_resizable_bar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
