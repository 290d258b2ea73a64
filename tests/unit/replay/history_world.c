/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of histories share. */
#include "tests/unit/replay/history_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/hash.h"
#include "emu/core/inbox.h"
#include "tests/unit/machine/rom_machine.h"
#include "tests/unit/replay/history_guest.h"

struct machine *world_paced_machine(unsigned cores, const struct host_pacer *pacer)
{
    const struct rom_machine_host host = {.pacer = *pacer};

    return rom_machine(history_guest_begin, (size_t)(history_guest_end - history_guest_begin),
                       cores, &host);
}

struct machine *world_machine(unsigned cores)
{
    const struct host_pacer none = {.idle = NULL};

    return world_paced_machine(cores, &none);
}

struct recording *world_recording(struct machine *machine)
{
    struct recording_head head = {.setup = "{}"};
    struct error err = ERROR_INIT;
    struct recording *recording;

    machine_get_name(machine, head.machine);
    recording = recording_create(NULL, &head, &err);
    assert_non_null(recording);
    return recording;
}

static void create(struct world *world, const struct history_config *config)
{
    struct error err = ERROR_INIT;

    world->history = history_create(config, &err);
    if (world->history == NULL) print_error("%s\n", err.text);
    assert_non_null(world->history);
}

static void start(struct world *world, struct recording *recording, bool is_live)
{
    const struct history_config config = {
        .machine = world->machine, .recording = recording, .is_live = is_live};

    create(world, &config);
}

/* A host whose time stands still: checkpoints cost nothing. */
static uint64_t no_time(void *ctx)
{
    (void)ctx;
    return 0;
}

void world_begin_dense(struct world *world, unsigned cores, struct recording *recording,
                       uint64_t budget)
{
    struct history_config config = {
        .recording = recording, .is_live = true, .budget = budget, .host_ns = no_time};

    world->machine = config.machine = world_machine(cores);
    create(world, &config);
}

void world_begin_filed(struct world *world, unsigned cores, struct recording *recording)
{
    struct history_config config = {
        .recording = recording, .is_live = true, .is_filed = true, .host_ns = no_time};

    world->machine = config.machine = world_machine(cores);
    create(world, &config);
}

void world_begin(struct world *world, unsigned cores, struct recording *recording)
{
    world->machine = world_machine(cores);
    start(world, recording, true);
}

void world_begin_paced(struct world *world, unsigned cores, struct recording *recording,
                       const struct host_pacer *pacer)
{
    world->machine = world_paced_machine(cores, pacer);
    start(world, recording, true);
}

void world_open(struct world *world, unsigned cores, struct recording *recording)
{
    world->machine = world_machine(cores);
    start(world, recording, false);
}

void world_end(struct world *world)
{
    history_destroy(world->history);
    machine_destroy(world->machine);
}

void world_type(struct machine *machine, const char *text)
{
    struct inbox_message message = {.kind = INBOX_SERIAL, .bytes = (uint8_t)strlen(text)};

    memcpy(message.payload, text, strlen(text));
    assert_true(inbox_post(machine_inbox(machine), &message));
}

struct recording *world_record(unsigned cores)
{
    const vtime pauses[] = {VTIME_US(20123), VTIME_US(33333), VTIME_MS(100) + 17, VTIME_US(250777),
                            VTIME_US(251000)};
    const struct inbox_message nmi = {.kind = INBOX_NMI, .target = (uint8_t)(cores - 1)};
    struct machine *machine = world_machine(cores);
    struct recording *recording = world_recording(machine);
    struct world world = {.machine = machine};

    start(&world, recording, true);
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        assert_int_equal(machine_run(machine, pauses[i]), MACHINE_TIME_LIMIT);
        world_type(machine, "some words");
        if (i % 2 == 0) assert_true(inbox_post(machine_inbox(machine), &nmi));
        world_type(machine, "!");
    }
    assert_int_equal(machine_run(machine, WORLD_END), MACHINE_TIME_LIMIT);
    history_set_end(world.history, MACHINE_TIME_LIMIT);
    world_end(&world);
    return recording;
}

uint64_t world_hash(struct world *world)
{
    struct machine *machine = world->machine;
    struct machine_instant at;
    struct cpu_regs regs;
    uint64_t hash = hash_u64(HASH_SEED, machine_trace_hash(machine));

    for (unsigned i = 0; i < cpu_set_count(machine_cpus(machine)); i++) {
        memset(&regs, 0, sizeof(regs));
        cpu_get_regs(machine_cpu(machine, i), &regs);
        hash = hash_bytes(hash, &regs, sizeof(regs));
    }
    machine_get_instant(machine, &at);
    return at.looked == 0 ? hash_u64(hash, machine_state_hash(machine)) : hash;
}

struct place world_here(struct world *world)
{
    struct history_place at;

    history_here(world->history, &at);
    return (struct place){.at = at.at, .seq = at.seq, .hash = world_hash(world)};
}

void world_expect(struct world *world, const struct place *place)
{
    const struct place now = world_here(world);

    assert_int_equal(machine_instant_compare(world->machine, &now.at, &place->at), 0);
    assert_int_equal(now.seq, place->seq);
    assert_int_equal(now.hash, place->hash);
}

void world_expect_stop(enum history_stop stop, enum history_stop wanted, const struct error *err)
{
    if (stop != wanted) print_error("stop %d, not %d: %s\n", (int)stop, (int)wanted, err->text);
    assert_int_equal(stop, wanted);
}

uint32_t world_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}
