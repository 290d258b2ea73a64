/* SPDX-License-Identifier: GPL-2.0-only */
/* Admin commands of the ANS2 controller: queues, Abort, Identify, Features (NVMe 1.2.1, 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "tests/unit/devices/ans2/ans2_bench.h"

#define LONG        VTIME_MS(50)
#define BAD(status) ((status) | NVME_DNR)

static int setup(void **state)
{
    struct ab *ab = ab_create(NULL);

    ab_enable(ab, AB_ENTRIES);
    *state = ab;
    return 0;
}

/* ---- All commands ---- */

static void test_unknown_commands(void **state)
{
    static const uint8_t known[] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 0x80, 0x84};
    struct ab *ab = *state;

    for (unsigned opcode = 0; opcode < 256; opcode++) {
        if (memchr(known, (int)opcode, sizeof(known)) != NULL) continue;
        assert_int_equal(ab_admin(ab, (uint8_t)opcode, 0, 0), BAD(NVME_INVALID_OPCODE));
    }
}

static void test_fused_operations_and_sgls_are_refused(void **state)
{
    static const uint8_t flags[] = {0x01, 0x02, 0x40, 0x80, 0xc0};
    struct ab *ab = *state;

    for (unsigned i = 0; i < sizeof(flags); i++) {
        const struct ab_command command = {
            .opcode = NVME_ADMIN_IDENTIFY, .flags = flags[i], .prp1 = AB_DATA, .dw = {1}};

        assert_int_equal(ab_run(ab, 0, command).status, BAD(NVME_INVALID_FIELD));
    }
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
}

/* ---- 5.3, 5.4: creation ---- */

static uint16_t create(struct ab *ab, uint8_t opcode, uint64_t base, uint32_t dw10, uint32_t dw11)
{
    return ab_run(ab, 0, (struct ab_command){.opcode = opcode, .prp1 = base, .dw = {dw10, dw11}})
        .status;
}

static void test_5_3_create_completion_queue(void **state)
{
    struct ab *ab = *state;
    const uint8_t op = NVME_ADMIN_CREATE_CQ;

    assert_int_equal(create(ab, op, AB_CQ, 31 << 16, 3), BAD(NVME_QID_INVALID));
    assert_int_equal(create(ab, op, AB_CQ, 31 << 16 | 2, 3), BAD(NVME_QID_INVALID));
    assert_int_equal(create(ab, op, AB_CQ, 31 << 16 | 0xffff, 3), BAD(NVME_QID_INVALID));
    assert_int_equal(create(ab, op, AB_CQ, 1, 3), BAD(NVME_QUEUE_SIZE));
    assert_int_equal(create(ab, op, AB_CQ, 1024u << 16 | 1, 3), BAD(NVME_QUEUE_SIZE));
    assert_int_equal(create(ab, op, AB_CQ, 31 << 16 | 1, 2), BAD(NVME_INVALID_FIELD));
    assert_int_equal(create(ab, op, AB_CQ + 16, 31 << 16 | 1, 3), BAD(NVME_PRP_OFFSET_INVALID));
    assert_int_equal(create(ab, op, AB_CQ, 31 << 16 | 1, 1 << 16 | 3), BAD(NVME_INVALID_VECTOR));
    assert_int_equal(create(ab, op, AB_CQ, 1023u << 16 | 1, 3), NVME_OK);
    assert_int_equal(create(ab, op, AB_CQ, 31 << 16 | 1, 3), BAD(NVME_QID_INVALID));
}

static void test_5_4_create_submission_queue(void **state)
{
    struct ab *ab = *state;
    const uint8_t op = NVME_ADMIN_CREATE_SQ;
    const uint32_t good = 1 << 16 | 1;

    assert_int_equal(create(ab, op, AB_SQ, 31 << 16 | 1, good), BAD(NVME_CQ_INVALID));
    assert_int_equal(create(ab, NVME_ADMIN_CREATE_CQ, AB_CQ, 31 << 16 | 1, 3), NVME_OK);
    assert_int_equal(create(ab, op, AB_SQ, 31 << 16, good), BAD(NVME_QID_INVALID));
    assert_int_equal(create(ab, op, AB_SQ, 31 << 16 | 2, good), BAD(NVME_QID_INVALID));
    assert_int_equal(create(ab, op, AB_SQ, 1, good), BAD(NVME_QUEUE_SIZE));
    assert_int_equal(create(ab, op, AB_SQ, 1024u << 16 | 1, good), BAD(NVME_QUEUE_SIZE));
    assert_int_equal(create(ab, op, AB_SQ, 31 << 16 | 1, 1 << 16), BAD(NVME_INVALID_FIELD));
    assert_int_equal(create(ab, op, AB_SQ + 64, 31 << 16 | 1, good), BAD(NVME_PRP_OFFSET_INVALID));
    assert_int_equal(create(ab, op, AB_SQ, 31 << 16 | 1, 1), BAD(NVME_QID_INVALID));
    assert_int_equal(create(ab, op, AB_SQ, 31 << 16 | 1, 2 << 16 | 1), BAD(NVME_QID_INVALID));
    assert_int_equal(create(ab, op, AB_SQ, 31 << 16 | 1, good), NVME_OK);
    assert_int_equal(create(ab, op, AB_SQ, 31 << 16 | 1, good), BAD(NVME_QID_INVALID));
}

/* ---- 5.5, 5.6: deletion ---- */

static void test_5_5_deletion_in_order(void **state)
{
    struct ab *ab = *state;

    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_SQ, 1, 0), BAD(NVME_QID_INVALID));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_CQ, 1, 0), BAD(NVME_QID_INVALID));
    ab_make_io(ab);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_CQ, 0, 0), BAD(NVME_QID_INVALID));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_SQ, 0, 0), BAD(NVME_QID_INVALID));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_SQ, 2, 0), BAD(NVME_QID_INVALID));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_CQ, 1, 0), BAD(NVME_INVALID_QUEUE));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_SQ, 1, 0), NVME_OK);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_CQ, 1, 0), NVME_OK);
    ab_make_io(ab);
    assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, NVME_OK);
}

static void test_5_6_deletion_aborts_commands(void **state)
{
    struct ab *ab = *state;

    ab_make_io(ab);
    (void)ab_send(ab, 1, ab_write_command(0, 1));
    (void)ab_send(ab, 1, ab_write_command(1, 1));
    rig_advance(ab->rig, VTIME_US(20));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_SQ, 1, 0), NVME_OK);
    assert_int_equal(ab_expect(ab, 1).status, NVME_ABORT_SQ_DELETED);
    assert_int_equal(ab_expect(ab, 1).status, NVME_ABORT_SQ_DELETED);
    assert_int_equal(ab->module[0]->stores, 0);
}

/* ---- 5.1: Abort ---- */

static void test_5_1_abort_of_a_command_at_work(void **state)
{
    struct ab *ab = *state;
    struct ab_completion completion;
    uint16_t cid;

    ab_make_io(ab);
    cid = ab_send(ab, 1, ab_write_command(0, 1));
    rig_advance(ab->rig, VTIME_US(50));
    completion = ab_run(
        ab, 0, (struct ab_command){.opcode = NVME_ADMIN_ABORT, .dw = {(uint32_t)cid << 16 | 1}});
    assert_int_equal(completion.status, NVME_OK);
    assert_int_equal(completion.result, 0);
    completion = ab_expect(ab, 1);
    assert_int_equal(completion.status, NVME_ABORT_REQUESTED);
    assert_int_equal(completion.cid, cid);
    assert_int_equal(ab->module[0]->stores, 0);
    assert_int_equal(ab_run(ab, 1, ab_write_command(0, 1)).status, NVME_OK);
    assert_int_equal(ab->module[0]->stores, 1);
}

static void test_5_1_abort_of_nothing(void **state)
{
    static const uint32_t targets[] = {7 << 16, 7 << 16 | 1, 7 << 16 | 2, 0xffffffff};
    struct ab *ab = *state;

    for (unsigned i = 0; i < 4; i++) {
        const struct ab_completion completion =
            ab_run(ab, 0, (struct ab_command){.opcode = NVME_ADMIN_ABORT, .dw = {targets[i]}});

        assert_int_equal(completion.status, NVME_OK);
        assert_int_equal(completion.result, 1);
    }
}

static void test_5_1_abort_of_an_event_request(void **state)
{
    struct ab *ab = *state;
    const uint16_t cid = ab_send(ab, 0, (struct ab_command){.opcode = NVME_ADMIN_EVENT});
    struct ab_completion completion;

    rig_advance(ab->rig, LONG);
    ab_expect_none(ab, 0);
    (void)ab_send(ab, 0,
                  (struct ab_command){.opcode = NVME_ADMIN_ABORT, .dw = {(uint32_t)cid << 16}});
    rig_advance(ab->rig, LONG);
    completion = ab_expect(ab, 0);
    assert_int_equal(completion.cid, cid);
    assert_int_equal(completion.status, NVME_ABORT_REQUESTED);
    assert_int_equal(ab_expect(ab, 0).result, 0);
}

static void test_5_1_too_many_aborts(void **state)
{
    struct ab *ab = *state;
    struct ab_command command = {.opcode = NVME_ADMIN_ABORT, .dw = {20 << 16}};

    for (uint16_t i = 0; i < 6; i++) {
        command.cid = i;
        ab_put(ab, 0, &command);
    }
    ab_ring(ab, 0);
    rig_advance(ab->rig, LONG);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(ab_expect(ab, 0).status, i < 4 ? NVME_OK : BAD(NVME_ABORT_LIMIT));
    }
}

/* ---- 5.11: Identify ---- */

static void test_5_11_controller(void **state)
{
    struct ab *ab = *state;
    const uint8_t *data = ab_identify(ab, 1, 0);

    assert_int_equal(le16_get(data), 0x106b);
    assert_memory_equal(data + 4, "DEADBEEF0123456789AB", 20);
    assert_memory_equal(data + 24, "APPLE SSD AP0001M                       ", 40);
    assert_memory_equal(data + 64, "1294    ", 8);
    assert_int_equal(data[77], 8);
    assert_int_equal(le32_get(data + 80), 0); /* VER is of 1.2 */
    assert_int_equal(le16_get(data + 256), 0x0002);
    assert_int_equal(data[258], 3);
    assert_int_equal(data[259], 3);
    assert_int_equal(data[512], 0x76);
    assert_int_equal(data[513], 0x44);
    assert_int_equal(le32_get(data + 516), 1);
    assert_int_equal(le16_get(data + 520), 0x009d);
    assert_int_equal(data[525], 1);
    assert_int_equal(le32_get(data + 536), 0); /* no SGLs */
}

static void test_5_11_namespace(void **state)
{
    struct ab *ab = *state;
    const uint8_t *data;

    ab->module[0]->counters.mapped_blocks = 30;
    ab->module[1]->counters.mapped_blocks = 12;
    data = ab_identify(ab, 0, 1);
    assert_int_equal(le64_get(data), AB_BLOCKS);
    assert_int_equal(le64_get(data + 8), AB_BLOCKS);
    assert_int_equal(le64_get(data + 16), 42);
    assert_int_equal(data[25], 0);
    assert_int_equal(le32_get(data + 128), 12u << 16);
    assert_memory_equal(data + 120, "\xde\xad\xbe\xef\x01\x23\x45\x67", 8);
}

static uint16_t identify(struct ab *ab, uint32_t cns, uint32_t nsid, uint64_t prp1)
{
    return ab_run(ab, 0,
                  (struct ab_command){
                      .opcode = NVME_ADMIN_IDENTIFY, .nsid = nsid, .prp1 = prp1, .dw = {cns}})
        .status;
}

static void test_5_11_refusals(void **state)
{
    struct ab *ab = *state;

    assert_int_equal(identify(ab, 0, 0, AB_DATA), BAD(NVME_INVALID_NAMESPACE));
    assert_int_equal(identify(ab, 0, 2, AB_DATA), BAD(NVME_INVALID_NAMESPACE));
    assert_int_equal(identify(ab, 0, NVME_NSID_ALL, AB_DATA), BAD(NVME_INVALID_NAMESPACE));
    for (uint32_t cns = 3; cns < 0x20; cns++) {
        assert_int_equal(identify(ab, cns, 1, AB_DATA), BAD(NVME_INVALID_FIELD));
    }
    assert_int_equal(identify(ab, 2, 0xfffffffe, AB_DATA), BAD(NVME_INVALID_NAMESPACE));
    assert_int_equal(identify(ab, 2, 0xffffffff, AB_DATA), BAD(NVME_INVALID_NAMESPACE));
    assert_int_equal(identify(ab, 1, 0, AB_NOWHERE), BAD(NVME_DATA_TRANSFER_ERROR));
}

static void test_5_11_list_of_namespaces(void **state)
{
    struct ab *ab = *state;
    const uint8_t *data = ab_identify(ab, 2, 0);

    assert_int_equal(le32_get(data), 1);
    assert_int_equal(le32_get(data + 4), 0);
    data = ab_identify(ab, 2, 1);
    assert_int_equal(le32_get(data), 0);
}

static void test_5_11_without_a_disk(void **state)
{
    const struct ab_setup how = {.has_no_disk = true};
    struct ab *ab = ab_create(&how);

    (void)state;
    ab_enable(ab, AB_ENTRIES);
    assert_int_equal(le32_get(ab_identify(ab, 2, 0)), 0);
    assert_int_equal(le64_get(ab_identify(ab, 0, 1)), 0);
    assert_memory_equal(ab_identify(ab, 1, 0) + 24, "APPLE SSD AP", 12);
    (void)ab_log(ab, NVME_LOG_SMART);
    ab_destroy(ab);
}

static void test_data_over_two_pages(void **state)
{
    struct ab *ab = *state;
    const struct ab_command command = {.opcode = NVME_ADMIN_IDENTIFY,
                                       .prp1 = AB_DATA + 0xffc,
                                       .prp2 = AB_DATA + 0x8000,
                                       .dw = {1}};

    assert_int_equal(ab_run(ab, 0, command).status, NVME_OK);
    assert_int_equal(le16_get(ab->rig->ram + AB_DATA + 0xffc), 0x106b);
    assert_memory_equal(ab->rig->ram + AB_DATA + 0x8000, "DEADBEEF", 8);
}

/* ---- 5.9, 5.14: Features ---- */

static void test_5_14_what_is_stored(void **state)
{
    static const struct {
        uint32_t id, stored, at_first;
    } features[] = {
        {NVME_FEAT_ARBITRATION, 0xffffff07, 0},
        {NVME_FEAT_POWER, 0xe0, 0},
        {NVME_FEAT_TEMPERATURE, 0xfe00, 0xffff},
        {NVME_FEAT_ERROR, 0xffff, 0},
        {NVME_FEAT_WRITE_CACHE, 1, 1},
        {NVME_FEAT_COALESCING, 0xffff, 0},
        {NVME_FEAT_VECTOR, 0x10000, 0},
        {NVME_FEAT_ATOMICITY, 1, 0},
        {NVME_FEAT_EVENTS, 0x1f, 0},
    };
    struct ab *ab = *state;

    for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        assert_int_equal(ab_get_feature(ab, features[i].id), features[i].at_first);
        ab_set_feature(ab, features[i].id, features[i].stored);
        assert_int_equal(ab_get_feature(ab, features[i].id), features[i].stored);
        /* Default, saved, and what can be done with it. */
        assert_int_equal(ab_get_feature(ab, 1u << 8 | features[i].id), features[i].at_first);
        assert_int_equal(ab_get_feature(ab, 2u << 8 | features[i].id), features[i].at_first);
        assert_int_equal(ab_get_feature(ab, 3u << 8 | features[i].id), 4);
    }
}

static void test_5_14_refusals(void **state)
{
    static const uint32_t wrong[][2] = {
        {0, 0},
        {3, 0},
        {0xc, 0},
        {0x80, 0},
        {NVME_FEAT_POWER, 1},
        {NVME_FEAT_ERROR, 0x10000},
        {NVME_FEAT_VECTOR, 1},
        {NVME_FEAT_TEMPERATURE, 0x00010000},
        {NVME_FEAT_TEMPERATURE, 0x00200000},
        {NVME_FEAT_QUEUES, 0xffff},
        {NVME_FEAT_QUEUES, 0xffff0000},
    };
    struct ab *ab = *state;

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(ab_admin(ab, NVME_ADMIN_SET_FEATURES, wrong[i][0], wrong[i][1]),
                         BAD(NVME_INVALID_FIELD));
    }
    assert_int_equal(ab_admin(ab, NVME_ADMIN_GET_FEATURES, 3, 0), BAD(NVME_INVALID_FIELD));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_GET_FEATURES, 4u << 8 | 1, 0),
                     BAD(NVME_INVALID_FIELD));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_GET_FEATURES, NVME_FEAT_VECTOR, 1),
                     BAD(NVME_INVALID_FIELD));
    assert_int_equal(ab_admin(ab, NVME_ADMIN_SET_FEATURES, 0x80000000 | NVME_FEAT_ATOMICITY, 1),
                     BAD(NVME_NOT_SAVEABLE));
    assert_int_equal(ab_get_feature(ab, NVME_FEAT_ATOMICITY), 0);
}

static void test_5_14_number_of_queues(void **state)
{
    struct ab *ab = *state;
    const struct ab_command command = {.opcode = NVME_ADMIN_SET_FEATURES,
                                       .dw = {NVME_FEAT_QUEUES, 0x00070007}};
    const struct ab_completion completion = ab_run(ab, 0, command);

    assert_int_equal(completion.status, NVME_OK);
    assert_int_equal(completion.result, 0);
    assert_int_equal(ab_get_feature(ab, NVME_FEAT_QUEUES), 0);
    ab_make_io(ab);
    assert_int_equal(ab_run(ab, 0, command).status, BAD(NVME_SEQUENCE_ERROR));
}

static void test_5_14_thresholds_of_both_kinds(void **state)
{
    struct ab *ab = *state;
    struct ab_completion completion;

    ab_set_feature(ab, NVME_FEAT_TEMPERATURE, 350);
    ab_set_feature(ab, NVME_FEAT_TEMPERATURE, 1u << 20 | 270);
    completion = ab_run(ab, 0,
                        (struct ab_command){.opcode = NVME_ADMIN_GET_FEATURES,
                                            .dw = {NVME_FEAT_TEMPERATURE, 1u << 20}});
    assert_int_equal(completion.result, 270);
    assert_int_equal(ab_get_feature(ab, NVME_FEAT_TEMPERATURE), 350);
}

static void test_5_14_write_cache_is_emptied_first(void **state)
{
    struct ab *ab = *state;

    ab->module[0]->drain = VTIME_MS(20);
    (void)ab_send(
        ab, 0,
        (struct ab_command){.opcode = NVME_ADMIN_SET_FEATURES, .dw = {NVME_FEAT_WRITE_CACHE, 0}});
    rig_advance(ab->rig, VTIME_MS(19));
    ab_expect_none(ab, 0);
    rig_advance(ab->rig, VTIME_MS(2));
    assert_int_equal(ab_expect(ab, 0).status, NVME_OK);
    assert_int_equal(ab->module[0]->flushes, 1);
    assert_int_equal(ab->module[1]->flushes, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, ab_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unknown_commands),
        TEST(test_fused_operations_and_sgls_are_refused),
        TEST(test_5_3_create_completion_queue),
        TEST(test_5_4_create_submission_queue),
        TEST(test_5_5_deletion_in_order),
        TEST(test_5_6_deletion_aborts_commands),
        TEST(test_5_1_abort_of_a_command_at_work),
        TEST(test_5_1_abort_of_nothing),
        TEST(test_5_1_abort_of_an_event_request),
        TEST(test_5_1_too_many_aborts),
        TEST(test_5_11_controller),
        TEST(test_5_11_namespace),
        TEST(test_5_11_refusals),
        TEST(test_5_11_list_of_namespaces),
        cmocka_unit_test(test_5_11_without_a_disk),
        TEST(test_data_over_two_pages),
        TEST(test_5_14_what_is_stored),
        TEST(test_5_14_refusals),
        TEST(test_5_14_number_of_queues),
        TEST(test_5_14_thresholds_of_both_kinds),
        TEST(test_5_14_write_cache_is_emptied_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
