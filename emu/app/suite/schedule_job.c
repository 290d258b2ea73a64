/* SPDX-License-Identifier: GPL-2.0-only */
/* In a process of its own: a test, and then, when it provides something, those that begin with it. See schedule_internal.h. */
#define _GNU_SOURCE /* SIGXFSZ, getpid */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/display/vega10.h"
#include "emu/app/suite/schedule_internal.h"
#include "emu/app/suite/suite_coverage.h"
#include "emu/app/suite/suite_session.h"
#include "emu/host/clock.h"

#define PS_PER_NS        1000u
#define HOST_PER_VIRTUAL 20u
#define HOST_LEAST_NS    UINT64_C(60000000000)
/* What the emulator may need besides the guest's memory; and a machine reserves address space for its video memory, though it
 * takes memory of the host only where it is written. */
#define MEMORY_MORE (UINT64_C(1) << 30)

/* A job in its own process. */
struct job {
    struct schedule_run run; /* not the first process's any more */
    const struct worker_process *process;
    uint32_t job;
    struct schedule_slot *slot;
    const struct suite_entry *entry;
    struct suite_session *session;
};

/* ---- Limits ---- */

uint64_t schedule_job_memory(const struct schedule_run *run, uint32_t job, bool makes_machine)
{
    const struct suite_machine *machine = schedule_entry(run, job)->test->machine;
    uint64_t bytes = run->schedule->limits.host_memory;

    if (bytes == 0) bytes = 2 * machine->options.memory_bytes + MEMORY_MORE;
    return makes_machine ? bytes + VEGA10_VRAM_BYTES : bytes;
}

uint64_t schedule_job_host_ns(const struct schedule_run *run, const struct suite_test *test)
{
    const uint64_t virtual_ns = test->timeout / PS_PER_NS;
    uint64_t limit;

    if (run->schedule->limits.host_ns > 0) return run->schedule->limits.host_ns;
    limit = virtual_ns < UINT64_MAX / 2 / HOST_PER_VIRTUAL ? virtual_ns * HOST_PER_VIRTUAL
                                                           : UINT64_MAX / 2;
    return limit > HOST_LEAST_NS ? limit : HOST_LEAST_NS;
}

/* ---- The test ---- */

static bool is_interrupted(void *ctx)
{
    const struct job *job = ctx;

    return job->run.shared->is_over;
}

static int begin_at_power_on(struct job *job, struct error *err)
{
    char folder[SUITE_PATH_BYTES];
    struct suite_session_config config = {
        .suite = job->entry->suite,
        .test = job->entry->test,
        .scratch = folder,
        .is_golden = job->run.schedule->is_golden,
        .is_covered = job->run.schedule->coverage != NULL,
    };

    schedule_scratch_name(&job->run, job->job, SCHEDULE_TEST, folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return error_host(err, "no folder for temporary files, %s: %s", folder, strerror(errno));
    }
    job->session = suite_session_create(&config, err);
    return job->session != NULL ? 0 : -1;
}

static void save_coverage(const struct job *job)
{
    struct coverage *coverage = suite_session_coverage(job->session);
    struct error err = ERROR_INIT;
    char path[SUITE_PATH_BYTES];

    if (job->run.schedule->coverage == NULL || coverage == NULL) return;
    if (snprintf(path, sizeof(path), "%s/%" PRIu64 ".coverage", job->run.schedule->coverage,
                 job->run.numbered + job->job) >= (int)sizeof(path)) {
        (void)error_host(&err, "the name of the folder for coverage is too long");
    } else if (coverage_save(coverage, path, &err) == 0) {
        return;
    }
    if (job->slot->result.outcome != SUITE_FAILED) {
        schedule_verdict_trouble(&job->slot->result, err.text);
    }
}

/* From the fork to the result. */
static void do_test(struct job *job, struct suite_session *parents)
{
    struct suite_result *result = &job->slot->result;
    struct error err = ERROR_INIT;

    job->session = parents;
    if (crash_note_install(job->process->fd, &job->slot->crash, &err) != 0 ||
        (parents != NULL ? suite_session_part(parents, &err) : begin_at_power_on(job, &err)) != 0) {
        schedule_verdict_trouble(result, err.text);
    } else {
        job->slot->start_ns = host_monotonic_ns() - job->slot->forked_ns;
        suite_session_test(job->session, job->entry->test, is_interrupted, job, result);
        save_coverage(job);
    }
    schedule_verdict_finish(result, &job->slot->crash);
    result->start_ns = job->slot->start_ns;
    result->host_ns = host_monotonic_ns() - job->slot->forked_ns;
}

/* ---- Those that begin with its machine ---- */

static _Noreturn void stand(struct job *job)
{
    struct schedule_crew crew;
    struct error err = ERROR_INIT;

    if (schedule_crew_open(&crew, &job->run, job->job, &err) != 0) _exit(1);
    crew.session = job->session;
    crew.own_fd = job->process->fd;
    for (;;) {
        schedule_crew_start(&crew);
        if (schedule_crew_is_done(&crew)) break;
        schedule_crew_wait(&crew, NULL, 0, UINT64_MAX);
    }
    schedule_token_give(&job->run, crew.spare);
    _exit(0);
}

static bool has_good_end(const struct job *job)
{
    return job->slot->result.outcome == SUITE_PASSED && job->session != NULL;
}

void schedule_job_be(const struct schedule_crew *crew, uint32_t number,
                     const struct worker_process *process)
{
    struct job job = {
        .run = *crew->run,
        .process = process,
        .job = number,
        .slot = schedule_slot(crew->run, number),
        .entry = schedule_entry(crew->run, number),
    };

    job.run.first = NULL;
    job.slot->pid = getpid();
    /* A file that may not grow is told by write(), as is a disk that is full. */
    (void)signal(SIGXFSZ, SIG_IGN);
    do_test(&job, crew->session);
    if (job.run.tree.jobs[number].first_child == SCHEDULE_NONE || !has_good_end(&job)) {
        (void)schedule_phase_swap(job.slot, SCHEDULE_RUNS, SCHEDULE_OVER);
        _exit(0);
    }
    /* The token that it ran by is for the first of those that follow. */
    job.slot->spare = 1;
    if (!schedule_phase_swap(job.slot, SCHEDULE_RUNS, SCHEDULE_STANDS)) _exit(1);
    worker_process_lift_limit(process);
    schedule_verdict_end(&job.run, number);
    stand(&job);
}
