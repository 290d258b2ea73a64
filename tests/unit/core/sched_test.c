/* SPDX-License-Identifier: GPL-2.0-only */
/* The scheduler: total order, re-arming, cancelling, and a random life compared with a sorted
 * array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/sched.h"

#define EVENTS 64

struct journal {
    unsigned ids[4096];
    vtime times[4096];
    size_t count;
};

struct owner {
    struct event event;
    unsigned id;
    struct journal *journal;
    struct sched *sched;
    vtime period;
};

static void note(void *ctx, vtime when)
{
    struct owner *owner = ctx;

    owner->journal->ids[owner->journal->count] = owner->id;
    owner->journal->times[owner->journal->count] = when;
    owner->journal->count++;
    if (owner->period != 0) {
        sched_at(owner->sched, &owner->event, when + owner->period);
    }
}

static void owner_init(struct owner *owner, unsigned id, struct sched *sched,
                       struct journal *journal)
{
    *owner = (struct owner){.id = id, .journal = journal, .sched = sched};
    event_init(&owner->event, "note", note, owner);
}

static void events_fire_in_time_order_and_ties_in_arming_order(void **state)
{
    struct sched *sched = sched_create();
    struct journal journal = {.count = 0};
    struct owner owners[4];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        owner_init(&owners[i], i, sched, &journal);
    }
    sched_at(sched, &owners[2].event, 50);
    sched_at(sched, &owners[0].event, 50);
    sched_at(sched, &owners[3].event, 10);
    sched_at(sched, &owners[1].event, 50);
    sched_run_until(sched, 49);
    assert_int_equal(journal.count, 1);
    assert_int_equal(sched_next(sched), 50);
    sched_run_until(sched, 50);
    assert_int_equal(journal.count, 4);
    assert_int_equal(journal.ids[0], 3);
    assert_int_equal(journal.ids[1], 2);
    assert_int_equal(journal.ids[2], 0);
    assert_int_equal(journal.ids[3], 1);
    assert_int_equal(sched_next(sched), VTIME_NEVER);
    sched_destroy(sched);
}

static void a_handler_may_rearm_its_own_event(void **state)
{
    struct sched *sched = sched_create();
    struct journal journal = {.count = 0};
    struct owner owner;

    (void)state;
    owner_init(&owner, 7, sched, &journal);
    owner.period = 10;
    sched_at(sched, &owner.event, 10);
    sched_run_until(sched, 1000);
    assert_int_equal(journal.count, 100);
    assert_int_equal(journal.times[99], 1000);
    assert_int_equal(sched_now(sched), 1000);
    sched_destroy(sched);
}

static void moving_and_cancelling_leave_no_trace(void **state)
{
    struct sched *sched = sched_create();
    struct journal journal = {.count = 0};
    struct owner owner;

    (void)state;
    owner_init(&owner, 1, sched, &journal);
    sched_at(sched, &owner.event, 10);
    sched_at(sched, &owner.event, 20);
    sched_run_until(sched, 15);
    assert_int_equal(journal.count, 0);
    sched_cancel(sched, &owner.event);
    sched_cancel(sched, &owner.event);
    assert_false(event_is_armed(&owner.event));
    sched_at(sched, &owner.event, VTIME_NEVER);
    assert_false(event_is_armed(&owner.event));
    sched_run_until(sched, 100);
    assert_int_equal(journal.count, 0);
    sched_destroy(sched);
}

static vtime fake_now(void *ctx)
{
    return *(const vtime *)ctx;
}

static void time_never_goes_backwards(void **state)
{
    struct sched *sched = sched_create();
    vtime core = 500;
    struct sched_hooks hooks = {.ctx = &core, .now = fake_now};

    (void)state;
    sched_set_hooks(sched, &hooks);
    assert_int_equal(sched_now(sched), 500);
    core = 400;
    assert_int_equal(sched_now(sched), 500);
    core = 600;
    assert_int_equal(sched_now(sched), 600);
    sched_destroy(sched);
}

/* The model: an unsorted array, searched for the least (when, seq). */
struct model {
    bool is_armed[EVENTS];
    vtime when[EVENTS];
    uint64_t seq[EVENTS];
    uint64_t next_seq;
};

static int model_first(const struct model *model, vtime limit)
{
    int best = -1;

    for (int i = 0; i < EVENTS; i++) {
        if (!model->is_armed[i] || model->when[i] > limit) continue;
        if (best < 0 || model->when[i] < model->when[best] ||
            (model->when[i] == model->when[best] && model->seq[i] < model->seq[best])) {
            best = i;
        }
    }
    return best;
}

static uint64_t random_next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static void random_life_equals_a_sorted_array(void **state)
{
    static struct journal journal;
    struct sched *sched = sched_create();
    struct owner owners[EVENTS];
    struct model model = {.next_seq = 0};
    uint64_t seed = 1;
    vtime now = 0;

    (void)state;
    for (unsigned i = 0; i < EVENTS; i++) {
        owner_init(&owners[i], i, sched, &journal);
    }
    for (int step = 0; step < 20000; step++) {
        unsigned pick = (unsigned)(random_next(&seed) % EVENTS);

        switch (random_next(&seed) % 4) {
        case 0:
        case 1:
            model.when[pick] = now + random_next(&seed) % 200;
            model.seq[pick] = ++model.next_seq;
            model.is_armed[pick] = true;
            sched_at(sched, &owners[pick].event, model.when[pick]);
            break;
        case 2:
            model.is_armed[pick] = false;
            sched_cancel(sched, &owners[pick].event);
            break;
        default:
            now += random_next(&seed) % 50;
            journal.count = 0;
            sched_run_until(sched, now);
            for (size_t i = 0; i < journal.count; i++) {
                int first = model_first(&model, now);

                assert_int_equal(journal.ids[i], first);
                model.is_armed[first] = false;
            }
            assert_int_equal(model_first(&model, now), -1);
        }
    }
    sched_destroy(sched);
}

static void the_background_keeps_nobody_waiting(void **state)
{
    static struct journal journal;
    struct sched *sched = sched_create();
    struct owner owners[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        owner_init(&owners[i], i, sched, &journal);
    }
    assert_int_equal(sched_next_waking(sched), VTIME_NEVER);
    sched_at(sched, &owners[0].event, 10);
    sched_at(sched, &owners[1].event, 30);
    sched_at(sched, &owners[2].event, 20);
    assert_int_equal(sched_next_waking(sched), 10);
    owners[0].event.is_background = true;
    assert_int_equal(sched_next(sched), 10);
    assert_int_equal(sched_next_waking(sched), 20);
    owners[1].event.is_background = true;
    owners[2].event.is_background = true;
    assert_int_equal(sched_next_waking(sched), VTIME_NEVER);
    journal.count = 0;
    sched_run_until(sched, 100);
    assert_int_equal(journal.count, 3);
    sched_destroy(sched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_fire_in_time_order_and_ties_in_arming_order),
        cmocka_unit_test(a_handler_may_rearm_its_own_event),
        cmocka_unit_test(moving_and_cancelling_leave_no_trace),
        cmocka_unit_test(time_never_goes_backwards),
        cmocka_unit_test(the_background_keeps_nobody_waiting),
        cmocka_unit_test(random_life_equals_a_sorted_array),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
