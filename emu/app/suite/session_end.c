/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told of a test: why it failed, where the machine stands, the lines that matter, a picture. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/session_internal.h"
#include "emu/core/trace.h"

bool session_has_failed(const struct suite_session *session)
{
    return session->test.result->outcome == SUITE_FAILED;
}

/* ---- Failures ---- */

static struct session_place place_here(const struct suite_session *session)
{
    const struct suite_result *result = session->test.result;
    struct machine *machine = session->machine.machine;

    return (struct session_place){
        .step = result->step,
        .line = result->line,
        .when = session_now(session),
        .seq = machine != NULL ? trace_seq(machine_trace(machine)) : 0,
    };
}

__attribute__((format(printf, 4, 0))) static void fail(struct suite_session *session,
                                                       const struct session_place *place,
                                                       enum suite_failure failure,
                                                       const char *format, va_list args)
{
    struct suite_result *result = session->test.result;

    if (result->outcome == SUITE_FAILED) return;
    result->outcome = SUITE_FAILED;
    result->failure = failure;
    result->step = place->step;
    result->line = place->line;
    result->seq = place->seq;
    result->end = place->when > session->before ? place->when - session->before : 0;
    (void)vsnprintf(result->sentence, sizeof(result->sentence), format, args);
}

void session_fail(struct suite_session *session, enum suite_failure failure, const char *format,
                  ...)
{
    const struct session_place place = place_here(session);
    va_list args;

    va_start(args, format);
    fail(session, &place, failure, format, args);
    va_end(args);
}

void session_fail_at(struct suite_session *session, const struct session_place *place,
                     enum suite_failure failure, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fail(session, place, failure, format, args);
    va_end(args);
}

/* ---- Words ---- */

void session_range_text(const struct suite_range *range, bool is_hex, char text[SESSION_TEXT_BYTES])
{
    const unsigned long long low = range->low;
    const unsigned long long high = range->high;

    if (low == high) {
        (void)snprintf(text, SESSION_TEXT_BYTES, is_hex ? "0x%llx" : "%llu", low);
    } else if (high == UINT64_MAX) {
        (void)snprintf(text, SESSION_TEXT_BYTES, is_hex ? "at least 0x%llx" : "at least %llu", low);
    } else if (low == 0) {
        (void)snprintf(text, SESSION_TEXT_BYTES, is_hex ? "at most 0x%llx" : "at most %llu", high);
    } else {
        (void)snprintf(text, SESSION_TEXT_BYTES, is_hex ? "0x%llx to 0x%llx" : "%llu to %llu", low,
                       high);
    }
}

void session_quote(const char *text, char quoted[SUITE_LINE_BYTES])
{
    char shown[SUITE_LINE_BYTES];

    session_line_show(text, strlen(text), shown);
    (void)snprintf(quoted, SUITE_LINE_BYTES, "\"%.*s\"", (int)SUITE_LINE_BYTES - 4, shown);
}

/* ---- A test that is over ---- */

/* Trouble here is told when the test has no other. */
static void save_picture(struct suite_session *session)
{
    static const struct suite_region whole = {.width = 0};
    struct screen_picture picture = {.pixels = NULL};
    struct error err = ERROR_INIT;

    if (session->config.picture_path == NULL || session->machine.machine == NULL) return;
    if (!screen_take(session->machine.machine, &picture)) return;
    if (screen_write(session->config.picture_path, &picture, &whole, &err) != 0) {
        session_fail(session, SUITE_HOST_TROUBLE, "%s", err.text);
    }
    free(picture.pixels);
}

void session_tell(struct suite_session *session)
{
    struct suite_result *result = session->test.result;
    struct machine *machine = session->machine.machine;

    save_picture(session);
    result->tail_count = session_ports_tail(&session->ports, result->tail);
    if (machine == NULL) return;
    result->trace_hash = machine_trace_hash(machine);
    if (result->outcome == SUITE_FAILED) return;
    result->seq = trace_seq(machine_trace(machine));
    result->end = machine_now(machine);
}
