/* SPDX-License-Identifier: GPL-2.0-only */
/* A job array of Slurm, by Slurm's own programs. */
#pragma once

#include <stdbool.h>

#include "emu/app/suite/suite_slurm.h"

#define SLURM_ID_BYTES 32

struct slurm_job {
    char id[SLURM_ID_BYTES]; /* number of the array's job */
};

/* Writes the script into the folder and submits it. The output of task N is FOLDER/N.json and FOLDER/N.txt. -1 with
 * `err`: the script cannot be written, there is no Slurm, it refuses (its own words are in the sentence). */
int slurm_job_submit(const struct suite_slurm *slurm, struct slurm_job *job,
                     struct error *err) MUST_CHECK;
/* *is_over: none of its tasks waits or runs. -1 with `err`: Slurm does not answer, which may pass. */
int slurm_job_look(const struct slurm_job *job, bool *is_over, struct error *err) MUST_CHECK;
/* All tasks end. */
void slurm_job_cancel(const struct slurm_job *job);
