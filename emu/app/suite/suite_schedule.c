/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first process: see suite_schedule.h. It lays out the jobs of as many rounds as there is room for, starts those
 * that begin at power-on, hears what became of all of them, and looks after second runs.
 */
#define _GNU_SOURCE /* prctl */

#include "emu/app/suite/suite_schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/app/faults_pool.h"
#include "emu/app/suite/schedule_internal.h"
#include "emu/host/clock.h"

#define TICK_NS UINT64_C(100000000)

/* What only the first process knows of the jobs that are laid out. */
struct schedule_first {
    struct schedule_run run;
    struct schedule_crew crew;
    struct schedule_again again;
    bool *is_told; /* by job */
    bool is_bad;   /* one failed */
    int caught;
    uint64_t ticked;
};

/* ---- Listeners ---- */

static bool is_reported(const struct suite_entry *entry, const struct suite_result *result)
{
    return !entry->is_only_provider || suite_result_is_bad(result);
}

static void tell_begun(const struct schedule_first *first, uint32_t job)
{
    const struct suite_listener *listener = &first->run.schedule->listener;
    const struct suite_entry *entry = schedule_entry(&first->run, job);

    if (listener->begun == NULL || entry->is_only_provider) return;
    listener->begun(listener->ctx, entry, first->run.tree.jobs[job].round);
}

static void tell_ended(struct schedule_first *first, uint32_t job)
{
    const struct suite_listener *listener = &first->run.schedule->listener;
    const struct suite_entry *entry = schedule_entry(&first->run, job);
    const struct suite_result *result = &schedule_slot(&first->run, job)->result;

    if (first->is_told[job]) return;
    first->is_told[job] = true;
    if (suite_result_is_bad(result)) first->is_bad = true;
    if (listener->ended == NULL || !is_reported(entry, result)) return;
    listener->ended(listener->ctx, entry, first->run.tree.jobs[job].round, result);
}

static void tick(struct schedule_first *first)
{
    const struct suite_listener *listener = &first->run.schedule->listener;
    const uint64_t now = host_monotonic_ns();

    if (listener->tick == NULL || now - first->ticked < TICK_NS) return;
    first->ticked = now;
    listener->tick(listener->ctx);
}

/* ---- News ---- */

void schedule_first_hear(const struct schedule_run *run, struct schedule_news news)
{
    struct schedule_first *first = run->first;

    if (news.kind == SCHEDULE_BEGUN) {
        tell_begun(first, news.job);
    } else if (schedule_slot(run, news.job)->wants_again) {
        schedule_again_queue(&first->again, news.job);
    } else {
        tell_ended(first, news.job);
    }
}

void schedule_first_done(const struct schedule_run *run, uint32_t job)
{
    tell_ended(run->first, job);
}

static void read_news(struct schedule_first *first)
{
    struct schedule_news news;

    while (read(first->run.news[0], &news, sizeof(news)) == (ssize_t)sizeof(news)) {
        schedule_first_hear(&first->run, news);
    }
}

/* ---- One layout of jobs ---- */

static bool is_done(const struct schedule_first *first)
{
    return schedule_crew_is_done(&first->crew) && first->again.first == first->again.count;
}

static void supervise(struct schedule_first *first)
{
    const struct schedule_run *run = &first->run;
    const uint64_t limit = run->schedule->listener.tick != NULL ? TICK_NS : UINT64_MAX;

    for (;;) {
        const struct pollfd also[SCHEDULE_ALSO] = {
            {.fd = run->news[0], .events = POLLIN},
            {.fd = run->schedule->signal_fd, .events = POLLIN},
        };

        read_news(first);
        schedule_again_start(&first->again, &first->crew);
        schedule_crew_start(&first->crew);
        read_news(first);
        if (is_done(first)) return;
        schedule_crew_wait(&first->crew, also, SCHEDULE_ALSO, limit);
        first->caught = faults_signals_caught(run->schedule->signal_fd);
        if (first->caught != 0) return;
        tick(first);
    }
}

/* Of jobs that did not come to their end, or whose capsule did not. */
static void tell_rest(struct schedule_first *first)
{
    read_news(first);
    for (uint32_t i = 0; i < first->run.tree.count; i++) {
        struct schedule_slot *slot = schedule_slot(&first->run, i);
        struct suite_result *result = &slot->result;

        if (first->is_told[i]) continue;
        if (slot->wants_again) {
            schedule_verdict_add(result, "no capsule: the run was stopped before it was made");
        } else {
            /* Where nobody was stopped, one that failed was enough: the others are not told. */
            if (first->caught == 0) continue;
            memset(result, 0, sizeof(*result));
            schedule_verdict_add(result, "the run was stopped before its end");
        }
        tell_ended(first, i);
    }
}

static int open_first(struct schedule_first *first, struct schedule_rounds rounds,
                      struct error *err)
{
    struct schedule_run *run = &first->run;

    run->first = first;
    if (schedule_tree_make(&run->tree, run->schedule, rounds, err) != 0) return -1;
    if (schedule_shared_open(run, err) != 0) return -1;
    first->is_told = calloc(run->tree.count + 1, sizeof(*first->is_told));
    if (first->is_told == NULL) return error_host(err, "out of memory");
    if (schedule_again_open(&first->again, run, err) != 0) return -1;
    return schedule_crew_open(&first->crew, run, SCHEDULE_NONE, err);
}

static void close_first(struct schedule_first *first)
{
    free(first->is_told);
    first->is_told = NULL;
    schedule_again_close(&first->again);
    if (first->run.shared != NULL) schedule_shared_close(&first->run);
    schedule_tree_release(&first->run.tree);
}

/* All processes that were forked below this one, and lost their parent, are ours by now. */
static void reap_orphans(void)
{
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {}
}

static int run_rounds(struct schedule_first *first, struct schedule_rounds rounds,
                      unsigned *capsules, struct error *err)
{
    struct schedule_scratch scratch;
    int result = open_first(first, rounds, err);

    if (result == 0) result = schedule_scratch_open(&scratch, first->run.schedule->scratch, err);
    if (result == 0) {
        first->run.folder = scratch.path;
        first->run.shared->capsules = *capsules;
        supervise(first);
        first->run.shared->is_over = true;
        schedule_crew_close(&first->crew);
        schedule_scratch_close(&scratch);
        reap_orphans();
        tell_rest(first);
        *capsules = first->run.shared->capsules;
        first->run.numbered += first->run.tree.count;
    }
    close_first(first);
    return result;
}

/* ---- All rounds ---- */

static unsigned rounds_at_a_time(const struct suite_schedule *schedule)
{
    const size_t count = schedule->entry_count;

    return count > 0 && count < SCHEDULE_JOBS ? (unsigned)(SCHEDULE_JOBS / count) : 1;
}

static unsigned rounds_wanted(const struct suite_selection *selection)
{
    if (selection->repeat > 0) return selection->repeat;
    return selection->is_until_failure ? UINT32_MAX : 1;
}

static int run_all(const struct suite_schedule *schedule, struct schedule_first *first,
                   struct error *err)
{
    const bool is_until_failure = schedule->selection->is_until_failure;
    const unsigned wanted = rounds_wanted(schedule->selection);
    struct schedule_rounds rounds = {.first = 0};
    unsigned capsules = 0;
    int result = 0;

    while (result == 0 && rounds.first < wanted && first->caught == 0 &&
           !(is_until_failure && first->is_bad)) {
        rounds.count = rounds_at_a_time(schedule);
        if (rounds.count > wanted - rounds.first) rounds.count = wanted - rounds.first;
        result = run_rounds(first, rounds, &capsules, err);
        rounds.first += rounds.count;
    }
    return result;
}

int suite_schedule_run(const struct suite_schedule *schedule, int *caught, struct error *err)
{
    struct schedule_first first = {
        .run = {.schedule = schedule, .has_rounds = rounds_wanted(schedule->selection) > 1},
    };
    int was_subreaper = 0;
    int result;

    *caught = 0;
    if (schedule->limits.jobs == 0) return error_usage(err, "no job at a time is too few");
    (void)prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper);
    result = run_all(schedule, &first, err);
    (void)prctl(PR_SET_CHILD_SUBREAPER, was_subreaper);
    *caught = first.caught;
    return result;
}
