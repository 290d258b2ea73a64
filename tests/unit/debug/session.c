/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/debug/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void take(void *ctx, const char *text, size_t bytes)
{
    struct session *session = ctx;

    if (bytes > sizeof(session->text) - 1 - session->bytes) {
        bytes = sizeof(session->text) - 1 - session->bytes;
    }
    memcpy(session->text + session->bytes, text, bytes);
    session->bytes += bytes;
    session->text[session->bytes] = '\0';
}

struct session *session_on(const struct world *world, struct recording *recording,
                           const struct debugger_config *config)
{
    struct session *session = calloc(1, sizeof(*session));
    struct debugger_config own = *config;
    struct error err = ERROR_INIT;

    assert_non_null(session);
    session->recording = recording;
    session->world = *world;
    own.history = world->history;
    own.machine = world->machine;
    own.output = (struct debugger_output){.ctx = session, .write = take};
    session->debugger = debugger_create(&own, &err);
    assert_non_null(session->debugger);
    return session;
}

struct session *session_open(unsigned cores, struct symbols *symbols)
{
    const struct debugger_config config = {.symbols = symbols};
    struct recording *recording = world_record(cores);
    struct world world;

    world_open(&world, cores, recording);
    return session_on(&world, recording, &config);
}

void session_close(struct session *session)
{
    struct error err = ERROR_INIT;

    debugger_destroy(session->debugger);
    world_end(&session->world);
    assert_int_equal(recording_close(session->recording, &err), 0);
    free(session);
}

static int carry_out(struct session *session, const char *line)
{
    struct error err = ERROR_INIT;
    int result;

    session->bytes = 0;
    session->text[0] = '\0';
    result = debugger_command(session->debugger, line, &err);
    memcpy(session->error, err.text, sizeof(session->error));
    return result;
}

const char *session_say(struct session *session, const char *line)
{
    if (carry_out(session, line) != 0) {
        print_error("%s: %s\n", line, session->error);
        fail();
    }
    return session->text;
}

const char *session_refuse(struct session *session, const char *line)
{
    if (carry_out(session, line) == 0) {
        print_error("%s: was not refused, but said: %s\n", line, session->text);
        fail();
    }
    return session->error;
}

void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) return;
    print_error("'%s' is not in:\n%s\n", part, text);
    fail();
}
