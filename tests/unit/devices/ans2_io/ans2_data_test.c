/* SPDX-License-Identifier: GPL-2.0-only */
/* What I/O commands of the ANS2 controller do to data: stripes, tweaks, comparison, deallocation, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/ans2_io/io_bench.h"

#define DATA   IO_RAM
#define BACK   (IO_RAM + (UINT64_C(4) << 20))
#define BLOCKS ANS2_MDTS_BLOCKS

static void write_all(struct io_bench *bench, uint64_t seed)
{
    for (uint64_t lba = 0; lba < IO_BLOCKS; lba += BLOCKS) {
        const uint32_t blocks = (uint32_t)min_u64(BLOCKS, IO_BLOCKS - lba);

        io_fill(io_at(bench, DATA), (size_t)blocks * IO_BLOCK, seed + lba);
        assert_int_equal(io_move(bench, NVME_CMD_WRITE, lba, blocks, DATA), NVME_OK);
    }
}

/* Whether the namespace holds at `lba` what is in guest memory at `addr`. */
static void assert_block(struct io_bench *bench, uint64_t lba, uint64_t addr)
{
    uint8_t block[IO_BLOCK];

    io_flash(bench, lba, block);
    if (memcmp(block, io_at(bench, addr), IO_BLOCK) != 0) {
        fail_msg("block %llu differs", (unsigned long long)lba);
    }
}

static bool is_zero(struct io_bench *bench, uint64_t lba)
{
    uint8_t block[IO_BLOCK];

    io_flash(bench, lba, block);
    return block[0] == 0 && memcmp(block, block + 1, IO_BLOCK - 1) == 0;
}

/* Lengths and starts around the borders of stripes: only the blocks asked for, at the right place,
 * with the right tweak; and they read back. */
static void test_stripes_and_tweaks(void **state)
{
    static const uint64_t starts[] = {0, 1, 31, 32, 33, 63, 64, 95, 97, 1000};
    static const uint32_t lengths[] = {1, 2, 31, 32, 33, 64, 65, 97, BLOCKS};
    struct io_bench *bench = *state;

    for (unsigned i = 0; i < ARRAY_LEN(starts) * ARRAY_LEN(lengths); i++) {
        const uint64_t lba = starts[i % ARRAY_LEN(starts)];
        const uint32_t blocks = lengths[i / ARRAY_LEN(starts)];
        const uint64_t bytes = (uint64_t)blocks * IO_BLOCK;

        memset(bench->module[0].flash, 0, (size_t)IO_MODULE_BLOCKS * IO_BLOCK);
        memset(bench->module[1].flash, 0, (size_t)IO_MODULE_BLOCKS * IO_BLOCK);
        io_fill(io_at(bench, DATA), bytes, i);
        assert_int_equal(io_move(bench, NVME_CMD_WRITE, lba, blocks, DATA), NVME_OK);
        for (uint32_t k = 0; k < blocks; k++) {
            assert_block(bench, lba + k, DATA + (uint64_t)k * IO_BLOCK);
        }
        assert_true(lba == 0 || is_zero(bench, lba - 1));
        assert_true(is_zero(bench, lba + blocks));
        memset(io_at(bench, BACK), 0x5a, bytes + IO_BLOCK);
        assert_int_equal(io_move(bench, NVME_CMD_READ, lba, blocks, BACK), NVME_OK);
        assert_memory_equal(io_at(bench, BACK), io_at(bench, DATA), bytes);
        assert_int_equal(*io_at(bench, BACK + bytes), 0x5a);
    }
}

static void test_equal_blocks_are_stored_differently(void **state)
{
    struct io_bench *bench = *state;

    memset(io_at(bench, DATA), 0x11, (size_t)BLOCKS * IO_BLOCK);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 0, BLOCKS, DATA), NVME_OK);
    for (unsigned i = 0; i < BLOCKS / 2; i++) {
        const uint8_t *block = bench->module[0].flash + (size_t)i * IO_BLOCK;

        assert_memory_not_equal(block, io_at(bench, DATA), IO_BLOCK);
        assert_memory_not_equal(block, bench->module[1].flash + (size_t)i * IO_BLOCK, IO_BLOCK);
        assert_memory_not_equal(block, block + IO_BLOCK, IO_BLOCK);
    }
}

static void test_what_was_never_written_reads_as_zeros(void **state)
{
    struct io_bench *bench = *state;

    memset(io_at(bench, DATA), 0xee, (size_t)BLOCKS * IO_BLOCK);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 40, 1, DATA), NVME_OK);
    assert_int_equal(io_move(bench, NVME_CMD_READ, 0, 100, BACK), NVME_OK);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(*io_at(bench, BACK + i * IO_BLOCK + 77), i == 40 ? 0xee : 0);
    }
    /* zeros that were written are stored as anything else */
    memset(io_at(bench, DATA), 0, IO_BLOCK);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 0, 1, DATA), NVME_OK);
    assert_int_not_equal(bench->module[0].flash[0] | bench->module[0].flash[1] |
                             bench->module[0].flash[2] | bench->module[0].flash[3],
                         0);
    assert_int_equal(io_move(bench, NVME_CMD_READ, 0, 1, BACK), NVME_OK);
    assert_memory_equal(io_at(bench, BACK), io_at(bench, DATA), IO_BLOCK);
}

static void test_scattered_pages(void **state)
{
    struct io_bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_WRITE, 20, 50);
    const uint64_t list = IO_RAM + UINT64_C(0x7f0000);

    io_fill(bench->ram, UINT64_C(4) << 20, 3);
    io_set_prps(&command, DATA + 0x7fc, list); /* pages descending */
    for (unsigned i = 0; i < 50; i++) {
        le64_put(io_at(bench, list + i * 8), DATA + (uint64_t)(100 - i) * IO_BLOCK);
    }
    assert_int_equal(io_run(bench, &command), NVME_OK);
    for (unsigned i = 1; i < 49; i++) {
        uint8_t block[IO_BLOCK];
        const uint64_t low = DATA + (uint64_t)(100 - i) * IO_BLOCK; /* the block's second part */

        io_flash(bench, 20 + i, block);
        assert_memory_equal(block + 0x804, io_at(bench, low), 0x7fc);
        assert_memory_equal(block, io_at(bench, low + IO_BLOCK + 0x7fc), 0x804);
    }
    command.bytes[0] = NVME_CMD_COMPARE;
    assert_int_equal(io_run(bench, &command), NVME_OK);
}

static void test_fua_and_a_disabled_cache(void **state)
{
    struct io_bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_WRITE, 30, 4);

    io_point(bench, &command, DATA, 4 * IO_BLOCK, BACK);
    assert_int_equal(io_run(bench, &command), NVME_OK);
    assert_int_equal(bench->module[0].stores, 1);
    assert_int_equal(bench->module[1].stores, 1);
    assert_int_equal(bench->module[0].through + bench->module[1].through, 0);
    io_set32(&command, NVME_AT_CDW12, NVME_RW_FUA | 3);
    assert_int_equal(io_run(bench, &command), NVME_OK);
    assert_int_equal(bench->module[0].through, 1);
    assert_int_equal(bench->module[1].through, 1);
    bench->ans2->is_write_cache_on = false;
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 0, 1, DATA), NVME_OK);
    assert_int_equal(bench->module[0].through, 2);
    assert_int_equal(bench->module[0].flushes, 0);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE_ZEROES, 0, 1, DATA), NVME_OK);
    assert_int_equal(bench->module[0].flushes, 1);
    assert_int_equal(io_move(bench, NVME_CMD_FLUSH, 0, 1, DATA), NVME_OK);
    assert_int_equal(bench->module[0].flushes, 2);
    assert_int_equal(bench->module[1].flushes, 2);
}

/* The host syncs once for each module, not for each stripe. */
static void test_long_fua_is_flushed_once(void **state)
{
    struct io_bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_WRITE, 5, 256);

    io_point(bench, &command, DATA, 256 * IO_BLOCK, BACK);
    io_set32(&command, NVME_AT_CDW12, NVME_RW_FUA | 255);
    assert_int_equal(io_run(bench, &command), NVME_OK);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        assert_int_equal(bench->module[i].through, 0);
        assert_int_equal(bench->module[i].flushes, 1);
        assert_true(bench->module[i].stores >= 4);
    }
    bench->module[1].is_failed = true;
    assert_int_equal(io_run(bench, &command), NVME_WRITE_FAULT | NVME_DNR);
}

static void test_compare(void **state)
{
    struct io_bench *bench = *state;
    const uint32_t blocks = 100;

    io_fill(io_at(bench, DATA), blocks * IO_BLOCK, 4);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 7, blocks, DATA), NVME_OK);
    assert_int_equal(io_move(bench, NVME_CMD_COMPARE, 7, blocks, DATA), NVME_OK);
    for (uint32_t at = 0; at < blocks * IO_BLOCK; at += 30011) {
        *io_at(bench, DATA + at) ^= 0x10;
        assert_int_equal(io_move(bench, NVME_CMD_COMPARE, 7, blocks, DATA),
                         NVME_COMPARE_FAILED | NVME_DNR);
        *io_at(bench, DATA + at) ^= 0x10;
    }
    assert_int_equal(io_move(bench, NVME_CMD_COMPARE, 8, blocks, DATA),
                     NVME_COMPARE_FAILED | NVME_DNR);
    assert_int_equal(io_move(bench, NVME_CMD_COMPARE, 7, blocks, IO_NOWHERE),
                     NVME_DATA_TRANSFER_ERROR | NVME_DNR);
}

static void test_write_zeroes(void **state)
{
    static const struct {
        uint64_t lba;
        uint32_t blocks;
    } cases[] = {{0, 1}, {31, 2}, {32, 32}, {100, 300}, {IO_BLOCKS - 500, 500}};
    struct io_bench *bench = *state;

    for (unsigned i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        const uint64_t lba = cases[i / 2].lba;
        const uint32_t blocks = cases[i / 2].blocks;
        struct io_command command = io_command(NVME_CMD_WRITE_ZEROES, lba, blocks);

        write_all(bench, i);
        io_set32(&command, NVME_AT_CDW12, (blocks - 1) | (i % 2 == 0 ? 0 : BIT32(25)));
        assert_int_equal(io_run(bench, &command), NVME_OK);
        for (uint64_t at = 0; at < IO_BLOCKS; at++) {
            assert_int_equal(is_zero(bench, at), at >= lba && at < lba + blocks);
        }
    }
}

static void put_range(struct io_bench *bench, unsigned index, uint64_t lba, uint32_t blocks)
{
    uint8_t *entry = io_at(bench, DATA + 0x800 + index * NVME_DSM_RANGE_LEN);

    le32_put(entry, 0xffffffff); /* hints, which mean nothing here */
    le32_put(entry + 4, blocks);
    le64_put(entry + 8, lba);
}

/* Ranges lie at the end of one page and the start of the next. */
static uint16_t deallocate(struct io_bench *bench, unsigned count, uint32_t attributes)
{
    struct io_command command = io_command(NVME_CMD_DSM, 0, 1);

    io_set32(&command, NVME_AT_CDW10, count - 1);
    io_set32(&command, NVME_AT_CDW11, attributes);
    io_set_prps(&command, DATA + 0x800, DATA + IO_BLOCK);
    return io_run(bench, &command);
}

static void test_deallocating_256_ranges(void **state)
{
    struct io_bench *bench = *state;

    write_all(bench, 1);
    for (unsigned i = 0; i < NVME_DSM_RANGES; i++) {
        put_range(bench, i, (uint64_t)(i * 101 % NVME_DSM_RANGES) * 7, 3);
    }
    assert_int_equal(deallocate(bench, NVME_DSM_RANGES, NVME_DSM_AD), NVME_OK);
    for (uint64_t lba = 0; lba < IO_BLOCKS; lba++) {
        assert_int_equal(is_zero(bench, lba), lba < 256 * 7 && lba % 7 < 3);
    }
}

static void test_each_block_is_deallocated_once(void **state)
{
    struct io_bench *bench = *state;

    write_all(bench, 1);
    for (unsigned i = 0; i < NVME_DSM_RANGES; i++) {
        put_range(bench, i, 0, IO_BLOCKS);
    }
    put_range(bench, 3, 5, 0); /* of no length */
    assert_int_equal(deallocate(bench, NVME_DSM_RANGES, NVME_DSM_AD), NVME_OK);
    assert_int_equal(bench->module[0].discards, 1);
    assert_int_equal(bench->module[0].discarded[0].block, 0);
    assert_int_equal(bench->module[0].discarded[0].count, 1024);
    assert_int_equal(bench->module[1].discards, 1);
    assert_int_equal(bench->module[1].discarded[0].count, 1019);
}

static void test_ranges_that_overlap(void **state)
{
    struct io_bench *bench = *state;

    write_all(bench, 1);
    put_range(bench, 0, 300, 50);
    put_range(bench, 1, 100, 20);
    put_range(bench, 2, 110, 30);
    put_range(bench, 3, 105, 2);
    put_range(bench, 4, 340, 20);
    assert_int_equal(deallocate(bench, 5, NVME_DSM_AD), NVME_OK);
    for (uint64_t lba = 0; lba < IO_BLOCKS; lba++) {
        assert_int_equal(is_zero(bench, lba),
                         (lba >= 100 && lba < 140) || (lba >= 300 && lba < 360));
    }
}

static void test_a_bad_range_and_nothing_is_deallocated(void **state)
{
    static const struct {
        uint64_t lba;
        uint32_t blocks;
    } bad[] = {{IO_BLOCKS, 1},
               {IO_BLOCKS - 1, 2},
               {0, UINT32_MAX},
               {UINT64_MAX, 1},
               {UINT64_MAX - 4, 5},
               {UINT64_MAX - 3, 5},
               {IO_BLOCKS + UINT64_C(1), 0}};
    struct io_bench *bench = *state;

    write_all(bench, 1);
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
        put_range(bench, 0, 0, 10);
        put_range(bench, 1, bad[i].lba, bad[i].blocks);
        assert_int_equal(deallocate(bench, 2, NVME_DSM_AD), NVME_LBA_OUT_OF_RANGE | NVME_DNR);
        assert_int_equal(bench->module[0].discards + bench->module[1].discards, 0);
    }
    put_range(bench, 1, IO_BLOCKS, 0); /* nothing, at the very end */
    assert_int_equal(deallocate(bench, 2, NVME_DSM_AD), NVME_OK);
}

static void test_other_attributes_do_nothing(void **state)
{
    struct io_bench *bench = *state;

    put_range(bench, 0, 0, 10);
    assert_int_equal(deallocate(bench, 1, 3), NVME_OK);
    assert_int_equal(deallocate(bench, 1, 0), NVME_OK);
    assert_int_equal(bench->module[0].discards, 0);
    assert_int_equal(deallocate(bench, 1, 7), NVME_OK);
    assert_int_equal(bench->module[0].discards, 1);
}

static void test_ranges_from_nowhere(void **state)
{
    struct io_bench *bench = *state;
    struct io_command command = io_command(NVME_CMD_DSM, 0, 1);

    io_set32(&command, NVME_AT_CDW11, NVME_DSM_AD);
    io_set_prps(&command, IO_NOWHERE, 0);
    assert_int_equal(io_run(bench, &command), NVME_DATA_TRANSFER_ERROR | NVME_DNR);
    io_set_prps(&command, DATA + 2, 0);
    assert_int_equal(io_run(bench, &command), NVME_PRP_OFFSET_INVALID | NVME_DNR);
}

static void test_verify_moves_nothing(void **state)
{
    struct io_bench *bench = *state;

    write_all(bench, 1);
    memset(bench->ram, 0x33, 4 * IO_BLOCK);
    bench->module[0].loads = 0;
    assert_int_equal(io_move(bench, NVME_CMD_VERIFY, 0, 100, IO_NOWHERE), NVME_OK);
    assert_int_equal(bench->module[0].loads, 2);
    assert_int_equal(bench->module[1].loads, 2);
    assert_int_equal(bench->ram[5], 0x33);
}

/* Writes whose data is not there: what was there stays, up to the last whole stripe. */
static void test_data_from_nowhere(void **state)
{
    struct io_bench *bench = *state;
    const uint64_t end = IO_RAM + IO_RAM_BYTES;
    struct io_command half = io_command(NVME_CMD_WRITE, 10, 1);
    uint8_t old[IO_BLOCK];

    write_all(bench, 1);
    io_flash(bench, 10, old);
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 10, 1, IO_NOWHERE),
                     NVME_DATA_TRANSFER_ERROR | NVME_DNR);
    memcpy(io_at(bench, BACK), old, IO_BLOCK);
    assert_block(bench, 10, BACK);
    /* half of the block is there */
    memset(io_at(bench, end - IO_BLOCK), 0x77, IO_BLOCK);
    io_set_prps(&half, end - 0x800, end);
    assert_int_equal(io_run(bench, &half), NVME_DATA_TRANSFER_ERROR | NVME_DNR);
    assert_block(bench, 10, BACK);
    assert_int_equal(io_move(bench, NVME_CMD_READ, 10, 1, IO_NOWHERE),
                     NVME_DATA_TRANSFER_ERROR | NVME_DNR);
}

static void test_trouble_on_the_way(void **state)
{
    struct io_bench *bench = *state;

    bench->module[0].loads_left = 2; /* the second stripe that it is asked for */
    assert_int_equal(io_move(bench, NVME_CMD_READ, 0, 100, DATA), NVME_READ_ERROR | NVME_DNR);
    bench->module[0].loads_left = 2;
    assert_int_equal(io_move(bench, NVME_CMD_COMPARE, 0, 100, BACK), NVME_READ_ERROR | NVME_DNR);
    bench->module[0].loads_left = 2;
    assert_int_equal(io_move(bench, NVME_CMD_VERIFY, 0, 100, DATA), NVME_READ_ERROR | NVME_DNR);
    bench->module[0].loads_left = 2;
    assert_int_equal(io_move(bench, NVME_CMD_WRITE, 0, 100, DATA), NVME_WRITE_FAULT | NVME_DNR);
    bench->module[0].loads_left = 1;
    assert_int_equal(io_move(bench, NVME_CMD_WRITE_ZEROES, 0, 100, DATA),
                     NVME_WRITE_FAULT | NVME_DNR);
    bench->module[0].loads_left = 0;
    bench->module[1].is_failed = true;
    assert_int_equal(io_move(bench, NVME_CMD_FLUSH, 0, 1, DATA), NVME_WRITE_FAULT | NVME_DNR);
}

static void test_bad_pointers(void **state)
{
    static const uint8_t opcodes[] = {NVME_CMD_READ, NVME_CMD_WRITE, NVME_CMD_COMPARE};
    struct io_bench *bench = *state;

    for (unsigned i = 0; i < ARRAY_LEN(opcodes); i++) {
        struct io_command command = io_command(opcodes[i], 0, 2);

        io_set_prps(&command, DATA + 1, DATA + IO_BLOCK);
        assert_int_equal(io_run(bench, &command), NVME_PRP_OFFSET_INVALID | NVME_DNR);
        io_set_prps(&command, DATA, DATA + 8);
        assert_int_equal(io_run(bench, &command), NVME_PRP_OFFSET_INVALID | NVME_DNR);
        command = io_command(opcodes[i], 0, 3);
        io_set_prps(&command, DATA, IO_NOWHERE);
        assert_int_equal(io_run(bench, &command), NVME_DATA_TRANSFER_ERROR | NVME_DNR);
    }
    assert_int_equal(bench->module[0].loads + bench->module[0].stores, 0);
}

/* Whatever the 64 bytes of a command are: no harm, and a status. */
static void test_random_commands(void **state)
{
    struct io_bench *bench = *state;
    uint64_t random = 99;

    io_fill(bench->ram, IO_RAM_BYTES, 8);
    for (unsigned i = 0; i < 20000; i++) {
        struct io_command command =
            io_command((uint8_t)(rig_random(&random) % 14), rig_random(&random) % (IO_BLOCKS + 3),
                       1 + (uint32_t)(rig_random(&random) % (BLOCKS + 3)));
        uint64_t flips = rig_random(&random) % 4;

        io_set_prps(&command, IO_RAM + rig_random(&random) % IO_RAM_BYTES / 4 * 4,
                    IO_RAM + rig_random(&random) % IO_RAM_BYTES / 4096 * 4096);
        for (; flips > 0; flips--) {
            command.bytes[rig_random(&random) % 64] ^= (uint8_t)rig_random(&random);
        }
        assert_int_equal(io_run(bench, &command) & 0xb000, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, io_setup, io_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stripes_and_tweaks),
        TEST(test_equal_blocks_are_stored_differently),
        TEST(test_what_was_never_written_reads_as_zeros),
        TEST(test_scattered_pages),
        TEST(test_fua_and_a_disabled_cache),
        TEST(test_long_fua_is_flushed_once),
        TEST(test_compare),
        TEST(test_write_zeroes),
        TEST(test_deallocating_256_ranges),
        TEST(test_each_block_is_deallocated_once),
        TEST(test_ranges_that_overlap),
        TEST(test_a_bad_range_and_nothing_is_deallocated),
        TEST(test_other_attributes_do_nothing),
        TEST(test_ranges_from_nowhere),
        TEST(test_verify_moves_nothing),
        TEST(test_data_from_nowhere),
        TEST(test_trouble_on_the_way),
        TEST(test_bad_pointers),
        TEST(test_random_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
