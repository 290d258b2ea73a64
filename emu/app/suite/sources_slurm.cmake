# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_slurm slurm_arguments.c slurm_executor.c slurm_job.c slurm_output.c slurm_run.c)
