/* SPDX-License-Identifier: GPL-2.0-only */
/* A campaign from the suite to its records: the machine at its start, the run without faults, then each
 * run in a process of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/app/faults_machine.h"
#include "emu/app/faults_options.h"
#include "emu/app/faults_report.h"
#include "emu/app/faults_run.h"
#include "emu/app/faults_suite.h"

struct faults_campaign {
    const struct faults_suite *suite;
    const struct faults_request *request;
    uint64_t seed;
    struct faults_machine *machine; /* waits at its start */
    int signal_fd;
    int caught; /* the signal by which the user stopped it */
    bool shows_progress;
    bool is_golden; /* the run without faults is under way */
    struct faults_record *golden;
    char *golden_result;
    size_t golden_bytes;
    uint64_t *numbers; /* of the runs that are asked for */
    struct faults_record **records;
    size_t count;
    size_t made;
    uint64_t crashed; /* number of a run in which the emulator crashed; 0: none */
    int crash_signal; /* of that run; 0: the limit of host time, or it sent nothing of use */
};

/* Result of what follows. */
enum faults_outcome {
    FAULTS_GOOD,
    FAULTS_STOPPED,  /* by the user: `caught` */
    FAULTS_UNUSABLE, /* the work is not done without faults either: `err` says why */
    FAULTS_TROUBLE,  /* `err` */
};

/* Must stay where it is; faults_campaign_close() is needed whatever comes. `suite` and `request` are
 * borrowed. */
enum faults_outcome faults_campaign_open(struct faults_campaign *campaign,
                                         const struct faults_suite *suite,
                                         const struct faults_request *request, struct error *err);
void faults_campaign_close(struct faults_campaign *campaign);
/* Runs the machine to its start, and, when `needs_golden` or some fault's time depends on it, makes the
 * run without faults. */
enum faults_outcome faults_campaign_start(struct faults_campaign *campaign, bool needs_golden,
                                          struct error *err);
/* Makes all runs. */
enum faults_outcome faults_campaign_run(struct faults_campaign *campaign, struct error *err);
/* The faults of run number index. */
void faults_campaign_plan(const struct faults_campaign *campaign, size_t index,
                          struct faults_plan *plan);
struct faults_report faults_campaign_report(const struct faults_campaign *campaign);
