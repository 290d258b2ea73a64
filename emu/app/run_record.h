/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a run is kept for later: a recording (--record), a past to go back in (--gdb, --debug). */
#pragma once

#include "emu/app/record_setup.h"
#include "emu/app/run_options.h"
#include "emu/core/host.h"
#include "emu/debug/replay/history.h"
#include "emu/machine/machine_disk.h"

struct run_record {
    bool is_live; /* for --gdb and --debug: the run can go back, its disk is only read */
    struct recording *recording; /* NULL: nothing is recorded */
    struct replay_disk *disks[RAID0_MODULES];
    struct machine_disk disk;
    struct history *history;
    struct machine *machine;
    struct host_pacer pacer; /* run_record_pacer() */
    bool is_debugged; /* somebody waits for keys while the machine runs: it does not wait long */
};

/* A way out of the machine, on which nothing is said a second time. */
struct run_record_sink {
    const struct run_record *record;
    struct host_sink to;
};

/* Before the machine is made. `run` says what is recorded (without --from, when `options` name no snapshot any more: it
 * begins at power-on); run_record_disk() says what the machine gets instead of its
 * disk. -1 with `err`. */
int run_record_open(struct run_record *record, const struct run_options *options,
                    const struct record_run *run, struct error *err) MUST_CHECK;
const struct machine_disk *run_record_disk(const struct run_record *record,
                                           const struct machine_disk *disk);
/* After run_record_open(), for the machine: what it says, and its pace, while its past is not being repeated. `once`
 * is filled in and outlives the machine. */
struct host_sink run_record_sink(const struct run_record *record, struct run_record_sink *once,
                                 struct host_sink to);
struct host_pacer run_record_pacer(struct run_record *record, struct host_pacer to);
/* The machine is there, at power-on. */
int run_record_start(struct run_record *record, struct machine *machine,
                     struct error *err) MUST_CHECK;
/* The run has ended; before the machine goes. -1 with `err`: what the host could not keep. Harmless when
 * nothing was opened. */
int run_record_finish(struct run_record *record, enum machine_stop stop,
                      struct error *err) MUST_CHECK;
/* After the machine is gone. */
void run_record_release(struct run_record *record);
