/* SPDX-License-Identifier: GPL-2.0-only */
/* Each kind of step, met and not met, on a guest that does what it is told (tests/guest/programs/suite-talk.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/suite-session/rig.h"

static void play(struct suite_step *steps, size_t count, struct suite_result *result)
{
    struct rig rig;

    rig_init(&rig, "suite-talk", NULL);
    rig_play(&rig, steps, count, result);
    rig_release(&rig);
}

static void test_talk(void **state)
{
    struct suite_step steps[] = {
        STEP_EXPECT("talk: ready"), STEP_MARK("ready"),
        STEP_EXPECT("> "),          STEP_SEND("say hello\n"),
        STEP_EXPECT("hello\n> "),   STEP_MEASURE("answer", "ready", 1, VTIME_MS(20)),
        STEP_SEND("log note\n"),    STEP_EXPECT_LOG("note"),
        STEP_SEND("exit 42\n"),     STEP_EXIT(85),
    };
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_passed(&result);
    assert_int_equal(result.measure_count, 1);
    assert_string_equal(result.measures[0].name, "answer");
    assert_true(result.measures[0].value > VTIME_US(100));
    assert_true(result.trace_hash != 0 && result.seq > 0 && result.end > result.begin);
    assert_true(result.tail_count > 1);
    assert_string_equal(result.tail[result.tail_count - 2], "note");
}

/* Text that came together is looked at step by step; what came before a match is gone. */
static void test_text_in_order(void **state)
{
    struct suite_step steps[] = {
        STEP_EXPECT("> "),       STEP_SEND("say one two three\n"),
        STEP_WAIT(VTIME_MS(50)), STEP_EXPECT("one"),
        STEP_EXPECT(" two"),     STEP_EXPECT("three\n"),
        STEP_EXPECT("one"),
    };
    struct suite_result result;

    (void)state;
    steps[6].within = VTIME_MS(100);
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(
        &result, SUITE_ASSERT,
        "\"one\" did not come out of the serial port within 100 ms; the last line was "
        "\"> \"");
    assert_int_equal(result.step, 6);
}

static void test_forbidden(void **state)
{
    struct suite_step steps[] = {
        STEP_EXPECT("> "),
        STEP_FORBID("BUG:"),
        STEP_SEND("say BUG: no\n"),
        STEP_WAIT(VTIME_MS(50)),
    };
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(&result, SUITE_FORBIDDEN, "\"BUG:\" came, which must not: \"> BUG:\"");
    assert_int_equal(result.step, 1);
}

static void test_time_out(void **state)
{
    struct suite_step steps[] = {STEP_EXPECT("never")};
    struct suite_result result;
    struct rig rig;

    (void)state;
    rig_init(&rig, "suite-talk", NULL);
    steps[0].within = VTIME_S(20);
    (void)rig_test(&rig, steps, 1);
    rig.tests[0].timeout = VTIME_MS(100);
    rig_open(&rig);
    rig_run(&rig, &rig.tests[0], &result);
    rig_assert_failed(
        &result, SUITE_TIME_OUT,
        "\"never\" did not come out of the serial port before the test's time (100 ms) "
        "was over; the last line was \"> \"");
    assert_int_equal(result.end / VTIME_MS(1), 100);
    rig_close(&rig);
    rig_release(&rig);
}

static void test_ends(void **state)
{
    static const struct {
        const char *order;
        enum suite_end end;
        const char *otherwise; /* when a status was wanted */
    } cases[] = {
        {"dead\n", SUITE_END_DEAD,
         "the guest did not end with status 1: every core is halted for ever"},
        {"off\n", SUITE_END_POWER_OFF,
         "the guest did not end with status 1: the guest powered off"},
        {"exit 1\n", SUITE_END_EXIT,
         "the guest did not end with status 1: the guest ended with status 3"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct suite_step steps[] = {STEP_EXPECT("> "), STEP_SEND(""), STEP_END(SUITE_END_EXIT)};
        struct suite_result result;

        steps[1].data.data = (const uint8_t *)cases[i].order;
        steps[1].data.bytes = strlen(cases[i].order);
        steps[2].end = cases[i].end;
        play(steps, ARRAY_LEN(steps), &result);
        rig_assert_passed(&result);
        steps[2] = (struct suite_step)STEP_EXIT(1);
        play(steps, ARRAY_LEN(steps), &result);
        rig_assert_failed(&result, SUITE_ASSERT, cases[i].otherwise);
    }
}

/* The guest goes in the middle. */
static void test_guest_end(void **state)
{
    struct suite_step steps[] = {STEP_EXPECT("> "), STEP_SEND("off\n"), STEP_EXPECT("more")};
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(&result, SUITE_GUEST_END,
                      "\"more\" did not come out of the serial port: the guest powered off before; "
                      "the last line was \"> \"");
}

static void test_panic(void **state)
{
    struct suite_step steps[] = {STEP_EXPECT("> "), STEP_SEND("panic\n"), STEP_EXPECT("more")};
    struct suite_result result;

    (void)state;
    play(steps, ARRAY_LEN(steps), &result);
    rig_assert_failed(&result, SUITE_ASSERT,
                      "\"more\" did not come out of the serial port within 2 s; the last line was "
                      "\"Kernel panic - not syncing: asked to\"; the guest said \"> BUG: unable to "
                      "handle a request\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talk),      cmocka_unit_test(test_text_in_order),
        cmocka_unit_test(test_forbidden), cmocka_unit_test(test_time_out),
        cmocka_unit_test(test_ends),      cmocka_unit_test(test_guest_end),
        cmocka_unit_test(test_panic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
