/* SPDX-License-Identifier: GPL-2.0-only */
/* Forked jobs: how each end is told, that a stop leaves no process, and that many at a time are as good
 * as one. */
#define _GNU_SOURCE /* kill, pause */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/faults_pool.h"

#define JOBS 40
#define MS   UINT64_C(1000000)

struct seen {
    unsigned ends[JOBS]; /* how often each job was told of */
    struct faults_job_end last;
    uint64_t values[JOBS];
    unsigned touched; /* by children, who must not be seen */
    bool is_enough;   /* after job 5 */
};

static bool note(void *ctx, const struct faults_job_end *end)
{
    struct seen *seen = ctx;

    assert_true(end->job < JOBS);
    seen->ends[end->job]++;
    seen->last = *end;
    if (end->bytes == sizeof(seen->values[0])) {
        memcpy(&seen->values[end->job], end->data, end->bytes);
    }
    return !seen->is_enough || end->job < 5;
}

static struct faults_pool pool_of(struct seen *seen, int (*work)(void *, size_t, int))
{
    return (struct faults_pool){
        .ctx = seen,
        .workers = 1,
        .bytes_max = 4096,
        .signal_fd = -1,
        .work = work,
        .done = note,
    };
}

static void run(const struct faults_pool *pool, size_t jobs)
{
    struct error err = ERROR_INIT;
    int caught;

    if (faults_pool_run(pool, jobs, &caught, &err) != 0) fail_msg("%s", err.text);
    assert_int_equal(caught, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static int square(void *ctx, size_t job, int fd)
{
    struct seen *seen = ctx;
    const uint64_t value = job * job + seen->touched;

    seen->touched++;
    return faults_pool_send(fd, &value, sizeof(value)) == 0 ? 0 : 1;
}

static void any_number_of_workers(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 9; workers += 4) {
        struct seen seen = {.touched = 0};
        struct faults_pool pool = pool_of(&seen, square);

        pool.workers = workers;
        run(&pool, JOBS);
        for (size_t i = 0; i < JOBS; i++) {
            assert_int_equal(seen.ends[i], 1);
            assert_int_equal(seen.values[i], i * i);
        }
        assert_int_equal(seen.touched, 0);
    }
}

static void stopped_by_a_result(void **state)
{
    struct seen seen = {.is_enough = true};
    struct faults_pool pool = pool_of(&seen, square);

    (void)state;
    run(&pool, JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(seen.ends[i], i <= 5);
    }
}

static int status_three(void *ctx, size_t job, int fd)
{
    (void)ctx;
    (void)job;
    (void)fd;
    return 3;
}

static int aborts(void *ctx, size_t job, int fd)
{
    (void)ctx;
    (void)job;
    (void)!faults_pool_send(fd, "x", 1);
    (void)raise(SIGKILL);
    return 0;
}

static int never_ends(void *ctx, size_t job, int fd)
{
    (void)ctx;
    (void)job;
    (void)fd;
    while (pause() != 0) {}
    return 0;
}

static int talks(void *ctx, size_t job, int fd)
{
    char text[100] = "";

    (void)ctx;
    (void)job;
    while (faults_pool_send(fd, text, sizeof(text)) == 0) {}
    return 0;
}

static int eats(void *ctx, size_t job, int fd)
{
    void *volatile memory = malloc((size_t)1 << 30); /* volatile: a compiler may see through it */

    (void)ctx;
    (void)job;
    (void)fd;
    return memory == NULL ? 7 : 0;
}

static void ends(void **state)
{
    struct seen seen = {.touched = 0};
    struct faults_pool pool = pool_of(&seen, status_three);

    (void)state;
    run(&pool, 1);
    assert_int_equal(seen.last.result, FAULTS_JOB_STATUS);
    assert_int_equal(seen.last.status, 3);
    pool = pool_of(&seen, aborts);
    run(&pool, 1);
    assert_int_equal(seen.last.result, FAULTS_JOB_SIGNAL);
    assert_int_equal(seen.last.signal, SIGKILL);
    assert_int_equal(seen.last.bytes, 1);
    pool = pool_of(&seen, never_ends);
    pool.limit_ns = 50 * MS;
    run(&pool, 1);
    assert_int_equal(seen.last.result, FAULTS_JOB_LATE);
    pool = pool_of(&seen, talks);
    run(&pool, 1);
    assert_int_equal(seen.last.result, FAULTS_JOB_LONG);
    assert_int_equal(seen.last.bytes, 4096);
}

static void memory_is_bounded(void **state)
{
    struct seen seen = {.touched = 0};
    struct faults_pool pool = pool_of(&seen, eats);

    (void)state;
    pool.memory_more = (size_t)64 << 20;
    run(&pool, 1);
    assert_int_equal(seen.last.result, FAULTS_JOB_STATUS);
    assert_int_not_equal(seen.last.status, 0); /* with a sanitizer not 7 */
}

static int interrupts(void *ctx, size_t job, int fd)
{
    if (job == 2) (void)kill(getppid(), SIGTERM);
    return job < 2 ? square(ctx, job, fd) : never_ends(ctx, job, fd);
}

static void stopped_by_the_user(void **state)
{
    struct seen seen = {.touched = 0};
    struct faults_pool pool = pool_of(&seen, interrupts);
    struct error err = ERROR_INIT;
    int caught;

    (void)state;
    pool.signal_fd = faults_signals_open(&err);
    assert_true(pool.signal_fd >= 0);
    assert_int_equal(faults_signals_caught(pool.signal_fd), 0);
    pool.workers = 3;
    assert_int_equal(faults_pool_run(&pool, JOBS, &caught, &err), 0);
    assert_int_equal(caught, SIGTERM);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    for (size_t i = 2; i < JOBS; i++) {
        assert_int_equal(seen.ends[i], 0);
    }
    faults_signals_close(pool.signal_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers),
        cmocka_unit_test(stopped_by_a_result),
        cmocka_unit_test(ends),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(stopped_by_the_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
