/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a command line to a job of Slurm and back: see suite_slurm.h. Its files are in a folder that is here and on
 * every node; it stays when a task did not tell of its tests, because what it said about that is in there.
 */
#define _GNU_SOURCE /* asprintf */

#include "emu/app/suite/slurm_executor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/suite/schedule_internal.h"
#include "emu/app/suite/slurm_arguments.h"
#include "emu/app/suite/suite_slurm.h"
#include "emu/base/bits.h"

#define TASKS_DEFAULT 8u

/* Between the job and whoever listens: has anything gone wrong that is not a test's affair? */
struct ear {
    const struct suite_listener *listener;
    bool has_trouble;
};

static void ended(void *ctx, const struct suite_entry *entry, unsigned round,
                  const struct suite_result *result)
{
    struct ear *ear = ctx;

    if (result->failure == SUITE_HOST_TROUBLE) ear->has_trouble = true;
    if (ear->listener->ended != NULL) {
        ear->listener->ended(ear->listener->ctx, entry, round, result);
    }
}

static void tick(void *ctx)
{
    const struct ear *ear = ctx;

    if (ear->listener->tick != NULL) ear->listener->tick(ear->listener->ctx);
}

/* A folder of this run in the one that was asked for, which is absolute then. NULL with `err`. */
static char *make_folder(const char *where, struct error *err)
{
    char *base = realpath(where != NULL ? where : ".", NULL);
    char *folder = NULL;

    if (base == NULL) {
        (void)error_host(err, "%s: %s", where != NULL ? where : ".", strerror(errno));
        return NULL;
    }
    if (asprintf(&folder, "%s/spacegray-slurm.XXXXXX", base) < 0) {
        folder = NULL;
        (void)error_host(err, "out of memory");
    } else if (mkdtemp(folder) == NULL) {
        (void)error_host(err, "no folder for Slurm's files in %s: %s", base, strerror(errno));
        free(folder);
        folder = NULL;
    }
    free(base);
    return folder;
}

static size_t wanted(const struct suite_schedule *schedule)
{
    size_t count = 0;

    for (size_t i = 0; i < schedule->entry_count; i++) {
        count += !schedule->entries[i].is_only_provider;
    }
    return count;
}

static int run_in(const char *folder, unsigned tasks, const struct slurm_arguments *arguments,
                  const struct suite_schedule *schedule, int *caught, struct error *err)
{
    struct ear ear = {.listener = &schedule->listener};
    const unsigned repeat = schedule->selection->repeat;
    const struct suite_slurm slurm = {
        .entries = schedule->entries,
        .entry_count = schedule->entry_count,
        .rounds = repeat > 0 ? repeat : 1,
        .tasks = tasks,
        .jobs = schedule->limits.jobs,
        .arguments = (const char *const *)arguments->list,
        .argument_count = arguments->count,
        .folder = folder,
        .signal_fd = schedule->signal_fd,
        .listener = {.ctx = &ear, .ended = ended, .tick = tick},
    };
    const int result = suite_slurm_run(&slurm, caught, err);

    if (!ear.has_trouble) schedule_scratch_remove(folder);
    return result;
}

int slurm_executor_run(const struct test_request *request, const struct suite_schedule *schedule,
                       int *caught, struct error *err)
{
    struct slurm_arguments arguments;
    struct slurm_choice choice;
    unsigned tasks;
    char *folder;
    int result = -1;

    *caught = 0;
    if (slurm_choice_parse(request->executor, &choice, err) != 0) return -1;
    tasks = choice.tasks > 0 ? choice.tasks : (unsigned)min_u64(TASKS_DEFAULT, wanted(schedule));
    if (slurm_arguments_make(request, &arguments, err) == 0) {
        folder = make_folder(choice.folder, err);
        if (folder != NULL) {
            result = run_in(folder, tasks, &arguments, schedule, caught, err);
            free(folder);
        }
    }
    slurm_arguments_release(&arguments);
    free(choice.folder);
    return result;
}
