/* SPDX-License-Identifier: GPL-2.0-only */
/* The PCI test function: what guest tests rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/test_function.h"
#include "emu/base/bits.h"
#include "tests/unit/devices/pci/tree.h"

#define BAR0   UINT64_C(0x90000000)
#define BAR2   UINT64_C(0xc000000000)
#define BAR4   0x2000u
#define MSI_AT 0x50u
#define DEVFN  PCI_DEVFN(PCI_TEST_SLOT, 0)

struct bench {
    struct tree *tree;
    struct rig *rig;
    struct probe pin;
};

static void bench_create(struct bench *bench)
{
    struct error err = ERROR_INIT;
    struct device *device;

    *bench = (struct bench){.tree = tree_create()};
    bench->rig = bench->tree->rig;
    device = pci_test_add(bench->tree->host, &err);
    assert_non_null(device);
    bench->tree->devices[bench->tree->count++] = device;
    device_reset(device, RESET_POWER_ON);
    irq_connect(pci_host_pirq(bench->tree->host, pci_host_pirq_of(PCI_TEST_SLOT, 0)), probe_sink,
                &bench->pin, 0);
    ecam_write(bench->tree, 0, DEVFN, PCI_BASE_ADDRESS_0, 4, (uint32_t)BAR0);
    ecam_write(bench->tree, 0, DEVFN, PCI_BASE_ADDRESS_0 + 12, 4, BAR2 >> 32);
    ecam_write(bench->tree, 0, DEVFN, PCI_BASE_ADDRESS_0 + 16, 4, BAR4);
    ecam_write(bench->tree, 0, DEVFN, PCI_COMMAND, 2,
               PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    assert_int_equal(rig_read(bench->rig, BAR0 + PCI_TEST_ID, 4), PCI_TEST_ID_VALUE);
}

static void level_drives_the_pin(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    rig_write(bench.rig, BAR0 + PCI_TEST_LEVEL, 4, 0x81);
    assert_true(bench.pin.level);
    rig_write(bench.rig, BAR0 + PCI_TEST_LEVEL, 1, 0);
    assert_false(bench.pin.level);
    rig_write(bench.rig, BAR0 + PCI_TEST_SEND, 4, 1); /* no messages enabled */
    assert_int_equal(rig_guest_errors(bench.rig), 1);
    tree_destroy(bench.tree);
}

static void send_makes_messages(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    ecam_write(bench.tree, 0, DEVFN, MSI_AT + 4, 4, 0xfee01000);
    ecam_write(bench.tree, 0, DEVFN, MSI_AT + 0x0c, 2, 0x60);
    ecam_write(bench.tree, 0, DEVFN, MSI_AT + 2, 2, 0x31);
    rig_write(bench.rig, BAR0 + PCI_TEST_SEND, 4, 6);
    assert_int_equal(bench.rig->message_addr, 0xfee01000);
    assert_int_equal(bench.rig->message_data, 0x66);
    rig_out(bench.rig, BAR4 + PCI_TEST_IO_SEND, 4, 3);
    assert_int_equal(bench.rig->message_data, 0x63);
    rig_write(bench.rig, BAR2 + 16 * 3, 8, 0xfee02000);
    rig_write(bench.rig, BAR2 + 16 * 3 + 8, 8, 0x77);
    ecam_write(bench.tree, 0, DEVFN, 0xb2, 2, 0x8000);
    rig_write(bench.rig, BAR0 + PCI_TEST_SEND, 4, 3);
    assert_int_equal(bench.rig->message_addr, 0xfee02000);
    assert_int_equal(bench.rig->message_data, 0x77);
    rig_write(bench.rig, BAR0 + PCI_TEST_SEND, 4, 8);
    assert_int_equal(bench.rig->messages, 3);
    tree_destroy(bench.tree);
}

static void scratch_counts_widths(void **state)
{
    struct bench bench;
    uint64_t scratch = BAR0 + PCI_TEST_SCRATCH;

    (void)state;
    bench_create(&bench);
    rig_write(bench.rig, scratch, 8, UINT64_C(0x1122334455667788));
    rig_write(bench.rig, scratch + 4, 4, 0xaabbccdd);
    rig_write(bench.rig, scratch + 1, 1, 0x99);
    assert_int_equal(rig_read(bench.rig, scratch, 8), UINT64_C(0xaabbccdd55669988));
    assert_int_equal(rig_read(bench.rig, scratch + 6, 2), 0xaabb);
    for (unsigned i = 0; i < 8; i++) {
        static const uint8_t expected[8] = {0, 1, 0, 1, 1, 0, 1, 1};

        assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_COUNTS + 4 * i, 4), expected[i]);
    }
    rig_write(bench.rig, BAR0 + PCI_TEST_CLEAR, 4, 1);
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_COUNTS + 12, 4), 0);
    tree_destroy(bench.tree);
}

static void start_copy(struct bench *bench, uint64_t from, uint64_t to, uint32_t bytes)
{
    rig_write(bench->rig, BAR0 + PCI_TEST_DMA_SOURCE, 8, from);
    rig_write(bench->rig, BAR0 + PCI_TEST_DMA_TARGET, 8, to);
    rig_write(bench->rig, BAR0 + PCI_TEST_DMA_BYTES, 4, bytes);
    rig_write(bench->rig, BAR0 + PCI_TEST_DMA_START, 4, 1);
}

static void copies_take_time_and_tell(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    memset(bench.rig->ram + 0x1000, 0x5a, 4096);
    start_copy(&bench, 0x1000, 0x2800, 4096);
    rig_write(bench.rig, BAR0 + PCI_TEST_DMA_BYTES, 4, UINT32_MAX); /* too late to matter */
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_STATUS, 4), PCI_TEST_STATUS_DMA_BUSY);
    rig_advance(bench.rig, VTIME_NS(PCI_TEST_DMA_NS) - 1);
    assert_int_equal(bench.rig->ram[0x2800], 0);
    rig_advance(bench.rig, 1);
    assert_memory_equal(bench.rig->ram + 0x1000, bench.rig->ram + 0x2800, 4096);
    assert_int_equal(bench.rig->ram[0x3800], 0);
    assert_true(bench.pin.level);
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_STATUS, 4), PCI_TEST_STATUS_DMA_DONE);
    rig_write(bench.rig, BAR0 + PCI_TEST_STATUS, 4, 0xff);
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_STATUS, 4), 0);
    start_copy(&bench, UINT64_C(0xb0000000), 0x2800, 16);
    rig_advance(bench.rig, VTIME_US(1));
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_STATUS, 4),
                     PCI_TEST_STATUS_DMA_DONE | PCI_TEST_STATUS_DMA_ERROR);
    start_copy(&bench, 0x1000, 0x2800, 4097);
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_STATUS, 4) & PCI_TEST_STATUS_DMA_BUSY, 0);
    tree_destroy(bench.tree);
}

static void the_timer_fires_once(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    rig_write(bench.rig, BAR0 + PCI_TEST_TIMER_NS, 4, 250);
    rig_advance(bench.rig, VTIME_NS(249));
    assert_false(bench.pin.level);
    rig_advance(bench.rig, VTIME_US(5));
    assert_true(bench.pin.level);
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_LEVEL, 4), BIT32(PCI_TEST_VECTOR_TIMER));
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_TIMER_COUNT, 4), 1);
    rig_write(bench.rig, BAR0 + PCI_TEST_TIMER_NS, 4, 250);
    rig_write(bench.rig, BAR0 + PCI_TEST_TIMER_NS, 4, 0);
    rig_advance(bench.rig, VTIME_US(5));
    assert_int_equal(rig_read(bench.rig, BAR0 + PCI_TEST_TIMER_COUNT, 4), 1);
    tree_destroy(bench.tree);
}

static void function_level_reset_stops_all(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    rig_write(bench.rig, BAR0 + PCI_TEST_LEVEL, 4, 1);
    rig_write(bench.rig, BAR0 + PCI_TEST_TIMER_NS, 4, 250);
    rig_write(bench.rig, BAR0 + PCI_TEST_SCRATCH, 8, 1);
    ecam_write(bench.tree, 0, DEVFN, 0x70 + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_FLR);
    assert_false(bench.pin.level);
    assert_int_equal(rig_read(bench.rig, BAR0, 4), UINT32_MAX);
    rig_advance(bench.rig, VTIME_US(1));
    assert_false(bench.pin.level);
    assert_int_equal(ecam_read(bench.tree, 0, DEVFN, PCI_VENDOR_ID, 4),
                     PCI_TEST_DEVICE << 16 | PCI_TEST_VENDOR);
    tree_destroy(bench.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_drives_the_pin),  cmocka_unit_test(send_makes_messages),
        cmocka_unit_test(scratch_counts_widths), cmocka_unit_test(copies_take_time_and_tell),
        cmocka_unit_test(the_timer_fires_once),  cmocka_unit_test(function_level_reset_stops_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
