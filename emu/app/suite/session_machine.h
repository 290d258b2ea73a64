/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine of a session: made as `spacegray run --headless` makes it, with a disk whose writes are temporary, and
 * recorded when somebody wants that.
 */
#pragma once

#include "emu/app/made_machine.h"
#include "emu/app/run_disk.h"
#include "emu/app/run_from.h"
#include "emu/app/run_record.h"
#include "emu/app/suite/session_ports.h"
#include "emu/app/suite/suite.h"

/* As the clock of a machine that `spacegray run --headless` makes. */
int64_t session_machine_rtc(const struct run_options *options);

struct session_machine_config {
    const struct suite_machine *wanted; /* borrowed */
    const char *scratch;
    const char *record_path; /* NULL: no recording */
    struct session_ports *ports;
};

struct session_machine {
    struct session_machine_config config;
    struct run_options options;
    struct run_from from;
    struct made_machine made;
    struct run_disk disk;
    struct run_record record;
    atomic_uint_least64_t activity;
    int argc; /* how this machine is described in a recording */
    char **argv;
    char **kept;    /* argv without --from, after a power cut; NULL: not needed */
    unsigned disks; /* made in the scratch folder so far */
    struct machine *machine;
};

/* At power-on or where options.from was saved. `machine` is all zero and must stay in place. -1 with `err`;
 * session_machine_close() is due then, too. */
int session_machine_open(struct session_machine *machine,
                         const struct session_machine_config *config, struct error *err) MUST_CHECK;
/* The power goes (run_disk_cut(); `seed` chooses), and comes again: another machine, with what is in the flash then, at
 * power-on; its clock shows `elapsed` more than that of the first one did. The recording begins anew. -1 with `err`: there
 * is no machine any more. */
int session_machine_cut(struct session_machine *machine, uint64_t seed, vtime elapsed,
                        struct error *err) MUST_CHECK;
/* Now and then: what is recorded gets to the file. -1 with `err`. */
int session_machine_flush(struct session_machine *machine, struct error *err) MUST_CHECK;
/* Why the disk cannot go on; kind ERROR_NONE: it can. */
const struct error *session_machine_trouble(const struct session_machine *machine);
/* In a forked process. */
int session_machine_part(struct session_machine *machine, struct error *err) MUST_CHECK;
/* `stop`: how the run ended, for the recording. -1 with `err`: what the host could not keep. */
int session_machine_close(struct session_machine *machine, enum machine_stop stop,
                          struct error *err) MUST_CHECK;
