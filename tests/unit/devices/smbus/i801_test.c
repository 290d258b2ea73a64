/* SPDX-License-Identifier: GPL-2.0-only */
/* SMBus controller: the commands without blocks, their time on the wire, status, interrupt, control. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/pci/inert.h"
#include "devices/pci/inert_parts.h"
#include "emu/base/bits.h"
#include "tests/unit/devices/smbus/smbus_bench.h"

#define BAR_MEMORY   UINT64_C(0x90000000)
#define SPD_EEPROM   0x50u
#define NOBODY       0x43u
#define STATUS_PLACE (PCI_LONE_BASE + PCI_STATUS)

/* SMBus 2.0, 5.5: each protocol's bytes; a START and a STOP are one bit, a byte with its acknowledge
 * nine. */
struct protocol {
    const char *name;
    uint8_t command;
    bool is_read;
    const char *wire;
    unsigned bits;
    int data0; /* afterwards; -1: as it was */
    int data1;
};

static void protocols(void **state)
{
    static const struct protocol cases[] = {
        {"quick, write", I801_QUICK, false, "[84]", 11, -1, -1},
        {"quick, read", I801_QUICK, true, "[85]", 11, -1, -1},
        {"send byte", I801_BYTE, false, "[84 c3]", 20, -1, -1},
        {"receive byte", I801_BYTE, true, "[85<11]", 20, 0x11, -1},
        {"write byte", I801_BYTE_DATA, false, "[84 c3 a0]", 29, -1, -1},
        {"read byte", I801_BYTE_DATA, true, "[84 c3[85<11]", 39, 0x11, -1},
        {"write word", I801_WORD_DATA, false, "[84 c3 a0 a1]", 38, -1, -1},
        {"read word", I801_WORD_DATA, true, "[84 c3[85<11<22]", 48, 0x11, 0x22},
        {"process call", I801_PROC_CALL, false, "[84 c3 a0 a1[85<11<22]", 66, 0x11, 0x22},
        {"process call, read bit", I801_PROC_CALL, true, "[84 c3 a0 a1[85<11<22]", 66, 0x11, 0x22},
    };
    struct bench *bench = bench_open();

    (void)state;
    bench->target.give[0] = 0x11;
    bench->target.give[1] = 0x22;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct protocol *p = &cases[i];

        bench_prepare(bench, BENCH_TARGET, p->is_read, 0xc3);
        bench_out(bench, I801_HSTDAT0, 0xa0);
        bench_out(bench, I801_HSTDAT1, 0xa1);
        assert_int_equal(bench_run(bench, p->command), p->bits);
        assert_string_equal(bench->target.log, p->wire);
        assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
        assert_int_equal(bench_in(bench, I801_HSTDAT0), p->data0 < 0 ? 0xa0 : p->data0);
        assert_int_equal(bench_in(bench, I801_HSTDAT1), p->data1 < 0 ? 0xa1 : p->data1);
    }
    bench_close(bench);
}

static void nobody_acknowledges(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, NOBODY, true, 0);
    assert_int_equal(bench_run(bench, I801_BYTE_DATA), 11);
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    assert_string_equal(bench->target.log, "");
    /* the next one is as good as ever */
    bench_prepare(bench, BENCH_TARGET, false, 0);
    (void)bench_run(bench, I801_QUICK);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_close(bench);
}

static void byte_not_acknowledged(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench->target.accepts = 1;
    bench_prepare(bench, BENCH_TARGET, false, 0x10);
    (void)bench_run(bench, I801_WORD_DATA);
    assert_string_equal(bench->target.log, "[84 10 00!]");
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    bench_close(bench);
}

static void busy_until_the_end(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    bench_out(bench, I801_HSTCNT, I801_QUICK | I801_HSTCNT_START);
    assert_int_equal(bench_in(bench, I801_HSTCNT), I801_QUICK); /* START reads 0 */
    rig_advance(bench->rig, 11 * BENCH_BIT - 1);
    assert_int_equal(bench_status(bench), I801_HSTSTS_HOST_BUSY);
    rig_advance(bench->rig, 1);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    bench_out(bench, I801_HSTSTS, I801_HSTSTS_INTR);
    assert_int_equal(bench_status(bench), 0);
    bench_close(bench);
}

static void interrupt_while_status_is_set(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    (void)bench_run(bench, I801_QUICK);
    assert_false(bench->irq.level);
    bench_out(bench, I801_HSTCNT, I801_HSTCNT_INTREN);
    assert_true(bench->irq.level);
    assert_true((rig_read(bench->rig, STATUS_PLACE, 2) & PCI_STATUS_INTERRUPT) != 0);
    bench_out(bench, I801_HSTSTS, I801_HSTSTS_INTR);
    assert_false(bench->irq.level);
    assert_false((rig_read(bench->rig, STATUS_PLACE, 2) & PCI_STATUS_INTERRUPT) != 0);
    bench_prepare(bench, NOBODY, false, 0);
    (void)bench_run(bench, I801_QUICK | I801_HSTCNT_INTREN);
    assert_true(bench->irq.level);
    assert_int_equal(bench->irq.rises, 2);
    bench_close(bench);
}

static void smi_instead_of_interrupt(void **state)
{
    struct bench *bench = bench_open();
    uint64_t before = rig_unimplemented(bench->rig);

    (void)state;
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN | I801_HSTCFG_SMB_SMI_EN);
    bench_prepare(bench, BENCH_TARGET, false, 0);
    (void)bench_run(bench, I801_QUICK | I801_HSTCNT_INTREN);
    assert_int_equal(bench->irq.rises, 0);
    assert_int_equal(rig_unimplemented(bench->rig), before + 1);
    bench_close(bench);
}

/* The first read gives 0 and takes it; writing 1 gives it back. */
static void inuse_is_a_semaphore(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    assert_int_equal(bench_in(bench, I801_HSTSTS), 0);
    assert_int_equal(bench_in(bench, I801_HSTSTS), I801_HSTSTS_INUSE_STS);
    bench_out(bench, I801_HSTSTS, 0);
    assert_int_equal(bench_in(bench, I801_HSTSTS), I801_HSTSTS_INUSE_STS);
    bench_out(bench, I801_HSTSTS, I801_HSTSTS_INUSE_STS);
    assert_int_equal(bench_in(bench, I801_HSTSTS), 0);
    bench_close(bench);
}

static void start_is_refused(void **state)
{
    struct bench *bench = bench_open();
    uint64_t errors = rig_guest_errors(bench->rig);

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    bench_set_hstcfg(bench, 0);
    assert_int_equal(bench_run(bench, I801_QUICK), 0);
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN);
    assert_int_equal(bench_run(bench, I801_QUICK | I801_HSTCNT_KILL), 0);
    assert_string_equal(bench->target.log, "");
    assert_int_equal(rig_guest_errors(bench->rig), errors + 2);
    /* busy: the first message goes on */
    bench_out(bench, I801_HSTCNT, I801_BYTE | I801_HSTCNT_START);
    assert_int_equal(bench_run(bench, I801_QUICK), 20);
    assert_string_equal(bench->target.log, "[84 00]");
    assert_int_equal(rig_guest_errors(bench->rig), errors + 3);
    /* DEV_ERR must be cleared first */
    bench_prepare(bench, NOBODY, false, 0);
    (void)bench_run(bench, I801_QUICK);
    assert_int_equal(bench_run(bench, I801_QUICK), 0);
    assert_int_equal(rig_guest_errors(bench->rig), errors + 4);
    bench_close(bench);
}

static void kill_breaks_off(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    bench_out(bench, I801_HSTCNT, I801_WORD_DATA | I801_HSTCNT_START | I801_HSTCNT_INTREN);
    rig_advance(bench->rig, 15 * BENCH_BIT);
    bench_out(bench, I801_HSTCNT, I801_HSTCNT_KILL | I801_HSTCNT_INTREN);
    assert_int_equal(bench_status(bench), I801_HSTSTS_FAILED);
    assert_true(bench->irq.level);
    assert_string_equal(bench->target.log, "[84]");
    rig_advance(bench->rig, 100 * BENCH_BIT);
    assert_int_equal(bench_status(bench), I801_HSTSTS_FAILED);
    bench_out(bench, I801_HSTCNT, 0);
    bench_prepare(bench, BENCH_TARGET, false, 0);
    (void)bench_run(bench, I801_QUICK);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    /* nothing to kill: nothing failed */
    bench_out(bench, I801_HSTSTS, UINT8_MAX);
    bench_out(bench, I801_HSTCNT, I801_HSTCNT_KILL);
    assert_int_equal(bench_status(bench), 0);
    bench_close(bench);
}

static void ssreset_is_over_at_once(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    bench_out(bench, I801_HSTCNT, I801_WORD_DATA | I801_HSTCNT_START);
    rig_advance(bench->rig, 15 * BENCH_BIT);
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN | I801_HSTCFG_SSRESET);
    assert_int_equal(bench_hstcfg(bench), I801_HSTCFG_HST_EN);
    assert_int_equal(bench_status(bench), 0);
    bench_close(bench);
}

static void spd_write_disable(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench->target.address = SPD_EEPROM + 3;
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN | I801_HSTCFG_SPD_WD);
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN); /* it cannot be taken back */
    assert_int_equal(bench_hstcfg(bench), I801_HSTCFG_HST_EN | I801_HSTCFG_SPD_WD);
    bench_prepare(bench, SPD_EEPROM + 3, false, 0);
    assert_int_equal(bench_run(bench, I801_BYTE_DATA), 0);
    assert_int_equal(bench_status(bench), I801_HSTSTS_DEV_ERR);
    assert_string_equal(bench->target.log, "");
    bench_prepare(bench, SPD_EEPROM + 3, true, 7);
    (void)bench_run(bench, I801_BYTE_DATA);
    assert_string_equal(bench->target.log, "[a6 07[a7<00]");
    /* only 0x50-0x57 */
    bench->target.address = SPD_EEPROM + 8;
    bench_prepare(bench, SPD_EEPROM + 8, false, 0);
    (void)bench_run(bench, I801_BYTE_DATA);
    assert_int_equal(bench_status(bench), I801_HSTSTS_INTR);
    device_reset(bench->i801, RESET_BUS);
    assert_int_equal(bench_hstcfg(bench), 0);
    bench_close(bench);
}

static void registers_in_memory_too(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    rig_write(bench->rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0, 8, BAR_MEMORY);
    bench_out(bench, I801_HSTCMD, 0x5a);
    assert_int_equal(rig_read(bench->rig, BAR_MEMORY + I801_HSTCMD, 1), 0x5a);
    rig_write(bench->rig, BAR_MEMORY + I801_HSTDAT0, 2, 0x1234);
    assert_int_equal(bench_in(bench, I801_HSTDAT1), 0x12);
    bench_close(bench);
}

static void after_reset(void **state)
{
    static const uint8_t expected[I801_BAR_BYTES] = {
        [I801_RCV_SLV] = 0x44, [I801_SMLINK_PIN] = 7, [I801_SMBUS_PIN] = 7};
    struct bench *bench = bench_open();

    (void)state;
    for (unsigned i = 0; i < I801_BAR_BYTES; i++) {
        assert_int_equal(bench_in(bench, i), expected[i]);
    }
    assert_int_equal(rig_unimplemented(bench->rig), 0);
    bench_close(bench);
}

/* In the place of the inert row, configuration space is the same but for HSTCFG. */
static void configuration_of_the_inert_row(void **state)
{
    const struct pci_config config = {.part = &pci_part_a2a3};
    struct rig *model = rig_create();
    struct rig *inert = rig_create();

    (void)state;
    (void)rig_device(model, &i801_class, "/dut", NULL);
    (void)rig_device(inert, &pci_inert_class, "/dut", &config);
    for (uint64_t at = 0; at < PCI_CONFIG_BYTES; at += 4) {
        assert_int_equal(rig_read(model, PCI_LONE_BASE + at, 4),
                         rig_read(inert, PCI_LONE_BASE + at, 4));
        rig_write(model, PCI_LONE_BASE + at, 4, UINT32_MAX);
        rig_write(inert, PCI_LONE_BASE + at, 4, UINT32_MAX);
        assert_int_equal(rig_read(model, PCI_LONE_BASE + at, 4),
                         at == I801_HSTCFG ? 0x17 : rig_read(inert, PCI_LONE_BASE + at, 4));
    }
    rig_destroy(model);
    rig_destroy(inert);
}

/* Reset amid a message: nothing of it comes later. */
static void reset_amid_a_message(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_prepare(bench, BENCH_TARGET, false, 0);
    bench_out(bench, I801_HSTCNT, I801_WORD_DATA | I801_HSTCNT_START);
    rig_advance(bench->rig, 15 * BENCH_BIT);
    device_reset(bench->i801, RESET_BUS);
    rig_advance(bench->rig, 100 * BENCH_BIT);
    assert_string_equal(bench->target.log, "[84");
    bench_close(bench);
}

/* What is not modelled is said. */
static void clock_override_is_unimplemented(void **state)
{
    struct bench *bench = bench_open();

    (void)state;
    bench_out(bench, I801_SMBUS_PIN, 0);
    assert_int_equal(rig_unimplemented(bench->rig), 1);
    bench_close(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocols),
        cmocka_unit_test(nobody_acknowledges),
        cmocka_unit_test(byte_not_acknowledged),
        cmocka_unit_test(busy_until_the_end),
        cmocka_unit_test(interrupt_while_status_is_set),
        cmocka_unit_test(smi_instead_of_interrupt),
        cmocka_unit_test(inuse_is_a_semaphore),
        cmocka_unit_test(start_is_refused),
        cmocka_unit_test(kill_breaks_off),
        cmocka_unit_test(ssreset_is_over_at_once),
        cmocka_unit_test(spd_write_disable),
        cmocka_unit_test(registers_in_memory_too),
        cmocka_unit_test(after_reset),
        cmocka_unit_test(configuration_of_the_inert_row),
        cmocka_unit_test(reset_amid_a_message),
        cmocka_unit_test(clock_override_is_unimplemented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
