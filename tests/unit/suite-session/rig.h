/* SPDX-License-Identifier: GPL-2.0-only */
/* Suites made by hand, and their tests run in sessions. Mistakes of the rig fail the test. */
#pragma once

#include "emu/app/suite/suite_session.h"

#define RIG_ARGUMENTS_MAX 16
#define RIG_TESTS_MAX     4

/* A suite with one machine; tests are added. */
struct rig {
    struct suite suite;
    char *argv[RIG_ARGUMENTS_MAX + 1];
    struct suite_test tests[RIG_TESTS_MAX];
    struct suite_session_config config;
    struct suite_session *session;
    char scratch[64];
    char image[512];
};

/* The machine boots tests/guest's program of this name (NULL: none), with further options (NULL ends them; they are borrowed). */
void rig_init(struct rig *rig, const char *program, const char *const *options);
void rig_release(struct rig *rig);
/* A file in the scratch folder. */
const char *rig_path(const struct rig *rig, const char *name, char path[128]);
/* A test of these steps, which are borrowed. */
const struct suite_test *rig_test(struct rig *rig, struct suite_step *steps, size_t count);
/* A session with the suite's first test's machine. */
void rig_open(struct rig *rig);
void rig_close(struct rig *rig);
/* One test in the session; `result` is filled. */
void rig_run(struct rig *rig, const struct suite_test *test, struct suite_result *result);
/* A new session, the only test of these steps, and its end. */
void rig_play(struct rig *rig, struct suite_step *steps, size_t count, struct suite_result *result);
/* With what it failed; the sentence is one of `result`. */
void rig_assert_passed(const struct suite_result *result);
void rig_assert_failed(const struct suite_result *result, enum suite_failure failure,
                       const char *sentence);

/* ---- Steps ---- */

#define RIG_ANY                                          \
    {                                                    \
        .low = 0, .high = UINT64_MAX, .mask = UINT64_MAX \
    }
#define RIG_RANGE(lo, hi)                             \
    {                                                 \
        .low = (lo), .high = (hi), .mask = UINT64_MAX \
    }
#define STEP_EXPECT(t)                                                        \
    {                                                                         \
        .kind = SUITE_EXPECT, .pattern = {.text = (t)}, .within = VTIME_S(2), \
    }
#define STEP_EXPECT_LOG(t)                                                                \
    {                                                                                     \
        .kind = SUITE_EXPECT, .pattern = {.text = (t)}, .port = SUITE_PORT_DEBUG_CONSOLE, \
        .within = VTIME_S(2),                                                             \
    }
#define STEP_FORBID(t)                                  \
    {                                                   \
        .kind = SUITE_FORBID, .pattern = {.text = (t)}, \
    }
#define STEP_SEND(t)                                                                        \
    {                                                                                       \
        .kind = SUITE_SEND, .data = {.data = (const uint8_t *)(t), .bytes = sizeof(t) - 1}, \
    }
#define STEP_WAIT(t)                       \
    {                                      \
        .kind = SUITE_WAIT, .within = (t), \
    }
#define STEP_EXIT(status)                                                                    \
    {                                                                                        \
        .kind = SUITE_EXPECT_END, .end = SUITE_END_EXIT, .range = RIG_RANGE(status, status), \
        .within = VTIME_S(2),                                                                \
    }
#define STEP_END(how)                                                                   \
    {                                                                                   \
        .kind = SUITE_EXPECT_END, .end = (how), .range = RIG_ANY, .within = VTIME_S(2), \
    }
#define STEP_MARK(n)                     \
    {                                    \
        .kind = SUITE_MARK, .name = (n), \
    }
#define STEP_MEASURE(n, s, lo, hi)                                                    \
    {                                                                                 \
        .kind = SUITE_MEASURE, .name = (n), .since = (s), .range = RIG_RANGE(lo, hi), \
    }
