/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that is forked from this one to do one thing, and whose end is told whatever it ends by: its pipe is at its
 * end then. It dies with its parent, leaves no core file, and is the first to go when the host's memory is short.
 *
 * fork() keeps only the thread that calls it: there must be no other, and no lock held.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "emu/base/error.h"

struct worker_process {
    pid_t pid; /* of the child, in its parent; 0: none */
    /* The parent reads here what the child writes here, non-blocking for neither. The child's children must close it. */
    int fd;
    uint64_t memory_before; /* in the child: how much address space was allowed before */
};

/* 1 in the parent, 0 in the child, -1 with `err`. `memory_more`: address space that the child may add to what it
 * finds; 0: any. Files that other children of this process are heard by are for the caller to close in the child. */
int worker_process_fork(struct worker_process *worker, size_t memory_more,
                        struct error *err) MUST_CHECK;
/* In the child: as much address space again as before. */
void worker_process_lift_limit(const struct worker_process *worker);
/* Waits for its end; closes the pipe. The status is waitpid()'s. */
int worker_process_reap(struct worker_process *worker);
/* Ends it, whatever it does, and waits for that. */
int worker_process_kill(struct worker_process *worker);
