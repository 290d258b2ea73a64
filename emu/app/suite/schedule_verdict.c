/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of jobs, above all of those that did not come to their end by themselves: see schedule_internal.h. */
#define _GNU_SOURCE /* sigabbrev_np */

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "emu/app/suite/schedule_internal.h"
#include "emu/host/clock.h"

#define NS_PER_S     UINT64_C(1000000000)
#define NS_PER_MS    UINT64_C(1000000)
#define MIB          (UINT64_C(1) << 20)
#define SIGNAL_BYTES 32

/* ---- Sentences ---- */

static void add_text(struct suite_result *result, const char *text)
{
    const size_t used = strnlen(result->sentence, sizeof(result->sentence) - 1);

    (void)snprintf(result->sentence + used, sizeof(result->sentence) - used, "%s%s",
                   used > 0 ? "; " : "", text);
}

void schedule_verdict_add(struct suite_result *result, const char *format, ...)
{
    char text[SUITE_SENTENCE_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    add_text(result, text);
}

void schedule_verdict_trouble(struct suite_result *result, const char *sentence)
{
    result->outcome = SUITE_FAILED;
    result->failure = SUITE_HOST_TROUBLE;
    (void)snprintf(result->sentence, sizeof(result->sentence), "%s", sentence);
}

/* ---- Deaths ---- */

static void name_signal(int number, char text[SIGNAL_BYTES])
{
    const char *name = sigabbrev_np(number);

    if (name != NULL) {
        (void)snprintf(text, SIGNAL_BYTES, "SIG%s", name);
    } else {
        (void)snprintf(text, SIGNAL_BYTES, "signal %d", number);
    }
}

/* "in step 3 (line 12, expect), at 1.250 s of the machine's time". */
static void add_place(struct suite_result *result, const struct suite_test *test)
{
    const size_t used = strlen(result->sentence);
    const uint64_t ms = result->end / VTIME_MS(1);
    char *text = result->sentence + used;
    const size_t room = sizeof(result->sentence) - used;

    if (result->step >= test->step_count) {
        (void)snprintf(text, room, " before its first step");
        return;
    }
    result->line = test->steps[result->step].line;
    (void)snprintf(text, room,
                   " in step %zu (%s, line %u), at %" PRIu64 ".%03" PRIu64
                   " s of the machine's time",
                   result->step + 1, suite_step_name(test->steps[result->step].kind), result->line,
                   ms / 1000, ms % 1000);
}

/* The note has a caller in each line; they matter more than what the guest said last. */
static void take_callers(struct suite_result *result, const char *note)
{
    result->tail_count = 0;
    while (*note != '\0' && result->tail_count < SUITE_TAIL_LINES) {
        const size_t bytes = strcspn(note, "\n");

        (void)snprintf(result->tail[result->tail_count++], SUITE_LINE_BYTES, "%.*s",
                       bytes < SUITE_LINE_BYTES ? (int)bytes : (int)SUITE_LINE_BYTES - 1, note);
        note += bytes;
        if (*note == '\n') note++;
    }
}

/* It had come so near to what it was allowed that the next allocation, of a cache of translated code or a large table,
 * did not fit. */
static bool is_short_of_memory(const struct crash_facts *crash)
{
    const uint64_t near = crash->vm_limit / 16 > 64 * MIB ? 64 * MIB : crash->vm_limit / 16;

    return crash->vm_limit > 0 && crash->vm_bytes + near >= crash->vm_limit;
}

static void say_memory(struct suite_result *result, const struct crash_facts *crash)
{
    result->failure = SUITE_MEMORY;
    schedule_verdict_add(result,
                         "the limit of the host's memory was reached: %" PRIu64 " of %" PRIu64
                         " MiB of address space",
                         crash->vm_bytes / MIB, crash->vm_limit / MIB);
}

static void say_signal(struct suite_result *result, const struct crash_facts *crash, int number)
{
    char name[SIGNAL_BYTES];

    name_signal(number, name);
    result->signal = number;
    if (number == SIGKILL) {
        /* A limit of ours would have been told as such. */
        result->failure = SUITE_MEMORY;
        schedule_verdict_add(result, "the host killed the process (SIGKILL), as it does when its "
                                     "memory runs short");
    } else if (is_short_of_memory(crash)) {
        say_memory(result, crash);
        schedule_verdict_add(result, "%s", name);
    } else {
        result->failure = SUITE_CRASH;
        schedule_verdict_add(result, "the emulator crashed with %s", name);
    }
}

void schedule_verdict_died(struct suite_result *result, const struct crash_facts *crash,
                           const struct schedule_end *end, const struct suite_test *test)
{
    const uint64_t limit = end->member->limit_ns;

    result->outcome = SUITE_FAILED;
    result->sentence[0] = '\0';
    if (end->is_late) {
        result->failure = SUITE_HANG;
        schedule_verdict_add(
            result, "the limit of %" PRIu64 ".%03" PRIu64 " s of the host's time was reached",
            limit / NS_PER_S, limit % NS_PER_S / NS_PER_MS);
    } else if (WIFSIGNALED(end->status)) {
        say_signal(result, crash, WTERMSIG(end->status));
    } else if (is_short_of_memory(crash)) {
        say_memory(result, crash);
    } else {
        result->failure = SUITE_CRASH;
        schedule_verdict_add(result, "the emulator ended with status %d in the middle",
                             WEXITSTATUS(end->status));
    }
    add_place(result, test);
    if (end->member->note_bytes > 0) take_callers(result, end->member->note);
    if (crash->is_filled && result->tail_count > 0 && !end->is_late) {
        schedule_verdict_add(result, "it was at %s", result->tail[0]);
    }
}

/* ---- Ends ---- */

static bool says_memory(const char *sentence)
{
    return strstr(sentence, "out of memory") != NULL ||
           strstr(sentence, "Cannot allocate memory") != NULL ||
           strstr(sentence, "address space") != NULL;
}

void schedule_verdict_finish(struct suite_result *result, struct crash_facts *crash)
{
    if (result->outcome != SUITE_FAILED || result->failure != SUITE_HOST_TROUBLE) return;
    if (!says_memory(result->sentence)) return;
    crash_note_memory(crash);
    if (crash->vm_limit > 0) say_memory(result, crash);
}

bool schedule_verdict_retries(const struct schedule_run *run, uint32_t job)
{
    struct schedule_slot *slot = schedule_slot(run, job);
    const unsigned retries = schedule_entry(run, job)->test->retries;

    if (slot->result.outcome != SUITE_FAILED || slot->tries > retries) return false;
    memset(&slot->result, 0, sizeof(slot->result));
    memset(&slot->crash, 0, sizeof(slot->crash));
    slot->start_ns = 0;
    return true;
}

static void claim_capsule(const struct schedule_run *run, struct schedule_slot *slot)
{
    const struct suite_schedule *schedule = run->schedule;

    if (schedule->capsules == NULL || slot->result.outcome != SUITE_FAILED) return;
    if (atomic_fetch_add(&run->shared->capsules, 1) >= schedule->capsules_max) {
        schedule_verdict_add(&slot->result, "no capsule, for %u were made before",
                             schedule->capsules_max);
        return;
    }
    slot->wants_again = true;
    run->shared->again++;
}

void schedule_verdict_end(const struct schedule_run *run, uint32_t job)
{
    struct schedule_slot *slot = schedule_slot(run, job);
    struct suite_result *result = &slot->result;

    result->tries = slot->tries;
    /* Else its own process has noted it. */
    if (slot->forked_ns != 0 && result->host_ns == 0) {
        result->start_ns = slot->start_ns;
        result->host_ns = host_monotonic_ns() - slot->forked_ns;
    }
    suite_result_judge(result, schedule_entry(run, job)->test->expected_failure);
    claim_capsule(run, slot);
    if (run->schedule->selection->is_until_failure && suite_result_is_bad(result)) {
        run->shared->is_enough = true;
    }
    schedule_tell(run, job, SCHEDULE_ENDED);
}

void schedule_verdict_skip(const struct schedule_run *run, uint32_t job)
{
    const struct schedule_tree *tree = &run->tree;

    for (uint32_t i = schedule_tree_next(tree, job, job); i != SCHEDULE_NONE;
         i = schedule_tree_next(tree, job, i)) {
        struct schedule_slot *slot = schedule_slot(run, i);
        const struct suite_test *provider = schedule_entry(run, tree->jobs[i].parent)->test;

        slot->result.outcome = SUITE_SKIPPED;
        schedule_verdict_add(&slot->result, "'%s', which it requires, %s", provider->name,
                             tree->jobs[i].parent == job ? "did not pass" : "was skipped");
        slot->phase = SCHEDULE_OVER;
        schedule_verdict_end(run, i);
    }
}
