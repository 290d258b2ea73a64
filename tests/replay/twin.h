/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run of a recording made again without any history: from power-on, only forwards, with the recorded inputs put in
 * by hand, and with a copy of the disk as it was before. What a history shows must be what is here. And: what two machines
 * that should be the same differ in.
 */
#pragma once

#include <stdio.h>

#include "emu/app/made_machine.h"
#include "emu/debug/replay/recording.h"
#include "emu/disk/disk.h"
#include "emu/machine/machine_disk.h"

struct twin {
    struct recording *recording; /* borrowed: setup and inputs are asked of it */
    struct disk *disk;           /* NULL: the machine has none */
    struct machine_disk machine_disk;
    struct made_machine made;
    size_t next_input;
};

/* `disk`: directory with the contents that the run began with; it is not changed. NULL: none. `twin` must stay in
 * place. -1 with `err`; twin_close() is due then, too. */
int twin_open(struct twin *twin, struct recording *recording, const char *disk, struct error *err);
void twin_close(struct twin *twin);
/* Forwards to an instant; inputs there have come in. -1: the run does not pass it. */
int twin_run(struct twin *twin, const struct machine_instant *to);

/* ---- What is in a machine ---- */

/* Hashes of all that there is at an instant. Cores: within a block only general, segment, control and debug registers.
 * Whole: a checkpoint, which has the run loop and the cores' order, too; 0 where the machine does not stand at an edge.
 * Disk: contents and notes of both modules. Picture: what the display would show; 0: nothing. */
struct twin_view {
    uint64_t events;
    uint64_t cores;
    uint64_t devices;
    uint64_t memories;
    uint64_t whole;
    uint64_t disk;
    uint64_t picture;
};
struct twin_view twin_look(struct machine *machine, const struct machine_disk *disk);
/* Says in a few words which of them differ. */
void twin_name(const struct twin_view *one, const struct twin_view *other, FILE *file);

/* Prints what differs first: event, register of a core or device, byte of a memory or of the disk. */
void twin_compare(struct machine *machine, const struct machine_disk *disk, const struct twin *twin,
                  FILE *file);
