/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told of a run of suites: for people (one line a test; on a terminal colours and a line of progress; failures
 * last, with the lines that matter), and for machines: TAP 14, JUnit XML, JSON lines.
 */
#pragma once

#include <stdio.h>

#include "emu/app/suite/suite_schedule.h"

enum suite_report_kind {
    SUITE_REPORT_TEXT,
    SUITE_REPORT_TAP,
    SUITE_REPORT_JUNIT,
    SUITE_REPORT_JSON,
};

struct suite_report;

struct suite_report_config {
    enum suite_report_kind kind;
    const char *path; /* NULL or "-": `stream` */
    FILE *stream;     /* NULL: standard output */
    size_t
        planned; /* entries that are reported, times rounds; SIZE_MAX: not known (--until-fail) */
    bool has_rounds;       /* rounds are told, counted from 1 (the first is round 0) */
    bool is_terminal;      /* text: a line of progress */
    bool has_colours;      /* text */
    bool is_verbose;       /* text: measures, hashes and times of each test */
    bool is_quiet;         /* text: failures and totals only */
    unsigned name_columns; /* text: room for SUITE:TEST, so that times stand in a column */
    const char *again; /* text: options that a run needs again, as a shell takes them; NULL: none */
};

/* NULL with `err`: the file cannot be made. */
struct suite_report *suite_report_create(const struct suite_report_config *config,
                                         struct error *err);
void suite_report_destroy(struct suite_report *report);
/* Of a provider that comes along for others only its failure is reported. */
void suite_report_begin(struct suite_report *report, const struct suite_entry *entry,
                        unsigned round);
void suite_report_add(struct suite_report *report, const struct suite_entry *entry, unsigned round,
                      const struct suite_result *result);
/* The line of progress moves. */
void suite_report_tick(struct suite_report *report);
/* The end: totals, failures, the XML as a whole (a file appears whole or not at all). `caught`: the signal that stopped
 * the run; 0: none. -1 with `err`: what the host could not keep. */
int suite_report_finish(struct suite_report *report, int caught, struct error *err) MUST_CHECK;

/* ---- JSON lines, which other processes read back (--executor) ---- */

/* One object, without newline; free() it. `file`: the suite's path. NULL: no memory. docs/formats/suite-report.md
 * specifies it. */
char *suite_result_write(const char *file, const char *test, unsigned round,
                         const struct suite_result *result);
/* Hostile input. Names are cut to their room. -1 with `err`. */
struct suite_result_name {
    char file[SUITE_PATH_BYTES];
    char test[SUITE_NAME_MAX];
    unsigned round;
};
int suite_result_read(const char *line, struct suite_result_name *name, struct suite_result *result,
                      struct error *err) MUST_CHECK;
