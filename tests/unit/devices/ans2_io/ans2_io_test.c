/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting I/O commands on the ANS2 controller: what is refused with which status, and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/ans2_io/io_bench.h"

#define DATA   IO_RAM
#define BLOCKS ANS2_MDTS_BLOCKS

static bool is_supported(unsigned opcode)
{
    static const uint8_t opcodes[] = {0, 1, 2, 5, 8, 9, 12};

    return memchr(opcodes, (int)opcode, sizeof(opcodes)) != NULL;
}

static void test_opcodes(void **state)
{
    struct io_bench *bench = *state;

    for (unsigned opcode = 0; opcode < 256; opcode++) {
        const uint16_t status = io_move(bench, (uint8_t)opcode, 0, 1, DATA);

        assert_int_equal(status, is_supported(opcode) ? NVME_OK : NVME_INVALID_OPCODE | NVME_DNR);
    }
}

static void test_fused_operations_and_sgls_are_refused(void **state)
{
    struct io_bench *bench = *state;

    for (unsigned opcode = 0; opcode < 16; opcode++) {
        for (unsigned bit = 8; bit < 16; bit++) {
            struct io_command command = io_command((uint8_t)opcode, 0, 1);
            const bool is_bad = bit < 10 || bit >= 14; /* between them: reserved */

            io_set_prps(&command, DATA, 0);
            io_set32(&command, 0, BIT32(bit) | opcode);
            if (!is_supported(opcode)) continue;
            assert_int_equal(io_run(bench, &command),
                             is_bad ? NVME_INVALID_FIELD | NVME_DNR : NVME_OK);
        }
    }
}

static void test_namespaces(void **state)
{
    static const uint32_t nsids[] = {0, 2, 0x100, 0x80000001, 0xfffffffe, NVME_NSID_ALL};
    struct io_bench *bench = *state;

    for (unsigned opcode = 0; opcode < 16; opcode++) {
        if (!is_supported(opcode)) continue;
        for (unsigned i = 0; i < ARRAY_LEN(nsids); i++) {
            struct io_command command = io_command((uint8_t)opcode, 0, 1);
            const bool is_good = opcode == NVME_CMD_FLUSH && nsids[i] == NVME_NSID_ALL;

            io_set32(&command, NVME_AT_NSID, nsids[i]);
            assert_int_equal(io_run(bench, &command),
                             is_good ? NVME_OK : NVME_INVALID_NAMESPACE | NVME_DNR);
        }
    }
    bench->ans2->config.blocks = 0; /* there is no disk */
    bench->ans2->config.module[0] = NULL;
    bench->ans2->config.module[1] = NULL;
    assert_int_equal(io_move(bench, NVME_CMD_READ, 0, 1, DATA), NVME_INVALID_NAMESPACE | NVME_DNR);
    assert_int_equal(io_move(bench, NVME_CMD_FLUSH, 0, 1, DATA), NVME_INVALID_NAMESPACE | NVME_DNR);
}

static void test_range_of_blocks(void **state)
{
    static const struct {
        uint64_t lba;
        uint32_t blocks;
        bool is_good;
    } cases[] = {
        {0, 1, true},
        {IO_BLOCKS - 1, 1, true},
        {IO_BLOCKS - 1, 2, false},
        {IO_BLOCKS - BLOCKS, BLOCKS, true},
        {IO_BLOCKS - BLOCKS + 1, BLOCKS, false},
        {IO_BLOCKS, 1, false},
        {UINT64_C(1) << 32, 1, false},
        {UINT64_MAX, 1, false},
        {UINT64_MAX, 2, false},
        {UINT64_MAX - BLOCKS + 1, BLOCKS, false},
        {UINT64_MAX - BLOCKS + 2, BLOCKS, false},
    };
    static const uint8_t opcodes[] = {NVME_CMD_READ, NVME_CMD_WRITE, NVME_CMD_WRITE_ZEROES,
                                      NVME_CMD_VERIFY, NVME_CMD_COMPARE};
    struct io_bench *bench = *state;

    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        for (unsigned k = 0; k < ARRAY_LEN(opcodes); k++) {
            memset(bench->ram, 0, BLOCKS * IO_BLOCK); /* what Compare finds after Write Zeroes */
            assert_int_equal(io_move(bench, opcodes[k], cases[i].lba, cases[i].blocks, DATA) ==
                                 (NVME_LBA_OUT_OF_RANGE | NVME_DNR),
                             !cases[i].is_good);
        }
    }
}

static void test_mdts(void **state)
{
    struct io_bench *bench = *state;

    assert_int_equal(io_move(bench, NVME_CMD_READ, 0, BLOCKS, DATA), NVME_OK);
    assert_int_equal(io_move(bench, NVME_CMD_READ, 0, BLOCKS + 1, DATA),
                     NVME_INVALID_FIELD | NVME_DNR);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 0, BLOCKS + 1, DATA),
                     NVME_INVALID_FIELD | NVME_DNR);
    assert_int_equal(io_move(bench, NVME_CMD_COMPARE, 0, 0x600, DATA),
                     NVME_INVALID_FIELD | NVME_DNR);
    /* without data it is no limit */
    assert_int_equal(io_move(bench, NVME_CMD_VERIFY, 0, 2 * BLOCKS, DATA), NVME_OK);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE_ZEROES, 0, 2 * BLOCKS, DATA), NVME_OK);
    /* the first of two mistakes */
    assert_int_equal(io_move(bench, NVME_CMD_READ, IO_BLOCKS, BLOCKS + 1, DATA),
                     NVME_INVALID_FIELD | NVME_DNR);
}

static void check_locked(struct io_bench *bench)
{
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        if (!is_supported(opcode)) continue;
        assert_int_equal(io_move(bench, (uint8_t)opcode, 0, 1, DATA),
                         opcode == NVME_CMD_FLUSH ? NVME_OK : NVME_ACCESS_DENIED | NVME_DNR);
    }
    assert_int_equal(bench->module[0].loads + bench->module[0].stores + bench->module[0].discards,
                     0);
}

static void test_locked_volume(void **state)
{
    struct io_bench *bench = *state;
    struct xts *volume = bench->volume;

    bench->volume = NULL;
    check_locked(bench);
    bench->ans2->sep = NULL;
    check_locked(bench);
    bench->volume = volume;
}

static void test_locked_while_on_its_way(void **state)
{
    struct io_bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_WRITE, 0, 1);
    struct xts *volume = bench->volume;
    struct ans2_slot *slot;

    io_set_prps(&command, DATA, 0);
    slot = io_begin(bench, &command);
    bench->volume = NULL;
    assert_int_equal(io_end(bench, slot), NVME_ACCESS_DENIED | NVME_DNR);
    assert_int_equal(bench->module[0].stores, 0);
    bench->volume = volume;
}

static uint16_t failure(unsigned opcode)
{
    switch (opcode) {
    case NVME_CMD_READ:
    case NVME_CMD_COMPARE:
    case NVME_CMD_VERIFY: return NVME_READ_ERROR | NVME_DNR;
    default: return NVME_WRITE_FAULT | NVME_DNR;
    }
}

/* Either module, also for blocks on the other one. */
static void test_a_failed_module_fails_the_namespace(void **state)
{
    struct io_bench *bench = *state;

    for (unsigned module = 0; module < RAID0_MODULES; module++) {
        bench->module[module].is_failed = true;
        for (unsigned opcode = 0; opcode < 16; opcode++) {
            if (!is_supported(opcode)) continue;
            assert_int_equal(io_move(bench, (uint8_t)opcode, 0, 1, DATA), failure(opcode));
            assert_int_equal(io_move(bench, (uint8_t)opcode, RAID0_STRIPE, 1, DATA),
                             failure(opcode));
        }
        bench->module[module].is_failed = false;
    }
}

static void test_a_module_fails_while_commands_are_on_their_way(void **state)
{
    struct io_bench *bench = *state;

    for (unsigned opcode = 0; opcode < 16; opcode++) {
        struct io_command command = io_command((uint8_t)opcode, 0, 1);
        struct ans2_slot *slot;

        if (!is_supported(opcode)) continue;
        io_set_prps(&command, DATA, 0);
        slot = io_begin(bench, &command);
        assert_int_equal(slot->status, NVME_OK);
        bench->module[1].is_failed = true;
        assert_int_equal(io_end(bench, slot), failure(opcode));
        bench->module[1].is_failed = false;
    }
}

/* A snapshot may bring any command in a slot that says "checked". */
static void test_commands_are_checked_again(void **state)
{
    struct io_bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_READ, 0, 1);
    struct ans2_slot *slot = io_begin(bench, &command);

    le64_put(slot->command + NVME_AT_CDW10, UINT64_MAX);
    assert_int_equal(io_end(bench, slot), NVME_LBA_OUT_OF_RANGE | NVME_DNR);
    slot = io_begin(bench, &command);
    slot->command[0] = 0x7f;
    assert_int_equal(io_end(bench, slot), NVME_INVALID_OPCODE | NVME_DNR);
    slot = io_begin(bench, &command);
    le16_put(slot->command + NVME_AT_CDW12, 0xffff);
    assert_int_equal(io_end(bench, slot), NVME_INVALID_FIELD | NVME_DNR);
}

static void test_counters(void **state)
{
    struct io_bench *bench = *state;

    (void)io_move(bench, NVME_CMD_WRITE, 0, 3, DATA);
    (void)io_move(bench, NVME_CMD_READ, 0, 2, DATA);
    (void)io_move(bench, NVME_CMD_COMPARE, 0, 2, DATA);
    (void)io_move(bench, NVME_CMD_COMPARE, 9, 4, DATA); /* fails, but has read */
    (void)io_move(bench, NVME_CMD_WRITE_ZEROES, 0, 7, DATA);
    (void)io_move(bench, NVME_CMD_VERIFY, 0, 7, DATA);
    (void)io_move(bench, NVME_CMD_WRITE, IO_BLOCKS, 1, DATA);
    assert_int_equal(bench->ans2->commands_read, 3);
    assert_int_equal(bench->ans2->bytes_read, 8 * IO_BLOCK);
    assert_int_equal(bench->ans2->commands_written, 1);
    assert_int_equal(bench->ans2->bytes_written, 3 * IO_BLOCK);
}

/* ---- Time ---- */

static void set_times(struct io_bench *bench, vtime access, vtime per_block, vtime drain)
{
    bench->ans2->config.is_functional = false;
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        bench->module[i].access = access;
        bench->module[i].per_block = per_block;
        bench->module[i].drain = drain;
    }
}

/* How long `count` commands of `blocks` blocks take that are started at once. */
static vtime time_of(struct io_bench *bench, uint8_t opcode, uint32_t blocks, unsigned count)
{
    const vtime start = rig_now(bench->rig);
    vtime done = 0;

    for (unsigned i = 0; i < count; i++) {
        const struct io_command command = io_command(opcode, (uint64_t)i * blocks, blocks);
        const struct ans2_slot *slot = io_begin(bench, &command);

        assert_true(slot->started >= start);
        done = max_u64(done, slot->done);
    }
    rig_advance_to(bench->rig, done + VTIME_MS(1));
    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        bench->ans2->slot[i].state = ANS2_SLOT_FREE;
    }
    return done - start;
}

static void assert_rate(uint64_t bytes, vtime took, uint64_t megabytes, unsigned percent)
{
    const uint64_t rate = bytes * 1000000 / took; /* MB/s */

    if (rate * 100 < megabytes * (100 - percent) || rate * 100 > megabytes * (100 + percent)) {
        fail_msg("%llu MB/s, not %llu", (unsigned long long)rate, (unsigned long long)megabytes);
    }
}

static void test_the_link_limits_fast_modules(void **state)
{
    struct io_bench *bench = *state;

    set_times(bench, VTIME_US(1), 0, 0);
    assert_rate(7 * BLOCKS * IO_BLOCK, time_of(bench, NVME_CMD_READ, BLOCKS, 7), 3140, 3);
    assert_rate(7 * BLOCKS * IO_BLOCK, time_of(bench, NVME_CMD_WRITE, BLOCKS, 7), 3180, 3);
}

/* Both directions of the link at once: the AES engine is what they share. */
static void test_reads_and_writes_share_the_aes_engine(void **state)
{
    struct io_bench *bench = *state;
    const vtime start = rig_now(bench->rig);
    vtime done = 0;

    set_times(bench, VTIME_US(1), 0, 0);
    for (unsigned i = 0; i < 6; i++) {
        const struct io_command command =
            io_command(i % 2 == 0 ? NVME_CMD_READ : NVME_CMD_WRITE, 0, BLOCKS);

        done = max_u64(done, io_begin(bench, &command)->done);
    }
    assert_rate(6 * BLOCKS * IO_BLOCK, done - start, 3600, 4);
}

/* Modules of 1 GB/s each: one stripe has one of them, two stripes have both. */
static void test_modules_work_side_by_side(void **state)
{
    struct io_bench *bench = *state;
    vtime one;
    vtime two;

    set_times(bench, VTIME_US(50), VTIME_US(4), 0);
    one = time_of(bench, NVME_CMD_READ, RAID0_STRIPE, 1);
    two = time_of(bench, NVME_CMD_READ, 2 * RAID0_STRIPE, 1);
    assert_true(two < one + one / 4);
    assert_rate(4 * BLOCKS * IO_BLOCK, time_of(bench, NVME_CMD_READ, BLOCKS, 4), 2000, 12);
}

static void test_flush_fua_and_a_disabled_cache_wait_for_flash(void **state)
{
    struct io_bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_WRITE, 0, 1);
    const vtime drain = VTIME_MS(3);
    vtime quick;

    set_times(bench, VTIME_US(1), VTIME_US(1), drain);
    quick = time_of(bench, NVME_CMD_WRITE, 1, 1);
    assert_true(quick < VTIME_US(50));
    assert_true(time_of(bench, NVME_CMD_FLUSH, 1, 1) >= drain);
    io_set32(&command, NVME_AT_CDW12, NVME_RW_FUA);
    assert_true(io_begin(bench, &command)->done >= rig_now(bench->rig) + drain);
    bench->module[0].drain = 0; /* a write waits for the module that it goes to */
    assert_true(io_begin(bench, &command)->done < rig_now(bench->rig) + drain);
    bench->module[0].drain = drain;
    bench->ans2->is_write_cache_on = false;
    assert_true(time_of(bench, NVME_CMD_WRITE, 1, 1) >= drain);
    assert_true(time_of(bench, NVME_CMD_WRITE_ZEROES, 1, 1) >= drain);
    assert_true(time_of(bench, NVME_CMD_READ, 1, 1) < drain);
}

static void test_functional_commands_take_a_constant(void **state)
{
    struct io_bench *bench = *state;
    vtime took;

    set_times(bench, VTIME_MS(1), VTIME_MS(1), VTIME_MS(1));
    bench->ans2->config.is_functional = true;
    took = time_of(bench, NVME_CMD_READ, 1, 1);
    assert_true(took > 0 && took < VTIME_US(20));
    assert_int_equal(time_of(bench, NVME_CMD_READ, BLOCKS, 5), took);
    assert_int_equal(time_of(bench, NVME_CMD_WRITE, BLOCKS, 2), took);
    assert_int_equal(time_of(bench, NVME_CMD_FLUSH, 1, 1), took);
}

/* 256 MiB of it, on flash that is empty, must not be free: the host has to read them. */
static void test_verify_takes_time(void **state)
{
    struct io_bench *bench = *state;
    const uint32_t blocks = IO_BLOCKS - 1;

    assert_true(time_of(bench, NVME_CMD_VERIFY, blocks, 1) >= blocks * VTIME_NS(200));
    set_times(bench, 0, 0, 0);
    assert_true(time_of(bench, NVME_CMD_VERIFY, blocks, 1) >= blocks * VTIME_NS(200));
}

/* When the last of `count` commands is over that are begun together. */
static vtime time_together(struct io_bench *bench, const struct io_command *command, unsigned count)
{
    struct ans2_slot *slot[ANS2_IO_SLOTS];
    vtime done = 0;

    for (unsigned i = 0; i < count; i++) {
        slot[i] = io_begin(bench, command);
        done = slot[i]->done > done ? slot[i]->done : done;
    }
    done -= rig_now(bench->rig);
    for (unsigned i = 0; i < count; i++) {
        slot[i]->state = ANS2_SLOT_FREE;
    }
    rig_advance(bench->rig, done);
    return done;
}

/* Many at once are not cheaper for the host. */
static void test_work_that_only_the_host_has_is_done_one_after_the_other(void **state)
{
    struct io_bench *bench = *state;
    const struct io_command verify = io_command(NVME_CMD_VERIFY, 0, IO_BLOCKS - 1);
    struct io_command dsm = io_command(NVME_CMD_DSM, 0, 1);

    io_set32(&dsm, NVME_AT_CDW10, NVME_DSM_RANGES - 1);
    for (unsigned i = 0; i < 2; i++) {
        bench->ans2->config.is_functional = i == 0;
        assert_true(time_together(bench, &verify, ANS2_IO_SLOTS) >=
                    ANS2_IO_SLOTS * (IO_BLOCKS - 1) * VTIME_NS(200));
        assert_true(time_together(bench, &dsm, ANS2_IO_SLOTS) >=
                    ANS2_IO_SLOTS * NVME_DSM_RANGES * VTIME_NS(500));
    }
}

/* Occupancy that a snapshot made up. */
static void test_times_beyond_the_end_do_no_harm(void **state)
{
    struct io_bench *bench = *state;

    set_times(bench, VTIME_US(1), VTIME_US(1), VTIME_US(1));
    bench->ans2->pipe_until = UINT64_MAX - 5;
    bench->ans2->aes_until = UINT64_MAX - 5;
    bench->ans2->to_host_until = UINT64_MAX;
    bench->ans2->from_host_until = UINT64_MAX;
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        const struct io_command command = io_command((uint8_t)opcode, 0, BLOCKS);

        (void)io_begin(bench, &command);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, io_setup, io_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_opcodes),
        TEST(test_fused_operations_and_sgls_are_refused),
        TEST(test_namespaces),
        TEST(test_range_of_blocks),
        TEST(test_mdts),
        TEST(test_locked_volume),
        TEST(test_locked_while_on_its_way),
        TEST(test_a_failed_module_fails_the_namespace),
        TEST(test_a_module_fails_while_commands_are_on_their_way),
        TEST(test_commands_are_checked_again),
        TEST(test_counters),
        TEST(test_the_link_limits_fast_modules),
        TEST(test_reads_and_writes_share_the_aes_engine),
        TEST(test_modules_work_side_by_side),
        TEST(test_flush_fua_and_a_disabled_cache_wait_for_flash),
        TEST(test_functional_commands_take_a_constant),
        TEST(test_verify_takes_time),
        TEST(test_work_that_only_the_host_has_is_done_one_after_the_other),
        TEST(test_times_beyond_the_end_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
