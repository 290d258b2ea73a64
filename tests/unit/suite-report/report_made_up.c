/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: report_made_up text|tap|junit|json FILE [WORD...]
 *
 * Reports made-up results as a run of suites would. Words: stopped (the last test was not run, and SIGTERM came),
 * rounds, terminal, colours, verbose, quiet. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/suite-report/made_up.h"

static bool has_word(char **words, const char *word)
{
    for (; *words != NULL; words++) {
        if (strcmp(*words, word) == 0) return true;
    }
    return false;
}

static enum suite_report_kind kind_of(const char *name)
{
    if (strcmp(name, "tap") == 0) return SUITE_REPORT_TAP;
    if (strcmp(name, "junit") == 0) return SUITE_REPORT_JUNIT;
    return strcmp(name, "json") == 0 ? SUITE_REPORT_JSON : SUITE_REPORT_TEXT;
}

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct suite_report_config config;
    struct suite_report *report;
    bool is_stopped;
    int status;

    if (argc < 3) return 2;
    is_stopped = has_word(argv + 3, "stopped");
    config = (struct suite_report_config){
        .kind = kind_of(argv[1]),
        .path = argv[2],
        .planned = is_stopped ? 10 : 9,
        .has_rounds = has_word(argv + 3, "rounds"),
        .is_terminal = has_word(argv + 3, "terminal"),
        .has_colours = has_word(argv + 3, "colours"),
        .is_verbose = has_word(argv + 3, "verbose"),
        .is_quiet = has_word(argv + 3, "quiet"),
        .name_columns = 24,
        .again = "--set kernel=/boot/vmlinuz",
    };
    report = suite_report_create(&config, &err);
    for (size_t i = 0; report != NULL && i < MADE_UP_TESTS - !is_stopped; i++) {
        suite_report_begin(report, made_up_entry(i), 0);
        suite_report_tick(report);
        suite_report_add(report, made_up_entry(i), 0, made_up_result(i));
    }
    status = report != NULL && suite_report_finish(report, is_stopped ? SIGTERM : 0, &err) == 0;
    suite_report_destroy(report);
    if (status == 0) (void)fprintf(stderr, "%s\n", err.text);
    return status != 0 ? 0 : 3;
}
