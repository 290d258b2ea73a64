/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a test. It lies in memory that the process which runs the test shares with the one that reports, so it
 * points nowhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/clock.h"

#define SUITE_TAIL_LINES   10u
#define SUITE_LINE_BYTES   256u
#define SUITE_MEASURES_MAX 32u
#define SUITE_SENTENCE_MAX 1024u
#define SUITE_PATH_BYTES   1024u

enum suite_outcome {
    SUITE_NOT_RUN, /* nobody came to it: the run was stopped before */
    SUITE_PASSED,
    SUITE_FAILED,
    SUITE_SKIPPED, /* `sentence`: why; also of tests whose provider did not pass */
    SUITE_XFAILED, /* failed, as is known */
    SUITE_XPASSED, /* passed, and is known to fail: counts as a failure */
};

/* Why it failed. */
enum suite_failure {
    SUITE_NO_FAILURE,
    SUITE_ASSERT,       /* a step was not met */
    SUITE_TIME_OUT,     /* in virtual time */
    SUITE_FORBIDDEN,    /* something came that was not to come */
    SUITE_GUEST_END,    /* the guest ended or died in the middle */
    SUITE_CRASH,        /* the emulator: `signal` */
    SUITE_HANG,         /* the limit of host time */
    SUITE_MEMORY,       /* the limit of host memory */
    SUITE_HOST_TROUBLE, /* disk full, a file that is gone */
};

struct suite_measure {
    char name[64];
    vtime value;
};

/* Starts as all zero. */
struct suite_result {
    enum suite_outcome outcome;
    enum suite_failure failure;
    int signal;                        /* SUITE_CRASH */
    size_t step;                       /* where it failed; steps count from 0 */
    unsigned line;                     /* that step's, in the file; 0: none */
    char sentence[SUITE_SENTENCE_MAX]; /* what was wanted, and what came; one sentence */
    vtime begin, end;                  /* virtual times of the machine */
    uint64_t host_ns;                  /* from the fork on */
    uint64_t start_ns;                 /* of that, until its first step began: power-on or fork */
    uint64_t trace_hash;               /* at its end */
    uint64_t seq;                      /* of the last event, at its end */
    size_t
        tail_count; /* the last lines that came out of the ports, or those that matter more (a panic) */
    char tail[SUITE_TAIL_LINES][SUITE_LINE_BYTES];
    size_t measure_count;
    struct suite_measure measures[SUITE_MEASURES_MAX];
    char capsule[SUITE_PATH_BYTES]; /* path; empty: none was made */
    unsigned tries;                 /* 1, and more with retries */
};

/* "passed", "failed", ... and "assert", "time-out", ... as reports have them. */
const char *suite_outcome_name(enum suite_outcome outcome);
const char *suite_failure_name(enum suite_failure failure);
/* SIZE_MAX-free reverse: false when there is no such name. */
bool suite_outcome_find(const char *name, enum suite_outcome *outcome);
bool suite_failure_find(const char *name, enum suite_failure *failure);
/* It counts as a failure of the run. */
bool suite_result_is_bad(const struct suite_result *result);
/* What the file expects (expected_failure) turns failed into xfailed and passed into xpassed. */
void suite_result_judge(struct suite_result *result, const char *expected_failure);
