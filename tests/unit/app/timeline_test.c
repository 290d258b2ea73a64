/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of regular screenshots, and when the actions of several tracks are carried out: seen in the
 * trace of a machine without firmware, which does nothing by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/timeline.h"
#include "emu/core/inbox.h"

static void names(void **state)
{
    static const struct {
        const char *pattern;
        const char *path;
    } cases[] = {
        {"%d.png", "0007.png"},
        {"a/%t.png", "a/1500ms.png"},
        {"%%-%d-%t", "%-0007-1500ms"},
    };
    char path[TIMELINE_PATH_BYTES];
    struct error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(timeline_name(cases[i].pattern, 7, VTIME_MS(1500), path, &err), 0);
        assert_string_equal(path, cases[i].path);
    }
    assert_int_equal(timeline_name("%d", 123456, 0, path, &err), 0);
    assert_string_equal(path, "123456");
}

static void names_that_are_none(void **state)
{
    char path[TIMELINE_PATH_BYTES];
    char pattern[TIMELINE_PATH_BYTES + 2];
    const char *const cases[] = {"a.png", "%%", "%", "%d%", "%i", pattern};

    (void)state;
    memset(pattern, 'a', sizeof(pattern));
    memcpy(pattern, "%d", 2);
    pattern[sizeof(pattern) - 1] = '\0';
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = ERROR_INIT;

        assert_int_equal(timeline_name(cases[i], 1, 0, path, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
}

/* ---- On a machine ---- */

static const uint8_t rom[4096] = {
    [0xff0] = 0xf4, /* hlt, with interrupts off */
};

static int set_up(void **state)
{
    const struct machine_config config = {
        .memory_bytes = MACHINE_MEMORY_MIN,
        .cores = 1,
        .rom = rom,
        .rom_bytes = sizeof(rom),
    };
    struct timeline *timeline = calloc(1, sizeof(*timeline));
    struct error err = ERROR_INIT;

    if (timeline == NULL) return -1;
    timeline->machine = machine_create(&config, &err);
    *state = timeline;
    return timeline->machine != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    struct timeline *timeline = *state;

    timeline_release(timeline);
    machine_destroy(timeline->machine);
    free(timeline);
    return 0;
}

static void add(struct track *track, vtime when, enum action_kind kind)
{
    const struct action action = {.when = when, .kind = kind};
    struct error err = ERROR_INIT;

    assert_int_equal(action_list_add(&track->list, &action, &err), 0);
}

static void tracks_do_not_hold_each_other_up(void **state)
{
    struct timeline *timeline = *state;
    struct track *waiting = timeline_add_track(timeline);
    struct track *other = timeline_add_track(timeline);
    size_t count;

    add(waiting, 0, ACTION_WAIT_KEYBOARD); /* nobody ever listens */
    add(waiting, 0, ACTION_KEY);
    add(other, VTIME_MS(3), ACTION_KEY);
    add(other, VTIME_MS(30), ACTION_POINTER);
    add(other, VTIME_MS(300), ACTION_TABLET);
    assert_int_equal(timeline_run(timeline, VTIME_MS(2)), MACHINE_TIME_LIMIT);
    assert_int_equal(other->next, 0);
    assert_int_equal(timeline_run(timeline, VTIME_MS(3)), MACHINE_TIME_LIMIT);
    assert_int_equal(other->next, 1);
    assert_int_equal(timeline_run(timeline, VTIME_MS(100)), MACHINE_TIME_LIMIT);
    assert_int_equal(other->next, 2);
    assert_int_equal(waiting->next, 0);
    assert_int_equal(machine_now(timeline->machine), VTIME_MS(100));
    assert_int_equal(timeline_missed(timeline, &count)->kind, ACTION_WAIT_KEYBOARD);
    assert_int_equal(count, 2);
    timeline_release(timeline);
    assert_null(timeline_missed(timeline, &count));
}

static void waiting_in_vain_ends_with_the_machine(void **state)
{
    struct timeline *timeline = *state;
    struct track *waiting = timeline_add_track(timeline);
    struct track *other = timeline_add_track(timeline);

    add(waiting, 0, ACTION_WAIT_REST); /* its cores are halted for ever */
    add(waiting, 0, ACTION_KEY);
    add(other, VTIME_MS(300), ACTION_KEY);
    assert_int_equal(timeline_run(timeline, VTIME_NEVER), MACHINE_DEAD);
    assert_in_range(machine_now(timeline->machine), VTIME_MS(300), VTIME_MS(320));
    assert_int_equal(other->next, 1);
    assert_int_equal(waiting->next, 0);
    assert_in_range(machine_idle_time(timeline->machine), VTIME_MS(299), VTIME_MS(320));
    /* With a limit it is reached. */
    assert_int_equal(timeline_run(timeline, VTIME_MS(500)), MACHINE_TIME_LIMIT);
    assert_true(machine_is_dead(timeline->machine));
}

static void who_takes_pictures_is_known(void **state)
{
    struct timeline *timeline = *state;
    const struct action shot = {.kind = ACTION_SCREENSHOT, .path = (char[]){"x"}};
    struct track *track = timeline_add_track(timeline);
    struct error err = ERROR_INIT;

    add(track, 0, ACTION_KEY);
    assert_false(timeline_takes_pictures(timeline));
    timeline->every = VTIME_MS(1);
    assert_true(timeline_takes_pictures(timeline));
    timeline->every = 0;
    assert_int_equal(action_list_add(&timeline_add_track(timeline)->list, &shot, &err), 0);
    assert_true(timeline_takes_pictures(timeline));
}

static void more_keys_than_the_inbox_holds_get_in(void **state)
{
    struct timeline *timeline = *state;
    struct track *track = timeline_add_track(timeline);

    for (unsigned i = 0; i < 3 * INBOX_MESSAGES_MAX; i++) {
        add(track, VTIME_MS(1), ACTION_KEY);
    }
    assert_int_equal(timeline_run(timeline, VTIME_MS(2)), MACHINE_TIME_LIMIT);
    assert_int_equal(track->next, 3 * INBOX_MESSAGES_MAX);
}

/* This machine has no firmware, so nobody sets up memory. */
static void faults_wait_for_memory(void **state)
{
    struct timeline *timeline = *state;
    const struct fault_spec spec = {.fault = {.mask = {.data = 1}}};
    const struct action fault = {.when = VTIME_MS(1), .kind = ACTION_FAULT, .fault = &spec};
    const struct fault_campaign campaign = {.rate_milli = 1000000, .to = VTIME_NEVER};
    struct track *waiting = timeline_add_track(timeline);
    struct track *timed = timeline_add_track(timeline);
    struct error err = ERROR_INIT;

    timeline->faults.campaign = &campaign;
    add(waiting, 0, ACTION_WAIT_MEMORY);
    assert_int_equal(action_list_add(&waiting->list, &fault, &err), 0);
    assert_int_equal(action_list_add(&timed->list, &fault, &err), 0);
    assert_int_equal(timeline_run(timeline, VTIME_MS(50)), MACHINE_TIME_LIMIT);
    assert_int_equal(waiting->next, 0);
    assert_int_equal(timed->next, 1);
    assert_int_equal(timeline->faults.planted, 0);
    assert_int_equal(timeline->faults.skipped, 0);
    assert_int_equal(timeline->faults.trouble.kind, ERROR_USAGE);
    assert_non_null(strstr(timeline->faults.trouble.text, "has not set up memory yet"));
    /* Nothing of it keeps a dead machine running. */
    assert_int_equal(timeline_run(timeline, VTIME_NEVER), MACHINE_DEAD);
}

static void equal_lists_make_equal_runs(void **state)
{
    struct timeline *timeline = *state;
    uint64_t hashes[3];

    for (unsigned i = 0; i < 3; i++) {
        struct track *track = timeline_add_track(timeline);

        add(track, VTIME_MS(5), i < 2 ? ACTION_POWER_KEY : ACTION_RESET);
        (void)timeline_run(timeline, VTIME_MS(10));
        hashes[i] = machine_trace_hash(timeline->machine);
        tear_down(state);
        assert_int_equal(set_up(state), 0);
        timeline = *state;
    }
    assert_true(hashes[0] == hashes[1]);
    assert_true(hashes[0] != hashes[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(names_that_are_none),
        cmocka_unit_test_setup_teardown(tracks_do_not_hold_each_other_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_in_vain_ends_with_the_machine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_takes_pictures_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_keys_than_the_inbox_holds_get_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_wait_for_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_lists_make_equal_runs, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
