/* SPDX-License-Identifier: GPL-2.0-only */
/* Steps that do something to the machine, let time pass, measure it, or see the machine's end. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/app/suite/session_internal.h"

/* ---- SUITE_WAIT ---- */

static bool is_time_over(struct suite_session *session, struct session_wait *wait)
{
    return session_edge(session) - wait->begin >= wait->step->within;
}

static void wait_wanted(const struct suite_session *session, const struct session_wait *wait,
                        char text[SESSION_TEXT_BYTES])
{
    char time[TIME_TEXT_BYTES];

    (void)session;
    format_time(wait->step->within, time);
    (void)snprintf(text, SESSION_TEXT_BYTES, "%s did not pass", time);
}

const struct session_kind session_kind_wait = {.is_met = is_time_over, .wanted = wait_wanted};

/* ---- SUITE_EXPECT_END ---- */

static bool is_end_of(const struct suite_session *session, const struct suite_step *step)
{
    const enum machine_stop end = session->has_ended ? session->end : MACHINE_DEAD;
    const uint64_t status = (uint64_t)machine_exit_status(session->machine.machine) & UINT8_MAX;

    switch (step->end) {
    case SUITE_END_EXIT:
        return end == MACHINE_EXIT && status >= step->range.low && status <= step->range.high;
    case SUITE_END_POWER_OFF: return end == MACHINE_POWER_OFF;
    case SUITE_END_DEAD: return end == MACHINE_DEAD;
    case SUITE_END_T2_PANIC: return end == MACHINE_PANIC;
    }
    return false;
}

static void end_wanted(const struct suite_session *session, const struct session_wait *wait,
                       char text[SESSION_TEXT_BYTES])
{
    static const char *const ends[] = {
        [SUITE_END_EXIT] = "end with status",
        [SUITE_END_POWER_OFF] = "power off",
        [SUITE_END_DEAD] = "halt for ever",
        [SUITE_END_T2_PANIC] = "make the T2 panic",
    };
    char range[SESSION_TEXT_BYTES] = "";

    (void)session;
    if (wait->step->end == SUITE_END_EXIT) session_range_text(&wait->step->range, false, range);
    (void)snprintf(text, SESSION_TEXT_BYTES, "the guest did not %s%s%.100s", ends[wait->step->end],
                   range[0] != '\0' ? " " : "", range);
}

static bool is_end_met(struct suite_session *session, struct session_wait *wait)
{
    const bool is_over = session->has_ended || (session->is_dead && wait->slices > 0);
    char wanted[SESSION_TEXT_BYTES];
    char how[SESSION_TEXT_BYTES];

    if (!is_over) {
        if (wait->is_last) session_ports_last_line(&session->ports, SUITE_PORT_SERIAL, how);
        if (wait->is_last && how[0] != '\0') {
            (void)snprintf(wait->came, sizeof(wait->came), "the last line was \"%.255s\"", how);
        }
        return false;
    }
    if (is_end_of(session, wait->step)) return true;
    end_wanted(session, wait, wanted);
    session_tell_end(session, how);
    session_fail(session, SUITE_ASSERT, "%s: %s", wanted, how);
    return false;
}

const struct session_kind session_kind_expect_end = {
    .is_met = is_end_met,
    .wanted = end_wanted,
    .is_bounded = true,
};

/* ---- SUITE_INPUT ---- */

static int begin_input(struct suite_session *session, struct session_wait *wait)
{
    const struct action_list *list = &wait->step->actions;

    for (size_t i = 0; i < list->count; i++) {
        switch (list->items[i].kind) {
        case ACTION_SCREENSHOT:
        case ACTION_SNAPSHOT:
        case ACTION_POWER_CUT:
        case ACTION_FAULT:
            session_fail(session, SUITE_ASSERT,
                         "the input has something in it that is no input (its line %u)",
                         list->items[i].line);
            return -1;
        case ACTION_KEY:
        case ACTION_POINTER:
        case ACTION_TABLET:
        case ACTION_POWER_KEY:
        case ACTION_RESET:
        case ACTION_WAIT_KEYBOARD:
        case ACTION_WAIT_REST:
        case ACTION_WAIT_MEMORY: break;
        }
    }
    session->timeline.tracks[0] =
        (struct track){.list = *list, .base = session_edge(session) - session->before};
    session->timeline.track_count = 1;
    return 0;
}

/* What is done at the end of a slice takes effect in the next one. */
static bool is_input_done(struct suite_session *session, struct session_wait *wait)
{
    if (session->timeline.tracks[0].next < wait->step->actions.count) return false;
    if (wait->done == 0) wait->done = wait->slices + 1;
    return wait->slices >= wait->done;
}

static void input_wanted(const struct suite_session *session, const struct session_wait *wait,
                         char text[SESSION_TEXT_BYTES])
{
    const struct track *track = &session->timeline.tracks[0];
    const bool is_waiting =
        track->next < track->list.count && action_is_wait(&track->list.items[track->next]);

    (void)wait;
    (void)snprintf(text, SESSION_TEXT_BYTES, "%sthe input was not over",
                   is_waiting ? "the guest did not listen to its keyboard, and " : "");
}

/* The list belongs to the suite. */
static void end_input(struct suite_session *session, struct session_wait *wait)
{
    (void)wait;
    session->timeline.track_count = 0;
}

const struct session_kind session_kind_input = {
    .begin = begin_input,
    .is_met = is_input_done,
    .wanted = input_wanted,
    .end = end_input,
};

/* ---- SUITE_FAULT ---- */

static int begin_fault(struct suite_session *session, struct session_wait *wait)
{
    struct error err = ERROR_INIT;

    session->test.here = session_now(session);
    if (fault_spec_plant(session->machine.machine, &wait->step->fault, &err) == 0) return 0;
    session_fail(session, SUITE_ASSERT, "the fault could not be planted: %s", err.text);
    return -1;
}

const struct session_kind session_kind_fault = {.begin = begin_fault};

/* ---- SUITE_POWER_CUT ---- */

static int begin_cut(struct suite_session *session, struct session_wait *wait)
{
    struct error err = ERROR_INIT;

    if (suite_session_cut(session, wait->step->seed, &err) == 0) {
        session->test.here = session_now(session);
        return 0;
    }
    session_fail(session, SUITE_HOST_TROUBLE, "%s", err.text);
    return -1;
}

const struct session_kind session_kind_power_cut = {.begin = begin_cut};

/* ---- SUITE_MARK, SUITE_MEASURE ---- */

static int begin_mark(struct suite_session *session, struct session_wait *wait)
{
    struct session_test *test = &session->test;

    test->marks[test->mark_count++] =
        (struct session_mark){.name = wait->step->name, .when = test->here};
    return 0;
}

const struct session_kind session_kind_mark = {.begin = begin_mark};

/* The last of this name. */
static const struct session_mark *find_mark(const struct session_test *test, const char *name)
{
    for (size_t i = test->mark_count; i > 0; i--) {
        if (strcmp(test->marks[i - 1].name, name) == 0) return &test->marks[i - 1];
    }
    return NULL;
}

static void time_range_text(const struct suite_range *range, char text[SESSION_TEXT_BYTES])
{
    char low[TIME_TEXT_BYTES];
    char high[TIME_TEXT_BYTES];

    format_time(range->low, low);
    format_time(range->high, high);
    if (range->high == UINT64_MAX) {
        (void)snprintf(text, SESSION_TEXT_BYTES, "at least %s", low);
    } else if (range->low == 0) {
        (void)snprintf(text, SESSION_TEXT_BYTES, "at most %s", high);
    } else {
        (void)snprintf(text, SESSION_TEXT_BYTES, "%s to %s", low, high);
    }
}

static void keep_measure(struct suite_result *result, const char *name, vtime value)
{
    struct suite_measure *measure;

    if (result->measure_count == SUITE_MEASURES_MAX) return;
    measure = &result->measures[result->measure_count++];
    (void)snprintf(measure->name, sizeof(measure->name), "%s", name);
    measure->value = value;
}

static int begin_measure(struct suite_session *session, struct session_wait *wait)
{
    const struct suite_step *step = wait->step;
    const struct session_mark *mark = find_mark(&session->test, step->since);
    char range[SESSION_TEXT_BYTES];
    char text[TIME_TEXT_BYTES];
    vtime value;

    if (mark == NULL) {
        session_fail(session, SUITE_ASSERT, "no mark is called %s", step->since);
        return -1;
    }
    value = session->test.here - mark->when;
    keep_measure(session->test.result, step->name, value);
    if (value >= step->range.low && value <= step->range.high) return 0;
    format_time_exact(value, text);
    time_range_text(&step->range, range);
    session_fail(session, SUITE_ASSERT, "%s is %s, not %s", step->name, text, range);
    return -1;
}

const struct session_kind session_kind_measure = {.begin = begin_measure};
