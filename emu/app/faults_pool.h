/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jobs, each in a process of its own that is forked from this one: whatever a job does to what it finds in
 * memory is its own affair, and its end is told whatever it ends by. No process is left behind, also
 * when this one dies.
 *
 * fork() keeps only the thread that calls it: there must be no other, and no lock held.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

#define FAULTS_WORKERS_MAX 64u

enum faults_job_result {
    FAULTS_JOB_DONE,   /* it sent something and ended with status 0 */
    FAULTS_JOB_STATUS, /* it ended with `status`, which is not 0 */
    FAULTS_JOB_SIGNAL, /* `signal` killed it */
    FAULTS_JOB_LATE,   /* it took too much of the host's time and was killed */
    FAULTS_JOB_LONG,   /* it sent too much and was killed */
};

struct faults_job_end {
    size_t job;
    enum faults_job_result result;
    int status;
    int signal;
    const void *data; /* what it sent; valid during the call */
    size_t bytes;
};

struct faults_pool {
    void *ctx;
    unsigned workers;   /* jobs at a time, 1..FAULTS_WORKERS_MAX */
    uint64_t limit_ns;  /* host time of a job; 0: any */
    size_t bytes_max;   /* that a job may send */
    size_t memory_more; /* address space that a job may add to what it finds; 0: any */
    int signal_fd; /* readable when the user wants to stop (faults_signals_open()); -1: never */
    /* In the child. What it writes to `fd` is sent. Returns its exit status. */
    int (*work)(void *ctx, size_t job, int fd);
    /* Here, when a job has ended; in any order. False: enough, the rest is not wanted any more. */
    bool (*done)(void *ctx, const struct faults_job_end *end);
};

/* Runs jobs 0..`jobs`-1, started in this order. *caught is the signal by which the user stopped it
 * (then some jobs are not done), else 0. -1 with `err`: host trouble; no process is left either way. */
int faults_pool_run(const struct faults_pool *pool, size_t jobs, int *caught,
                    struct error *err) MUST_CHECK;

/* Writes all of it. -1 when that is not possible. */
int faults_pool_send(int fd, const void *data, size_t bytes) MUST_CHECK;

/* From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT do not end this process, but are kept. -1 with `err`. */
int faults_signals_open(struct error *err);
/* The signal that came, 0 when none did. */
int faults_signals_caught(int fd);
/* Unblocks them. */
void faults_signals_close(int fd);
