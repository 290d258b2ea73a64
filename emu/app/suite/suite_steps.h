/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of a test. Private to suite_load.c and its parts. */
#pragma once

#include "emu/app/suite/suite_reader.h"

/* `steps` of the test at `place`; `within`: of those that wait and say nothing. What was made belongs to `test`, also when it
 * fails: suite_steps_release(). */
int suite_steps_read(struct suite_reader *reader, const struct suite_place *place, vtime within,
                     struct suite_test *test) MUST_CHECK;
void suite_steps_release(struct suite_test *test);

/* One step while it is read. */
struct suite_step_reader {
    struct suite_reader *reader;
    struct suite_place place;
    enum suite_step_key verb;
    const char *text;              /* the verb's value */
    const struct suite_test *test; /* with the steps before it */
    struct suite_step *step;
};

/* Each verb's own part (suite_verbs.c); what goes with several is in the step already. */
int suite_verb_read(const struct suite_step_reader *step) MUST_CHECK;
