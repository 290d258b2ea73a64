/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of suites. Beyond not crashing: a refusal is one line that names the file; a suite that is understood keeps what
 * suite.h promises of it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "emu/app/suite/suite.h"
#include "emu/app/suite/suite_result.h"
#include "emu/base/bug.h"
#include "tests/fuzz/input.h"

#define TIME_MAX VTIME_S(UINT64_C(1000000))

static void check_refusal(const struct error *err)
{
    BUG_ON(err->kind != ERROR_USAGE || strncmp(err->text, "f:", 2) != 0);
    for (const char *at = err->text; *at != '\0'; at++) {
        BUG_ON((unsigned char)*at < ' ');
    }
}

static void check_pattern(const struct suite_pattern *pattern)
{
    BUG_ON(pattern->text == NULL || strlen(pattern->text) > SUITE_TEXT_MAX);
    if (pattern->is_regex) (void)regexec(&pattern->regex, "abc", 0, NULL, 0);
}

static void check_step(const struct suite_step *step)
{
    BUG_ON(step->line == 0 || step->column == 0 || step->within > TIME_MAX);
    BUG_ON(step->range.low > step->range.high || step->range.mask == 0 || step->tolerance > 255);
    switch (step->kind) {
    case SUITE_EXPECT:
    case SUITE_EXPECT_SCREEN:
    case SUITE_FORBID: check_pattern(&step->pattern); break;
    case SUITE_EXPECT_EVENT:
    case SUITE_FORBID_EVENT: BUG_ON(step->filter == NULL); break;
    case SUITE_EXPECT_VALUE: BUG_ON(step->expression == NULL); break;
    case SUITE_EXPECT_PICTURE: BUG_ON(step->path == NULL); break;
    case SUITE_COUNT_EVENTS: BUG_ON(step->filter == NULL || step->name == NULL); break;
    case SUITE_EXPECT_COUNT:
    case SUITE_MARK: BUG_ON(step->name == NULL); break;
    case SUITE_MEASURE: BUG_ON(step->name == NULL || step->since == NULL); break;
    case SUITE_SEND: BUG_ON(step->data.data == NULL || step->data.bytes == 0); break;
    case SUITE_WAIT: BUG_ON(step->within == 0); break;
    case SUITE_FAULT: BUG_ON(step->fault.has_when); break;
    case SUITE_EXPECT_PICTURE_HASH:
    case SUITE_EXPECT_END:
    case SUITE_INPUT:
    case SUITE_POWER_CUT: break;
    }
}

static void check_test(const struct suite *suite, size_t index)
{
    const struct suite_test *test = &suite->tests[index];

    BUG_ON(test->name == NULL || strlen(test->name) >= SUITE_NAME_MAX || test->line == 0);
    BUG_ON(test->timeout == 0 || test->timeout > TIME_MAX || test->machine == NULL);
    BUG_ON((test->requires == NULL) != (test->provider == SIZE_MAX));
    if (test->requires != NULL) {
        const struct suite_test *provider = &suite->tests[test->provider];

        BUG_ON(test->provider >= index || provider->machine != test->machine);
        BUG_ON(strcmp(provider->provides, test->requires) != 0);
    }
    BUG_ON(test->step_count == 0 || test->step_count > SUITE_STEPS_MAX);
    for (size_t i = 0; i < test->step_count; i++) {
        check_step(&test->steps[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct suite_variable list[] = {{"a", "x"}, {"build", "/build"}, {"none", ""}};
    static const struct suite_variables variables = {.list = list, .count = 3};
    struct error err = ERROR_INIT;
    struct suite suite;

    if (suite_parse("f", data, size, &variables, &suite, &err) != 0) {
        check_refusal(&err);
        return 0;
    }
    BUG_ON(suite.name == NULL || suite.test_count == 0 || suite.test_count > SUITE_TESTS_MAX);
    for (size_t i = 0; i < suite.test_count; i++) {
        check_test(&suite, i);
    }
    suite_release(&suite);
    return 0;
}
