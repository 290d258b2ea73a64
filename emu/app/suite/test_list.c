/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tests were chosen, and what each begins with: see test_list.h. */
#include "emu/app/suite/test_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/report_internal.h"

#define NAME_COLUMNS_MAX 32u /* then a line of a test has 80 */
#define FROM_COLUMNS     16u

static unsigned columns_of(const char *text)
{
    unsigned columns = 0;
    uint32_t letter;

    while (report_letter(&text, &letter)) {
        columns++;
    }
    return columns;
}

unsigned test_list_name_columns(const struct suite_entry *entries, size_t count)
{
    unsigned most = 0;

    for (size_t i = 0; i < count; i++) {
        const unsigned columns =
            columns_of(entries[i].suite->name) + 1 + columns_of(entries[i].test->name);

        if (columns > most) most = columns;
    }
    return most < NAME_COLUMNS_MAX ? most : NAME_COLUMNS_MAX;
}

/* ---- For people ---- */

static const char *begins_with(const struct suite_test *test)
{
    if (test->requires != NULL) return test->requires;
    return test->machine->options.from != NULL ? test->machine->options.from : "power-on";
}

static void put_column(FILE *file, const char *text, unsigned columns)
{
    report_put(file, text);
    for (unsigned used = columns_of(text); used < columns; used++) {
        (void)fputc(' ', file);
    }
}

static void put_words(FILE *file, const struct suite_test *test)
{
    for (size_t i = 0; i < test->tag_count; i++) {
        (void)fputs(i == 0 ? "  [" : ", ", file);
        report_put(file, test->tags[i]);
    }
    if (test->tag_count > 0) (void)fputc(']', file);
    if (test->provides != NULL) {
        (void)fputs("  provides ", file);
        report_put(file, test->provides);
    }
    if (test->expected_failure != NULL) (void)fputs("  expected to fail", file);
    if (test->skipped != NULL) (void)fputs("  skipped", file);
    /* What the machine of others is, they have said. */
    for (int i = 1; i < test->machine->argc && test->requires == NULL; i++) {
        (void)fputs(i == 1 ? "  " : " ", file);
        report_put_word(file, test->machine->argv[i]);
    }
}

void test_list_print(const struct suite_entry *entries, size_t count, FILE *file)
{
    const unsigned columns = test_list_name_columns(entries, count);
    size_t tests = 0;

    for (size_t i = 0; i < count; i++) {
        char title[2 * SUITE_NAME_MAX];

        tests += !entries[i].is_only_provider;
        (void)snprintf(title, sizeof(title), "%.*s:%.*s", (int)SUITE_NAME_MAX - 1,
                       entries[i].suite->name, (int)SUITE_NAME_MAX - 1, entries[i].test->name);
        put_column(file, title, columns);
        (void)fputs("  ", file);
        put_column(file, begins_with(entries[i].test), FROM_COLUMNS);
        if (entries[i].is_only_provider) (void)fputs("  for others", file);
        put_words(file, entries[i].test);
        (void)fputc('\n', file);
    }
    (void)fprintf(file, "%zu test%s\n", tests, tests == 1 ? "" : "s");
}

/* ---- For programs ---- */

static json_t *text_or_null(const char *text)
{
    return text != NULL ? report_json_text(text) : json_null();
}

static json_t *texts_of(const char *const *texts, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, report_json_text(texts[i]));
    }
    return list;
}

static json_t *object_of(const struct suite_entry *entry)
{
    const struct suite_test *test = entry->test;
    const struct suite_machine *machine = test->machine;

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:I}", "type", "entry",
        "file", report_json_text(entry->suite->path), "suite", report_json_text(entry->suite->name),
        "test", report_json_text(test->name), "line", (int)test->line, "tags",
        texts_of(test->tags, test->tag_count), "provides", text_or_null(test->provides), "requires",
        text_or_null(test->requires), "machine",
        texts_of((const char *const *)machine->argv, (size_t)machine->argc), "only_provider",
        (int)entry->is_only_provider, "expected_failure", text_or_null(test->expected_failure),
        "skip", text_or_null(test->skipped), "timeout_ps", (json_int_t)test->timeout);
}

int test_list_write(const struct suite_entry *entries, size_t count, FILE *file, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        json_t *object = object_of(&entries[i]);
        char *text = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

        json_decref(object);
        if (text == NULL) return error_host(err, "out of memory");
        (void)fprintf(file, "%s\n", text);
        free(text);
    }
    return 0;
}
