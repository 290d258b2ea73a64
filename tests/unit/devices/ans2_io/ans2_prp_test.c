/* SPDX-License-Identifier: GPL-2.0-only */
/* PRP entries and lists of the ANS2 controller (NVMe 1.2.1, 4.3): each rule, and lists that break them. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/ans2_io/io_bench.h"

#define DATA    IO_RAM
#define LIST    (IO_RAM + UINT64_C(0x600000))
#define LIST2   (IO_RAM + UINT64_C(0x700000))
#define LONGEST (ANS2_MDTS_BLOCKS * IO_BLOCK)
#define NO_PAGE UINT64_C(0x123400000000)
#define MPS_AT  7

struct bench {
    struct io_bench io;
    struct io_command command;
    struct ans2_transfer transfer;
};

static int setup(void **state)
{
    struct bench *bench = test_malloc(sizeof(*bench));

    io_create(&bench->io);
    bench->command = io_command(NVME_CMD_READ, 0, 1);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    io_destroy(&bench->io);
    test_free(bench);
    return 0;
}

static uint16_t prp(struct bench *bench, uint64_t prp1, uint64_t prp2, uint32_t bytes)
{
    io_set_prps(&bench->command, prp1, prp2);
    return ans2_prp(bench->io.ans2, bench->command.bytes, bytes, &bench->transfer);
}

static void put_entry(struct bench *bench, uint64_t list, uint64_t index, uint64_t value)
{
    le64_put(io_at(&bench->io, list + index * 8), value);
}

/* Address of byte `at` of the transfer. */
static uint64_t address(const struct bench *bench, uint32_t at)
{
    for (uint32_t i = 0; i < bench->transfer.count; i++) {
        const struct ans2_segment *segment = &bench->transfer.segment[i];

        if (at < segment->bytes) return segment->addr + at;
        at -= segment->bytes;
    }
    fail_msg("beyond the transfer");
    return 0;
}

static uint32_t total(const struct bench *bench)
{
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < bench->transfer.count; i++) {
        assert_true(bench->transfer.segment[i].bytes > 0);
        bytes += bench->transfer.segment[i].bytes;
    }
    return bytes;
}

/* Pages that are not neighbours, so that nothing is merged. */
static uint64_t page(uint32_t index)
{
    return DATA + (uint64_t)(index * 37 % 1021) * 2 * IO_BLOCK;
}

static void test_prp1_may_start_on_any_dword(void **state)
{
    struct bench *bench = *state;

    for (uint32_t offset = 0; offset < IO_BLOCK; offset++) {
        const uint16_t status = prp(bench, DATA + offset, DATA + 5 * IO_BLOCK, IO_BLOCK);

        if (offset % 4 != 0) {
            assert_int_equal(status, NVME_PRP_OFFSET_INVALID);
            continue;
        }
        assert_int_equal(status, NVME_OK);
        assert_int_equal(bench->transfer.count, offset == 0 ? 1 : 2);
        assert_int_equal(total(bench), IO_BLOCK);
        assert_int_equal(address(bench, 0), DATA + offset);
        if (offset != 0) {
            assert_int_equal(address(bench, IO_BLOCK - offset), DATA + 5 * IO_BLOCK);
        }
    }
}

static void test_prp2_is_a_page_when_one_more_is_needed(void **state)
{
    struct bench *bench = *state;

    for (uint32_t offset = 1; offset < IO_BLOCK; offset++) {
        assert_int_equal(prp(bench, DATA, DATA + 4 * IO_BLOCK + offset, 2 * IO_BLOCK),
                         NVME_PRP_OFFSET_INVALID);
        /* not looked at when PRP1 is enough */
        assert_int_equal(prp(bench, DATA, DATA + 4 * IO_BLOCK + offset, IO_BLOCK), NVME_OK);
        assert_int_equal(bench->transfer.count, 1);
    }
    assert_int_equal(prp(bench, DATA, DATA + 4 * IO_BLOCK, 2 * IO_BLOCK), NVME_OK);
    assert_int_equal(bench->transfer.count, 2);
    assert_int_equal(prp(bench, DATA, NO_PAGE, 2 * IO_BLOCK), NVME_OK);
}

static void test_any_length(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(prp(bench, 3, 5, 0), NVME_OK);
    assert_int_equal(bench->transfer.count, 0);
    for (uint32_t bytes = 4; bytes <= 2 * IO_BLOCK; bytes += 4) {
        assert_int_equal(prp(bench, DATA, DATA + 4 * IO_BLOCK, bytes), NVME_OK);
        assert_int_equal(total(bench), bytes);
    }
    assert_int_equal(prp(bench, DATA, LIST, LONGEST + 1), NVME_INVALID_FIELD);
}

/* Writes a list for `pages` pages at LIST + `offset`, going on at LIST2 as the rules say. */
static void write_list(struct bench *bench, uint32_t offset, uint32_t pages)
{
    const uint32_t room = (IO_BLOCK - offset) / 8;

    for (uint32_t i = 0; i < pages; i++) {
        if (pages <= room || i < room - 1) {
            put_entry(bench, LIST + offset, i, page(i));
        } else {
            put_entry(bench, LIST2, i - (room - 1), page(i));
        }
    }
    if (pages > room) {
        put_entry(bench, LIST + offset, room - 1, LIST2);
    }
}

static void check_list(struct bench *bench, uint32_t first, uint32_t offset, uint32_t pages)
{
    const uint32_t bytes = IO_BLOCK - first + pages * IO_BLOCK;

    assert_int_equal(prp(bench, DATA + IO_BLOCK + first, LIST + offset, bytes), NVME_OK);
    assert_int_equal(total(bench), bytes);
    assert_int_equal(bench->transfer.count, pages + 1);
    for (uint32_t i = 0; i < pages; i++) {
        const uint32_t at = IO_BLOCK - first + i * IO_BLOCK;

        assert_int_equal(address(bench, at), page(i));
        assert_int_equal(address(bench, at + IO_BLOCK - 1), page(i) + IO_BLOCK - 1);
    }
}

static void test_lists_of_every_length(void **state)
{
    struct bench *bench = *state;

    for (uint32_t pages = 2; pages < ANS2_MDTS_BLOCKS; pages++) {
        write_list(bench, 0, pages);
        check_list(bench, 0, 0, pages);
        check_list(bench, 0x804, 0, pages);
    }
}

/* From every quadword of its page: the last entry is data when it is the last that is needed, a
 * pointer to the next list when it is not. */
static void test_lists_from_every_offset(void **state)
{
    struct bench *bench = *state;

    for (uint32_t offset = 0; offset < IO_BLOCK; offset += 8) {
        const uint32_t room = (IO_BLOCK - offset) / 8;
        const uint32_t longest = ANS2_MDTS_BLOCKS - 1;

        for (uint32_t pages = 2; pages <= longest; pages += pages < 4 ? 1 : 83) {
            write_list(bench, offset, pages);
            check_list(bench, 0x100, offset, pages);
        }
        for (uint32_t pages = room - 1; pages <= room + 1 && room > 2 && room < longest; pages++) {
            write_list(bench, offset, pages);
            check_list(bench, 0, offset, pages);
        }
    }
}

static void test_a_list_starts_on_a_quadword(void **state)
{
    struct bench *bench = *state;

    for (uint32_t offset = 0; offset < IO_BLOCK; offset++) {
        if (offset % 8 == 0) continue;
        assert_int_equal(prp(bench, DATA, LIST + offset, 4 * IO_BLOCK), NVME_PRP_OFFSET_INVALID);
    }
}

static void test_entries_are_pages(void **state)
{
    static const uint32_t wrong[] = {1, 2, 4, 8, 0x200, 0x800, 0xffc, 0xfff};
    struct bench *bench = *state;
    const uint32_t pages = 40;

    for (uint32_t entry = 0; entry < pages; entry++) {
        for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
            write_list(bench, 0xf80, pages); /* 15 entries and a pointer, then 25 */
            if (entry < 15) {
                put_entry(bench, LIST + 0xf80, entry, page(entry) + wrong[i]);
            } else {
                put_entry(bench, LIST2, entry - 15, page(entry) + wrong[i]);
            }
            assert_int_equal(prp(bench, DATA, LIST + 0xf80, (pages + 1) * IO_BLOCK),
                             NVME_PRP_OFFSET_INVALID);
        }
    }
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        write_list(bench, 0xf80, pages);
        put_entry(bench, LIST + 0xf80, 15, LIST2 + wrong[i]); /* the pointer to the next list */
        assert_int_equal(prp(bench, DATA, LIST + 0xf80, (pages + 1) * IO_BLOCK),
                         NVME_PRP_OFFSET_INVALID);
    }
}

static void test_only_needed_entries_are_read(void **state)
{
    struct bench *bench = *state;
    const uint64_t end = IO_RAM + IO_RAM_BYTES; /* nothing is behind it */

    memset(io_at(&bench->io, LIST), 0xff, 2 * IO_BLOCK);
    put_entry(bench, LIST, 0, page(1));
    put_entry(bench, LIST, 1, page(2));
    assert_int_equal(prp(bench, DATA, LIST, 3 * IO_BLOCK), NVME_OK);
    put_entry(bench, end - 16, 0, page(1));
    put_entry(bench, end - 16, 1, page(2));
    assert_int_equal(prp(bench, DATA, end - 16, 3 * IO_BLOCK), NVME_OK);
    /* one more, and the last entry is a pointer */
    assert_int_equal(prp(bench, DATA, end - 16, 4 * IO_BLOCK), NVME_OK);
    put_entry(bench, end - 16, 1, end);
    assert_int_equal(prp(bench, DATA, end - 16, 4 * IO_BLOCK), NVME_DATA_TRANSFER_ERROR);
}

static void test_lists_nowhere(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(prp(bench, DATA, NO_PAGE, 3 * IO_BLOCK), NVME_DATA_TRANSFER_ERROR);
    assert_int_equal(prp(bench, DATA, UINT64_MAX - 7, LONGEST), NVME_DATA_TRANSFER_ERROR);
    assert_int_equal(prp(bench, DATA, UINT64_MAX - 4095, LONGEST), NVME_DATA_TRANSFER_ERROR);
    put_entry(bench, LIST + 0xff8, 0, NO_PAGE);
    assert_int_equal(prp(bench, DATA, LIST + 0xff8, LONGEST), NVME_DATA_TRANSFER_ERROR);
}

static void test_a_list_that_leads_to_itself_ends(void **state)
{
    struct bench *bench = *state;

    for (uint64_t i = 0; i < 512; i++) {
        put_entry(bench, LIST, i, LIST);
    }
    for (uint32_t offset = 0; offset < IO_BLOCK; offset += 8) {
        assert_int_equal(prp(bench, LIST, LIST + offset, LONGEST), NVME_OK);
        assert_int_equal(total(bench), LONGEST);
    }
}

static void test_neighbours_are_merged(void **state)
{
    struct bench *bench = *state;

    for (uint64_t i = 0; i < 255; i++) {
        put_entry(bench, LIST, i, DATA + (i + 1) * IO_BLOCK);
    }
    assert_int_equal(prp(bench, DATA, LIST, LONGEST), NVME_OK);
    assert_int_equal(bench->transfer.count, 1);
    assert_int_equal(total(bench), LONGEST);
    put_entry(bench, LIST, 99, DATA + 99 * IO_BLOCK); /* the one before again */
    assert_int_equal(prp(bench, DATA, LIST, LONGEST), NVME_OK);
    assert_int_equal(bench->transfer.count, 3);
    assert_int_equal(total(bench), LONGEST);
    /* the end of the numbers is no neighbour of their start */
    assert_int_equal(prp(bench, UINT64_MAX - 4095, 0, 2 * IO_BLOCK), NVME_OK);
    assert_int_equal(bench->transfer.count, 2);
}

static void test_pages_of_mps(void **state)
{
    struct bench *bench = *state;

    for (unsigned mps = 0; mps < 16; mps++) {
        const uint64_t bytes = UINT64_C(4096) << mps;

        bench->io.ans2->cc = mps << MPS_AT;
        if (bytes <= LONGEST / 2) {
            assert_int_equal(prp(bench, bytes, bytes * 3, (uint32_t)bytes * 2), NVME_OK);
            assert_int_equal(bench->transfer.count, 2);
            assert_int_equal(prp(bench, bytes, bytes * 3 + bytes / 2, (uint32_t)bytes * 2),
                             NVME_PRP_OFFSET_INVALID);
        }
        assert_int_equal(prp(bench, bytes - 4, bytes * 5, 8), NVME_OK);
        assert_int_equal(bench->transfer.count, 2);
        assert_int_equal(bench->transfer.segment[0].bytes, 4);
        assert_int_equal(bench->transfer.segment[1].addr, bytes * 5);
    }
}

static void test_sgls_are_refused(void **state)
{
    struct bench *bench = *state;

    for (uint32_t psdt = 1; psdt < 4; psdt++) {
        io_set32(&bench->command, 0, psdt << 14 | NVME_CMD_READ);
        assert_int_equal(prp(bench, DATA, 0, IO_BLOCK), NVME_INVALID_FIELD);
    }
}

static void test_without_bus_mastering(void **state)
{
    struct bench *bench = *state;

    rig_write(bench->io.rig, PCI_LONE_BASE + PCI_COMMAND, 2, 0);
    assert_int_equal(prp(bench, DATA, LIST, 3 * IO_BLOCK), NVME_DATA_TRANSFER_ERROR);
}

/* Random pieces of a scattered transfer, in and out, against a byte-by-byte copy. */
static void test_copies(void **state)
{
    struct bench *bench = *state;
    const uint32_t pages = 60;
    const uint32_t bytes = IO_BLOCK - 0x10 + pages * IO_BLOCK;
    static uint8_t data[8192];
    uint64_t random = 5;

    io_fill(bench->io.ram, LIST - IO_RAM, 9);
    write_list(bench, 0xff0, pages);
    assert_int_equal(prp(bench, DATA + IO_BLOCK + 0x10, LIST + 0xff0, bytes), NVME_OK);
    for (int i = 0; i < 300; i++) {
        const uint32_t offset = (uint32_t)(rig_random(&random) % (bytes - sizeof(data)));
        const uint32_t size = (uint32_t)(rig_random(&random) % sizeof(data));

        assert_int_equal(ans2_copy_in(bench->io.ans2, &bench->transfer, offset, data, size), 0);
        for (uint32_t k = 0; k < size; k += 13) {
            assert_int_equal(data[k], *io_at(&bench->io, address(bench, offset + k)));
        }
        io_fill(data, size, (uint64_t)i);
        assert_int_equal(ans2_copy_out(bench->io.ans2, &bench->transfer, offset, data, size), 0);
        for (uint32_t k = 0; k < size; k += 13) {
            assert_int_equal(data[k], *io_at(&bench->io, address(bench, offset + k)));
        }
    }
}

static void test_copies_from_nowhere(void **state)
{
    struct bench *bench = *state;
    uint8_t data[2 * IO_BLOCK];

    assert_int_equal(prp(bench, DATA, NO_PAGE, 2 * IO_BLOCK), NVME_OK);
    assert_int_equal(ans2_copy_in(bench->io.ans2, &bench->transfer, 0, data, IO_BLOCK), NVME_OK);
    assert_int_equal(ans2_copy_in(bench->io.ans2, &bench->transfer, 4, data, IO_BLOCK),
                     NVME_DATA_TRANSFER_ERROR);
    assert_int_equal(ans2_copy_out(bench->io.ans2, &bench->transfer, IO_BLOCK, data, 4),
                     NVME_DATA_TRANSFER_ERROR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_prp1_may_start_on_any_dword),
        TEST(test_prp2_is_a_page_when_one_more_is_needed),
        TEST(test_any_length),
        TEST(test_lists_of_every_length),
        TEST(test_lists_from_every_offset),
        TEST(test_a_list_starts_on_a_quadword),
        TEST(test_entries_are_pages),
        TEST(test_only_needed_entries_are_read),
        TEST(test_lists_nowhere),
        TEST(test_a_list_that_leads_to_itself_ends),
        TEST(test_neighbours_are_merged),
        TEST(test_pages_of_mps),
        TEST(test_sgls_are_refused),
        TEST(test_without_bus_mastering),
        TEST(test_copies),
        TEST(test_copies_from_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
