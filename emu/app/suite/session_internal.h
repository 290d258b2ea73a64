/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The insides of a session (suite_session.h): suite_session.c is its life, session_machine.c the machine, session_ports.c
 * what comes out of it, session_slice.c how it goes on, session_steps.c the way from step to step, session_text.c,
 * session_events.c, session_screen.c and session_acts.c the kinds of steps, session_end.c what is told at the end.
 */
#pragma once

#include "emu/app/suite/session_machine.h"
#include "emu/app/suite/session_ports.h"
#include "emu/app/suite/suite_screen.h"
#include "emu/app/suite/suite_session.h"
#include "emu/app/suite/suite_watch.h"
#include "emu/app/timeline.h"

/* Inputs take effect where slices end. */
#define SESSION_SLICE VTIME_MS(1)
/* What is on the screen is looked at so often. */
#define SESSION_SCREEN_PERIOD VTIME_MS(100)

#define SESSION_TEXT_BYTES 400u

/* A text that must not come. */
struct session_forbidden {
    const struct suite_step *step;
    size_t number; /* of the step */
    struct session_search search;
};

/* Events that are counted, or must not come. */
struct session_events {
    const struct suite_step *step;
    size_t number; /* of the step */
    unsigned watch;
    uint64_t before; /* counted on machines that lost their power since */
    uint64_t seq;    /* of the last event when the first of them was seen; 0: none was */
};

struct session_mark {
    const char *name;
    vtime when;
};

/* The test under way. Times here and below are the session's: a machine that lost its power goes on in the next. */
struct session_test {
    const struct suite_test *test;
    struct suite_result *result;
    bool (*interrupted)(void *ctx);
    void *ctx;
    vtime deadline;
    vtime here; /* where the last step matched, or it ended */
    struct session_mark *marks;
    size_t mark_count;
    struct session_forbidden **forbidden;
    size_t forbidden_count;
    struct session_events *events;
    size_t event_count;
    uint64_t complaint_seq; /* as session_events.seq */
};

struct suite_session {
    struct suite_session_config config;
    struct session_machine machine;
    struct session_ports ports;
    struct symbols *symbols;
    struct suite_watch *watch;
    struct coverage *coverage;
    struct screen_font **fonts;
    size_t font_count;
    struct timeline timeline; /* its one track is the list of the step */
    vtime before;             /* the machine's power-on */
    bool has_ended;           /* the machine does not go on: `end` */
    bool is_dead;             /* nothing will ever happen by itself */
    enum machine_stop end;
    vtime flushed; /* the recording was, then */
    struct session_test test;
};

/* A step that waits. */
struct session_wait {
    const struct suite_step *step;
    vtime begin;
    vtime deadline;
    uint64_t slices; /* since its begin */
    bool is_last;    /* it is not looked at again */
    struct session_search *search;
    unsigned watch; /* number of its events */
    bool has_watch;
    size_t sent;   /* bytes */
    uint64_t done; /* slices when all of the input has taken effect; 0: it is not all there yet */
    struct screen_picture picture;
    char came[SESSION_TEXT_BYTES]; /* what there was instead, when it was last looked at */
};

/* What a kind of step does. */
struct session_kind {
    /* -1: the test has failed. NULL: nothing. */
    int (*begin)(struct suite_session *session, struct session_wait *wait);
    /* At each slice's edge. NULL: the step does not wait. May fail the test. */
    bool (*is_met)(struct suite_session *session, struct session_wait *wait);
    /* What did not happen, as the begin of a sentence. */
    void (*wanted)(const struct suite_session *session, const struct session_wait *wait,
                   char text[SESSION_TEXT_BYTES]);
    void (*end)(struct suite_session *session, struct session_wait *wait);
    bool is_bounded;  /* by the step's `within`, not only by the test's time */
    bool needs_guest; /* in vain when nothing will ever happen by itself */
};

/* session_text.c, session_events.c, session_screen.c, session_acts.c */
extern const struct session_kind session_kind_expect, session_kind_forbid, session_kind_send;
extern const struct session_kind session_kind_expect_event, session_kind_expect_value,
    session_kind_count_events, session_kind_forbid_event, session_kind_expect_count;
extern const struct session_kind session_kind_expect_screen, session_kind_expect_picture,
    session_kind_expect_picture_hash;
extern const struct session_kind session_kind_expect_end, session_kind_wait, session_kind_input,
    session_kind_fault, session_kind_power_cut, session_kind_mark, session_kind_measure;

/* ---- session_slice.c ---- */

vtime session_now(const struct suite_session *session);
/* The slice's edge that the machine stands at (machines pass it by part of a block). */
vtime session_edge(const struct suite_session *session);
/* To the next whole millisecond, or the machine's end; then session_check(). */
void session_slice(struct suite_session *session);
/* The test has failed when something has come that must not, or the host is in trouble. */
void session_check(struct suite_session *session);
/* How the machine ended, or cannot go on, for a sentence. */
void session_tell_end(const struct suite_session *session, char text[SESSION_TEXT_BYTES]);

/* ---- suite_session.c ---- */

/* session_machine_cut(), and all who look at the machine look at the next one. */
int suite_session_cut(struct suite_session *session, uint64_t seed, struct error *err) MUST_CHECK;

/* ---- session_steps.c ---- */

void session_steps(struct suite_session *session);

/* ---- session_end.c ---- */

/* The test has failed here; the first failure counts. */
void session_fail(struct suite_session *session, enum suite_failure failure, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
/* The same of something that was seen before: at `when`, behind event `seq` of the trace, by a step. */
struct session_place {
    size_t step;
    unsigned line;
    vtime when;
    uint64_t seq;
};
void session_fail_at(struct suite_session *session, const struct session_place *place,
                     enum suite_failure failure, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool session_has_failed(const struct suite_session *session);
/* What is told of a test that is over. */
void session_tell(struct suite_session *session);

/* ---- Shared by kinds ---- */

/* A number, "at least N", "N to M"; `is_hex`: as people read registers. */
void session_range_text(const struct suite_range *range, bool is_hex,
                        char text[SESSION_TEXT_BYTES]);
/* A text in quotes, without control characters, cut. */
void session_quote(const char *text, char quoted[SUITE_LINE_BYTES]);
/* Watches of a machine that has come in another one's place begin again. -1 with `err`. */
int session_watch_again(struct suite_session *session, struct error *err) MUST_CHECK;
/* Events so far, on all machines. */
uint64_t session_events_count(const struct suite_session *session,
                              const struct session_events *events);
