/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests of suites: files as texts, called dir/s.yaml. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/suite/suite.h"

#define ONE              "tests:\n  - name: one\n    steps:\n"
#define WAIT             "      - wait: 1ms\n"
#define TEST(name, more) "  - name: " name "\n" more "    steps: [{wait: 1ms}]\n"

static inline int parse_text(const char *text, struct suite *suite, struct error *err)
{
    static const struct suite_variable list[] = {
        {"kernel", "/boot/vmlinuz"},
        {"build", "out"},
        {"empty", ""},
    };
    static const struct suite_variables variables = {.list = list, .count = 3};

    return suite_parse("dir/s.yaml", (const uint8_t *)text, strlen(text), &variables, suite, err);
}

static inline void accept_text(const char *text, struct suite *suite)
{
    struct error err = ERROR_INIT;

    if (parse_text(text, suite, &err) != 0) fail_msg("%s", err.text);
}

struct mistake {
    const char *text;
    const char *sentence;
};

static inline void refuse_texts(const struct mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        struct suite suite;

        if (parse_text(mistakes[i].text, &suite, &err) == 0) fail_msg("%s", mistakes[i].text);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.text, mistakes[i].sentence);
        suite_release(&suite);
    }
}
