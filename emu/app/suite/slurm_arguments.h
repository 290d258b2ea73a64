/* SPDX-License-Identifier: GPL-2.0-only */
/* `--executor slurm`: what of a command line is for the tasks, and what is for Slurm. */
#pragma once

#include "emu/app/suite/test_options.h"

/* Words of a command line. */
struct slurm_arguments {
    char **list;
    size_t count;
    bool is_short; /* there was no memory for one */
};

/* What `spacegray test` is given in each task, but for what suite_slurm.h says by itself: which tests, which suites, limits,
 * where capsules go. Slurm starts tasks in this folder, so names of files stay as they are. -1 with `err`: an option that does
 * not go with tasks. slurm_arguments_release() is due in any case. */
int slurm_arguments_make(const struct test_request *request, struct slurm_arguments *arguments,
                         struct error *err) MUST_CHECK;
void slurm_arguments_release(struct slurm_arguments *arguments);

/* slurm[,tasks=N][,folder=DIR] */
struct slurm_choice {
    unsigned tasks; /* 0: not said */
    char *folder;   /* NULL: not said; free() it */
};
int slurm_choice_parse(const char *text, struct slurm_choice *choice, struct error *err) MUST_CHECK;
