/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `spacegray faults`: campaigns of memory faults. What a campaign does is faults_campaign.c's; here is the way
 * from a command line to it and back to an exit status.
 */
#define _GNU_SOURCE /* strsignal, fileno */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/faults_campaign.h"
#include "emu/app/faults_options.h"
#include "emu/app/faults_pool.h"
#include "emu/app/faults_report.h"
#include "emu/host/signals.h"

static int run(const struct command *command, int argc, char **argv);

static const struct option_spec no_options[] = {{.name = NULL}};

const struct command command_faults = {
    .name = "faults",
    .arguments = "ACTION SUITE [OPTIONS]",
    .summary = "Run campaigns of memory faults",
    .details = "A suite (docs/formats/fault-suite.md) says which work a machine does and which\n"
               "faults its memory gets meanwhile.\n\n"
               "actions:\n"
               "  run    make the runs and tell what became of them\n"
               "  list   show the faults that each run gets\n"
               "  check  say whether a suite is well written\n\n"
               "`spacegray faults ACTION --help` tells more of each. A single fault in a single\n"
               "run: spacegray run --fault.",
    .options = no_options,
    .run = run,
};

/* A campaign under way. */
struct session {
    struct faults_request request;
    struct faults_suite suite;
    struct faults_campaign campaign;
    struct error err;
};

static bool has_colours(FILE *file)
{
    return isatty(fileno(file)) == 1 && getenv("NO_COLOR") == NULL;
}

/* ---- check ---- */

static int check(const struct faults_suite *suite)
{
    unsigned faults = 0;

    for (size_t i = 0; i < suite->entry_count; i++) {
        faults += suite->entries[i].count;
    }
    (void)printf("%s: no mistakes; %u fault%s in each of %" PRIu64 " runs\n", suite->name, faults,
                 faults == 1 ? "" : "s", suite->runs);
    return app_finish_output();
}

/* ---- list ---- */

static void print_plans(const struct faults_campaign *campaign)
{
    for (size_t i = 0; i < campaign->count; i++) {
        struct faults_plan plan;

        faults_campaign_plan(campaign, i, &plan);
        for (size_t n = 0; n < plan.count; n++) {
            char text[FAULT_SPEC_TEXT_BYTES];

            fault_spec_format(&plan.faults[n], text);
            (void)printf("run %" PRIu64 ": %s\n", campaign->numbers[i], text);
        }
    }
}

/* ---- run ---- */

static int tell_crash(const struct faults_campaign *campaign)
{
    struct error err = ERROR_INIT;

    if (campaign->crash_signal != 0) {
        (void)error_host(&err, "the emulator crashed in run %" PRIu64 ": %s", campaign->crashed,
                         strsignal(campaign->crash_signal));
    } else {
        (void)error_host(&err,
                         "run %" PRIu64 " did not come to its end on this host (--host-limit)",
                         campaign->crashed);
    }
    return app_fail(&err);
}

/* All that is known, also of a campaign that was stopped. */
static int report(const struct session *session)
{
    const struct faults_campaign *campaign = &session->campaign;
    const struct faults_request *request = &session->request;
    const struct faults_report found = faults_campaign_report(campaign);
    const bool is_json_out = request->json != NULL && strcmp(request->json, "-") == 0;
    FILE *file = is_json_out ? stderr : stdout;
    struct error err = ERROR_INIT;
    struct faults_totals totals;

    for (size_t i = 0; i < campaign->count && request->only_count > 0; i++) {
        if (campaign->records[i] != NULL) faults_report_print_run(campaign->records[i], file);
    }
    if (request->only_count == 0) faults_report_print(&found, has_colours(file), file);
    if (request->json != NULL && faults_report_write(&found, request->json, &err) != 0) {
        return app_fail(&err);
    }
    if (app_finish_output() != EXIT_PASSED) return EXIT_HOST;
    if (campaign->crashed != 0) return tell_crash(campaign);
    faults_report_count(&found, &totals);
    return faults_report_exceeds(&found, &totals) ? EXIT_FAILED : EXIT_PASSED;
}

static enum faults_outcome execute(struct session *session)
{
    struct faults_campaign *campaign = &session->campaign;
    const bool is_run = session->request.action == FAULTS_ACTION_RUN;
    enum faults_outcome outcome =
        faults_campaign_open(campaign, &session->suite, &session->request, &session->err);

    if (outcome == FAULTS_GOOD) outcome = faults_campaign_start(campaign, is_run, &session->err);
    if (outcome == FAULTS_GOOD && is_run) outcome = faults_campaign_run(campaign, &session->err);
    return outcome;
}

static int finish(const struct session *session, enum faults_outcome outcome)
{
    const struct faults_campaign *campaign = &session->campaign;
    const bool is_run = session->request.action == FAULTS_ACTION_RUN;

    switch (outcome) {
    case FAULTS_GOOD:
        if (is_run) return report(session);
        print_plans(campaign);
        return app_finish_output();
    case FAULTS_STOPPED: return is_run && campaign->golden != NULL ? report(session) : EXIT_HOST;
    case FAULTS_UNUSABLE: (void)app_fail(&session->err); return EXIT_FAILED;
    case FAULTS_TROUBLE: break;
    }
    return app_fail(&session->err);
}

static int work_on(struct session *session)
{
    enum faults_outcome outcome;
    int caught;
    int status;

    if (faults_suite_load(session->request.suite, &session->suite, &session->err) != 0) {
        return app_fail(&session->err);
    }
    if (session->request.action == FAULTS_ACTION_CHECK) {
        status = check(&session->suite);
        faults_suite_release(&session->suite);
        return status;
    }
    outcome = execute(session);
    status = finish(session, outcome);
    caught = session->campaign.caught;
    faults_campaign_close(&session->campaign);
    faults_suite_release(&session->suite);
    /* Whoever started this program sees that a signal ended it. */
    if (caught != 0) signals_die(caught);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct error err = ERROR_INIT;
    enum faults_action action;
    struct session *session;
    int status = EXIT_HOST;

    if (argc < 2) {
        (void)error_usage(&err, "faults: say what to do (see spacegray faults --help)");
        return app_fail(&err);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        option_print_help(command, stdout);
        return app_finish_output();
    }
    if (argv[1][0] == '-') {
        (void)error_usage(
            &err, "faults: an action must come before %s (see spacegray faults --help)", argv[1]);
        return app_fail(&err);
    }
    if (faults_action_find(argv[1], &action, &err) != 0) return app_fail(&err);
    session = calloc(1, sizeof(*session));
    if (session == NULL) {
        (void)error_host(&err, "out of memory");
        return app_fail(&err);
    }
    switch (faults_options_parse(action, argc - 1, argv + 1, &session->request, &err)) {
    case RUN_PARSED: status = work_on(session); break;
    case RUN_PARSED_HELP:
        option_print_help(faults_action_command(action), stdout);
        status = app_finish_output();
        break;
    case RUN_PARSED_ERROR: status = app_fail(&err); break;
    }
    free(session);
    return status;
}
