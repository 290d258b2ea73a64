/* SPDX-License-Identifier: GPL-2.0-only */
/* The option parser on a table of its own, and the help page that it makes. */
#define _GNU_SOURCE

#include "emu/app/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARGUMENTS_MAX 8

static const struct option_spec specs[] = {
    {"kernel", "FILE", "a file"},
    {"memory", "SIZE", "first line\nsecond line"},
    {"module", "FILE", "a module"},
    {"headless", NULL, "no window"},
    {.name = NULL},
};

static const struct command command = {
    .name = "test",
    .arguments = "[OPTIONS]",
    .summary = "Test the parser",
    .details = "One.\nTwo.",
    .options = specs,
};

/* Arguments as main() gets them: writable, NULL at the end. */
struct arguments {
    int argc;
    char *argv[ARGUMENTS_MAX + 1];
    struct option_reader reader;
};

static void give(struct arguments *arguments, const char *a, const char *b, const char *c)
{
    const char *const words[] = {"test", a, b, c};

    *arguments = (struct arguments){.argc = 0};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && words[i]; i++) {
        arguments->argv[arguments->argc++] = strdup(words[i]);
    }
    option_reader_init(&arguments->reader, &command, arguments->argc, arguments->argv);
}

static void take_back(struct arguments *arguments)
{
    for (int i = 0; i < arguments->argc; i++) {
        free(arguments->argv[i]);
    }
}

static void values(void **state)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    const char *value;

    (void)state;
    give(&arguments, "--kernel=a b", "--headless", "--mem=4G");
    assert_int_equal(option_next(&arguments.reader, &value, &err), 0);
    assert_string_equal(value, "a b");
    assert_int_equal(option_next(&arguments.reader, &value, &err), 3);
    assert_null(value);
    assert_int_equal(option_next(&arguments.reader, &value, &err), 1);
    assert_string_equal(value, "4G");
    assert_int_equal(option_next(&arguments.reader, &value, &err), OPTIONS_END);
    assert_null(option_argument(&arguments.reader));
    take_back(&arguments);
}

static void other_arguments_may_stand_anywhere(void **state)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    const char *value;

    (void)state;
    give(&arguments, "show", "--kernel", "k");
    assert_int_equal(option_next(&arguments.reader, &value, &err), 0);
    assert_string_equal(value, "k");
    assert_int_equal(option_next(&arguments.reader, &value, &err), OPTIONS_END);
    assert_string_equal(option_argument(&arguments.reader), "show");
    assert_null(option_argument(&arguments.reader));
    take_back(&arguments);

    give(&arguments, "--", "--kernel", NULL);
    assert_int_equal(option_next(&arguments.reader, &value, &err), OPTIONS_END);
    assert_string_equal(option_argument(&arguments.reader), "--kernel");
    take_back(&arguments);
}

static void help(void **state)
{
    static const char *const names[] = {"--help", "-h"};
    struct error err = ERROR_INIT;
    const char *value;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct arguments arguments;

        give(&arguments, names[i], NULL, NULL);
        assert_int_equal(option_next(&arguments.reader, &value, &err), OPTIONS_HELP);
        take_back(&arguments);
    }
}

static void mistakes(void **state)
{
    static const struct {
        const char *arguments[3];
        const char *sentence;
    } cases[] = {
        {{"--kernal"}, "unknown option --kernal: did you mean --kernel?"},
        {{"--kernal=x"}, "unknown option --kernal: did you mean --kernel?"},
        {{"--headles"}, NULL},
        {{"--haedless"}, "unknown option --haedless: did you mean --headless?"},
        {{"--zzzzzz"}, "unknown option --zzzzzz (see spacegray test --help)"},
        {{"--zz"}, "unknown option --zz (see spacegray test --help)"},
        {{"--m=1"}, "option --m is ambiguous: --memory, --module"},
        {{"--h"}, "option --h is ambiguous: --headless, --help"},
        {{"--kernel"}, "option --kernel needs a value"},
        {{"a", "--memory"}, "option --memory needs a value"},
        {{"--headless=no"}, "option --headless takes no value"},
        {{"--help=x"}, "option --help takes no value"},
        {{"-k"}, "unknown option -k (see spacegray test --help)"},
        {{"-Zh"}, "unknown option -Z (see spacegray test --help)"},
        {{"--01234567890123456789012345678901234567890123456789012345678901234567890123456789"},
         "unknown option --012345678901234567890123456789012345678901234567890123456789012 (see "
         "spacegray test "
         "--help)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arguments arguments;
        struct error err = ERROR_INIT;
        const char *value;

        give(&arguments, cases[i].arguments[0], cases[i].arguments[1], cases[i].arguments[2]);
        int found = option_next(&arguments.reader, &value, &err);
        if (cases[i].sentence) {
            assert_int_equal(found, OPTIONS_ERROR);
            assert_string_equal(err.text, cases[i].sentence);
            assert_int_equal(err.kind, ERROR_USAGE);
        } else {
            assert_true(found >= 0); /* an abbreviation */
        }
        take_back(&arguments);
    }
}

static void help_page(void **state)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);

    (void)state;
    assert_non_null(file);
    option_print_help(&command, file);
    (void)fclose(file);
    assert_string_equal(text, "usage: spacegray test [OPTIONS]\n"
                              "\n"
                              "Test the parser.\n"
                              "\n"
                              "One.\n"
                              "Two.\n"
                              "\n"
                              "options:\n"
                              "  --kernel FILE           a file\n"
                              "  --memory SIZE           first line\n"
                              "                          second line\n"
                              "  --module FILE           a module\n"
                              "  --headless              no window\n"
                              "  --help                  show this help\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),    cmocka_unit_test(other_arguments_may_stand_anywhere),
        cmocka_unit_test(help),      cmocka_unit_test(mistakes),
        cmocka_unit_test(help_page),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
