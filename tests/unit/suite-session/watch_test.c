/* SPDX-License-Identifier: GPL-2.0-only */
/* Steps that ask the machine: events, values, complaints; the screen; input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/suite-session/rig.h"

#define BEGIN STEP_EXPECT("> ")

static void play_strict(struct suite_step *steps, size_t count,
                        const struct suite_tolerance *tolerance, struct suite_result *result)
{
    const struct suite_test *test;
    struct rig rig;

    rig_init(&rig, "suite-talk", NULL);
    test = rig_test(&rig, steps, count);
    rig.tests[0].tolerance = *tolerance;
    rig_open(&rig);
    rig_run(&rig, test, result);
    rig_close(&rig);
    rig_release(&rig);
}

static void play(struct suite_step *steps, size_t count, struct suite_result *result)
{
    static const struct suite_tolerance all = {.is_strict = false};

    play_strict(steps, count, &all, result);
}

static void test_events(void **state)
{
    struct suite_step steps[] = {
        BEGIN,
        {.kind = SUITE_COUNT_EVENTS, .filter = "uart.transmit if byte == 0x78", .name = "exes"},
        STEP_SEND("say xyxyx\n"),
        {.kind = SUITE_EXPECT_EVENT,
         .filter = "uart.transmit if byte == 0x79",
         .within = VTIME_MS(50)},
        STEP_MARK("why"),
        STEP_EXPECT("\n> "),
        STEP_MEASURE("rest", "why", VTIME_US(1), VTIME_MS(1)),
        {.kind = SUITE_EXPECT_COUNT, .name = "exes", .range = RIG_RANGE(3, 3)},
        {.kind = SUITE_EXPECT_COUNT, .name = "exes", .range = RIG_RANGE(4, UINT64_MAX)},
    };
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(
        &result, SUITE_ASSERT,
        "3 events were counted as exes (uart.transmit if byte == 0x78), not at least 4");
    assert_int_equal(result.step, 8);
}

static void test_no_event(void **state)
{
    struct suite_step steps[] = {
        BEGIN,
        {.kind = SUITE_EXPECT_EVENT, .filter = "nvme.nvme_completion", .within = VTIME_MS(30)},
    };
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(&result, SUITE_ASSERT,
                      "no event happened that is nvme.nvme_completion within 30 ms");
    steps[1].filter = "nvme.nvme_completoin";
    play(steps, ARRAY_LEN(steps), &result);
    assert_int_equal(result.failure, SUITE_ASSERT);
    assert_non_null(strstr(result.sentence, "did you mean"));
}

static void test_forbidden_event(void **state)
{
    struct suite_step steps[] = {
        BEGIN,
        {.kind = SUITE_FORBID_EVENT, .filter = "uart.transmit if byte == 0x78"},
        STEP_SEND("say xx\n"),
        STEP_WAIT(VTIME_MS(20)),
    };
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    assert_int_equal(result.failure, SUITE_FORBIDDEN);
    assert_int_equal(result.step, 1);
    assert_non_null(strstr(result.sentence, "uart0 transmit byte=0x78"));
    assert_true(result.end % VTIME_MS(1) != 0);
}

static void test_complaints(void **state)
{
    static const char *const except[] = {"rtc.unimplemented"};
    static const struct {
        struct suite_tolerance tolerance;
        enum suite_failure failures[2]; /* of what no guest must do, of what there is not */
    } cases[] = {
        {{.is_strict = false}, {SUITE_NO_FAILURE, SUITE_NO_FAILURE}},
        {{.is_strict = true}, {SUITE_FORBIDDEN, SUITE_NO_FAILURE}},
        {{.is_complete = true}, {SUITE_NO_FAILURE, SUITE_FORBIDDEN}},
        {{.is_complete = true, .except = except, .except_count = 1},
         {SUITE_NO_FAILURE, SUITE_NO_FAILURE}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct suite_step wrong[] = {BEGIN, STEP_SEND("wrong\n"), BEGIN};
        struct suite_step missing[] = {BEGIN, STEP_SEND("missing\n"), BEGIN};
        struct suite_result result;

        play_strict(wrong, ARRAY_LEN(wrong), &cases[i].tolerance, &result);
        assert_int_equal(result.failure, cases[i].failures[0]);
        play_strict(missing, ARRAY_LEN(missing), &cases[i].tolerance, &result);
        assert_int_equal(result.failure, cases[i].failures[1]);
    }
}

static void test_values(void **state)
{
    struct suite_step steps[] = {
        BEGIN,
        {.kind = SUITE_EXPECT_VALUE,
         .expression = "uart.LSR",
         .range = {0x20, 0x20, 0x20},
         .within = VTIME_MS(5)},
        {.kind = SUITE_EXPECT_VALUE,
         .expression = "hpet.GCAP_ID >> 16 & 0xffff",
         .range = RIG_RANGE(0x8086, 0x8086)},
        {.kind = SUITE_EXPECT_VALUE,
         .expression = "uart.SCR",
         .range = RIG_RANGE(7, 9),
         .within = VTIME_MS(5)},
    };
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(&result, SUITE_ASSERT,
                      "uart.SCR did not become 0x7 to 0x9 within 5 ms; it is 0x0");
    steps[3].within = 0;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(&result, SUITE_ASSERT, "uart.SCR is not 0x7 to 0x9; it is 0x0");
    steps[3].expression = "uart.SRC";
    play(steps, ARRAY_LEN(steps), &result);
    assert_non_null(strstr(result.sentence, "did you mean"));
}

/* Our firmware's console tells of itself. */
static void test_screen(void **state)
{
    struct suite_step steps[] = {
        {.kind = SUITE_EXPECT_SCREEN,
         .pattern = {.text = "Spacegray boot firmware"},
         .within = VTIME_S(1)},
        {.kind = SUITE_EXPECT_SCREEN, .pattern = {.text = "no such text"}, .within = VTIME_MS(150)},
    };
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    assert_int_equal(result.step, 1);
    assert_non_null(strstr(result.sentence, "\"no such text\" was not on the screen within 150 ms; "
                                            "the last line on it is \""));
}

static void test_pictures(void **state)
{
    struct suite_step steps[] = {
        BEGIN,
        {.kind = SUITE_EXPECT_PICTURE, .region = {0, 0, 5000, 2800}, .within = VTIME_MS(100)},
    };
    struct suite_result result;
    struct rig rig;
    char golden[128];
    char difference[128];
    FILE *file;

    (void)state;
    rig_init(&rig, "suite-talk", NULL);
    steps[1].path = rig_path(&rig, "golden.png", golden);
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    assert_int_equal(result.failure, SUITE_HOST_TROUBLE);
    rig.config.is_golden = true;
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    rig_assert_passed(&result);
    rig.config.is_golden = false;
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    rig_assert_passed(&result);
    steps[1].region.x = 100;
    rig.config.difference_path = rig_path(&rig, "difference.png", difference);
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    assert_int_equal(result.failure, SUITE_ASSERT);
    file = fopen(difference, "r");
    assert_non_null(file);
    (void)fclose(file);
    steps[1].kind = SUITE_EXPECT_PICTURE_HASH;
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    assert_int_equal(result.failure, SUITE_ASSERT);
    steps[1].hash = strtoull(strrchr(result.sentence, ' '), NULL, 16);
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    rig_assert_passed(&result);
    rig_release(&rig);
}

static struct action key(vtime when, bool is_down)
{
    return (struct action){
        .when = when, .kind = ACTION_KEY, .key = {.usage = 4, .is_down = is_down}};
}

/* Nobody listens to the keyboard; keys go all the same, buttons as well. */
static void test_input(void **state)
{
    struct suite_step steps[] = {
        BEGIN,
        STEP_SEND("say on\n"),
        {.kind = SUITE_COUNT_EVENTS, .filter = "keyboard.key", .name = "keys"},
        {.kind = SUITE_INPUT, .actions = ACTION_LIST_INIT},
        {.kind = SUITE_EXPECT_COUNT, .name = "keys", .range = RIG_RANGE(2, 2)},
        {.kind = SUITE_INPUT, .actions = ACTION_LIST_INIT},
    };
    const struct action actions[] = {key(VTIME_MS(5), true), key(VTIME_MS(15), false)};
    const struct action wait = {.kind = ACTION_WAIT_KEYBOARD};
    struct error err = ERROR_INIT;
    struct suite_result result;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        assert_int_equal(action_list_add(&steps[3].actions, &actions[i], &err), 0);
    }
    assert_int_equal(action_list_add(&steps[5].actions, &wait, &err), 0);
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(&result, SUITE_TIME_OUT,
                      "the guest did not listen to its keyboard, and the input was not over before "
                      "the test's time (10 s) was over");
    action_list_release(&steps[3].actions);
    action_list_release(&steps[5].actions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),          cmocka_unit_test(test_no_event),
        cmocka_unit_test(test_forbidden_event), cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_values),          cmocka_unit_test(test_screen),
        cmocka_unit_test(test_pictures),        cmocka_unit_test(test_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
