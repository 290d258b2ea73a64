/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts: at every size each cell between the first and the last row belongs to one slot or line between
 * two, and each pane can be seen. */
#include "emu/debug/tui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS_MAX 240
#define ROWS_MAX    90

static void cover(uint8_t cells[ROWS_MAX][COLUMNS_MAX], struct sheet_area area)
{
    for (int y = area.y; y < area.y + area.height; y++) {
        for (int x = area.x; x < area.x + area.width; x++) {
            cells[y][x]++;
        }
    }
}

/* Cells that no slot has are lines between two: never two side by side. */
static void check(const struct layout *layout, int columns, int rows)
{
    static uint8_t cells[ROWS_MAX][COLUMNS_MAX];

    memset(cells, 0, sizeof(cells));
    for (unsigned i = 0; i < layout->slot_count; i++) {
        const struct layout_slot *slot = &layout->slots[i];

        assert_true(slot->body.x >= 0 && slot->body.x + slot->body.width <= columns);
        assert_true(slot->title.y >= 1 && slot->body.y + slot->body.height <= rows - 1);
        assert_true(slot->body.height >= 2 || layout->is_zoomed);
        cover(cells, slot->title);
        cover(cells, slot->body);
    }
    for (int y = 1; y < rows - 1; y++) {
        for (int x = 0; x < columns; x++) {
            assert_true(cells[y][x] <= 1);
            assert_true(cells[y][x] == 1 || (x > 0 && cells[y][x - 1] == 1));
        }
    }
}

static void every_size(void **state)
{
    struct layout layout;

    (void)state;
    layout_init(&layout);
    for (int columns = 1; columns <= COLUMNS_MAX; columns++) {
        for (int rows = 1; rows <= ROWS_MAX; rows++) {
            layout_place(&layout, columns, rows);
            assert_int_equal(layout.is_too_small,
                             columns < LAYOUT_MIN_COLUMNS || rows < LAYOUT_MIN_ROWS);
            if (!layout.is_too_small) {
                check(&layout, columns, rows);
            }
        }
    }
}

static void every_pane(void **state)
{
    static const int sizes[][2] = {{60, 16}, {80, 24}, {100, 34}, {150, 44}, {240, 90}};
    struct layout layout;

    (void)state;
    layout_init(&layout);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int pane = 0; pane < PANE_COUNT; pane++) {
            layout_raise(&layout, (enum pane_id)pane, true);
            layout_place(&layout, sizes[i][0], sizes[i][1]);
            assert_true(layout_is_seen(&layout, (enum pane_id)pane));
            assert_int_equal(layout.focus, pane);
        }
    }
}

static void small_one(void **state)
{
    struct layout layout;

    (void)state;
    layout_init(&layout);
    layout_place(&layout, 80, 24);
    assert_int_equal(layout.slot_count, 3);
    assert_int_equal(layout.slots[0].body.height, 8);
    assert_int_equal(layout.slots[0].body.width, 80);
    assert_int_equal(layout.slots[1].top, PANE_DEVICE);
    assert_int_equal(layout.slots[2].top, PANE_CODE);
    assert_int_equal(layout.slots[2].body.width, 43);
    layout_next(&layout, false);
    assert_int_equal(layout.focus, PANE_DEVICE);
    layout_next(&layout, true);
    layout_next(&layout, true);
    assert_int_equal(layout.focus, PANE_CODE);
}

static void sizes_changed(void **state)
{
    struct layout layout;
    uint32_t chance = 7;

    (void)state;
    layout_init(&layout);
    layout_place(&layout, 100, 40);
    int height = layout.slots[0].body.height;
    layout_resize(&layout, 2, 0);
    layout_place(&layout, 100, 40);
    assert_true(layout.slots[0].body.height > height);
    layout_reset_sizes(&layout);
    layout_place(&layout, 100, 40);
    assert_int_equal(layout.slots[0].body.height, height);
    for (int i = 0; i < 3000; i++) {
        chance = chance * 1664525u + 1013904223u;
        layout_resize(&layout, (int)(chance >> 16 & 3) - 1, (int)(chance >> 24 & 3) - 2);
        layout_next(&layout, chance >> 30 & 1);
        layout_place(&layout, 60 + (int)(chance >> 10 & 127), 16 + (int)(chance >> 20 & 63));
        check(&layout, 60 + (int)(chance >> 10 & 127), 16 + (int)(chance >> 20 & 63));
    }
}

static void zoomed(void **state)
{
    const struct layout_slot *slot;
    struct layout layout;

    (void)state;
    layout_init(&layout);
    layout.is_zoomed = true;
    layout_raise(&layout, PANE_MEMORY, true);
    layout_place(&layout, 80, 24);
    slot = layout_slot(&layout, PANE_MEMORY);
    assert_int_equal(slot->body.width, 80);
    assert_int_equal(slot->body.height, 21);
    assert_false(layout_is_seen(&layout, PANE_EVENTS));
    layout_next(&layout, false);
    layout_place(&layout, 80, 24);
    assert_true(layout_is_seen(&layout, layout.focus));
}

static void hit(void **state)
{
    struct layout layout;
    enum pane_id pane;
    bool is_title;

    (void)state;
    layout_init(&layout);
    layout_place(&layout, 80, 24);
    assert_false(layout_hit(&layout, 5, 0, &pane, &is_title));
    assert_true(layout_hit(&layout, 5, 1, &pane, &is_title));
    assert_true(is_title && pane == PANE_EVENTS);
    assert_true(layout_hit(&layout, 79, 22, &pane, &is_title));
    assert_true(!is_title && pane == PANE_CODE);
    assert_false(layout_hit(&layout, 5, 23, &pane, &is_title));
    assert_false(layout_hit(&layout, 36, 15, &pane, &is_title)); /* the line between two */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size),    cmocka_unit_test(every_pane), cmocka_unit_test(small_one),
        cmocka_unit_test(sizes_changed), cmocka_unit_test(zoomed),     cmocka_unit_test(hit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
