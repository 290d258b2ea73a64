/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which test runs where and when. A tree of processes: the one that was started reads the suites and reports, and forks a
 * process for each machine that begins at power-on; such a process, when its test provides something, stays with its
 * machine as it is, and forks one for each test that requires that (and so on). So a test that begins with a
 * booted machine costs a fork. As many as `jobs` processes work at a time, in the whole tree: who works holds a
 * token. Tokens that nobody has work for lie in a pipe that all inherit; who stays with its machine uses its own for
 * the first test that begins with that. So with one job the order is that of the list, but that tests follow
 * their provider at once. Which jobs there are, what became of each and who holds tokens lies in memory that all share.
 *
 * A worker that crashes, hangs or eats the host's memory fails its test alone; its parent has its token and says
 * what it died of. No process and no temporary file is left behind, also when the first process is killed
 * (PR_SET_PDEATHSIG; a process that does nothing else removes the scratch files when the last of the others is gone).
 *
 * Who fails is run again from power-on with a recording, with its providers in front of it: that makes its capsule. Runs
 * repeat, so nobody else needs to be recorded. When the second run does not end as the first, that is told, for it is a
 * bug of the emulator, or the first died of something outside of it. Second runs come before tests that were not begun.
 */
#pragma once

#include "emu/app/suite/suite.h"
#include "emu/app/suite/suite_result.h"

struct suite_selection {
    const char *const *
        filters; /* shell patterns for SUITE:TEST or TEST; "tag:NAME"; any of them. Providers of those
                                   that fit come along, but are not reported unless they fail */
    size_t filter_count; /* 0: all */
    /* Shard 1..shards of what remains; 0: all. Tests that begin with one power-on stay together as long as they are no
     * more than a shard's part of all; else that power-on comes along with each part. */
    unsigned shard, shards;
    unsigned repeat;       /* each so many times; 0: once */
    bool is_until_failure; /* repeat (without `repeat`: for ever) until one fails */
    bool has_seed;         /* in an order by chance, providers before who requires */
    uint64_t seed;
};

/* One test that was chosen: what --list shows and what reports number. */
struct suite_entry {
    const struct suite *suite;
    const struct suite_test *test;
    bool is_only_provider; /* comes along for others */
};
/* What `selection` chooses, in order. *list is free()d. -1 with `err`: no memory, a filter that nothing fits (with what may
 * have been meant). */
int suite_select(const struct suite *suites, size_t suite_count,
                 const struct suite_selection *selection, struct suite_entry **list, size_t *count,
                 struct error *err) MUST_CHECK;

struct suite_limits {
    unsigned jobs;
    uint64_t
        host_ns; /* of one test, last resort; 0: 20 times its virtual time-out, at least a minute */
    uint64_t
        host_memory; /* that a test may add to what its process began with; 0: the machine's own memory, twice,
                             and 1 GiB */
};

/* Told on the first process, in the order in which tests end. Members may be NULL. */
struct suite_listener {
    void *ctx;
    void (*begun)(void *ctx, const struct suite_entry *entry, unsigned round);
    void (*ended)(void *ctx, const struct suite_entry *entry, unsigned round,
                  const struct suite_result *result);
    /* Some ten times a second while something runs. Rounds count from 0. Who only provides is told when it fails; who
     * is skipped, or never ran, ends without having begun. */
    void (*tick)(void *ctx);
};

struct suite_schedule {
    const struct suite_entry *entries; /* as suite_select() made them */
    size_t entry_count;
    const struct suite_selection *selection;
    struct suite_limits limits;
    const char *capsules;  /* folder; made when the first is needed; NULL: no capsules */
    unsigned capsules_max; /* more failures get none, and say so */
    const char *scratch;   /* a folder that is there; empty afterwards if it was before */
    const char
        *coverage;  /* each job saves what it touched there as N.coverage; NULL: nobody notes it */
    bool is_golden; /* --update-golden */
    int signal_fd;  /* faults_signals_open() */
    struct suite_listener listener;
};

/* -1 with `err`: host trouble; all that began is told all the same. *caught: the signal that stopped it, or 0; then tests
 * that did not come to their end are told as SUITE_NOT_RUN. The caller has no other child processes and threads. */
int suite_schedule_run(const struct suite_schedule *schedule, int *caught,
                       struct error *err) MUST_CHECK;
