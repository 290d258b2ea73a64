/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: random_goto RECORDING DISK [PLACES [SEED]]
 *
 * Opens a recorded run and goes to so many places at random: as somebody does who looks for something, near and far, to events,
 * times, cycles, both ends, where it was before, and in short hops back and forth. Then makes the run again straight from power-on
 * (twin.h) with DISK, a copy of the disk as it was when the recording began, and compares: where it is, the machine's
 * whole state, the contents of the disk, the picture. Exit status 0 when all are the same; 1 with what differs.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/app/replay_session.h"
#include "emu/base/bits.h"
#include "emu/core/trace.h"
#include "emu/machine/machine.h"
#include "tests/replay/twin.h"

#define PLACES      1000u
#define NEAR_TIME   VTIME_MS(200)
#define NEAR_EVENTS 1000u
#define CYCLES_2    625u /* ps: two cycles of the cores, at 3.2 GHz */

enum way {
    WAY_EVENT,
    WAY_TIME,
    WAY_CYCLE,
    WAY_AGAIN,
    WAY_INSIDE,
    WAY_BEGIN,
    WAY_END,
    WAY_FORWARD,
    WAY_BACK,
    WAY_COUNT,
};
static const char *const way_names[WAY_COUNT] = {
    "event", "time", "cycle", "again", "inside", "begin", "end", "hop", "hop back",
};

struct place {
    struct machine_instant at;
    uint64_t seq;
    enum way way;
    struct twin_view view;
};

struct subject {
    struct replay_session session;
    uint64_t seed;
    struct history_place last;
    size_t count;
    size_t visited;
    struct place *places;
    double looking; /* seconds */
    double seconds[WAY_COUNT];
    unsigned times[WAY_COUNT];
    unsigned inside; /* places within blocks */
};

/* Processor time: whoever else works on the host does not count. */
static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t below(struct subject *subject, uint64_t limit)
{
    subject->seed = subject->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (subject->seed >> 16) % limit;
}

/* ---- Going somewhere ---- */

static void check(enum history_stop stop, const struct error *err)
{
    if (stop == HISTORY_THERE || stop == HISTORY_END || stop == HISTORY_BEGIN) return;
    (void)fprintf(stderr, "random_goto: stop %d: %s\n", (int)stop, err->text);
    exit(1);
}

static void hop(struct subject *subject, bool is_back)
{
    struct history *history = subject->session.history;
    const enum history_step step = (enum history_step)below(subject, HISTORY_EVENT + 1);
    struct error err = ERROR_INIT;

    for (uint64_t i = below(subject, 4) + 1; i > 0; i--) {
        check(is_back ? history_step_back(history, step, &err)
                      : history_step_forward(history, step, &err),
              &err);
    }
}

/* Mostly somewhere near `here`, now and then anywhere below `end`. */
static uint64_t somewhere(struct subject *subject, uint64_t here, uint64_t end, uint64_t span)
{
    const uint64_t low = here > span ? here - span : 0;

    if (below(subject, 8) == 0) return below(subject, end);
    return min_u64(low + below(subject, 2 * span), end - 1);
}

static void go_to_time(struct subject *subject, vtime unit)
{
    struct history *history = subject->session.history;
    struct history_place here;
    struct error err = ERROR_INIT;
    vtime when;

    history_here(history, &here);
    when = somewhere(subject, here.when, subject->last.when, NEAR_TIME);
    check(history_goto_time(history, when / unit * unit, &err), &err);
}

static void go_to_event(struct subject *subject)
{
    struct history *history = subject->session.history;
    struct history_place here;
    struct error err = ERROR_INIT;

    history_here(history, &here);
    check(history_goto_event(
              history, somewhere(subject, here.seq, subject->last.seq, NEAR_EVENTS) + 1, &err),
          &err);
}

/* Some instructions behind a boundary; or, when the core is halted there, behind an edge. */
static void go_inside(struct subject *subject)
{
    struct error err = ERROR_INIT;

    go_to_time(subject, 1);
    for (uint64_t i = below(subject, 7) + 1; i > 0; i--) {
        check(history_step_forward(subject->session.history, HISTORY_INSN, &err), &err);
    }
}

/* To a place where somebody has been. */
static void go_again(struct subject *subject)
{
    const size_t newest = subject->visited < 16 ? subject->visited : 16;
    struct error err = ERROR_INIT;
    size_t index;

    if (newest == 0) return;
    index = subject->visited - 1 - (size_t)below(subject, newest);
    check(history_goto(subject->session.history, &subject->places[index].at, &err), &err);
}

static void go(struct subject *subject, enum way way)
{
    struct history *history = subject->session.history;
    const struct machine_instant begin = {.edge = 0};
    struct error err = ERROR_INIT;

    switch (way) {
    case WAY_EVENT: go_to_event(subject); break;
    case WAY_TIME: go_to_time(subject, 1); break;
    case WAY_CYCLE: go_to_time(subject, CYCLES_2); break;
    case WAY_AGAIN: go_again(subject); break;
    case WAY_INSIDE: go_inside(subject); break;
    case WAY_BEGIN: check(history_goto(history, &begin, &err), &err); break;
    case WAY_END: check(history_goto(history, &subject->last.at, &err), &err); break;
    case WAY_FORWARD:
    case WAY_BACK:
    case WAY_COUNT: hop(subject, way == WAY_BACK); break;
    }
}

/* Every other place is a step or some from the one before. */
static enum way choose(struct subject *subject)
{
    static const enum way jumps[] = {WAY_EVENT, WAY_EVENT, WAY_TIME,   WAY_TIME,
                                     WAY_CYCLE, WAY_AGAIN, WAY_INSIDE, WAY_INSIDE};
    const uint64_t number = below(subject, 200);

    if (number == 0) return WAY_BEGIN;
    if (number == 1) return WAY_END;
    if (number < 16) return WAY_BACK; /* dear: each finds the place before by running up to it */
    if (number < 100) return WAY_FORWARD;
    return jumps[number % ARRAY_LEN(jumps)];
}

static void visit(struct subject *subject)
{
    struct replay_session *session = &subject->session;
    const double started = now();
    struct history_place here;

    for (size_t i = 0; i < subject->count; i++) {
        struct place *place = &subject->places[i];
        const enum way way = choose(subject);
        double begin = now();

        go(subject, way);
        subject->seconds[way] += now() - begin;
        subject->times[way]++;
        history_here(session->history, &here);
        begin = now();
        *place = (struct place){.at = here.at,
                                .seq = here.seq,
                                .way = way,
                                .view = twin_look(session->machine, &session->disk)};
        subject->looking += now() - begin;
        subject->visited++;
        if (subject->visited % 100 == 0) {
            (void)printf("%zu places, %.0f s\n", subject->visited, now() - started);
        }
        if (here.at.looked > 0) subject->inside++;
    }
}

/* ---- The straight run ---- */

static void sort(struct subject *subject)
{
    for (size_t i = 1; i < subject->count; i++) {
        const struct place place = subject->places[i];
        size_t at = i;

        for (; at > 0 && machine_instant_compare(subject->session.machine,
                                                 &subject->places[at - 1].at, &place.at) > 0;
             at--) {
            subject->places[at] = subject->places[at - 1];
        }
        subject->places[at] = place;
    }
}

static void tell(struct subject *subject, const struct place *place, const struct twin *twin,
                 const struct place *straight)
{
    struct error err = ERROR_INIT;

    (void)printf("%s: %" PRIu64 " ps, core %u, tick %" PRIu64 "+%u, event %" PRIu64
                 " (straight %" PRIu64 " ps, event %" PRIu64 "): another",
                 way_names[place->way], place->at.edge, place->at.core, place->at.ticks,
                 place->at.looked, place->seq, straight->at.edge, straight->seq);
    twin_name(&place->view, &straight->view, stdout);
    (void)putchar('\n');
    check(history_goto(subject->session.history, &place->at, &err), &err);
    twin_compare(subject->session.machine, &subject->session.disk, twin, stdout);
}

/* With one core, an instant is a tick of its clock; which edge its turn began at depends on who asked for how much at
 * a time, and nothing else does (run_loop.c). */
static void forget_edge(struct place *straight, const struct place *place)
{
    if (straight->at.edge == place->at.edge && straight->view.whole != 0 &&
        place->view.whole != 0) {
        return;
    }
    straight->view.whole = place->view.whole;
}

static size_t compare(struct subject *subject, struct twin *twin)
{
    struct machine *machine = twin->made.machine;
    size_t differences = 0;

    sort(subject);
    for (size_t i = 0; i < subject->count; i++) {
        const struct place *place = &subject->places[i];
        struct place straight;

        if (twin_run(twin, &place->at) != 0) {
            (void)printf("%s: the straight run does not pass %" PRIu64 " ps, core %u, tick %" PRIu64
                         "+%u\n",
                         way_names[place->way], place->at.edge, place->at.core, place->at.ticks,
                         place->at.looked);
            return differences + 1;
        }
        straight = (struct place){.seq = trace_seq(machine_trace(machine)),
                                  .view = twin_look(machine, &twin->machine_disk)};
        machine_get_instant(machine, &straight.at);
        forget_edge(&straight, place);
        if (straight.seq == place->seq &&
            memcmp(&straight.view, &place->view, sizeof(straight.view)) == 0) {
            continue;
        }
        if (differences++ < 3) tell(subject, place, twin, &straight);
    }
    return differences;
}

/* So many of the hashes differ from each other: the places are not all alike. */
static size_t kinds(const struct subject *subject, uint64_t (*hash)(const struct place *place))
{
    size_t count = 0;

    for (size_t i = 0; i < subject->count; i++) {
        size_t before = 0;

        while (before < i && hash(&subject->places[before]) != hash(&subject->places[i])) {
            before++;
        }
        if (before == i) count++;
    }
    return count;
}

static uint64_t state_of(const struct place *place)
{
    return place->view.memories ^ place->view.cores;
}

static uint64_t disk_of(const struct place *place)
{
    return place->view.disk;
}

static uint64_t picture_of(const struct place *place)
{
    return place->view.picture;
}

/* ---- All of it ---- */

static void tell_costs(const struct subject *subject)
{
    struct history_stats stats;

    history_get_stats(subject->session.history, &stats);
    for (unsigned i = 0; i < WAY_COUNT; i++) {
        if (subject->times[i] == 0) continue;
        (void)printf("%s: %u times, %.0f ms each\n", way_names[i], subject->times[i],
                     subject->seconds[i] / subject->times[i] * 1e3);
    }
    (void)printf("looking: %.0f ms each\n", subject->looking / (double)subject->count * 1e3);
    (void)printf("%zu checkpoints, %" PRIu64 " KiB; %" PRIu64 " restores; checked: %" PRIu64
                 " events, %" PRIu64 " beats\n",
                 stats.checkpoints, stats.checkpoint_bytes >> 10, stats.restores,
                 stats.checked_events, stats.checked_beats);
}

static size_t all(struct subject *subject, const char *disk, struct error *err)
{
    double begin = now();
    struct twin twin;
    size_t differences = 1;

    history_last(subject->session.history, &subject->last);
    visit(subject);
    (void)printf("%zu places (%u within blocks) in %.1f s\n", subject->count, subject->inside,
                 now() - begin);
    tell_costs(subject);
    begin = now();
    if (twin_open(&twin, subject->session.recording, disk, err) == 0) {
        differences = compare(subject, &twin);
        (void)printf("straight in %.1f s: %zu states, %zu contents of the disk, %zu pictures\n",
                     now() - begin, kinds(subject, state_of), kinds(subject, disk_of),
                     kinds(subject, picture_of));
    }
    twin_close(&twin);
    return differences;
}

int main(int argc, char **argv)
{
    struct replay_options options = {.file = NULL};
    struct subject subject = {.seed = 1, .count = PLACES};
    struct error err = ERROR_INIT;
    size_t differences = 1;

    if (argc < 3 || argc > 5) {
        (void)fprintf(stderr, "usage: %s RECORDING DISK [PLACES [SEED]]\n", argv[0]);
        return 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    options.file = argv[1];
    if (argc > 3) subject.count = strtoul(argv[3], NULL, 10);
    if (argc > 4) subject.seed = strtoull(argv[4], NULL, 10);
    subject.places = calloc(subject.count + 1, sizeof(*subject.places));
    if (subject.places != NULL && replay_session_open(&subject.session, &options, &err) == 0) {
        differences = all(&subject, argv[2], &err);
    }
    replay_session_close(&subject.session);
    if (err.kind != ERROR_NONE) (void)fprintf(stderr, "random_goto: %s\n", err.text);
    (void)printf("%zu of %zu places differ\n", differences, subject.count);
    free(subject.places);
    return differences == 0 ? 0 : 1;
}
