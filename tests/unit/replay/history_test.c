/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run that was recorded, from one core and from four: each of its places is the same however it is come to, and
 * what is asked backwards is what happened last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/trace.h"
#include "tests/unit/replay/history_guest.h"
#include "tests/unit/replay/history_world.h"

#define PLACES 60

struct place {
    struct machine_instant at;
    uint64_t hash;
    uint64_t seq;
};

static void expect_stop(enum history_stop stop, enum history_stop wanted, const struct error *err)
{
    if (stop != wanted) print_error("stop %d, not %d: %s\n", (int)stop, (int)wanted, err->text);
    assert_int_equal(stop, wanted);
}
#define THERE(call) expect_stop((call), HISTORY_THERE, &err)

static struct place here(struct world *world)
{
    struct history_place at;
    struct place place;

    history_here(world->history, &at);
    place.at = at.at;
    place.seq = at.seq;
    place.hash = world_hash(world);
    return place;
}

static void expect_place(struct world *world, const struct place *place)
{
    const struct place now = here(world);

    assert_int_equal(machine_instant_compare(world->machine, &now.at, &place->at), 0);
    assert_int_equal(now.seq, place->seq);
    assert_int_equal(now.hash, place->hash);
}

/* Places in the order of time; the machine only went forwards. */
static void find_places(struct world *world, struct place *places, size_t count)
{
    struct error err = ERROR_INIT;
    struct history_stats stats;
    uint64_t seed = 1;

    for (size_t i = 0; i < count; i++) {
        const vtime when = WORLD_END / (count + 1) * (i + 1) + world_random(&seed) % VTIME_US(900);

        THERE(history_goto_time(world->history, when, &err));
        for (uint32_t k = world_random(&seed) % 30; k > 0; k--) {
            THERE(history_step_forward(world->history, k % 3 == 0 ? HISTORY_BLOCK : HISTORY_INSN,
                                       &err));
        }
        places[i] = here(world);
    }
    history_get_stats(world->history, &stats);
    assert_int_equal(stats.restores, 0);
}

static void each_place_is_the_same_however_it_is_come_to(void **state)
{
    static const unsigned core_counts[] = {1, 4};
    (void)state;
    for (size_t c = 0; c < 2; c++) {
        struct recording *recording = world_record(core_counts[c]);
        struct place places[PLACES];
        struct error err = ERROR_INIT;
        struct history_stats stats;
        struct world world;
        uint64_t seed = 7;

        world_open(&world, core_counts[c], recording);
        find_places(&world, places, PLACES);
        world_end(&world);
        world_open(&world, core_counts[c], recording);
        for (unsigned i = 0; i < 200; i++) {
            const struct place *place = &places[world_random(&seed) % PLACES];

            THERE(history_goto(world.history, &place->at, &err));
            expect_place(&world, place);
        }
        history_get_stats(world.history, &stats);
        print_message("%u cores: %zu checkpoints, %llu bytes, %llu restores, %llu events and %llu "
                      "beats checked\n",
                      core_counts[c], stats.checkpoints, (unsigned long long)stats.checkpoint_bytes,
                      (unsigned long long)stats.restores, (unsigned long long)stats.checked_events,
                      (unsigned long long)stats.checked_beats);
        world_end(&world);
        (void)recording_close(recording, &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_is_the_same_however_it_is_come_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
