/* SPDX-License-Identifier: GPL-2.0-only */
/* Logs, asynchronous events, Format and Sanitize of the ANS2 controller (NVMe 1.2.1, 5.2, 5.10, 5.23;
 * 1.3, 5.22). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/ans2/ans2_bench.h"

#define LONG              VTIME_MS(50)
#define BAD(status)       ((status) | NVME_DNR)
#define EVENT_TEMPERATURE 0x020101u
#define EVENT_RELIABILITY 0x020001u
#define EVENT_SPARE       0x020201u

/* ---- 5.10: pages ---- */

static void test_5_10_unknown_pages(void **state)
{
    struct ab *ab = *state;

    for (unsigned id = 0; id < 256; id++) {
        const bool is_known = (id >= 1 && id <= 3) || id == 0x81;
        const struct ab_command command = {.opcode = NVME_ADMIN_GET_LOG,
                                           .nsid = NVME_NSID_ALL,
                                           .prp1 = AB_DATA,
                                           .dw = {id | 15u << 16}};

        assert_int_equal(ab_run(ab, 0, command).status,
                         is_known ? NVME_OK : BAD(NVME_INVALID_LOG_PAGE));
    }
}

static void test_5_10_1_1_errors_newest_first(void **state)
{
    struct ab *ab = *state;
    const uint8_t *log = ab_log(ab, NVME_LOG_ERROR);
    struct ab_completion io;

    assert_int_equal(le64_get(log), 0);
    (void)ab_admin(ab, 0xff, 0, 0);
    io = ab_run(ab, 1, ab_read_command(AB_BLOCKS + UINT64_C(0x100000000)));
    log = ab_log(ab, NVME_LOG_ERROR);
    assert_int_equal(le64_get(log), 2);
    assert_int_equal(le16_get(log + 8), 1);
    assert_int_equal(le16_get(log + 10), io.cid);
    assert_int_equal(le16_get(log + 12), io.status << 1);
    assert_int_equal(le16_get(log + 14), 0xffff);
    assert_int_equal(le64_get(log + 16), AB_BLOCKS + UINT64_C(0x100000000));
    assert_int_equal(le32_get(log + 24), 1);
    assert_int_equal(le64_get(log + 64), 1);
    assert_int_equal(le16_get(log + 64 + 8), 0);
    assert_int_equal(le16_get(log + 64 + 12), BAD(NVME_INVALID_OPCODE) << 1);
    assert_int_equal(le64_get(log + 128), 0);
    for (unsigned i = 0; i < 20; i++) {
        (void)ab_admin(ab, 0xff, 0, 0);
    }
    assert_int_equal(le64_get(ab_log(ab, NVME_LOG_ERROR)), 22);
    assert_int_equal(le64_get(ab_log(ab, NVME_LOG_ERROR) + 7 * 64), 15);
}

static void test_5_10_1_2_smart(void **state)
{
    struct ab *ab = *state;
    const uint8_t *log;

    ab->module[0]->counters.spare_percent = 87;
    ab->module[1]->counters.used_percent = 300;
    for (unsigned i = 0; i < 63; i++) {
        assert_int_equal(ab_run(ab, 1, ab_write_command(i, 2)).status, NVME_OK);
    }
    assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, NVME_OK);
    (void)ab_admin(ab, 0xff, 0, 0);
    log = ab_log(ab, NVME_LOG_SMART);
    assert_int_equal(log[0], 0);
    assert_int_equal(le16_get(log + 1), 313);
    assert_int_equal(log[3], 87);
    assert_int_equal(log[4], 10);
    assert_int_equal(log[5], 255);
    assert_int_equal(le64_get(log + 32), 1);
    assert_int_equal(le64_get(log + 48), 2); /* 516096 bytes: rounded up */
    assert_int_equal(le64_get(log + 64), 1);
    assert_int_equal(le64_get(log + 80), 63);
    assert_int_equal(le64_get(log + 112), 1);
    assert_int_equal(le64_get(log + 176), 1);
}

static void test_5_10_1_2_busy_time_and_hours(void **state)
{
    struct ab *ab = *state;
    const uint8_t *log;

    ab->module[0]->access = VTIME_S(150);
    (void)ab_send(ab, 1, ab_read_command(0));
    rig_advance(ab->rig, VTIME_S(130));
    assert_int_equal(le64_get(ab_log(ab, NVME_LOG_SMART) + 96), 2);
    rig_advance(ab->rig, VTIME_S(7200));
    assert_int_equal(ab_expect(ab, 1).status, NVME_OK);
    log = ab_log(ab, NVME_LOG_SMART);
    assert_int_equal(le64_get(log + 96), 2);
    assert_int_equal(le64_get(log + 128), 2);
}

static void power_cycle(struct ab *ab)
{
    device_reset(ab->dut, RESET_POWER_ON);
    ab_config_write(ab, PCI_BASE_ADDRESS_0, 4, (uint32_t)AB_BAR);
    ab_config_write(ab, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
}

static void test_5_10_1_2_counters_outlive_power(void **state)
{
    struct ab *ab = *state;
    const uint8_t *log;

    for (unsigned i = 0; i < 3; i++) {
        (void)ab_run(ab, 1, ab_write_command(i, 1));
    }
    (void)ab_run(ab, 1, ab_read_command(0)); /* it keeps what was before it */
    power_cycle(ab);
    log = ab_log(ab, NVME_LOG_SMART);
    assert_int_equal(le64_get(log + 112), 2);
    assert_int_equal(le64_get(log + 144), 1);
    assert_int_equal(le64_get(log + 80), 3);
    assert_int_equal(le64_get(log + 48), 1);
    ab_write(ab, NVME_REG_CC, 4, 0x00460001 | NVME_CC_SHN_NORMAL);
    rig_advance(ab->rig, LONG);
    power_cycle(ab);
    log = ab_log(ab, NVME_LOG_SMART);
    assert_int_equal(le64_get(log + 112), 3);
    assert_int_equal(le64_get(log + 144), 1);
    device_reset(ab->dut, RESET_BUS);
    device_reset(ab->dut, RESET_FUNCTION);
    power_cycle(ab);
    assert_int_equal(le64_get(ab_log(ab, NVME_LOG_SMART) + 144), 2);
}

/* Their number outlives the power, they do not: no entry, rather than one that says nothing. */
static void test_5_10_1_1_errors_before_power_on(void **state)
{
    static const uint8_t none[512] = {0};
    struct ab *ab = *state;

    (void)ab_admin(ab, 0xff, 0, 0);
    (void)ab_run(ab, 1, ab_read_command(0)); /* it keeps what was before it */
    power_cycle(ab);
    assert_memory_equal(ab_log(ab, NVME_LOG_ERROR), none, sizeof(none));
    (void)ab_admin(ab, 0xff, 0, 0);
    assert_int_equal(le64_get(ab_log(ab, NVME_LOG_ERROR)), 2);
    assert_memory_equal(ab_log(ab, NVME_LOG_ERROR) + 64, none, sizeof(none) - 64);
}

static void test_5_10_1_2_failed_module(void **state)
{
    struct ab *ab = *state;
    const uint8_t *log;

    ab->module[1]->is_failed = true;
    assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, BAD(NVME_READ_ERROR));
    assert_int_equal(ab_run(ab, 1, ab_write_command(0, 1)).status, BAD(NVME_WRITE_FAULT));
    log = ab_log(ab, NVME_LOG_SMART);
    assert_int_equal(log[0], 4);
    assert_int_equal(le64_get(log + 160), 2);
}

static void test_5_10_1_2_is_not_of_a_namespace(void **state)
{
    struct ab *ab = *state;
    const struct ab_command command = {.opcode = NVME_ADMIN_GET_LOG,
                                       .nsid = 1,
                                       .prp1 = AB_DATA,
                                       .dw = {127u << 16 | NVME_LOG_SMART}};

    assert_int_equal(ab_run(ab, 0, command).status, BAD(NVME_INVALID_FIELD));
}

static void test_5_10_1_3_firmware(void **state)
{
    struct ab *ab = *state;
    const uint8_t *log;

    memset(ab->rig->ram + AB_DATA, 0xee, 1024);
    log = ab_log(ab, NVME_LOG_FIRMWARE);
    assert_int_equal(log[0], 1);
    assert_memory_equal(log + 8, "1294    ", 8);
    assert_int_equal(log[16], 0);
    assert_int_equal(log[511], 0);
    assert_int_equal(log[512], 0xee);
}

/* ---- 5.2: events ---- */

static void request(struct ab *ab)
{
    (void)ab_send(ab, 0, (struct ab_command){.opcode = NVME_ADMIN_EVENT});
    rig_advance(ab->rig, VTIME_US(50));
}

static void test_5_2_limit(void **state)
{
    struct ab *ab = *state;

    for (unsigned i = 0; i < 4; i++) {
        request(ab);
    }
    ab_expect_none(ab, 0);
    request(ab);
    assert_int_equal(ab_expect(ab, 0).status, BAD(NVME_ASYNC_LIMIT));
}

static void test_5_2_event_before_request(void **state)
{
    struct ab *ab = *state;
    struct ab_completion completion;

    ab_set_feature(ab, NVME_FEAT_EVENTS, 2);
    ab_set_feature(ab, NVME_FEAT_TEMPERATURE, 313);
    ab_expect_none(ab, 0);
    request(ab);
    completion = ab_expect(ab, 0);
    assert_int_equal(completion.status, NVME_OK);
    assert_int_equal(completion.result, EVENT_TEMPERATURE);
}

static void test_5_2_silent_until_the_page_is_read(void **state)
{
    struct ab *ab = *state;

    ab_set_feature(ab, NVME_FEAT_EVENTS, 0x1f);
    request(ab);
    request(ab);
    ab->module[0]->is_failed = true;
    (void)ab_run(ab, 1, ab_read_command(0));
    assert_int_equal(ab_expect(ab, 0).result, EVENT_RELIABILITY);
    ab_set_feature(ab, NVME_FEAT_TEMPERATURE, 300);
    ab_expect_none(ab, 0);
    ab_set_feature(ab, NVME_FEAT_TEMPERATURE, 400);
    assert_int_equal(ab_log(ab, NVME_LOG_SMART)[0], 4);
    /* Of its own, and of the cold side. */
    (void)ab_send(ab, 0,
                  (struct ab_command){.opcode = NVME_ADMIN_SET_FEATURES,
                                      .dw = {NVME_FEAT_TEMPERATURE, 1u << 20 | 320}});
    rig_advance(ab->rig, LONG);
    (void)ab_expect(ab, 0);
    assert_int_equal(ab_expect(ab, 0).result, EVENT_TEMPERATURE);
}

static void test_5_2_spare_and_disabled_warnings(void **state)
{
    struct ab *ab = *state;

    request(ab);
    ab->module[1]->counters.spare_percent = 9;
    ab_set_feature(ab, NVME_FEAT_EVENTS, 2);
    ab_expect_none(ab, 0);
    assert_int_equal(ab_log(ab, NVME_LOG_SMART)[0], 1);
    (void)ab_send(
        ab, 0, (struct ab_command){.opcode = NVME_ADMIN_SET_FEATURES, .dw = {NVME_FEAT_EVENTS, 1}});
    rig_advance(ab->rig, LONG);
    (void)ab_expect(ab, 0);
    assert_int_equal(ab_expect(ab, 0).result, EVENT_SPARE);
}

/* Requests are kept for ever; a reset drops them without completions. */
static void test_5_2_requests_and_reset(void **state)
{
    struct ab *ab = *state;

    for (unsigned i = 0; i < 4; i++) {
        request(ab);
    }
    rig_advance(ab->rig, VTIME_S(10));
    ab_expect_none(ab, 0);
    ab_write(ab, NVME_REG_CC, 4, 0);
    rig_advance(ab->rig, LONG);
    ab_enable(ab, AB_ENTRIES);
    for (unsigned i = 0; i < 4; i++) {
        request(ab);
    }
    ab_expect_none(ab, 0);
}

/* An event finds the completion queue full: it comes when there is room. */
static void test_5_2_event_with_a_full_queue(void **state)
{
    struct ab *ab = ab_create(NULL);
    struct ab_command command = {.opcode = NVME_ADMIN_GET_FEATURES, .dw = {1}};
    struct ab_completion completion;

    (void)state;
    ab_enable(ab, 4);
    command.cid = 3;
    command.opcode = NVME_ADMIN_EVENT;
    ab_put(ab, 0, &command);
    ab_ring(ab, 0);
    rig_advance(ab->rig, LONG);
    command.opcode = NVME_ADMIN_GET_FEATURES;
    for (uint16_t i = 0; i < 3; i++) {
        command.cid = i;
        ab_put(ab, 0, &command);
    }
    ab_ring(ab, 0);
    rig_advance(ab->rig, LONG);
    ab_write(ab, NVME_REG_DOORBELL + 16, 4, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(ab_take(ab, 0, &completion));
    }
    ab_expect_none(ab, 0);
    ab_release(ab, 0);
    assert_int_equal(ab_expect(ab, 0).result, 0x010000);
    ab_destroy(ab);
}

/* ---- 5.23: Format NVM ---- */

static uint16_t format(struct ab *ab, uint32_t nsid, uint32_t dw10)
{
    return ab_run(ab, 0,
                  (struct ab_command){.opcode = NVME_ADMIN_FORMAT, .nsid = nsid, .dw = {dw10}})
        .status;
}

static void test_5_23_format(void **state)
{
    static const uint32_t settings[] = {0x000, 0x200, 0x400};
    struct ab *ab = *state;

    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ab_run(ab, 1, ab_write_command(3, 1)).status, NVME_OK);
        assert_int_equal(format(ab, i == 0 ? NVME_NSID_ALL : 1, settings[i]), NVME_OK);
        assert_int_equal(ab->erases, i + 1);
        assert_int_equal(ab->module[0]->discards, i + 1);
        assert_int_equal(ab->module[1]->discards, i + 1);
        assert_int_equal(ab->module[0]->flash[3 * AB_BLOCK], 0);
    }
}

static void test_5_23_refusals(void **state)
{
    struct ab *ab = *state;

    assert_int_equal(format(ab, 0, 0), BAD(NVME_INVALID_NAMESPACE));
    assert_int_equal(format(ab, 2, 0), BAD(NVME_INVALID_NAMESPACE));
    assert_int_equal(format(ab, 1, 0x001), BAD(NVME_INVALID_FORMAT));
    assert_int_equal(format(ab, 1, 0x010), BAD(NVME_INVALID_FORMAT));
    assert_int_equal(format(ab, 1, 0x020), BAD(NVME_INVALID_FORMAT));
    assert_int_equal(format(ab, 1, 0x600), BAD(NVME_INVALID_FIELD));
    assert_int_equal(ab->erases, 0);
    ab->is_erase_failing = true;
    assert_int_equal(format(ab, 1, 0), BAD(NVME_INTERNAL_ERROR));
    assert_int_equal(ab->module[0]->discards, 0);
    ab->is_erase_failing = false;
    ab->module[0]->is_failed = true;
    assert_int_equal(format(ab, 1, 0), BAD(NVME_INTERNAL_ERROR));
}

/* ---- 1.3, 5.22: Sanitize ---- */

static void test_sanitize(void **state)
{
    struct ab *ab = *state;
    const uint8_t *log = ab_log(ab, NVME_LOG_SANITIZE);

    assert_int_equal(le16_get(log), 0xffff);
    assert_int_equal(le16_get(log + 2), 0);
    for (uint32_t action = 0; action < 8; action++) {
        if (action == 1 || action == 4) continue;
        assert_int_equal(ab_admin(ab, NVME_ADMIN_SANITIZE, action, 0), BAD(NVME_INVALID_FIELD));
    }
    assert_int_equal(ab_admin(ab, NVME_ADMIN_SANITIZE, 4 | 0x200, 0), BAD(NVME_INVALID_FIELD));
    assert_int_equal(ab->erases, 0);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_SANITIZE, 4, 0), NVME_OK);
    assert_int_equal(ab->erases, 1);
    log = ab_log(ab, NVME_LOG_SANITIZE);
    assert_int_equal(le16_get(log + 2), 1);
    assert_int_equal(le32_get(log + 4), 4);
    ab->is_erase_failing = true;
    assert_int_equal(ab_admin(ab, NVME_ADMIN_SANITIZE, 4, 0), BAD(NVME_SANITIZE_FAILED));
    assert_int_equal(le16_get(ab_log(ab, NVME_LOG_SANITIZE) + 2), 3);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_SANITIZE, 1, 0), NVME_OK);
    assert_int_equal(le16_get(ab_log(ab, NVME_LOG_SANITIZE) + 2), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ab_begin, ab_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_5_10_unknown_pages),
        TEST(test_5_10_1_1_errors_newest_first),
        TEST(test_5_10_1_2_smart),
        TEST(test_5_10_1_2_busy_time_and_hours),
        TEST(test_5_10_1_1_errors_before_power_on),
        TEST(test_5_10_1_2_counters_outlive_power),
        TEST(test_5_10_1_2_failed_module),
        TEST(test_5_10_1_2_is_not_of_a_namespace),
        TEST(test_5_10_1_3_firmware),
        TEST(test_5_2_limit),
        TEST(test_5_2_event_before_request),
        TEST(test_5_2_silent_until_the_page_is_read),
        TEST(test_5_2_spare_and_disabled_warnings),
        TEST(test_5_2_requests_and_reset),
        cmocka_unit_test(test_5_2_event_with_a_full_queue),
        TEST(test_5_23_format),
        TEST(test_5_23_refusals),
        TEST(test_sanitize),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
