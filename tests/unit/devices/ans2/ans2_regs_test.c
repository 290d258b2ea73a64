/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the ANS2 controller: values, access, enabling, shutdown, resets (NVMe 1.2.1, 3.1, 7.3,
 * 7.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "tests/unit/devices/ans2/ans2_bench.h"

#define CC_ON 0x00460001u
#define LONG  VTIME_MS(500)

static int setup(void **state)
{
    *state = ab_create(NULL);
    return 0;
}

/* ---- 3.1 ---- */

static void test_3_1_constants(void **state)
{
    struct ab *ab = *state;
    const uint64_t cap = ab_read(ab, NVME_REG_CAP, 8);

    assert_int_equal(cap & 0xffff, 0x3ff);
    assert_int_equal(cap >> 16 & 1, 1);   /* CQR */
    assert_int_equal(cap >> 17 & 3, 0);   /* AMS */
    assert_true((cap >> 24 & 0xff) != 0); /* TO */
    assert_int_equal(cap >> 32, 0x20);    /* DSTRD 0, NSSRS 0, CSS NVM, pages of 4 KiB */
    assert_int_equal(ab_read(ab, NVME_REG_VS, 4), 0x10100);
    assert_int_equal(ab_read(ab, NVME_REG_CMBLOC, 8), 0);
    assert_int_equal(ab_csts(ab), 0);
    assert_int_equal(ab_read(ab, NVME_REG_CC, 4), 0);
    ab_write(ab, NVME_REG_CAP, 8, UINT64_MAX);
    ab_write(ab, NVME_REG_VS, 4, 0);
    ab_write(ab, NVME_REG_CSTS, 4, UINT32_MAX);
    assert_int_equal(ab_read(ab, NVME_REG_CAP, 8), cap);
    assert_int_equal(ab_read(ab, NVME_REG_VS, 4), 0x10100);
    assert_int_equal(ab_csts(ab), 0);
}

static void test_3_1_wide_and_narrow_access(void **state)
{
    struct ab *ab = *state;

    assert_int_equal(ab_read(ab, NVME_REG_CAP, 4), (uint32_t)ab_read(ab, NVME_REG_CAP, 8));
    assert_int_equal(ab_read(ab, NVME_REG_CAP + 4, 4), ab_read(ab, NVME_REG_CAP, 8) >> 32);
    ab_write(ab, NVME_REG_ASQ, 4, 0x12345fff);
    ab_write(ab, NVME_REG_ASQ + 4, 4, 0x9abcdef0);
    assert_int_equal(ab_read(ab, NVME_REG_ASQ, 8), 0x9abcdef012345000);
    ab_write(ab, NVME_REG_ACQ, 8, 0x1122334455667788);
    assert_int_equal(ab_read(ab, NVME_REG_ACQ + 4, 4), 0x11223344);
    assert_int_equal(ab_read(ab, NVME_REG_ACQ, 4), 0x55667000);
    ab_write(ab, NVME_REG_AQA, 4, UINT32_MAX);
    assert_int_equal(ab_read(ab, NVME_REG_AQA, 4), 0x0fff0fff);
}

static void test_3_1_3_interrupt_mask(void **state)
{
    struct ab *ab = *state;

    ab_write(ab, NVME_REG_INTMS, 4, 0x81);
    assert_int_equal(ab_read(ab, NVME_REG_INTMS, 4), 0x81);
    assert_int_equal(ab_read(ab, NVME_REG_INTMC, 4), 0x81);
    ab_write(ab, NVME_REG_INTMS, 4, 0x02);
    ab_write(ab, NVME_REG_INTMC, 4, 0x80);
    assert_int_equal(ab_read(ab, NVME_REG_INTMS, 4), 0x03);
}

/* The registers are the first 8 KiB; the other BARs are there. */
static void test_beyond_the_registers_is_nothing(void **state)
{
    struct ab *ab = *state;
    const uint64_t before = rig_unimplemented(ab->rig);

    assert_int_equal(ab_read(ab, 0x2000, 4), 0);
    ab_write(ab, 0x3ffffc, 4, 1);
    assert_int_equal(rig_unimplemented(ab->rig), before + 2);
    assert_int_equal(rig_read(ab->rig, PCI_LONE_BASE + PCI_INTERRUPT_PIN, 1), 0);
    assert_int_equal(rig_read(ab->rig, PCI_LONE_BASE, 4), 0x2005106b);
    assert_int_equal(rig_read(ab->rig, PCI_LONE_BASE + 8, 4), 0x01800201);
}

/* ---- 3.1.5, 3.1.6: enabling ---- */

static void test_3_1_5_ready_after_a_while(void **state)
{
    struct ab *ab = *state;

    ab_enable(ab, AB_ENTRIES);
    ab_write(ab, NVME_REG_CC, 4, 0);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
    rig_advance(ab->rig, AB_ENABLE_TIME);
    assert_int_equal(ab_csts(ab), 0);
    ab_write(ab, NVME_REG_CC, 4, CC_ON);
    assert_int_equal(ab_csts(ab), 0);
    rig_advance(ab->rig, AB_ENABLE_TIME);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
    assert_int_equal(ab_read(ab, NVME_REG_ASQ, 8), AB_ASQ);
}

static void test_3_1_5_wrong_settings_are_fatal(void **state)
{
    static const uint32_t wrong[] = {0x10, 0x70, 0x80, 0x780, 0x800, 0x3800};
    struct ab *ab = *state;

    ab_write(ab, NVME_REG_AQA, 4, 0x001f001f);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ab_write(ab, NVME_REG_CC, 4, CC_ON | wrong[i]);
        rig_advance(ab->rig, LONG);
        assert_int_equal(ab_csts(ab), NVME_CSTS_CFS);
        ab_write(ab, NVME_REG_CC, 4, 0);
        rig_advance(ab->rig, LONG);
        assert_int_equal(ab_csts(ab), 0);
    }
}

static void test_3_1_8_queue_of_one_entry_is_fatal(void **state)
{
    static const uint32_t wrong[] = {0, 0x001f0000, 0x0000001f};
    struct ab *ab = *state;

    for (unsigned i = 0; i < 3; i++) {
        ab_write(ab, NVME_REG_AQA, 4, wrong[i]);
        ab_write(ab, NVME_REG_CC, 4, CC_ON);
        rig_advance(ab->rig, LONG);
        assert_int_equal(ab_csts(ab), NVME_CSTS_CFS);
        ab_write(ab, NVME_REG_CC, 4, 0);
        rig_advance(ab->rig, LONG);
    }
    ab_enable(ab, 2);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_GET_FEATURES, NVME_FEAT_QUEUES, 0), NVME_OK);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_GET_FEATURES, NVME_FEAT_QUEUES, 0), NVME_OK);
}

static void test_3_1_5_settings_stay_while_enabled(void **state)
{
    struct ab *ab = *state;
    const uint64_t before = rig_guest_errors(ab->rig);

    ab_enable(ab, AB_ENTRIES);
    ab_write(ab, NVME_REG_CC, 4, CC_ON | 0x80);
    assert_int_equal(ab_read(ab, NVME_REG_CC, 4), CC_ON);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
    ab_write(ab, NVME_REG_AQA, 4, 0);
    assert_int_equal(rig_guest_errors(ab->rig), before + 2);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_GET_FEATURES, NVME_FEAT_QUEUES, 0), NVME_OK);
}

static void test_enabled_too_early_is_enabled_all_the_same(void **state)
{
    struct ab *ab = *state;

    ab_enable(ab, AB_ENTRIES);
    ab_write(ab, NVME_REG_CC, 4, 0);
    ab_enable(ab, AB_ENTRIES);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_GET_FEATURES, NVME_FEAT_QUEUES, 0), NVME_OK);
}

static void test_3_1_7_subsystem_reset_is_not_offered(void **state)
{
    struct ab *ab = *state;

    ab_enable(ab, AB_ENTRIES);
    ab_write(ab, NVME_REG_NSSR, 4, 0x4e564d65);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
    assert_int_equal(ab_read(ab, NVME_REG_NSSR, 4), 0);
}

/* ---- 7.3: resets ---- */

static void test_7_3_2_reset_drops_queues_and_settings(void **state)
{
    struct ab *ab = *state;

    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    ab_set_feature(ab, NVME_FEAT_WRITE_CACHE, 0);
    ab_set_feature(ab, NVME_FEAT_EVENTS, 2);
    ab_write(ab, NVME_REG_INTMS, 4, 1);
    (void)ab_send(ab, 1, ab_write_command(0, 1));
    rig_advance(ab->rig, AB_SLOW / 2);
    ab_write(ab, NVME_REG_CC, 4, 0);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab->module[0]->stores, 0);
    assert_int_equal(ab_read(ab, NVME_REG_INTMS, 4), 0);
    ab_enable(ab, AB_ENTRIES);
    assert_int_equal(ab_get_feature(ab, NVME_FEAT_WRITE_CACHE), 1);
    assert_int_equal(ab_get_feature(ab, NVME_FEAT_EVENTS), 0);
    ab_make_io(ab);
    assert_int_equal(ab_run(ab, 1, ab_write_command(0, 1)).status, NVME_OK);
}

static void test_function_level_reset_in_mid_command(void **state)
{
    struct ab *ab = *state;

    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    (void)ab_send(ab, 1, ab_write_command(0, 2));
    rig_advance(ab->rig, AB_SLOW / 2);
    device_reset(ab->dut, RESET_FUNCTION);
    rig_advance(ab->rig, LONG);
    ab_expect_none(ab, 1);
    assert_int_equal(ab->module[0]->stores, 0);
    ab_config_write(ab, PCI_BASE_ADDRESS_0, 4, (uint32_t)AB_BAR);
    ab_config_write(ab, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    assert_int_equal(ab_csts(ab), 0);
    assert_int_equal(ab_read(ab, NVME_REG_AQA, 4), 0);
    assert_int_equal(ab_read(ab, NVME_REG_ASQ, 8), 0);
    assert_int_equal(ab_read(ab, NVME_REG_CC, 4), 0);
    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    assert_int_equal(ab_run(ab, 1, ab_write_command(0, 2)).status, NVME_OK);
}

/* ---- 7.6.2: shutdown ---- */

static void test_7_6_2_normal_shutdown_ends_commands_and_empties_caches(void **state)
{
    struct ab *ab = *state;

    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    ab->module[1]->drain = VTIME_MS(7);
    (void)ab_send(ab, 1, ab_write_command(0, 1));
    rig_advance(ab->rig, AB_SLOW / 2);
    ab_write(ab, NVME_REG_CC, 4, CC_ON | NVME_CC_SHN_NORMAL);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY | NVME_CSTS_SHST_BUSY);
    rig_advance(ab->rig, VTIME_MS(6));
    assert_int_equal(ab_csts(ab) & NVME_CSTS_SHST, NVME_CSTS_SHST_BUSY);
    assert_int_equal(ab_take(ab, 1, &(struct ab_completion){0}), true);
    assert_int_equal(ab->module[0]->stores, 1);
    rig_advance(ab->rig, VTIME_MS(2));
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY | NVME_CSTS_SHST_DONE);
    assert_int_equal(ab->module[0]->flushes, 1);
    assert_int_equal(ab->module[1]->flushes, 1);
    ab_write(ab, NVME_REG_CC, 4, CC_ON); /* not enough to go on */
    ab_ring(ab, 0);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY | NVME_CSTS_SHST_DONE);
    ab_write(ab, NVME_REG_CC, 4, 0);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_csts(ab), 0);
    ab_enable(ab, AB_ENTRIES);
}

static void test_7_6_2_abrupt_shutdown_drops_commands(void **state)
{
    struct ab *ab = *state;

    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    (void)ab_send(ab, 1, ab_write_command(0, 1));
    rig_advance(ab->rig, AB_SLOW / 2);
    ab_write(ab, NVME_REG_CC, 4, CC_ON | NVME_CC_SHN_ABRUPT);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY | NVME_CSTS_SHST_DONE);
    assert_int_equal(ab->module[0]->stores, 0);
    assert_int_equal(ab->module[0]->flushes, 1);
    ab_expect_none(ab, 1);
}

static void test_shutdown_of_a_controller_that_is_off(void **state)
{
    struct ab *ab = *state;

    ab_write(ab, NVME_REG_CC, 4, NVME_CC_SHN_NORMAL);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_csts(ab), NVME_CSTS_SHST_DONE);
    ab_enable(ab, AB_ENTRIES);
}

static void test_without_a_disk_there_is_a_controller(void **state)
{
    const struct ab_setup setup = {.has_no_disk = true};
    struct ab *ab = ab_create(&setup);

    (void)state;
    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, NVME_INVALID_NAMESPACE | NVME_DNR);
    ab_write(ab, NVME_REG_CC, 4, CC_ON | NVME_CC_SHN_NORMAL);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY | NVME_CSTS_SHST_DONE);
    ab_destroy(ab);
}

static void test_functional_commands_are_quick(void **state)
{
    const struct ab_setup setup = {.is_functional = true};
    struct ab *ab = ab_create(&setup);

    (void)state;
    ab_enable(ab, AB_ENTRIES);
    (void)ab_send(ab, 0, (struct ab_command){.opcode = NVME_ADMIN_GET_FEATURES, .dw = {1}});
    ab_expect_none(ab, 0); /* never at once */
    rig_advance(ab->rig, VTIME_US(2));
    (void)ab_expect(ab, 0);
    ab_destroy(ab);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ab_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_3_1_constants),
        TEST(test_3_1_wide_and_narrow_access),
        TEST(test_3_1_3_interrupt_mask),
        TEST(test_beyond_the_registers_is_nothing),
        TEST(test_3_1_5_ready_after_a_while),
        TEST(test_3_1_5_wrong_settings_are_fatal),
        TEST(test_3_1_8_queue_of_one_entry_is_fatal),
        TEST(test_3_1_5_settings_stay_while_enabled),
        TEST(test_enabled_too_early_is_enabled_all_the_same),
        TEST(test_3_1_7_subsystem_reset_is_not_offered),
        TEST(test_7_3_2_reset_drops_queues_and_settings),
        TEST(test_function_level_reset_in_mid_command),
        TEST(test_7_6_2_normal_shutdown_ends_commands_and_empties_caches),
        TEST(test_7_6_2_abrupt_shutdown_drops_commands),
        TEST(test_shutdown_of_a_controller_that_is_off),
        cmocka_unit_test(test_without_a_disk_there_is_a_controller),
        cmocka_unit_test(test_functional_commands_are_quick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
