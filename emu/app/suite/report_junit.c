/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JUnit XML as CI servers read it; of the many dialects the one of Jenkins' xUnit plug-in (docs/formats/suite-report.md has
 * the structure). That one has properties of suites only, so those of a test have its name in front. The tests of a suite come
 * in any order and between those of others: each suite's part grows by itself until the end.
 */
#define _GNU_SOURCE /* strsignal */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/app/suite/report_internal.h"
#include "emu/base/utf8.h"

#define NS_PER_MS  1000000u
#define DATE_BYTES 32

/* What one suite has grown to. */
struct part {
    const struct suite *suite;
    size_t tests;
    size_t failures;
    size_t errors;
    size_t skipped;
    uint64_t host_ns;
    FILE *properties;
    char *properties_data;
    size_t properties_bytes;
    FILE *cases;
    char *cases_data;
    size_t cases_bytes;
};

struct junit {
    struct part **parts; /* each stays where it is: its streams point into it */
    size_t count;
    char date[DATE_BYTES]; /* when the run began */
};

/* ---- XML ---- */

/* The characters of XML 1.0, section 2.2. */
static bool is_allowed(uint32_t letter)
{
    if (letter == '\t' || letter == '\n' || letter == '\r') return true;
    return letter >= ' ' && letter != 0xfffe && letter != 0xffff;
}

/* As character data, and as the value of an attribute (whose line ends and tabs would become blanks). */
static void put_xml(FILE *file, const char *text, bool is_attribute)
{
    uint32_t letter;

    while (report_letter(&text, &letter)) {
        switch (letter) {
        case '&': (void)fputs("&amp;", file); break;
        case '<': (void)fputs("&lt;", file); break;
        case '>': (void)fputs("&gt;", file); break;
        case '"': (void)fputs("&quot;", file); break;
        case '\r': (void)fputs("&#13;", file); break;
        case '\t':
        case '\n':
            if (is_attribute) {
                (void)fprintf(file, "&#%u;", (unsigned)letter);
            } else {
                report_put_letter(file, letter);
            }
            break;
        default: report_put_letter(file, is_allowed(letter) ? letter : UTF8_REPLACEMENT); break;
        }
    }
}

static void put_attribute(FILE *file, const char *name, const char *value)
{
    (void)fprintf(file, " %s=\"", name);
    put_xml(file, value, true);
    (void)fputc('"', file);
}

/* Seconds. */
static void put_time(FILE *file, uint64_t ns)
{
    (void)fprintf(file, " time=\"%" PRIu64 ".%03u\"", ns / NS_PER_MS / 1000,
                  (unsigned)(ns / NS_PER_MS % 1000));
}

/* ---- Parts ---- */

static bool part_open(struct part *part, const struct suite *suite)
{
    *part = (struct part){.suite = suite};
    part->properties = open_memstream(&part->properties_data, &part->properties_bytes);
    part->cases = open_memstream(&part->cases_data, &part->cases_bytes);
    return part->properties != NULL && part->cases != NULL;
}

/* Whole in memory from here on. */
static void part_end(struct part *part)
{
    if (part->properties != NULL) (void)fclose(part->properties);
    if (part->cases != NULL) (void)fclose(part->cases);
    part->properties = NULL;
    part->cases = NULL;
}

static void part_destroy(struct part *part)
{
    part_end(part);
    free(part->properties_data);
    free(part->cases_data);
    free(part);
}

/* NULL: no memory. */
static struct part *part_of(struct junit *junit, const struct suite *suite)
{
    struct part **parts;
    struct part *part;

    for (size_t i = 0; i < junit->count; i++) {
        if (junit->parts[i]->suite == suite) return junit->parts[i];
    }
    parts = realloc(junit->parts, (junit->count + 1) * sizeof(*parts));
    if (parts == NULL) return NULL;
    junit->parts = parts;
    part = malloc(sizeof(*part));
    if (part == NULL) return NULL;
    if (!part_open(part, suite)) {
        part_destroy(part);
        return NULL;
    }
    parts[junit->count++] = part;
    return part;
}

/* ---- Tests ---- */

static void put_property(FILE *file, const char *test, const char *name, const char *value)
{
    (void)fputs("   <property name=\"", file);
    put_xml(file, test, true);
    (void)fputc('.', file);
    put_xml(file, name, true);
    (void)fputc('"', file);
    put_attribute(file, "value", value);
    (void)fputs("/>\n", file);
}

static void put_properties(FILE *file, const char *name, const struct suite_result *result)
{
    char value[24];

    (void)snprintf(value, sizeof(value), "%016" PRIx64, result->trace_hash);
    put_property(file, name, "trace-hash", value);
    (void)snprintf(value, sizeof(value), "%" PRIu64, result->end - result->begin);
    put_property(file, name, "virtual-ps", value);
    for (size_t i = 0; i < result->measure_count; i++) {
        char key[sizeof(result->measures[i].name) + 16];

        (void)snprintf(key, sizeof(key), "measure.%s", result->measures[i].name);
        (void)snprintf(value, sizeof(value), "%" PRIu64, result->measures[i].value);
        put_property(file, name, key, value);
    }
}

static void put_verdict(FILE *file, const char *element, const char *type, const char *message)
{
    (void)fprintf(file, "   <%s", element);
    put_attribute(file, "type", type);
    put_attribute(file, "message", message);
}

static void put_failed(FILE *file, const struct report_test *test)
{
    const struct suite_result *result = test->result;
    const char *element = report_is_of_guest(result->failure) ? "failure" : "error";
    const bool is_expected_to = result->outcome == SUITE_XPASSED;

    put_verdict(file, element,
                is_expected_to ? suite_outcome_name(result->outcome)
                               : suite_failure_name(result->failure),
                result->sentence);
    (void)fputc('>', file);
    put_xml(file, test->entry->suite->path, false);
    (void)fprintf(file, ":%u: ", result->line != 0 ? result->line : test->entry->test->line);
    put_xml(file, result->sentence, false);
    if (result->capsule[0] != '\0') {
        (void)fputs("\nspacegray debug ", file);
        put_xml(file, result->capsule, false);
    }
    (void)fprintf(file, "</%s>\n", element);
}

static void put_tail(FILE *file, const struct suite_result *result)
{
    if (result->tail_count == 0) return;
    (void)fputs("   <system-out>", file);
    for (size_t i = 0; i < result->tail_count; i++) {
        put_xml(file, result->tail[i], false);
        (void)fputc('\n', file);
    }
    (void)fputs("</system-out>\n", file);
}

static void count(struct part *part, const struct suite_result *result)
{
    part->tests++;
    part->host_ns += result->host_ns;
    switch (result->outcome) {
    case SUITE_PASSED: break;
    case SUITE_FAILED:
    case SUITE_XPASSED:
        if (report_is_of_guest(result->failure)) {
            part->failures++;
        } else {
            part->errors++;
        }
        break;
    case SUITE_SKIPPED:
    case SUITE_XFAILED:
    case SUITE_NOT_RUN: part->skipped++; break;
    }
}

static void put_outcome(FILE *file, const struct report_test *test)
{
    const struct suite_result *result = test->result;
    const char *reason = test->entry->test->expected_failure;

    switch (result->outcome) {
    case SUITE_PASSED: break;
    case SUITE_FAILED:
    case SUITE_XPASSED: put_failed(file, test); break;
    case SUITE_XFAILED:
        put_verdict(file, "skipped", suite_outcome_name(result->outcome),
                    reason != NULL ? reason : "");
        (void)fputc('>', file);
        put_xml(file, result->sentence, false);
        (void)fputs("</skipped>\n", file);
        break;
    case SUITE_SKIPPED:
    case SUITE_NOT_RUN:
        put_verdict(file, "skipped", suite_outcome_name(result->outcome), result->sentence);
        (void)fputs("/>\n", file);
        break;
    }
}

static void junit_add(struct suite_report *report, const struct report_test *test)
{
    struct part *part = part_of(report->state, test->entry->suite);
    char name[SUITE_NAME_MAX + 32];

    if (part == NULL) {
        report->is_short = true;
        return;
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)SUITE_NAME_MAX, test->entry->test->name);
    if (report->config.has_rounds) {
        const size_t used = strlen(name);

        (void)snprintf(name + used, sizeof(name) - used, " (round %u)", test->round + 1);
    }
    count(part, test->result);
    put_properties(part->properties, name, test->result);
    (void)fputs("  <testcase", part->cases);
    put_attribute(part->cases, "classname", test->entry->suite->name);
    put_attribute(part->cases, "name", name);
    put_time(part->cases, test->result->host_ns);
    (void)fputs(">\n", part->cases);
    put_outcome(part->cases, test);
    put_tail(part->cases, test->result);
    (void)fputs("  </testcase>\n", part->cases);
    if (ferror(part->cases) || ferror(part->properties)) report->is_short = true;
}

/* ---- The whole ---- */

static void put_part(FILE *file, const struct part *part, const char *date)
{
    (void)fputs(" <testsuite", file);
    put_attribute(file, "name", part->suite->name);
    put_attribute(file, "file", part->suite->path);
    (void)fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
                  part->tests, part->failures, part->errors, part->skipped);
    put_time(file, part->host_ns);
    put_attribute(file, "timestamp", date);
    (void)fputs(">\n  <properties>\n", file);
    (void)fwrite(part->properties_data, 1, part->properties_bytes, file);
    (void)fputs("  </properties>\n", file);
    (void)fwrite(part->cases_data, 1, part->cases_bytes, file);
    (void)fputs(" </testsuite>\n", file);
}

/* A run that was stopped says so by an error of its own, or it would look like a good one. */
static void put_stopped(FILE *file, int caught)
{
    (void)fputs(" <testsuite name=\"spacegray test\" tests=\"1\" failures=\"0\" errors=\"1\" "
                "skipped=\"0\">\n  <testcase classname=\"spacegray test\" name=\"run\">\n",
                file);
    put_verdict(file, "error", "stopped", strsignal(caught));
    (void)fputs("/>\n  </testcase>\n </testsuite>\n", file);
}

static void junit_finish(struct suite_report *report, int caught)
{
    struct junit *junit = report->state;
    FILE *file = report->file;
    size_t tests = 0;
    size_t failures = 0;
    size_t errors = 0;

    for (size_t i = 0; i < junit->count; i++) {
        part_end(junit->parts[i]);
        tests += junit->parts[i]->tests;
        failures += junit->parts[i]->failures;
        errors += junit->parts[i]->errors;
    }
    if (caught != 0) {
        tests++;
        errors++;
    }
    (void)fprintf(file,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"spacegray\" "
                  "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
                  tests, failures, errors);
    put_time(file, report_elapsed_ns(report));
    (void)fputs(">\n", file);
    for (size_t i = 0; i < junit->count; i++) {
        put_part(file, junit->parts[i], junit->date);
    }
    if (caught != 0) put_stopped(file, caught);
    (void)fputs("</testsuites>\n", file);
}

static int junit_open(struct suite_report *report, struct error *err)
{
    struct junit *junit = calloc(1, sizeof(*junit));
    const time_t now = time(NULL);
    struct tm date;

    if (junit == NULL) return error_host(err, "out of memory");
    report->state = junit;
    (void)strftime(junit->date, sizeof(junit->date), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now, &date));
    return 0;
}

static void junit_close(struct suite_report *report)
{
    struct junit *junit = report->state;

    if (junit == NULL) return;
    for (size_t i = 0; i < junit->count; i++) {
        part_destroy(junit->parts[i]);
    }
    free(junit->parts);
    free(junit);
}

const struct report_kind report_junit = {
    .open = junit_open,
    .add = junit_add,
    .finish = junit_finish,
    .close = junit_close,
};
