/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fault suite: the machine and the work it does, when faults fall and which, and what is to be told
 * of it. Written in YAML; docs/formats/fault-suite.md specifies every key.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/fault_random.h"
#include "emu/app/fault_spec.h"
#include "emu/app/faults_class.h"
#include "emu/app/run_options.h"
#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/machine/machine.h"

#define FAULTS_ENTRIES_MAX 32u
#define FAULTS_COUNT_MAX   16u
#define FAULTS_PLAN_MAX    64u /* faults in one run */
#define FAULTS_RUNS_MAX    UINT64_C(100000)
#define FAULTS_TEXT_MAX    256u

/* One item of `faults:`. */
struct faults_entry {
    bool is_random;
    unsigned count; /* faults that it gives */
    /* Not random: `when` counts from the start. */
    struct fault_spec spec;
    /* Random. */
    struct fault_mix mix;
    enum fault_target target;
    uint64_t range_base;
    uint64_t range_end;
    bool has_window; /* false: the time that the run without faults takes */
    vtime window_begin;
    vtime window_end;
};

/* `limits:` of one class. */
struct faults_limit {
    bool is_set;
    bool is_percent;
    uint64_t value;
};

struct faults_suite {
    const char *name; /* of the file; borrowed */
    /* The machine. Of the options only those are set that a suite has. */
    struct run_options options;
    struct dimm_set dimms;
    struct machine_scrub scrub;
    /* Where the part without faults ends. */
    const char *start_text; /* NULL: at `start_at` */
    vtime start_at;
    vtime start_within; /* the text must have come by then */
    /* What ends a run. */
    enum faults_end finish; /* FAULTS_END_TEXT, _EXIT or _POWER_OFF */
    const char *finish_text;
    vtime timeout; /* after the start */
    /* What is looked at. */
    const char *result_prefix; /* lines that count begin with it */
    bool has_result;
    regex_t result; /* lines that count; without both: all but the kernel's log */
    bool has_panic;
    regex_t panic; /* lines that say that the guest gives up */
    bool has_status;
    unsigned status; /* that the run without faults must end with */
    uint64_t runs;
    uint64_t seed;
    struct faults_limit limits[FAULTS_CLASSES];
    struct faults_entry entries[FAULTS_ENTRIES_MAX];
    size_t entry_count;
    /* Owned. */
    void *raw;
    char *paths[RUN_MODULES_MAX + 5];
    size_t path_count;
};

/* Reads the file; paths in it count from its folder. -1 with `err` and nothing kept: host trouble, or
 * ERROR_USAGE as "FILE:LINE:COLUMN: sentence". */
int faults_suite_load(const char *path, struct faults_suite *suite, struct error *err) MUST_CHECK;
/* The same for a text in memory; `name` as the file's path. */
int faults_suite_parse(const char *name, const uint8_t *text, size_t bytes,
                       struct faults_suite *suite, struct error *err) MUST_CHECK;
void faults_suite_release(struct faults_suite *suite);
/* Whether `count` of `total` runs are more than the limit allows. */
bool faults_limit_is_exceeded(const struct faults_limit *limit, uint64_t count, uint64_t total);
