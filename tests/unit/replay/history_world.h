/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines with the guest of history_guest.S, their recordings and histories. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/debug/replay/history.h"

/* history_guest.S; the code's copy is at GUEST_COPY. */
extern const uint8_t history_guest_begin[];
extern const uint8_t history_guest_end[];
extern const uint8_t history_guest_code[];
extern const uint8_t history_guest_typed[];
extern const uint8_t history_guest_marker[];

/* The whole run. */
#define WORLD_END VTIME_MS(420)

struct world {
    struct machine *machine;
    struct history *history;
};

struct machine *world_machine(unsigned cores);
struct machine *world_paced_machine(unsigned cores, const struct host_pacer *pacer);
struct recording *world_recording(struct machine *machine);
/* `world` with a live history of a machine at power-on, in front of `recording`. */
void world_begin(struct world *world, unsigned cores, struct recording *recording);
void world_begin_paced(struct world *world, unsigned cores, struct recording *recording,
                       const struct host_pacer *pacer);
/* A recorded run to WORLD_END with things typed at odd times. */
struct recording *world_record(unsigned cores);
/* A machine at the begin of a recorded run. */
void world_open(struct world *world, unsigned cores, struct recording *recording);
void world_end(struct world *world);

/* A live history whose machine takes a checkpoint at every beat; `budget` as history_config's. */
void world_begin_dense(struct world *world, unsigned cores, struct recording *recording,
                       uint64_t budget);

/* The same with the recording in a file, and checkpoints in it. */
void world_begin_filed(struct world *world, unsigned cores, struct recording *recording);

/* Posts what somebody types; takes effect at the next edge. */
void world_type(struct machine *machine, const char *text);

/* Everything that can be seen of the machine where it stands. */
uint64_t world_hash(struct world *world);

/* Where the machine stands. */
struct place {
    struct machine_instant at;
    uint64_t hash;
    uint64_t seq;
};
struct place world_here(struct world *world);
void world_expect(struct world *world, const struct place *place);
void world_expect_stop(enum history_stop stop, enum history_stop wanted, const struct error *err);
#define THERE(call) world_expect_stop((call), HISTORY_THERE, &err)

/* A small generator: the same numbers everywhere. */
uint32_t world_random(uint64_t *seed);
