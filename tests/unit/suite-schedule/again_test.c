/* SPDX-License-Identifier: GPL-2.0-only */
/* What failed is run again with a recording, and has a capsule. */
#define _GNU_SOURCE /* RLIMIT_FSIZE */

#include "tests/unit/suite-schedule/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define POWER_ON SIZE_MAX
#define MS       UINT64_C(1000000)

static struct world *open_with_capsules(unsigned max)
{
    struct world *world = world_open();

    (void)snprintf(world->log, sizeof(world->log), "%s/capsules", world->folder);
    world->schedule.capsules = world->log;
    world->schedule.capsules_max = max;
    world->schedule.limits.host_ns = 500 * MS;
    return world;
}

static void expect_capsule(const struct world *world, size_t test, const char *name,
                           const char *text)
{
    const struct suite_result *result = world_result(world, test);
    char path[160];
    char *found;

    (void)snprintf(path, sizeof(path), "%s/%s", world->log, name);
    assert_non_null(result);
    if (strcmp(result->capsule, path) != 0) fail_msg("%s: %s", result->capsule, result->sentence);
    found = world_read(path);
    assert_string_equal(found, text);
    free(found);
}

/* Whatever it fails by; the tests that it stands on are in its recording. */
static void each_kind(void **state)
{
    struct world *world = open_with_capsules(10);
    const char *const add[WORLD_STEPS] = {"add"};
    const char *const fail[WORLD_STEPS] = {"is 2", "fail"};
    const char *const crash[WORLD_STEPS] = {"is 1", "crash"};
    const size_t a = world_add(world, "a", POWER_ON, add);
    const size_t b = world_add(world, "b", a, add);
    const size_t c = world_add(world, "c d/e", b, fail);
    const size_t d = world_add(world, "d", a, crash);
    const size_t e = world_add_one(world, "e", "hang");
    const size_t f = world_add_one(world, "f", WORLD_CAN_EAT ? "eat" : "kill");

    (void)state;
    world->schedule.limits.host_memory = UINT64_C(128) << 20;
    world_run(world, 2);
    assert_int_equal(world->end_count, 6);
    world_expect(world, c, SUITE_FAILED, SUITE_ASSERT);
    assert_string_equal(world_result(world, c)->sentence, "it was to fail");
    expect_capsule(world, c, "world-c_d_e.capsule", "c d/e assert whole\na\nb\nc d/e\n");
    world_expect(world, d, SUITE_FAILED, SUITE_CRASH);
    assert_null(strstr(world_result(world, d)->sentence, "otherwise"));
    expect_capsule(world, d, "world-d.capsule", "d crash broken\na\nd\n");
    expect_capsule(world, e, "world-e.capsule", "e hang broken\ne\n");
    expect_capsule(world, f, "world-f.capsule",
                   WORLD_CAN_EAT ? "f memory whole\nf\n" : "f memory broken\nf\n");
    assert_int_equal(world_result(world, a)->capsule[0], '\0');
    world_close(world);
}

/* The capsule is made before other tests are begun. */
static void told_soon(void **state)
{
    struct world *world = open_with_capsules(10);
    const char *const pass[WORLD_STEPS] = {"pass"};
    const char *const fail[WORLD_STEPS] = {"fail"};
    const size_t a = world_add_one(world, "a", "pass");

    (void)state;
    (void)world_add(world, "b", a, fail);
    (void)world_add(world, "c", a, pass);
    (void)world_add(world, "d", a, pass);
    world_run(world, 1);
    assert_int_equal(world->end_count, 4);
    assert_string_equal(world->ends[1].entry->test->name, "b");
    assert_true(world->ends[1].result.capsule[0] != '\0');
    world_close(world);
}

static void no_more_than_wanted(void **state)
{
    struct world *world = open_with_capsules(2);
    unsigned without = 0;

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        char name[8];

        (void)snprintf(name, sizeof(name), "t%u", i);
        (void)world_add_one(world, name, "fail");
    }
    world_run(world, 2);
    assert_int_equal(world->end_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct suite_result *result = &world->ends[i].result;

        if (result->capsule[0] != '\0') continue;
        without++;
        assert_string_equal(result->sentence, "it was to fail; no capsule, for 2 were made before");
    }
    assert_int_equal(without, 3);
    world_close(world);
}

static void second_run_ends_otherwise(void **state)
{
    struct world *world = open_with_capsules(2);
    char step[128];
    size_t a;

    (void)state;
    (void)snprintf(step, sizeof(step), "fail-once %s/there", world->folder);
    a = world_add_one(world, "a", step);
    world_run(world, 1);
    world_expect(world, a, SUITE_FAILED, SUITE_ASSERT);
    assert_string_equal(world_result(world, a)->sentence,
                        "the first time; the recorded run ended otherwise: it passed");
    expect_capsule(world, a, "world-a.capsule", "a none whole\na\n");
    world_close(world);
}

/* In the recorded run the provider fails. */
static void second_run_ends_sooner(void **state)
{
    struct world *world = open_with_capsules(2);
    const char *const fail[WORLD_STEPS] = {"fail"};
    char step[128];
    size_t a, b;

    (void)state;
    (void)snprintf(step, sizeof(step), "fail-later %s/there", world->folder);
    a = world_add_one(world, "a", step);
    b = world_add(world, "b", a, fail);
    world_run(world, 1);
    world_expect(world, a, SUITE_PASSED, SUITE_NO_FAILURE);
    world_expect(world, b, SUITE_FAILED, SUITE_ASSERT);
    assert_string_equal(
        world_result(world, b)->sentence,
        "it was to fail; the recorded run ended otherwise, in 'a', which this requires (not the "
        "first time)");
    world_close(world);
}

static void rounds_and_namesakes(void **state)
{
    struct world *world = open_with_capsules(10);
    unsigned plain = 0;

    (void)state;
    (void)world_add_one(world, "a b", "fail");
    (void)world_add_one(world, "a_b", "fail");
    world->selection.repeat = 2;
    world_run(world, 2);
    assert_int_equal(world->end_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct world_end *end = &world->ends[i];
        char name[192];

        (void)snprintf(name, sizeof(name), "%s/world-a_b%s.%u.capsule", world->log,
                       end->entry->test->name[1] == ' ' ? "" : "~2", end->round + 1);
        assert_string_equal(end->result.capsule, name);
        plain++;
    }
    assert_int_equal(plain, 4);
    world_close(world);
}

static void known_failures_have_none(void **state)
{
    struct world *world = open_with_capsules(10);
    const size_t a = world_add_one(world, "a", "fail");

    (void)state;
    world->tests[a].expected_failure = "known";
    world_run(world, 1);
    assert_int_equal(world_result(world, a)->outcome, SUITE_XFAILED);
    assert_int_equal(world_result(world, a)->capsule[0], '\0');
    world_close(world);
}

static void folder_that_cannot_be_made(void **state)
{
    struct world *world = open_with_capsules(10);
    const size_t a = world_add_one(world, "a", "fail");

    (void)state;
    world->schedule.capsules = "/nowhere/capsules";
    world_run(world, 1);
    world_expect(world, a, SUITE_FAILED, SUITE_ASSERT);
    assert_non_null(strstr(world_result(world, a)->sentence,
                           "it was to fail; no capsule: /nowhere/capsules cannot be made"));
    world_close(world);
}

/* The capsule does not fit either: that is told, and ends nothing else. */
static void disk_that_is_full(void **state)
{
    struct world *world = open_with_capsules(10);
    const size_t a = world_add_one(world, "a", "fill");
    const size_t b = world_add_one(world, "b", "pass");
    struct rlimit before;
    struct rlimit little;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = before;
    little.rlim_cur = 8;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    world_run(world, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    world_expect(world, a, SUITE_FAILED, SUITE_HOST_TROUBLE);
    assert_non_null(strstr(world_result(world, a)->sentence, "no capsule: "));
    world_expect(world, b, SUITE_PASSED, SUITE_NO_FAILURE);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),
        cmocka_unit_test(told_soon),
        cmocka_unit_test(no_more_than_wanted),
        cmocka_unit_test(second_run_ends_otherwise),
        cmocka_unit_test(second_run_ends_sooner),
        cmocka_unit_test(rounds_and_namesakes),
        cmocka_unit_test(known_failures_have_none),
        cmocka_unit_test(folder_that_cannot_be_made),
        cmocka_unit_test(disk_that_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
