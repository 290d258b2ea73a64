/* SPDX-License-Identifier: GPL-2.0-only */
/* How far words are from each other. */
#include "emu/base/suggest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void distances(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("kernel", "kernel"), 0);
    assert_int_equal(suggest_distance("kernal", "kernel"), 1);
    assert_int_equal(suggest_distance("kenrel", "kernel"), 1);
    assert_int_equal(suggest_distance("krnel", "kernel"), 1);
    assert_int_equal(suggest_distance("kernell", "kernel"), 1);
    assert_int_equal(suggest_distance("", "kernel"), 6);
    assert_int_equal(suggest_distance("abc", "xyz"), 3);
    assert_int_equal(suggest_distance("headles", "headless"), 1);
}

static void long_words_are_compared_in_part(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"),
                     0);
}

static void limits(void **state)
{
    (void)state;
    assert_int_equal(suggest_limit("rn"), 0);
    assert_int_equal(suggest_limit("rnu"), 1);
    assert_int_equal(suggest_limit("kernal"), 2);
    assert_int_equal(suggest_limit("debugconsole"), 4);
}

static void nearest_word(void **state)
{
    struct suggestion meant;

    (void)state;
    suggest_begin(&meant, "crate");
    suggest_try(&meant, "snapshot"); /* too far */
    assert_null(meant.word);
    suggest_try(&meant, "rat"); /* two letters off */
    assert_string_equal(meant.word, "rat");
    suggest_try(&meant, "create");
    suggest_try(&meant, "grate"); /* as near: the first stays */
    suggest_try(&meant, "rat");
    assert_string_equal(meant.word, "create");
}

static void short_words_mean_nothing_else(void **state)
{
    struct suggestion meant;

    (void)state;
    suggest_begin(&meant, "rn");
    suggest_try(&meant, "run");
    assert_null(meant.word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(long_words_are_compared_in_part),
        cmocka_unit_test(limits),
        cmocka_unit_test(nearest_word),
        cmocka_unit_test(short_words_mean_nothing_else),
    };

    return cmocka_run_group_tests_name("suggestions", tests, NULL, NULL);
}
