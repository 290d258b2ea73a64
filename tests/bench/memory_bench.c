/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: memory_bench [SECONDS]
 *
 * What memory with an error-correcting code costs the cores. One core touches pages; the same when
 * it asks about guarded pages while none is, and with one guarded page among a thousand. Some
 * SECONDS (default 30) of processor time for all. The two ways take turns of some 30 ms; medians.
 *
 * Prints, a line each: what, nanoseconds a page without guards, the ratio of the speeds with and
 * without; for one guarded page also the nanoseconds of one access to it.
 */
#define _GNU_SOURCE

#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "emu/cpu/internal.h"

SNIPPET(touch_pages);

#define NS_PER_SECOND   INT64_C(1000000000)
#define SECONDS_DEFAULT 30
#define PAGE_ACCESSES   16
#define TURNS_MAX       4096
#define GUARDED_PAGE    (VIDEO_BASE + UINT64_C(500) * 4096)

/* How a guest is run. */
struct way {
    bool has_guards; /* the cores ask */
    bool has_one;    /* and one page is guarded */
};

struct job {
    const char *what;
    uint64_t pages;
    uint64_t rounds;
    bool empties_tlb;
    struct way way[2];
};

static bool is_one(struct guest *guest, uint64_t page)
{
    return guest->guards && page == GUARDED_PAGE;
}

static bool pass(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                 unsigned bytes)
{
    (void)guest;
    (void)core;
    (void)kind;
    (void)addr;
    (void)bytes;
    return true;
}

static int64_t now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

static struct guest *create(const struct job *job)
{
    const struct guest_options options = {.has_guards = true};
    struct guest *guest = guest_create(MODE_LONG, CODE(touch_pages), &options);

    guest->is_guarded = is_one;
    guest->guard = pass;
    guest_move(guest, VIDEO_BASE, false);
    guest_put_u64(guest, GUEST_ARG, job->rounds);
    guest_put_u64(guest, GUEST_ARG + 8, job->pages);
    return guest;
}

/* Nanoseconds of a turn. */
static double turn(struct guest *guest)
{
    int64_t begin = now();

    if (guest_run(guest, VTIME_MS(100000)) != CPU_STOP_DEADLINE) {
        (void)fprintf(stderr, "memory_bench: the guest has stopped\n");
        exit(1);
    }
    return (double)(now() - begin);
}

/* The same guest goes on in another way; what the engine had to look up or make anew for it takes a
 * turn that is not counted. The engine's TLB grows only while it is emptied. */
static void change(const struct job *job, struct guest *guest, const struct way *way,
                   bool (*is_guarded)(void *ctx, uint64_t page))
{
    guest->set->env.is_guarded = way->has_guards ? is_guarded : NULL;
    guest->guards = way->has_one;
    cpu_set_guards_changed(guest->set);
    guest_put_u64(guest, GUEST_ARG + 16, 1);
    (void)turn(guest);
    guest_put_u64(guest, GUEST_ARG + 16, job->empties_tlb);
    (void)turn(guest);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), compare);
    return values[count / 2];
}

/* One guest, so that both ways have the same places in the host's memory; they go first in turn. */
static void measure(const struct job *job, int64_t budget)
{
    static double times[TURNS_MAX];
    static double ratios[TURNS_MAX];
    static double extra[TURNS_MAX];
    int64_t end = now() + budget;
    struct guest *guest = create(job);
    bool (*is_guarded)(void *ctx, uint64_t page) = guest->set->env.is_guarded;
    size_t count = 0;

    while (now() < end && count < TURNS_MAX) {
        double taken[2];

        for (size_t i = 0; i < 2; i++) {
            size_t way = (i + count) % 2;

            change(job, guest, &job->way[way], is_guarded);
            taken[way] = turn(guest);
        }
        times[count] = taken[0] / (double)(job->pages * job->rounds);
        ratios[count] = taken[0] / taken[1];
        extra[count] = (taken[1] - taken[0]) / (double)(job->rounds * PAGE_ACCESSES);
        count++;
    }
    guest_destroy(guest);
    printf("%s %.1f %.4f", job->what, median(times, count), median(ratios, count));
    if (job->way[1].has_one) {
        printf(" %.1f", median(extra, count));
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static const struct job jobs[] = {
        {"tlb-hits", 200, 8000, false, {{0}, {.has_guards = true}}},
        {"tlb-misses", 4000, 40, true, {{0}, {.has_guards = true}}},
        {"one-guarded-page", 1000, 1500, false, {{.has_guards = true}, {true, true}}},
    };
    const size_t count = sizeof(jobs) / sizeof(jobs[0]);
    int64_t seconds = argc > 1 ? strtol(argv[1], NULL, 10) : SECONDS_DEFAULT;

    if (argc > 2 || seconds < 1 || seconds > 3600) {
        (void)fprintf(stderr, "usage: memory_bench [SECONDS]\n");
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        measure(&jobs[i], seconds * NS_PER_SECOND / (int64_t)count);
        (void)fflush(stdout);
    }
    return 0;
}
