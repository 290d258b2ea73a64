/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that would notice when its TLB is emptied: what is saved at a beat it does not notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/machine/instant.h"
#include "tests/unit/machine/rom_machine.h"

#define END VTIME_MS(420)

extern const uint8_t stale_guest_begin[];
extern const uint8_t stale_guest_end[];

/* At odd times; between some of them there is no beat. */
static const vtime times[] = {VTIME_US(33123),  VTIME_US(71007),  VTIME_US(77700), VTIME_US(150000),
                              VTIME_US(191919), VTIME_US(250001), VTIME_US(333333)};

struct life {
    struct machine *machine;
    uint64_t said; /* hash */
    uint64_t count;
};

static void hear(void *ctx, const uint8_t *data, size_t bytes)
{
    struct life *life = ctx;

    life->said = hash_bytes(life->said, data, bytes);
    life->count += bytes;
}

static void begin(struct life *life)
{
    const struct rom_machine_host host = {.debug_console = {.write = hear, .ctx = life}};

    *life = (struct life){.said = HASH_SEED};
    life->machine =
        rom_machine(stale_guest_begin, (size_t)(stale_guest_end - stale_guest_begin), 1, &host);
}

static void run_to(struct life *life, vtime when)
{
    assert_int_equal(machine_run(life->machine, when), MACHINE_TIME_LIMIT);
}

/* What is saved goes on in another machine, to the end; -> what that one has said since. */
static void save(struct life *life, bool goes_on, const struct life *straight)
{
    struct error err = ERROR_INIT;
    struct life next;
    void *data;
    size_t bytes;

    assert_int_equal(machine_save(life->machine, &data, &bytes, &err), 0);
    if (goes_on) {
        begin(&next);
        assert_int_equal(machine_load(next.machine, data, bytes, &err), 0);
        next.said = life->said;
        run_to(&next, END);
        assert_int_equal(next.said, straight->said);
        assert_int_equal(machine_trace_hash(next.machine), machine_trace_hash(straight->machine));
        assert_int_equal(machine_state_hash(next.machine), machine_state_hash(straight->machine));
        machine_destroy(next.machine);
    }
    free(data);
}

static void run_straight(struct life *life)
{
    begin(life);
    run_to(life, END);
    assert_true(life->count > 1000);
}

static void a_snapshot_at_a_beat_is_not_noticed(void **state)
{
    struct life straight;
    struct life life;

    (void)state;
    run_straight(&straight);
    begin(&life);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        run_to(&life, machine_beat_from(times[i]));
        save(&life, i % 3 == 0, &straight);
    }
    run_to(&life, END);
    assert_int_equal(life.said, straight.said);
    assert_int_equal(machine_trace_hash(life.machine), machine_trace_hash(straight.machine));
    assert_int_equal(machine_state_hash(life.machine), machine_state_hash(straight.machine));
    machine_destroy(life.machine);
    machine_destroy(straight.machine);
}

/* Or the test above would show nothing. */
static void elsewhere_this_guest_can_tell(void **state)
{
    struct life straight;
    struct life life;

    (void)state;
    run_straight(&straight);
    begin(&life);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        run_to(&life, times[i]);
        save(&life, false, NULL);
    }
    run_to(&life, END);
    assert_int_not_equal(life.said, straight.said);
    machine_destroy(life.machine);
    machine_destroy(straight.machine);
}

static void beats(void **state)
{
    (void)state;
    assert_int_equal(machine_beat_from(0), 0);
    assert_int_equal(machine_beat_from(1), MACHINE_BEAT);
    assert_int_equal(machine_beat_from(MACHINE_BEAT), MACHINE_BEAT);
    assert_int_equal(machine_beat_from(MACHINE_BEAT + 1), 2 * MACHINE_BEAT);
    assert_int_equal(machine_beat_from(VTIME_NEVER), VTIME_NEVER);
    assert_int_equal(machine_beat_from(VTIME_NEVER - 1), VTIME_NEVER - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_at_a_beat_is_not_noticed),
        cmocka_unit_test(elsewhere_this_guest_can_tell),
        cmocka_unit_test(beats),
    };

    return cmocka_run_group_tests_name("snapshots and TLBs", tests, NULL, NULL);
}
