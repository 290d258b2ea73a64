/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of results, what is made of expected failures, and results as lines of JSON, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/suite-report/made_up.h"

#define EDITED_BYTES 4096

static void names(void **state)
{
    enum suite_outcome outcome;
    enum suite_failure failure;

    (void)state;
    for (enum suite_outcome i = SUITE_NOT_RUN; i <= SUITE_XPASSED; i++) {
        assert_true(suite_outcome_find(suite_outcome_name(i), &outcome));
        assert_int_equal(outcome, i);
    }
    for (enum suite_failure i = SUITE_NO_FAILURE; i <= SUITE_HOST_TROUBLE; i++) {
        assert_true(suite_failure_find(suite_failure_name(i), &failure));
        assert_int_equal(failure, i);
    }
    assert_false(suite_outcome_find("", &outcome));
    assert_false(suite_failure_find("passed", &failure));
}

static enum suite_outcome judged(enum suite_outcome outcome, enum suite_failure failure)
{
    struct suite_result result = {.outcome = outcome, .failure = failure};

    suite_result_judge(&result, "bug 7");
    return result.outcome;
}

static void judging(void **state)
{
    struct suite_result result = {.outcome = SUITE_FAILED, .failure = SUITE_ASSERT};

    (void)state;
    suite_result_judge(&result, NULL);
    assert_int_equal(result.outcome, SUITE_FAILED);
    assert_true(suite_result_is_bad(&result));
    assert_int_equal(judged(SUITE_FAILED, SUITE_ASSERT), SUITE_XFAILED);
    assert_int_equal(judged(SUITE_FAILED, SUITE_TIME_OUT), SUITE_XFAILED);
    assert_int_equal(judged(SUITE_FAILED, SUITE_GUEST_END), SUITE_XFAILED);
    assert_int_equal(judged(SUITE_FAILED, SUITE_CRASH), SUITE_FAILED);
    assert_int_equal(judged(SUITE_FAILED, SUITE_HANG), SUITE_FAILED);
    assert_int_equal(judged(SUITE_FAILED, SUITE_HOST_TROUBLE), SUITE_FAILED);
    assert_int_equal(judged(SUITE_SKIPPED, SUITE_NO_FAILURE), SUITE_SKIPPED);
    assert_int_equal(judged(SUITE_NOT_RUN, SUITE_NO_FAILURE), SUITE_NOT_RUN);
    result = (struct suite_result){.outcome = SUITE_PASSED};
    suite_result_judge(&result, "bug 7");
    assert_int_equal(result.outcome, SUITE_XPASSED);
    assert_true(suite_result_is_bad(&result));
    assert_non_null(strstr(result.sentence, "bug 7"));
}

/* ---- There and back ---- */

static void there_and_back(void **state)
{
    struct suite_result_name *name = test_malloc(sizeof(*name));
    struct suite_result *result = test_malloc(sizeof(*result));

    (void)state;
    for (size_t i = 0; i < MADE_UP_TESTS; i++) {
        const struct suite_entry *entry = made_up_entry(i);
        struct error err = ERROR_INIT;
        char *line =
            suite_result_write(entry->suite->path, entry->test->name, 3, made_up_result(i));
        char *again;

        assert_non_null(line);
        assert_null(strchr(line, '\n'));
        assert_int_equal(suite_result_read(line, name, result, &err), 0);
        assert_int_equal(name->round, 3);
        /* What is no UTF-8 was replaced the first time. */
        again = suite_result_write(name->file, name->test, name->round, result);
        assert_string_equal(again, line);
        if (i != 2) assert_memory_equal(result, made_up_result(i), sizeof(*result));
        free(again);
        free(line);
    }
    test_free(name);
    test_free(result);
}

/* ---- Lines that are none ---- */

struct edit {
    const char *from;
    const char *to;
    const char *sentence;
};

static void refused(void **state)
{
    static const struct edit edits[] = {
        {"\"type\":\"test\"", "\"type\":\"end\"", "result of a test: \"type\" is not \"test\""},
        {"\"type\":\"test\",", "", "result of a test: \"type\" is not \"test\""},
        {"\"test\":\"fails\"", "\"test\":7", "result of a test: \"test\" is no text"},
        {"\"round\":0", "\"round\":-1", "result of a test: \"round\" is out of range"},
        {"\"round\":0", "\"round\":99999999999", "result of a test: \"round\" is out of range"},
        {"\"round\":0", "\"round\":0.5", "result of a test: \"round\" is no whole number"},
        {"\"failed\"", "\"fine\"", "result of a test: \"outcome\" is none that is known"},
        {"\"time-out\"", "[]", "result of a test: \"failure\" is none that is known"},
        {"\"step\":2", "\"step\":1025", "result of a test: \"step\" is out of range"},
        {"\"seq\":7", "\"seq\":-7", "result of a test: \"seq\" is out of range"},
        {"\"0000000000000001\"", "\"1\"",
         "result of a test: \"trace_hash\" is not 16 hexadecimal digits"},
        {"\"Booting.\"", "{}", "result of a test: \"tail\" has a line that is no text"},
        {"[\"Booting.\"", "[1,2,3,4,5,6,7,8,9,10", "result of a test: \"tail\" has too many lines"},
        {"\"measures\":[]", "\"measures\":[[]]", "result of a test: \"name\" is no text"},
        {"\"measures\":[]", "\"measures\":{}", "result of a test: \"measures\" is no list"},
        {"\"round\":0", "\"round\":0,\"round\":0", "result of a test: no JSON from column 78 on"},
        {"\"Booting.\"", "\"\\u0000\"", NULL},
    };
    const struct suite_entry *entry = made_up_entry(1);
    char *line = suite_result_write(entry->suite->path, entry->test->name, 0, made_up_result(1));
    struct suite_result_name *name = test_malloc(sizeof(*name));
    struct suite_result *result = test_malloc(sizeof(*result));

    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        const char *at = strstr(line, edits[i].from);
        struct error err = ERROR_INIT;
        char edited[EDITED_BYTES];

        assert_non_null(at);
        (void)snprintf(edited, sizeof(edited), "%.*s%s%s", (int)(at - line), line, edits[i].to,
                       at + strlen(edits[i].from));
        assert_int_equal(suite_result_read(edited, name, result, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        if (edits[i].sentence != NULL) assert_string_equal(err.text, edits[i].sentence);
    }
    free(line);
    test_free(name);
    test_free(result);
}

/* Between two characters. */
static void cut(void **state)
{
    struct suite_result_name *name = test_malloc(sizeof(*name));
    struct suite_result *result = test_calloc(1, sizeof(*result));
    char test[2 * SUITE_NAME_MAX] = "";
    struct error err = ERROR_INIT;
    char *line;

    (void)state;
    while (strlen(test) + 3 < sizeof(test)) {
        memcpy(test + strlen(test), "\xe2\x82\xac", 4);
    }
    line = suite_result_write("x.yaml", test, 0, result);
    assert_int_equal(suite_result_read(line, name, result, &err), 0);
    assert_int_equal(strlen(name->test), (SUITE_NAME_MAX - 1) / 3 * 3);
    free(line);
    test_free(name);
    test_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),   cmocka_unit_test(judging), cmocka_unit_test(there_and_back),
        cmocka_unit_test(refused), cmocka_unit_test(cut),
    };

    return cmocka_run_group_tests_name("suite_result", tests, NULL, NULL);
}
