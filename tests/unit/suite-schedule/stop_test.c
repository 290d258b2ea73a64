/* SPDX-License-Identifier: GPL-2.0-only */
/* The user stops it, or somebody kills it: what is known is told, no process and no file is left. */
#define _GNU_SOURCE /* kill, pipe2, prctl */

#include "tests/unit/suite-schedule/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/app/faults_pool.h"

#define POWER_ON SIZE_MAX

/* A tree in which something hangs at each height. */
static struct world *some_tests(void)
{
    static const char *const pass[WORLD_STEPS] = {"pass"};
    static const char *const hang[WORLD_STEPS] = {"hang"};
    struct world *world = world_open();
    const size_t a = world_add_one(world, "a", "pass");
    const size_t b = world_add(world, "b", a, pass);

    (void)world_add(world, "b1", b, hang);
    (void)world_add(world, "b2", b, hang);
    (void)world_add(world, "b3", b, pass);
    (void)world_add_one(world, "c", "hang");
    (void)world_add_one(world, "d", "pass");
    return world;
}

static void stop_when_all_hang(void *ctx)
{
    struct world *world = ctx;

    /* By then those that pass have. */
    if (++world->ticks == 5) (void)kill(getpid(), SIGINT);
}

static void control_c(void **state)
{
    struct world *world = some_tests();
    struct error err = ERROR_INIT;

    (void)state;
    world->schedule.signal_fd = faults_signals_open(&err);
    assert_true(world->schedule.signal_fd >= 0);
    world->schedule.listener.tick = stop_when_all_hang;
    world_run(world, 3);
    faults_signals_close(world->schedule.signal_fd);
    assert_int_equal(world->caught, SIGINT);
    assert_int_equal(world->end_count, 7);
    assert_int_equal(world_count(world, SUITE_PASSED), 3);
    assert_int_equal(world_count(world, SUITE_NOT_RUN), 4);
    for (size_t i = 0; i < world->end_count; i++) {
        assert_int_equal(world->ends[i].result.failure, SUITE_NO_FAILURE);
    }
    world_close(world);
}

/* What has failed is told, though its capsule is not made. */
static void control_c_before_the_capsule(void **state)
{
    struct world *world = world_open();
    struct error err = ERROR_INIT;
    size_t a;
    char step[128];

    (void)state;
    (void)snprintf(step, sizeof(step), "fail-then-hang %s/there", world->folder);
    a = world_add_one(world, "a", step);
    world->schedule.capsules = world->folder;
    world->schedule.capsules_max = 1;
    world->schedule.signal_fd = faults_signals_open(&err);
    world->schedule.listener.tick = stop_when_all_hang;
    world_run(world, 1);
    faults_signals_close(world->schedule.signal_fd);
    assert_int_equal(world->caught, SIGINT);
    world_expect(world, a, SUITE_FAILED, SUITE_ASSERT);
    assert_non_null(strstr(world_result(world, a)->sentence, "stopped before"));
    world_close(world);
}

/* Everybody holds the pipe's end: it is at its end when the last process is gone. */
static void killed_first_process(void **state)
{
    struct world *world = some_tests();
    int ends[2];
    char byte;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(ends[0]);
        world_run(world, 3);
        _exit(0);
    }
    (void)close(ends[1]);
    (void)usleep(300000);
    assert_false(world_is_empty(world->scratch));
    assert_int_equal(kill(pid, SIGKILL), 0);
    (void)alarm(20);
    assert_int_equal(read(ends[0], &byte, sizeof(byte)), 0);
    (void)alarm(0);
    (void)close(ends[0]);
    while (waitpid(-1, NULL, 0) > 0) {}
    assert_int_equal(errno, ECHILD);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    assert_true(world_is_empty(world->scratch));
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_c),
        cmocka_unit_test(control_c_before_the_capsule),
        cmocka_unit_test(killed_first_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
