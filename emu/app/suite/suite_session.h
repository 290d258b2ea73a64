/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One machine under test: made as the suite says, moved from step to step, looked at. Without a thread, so that the
 * process can be forked while the machine stands (suite_schedule.h).
 *
 * The machine runs in slices that end at whole milliseconds of virtual time; whatever a step sends, types or plants
 * takes effect at the end of a slice, so a test goes the same way each time. What looks at the machine changes nothing in
 * it: the trace hash is the same whoever else watches, and the same with and without a recording.
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
    const char *record_path; /* recording to write, for a capsule; NULL: none */
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
/* In a forked process, before anything else: what it writes to disks and files is its own from now on. */
int suite_session_part(struct suite_session *session, struct error *err) MUST_CHECK;
/* The steps of one test, from where the machine stands. Fills `result` (outcome SUITE_PASSED or SUITE_FAILED, before
 * suite_result_judge()) whatever happens; trouble of the host is SUITE_HOST_TROUBLE. Ends within the test's
 * time-out. `interrupted` is asked between slices: then the outcome is SUITE_NOT_RUN. */
void suite_session_test(struct suite_session *session, const struct suite_test *test,
                        bool (*interrupted)(void *ctx), void *ctx, struct suite_result *result);
/* For who looks afterwards. */
struct machine *suite_session_machine(struct suite_session *session);
/* NULL: not is_covered. */
struct coverage *suite_session_coverage(struct suite_session *session);
