/* SPDX-License-Identifier: GPL-2.0-only */
/* Steps about events of the machine, and values in it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/suite/session_internal.h"

/* ---- SUITE_EXPECT_EVENT ---- */

static int begin_event(struct suite_session *session, struct session_wait *wait)
{
    struct error err = ERROR_INIT;

    if (suite_watch_events(session->watch, wait->step->filter, true, &wait->watch, &err) != 0) {
        session_fail(session, SUITE_ASSERT, "%s", err.text);
        return -1;
    }
    wait->has_watch = true;
    return 0;
}

static bool is_event_met(struct suite_session *session, struct session_wait *wait)
{
    vtime when;

    if (suite_watch_count(session->watch, wait->watch) == 0) return false;
    (void)suite_watch_first(session->watch, wait->watch, &when);
    session->test.here = session->before + when;
    return true;
}

static void event_wanted(const struct suite_session *session, const struct session_wait *wait,
                         char text[SESSION_TEXT_BYTES])
{
    (void)session;
    (void)snprintf(text, SESSION_TEXT_BYTES, "no event happened that is %s", wait->step->filter);
}

static void end_event(struct suite_session *session, struct session_wait *wait)
{
    if (wait->has_watch) suite_watch_drop(session->watch, wait->watch);
}

const struct session_kind session_kind_expect_event = {
    .begin = begin_event,
    .is_met = is_event_met,
    .wanted = event_wanted,
    .end = end_event,
    .is_bounded = true,
    .needs_guest = true,
};

/* ---- SUITE_COUNT_EVENTS, SUITE_FORBID_EVENT, SUITE_EXPECT_COUNT ---- */

static int open_events(struct suite_session *session, struct session_events *events,
                       struct error *err)
{
    const struct suite_step *step = events->step;

    return suite_watch_events(session->watch, step->filter, step->kind == SUITE_FORBID_EVENT,
                              &events->watch, err);
}

static int begin_events(struct suite_session *session, struct session_wait *wait)
{
    struct session_test *test = &session->test;
    struct session_events *events = &test->events[test->event_count];
    struct error err = ERROR_INIT;

    *events = (struct session_events){.step = wait->step, .number = test->result->step};
    if (open_events(session, events, &err) != 0) {
        session_fail(session, SUITE_ASSERT, "%s", err.text);
        return -1;
    }
    test->event_count++;
    return 0;
}

const struct session_kind session_kind_count_events = {.begin = begin_events};
const struct session_kind session_kind_forbid_event = {.begin = begin_events};

uint64_t session_events_count(const struct suite_session *session,
                              const struct session_events *events)
{
    return events->before + suite_watch_count(session->watch, events->watch);
}

int session_watch_again(struct suite_session *session, struct error *err)
{
    struct session_test *test = &session->test;

    for (size_t i = 0; i < test->event_count; i++) {
        if (open_events(session, &test->events[i], err) != 0) return -1;
    }
    return suite_watch_tolerate(session->watch, &test->test->tolerance, err);
}

/* The last that was counted under this name. */
static const struct session_events *find_count(const struct session_test *test, const char *name)
{
    for (size_t i = test->event_count; i > 0; i--) {
        const struct session_events *events = &test->events[i - 1];

        if (events->step->kind == SUITE_COUNT_EVENTS && strcmp(events->step->name, name) == 0) {
            return events;
        }
    }
    return NULL;
}

static int begin_count(struct suite_session *session, struct session_wait *wait)
{
    const struct suite_step *step = wait->step;
    const struct session_events *events = find_count(&session->test, step->name);
    char range[SESSION_TEXT_BYTES];
    uint64_t count;

    if (events == NULL) {
        session_fail(session, SUITE_ASSERT, "nothing has been counted as %s", step->name);
        return -1;
    }
    count = session_events_count(session, events);
    if (count >= step->range.low && count <= step->range.high) return 0;
    session_range_text(&step->range, false, range);
    session_fail(session, SUITE_ASSERT, "%" PRIu64 " events were counted as %s (%s), not %s", count,
                 step->name, events->step->filter, range);
    return -1;
}

const struct session_kind session_kind_expect_count = {.begin = begin_count};

/* ---- SUITE_EXPECT_VALUE ---- */

static bool is_value_met(struct suite_session *session, struct session_wait *wait)
{
    const struct suite_step *step = wait->step;
    struct error err = ERROR_INIT;
    uint64_t value;

    switch (suite_watch_value(session->watch, step->expression, &value, &err)) {
    case OBSERVER_VALUE: break;
    case OBSERVER_UNREADABLE:
        (void)snprintf(wait->came, sizeof(wait->came), "%.*s", (int)sizeof(wait->came) - 1,
                       err.text);
        return false;
    case OBSERVER_REFUSED: session_fail(session, SUITE_ASSERT, "%s", err.text); return false;
    }
    value &= step->range.mask;
    if (value >= step->range.low && value <= step->range.high) return true;
    (void)snprintf(wait->came, sizeof(wait->came), "it is 0x%" PRIx64, value);
    return false;
}

static void value_wanted(const struct suite_session *session, const struct session_wait *wait,
                         char text[SESSION_TEXT_BYTES])
{
    const struct suite_step *step = wait->step;
    char mask[32] = "";
    char range[SESSION_TEXT_BYTES];

    (void)session;
    if (step->range.mask != UINT64_MAX) {
        (void)snprintf(mask, sizeof(mask), " & 0x%" PRIx64, step->range.mask);
    }
    session_range_text(&step->range, true, range);
    (void)snprintf(text, SESSION_TEXT_BYTES, "%.200s%s %s %.100s", step->expression, mask,
                   step->within > 0 ? "did not become" : "is not", range);
}

/* A machine that does nothing any more can still be looked at. */
const struct session_kind session_kind_expect_value = {
    .is_met = is_value_met,
    .wanted = value_wanted,
    .is_bounded = true,
    .needs_guest = true,
};
