/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `spacegray test`: from a command line to suites, to those of their tests that are chosen, to an executor that runs them, and
 * to reports and an exit status.
 */
#define _GNU_SOURCE /* fileno, mkdtemp, sched_getaffinity */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/faults_pool.h"
#include "emu/app/suite/report_internal.h"
#include "emu/app/suite/schedule_internal.h"
#include "emu/app/suite/suite_report.h"
#include "emu/app/suite/test_coverage.h"
#include "emu/app/suite/test_executor.h"
#include "emu/app/suite/test_golden.h"
#include "emu/app/suite/test_list.h"
#include "emu/base/bits.h"
#include "emu/host/signals.h"

#define REPORTS_MAX 4u

static int run(const struct command *command, int argc, char **argv);

const struct command command_test = {
    .name = "test",
    .arguments = "[OPTIONS] SUITE|FOLDER...",
    .summary = "Run suites of tests",
    .details = "A suite (docs/suites.md) says in YAML what a machine is, what is sent to it,\n"
               "and what is expected of it, in virtual time. Of a folder all files *.yaml are\n"
               "suites. A line is printed for each test; failures are told at the end, each\n"
               "with a capsule that spacegray debug opens at the failure.\n\n"
               "Exit status: 0 all passed; 1 some failed; 2 wrong usage, or a mistake in a\n"
               "suite; 3 host trouble.\n\n"
               "  spacegray test suites/ -j 2\n"
               "  spacegray test boot.yaml --filter 'net*' --verbose\n"
               "  spacegray test suites/ --junit junit.xml --json report.jsonl",
    .options = test_option_specs,
    .run = run,
};

/* A run under way. */
struct session {
    struct test_request request;
    const struct test_executor *executor;
    struct suite *suites;
    size_t suite_count;
    struct suite_entry *entries;
    size_t entry_count;
    struct suite_report *reports[REPORTS_MAX];
    size_t report_count;
    char *again; /* --set options, for who runs a test again */
    size_t again_bytes;
    struct test_golden *golden;
    bool has_failed;
    bool has_trouble; /* of the host, told in a result */
    int caught;
};

/* ---- Reports ---- */

static FILE *text_stream(const struct test_request *request)
{
    const char *const others[] = {request->junit, request->json};

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (others[i] != NULL && strcmp(others[i], TEST_STANDARD_OUTPUT) == 0) return stderr;
    }
    return stdout;
}

static size_t planned(const struct session *session)
{
    const struct suite_selection *selection = &session->request.selection;
    size_t count = 0;

    if (selection->is_until_failure) return SIZE_MAX;
    for (size_t i = 0; i < session->entry_count; i++) {
        count += !session->entries[i].is_only_provider;
    }
    return count * (selection->repeat > 0 ? selection->repeat : 1);
}

static int add_report(struct session *session, enum suite_report_kind kind, const char *path,
                      struct error *err)
{
    const struct test_request *request = &session->request;
    struct suite_report_config config = {
        .kind = kind,
        .path = path,
        .stream = kind == SUITE_REPORT_TEXT ? text_stream(request) : NULL,
        .planned = planned(session),
        .has_rounds = request->selection.repeat > 1 || request->selection.is_until_failure,
        .is_verbose = request->is_verbose,
        .is_quiet = request->is_quiet,
        .name_columns = test_list_name_columns(session->entries, session->entry_count),
        .again = session->again_bytes > 0 ? session->again : NULL,
    };
    struct suite_report *report;

    if (kind == SUITE_REPORT_TEXT && isatty(fileno(config.stream)) == 1) {
        const char *terminal = getenv("TERM");
        const char *no_colour = getenv("NO_COLOR");

        config.is_terminal = terminal != NULL && strcmp(terminal, "dumb") != 0;
        config.has_colours = config.is_terminal && (no_colour == NULL || no_colour[0] == '\0');
    }
    report = suite_report_create(&config, err);
    if (report == NULL) return -1;
    session->reports[session->report_count++] = report;
    return 0;
}

static int make_again(struct session *session, struct error *err)
{
    const struct suite_variables *variables = &session->request.variables;
    FILE *file = open_memstream(&session->again, &session->again_bytes);

    if (file == NULL) return error_host(err, "out of memory");
    for (size_t i = 0; i < variables->count; i++) {
        (void)fputs(i == 0 ? "--set " : " --set ", file);
        report_put_word(file, variables->list[i].name);
        (void)fputc('=', file);
        report_put_word(file, variables->list[i].value);
    }
    return fclose(file) == 0 ? 0 : error_host(err, "out of memory");
}

static int open_reports(struct session *session, struct error *err)
{
    const struct test_request *request = &session->request;
    const struct {
        enum suite_report_kind kind;
        const char *path;
    } files[] = {
        {SUITE_REPORT_TAP, request->tap},
        {SUITE_REPORT_JUNIT, request->junit},
        {SUITE_REPORT_JSON, request->json},
    };
    const bool is_tap_out = request->tap != NULL && strcmp(request->tap, TEST_STANDARD_OUTPUT) == 0;

    if (make_again(session, err) != 0) return -1;
    if (!is_tap_out && add_report(session, SUITE_REPORT_TEXT, NULL, err) != 0) return -1;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (files[i].path == NULL) continue;
        if (add_report(session, files[i].kind, files[i].path, err) != 0) return -1;
    }
    return 0;
}

static void on_begun(void *ctx, const struct suite_entry *entry, unsigned round)
{
    struct session *session = ctx;

    for (size_t i = 0; i < session->report_count; i++) {
        suite_report_begin(session->reports[i], entry, round);
    }
}

static void on_ended(void *ctx, const struct suite_entry *entry, unsigned round,
                     const struct suite_result *result)
{
    struct session *session = ctx;

    if (suite_result_is_bad(result)) {
        session->has_failed = true;
        session->has_trouble = session->has_trouble || result->failure == SUITE_HOST_TROUBLE;
    }
    for (size_t i = 0; i < session->report_count; i++) {
        suite_report_add(session->reports[i], entry, round, result);
    }
}

static void on_tick(void *ctx)
{
    struct session *session = ctx;

    for (size_t i = 0; i < session->report_count; i++) {
        suite_report_tick(session->reports[i]);
    }
}

/* All of them, whatever one of them says. */
static int finish_reports(struct session *session, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < session->report_count; i++) {
        if (suite_report_finish(session->reports[i], session->caught, err) != 0) result = -1;
    }
    return result;
}

/* ---- The run ---- */

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

static unsigned default_jobs(const struct session *session)
{
    cpu_set_t cores;
    unsigned count = 1;

    if (sched_getaffinity(0, sizeof(cores), &cores) == 0) count = (unsigned)CPU_COUNT(&cores);
    if (count > planned(session)) count = (unsigned)planned(session);
    return count > 0 ? count : 1;
}

static int execute(struct session *session, const char *coverage, struct error *err)
{
    const struct test_request *request = &session->request;
    struct suite_schedule schedule = {
        .entries = session->entries,
        .entry_count = session->entry_count,
        .selection = &request->selection,
        .limits = request->limits,
        .capsules = request->capsules,
        .capsules_max = request->capsules_max,
        .scratch = temporary_folder(),
        .coverage = coverage,
        .is_golden = request->is_golden,
        .listener = {.ctx = session, .begun = on_begun, .ended = on_ended, .tick = on_tick},
    };
    int result;

    if (schedule.limits.jobs == 0) schedule.limits.jobs = default_jobs(session);
    schedule.signal_fd = faults_signals_open(err);
    if (schedule.signal_fd < 0) return -1;
    result = session->executor->run(request, &schedule, &session->caught, err);
    faults_signals_close(schedule.signal_fd);
    return result;
}

static int execute_covered(struct session *session, struct error *err)
{
    char folder[SUITE_PATH_BYTES];
    int result;

    (void)snprintf(folder, sizeof(folder), "%s/coverage-XXXXXX", temporary_folder());
    if (mkdtemp(folder) == NULL) {
        return error_host(err, "no folder for temporary files in %s: %s", temporary_folder(),
                          strerror(errno));
    }
    result = execute(session, folder, err);
    if (result == 0) {
        result = test_coverage_write(folder, session->request.coverage, session->suites,
                                     session->suite_count, err);
    }
    schedule_scratch_remove(folder);
    return result;
}

static int status_of(const struct session *session, const struct error *err)
{
    if (err->kind != ERROR_NONE) return app_fail(err);
    if (session->has_trouble) return EXIT_HOST;
    return session->has_failed ? EXIT_FAILED : EXIT_PASSED;
}

static int run_tests(struct session *session, struct error *err)
{
    const struct test_request *request = &session->request;

    if (request->is_golden) {
        session->golden = test_golden_open(session->entries, session->entry_count, err);
        if (session->golden == NULL) return app_fail(err);
    }
    if (open_reports(session, err) != 0) return app_fail(err);
    if (request->coverage != NULL) {
        (void)execute_covered(session, err);
    } else {
        (void)execute(session, NULL, err);
    }
    (void)finish_reports(session, err);
    if (session->golden != NULL) test_golden_print(session->golden, text_stream(request));
    return status_of(session, err);
}

static int list(const struct session *session, struct error *err)
{
    const char *path = session->request.json;
    FILE *file = stdout;
    int result;

    if (path == NULL) {
        test_list_print(session->entries, session->entry_count, stdout);
        return app_finish_output();
    }
    if (strcmp(path, TEST_STANDARD_OUTPUT) != 0) file = fopen(path, "we");
    if (file == NULL) {
        (void)error_host(err, "%s: cannot be written", path);
        return app_fail(err);
    }
    result = test_list_write(session->entries, session->entry_count, file, err);
    if (file != stdout && fclose(file) != 0)
        result = error_host(err, "%s: cannot be written", path);
    return result == 0 ? app_finish_output() : app_fail(err);
}

/* ---- The command ---- */

static int load(struct session *session, struct error *err)
{
    const struct test_request *request = &session->request;

    session->suites = calloc(request->file_count, sizeof(*session->suites));
    if (session->suites == NULL) return error_host(err, "out of memory");
    for (size_t i = 0; i < request->file_count; i++) {
        if (suite_load(request->files[i], &request->variables, &session->suites[i], err) != 0) {
            return -1;
        }
        session->suite_count++;
    }
    return 0;
}

static int work(struct session *session, struct error *err)
{
    const struct suite_selection *selection = &session->request.selection;

    session->executor = test_executor_find(session->request.executor, err);
    if (session->executor == NULL || load(session, err) != 0) return app_fail(err);
    if (suite_select(session->suites, session->suite_count, selection, &session->entries,
                     &session->entry_count, err) != 0) {
        return app_fail(err);
    }
    /* A part of few tests may be empty; whoever runs all parts runs all tests. */
    if (session->entry_count == 0 && selection->shards == 0) {
        (void)error_usage(err, "test: there is no test");
        return app_fail(err);
    }
    return session->request.is_list ? list(session, err) : run_tests(session, err);
}

static void release(struct session *session)
{
    for (size_t i = 0; i < session->report_count; i++) {
        suite_report_destroy(session->reports[i]);
    }
    for (size_t i = 0; i < session->suite_count; i++) {
        suite_release(&session->suites[i]);
    }
    test_golden_close(session->golden);
    test_request_release(&session->request);
    free(session->again);
    free(session->entries);
    free(session->suites);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct session session = {.suite_count = 0};
    struct error err = ERROR_INIT;
    int status = EXIT_USAGE;

    switch (test_options_parse(command, argc, argv, &session.request, &err)) {
    case RUN_PARSED: status = work(&session, &err); break;
    case RUN_PARSED_HELP:
        option_print_help(command, stdout);
        status = app_finish_output();
        break;
    case RUN_PARSED_ERROR: status = app_fail(&err); break;
    }
    release(&session);
    /* Whoever started this program sees that a signal ended it. */
    if (session.caught != 0) signals_die(session.caught);
    return status;
}
