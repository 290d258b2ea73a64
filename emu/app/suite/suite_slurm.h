/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suites on more machines than one: shards of the tests as the tasks of a Slurm job array. Each task is `spacegray test` again, with
 * `--shard`, on whatever node it comes to; what it tells as JSON lines (docs/formats/suite-report.md) comes back through a
 * folder that all nodes see. Who asked waits, tells results as they come, and reports as if all had run here.
 *
 * Slurm's own programs do Slurm's work (sbatch, squeue, scancel); where jobs go, and for how long, is said as for any
 * other job: SBATCH_PARTITION, SBATCH_TIMELIMIT and the like in the environment (sbatch(1)).
 */
#pragma once

#include "emu/app/suite/suite_schedule.h"

#define SLURM_TASKS_MAX 1000u /* MaxArraySize of slurm.conf(5), unless somebody has changed it */

struct suite_slurm {
    const struct suite_entry *entries; /* those that all shards have together */
    size_t entry_count;
    unsigned rounds;
    unsigned tasks; /* shards, 1..SLURM_TASKS_MAX */
    unsigned jobs;  /* of each: tests at a time, and processors that it asks for */
    /* What `spacegray test` is given in each task behind --shard, --jobs and --json. */
    const char *const *arguments;
    size_t argument_count;
    const char *folder; /* made already; the script and what the tasks say is left in it */
    int signal_fd;      /* faults_signals_open() */
    struct suite_listener listener;
};

/* Until the last task has ended. A test that no task told of is told as failed by trouble of the host. -1 with `err`: no
 * Slurm, a job that was refused; nothing is left in its queue then. *caught: the signal that stopped it, or 0; the job is
 * cancelled, and what is not told was not run. */
int suite_slurm_run(const struct suite_slurm *slurm, int *caught, struct error *err) MUST_CHECK;
