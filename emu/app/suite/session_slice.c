/* SPDX-License-Identifier: GPL-2.0-only */
/* How a machine under test goes on: slices of virtual time, and what may stop them. */
#include <stdio.h>
#include <string.h>

#include "emu/app/suite/session_internal.h"
#include "emu/core/trace.h"

/* What is recorded gets to the file so often: a crash of the emulator leaves all but this. */
#define FLUSH_PERIOD VTIME_MS(100)

vtime session_now(const struct suite_session *session)
{
    struct machine *machine = session->machine.machine;

    return session->before + (machine != NULL ? machine_now(machine) : 0);
}

vtime session_edge(const struct suite_session *session)
{
    return session_now(session) / SESSION_SLICE * SESSION_SLICE;
}

/* ---- What must not come ---- */

/* Something ended the machine's run: whether it was one of these is known now, where it happened. */
static void note_break(struct suite_session *session)
{
    struct session_test *test = &session->test;
    const uint64_t seq = trace_seq(machine_trace(session->machine.machine));

    for (size_t i = 0; i < test->event_count; i++) {
        struct session_events *events = &test->events[i];

        if (events->seq == 0 && suite_watch_count(session->watch, events->watch) > 0) {
            events->seq = seq;
        }
    }
    if (test->complaint_seq == 0 && suite_watch_complaint(session->watch) != NULL) {
        test->complaint_seq = seq;
    }
}

static void check_texts(struct suite_session *session)
{
    const struct session_test *test = &session->test;

    for (size_t i = 0; i < test->forbidden_count; i++) {
        const struct session_forbidden *forbidden = test->forbidden[i];
        const struct session_search *search = &forbidden->search;
        const struct session_place place = {forbidden->number, forbidden->step->line, search->when,
                                            search->seq};
        char quoted[SUITE_LINE_BYTES];

        if (!search->has_matched) continue;
        session_quote(forbidden->step->pattern.text, quoted);
        session_fail_at(session, &place, SUITE_FORBIDDEN, "%s came, which must not: \"%s\"", quoted,
                        search->line);
    }
}

static void check_events(struct suite_session *session)
{
    const struct session_test *test = &session->test;

    for (size_t i = 0; i < test->event_count; i++) {
        const struct session_events *events = &test->events[i];
        struct session_place place = {events->number, events->step->line, 0, events->seq};
        const char *line;

        if (events->step->kind != SUITE_FORBID_EVENT || events->seq == 0) continue;
        line = suite_watch_first(session->watch, events->watch, &place.when);
        place.when += session->before;
        session_fail_at(session, &place, SUITE_FORBIDDEN,
                        "an event happened that must not (%s): %s", events->step->filter, line);
    }
}

static void check_complaint(struct suite_session *session)
{
    const char *line = suite_watch_complaint(session->watch);
    const struct session_place place = {session->test.result->step, session->test.result->line,
                                        session_now(session), session->test.complaint_seq};

    if (line == NULL) return;
    session_fail_at(session, &place, SUITE_FORBIDDEN, "the machine complains of the guest: %s",
                    line);
}

/* ---- The host ---- */

static void check_host(struct suite_session *session)
{
    const struct error *disk = session_machine_trouble(&session->machine);
    const struct error *transcript = &session->ports.transcript.trouble;
    struct error err = ERROR_INIT;

    if (session_now(session) >= session->flushed + FLUSH_PERIOD) {
        session->flushed = session_now(session);
        (void)!session_machine_flush(&session->machine, &err);
    }
    if (disk->kind != ERROR_NONE) err = *disk;
    if (transcript->kind != ERROR_NONE) err = *transcript;
    if (err.kind != ERROR_NONE) session_fail(session, SUITE_HOST_TROUBLE, "%s", err.text);
}

void session_check(struct suite_session *session)
{
    check_texts(session);
    check_events(session);
    check_complaint(session);
    check_host(session);
}

/* ---- A slice ---- */

static void take_stop(struct suite_session *session, enum machine_stop stop)
{
    session->is_dead = false;
    switch (stop) {
    case MACHINE_TIME_LIMIT: session->is_dead = machine_is_dead(session->machine.machine); return;
    case MACHINE_BREAK:
    case MACHINE_ATTENTION: return;
    case MACHINE_POWER_OFF:
    case MACHINE_EXIT:
    case MACHINE_STOPPED:
    case MACHINE_DEAD:
    case MACHINE_PANIC: break;
    }
    session->has_ended = true;
    session->end = stop;
}

void session_slice(struct suite_session *session)
{
    const vtime until = (machine_now(session->machine.machine) / SESSION_SLICE + 1) * SESSION_SLICE;
    enum machine_stop stop;

    do {
        stop = timeline_run(&session->timeline, until);
        if (stop == MACHINE_BREAK) note_break(session);
    } while (stop == MACHINE_BREAK || stop == MACHINE_ATTENTION);
    take_stop(session, stop);
    /* Of an emulator that crashes in the next slice this is what is known. */
    session->test.result->end = machine_now(session->machine.machine);
    note_break(session);
    session_ports_slice(&session->ports);
    session_check(session);
}

/* ---- The end ---- */

void session_tell_end(const struct suite_session *session, char text[SESSION_TEXT_BYTES])
{
    const struct machine *machine = session->machine.machine;
    const char *how = "every core is halted for ever";

    if (session->has_ended) {
        switch (session->end) {
        case MACHINE_EXIT:
            (void)snprintf(text, SESSION_TEXT_BYTES, "the guest ended with status %d",
                           machine_exit_status(machine) & 0xff);
            return;
        case MACHINE_PANIC:
            (void)snprintf(text, SESSION_TEXT_BYTES, "the T2 panicked (%s)",
                           machine_panic_text(machine));
            return;
        case MACHINE_POWER_OFF: how = "the guest powered off"; break;
        case MACHINE_STOPPED: how = "the machine was stopped"; break;
        case MACHINE_TIME_LIMIT:
        case MACHINE_DEAD:
        case MACHINE_ATTENTION:
        case MACHINE_BREAK: break;
        }
    }
    (void)snprintf(text, SESSION_TEXT_BYTES, "%s", how);
}
