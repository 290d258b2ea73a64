/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines with the guest of history_guest.S, their recordings and histories. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/debug/replay/history.h"

/* The whole run. */
#define WORLD_END VTIME_MS(420)

struct world {
    struct machine *machine;
    struct history *history;
};

struct machine *world_machine(unsigned cores);
struct recording *world_recording(struct machine *machine);
/* `world` with a live history of a machine at power-on, in front of `recording`. */
void world_begin(struct world *world, unsigned cores, struct recording *recording);
/* A recorded run to WORLD_END with things typed at odd times; NULL in `*recording` makes one. */
struct recording *world_record(unsigned cores);
/* A machine at the begin of a recorded run. */
void world_open(struct world *world, unsigned cores, struct recording *recording);
void world_end(struct world *world);

/* Posts what somebody types; takes effect at the next edge. */
void world_type(struct machine *machine, const char *text);

/* Everything that can be seen of the machine where it stands. */
uint64_t world_hash(struct world *world);

/* A small generator: the same numbers everywhere. */
uint32_t world_random(uint64_t *seed);
