/* SPDX-License-Identifier: GPL-2.0-only */
/* What a campaign's records become: totals, table, JSON. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/faults_report.h"

#define RUNS 5

static struct faults_record golden = {
    .facts = {.end = FAULTS_END_EXIT, .status = 85},
    .start = VTIME_MS(1),
    .duration = VTIME_US(2500),
    .result_hash = UINT64_C(0x123456789abcdef0),
    .result_lines = 3,
};

static struct faults_record records[RUNS] = {
    {.number = 1, .class = FAULTS_MASKED, .facts = {.end = FAULTS_END_EXIT, .status = 85}},
    {
        .number = 2,
        .class = FAULTS_SILENT,
        .facts = {.end = FAULTS_END_EXIT, .status = 85, .errors = {1, 0, 1, 0}},
        .difference = 2,
        .wanted = "sum 1",
        .got = "sum \"2\"",
        .planted = 1,
        .fault_count = 1,
        .faults = {{
            .has_when = true,
            .when = VTIME_MS(2),
            .fault = {.kind = DRAM_FAULT_FLIP, .mask = {.data = 7}},
        }},
    },
    {.number = 3, .class = FAULTS_CRASH, .signal = 11},
    {.number = 4, .class = FAULTS_SILENT, .facts = {.end = FAULTS_END_RESET}},
    {.number = 5, .class = FAULTS_HANG, .facts = {.end = FAULTS_END_TIMEOUT}},
};

static const struct faults_suite suite = {
    .name = "some/where/s.yaml",
    .limits =
        {
            [FAULTS_SILENT] = {.is_set = true, .value = 1},
            [FAULTS_HANG] = {.is_set = true, .is_percent = true, .value = 20},
        },
};

static struct faults_record *const all[RUNS] = {&records[0], &records[1], &records[2], &records[3],
                                                &records[4]};
static struct faults_record *const some[RUNS] = {&records[0], NULL, NULL, &records[3], NULL};

static struct faults_report report_of(struct faults_record *const *which)
{
    return (struct faults_report){
        .suite = &suite, .seed = 7, .asked = RUNS, .golden = &golden, .record = which};
}

static void totals(void **state)
{
    const struct faults_report report = report_of(all);
    const struct faults_report part = report_of(some);
    struct faults_totals totals;

    (void)state;
    faults_report_count(&report, &totals);
    assert_int_equal(totals.runs, 5);
    assert_int_equal(totals.count[FAULTS_SILENT], 2);
    assert_int_equal(totals.first[FAULTS_SILENT], 2);
    assert_int_equal(totals.first[FAULTS_CORRECTED], 0);
    assert_true(faults_report_exceeds(&report, &totals));
    faults_report_count(&part, &totals);
    assert_int_equal(totals.runs, 2);
    assert_int_equal(totals.first[FAULTS_SILENT], 4);
    assert_false(faults_report_exceeds(&part, &totals));
}

static void table(void **state)
{
    static const char expected[] =
        "some/where/s.yaml: seed 7, 5 runs\n"
        "without faults: starts at 1 ms, takes 2500 us, 3 lines of result\n"
        "\n"
        "class                 runs    share    95 % interval  first run\n"
        "masked                   1   20.0 %    3.6 -  62.4 %          1\n"
        "corrected                0    0.0 %    0.0 -  43.4 %          -\n"
        "detected-recovered       0    0.0 %    0.0 -  43.4 %          -\n"
        "detected-fatal           0    0.0 %    0.0 -  43.4 %          -\n"
        "silent-corruption        2   40.0 %   11.8 -  76.9 %          2\n"
        "hang                     1   20.0 %    3.6 -  62.4 %          5\n"
        "emulator-crash           1   20.0 %    3.6 -  62.4 %          3\n"
        "limit exceeded: silent-corruption 2, allowed 1\n";
    const struct faults_report report = report_of(all);
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);

    (void)state;
    assert_non_null(file);
    faults_report_print(&report, false, file);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void one_run(void **state)
{
    static const char expected[] =
        "run 2: silent-corruption, ended by exit with status 85; errors: 1 corrected, 0 "
        "uncorrected, 1 miscorrected, 0 undetected\n"
        "run 2: line 2 of the result is 'sum \"2\"' instead of 'sum 1'\n";
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);

    (void)state;
    assert_non_null(file);
    faults_report_print_run(&records[1], file);
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, "run 2: fault "));
    assert_non_null(strstr(text, expected));
    free(text);
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) fail_msg("%s\nis not in\n%s", part, text);
}

static void json(void **state)
{
    const struct faults_report report = report_of(all);
    const struct faults_report part = report_of(some);
    char *text = faults_report_json(&report);
    char *again = faults_report_json(&report);

    (void)state;
    assert_non_null(text);
    assert_string_equal(text, again);
    has(text, "\"format\": \"spacegray-faults\",\n  \"version\": 1,\n  \"suite\": \"s.yaml\",\n"
              "  \"seed\": \"7\",\n  \"runs_asked\": 5,\n  \"complete\": true,");
    has(text, "\"start_ps\": 1000000000,\n    \"end\": \"exit\",\n    \"status\": 85,\n"
              "    \"duration_ps\": 2500000000,\n    \"result_lines\": 3,\n"
              "    \"result_hash\": \"123456789abcdef0\"");
    has(text,
        "\"silent-corruption\": {\n      \"runs\": 2,\n      \"percent\": 40.0,\n"
        "      \"interval95\": [\n        11.76,\n        76.93\n      ],\n      \"first\": 2");
    has(text, "\"first\": null");
    has(text, "\"hang\": {\n      \"value\": 20,\n      \"unit\": \"percent\",\n      "
              "\"exceeded\": false");
    has(text, "\"line\": 2,\n        \"golden\": \"sum 1\",\n        \"run\": \"sum \\\"2\\\"\"");
    has(text, "\"when_ps\": 2000000000,\n          \"planted\": true");
    has(text, "\"signal\": 11");
    has(text, "\"end\": \"timeout\",\n      \"status\": null");
    free(text);
    free(again);
    text = faults_report_json(&part);
    has(text, "\"complete\": false");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals),
        cmocka_unit_test(table),
        cmocka_unit_test(one_run),
        cmocka_unit_test(json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
