/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole tree under random configuration and memory accesses: nothing crashes, what must not
 * change does not change, and a copy made by save and load behaves like the original.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "devices/pci/test_function.h"
#include "emu/base/bits.h"
#include "tests/unit/devices/pci/tree.h"

#define ACTS       60000
#define TWIN_ACTS  8000
#define TWIN_TURNS 4

/* The machine's functions and the test function, whose registers do something. */
static struct tree *create(void)
{
    struct tree *tree = tree_create_full();

    (void)tree_add(tree, pci_host_root(tree->host, 0), PCI_DEVFN(PCI_TEST_SLOT, 0), "/pci/00/1d.0",
                   &pci_test_class, NULL);
    return tree;
}

/* Where the test function's registers are when it decodes. */
static uint64_t pick_address(struct tree *tree, uint64_t random)
{
    const struct pci_fn *fn = pci_host_fn(tree->host, pci_host_fn_count(tree->host) - 1);

    if (random % 2 == 0) return fn->bars[0].address + (random >> 8) % 0x70;
    return UINT64_C(0x90000000) + ((random >> 8) & 0x0fffffff);
}

/* Offsets that matter come up often: command, BARs, bridge registers, capabilities. */
static unsigned pick_offset(uint64_t random)
{
    static const uint16_t favourites[] = {
        0x04, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28,  0x2c,  0x30,  0x38,
        0x3c, 0x44, 0x48, 0x50, 0x52, 0x54, 0x62, 0x64,  0x78,  0x80,  0x82,
        0x84, 0x98, 0xa0, 0xa2, 0xa4, 0xd0, 0xe4, 0x288, 0x208, 0x210, 0x228,
    };

    if (random % 4 == 0) return (unsigned)(random >> 8) & 0xffc;
    return favourites[(random >> 8) % ARRAY_LEN(favourites)];
}

static uint32_t pick_value(uint64_t random)
{
    switch (random % 8) {
    case 0: return UINT32_MAX;
    case 1: return 0;
    case 2: return UINT32_C(0x00000007);
    case 3: return (uint32_t)(random >> 8) & UINT32_C(0xfff00007);
    case 4: return UINT32_C(0x90000000) | ((uint32_t)(random >> 8) & UINT32_C(0x00fff007));
    default: return (uint32_t)(random >> 8);
    }
}

/* One act: configuration write or read straight at a function, an access by bus number, or one to
 * the memory where BARs like to be. Returns what was read. */
static uint64_t act(struct tree *tree, uint64_t *seed)
{
    uint64_t kind = rig_random(seed);
    uint64_t where = rig_random(seed);
    uint64_t what = rig_random(seed);
    struct pci_fn *fn = pci_host_fn(tree->host, where % pci_host_fn_count(tree->host));
    unsigned size = 1u << (what % 3);
    unsigned offset = pick_offset(where >> 16) & ~(size - 1);

    switch (kind % 8) {
    case 0:
    case 1:
    case 2: pci_config_write(fn, offset, size, pick_value(what)); return 0;
    case 3: return pci_config_read(fn, offset, size);
    case 4:
        return ecam_read(tree, (unsigned)where & 0xff, (unsigned)(where >> 8) & 0xff, offset, size);
    case 5:
        cf8_write(tree, (unsigned)where & 0x07, (unsigned)(where >> 8) & 0xff, offset & 0xfc, 4,
                  pick_value(what));
        return 0;
    case 6: return rig_read(tree->rig, pick_address(tree, where), 1u << (what % 4));
    default:
        rig_write(tree->rig, pick_address(tree, where), 1u << (what % 4), pick_value(kind));
        rig_advance(tree->rig, VTIME_NS(what >> 32 & 0x3f));
        pci_irq(fn, (unsigned)(what >> 8) % PCI_VECTORS_MAX, (what & 4) != 0);
        return 0;
    }
}

static void identities_survive_everything(void **state)
{
    struct tree *tree = create();
    uint64_t seed = 0x5eed;

    (void)state;
    for (unsigned i = 0; i < ACTS; i++) {
        (void)act(tree, &seed);
    }
    for (size_t i = 0; i < pci_host_fn_count(tree->host); i++) {
        const struct pci_fn *fn = pci_host_fn(tree->host, i);

        assert_int_equal(pci_config_get(fn, PCI_VENDOR_ID, 2), fn->desc->vendor);
        assert_int_equal(pci_config_get(fn, PCI_DEVICE_ID, 2), fn->desc->device);
        assert_int_equal(pci_config_get(fn, PCI_REVISION_ID, 4) >> 8, fn->desc->class_code);
    }
    tree_destroy(tree);
}

/* The invariant of pci.h: what is mapped follows from configuration alone. A second tree that is
 * given the state all at once must agree with the one that got there step by step. */
static void same_mapping(struct tree *a, struct tree *b)
{
    assert_int_equal(bus_region_count(a->rig->memory), bus_region_count(b->rig->memory));
    assert_int_equal(bus_region_count(a->rig->ports), bus_region_count(b->rig->ports));
    for (size_t i = 0; i < bus_region_count(a->rig->memory); i++) {
        assert_int_equal(bus_region(a->rig->memory, i)->base, bus_region(b->rig->memory, i)->base);
        assert_int_equal(bus_region(a->rig->memory, i)->bytes,
                         bus_region(b->rig->memory, i)->bytes);
    }
}

/* Member by member: a member that is not saved cannot show in a hash of the saved form. */
static void same_state(struct tree *a, struct tree *b)
{
    for (size_t i = 0; i < pci_host_fn_count(a->host); i++) {
        const struct pci_fn *one = pci_host_fn(a->host, i);
        const struct pci_fn *two = pci_host_fn(b->host, i);

        assert_memory_equal(one->config, two->config, sizeof(one->config));
        assert_memory_equal(one->msix_table, two->msix_table, sizeof(one->msix_table));
        assert_int_equal(one->msix_pending, two->msix_pending);
        assert_int_equal(one->levels, two->levels);
        assert_int_equal(one->intx.level, two->intx.level);
    }
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        assert_int_equal(pci_host_pirq(a->host, i)->level, pci_host_pirq(b->host, i)->level);
    }
}

static void a_loaded_copy_lives_like_the_original(void **state)
{
    struct tree *one = create();
    struct tree *two = create();
    uint64_t seed = 0x717;

    (void)state;
    for (unsigned turn = 0; turn < TWIN_TURNS; turn++) {
        uint64_t other_seed;

        for (unsigned i = 0; i < TWIN_ACTS; i++) {
            (void)act(one, &seed);
        }
        tree_copy(one, two);
        same_mapping(one, two);
        same_state(one, two);
        other_seed = seed;
        for (unsigned i = 0; i < TWIN_ACTS; i++) {
            assert_int_equal(act(one, &seed), act(two, &other_seed));
        }
        same_mapping(one, two);
        for (size_t i = 0; i < one->count; i++) {
            assert_int_equal(device_state_hash(one->devices[i]),
                             device_state_hash(two->devices[i]));
        }
    }
    tree_destroy(one);
    tree_destroy(two);
}

static void reset_is_like_power_on(void **state)
{
    struct tree *used = create();
    struct tree *fresh = create();
    uint64_t seed = 0xabc;

    (void)state;
    for (unsigned i = 0; i < TWIN_ACTS; i++) {
        (void)act(used, &seed);
    }
    device_reset(used->host, RESET_POWER_ON);
    for (size_t i = 0; i < used->count; i++) {
        device_reset(used->devices[i], RESET_POWER_ON);
    }
    same_mapping(used, fresh);
    for (size_t i = 0; i < used->count; i++) {
        assert_int_equal(device_state_hash(used->devices[i]), device_state_hash(fresh->devices[i]));
    }
    assert_int_equal(device_state_hash(used->host), device_state_hash(fresh->host));
    tree_destroy(used);
    tree_destroy(fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_survive_everything),
        cmocka_unit_test(a_loaded_copy_lives_like_the_original),
        cmocka_unit_test(reset_is_like_power_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
