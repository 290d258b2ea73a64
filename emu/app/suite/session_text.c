/* SPDX-License-Identifier: GPL-2.0-only */
/* Steps about text: what comes out of the ports, and what goes in at the serial port. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/session_internal.h"
#include "emu/base/bits.h"
#include "emu/core/inbox.h"

static const char *port_name(enum suite_port port)
{
    return port == SUITE_PORT_SERIAL ? "the serial port" : "the debug console";
}

/* ---- SUITE_EXPECT ---- */

static int begin_expect(struct suite_session *session, struct session_wait *wait)
{
    const struct suite_step *step = wait->step;

    wait->search = calloc(1, sizeof(*wait->search));
    if (wait->search == NULL) {
        session_fail(session, SUITE_HOST_TROUBLE, "out of memory");
        return -1;
    }
    session_search_begin(&session->ports, wait->search, &step->pattern, step->port,
                         session_ports_read(&session->ports, step->port));
    return 0;
}

static bool is_expect_met(struct suite_session *session, struct session_wait *wait)
{
    const struct session_search *search = wait->search;
    char line[SUITE_LINE_BYTES];

    if (search->has_matched) {
        session_ports_set_read(&session->ports, search->port, search->end);
        session->test.here = search->when;
        return true;
    }
    if (!wait->is_last) return false;
    session_ports_last_line(&session->ports, search->port, line);
    (void)snprintf(wait->came, sizeof(wait->came),
                   line[0] != '\0' ? "the last line was \"%s\"" : "nothing came at all%s", line);
    return false;
}

static void expect_wanted(const struct suite_session *session, const struct session_wait *wait,
                          char text[SESSION_TEXT_BYTES])
{
    char quoted[SUITE_LINE_BYTES];

    (void)session;
    session_quote(wait->step->pattern.text, quoted);
    (void)snprintf(text, SESSION_TEXT_BYTES, "%s%s did not come out of %s",
                   wait->step->pattern.is_regex ? "what matches " : "", quoted,
                   port_name(wait->step->port));
}

static void end_expect(struct suite_session *session, struct session_wait *wait)
{
    if (wait->search != NULL) session_search_end(&session->ports, wait->search);
    free(wait->search);
}

const struct session_kind session_kind_expect = {
    .begin = begin_expect,
    .is_met = is_expect_met,
    .wanted = expect_wanted,
    .end = end_expect,
    .is_bounded = true,
    .needs_guest = true,
};

/* ---- SUITE_FORBID ---- */

/* From where the step before matched on. */
static int begin_forbid(struct suite_session *session, struct session_wait *wait)
{
    struct session_test *test = &session->test;
    struct session_forbidden *forbidden = calloc(1, sizeof(*forbidden));
    const struct suite_step *step = wait->step;

    if (forbidden == NULL) {
        session_fail(session, SUITE_HOST_TROUBLE, "out of memory");
        return -1;
    }
    forbidden->step = step;
    forbidden->number = test->result->step;
    test->forbidden[test->forbidden_count++] = forbidden;
    session_search_begin(&session->ports, &forbidden->search, &step->pattern, step->port,
                         session_ports_position(&session->ports, step->port, test->here));
    session_check(session);
    return 0;
}

const struct session_kind session_kind_forbid = {.begin = begin_forbid};

/* ---- SUITE_SEND ---- */

/* As much as the inbox has room for; the rest when the guest has read some. */
static bool is_sent(struct suite_session *session, struct session_wait *wait)
{
    struct inbox *inbox = machine_inbox(session->machine.machine);
    const size_t bytes = wait->step->data.bytes;

    while (wait->sent < bytes) {
        const size_t part = (size_t)min_u64(bytes - wait->sent, INBOX_PAYLOAD_BYTES);
        struct inbox_message message = {.kind = INBOX_SERIAL, .bytes = (uint8_t)part};

        memcpy(message.payload, wait->step->data.data + wait->sent, part);
        if (!inbox_post(inbox, &message)) return false;
        wait->sent += part;
    }
    return true;
}

static void send_wanted(const struct suite_session *session, const struct session_wait *wait,
                        char text[SESSION_TEXT_BYTES])
{
    (void)session;
    (void)snprintf(text, SESSION_TEXT_BYTES,
                   "the guest did not read its serial port, and %zu of %zu bytes were not sent",
                   wait->step->data.bytes - wait->sent, wait->step->data.bytes);
}

const struct session_kind session_kind_send = {
    .is_met = is_sent,
    .wanted = send_wanted,
    .needs_guest = true,
};
