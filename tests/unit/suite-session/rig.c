/* SPDX-License-Identifier: GPL-2.0-only */
#define _XOPEN_SOURCE 700 /* nftw, mkdtemp */

#include "tests/unit/suite-session/rig.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/app.h"

void rig_init(struct rig *rig, const char *program, const char *const *options)
{
    struct suite_machine *machine = &rig->suite.machine;
    struct error err = ERROR_INIT;

    memset(rig, 0, sizeof(*rig));
    if (program != NULL) {
        (void)snprintf(rig->image, sizeof(rig->image), "--image=%s/%s.elf", GUESTS, program);
    }
    (void)snprintf(rig->scratch, sizeof(rig->scratch), "/tmp/suite-session-XXXXXX");
    assert_non_null(mkdtemp(rig->scratch));
    machine->argv = rig->argv;
    rig->argv[machine->argc++] = (char *)"run";
    rig->argv[machine->argc++] = (char *)"--memory=512M";
    if (program != NULL) rig->argv[machine->argc++] = rig->image;
    for (; options != NULL && *options != NULL; options++) {
        assert_true(machine->argc < RIG_ARGUMENTS_MAX);
        rig->argv[machine->argc++] = (char *)*options;
    }
    assert_int_equal(
        run_options_parse(&command_run, machine->argc, machine->argv, &machine->options, &err),
        RUN_PARSED);
    assert_int_equal(run_options_resolve(&machine->options, &machine->memory, &err), 0);
    rig->suite.path = "rig.yaml";
    rig->suite.name = "rig";
    rig->suite.tests = rig->tests;
    rig->config = (struct suite_session_config){.suite = &rig->suite, .scratch = rig->scratch};
}

static int forget(const char *path, const struct stat *status, int kind, struct FTW *level)
{
    (void)status;
    (void)kind;
    (void)level;
    return remove(path);
}

void rig_release(struct rig *rig)
{
    (void)nftw(rig->scratch, forget, 16, FTW_DEPTH | FTW_PHYS);
}

const char *rig_path(const struct rig *rig, const char *name, char path[128])
{
    (void)snprintf(path, 128, "%.60s/%s", rig->scratch, name);
    return path;
}

const struct suite_test *rig_test(struct rig *rig, struct suite_step *steps, size_t count)
{
    struct suite_test *test = &rig->tests[rig->suite.test_count++];

    assert_true(rig->suite.test_count <= RIG_TESTS_MAX);
    *test = (struct suite_test){
        .name = "test",
        .machine = &rig->suite.machine,
        .provider = SIZE_MAX,
        .timeout = VTIME_S(10),
        .steps = steps,
        .step_count = count,
    };
    return test;
}

void rig_open(struct rig *rig)
{
    struct error err = ERROR_INIT;

    rig->config.test = &rig->tests[0];
    rig->session = suite_session_create(&rig->config, &err);
    if (rig->session == NULL) fail_msg("%s", err.text);
}

void rig_close(struct rig *rig)
{
    struct error err = ERROR_INIT;

    if (suite_session_close(rig->session, &err) != 0) fail_msg("%s", err.text);
    rig->session = NULL;
}

void rig_run(struct rig *rig, const struct suite_test *test, struct suite_result *result)
{
    suite_session_test(rig->session, test, NULL, NULL, result);
}

void rig_play(struct rig *rig, struct suite_step *steps, size_t count, struct suite_result *result)
{
    const struct suite_test *test;

    rig->suite.test_count = 0;
    test = rig_test(rig, steps, count);
    rig_open(rig);
    rig_run(rig, test, result);
    rig_close(rig);
}

void rig_assert_passed(const struct suite_result *result)
{
    if (result->outcome == SUITE_PASSED) return;
    fail_msg("step %zu: %s", result->step, result->sentence);
}

void rig_assert_failed(const struct suite_result *result, enum suite_failure failure,
                       const char *sentence)
{
    assert_int_equal(result->outcome, SUITE_FAILED);
    assert_string_equal(result->sentence, sentence);
    assert_int_equal(result->failure, failure);
}
