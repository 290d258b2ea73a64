/* SPDX-License-Identifier: GPL-2.0-only */
/* What observers of devices and of code are told, access by access. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/bits.h"
#include "emu/core/bus.h"
#include "emu/core/device.h"
#include "emu/cpu/probe.h"
#include "emu/machine/instant.h"
#include "emu/machine/machine.h"
#include "tests/unit/suite-coverage/coverage_stand.h"

#define ACCESSES 16

struct told {
    struct device_access list[ACCESSES];
    size_t count;
};

static void on_access(void *ctx, const struct device_access *access)
{
    struct told *told = ctx;

    assert_true(told->count < ACCESSES);
    told->list[told->count++] = *access;
}

static void assert_told(const struct told *told, size_t index, const char *reg, bool is_write,
                        uint64_t value, uint64_t lanes)
{
    const struct device_access *access = &told->list[index];

    assert_true(index < told->count);
    assert_string_equal(access->reg->name, reg);
    assert_int_equal(access->is_write, is_write);
    assert_int_equal(access->value, value);
    assert_int_equal(access->lanes, lanes);
}

static void parts_of_registers_have_their_lanes(void **state)
{
    struct told told = {.count = 0};
    const struct device_observer observer = {.access = on_access, .ctx = &told};
    struct coverage_stand stand;
    const struct reg_bank *bank;
    struct device *ioapic;

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, false);
    ioapic = coverage_stand_device(&stand, "/pch/ioapic");
    bank = &ioapic->class->banks[0];
    ioapic->observer = &observer;
    reg_bank_write(ioapic, bank, 0, 4, 0xffffff10);
    reg_bank_write(ioapic, bank, 2, 1, 0x55);
    (void)reg_bank_read(ioapic, bank, 1, 2);
    (void)reg_bank_peek(ioapic, bank, 0, 4);
    assert_int_equal(told.count, 3);
    assert_told(&told, 0, "IDX", true, 0xffffff10, 0xffffffff);
    assert_told(&told, 1, "IDX", true, 0x550000, 0xff0000);
    /* Who reads is told all of the value. */
    assert_told(&told, 2, "IDX", false, 0x10, 0xffff00);
    /* Behind the index: a write is one of each; so is a read, which has no other trace. */
    reg_bank_write(ioapic, bank, 0x10, 4, 0x12345);
    (void)reg_bank_read(ioapic, bank, 0x10, 4);
    assert_int_equal(told.count, 7);
    assert_told(&told, 3, "DAT", true, 0x12345, 0xffffffff);
    assert_told(&told, 4, "RTE", true, 0x12345, 0xffffffff);
    assert_told(&told, 5, "DAT", false, 0x12345, 0xffffffff);
    assert_told(&told, 6, "RTE", false, 0x12345, 0xffffffff);
    ioapic->observer = NULL;
    reg_bank_write(ioapic, bank, 0, 4, 0);
    assert_int_equal(told.count, 7);
    coverage_stand_end(&stand);
}

static void configuration_space_has_offsets(void **state)
{
    struct told told = {.count = 0};
    const struct device_observer observer = {.access = on_access, .ctx = &told};
    struct coverage_stand stand;
    struct device *host;
    struct pci_fn *fn;

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, false);
    host = coverage_stand_device(&stand, "/pci/00/00.0");
    assert_true(pci_is_fn(host));
    assert_false(pci_is_fn(coverage_stand_device(&stand, "/pch/uart0")));
    fn = (struct pci_fn *)(void *)host;
    host->observer = &observer;
    assert_int_equal(pci_config_read(fn, 2, 2), pci_config_get(fn, 2, 2));
    pci_config_write(fn, 0x3c, 1, 0x0b);
    assert_int_equal(told.count, 2);
    assert_null(told.list[0].reg);
    assert_int_equal(told.list[0].offset, 2);
    assert_int_equal(told.list[0].lanes, 0xffff);
    assert_int_equal(told.list[0].value, pci_config_get(fn, 2, 2));
    assert_true(told.list[1].is_write);
    assert_int_equal(told.list[1].offset, 0x3c);
    assert_int_equal(told.list[1].value, 0x0b);
    assert_int_equal(told.list[1].lanes, 0xff);
    host->observer = NULL;
    coverage_stand_end(&stand);
}

/* ---- Lists of configuration space ---- */

struct listed {
    uint8_t bytes[PCI_CONFIG_BYTES];
    unsigned count;
};

static void on_register(void *ctx, const struct pci_config_register *reg)
{
    struct listed *listed = ctx;

    assert_true(reg->name != NULL && strchr(reg->name, ' ') == NULL);
    assert_true(reg->size >= 1 && reg->size <= 8 && reg->count >= 1);
    assert_true(reg->count == 1 || reg->stride >= reg->size);
    assert_int_equal(reg->writable & ~bits_mask(8 * reg->size), 0);
    for (unsigned i = 0; i < (unsigned)reg->count * reg->size; i++) {
        const unsigned at = reg->offset + i / reg->size * reg->stride + i % reg->size;

        assert_true(at < PCI_CONFIG_BYTES);
        listed->bytes[at] = 1;
    }
    listed->count++;
}

static void every_function_lists_its_registers(void **state)
{
    struct coverage_stand stand;
    unsigned functions = 0;

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, false);
    for (size_t i = 0; i < machine_device_count(stand.made.machine); i++) {
        const struct device *device = machine_device(stand.made.machine, i);
        struct listed listed = {.count = 0};

        if (!pci_is_fn(device)) continue;
        pci_config_list((const struct pci_fn *)(const void *)device, on_register, &listed);
        assert_true(listed.count > 20);
        /* Of the header everything that is not reserved. */
        for (unsigned at = 0; at < 0x28; at++) {
            assert_int_equal(listed.bytes[at], 1);
        }
        functions++;
    }
    assert_true(functions > 50);
    coverage_stand_end(&stand);
}

/* ---- Code ---- */

struct blocks {
    unsigned count;
    unsigned of_program;
};

static void on_block(void *ctx, uint64_t linear, size_t bytes)
{
    struct blocks *blocks = ctx;

    assert_true(bytes > 0 && bytes <= 2 * 4096);
    blocks->count++;
    if (linear >= 0x2800000 && linear < 0x2900000) blocks->of_program++;
}

static void code_is_told_when_it_is_new(void **state)
{
    struct blocks blocks = {.count = 0};
    const struct cpu_code_observer observer = {.block = on_block, .ctx = &blocks};
    struct coverage_stand stand;

    (void)state;
    coverage_stand_begin(&stand, COVERED_ELF, false);
    cpu_set_code_observer(machine_cpus(stand.made.machine), &observer);
    (void)coverage_stand_run(&stand);
    assert_true(blocks.count > 100);
    assert_true(blocks.of_program >= 10 && blocks.of_program < 100);
    cpu_set_code_observer(machine_cpus(stand.made.machine), NULL);
    coverage_stand_end(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_registers_have_their_lanes),
        cmocka_unit_test(configuration_space_has_offsets),
        cmocka_unit_test(every_function_lists_its_registers),
        cmocka_unit_test(code_is_told_when_it_is_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
