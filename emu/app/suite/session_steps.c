/* SPDX-License-Identifier: GPL-2.0-only */
/* From step to step: each begins where the one before ended, at the edge of a slice, and has its time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/app/suite/session_internal.h"
#include "emu/base/bits.h"

static const struct session_kind *kind_of(enum suite_step_kind kind)
{
    switch (kind) {
    case SUITE_EXPECT: return &session_kind_expect;
    case SUITE_EXPECT_EVENT: return &session_kind_expect_event;
    case SUITE_EXPECT_VALUE: return &session_kind_expect_value;
    case SUITE_EXPECT_SCREEN: return &session_kind_expect_screen;
    case SUITE_EXPECT_PICTURE: return &session_kind_expect_picture;
    case SUITE_EXPECT_PICTURE_HASH: return &session_kind_expect_picture_hash;
    case SUITE_EXPECT_END: return &session_kind_expect_end;
    case SUITE_WAIT: return &session_kind_wait;
    case SUITE_EXPECT_COUNT: return &session_kind_expect_count;
    case SUITE_COUNT_EVENTS: return &session_kind_count_events;
    case SUITE_FORBID: return &session_kind_forbid;
    case SUITE_FORBID_EVENT: return &session_kind_forbid_event;
    case SUITE_SEND: return &session_kind_send;
    case SUITE_INPUT: return &session_kind_input;
    case SUITE_FAULT: return &session_kind_fault;
    case SUITE_POWER_CUT: return &session_kind_power_cut;
    case SUITE_MARK: return &session_kind_mark;
    case SUITE_MEASURE: return &session_kind_measure;
    }
    return NULL;
}

/* ---- A step that waits in vain ---- */

static void add(char *text, size_t bytes, const char *part)
{
    const size_t used = strlen(text);

    (void)snprintf(text + used, bytes - used, "%s", part);
}

/* "...; the last line was ..., and the guest said ..." */
static void add_circumstances(const struct suite_session *session, const struct session_wait *wait,
                              char *text, size_t bytes)
{
    const char *panic = session_lines_panic(&session->ports.lines);

    if (wait->came[0] != '\0') {
        add(text, bytes, "; ");
        add(text, bytes, wait->came);
    }
    if (panic == NULL) return;
    add(text, bytes, "; the guest said \"");
    add(text, bytes, panic);
    add(text, bytes, "\"");
}

static void fail_wait(struct suite_session *session, const struct session_wait *wait,
                      enum suite_failure failure, const char *why)
{
    char rest[2 * SESSION_TEXT_BYTES + SUITE_LINE_BYTES] = "";
    char wanted[SESSION_TEXT_BYTES];

    kind_of(wait->step->kind)->wanted(session, wait, wanted);
    add_circumstances(session, wait, rest, sizeof(rest));
    session_fail(session, failure, "%s%s%s", wanted, why, rest);
}

static void fail_end(struct suite_session *session, const struct session_wait *wait)
{
    char how[SESSION_TEXT_BYTES];
    char why[SESSION_TEXT_BYTES + 16];

    session_tell_end(session, how);
    (void)snprintf(why, sizeof(why), ": %s before", how);
    fail_wait(session, wait, SUITE_GUEST_END, why);
}

static void fail_time(struct suite_session *session, const struct session_wait *wait)
{
    const bool is_test = wait->deadline > session->test.deadline;
    const vtime time = is_test ? session->test.test->timeout : wait->step->within;
    char text[TIME_TEXT_BYTES];
    char why[SESSION_TEXT_BYTES] = "";

    format_time(time, text);
    if (is_test) {
        (void)snprintf(why, sizeof(why), " before the test's time (%s) was over", text);
    } else if (time > 0) {
        (void)snprintf(why, sizeof(why), " within %s", text);
    }
    fail_wait(session, wait, is_test ? SUITE_TIME_OUT : SUITE_ASSERT, why);
}

static bool is_stuck(const struct suite_session *session, const struct session_wait *wait)
{
    if (session->has_ended) return true;
    return session->is_dead && wait->slices > 0 && kind_of(wait->step->kind)->needs_guest;
}

/* Moves the machine until the step is met. False: the test is over. */
static bool wait_for(struct suite_session *session, struct session_wait *wait)
{
    const struct session_kind *kind = kind_of(wait->step->kind);
    const vtime deadline = min_u64(wait->deadline, session->test.deadline);

    for (;;) {
        const bool is_over = session_edge(session) >= deadline;

        if (session_has_failed(session)) return false;
        wait->is_last = is_over || is_stuck(session, wait);
        if (kind->is_met(session, wait)) return true;
        if (session_has_failed(session)) return false;
        if (is_stuck(session, wait) && !(is_over && wait->slices == 0)) {
            fail_end(session, wait);
            return false;
        }
        if (is_over) {
            fail_time(session, wait);
            return false;
        }
        if (session->test.interrupted != NULL && session->test.interrupted(session->test.ctx)) {
            session->test.result->outcome = SUITE_NOT_RUN;
            return false;
        }
        session_slice(session);
        wait->slices++;
    }
}

/* ---- Steps ---- */

/* False: the test is over. */
static bool carry_out(struct suite_session *session, const struct suite_step *step)
{
    const struct session_kind *kind = kind_of(step->kind);
    const vtime begin = session_edge(session);
    struct session_wait wait = {.step = step, .begin = begin, .deadline = VTIME_NEVER};
    bool is_met;

    if (kind->is_bounded) wait.deadline = begin + min_u64(step->within, VTIME_NEVER - begin);
    if (kind->begin != NULL && kind->begin(session, &wait) != 0) {
        is_met = false;
    } else if (kind->is_met == NULL) {
        is_met = !session_has_failed(session);
    } else {
        session->test.here = 0;
        is_met = wait_for(session, &wait);
        if (session->test.here == 0) session->test.here = session_now(session);
    }
    if (kind->end != NULL) kind->end(session, &wait);
    return is_met;
}

void session_steps(struct suite_session *session)
{
    const struct suite_test *test = session->test.test;
    struct suite_result *result = session->test.result;

    for (size_t i = 0; i < test->step_count; i++) {
        result->step = i;
        result->line = test->steps[i].line;
        if (!carry_out(session, &test->steps[i])) break;
    }
}
