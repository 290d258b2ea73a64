/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report for people. A line for each test when it ends; on a terminal a last line that says how far it is, drawn anew some
 * times a second; at the end the failures, each with what a reader needs next, and the totals.
 */
#define _GNU_SOURCE /* strsignal */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "emu/app/suite/report_internal.h"
#include "emu/base/utf8.h"

#define PROGRESS_BYTES   512
#define PROGRESS_TESTS   3u /* more of those that run are not named */
#define PROGRESS_TITLE   32 /* columns of a name there */
#define COLUMNS_DEFAULT  80u
#define COLUMNS_MIN      20u
#define NS_PER_S         UINT64_C(1000000000)
#define ESTIMATE_FROM_NS (3 * NS_PER_S) /* before, it is a guess */
#define PS_PER_NS        1000u

#define GREEN  "\033[32m"
#define RED    "\033[1;31m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

struct running {
    const struct suite_entry *entry;
    unsigned round;
    uint64_t began_ns;
};

struct text {
    struct running *running;
    size_t running_count;
    size_t running_room;
    char shown[PROGRESS_BYTES]; /* the line of progress; "": there is none on the terminal */
    FILE *failures;             /* what will be told at the end */
    char *failures_data;
    size_t failures_bytes;
};

static const struct {
    const char *word;
    const char *colour;
} marks[REPORT_OUTCOMES] = {
    [SUITE_NOT_RUN] = {"stop", YELLOW}, [SUITE_PASSED] = {"ok", GREEN},
    [SUITE_FAILED] = {"FAIL", RED},     [SUITE_SKIPPED] = {"skip", YELLOW},
    [SUITE_XFAILED] = {"xfail", GREEN}, [SUITE_XPASSED] = {"XPASS", RED},
};

/* ---- The line of progress ---- */

static unsigned columns_of(FILE *file)
{
    struct winsize size;

    if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col < COLUMNS_MIN) {
        return COLUMNS_DEFAULT;
    }
    return size.ws_col;
}

static void erase(struct suite_report *report)
{
    struct text *text = report->state;

    if (text->shown[0] == '\0') return;
    (void)fputs("\r\033[K", report->file);
    text->shown[0] = '\0';
}

/* Appends; a column for a byte, so what is not ASCII is a question mark. */
static void progress_add(char line[PROGRESS_BYTES], const char *words)
{
    size_t used = strlen(line);
    uint32_t letter;

    while (used + 1 < PROGRESS_BYTES && report_letter(&words, &letter)) {
        line[used++] = (char)(letter < ' ' || letter > '~' ? '?' : letter);
    }
    line[used] = '\0';
}

static size_t ended(const struct suite_report *report)
{
    return report->totals.all + report->totals.count[SUITE_NOT_RUN];
}

static void progress_add_rest(const struct suite_report *report, char line[PROGRESS_BYTES])
{
    const uint64_t elapsed = report_elapsed_ns(report);
    const size_t done = ended(report);
    const size_t planned = report->config.planned;
    char time[REPORT_TIME_BYTES];
    char words[REPORT_TIME_BYTES + 16];

    if (planned == SIZE_MAX || planned <= done || done == 0 || elapsed < ESTIMATE_FROM_NS) return;
    /* Whole seconds: more would only flicker. */
    report_time((uint64_t)((double)elapsed / (double)done * (double)(planned - done)), time);
    if (strchr(time, '.') != NULL) (void)snprintf(strchr(time, '.'), 3, " s");
    (void)snprintf(words, sizeof(words), ", about %s left", time);
    progress_add(line, words);
}

static void progress_add_running(const struct suite_report *report, char line[PROGRESS_BYTES])
{
    const struct text *text = report->state;
    const uint64_t now = report_elapsed_ns(report);

    for (size_t i = 0; i < text->running_count && i < PROGRESS_TESTS; i++) {
        const struct running *running = &text->running[i];
        char title[REPORT_TITLE_BYTES];
        char words[REPORT_TITLE_BYTES + 32];

        report_title(report, running->entry, running->round, title);
        (void)snprintf(words, sizeof(words), "%s%.*s%s %" PRIu64 " s", i == 0 ? "  " : ", ",
                       PROGRESS_TITLE, title, strlen(title) > PROGRESS_TITLE ? ".." : "",
                       (now - running->began_ns) / NS_PER_S);
        progress_add(line, words);
    }
    if (text->running_count > PROGRESS_TESTS) progress_add(line, ", ...");
}

static void show_progress(struct suite_report *report)
{
    struct text *text = report->state;
    char line[PROGRESS_BYTES];
    size_t columns;

    if (!report->config.is_terminal) return;
    if (report->config.planned != SIZE_MAX) {
        (void)snprintf(line, sizeof(line), "[%zu/%zu", ended(report), report->config.planned);
    } else {
        (void)snprintf(line, sizeof(line), "[%zu", ended(report));
    }
    if (report->totals.bad > 0) {
        (void)snprintf(line + strlen(line), 64, ", %zu failed", report->totals.bad);
    }
    progress_add_rest(report, line);
    progress_add(line, "]");
    progress_add_running(report, line);
    columns = columns_of(report->file) - 1;
    if (columns < sizeof(line)) line[columns] = '\0';
    if (strcmp(line, text->shown) == 0) return;
    (void)fprintf(report->file, "\r%s\033[K", line);
    memcpy(text->shown, line, sizeof(line));
}

/* ---- Lines of tests ---- */

static void put_padded(FILE *file, const char *words, unsigned columns)
{
    const char *at = words;
    uint32_t letter;
    unsigned used = 0;

    report_put(file, words);
    while (report_letter(&at, &letter)) {
        used++;
    }
    for (; used < columns; used++) {
        (void)fputc(' ', file);
    }
}

static void put_mark(const struct suite_report *report, FILE *file, enum suite_outcome outcome)
{
    const bool has_colours = report->config.has_colours;

    (void)fprintf(file, "%s%-5s%s  ", has_colours ? marks[outcome].colour : "", marks[outcome].word,
                  has_colours ? PLAIN : "");
}

static void put_times(FILE *file, const struct suite_result *result)
{
    char host[REPORT_TIME_BYTES];
    char virtual[REPORT_TIME_BYTES];

    report_time(result->host_ns, host);
    report_time((result->end - result->begin) / PS_PER_NS, virtual);
    (void)fprintf(file, "  %9s  virtual %s", host, virtual);
    if (result->tries > 1) (void)fprintf(file, "  %u tries", result->tries);
}

static void put_line(const struct suite_report *report, const struct report_test *test)
{
    const struct suite_result *result = test->result;
    FILE *file = report->file;
    char title[REPORT_TITLE_BYTES];

    report_title(report, test->entry, test->round, title);
    put_mark(report, file, result->outcome);
    put_padded(file, title, report->config.name_columns);
    switch (result->outcome) {
    case SUITE_PASSED:
    case SUITE_XPASSED: put_times(file, result); break;
    case SUITE_FAILED:
        put_times(file, result);
        (void)fprintf(file, "  %s", suite_failure_name(result->failure));
        break;
    case SUITE_XFAILED:
        put_times(file, result);
        if (test->entry->test->expected_failure == NULL) break;
        (void)fputs("  ", file);
        report_put(file, test->entry->test->expected_failure);
        break;
    case SUITE_SKIPPED:
    case SUITE_NOT_RUN:
        (void)fputs("  ", file);
        report_put(file, result->sentence);
        break;
    }
    (void)fputc('\n', file);
}

static void put_details(const struct suite_report *report, const struct suite_result *result)
{
    FILE *file = report->file;
    char start[REPORT_TIME_BYTES];

    if (result->outcome == SUITE_SKIPPED || result->outcome == SUITE_NOT_RUN) return;
    report_time(result->start_ns, start);
    (void)fprintf(file, "         started in %s, trace hash %016" PRIx64 ", %" PRIu64 " events\n",
                  start, result->trace_hash, result->seq);
    for (size_t i = 0; i < result->measure_count; i++) {
        char time[REPORT_TIME_BYTES];

        report_time(result->measures[i].value / PS_PER_NS, time);
        (void)fputs("         ", file);
        report_put(file, result->measures[i].name);
        (void)fprintf(file, ": %s (%" PRIu64 " ps)\n", time, result->measures[i].value);
    }
}

/* ---- Failures ---- */

static void put_again(const struct suite_report *report, const struct report_test *test, FILE *file)
{
    char filter[2 * REPORT_TITLE_BYTES];

    report_filter(test->entry, filter);
    (void)fputs("  again:   spacegray test ", file);
    report_put_word(file, test->entry->suite->path);
    (void)fputs(" --filter ", file);
    report_put_word(file, filter);
    if (report->config.again != NULL) (void)fprintf(file, " %s", report->config.again);
    (void)fputc('\n', file);
}

static void put_failure(const struct suite_report *report, const struct report_test *test,
                        FILE *file)
{
    const struct suite_result *result = test->result;
    char title[REPORT_TITLE_BYTES];

    report_title(report, test->entry, test->round, title);
    (void)fputc('\n', file);
    put_mark(report, file, result->outcome);
    report_put(file, title);
    if (result->outcome == SUITE_FAILED) {
        (void)fprintf(file, ": %s", suite_failure_name(result->failure));
    }
    (void)fputs("\n  ", file);
    report_put(file, test->entry->suite->path);
    (void)fprintf(file, ":%u: ", result->line != 0 ? result->line : test->entry->test->line);
    report_put(file, result->sentence);
    (void)fputc('\n', file);
    for (size_t i = 0; i < result->tail_count; i++) {
        (void)fputs("  | ", file);
        report_put(file, result->tail[i]);
        (void)fputc('\n', file);
    }
    if (result->capsule[0] != '\0') {
        (void)fputs("  capsule: spacegray debug ", file);
        report_put_word(file, result->capsule);
        (void)fputc('\n', file);
    }
    put_again(report, test, file);
}

/* ---- The end ---- */

static void put_count(FILE *file, const char **comma, size_t count, const char *what)
{
    if (count == 0) return;
    (void)fprintf(file, "%s%zu %s", *comma, count, what);
    *comma = ", ";
}

static void put_totals(const struct suite_report *report)
{
    const size_t *count = report->totals.count;
    const char *comma = ": ";
    char time[REPORT_TIME_BYTES];
    FILE *file = report->file;

    report_time(report_elapsed_ns(report), time);
    (void)fprintf(file, "%zu test%s", report->totals.all, report->totals.all == 1 ? "" : "s");
    put_count(file, &comma, count[SUITE_PASSED], "passed");
    put_count(file, &comma, count[SUITE_FAILED], "failed");
    put_count(file, &comma, count[SUITE_XPASSED], "passed but should fail");
    put_count(file, &comma, count[SUITE_XFAILED], "failed as expected");
    put_count(file, &comma, count[SUITE_SKIPPED], "skipped");
    (void)fprintf(file, "; %s\n", time);
}

static void text_finish(struct suite_report *report, int caught)
{
    struct text *text = report->state;
    const size_t planned = report->config.planned;

    erase(report);
    if (fflush(text->failures) != 0) report->is_short = true;
    if (text->failures_bytes > 0) {
        (void)fwrite(text->failures_data, 1, text->failures_bytes, report->file);
        (void)fputc('\n', report->file);
    }
    if (caught != 0) (void)fprintf(report->file, "stopped: %s\n", strsignal(caught));
    if (planned != SIZE_MAX && report->totals.all < planned) {
        (void)fprintf(report->file, "%zu of %zu tests were not run\n", planned - report->totals.all,
                      planned);
    }
    put_totals(report);
}

/* ---- Interface ---- */

static int text_open(struct suite_report *report, struct error *err)
{
    struct text *text = calloc(1, sizeof(*text));

    if (text == NULL) return error_host(err, "out of memory");
    report->state = text;
    text->failures = open_memstream(&text->failures_data, &text->failures_bytes);
    return text->failures != NULL ? 0 : error_host(err, "out of memory");
}

static void text_close(struct suite_report *report)
{
    struct text *text = report->state;

    if (text == NULL) return;
    if (text->failures != NULL) (void)fclose(text->failures);
    free(text->failures_data);
    free(text->running);
    free(text);
}

static void text_begin(struct suite_report *report, const struct suite_entry *entry, unsigned round)
{
    struct text *text = report->state;

    if (text->running_count == text->running_room) {
        const size_t room = 2 * text->running_room + 4;
        struct running *running = realloc(text->running, room * sizeof(*running));

        if (running == NULL) return; /* it is not named, no more */
        text->running = running;
        text->running_room = room;
    }
    text->running[text->running_count++] = (struct running){
        .entry = entry,
        .round = round,
        .began_ns = report_elapsed_ns(report),
    };
    show_progress(report);
}

static void text_end(struct suite_report *report, const struct suite_entry *entry, unsigned round)
{
    struct text *text = report->state;

    for (size_t i = 0; i < text->running_count; i++) {
        if (text->running[i].entry != entry || text->running[i].round != round) continue;
        text->running_count--;
        memmove(&text->running[i], &text->running[i + 1],
                (text->running_count - i) * sizeof(text->running[0]));
        return;
    }
}

static void text_add(struct suite_report *report, const struct report_test *test)
{
    struct text *text = report->state;
    const bool is_bad = suite_result_is_bad(test->result);

    if (is_bad) put_failure(report, test, text->failures);
    if (is_bad || !report->config.is_quiet) {
        erase(report);
        put_line(report, test);
        if (report->config.is_verbose) put_details(report, test->result);
    }
    show_progress(report);
}

static void text_tick(struct suite_report *report)
{
    show_progress(report);
}

const struct report_kind report_text = {
    .open = text_open,
    .begin = text_begin,
    .end = text_end,
    .add = text_add,
    .tick = text_tick,
    .finish = text_finish,
    .close = text_close,
};
