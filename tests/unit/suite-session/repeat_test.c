/* SPDX-License-Identifier: GPL-2.0-only */
/* A test goes the same way each time: again, recorded, forked, on several cores; and its recording can be repeated. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/replay_session.h"
#include "emu/base/bits.h"
#include "emu/machine/machine.h"
#include "tests/unit/suite-session/rig.h"

static struct suite_step *provide(size_t *count)
{
    static struct suite_step steps[] = {STEP_EXPECT("> "), STEP_SEND("say provided\n"),
                                        STEP_EXPECT("provided\n")};

    *count = ARRAY_LEN(steps);
    return steps;
}

static struct suite_step *require(size_t *count)
{
    static struct suite_step steps[] = {STEP_SEND("say required\n"), STEP_EXPECT("required\n> "),
                                        STEP_WAIT(VTIME_MS(7)), STEP_SEND("exit 42\n"),
                                        STEP_EXIT(85)};

    *count = ARRAY_LEN(steps);
    return steps;
}

static void make(struct rig *rig, const char *const *options)
{
    struct suite_step *steps;
    size_t count;

    rig_init(rig, "suite-talk", options);
    steps = provide(&count);
    (void)rig_test(rig, steps, count);
    steps = require(&count);
    (void)rig_test(rig, steps, count);
}

/* Both in one process. */
static void run_both(struct rig *rig, struct suite_result *result)
{
    rig_open(rig);
    rig_run(rig, &rig->tests[0], result);
    rig_assert_passed(result);
    rig_run(rig, &rig->tests[1], result);
    rig_assert_passed(result);
}

/* The second one in a process of its own, and then in this one. */
static void run_forked(struct rig *rig, struct suite_result *forked, struct suite_result *here)
{
    int ends[2];
    int status;
    pid_t pid;

    rig_open(rig);
    rig_run(rig, &rig->tests[0], here);
    rig_assert_passed(here);
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct error err = ERROR_INIT;

        if (suite_session_part(rig->session, &err) != 0) _exit(2);
        rig_run(rig, &rig->tests[1], forked);
        _exit(write(ends[1], forked, sizeof(*forked)) == (ssize_t)sizeof(*forked) ? 0 : 1);
    }
    assert_int_equal(read(ends[0], forked, sizeof(*forked)), sizeof(*forked));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
    rig_run(rig, &rig->tests[1], here);
}

static void check(const char *const *options)
{
    struct suite_result once;
    struct suite_result forked;
    struct suite_result here;
    struct rig rig;

    make(&rig, options);
    run_both(&rig, &once);
    rig_close(&rig);
    run_forked(&rig, &forked, &here);
    rig_close(&rig);
    rig_assert_passed(&forked);
    rig_assert_passed(&here);
    assert_int_equal(once.trace_hash, forked.trace_hash);
    assert_int_equal(once.trace_hash, here.trace_hash);
    assert_int_equal(once.end, forked.end);
    assert_int_equal(once.seq, here.seq);
    rig_release(&rig);
}

static void test_one_core(void **state)
{
    (void)state;
    check(NULL);
}

static void test_four_cores(void **state)
{
    static const char *const options[] = {"--cores=4", NULL};

    (void)state;
    check(options);
}

static void replay(const char *path, const struct suite_result *result)
{
    const struct replay_options options = {.file = path};
    struct replay_session *session = calloc(1, sizeof(*session));
    struct error err = ERROR_INIT;

    assert_non_null(session);
    if (replay_session_open(session, &options, &err) != 0) fail_msg("%s", err.text);
    assert_true(recording_is_whole(session->recording));
    assert_int_equal(history_run(session->history, VTIME_NEVER, &err), HISTORY_END);
    assert_int_equal(machine_trace_hash(session->machine), result->trace_hash);
    assert_int_equal(machine_now(session->machine), result->end);
    replay_session_close(session);
    free(session);
}

static void test_recorded(void **state)
{
    struct suite_result plain;
    struct suite_result recorded;
    struct rig rig;
    char path[128];

    (void)state;
    make(&rig, NULL);
    run_both(&rig, &plain);
    rig_close(&rig);
    rig.config.record_path = rig_path(&rig, "run.sgr", path);
    run_both(&rig, &recorded);
    rig_close(&rig);
    assert_int_equal(plain.trace_hash, recorded.trace_hash);
    replay(path, &recorded);
    rig_release(&rig);
}

/* With a disk that is gone by then; what is recorded begins at the last power-on. */
static void test_recorded_cut(void **state)
{
    struct suite_step steps[] = {STEP_EXIT(85),
                                 {.kind = SUITE_POWER_CUT, .seed = 5},
                                 STEP_EXPECT("FAIL zeros"),
                                 STEP_EXIT(87)};
    struct suite_result result;
    struct rig rig;
    char path[128];

    (void)state;
    rig_init(&rig, "nvme", NULL);
    rig.suite.machine.fresh_disk_bytes = UINT64_C(64) << 20;
    rig.config.record_path = rig_path(&rig, "run.sgr", path);
    rig_play(&rig, steps, ARRAY_LEN(steps), &result);
    rig_assert_passed(&result);
    assert_int_equal(result.begin, 0);
    replay(path, &result);
    rig_release(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_core),
        cmocka_unit_test(test_four_cores),
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_recorded_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
