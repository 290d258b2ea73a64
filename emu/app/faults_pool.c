/* SPDX-License-Identifier: GPL-2.0-only */
/* A pool of forked jobs: see faults_pool.h. */
#define _GNU_SOURCE /* sigprocmask */

#include "emu/app/faults_pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/app/worker_process.h"
#include "emu/host/clock.h"

#define NS_PER_MS UINT64_C(1000000)

/* A job on its way. */
struct worker {
    struct worker_process process;
    size_t job;
    uint64_t deadline; /* UINT64_MAX: none */
    char *data;
    size_t bytes;
};

struct run {
    const struct faults_pool *pool;
    struct worker workers[FAULTS_WORKERS_MAX];
    size_t next;
    size_t jobs;
    unsigned busy;
    bool is_enough;
};

/* ---- Signals ---- */

static void stop_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGHUP);
    (void)sigaddset(set, SIGQUIT);
}

int faults_signals_open(struct error *err)
{
    sigset_t set;
    int fd;

    stop_signals(&set);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return error_host(err, "signals cannot be kept");
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd >= 0 ? fd : error_host(err, "signals cannot be read: %s", strerror(errno));
}

int faults_signals_caught(int fd)
{
    struct signalfd_siginfo info;

    if (fd < 0 || read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) return 0;
    return (int)info.ssi_signo;
}

void faults_signals_close(int fd)
{
    sigset_t set;

    if (fd < 0) return;
    (void)close(fd);
    stop_signals(&set);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- In the child ---- */

static _Noreturn void be_child(const struct run *run, size_t job, int fd)
{
    for (unsigned i = 0; i < run->pool->workers; i++) {
        if (run->workers[i].process.pid != 0) (void)close(run->workers[i].process.fd);
    }
    _exit(run->pool->work(run->pool->ctx, job, fd));
}

int faults_pool_send(int fd, const void *data, size_t bytes)
{
    const char *from = data;

    while (bytes > 0) {
        const ssize_t done = write(fd, from, bytes);

        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return -1;
        from += done;
        bytes -= (size_t)done;
    }
    return 0;
}

/* ---- In the parent ---- */

static int start_job(struct run *run, struct worker *worker, struct error *err)
{
    const uint64_t limit = run->pool->limit_ns;
    struct worker_process process;
    const int side = worker_process_fork(&process, run->pool->memory_more, err);

    if (side < 0) return -1;
    if (side == 0) be_child(run, run->next, process.fd);
    worker->process = process;
    worker->job = run->next++;
    worker->deadline = limit > 0 ? host_monotonic_ns() + limit : UINT64_MAX;
    worker->bytes = 0;
    run->busy++;
    return 0;
}

/* The job has closed its pipe, or must end now (`result` says why). */
static void end_job(struct run *run, struct worker *worker, enum faults_job_result result)
{
    struct faults_job_end end = {.job = worker->job, .data = worker->data, .result = result};
    int status;

    status = result != FAULTS_JOB_DONE ? worker_process_kill(&worker->process)
                                       : worker_process_reap(&worker->process);
    run->busy--;
    end.bytes = worker->bytes;
    if (result == FAULTS_JOB_DONE && WIFSIGNALED(status)) {
        end.result = FAULTS_JOB_SIGNAL;
        end.signal = WTERMSIG(status);
    } else if (result == FAULTS_JOB_DONE && WEXITSTATUS(status) != 0) {
        end.result = FAULTS_JOB_STATUS;
        end.status = WEXITSTATUS(status);
    }
    if (!run->pool->done(run->pool->ctx, &end)) run->is_enough = true;
}

static void hear(struct run *run, struct worker *worker)
{
    const size_t room = run->pool->bytes_max - worker->bytes;
    char more;
    ssize_t done = room > 0 ? read(worker->process.fd, worker->data + worker->bytes, room)
                            : read(worker->process.fd, &more, sizeof(more));

    if (done < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (done <= 0) {
        end_job(run, worker, FAULTS_JOB_DONE);
    } else if (room == 0) {
        end_job(run, worker, FAULTS_JOB_LONG);
    } else {
        worker->bytes += (size_t)done;
    }
}

static int wait_time(const struct run *run)
{
    uint64_t first = UINT64_MAX;
    uint64_t now;

    for (unsigned i = 0; i < run->pool->workers; i++) {
        const struct worker *worker = &run->workers[i];

        if (worker->process.pid != 0 && worker->deadline < first) first = worker->deadline;
    }
    if (first == UINT64_MAX) return -1;
    now = host_monotonic_ns();
    if (first <= now) return 0;
    first = (first - now) / NS_PER_MS + 1;
    return first < INT32_MAX ? (int)first : INT32_MAX;
}

/* Until something happened. Returns the signal that came, 0 when none did. */
static int listen(struct run *run)
{
    struct pollfd fds[FAULTS_WORKERS_MAX + 1];
    const unsigned count = run->pool->workers;
    uint64_t now;

    for (unsigned i = 0; i < count; i++) {
        const struct worker *worker = &run->workers[i];

        fds[i] = (struct pollfd){.fd = worker->process.pid != 0 ? worker->process.fd : -1,
                                 .events = POLLIN};
    }
    fds[count] = (struct pollfd){.fd = run->pool->signal_fd, .events = POLLIN};
    if (poll(fds, count + 1, wait_time(run)) < 0) return 0;
    now = host_monotonic_ns();
    for (unsigned i = 0; i < count; i++) {
        struct worker *worker = &run->workers[i];

        if (worker->process.pid == 0) continue;
        if (fds[i].revents != 0) {
            hear(run, worker);
        } else if (now >= worker->deadline) {
            end_job(run, worker, FAULTS_JOB_LATE);
        }
    }
    return faults_signals_caught(run->pool->signal_fd);
}

static int start_jobs(struct run *run, struct error *err)
{
    for (unsigned i = 0; i < run->pool->workers && run->next < run->jobs; i++) {
        if (run->workers[i].process.pid == 0 && start_job(run, &run->workers[i], err) != 0)
            return -1;
    }
    return 0;
}

static int allocate(struct run *run, struct error *err)
{
    for (unsigned i = 0; i < run->pool->workers; i++) {
        run->workers[i].data = malloc(run->pool->bytes_max);
        if (run->workers[i].data == NULL) return error_host(err, "out of memory");
    }
    return 0;
}

/* Jobs that are still on their way are not told of. */
static void clean_up(struct run *run)
{
    for (unsigned i = 0; i < run->pool->workers; i++) {
        struct worker *worker = &run->workers[i];

        if (worker->process.pid != 0) (void)worker_process_kill(&worker->process);
        free(worker->data);
    }
}

int faults_pool_run(const struct faults_pool *pool, size_t jobs, int *caught, struct error *err)
{
    struct run run = {.pool = pool, .jobs = jobs};
    int result = allocate(&run, err);

    *caught = 0;
    while (result == 0 && *caught == 0 && !run.is_enough) {
        result = start_jobs(&run, err);
        if (result != 0 || run.busy == 0) break;
        *caught = listen(&run);
    }
    clean_up(&run);
    return result;
}
