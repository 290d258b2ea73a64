/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rooms of the scheduler know of each other (suite_schedule.h says what it is for). A job is a test in a round:
 *
 *   schedule_tree.c     which jobs there are, and which begins where another ends
 *   schedule_shared.c   what all processes see: results, phases, tokens, news
 *   schedule_crew.c     the processes that one process has forked: start, limits, ends
 *   schedule_job.c      in such a process: a test, and then those that stand on it
 *   schedule_verdict.c  what is said of a job that did not come to its end by itself
 *   schedule_again.c    the second run of what failed, and its capsule
 *   schedule_scratch.c  a folder that goes when the last process is gone
 *   suite_schedule.c    the first process
 */
#pragma once

#include <poll.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "emu/app/suite/crash_note.h"
#include "emu/app/suite/suite_schedule.h"
#include "emu/app/worker_process.h"

#define SCHEDULE_NONE UINT32_MAX
/* Jobs that are laid out at a time: their results take some 15 KiB each. */
#define SCHEDULE_JOBS 2048u

/* ---- schedule_tree.c ---- */

struct schedule_job {
    uint32_t entry;
    unsigned round;       /* from 0 */
    uint32_t parent;      /* the job whose machine it begins with; SCHEDULE_NONE: power-on */
    uint32_t first_child; /* in the order in which they are started */
    uint32_t last_child;
    uint32_t next_sibling;
};

struct schedule_tree {
    struct schedule_job *jobs; /* a parent stands before its children */
    uint32_t count;
    uint32_t first_root;
    uint32_t last_root;
};

struct schedule_rounds {
    unsigned first;
    unsigned count;
};
/* Rounds of all entries. Who only provides, from a power-on of which the same is true, does so once for all rounds. */
int schedule_tree_make(struct schedule_tree *tree, const struct suite_schedule *schedule,
                       struct schedule_rounds rounds, struct error *err) MUST_CHECK;
void schedule_tree_release(struct schedule_tree *tree);
/* The job behind `job` in the tree under `top` (children follow their parent); SCHEDULE_NONE: that was all. */
uint32_t schedule_tree_next(const struct schedule_tree *tree, uint32_t top, uint32_t job);

/* ---- schedule_shared.c ---- */

enum schedule_phase {
    SCHEDULE_WAITS,
    SCHEDULE_RUNS,   /* holds a token */
    SCHEDULE_STANDS, /* its own test is over, others begin with its machine; holds `spare` tokens */
    SCHEDULE_OVER,
};

struct schedule_slot {
    _Atomic int phase;      /* enum schedule_phase; changed by whoever swaps it */
    _Atomic unsigned spare; /* tokens that nobody works by; written by the process that stands */
    _Atomic int pid;
    _Atomic bool wants_again; /* a second run was claimed */
    unsigned tries;
    uint64_t forked_ns;
    uint64_t start_ns;
    struct crash_facts crash;
    struct suite_result result;
    struct crash_facts again_crash;
    struct suite_result again; /* of the second run */
    bool is_again_whole;
    _Atomic uint32_t again_job; /* that the second run is at: the job, or one in front of it */
    struct error capsule;       /* why there is none */
};

struct schedule_shared {
    _Atomic bool is_over;         /* all die */
    _Atomic bool is_enough;       /* no job is started any more */
    _Atomic unsigned again;       /* second runs that wait for a token: they come first */
    _Atomic unsigned capsules;    /* claimed */
    _Atomic unsigned spare_first; /* tokens of the first process */
    struct schedule_slot slots[];
};

enum schedule_news_kind {
    SCHEDULE_BEGUN,
    SCHEDULE_ENDED,
};
struct schedule_news {
    uint32_t job;
    uint32_t kind;
};

struct schedule_first;

/* The same in all processes, but that those of children are copies. */
struct schedule_run {
    const struct suite_schedule *schedule;
    struct schedule_tree tree;
    struct schedule_shared *shared;
    size_t shared_bytes;
    struct schedule_first *first; /* NULL: not the first process */
    const char *folder;           /* for scratch files of jobs */
    uint64_t numbered;            /* jobs before the tree's */
    bool has_rounds;              /* more than one */
    int tokens[2];                /* pipes: to read, to write; reading waits for nothing */
    int news[2];
};

int schedule_shared_open(struct schedule_run *run, struct error *err) MUST_CHECK;
void schedule_shared_close(struct schedule_run *run);
static inline struct schedule_slot *schedule_slot(const struct schedule_run *run, uint32_t job)
{
    return &run->shared->slots[job];
}
static inline const struct suite_entry *schedule_entry(const struct schedule_run *run, uint32_t job)
{
    return &run->schedule->entries[run->tree.jobs[job].entry];
}
bool schedule_phase_swap(struct schedule_slot *slot, enum schedule_phase from,
                         enum schedule_phase to);
/* One out of the pipe, if there is one. */
bool schedule_token_take(const struct schedule_run *run);
/* All of *spare into the pipe. */
void schedule_token_give(const struct schedule_run *run, _Atomic unsigned *spare);
void schedule_tell(const struct schedule_run *run, uint32_t job, enum schedule_news_kind kind);

/* ---- schedule_crew.c ---- */

enum schedule_duty {
    SCHEDULE_TEST,
    SCHEDULE_RECORD,  /* a second run */
    SCHEDULE_CAPSULE, /* a capsule is written */
};

struct schedule_member {
    struct worker_process process;
    uint32_t job;
    enum schedule_duty duty;
    uint64_t limit_ns; /* of host time */
    uint64_t deadline; /* host_monotonic_ns(); UINT64_MAX: none */
    size_t note_bytes;
    char note[CRASH_NOTE_BYTES];
};

/* Why a member is gone. */
struct schedule_end {
    const struct schedule_member *member;
    int status; /* waitpid()'s */
    bool is_late;
};

struct schedule_crew {
    const struct schedule_run *run;
    struct suite_session *session; /* what its jobs begin with; NULL: power-on */
    uint32_t parent;               /* the job that stands; SCHEDULE_NONE: the first process */
    uint32_t next;                 /* job to start; SCHEDULE_NONE: none */
    _Atomic unsigned *spare;
    struct schedule_member *members;
    struct pollfd *polls;
    size_t count, room;
    int own_fd; /* by which this process is heard; -1: the first process */
};

int schedule_crew_open(struct schedule_crew *crew, const struct schedule_run *run, uint32_t parent,
                       struct error *err) MUST_CHECK;
/* All of its processes die. */
void schedule_crew_close(struct schedule_crew *crew);
/* A token, from what is left over here or out of the pipe. */
bool schedule_crew_token(struct schedule_crew *crew);
/* As many as there are tokens for. Does not return in children. */
void schedule_crew_start(struct schedule_crew *crew);
/* A process for a duty, which holds a token: 1 here, 0 in it (`process` is its own), -1 with `err`. */
int schedule_crew_fork(struct schedule_crew *crew, uint32_t job, enum schedule_duty duty,
                       struct worker_process *process, struct error *err) MUST_CHECK;
/* Until something happens, at most `limit_ns` of host time. `also` (up to SCHEDULE_ALSO) end it, too. */
#define SCHEDULE_ALSO 2u
void schedule_crew_wait(struct schedule_crew *crew, const struct pollfd *also, size_t also_count,
                        uint64_t limit_ns);
/* Nothing runs, nothing is to be started. */
bool schedule_crew_is_done(const struct schedule_crew *crew);

/* ---- schedule_job.c ---- */

/* In a process of its own, from its fork on. */
_Noreturn void schedule_job_be(const struct schedule_crew *crew, uint32_t job,
                               const struct worker_process *process);
/* Address space that it may add to what it finds. */
uint64_t schedule_job_memory(const struct schedule_run *run, uint32_t job, bool makes_machine);
uint64_t schedule_job_host_ns(const struct schedule_run *run, const struct suite_test *test);

/* ---- schedule_verdict.c ---- */

/* `result` was not finished by the process that worked on it. */
void schedule_verdict_died(struct suite_result *result, const struct crash_facts *crash,
                           const struct schedule_end *end, const struct suite_test *test);
/* Host trouble, of a job that came to nothing else. */
void schedule_verdict_trouble(struct suite_result *result, const char *sentence);
/* Says it behind what the result says already. */
void schedule_verdict_add(struct suite_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* In the process that has finished it: an allocation that failed is the limit's doing. */
void schedule_verdict_finish(struct suite_result *result, struct crash_facts *crash);
/* It failed, and the file says that it is tried again: the slot is as before its start. */
bool schedule_verdict_retries(const struct schedule_run *run, uint32_t job);
/* The job's result is final: judged, told, its capsule claimed. */
void schedule_verdict_end(const struct schedule_run *run, uint32_t job);
/* Those under `job` cannot be run, for it did not come to a good end. */
void schedule_verdict_skip(const struct schedule_run *run, uint32_t job);

/* ---- schedule_again.c ---- */

struct schedule_again {
    uint32_t *queue; /* jobs, with room for all */
    uint32_t first, count;
};
int schedule_again_open(struct schedule_again *again, const struct schedule_run *run,
                        struct error *err) MUST_CHECK;
void schedule_again_close(struct schedule_again *again);
void schedule_again_queue(struct schedule_again *again, uint32_t job);
/* Second runs for which there are tokens. */
void schedule_again_start(struct schedule_again *again, struct schedule_crew *crew);
/* A member with one of these duties has ended. */
void schedule_again_end(struct schedule_crew *crew, const struct schedule_end *end);

/* ---- suite_schedule.c ---- */

/* In the first process: news of a job, and that all is known of one that failed. */
void schedule_first_hear(const struct schedule_run *run, struct schedule_news news);
void schedule_first_done(const struct schedule_run *run, uint32_t job);

/* ---- schedule_scratch.c ---- */

/* A folder of our own in `parent`, which a process of its own removes with all that is in it as soon as no other process
 * is left that was forked from this one since. */
struct schedule_scratch {
    char path[SUITE_PATH_BYTES];
    pid_t sweeper;
    int alive;
};
int schedule_scratch_open(struct schedule_scratch *scratch, const char *parent,
                          struct error *err) MUST_CHECK;
void schedule_scratch_close(struct schedule_scratch *scratch);
/* A folder for one job: made, or removed with what is in it. */
void schedule_scratch_name(const struct schedule_run *run, uint32_t job, enum schedule_duty duty,
                           char path[SUITE_PATH_BYTES]);
void schedule_scratch_remove(const char *path);
