/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes that hit: running stops at each hit, forwards and backwards, at the same places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/replay/history_guest.h"
#include "tests/unit/replay/history_world.h"

#define PORT_TYPED 0xe9
#define HITS_MAX   128

enum { ID_PORT = 1, ID_TYPED, ID_MARKER };

/* Where something is in the guest's copy of its code. */
#define IN_COPY(symbol) (GUEST_COPY + (uint64_t)((symbol)-history_guest_code))

static void on_bus(void *ctx, bool is_port, uint64_t addr, unsigned bytes, bool is_write,
                   uint64_t value)
{
    struct world *world = ctx;

    (void)bytes;
    (void)value;
    if (is_port && is_write && addr == PORT_TYPED) history_hit(world->history, true, ID_PORT);
}

static void on_code(void *ctx, unsigned core, uint64_t pc)
{
    struct world *world = ctx;

    (void)core;
    history_hit(world->history, false, pc == IN_COPY(history_guest_typed) ? ID_TYPED : ID_MARKER);
}

static void watch_port(struct world *world)
{
    const struct machine_probe probe = {.ctx = world, .bus = on_bus};

    machine_set_probe(world->machine, &probe);
}

static void watch_code(struct world *world, const uint8_t *symbol)
{
    const struct cpu_probe probe = {.ctx = world, .code = on_code};
    const uint64_t pc = IN_COPY(symbol);

    cpu_set_probe(machine_cpus(world->machine), &probe);
    assert_true(cpu_set_probe_code(machine_cpus(world->machine), &pc, 1));
}

static void expect_ids(struct world *world, uint32_t id)
{
    uint32_t ids[4];

    assert_int_equal(history_hits(world->history, ids, 4), 1);
    assert_int_equal(ids[0], id);
}

/* All places forwards, then the same backwards. */
static size_t there_and_back(struct world *world, struct place *places, uint32_t id)
{
    struct error err = ERROR_INIT;
    enum history_stop stop;
    size_t count = 0;

    for (;;) {
        stop = history_run(world->history, VTIME_NEVER, &err);
        if (stop == HISTORY_END) break;
        world_expect_stop(stop, HISTORY_HIT, &err);
        expect_ids(world, id);
        assert_true(count < HITS_MAX);
        places[count] = world_here(world);
        count++;
    }
    for (size_t i = count; i > 0; i--) {
        world_expect_stop(history_run_back(world->history, &err), HISTORY_HIT, &err);
        expect_ids(world, id);
        world_expect(world, &places[i - 1]);
    }
    world_expect_stop(history_run_back(world->history, &err), HISTORY_BEGIN, &err);
    return count;
}

static void hits_behind_and_in_front_are_found_both_ways(void **state)
{
    (void)state;
    for (unsigned cores = 1; cores <= 4; cores += 3) {
        struct recording *recording = world_record(cores);
        struct place places[HITS_MAX];
        struct error err = ERROR_INIT;
        struct world world;
        struct cpu_regs regs;

        world_open(&world, cores, recording);
        watch_port(&world);
        /* Each byte that was typed. */
        assert_int_equal(there_and_back(&world, places, ID_PORT), 5 * 11);
        world_end(&world);

        world_open(&world, cores, recording);
        watch_code(&world, history_guest_typed);
        assert_true(there_and_back(&world, places, ID_TYPED) >= 5);
        THERE(history_goto(world.history, &places[0].at, &err));
        cpu_get_regs(machine_cpu(world.machine, 0), &regs);
        assert_int_equal(regs.segment[1].base + regs.rip, IN_COPY(history_guest_typed));
        world_end(&world);
        (void)recording_close(recording, &err);
    }
}

/* A place that is passed ten thousands of times: the hit before a hit is the one that is followed by it. */
static void a_busy_place_is_found_hit_by_hit(void **state)
{
    (void)state;
    for (unsigned cores = 1; cores <= 4; cores += 3) {
        struct recording *recording = world_record(cores);
        struct error err = ERROR_INIT;
        struct place places[4];
        struct world world;

        world_open(&world, cores, recording);
        watch_code(&world, history_guest_marker);
        THERE(history_goto_time(world.history, VTIME_US(150123), &err));
        for (size_t i = 0; i < ARRAY_LEN(places); i++) {
            world_expect_stop(history_run(world.history, VTIME_NEVER, &err), HISTORY_HIT, &err);
            expect_ids(&world, ID_MARKER);
            places[i] = world_here(&world);
        }
        for (size_t i = ARRAY_LEN(places) - 1; i > 0; i--) {
            world_expect_stop(history_run_back(world.history, &err), HISTORY_HIT, &err);
            world_expect(&world, &places[i - 1]);
        }
        world_end(&world);
        (void)recording_close(recording, &err);
    }
}

static void a_limit_ends_a_run(void **state)
{
    struct recording *recording = world_record(1);
    struct error err = ERROR_INIT;
    struct world world;

    (void)state;
    world_open(&world, 1, recording);
    THERE(history_run(world.history, VTIME_MS(77), &err));
    assert_in_range(machine_now(world.machine), VTIME_MS(77), VTIME_MS(78));
    THERE(history_run(world.history, VTIME_MS(77), &err));
    THERE(history_run(world.history, VTIME_MS(107), &err));
    assert_in_range(machine_now(world.machine), VTIME_MS(107), VTIME_MS(108));
    world_end(&world);
    (void)recording_close(recording, &err);
}

/* With an argument: tests whose names match it. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_behind_and_in_front_are_found_both_ways),
        cmocka_unit_test(a_busy_place_is_found_hit_by_hit),
        cmocka_unit_test(a_limit_ends_a_run),
    };

    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
