/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of actions: order, ownership, bound. */
#include "emu/app/action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "emu/base/bits.h"

static void add(struct action_list *list, vtime when, enum action_kind kind)
{
    char path[] = "a.png";
    const struct action action = {
        .when = when, .kind = kind, .path = kind == ACTION_SCREENSHOT ? path : NULL};
    struct error err = ERROR_INIT;

    assert_int_equal(action_list_add(list, &action, &err), 0);
    path[0] = 'b'; /* the list has a copy */
}

static void sorted_between_waits_and_as_added_where_times_are_equal(void **state)
{
    static const struct {
        vtime when;
        enum action_kind kind;
    } sorted[] = {
        {1, ACTION_RESET},         {5, ACTION_POWER_KEY}, {5, ACTION_SCREENSHOT},
        {9, ACTION_WAIT_KEYBOARD}, {0, ACTION_RESET},     {2, ACTION_SCREENSHOT},
    };
    struct action_list list = ACTION_LIST_INIT;

    (void)state;
    add(&list, 5, ACTION_POWER_KEY);
    add(&list, 5, ACTION_SCREENSHOT);
    add(&list, 1, ACTION_RESET);
    add(&list, 9, ACTION_WAIT_KEYBOARD);
    add(&list, 2, ACTION_SCREENSHOT);
    add(&list, 0, ACTION_RESET);
    action_list_sort(&list);
    assert_int_equal(list.count, ARRAY_LEN(sorted));
    for (size_t i = 0; i < list.count; i++) {
        assert_int_equal(list.items[i].when, sorted[i].when);
        assert_int_equal(list.items[i].kind, sorted[i].kind);
    }
    assert_string_equal(list.items[2].path, "a.png");
    action_list_release(&list);
    assert_int_equal(list.count, 0);
    assert_null(list.items);
}

static void an_empty_list_is_sorted_and_released(void **state)
{
    struct action_list list = ACTION_LIST_INIT;

    (void)state;
    action_list_sort(&list);
    action_list_release(&list);
    action_list_release(&list);
}

static void a_full_list_takes_no_more(void **state)
{
    struct action_list list = ACTION_LIST_INIT;
    const struct action action = {.kind = ACTION_RESET};
    struct error err = ERROR_INIT;

    (void)state;
    for (unsigned i = 0; i < ACTIONS_MAX; i++) {
        add(&list, ACTIONS_MAX - i, ACTION_RESET);
    }
    assert_int_equal(action_list_add(&list, &action, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(list.count, ACTIONS_MAX);
    action_list_sort(&list);
    assert_int_equal(list.items[0].when, 1);
    action_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_between_waits_and_as_added_where_times_are_equal),
        cmocka_unit_test(an_empty_list_is_sorted_and_released),
        cmocka_unit_test(a_full_list_takes_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
