/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run: see faults_run.h. The machine runs in slices of virtual time, between which is looked at what
 * happened. A single core goes the same way however a run is cut into pieces, and all runs are cut at
 * the same places up to their first fault; so a run without any is the golden run.
 */
#include "emu/app/faults_run.h"

#include <stdio.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/base/bits.h"

#define SLICE VTIME_MS(1)

/* ---- Which faults ---- */

static void draw(const struct faults_entry *entry, const struct faults_target *target,
                 struct fault_random *random, vtime duration, struct fault_spec *spec)
{
    const vtime begin = entry->has_window ? entry->window_begin : 0;
    const vtime end = entry->has_window ? entry->window_end : duration;

    random->mix = entry->mix;
    random->target = entry->target;
    random->range_base = entry->range_base;
    random->range_end = entry->range_end;
    *spec = (struct fault_spec){.has_when = true, .when = begin};
    if (end > begin) spec->when += fault_random_below(random, end - begin);
    target->draw(target->ctx, random, &spec->fault);
}

/* Keeps the order of faults of the same time. */
static void insert(struct faults_plan *plan, const struct fault_spec *spec, bool is_random)
{
    uint64_t below;
    size_t i = plan->count++;

    for (; i > 0 && plan->faults[i - 1].when > spec->when; i--) {
        plan->faults[i] = plan->faults[i - 1];
    }
    plan->faults[i] = *spec;
    below = plan->random & (BIT(i) - 1);
    plan->random = (plan->random ^ below) << 1 | (uint64_t)is_random << i | below;
}

void faults_plan_make(const struct faults_suite *suite, uint64_t seed, uint64_t number,
                      vtime duration, const struct faults_target *target, struct faults_plan *plan)
{
    const vtime start = target->now(target->ctx);
    struct fault_random random;

    plan->count = 0;
    plan->random = 0;
    fault_random_begin_run(&random, seed, number);
    for (size_t i = 0; i < suite->entry_count; i++) {
        const struct faults_entry *entry = &suite->entries[i];

        for (unsigned n = 0; n < entry->count; n++) {
            struct fault_spec spec = entry->spec;

            if (entry->is_random) draw(entry, target, &random, duration, &spec);
            spec.has_when = true;
            spec.when += start;
            insert(plan, &spec, entry->is_random);
        }
    }
}

/* ---- To the start ---- */

static bool refuse_start(const struct faults_suite *suite, const struct faults_output *output,
                         const char *reason, struct error *err)
{
    if (suite->start_text != NULL) {
        (void)error_usage(err, "%s: the start's text '%s' never came: %s; the last line was '%s'",
                          suite->name, suite->start_text, reason, output->last);
    } else {
        (void)error_usage(err, "%s: the start was never reached: %s; the last line was '%s'",
                          suite->name, reason, output->last);
    }
    return false;
}

bool faults_run_to_start(const struct faults_suite *suite, const struct faults_target *target,
                         struct faults_output *output, bool (*interrupted)(void *ctx),
                         struct error *err)
{
    const vtime limit = suite->start_text != NULL ? suite->start_within : suite->start_at;
    char within[TIME_TEXT_BYTES];
    char reason[2 * TIME_TEXT_BYTES];

    while (!output->has_started) {
        const vtime now = target->now(target->ctx);
        enum machine_stop stop;

        if (now >= limit && suite->start_text == NULL) {
            faults_output_begin(output);
            break;
        }
        if (now >= limit) {
            format_time(limit, within);
            (void)snprintf(reason, sizeof(reason), "not within %s", within);
            return refuse_start(suite, output, reason, err);
        }
        if (interrupted(target->ctx)) return false;
        stop = target->run(target->ctx, min_u64(now + SLICE, limit));
        if (stop != MACHINE_TIME_LIMIT) {
            return refuse_start(suite, output, "the machine stopped before", err);
        }
        if (target->is_dead(target->ctx) && suite->start_text != NULL && !output->has_started) {
            return refuse_start(suite, output, "every core is halted for ever", err);
        }
    }
    return true;
}

/* ---- From the start to the end ---- */

/* A run on its way. */
struct course {
    const struct faults_suite *suite;
    const struct faults_target *target;
    struct faults_output *output;
    const struct faults_plan *plan;
    struct faults_record *record;
    uint64_t resets; /* before the start */
    size_t next;     /* fault that is to come */
};

/* False when a fault cannot be planted that somebody asked for. */
static bool plant_due(struct course *course, vtime now)
{
    struct faults_record *record = course->record;
    const struct faults_plan *plan = course->plan;

    for (; course->next < plan->count && plan->faults[course->next].when <= now; course->next++) {
        struct error err = ERROR_INIT;

        if (course->target->plant(course->target->ctx, &plan->faults[course->next], &err) == 0) {
            record->planted |= BIT(course->next);
        } else if ((plan->random & BIT(course->next)) == 0) {
            record->error = err;
            return false;
        }
    }
    return true;
}

static vtime next_stop(const struct course *course, vtime now, vtime limit)
{
    const size_t next = course->next;
    vtime until = min_u64(now + SLICE, limit);

    if (next < course->plan->count) until = min_u64(until, course->plan->faults[next].when);
    return until;
}

/* Whether the run is over after machine_run() came back with `stop`, and how. */
static bool is_over(const struct course *course, enum machine_stop stop, vtime limit,
                    enum faults_end *end)
{
    const struct faults_target *target = course->target;

    switch (stop) {
    case MACHINE_EXIT: *end = FAULTS_END_EXIT; return true;
    case MACHINE_POWER_OFF: *end = FAULTS_END_POWER_OFF; return true;
    case MACHINE_PANIC: *end = FAULTS_END_T2_PANIC; return true;
    case MACHINE_DEAD: *end = FAULTS_END_DEAD; return true;
    case MACHINE_STOPPED:
        *end = FAULTS_END_DEAD;
        (void)error_host(&course->record->error, "the host can keep nothing more for the disk");
        return true;
    case MACHINE_BREAK:
    case MACHINE_ATTENTION:
    case MACHINE_TIME_LIMIT: break;
    }
    if (course->output->has_panicked) {
        *end = FAULTS_END_PANIC;
    } else if (course->output->has_finished) {
        *end = FAULTS_END_TEXT;
    } else if (target->reset_count(target->ctx) != course->resets) {
        *end = FAULTS_END_RESET;
    } else if (target->now(target->ctx) >= limit) {
        *end = FAULTS_END_TIMEOUT;
    } else if (target->is_dead(target->ctx) && course->next == course->plan->count) {
        *end = FAULTS_END_DEAD;
    } else {
        return false;
    }
    return true;
}

void faults_run(const struct faults_suite *suite, const struct faults_target *target,
                struct faults_output *output, const struct faults_plan *plan,
                struct faults_record *record)
{
    const struct faults_errors before = target->errors(target->ctx);
    const vtime start = target->now(target->ctx);
    const vtime limit = start + suite->timeout;
    struct course course = {
        .suite = suite,
        .target = target,
        .output = output,
        .plan = plan,
        .record = record,
        .resets = target->reset_count(target->ctx),
    };
    struct faults_facts *facts = &record->facts;
    enum machine_stop stop;
    vtime now;

    record->start = start;
    record->planted = 0;
    record->fault_count = plan->count;
    memcpy(record->faults, plan->faults, plan->count * sizeof(plan->faults[0]));
    do {
        now = target->now(target->ctx);
        if (!plant_due(&course, now)) return;
        stop = target->run(target->ctx, next_stop(&course, now, limit));
    } while (!is_over(&course, stop, limit, &facts->end));
    faults_output_end(output);
    if (facts->end == FAULTS_END_EXIT) {
        facts->status = (unsigned)target->exit_status(target->ctx) & UINT8_MAX;
    }
    facts->errors = target->errors(target->ctx);
    facts->errors.corrected -= before.corrected;
    facts->errors.uncorrected -= before.uncorrected;
    facts->errors.miscorrected -= before.miscorrected;
    facts->errors.undetected -= before.undetected;
    record->duration = target->now(target->ctx) - start;
    record->result_hash = output->result_hash;
    record->result_lines = output->result_lines;
}

/* ---- Records ---- */

size_t faults_record_bytes(size_t fault_count)
{
    return offsetof(struct faults_record, faults) + fault_count * sizeof(struct fault_spec);
}

void faults_run_compare(struct faults_record *record, const struct faults_output *output,
                        const struct faults_record *golden, const char *golden_result,
                        size_t golden_bytes)
{
    const char *results[2] = {golden_result, output->result};
    const size_t bytes[2] = {golden_bytes, output->result_bytes};

    record->facts.is_result_equal =
        record->result_hash == golden->result_hash && record->result_lines == golden->result_lines;
    record->difference = 0;
    if (!record->facts.is_result_equal) {
        record->difference = faults_output_compare(results, bytes, record->wanted, record->got);
    }
    record->class = faults_classify(&golden->facts, &record->facts);
}
