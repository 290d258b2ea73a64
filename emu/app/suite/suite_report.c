/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports: see suite_report.h. Here is what all kinds share: the file, which is written beside its place and put there when
 * it is whole, the counting, and texts from anywhere made harmless.
 */
#define _GNU_SOURCE /* asprintf */

#include "emu/app/suite/suite_report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "emu/app/suite/report_internal.h"
#include "emu/base/utf8.h"

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

static const struct report_kind *const kinds[] = {
    [SUITE_REPORT_TEXT] = &report_text,
    [SUITE_REPORT_TAP] = &report_tap,
    [SUITE_REPORT_JUNIT] = &report_junit,
    [SUITE_REPORT_JSON] = &report_json,
};

/* ---- Time ---- */

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t report_elapsed_ns(const struct suite_report *report)
{
    return now_ns() - report->began_ns;
}

void report_time(uint64_t ns, char text[REPORT_TIME_BYTES])
{
    const uint64_t ms = ns / NS_PER_MS;
    const uint64_t s = ms / 1000;

    if (ms < 1000) {
        (void)snprintf(text, REPORT_TIME_BYTES, "%" PRIu64 " ms", ms);
    } else if (s < 10) {
        (void)snprintf(text, REPORT_TIME_BYTES, "%" PRIu64 ".%02" PRIu64 " s", s, ms % 1000 / 10);
    } else if (s < 100) {
        (void)snprintf(text, REPORT_TIME_BYTES, "%" PRIu64 ".%" PRIu64 " s", s, ms % 1000 / 100);
    } else {
        (void)snprintf(text, REPORT_TIME_BYTES, "%" PRIu64 " min %02" PRIu64 " s", s / 60, s % 60);
    }
}

/* ---- Words ---- */

bool report_letter(const char **text, uint32_t *letter)
{
    if (**text == '\0') return false;
    *text += utf8_decode(*text, strnlen(*text, 4), letter);
    return true;
}

uint32_t report_plain(uint32_t letter)
{
    if (letter == '\t' || letter == '\n' || letter == '\r') return ' ';
    if (letter < ' ' || (letter >= 0x7f && letter < 0xa0)) return '?';
    return letter == 0x2028 || letter == 0x2029 ? '?' : letter;
}

void report_put_letter(FILE *file, uint32_t letter)
{
    char bytes[4];

    (void)fwrite(bytes, 1, utf8_encode(letter, bytes), file);
}

void report_put(FILE *file, const char *text)
{
    uint32_t letter;

    while (report_letter(&text, &letter)) {
        report_put_letter(file, report_plain(letter));
    }
}

void report_put_word(FILE *file, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";
    uint32_t letter;

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        (void)fputs(word, file);
        return;
    }
    (void)fputc('\'', file);
    while (report_letter(&word, &letter)) {
        if (letter == '\'') {
            (void)fputs("'\\''", file);
        } else {
            report_put_letter(file, report_plain(letter));
        }
    }
    (void)fputc('\'', file);
}

void report_title(const struct suite_report *report, const struct suite_entry *entry,
                  unsigned round, char title[REPORT_TITLE_BYTES])
{
    int used = snprintf(title, REPORT_TITLE_BYTES, "%.*s:%.*s", (int)SUITE_NAME_MAX,
                        entry->suite->name, (int)SUITE_NAME_MAX, entry->test->name);

    if (report->config.has_rounds) {
        (void)snprintf(title + used, REPORT_TITLE_BYTES - (size_t)used, " (round %u)", round + 1);
    }
}

void report_filter(const struct suite_entry *entry, char filter[2 * REPORT_TITLE_BYTES])
{
    char title[REPORT_TITLE_BYTES];
    size_t used = 0;

    (void)snprintf(title, sizeof(title), "%.*s:%.*s", (int)SUITE_NAME_MAX, entry->suite->name,
                   (int)SUITE_NAME_MAX, entry->test->name);
    for (const char *at = title; *at != '\0'; at++) {
        if (strchr("*?[]\\", *at) != NULL) filter[used++] = '\\';
        filter[used++] = *at;
    }
    filter[used] = '\0';
}

bool report_is_of_guest(enum suite_failure failure)
{
    switch (failure) {
    case SUITE_NO_FAILURE:
    case SUITE_ASSERT:
    case SUITE_TIME_OUT:
    case SUITE_FORBIDDEN:
    case SUITE_GUEST_END: return true;
    case SUITE_CRASH:
    case SUITE_HANG:
    case SUITE_MEMORY:
    case SUITE_HOST_TROUBLE: break;
    }
    return false;
}

/* ---- The file ---- */

/* What is there and no regular file (a pipe, a terminal) is written to as it is. */
static bool is_written_in_place(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

static int open_part(struct suite_report *report, const char *path)
{
    int fd;

    /* Through symbolic links: the file that they lead to is replaced, not the link. */
    report->place = realpath(path, NULL);
    if (report->place == NULL) report->place = strdup(path);
    if (report->place == NULL) return -1;
    if (asprintf(&report->part, "%s.%ld.part", report->place, (long)getpid()) < 0) {
        report->part = NULL;
        return -1;
    }
    fd = open(report->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return -1;
    report->file = fdopen(fd, "w");
    if (report->file == NULL) (void)close(fd);
    return report->file != NULL ? 0 : -1;
}

static int open_file(struct suite_report *report, struct error *err)
{
    const char *path = report->config.path;

    if (path == NULL || strcmp(path, "-") == 0) {
        report->file = report->config.stream != NULL ? report->config.stream : stdout;
        return 0;
    }
    report->owns_file = true;
    if (is_written_in_place(path)) {
        report->file = fopen(path, "we");
    } else {
        (void)open_part(report, path);
    }
    return report->file != NULL ? 0 : error_host(err, "%s: %s", path, strerror(errno));
}

/* 0 or the reason. */
static int close_file(struct suite_report *report)
{
    int reason = 0;

    errno = 0;
    if (fflush(report->file) != 0 || ferror(report->file)) reason = errno != 0 ? errno : EIO;
    if (!report->owns_file) return reason;
    if (fclose(report->file) != 0 && reason == 0) reason = errno;
    report->file = NULL;
    if (reason == 0 && report->place != NULL && rename(report->part, report->place) != 0) {
        reason = errno;
    }
    if (reason != 0 && report->part != NULL) (void)unlink(report->part);
    free(report->part);
    report->part = NULL;
    return reason;
}

/* ---- Interface ---- */

struct suite_report *suite_report_create(const struct suite_report_config *config,
                                         struct error *err)
{
    struct suite_report *report = calloc(1, sizeof(*report));

    if (report == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    report->config = *config;
    report->kind = kinds[config->kind];
    report->began_ns = now_ns();
    if (open_file(report, err) != 0 ||
        (report->kind->open != NULL && report->kind->open(report, err) != 0)) {
        suite_report_destroy(report);
        return NULL;
    }
    return report;
}

void suite_report_destroy(struct suite_report *report)
{
    if (report == NULL) return;
    if (report->kind->close != NULL) report->kind->close(report);
    if (report->owns_file && report->file != NULL) (void)fclose(report->file);
    if (report->part != NULL) (void)unlink(report->part);
    free(report->part);
    free(report->place);
    free(report);
}

/* Processes are forked from this one: what stood in a buffer of its would be written by each. */
static void settle(struct suite_report *report)
{
    (void)fflush(report->file);
}

void suite_report_begin(struct suite_report *report, const struct suite_entry *entry,
                        unsigned round)
{
    if (report->kind->begin == NULL) return;
    report->kind->begin(report, entry, round);
    settle(report);
}

void suite_report_add(struct suite_report *report, const struct suite_entry *entry, unsigned round,
                      const struct suite_result *result)
{
    const struct report_test test = {.entry = entry, .round = round, .result = result};
    struct report_totals *totals = &report->totals;

    if (report->kind->end != NULL) report->kind->end(report, entry, round);
    if (entry->is_only_provider && !suite_result_is_bad(result)) return;
    totals->count[result->outcome]++;
    totals->all += result->outcome != SUITE_NOT_RUN;
    totals->bad += suite_result_is_bad(result);
    report->kind->add(report, &test);
    settle(report);
}

void suite_report_tick(struct suite_report *report)
{
    if (report->kind->tick == NULL) return;
    report->kind->tick(report);
    settle(report);
}

int suite_report_finish(struct suite_report *report, int caught, struct error *err)
{
    const char *path = report->owns_file ? report->config.path : "standard output";
    int reason;

    if (report->file == stderr) path = "standard error";
    report->kind->finish(report, caught);
    if (report->is_short) return error_host(err, "%s: out of memory", path);
    reason = close_file(report);
    if (reason != 0) return error_host(err, "%s: %s", path, strerror(reason));
    return 0;
}
