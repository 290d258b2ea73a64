/* SPDX-License-Identifier: GPL-2.0-only */
/* See fake_session.h. */
#define _GNU_SOURCE /* kill, usleep */

#include "tests/unit/suite-schedule/fake_session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/suite/suite_capsule.h"
#include "emu/app/suite/suite_coverage.h"
#include "emu/app/suite/suite_session.h"
#include "emu/base/bits.h"
#include "emu/host/clock.h"

#define CHUNK (16u << 20)

struct suite_session {
    uint64_t number;
    struct suite_session_config config;
    char scratch[SUITE_PATH_BYTES];
    FILE *recording;
    const struct suite_test *test;
    struct suite_result *result;
};

/* ---- Steps: 0, or -1 with the sentence ---- */

static int say(struct suite_session *session, enum suite_failure failure, const char *sentence)
{
    session->result->outcome = SUITE_FAILED;
    session->result->failure = failure;
    (void)snprintf(session->result->sentence, sizeof(session->result->sentence), "%s", sentence);
    return -1;
}

static int add(struct suite_session *session, const char *rest)
{
    (void)rest;
    session->number++;
    return 0;
}

static int is(struct suite_session *session, const char *rest)
{
    if (session->number == strtoull(rest, NULL, 10)) return 0;
    return say(session, SUITE_ASSERT, "the number is another");
}

static int pass(struct suite_session *session, const char *rest)
{
    (void)session;
    (void)rest;
    return 0;
}

static int work(struct suite_session *session, const char *rest)
{
    const uint64_t end = host_monotonic_ns() + strtoull(rest, NULL, 10) * UINT64_C(1000000);

    (void)session;
    while (host_monotonic_ns() < end) {}
    return 0;
}

static int nap(struct suite_session *session, const char *rest)
{
    (void)session;
    (void)usleep((useconds_t)strtoul(rest, NULL, 10) * 1000);
    return 0;
}

static int fail_now(struct suite_session *session, const char *rest)
{
    (void)rest;
    return say(session, SUITE_ASSERT, "it was to fail");
}

static int fail_once(struct suite_session *session, const char *rest)
{
    const int fd = open(rest, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0) return 0;
    (void)close(fd);
    return say(session, SUITE_ASSERT, "the first time");
}

static int fail_later(struct suite_session *session, const char *rest)
{
    if (fail_once(session, rest) == 0) return say(session, SUITE_ASSERT, "not the first time");
    session->result->outcome = SUITE_PASSED;
    session->result->failure = SUITE_NO_FAILURE;
    return 0;
}

static int crash(struct suite_session *session, const char *rest)
{
    /* Chosen when it runs: compilers know better otherwise. */
    volatile uint64_t *nowhere = (volatile uint64_t *)(uintptr_t)(64 + strtoull(rest, NULL, 10));

    (void)session;
    *nowhere = 1;
    return 0;
}

static int give_up(struct suite_session *session, const char *rest)
{
    (void)session;
    (void)rest;
    abort();
}

/* Deeper than any stack; each call needs what the next one returns. */
static uint64_t dig(volatile uint64_t depth)
{
    volatile char room[4096];

    room[0] = (char)depth;
    return depth == UINT64_MAX ? 0 : dig(depth + 1) + (uint64_t)room[0];
}

static int overflow(struct suite_session *session, const char *rest)
{
    (void)rest;
    session->number = dig(0);
    return 0;
}

static int leave(struct suite_session *session, const char *rest)
{
    (void)session;
    (void)rest;
    _exit(7);
}

static int be_killed(struct suite_session *session, const char *rest)
{
    (void)session;
    (void)rest;
    (void)kill(getpid(), SIGKILL);
    return 0;
}

static int kill_parent(struct suite_session *session, const char *rest)
{
    (void)rest;
    (void)kill(getppid(), SIGKILL);
    while (session->number != UINT64_MAX) {
        (void)pause();
    }
    return 0;
}

static int hang(struct suite_session *session, const char *rest)
{
    (void)rest;
    while (session->number != UINT64_MAX) {
        (void)pause();
    }
    return 0;
}

static int fail_then_hang(struct suite_session *session, const char *rest)
{
    return fail_once(session, rest) != 0 ? -1 : hang(session, rest);
}

static int eat(struct suite_session *session, const char *rest)
{
    for (;;) {
        char *memory = malloc(CHUNK);

        if (memory == NULL) {
            if (strcmp(rest, "quietly") == 0) abort();
            return say(session, SUITE_HOST_TROUBLE, "out of memory");
        }
        *(volatile char *)memory = 1;
    }
}

static int fill(struct suite_session *session, const char *rest)
{
    static const char zeros[4096];
    char path[SUITE_PATH_BYTES + 16];
    char sentence[128];
    int fd;

    (void)rest;
    (void)snprintf(path, sizeof(path), "%s/full", session->scratch);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    while (fd >= 0 && write(fd, zeros, sizeof(zeros)) > 0) {}
    (void)snprintf(sentence, sizeof(sentence), "the scratch file: %s", strerror(errno));
    if (fd >= 0) (void)close(fd);
    return say(session, SUITE_HOST_TROUBLE, sentence);
}

static int note(struct suite_session *session, const char *rest)
{
    const int fd = open(rest, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    char line[SUITE_NAME_MAX + 1];
    const int bytes = snprintf(line, sizeof(line), "%s\n", session->test->name);

    if (fd < 0 || write(fd, line, (size_t)bytes) != bytes) abort();
    (void)close(fd);
    return 0;
}

static const struct {
    const char *word;
    int (*step)(struct suite_session *session, const char *rest);
} words[] = {
    {"add", add},
    {"is", is},
    {"pass", pass},
    {"work", work},
    {"sleep", nap},
    {"fail", fail_now},
    {"fail-once", fail_once},
    {"fail-later", fail_later},
    {"fail-then-hang", fail_then_hang},
    {"crash", crash},
    {"abort", give_up},
    {"stack", overflow},
    {"exit", leave},
    {"kill", be_killed},
    {"kill-parent", kill_parent},
    {"hang", hang},
    {"eat", eat},
    {"fill", fill},
    {"log", note},
};

static int do_step(struct suite_session *session, const char *text)
{
    const size_t bytes = strcspn(text, " ");
    const char *rest = text[bytes] != '\0' ? text + bytes + 1 : "";

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strlen(words[i].word) == bytes && strncmp(words[i].word, text, bytes) == 0)
            return words[i].step(session, rest);
    }
    abort();
}

/* ---- The session ---- */

struct suite_session *suite_session_create(const struct suite_session_config *config,
                                           struct error *err)
{
    struct suite_session *session = calloc(1, sizeof(*session));

    if (session == NULL) return NULL;
    session->config = *config;
    (void)snprintf(session->scratch, sizeof(session->scratch), "%s", config->scratch);
    if (config->record_path == NULL) return session;
    session->recording = fopen(config->record_path, "we");
    if (session->recording != NULL) return session;
    (void)error_host(err, "%s: %s", config->record_path, strerror(errno));
    free(session);
    return NULL;
}

int suite_session_close(struct suite_session *session, struct error *err)
{
    int result = 0;

    if (session->recording != NULL && fclose(session->recording) != 0)
        result = error_host(err, "the recording: %s", strerror(errno));
    free(session);
    return result;
}

int suite_session_part(struct suite_session *session, struct error *err)
{
    (void)err;
    session->number += 0;
    return 0;
}

void suite_session_test(struct suite_session *session, const struct suite_test *test,
                        bool (*interrupted)(void *ctx), void *ctx, struct suite_result *result)
{
    (void)interrupted;
    (void)ctx;
    memset(result, 0, sizeof(*result));
    session->test = test;
    session->result = result;
    if (session->recording != NULL) {
        (void)fprintf(session->recording, "%s\n", test->name);
        (void)fflush(session->recording);
    }
    for (size_t i = 0; i < test->step_count; i++) {
        result->step = i;
        result->end += VTIME_MS(250);
        if (do_step(session, test->steps[i].name) != 0) break;
    }
    if (result->outcome != SUITE_FAILED) result->outcome = SUITE_PASSED;
}

struct coverage *suite_session_coverage(struct suite_session *session)
{
    return (struct coverage *)session;
}

/* ---- What is written of one ---- */

int coverage_save(const struct coverage *coverage, const char *path, struct error *err)
{
    FILE *file = fopen(path, "we");

    if (file == NULL) return error_host(err, "%s: %s", path, strerror(errno));
    (void)fprintf(file, "%d\n", coverage != NULL);
    (void)fclose(file);
    return 0;
}

int capsule_write(const char *path, const struct capsule_content *content, struct error *err)
{
    FILE *from = fopen(content->recording, "re");
    FILE *file = fopen(path, "we");
    int next;

    if (from == NULL || file == NULL) {
        if (from != NULL) (void)fclose(from);
        if (file != NULL) (void)fclose(file);
        return error_host(err, "%s: %s", path, strerror(errno));
    }
    (void)fprintf(file, "%s %s %s\n", content->test->name,
                  suite_failure_name(content->result->failure),
                  content->is_whole ? "whole" : "broken");
    while ((next = fgetc(from)) != EOF) {
        (void)fputc(next, file);
    }
    (void)fclose(from);
    if (fclose(file) != 0) return error_host(err, "%s: %s", path, strerror(errno));
    return 0;
}

const char *suite_step_name(enum suite_step_kind kind)
{
    (void)kind;
    return "fake";
}
