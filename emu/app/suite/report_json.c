/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON lines: docs/formats/suite-report.md specifies each member. A line for each test is written when it ends and can be read
 * back, by processes that gather what others ran.
 */
#define _GNU_SOURCE /* strsignal */

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/app.h"
#include "emu/app/suite/report_internal.h"
#include "emu/base/bits.h"
#include "emu/base/utf8.h"

#define FORMAT         "spacegray-test"
#define VERSION        1
#define LINE_BYTES_MAX ((size_t)1 << 20)
#define HASH_BYTES     17

/* ---- Values ---- */

json_t *report_json_text(const char *text)
{
    char *clean;
    size_t used = 0;
    json_t *string;
    uint32_t letter;

    clean = malloc(3 * strlen(text) + 1); /* U+FFFD has three bytes */
    if (clean == NULL) return NULL;
    while (report_letter(&text, &letter)) {
        used += utf8_encode(letter, clean + used);
    }
    string = json_stringn(clean, used);
    free(clean);
    return string;
}

/* JSON's integers are signed here. */
static json_t *number(uint64_t value)
{
    return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

/* ---- The plain numbers of a result ---- */

struct member {
    const char *name;
    size_t offset;
    size_t bytes;
    uint64_t max;
};

#define MEMBER(key, field, most)                                          \
    {                                                                     \
        .name = (key), .offset = offsetof(struct suite_result, field),    \
        .bytes = sizeof(((struct suite_result *)0)->field), .max = (most) \
    }

static const struct member members[] = {
    MEMBER("step", step, SUITE_STEPS_MAX),   MEMBER("line", line, INT_MAX),
    MEMBER("signal", signal, 127),           MEMBER("begin_ps", begin, INT64_MAX),
    MEMBER("end_ps", end, INT64_MAX),        MEMBER("host_ns", host_ns, INT64_MAX),
    MEMBER("start_ns", start_ns, INT64_MAX), MEMBER("seq", seq, INT64_MAX),
    MEMBER("tries", tries, INT_MAX),
};

static uint64_t member_get(const struct member *member, const struct suite_result *result)
{
    const uint8_t *at = (const uint8_t *)result + member->offset;
    uint64_t wide;
    uint32_t narrow;

    if (member->bytes == sizeof(wide)) {
        memcpy(&wide, at, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, at, sizeof(narrow));
    return narrow;
}

static void member_set(const struct member *member, struct suite_result *result, uint64_t value)
{
    uint8_t *at = (uint8_t *)result + member->offset;
    const uint32_t narrow = (uint32_t)value;

    if (member->bytes == sizeof(value)) {
        memcpy(at, &value, sizeof(value));
    } else {
        memcpy(at, &narrow, sizeof(narrow));
    }
}

static_assert(sizeof(((struct suite_result *)0)->step) == 8 &&
                  sizeof(((struct suite_result *)0)->tries) == 4,
              "member_get() and member_set() know two sizes");

/* ---- Writing ---- */

static json_t *tail_of(const struct suite_result *result)
{
    json_t *tail = json_array();

    for (size_t i = 0; i < result->tail_count; i++) {
        (void)json_array_append_new(tail, report_json_text(result->tail[i]));
    }
    return tail;
}

static json_t *measures_of(const struct suite_result *result)
{
    json_t *measures = json_array();

    for (size_t i = 0; i < result->measure_count; i++) {
        const struct suite_measure *measure = &result->measures[i];

        (void)json_array_append_new(measures,
                                    json_pack("{s:o, s:o}", "name", report_json_text(measure->name),
                                              "ps", number(measure->value)));
    }
    return measures;
}

static void add_result(json_t *object, const struct suite_result *result)
{
    char hash[HASH_BYTES];

    (void)json_object_set_new(object, "outcome", json_string(suite_outcome_name(result->outcome)));
    (void)json_object_set_new(object, "failure", json_string(suite_failure_name(result->failure)));
    (void)json_object_set_new(object, "sentence", report_json_text(result->sentence));
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        (void)json_object_set_new(object, members[i].name, number(member_get(&members[i], result)));
    }
    (void)snprintf(hash, sizeof(hash), "%016" PRIx64, result->trace_hash);
    (void)json_object_set_new(object, "trace_hash", json_string(hash));
    (void)json_object_set_new(object, "measures", measures_of(result));
    (void)json_object_set_new(object, "tail", tail_of(result));
    (void)json_object_set_new(object, "capsule", report_json_text(result->capsule));
}

static json_t *object_of(const char *file, const char *test, unsigned round)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "type", "test", "file", report_json_text(file), "test",
                     report_json_text(test), "round", number(round));
}

static char *text_of(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

    json_decref(object);
    return text;
}

char *suite_result_write(const char *file, const char *test, unsigned round,
                         const struct suite_result *result)
{
    json_t *object = object_of(file, test, round);

    if (object != NULL) add_result(object, result);
    return text_of(object);
}

static void put_object(struct suite_report *report, json_t *object)
{
    char *text = text_of(object);

    if (text == NULL) {
        report->is_short = true;
        return;
    }
    (void)fprintf(report->file, "%s\n", text);
    free(text);
}

static int json_begin(struct suite_report *report, struct error *err)
{
    json_t *object = json_pack("{s:s, s:s, s:i, s:s}", "type", "begin", "format", FORMAT, "version",
                               VERSION, "spacegray", app_version());

    if (object == NULL) return error_host(err, "out of memory");
    if (report->config.planned != SIZE_MAX) {
        (void)json_object_set_new(object, "planned", number(report->config.planned));
    }
    put_object(report, object);
    return 0;
}

static void json_add(struct suite_report *report, const struct report_test *test)
{
    const struct suite_entry *entry = test->entry;
    json_t *object = object_of(entry->suite->path, entry->test->name, test->round);

    if (object != NULL) {
        (void)json_object_set_new(object, "suite", report_json_text(entry->suite->name));
        add_result(object, test->result);
    }
    put_object(report, object);
}

static void json_finish(struct suite_report *report, int caught)
{
    json_t *object = json_pack("{s:s, s:o, s:o}", "type", "end", "tests",
                               number(report->totals.all), "bad", number(report->totals.bad));

    for (enum suite_outcome i = 0; object != NULL && i < REPORT_OUTCOMES; i++) {
        (void)json_object_set_new(object, suite_outcome_name(i), number(report->totals.count[i]));
    }
    if (object != NULL) {
        (void)json_object_set_new(object, "host_ns", number(report_elapsed_ns(report)));
        (void)json_object_set_new(object, "stopped",
                                  caught != 0 ? json_string(strsignal(caught)) : json_null());
    }
    put_object(report, object);
}

const struct report_kind report_json = {
    .open = json_begin,
    .add = json_add,
    .finish = json_finish,
};

/* ---- Reading ---- */

static int wrong(struct error *err, const char *name, const char *what)
{
    return error_usage(err, "result of a test: \"%s\" %s", name, what);
}

/* Cut to its room, between two characters. */
static void copy_text(const char *text, char *to, size_t bytes)
{
    size_t used = 0;

    while (text[used] != '\0') {
        uint32_t letter;
        const size_t length = utf8_decode(text + used, strnlen(text + used, 4), &letter);

        if (used + length >= bytes) break;
        used += length;
    }
    memcpy(to, text, used);
    to[used] = '\0';
}

static int read_text(const json_t *object, const char *name, char *to, size_t bytes,
                     struct error *err)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value)) return wrong(err, name, "is no text");
    copy_text(json_string_value(value), to, bytes);
    return 0;
}

static int read_number(const json_t *object, const char *name, uint64_t max, uint64_t *number_read,
                       struct error *err)
{
    const json_t *value = json_object_get(object, name);
    const json_int_t read = json_integer_value(value);

    if (!json_is_integer(value)) return wrong(err, name, "is no whole number");
    if (read < 0 || (uint64_t)read > max) return wrong(err, name, "is out of range");
    *number_read = (uint64_t)read;
    return 0;
}

static int read_hash(const json_t *object, uint64_t *hash, struct error *err)
{
    static const char digits[] = "0123456789abcdef";
    const char *text = json_string_value(json_object_get(object, "trace_hash"));

    if (text == NULL || strlen(text) != HASH_BYTES - 1 || text[strspn(text, digits)] != '\0') {
        return wrong(err, "trace_hash", "is not 16 hexadecimal digits");
    }
    *hash = strtoull(text, NULL, 16);
    return 0;
}

static int read_tail(const json_t *object, struct suite_result *result, struct error *err)
{
    const json_t *tail = json_object_get(object, "tail");

    if (!json_is_array(tail)) return wrong(err, "tail", "is no list");
    if (json_array_size(tail) > SUITE_TAIL_LINES) return wrong(err, "tail", "has too many lines");
    for (size_t i = 0; i < json_array_size(tail); i++) {
        const char *line = json_string_value(json_array_get(tail, i));

        if (line == NULL) return wrong(err, "tail", "has a line that is no text");
        copy_text(line, result->tail[i], sizeof(result->tail[i]));
    }
    result->tail_count = json_array_size(tail);
    return 0;
}

static int read_measures(const json_t *object, struct suite_result *result, struct error *err)
{
    const json_t *measures = json_object_get(object, "measures");

    if (!json_is_array(measures)) return wrong(err, "measures", "is no list");
    if (json_array_size(measures) > SUITE_MEASURES_MAX) {
        return wrong(err, "measures", "has too many members");
    }
    for (size_t i = 0; i < json_array_size(measures); i++) {
        const json_t *measure = json_array_get(measures, i);
        struct suite_measure *to = &result->measures[i];

        if (read_text(measure, "name", to->name, sizeof(to->name), err) != 0) return -1;
        if (read_number(measure, "ps", INT64_MAX, &to->value, err) != 0) return -1;
    }
    result->measure_count = json_array_size(measures);
    return 0;
}

static int read_words(const json_t *object, struct suite_result *result, struct error *err)
{
    const char *outcome = json_string_value(json_object_get(object, "outcome"));
    const char *failure = json_string_value(json_object_get(object, "failure"));

    if (outcome == NULL || !suite_outcome_find(outcome, &result->outcome)) {
        return wrong(err, "outcome", "is none that is known");
    }
    if (failure == NULL || !suite_failure_find(failure, &result->failure)) {
        return wrong(err, "failure", "is none that is known");
    }
    if (read_text(object, "sentence", result->sentence, sizeof(result->sentence), err) != 0) {
        return -1;
    }
    return read_text(object, "capsule", result->capsule, sizeof(result->capsule), err);
}

static int read_object(const json_t *object, struct suite_result_name *name,
                       struct suite_result *result, struct error *err)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    uint64_t value = 0;

    if (type == NULL || strcmp(type, "test") != 0) return wrong(err, "type", "is not \"test\"");
    if (read_text(object, "file", name->file, sizeof(name->file), err) != 0) return -1;
    if (read_text(object, "test", name->test, sizeof(name->test), err) != 0) return -1;
    if (read_number(object, "round", INT_MAX, &value, err) != 0) return -1;
    name->round = (unsigned)value;
    if (read_words(object, result, err) != 0) return -1;
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (read_number(object, members[i].name, members[i].max, &value, err) != 0) return -1;
        member_set(&members[i], result, value);
    }
    if (read_hash(object, &result->trace_hash, err) != 0) return -1;
    if (read_measures(object, result, err) != 0) return -1;
    return read_tail(object, result, err);
}

int suite_result_read(const char *line, struct suite_result_name *name, struct suite_result *result,
                      struct error *err)
{
    json_error_t reason;
    json_t *object;
    int status;

    memset(name, 0, sizeof(*name));
    memset(result, 0, sizeof(*result));
    if (strnlen(line, LINE_BYTES_MAX) == LINE_BYTES_MAX) {
        return error_usage(err, "result of a test: the line is too long");
    }
    object = json_loads(line, JSON_REJECT_DUPLICATES, &reason);
    if (object == NULL) {
        return error_usage(err, "result of a test: no JSON from column %d on", reason.column);
    }
    status = read_object(object, name, result, err);
    json_decref(object);
    return status;
}
