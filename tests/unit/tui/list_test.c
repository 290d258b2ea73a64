/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists: whatever is done to one, the selected line exists and is seen, and no rows are wasted. */
#include "emu/debug/tui/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(const struct list *list)
{
    assert_true(list->selected < list->count || list->selected == 0);
    assert_true(list->top <= list->selected);
    if (list->rows > 0) {
        assert_true(list->selected - list->top < list->rows);
        assert_true(list->top == 0 || list->top + list->rows <= list->count);
    }
}

static void moves(void **state)
{
    struct list list = {0};

    (void)state;
    list_fit(&list, 100, 10);
    list_move(&list, 9);
    assert_int_equal(list.top, 0);
    list_move(&list, 1);
    assert_int_equal(list.top, 1);
    assert_int_equal(list.selected, 10);
    list_move(&list, -10);
    assert_int_equal(list.top, 0);
    list_move(&list, -10);
    assert_int_equal(list.selected, 0);
    list_move(&list, INT64_MAX);
    assert_int_equal(list.selected, 99);
    assert_int_equal(list.top, 90);
    list_move(&list, INT64_MIN + 1);
    assert_int_equal(list.selected, 0);
}

static void wheel(void **state)
{
    struct list list = {0};

    (void)state;
    list_fit(&list, 100, 10);
    list_scroll(&list, 3);
    assert_int_equal(list.top, 3);
    assert_int_equal(list.selected, 3);
    list_scroll(&list, -1);
    assert_int_equal(list.top, 2);
    assert_int_equal(list.selected, 3);
    list_scroll(&list, 1000);
    assert_int_equal(list.top, 90);
    list_scroll(&list, -1000);
    assert_int_equal(list.selected, 9);
}

static void centred(void **state)
{
    struct list list = {0};

    (void)state;
    list_fit(&list, 100, 10);
    list_center(&list, 50);
    assert_int_equal(list.top, 45);
    list_center(&list, 2);
    assert_int_equal(list.top, 0);
    list_center(&list, 99);
    assert_int_equal(list.top, 90);
    list_center(&list, 1000);
    assert_int_equal(list.selected, 99);
}

static void picked(void **state)
{
    struct list list = {0};

    (void)state;
    list_fit(&list, 5, 10);
    assert_true(list_pick(&list, 4));
    assert_int_equal(list.selected, 4);
    assert_false(list_pick(&list, 5));
    assert_false(list_pick(&list, -1));
    assert_int_equal(list.selected, 4);
}

static void any_order(void **state)
{
    struct list list = {0};
    uint32_t chance = 1;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t value;

        chance = chance * 1664525u + 1013904223u;
        value = (int64_t)(chance >> 8 & 0x1ff) - 256;
        switch (chance >> 28) {
        case 0: list_fit(&list, (uint64_t)(value < 0 ? 0 : value), (int)(chance >> 18 & 31)); break;
        case 1: list_select(&list, (uint64_t)value); break;
        case 2: list_center(&list, (uint64_t)(value < 0 ? 0 : value)); break;
        case 3: list_scroll(&list, value); break;
        case 4: (void)list_pick(&list, (int)value % (int)(list.rows > 0 ? list.rows : 1)); break;
        default: list_move(&list, value); break;
        }
        check(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves),  cmocka_unit_test(wheel),     cmocka_unit_test(centred),
        cmocka_unit_test(picked), cmocka_unit_test(any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
