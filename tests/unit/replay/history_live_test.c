/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histories that grow: a machine goes back and comes forward again, goes on, and goes another way; what it costs
 * is bounded; and a run that is not the recorded one is found out.
 */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "tests/unit/replay/history_guest.h"
#include "tests/unit/replay/history_world.h"

/* The store of blobs has room of its own for what it reads. */
#define BUDGET UINT64_C(1200000)
#define STORE  (UINT64_C(9) << 18)
#define LEG    VTIME_MS(400)

static uint8_t typed(struct world *world)
{
    uint8_t page[MACHINE_PAGE_BYTES];

    for (size_t i = 0; i < machine_memory_count(world->machine); i++) {
        if (strcmp(machine_memory_name(world->machine, i), "/ram") != 0) continue;
        machine_memory_get(world->machine, i, 0, page);
        return page[TYPED];
    }
    return 0;
}

static void a_live_run_goes_back_and_on(void **state)
{
    (void)state;
    for (unsigned cores = 1; cores <= 4; cores += 3) {
        struct machine *straight = world_machine(cores);
        struct recording *recording = world_recording(straight);
        struct error err = ERROR_INIT;
        struct place end;
        struct world world;

        world_begin(&world, cores, recording);
        THERE(history_run(world.history, VTIME_MS(130), &err));
        assert_false(history_is_replaying(world.history));
        end = world_here(&world);
        THERE(history_goto_time(world.history, VTIME_MS(60), &err));
        assert_true(history_is_replaying(world.history));
        THERE(history_step_back(world.history, HISTORY_INSN, &err));
        THERE(history_goto(world.history, &end.at, &err));
        world_expect(&world, &end);
        assert_false(history_is_replaying(world.history));
        THERE(history_step_back(world.history, HISTORY_BLOCK, &err));
        /* Through what is known, and on. */
        THERE(history_run(world.history, VTIME_MS(200), &err));
        assert_false(history_is_replaying(world.history));
        assert_int_equal(machine_run(straight, VTIME_MS(200)), MACHINE_TIME_LIMIT);
        assert_int_equal(machine_trace_hash(straight), machine_trace_hash(world.machine));
        assert_int_equal(machine_state_hash(straight), machine_state_hash(world.machine));
        world_end(&world);
        machine_destroy(straight);
        (void)recording_close(recording, &err);
    }
}

/* A person who types just when the cores have halted, and a host that has no time to wait. */
struct typist {
    struct world *world;
    unsigned calls;
    unsigned words;
};

static uint64_t idle(void *ctx, uint64_t now, uint64_t next)
{
    struct typist *typist = ctx;

    if (history_is_replaying(typist->world->history)) return next;
    typist->calls++;
    if (typist->calls % 7 != 0) return next;
    if (typist->calls % 2 == 0) return now + (next - now) / 2;
    world_type(typist->world->machine, "w");
    typist->words++;
    return now;
}

static void what_is_typed_into_a_resting_machine_is_typed_again(void **state)
{
    (void)state;
    for (unsigned cores = 1; cores <= 4; cores += 3) {
        struct machine *other = world_machine(cores);
        struct recording *recording = world_recording(other);
        struct error err = ERROR_INIT;
        struct world world = {.machine = NULL};
        struct typist typist = {.world = &world};
        const struct host_pacer pacer = {.ctx = &typist, .idle = idle};
        struct place end;

        machine_destroy(other);
        world_begin_paced(&world, cores, recording, &pacer);
        THERE(history_run(world.history, VTIME_MS(300), &err));
        assert_true(typist.words > 2);
        end = world_here(&world);
        THERE(history_goto_time(world.history, VTIME_MS(10), &err));
        THERE(history_goto(world.history, &end.at, &err));
        world_expect(&world, &end);
        world_end(&world);
        (void)recording_close(recording, &err);
    }
}

static void what_is_typed_in_the_past_waits_until_it_is_cut(void **state)
{
    struct machine *other = world_machine(1);
    struct recording *recording = world_recording(other);
    struct error err = ERROR_INIT;
    struct history_place last;
    struct place place;
    struct world world;

    (void)state;
    machine_destroy(other);
    world_begin(&world, 1, recording);
    THERE(history_run(world.history, VTIME_MS(50), &err));
    world_type(world.machine, "a");
    THERE(history_run(world.history, VTIME_MS(150), &err));
    assert_int_equal(typed(&world), 'a');
    THERE(history_goto_time(world.history, VTIME_MS(30), &err));
    world_type(world.machine, "b");
    THERE(history_goto_time(world.history, VTIME_MS(100), &err));
    assert_int_equal(typed(&world), 'a');
    assert_int_equal(history_cut(world.history, &err), 0);
    assert_false(history_is_replaying(world.history));
    history_last(world.history, &last);
    assert_in_range(last.when, VTIME_MS(100), VTIME_MS(101));
    THERE(history_run(world.history, VTIME_MS(170), &err));
    assert_int_equal(typed(&world), 'b');
    place = world_here(&world);
    THERE(history_goto_time(world.history, VTIME_MS(70), &err));
    assert_int_equal(typed(&world), 'a');
    THERE(history_goto(world.history, &place.at, &err));
    world_expect(&world, &place);
    world_end(&world);
    (void)recording_close(recording, &err);
}

static void checkpoints_keep_to_their_budget(void **state)
{
    struct machine *other = world_machine(1);
    struct recording *recording = world_recording(other);
    struct error err = ERROR_INIT;
    struct history_stats stats;
    struct place places[6];
    struct world world;

    (void)state;
    machine_destroy(other);
    world_begin_dense(&world, 1, recording, BUDGET);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        THERE(history_run(world.history, LEG * (i + 1), &err));
        places[i] = world_here(&world);
        history_get_stats(world.history, &stats);
        assert_true(stats.checkpoint_bytes <= BUDGET);
        assert_true(stats.checkpoints >= 3);
    }
    /* Fewer than beats, and all of the run is still there. */
    print_message("%zu checkpoints, %llu bytes\n", stats.checkpoints,
                  (unsigned long long)stats.checkpoint_bytes);
    assert_true(stats.checkpoints < ARRAY_LEN(places) * LEG / MACHINE_BEAT);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const size_t index = i * 5 % ARRAY_LEN(places);

        THERE(history_goto(world.history, &places[index].at, &err));
        world_expect(&world, &places[index]);
    }
    history_get_stats(world.history, &stats);
    print_message("%zu checkpoints, %llu bytes\n", stats.checkpoints,
                  (unsigned long long)stats.checkpoint_bytes);
    assert_true(stats.checkpoint_bytes <= BUDGET + STORE);
    world_end(&world);
    (void)recording_close(recording, &err);
}

static struct recording *create_file(const char *path, unsigned cores)
{
    struct machine *machine = world_machine(cores);
    struct recording_head head = {.setup = "{}"};
    struct error err = ERROR_INIT;
    struct recording *recording;

    machine_get_name(machine, head.machine);
    machine_destroy(machine);
    recording = recording_create(path, &head, &err);
    assert_non_null(recording);
    return recording;
}

static void a_file_brings_its_checkpoints(void **state)
{
    char path[] = "/tmp/history_test_XXXXXX";
    const int fd = mkstemp(path);
    struct error err = ERROR_INIT;
    struct history_stats stats;
    struct recording *recording;
    struct place places[5];
    struct world world;

    (void)state;
    assert_true(fd >= 0);
    recording = create_file(path, 1);
    world_begin_filed(&world, 1, recording);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        world_type(world.machine, "text");
        THERE(history_run(world.history, VTIME_MS(600) * (i + 1), &err));
        places[i] = world_here(&world);
        /* What comes in at an edge has come in for who goes there. */
        THERE(history_run(world.history, VTIME_MS(600) * (i + 1) + VTIME_MS(1), &err));
        assert_int_equal(history_flush(world.history, &err), 0);
    }
    history_set_end(world.history, MACHINE_TIME_LIMIT);
    world_end(&world);
    assert_int_equal(recording_close(recording, &err), 0);

    recording = recording_open(path, &err);
    assert_non_null(recording);
    assert_true(recording_checkpoint_count(recording) >= 2);
    world_open(&world, 1, recording);
    for (size_t i = ARRAY_LEN(places); i > 0; i--) {
        THERE(history_goto(world.history, &places[i - 1].at, &err));
        world_expect(&world, &places[i - 1]);
    }
    history_get_stats(world.history, &stats);
    assert_true(stats.restores > 0);
    world_end(&world);
    (void)recording_close(recording, &err);
    (void)close(fd);
    (void)unlink(path);
}

/* The same run with another byte typed. */
static struct recording *falsify(struct recording *from)
{
    struct recording *recording = recording_create(NULL, recording_head(from), NULL);
    const void *data;
    uint64_t cursor = 0;
    size_t bytes;

    assert_non_null(recording);
    for (size_t i = 0; i < recording_input_count(from); i++) {
        struct recording_input input = *recording_input(from, i);

        if (i == 3) input.message.payload[3] ^= 1;
        assert_true(recording_add_input(recording, &input));
    }
    for (size_t i = 0; i < recording_beat_count(from); i++) {
        assert_true(recording_add_beat(recording, recording_beat(from, i)));
    }
    while ((data = trace_log_save(recording_events(from), true, &cursor, &bytes)) != NULL) {
        assert_int_equal(trace_log_load(recording_events(recording), data, bytes, NULL), 0);
    }
    recording_set_end(recording, recording_end(from));
    return recording;
}

static void the_first_event_that_differs_is_named(void **state)
{
    struct recording *good = world_record(1);
    struct recording *recording = falsify(good);
    const vtime changed = recording_input(recording, 3)->at.edge;
    struct error err = ERROR_INIT;
    struct world world;
    struct place place;

    (void)state;
    world_open(&world, 1, recording);
    world_expect_stop(history_run(world.history, VTIME_NEVER, &err), HISTORY_DIVERGED, &err);
    print_message("%s\n", err.text);
    assert_non_null(strstr(err.text, "was \""));
    assert_non_null(strstr(err.text, "is \""));
    err = (struct error)ERROR_INIT;
    world_expect_stop(history_step_forward(world.history, HISTORY_INSN, &err), HISTORY_DIVERGED,
                      &err);
    THERE(history_goto_time(world.history, changed - VTIME_MS(1), &err));
    place = world_here(&world);
    THERE(history_step_back(world.history, HISTORY_INSN, &err));
    THERE(history_goto(world.history, &place.at, &err));
    world_expect(&world, &place);
    world_end(&world);
    (void)recording_close(recording, &err);
    (void)recording_close(good, &err);
}

static void interrupt(void *ctx, int permille)
{
    (void)permille;
    history_interrupt(ctx);
}

static void a_motion_can_be_interrupted(void **state)
{
    struct recording *recording = world_record(1);
    struct error err = ERROR_INIT;
    struct world world;

    (void)state;
    world_open(&world, 1, recording);
    history_set_progress(world.history, interrupt, world.history);
    world_expect_stop(history_run(world.history, VTIME_NEVER, &err), HISTORY_INTERRUPTED, &err);
    assert_true(machine_now(world.machine) < VTIME_MS(120));
    history_set_progress(world.history, NULL, NULL);
    world_expect_stop(history_run(world.history, VTIME_NEVER, &err), HISTORY_END, &err);
    world_end(&world);
    (void)recording_close(recording, &err);
}

static void another_machine_is_refused(void **state)
{
    struct recording *recording = world_record(1);
    struct machine *machine = world_machine(2);
    const struct history_config config = {.machine = machine, .recording = recording};
    struct error err = ERROR_INIT;

    (void)state;
    assert_null(history_create(&config, &err));
    assert_non_null(strstr(err.text, "another machine"));
    machine_destroy(machine);
    (void)recording_close(recording, &err);
}

/* With an argument: tests whose names match it. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_run_goes_back_and_on),
        cmocka_unit_test(what_is_typed_into_a_resting_machine_is_typed_again),
        cmocka_unit_test(what_is_typed_in_the_past_waits_until_it_is_cut),
        cmocka_unit_test(checkpoints_keep_to_their_budget),
        cmocka_unit_test(a_file_brings_its_checkpoints),
        cmocka_unit_test(the_first_event_that_differs_is_named),
        cmocka_unit_test(a_motion_can_be_interrupted),
        cmocka_unit_test(another_machine_is_refused),
    };

    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
