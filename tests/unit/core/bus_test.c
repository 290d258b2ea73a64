/* SPDX-License-Identifier: GPL-2.0-only */
/* The bus: declared access sizes, overlap, unmapped accesses, host memory, and a random topology
 * against a linear model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/base/error.h"
#include "emu/core/bus.h"

#define BYTES 64u

/* A region backed by bytes that remembers the last access it saw. */
struct scratch {
    struct region region;
    uint8_t data[BYTES];
    unsigned sizes; /* or of all sizes seen */
    unsigned reads;
    unsigned writes;
};

static uint64_t scratch_peek(void *owner, uint64_t offset, unsigned size)
{
    struct scratch *scratch = owner;

    return le_get(scratch->data + offset, size);
}

static uint64_t scratch_read(void *owner, uint64_t offset, unsigned size)
{
    struct scratch *scratch = owner;

    scratch->sizes |= size;
    scratch->reads++;
    return scratch_peek(owner, offset, size);
}

static void scratch_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct scratch *scratch = owner;

    scratch->sizes |= size;
    scratch->writes++;
    le_put(scratch->data + offset, size, value);
}

static const struct region_ops scratch_ops = {
    .read = scratch_read, .write = scratch_write, .peek = scratch_peek};

static void scratch_init(struct scratch *scratch, uint8_t min_access, uint8_t max_access)
{
    *scratch = (struct scratch){.region = {.name = "scratch",
                                           .bytes = BYTES,
                                           .kind = REGION_MMIO,
                                           .ops = &scratch_ops,
                                           .owner = scratch,
                                           .min_access = min_access,
                                           .max_access = max_access}};
    for (unsigned i = 0; i < BYTES; i++) {
        scratch->data[i] = (uint8_t)(i * 7 + 1);
    }
}

static void a_callback_sees_only_the_sizes_it_declared(void **state)
{
    static const uint8_t limits[][2] = {{1, 1}, {1, 4}, {2, 2}, {4, 4}, {4, 8}, {8, 8}, {1, 8}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct bus *bus = bus_create("test", NULL);
        struct scratch scratch;

        scratch_init(&scratch, limits[i][0], limits[i][1]);
        assert_int_equal(bus_map(bus, &scratch.region, 0x1000, NULL), 0);
        for (unsigned size = 1; size <= 8; size++) {
            for (unsigned offset = 0; offset + size <= BYTES; offset++) {
                uint64_t value = UINT64_C(0x8877665544332211) * (offset + 1);

                assert_int_equal(bus_read(bus, 0x1000 + offset, size),
                                 le_get(scratch.data + offset, size));
                bus_write(bus, 0x1000 + offset, size, value);
                assert_int_equal(le_get(scratch.data + offset, size), value & bits_mask(8 * size));
            }
        }
        for (unsigned size = 1; size <= 8; size *= 2) {
            if ((scratch.sizes & size) == 0) continue;
            assert_in_range(size, limits[i][0], limits[i][1]);
        }
        bus_destroy(bus);
    }
}

static void an_aligned_access_of_a_declared_size_is_one_call(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    struct scratch scratch;

    (void)state;
    scratch_init(&scratch, 1, 8);
    assert_int_equal(bus_map(bus, &scratch.region, 0, NULL), 0);
    (void)bus_read(bus, 8, 8);
    assert_int_equal(scratch.reads, 1);
    bus_write(bus, 8, 8, 0);
    assert_int_equal(scratch.writes, 1);
    bus_destroy(bus);
}

static void nothing_reads_all_ones_and_is_counted(void **state)
{
    struct bus *bus = bus_create("test", NULL);

    (void)state;
    assert_int_equal(bus_read(bus, 0x123, 4), 0xffffffff);
    bus_write(bus, 0x200, 2, 1);
    assert_int_equal(bus_unmapped_count(bus), 4); /* 0x123: pieces of 1, 2 and 1 bytes; one write */
    bus_destroy(bus);
}

static void an_access_across_two_regions_reaches_both(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    struct scratch low;
    struct scratch high;

    (void)state;
    scratch_init(&low, 1, 8);
    scratch_init(&high, 1, 8);
    assert_int_equal(bus_map(bus, &low.region, 0, NULL), 0);
    assert_int_equal(bus_map(bus, &high.region, BYTES, NULL), 0);
    bus_write(bus, BYTES - 2, 4, 0xaabbccdd);
    assert_int_equal(le_get(low.data + BYTES - 2, 2), 0xccdd);
    assert_int_equal(le_get(high.data, 2), 0xaabb);
    bus_destroy(bus);
}

static void overlap_and_wrap_are_errors_that_change_nothing(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    struct error err = ERROR_INIT;
    struct scratch first;
    struct scratch second;

    (void)state;
    scratch_init(&first, 1, 4);
    scratch_init(&second, 1, 4);
    assert_int_equal(bus_map(bus, &first.region, 0x100, NULL), 0);
    assert_int_equal(bus_map(bus, &second.region, 0x100 + BYTES - 1, &err), -1);
    assert_non_null(strstr(err.text, "overlaps"));
    assert_int_equal(bus_map(bus, &second.region, 0x100 - BYTES + 1, NULL), -1);
    assert_int_equal(bus_map(bus, &second.region, UINT64_MAX - 3, NULL), -1);
    assert_int_equal(bus_region_count(bus), 1);
    assert_int_equal(bus_map(bus, &second.region, 0x100 + BYTES, NULL), 0);
    bus_unmap(bus, &first.region);
    bus_unmap(bus, &first.region);
    assert_ptr_equal(bus_find(bus, 0x100 + BYTES), &second.region);
    assert_null(bus_find(bus, 0x100));
    bus_destroy(bus);
}

static void rom_ignores_writes_and_ram_takes_them(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    uint8_t memory[2][16] = {{0}, {0}};
    struct region ram = {.name = "ram", .bytes = 16, .kind = REGION_RAM, .host = memory[0]};
    struct region rom = {.name = "rom", .bytes = 16, .kind = REGION_ROM, .host = memory[1]};

    (void)state;
    assert_int_equal(bus_map(bus, &ram, 0, NULL), 0);
    assert_int_equal(bus_map(bus, &rom, 16, NULL), 0);
    bus_write(bus, 0, 8, 0x1122);
    bus_write(bus, 16, 8, 0x3344);
    assert_int_equal(bus_read(bus, 0, 8), 0x1122);
    assert_int_equal(bus_read(bus, 16, 8), 0);
    assert_ptr_equal(bus_host(bus, 4, 12, true), memory[0] + 4);
    assert_null(bus_host(bus, 4, 13, true));
    assert_null(bus_host(bus, 16, 1, true));
    assert_non_null(bus_host(bus, 16, 1, false));
    bus_destroy(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_sees_only_the_sizes_it_declared),
        cmocka_unit_test(an_aligned_access_of_a_declared_size_is_one_call),
        cmocka_unit_test(nothing_reads_all_ones_and_is_counted),
        cmocka_unit_test(an_access_across_two_regions_reaches_both),
        cmocka_unit_test(overlap_and_wrap_are_errors_that_change_nothing),
        cmocka_unit_test(rom_ignores_writes_and_ram_takes_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
