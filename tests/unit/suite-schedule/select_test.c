/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tests are chosen, in which order, in which shard. */
#include "tests/unit/suite-schedule/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POWER_ON SIZE_MAX

static const char *const some_steps[WORLD_STEPS] = {"pass"};

/* boot <- shell <- a, b; alone; disk <- c */
static struct world *some_tests(void)
{
    static const char *const fast[] = {"fast", "cpu"};
    static const char *const slow[] = {"slow"};
    struct world *world = world_open();
    const size_t boot = world_add(world, "boot", POWER_ON, some_steps);
    const size_t shell = world_add(world, "shell", boot, some_steps);
    size_t disk;

    (void)world_add(world, "a", shell, some_steps);
    (void)world_add(world, "b", shell, some_steps);
    (void)world_add(world, "alone", POWER_ON, some_steps);
    disk = world_add(world, "disk", POWER_ON, some_steps);
    (void)world_add(world, "c", disk, some_steps);
    world->tests[2].tags = fast;
    world->tests[2].tag_count = 2;
    world->tests[4].tags = slow;
    world->tests[4].tag_count = 1;
    return world;
}

static int choose(struct world *world, struct error *err)
{
    free(world->entries);
    return suite_select(&world->suite, 1, &world->selection, &world->entries, &world->entry_count,
                        err);
}

/* As "boot* shell* a", a star at those that only provide. */
static void expect(struct world *world, const char *wanted)
{
    struct error err = ERROR_INIT;
    char text[1024] = "";

    if (choose(world, &err) != 0) fail_msg("%s", err.text);
    for (size_t i = 0; i < world->entry_count; i++) {
        const size_t used = strlen(text);

        (void)snprintf(text + used, sizeof(text) - used, "%s%s%s", i > 0 ? " " : "",
                       world->entries[i].test->name, world->entries[i].is_only_provider ? "*" : "");
    }
    assert_string_equal(text, wanted);
}

static void expect_by(struct world *world, const char *filter, const char *wanted)
{
    const char *const filters[] = {filter};

    world->selection.filters = filters;
    world->selection.filter_count = 1;
    expect(world, wanted);
}

static void all(void **state)
{
    struct world *world = some_tests();

    (void)state;
    expect(world, "boot shell a b alone disk c");
    world_close(world);
}

static void filters(void **state)
{
    struct world *world = some_tests();
    const char *const two[] = {"alone", "world:b"};

    (void)state;
    expect_by(world, "alone", "alone");
    expect_by(world, "a", "boot* shell* a");
    expect_by(world, "a*", "boot* shell* a alone");
    expect_by(world, "world:?", "boot* shell* a b disk* c");
    expect_by(world, "shell", "boot* shell");
    expect_by(world, "tag:fast", "boot* shell* a");
    expect_by(world, "tag:*", "boot* shell* a alone");
    world->selection.filters = two;
    world->selection.filter_count = 2;
    expect(world, "boot* shell* b alone");
    world_close(world);
}

static void expect_refused(struct world *world, const char *filter, const char *sentence)
{
    const char *const filters[] = {"a", filter};
    struct error err = ERROR_INIT;

    world->selection.filters = filters;
    world->selection.filter_count = 2;
    assert_int_equal(choose(world, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.text, sentence);
    assert_null(world->entries);
}

static void filters_that_nothing_fits(void **state)
{
    struct world *world = some_tests();

    (void)state;
    expect_refused(world, "alnoe", "no test fits the filter 'alnoe'; did you mean 'world:alone'?");
    expect_refused(world, "world:shel",
                   "no test fits the filter 'world:shel'; did you mean 'world:shell'?");
    expect_refused(world, "tag:fats",
                   "no test fits the filter 'tag:fats'; did you mean 'tag:fast'?");
    expect_refused(world, "qqqqqqqqqq", "no test fits the filter 'qqqqqqqqqq'");
    expect_refused(world, "tag:qqqqqqq", "no test fits the filter 'tag:qqqqqqq'");
    expect_refused(world, "other:a", "no test fits the filter 'other:a'; did you mean 'world:a'?");
    world_close(world);
}

static bool is_in(const struct world *world, const struct suite_test *test)
{
    for (size_t i = 0; i < world->entry_count; i++) {
        if (world->entries[i].test == test) return true;
    }
    return false;
}

/* Each test is in one shard, and its provider, too; seeds change nothing of that. */
static void shards_are_a_partition(void **state)
{
    struct world *world = some_tests();
    struct error err = ERROR_INIT;

    (void)state;
    for (unsigned shards = 1; shards < 9; shards++) {
        unsigned seen[7] = {0};
        unsigned most = 0;

        for (unsigned shard = 1; shard <= shards; shard++) {
            unsigned here = 0;

            world->selection = (struct suite_selection){
                .shard = shard, .shards = shards, .has_seed = true, .seed = shard};
            assert_int_equal(choose(world, &err), 0);
            for (size_t i = 0; i < world->entry_count; i++) {
                const struct suite_test *test = world->entries[i].test;

                seen[test - world->tests] += !world->entries[i].is_only_provider;
                here += !world->entries[i].is_only_provider;
                assert_true(test->provider == POWER_ON ||
                            is_in(world, &world->tests[test->provider]));
            }
            if (here > most) most = here;
        }
        for (unsigned i = 0; i < 7; i++) {
            assert_int_equal(seen[i], 1);
        }
        /* None has more than its part, also of the four that stand on one. */
        assert_int_equal(most, (7 + shards - 1) / shards);
    }
    world->selection = (struct suite_selection){.shard = 3, .shards = 2};
    assert_int_equal(choose(world, &err), -1);
    world_close(world);
}

static void order_by_chance(void **state)
{
    struct world *world = some_tests();
    struct error err = ERROR_INIT;
    const struct suite_test *first[7];
    unsigned same = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        world->selection = (struct suite_selection){.has_seed = true, .seed = seed};
        assert_int_equal(choose(world, &err), 0);
        assert_int_equal(world->entry_count, 7);
        for (size_t i = 0; i < 7; i++) {
            const struct suite_test *test = world->entries[i].test;

            for (size_t before = i + 1; before < 7; before++) {
                assert_true(test->provider == POWER_ON ||
                            world->entries[before].test != &world->tests[test->provider]);
            }
            first[i] = test;
        }
        assert_int_equal(choose(world, &err), 0);
        for (size_t i = 0; i < 7; i++) {
            assert_ptr_equal(world->entries[i].test, first[i]);
        }
        if (first[0] == &world->tests[0]) same++;
    }
    assert_true(same > 5 && same < 45);
    world_close(world);
}

static void several_suites(void **state)
{
    struct world *one = some_tests();
    struct world *two = some_tests();
    const char *const filters[] = {"other:a"};
    struct suite suites[2] = {one->suite, two->suite};
    struct suite_selection selection = {.filters = filters, .filter_count = 1};
    struct suite_entry *list;
    struct error err = ERROR_INIT;
    size_t count;

    (void)state;
    suites[1].name = "other";
    assert_int_equal(suite_select(suites, 2, &selection, &list, &count, &err), 0);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(list[i].suite, &suites[1]);
        assert_ptr_equal(list[i].test, &two->tests[i]);
    }
    free(list);
    world_close(one);
    world_close(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all),
        cmocka_unit_test(filters),
        cmocka_unit_test(filters_that_nothing_fits),
        cmocka_unit_test(shards_are_a_partition),
        cmocka_unit_test(order_by_chance),
        cmocka_unit_test(several_suites),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
