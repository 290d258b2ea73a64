/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How memory is laid out: the registers that the firmware writes, decoded again by a decoder of the test's own, and by the
 * emulator's memory controllers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/memory/dram_address.h"
#include "emu/machine/map.h"
#include "firmware/lib/bytes.h"
#include "firmware/platform/imacpro/memory_plan.h"
#include "tests/unit/firmware/memory_bench.h"

#define GIB        0x40000000ull
#define MIB        0x100000ull
#define LINES_EACH 20000u
#define LINES_FEW  40u
#define SIZES      9u /* of a module: none, 512 MiB up to 64 GiB */

/* Capacity of each socket in units of 512 MiB. */
static const uint16_t sets[][MEMORY_SOCKETS] = {
    {16, 16, 16, 16}, {64, 64, 64, 64}, {128, 128, 128, 128}, {1, 1, 1, 1},    {1, 0, 0, 0},
    {0, 1, 0, 0},     {0, 0, 1, 0},     {0, 0, 0, 64},        {2, 2, 0, 0},    {16, 0, 16, 0},
    {0, 16, 0, 16},   {0, 16, 16, 0},   {0, 0, 8, 8},         {16, 16, 16, 0}, {16, 16, 0, 16},
    {16, 0, 16, 16},  {0, 16, 16, 16},  {1, 1, 1, 0},         {1, 2, 4, 8},    {8, 4, 2, 1},
    {32, 16, 16, 8},  {64, 32, 32, 16}, {128, 1, 1, 1},       {1, 128, 1, 64}, {16, 16, 8, 8},
    {16, 8, 16, 8},   {8, 16, 8, 16},   {1, 0, 64, 2},        {4, 4, 4, 64},   {2, 2, 1, 1},
};
#define SETS (sizeof(sets) / sizeof(sets[0]))

static void plug(struct memory *memory, const uint16_t *units)
{
    memset(memory, 0, sizeof(*memory));
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        memory->module[i] = bench_module(units[i] * 512 * MIB);
    }
}

static uint64_t capacity(const struct memory *memory)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        bytes += memory->module[i].bytes;
    }
    return bytes;
}

static uint64_t covered(const struct memory *memory)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < memory->zone_count; i++) {
        const struct memory_zone *zone = &memory->zone[i];

        assert_true(zone->base < zone->end);
        assert_true(i == 0 ? zone->base == 0 : zone->base >= memory->zone[i - 1].end);
        assert_true(zone->end <= MAP_LOW_RAM_MAX || zone->base >= MAP_HIGH_RAM_BASE);
        assert_int_equal(zone->end % MIB, 0);
        bytes += zone->end - zone->base;
    }
    assert_true(bytes == memory->low_end + memory->high_end - MAP_HIGH_RAM_BASE);
    return bytes;
}

static uint64_t random64(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed ^ *seed >> 29;
}

static int by_place(const void *a, const void *b)
{
    /* Any order will do that puts equal ones side by side. */
    return memcmp(a, b, sizeof(struct bench_place));
}

/* Random lines of all zones: each leads to a module that is there, to a place within it, and to one of its own. */
static void check_decoding(const struct bench *bench, const struct memory *memory, unsigned count)
{
    struct bench_place *places = calloc(count, sizeof(*places));
    uint64_t seed = 7, bytes = covered(memory);

    assert_non_null(places);
    for (unsigned i = 0; i < count; i++) {
        uint64_t at = i < 16   ? i * 64ull
                      : i < 32 ? bytes - (i - 15) * 64ull
                               : random64(&seed) % bytes & ~63ull;
        uint64_t line = at < memory->low_end ? at : at - memory->low_end + MAP_HIGH_RAM_BASE;

        assert_true(bench_decode(bench, line, &places[i]));
        assert_true(places[i].socket < MEMORY_SOCKETS);
        assert_true(places[i].rank < memory->module[places[i].socket].ranks);
        assert_true(places[i].rank_addr < memory->module[places[i].socket].bytes /
                                              memory->module[places[i].socket].ranks);
        /* The same line may come twice. */
        places[i].addr = line;
    }
    qsort(places, count, sizeof(*places), by_place);
    for (unsigned i = 1; i < count; i++) {
        bool is_same = places[i].socket == places[i - 1].socket &&
                       places[i].rank == places[i - 1].rank &&
                       places[i].rank_addr == places[i - 1].rank_addr;

        assert_int_equal(is_same, places[i].addr == places[i - 1].addr);
    }
    free(places);
}

/* Registers count in 64 MiB. */
static uint64_t whole_units(uint64_t addr)
{
    return (addr + 64 * MIB - 1) & ~(64 * MIB - 1);
}

static void check_edges(const struct bench *bench, const struct memory *memory)
{
    struct bench_place place;

    assert_true(bench_decode(bench, 0, &place));
    assert_true(bench_decode(bench, memory->low_end - 64, &place));
    assert_false(bench_decode(bench, whole_units(memory->low_end), &place));
    assert_false(bench_decode(bench, MAP_HIGH_RAM_BASE - 64, &place));
    assert_false(bench_decode(bench, whole_units(memory->high_end), &place));
    assert_false(bench_decode(bench, 1ull << 39, &place));
    assert_int_equal(bench_decode(bench, MAP_HIGH_RAM_BASE, &place),
                     memory->high_end > MAP_HIGH_RAM_BASE);
}

static void every_set_of_modules_is_used_completely(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    for (size_t i = 0; i < SETS; i++) {
        struct memory memory;

        plug(&memory, sets[i]);
        memory.is_closed_page = i % 3 == 0;
        assert_null(memory_plan(&memory, 0));
        assert_true(covered(&memory) == capacity(&memory));
        memory_program(&memory, &bench->pci);
        check_decoding(bench, &memory, LINES_EACH);
        check_edges(bench, &memory);
    }
    bench_destroy(bench);
}

static void any_modules_go_together(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    for (unsigned n = 1; n < SIZES * SIZES * SIZES * SIZES; n++) {
        struct memory memory;
        uint16_t units[MEMORY_SOCKETS];

        for (unsigned i = 0, rest = n; i < MEMORY_SOCKETS; i++, rest /= SIZES) {
            units[i] = (uint16_t)(1u << rest % SIZES >> 1);
        }
        plug(&memory, units);
        assert_null(memory_plan(&memory, 0));
        assert_true(memory.zone_count <= 5 && covered(&memory) == capacity(&memory));
        memory_program(&memory, &bench->pci);
        check_decoding(bench, &memory, LINES_FEW);
        check_edges(bench, &memory);
    }
    bench_destroy(bench);
}

static void the_limit_is_kept_to_the_mebibyte(void **state)
{
    static const uint64_t limits[] = {4 * MIB,     16 * MIB, 65 * MIB,           512 * MIB - MIB,
                                      GIB,         2 * GIB,  2 * GIB + MIB,      3 * GIB,
                                      5 * GIB / 2, 7 * GIB,  100 * GIB + 3 * MIB};
    struct bench *bench = bench_create();

    (void)state;
    for (size_t i = 0; i < SETS; i++) {
        for (size_t j = 0; j < sizeof(limits) / sizeof(limits[0]); j++) {
            struct memory memory;
            uint64_t all;

            plug(&memory, sets[i]);
            all = capacity(&memory);
            assert_null(memory_plan(&memory, limits[j]));
            assert_true(covered(&memory) == (limits[j] < all ? limits[j] : all));
            memory_program(&memory, &bench->pci);
            check_edges(bench, &memory);
        }
    }
    bench_destroy(bench);
}

static void check_zones(const struct imc_layout *layout, const struct memory *memory)
{
    assert_int_equal(layout->zone_count, memory->zone_count);
    for (unsigned zone = 0; zone < memory->zone_count; zone++) {
        assert_true(layout->zones[zone].base == memory->zone[zone].base);
        assert_true(layout->zones[zone].end == whole_units(memory->zone[zone].end));
    }
}

/* The emulator's memory controllers: as many zones as the firmware means, and every line where the test's decoder has it. */
static void the_memory_controllers_agree(void **state)
{
    static const uint64_t limits[] = {0, 16 * MIB, 700 * MIB, 2 * GIB, 3 * GIB + MIB};
    struct bench *bench = bench_create();
    static struct imc_layout layout;
    static struct imc_registers registers;

    (void)state;
    for (size_t i = 0; i < 5 * SETS; i++) {
        struct memory memory;
        uint64_t seed = i;

        plug(&memory, sets[i / 5]);
        memory.is_closed_page = i % 2 != 0;
        assert_null(memory_plan(&memory, limits[i % 5]));
        memory_program(&memory, &bench->pci);
        bench_registers(bench, &registers);
        imc_layout_build(&layout, &registers);
        check_zones(&layout, &memory);
        for (unsigned n = 0; memory.zone_count > 0 && n < 500; n++) {
            const struct memory_zone *zone = &memory.zone[n % memory.zone_count];
            uint64_t addr = zone->base + random64(&seed) % (zone->end - zone->base) / 64 * 64;
            struct dram_address at;
            struct bench_place place;
            uint64_t back;

            assert_true(imc_layout_decode(&layout, addr, &at));
            assert_true(bench_decode(bench, addr, &place));
            assert_int_equal(dram_socket(&at), place.socket);
            assert_int_equal(at.rank, place.rank);
            assert_true(imc_layout_encode(&layout, &at, &back));
            assert_true(back == addr);
        }
    }
    bench_destroy(bench);
}

static void check_worked_set(struct bench *bench, uint64_t each, const uint32_t *expected)
{
    const uint16_t units = (uint16_t)(each / (512 * MIB));
    const uint16_t set[MEMORY_SOCKETS] = {units, units, units, units};
    const uint16_t sad = PCI_BDF(3, 0x1d, 0);
    struct memory memory;

    plug(&memory, set);
    assert_null(memory_plan(&memory, 0));
    memory_program(&memory, &bench->pci);
    for (unsigned i = 0; i < 3; i++) {
        static const uint8_t buses[] = {3, 5, 0xf0};
        uint16_t limits = PCI_BDF(buses[i], 5, 0);

        assert_int_equal(bench_read(bench, limits, 0xd0), 0x80000000);
        assert_int_equal(bench_read(bench, limits, 0xd4), 0x80000000);
        assert_int_equal(bench_read(bench, limits, 0xd8), expected[0]);
    }
    assert_int_equal(bench_read(bench, sad, 0x60), 0x00000f81);
    assert_int_equal(bench_read(bench, sad, 0x68), 0x00001f80);
    assert_int_equal(bench_read(bench, sad, 0x70), expected[1]);
    assert_int_equal(bench_read(bench, sad, 0x64), 0xba98ba98);
    assert_int_equal(bench_read(bench, sad, 0x74), 0xba98ba98);
    for (unsigned i = 3; i < 24; i++) {
        assert_int_equal(bench_read(bench, sad, 0x60 + 8 * i), 0);
    }
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(bench_read(bench, PCI_BDF(3, 0x0e + i / 8, i % 8), 0xb4), 0x01100240);
    }
    for (unsigned imc = 0; imc < 2; imc++) {
        uint16_t first = PCI_BDF(5, 0x0a + 2 * imc, 0), second = PCI_BDF(5, 0x0a + 2 * imc, 4);
        uint16_t third = PCI_BDF(5, 0x0b + 2 * imc, 0);

        assert_int_equal(bench_read(bench, first, 0x850), 0);
        assert_int_equal(bench_read(bench, first, 0x854), 0x00040000);
        assert_int_equal(bench_read(bench, first, 0x880), 0x0001f500);
        assert_int_equal(bench_read(bench, first, 0x884), expected[2]);
        assert_int_equal(bench_read(bench, first, 0x87c), 0x4);
        for (unsigned channel = 0; channel < 2; channel++) {
            uint16_t function = channel == 0 ? first : second;

            assert_int_equal(bench_read(bench, function, 0x80), expected[3]);
            assert_int_equal(bench_read(bench, function, 0x84), 0);
            assert_int_equal(bench_read(bench, function, 0x8c), 0);
            assert_int_equal(bench_read(bench, function, 0x90), 0);
            assert_int_equal(bench_read(bench, function, 0x94), 0x200);
            assert_int_equal(bench_read(bench, function, 0x108), expected[4]);
            assert_int_equal(bench_read(bench, function, 0x120), 0);
            assert_int_equal(bench_read(bench, function, 0x130), expected[5]);
            assert_int_equal(bench_read(bench, function, 0x400), 0);
        }
        assert_int_equal(bench_read(bench, third, 0x80), 0);
        assert_int_equal(bench_read(bench, third, 0x108), 0);
    }
}

static void the_worked_register_sets_come_out(void **state)
{
    static const uint32_t gib32[] = {0x8, 0x00010f81, 0x0021f500, 0x8110, 0x8000001e, 0};
    static const uint32_t gib128[] = {0x20, 0x00040f81, 0x0081f500, 0x9014, 0x9000007e, 0x00010000};
    struct bench *bench = bench_create();

    (void)state;
    check_worked_set(bench, 8 * GIB, gib32);
    check_worked_set(bench, 32 * GIB, gib128);
    bench_destroy(bench);
}

static void what_was_there_before_does_not_matter(void **state)
{
    struct bench *bench = bench_create(), *fresh = bench_create();
    struct memory memory;

    (void)state;
    plug(&memory, sets[SETS - 2]);
    assert_null(memory_plan(&memory, 0));
    memory_program(&memory, &bench->pci);
    plug(&memory, sets[4]);
    assert_null(memory_plan(&memory, 0));
    memory_program(&memory, &bench->pci);
    memory_program(&memory, &fresh->pci);
    assert_memory_equal(bench->config, fresh->config, BENCH_CONFIG_BYTES);
    bench_destroy(bench);
    bench_destroy(fresh);
}

static void no_address_ever_leads_astray(void **state)
{
    struct bench *bench = bench_create();
    struct memory memory;

    (void)state;
    plug(&memory, sets[20]);
    assert_null(memory_plan(&memory, 0));
    bench->checks_order = true;
    memory_program(&memory, &bench->pci);
    memory_program(&memory, &bench->pci);
    bench_destroy(bench);
}

static void without_ecc_it_is_off(void **state)
{
    struct bench *bench = bench_create();
    struct memory memory;

    (void)state;
    plug(&memory, sets[0]);
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        memory.module[i].has_ecc = false;
    }
    assert_null(memory_plan(&memory, 0));
    memory_program(&memory, &bench->pci);
    assert_int_equal(bench_read(bench, PCI_BDF(5, 0x0a, 0), 0x87c), 0);
    assert_int_equal(bench_read(bench, PCI_BDF(5, 0x0c, 0), 0x87c), 0);
    memory.module[2].has_ecc = true;
    assert_string_equal(memory_plan(&memory, 0), "memory modules with and without ECC are mixed");
    bench_destroy(bench);
}

static void impossible_memory_is_refused(void **state)
{
    static const uint16_t none[MEMORY_SOCKETS] = {0};
    struct memory memory;

    (void)state;
    plug(&memory, none);
    assert_string_equal(memory_plan(&memory, 0), "there is no memory module");
    memory.module[1] = bench_module(256 * MIB);
    assert_non_null(memory_plan(&memory, 0));
    memory.module[1] = bench_module(128 * GIB);
    assert_non_null(memory_plan(&memory, 0));
    plug(&memory, sets[0]);
    assert_string_equal(memory_plan(&memory, MIB), "there is too little memory");
}

static void memory_without_modules_has_limits_only(void **state)
{
    struct bench *bench = bench_create();
    struct memory memory = {0};

    (void)state;
    assert_null(memory_plan_flat(&memory, 5 * GIB));
    assert_int_equal(memory.zone_count, 2);
    assert_true(memory.low_end == 2 * GIB && memory.high_end == 7 * GIB);
    memory_program(&memory, &bench->pci);
    assert_int_equal(bench_read(bench, PCI_BDF(3, 5, 0), 0xd0), 0x80000000);
    assert_int_equal(bench_read(bench, PCI_BDF(0xf0, 5, 0), 0xd8), 1);
    assert_int_equal(bench_read(bench, PCI_BDF(3, 0x1d, 0), 0x60), 0);
    assert_null(memory_plan_flat(&memory, 64 * MIB));
    assert_true(memory.low_end == 64 * MIB && memory.high_end == 4 * GIB);
    assert_non_null(memory_plan_flat(&memory, MIB));
    assert_non_null(memory_plan_flat(&memory, 1024 * GIB));
    bench_destroy(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_of_modules_is_used_completely),
        cmocka_unit_test(any_modules_go_together),
        cmocka_unit_test(the_limit_is_kept_to_the_mebibyte),
        cmocka_unit_test(the_memory_controllers_agree),
        cmocka_unit_test(the_worked_register_sets_come_out),
        cmocka_unit_test(what_was_there_before_does_not_matter),
        cmocka_unit_test(no_address_ever_leads_astray),
        cmocka_unit_test(without_ecc_it_is_off),
        cmocka_unit_test(impossible_memory_is_refused),
        cmocka_unit_test(memory_without_modules_has_limits_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
