/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration space: natures of bits, power states, function-level reset, descriptions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/snap.h"
#include "tests/unit/devices/pci/tree.h"

#define PM_AT      0x40u
#define EXPRESS_AT 0x50u
#define AER_AT     0x100u

struct model {
    struct pci_fn fn;
    unsigned hook_calls;
    uint32_t hook_old;
    uint32_t hook_now;
    unsigned hook_index;
    unsigned resets;
    enum reset_kind last_reset;
};

static void hooked(struct pci_fn *fn, unsigned index, uint32_t old, uint32_t now)
{
    struct model *model = (struct model *)(void *)fn;

    model->hook_calls++;
    model->hook_index = index;
    model->hook_old = old;
    model->hook_now = now;
}

static const struct pci_cap caps[] = {
    {.kind = PCI_CAP_PM, .offset = PM_AT, .pm = {.version = 3, .pmc = 0xc800}},
    {.kind = PCI_CAP_EXPRESS,
     .offset = EXPRESS_AT,
     .express = {.type = PCI_EXPRESS_ENDPOINT,
                 .version = 2,
                 .devcap = PCI_EXP_DEVCAP_FLR | PCI_DEVCAP_PAYLOAD(2),
                 .devctl = PCI_DEVCTL_ENDPOINT,
                 .lnkcap = PCI_LNKCAP(3, 4, 0),
                 .lnksta = PCI_LNKSTA(3, 4)}},
    {.kind = PCI_CAP_AER, .offset = AER_AT, .aer = {.severity = 0x62030}},
    {.kind = PCI_CAP_END},
};
static const struct pci_reg regs[] = {
    {.name = "PLAIN", .offset = 0xc0, .size = 4, .reset = 0x11223344, .rw = 0x0000ffff},
    {.name = "EVENTS", .offset = 0xc4, .size = 2, .reset = 0x00ff, .w1c = 0x00f0},
    {.name = "STICKY", .offset = 0xc8, .size = 1, .rw = 0xff, .is_sticky = true},
    {.name = "ARRAY",
     .offset = 0x200,
     .size = 2,
     .count = 4,
     .stride = 8,
     .rw = 0xffff,
     .write = hooked},
    {.name = NULL},
};
static const struct pci_desc desc = {
    .vendor = 0x8086,
    .device = 0x1234,
    .class_code = 0x088000,
    .revision = 7,
    .subsystem_vendor = 0x106b,
    .subsystem = 0x4321,
    .interrupt_pin = 1,
    .bar = {[0] = {.kind = PCI_BAR_MEM32, .bytes = 0x1000}},
    .caps = caps,
    .regs = regs,
};

static int model_init(struct device *device, const void *config, struct error *err)
{
    return pci_fn_init((struct pci_fn *)(void *)device, &desc, config, err);
}

static void model_reset(struct device *device, enum reset_kind kind)
{
    struct model *model = (struct model *)(void *)device;

    pci_fn_reset(&model->fn, kind);
    model->resets++;
    model->last_reset = kind;
}

static int model_loaded(struct device *device, struct error *err)
{
    return pci_fn_loaded((struct pci_fn *)(void *)device, err);
}

static void model_fini(struct device *device)
{
    pci_fn_fini((struct pci_fn *)(void *)device);
}

static const struct snap_field model_state[] = {PCI_FN_STATE, SNAP_END};
static const struct device_class model_class = {
    .name = "model",
    .size = sizeof(struct model),
    .version = 1,
    .state = model_state,
    .init = model_init,
    .reset = model_reset,
    .loaded = model_loaded,
    .fini = model_fini,
};

static struct model *add_model(struct tree *tree)
{
    return (struct model *)(void *)tree_add(tree, pci_host_root(tree->host, 0), PCI_DEVFN(2, 0),
                                            "/pci/00/02.0", &model_class, NULL);
}

static void header_is_constant(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = &add_model(tree)->fn;

    (void)state;
    for (unsigned offset = 0; offset < PCI_CONFIG_HEADER_BYTES; offset += 4) {
        if (offset == PCI_COMMAND || offset == PCI_BASE_ADDRESS_0) continue;
        pci_config_write(fn, offset, 4, UINT32_MAX);
    }
    assert_int_equal(pci_config_read(fn, 0x00, 4), 0x12348086);
    assert_int_equal(pci_config_read(fn, 0x08, 4), 0x08800007);
    assert_int_equal(pci_config_read(fn, 0x0c, 4), 0x000000ff); /* cache line size alone */
    assert_int_equal(pci_config_read(fn, 0x14, 4), 0);
    assert_int_equal(pci_config_read(fn, 0x2c, 4), 0x4321106b);
    assert_int_equal(pci_config_read(fn, 0x3c, 4), 0x000001ff); /* interrupt line alone */
    tree_destroy(tree);
}

static void command_has_bits_for_what_is_there(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = &add_model(tree)->fn;

    (void)state;
    pci_config_write(fn, PCI_COMMAND, 2, 0xffff);
    assert_int_equal(pci_config_read(fn, PCI_COMMAND, 2), 0x0546); /* no I/O BAR: bit 0 is 0 */
    pci_config_write(fn, PCI_COMMAND + 1, 1, 0);
    assert_int_equal(pci_config_read(fn, PCI_COMMAND, 2), 0x0046);
    assert_int_equal(pci_config_read(fn, PCI_STATUS, 2), PCI_STATUS_CAP_LIST);
    tree_destroy(tree);
}

static void extra_registers_follow_their_masks(void **state)
{
    struct tree *tree = tree_create();
    struct model *model = add_model(tree);
    struct pci_fn *fn = &model->fn;

    (void)state;
    pci_config_write(fn, 0xc0, 4, 0xaabbccdd);
    assert_int_equal(pci_config_read(fn, 0xc0, 4), 0x1122ccdd);
    pci_config_write(fn, 0xc1, 1, 0x55);
    assert_int_equal(pci_config_read(fn, 0xc0, 4), 0x112255dd);
    pci_config_write(fn, 0xc4, 2, 0x0030);
    assert_int_equal(pci_config_read(fn, 0xc4, 2), 0x00cf);
    pci_config_write(fn, 0xc5, 1, 0xff);
    assert_int_equal(pci_config_read(fn, 0xc4, 2), 0x00cf);
    pci_config_write(fn, 0x212, 2, 0xffff); /* between two elements: nothing there */
    assert_int_equal(pci_config_read(fn, 0x212, 2), 0);
    assert_int_equal(model->hook_calls, 0);
    pci_config_write(fn, 0x211, 1, 0xee);
    assert_int_equal(model->hook_calls, 1);
    assert_int_equal(model->hook_index, 2);
    assert_int_equal(model->hook_old, 0);
    assert_int_equal(model->hook_now, 0xee00);
    tree_destroy(tree);
}

static void registers_have_names(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = &add_model(tree)->fn;

    (void)state;
    assert_string_equal(pci_config_name(fn, 0x04), "COMMAND");
    assert_string_equal(pci_config_name(fn, 0x0b), "CLASS");
    assert_string_equal(pci_config_name(fn, 0x18), "BAR2");
    assert_string_equal(pci_config_name(fn, PM_AT), "CAP_HEADER");
    assert_string_equal(pci_config_name(fn, PM_AT + 4), "PMCSR");
    assert_string_equal(pci_config_name(fn, EXPRESS_AT + 9), "DEVCTL");
    assert_string_equal(pci_config_name(fn, AER_AT + 0x10), "ERRCORSTS");
    assert_string_equal(pci_config_name(fn, 0x218), "ARRAY");
    assert_string_equal(pci_config_name(fn, 0x214), "none");
    tree_destroy(tree);
}

static void sticky_bits_survive_bus_reset_only(void **state)
{
    struct tree *tree = tree_create();
    struct pci_fn *fn = &add_model(tree)->fn;

    (void)state;
    pci_config_write(fn, 0xc8, 1, 0x5a);
    pci_config_write(fn, AER_AT + 0x08, 4, 0x1000);
    pci_config_write(fn, 0xc0, 4, 0);
    device_reset(&fn->device, RESET_BUS);
    assert_int_equal(pci_config_read(fn, 0xc8, 1), 0x5a);
    assert_int_equal(pci_config_read(fn, AER_AT + 0x08, 4), 0x1000);
    assert_int_equal(pci_config_read(fn, 0xc0, 4), 0x11223344);
    device_reset(&fn->device, RESET_POWER_ON);
    assert_int_equal(pci_config_read(fn, 0xc8, 1), 0);
    assert_int_equal(pci_config_read(fn, AER_AT + 0x08, 4), 0);
    tree_destroy(tree);
}

static void function_level_reset_spares_the_link(void **state)
{
    struct tree *tree = tree_create();
    struct model *model = add_model(tree);
    struct pci_fn *fn = &model->fn;

    (void)state;
    pci_config_write(fn, PCI_BASE_ADDRESS_0, 4, 0x90000000);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_config_write(fn, EXPRESS_AT + PCI_EXP_LNKCTL, 2, 0x0040);
    pci_config_write(fn, EXPRESS_AT + PCI_EXP_DEVCTL, 2, 0x0047); /* payload 512, errors on */
    assert_true(fn->bars[0].own.is_mapped);
    pci_config_write(fn, EXPRESS_AT + PCI_EXP_DEVCTL + 1, 1, 0x80);
    assert_int_equal(model->resets, 2); /* power-on and this one */
    assert_int_equal(model->last_reset, RESET_FUNCTION);
    assert_int_equal(pci_config_read(fn, PCI_COMMAND, 2), 0);
    assert_int_equal(pci_config_read(fn, PCI_BASE_ADDRESS_0, 4), 0);
    assert_int_equal(pci_config_read(fn, EXPRESS_AT + PCI_EXP_LNKCTL, 2), 0x0040);
    assert_int_equal(pci_config_read(fn, EXPRESS_AT + PCI_EXP_DEVCTL, 2), 0x2850);
    assert_false(fn->bars[0].own.is_mapped);
    tree_destroy(tree);
}

static void d3hot_stops_decoding_and_leaving_it_resets(void **state)
{
    struct tree *tree = tree_create();
    struct model *model = add_model(tree);
    struct pci_fn *fn = &model->fn;

    (void)state;
    pci_config_write(fn, PCI_BASE_ADDRESS_0, 4, 0x90000000);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    assert_true(pci_can_master(fn));
    pci_config_write(fn, PM_AT + PCI_PM_CTRL, 2, 1); /* D1 is not offered: dropped */
    assert_int_equal(pci_power_state(fn), 0);
    pci_config_write(fn, PM_AT + PCI_PM_CTRL, 2, 3);
    assert_int_equal(pci_power_state(fn), 3);
    assert_false(fn->bars[0].own.is_mapped);
    assert_false(pci_can_master(fn));
    assert_int_equal(pci_config_read(fn, PCI_COMMAND, 2), 0x0006);
    pci_config_write(fn, PM_AT + PCI_PM_CTRL, 2, 0);
    assert_int_equal(model->last_reset, RESET_FUNCTION);
    assert_int_equal(pci_config_read(fn, PCI_COMMAND, 2), 0);
    tree_destroy(tree);
}

static void impossible_snapshots_are_refused(void **state)
{
    struct tree *tree = tree_create();
    struct tree *other = tree_create();
    struct pci_fn *fn = &add_model(tree)->fn;
    struct pci_fn *copy = &add_model(other)->fn;
    struct snap_writer *w = snap_writer_create();
    struct snap_reader *r;
    struct error err = ERROR_INIT;
    const void *data;
    size_t bytes;

    (void)state;
    fn->config[PCI_DEVICE_ID] = 0x99;
    device_save(&fn->device, w);
    data = snap_finish(w, "test", &bytes);
    r = snap_reader_create(data, bytes, "test", &err);
    assert_non_null(r);
    assert_int_equal(device_load(&copy->device, r, &err), -1);
    assert_non_null(strstr(err.text, "0x2"));
    snap_reader_destroy(r);
    snap_writer_destroy(w);
    fn->config[PCI_DEVICE_ID] = 0x34;
    tree_destroy(tree);
    tree_destroy(other);
}

static void a_place_is_taken_once(void **state)
{
    struct tree *tree = tree_create();
    struct error err = ERROR_INIT;

    (void)state;
    (void)add_model(tree);
    assert_null(pci_add(pci_host_root(tree->host, 0), PCI_DEVFN(2, 0), "/pci/00/02.0b",
                        &model_class, NULL, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    assert_int_equal(pci_host_fn_count(tree->host), 1);
    tree_destroy(tree);
}

static void wrong_descriptions_are_found(void **state)
{
    static const struct pci_cap overlapping[] = {
        {.kind = PCI_CAP_PM, .offset = 0x40},
        {.kind = PCI_CAP_MSI, .offset = 0x44},
        {.kind = PCI_CAP_END},
    };
    static const struct pci_cap beyond[] = {
        {.kind = PCI_CAP_MSIX, .offset = 0x40, .msix = {.vectors = 2, .table = 0xff8}},
        {.kind = PCI_CAP_END},
    };
    static const struct pci_cap late[] = {
        {.kind = PCI_CAP_LTR, .offset = 0x140},
        {.kind = PCI_CAP_END},
    };
    struct pci_desc wrong = desc;

    (void)state;
    assert_null(pci_desc_check(&desc));
    wrong.bar[0].bytes = 0x1800;
    assert_non_null(pci_desc_check(&wrong));
    wrong = desc;
    wrong.bar[5] = (struct pci_bar_desc){.kind = PCI_BAR_MEM64, .bytes = 0x1000};
    assert_non_null(pci_desc_check(&wrong));
    wrong = desc;
    wrong.caps = overlapping;
    assert_non_null(pci_desc_check(&wrong));
    wrong.caps = beyond;
    assert_non_null(pci_desc_check(&wrong));
    wrong.caps = late;
    assert_non_null(pci_desc_check(&wrong));
}

static void a_lone_function_has_its_own_page(void **state)
{
    struct rig *rig = rig_create();
    struct device *device = rig_device(rig, &model_class, "/lone", NULL);

    (void)state;
    assert_int_equal(rig_read(rig, PCI_LONE_BASE, 4), 0x12348086);
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0, 4, 0x90000000);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_true(((struct pci_fn *)(void *)device)->bars[0].own.is_mapped);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_constant),
        cmocka_unit_test(command_has_bits_for_what_is_there),
        cmocka_unit_test(extra_registers_follow_their_masks),
        cmocka_unit_test(registers_have_names),
        cmocka_unit_test(sticky_bits_survive_bus_reset_only),
        cmocka_unit_test(function_level_reset_spares_the_link),
        cmocka_unit_test(d3hot_stops_decoding_and_leaving_it_resets),
        cmocka_unit_test(impossible_snapshots_are_refused),
        cmocka_unit_test(a_place_is_taken_once),
        cmocka_unit_test(wrong_descriptions_are_found),
        cmocka_unit_test(a_lone_function_has_its_own_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
