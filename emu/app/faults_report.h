/* SPDX-License-Identifier: GPL-2.0-only */
/* What a campaign found: as a table for people, as JSON for programs (docs/formats/fault-report.md). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/app/faults_run.h"

struct faults_report {
    const struct faults_suite *suite;
    uint64_t seed;
    size_t asked;                        /* runs that were asked for */
    const struct faults_record *golden;  /* NULL: not made */
    struct faults_record *const *record; /* `asked` of them by number; NULL: not made */
};

struct faults_totals {
    uint64_t count[FAULTS_CLASSES];
    uint64_t first[FAULTS_CLASSES]; /* number of the first run of the class; 0: none */
    uint64_t runs;                  /* that were made */
};

void faults_report_count(const struct faults_report *report, struct faults_totals *totals);
/* Some class came more often than `limits:` allows. */
bool faults_report_exceeds(const struct faults_report *report, const struct faults_totals *totals);

/* The table, and which limits were exceeded. */
void faults_report_print(const struct faults_report *report, bool has_colours, FILE *file);
/* One line for a run: its faults, its end, its first line that differs. */
void faults_report_print_run(const struct faults_record *record, FILE *file);
/* Writes the JSON report to `path` ("-": standard output). -1 with `err`. */
int faults_report_write(const struct faults_report *report, const char *path,
                        struct error *err) MUST_CHECK;
/* The report as text, without a newline at its end; free() it. NULL: out of memory. */
char *faults_report_json(const struct faults_report *report);
