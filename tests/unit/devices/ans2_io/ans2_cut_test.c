/* SPDX-License-Identifier: GPL-2.0-only */
/* Power cuts while writes are on their way: each block whole, old or new, and the machine as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/ans2_io/io_bench.h"

#define DATA   IO_RAM
#define LISTS  (IO_RAM + UINT64_C(0x700000))
#define WRITES 3u
#define LENGTH 200u

struct copy {
    struct host_media media;
    uint8_t *flash;
    unsigned writes;
};

struct bench {
    struct io_bench io;
    struct copy copy[RAID0_MODULES];
    const struct host_media *target[RAID0_MODULES];
    struct ans2_slot *slot[WRITES];
};

static int copy_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    struct copy *copy = ctx;

    assert_true(block + count <= IO_MODULE_BLOCKS);
    memcpy(copy->flash + block * IO_BLOCK, data, count * IO_BLOCK);
    copy->writes++;
    return 0;
}

static int setup(void **state)
{
    struct bench *bench = test_malloc(sizeof(*bench));

    memset(bench, 0, sizeof(*bench));
    io_create(&bench->io);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        bench->copy[i].flash = calloc(IO_MODULE_BLOCKS, IO_BLOCK);
        assert_non_null(bench->copy[i].flash);
        bench->copy[i].media = (struct host_media){
            .ctx = &bench->copy[i], .blocks = IO_MODULE_BLOCKS, .write = copy_write};
        bench->target[i] = &bench->copy[i].media;
        bench->io.module[i].access = VTIME_US(20);
        bench->io.module[i].per_block = VTIME_US(4);
    }
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        free(bench->copy[i].flash);
    }
    io_destroy(&bench->io);
    test_free(bench);
    return 0;
}

/* Start of each write: they do not overlap. */
static uint64_t lba_of(unsigned write)
{
    return 17 + (uint64_t)write * (LENGTH + 11);
}

static uint64_t data_of(unsigned write)
{
    return DATA + (uint64_t)write * LENGTH * IO_BLOCK;
}

static void begin_writes(struct bench *bench, uint32_t flags)
{
    for (unsigned i = 0; i < WRITES; i++) {
        struct io_command command = io_command(NVME_CMD_WRITE, lba_of(i), LENGTH);

        io_fill(io_at(&bench->io, data_of(i)), LENGTH * IO_BLOCK, 100 + i);
        io_set32(&command, NVME_AT_CDW12, flags | (LENGTH - 1));
        io_point(&bench->io, &command, data_of(i), LENGTH * IO_BLOCK, LISTS + i * IO_BLOCK);
        bench->slot[i] = io_begin(&bench->io, &command);
    }
}

/* Old data everywhere, then the writes on their way. */
static void start(struct bench *bench, uint32_t flags)
{
    io_fill(io_at(&bench->io, DATA), LENGTH * IO_BLOCK, 1);
    for (unsigned i = 0; i < WRITES; i++) {
        assert_int_equal(io_move(&bench->io, NVME_CMD_WRITE, lba_of(i), LENGTH, DATA), NVME_OK);
    }
    begin_writes(bench, flags);
}

static void cut(struct bench *bench, uint64_t seed)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        memcpy(bench->copy[i].flash, bench->io.module[i].flash,
               (size_t)IO_MODULE_BLOCKS * IO_BLOCK);
        bench->copy[i].writes = 0;
    }
    ans2_cut(&bench->io.ans2->fn.device, bench->target, seed);
}

/* How many blocks of a write are new; each is old or new. `prefix`: new ones before the first old
 * one. */
static unsigned count_new(struct bench *bench, unsigned write, unsigned *prefix)
{
    const uint8_t *const media[RAID0_MODULES] = {bench->copy[0].flash, bench->copy[1].flash};
    unsigned count = 0;

    *prefix = 0;
    for (unsigned i = 0; i < LENGTH; i++) {
        uint8_t now[IO_BLOCK];
        uint8_t old[IO_BLOCK];

        io_plain(&bench->io, media, lba_of(write) + i, now);
        io_flash(&bench->io, lba_of(write) + i, old);
        if (memcmp(now, io_at(&bench->io, data_of(write) + (uint64_t)i * IO_BLOCK), IO_BLOCK) ==
            0) {
            *prefix += count == i;
            count++;
        } else {
            assert_memory_equal(now, old, IO_BLOCK);
        }
    }
    return count;
}

/* FUA or no cache: what has come is in flash, in order, more and more of it. */
static void check_in_order(struct bench *bench)
{
    const vtime begin = rig_now(bench->io.rig);
    const vtime end = bench->slot[WRITES - 1]->done;
    unsigned last[WRITES] = {0};
    unsigned partial = 0;

    for (unsigned step = 0; step <= 40; step++) {
        rig_advance_to(bench->io.rig, begin + (end - begin) * step / 40);
        cut(bench, step);
        for (unsigned i = 0; i < WRITES; i++) {
            unsigned prefix;
            const unsigned count = count_new(bench, i, &prefix);

            assert_int_equal(count, prefix);
            assert_true(count >= last[i]);
            partial += count > 0 && count < LENGTH;
            last[i] = count;
        }
    }
    assert_true(partial > 10);
    assert_int_equal(last[WRITES - 1], LENGTH);
}

static void test_through_the_cache_in_order(void **state)
{
    struct bench *bench = *state;

    bench->io.ans2->config.is_functional = false;
    start(bench, NVME_RW_FUA);
    check_in_order(bench);
}

static void test_functional_in_order(void **state)
{
    struct bench *bench = *state;

    start(bench, 0);
    check_in_order(bench);
}

static void test_without_a_cache_in_order(void **state)
{
    struct bench *bench = *state;

    bench->io.ans2->config.is_functional = false;
    bench->io.ans2->is_write_cache_on = false;
    start(bench, 0);
    check_in_order(bench);
}

/* From a cache the seed chooses: about half of what has come, and another half with another seed. */
static void test_the_seed_chooses(void **state)
{
    struct bench *bench = *state;
    unsigned prefix;
    unsigned same = 0;
    uint8_t *first;

    bench->io.ans2->config.is_functional = false;
    start(bench, 0);
    rig_advance_to(bench->io.rig, bench->slot[0]->done);
    cut(bench, 1);
    assert_in_range(count_new(bench, 0, &prefix), LENGTH / 3, LENGTH * 2 / 3);
    first = test_malloc((size_t)IO_MODULE_BLOCKS * IO_BLOCK);
    memcpy(first, bench->copy[0].flash, (size_t)IO_MODULE_BLOCKS * IO_BLOCK);
    cut(bench, 1);
    assert_memory_equal(first, bench->copy[0].flash, (size_t)IO_MODULE_BLOCKS * IO_BLOCK);
    for (uint64_t seed = 2; seed < 20; seed++) {
        cut(bench, seed);
        assert_in_range(count_new(bench, 0, &prefix), LENGTH / 4, LENGTH * 3 / 4);
        same += memcmp(first, bench->copy[0].flash, (size_t)IO_MODULE_BLOCKS * IO_BLOCK) == 0;
    }
    assert_int_equal(same, 0);
    test_free(first);
}

static void test_the_modules_are_told(void **state)
{
    struct bench *bench = *state;

    cut(bench, 5);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        assert_int_equal(bench->io.module[i].cuts, 1);
        assert_ptr_equal(bench->io.module[i].cut_target, bench->target[i]);
        assert_int_equal(bench->copy[i].writes, 0);
    }
    assert_true(bench->io.module[0].cut_seed != bench->io.module[1].cut_seed);
    bench->io.ans2->config.module[1] = NULL; /* an empty socket */
    cut(bench, 6);
    assert_int_equal(bench->io.module[0].cuts, 2);
    assert_int_equal(bench->io.module[1].cuts, 1);
}

static void test_the_machine_is_left_as_it_was(void **state)
{
    struct bench *bench = *state;
    struct ans2 *before = test_malloc(sizeof(*before));
    uint64_t hash;

    bench->io.ans2->config.is_functional = false;
    start(bench, 0);
    rig_advance(bench->io.rig, VTIME_US(200));
    rig_write(bench->io.rig, PCI_LONE_BASE + PCI_COMMAND, 2,
              0); /* a cut without mastering: quiet */
    memcpy(before, bench->io.ans2, sizeof(*before));
    hash = trace_hash(bench->io.rig->trace);
    cut(bench, 3);
    assert_int_equal(bench->copy[0].writes + bench->copy[1].writes, 0);
    rig_write(bench->io.rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    memcpy(before, bench->io.ans2, sizeof(*before));
    assert_true(hash != trace_hash(bench->io.rig->trace)); /* by that write */
    hash = trace_hash(bench->io.rig->trace);
    cut(bench, 3);
    assert_true(bench->copy[0].writes > 0);
    assert_memory_equal(before, bench->io.ans2, sizeof(*before));
    assert_int_equal(trace_hash(bench->io.rig->trace), hash);
    for (unsigned i = 0; i < WRITES; i++) {
        assert_int_equal(io_end(&bench->io, bench->slot[i]), NVME_OK);
    }
    test_free(before);
}

/* Writes that will fail, that were aborted, that are over, or that the volume's lock stops. */
static void test_writes_that_do_not_count(void **state)
{
    struct bench *bench = *state;
    struct xts *volume = bench->io.volume;

    start(bench, 0);
    rig_advance_to(bench->io.rig, bench->slot[0]->done);
    bench->slot[0]->is_aborted = true;
    bench->slot[1]->status = NVME_LBA_OUT_OF_RANGE;
    bench->slot[2]->state = ANS2_SLOT_WAITING;
    cut(bench, 1);
    assert_int_equal(bench->copy[0].writes + bench->copy[1].writes, 0);
    bench->slot[2]->state = ANS2_SLOT_WORKING;
    bench->io.volume = NULL;
    cut(bench, 1);
    assert_int_equal(bench->copy[0].writes + bench->copy[1].writes, 0);
    bench->io.volume = volume;
    bench->io.module[1].is_failed = true;
    cut(bench, 1);
    assert_int_equal(bench->copy[0].writes + bench->copy[1].writes, 0);
    bench->io.module[1].is_failed = false;
    le64_put(bench->slot[2]->command + NVME_AT_CDW10, UINT64_MAX - 3); /* by a snapshot */
    cut(bench, 1);
    assert_int_equal(bench->copy[0].writes + bench->copy[1].writes, 0);
    le64_put(bench->slot[2]->command + NVME_AT_CDW10, lba_of(2));
    le64_put(bench->slot[2]->command + NVME_AT_PRP1, 3);
    cut(bench, 1);
    assert_int_equal(bench->copy[0].writes + bench->copy[1].writes, 0);
    le64_put(bench->slot[2]->command + NVME_AT_PRP1, data_of(2));
    cut(bench, 1);
    assert_int_equal(bench->copy[0].writes + bench->copy[1].writes, LENGTH);
}

/* Two writes to the same blocks: what was fetched later wins where it has come. */
static void test_later_writes_win(void **state)
{
    struct bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_WRITE, lba_of(0), 1);
    const uint8_t *media[RAID0_MODULES];
    uint8_t block[IO_BLOCK];
    struct ans2_slot *later;
    struct ans2_slot swap;

    begin_writes(bench, 0);
    io_set_prps(&command, LISTS + 8 * IO_BLOCK, 0);
    memset(io_at(&bench->io, LISTS + 8 * IO_BLOCK), 0x99, IO_BLOCK);
    later = io_begin(&bench->io, &command);
    swap = *bench->slot[0]; /* the order is that of fetching, not of slots */
    *bench->slot[0] = *later;
    *later = swap;
    rig_advance_to(bench->io.rig, later->done);
    cut(bench, 1);
    media[0] = bench->copy[0].flash;
    media[1] = bench->copy[1].flash;
    io_plain(&bench->io, media, lba_of(0), block);
    assert_int_equal(block[9], 0x99);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_through_the_cache_in_order), TEST(test_functional_in_order),
        TEST(test_without_a_cache_in_order),   TEST(test_the_seed_chooses),
        TEST(test_the_modules_are_told),       TEST(test_the_machine_is_left_as_it_was),
        TEST(test_writes_that_do_not_count),   TEST(test_later_writes_win),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
