/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest says on its serial port, looked at while it comes: the text at which faults may begin,
 * the text that finishes a run, lines that count as the program's result, lines that say that the guest
 * gives up. Allocates nothing while the machine runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/faults_suite.h"
#include "emu/app/text_finder.h"
#include "emu/core/host.h"

#define FAULTS_LINE_BYTES   4096u               /* longer lines are cut into several */
#define FAULTS_RESULT_BYTES ((size_t)256 << 10) /* of lines that are kept; the hash covers all */

struct faults_output {
    const struct faults_suite *suite;
    struct text_finder start;
    struct text_finder finish;
    bool has_started; /* the start was reached: lines count from now on */
    bool has_finished;
    bool has_panicked;
    bool skips_line; /* what stands behind the start's text on its line does not count */
    int copy_fd;     /* all that is said from the start on goes there, too; -1: nowhere */
    char line[FAULTS_LINE_BYTES + 1];
    size_t line_bytes;
    char last[FAULTS_TEXT_MAX]; /* the last line with something on it */
    char *result;               /* lines that count, each with its newline */
    size_t result_bytes;
    bool is_cut;           /* no more is kept */
    uint64_t result_lines; /* all, also those that are not kept */
    uint64_t result_hash;  /* of all */
};

/* -1 with `err` when there is no memory. */
int faults_output_init(struct faults_output *output, const struct faults_suite *suite,
                       struct error *err) MUST_CHECK;
void faults_output_release(struct faults_output *output);
/* For machine_config. */
struct host_sink faults_output_sink(struct faults_output *output);
/* The start is reached for another reason than its text. */
void faults_output_begin(struct faults_output *output);
/* The run is over: an unfinished line is a line. */
void faults_output_end(struct faults_output *output);

/* Two results, as `result` and `result_bytes` have them. 0 when they are equal as far as they go,
 * otherwise the number (from 1) of the first line that differs; `a` and `b` are that line, cut, "" when
 * there is none. */
#define FAULTS_SHOWN_BYTES 160
uint64_t faults_output_compare(const char *results[2], const size_t bytes[2],
                               char a[FAULTS_SHOWN_BYTES], char b[FAULTS_SHOWN_BYTES]);
