/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of a campaign: see faults_report.h. */
#include "emu/app/faults_report.h"

#include <inttypes.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/base/bits.h"

#define RED   "\033[1;31m"
#define PLAIN "\033[0m"

void faults_report_count(const struct faults_report *report, struct faults_totals *totals)
{
    *totals = (struct faults_totals){.runs = 0};
    for (size_t i = 0; i < report->asked; i++) {
        const struct faults_record *record = report->record[i];

        if (record == NULL) continue;
        totals->runs++;
        if (totals->count[record->class]++ == 0) totals->first[record->class] = record->number;
    }
}

bool faults_report_exceeds(const struct faults_report *report, const struct faults_totals *totals)
{
    for (size_t i = 0; i < ARRAY_LEN(totals->count); i++) {
        if (faults_limit_is_exceeded(&report->suite->limits[i], totals->count[i], totals->runs)) {
            return true;
        }
    }
    return false;
}

static void print_row(const struct faults_totals *totals, enum faults_class class, bool has_colours,
                      FILE *file)
{
    const uint64_t count = totals->count[class];
    const bool is_bad = count > 0 && (class == FAULTS_SILENT || class == FAULTS_CRASH);
    char first[24] = "-";
    double low;
    double high;

    if (class == FAULTS_CRASH && count == 0) return;
    faults_interval(count, totals->runs, &low, &high);
    if (count > 0) (void)snprintf(first, sizeof(first), "%" PRIu64, totals->first[class]);
    (void)fprintf(file, "%s%-18s  %6" PRIu64 "  %5.1f %%  %5.1f - %5.1f %%  %9s%s\n",
                  is_bad && has_colours ? RED : "", faults_class_name(class), count,
                  100 * (double)count / (double)totals->runs, 100 * low, 100 * high, first,
                  is_bad && has_colours ? PLAIN : "");
}

static void print_golden(const struct faults_record *golden, FILE *file)
{
    char start[TIME_TEXT_BYTES];
    char duration[TIME_TEXT_BYTES];

    /* To whole microseconds: picoseconds say nothing here. */
    format_time(golden->start / VTIME_US(1) * VTIME_US(1), start);
    format_time(golden->duration / VTIME_US(1) * VTIME_US(1), duration);
    (void)fprintf(file, "without faults: starts at %s, takes %s, %" PRIu64 " lines of result%s\n",
                  start, duration, golden->result_lines,
                  golden->result_lines == 0 ? " (only the way that runs end is compared)" : "");
}

static void print_limits(const struct faults_report *report, const struct faults_totals *totals,
                         FILE *file)
{
    for (enum faults_class i = 0; i < FAULTS_CLASSES; i++) {
        const struct faults_limit *limit = &report->suite->limits[i];

        if (!faults_limit_is_exceeded(limit, totals->count[i], totals->runs)) continue;
        (void)fprintf(file, "limit exceeded: %s %" PRIu64 ", allowed %" PRIu64 "%s\n",
                      faults_class_name(i), totals->count[i], limit->value,
                      limit->is_percent ? " %" : "");
    }
}

/* Faults that did not come say nothing about the work, and their runs look like good ones. */
static void print_missing(const struct faults_report *report, FILE *file)
{
    uint64_t count = 0;
    uint64_t missing = 0;

    for (size_t i = 0; i < report->asked; i++) {
        const struct faults_record *record = report->record[i];

        if (record == NULL || record->class == FAULTS_CRASH) continue;
        for (size_t j = 0; j < record->fault_count; j++) {
            count++;
            missing += (record->planted & BIT(j)) == 0;
        }
    }
    if (missing == 0) return;
    (void)fprintf(file,
                  "not planted: %" PRIu64 " of %" PRIu64
                  " faults (the run was over before, or no memory answers there)\n",
                  missing, count);
}

void faults_report_print(const struct faults_report *report, bool has_colours, FILE *file)
{
    struct faults_totals totals;

    faults_report_count(report, &totals);
    (void)fprintf(file, "%s: seed %" PRIu64 ", %" PRIu64 " runs", report->suite->name, report->seed,
                  totals.runs);
    if (totals.runs < report->asked) (void)fprintf(file, " of %zu", report->asked);
    (void)fputc('\n', file);
    if (report->golden != NULL) print_golden(report->golden, file);
    if (totals.runs == 0) return;
    (void)fprintf(file, "\n%-18s  %6s  %7s  %15s  %9s\n", "class", "runs", "share", "95 % interval",
                  "first run");
    for (enum faults_class i = 0; i < FAULTS_CLASSES; i++) {
        print_row(&totals, i, has_colours, file);
    }
    print_missing(report, file);
    print_limits(report, &totals, file);
}

void faults_report_print_run(const struct faults_record *record, FILE *file)
{
    const struct faults_facts *facts = &record->facts;
    char text[FAULT_SPEC_TEXT_BYTES];

    for (size_t i = 0; i < record->fault_count; i++) {
        fault_spec_format(&record->faults[i], text);
        (void)fprintf(file, "run %" PRIu64 ": fault %s%s\n", record->number, text,
                      (record->planted & BIT(i)) != 0 ? "" : " (not planted)");
    }
    if (record->class == FAULTS_CRASH) {
        (void)fprintf(file, "run %" PRIu64 ": %s\n", record->number,
                      faults_class_name(record->class));
        return;
    }
    (void)fprintf(file, "run %" PRIu64 ": %s, ended by %s", record->number,
                  faults_class_name(record->class), faults_end_name(facts->end));
    if (facts->end == FAULTS_END_EXIT) (void)fprintf(file, " with status %u", facts->status);
    (void)fprintf(file,
                  "; errors: %" PRIu64 " corrected, %" PRIu64 " uncorrected, %" PRIu64
                  " miscorrected, %" PRIu64 " undetected\n",
                  facts->errors.corrected, facts->errors.uncorrected, facts->errors.miscorrected,
                  facts->errors.undetected);
    if (record->difference == 0) return;
    (void)fprintf(file, "run %" PRIu64 ": line %" PRIu64 " of the result is '%s' instead of '%s'\n",
                  record->number, record->difference, record->got, record->wanted);
}
