/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One machine under test: made as the suite says, moved from step to step, looked at. Without a thread, so that the
 * process can be forked while the machine stands (suite_schedule.h).
 *
 * The machine runs in slices that end at whole milliseconds of virtual time; whatever a step sends, types or plants
 * takes effect at the end of a slice, so a test goes the same way each time (an input script's own times count from there). What
 * looks at the machine changes nothing in it: the trace hash is the same whoever else watches, and the same with and without
 * a recording.
 *
 * Steps.
 * - Text (session_ports.h says what patterns see) is looked at as it comes. A step begins behind the last match on its port; what
 *   came out of it before the test is read already. A match has the time of its last byte, and the step is over at the end of
 *   that slice; so is a step that waits for an event.
 * - Values are looked at where slices end, the screen every 100 ms from the step's begin on and when its time is over.
 * - What is forbidden is looked for from where the step before matched, or from now on.
 * - `mark` and `measure` take the time where the step before them matched, else where it ended; several in a row the same.
 * - A step that is not met within its own time fails as SUITE_ASSERT, one that meets the test's end of time as SUITE_TIME_OUT, one
 *   that waits for a guest that has ended as SUITE_GUEST_END. A wait passes while every core is halted for ever.
 * - A power cut: the clock of the guest goes on, text and counts, too; times of steps go on counting. Times and events in
 *   `result` and the recording are of the machine that came then, from its power-on.
 * - A disk that is made for a test is the same one each time, to the last key.
 */
#pragma once

#include "emu/app/suite/suite.h"
#include "emu/app/suite/suite_result.h"

struct coverage;
struct machine;
struct suite_session;

struct suite_session_config {
    const struct suite *suite;     /* borrowed */
    const struct suite_test *test; /* the first that will run here: its machine is made */
    const char
        *scratch; /* a folder; what is made there is unlinked at once where that is possible */
    /* Recording to write, for a capsule; NULL: none. It begins at the last power-on: a power cut begins it anew. */
    const char *record_path;
    const char *
        serial_path; /* all that comes out of the ports is written there as it comes; NULL: nowhere */
    const char *picture_path; /* PNG of the picture at the end, when there is one; NULL: nowhere */
    const char *
        difference_path; /* PNG for people, when a picture is not what it was to be; NULL: nowhere */
    bool
        is_golden; /* --update-golden: pictures that differ are written to the suite's files, and the step is met */
    bool is_covered; /* what of the machine is touched is noted (suite_coverage.h) */
};

/* At power-on, or as the snapshot options.from says. NULL with `err`. */
struct suite_session *suite_session_create(const struct suite_session_config *config,
                                           struct error *err);
/* With a recording: closes it. -1 with `err`: what the host could not keep. */
int suite_session_close(struct suite_session *session, struct error *err) MUST_CHECK;
/* In a forked process, before anything else: what it writes to disks is its own from now on, and it writes no transcript or
 * pictures. A session with a recording cannot be parted. */
int suite_session_part(struct suite_session *session, struct error *err) MUST_CHECK;
/* The steps of one test, from where the machine stands. Fills `result` (outcome SUITE_PASSED or SUITE_FAILED, before
 * suite_result_judge()) whatever happens; trouble of the host is SUITE_HOST_TROUBLE. `step` and `line` are set while
 * it runs, for who finds the process dead. `seq` and `end` of a failure are where it was seen, which may be within the last
 * slice. Ends within the test's time-out. `interrupted` is asked between slices: then the outcome is SUITE_NOT_RUN. */
void suite_session_test(struct suite_session *session, const struct suite_test *test,
                        bool (*interrupted)(void *ctx), void *ctx, struct suite_result *result);
/* For who looks afterwards. */
struct machine *suite_session_machine(struct suite_session *session);
/* NULL: not is_covered. */
struct coverage *suite_session_coverage(struct suite_session *session);
