/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of what runs have touched. What is refused says so in one sentence with its line; what is taken is written again
 * byte for byte as a sum would have it, adds up, and makes every report.
 */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/coverage_file.h"
#include "emu/app/suite/coverage_sum.h"
#include "emu/base/bug.h"
#include "tests/fuzz/input.h"

#define REPORTED_MAX 65536u /* bytes of files whose reports are made: they are longer */

static char *format(const struct coverage_model *model, size_t *bytes)
{
    struct error err = ERROR_INIT;
    char *text = coverage_file_format(model, bytes, &err);

    BUG_ON(text == NULL);
    return text;
}

static struct coverage_model parse(const char *text, size_t bytes)
{
    struct coverage_model model = {.devices = NULL};
    struct error err = ERROR_INIT;

    BUG_ON(coverage_file_parse("again", text, bytes, &model, &err) != 0);
    return model;
}

/* The second time nothing is new but how often. */
static void fuzz_sum(const struct coverage_model *model)
{
    struct coverage_model sum = {.devices = NULL};
    struct error err = ERROR_INIT;
    size_t devices = 0;
    size_t bytes;
    char *text;

    for (unsigned i = 0; i < 2; i++) {
        BUG_ON(coverage_model_merge(&sum, model, &err) != 0);
        BUG_ON(i > 0 && sum.device_count != devices);
        devices = sum.device_count;
    }
    BUG_ON(coverage_code_bytes(&sum.code) != coverage_code_bytes(&model->code));
    coverage_model_sort(&sum);
    text = format(&sum, &bytes);
    coverage_model_release(&sum);
    sum = parse(text, bytes);
    coverage_model_forget(&sum);
    coverage_model_release(&sum);
    free(text);
}

static void fuzz_reports(const struct coverage_model *model)
{
    const struct coverage_report report = {.model = model, .files = 1};
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);

    BUG_ON(file == NULL);
    BUG_ON(!coverage_write_json(&report, file));
    coverage_write_index(&report, file);
    for (size_t i = 0; i < model->device_count; i++) {
        char name[COVERAGE_PAGE_NAME_BYTES];

        coverage_page_name(&report, i, name);
        BUG_ON(strchr(name, '/') != NULL);
        coverage_write_device(&report, i, file);
    }
    BUG_ON(fclose(file) != 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct coverage_model model = {.devices = NULL};
    struct error err = ERROR_INIT;
    char *copy = malloc(size > 0 ? size : 1); /* so that reading beyond it is found */
    size_t bytes;
    char *text;

    BUG_ON(copy == NULL);
    memcpy(copy, data, size);
    if (coverage_file_parse("it", copy, size, &model, &err) != 0) {
        BUG_ON(err.kind != ERROR_USAGE || strncmp(err.text, "it:", 3) != 0);
    } else {
        text = format(&model, &bytes);
        fuzz_sum(&model);
        if (size <= REPORTED_MAX) fuzz_reports(&model);
        coverage_model_release(&model);
        /* Stretches of code may have become one; that is all. */
        model = parse(text, bytes);
        BUG_ON(bytes > size);
        free(text);
    }
    coverage_model_release(&model);
    free(copy);
    return 0;
}
