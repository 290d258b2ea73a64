/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map: single changes, the machine's whole map, and random changes against a plain model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/machine/map.h"
#include "firmware/core/layout.h"
#include "firmware/core/memmap.h"

#define GIB         0x40000000ull
#define MODEL_CELLS 64u

static void is_well_formed(const struct mem_map *map)
{
    assert_true(map->count <= MEMMAP_RANGES_MAX);
    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_range *range = &map->range[i];

        assert_true(range->base < range->end);
        if (i > 0) {
            assert_true(range[-1].end <= range->base);
            assert_false(range[-1].end == range->base && range[-1].type == range->type);
        }
    }
}

static void later_types_win(void **state)
{
    struct mem_map map = {0};

    (void)state;
    assert_true(memmap_set(&map, 0, 100, MEM_USABLE));
    assert_true(memmap_set(&map, 40, 60, MEM_RESERVED));
    assert_int_equal(map.count, 3);
    assert_int_equal(map.range[1].base, 40);
    assert_int_equal(map.range[1].end, 60);
    assert_true(memmap_set(&map, 40, 60, MEM_USABLE));
    assert_int_equal(map.count, 1);
    assert_int_equal(map.range[0].end, 100);
}

static void empty_ranges_change_nothing(void **state)
{
    struct mem_map map = {0};

    (void)state;
    assert_true(memmap_set(&map, 5, 5, MEM_USABLE));
    assert_true(memmap_remove(&map, 9, 3));
    assert_int_equal(map.count, 0);
    assert_false(memmap_is_usable(&map, 5, 5));
}

static void a_full_map_stays_as_it_was(void **state)
{
    struct mem_map map = {0};

    (void)state;
    for (uint64_t i = 0; i < MEMMAP_RANGES_MAX; i++) {
        assert_true(memmap_set(&map, i * 10, i * 10 + 5, MEM_USABLE));
    }
    assert_false(memmap_set(&map, 10000, 10001, MEM_USABLE));
    assert_false(memmap_remove(&map, 2, 3));
    assert_int_equal(map.count, MEMMAP_RANGES_MAX);
    assert_int_equal(memmap_usable_bytes(&map), MEMMAP_RANGES_MAX * 5);
    is_well_formed(&map);
}

static void finds_the_highest_and_the_lowest_place(void **state)
{
    struct mem_map map = {0};

    (void)state;
    memmap_set(&map, 0x1000, 0x9000, MEM_USABLE);
    memmap_set(&map, 0x10000, 0x20000, MEM_USABLE);
    memmap_set(&map, 0x18000, 0x19000, MEM_RESERVED);
    assert_int_equal(memmap_find_high(&map, 0x1000, 0x1000, 0, UINT64_MAX), 0x1f000);
    assert_int_equal(memmap_find_high(&map, 0x7800, 0x1000, 0, UINT64_MAX), 0x10000);
    assert_int_equal(memmap_find_high(&map, 0x1000, 0x1000, 0, 0x18800), 0x17000);
    assert_int_equal(memmap_find_high(&map, 0x8001, 1, 0, UINT64_MAX), 0);
    assert_int_equal(memmap_find_low(&map, 0x1000, 0x4000, 0, UINT64_MAX), 0x4000);
    assert_int_equal(memmap_find_low(&map, 0x7000, 0x1000, 0x9000, UINT64_MAX), 0x10000);
    assert_int_equal(memmap_find_low(&map, 0x7000, 0x1000, 0x11001, UINT64_MAX), 0x19000);
}

static void address_zero_is_not_given_out(void **state)
{
    struct mem_map map = {0};

    (void)state;
    memmap_set(&map, 0, 0x1000, MEM_USABLE);
    assert_int_equal(memmap_find_low(&map, 0x1000, 0x1000, 0, UINT64_MAX), 0);
    assert_int_equal(memmap_find_high(&map, 0x1000, 0x1000, 0, UINT64_MAX), 0);
}

/* The same changes on an array of cells. */
static void random_changes_agree_with_a_model(void **state)
{
    uint32_t seed = 12345;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        struct mem_map map = {0};
        unsigned cells[MODEL_CELLS] = {0};

        for (unsigned step = 0; step < 12; step++) {
            unsigned base, end, type;

            seed = seed * 1664525u + 1013904223u;
            base = (seed >> 8) % MODEL_CELLS;
            end = base + (seed >> 16) % (MODEL_CELLS - base + 1);
            type = seed >> 28 & 3;
            assert_true(type == 0 ? memmap_remove(&map, base, end)
                                  : memmap_set(&map, base, end, (enum mem_type)type));
            for (unsigned i = base; i < end; i++) {
                cells[i] = type;
            }
            is_well_formed(&map);
        }
        for (unsigned i = 0; i < map.count; i++) {
            for (uint64_t cell = map.range[i].base; cell < map.range[i].end; cell++) {
                assert_int_equal(cells[cell], map.range[i].type);
                cells[cell] = 0;
            }
        }
        for (unsigned i = 0; i < MODEL_CELLS; i++) {
            assert_int_equal(cells[i], 0);
        }
    }
}

static enum mem_type type_at(const struct mem_map *map, uint64_t addr)
{
    for (unsigned i = 0; i < map->count; i++) {
        if (addr >= map->range[i].base && addr < map->range[i].end) {
            return map->range[i].type;
        }
    }
    return (enum mem_type)0;
}

static void the_machine_has_the_documented_map(void **state)
{
    struct memory_layout layout;

    (void)state;
    assert_true(memory_layout_build(&layout, 2 * GIB, 34 * GIB, 0x7654321));
    is_well_formed(&layout.map);
    assert_int_equal(type_at(&layout.map, 0), MEM_USABLE);
    assert_int_equal(type_at(&layout.map, 0x9fc00), MEM_RESERVED);
    assert_int_equal(type_at(&layout.map, MAP_VGA_HOLE_BASE), 0);
    assert_int_equal(type_at(&layout.map, 0xc0000), 0);
    assert_int_equal(type_at(&layout.map, MAP_BIOS_BASE), MEM_RESERVED);
    assert_int_equal(type_at(&layout.map, 0x100000), MEM_USABLE);
    assert_int_equal(type_at(&layout.map, layout.acpi_base), MEM_ACPI);
    assert_int_equal(type_at(&layout.map, layout.nvs_base), MEM_NVS);
    assert_int_equal(type_at(&layout.map, 2 * GIB - 1), MEM_NVS);
    assert_int_equal(type_at(&layout.map, MAP_ECAM_BASE), MEM_RESERVED);
    assert_int_equal(type_at(&layout.map, MAP_MMIO32_BASE), 0);
    assert_int_equal(type_at(&layout.map, MAP_LAPIC_BASE), MEM_RESERVED);
    assert_int_equal(type_at(&layout.map, 4 * GIB - 1), MEM_RESERVED);
    assert_int_equal(type_at(&layout.map, 4 * GIB), MEM_USABLE);
    assert_int_equal(type_at(&layout.map, 34 * GIB), 0);
    assert_int_equal(type_at(&layout.map, MAP_BOOT_WINDOW_BASE + 0x7654fff), MEM_RESERVED);
    assert_int_equal(type_at(&layout.map, MAP_BOOT_WINDOW_BASE + 0x7655000), 0);
}

static void no_memory_above_4_gib_and_no_window(void **state)
{
    struct memory_layout layout;

    (void)state;
    assert_true(memory_layout_build(&layout, 64 << 20, 4 * GIB, 0));
    is_well_formed(&layout.map);
    assert_int_equal(type_at(&layout.map, 4 * GIB), 0);
    assert_int_equal(type_at(&layout.map, MAP_BOOT_WINDOW_BASE), 0);
    assert_int_equal(layout.nvs_base + LAYOUT_NVS_BYTES, 64 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_types_win),
        cmocka_unit_test(empty_ranges_change_nothing),
        cmocka_unit_test(a_full_map_stays_as_it_was),
        cmocka_unit_test(finds_the_highest_and_the_lowest_place),
        cmocka_unit_test(address_zero_is_not_given_out),
        cmocka_unit_test(random_changes_agree_with_a_model),
        cmocka_unit_test(the_machine_has_the_documented_map),
        cmocka_unit_test(no_memory_above_4_gib_and_no_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
