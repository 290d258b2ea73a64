/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a run is kept for later: a recording (--record), a past to go back in (--gdb). */
#pragma once

#include "emu/app/record_setup.h"
#include "emu/app/run_options.h"
#include "emu/debug/replay/history.h"
#include "emu/machine/machine_disk.h"

struct run_record {
    bool is_live;                /* for --gdb: the run can go back, its disk is only read */
    struct recording *recording; /* NULL: nothing is recorded */
    struct replay_disk *disks[RAID0_MODULES];
    struct machine_disk disk;
    struct history *history;
    struct machine *machine;
};

/* Before the machine is made. `run` says what is recorded; run_record_disk() says what the machine gets instead of its
 * disk. -1 with `err`. */
int run_record_open(struct run_record *record, const struct run_options *options,
                    const struct record_run *run, struct error *err) MUST_CHECK;
const struct machine_disk *run_record_disk(const struct run_record *record,
                                           const struct machine_disk *disk);
/* The machine is there, at power-on. */
int run_record_start(struct run_record *record, struct machine *machine,
                     struct error *err) MUST_CHECK;
/* The run has ended; before the machine goes. -1 with `err`: what the host could not keep. Harmless when
 * nothing was opened. */
int run_record_finish(struct run_record *record, enum machine_stop stop,
                      struct error *err) MUST_CHECK;
/* After the machine is gone. */
void run_record_release(struct run_record *record);
