/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that one process has forked and answers for: see schedule_internal.h. The first process has such a crew, and each
 * that stands on a machine which others begin with.
 *
 * Whoever starts a job has a token for it. The job holds it while it runs; with its end it is free here again. A job that stands
 * has taken its token along, for the first of those that begin with it: so with one token the order is that of the tree, and as
 * few machines as possible stand at a time. Tokens that nothing is left for here go into the pipe.
 */
#define _GNU_SOURCE /* prctl, kill */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/app/suite/schedule_internal.h"
#include "emu/host/clock.h"

#define NS_PER_MS UINT64_C(1000000)
/* How soon it is looked again whether a second run has got its token. */
#define AGAIN_NS (2 * NS_PER_MS)
#define ROOM     8u

/* ---- Members ---- */

int schedule_crew_open(struct schedule_crew *crew, const struct schedule_run *run, uint32_t parent,
                       struct error *err)
{
    *crew = (struct schedule_crew){
        .run = run,
        .parent = parent,
        .next = run->tree.first_root,
        .spare = &run->shared->spare_first,
        .own_fd = -1,
    };
    if (parent != SCHEDULE_NONE) {
        crew->next = run->tree.jobs[parent].first_child;
        crew->spare = &schedule_slot(run, parent)->spare;
    }
    /* Whoever loses its parent, which dies for it, comes here. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return error_host(err, "prctl: %s", strerror(errno));
    return 0;
}

void schedule_crew_close(struct schedule_crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        (void)kill(crew->members[i].process.pid, SIGKILL);
    }
    for (size_t i = 0; i < crew->count; i++) {
        (void)worker_process_reap(&crew->members[i].process);
    }
    free(crew->members);
    free(crew->polls);
    crew->members = NULL;
    crew->polls = NULL;
    crew->count = 0;
}

static int make_room(struct schedule_crew *crew, struct error *err)
{
    const size_t room = crew->room > 0 ? 2 * crew->room : ROOM;
    struct schedule_member *members;
    struct pollfd *polls;

    if (crew->count < crew->room) return 0;
    members = realloc(crew->members, room * sizeof(*members));
    if (members == NULL) return error_host(err, "out of memory");
    crew->members = members;
    polls = realloc(crew->polls, (room + 1 + SCHEDULE_ALSO) * sizeof(*polls));
    if (polls == NULL) return error_host(err, "out of memory");
    crew->polls = polls;
    crew->room = room;
    return 0;
}

static uint64_t host_limit(const struct schedule_run *run, uint32_t job, enum schedule_duty duty)
{
    uint64_t limit = 0;

    switch (duty) {
    case SCHEDULE_TEST: return schedule_job_host_ns(run, schedule_entry(run, job)->test);
    case SCHEDULE_RECORD:
        for (uint32_t i = job; i != SCHEDULE_NONE; i = run->tree.jobs[i].parent) {
            limit += schedule_job_host_ns(run, schedule_entry(run, i)->test);
        }
        return limit;
    case SCHEDULE_CAPSULE: break;
    }
    /* Only a host that stands still takes so long. */
    return UINT64_C(3600000) * NS_PER_MS;
}

/* What this process hears others by is not for the child: it would hold it open. */
static void forget_members(const struct schedule_crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        (void)close(crew->members[i].process.fd);
    }
    if (crew->own_fd >= 0) (void)close(crew->own_fd);
}

int schedule_crew_fork(struct schedule_crew *crew, uint32_t job, enum schedule_duty duty,
                       struct worker_process *process, struct error *err)
{
    const struct schedule_run *run = crew->run;
    const size_t memory =
        duty != SCHEDULE_CAPSULE ? schedule_job_memory(run, job, crew->session == NULL) : 0;
    struct schedule_member *member;
    const uint64_t now = host_monotonic_ns();
    int side;

    if (make_room(crew, err) != 0) return -1;
    if (duty == SCHEDULE_TEST) schedule_slot(run, job)->forked_ns = now;
    side = worker_process_fork(process, memory, err);
    if (side == 0) forget_members(crew);
    if (side != 1) return side;
    member = &crew->members[crew->count++];
    member->process = *process;
    member->job = job;
    member->duty = duty;
    member->limit_ns = host_limit(run, job, duty);
    member->deadline = now + member->limit_ns;
    member->note_bytes = 0;
    member->note[0] = '\0';
    return 1;
}

/* ---- Start ---- */

bool schedule_crew_token(struct schedule_crew *crew)
{
    if (*crew->spare > 0) {
        --*crew->spare;
        return true;
    }
    return schedule_token_take(crew->run);
}

static bool has_next(const struct schedule_crew *crew)
{
    return crew->next != SCHEDULE_NONE && !crew->run->shared->is_enough;
}

/* Holding a token. */
static void start_job(struct schedule_crew *crew, uint32_t job)
{
    const struct schedule_run *run = crew->run;
    struct schedule_slot *slot = schedule_slot(run, job);
    struct error err = ERROR_INIT;
    struct worker_process process;
    int side;

    if (slot->tries++ == 0) schedule_tell(run, job, SCHEDULE_BEGUN);
    slot->phase = SCHEDULE_RUNS;
    side = schedule_crew_fork(crew, job, SCHEDULE_TEST, &process, &err);
    if (side == 0) schedule_job_be(crew, job, &process);
    if (side == 1) return;
    slot->phase = SCHEDULE_OVER;
    ++*crew->spare;
    schedule_verdict_trouble(&slot->result, err.text);
    schedule_verdict_end(run, job);
    schedule_verdict_skip(run, job);
}

static void skip_job(struct schedule_crew *crew, uint32_t job)
{
    struct schedule_slot *slot = schedule_slot(crew->run, job);

    slot->result.outcome = SUITE_SKIPPED;
    schedule_verdict_add(&slot->result, "%s", schedule_entry(crew->run, job)->test->skipped);
    slot->phase = SCHEDULE_OVER;
    schedule_verdict_end(crew->run, job);
    schedule_verdict_skip(crew->run, job);
}

void schedule_crew_start(struct schedule_crew *crew)
{
    while (has_next(crew)) {
        const uint32_t job = crew->next;

        if (schedule_entry(crew->run, job)->test->skipped != NULL) {
            crew->next = crew->run->tree.jobs[job].next_sibling;
            skip_job(crew, job);
            continue;
        }
        /* The first process looks after second runs itself, before it comes here. */
        if (crew->run->first == NULL && crew->run->shared->again > 0) break;
        if (!schedule_crew_token(crew)) break;
        crew->next = crew->run->tree.jobs[job].next_sibling;
        start_job(crew, job);
    }
    if (!has_next(crew) || crew->run->shared->again > 0)
        schedule_token_give(crew->run, crew->spare);
}

bool schedule_crew_is_done(const struct schedule_crew *crew)
{
    return crew->count == 0 && !has_next(crew);
}

/* ---- Ends ---- */

/* Of a job that stood, and so of all under it: they have died with it, or do so now. */
static void bury_tree(struct schedule_crew *crew, uint32_t top)
{
    const struct schedule_run *run = crew->run;
    const struct schedule_tree *tree = &run->tree;

    for (uint32_t i = schedule_tree_next(tree, top, top); i != SCHEDULE_NONE;
         i = schedule_tree_next(tree, top, i)) {
        struct schedule_slot *slot = schedule_slot(run, i);
        const int pid = slot->pid;

        if (slot->phase == SCHEDULE_OVER) continue;
        if (pid > 0) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, NULL, 0);
        }
        if (slot->phase == SCHEDULE_RUNS) ++*crew->spare;
        *crew->spare += slot->spare;
        /* What stood had come to its end, and that was told. */
        if (slot->phase != SCHEDULE_STANDS) {
            schedule_verdict_trouble(&slot->result, "");
            schedule_verdict_add(&slot->result,
                                 "the process that kept the machine of '%s' was killed",
                                 schedule_entry(run, top)->test->name);
            slot->phase = SCHEDULE_OVER;
            schedule_verdict_end(run, i);
        }
        slot->phase = SCHEDULE_OVER;
    }
}

/* What its machine left in files goes with the machine. */
static void clean_up(const struct schedule_run *run, uint32_t job)
{
    char folder[SUITE_PATH_BYTES];

    if (run->tree.jobs[job].parent != SCHEDULE_NONE) return;
    schedule_scratch_name(run, job, SCHEDULE_TEST, folder);
    schedule_scratch_remove(folder);
}

/* Its phase says how far it came. */
static void end_job(struct schedule_crew *crew, const struct schedule_end *end)
{
    const struct schedule_run *run = crew->run;
    const uint32_t job = end->member->job;
    struct schedule_slot *slot = schedule_slot(run, job);

    slot->pid = 0;
    clean_up(run, job);
    if (slot->phase == SCHEDULE_STANDS) {
        *crew->spare += slot->spare;
        if (end->status != 0) bury_tree(crew, job);
        slot->phase = SCHEDULE_OVER;
        return;
    }
    /* It may have ended before it could say so. */
    if (end->is_late || schedule_phase_swap(slot, SCHEDULE_RUNS, SCHEDULE_OVER)) {
        schedule_verdict_died(&slot->result, &slot->crash, end, schedule_entry(run, job)->test);
    }
    if (schedule_verdict_retries(run, job)) {
        start_job(crew, job);
        return;
    }
    ++*crew->spare;
    schedule_verdict_end(run, job);
    /* With others on it and a good end it would stand. */
    schedule_verdict_skip(run, job);
}

static void end_member(struct schedule_crew *crew, size_t index, bool is_late)
{
    struct schedule_member gone = crew->members[index];
    struct schedule_end end = {.member = &gone, .is_late = is_late};

    crew->members[index] = crew->members[--crew->count];
    end.status = is_late ? worker_process_kill(&gone.process) : worker_process_reap(&gone.process);
    if (gone.duty == SCHEDULE_TEST) {
        end_job(crew, &end);
    } else {
        schedule_again_end(crew, &end);
    }
}

/* Its host time is over. One that stands does not work any more: it has no limit. */
static void end_late(struct schedule_crew *crew, size_t index)
{
    struct schedule_member *member = &crew->members[index];
    struct schedule_slot *slot = schedule_slot(crew->run, member->job);

    member->deadline = UINT64_MAX;
    if (member->duty == SCHEDULE_TEST && !schedule_phase_swap(slot, SCHEDULE_RUNS, SCHEDULE_OVER)) {
        return;
    }
    end_member(crew, index, true);
}

/* False: its pipe is at its end. */
static bool hear(struct schedule_member *member)
{
    char lost[512];
    const size_t room = sizeof(member->note) - 1 - member->note_bytes;
    const ssize_t bytes = room > 0
                              ? read(member->process.fd, member->note + member->note_bytes, room)
                              : read(member->process.fd, lost, sizeof(lost));

    if (bytes < 0) return errno == EINTR || errno == EAGAIN;
    if (room > 0) member->note_bytes += (size_t)bytes;
    member->note[member->note_bytes] = '\0';
    return bytes > 0;
}

/* ---- Waiting ---- */

static int wait_ms(const struct schedule_crew *crew, uint64_t limit_ns)
{
    const uint64_t now = host_monotonic_ns();
    uint64_t first = UINT64_MAX;
    uint64_t wait;

    for (size_t i = 0; i < crew->count; i++) {
        if (crew->members[i].deadline < first) first = crew->members[i].deadline;
    }
    wait = first <= now ? 0 : first - now;
    if (first == UINT64_MAX || wait > limit_ns) wait = limit_ns;
    if (wait == UINT64_MAX) return -1;
    wait = (wait + NS_PER_MS - 1) / NS_PER_MS;
    return wait < INT32_MAX ? (int)wait : INT32_MAX;
}

void schedule_crew_wait(struct schedule_crew *crew, const struct pollfd *also, size_t also_count,
                        uint64_t limit_ns)
{
    struct pollfd few[1 + SCHEDULE_ALSO];
    struct pollfd *polls = crew->polls != NULL ? crew->polls : few;
    const bool comes_later = crew->run->shared->again > 0;
    const size_t members = crew->count;
    size_t count = members;
    uint64_t now;

    for (size_t i = 0; i < members; i++) {
        polls[i] = (struct pollfd){.fd = crew->members[i].process.fd, .events = POLLIN};
    }
    for (size_t i = 0; i < also_count; i++) {
        polls[count++] = also[i];
    }
    /* While a second run waits for a token, only the first process may want one. */
    if (crew->run->first != NULL ? has_next(crew) || comes_later : has_next(crew) && !comes_later) {
        polls[count++] = (struct pollfd){.fd = crew->run->tokens[0], .events = POLLIN};
    } else if (has_next(crew) && limit_ns > AGAIN_NS) {
        limit_ns = AGAIN_NS;
    }
    if (poll(polls, count, wait_ms(crew, limit_ns)) < 0) return;
    now = host_monotonic_ns();
    /* From the end, for the last takes the place of one that is gone. */
    for (size_t i = members; i-- > 0;) {
        if (polls[i].revents != 0 && !hear(&crew->members[i])) {
            end_member(crew, i, false);
        } else if (now >= crew->members[i].deadline) {
            end_late(crew, i);
        }
    }
}
