/* SPDX-License-Identifier: GPL-2.0-only */
/* Short options and what becomes of them. */
#define _GNU_SOURCE /* memccpy */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/short_options.h"

static const struct short_option options[] = {
    {'n', "number", true},
    {'c', "count", false},
    {'v', "invert", false},
    {.letter = '\0'},
};

/* Words with a blank between them become words with a blank between them. */
static void assert_becomes(const char *given, const char *expected)
{
    char *argv[SHORT_ARGUMENTS_MAX + 1] = {"command"};
    struct error err = ERROR_INIT;
    struct long_line line;
    char words[256];
    char found[512] = "";
    int argc = 1;

    (void)memccpy(words, given, '\0', sizeof(words));
    for (char *word = words; *word != '\0'; argc++) {
        argv[argc] = word;
        word += strcspn(word, " ");
        if (*word == ' ') *word++ = '\0';
    }
    assert_int_equal(short_options_lengthen(options, argc, argv, &line, &err), 0);
    assert_string_equal(line.arguments[0], "command");
    assert_null(line.arguments[line.count]);
    for (int i = 1; i < line.count; i++) {
        (void)strncat(found, i > 1 ? " " : "", 2);
        (void)strncat(found, line.arguments[i], 200);
    }
    assert_string_equal(found, expected);
}

static void letters_become_names(void **state)
{
    (void)state;
    assert_becomes("-n 5 x", "--number 5 x");
    assert_becomes("-n5 x", "--number=5 x");
    assert_becomes("x -c -v", "x --count --invert");
    assert_becomes("-cv", "--count --invert");
    assert_becomes("-cvn5", "--count --invert --number=5");
    assert_becomes("-cn 5", "--count --number 5");
}

static void the_rest_stays_as_it_is(void **state)
{
    (void)state;
    assert_becomes("", "");
    assert_becomes("- --count --n=-c", "- --count --n=-c");
    assert_becomes("-x -cx", "-x -cx");
    assert_becomes("-c -- -c -n5", "--count -- -c -n5");
}

static void too_many_are_refused(void **state)
{
    char *argv[SHORT_ARGUMENTS_MAX + 2] = {"command"};
    struct error err = ERROR_INIT;
    struct long_line line;

    (void)state;
    for (int i = 1; i < SHORT_ARGUMENTS_MAX; i++) {
        argv[i] = "-c";
    }
    assert_int_equal(short_options_lengthen(options, SHORT_ARGUMENTS_MAX, argv, &line, &err), 0);
    argv[1] = "-cv";
    assert_int_equal(short_options_lengthen(options, SHORT_ARGUMENTS_MAX, argv, &line, &err), -1);
    assert_string_equal(err.text, "command: too many arguments");
    argv[1] = "x";
    argv[SHORT_ARGUMENTS_MAX] = "x";
    assert_int_equal(short_options_lengthen(options, SHORT_ARGUMENTS_MAX + 1, argv, &line, &err),
                     -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_become_names),
        cmocka_unit_test(the_rest_stays_as_it_is),
        cmocka_unit_test(too_many_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
