/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tasks of a job array tell, read while they write it. */
#pragma once

#include <stdbool.h>

#include "emu/app/suite/suite_slurm.h"

struct slurm_output;

/* NULL with `err`. `slurm` is borrowed. */
struct slurm_output *slurm_output_create(const struct suite_slurm *slurm, struct error *err);
void slurm_output_destroy(struct slurm_output *output);
/* Reads what came since the last time and tells the listener. A line that is no result of one of the entries is passed over. */
void slurm_output_read(struct slurm_output *output);
/* All that was asked for has been told. */
bool slurm_output_is_whole(const struct slurm_output *output);
/* The rest is told as `outcome`: failed by trouble of the host, with what the tasks said last, or not run. */
void slurm_output_tell_rest(struct slurm_output *output, enum suite_outcome outcome);
