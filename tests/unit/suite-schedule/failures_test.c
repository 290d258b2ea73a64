/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a test whose process does not come to its end, and of its neighbours. */
#define _GNU_SOURCE /* RLIMIT_FSIZE, mount */

#include "tests/unit/suite-schedule/world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define POWER_ON SIZE_MAX
#define MS       UINT64_C(1000000)
#define MIB      (UINT64_C(1) << 20)

/* Whatever happens to one, the others pass: a token that is lost would end in nothing being run any more. */
static struct world *among_others(const char *step, size_t *test)
{
    struct world *world = world_open();
    const char *const steps[WORLD_STEPS] = {"pass", "pass", step};
    const char *const leaf[WORLD_STEPS] = {"pass"};
    size_t provider;

    (void)world_add_one(world, "before", "pass");
    provider = world_add_one(world, "provider", "pass");
    *test = world_add(world, "it", provider, steps);
    (void)world_add(world, "neighbour", provider, leaf);
    (void)world_add_one(world, "behind", "pass");
    world->schedule.limits.host_memory = 256 * MIB;
    return world;
}

static struct world *run_among(const char *step, size_t *test, uint64_t host_ns)
{
    struct world *world = among_others(step, test);

    if (host_ns > 0) world->schedule.limits.host_ns = host_ns;
    world_run(world, 1);
    assert_int_equal(world->end_count, 5);
    assert_int_equal(world_count(world, SUITE_PASSED), 4);
    return world;
}

static void expect_crash(const char *step, int number, const char *sentence)
{
    size_t test;
    struct world *world = run_among(step, &test, 0);
    const struct suite_result *result = world_result(world, test);

    world_expect(world, test, SUITE_FAILED, SUITE_CRASH);
    assert_int_equal(result->signal, number);
    assert_int_equal(result->step, 2);
    assert_int_equal(result->line, 102);
    if (strstr(result->sentence, sentence) == NULL) fail_msg("%s", result->sentence);
    if (strstr(result->sentence, "in step 3 (fake, line 102), at 0.750 s") == NULL)
        fail_msg("%s", result->sentence);
    assert_true(result->host_ns > 0);
    if (number != 0) {
        assert_true(result->tail_count > 1);
        assert_non_null(strstr(result->tail[0], "suite_failures_test"));
        assert_non_null(strstr(result->sentence, "it was at "));
    }
    world_close(world);
}

static void crashes(void **state)
{
    (void)state;
    expect_crash("crash", SIGSEGV, "the emulator crashed with SIGSEGV");
    expect_crash("exit", 0, "the emulator ended with status 7");
}

/* The first callers are those of abort(), in the library. */
static void abort_is_a_crash(void **state)
{
    size_t test;
    struct world *world = run_among("abort", &test, 0);

    (void)state;
    world_expect(world, test, SUITE_FAILED, SUITE_CRASH);
    assert_int_equal(world_result(world, test)->signal, SIGABRT);
    assert_true(world_result(world, test)->tail_count > 1);
    world_close(world);
}

/* The handler has a stack of its own. */
static void stack_overflow(void **state)
{
    expect_crash("stack", SIGSEGV, "the emulator crashed with SIGSEGV");
    (void)state;
}

static void killed_by_the_host(void **state)
{
    size_t test;
    struct world *world = run_among("kill", &test, 0);

    (void)state;
    world_expect(world, test, SUITE_FAILED, SUITE_MEMORY);
    assert_non_null(strstr(world_result(world, test)->sentence, "SIGKILL"));
    world_close(world);
}

static void hangs(void **state)
{
    size_t test;
    struct world *world = run_among("hang", &test, 300 * MS);

    (void)state;
    world_expect(world, test, SUITE_FAILED, SUITE_HANG);
    assert_string_equal(world_result(world, test)->sentence,
                        "the limit of 0.300 s of the host's time was reached in step 3 (fake, line "
                        "102), at 0.750 s of the machine's time");
    world_close(world);
}

/* Who stands on its machine has no limit, however long the others work. */
static void standing_is_no_hang(void **state)
{
    struct world *world = world_open();
    const char *const leaf[WORLD_STEPS] = {"sleep 150"};
    const size_t provider = world_add_one(world, "provider", "pass");

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "t%u", i);
        (void)world_add(world, name, provider, leaf);
    }
    world->schedule.limits.host_ns = 600 * MS;
    world_run(world, 1);
    assert_int_equal(world_count(world, SUITE_PASSED), 6);
    world_close(world);
}

static void eats_memory(void **state)
{
    static const char *const words[] = {"eat", "eat quietly"};

    (void)state;
    if (!WORLD_CAN_EAT) skip();
    for (unsigned i = 0; i < 2; i++) {
        size_t test;
        struct world *world = run_among(words[i], &test, 0);

        world_expect(world, test, SUITE_FAILED, SUITE_MEMORY);
        if (strstr(world_result(world, test)->sentence, "the limit of the host's memory") == NULL)
            fail_msg("%s", world_result(world, test)->sentence);
        world_close(world);
    }
}

/* Those that begin with a machine may add as much to it again. */
static void each_may_add_to_what_it_begins_with(void **state)
{
    struct world *world = world_open();
    const char *const eat[WORLD_STEPS] = {WORLD_CAN_EAT ? "eat" : "kill"};
    const char *const pass[WORLD_STEPS] = {"pass"};
    const size_t a = world_add_one(world, "a", "pass");
    const size_t b = world_add(world, "b", a, pass);
    const size_t c = world_add(world, "c", b, eat);
    struct rlimit limit;

    (void)state;
    world->schedule.limits.host_memory = 128 * MIB;
    world_run(world, 2);
    world_expect(world, b, SUITE_PASSED, SUITE_NO_FAILURE);
    world_expect(world, c, SUITE_FAILED, SUITE_MEMORY);
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    assert_true(limit.rlim_cur == RLIM_INFINITY);
    world_close(world);
}

/* Its neighbours stood on it, too, and are told as what they are: not run, by no fault of theirs. */
static void who_stands_is_killed(void **state)
{
    struct world *world = world_open();
    const char *const kill[WORLD_STEPS] = {"kill-parent"};
    const char *const pass[WORLD_STEPS] = {"pass"};
    const char *const nap[WORLD_STEPS] = {"sleep 50"};
    const size_t root = world_add_one(world, "root", "pass");
    const size_t middle = world_add(world, "middle", root, pass);
    const size_t killer = world_add(world, "killer", middle, kill);
    const size_t neighbour = world_add(world, "neighbour", middle, nap);
    const size_t below = world_add(world, "below", neighbour, nap);
    const size_t cousin = world_add(world, "cousin", root, nap);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        (void)world_add_one(world, i == 0 ? "x0" : i == 1 ? "x1" : i == 2 ? "x2" : "x3", "pass");
    }
    world_run(world, 2);
    assert_int_equal(world->end_count, 11);
    world_expect(world, root, SUITE_PASSED, SUITE_NO_FAILURE);
    world_expect(world, middle, SUITE_PASSED, SUITE_NO_FAILURE);
    world_expect(world, cousin, SUITE_PASSED, SUITE_NO_FAILURE);
    world_expect(world, killer, SUITE_FAILED, SUITE_HOST_TROUBLE);
    world_expect(world, below, SUITE_FAILED, SUITE_HOST_TROUBLE);
    assert_non_null(strstr(world_result(world, below)->sentence, "'middle'"));
    world_close(world);
}

/* A file that may not grow stands for a disk that is full. */
static void scratch_is_full(void **state)
{
    struct rlimit before;
    struct rlimit little;
    size_t test;
    struct world *world;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = before;
    little.rlim_cur = MIB;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    world = run_among("fill", &test, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    world_expect(world, test, SUITE_FAILED, SUITE_HOST_TROUBLE);
    world_close(world);
}

static void no_scratch_at_all(void **state)
{
    struct world *world = world_open();
    struct error err = ERROR_INIT;

    (void)state;
    (void)world_add_one(world, "a", "pass");
    assert_int_equal(suite_select(&world->suite, 1, &world->selection, &world->entries,
                                  &world->entry_count, &err),
                     0);
    world->schedule.entries = world->entries;
    world->schedule.entry_count = world->entry_count;
    world->schedule.limits.jobs = 1;
    world->schedule.scratch = "/nowhere/at/all";
    assert_int_equal(suite_schedule_run(&world->schedule, &world->caught, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    world_close(world);
}

/* Many die while they hold a token, of two. */
static void tokens_are_never_lost(void **state)
{
    static const char *const deaths[] = {"crash", "exit", "kill", "pass", "fail"};
    struct world *world = world_open();
    size_t provider = POWER_ON;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        const char *const steps[WORLD_STEPS] = {i % 10 == 0 ? "pass" : deaths[i % 5]};
        char name[16];

        (void)snprintf(name, sizeof(name), "t%u", i);
        if (i % 10 == 0) provider = POWER_ON;
        if (i % 10 == 0) {
            provider = world_add(world, name, POWER_ON, steps);
        } else {
            (void)world_add(world, name, i % 2 == 0 ? POWER_ON : provider, steps);
        }
    }
    world_run(world, 2);
    assert_int_equal(world->end_count, 100);
    assert_int_equal(world_count(world, SUITE_PASSED), 30);
    assert_int_equal(world_count(world, SUITE_FAILED), 70);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crashes),
        cmocka_unit_test(abort_is_a_crash),
        cmocka_unit_test(stack_overflow),
        cmocka_unit_test(killed_by_the_host),
        cmocka_unit_test(hangs),
        cmocka_unit_test(standing_is_no_hang),
        cmocka_unit_test(eats_memory),
        cmocka_unit_test(each_may_add_to_what_it_begins_with),
        cmocka_unit_test(who_stands_is_killed),
        cmocka_unit_test(scratch_is_full),
        cmocka_unit_test(no_scratch_at_all),
        cmocka_unit_test(tokens_are_never_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
