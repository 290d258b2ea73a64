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
        places[i] = world_here(world);
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
            world_expect(&world, place);
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

/* ---- Steps ---- */

#define STEPS 25

/* Forwards step by step, and back the same way. */
static void step_there_and_back(struct world *world, enum history_step step)
{
    struct place passed[STEPS + 1];
    struct error err = ERROR_INIT;

    /* A time that was asked for may be a place where no step comes by. */
    THERE(history_step_forward(world->history, step, &err));
    for (size_t i = 0; i < STEPS; i++) {
        passed[i] = world_here(world);
        THERE(history_step_forward(world->history, step, &err));
    }
    for (size_t i = STEPS; i > 0; i--) {
        THERE(history_step_back(world->history, step, &err));
        if (i == STEPS || step != HISTORY_EVENT) {
            world_expect(world, &passed[i - 1]);
        }
    }
}

/* One event back is the event before, and no place lies between them. */
static void step_events_back(struct world *world)
{
    struct error err = ERROR_INIT;
    struct history_place before;
    struct history_place now;

    for (size_t i = 0; i < STEPS; i++) {
        history_here(world->history, &before);
        THERE(history_step_back(world->history, HISTORY_EVENT, &err));
        history_here(world->history, &now);
        assert_true(now.seq < before.seq);
        assert_true(machine_instant_compare(world->machine, &now.at, &before.at) < 0);
        if (now.seq + 1 < before.seq) continue;
        THERE(history_step_forward(world->history, HISTORY_EVENT, &err));
        history_here(world->history, &now);
        assert_int_equal(now.seq, before.seq);
        THERE(history_step_back(world->history, HISTORY_EVENT, &err));
    }
}

static void a_step_back_undoes_a_step(void **state)
{
    const vtime times[] = {VTIME_US(900), VTIME_US(20110), VTIME_US(100003), VTIME_US(250990),
                           VTIME_US(400000)};
    (void)state;
    for (unsigned cores = 1; cores <= 4; cores += 3) {
        struct recording *recording = world_record(cores);
        struct error err = ERROR_INIT;
        struct world world;

        world_open(&world, cores, recording);
        for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
            THERE(history_goto_time(world.history, times[i], &err));
            step_there_and_back(&world, HISTORY_INSN);
            step_there_and_back(&world, HISTORY_BLOCK);
        }
        THERE(history_goto_time(world.history, times[3], &err));
        step_events_back(&world);
        world_end(&world);
        (void)recording_close(recording, &err);
    }
}

static void begin_and_end_are_told(void **state)
{
    struct recording *recording = world_record(1);
    struct error err = ERROR_INIT;
    struct history_place last;
    struct world world;

    (void)state;
    world_open(&world, 1, recording);
    assert_true(history_is_at_begin(world.history));
    world_expect_stop(history_step_back(world.history, HISTORY_INSN, &err), HISTORY_BEGIN, &err);
    THERE(history_step_forward(world.history, HISTORY_INSN, &err));
    THERE(history_step_forward(world.history, HISTORY_BLOCK, &err));
    THERE(history_step_back(world.history, HISTORY_BLOCK, &err));
    world_expect_stop(history_run_back(world.history, &err), HISTORY_BEGIN, &err);
    assert_true(history_is_at_begin(world.history));
    world_expect_stop(history_run(world.history, VTIME_NEVER, &err), HISTORY_END, &err);
    assert_true(history_is_at_end(world.history));
    history_last(world.history, &last);
    assert_true(last.when >= WORLD_END);
    world_expect_stop(history_step_forward(world.history, HISTORY_INSN, &err), HISTORY_END, &err);
    THERE(history_step_back(world.history, HISTORY_INSN, &err));
    THERE(history_step_forward(world.history, HISTORY_INSN, &err));
    assert_true(history_is_at_end(world.history));
    world_expect_stop(history_goto_event(world.history, last.seq + 1, &err), HISTORY_END, &err);
    world_end(&world);
    (void)recording_close(recording, &err);
}

static void an_event_is_found_behind_what_made_it(void **state)
{
    (void)state;
    for (unsigned cores = 1; cores <= 4; cores += 3) {
        struct recording *recording = world_record(cores);
        struct error err = ERROR_INIT;
        struct history_place last;
        struct history_place now;
        struct world world;
        uint64_t seed = 3;
        uint64_t first;
        uint64_t events;

        world_open(&world, cores, recording);
        history_here(world.history, &now);
        history_last(world.history, &last);
        history_events(world.history).range(history_events(world.history).ctx, &first, &events);
        assert_int_equal(events, last.seq);
        first = now.seq + 1;
        for (unsigned i = 0; i < 25; i++) {
            const uint64_t seq = first + world_random(&seed) % (events - first);

            THERE(history_goto_event(world.history, seq, &err));
            history_here(world.history, &now);
            assert_true(now.seq >= seq);
            THERE(history_step_back(world.history, HISTORY_INSN, &err));
            history_here(world.history, &now);
            assert_true(now.seq < seq);
        }
        world_end(&world);
        (void)recording_close(recording, &err);
    }
}

/* They are in the ring when somebody begins to listen, and belong to the run. */
static void events_of_power_on_are_recorded_and_compared(void **state)
{
    static const struct trace_desc other = {.name = "other"};
    struct recording *recording = world_record(1);
    struct error err = ERROR_INIT;
    struct history_config config = {.recording = recording};
    struct history_stats stats;
    struct history_place here;
    struct trace_items events;
    struct trace_item item;
    struct world world;
    uint64_t first;
    uint64_t last;

    (void)state;
    world_open(&world, 1, recording);
    history_here(world.history, &here);
    assert_true(here.seq > 0);
    events = history_events(world.history);
    events.range(events.ctx, &first, &last);
    assert_int_equal(first, 1);
    assert_true(events.get(events.ctx, 1, &item));
    assert_int_equal(item.when, 0);
    history_get_stats(world.history, &stats);
    assert_int_equal(stats.checked_events, here.seq);
    THERE(history_goto_time(world.history, VTIME_MS(100), &err));
    THERE(history_goto_event(world.history, 1, &err));
    assert_true(history_is_at_begin(world.history));
    world_end(&world);

    config.machine = world_machine(1);
    (void)TRACE(machine_trace(config.machine), NULL, &other, 0);
    assert_null(history_create(&config, &err));
    assert_non_null(strstr(err.text, "the run does not go as it was recorded: event "));
    machine_destroy(config.machine);
    (void)recording_close(recording, &err);
}

/* With an argument: tests whose names match it. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_is_the_same_however_it_is_come_to),
        cmocka_unit_test(a_step_back_undoes_a_step),
        cmocka_unit_test(begin_and_end_are_told),
        cmocka_unit_test(an_event_is_found_behind_what_made_it),
        cmocka_unit_test(events_of_power_on_are_recorded_and_compared),
    };

    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
