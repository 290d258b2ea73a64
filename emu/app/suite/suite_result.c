/* SPDX-License-Identifier: GPL-2.0-only */
/* Words for what became of a test: see suite_result.h. */
#include "emu/app/suite/suite_result.h"

#include <stdio.h>
#include <string.h>

#include "emu/base/bits.h"

static const char *const outcome_names[] = {
    [SUITE_NOT_RUN] = "not-run", [SUITE_PASSED] = "passed",   [SUITE_FAILED] = "failed",
    [SUITE_SKIPPED] = "skipped", [SUITE_XFAILED] = "xfailed", [SUITE_XPASSED] = "xpassed",
};

static const char *const failure_names[] = {
    [SUITE_NO_FAILURE] = "none",
    [SUITE_ASSERT] = "assert",
    [SUITE_TIME_OUT] = "time-out",
    [SUITE_FORBIDDEN] = "forbidden",
    [SUITE_GUEST_END] = "guest-end",
    [SUITE_CRASH] = "crash",
    [SUITE_HANG] = "hang",
    [SUITE_MEMORY] = "memory",
    [SUITE_HOST_TROUBLE] = "host-trouble",
};

static bool find(const char *const *names, size_t count, const char *name, size_t *found)
{
    for (*found = 0; *found < count; (*found)++) {
        if (strcmp(names[*found], name) == 0) return true;
    }
    return false;
}

const char *suite_outcome_name(enum suite_outcome outcome)
{
    return outcome_names[outcome];
}

const char *suite_failure_name(enum suite_failure failure)
{
    return failure_names[failure];
}

bool suite_outcome_find(const char *name, enum suite_outcome *outcome)
{
    size_t found;

    if (!find(outcome_names, ARRAY_LEN(outcome_names), name, &found)) return false;
    *outcome = (enum suite_outcome)found;
    return true;
}

bool suite_failure_find(const char *name, enum suite_failure *failure)
{
    size_t found;

    if (!find(failure_names, ARRAY_LEN(failure_names), name, &found)) return false;
    *failure = (enum suite_failure)found;
    return true;
}

bool suite_result_is_bad(const struct suite_result *result)
{
    return result->outcome == SUITE_FAILED || result->outcome == SUITE_XPASSED;
}

void suite_result_judge(struct suite_result *result, const char *expected_failure)
{
    if (expected_failure == NULL) return;
    if (result->outcome == SUITE_PASSED) {
        result->outcome = SUITE_XPASSED;
        (void)snprintf(result->sentence, sizeof(result->sentence),
                       "it passed, and is said to fail: %s", expected_failure);
        return;
    }
    /* What the emulator or the host did is never what was expected of the guest. */
    switch (result->failure) {
    case SUITE_ASSERT:
    case SUITE_TIME_OUT:
    case SUITE_FORBIDDEN:
    case SUITE_GUEST_END:
        if (result->outcome == SUITE_FAILED) result->outcome = SUITE_XFAILED;
        break;
    case SUITE_NO_FAILURE:
    case SUITE_CRASH:
    case SUITE_HANG:
    case SUITE_MEMORY:
    case SUITE_HOST_TROUBLE: break;
    }
}
