/* SPDX-License-Identifier: GPL-2.0-only */
/* INTx, MSI and MSI-X: choice, masking, pending bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/pci/tree.h"

#define MSI_AT     0x40u
#define MSIX_AT    0x60u
#define TABLE      UINT64_C(0x90000000)
#define PBA        UINT64_C(0x90000800)
#define ADDRESS    UINT32_C(0xfee00000)
#define MSI_MASK   (MSI_AT + 0x10)
#define MSI_PENDED (MSI_AT + 0x14)

static const struct pci_cap caps[] = {
    {.kind = PCI_CAP_MSI,
     .offset = MSI_AT,
     .msi = {.log2_vectors = 3, .is_64 = true, .has_mask = true}},
    {.kind = PCI_CAP_MSIX,
     .offset = MSIX_AT,
     .msix = {.vectors = 5, .table_bar = 0, .table = 0, .pba_bar = 0, .pba = 0x800}},
    {.kind = PCI_CAP_END},
};
static const struct pci_desc desc = {
    .vendor = 0x106b,
    .device = 0x0002,
    .class_code = 0x088000,
    .interrupt_pin = 3,
    .bar = {[0] = {.kind = PCI_BAR_MEM32, .bytes = 0x1000}},
    .caps = caps,
};
static const struct pci_described part = {.desc = &desc};

struct bench {
    struct tree *tree;
    struct rig *rig;
    struct pci_fn *fn;
    struct probe pin;
};

static void bench_create(struct bench *bench)
{
    *bench = (struct bench){.tree = tree_create()};
    bench->rig = bench->tree->rig;
    bench->fn = tree_add(bench->tree, pci_host_root(bench->tree->host, 0), PCI_DEVFN(4, 0),
                         "/pci/00/04.0", &pci_inert_class, &part);
    irq_connect(pci_host_pirq(bench->tree->host, 6), probe_sink, &bench->pin, 0); /* 4 + INTC */
    pci_config_write(bench->fn, PCI_BASE_ADDRESS_0, 4, (uint32_t)TABLE);
    pci_config_write(bench->fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void enable_msi(struct bench *bench, unsigned log2)
{
    pci_config_write(bench->fn, MSI_AT + 4, 4, ADDRESS);
    pci_config_write(bench->fn, MSI_AT + 8, 4, 0);
    pci_config_write(bench->fn, MSI_AT + 0x0c, 2, 0x4140);
    pci_config_write(bench->fn, MSI_AT + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | log2 << 4);
}

static void enable_msix(struct bench *bench)
{
    for (unsigned i = 0; i < 5; i++) {
        rig_write(bench->rig, TABLE + 16 * i, 8, ADDRESS + 0x1000 * i);
        rig_write(bench->rig, TABLE + 16 * i + 8, 4, 0x50 + i);
        rig_write(bench->rig, TABLE + 16 * i + 12, 4, 0);
    }
    pci_config_write(bench->fn, MSIX_AT + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE);
}

static void intx_follows_the_levels(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    pci_irq(bench.fn, 0, true);
    pci_irq(bench.fn, 7, true);
    pci_irq(bench.fn, 7, true);
    assert_true(bench.pin.level);
    assert_true((pci_config_read(bench.fn, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT) != 0);
    pci_irq(bench.fn, 0, false);
    assert_true(bench.pin.level);
    pci_irq(bench.fn, 7, false);
    assert_false(bench.pin.level);
    assert_int_equal(bench.pin.rises, 1);
    assert_int_equal(pci_config_read(bench.fn, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, 0);
    assert_int_equal(bench.rig->messages, 0);
    tree_destroy(bench.tree);
}

static void interrupt_disable_hides_the_pin_not_the_status(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    pci_config_write(bench.fn, PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE);
    pci_irq(bench.fn, 0, true);
    assert_false(bench.pin.level);
    assert_true((pci_config_read(bench.fn, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT) != 0);
    pci_config_write(bench.fn, PCI_COMMAND, 2, 0);
    assert_true(bench.pin.level);
    device_reset(&bench.fn->device, RESET_FUNCTION);
    assert_false(bench.pin.level);
    tree_destroy(bench.tree);
}

static void msi_sends_on_rising_levels(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    enable_msi(&bench, 3);
    pci_irq(bench.fn, 5, true);
    assert_int_equal(bench.rig->messages, 1);
    assert_int_equal(bench.rig->message_addr, ADDRESS);
    assert_int_equal(bench.rig->message_data, 0x4145);
    pci_irq(bench.fn, 5, false);
    assert_int_equal(bench.rig->messages, 1);
    assert_false(bench.pin.level);
    assert_true(pci_message(bench.fn, 2)); /* an event without a level */
    assert_int_equal(bench.rig->message_data, 0x4142);
    tree_destroy(bench.tree);
}

static void fewer_messages_are_shared(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    enable_msi(&bench, 1);
    (void)pci_message(bench.fn, 5);
    assert_int_equal(bench.rig->message_data, 0x4141);
    pci_config_write(bench.fn, MSI_AT + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | 0x70);
    (void)pci_message(bench.fn, 15); /* more than offered counts as what is offered */
    assert_int_equal(bench.rig->message_data, 0x4147);
    pci_config_write(bench.fn, MSI_AT + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
    (void)pci_message(bench.fn, 5);
    assert_int_equal(bench.rig->message_data, 0x4140);
    tree_destroy(bench.tree);
}

static void msi_masks_keep_and_forget(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    enable_msi(&bench, 3);
    pci_config_write(bench.fn, MSI_MASK, 4, 0x0c);
    pci_irq(bench.fn, 2, true);
    pci_irq(bench.fn, 3, true);
    assert_int_equal(bench.rig->messages, 0);
    assert_int_equal(pci_config_read(bench.fn, MSI_PENDED, 4), 0x0c);
    pci_irq(bench.fn, 3, false); /* served before it was sent (6.8.3.4) */
    assert_int_equal(pci_config_read(bench.fn, MSI_PENDED, 4), 0x04);
    pci_config_write(bench.fn, MSI_MASK, 4, 0);
    assert_int_equal(bench.rig->messages, 1);
    assert_int_equal(bench.rig->message_data, 0x4142);
    assert_int_equal(pci_config_read(bench.fn, MSI_PENDED, 4), 0);
    pci_config_write(bench.fn, MSI_MASK, 4, UINT32_MAX);
    assert_int_equal(pci_config_read(bench.fn, MSI_MASK, 4), 0xff);
    tree_destroy(bench.tree);
}

static void msix_table_holds_what_is_written(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    assert_int_equal(rig_read(bench.rig, TABLE + 12, 4), 1); /* masked after reset */
    rig_write(bench.rig, TABLE + 16, 8, UINT64_C(0x12345678fee0300f));
    assert_int_equal(rig_read(bench.rig, TABLE + 16, 8), UINT64_C(0x12345678fee0300c));
    rig_write(bench.rig, TABLE + 24, 4, 0xdeadbeef);
    rig_write(bench.rig, TABLE + 28, 4, UINT32_MAX);
    assert_int_equal(rig_read(bench.rig, TABLE + 24, 8), UINT64_C(0x00000001deadbeef));
    rig_write(bench.rig, TABLE + 25, 1, 0x77);
    assert_int_equal(rig_read(bench.rig, TABLE + 24, 2), 0x77ef);
    assert_int_equal(rig_read(bench.rig, TABLE + 80, 4), 0); /* after the last of five entries */
    assert_int_equal(pci_config_read(bench.fn, MSIX_AT + PCI_MSIX_FLAGS, 2), 4);
    assert_int_equal(pci_config_read(bench.fn, MSIX_AT + PCI_MSIX_PBA, 4), 0x800);
    tree_destroy(bench.tree);
}

static void msix_masks_keep_and_forget(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    enable_msix(&bench);
    pci_irq(bench.fn, 1, true);
    assert_int_equal(bench.rig->message_addr, ADDRESS + 0x1000);
    assert_int_equal(bench.rig->message_data, 0x51);
    rig_write(bench.rig, TABLE + 16 * 4 + 12, 4, 1);
    pci_irq(bench.fn, 4, true);
    assert_int_equal(bench.rig->messages, 1);
    assert_int_equal(rig_read(bench.rig, PBA, 8), 0x10);
    rig_write(bench.rig, TABLE + 16 * 4 + 12, 4, 0);
    assert_int_equal(bench.rig->message_data, 0x54);
    assert_int_equal(rig_read(bench.rig, PBA, 8), 0);
    rig_write(bench.rig, PBA, 8, UINT64_MAX); /* read-only */
    assert_int_equal(rig_read(bench.rig, PBA, 8), 0);
    rig_write(bench.rig, TABLE + 12, 4, 1);
    pci_irq(bench.fn, 0, true);
    pci_irq(bench.fn, 0, false);
    rig_write(bench.rig, TABLE + 12, 4, 0);
    assert_int_equal(bench.rig->messages, 2);
    (void)pci_message(bench.fn, 9); /* a vector beyond the table */
    assert_int_equal(bench.rig->messages, 2);
    tree_destroy(bench.tree);
}

static void msix_function_mask_holds_all(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    enable_msix(&bench);
    pci_config_write(bench.fn, MSIX_AT + PCI_MSIX_FLAGS, 2,
                     PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    (void)pci_message(bench.fn, 0);
    (void)pci_message(bench.fn, 3);
    assert_int_equal(bench.rig->messages, 0);
    assert_int_equal(rig_read(bench.rig, PBA, 4), 0x9);
    pci_config_write(bench.fn, MSIX_AT + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE);
    assert_int_equal(bench.rig->messages, 2);
    assert_int_equal(bench.rig->message_data, 0x53);
    tree_destroy(bench.tree);
}

static void msix_wins_over_msi(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    enable_msi(&bench, 0);
    enable_msix(&bench);
    (void)pci_message(bench.fn, 2);
    assert_int_equal(bench.rig->message_data, 0x52);
    tree_destroy(bench.tree);
}

static void messages_need_bus_mastering(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    enable_msi(&bench, 0);
    pci_config_write(bench.fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    pci_irq(bench.fn, 0, true);
    assert_int_equal(bench.rig->messages, 0);
    assert_int_equal(rig_guest_errors(bench.rig), 1);
    tree_destroy(bench.tree);
}

static void without_messages_the_model_is_told(void **state)
{
    struct bench bench;

    (void)state;
    bench_create(&bench);
    assert_false(pci_message(bench.fn, 0));
    pci_irq(bench.fn, 0, true);
    enable_msi(&bench, 0); /* the pin goes; what was true already is not sent */
    assert_false(bench.pin.level);
    assert_int_equal(bench.rig->messages, 0);
    pci_config_write(bench.fn, MSI_AT + PCI_MSI_FLAGS, 2, 0);
    assert_true(bench.pin.level);
    tree_destroy(bench.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intx_follows_the_levels),
        cmocka_unit_test(interrupt_disable_hides_the_pin_not_the_status),
        cmocka_unit_test(msi_sends_on_rising_levels),
        cmocka_unit_test(fewer_messages_are_shared),
        cmocka_unit_test(msi_masks_keep_and_forget),
        cmocka_unit_test(msix_table_holds_what_is_written),
        cmocka_unit_test(msix_masks_keep_and_forget),
        cmocka_unit_test(msix_function_mask_holds_all),
        cmocka_unit_test(msix_wins_over_msi),
        cmocka_unit_test(messages_need_bus_mastering),
        cmocka_unit_test(without_messages_the_model_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
