/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all processes of a run see: memory with a slot for each job, a pipe with the tokens that nobody holds, and a pipe by
 * which the first process hears of jobs. See schedule_internal.h.
 *
 * A process may be killed between any two instructions. Giving back a token is written so that this makes at worst one token
 * too many, which lets one more process work, and never one too few, on which everybody might wait for ever.
 */
#define _GNU_SOURCE /* pipe2 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/app/suite/schedule_internal.h"

#define TOKEN 't'

static int open_pipe(int ends[2], struct error *err)
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        ends[0] = -1;
        ends[1] = -1;
        return error_host(err, "no pipe: %s", strerror(errno));
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

static void close_pipe(const int ends[2])
{
    if (ends[0] >= 0) (void)close(ends[0]);
    if (ends[1] >= 0) (void)close(ends[1]);
}

int schedule_shared_open(struct schedule_run *run, struct error *err)
{
    const size_t bytes =
        sizeof(*run->shared) + (run->tree.count + 1) * sizeof(struct schedule_slot);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    run->shared = NULL;
    run->tokens[0] = run->tokens[1] = -1;
    run->news[0] = run->news[1] = -1;
    if (memory == MAP_FAILED) return error_host(err, "no memory for results: %s", strerror(errno));
    run->shared = memory;
    run->shared_bytes = bytes;
    if (open_pipe(run->tokens, err) == 0 && open_pipe(run->news, err) == 0) {
        run->shared->spare_first = run->schedule->limits.jobs;
        return 0;
    }
    schedule_shared_close(run);
    return -1;
}

void schedule_shared_close(struct schedule_run *run)
{
    close_pipe(run->tokens);
    close_pipe(run->news);
    if (run->shared != NULL) (void)munmap(run->shared, run->shared_bytes);
    run->shared = NULL;
}

bool schedule_phase_swap(struct schedule_slot *slot, enum schedule_phase from,
                         enum schedule_phase to)
{
    int expected = (int)from;

    return atomic_compare_exchange_strong(&slot->phase, &expected, (int)to);
}

bool schedule_token_take(const struct schedule_run *run)
{
    char token;

    return read(run->tokens[0], &token, sizeof(token)) == (ssize_t)sizeof(token);
}

void schedule_token_give(const struct schedule_run *run, _Atomic unsigned *spare)
{
    const char token = TOKEN;

    while (*spare > 0) {
        if (write(run->tokens[1], &token, sizeof(token)) < 0 && errno != EINTR) return;
        --*spare;
    }
}

void schedule_tell(const struct schedule_run *run, uint32_t job, enum schedule_news_kind kind)
{
    const struct schedule_news news = {.job = job, .kind = (uint32_t)kind};

    if (run->first != NULL) {
        schedule_first_hear(run, news);
        return;
    }
    /* So few bytes are written at once or not at all. */
    while (write(run->news[1], &news, sizeof(news)) < 0 && errno == EINTR) {}
}
