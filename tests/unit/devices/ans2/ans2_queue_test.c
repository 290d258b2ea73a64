/* SPDX-License-Identifier: GPL-2.0-only */
/* Queues of the ANS2 controller: entries, phase, doorbells, full queues, interrupts, arbitration, what
 * the firmware does not survive. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/ans2/ans2_bench.h"

#define LONG               VTIME_MS(50)
#define SQ0                NVME_REG_DOORBELL
#define CQ0                (NVME_REG_DOORBELL + 4)
#define SQ1                (NVME_REG_DOORBELL + 8)
#define CQ1                (NVME_REG_DOORBELL + 12)
#define EVENT_BAD_DOORBELL 0x010000u /* type error, info 0, log page 1 */
#define EVENT_BAD_VALUE    0x010100u

static const struct ab_command get_queues = {.opcode = NVME_ADMIN_GET_FEATURES,
                                             .dw = {NVME_FEAT_QUEUES}};
static const struct ab_command event_request = {.opcode = NVME_ADMIN_EVENT};

/* ---- Entries ---- */

static void test_io_entries_are_128_bytes_apart(void **state)
{
    struct ab *ab = *state;

    memset(ab->rig->ram + AB_SQ, 0xff, 128 * 4);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ab_run(ab, 1, ab_read_command(i)).status, NVME_OK);
    }
    /* The second halves are nothing to it. */
    assert_int_equal(ab->rig->ram[AB_SQ + 64], 0xff);
}

static void test_4_6_phase_and_head_over_three_rounds(void **state)
{
    struct ab *ab = *state;

    for (unsigned i = 1; i <= 3 * AB_ENTRIES; i++) {
        const struct ab_completion completion = ab_run(ab, 1, ab_read_command(0));

        assert_int_equal(completion.status, NVME_OK);
        assert_int_equal(completion.head, i % AB_ENTRIES);
    }
}

static void test_many_commands_with_one_doorbell(void **state)
{
    struct ab *ab = *state;
    struct ab_command command = ab_read_command(0);
    uint32_t seen = 0;

    for (unsigned i = 0; i < AB_ENTRIES - 1; i++) {
        command.cid = (uint16_t)i;
        ab_put(ab, 1, &command);
    }
    ab_ring(ab, 1);
    rig_advance(ab->rig, LONG);
    for (unsigned i = 0; i < AB_ENTRIES - 1; i++) {
        seen |= 1u << ab_expect(ab, 1).cid;
    }
    assert_int_equal(seen, 0x7fffffff);
}

/* The newest record of this name. */
static const struct trace_record *newest(const struct ab *ab, const char *name)
{
    for (uint64_t seq = trace_seq(ab->rig->trace); seq > 0; seq--) {
        const struct trace_record *record = trace_find(ab->rig->trace, seq);

        if (strcmp(record->desc->name, name) == 0) return record;
    }
    fail_msg("no %s was traced", name);
    return NULL;
}

/* From a completion back to the doorbell, whatever time there is between. */
static void test_causes_go_back_to_the_doorbell(void **state)
{
    struct ab *ab = *state;
    const struct trace_record *completion, *io, *command, *doorbell;

    (void)ab_run(ab, 1, ab_read_command(0));
    completion = newest(ab, "nvme_completion");
    io = trace_find(ab->rig->trace, completion->cause);
    assert_string_equal(io->desc->name, "nvme_io");
    command = trace_find(ab->rig->trace, io->cause);
    assert_string_equal(command->desc->name, "nvme_command");
    doorbell = trace_find(ab->rig->trace, command->cause);
    assert_string_equal(doorbell->desc->name, "reg_write");
    assert_int_equal(doorbell->cause, 0);
}

/* More than the controller works on at once: the rest is fetched as it goes. */
static void test_more_commands_than_slots(void **state)
{
    struct ab *ab = ab_create(NULL);
    const unsigned entries = 256;
    unsigned done = 0;

    (void)state;
    ab_enable(ab, entries);
    for (unsigned i = 0; i < entries - 1; i++) {
        struct ab_command command = get_queues;

        command.cid = (uint16_t)i;
        ab_put(ab, 0, &command);
    }
    ab_ring(ab, 0);
    rig_advance(ab->rig, LONG);
    while (ab_take(ab, 0, &(struct ab_completion){0})) {
        done++;
    }
    assert_int_equal(done, entries - 1);
    ab_destroy(ab);
}

static void test_4_1_completion_queue_full(void **state)
{
    struct ab *ab = *state;
    struct ab_command command = ab_read_command(0);
    struct ab_completion completion;
    unsigned taken = 0;

    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 20; i++) {
            command.cid = (uint16_t)(round * 20 + i) % 31;
            if (round == 1 && i >= 11) break;
            ab_put(ab, 1, &command);
        }
        ab_ring(ab, 1);
        rig_advance(ab->rig, LONG);
    }
    /* 31 are posted, none consumed: one more has to wait. */
    command.cid = 31;
    ab_put(ab, 1, &command);
    ab_ring(ab, 1);
    rig_advance(ab->rig, LONG);
    while (ab_take(ab, 1, &completion)) {
        taken++;
    }
    assert_int_equal(taken, 31);
    ab_release(ab, 1);
    assert_true(ab_take(ab, 1, &completion));
    assert_int_equal(completion.cid, 31);
}

/* A completion queue of two entries, and nobody who takes them: every slot for I/O is taken by a command
 * that waits for room. Admin commands come through, and the queues can be deleted and made again. */
static void test_4_1_a_stuck_io_queue_leaves_admin_commands_alone(void **state)
{
    struct ab *ab = ab_create(NULL);
    const struct ab_command cq = {
        .opcode = NVME_ADMIN_CREATE_CQ, .prp1 = AB_CQ, .dw = {1u << 16 | 1, 3}};
    const struct ab_command sq = {
        .opcode = NVME_ADMIN_CREATE_SQ, .prp1 = AB_SQ, .dw = {127u << 16 | 1, 1 << 16 | 1}};

    (void)state;
    ab_enable(ab, AB_ENTRIES);
    assert_int_equal(ab_run(ab, 0, cq).status, NVME_OK);
    assert_int_equal(ab_run(ab, 0, sq).status, NVME_OK);
    ab->queue[1] = (struct ab_queue){.sq = AB_SQ, .cq = AB_CQ, .entries = 128, .phase = 1};
    for (unsigned i = 0; i < 90; i++) {
        struct ab_command command = ab_read_command(0);

        command.cid = (uint16_t)(i + AB_ENTRIES);
        ab_put(ab, 1, &command);
    }
    ab_ring(ab, 1);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_run(ab, 0, get_queues).status, NVME_OK);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_SQ, 1, 0), NVME_OK);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_CQ, 1, 0), NVME_OK);
    ab_make_io(ab);
    assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, NVME_OK);
    ab_destroy(ab);
}

/* ---- Doorbells ---- */

static void expect_event(struct ab *ab, uint32_t result)
{
    const struct ab_completion completion = ab_expect(ab, 0);

    assert_int_equal(completion.status, NVME_OK);
    assert_int_equal(completion.result, result);
    (void)ab_log(ab, NVME_LOG_ERROR);
}

static void test_5_2_writes_to_doorbells_of_no_queue(void **state)
{
    static const unsigned doorbells[] = {SQ1, CQ1, NVME_REG_DOORBELL + 16, 0x1ffc};
    struct ab *ab = ab_create(NULL);

    (void)state;
    ab_enable(ab, AB_ENTRIES);
    for (unsigned i = 0; i < 4; i++) {
        (void)ab_send(ab, 0, event_request);
        rig_advance(ab->rig, LONG);
        ab_expect_none(ab, 0);
        ab_write(ab, doorbells[i], 4, 1);
        expect_event(ab, EVENT_BAD_DOORBELL);
    }
    ab_destroy(ab);
}

static void test_5_2_invalid_doorbell_values(void **state)
{
    struct ab *ab = *state;
    const struct {
        unsigned doorbell;
        uint32_t value;
    } wrong[] = {{SQ1, AB_ENTRIES}, {SQ1, UINT32_MAX}, {SQ1, 0},
                 {CQ1, AB_ENTRIES}, {CQ1, 0},          {CQ1, 1}};

    for (unsigned i = 0; i < 6; i++) {
        (void)ab_send(ab, 0, event_request);
        rig_advance(ab->rig, LONG);
        ab_write(ab, wrong[i].doorbell, 4, wrong[i].value);
        expect_event(ab, EVENT_BAD_VALUE);
    }
    assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, NVME_OK);
}

/* More commands than there is room for: tail 31, none fetched, then tail 29. */
static void test_5_2_doorbell_beyond_the_room(void **state)
{
    struct ab *ab = *state;
    struct ab_command command = ab_read_command(0);
    unsigned done = 0;

    for (unsigned i = 0; i < 31; i++) {
        command.cid = (uint16_t)i;
        ab_put(ab, 1, &command);
    }
    ab_ring(ab, 1);
    ab_write(ab, SQ1, 4, 29);
    rig_advance(ab->rig, LONG);
    while (ab_take(ab, 1, &(struct ab_completion){0})) {
        done++;
    }
    assert_int_equal(done, 31);
}

static void test_doorbells_of_other_sizes(void **state)
{
    struct ab *ab = *state;
    const uint64_t before = rig_guest_errors(ab->rig);
    struct ab_command command = get_queues;

    command.cid = 9;
    ab_put(ab, 0, &command);
    ab_write(ab, SQ0, 1, ab->queue[0].tail);
    ab_write(ab, SQ0, 2, ab->queue[0].tail);
    rig_advance(ab->rig, LONG);
    ab_expect_none(ab, 0);
    assert_int_equal(rig_guest_errors(ab->rig), before + 2);
    /* Eight bytes are two doorbells. */
    ab_write(ab, SQ0, 8, ab->queue[0].tail | (uint64_t)ab->queue[0].head << 32);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_expect(ab, 0).cid, 9);
    assert_int_equal(ab_read(ab, SQ0, 4), 0);
}

static void test_doorbells_while_not_ready(void **state)
{
    struct ab *ab = ab_create(NULL);
    const uint64_t before = rig_guest_errors(ab->rig);

    (void)state;
    ab_write(ab, SQ0, 4, 1);
    rig_advance(ab->rig, LONG);
    assert_int_equal(rig_guest_errors(ab->rig), before + 1);
    ab_destroy(ab);
}

/* ---- 7.5: interrupts ---- */

static void test_7_5_one_vector_for_both_queues(void **state)
{
    struct ab *ab = *state;
    uint64_t before = ab->rig->messages;

    (void)ab_run(ab, 0, get_queues);
    assert_int_equal(ab->rig->messages, before + 1);
    assert_int_equal(ab->rig->message_addr, AB_MSI_ADDRESS);
    assert_int_equal(ab->rig->message_data, AB_MSI_DATA);
    (void)ab_run(ab, 1, ab_read_command(0));
    assert_int_equal(ab->rig->messages, before + 2);
    assert_int_equal(ab->rig->message_data, AB_MSI_DATA);
}

static void test_7_5_masked_interrupts_come_when_unmasked(void **state)
{
    struct ab *ab = *state;
    const uint64_t before = ab->rig->messages;

    ab_write(ab, NVME_REG_INTMS, 4, 1);
    (void)ab_send(ab, 1, ab_read_command(0));
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab->rig->messages, before);
    ab_write(ab, NVME_REG_INTMC, 4, 1);
    assert_int_equal(ab->rig->messages, before + 1);
    (void)ab_expect(ab, 1);
    ab_write(ab, NVME_REG_INTMS, 4, 1);
    ab_write(ab, NVME_REG_INTMC, 4, 1);
    assert_int_equal(ab->rig->messages, before + 1);
}

static void test_5_3_queue_without_interrupts(void **state)
{
    struct ab *ab = ab_create(NULL);
    uint64_t before;

    (void)state;
    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_SQ, 1, 0), NVME_OK);
    assert_int_equal(ab_admin(ab, NVME_ADMIN_DELETE_CQ, 1, 0), NVME_OK);
    memset(ab->rig->ram + AB_CQ, 0, 4096);
    ab->queue[1] = (struct ab_queue){AB_SQ, AB_CQ, AB_ENTRIES, 0, 0, 1};
    (void)ab_run(ab, 0,
                 (struct ab_command){.opcode = NVME_ADMIN_CREATE_CQ,
                                     .prp1 = AB_CQ,
                                     .dw = {(AB_ENTRIES - 1) << 16 | 1, 1}});
    (void)ab_run(ab, 0,
                 (struct ab_command){.opcode = NVME_ADMIN_CREATE_SQ,
                                     .prp1 = AB_SQ,
                                     .dw = {(AB_ENTRIES - 1) << 16 | 1, 1 << 16 | 1}});
    before = ab->rig->messages;
    assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, NVME_OK);
    ab_write(ab, NVME_REG_INTMS, 4, 1);
    ab_write(ab, NVME_REG_INTMC, 4, 1);
    assert_int_equal(ab->rig->messages, before);
    ab_destroy(ab);
}

/* ---- 4.11: round robin in bursts ---- */

/* Six commands for each queue; `order` is the queues in the order of fetching. */
static void run_both(struct ab *ab, char order[13])
{
    const uint64_t first = trace_seq(ab->rig->trace);
    struct ab_command command = {.opcode = 0xff};
    unsigned count = 0;

    for (unsigned i = 0; i < 6; i++) {
        command.cid = (uint16_t)i;
        ab_put(ab, 0, &command);
        command.cid = (uint16_t)(i + 8);
        ab_put(ab, 1, &command);
    }
    ab_ring(ab, 0);
    ab_ring(ab, 1);
    rig_advance(ab->rig, LONG);
    for (uint64_t seq = first + 1; seq <= trace_seq(ab->rig->trace); seq++) {
        const struct trace_record *record = trace_find(ab->rig->trace, seq);

        if (strcmp(record->desc->name, "nvme_command") == 0) {
            assert_true(count < 12);
            order[count++] = (char)('0' + record->args[0]);
        }
    }
    order[count] = 0;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(ab_expect(ab, 0).cid, i);
        assert_int_equal(ab_expect(ab, 1).cid, i + 8);
    }
}

/* The longest run of one queue while the other had commands too; a first run may be shorter. */
static unsigned longest_run(const char *order)
{
    unsigned left[2] = {6, 6};
    unsigned run = 0;
    unsigned longest = 0;

    for (unsigned i = 0; i < 12 && left[0] > 0 && left[1] > 0; i++) {
        run = i > 0 && order[i] == order[i - 1] ? run + 1 : 1;
        longest = run > longest ? run : longest;
        left[order[i] - '0']--;
    }
    return longest;
}

static void test_4_11_bursts(void **state)
{
    struct ab *ab = *state;
    char order[13];

    for (uint32_t burst = 0; burst < 8; burst++) {
        ab_set_feature(ab, NVME_FEAT_ARBITRATION, burst);
        run_both(ab, order); /* ends what is left of an earlier turn */
        run_both(ab, order);
        assert_int_equal(longest_run(order), burst < 3 ? 1u << burst : 6);
    }
}

/* ---- Memory that is none ---- */

static void test_submission_queue_in_no_memory_is_fatal(void **state)
{
    struct ab *ab = ab_create(NULL);

    (void)state;
    ab_write(ab, NVME_REG_AQA, 4, 0x001f001f);
    ab_write(ab, NVME_REG_ASQ, 8, AB_NOWHERE);
    ab_write(ab, NVME_REG_ACQ, 8, AB_ACQ);
    ab_write(ab, NVME_REG_CC, 4, 0x00460001);
    rig_advance(ab->rig, AB_ENABLE_TIME);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
    ab_write(ab, SQ0, 4, 1);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY | NVME_CSTS_CFS);
    ab_write(ab, NVME_REG_CC, 4, 0);
    rig_advance(ab->rig, LONG);
    ab_enable(ab, AB_ENTRIES);
    ab_destroy(ab);
}

static void test_completion_queue_in_no_memory_is_fatal(void **state)
{
    struct ab *ab = ab_create(NULL);
    struct ab_command command = get_queues;

    (void)state;
    ab_enable(ab, AB_ENTRIES);
    ab_write(ab, NVME_REG_CC, 4, 0);
    rig_advance(ab->rig, LONG);
    ab_write(ab, NVME_REG_ACQ, 8, AB_NOWHERE);
    ab_write(ab, NVME_REG_CC, 4, 0x00460001);
    rig_advance(ab->rig, AB_ENABLE_TIME);
    ab_put(ab, 0, &command);
    ab_ring(ab, 0);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY | NVME_CSTS_CFS);
    ab_destroy(ab);
}

static void test_bus_mastering_off_is_fatal(void **state)
{
    struct ab *ab = *state;

    ab_config_write(ab, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    (void)ab_send(ab, 0, get_queues);
    rig_advance(ab->rig, LONG);
    assert_int_equal(ab_csts(ab) & NVME_CSTS_CFS, NVME_CSTS_CFS);
}

/* ---- What the firmware does not survive ---- */

static struct ab *begin_strict(enum ans2_strict strict, bool has_no_panic)
{
    const struct ab_setup setup = {.strict = strict, .has_no_panic = has_no_panic};
    struct ab *ab = ab_create(&setup);

    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    return ab;
}

static void send_as(struct ab *ab, unsigned queue, struct ab_command command, uint16_t cid)
{
    command.cid = cid;
    ab_put(ab, queue, &command);
    ab_ring(ab, queue);
}

/* Identifiers that break a rule: beyond the depth, and in use by the other queue or the same one. */
enum crime { CRIME_DEPTH, CRIME_DEPTH_ADMIN, CRIME_SHARED, CRIME_TWICE, CRIME_EVENT, CRIMES };

static void commit(struct ab *ab, enum crime crime)
{
    switch (crime) {
    case CRIME_DEPTH: send_as(ab, 1, ab_read_command(0), AB_ENTRIES); break;
    case CRIME_DEPTH_ADMIN: send_as(ab, 0, get_queues, 0x8000); break;
    case CRIME_SHARED:
        send_as(ab, 1, ab_read_command(0), 5);
        send_as(ab, 0, get_queues, 5);
        break;
    case CRIME_TWICE:
        send_as(ab, 1, ab_read_command(0), 5);
        send_as(ab, 1, ab_read_command(0), 5);
        break;
    case CRIME_EVENT:
        send_as(ab, 0, event_request, 5);
        rig_advance(ab->rig, VTIME_US(50));
        send_as(ab, 1, ab_read_command(0), 5);
        break;
    case CRIMES: break;
    }
    rig_advance(ab->rig, LONG);
}

static void test_broken_rules_are_fatal(void **state)
{
    (void)state;
    for (enum crime crime = 0; crime < CRIMES; crime++) {
        struct ab *ab = begin_strict(ANS2_STRICT_FATAL, false);
        const uint64_t before = rig_guest_errors(ab->rig);

        commit(ab, crime);
        assert_int_equal(ab_csts(ab) & NVME_CSTS_CFS, NVME_CSTS_CFS);
        assert_null(ab->panic);
        assert_int_equal(rig_guest_errors(ab->rig), before + 1);
        ab_expect_none(ab, 1);
        /* Nothing works until it is reset, then everything does. */
        ab_ring(ab, 0);
        rig_advance(ab->rig, LONG);
        ab_expect_none(ab, 0);
        ab_write(ab, NVME_REG_CC, 4, 0);
        rig_advance(ab->rig, LONG);
        assert_int_equal(ab_csts(ab), 0);
        ab_enable(ab, AB_ENTRIES);
        ab_make_io(ab);
        assert_int_equal(ab_run(ab, 1, ab_read_command(0)).status, NVME_OK);
        ab_destroy(ab);
    }
}

static void test_broken_rules_with_warnings(void **state)
{
    (void)state;
    for (enum crime crime = 0; crime < CRIMES; crime++) {
        struct ab *ab = begin_strict(ANS2_STRICT_WARN, false);
        const uint64_t before = rig_guest_errors(ab->rig);

        commit(ab, crime);
        assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
        assert_int_equal(rig_guest_errors(ab->rig), before + 1);
        assert_int_equal(ab_expect(ab, crime == CRIME_DEPTH_ADMIN ? 0 : 1).status, NVME_OK);
        assert_null(ab->panic);
        ab_destroy(ab);
    }
}

static void test_broken_rules_with_panic(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct ab *ab = begin_strict(ANS2_STRICT_PANIC, i == 1);

        commit(ab, CRIME_SHARED);
        assert_int_equal(ab_csts(ab) & NVME_CSTS_CFS, NVME_CSTS_CFS);
        if (i == 0) {
            assert_string_equal(ab->panic, "command identifier in use");
        } else {
            assert_null(ab->panic);
        }
        ab_destroy(ab);
    }
}

/* Between its completion and its next use an identifier is free, also while the completion waits to
 * be consumed. */
static void test_identifiers_are_free_when_completed(void **state)
{
    struct ab *ab = *state;

    for (unsigned i = 0; i < 20; i++) {
        send_as(ab, 1, ab_read_command(0), 3);
        rig_advance(ab->rig, LONG);
    }
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ab_begin, ab_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_io_entries_are_128_bytes_apart),
        TEST(test_4_6_phase_and_head_over_three_rounds),
        TEST(test_many_commands_with_one_doorbell),
        TEST(test_causes_go_back_to_the_doorbell),
        cmocka_unit_test(test_more_commands_than_slots),
        TEST(test_4_1_completion_queue_full),
        cmocka_unit_test(test_4_1_a_stuck_io_queue_leaves_admin_commands_alone),
        cmocka_unit_test(test_5_2_writes_to_doorbells_of_no_queue),
        TEST(test_5_2_invalid_doorbell_values),
        TEST(test_5_2_doorbell_beyond_the_room),
        TEST(test_doorbells_of_other_sizes),
        cmocka_unit_test(test_doorbells_while_not_ready),
        TEST(test_7_5_one_vector_for_both_queues),
        TEST(test_7_5_masked_interrupts_come_when_unmasked),
        cmocka_unit_test(test_5_3_queue_without_interrupts),
        TEST(test_4_11_bursts),
        cmocka_unit_test(test_submission_queue_in_no_memory_is_fatal),
        cmocka_unit_test(test_completion_queue_in_no_memory_is_fatal),
        TEST(test_bus_mastering_off_is_fatal),
        cmocka_unit_test(test_broken_rules_are_fatal),
        cmocka_unit_test(test_broken_rules_with_warnings),
        cmocka_unit_test(test_broken_rules_with_panic),
        TEST(test_identifiers_are_free_when_completed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
