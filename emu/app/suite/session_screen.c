/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps about what the display shows. It is looked at every SESSION_SCREEN_PERIOD, and when the step's time is over; text
 * is read and pictures are compared only when something has changed.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/session_internal.h"

/* True: there is a picture that nobody has looked at, or this is the last time. */
static bool look(struct suite_session *session, struct session_wait *wait)
{
    bool is_changed = false;

    if (!wait->is_last && (session_edge(session) - wait->begin) % SESSION_SCREEN_PERIOD != 0) {
        return false;
    }
    if (!screen_refresh(session->machine.machine, &wait->step->region, &wait->picture,
                        &is_changed)) {
        (void)snprintf(wait->came, sizeof(wait->came), "the display is off");
        return false;
    }
    return is_changed || wait->is_last;
}

static void end_screen(struct suite_session *session, struct session_wait *wait)
{
    (void)session;
    free(wait->picture.pixels);
}

/* ---- SUITE_EXPECT_SCREEN ---- */

/* A literal is found across lines, a regular expression within one. */
static bool is_in(const struct suite_pattern *pattern, char *text)
{
    char *line = text;

    if (!pattern->is_regex) return strstr(text, pattern->text) != NULL;
    for (;;) {
        char *end = strchr(line, '\n');

        if (end != NULL) *end = '\0';
        if (regexec(&pattern->regex, line, 0, NULL, 0) == 0) return true;
        if (end == NULL) return false;
        line = end + 1;
    }
}

/* The last line with something on it. */
static void tell_screen(struct session_wait *wait, char *text)
{
    char shown[SUITE_LINE_BYTES] = "";
    char *save = NULL;

    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char candidate[SUITE_LINE_BYTES];

        session_line_show(line, strlen(line), candidate);
        if (strspn(candidate, " ") < strlen(candidate)) memcpy(shown, candidate, sizeof(shown));
    }
    (void)snprintf(wait->came, sizeof(wait->came),
                   shown[0] != '\0' ? "the last line on it is \"%s\"" : "there is no text on it%s",
                   shown);
}

static bool is_screen_met(struct suite_session *session, struct session_wait *wait)
{
    const struct screen_font *const *fonts = (const struct screen_font *const *)session->fonts;
    char *text;
    char *copy;
    bool is_met;

    if (!look(session, wait)) return false;
    text = screen_text(fonts, session->font_count, &wait->picture, &wait->step->region);
    copy = text != NULL ? strdup(text) : NULL;
    if (copy == NULL) {
        session_fail(session, SUITE_HOST_TROUBLE, "out of memory");
        free(text);
        return false;
    }
    is_met = is_in(&wait->step->pattern, copy);
    if (!is_met) tell_screen(wait, text);
    free(copy);
    free(text);
    return is_met;
}

static void screen_wanted(const struct suite_session *session, const struct session_wait *wait,
                          char text[SESSION_TEXT_BYTES])
{
    char quoted[SUITE_LINE_BYTES];

    (void)session;
    session_quote(wait->step->pattern.text, quoted);
    (void)snprintf(text, SESSION_TEXT_BYTES, "%s%s was not on the screen",
                   wait->step->pattern.is_regex ? "what matches " : "", quoted);
}

const struct session_kind session_kind_expect_screen = {
    .is_met = is_screen_met,
    .wanted = screen_wanted,
    .end = end_screen,
    .is_bounded = true,
};

/* ---- SUITE_EXPECT_PICTURE ---- */

static void save_difference(struct suite_session *session, const struct session_wait *wait)
{
    const char *path = session->config.difference_path;
    struct error err = ERROR_INIT;

    if (path == NULL || session_has_failed(session)) return;
    if (screen_write_difference(path, wait->step->path, &wait->picture, &wait->step->region,
                                &err) != 0) {
        session_fail(session, SUITE_HOST_TROUBLE, "%s", err.text);
    }
}

/* --update-golden: what is there when the step's time is over is what is wanted from now on. */
static bool replace(struct suite_session *session, const struct session_wait *wait)
{
    struct error err = ERROR_INIT;

    if (screen_write(wait->step->path, &wait->picture, &wait->step->region, &err) == 0) return true;
    session_fail(session, SUITE_HOST_TROUBLE, "%s", err.text);
    return false;
}

static bool is_picture_met(struct suite_session *session, struct session_wait *wait)
{
    const struct suite_step *step = wait->step;
    struct error err = ERROR_INIT;
    int result;

    if (!look(session, wait)) return false;
    result = screen_compare(step->path, &wait->picture, &step->region, step->tolerance, wait->came,
                            &err);
    if (result == 0) return true;
    if (session->config.is_golden) return wait->is_last && replace(session, wait);
    if (result < 0) {
        session_fail(session, SUITE_HOST_TROUBLE, "%s", err.text);
    } else if (wait->is_last) {
        save_difference(session, wait);
    }
    return false;
}

static void picture_wanted(const struct suite_session *session, const struct session_wait *wait,
                           char text[SESSION_TEXT_BYTES])
{
    (void)session;
    (void)snprintf(text, SESSION_TEXT_BYTES, "the screen did not show %s", wait->step->path);
}

const struct session_kind session_kind_expect_picture = {
    .is_met = is_picture_met,
    .wanted = picture_wanted,
    .end = end_screen,
    .is_bounded = true,
};

/* ---- SUITE_EXPECT_PICTURE_HASH ---- */

static bool is_hash_met(struct suite_session *session, struct session_wait *wait)
{
    uint64_t hash;

    if (!look(session, wait)) return false;
    hash = screen_hash(&wait->picture, &wait->step->region);
    if (hash == wait->step->hash) return true;
    (void)snprintf(wait->came, sizeof(wait->came), "it is 0x%016" PRIx64, hash);
    return false;
}

static void hash_wanted(const struct suite_session *session, const struct session_wait *wait,
                        char text[SESSION_TEXT_BYTES])
{
    (void)session;
    (void)snprintf(text, SESSION_TEXT_BYTES, "the hash of the picture did not become 0x%016" PRIx64,
                   wait->step->hash);
}

const struct session_kind session_kind_expect_picture_hash = {
    .is_met = is_hash_met,
    .wanted = hash_wanted,
    .end = end_screen,
    .is_bounded = true,
};
