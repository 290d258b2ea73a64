/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast the disk is in virtual time: the whole controller with two modules of flash, driven
 * through its queues. The targets are those of timing.md 5.4, with the tolerances of its goal G10.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/devices/ans2_io/stack.h"

#define MODULE_BLOCKS UINT64_C(65536) /* 256 MiB */
#define BLOCK         STACK_BLOCK
#define MIB_BLOCKS    256u
#define MB_BLOCKS     244u
#define FILLED        (UINT64_C(256) * MIB_BLOCKS)

struct bench {
    struct stack stack;
    struct memory_media *media[RAID0_MODULES]; /* forgets data: only times count */
};

static int setup(void **state)
{
    struct bench *bench = test_malloc(sizeof(*bench));

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        bench->media[i] = memory_media_create_forgetful(MODULE_BLOCKS);
    }
    stack_create(&bench->stack, bench->media, false);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    stack_destroy(&bench->stack);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        memory_media_destroy(bench->media[i]);
    }
    test_free(bench);
    return 0;
}

/* Moves one after the other, or anywhere in what fill() wrote. */
struct load {
    uint8_t opcode;
    uint32_t blocks; /* of each */
    unsigned count;
    unsigned depth;
    bool is_fua;
    uint64_t random; /* 0: one after the other */
    uint64_t lba;    /* of the next one */
};

static void begin(struct bench *bench, struct load *load, uint16_t cid)
{
    const struct nvme_move move = {
        .opcode = load->opcode,
        .lba = load->lba,
        .blocks = load->blocks,
        .addr = STACK_DATA + (uint64_t)cid * MIB_BLOCKS * BLOCK,
        .is_fua = load->is_fua,
    };

    nvme_host_move(&bench->stack.host, &move, cid);
    load->lba += load->blocks;
    if (load->random != 0) {
        load->lba = rig_random(&load->random) % (FILLED - load->blocks);
    }
}

/* Time for all. */
static vtime run(struct bench *bench, struct load load)
{
    const vtime start = rig_now(bench->stack.host.rig);
    unsigned begun = 0;

    while (begun < load.depth) {
        begin(bench, &load, (uint16_t)begun);
        begun++;
    }
    for (unsigned ended = 0; ended < load.count; ended++) {
        const struct nvme_done done = nvme_host_wait(&bench->stack.host, 1);

        assert_int_equal(done.status, NVME_OK);
        if (begun < load.count) {
            begin(bench, &load, done.cid);
            begun++;
        }
    }
    return rig_now(bench->stack.host.rig) - start;
}

/* Megabytes (1000000 bytes) a second. */
static uint64_t rate(struct bench *bench, struct load load)
{
    const vtime took = run(bench, load);

    return (uint64_t)load.count * load.blocks * BLOCK * 1000000 / took;
}

/* Data in flash, and nothing left in the write caches. */
static void fill(struct bench *bench)
{
    (void)run(bench, (struct load){.opcode = NVME_CMD_WRITE,
                                   .blocks = MIB_BLOCKS,
                                   .count = (unsigned)(FILLED / MIB_BLOCKS),
                                   .depth = 4});
    rig_advance(bench->stack.host.rig, VTIME_S(1));
}

static void assert_about(const char *what, uint64_t value, uint64_t target, unsigned percent)
{
    print_message("%s: %llu, want %llu\n", what, (unsigned long long)value,
                  (unsigned long long)target);
    assert_in_range(value * 100, target * (100 - percent), target * (100 + percent));
}

static void test_reading_1_mb_at_a_time(void **state)
{
    struct bench *bench = *state;

    fill(bench);
    assert_about(
        "MB/s read",
        rate(bench,
             (struct load){.opcode = NVME_CMD_READ, .blocks = MB_BLOCKS, .count = 200, .depth = 1}),
        2467, 5);
}

static void test_writing_1_mb_at_a_time(void **state)
{
    struct bench *bench = *state;

    assert_about(
        "MB/s written",
        rate(bench,
             (struct load){.opcode = NVME_CMD_WRITE, .blocks = MB_BLOCKS, .count = 40, .depth = 1}),
        3024, 5);
}

static void test_reading_4_kib_at_a_time(void **state)
{
    struct bench *bench = *state;
    const unsigned count = 500;
    struct load load = {
        .opcode = NVME_CMD_READ, .blocks = 1, .count = count, .depth = 1, .random = 3};

    fill(bench);
    assert_about("ns for a block", run(bench, load) / count / 1000, 90000, 10);
}

/* A block on its own: transfer and programming time of one row of a die, 0.74 ms. */
static void test_writing_4_kib_through_the_cache(void **state)
{
    struct bench *bench = *state;
    const unsigned count = 100;
    struct load load = {.opcode = NVME_CMD_WRITE,
                        .blocks = 1,
                        .count = count,
                        .depth = 1,
                        .is_fua = true,
                        .random = 3};

    fill(bench);
    assert_about("ns for a block", run(bench, load) / count / 1000, 740000, 10);
    load.is_fua = false;
    assert_about("ns for a block in the cache", run(bench, load) / count / 1000, 19000, 20);
}

/* Many at once: dies work side by side, and a command does not wait for others' dies. */
static void test_many_small_reads(void **state)
{
    struct bench *bench = *state;
    struct load load = {
        .opcode = NVME_CMD_READ, .blocks = 1, .count = 2000, .depth = 24, .random = 5};
    vtime took;

    fill(bench);
    took = run(bench, load) / load.count;
    print_message("%llu ns\n", (unsigned long long)(took / 1000));
    assert_true(took < VTIME_US(90) / 12);
}

static void test_many_large_reads_fill_the_link(void **state)
{
    struct bench *bench = *state;
    struct load load = {.opcode = NVME_CMD_READ, .blocks = MIB_BLOCKS, .count = 200, .depth = 8};

    fill(bench);
    assert_about("MB/s read", rate(bench, load), 3050, 7);
}

/* More than the caches hold: as fast as 32 dies programme. */
static void test_writing_more_than_the_cache_holds(void **state)
{
    struct bench *bench = *state;
    struct load load = {.opcode = NVME_CMD_WRITE, .blocks = MIB_BLOCKS, .count = 400, .depth = 4};

    fill(bench);
    assert_about("MB/s written", rate(bench, load), 1850, 15);
}

static void begin_stripe(struct bench *bench, uint64_t stripe, uint16_t cid)
{
    struct load load = {
        .opcode = NVME_CMD_READ, .blocks = RAID0_STRIPE, .lba = stripe * RAID0_STRIPE};

    begin(bench, &load, cid);
}

/* Time for two stripes at once. */
static vtime two_stripes(struct bench *bench, uint64_t first, uint64_t second)
{
    const vtime start = rig_now(bench->stack.host.rig);

    begin_stripe(bench, first, 0);
    begin_stripe(bench, second, 1);
    (void)nvme_host_wait(&bench->stack.host, 1);
    (void)nvme_host_wait(&bench->stack.host, 1);
    return rig_now(bench->stack.host.rig) - start;
}

/* Two stripes of one module take longer than one of each. */
static void test_two_modules_are_faster_than_one(void **state)
{
    struct bench *bench = *state;
    vtime one;
    vtime both;

    fill(bench);
    one = two_stripes(bench, 0, 2);
    both = two_stripes(bench, 4, 5);
    print_message("%llu ns and %llu ns\n", (unsigned long long)(one / 1000),
                  (unsigned long long)(both / 1000));
    assert_true(both + both / 10 < one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reading_1_mb_at_a_time),
        TEST(test_writing_1_mb_at_a_time),
        TEST(test_reading_4_kib_at_a_time),
        TEST(test_writing_4_kib_through_the_cache),
        TEST(test_many_small_reads),
        TEST(test_many_large_reads_fill_the_link),
        TEST(test_writing_more_than_the_cache_holds),
        TEST(test_two_modules_are_faster_than_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
