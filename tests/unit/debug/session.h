/* SPDX-License-Identifier: GPL-2.0-only */
/* A debugger on the recorded run of the history's tests, and what it says. */
#pragma once

#include "emu/debug/debugger.h"
#include "tests/unit/replay/history_world.h"

#define SESSION_TEXT_BYTES 262144

struct session {
    struct recording *recording;
    struct world world;
    struct debugger *debugger;
    char text[SESSION_TEXT_BYTES]; /* of the last command */
    size_t bytes;
    char error[ERROR_TEXT_BYTES];
};

/* At the begin of a recorded run of `cores` cores; `symbols` may be NULL. */
struct session *session_open(unsigned cores, struct symbols *symbols);
/* On a machine with a history of its own, which are the session's from here on. `config` may have symbols and
 * save_picture. */
struct session *session_on(const struct world *world, struct recording *recording,
                           const struct debugger_config *config);
void session_close(struct session *session);
/* Must be understood; returns what it printed. */
const char *session_say(struct session *session, const char *line);
/* Must be refused; returns the sentence. */
const char *session_refuse(struct session *session, const char *line);
/* The text contains the part, or the test fails and shows both. */
void assert_says(const char *text, const char *part);
