/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A folder that is gone when the last process is: see schedule_internal.h. A small process, the sweeper, waits for the end of a
 * pipe whose other end everybody has, and removes the folder. So it goes, too, when the first process is killed.
 */
#define _GNU_SOURCE /* nftw, pipe2, mkdtemp */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/app/suite/schedule_internal.h"

#define FOLDERS_OPEN 16

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

void schedule_scratch_remove(const char *path)
{
    (void)nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

static _Noreturn void sweep(const char *path, int fd)
{
    sigset_t all;
    char nothing;

    /* Whatever ends the others, this is still to be done. */
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    while (read(fd, &nothing, sizeof(nothing)) < 0 && errno == EINTR) {}
    schedule_scratch_remove(path);
    _exit(0);
}

int schedule_scratch_open(struct schedule_scratch *scratch, const char *parent, struct error *err)
{
    int ends[2];

    if (snprintf(scratch->path, sizeof(scratch->path), "%s/suite-XXXXXX", parent) >=
        (int)sizeof(scratch->path)) {
        return error_host(err, "the name of the folder for temporary files is too long");
    }
    if (mkdtemp(scratch->path) == NULL) {
        return error_host(err, "no folder for temporary files in %s: %s", parent, strerror(errno));
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        (void)rmdir(scratch->path);
        return error_host(err, "no pipe: %s", strerror(errno));
    }
    (void)fflush(NULL);
    scratch->sweeper = fork();
    if (scratch->sweeper == 0) {
        (void)close(ends[1]);
        sweep(scratch->path, ends[0]);
    }
    (void)close(ends[0]);
    scratch->alive = ends[1];
    if (scratch->sweeper > 0) return 0;
    (void)close(ends[1]);
    (void)rmdir(scratch->path);
    return error_host(err, "no process to clean up: %s", strerror(errno));
}

void schedule_scratch_close(struct schedule_scratch *scratch)
{
    (void)close(scratch->alive);
    while (waitpid(scratch->sweeper, NULL, 0) < 0 && errno == EINTR) {}
}

void schedule_scratch_name(const struct schedule_run *run, uint32_t job, enum schedule_duty duty,
                           char path[SUITE_PATH_BYTES])
{
    (void)snprintf(path, SUITE_PATH_BYTES, "%s/%" PRIu64 "%s", run->folder, run->numbered + job,
                   duty == SCHEDULE_TEST ? "" : "again");
}
