/* SPDX-License-Identifier: GPL-2.0-only */
/* The debugger's commands of the control socket on the history tests' little guest: a run that is over, and one that
 * goes on, is held, moved and let go. The socket is not needed for that. */
#define _GNU_SOURCE

#include "emu/app/control_debug.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/control_command.h"
#include "emu/app/control_live.h"
#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "tests/unit/debug/session.h"

struct bench {
    struct control_command command;
    struct control_motion motion;
    struct session *session; /* of a run that is over */
    struct world world;      /* of one that goes on */
    struct recording *recording;
    struct control_live live;
};

static int set_up_over(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct error err = ERROR_INIT;

    if (bench == NULL) return -1;
    *state = bench;
    bench->session = session_open(1, NULL);
    bench->motion.history = bench->session->world.history;
    bench->command.machine = bench->session->world.machine;
    bench->command.is_recorded = true;
    bench->command.debug = control_debug_create(bench->session->debugger, bench->command.machine,
                                                &bench->motion, true, &err);
    return bench->command.debug != NULL ? 0 : -1;
}

static int tear_down_over(void **state)
{
    struct bench *bench = *state;

    control_debug_destroy(bench->command.debug);
    session_close(bench->session);
    free(bench);
    return 0;
}

static int set_up_live(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct machine *machine = world_machine(1);

    if (bench == NULL) return -1;
    *state = bench;
    bench->recording = world_recording(machine);
    machine_destroy(machine);
    world_begin(&bench->world, 1, bench->recording);
    bench->command.machine = bench->world.machine;
    bench->command.live = &bench->live;
    control_live_init(&bench->live, bench->world.history, bench->world.machine);
    return 0;
}

static int tear_down_live(void **state)
{
    struct bench *bench = *state;
    struct error err = ERROR_INIT;

    control_live_destroy(&bench->live);
    world_end(&bench->world);
    assert_int_equal(recording_close(bench->recording, &err), 0);
    free(bench);
    return 0;
}

/* ---- Saying something ---- */

static json_t *answer_to(struct bench *bench, const char *line)
{
    char *text = control_command_answer(&bench->command, line, strlen(line));
    json_t *answer;

    assert_non_null(text);
    answer = json_loads(text, 0, NULL);
    assert_non_null(answer);
    free(text);
    return answer;
}

/* What is returned; the caller's. */
static json_t *ask(struct bench *bench, const char *line)
{
    json_t *answer = answer_to(bench, line);
    json_t *result = json_incref(json_object_get(answer, "return"));

    if (result == NULL) fail_msg("%s: %s", line, json_dumps(answer, 0));
    json_decref(answer);
    return result;
}

static void say(struct bench *bench, const char *line)
{
    json_decref(ask(bench, line));
}

static void refuse(struct bench *bench, const char *line, const char *words)
{
    json_t *answer = answer_to(bench, line);
    const char *text = json_string_value(json_object_get(json_object_get(answer, "error"), "desc"));

    if (text == NULL || strstr(text, words) == NULL) {
        fail_msg("%s: %s", line, json_dumps(answer, 0));
    }
    json_decref(answer);
}

/* A member of what debug-where returns. */
static uint64_t where(struct bench *bench, const char *name)
{
    json_t *answer = ask(bench, "{\"execute\":\"debug-where\"}");
    json_t *value = json_object_get(answer, name);
    const uint64_t number =
        json_is_boolean(value) ? json_is_true(value) : (uint64_t)json_integer_value(value);

    assert_non_null(value);
    json_decref(answer);
    return number;
}

#define DEBUG(text) "{\"execute\":\"debug\",\"arguments\":{\"command\":\"" text "\"}}"

/* ---- A run that is over ---- */

static void goes_there_and_says_so(void **state)
{
    struct bench *bench = *state;
    json_t *answer = ask(bench, DEBUG("goto 100ms"));
    json_t *place = ask(bench, "{\"execute\":\"debug-where\"}");

    assert_true(json_equal(json_object_get(answer, "where"), place));
    assert_true(json_integer_value(json_object_get(place, "virtual-time")) >= 100000000000);
    assert_non_null(strstr(json_string_value(json_object_get(answer, "output")),
                           json_string_value(json_object_get(place, "text"))));
    assert_null(json_object_get(answer, "is-cut"));
    json_decref(answer);
    json_decref(place);
    say(bench, DEBUG("goto end"));
    assert_int_equal(where(bench, "is-at-end"), 1);
    say(bench, DEBUG("goto begin"));
    assert_int_equal(where(bench, "is-at-begin"), 1);
    assert_false(bench->command.has_posted);
}

static void only_looked_at(void **state)
{
    static const char *const lines[] = {
        "{\"execute\":\"cont\"}",
        "{\"execute\":\"system_reset\"}",
        "{\"execute\":\"system_powerdown\"}",
        "{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"addr=0x1000\"}}",
        "{\"execute\":\"fault-repair\",\"arguments\":{\"index\":0}}",
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        refuse(bench, lines[i], "can only be looked at");
    }
    say(bench, "{\"execute\":\"stop\"}");
    say(bench, "{\"execute\":\"debug-interrupt\"}");
    refuse(bench, DEBUG("screen /tmp/a.png"), "cannot be saved from here");
    refuse(bench, DEBUG("gotoo end"), "did you mean 'goto'");
    assert_true(inbox_is_empty(machine_inbox(bench->command.machine)));
    say(bench, DEBUG("quit"));
    assert_true(bench->command.has_quit);
}

/* Interrupts that come late are not the next motion's; those while nothing moves are nobody's. */
static void late_interrupts(void **state)
{
    struct bench *bench = *state;

    control_motion_interrupt(&bench->motion);
    assert_true(inbox_is_empty(machine_inbox(bench->command.machine)));
    for (unsigned i = 0; i < 5; i++) {
        history_interrupt(bench->motion.history);
    }
    say(bench, DEBUG("goto 50ms"));
    assert_true(where(bench, "virtual-time") >= VTIME_MS(50));
}

static void urgent_lines(void **state)
{
    static const struct {
        const char *line;
        bool is_urgent;
    } cases[] = {
        {"{\"execute\":\"debug-interrupt\"}", true},
        {"{\"id\":{},\"execute\":\"stop\"}\r", true},
        {"{\"execute\":\"debug\"}", false},
        {"{\"execute\":[\"stop\"]}", false},
        {"stop", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(control_motion_is_urgent(cases[i].line, strlen(cases[i].line)),
                         cases[i].is_urgent);
    }
}

/* ---- One that goes on ---- */

static void run_to(struct bench *bench, vtime until)
{
    enum machine_stop stop;

    do {
        stop = machine_run(bench->world.machine, until);
    } while (stop == MACHINE_ATTENTION);
    assert_int_equal(stop, MACHINE_TIME_LIMIT);
}

static void looked_at_while_it_runs(void **state)
{
    struct bench *bench = *state;

    run_to(bench, VTIME_MS(100));
    refuse(bench, DEBUG("goto 50ms"), "`stop` it first");
    refuse(bench, DEBUG("printer"), "`stop` it first");
    refuse(bench, DEBUG(""), "`stop` it first");
    say(bench, DEBUG(" info where"));
    say(bench, DEBUG("x/4i $pc"));
    assert_int_equal(where(bench, "is-at-end"), 1);
    assert_null(bench->live.debug);
    run_to(bench, VTIME_MS(150));
}

static void held_and_let_go(void **state)
{
    struct bench *bench = *state;
    struct place there;

    run_to(bench, VTIME_MS(200));
    say(bench, "{\"execute\":\"stop\"}");
    assert_true(bench->live.is_held);
    say(bench, DEBUG("goto 120ms"));
    there = world_here(&bench->world);
    refuse(bench, "{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"addr=0x1000\"}}",
           "in its past");
    say(bench, DEBUG("b reg lapic0.EOI w"));
    say(bench, DEBUG("c"));
    say(bench, DEBUG("goto 120ms"));
    world_expect(&bench->world, &there);
    say(bench, "{\"execute\":\"cont\"}");
    assert_false(bench->live.is_held);
    /* From there, and as before. */
    assert_true(history_is_at_end(bench->world.history));
    assert_true(machine_now(bench->world.machine) < VTIME_MS(200));
    run_to(bench, VTIME_MS(220));
    assert_int_equal(where(bench, "is-at-end"), 1);
}

/* What others say to the program while it is held is heard when it goes on. */
static void orders_wait(void **state)
{
    static const struct inbox_message pause = {.kind = INBOX_PAUSE};
    static const struct inbox_message attention = {.kind = INBOX_ATTENTION};
    struct bench *bench = *state;
    struct inbox *inbox = machine_inbox(bench->world.machine);

    run_to(bench, VTIME_MS(100));
    say(bench, "{\"execute\":\"stop\"}");
    assert_true(inbox_post(inbox, &pause));
    assert_true(inbox_post(inbox, &attention));
    control_live_wait(&bench->live);
    assert_true(inbox_is_empty(inbox));
    say(bench, DEBUG("goto 50ms"));
    say(bench, "{\"execute\":\"cont\"}");
    assert_int_equal(machine_run(bench->world.machine, VTIME_MS(300)), MACHINE_ATTENTION);
    assert_true(machine_is_paused(bench->world.machine));
    /* A machine that is paused can be moved. */
    say(bench, "{\"execute\":\"stop\"}");
    say(bench, DEBUG("run-until 60ms"));
    assert_true(where(bench, "virtual-time") >= VTIME_MS(60));
    say(bench, "{\"execute\":\"cont\"}");
    run_to(bench, VTIME_MS(100));
}

static void a_stop_ends_it(void **state)
{
    static const struct inbox_message stop = {.kind = INBOX_STOP};
    struct bench *bench = *state;

    run_to(bench, VTIME_MS(100));
    say(bench, "{\"execute\":\"stop\"}");
    assert_true(inbox_post(machine_inbox(bench->world.machine), &stop));
    control_live_wait(&bench->live);
    assert_true(bench->live.is_over);
    assert_int_equal(bench->live.stop, MACHINE_STOPPED);
}

int main(void)
{
#define OVER(test) cmocka_unit_test_setup_teardown(test, set_up_over, tear_down_over)
#define LIVE(test) cmocka_unit_test_setup_teardown(test, set_up_live, tear_down_live)
    const struct CMUnitTest tests[] = {
        OVER(goes_there_and_says_so),
        OVER(only_looked_at),
        OVER(late_interrupts),
        cmocka_unit_test(urgent_lines),
        LIVE(looked_at_while_it_runs),
        LIVE(held_and_let_go),
        LIVE(orders_wait),
        LIVE(a_stop_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
