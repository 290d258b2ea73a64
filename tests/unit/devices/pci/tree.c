/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/devices/pci/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/machine/map.h"

struct number {
    const char *path;
    uint8_t secondary;
    uint8_t subordinate;
};

/* hardware.md 1 and the dump it names: what firmware of the real machine assigns. */
static const struct number numbers[] = {
    {"/pci/00/1b.0", 0x01, 0x01},           {"/pci/00/1c.0", 0x02, 0x02},
    {"/pci/03/00.0", 0x04, 0x04},           {"/pci/05/02.0", 0x06, 0x4b},
    {"/pci/05/02.0/00.0", 0x07, 0x4b},      {"/pci/05/02.0/00.0/00.0", 0x08, 0x08},
    {"/pci/05/02.0/00.0/02.0", 0x09, 0x09}, {"/pci/05/02.0/00.0/01.0", 0x0a, 0x2a},
    {"/pci/05/02.0/00.0/04.0", 0x2b, 0x4b}, {"/pci/05/03.0", 0x4c, 0x91},
    {"/pci/05/03.0/00.0", 0x4d, 0x91},      {"/pci/05/03.0/00.0/00.0", 0x4e, 0x4e},
    {"/pci/05/03.0/00.0/02.0", 0x4f, 0x4f}, {"/pci/05/03.0/00.0/01.0", 0x50, 0x70},
    {"/pci/05/03.0/00.0/04.0", 0x71, 0x91}, {"/pci/f0/00.0", 0xf1, 0xf3},
    {"/pci/f0/00.0/00.0", 0xf2, 0xf3},      {"/pci/f0/00.0/00.0/00.0", 0xf3, 0xf3},
};

struct tree *tree_create_roots(const struct pci_host_config *config)
{
    struct tree *tree = calloc(1, sizeof(*tree));

    assert_non_null(tree);
    tree->rig = rig_create();
    tree->host = rig_device(tree->rig, &pci_host_class, "/pci", config);
    return tree;
}

struct tree *tree_create(void)
{
    return tree_create_roots(NULL);
}

static struct pci_fn *keep(struct tree *tree, struct device *device)
{
    assert_non_null(device);
    assert_true(tree->count < TREE_DEVICES_MAX);
    tree->devices[tree->count++] = device;
    device_reset(device, RESET_POWER_ON);
    return (struct pci_fn *)(void *)device;
}

struct tree *tree_create_full(void)
{
    struct tree *tree = tree_create();
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < pci_part_count; i++) {
        (void)keep(tree, pci_part_add(tree->host, &pci_parts[i], &err));
    }
    return tree;
}

void tree_destroy(struct tree *tree)
{
    while (tree->count > 0) {
        tree->count--;
        device_destroy(tree->devices[tree->count]);
    }
    rig_destroy(tree->rig);
    free(tree);
}

struct pci_fn *tree_add(struct tree *tree, struct pci_bus *bus, unsigned devfn, const char *path,
                        const struct device_class *class, const void *part)
{
    struct error err = ERROR_INIT;

    return keep(tree, pci_add(bus, devfn, path, class, part, &err));
}

struct pci_fn *tree_bridge(struct tree *tree, unsigned slot, const char *path, unsigned secondary,
                           unsigned subordinate)
{
    struct pci_bus *root = pci_host_root(tree->host, 0);
    struct pci_fn *fn = tree_add(tree, root, PCI_DEVFN(slot, 0), path, &pci_bridge_class, NULL);

    pci_config_write(fn, PCI_SECONDARY_BUS, 1, secondary);
    pci_config_write(fn, PCI_SUBORDINATE_BUS, 1, subordinate);
    return fn;
}

void tree_open_window(struct pci_fn *bridge, uint32_t base, unsigned megabytes)
{
    uint32_t limit = base + (megabytes << 20) - 1;

    pci_config_write(bridge, PCI_MEMORY_BASE, 4, (limit & 0xfff00000) | base >> 16);
    pci_config_write(bridge, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

struct pci_fn *tree_find(struct tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (strcmp(tree->devices[i]->path, path) == 0) {
            return (struct pci_fn *)(void *)tree->devices[i];
        }
    }
    fail_msg("no function %s", path);
    return NULL;
}

void tree_number(struct tree *tree)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct pci_fn *fn = tree_find(tree, numbers[i].path);

        pci_config_write(fn, PCI_SECONDARY_BUS, 1, numbers[i].secondary);
        pci_config_write(fn, PCI_SUBORDINATE_BUS, 1, numbers[i].subordinate);
    }
}

void tree_copy(struct tree *from, struct tree *to)
{
    assert_int_equal(from->count, to->count);
    memcpy(to->rig->ram, from->rig->ram, RIG_RAM_BYTES);
    for (size_t i = 0; i < from->count; i++) {
        rig_copy_state(from->rig, from->devices[i], to->rig, to->devices[i]);
    }
    rig_copy_state(from->rig, from->host, to->rig, to->host);
}

static uint64_t ecam(unsigned bus, unsigned devfn, unsigned offset)
{
    return MAP_ECAM_BASE + ((uint64_t)bus << 20 | (uint64_t)devfn << 12 | offset);
}

uint32_t ecam_read(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size)
{
    return (uint32_t)rig_read(tree->rig, ecam(bus, devfn, offset), size);
}

void ecam_write(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size,
                uint32_t value)
{
    rig_write(tree->rig, ecam(bus, devfn, offset), size, value);
}

static void cf8_select(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset)
{
    rig_out(tree->rig, MAP_PORT_PCI_ADDRESS, 4,
            UINT32_C(0x80000000) | bus << 16 | devfn << 8 | (offset & 0xfc));
}

uint32_t cf8_read(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size)
{
    cf8_select(tree, bus, devfn, offset);
    return (uint32_t)rig_in(tree->rig, MAP_PORT_PCI_DATA + (offset & 3), size);
}

void cf8_write(struct tree *tree, unsigned bus, unsigned devfn, unsigned offset, unsigned size,
               uint32_t value)
{
    cf8_select(tree, bus, devfn, offset);
    rig_out(tree->rig, MAP_PORT_PCI_DATA + (offset & 3), size, value);
}
