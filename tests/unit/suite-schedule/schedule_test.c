/* SPDX-License-Identifier: GPL-2.0-only */
/* Who runs where and when: chains, many tests at a time, rounds, order, retries, skipped ones. */
#include "tests/unit/suite-schedule/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/host/clock.h"

#define POWER_ON SIZE_MAX

static void nothing_to_do(void **state)
{
    struct world *world = world_open();

    (void)state;
    world_run(world, 3);
    assert_int_equal(world->end_count, 0);
    world_close(world);
}

/* Each begins with the machine as its provider has left it, and changes none but its own. */
static void chain_with_one_token(void **state)
{
    struct world *world = world_open();
    const char *const first[WORLD_STEPS] = {"is 0", "add"};
    const char *const second[WORLD_STEPS] = {"is 1", "add"};
    const char *const third[WORLD_STEPS] = {"is 2", "add"};
    const char *const last[WORLD_STEPS] = {"is 3", "add"};
    const size_t a = world_add(world, "a", POWER_ON, first);
    const size_t b = world_add(world, "b", a, second);
    const size_t c = world_add(world, "c", b, third);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "leaf%u", i);
        (void)world_add(world, name, c, last);
        (void)snprintf(name, sizeof(name), "side%u", i);
        (void)world_add(world, name, a, second);
    }
    world_run(world, 1);
    assert_int_equal(world->begun, 13);
    assert_int_equal(world->end_count, 13);
    assert_int_equal(world_count(world, SUITE_PASSED), 13);
    assert_true(world->ends[0].result.host_ns > world->ends[0].result.start_ns);
    assert_true(world->ends[0].result.start_ns > 0);
    world_close(world);
}

static void many(struct world *world, unsigned jobs)
{
    const char *const provide[WORLD_STEPS] = {"add"};
    const char *const leaf[WORLD_STEPS] = {"is 1", "work 1"};
    size_t provider = 0;

    for (unsigned i = 0; i < 200; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "t%u", i);
        if (i % 20 == 0) {
            provider = world_add(world, name, POWER_ON, provide);
        } else {
            (void)world_add(world, name, provider, leaf);
        }
    }
    world_run(world, jobs);
    assert_int_equal(world->end_count, 200);
    assert_int_equal(world_count(world, SUITE_PASSED), 200);
}

static void two_hundred_with_four_tokens(void **state)
{
    struct world *world = world_open();

    (void)state;
    many(world, 4);
    world_close(world);
}

static void more_tokens_than_tests(void **state)
{
    struct world *world = world_open();

    (void)state;
    many(world, 500);
    world_close(world);
}

/* Tests that sleep need no processor: their time tells how many are under way at a time. */
static uint64_t time_of_sleepers(unsigned jobs)
{
    struct world *world = world_open();
    const char *const leaf[WORLD_STEPS] = {"is 1", "sleep 100"};
    const size_t provider = world_add_one(world, "provider", "add");
    uint64_t begin;

    for (unsigned i = 0; i < 12; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "t%u", i);
        (void)world_add(world, name, provider, leaf);
    }
    begin = host_monotonic_ns();
    world_run(world, jobs);
    assert_int_equal(world_count(world, SUITE_PASSED), 13);
    world_close(world);
    return (host_monotonic_ns() - begin) / UINT64_C(1000000);
}

static void as_many_at_a_time_as_tokens(void **state)
{
    const uint64_t one = time_of_sleepers(1);
    const uint64_t three = time_of_sleepers(3);

    (void)state;
    assert_true(one >= 1200);
    assert_true(three >= 400);
    if (three * 2 > one) fail_msg("%u ms by one, %u ms by three", (unsigned)one, (unsigned)three);
}

/* With one token the order is that of the list, a provider's tests behind it. */
static void order_with_one_token(void **state)
{
    struct world *world = world_open();
    char step[128];
    const char *const steps[WORLD_STEPS] = {step};
    char *text;
    size_t a, b;

    (void)state;
    (void)snprintf(step, sizeof(step), "log %s", world->log);
    a = world_add(world, "a", POWER_ON, steps);
    b = world_add(world, "b", POWER_ON, steps);
    (void)world_add(world, "b1", b, steps);
    (void)world_add(world, "a1", a, steps);
    (void)world_add(world, "a2", a, steps);
    (void)world_add(world, "c", POWER_ON, steps);
    world_run(world, 1);
    text = world_read(world->log);
    assert_string_equal(text, "a\na1\na2\nb\nb1\nc\n");
    free(text);
    world_close(world);
}

static void seed_repeats(void **state)
{
    char *texts[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct world *world = world_open();
        char step[128];
        const char *const steps[WORLD_STEPS] = {step};
        const size_t a = world_add(world, "a", POWER_ON, steps);

        (void)snprintf(step, sizeof(step), "log %s", world->log);
        for (unsigned t = 0; t < 20; t++) {
            char name[16];

            (void)snprintf(name, sizeof(name), "t%u", t);
            (void)world_add(world, name, t % 2 == 0 ? POWER_ON : a, steps);
        }
        world->selection.has_seed = true;
        world->selection.seed = 77;
        world_run(world, 1);
        texts[i] = world_read(world->log);
        world_close(world);
    }
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
}

/* ---- Rounds ---- */

static size_t lines(const char *path, const char *line)
{
    char *text = world_read(path);
    const size_t bytes = strlen(line);
    size_t count = 0;

    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        if (strcspn(at, "\n") == bytes && strncmp(at, line, bytes) == 0) count++;
    }
    free(text);
    return count;
}

static void rounds(void **state)
{
    struct world *world = world_open();
    const char *const filters[] = {"leaf", "other"};
    char step[128];
    const char *const provide[WORLD_STEPS] = {step, "add"};
    const char *const leaf[WORLD_STEPS] = {"is 1", step, "add"};
    size_t a, b;

    (void)state;
    (void)snprintf(step, sizeof(step), "log %s", world->log);
    a = world_add(world, "boot", POWER_ON, provide);
    (void)world_add(world, "leaf", a, leaf);
    b = world_add(world, "other", POWER_ON, provide);
    (void)world_add(world, "unwanted", b, leaf);
    world->selection.filters = filters;
    world->selection.filter_count = 2;
    world->selection.repeat = 4;
    world_run(world, 2);
    assert_int_equal(world->end_count, 8);
    assert_int_equal(world_count(world, SUITE_PASSED), 8);
    assert_int_equal(lines(world->log, "boot"), 1);
    assert_int_equal(lines(world->log, "leaf"), 4);
    assert_int_equal(lines(world->log, "other"), 4);
    assert_int_equal(lines(world->log, "unwanted"), 0);
    world_close(world);
}

/* More than are laid out at a time. */
static void many_rounds(void **state)
{
    struct world *world = world_open();
    bool seen[2100] = {false};

    (void)state;
    (void)world_add_one(world, "a", "pass");
    world->selection.repeat = 2100;
    world_run(world, 2);
    assert_int_equal(world->end_count, 2100);
    for (size_t i = 0; i < world->end_count; i++) {
        assert_false(seen[world->ends[i].round]);
        seen[world->ends[i].round] = true;
    }
    world_close(world);
}

static void until_one_fails(void **state)
{
    struct world *world = world_open();
    char step[128];

    (void)state;
    (void)snprintf(step, sizeof(step), "fail-once %s/there", world->folder);
    (void)world_add_one(world, "a", "work 1");
    (void)world_add_one(world, "b", step);
    (void)world_add_one(world, "c", "work 1");
    world->selection.is_until_failure = true;
    world_run(world, 1);
    assert_int_equal(world->end_count, 2);
    assert_int_equal(world_count(world, SUITE_FAILED), 1);
    world_close(world);
}

static void until_failure_has_an_end(void **state)
{
    struct world *world = world_open();

    (void)state;
    (void)world_add_one(world, "a", "pass");
    world->selection.is_until_failure = true;
    world->selection.repeat = 7;
    world_run(world, 2);
    assert_int_equal(world->end_count, 7);
    world_close(world);
}

/* ---- What the file says ---- */

static void retries(void **state)
{
    struct world *world = world_open();
    char step[128];
    size_t a, b, c;

    (void)state;
    (void)snprintf(step, sizeof(step), "fail-once %s/there", world->folder);
    a = world_add_one(world, "a", step);
    b = world_add_one(world, "b", "crash");
    c = world_add_one(world, "c", "fail");
    world->tests[a].retries = 2;
    world->tests[b].retries = 1;
    world_run(world, 1);
    world_expect(world, a, SUITE_PASSED, SUITE_NO_FAILURE);
    assert_int_equal(world_result(world, a)->tries, 2);
    world_expect(world, b, SUITE_FAILED, SUITE_CRASH);
    assert_int_equal(world_result(world, b)->tries, 2);
    assert_int_equal(world_result(world, c)->tries, 1);
    assert_int_equal(world->begun, 3);
    world_close(world);
}

static void known_failures(void **state)
{
    struct world *world = world_open();
    const size_t a = world_add_one(world, "a", "fail");
    const size_t b = world_add_one(world, "b", "pass");

    (void)state;
    world->tests[a].expected_failure = "known";
    world->tests[b].expected_failure = "known";
    world_run(world, 2);
    assert_int_equal(world_result(world, a)->outcome, SUITE_XFAILED);
    assert_int_equal(world_result(world, b)->outcome, SUITE_XPASSED);
    world_close(world);
}

static void skipped_ones(void **state)
{
    struct world *world = world_open();
    const char *const steps[WORLD_STEPS] = {"pass"};
    const size_t a = world_add_one(world, "a", "crash");
    const size_t b = world_add(world, "b", a, steps);
    const size_t c = world_add(world, "c", b, steps);

    (void)state;
    world->tests[a].skipped = "not today";
    world_run(world, 2);
    world_expect(world, a, SUITE_SKIPPED, SUITE_NO_FAILURE);
    assert_string_equal(world_result(world, a)->sentence, "not today");
    world_expect(world, b, SUITE_SKIPPED, SUITE_NO_FAILURE);
    assert_non_null(strstr(world_result(world, b)->sentence, "'a'"));
    world_expect(world, c, SUITE_SKIPPED, SUITE_NO_FAILURE);
    assert_non_null(strstr(world_result(world, c)->sentence, "'b'"));
    assert_int_equal(world->begun, 0);
    world_close(world);
}

static void provider_that_fails(void **state)
{
    struct world *world = world_open();
    const char *const filters[] = {"b"};
    const char *const steps[WORLD_STEPS] = {"pass"};
    const size_t a = world_add_one(world, "a", "fail");
    const size_t b = world_add(world, "b", a, steps);

    (void)state;
    world->selection.filters = filters;
    world->selection.filter_count = 1;
    world_run(world, 1);
    world_expect(world, a, SUITE_FAILED, SUITE_ASSERT);
    world_expect(world, b, SUITE_SKIPPED, SUITE_NO_FAILURE);
    assert_int_equal(world->end_count, 2);
    world_close(world);
}

/* Who only provides is not told of. */
static void provider_that_comes_along(void **state)
{
    struct world *world = world_open();
    const char *const filters[] = {"b"};
    const char *const steps[WORLD_STEPS] = {"sleep 250"};
    const size_t a = world_add_one(world, "a", "pass");
    const size_t b = world_add(world, "b", a, steps);

    (void)state;
    world->selection.filters = filters;
    world->selection.filter_count = 1;
    world_run(world, 1);
    assert_null(world_result(world, a));
    world_expect(world, b, SUITE_PASSED, SUITE_NO_FAILURE);
    assert_int_equal(world->begun, 1);
    assert_true(world->ticks >= 1 && world->ticks < 10);
    world_close(world);
}

static void coverage_is_saved(void **state)
{
    struct world *world = world_open();
    const char *const steps[WORLD_STEPS] = {"pass"};
    const size_t a = world_add_one(world, "a", "pass");
    char path[128];

    (void)state;
    (void)world_add(world, "b", a, steps);
    (void)world_add(world, "c", a, steps);
    world->schedule.coverage = world->folder;
    world->selection.repeat = 2;
    world_run(world, 2);
    assert_int_equal(world_count(world, SUITE_PASSED), 6);
    for (unsigned i = 0; i < 6; i++) {
        char *text;

        (void)snprintf(path, sizeof(path), "%s/%u.coverage", world->folder, i);
        text = world_read(path);
        assert_string_equal(text, "1\n");
        free(text);
    }
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(chain_with_one_token),
        cmocka_unit_test(two_hundred_with_four_tokens),
        cmocka_unit_test(more_tokens_than_tests),
        cmocka_unit_test(as_many_at_a_time_as_tokens),
        cmocka_unit_test(order_with_one_token),
        cmocka_unit_test(seed_repeats),
        cmocka_unit_test(rounds),
        cmocka_unit_test(many_rounds),
        cmocka_unit_test(until_one_fails),
        cmocka_unit_test(until_failure_has_an_end),
        cmocka_unit_test(retries),
        cmocka_unit_test(known_failures),
        cmocka_unit_test(skipped_ones),
        cmocka_unit_test(provider_that_fails),
        cmocka_unit_test(provider_that_comes_along),
        cmocka_unit_test(coverage_is_saved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
