/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Test Anything Protocol, version 14 (testanything.org). The plan stands at the end: a provider that comes along and fails
 * is one more test than was planned. A run that was stopped has "Bail out!" instead of a plan.
 *
 * Nothing here is beyond version 13, and harnesses of Perl from before 2023 refuse any later one (Test::Harness of Debian
 * 12): under such a harness, that is the version which is told. Their reader of YAML knows a part of it only, so
 * diagnostics are flat, and the guest's last lines are a block each of whose lines begins with a bar.
 */
#define _GNU_SOURCE /* strsignal */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/report_internal.h"

#define NS_PER_MS 1000000u

/* On the line of a test: # begins a directive. */
static void put_described(FILE *file, const char *text)
{
    uint32_t letter;

    while (report_letter(&text, &letter)) {
        if (letter == '#' || letter == '\\') (void)fputc('\\', file);
        report_put_letter(file, report_plain(letter));
    }
}

/* A double-quoted scalar of YAML, on one line. */
static void put_quoted(FILE *file, const char *text)
{
    uint32_t letter;

    (void)fputc('"', file);
    while (report_letter(&text, &letter)) {
        if (letter == '"' || letter == '\\') {
            (void)fprintf(file, "\\%c", (char)letter);
        } else {
            report_put_letter(file, report_plain(letter));
        }
    }
    (void)fputc('"', file);
}

static void put_text(FILE *file, const char *key, const char *text)
{
    (void)fprintf(file, "  %s: ", key);
    put_quoted(file, text);
    (void)fputc('\n', file);
}

static void put_diagnostics(FILE *file, const struct report_test *test)
{
    const struct suite_result *result = test->result;
    const bool is_expected = result->outcome == SUITE_XFAILED;

    (void)fputs("  ---\n", file);
    put_text(file, "message", result->sentence);
    put_text(file, "severity", is_expected ? "todo" : "fail");
    if (result->outcome != SUITE_XPASSED) {
        put_text(file, "failure", suite_failure_name(result->failure));
    }
    put_text(file, "file", test->entry->suite->path);
    (void)fprintf(file, "  line: %u\n", result->line != 0 ? result->line : test->entry->test->line);
    (void)fprintf(file, "  duration_ms: %" PRIu64 "\n", result->host_ns / NS_PER_MS);
    (void)fprintf(file, "  virtual_ps: %" PRIu64 "\n", result->end - result->begin);
    (void)fprintf(file, "  trace_hash: \"%016" PRIx64 "\"\n", result->trace_hash);
    if (result->capsule[0] != '\0') put_text(file, "capsule", result->capsule);
    if (result->tail_count > 0) (void)fputs("  tail: |\n", file);
    for (size_t i = 0; i < result->tail_count; i++) {
        (void)fputs("    | ", file);
        report_put(file, result->tail[i]);
        (void)fputc('\n', file);
    }
    (void)fputs("  ...\n", file);
}

static int tap_open(struct suite_report *report, struct error *err)
{
    (void)err;
    (void)fprintf(report->file, "TAP version %d\n", getenv("HARNESS_ACTIVE") != NULL ? 13 : 14);
    return 0;
}

static void tap_add(struct suite_report *report, const struct report_test *test)
{
    const struct suite_result *result = test->result;
    const bool is_ok = result->outcome == SUITE_PASSED || result->outcome == SUITE_SKIPPED;
    FILE *file = report->file;
    char title[REPORT_TITLE_BYTES];

    if (result->outcome == SUITE_NOT_RUN) return;
    report_title(report, test->entry, test->round, title);
    (void)fprintf(file, "%sok %zu - ", is_ok ? "" : "not ", report->totals.all);
    put_described(file, title);
    if (result->outcome == SUITE_SKIPPED) {
        (void)fputs(" # SKIP ", file);
        put_described(file, result->sentence);
    } else if (result->outcome == SUITE_XFAILED) {
        const char *reason = test->entry->test->expected_failure;

        (void)fputs(" # TODO ", file);
        put_described(file, reason != NULL ? reason : "");
    }
    (void)fputc('\n', file);
    if (!is_ok) put_diagnostics(file, test);
}

static void tap_finish(struct suite_report *report, int caught)
{
    if (caught != 0) {
        (void)fprintf(report->file, "Bail out! Stopped: %s\n", strsignal(caught));
    } else if (report->totals.count[SUITE_NOT_RUN] > 0) {
        (void)fputs("Bail out! Stopped\n", report->file);
    } else {
        (void)fprintf(report->file, "1..%zu\n", report->totals.all);
    }
}

const struct report_kind report_tap = {
    .open = tap_open,
    .add = tap_add,
    .finish = tap_finish,
};
