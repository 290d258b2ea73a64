/* SPDX-License-Identifier: GPL-2.0-only */
/* A forked process and its limits: see worker_process.h. */
#define _GNU_SOURCE /* pipe2 */

#include "emu/app/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define OOM_SCORE "500" /* when the host's memory is short, workers go before their parent */
#define PAGE      4096u

/* ---- In the child ---- */

static void limit_memory(struct worker_process *worker, size_t more)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    struct rlimit limit;

    if (file == NULL) return;
    if (fscanf(file, "%lu", &pages) == 1 && getrlimit(RLIMIT_AS, &limit) == 0) {
        const rlim_t wanted = (rlim_t)pages * PAGE + more;

        worker->memory_before = limit.rlim_cur;
        if (limit.rlim_cur == RLIM_INFINITY || wanted < limit.rlim_cur) limit.rlim_cur = wanted;
        (void)setrlimit(RLIMIT_AS, &limit);
    }
    (void)fclose(file);
}

void worker_process_lift_limit(const struct worker_process *worker)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_AS, &limit) != 0) return;
    limit.rlim_cur = worker->memory_before;
    (void)setrlimit(RLIMIT_AS, &limit);
}

static void offer_to_oom_killer(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0) return;
    (void)!write(fd, OOM_SCORE, sizeof(OOM_SCORE) - 1);
    (void)close(fd);
}

static void be_child(struct worker_process *worker, size_t memory_more, pid_t parent)
{
    const struct rlimit no_core = {0, 0};

    /* The parent may have gone before this is asked for. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    offer_to_oom_killer();
    worker->memory_before = RLIM_INFINITY;
    if (memory_more > 0) limit_memory(worker, memory_more);
}

/* ---- In the parent ---- */

int worker_process_fork(struct worker_process *worker, size_t memory_more, struct error *err)
{
    const pid_t parent = getpid();
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) return error_host(err, "no pipe: %s", strerror(errno));
    /* What is still in a buffer must not be written twice. */
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        *worker = (struct worker_process){.fd = ends[1]};
        be_child(worker, memory_more, parent);
        return 0;
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return error_host(err, "no process for a run: %s", strerror(errno));
    }
    *worker = (struct worker_process){.pid = pid, .fd = ends[0]};
    return 1;
}

int worker_process_reap(struct worker_process *worker)
{
    int status = 0;

    (void)close(worker->fd);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR) {}
    worker->pid = 0;
    return status;
}

int worker_process_kill(struct worker_process *worker)
{
    (void)kill(worker->pid, SIGKILL);
    return worker_process_reap(worker);
}
