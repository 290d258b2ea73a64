/* SPDX-License-Identifier: GPL-2.0-only */
/* How large a regular expression is before the C library writes it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/suite/suite_regex.h"
#include "emu/base/bits.h"

#define DEEP "(((((((((((((((((((((((((((((((("

static void sizes(void **state)
{
    static const struct {
        const char *text;
        size_t size;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"a\\.b", 3},
        {"[a-z]", 1},
        {"[]a]x", 2},
        {"[^]a]x", 2},
        {"[[:alpha:]]x", 2},
        {"[[:]x", 2},
        {"[a", 1},
        {"a{3}", 3},
        {"a{3,}", 4},
        {"a{3,5}b", 6},
        {"a{,5}", 5},
        {"a{0}", 1},
        {"(ab){3}", 12},
        {"((a{2}){2}){2}", 20},
        {"a{2}{3}", 6},
        {"(a|b)*c", 7},
        {"a+", 3},
        {"a*{2}", 4},
        {"a++++++++", 511},
        {"a+++++++++", SUITE_REGEX_MAX + 1}, /* found by suite_fuzz */
        {"(a*?*?*?*?){20}", 220},
        {"a)b", 3},
        {"(a", 3},
        {DEEP "a", 65},
        {"(" DEEP "a", SUITE_REGEX_MAX + 1},
        {"(a)\\1", SUITE_REGEX_MAX + 1},
        {"a\\0", 2},
        {"a\\", 2},
        {"((a{99}){99}){99}", SUITE_REGEX_MAX + 1},
        {"a{99999999999999999999999}", SUITE_REGEX_MAX + 1},
        {"a{512}", 512},
        {"a{513}", SUITE_REGEX_MAX + 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (suite_regex_size(cases[i].text) != cases[i].size)
            fail_msg("%s: %zu", cases[i].text, suite_regex_size(cases[i].text));
    }
}

static void lines(void **state)
{
    size_t room = SUITE_REGEX_ROOM;
    struct error err = ERROR_INIT;
    regex_t regex;

    (void)state;
    assert_int_equal(suite_regex_compile("^b.$", &room, &regex, &err), 0);
    assert_int_equal(regexec(&regex, "aa\nbb\ncc", 0, NULL, 0), 0);
    assert_int_equal(regexec(&regex, "aa\nb\ncc", 0, NULL, 0), REG_NOMATCH);
    regfree(&regex);
    assert_true(room < SUITE_REGEX_ROOM);
}

static void together(void **state)
{
    size_t room = SUITE_REGEX_ROOM;
    struct error err = ERROR_INIT;
    unsigned count = 0;
    regex_t regex;

    (void)state;
    while (suite_regex_compile("a{512}", &room, &regex, &err) == 0) {
        regfree(&regex);
        count++;
    }
    assert_int_equal(count, 14);
    assert_string_equal(err.text, "the regular expressions of this file are too large together: "
                                  "use more than one file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(lines),
        cmocka_unit_test(together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
