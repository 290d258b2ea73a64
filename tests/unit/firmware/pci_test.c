/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI enumeration on a fake configuration space: the machine of hardware.md 1, then what must hold for any tree: resources
 * are aligned, inside the window above them, and disjoint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/pci_tree.h"
#include "firmware/platform/platform.h"
#include "tests/unit/firmware/fake_pci.h"

#define KIB                     0x400u
#define MIB                     0x100000u
#define GIB                     0x40000000ull
#define DEVFN(device, function) ((uint8_t)((device) << 3 | (function)))
#define PREF64                  (PCI_BAR_64BIT | PCI_BAR_PREFETCH)

struct world {
    struct fake_pci fake;
    struct pci_access access;
    struct pci_tree tree;
};

static void enumerate(struct world *world)
{
    const struct pci_board *board = platform_pci_board();

    world->access = fake_pci_access(&world->fake);
    pci_scan(&world->tree, &world->access, board);
    pci_place(&world->tree, board);
    pci_program(&world->tree, &world->access, board);
}

/* Can `inner` be reached through `outer`, and is it apart from all that share the bridge with it? */
static void check_resource(const struct pci_tree *tree, unsigned index)
{
    const struct pci_resource *resource = &tree->resource[index];
    const struct pci_function *owner = &tree->function[resource->owner];
    const struct pci_root *root = &platform_pci_board()->root[owner->root];
    uint64_t end = resource->base + resource->bytes;
    bool is_inside = false;

    if (resource->is_dropped) {
        return;
    }
    assert_true(resource->base % resource->align == 0);
    assert_true(resource->is_64bit || end <= 4 * GIB);
    if (owner->parent == PCI_NO_PARENT) {
        const struct pci_range *range = resource->kind == PCI_KIND_IO ? &root->io
                                        : resource->is_high           ? &root->mem64
                                                                      : &root->mem32;
        assert_true(resource->base >= range->base && end <= range->end);
        is_inside = true;
    }
    for (unsigned i = 0; i < tree->resource_count; i++) {
        const struct pci_resource *other = &tree->resource[i];
        const struct pci_function *other_owner = &tree->function[other->owner];

        if (other->is_window && other->owner == owner->parent && other->kind == resource->kind) {
            assert_true(resource->base >= other->base && end <= other->base + other->bytes);
            is_inside = true;
        }
        if (i != index && !other->is_dropped && other_owner->parent == owner->parent &&
            (other->kind == PCI_KIND_IO) == (resource->kind == PCI_KIND_IO) &&
            other_owner->root == owner->root) {
            assert_true(end <= other->base || other->base + other->bytes <= resource->base);
        }
    }
    assert_true(is_inside);
}

static void check_tree(const struct world *world)
{
    const struct pci_tree *tree = &world->tree;

    for (unsigned i = 0; i < tree->resource_count; i++) {
        check_resource(tree, i);
    }
    for (unsigned i = 0; i < tree->function_count; i++) {
        const struct pci_function *function = &tree->function[i];

        if (function->is_bridge && function->secondary != 0) {
            assert_true(function->secondary > PCI_BUS(function->bdf));
            assert_true(function->subordinate >= function->secondary);
        }
    }
}

static uint64_t bar64(const struct world *world, unsigned index, unsigned bar)
{
    uint64_t low = fake_get(&world->fake, index, PCI_BAR0 + bar * 4, 4) & ~0xfu;

    return low | (uint64_t)fake_get(&world->fake, index, PCI_BAR0 + bar * 4 + 4, 4) << 32;
}

static void add_t2(struct fake_pci *fake, int bridge)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned index = fake_add(fake, bridge, 0, (uint8_t)i, 0x1801106b + (i << 16));

        fake->function[index].config[PCI_HEADER_TYPE] = PCI_HEADER_MULTIFUNCTION;
        fake_bar(fake, index, 0, 4 * MIB, PREF64);
        fake_bar(fake, index, 2, 512 * KIB, PREF64);
        fake_bar(fake, index, 4, 64 * KIB, PREF64);
    }
}

static void the_machine_gets_its_bus_numbers_and_addresses(void **state)
{
    static struct world world;
    struct fake_pci *fake = &world.fake;
    unsigned wifi_port, wifi, t2_port, net_port, net, tb0, tb1, gpu_port, up, down, gpu, smbus;

    (void)state;
    memset(&world, 0, sizeof(world));
    wifi_port = fake_add_bridge(fake, -1, 0, DEVFN(0x1b, 0));
    wifi = fake_add(fake, (int)wifi_port, 0, 0, 0x446414e4);
    fake_bar(fake, wifi, 0, 32 * KIB, PCI_BAR_64BIT);
    fake_bar(fake, wifi, 2, 4 * MIB, PCI_BAR_64BIT);
    fake->function[wifi].config[PCI_INTERRUPT_PIN] = 1;
    t2_port = fake_add_bridge(fake, -1, 0, DEVFN(0x1c, 0));
    add_t2(fake, (int)t2_port);
    smbus = fake_add(fake, -1, 0, DEVFN(0x1f, 4), 0xa2a38086);
    fake_bar(fake, smbus, 0, 256, PCI_BAR_64BIT);
    fake_bar(fake, smbus, 4, 32, PCI_BAR_IO);
    fake->function[fake_add(fake, -1, 0, DEVFN(0x1f, 0), 0xa2d48086)].config[PCI_HEADER_TYPE] =
        PCI_HEADER_MULTIFUNCTION;
    net_port = fake_add_bridge(fake, -1, 3, 0);
    net = fake_add(fake, (int)net_port, 3, 0, 0x07b11d6a);
    fake_bar(fake, net, 0, 64 * KIB, PCI_BAR_64BIT);
    fake_bar(fake, net, 2, 4 * KIB, PCI_BAR_64BIT);
    fake_bar(fake, net, 4, 4 * MIB, PCI_BAR_64BIT);
    tb0 = fake_add_bridge(fake, -1, 5, DEVFN(2, 0));
    tb1 = fake_add_bridge(fake, -1, 5, DEVFN(3, 0));
    gpu_port = fake_add_bridge(fake, -1, 0xf0, 0);
    up = fake_add_bridge(fake, (int)gpu_port, 0xf0, 0);
    fake_bar(fake, up, 0, 16 * KIB, 0);
    down = fake_add_bridge(fake, (int)up, 0xf0, 0);
    gpu = fake_add(fake, (int)down, 0xf0, 0, 0x68671002);
    fake_bar(fake, gpu, 0, 256 * MIB, PREF64);
    fake_bar(fake, gpu, 2, 2 * MIB, PREF64);
    fake_bar(fake, gpu, 4, 256, PCI_BAR_IO);
    fake_bar(fake, gpu, 5, 512 * KIB, 0);
    fake_rom(fake, gpu, 128 * KIB);
    fake->function[gpu].config[PCI_INTERRUPT_PIN] = 1;

    enumerate(&world);
    check_tree(&world);
    assert_int_equal(world.tree.lost, 0);
    assert_int_equal(world.tree.dropped, 0);
    assert_int_equal(world.tree.function_count, fake->count);
    assert_int_equal(fake_get(fake, wifi_port, PCI_PRIMARY_BUS, 4), 0x010100);
    assert_int_equal(fake_get(fake, t2_port, PCI_PRIMARY_BUS, 4), 0x020200);
    assert_int_equal(fake_get(fake, net_port, PCI_PRIMARY_BUS, 4), 0x040403);
    assert_int_equal(fake_get(fake, tb0, PCI_PRIMARY_BUS, 4), 0x4b0605);
    assert_int_equal(fake_get(fake, tb1, PCI_PRIMARY_BUS, 4), 0x914c05);
    assert_int_equal(fake_get(fake, gpu_port, PCI_PRIMARY_BUS, 4), 0xf3f1f0);
    assert_int_equal(fake_get(fake, up, PCI_PRIMARY_BUS, 4), 0xf3f2f1);
    assert_int_equal(fake_get(fake, down, PCI_PRIMARY_BUS, 4), 0xf3f3f2);
    assert_int_equal(bar64(&world, gpu, 0), 0xe0000000);
    assert_int_equal(bar64(&world, gpu, 2), 0xf0000000);
    assert_int_equal(fake_get(fake, gpu, PCI_BAR0 + 16, 4), 0xe001);
    assert_int_equal(fake_get(fake, gpu, PCI_BAR0 + 20, 4) >> 20, 0xf02);
    assert_int_equal(fake_get(fake, smbus, PCI_BAR0 + 16, 4), 0x2001);
    assert_int_equal(fake_get(fake, gpu_port, PCI_PREF_MEMORY_BASE, 4), 0xf011e001);
    assert_int_equal(fake_get(fake, gpu, PCI_COMMAND, 2), PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    assert_int_equal(fake_get(fake, gpu_port, PCI_COMMAND, 2), 7);
    assert_int_equal(fake_get(fake, gpu, PCI_ROM_ADDRESS, 4) & PCI_ROM_ENABLE, 0);
    /* INTA of 01:00.0 behind device 0x1b; of f3:00.0 behind device 0. */
    assert_int_equal(fake_get(fake, wifi, PCI_INTERRUPT_LINE, 1), 16 + 0x1b % 8);
    assert_int_equal(fake_get(fake, gpu, PCI_INTERRUPT_LINE, 1), 16);
    assert_int_equal(fake_get(fake, smbus, PCI_INTERRUPT_LINE, 1), 0);
    for (unsigned i = 0; i < fake->count; i++) {
        assert_int_equal(fake_get(fake, i, PCI_CACHE_LINE, 1), 64 / 4);
    }
}

static void what_does_not_fit_goes_up(void **state)
{
    static struct world world;
    unsigned port, gpu, small;

    (void)state;
    memset(&world, 0, sizeof(world));
    port = fake_add_bridge(&world.fake, -1, 0xf0, 0);
    gpu = fake_add(&world.fake, (int)port, 0xf0, 0, 0x68671002);
    fake_bar(&world.fake, gpu, 0, 8 * GIB, PREF64);
    fake_bar(&world.fake, gpu, 2, 2 * MIB, PREF64);
    fake_bar(&world.fake, gpu, 5, 512 * KIB, 0);
    small = fake_add(&world.fake, -1, 0xf0, DEVFN(5, 0), 0x20348086);
    fake_bar(&world.fake, small, 0, 4 * KIB, 0);
    enumerate(&world);
    check_tree(&world);
    assert_int_equal(world.tree.dropped, 0);
    assert_true(bar64(&world, gpu, 0) == 0xf000000000);
    assert_true(bar64(&world, gpu, 2) == 0xf200000000);
    assert_int_equal(fake_get(&world.fake, port, PCI_PREF_BASE_UPPER32, 4), 0xf0);
    assert_int_equal(fake_get(&world.fake, port, PCI_PREF_LIMIT_UPPER32, 4), 0xf2);
    assert_true(fake_get(&world.fake, gpu, PCI_BAR0 + 20, 4) >= 0xe0000000);
}

static void what_fits_nowhere_stays_off(void **state)
{
    static struct world world;
    unsigned huge, small;

    (void)state;
    memset(&world, 0, sizeof(world));
    huge = fake_add(&world.fake, -1, 3, DEVFN(1, 0), 0x11111111);
    fake_bar(&world.fake, huge, 0, GIB, 0);
    small = fake_add(&world.fake, -1, 3, DEVFN(2, 0), 0x22222222);
    fake_bar(&world.fake, small, 0, 4 * KIB, 0);
    enumerate(&world);
    assert_int_equal(world.tree.dropped, 1);
    assert_int_equal(fake_get(&world.fake, huge, PCI_COMMAND, 2), 0);
    assert_int_equal(fake_get(&world.fake, small, PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
    assert_int_equal(fake_get(&world.fake, small, PCI_BAR0, 4), 0xa8000000);
}

static void a_dropped_window_takes_all_behind_it_along(void **state)
{
    static struct world world;
    unsigned outer, inner, deep;

    (void)state;
    memset(&world, 0, sizeof(world));
    outer = fake_add_bridge(&world.fake, -1, 5, DEVFN(2, 0));
    inner = fake_add_bridge(&world.fake, (int)outer, 5, 0);
    deep = fake_add(&world.fake, (int)inner, 5, 0, 0x33333333);
    fake_bar(&world.fake, deep, 0, 2 * GIB, 0);
    enumerate(&world);
    assert_int_equal(world.tree.dropped, 3);
    assert_int_equal(fake_get(&world.fake, deep, PCI_COMMAND, 2), 0);
    assert_int_equal(fake_get(&world.fake, outer, PCI_MEMORY_BASE, 4), 0xfff0);
}

/* One of the machine's Thunderbolt controllers: ports to its NHI and USB (devices 0 and 2; the latter says
 * that it can be unplugged, but in slot 0), two empty sockets. */
static void hotplug_ports_get_buses_and_windows(void **state)
{
    static struct world world;
    unsigned root, up, port[4], nhi, usb;

    (void)state;
    memset(&world, 0, sizeof(world));
    root = fake_add_bridge(&world.fake, -1, 5, DEVFN(2, 0));
    up = fake_add_bridge(&world.fake, (int)root, 5, 0);
    for (uint8_t i = 0; i < 4; i++) {
        static const uint8_t devices[] = {0, 1, 2, 4};

        port[i] = fake_add_bridge(&world.fake, (int)up, 5, DEVFN(devices[i], 0));
        if (i > 0) fake_hotplug(&world.fake, port[i], devices[i] & 5);
    }
    nhi = fake_add(&world.fake, (int)port[0], 5, 0, 0x15d28086);
    fake_bar(&world.fake, nhi, 0, 256 * KIB, 0);
    usb = fake_add(&world.fake, (int)port[2], 5, 0, 0x15d48086);
    fake_bar(&world.fake, usb, 0, 64 * KIB, 0);
    enumerate(&world);
    check_tree(&world);
    assert_int_equal(world.tree.dropped + world.tree.lost, 0);
    assert_int_equal(fake_get(&world.fake, root, PCI_PRIMARY_BUS, 4), 0x4b0605);
    assert_int_equal(fake_get(&world.fake, port[0], PCI_PRIMARY_BUS, 4), 0x080807);
    assert_int_equal(fake_get(&world.fake, port[2], PCI_PRIMARY_BUS, 4), 0x090907);
    assert_int_equal(fake_get(&world.fake, port[1], PCI_PRIMARY_BUS, 4), 0x2a0a07);
    assert_int_equal(fake_get(&world.fake, port[3], PCI_PRIMARY_BUS, 4), 0x4b2b07);
    for (unsigned i = 1; i < 4; i++) {
        uint32_t io = fake_get(&world.fake, port[i], PCI_IO_BASE, 2);
        uint32_t memory = fake_get(&world.fake, port[i], PCI_MEMORY_BASE, 4);
        uint32_t pref = fake_get(&world.fake, port[i], PCI_PREF_MEMORY_BASE, 4);

        assert_int_equal(io >> 12, io >> 4 & 0xf);
        assert_int_equal((memory >> 20) - (memory >> 4 & 0xfff), 31);
        assert_int_equal((pref >> 20) - (pref >> 4 & 0xfff), 63);
        assert_int_equal(fake_get(&world.fake, port[i], PCI_COMMAND, 2), 7);
    }
}

/* Something in a socket: it moves no bus number of what is built in, and the socket has no more buses than it needs. */
static void a_plugged_device_moves_no_bus_number(void **state)
{
    static struct world world;
    unsigned up, socket, built_in, tail;

    (void)state;
    memset(&world, 0, sizeof(world));
    up = fake_add_bridge(&world.fake, -1, 5, DEVFN(2, 0));
    socket = fake_add_bridge(&world.fake, (int)up, 5, DEVFN(1, 0));
    fake_hotplug(&world.fake, socket, 1);
    built_in = fake_add_bridge(&world.fake, (int)up, 5, DEVFN(2, 0));
    tail = fake_add_bridge(&world.fake, (int)socket, 5, 0);
    (void)fake_add(&world.fake, (int)tail, 5, 0, 0x12348086);
    enumerate(&world);
    check_tree(&world);
    assert_int_equal(fake_get(&world.fake, built_in, PCI_PRIMARY_BUS, 4), 0x070706);
    assert_int_equal(fake_get(&world.fake, socket, PCI_PRIMARY_BUS, 4), 0x090806);
    assert_int_equal(fake_get(&world.fake, tail, PCI_PRIMARY_BUS, 4), 0x090908);
}

/* Bus 00 may only number 01 and 02. */
static void bus_numbers_run_out(void **state)
{
    static struct world world;
    unsigned bridge[4];

    (void)state;
    memset(&world, 0, sizeof(world));
    for (uint8_t i = 0; i < 4; i++) {
        bridge[i] = fake_add_bridge(&world.fake, -1, 0, DEVFN(i, 0));
    }
    enumerate(&world);
    assert_int_equal(world.tree.lost, 2);
    assert_int_equal(fake_get(&world.fake, bridge[1], PCI_PRIMARY_BUS, 4), 0x020200);
    assert_int_equal(fake_get(&world.fake, bridge[3], PCI_SECONDARY_BUS, 1), 0);
}

/* Every device number answers with eight functions: the table ends, the machine goes on. */
static void too_many_functions(void **state)
{
    static struct world world;

    (void)state;
    memset(&world, 0, sizeof(world));
    for (unsigned i = 0; i < FAKE_MAX; i++) {
        uint8_t root = (uint8_t)(i < 160 ? 0 : 5);
        unsigned index = fake_add(&world.fake, -1, root, (uint8_t)(i % 160), 0x12348086);

        world.fake.function[index].config[PCI_HEADER_TYPE] = PCI_HEADER_MULTIFUNCTION;
        fake_bar(&world.fake, index, 0, 4 * KIB, 0);
        fake_bar(&world.fake, index, 1, 64 * KIB, 0);
    }
    enumerate(&world);
    check_tree(&world);
    assert_int_equal(world.tree.function_count, PCI_FUNCTIONS_MAX);
    assert_int_equal(world.tree.resource_count, PCI_RESOURCES_MAX);
    assert_true(world.tree.lost >= FAKE_MAX - PCI_FUNCTIONS_MAX);
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void random_trees_keep_the_rules(void **state)
{
    static struct world world;
    uint32_t seed = 99;

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        int bridges[40];
        int bridge_count = 0;

        memset(&world, 0, sizeof(world));
        for (unsigned i = 0; i < 40; i++) {
            int parent = bridge_count > 0 && next(&seed) % 3 != 0
                             ? bridges[next(&seed) % (unsigned)bridge_count]
                             : -1;
            uint8_t root = parent >= 0 ? world.fake.function[parent].root_bus
                                       : (uint8_t[]){0, 3, 5, 0xf0}[next(&seed) % 4];
            uint8_t devfn = DEVFN(i % 32, i / 32 * 0);
            unsigned index;

            if (next(&seed) % 4 == 0) {
                bridges[bridge_count++] = (int)fake_add_bridge(&world.fake, parent, root, devfn);
                continue;
            }
            index = fake_add(&world.fake, parent, root, devfn, 0x55aa55aa);
            fake_bar(&world.fake, index, 0, 1ull << (4 + next(&seed) % 34),
                     next(&seed) % 2 ? PREF64 : PCI_BAR_64BIT);
            fake_bar(&world.fake, index, 2, 1u << (4 + next(&seed) % 24), PCI_BAR_PREFETCH);
            fake_bar(&world.fake, index, 3, 1u << (2 + next(&seed) % 12), PCI_BAR_IO);
        }
        enumerate(&world);
        check_tree(&world);
    }
}

/* A function whose registers read back nonsense. */
static void hostile_registers_end(void **state)
{
    static struct world world;
    uint32_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        memset(&world, 0, sizeof(world));
        for (unsigned i = 0; i < 12; i++) {
            int parent = i > 0 && next(&seed) % 2 ? (int)(next(&seed) % i) : -1;
            struct fake_function *function;

            function = &world.fake.function[fake_add(&world.fake, parent, 5, (uint8_t)(i * 8), 1)];
            for (unsigned j = 4; j < FAKE_CONFIG_BYTES; j++) {
                function->config[j] = (uint8_t)next(&seed);
            }
            for (unsigned j = 0; j < FAKE_CONFIG_BYTES / 4; j++) {
                function->mask[j] = next(&seed) << 8 | next(&seed);
            }
        }
        enumerate(&world);
        assert_true(world.fake.accesses < 1000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_gets_its_bus_numbers_and_addresses),
        cmocka_unit_test(what_does_not_fit_goes_up),
        cmocka_unit_test(what_fits_nowhere_stays_off),
        cmocka_unit_test(a_dropped_window_takes_all_behind_it_along),
        cmocka_unit_test(hotplug_ports_get_buses_and_windows),
        cmocka_unit_test(a_plugged_device_moves_no_bus_number),
        cmocka_unit_test(bus_numbers_run_out),
        cmocka_unit_test(too_many_functions),
        cmocka_unit_test(random_trees_keep_the_rules),
        cmocka_unit_test(hostile_registers_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
