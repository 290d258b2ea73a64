/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals: the first asks, the second kills; each case in a child of its own. */
#define _GNU_SOURCE

#include "emu/host/signals.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define STOPPED 40 /* exit statuses of the child */
#define IGNORED 41

struct heard {
    atomic_int stops;
    atomic_int leaves;
};

static void on_stop(void *ctx)
{
    atomic_fetch_add(&((struct heard *)ctx)->stops, 1);
}

static void on_leave(void *ctx)
{
    atomic_fetch_add(&((struct heard *)ctx)->leaves, 1);
}

static void on_resume(void *ctx)
{
    (void)ctx;
}

static void wait_for(const atomic_int *value)
{
    for (int i = 0; i < 5000 && atomic_load(value) == 0; i++) {
        (void)poll(NULL, 0, 1);
    }
}

/* One signal and an orderly end, or two. */
static _Noreturn void child(int signal_number, int count)
{
    struct heard heard = {.stops = 0};
    const struct signal_actions actions = {
        .ctx = &heard, .stop = on_stop, .leave = on_leave, .resume = on_resume};
    struct error err = ERROR_INIT;
    struct signals *signals = signals_start(&actions, &err);

    if (!signals) _exit(1);
    (void)kill(getpid(), signal_number);
    wait_for(&heard.stops);
    if (atomic_load(&heard.stops) != 1 || signals_caught(signals) != signal_number) _exit(2);
    if (count == 2) {
        (void)kill(getpid(), signal_number);
        (void)poll(NULL, 0, 5000);
        _exit(3);
    }
    signals_stop(signals);
    _exit(STOPPED);
}

static int run_child(void (*body)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        body();
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void one_sigint(void)
{
    child(SIGINT, 1);
}

static void two_sigterms(void)
{
    child(SIGTERM, 2);
}

static void ignored_sigint(void)
{
    struct heard heard = {.stops = 0};
    const struct signal_actions actions = {
        .ctx = &heard, .stop = on_stop, .leave = on_leave, .resume = on_resume};
    struct error err = ERROR_INIT;

    (void)signal(SIGINT, SIG_IGN);
    struct signals *signals = signals_start(&actions, &err);
    if (!signals) _exit(1);
    (void)kill(getpid(), SIGINT);
    (void)poll(NULL, 0, 50);
    int stops = atomic_load(&heard.stops);
    signals_stop(signals);
    _exit(stops == 0 ? IGNORED : 1);
}

static void dies_by_sigterm(void)
{
    signals_die(SIGTERM);
}

static void the_first_asks(void **state)
{
    (void)state;
    int status = run_child(one_sigint);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), STOPPED);
}

static void the_second_kills(void **state)
{
    (void)state;
    int status = run_child(two_sigterms);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void what_was_ignored_stays_ignored(void **state)
{
    (void)state;
    int status = run_child(ignored_sigint);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), IGNORED);
}

static void the_parent_learns_the_signal(void **state)
{
    (void)state;
    int status = run_child(dies_by_sigterm);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_asks),
        cmocka_unit_test(the_second_kills),
        cmocka_unit_test(what_was_ignored_stays_ignored),
        cmocka_unit_test(the_parent_learns_the_signal),
    };

    return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
