/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results of tests as lines of JSON, from processes on other machines. What is understood is written as it was read, and any report
 * can be made of it.
 */
#define _GNU_SOURCE /* fopencookie: a stream that keeps nothing */

#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/suite_report.h"
#include "emu/base/bug.h"
#include "tests/fuzz/input.h"

static ssize_t drop(void *ctx, const char *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    return (ssize_t)bytes;
}

static void report(enum suite_report_kind kind, const struct suite_result_name *name,
                   const struct suite_result *result)
{
    const struct suite_test test = {.name = name->test, .expected_failure = name->file};
    const struct suite suite = {.path = name->file, .name = name->file};
    const struct suite_entry entry = {.suite = &suite, .test = &test};
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = drop});
    const struct suite_report_config config = {
        .kind = kind, .stream = stream, .planned = 1, .is_terminal = true, .is_verbose = true};
    struct suite_report *made;
    struct error err = ERROR_INIT;

    BUG_ON(stream == NULL);
    made = suite_report_create(&config, &err);
    BUG_ON(made == NULL);
    suite_report_begin(made, &entry, name->round);
    suite_report_add(made, &entry, name->round, result);
    BUG_ON(suite_report_finish(made, 0, &err) != 0);
    suite_report_destroy(made);
    (void)fclose(stream);
}

static void check_again(const struct suite_result_name *name, const struct suite_result *result)
{
    char *line = suite_result_write(name->file, name->test, name->round, result);
    struct suite_result *read = malloc(sizeof(*read));
    struct suite_result_name read_name;
    struct error err = ERROR_INIT;
    char *again;

    BUG_ON(line == NULL || read == NULL);
    BUG_ON(suite_result_read(line, &read_name, read, &err) != 0);
    again = suite_result_write(read_name.file, read_name.test, read_name.round, read);
    BUG_ON(again == NULL || strcmp(again, line) != 0);
    free(again);
    free(line);
    free(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct suite_result *result = malloc(sizeof(*result));
    struct suite_result_name name;
    struct error err = ERROR_INIT;
    char *line = malloc(size + 1);

    if (line == NULL || result == NULL) abort();
    if (size > 0) memcpy(line, data, size);
    line[size] = '\0';
    if (suite_result_read(line, &name, result, &err) == 0) {
        check_again(&name, result);
        for (enum suite_report_kind kind = SUITE_REPORT_TEXT; kind <= SUITE_REPORT_JSON; kind++) {
            report(kind, &name, result);
        }
    } else {
        BUG_ON(err.kind != ERROR_USAGE || err.text[0] == '\0');
    }
    free(line);
    free(result);
    return 0;
}
