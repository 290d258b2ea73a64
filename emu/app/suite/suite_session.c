/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a session: see suite_session.h, and session_internal.h for what is where. */
#include "emu/app/suite/suite_session.h"

#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/session_internal.h"
#include "emu/app/suite/suite_coverage.h"
#include "emu/debug/symbols.h"

/* ---- Making ---- */

/* Those of the suite, then our firmware's. */
static int load_fonts(struct suite_session *session, struct error *err)
{
    const struct suite *suite = session->config.suite;

    session->fonts = calloc(suite->font_count + 1, sizeof(struct screen_font *));
    if (session->fonts == NULL) return error_host(err, "out of memory");
    for (size_t i = 0; i <= suite->font_count; i++) {
        struct screen_font *font = i < suite->font_count ? screen_font_load(suite->fonts[i], err)
                                                         : screen_font_firmware(err);

        if (font == NULL) return -1;
        session->fonts[session->font_count++] = font;
    }
    return 0;
}

/* Who looks at the machine. */
static int attach(struct suite_session *session, struct error *err)
{
    struct machine *machine = session->machine.machine;

    session->watch = suite_watch_create(machine, session->symbols, err);
    if (session->watch == NULL) return -1;
    session->timeline.machine = machine;
    if (!session->config.is_covered) return 0;
    if (session->coverage != NULL) return coverage_follow(session->coverage, machine, err);
    session->coverage = coverage_attach(machine, err);
    return session->coverage != NULL ? 0 : -1;
}

/* What was touched stays. */
static void detach(struct suite_session *session)
{
    if (session->coverage != NULL) coverage_leave(session->coverage);
    if (session->watch != NULL) suite_watch_destroy(session->watch);
    session->watch = NULL;
}

static int make(struct suite_session *session, struct error *err)
{
    const struct suite_session_config *config = &session->config;
    const struct session_machine_config machine = {
        .wanted = config->test->machine,
        .scratch = config->scratch,
        .record_path = config->record_path,
        .ports = &session->ports,
    };

    if (session_ports_init(&session->ports, config->serial_path, err) != 0) return -1;
    if (config->suite->symbols != NULL) {
        session->symbols = symbols_load(config->suite->symbols, 0, err);
        if (session->symbols == NULL) return -1;
    }
    if (load_fonts(session, err) != 0) return -1;
    if (session_machine_open(&session->machine, &machine, err) != 0) return -1;
    return attach(session, err);
}

struct suite_session *suite_session_create(const struct suite_session_config *config,
                                           struct error *err)
{
    struct suite_session *session = calloc(1, sizeof(*session));
    struct error ignored = ERROR_INIT;

    if (session == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    session->config = *config;
    session->ports.transcript.fd = -1;
    session->machine.config.ports = &session->ports;
    if (make(session, err) == 0) return session;
    (void)!suite_session_close(session, &ignored);
    return NULL;
}

int suite_session_close(struct suite_session *session, struct error *err)
{
    const enum machine_stop stop = session->has_ended ? session->end : MACHINE_STOPPED;
    int result;

    detach(session);
    coverage_detach(session->coverage);
    result = session_machine_close(&session->machine, stop, err);
    if (session_transcript_close(&session->ports.transcript, err) != 0) result = -1;
    session_ports_release(&session->ports);
    for (size_t i = 0; i < session->font_count; i++) {
        screen_font_destroy(session->fonts[i]);
    }
    free(session->fonts);
    symbols_destroy(session->symbols);
    free(session);
    return result;
}

int suite_session_part(struct suite_session *session, struct error *err)
{
    session_transcript_part(&session->ports.transcript);
    session->config.picture_path = NULL;
    session->config.difference_path = NULL;
    if (session->coverage != NULL) coverage_forget(session->coverage);
    return session_machine_part(&session->machine, err);
}

int suite_session_cut(struct suite_session *session, uint64_t seed, struct error *err)
{
    const vtime now = session_edge(session);
    struct session_test *test = &session->test;

    for (size_t i = 0; i < test->event_count; i++) {
        test->events[i].before = session_events_count(session, &test->events[i]);
    }
    detach(session);
    session->before = now;
    session->ports.before = now;
    session_ports_cut(&session->ports);
    session->has_ended = false;
    session->is_dead = false;
    if (session_machine_cut(&session->machine, seed, now, err) != 0) return -1;
    test->result->begin = 0;
    if (attach(session, err) != 0) return -1;
    return session_watch_again(session, err);
}

/* ---- A test ---- */

static int begin_test(struct suite_session *session, const struct suite_test *test,
                      struct error *err)
{
    struct session_test *course = &session->test;
    const vtime begin = session_edge(session);

    course->marks = calloc(test->step_count + 1, sizeof(*course->marks));
    course->events = calloc(test->step_count + 1, sizeof(*course->events));
    course->forbidden = calloc(test->step_count + 1, sizeof(struct session_forbidden *));
    if (course->marks == NULL || course->events == NULL || course->forbidden == NULL) {
        return error_host(err, "out of memory");
    }
    course->deadline = test->timeout < VTIME_NEVER - begin ? begin + test->timeout : VTIME_NEVER;
    course->here = session_now(session);
    /* One besides those that are forbidden: that of the step that waits. */
    if (session_ports_begin(&session->ports, test->step_count + 1, err) != 0) return -1;
    suite_watch_clear(session->watch);
    return suite_watch_tolerate(session->watch, &test->tolerance, err);
}

static void end_test(struct suite_session *session)
{
    struct session_test *course = &session->test;

    session_ports_end(&session->ports);
    if (session->watch != NULL) suite_watch_clear(session->watch);
    for (size_t i = 0; i < course->forbidden_count; i++) {
        free(course->forbidden[i]);
    }
    free(course->forbidden);
    free(course->events);
    free(course->marks);
    *course = (struct session_test){.test = NULL};
}

void suite_session_test(struct suite_session *session, const struct suite_test *test,
                        bool (*interrupted)(void *ctx), void *ctx, struct suite_result *result)
{
    struct error err = ERROR_INIT;

    *result = (struct suite_result){.outcome = SUITE_PASSED, .tries = 1};
    session->test = (struct session_test){
        .test = test, .result = result, .interrupted = interrupted, .ctx = ctx};
    if (session->machine.machine == NULL) {
        session_fail(session, SUITE_HOST_TROUBLE, "there is no machine any more");
        session->test = (struct session_test){.test = NULL};
        return;
    }
    result->begin = machine_now(session->machine.machine);
    if (begin_test(session, test, &err) != 0) {
        session_fail(session, err.kind == ERROR_USAGE ? SUITE_ASSERT : SUITE_HOST_TROUBLE, "%s",
                     err.text);
    } else {
        session_steps(session);
    }
    session_tell(session);
    end_test(session);
}

struct machine *suite_session_machine(struct suite_session *session)
{
    return session->machine.machine;
}

struct coverage *suite_session_coverage(struct suite_session *session)
{
    return session->coverage;
}
