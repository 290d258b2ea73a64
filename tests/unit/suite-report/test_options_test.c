/* SPDX-License-Identifier: GPL-2.0-only */
/* Command lines of `spacegray test`: what they ask for, and what is said of those that are wrong. */
#define _GNU_SOURCE /* mkdtemp */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/suite/test_options.h"

#define WORDS_MAX  32
#define LINE_BYTES 512

static const struct command command = {.name = "test", .options = test_option_specs};

/* Blanks part the words of `line`. */
static enum run_parsed parse(const char *line, struct test_request *request, struct error *err)
{
    char text[LINE_BYTES];
    char *argv[WORDS_MAX + 1] = {"test"};
    int argc = 1;
    char *rest;

    (void)snprintf(text, sizeof(text), "%s", line);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_in_range(argc, 1, WORDS_MAX - 1);
        argv[argc++] = word;
    }
    *err = (struct error)ERROR_INIT;
    return test_options_parse(&command, argc, argv, request, err);
}

static void numbers(void **state)
{
    struct test_request request;
    struct error err;

    (void)state;
    assert_int_equal(parse("x.yaml", &request, &err), RUN_PARSED);
    assert_int_equal(request.file_count, 1);
    assert_string_equal(request.files[0], "x.yaml");
    assert_int_equal(request.limits.jobs, 0);
    assert_int_equal(request.capsules_max, 10);
    assert_int_equal(request.selection.shards, 0);
    assert_int_equal(request.selection.repeat, 0);
    test_request_release(&request);
    assert_int_equal(parse("-j3 --shard 2/5 --repeat 7 --seed 0 --capsules-max 0 --host-limit 90s "
                           "--host-memory 2G x.yaml --until-fail --list --update-golden",
                           &request, &err),
                     RUN_PARSED);
    assert_int_equal(request.limits.jobs, 3);
    assert_int_equal(request.selection.shard, 2);
    assert_int_equal(request.selection.shards, 5);
    assert_int_equal(request.selection.repeat, 7);
    assert_true(request.selection.has_seed && request.selection.seed == 0);
    assert_int_equal(request.capsules_max, 0);
    assert_int_equal(request.limits.host_ns, UINT64_C(90000000000));
    assert_int_equal(request.limits.host_memory, UINT64_C(2) << 30);
    assert_true(request.selection.is_until_failure && request.is_list && request.is_golden);
    test_request_release(&request);
}

/* Each stands for itself, in the order of the line. */
static void lists(void **state)
{
    struct test_request request;
    struct error err;

    (void)state;
    assert_int_equal(parse("--filter a* --tag slow --filter b --set x=1 --set y=a=b --set z= u v",
                           &request, &err),
                     RUN_PARSED);
    assert_int_equal(request.selection.filter_count, 3);
    assert_string_equal(request.selection.filters[0], "a*");
    assert_string_equal(request.selection.filters[1], "tag:slow");
    assert_string_equal(request.selection.filters[2], "b");
    assert_int_equal(request.variables.count, 3);
    assert_string_equal(request.variables.list[1].name, "y");
    assert_int_equal(request.file_count, 2);
    test_request_release(&request);
}

static void folders(void **state)
{
    static const char *const names[] = {"b.yaml", "a.yaml", ".c.yaml", "d.yml", "E.yaml", ".yaml"};
    char folder[] = "/tmp/test_options_test-XXXXXX";
    struct test_request request;
    struct error err;
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/", folder);
    assert_int_equal(parse(path, &request, &err), RUN_PARSED_ERROR);
    assert_int_equal(err.kind, ERROR_USAGE);
    test_request_release(&request);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        file = fopen(path, "w");
        assert_non_null(file);
        (void)fclose(file);
    }
    assert_int_equal(parse(folder, &request, &err), RUN_PARSED);
    assert_int_equal(request.file_count, 3);
    for (size_t i = 0; i < request.file_count; i++) {
        static const char *const wanted[] = {"E.yaml", "a.yaml", "b.yaml"};

        (void)snprintf(path, sizeof(path), "%s/%s", folder, wanted[i]);
        assert_string_equal(request.files[i], path);
    }
    test_request_release(&request);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void capsules(void **state)
{
    struct test_request request;
    struct error err;

    (void)state;
    assert_int_equal(parse("x --no-capsules", &request, &err), RUN_PARSED);
    assert_null(request.capsules);
    test_request_release(&request);
    assert_int_equal(parse("--no-capsules x --capsules there", &request, &err), RUN_PARSED);
    assert_non_null(request.capsules);
    test_request_release(&request);
    assert_int_equal(parse("--help", &request, &err), RUN_PARSED_HELP);
    test_request_release(&request);
}

static void refused(void **state)
{
    static const char *const lines[] = {
        "",
        "x --jobs 0",
        "x --jobs 257",
        "x --shard 0/3",
        "x --shard 4/3",
        "x --shard 1/0",
        "x --shard 1",
        "x --shard /",
        "x --shard 1/2/3",
        "x --repeat 0",
        "x --repeat -1",
        "x --set a",
        "x --set =a",
        "x --host-limit 5",
        "x --host-limit 0s",
        "x --host-memory lots",
        "x --capsules-max -1",
        "x --seed x",
        "x --tap - --junit -",
        "x --quiet --verbose",
        "x --filtre a",
        "x --list=1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct test_request request;
        struct error err;

        assert_int_equal(parse(lines[i], &request, &err), RUN_PARSED_ERROR);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_true(err.text[0] != '\0');
        test_request_release(&request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),  cmocka_unit_test(lists),   cmocka_unit_test(folders),
        cmocka_unit_test(capsules), cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests_name("test_options", tests, NULL, NULL);
}
