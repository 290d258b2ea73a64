/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power cuts of the whole disk, at any time of a random load of Write (with and without FUA), Dataset
 * Management and Flush: what comes up afterwards on a copy of the flash. Each block is whole: a
 * version that was durable (FUA, or over before a Flush that is over was given), or a later one that
 * was given. The machine itself goes on as if nothing had happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/storage/ans2.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/ans2_io/stack.h"

#define MODULE_BLOCKS 256u
#define BLOCKS        (MODULE_BLOCKS * RAID0_MODULES)
#define LONGEST       40u
#define COMMANDS      12u
#define CUTS          200u
#define ZEROS         5u /* versions divisible by it are deallocated blocks */

struct block {
    uint32_t given;   /* newest version that a command was given for */
    uint32_t over;    /* newest one whose command is over */
    uint32_t covered; /* `over` when the Flush that is at work was given */
    uint32_t durable;
    bool is_busy; /* a command for it is at work */
};

struct work {
    bool is_used;
    uint8_t opcode;
    bool is_fua;
    uint32_t lba;
    uint32_t count;
};

struct bench {
    struct memory_media *media[RAID0_MODULES];
    struct memory_media *copy[RAID0_MODULES];
    struct stack stack;
    struct block block[BLOCKS];
    struct work work[COMMANDS];
    bool is_flushing;
    uint64_t random;
    unsigned lost;  /* blocks whose newest version that was over did not survive */
    unsigned early; /* blocks whose command was not over, and that are in flash */
};

/* ---- Blocks ---- */

static void make_block(uint8_t *data, uint32_t lba, uint32_t version)
{
    uint64_t state = ((uint64_t)lba << 32 | version) * 2 + 1;

    memset(data, 0, STACK_BLOCK);
    if (version % ZEROS == 0) return;
    le32_put(data, lba);
    le32_put(data + 4, version);
    for (unsigned i = 8; i < STACK_BLOCK; i += 8) {
        le64_put(data + i, rig_random(&state));
    }
}

/* Whether a version from `low` to `high` may be a block of zeros. */
static bool may_be_zeros(uint32_t low, uint32_t high)
{
    return low % ZEROS == 0 || high / ZEROS != low / ZEROS;
}

static void check_block(struct bench *bench, uint32_t lba, const uint8_t *data)
{
    const struct block *block = &bench->block[lba];
    const uint32_t version = le32_get(data + 4);
    uint8_t want[STACK_BLOCK];

    if (le64_get(data) == 0) {
        make_block(want, lba, 0);
        assert_true(may_be_zeros(block->durable, block->given));
    } else {
        make_block(want, lba, version);
        if (version < block->durable || version > block->given) {
            fail_msg("block %u: version %u, not %u..%u", lba, version, block->durable,
                     block->given);
        }
        bench->lost += version < block->over;
        bench->early += version > block->over;
    }
    assert_memory_equal(data, want, STACK_BLOCK);
}

/* ---- The load ---- */

static uint32_t below(struct bench *bench, uint32_t limit)
{
    return (uint32_t)(rig_random(&bench->random) >> 20) % limit;
}

static uint64_t memory_of(unsigned cid)
{
    return STACK_DATA + (uint64_t)cid * LONGEST * STACK_BLOCK;
}

static uint8_t *data_of(struct bench *bench, unsigned cid)
{
    return bench->stack.ram + (memory_of(cid) - STACK_DATA);
}

static bool is_free(const struct bench *bench, uint32_t lba, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bench->block[lba + i].is_busy) return false;
    }
    return true;
}

static void begin_flush(struct bench *bench, uint16_t cid)
{
    uint8_t command[NVME_COMMAND_BYTES] = {NVME_CMD_FLUSH};

    le32_put(command + NVME_AT_NSID, 1);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        bench->block[i].covered = bench->block[i].over;
    }
    bench->is_flushing = true;
    bench->work[cid] = (struct work){.is_used = true, .opcode = NVME_CMD_FLUSH};
    nvme_host_submit(&bench->stack.host, 1, command, cid);
}

static void begin_dsm(struct bench *bench, const struct work *work, uint16_t cid)
{
    uint8_t command[NVME_COMMAND_BYTES] = {NVME_CMD_DSM};
    uint8_t *range = data_of(bench, cid);

    for (uint32_t i = 0; i < work->count; i++) {
        struct block *block = &bench->block[work->lba + i];

        block->given = (block->given / ZEROS + 1) * ZEROS;
    }
    le32_put(range + 4, work->count);
    le64_put(range + 8, work->lba);
    le32_put(command + NVME_AT_NSID, 1);
    le64_put(command + NVME_AT_PRP1, memory_of(cid));
    le32_put(command + NVME_AT_CDW11, NVME_DSM_AD);
    nvme_host_submit(&bench->stack.host, 1, command, cid);
}

static void begin_write(struct bench *bench, const struct work *work, uint16_t cid)
{
    const struct nvme_move move = {
        .opcode = NVME_CMD_WRITE,
        .lba = work->lba,
        .blocks = work->count,
        .addr = memory_of(cid),
        .is_fua = work->is_fua,
    };

    for (uint32_t i = 0; i < work->count; i++) {
        struct block *block = &bench->block[work->lba + i];

        block->given += block->given % ZEROS == ZEROS - 1 ? 2 : 1;
        make_block(data_of(bench, cid) + (size_t)i * STACK_BLOCK, work->lba + i, block->given);
    }
    nvme_host_move(&bench->stack.host, &move, cid);
}

static void begin(struct bench *bench, uint16_t cid)
{
    const uint32_t kind = below(bench, 16);
    struct work work = {.is_used = true, .opcode = NVME_CMD_WRITE};

    if (kind == 0 && !bench->is_flushing) {
        begin_flush(bench, cid);
        return;
    }
    work.count = 1 + below(bench, LONGEST);
    work.lba = below(bench, BLOCKS - work.count + 1);
    if (!is_free(bench, work.lba, work.count)) return;
    work.is_fua = kind == 1;
    work.opcode = kind == 2 ? NVME_CMD_DSM : NVME_CMD_WRITE;
    bench->work[cid] = work;
    for (uint32_t i = 0; i < work.count; i++) {
        bench->block[work.lba + i].is_busy = true;
    }
    if (work.opcode == NVME_CMD_DSM) {
        begin_dsm(bench, &work, cid);
    } else {
        begin_write(bench, &work, cid);
    }
}

static void end_flush(struct bench *bench)
{
    bench->is_flushing = false;
    for (uint32_t i = 0; i < BLOCKS; i++) {
        struct block *block = &bench->block[i];

        block->durable = block->covered > block->durable ? block->covered : block->durable;
    }
}

static void end(struct bench *bench, const struct nvme_done *done)
{
    struct work *work = &bench->work[done->cid];

    assert_int_equal(done->status, NVME_OK);
    assert_true(work->is_used);
    work->is_used = false;
    if (work->opcode == NVME_CMD_FLUSH) {
        end_flush(bench);
        return;
    }
    for (uint32_t i = 0; i < work->count; i++) {
        struct block *block = &bench->block[work->lba + i];

        block->is_busy = false;
        block->over = block->given;
        block->durable = work->is_fua ? block->given : block->durable;
    }
}

/* New commands, and some time, in which others come to their end. */
static void step(struct bench *bench)
{
    struct nvme_done done;

    for (uint16_t cid = 0; cid < COMMANDS; cid++) {
        if (!bench->work[cid].is_used && below(bench, 3) == 0) {
            begin(bench, cid);
        }
    }
    rig_advance(bench->stack.host.rig, VTIME_NS(1) * below(bench, 40000));
    while (nvme_host_poll(&bench->stack.host, 1, &done)) {
        end(bench, &done);
    }
}

/* ---- Cuts ---- */

static void check_all(struct bench *bench, struct stack *stack)
{
    for (uint32_t lba = 0; lba < BLOCKS; lba += 64) {
        const struct nvme_move move = {
            .opcode = NVME_CMD_READ, .lba = lba, .blocks = 64, .addr = STACK_DATA};

        nvme_host_move(&stack->host, &move, 0);
        assert_int_equal(nvme_host_wait(&stack->host, 1).status, NVME_OK);
        for (uint32_t i = 0; i < 64; i++) {
            check_block(bench, lba + i, stack->ram + (size_t)i * STACK_BLOCK);
        }
    }
}

static void cut(struct bench *bench, uint64_t seed, bool is_functional)
{
    const struct host_media *const target[RAID0_MODULES] = {&bench->copy[0]->host,
                                                            &bench->copy[1]->host};
    const uint64_t hash = trace_hash(bench->stack.host.rig->trace);
    struct stack *other = test_malloc(sizeof(*other));

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        memory_media_copy(bench->copy[i], bench->media[i]);
    }
    ans2_cut(bench->stack.host.ans2, target, seed);
    assert_int_equal(trace_hash(bench->stack.host.rig->trace), hash);
    stack_create(other, bench->copy, is_functional);
    check_all(bench, other);
    stack_destroy(other);
    test_free(other);
}

static void create(struct bench *bench, bool is_functional)
{
    memset(bench, 0, sizeof(*bench));
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        bench->media[i] = memory_media_create(MODULE_BLOCKS);
        bench->copy[i] = memory_media_create(MODULE_BLOCKS);
    }
    stack_create(&bench->stack, bench->media, is_functional);
    bench->random = 12345;
}

static void destroy(struct bench *bench)
{
    stack_destroy(&bench->stack);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        memory_media_destroy(bench->media[i]);
        memory_media_destroy(bench->copy[i]);
    }
}

static void run_cuts(bool is_functional)
{
    struct bench *bench = test_malloc(sizeof(*bench));

    create(bench, is_functional);
    for (unsigned i = 0; i < CUTS; i++) {
        const uint32_t steps = below(bench, 30);

        for (uint32_t k = 0; k < steps; k++) {
            step(bench);
        }
        cut(bench, i, is_functional);
    }
    print_message("%u blocks lost, %u early\n", bench->lost, bench->early);
    assert_true(is_functional ? bench->lost == 0 : bench->lost > 1000);
    assert_true(bench->early > 50);
    destroy(bench);
    test_free(bench);
}

static void test_200_cuts(void **state)
{
    (void)state;
    run_cuts(false);
}

static void test_200_cuts_of_a_functional_disk(void **state)
{
    (void)state;
    run_cuts(true);
}

/* The media itself as target, and the machine gone: the same holds. */
static void test_cutting_the_machine_itself(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct bench *bench = test_malloc(sizeof(*bench));
        const struct host_media *target[RAID0_MODULES];

        create(bench, false);
        bench->random += i * 2;
        for (uint32_t k = 0; k < 40 + i; k++) {
            step(bench);
        }
        target[0] = &bench->media[0]->host;
        target[1] = &bench->media[1]->host;
        ans2_cut(bench->stack.host.ans2, target, i);
        stack_destroy(&bench->stack);
        stack_create(&bench->stack, bench->media, false);
        check_all(bench, &bench->stack);
        destroy(bench);
        test_free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_200_cuts),
        cmocka_unit_test(test_200_cuts_of_a_functional_disk),
        cmocka_unit_test(test_cutting_the_machine_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
