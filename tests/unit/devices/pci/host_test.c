/* SPDX-License-Identifier: GPL-2.0-only */
/* The host bridge: the two configuration mechanisms, the ports in between, the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/machine/map.h"
#include "tests/unit/devices/pci/tree.h"

static void both_mechanisms_see_the_same(void **state)
{
    struct tree *tree = tree_create_full();

    (void)state;
    tree_number(tree);
    for (unsigned bus = 0; bus < 256; bus++) {
        for (unsigned devfn = 0; devfn < 256; devfn++) {
            if (ecam_read(tree, bus, devfn, 0, 4) == UINT32_MAX) continue;
            for (unsigned offset = 0; offset < 256; offset += 4) {
                assert_int_equal(cf8_read(tree, bus, devfn, offset, 4),
                                 ecam_read(tree, bus, devfn, offset, 4));
            }
        }
    }
    tree_destroy(tree);
}

static void data_port_takes_bytes_and_words(void **state)
{
    struct tree *tree = tree_create_full();
    unsigned nhi = PCI_DEVFN(0x16, 0);

    (void)state;
    assert_int_equal(cf8_read(tree, 0, nhi, 0x02, 2), 0xa2ba);
    assert_int_equal(cf8_read(tree, 0, nhi, 0x01, 1), 0x80);
    cf8_write(tree, 0, nhi, PCI_INTERRUPT_LINE, 1, 0x5a);
    assert_int_equal(ecam_read(tree, 0, nhi, PCI_INTERRUPT_LINE, 4), 0x015a);
    cf8_write(tree, 0, nhi, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    assert_int_equal(ecam_read(tree, 0, nhi, PCI_COMMAND, 2), PCI_COMMAND_MASTER);
    ecam_write(tree, 0, nhi, PCI_COMMAND + 1, 1, 0x04);
    assert_int_equal(cf8_read(tree, 0, nhi, PCI_COMMAND, 2), 0x0404);
    tree_destroy(tree);
}

/* PCI Local Bus 3.0, 3.2.2.3.2: only dword accesses are configuration address accesses. What Linux's
 * pci_check_type1() does. */
static void address_port_takes_dwords_only(void **state)
{
    struct tree *tree = tree_create_full();
    struct rig *rig = tree->rig;

    (void)state;
    rig_out(rig, 0xcf8, 4, 0x80001234);
    rig_out(rig, 0xcfb, 1, 0x01);
    rig_out(rig, 0xcf8, 2, 0x0000);
    assert_int_equal(rig_in(rig, 0xcf8, 4), 0x80001234);
    assert_int_equal(rig_in(rig, 0xcf8, 1), 0xff);
    rig_out(rig, 0xcf8, 4, UINT32_MAX);
    assert_int_equal(rig_in(rig, 0xcf8, 4), 0x80fffffc); /* reserved bits read 0 */
    rig_out(rig, 0xcf8, 4, 0x00000000);
    assert_int_equal(rig_in(rig, 0xcfc, 4), UINT32_MAX); /* disabled: plain ports */
    tree_destroy(tree);
}

struct reset_port {
    unsigned writes;
    uint8_t value;
};

static uint8_t reset_read(void *ctx)
{
    return ((struct reset_port *)ctx)->value;
}

static void reset_write(void *ctx, uint8_t value)
{
    struct reset_port *port = ctx;

    port->writes++;
    port->value = value;
}

static void port_cf9_is_the_reset_register(void **state)
{
    struct tree *tree = tree_create();
    struct reset_port port = {0};
    struct rig *rig = tree->rig;

    (void)state;
    rig_out(rig, 0xcf9, 1, 0x06); /* nobody: vanishes */
    assert_int_equal(rig_in(rig, 0xcf9, 1), 0xff);
    pci_host_set_reset_port(tree->host, &(struct pci_reset_port){
                                            .ctx = &port,
                                            .read = reset_read,
                                            .write = reset_write,
                                        });
    rig_out(rig, 0xcf9, 1, 0x06);
    assert_int_equal(port.writes, 1);
    assert_int_equal(rig_in(rig, 0xcf9, 1), 0x06);
    rig_out(rig, 0xcf8, 4, 0x80000600); /* a dword is not a reset */
    rig_out(rig, 0xcf8, 2, 0x0600);
    assert_int_equal(port.writes, 1);
    tree_destroy(tree);
}

static void missing_functions_read_ones_and_swallow_writes(void **state)
{
    struct tree *tree = tree_create_full();

    (void)state;
    assert_int_equal(ecam_read(tree, 0, PCI_DEVFN(0x1f, 7), 0, 4), UINT32_MAX);
    assert_int_equal(ecam_read(tree, 0x77, 0, 0x100, 2), 0xffff);
    ecam_write(tree, 0x77, 0, 0x04, 4, 0x7);
    assert_int_equal(rig_guest_errors(tree->rig), 0); /* that is how software looks for devices */
    tree_destroy(tree);
}

static void ecam_peek_has_no_side_effect(void **state)
{
    struct tree *tree = tree_create_full();
    uint64_t seq = trace_seq(tree->rig->trace);

    (void)state;
    assert_int_equal(bus_peek(tree->rig->memory, MAP_ECAM_BASE, 4), 0x20208086);
    assert_int_equal(bus_peek(tree->rig->memory, MAP_ECAM_BASE + 0x7f00000, 4), UINT32_MAX);
    assert_int_equal(trace_seq(tree->rig->trace), seq);
    tree_destroy(tree);
}

static void default_is_the_machines_map(void **state)
{
    struct tree *tree = tree_create();
    const struct region *ecam = bus_find(tree->rig->memory, MAP_ECAM_BASE);

    (void)state;
    assert_non_null(ecam);
    assert_int_equal(ecam->base, MAP_ECAM_BASE);
    assert_int_equal(ecam->bytes, MAP_ECAM_SIZE);
    assert_non_null(bus_find(tree->rig->ports, MAP_PORT_PCI_ADDRESS));
    assert_non_null(bus_find(tree->rig->ports, MAP_PORT_PCI_DATA));
    assert_non_null(pci_host_root(tree->host, MAP_ROOT_BUS_PCH));
    assert_non_null(pci_host_root(tree->host, MAP_ROOT_BUS_IIO0));
    assert_non_null(pci_host_root(tree->host, MAP_ROOT_BUS_IIO1));
    assert_non_null(pci_host_root(tree->host, MAP_ROOT_BUS_IIO2));
    assert_null(pci_host_root(tree->host, 1));
    tree_destroy(tree);
}

static void buses_are_found_by_path(void **state)
{
    struct tree *tree = tree_create_full();
    struct pci_bus *bus = pci_host_bus_behind(tree->host, "/pci/00/1c.0");

    (void)state;
    assert_non_null(bus);
    assert_int_equal(bus->fn_count, 4);
    assert_null(pci_host_bus_behind(tree->host, "/pci/00/14.0")); /* no bridge */
    assert_null(pci_host_bus_behind(tree->host, "/nowhere"));
    tree_destroy(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_mechanisms_see_the_same),
        cmocka_unit_test(data_port_takes_bytes_and_words),
        cmocka_unit_test(address_port_takes_dwords_only),
        cmocka_unit_test(port_cf9_is_the_reset_register),
        cmocka_unit_test(missing_functions_read_ones_and_swallow_writes),
        cmocka_unit_test(ecam_peek_has_no_side_effect),
        cmocka_unit_test(default_is_the_machines_map),
        cmocka_unit_test(buses_are_found_by_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
