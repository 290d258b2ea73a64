/* SPDX-License-Identifier: GPL-2.0-only */
/* `run --from FILE`: the machine of a snapshot, which goes on from there. */
#pragma once

#include "emu/app/record_setup.h"
#include "emu/app/snapshot_file.h"

struct run_from {
    const char *path; /* NULL: the run begins at power-on */
    vtime until;      /* of this run's options */
    struct snapshot_file file;
    struct record_setup setup;
    char **argv; /* the snapshot's options, then those of this run */
    int argc;
};

/* When `options` (of argv) name a snapshot: reads it, and puts into `options` what both say together. -1 with
 * `err`: it is none, or options of this run would make another machine. run_from_release() is due in any case. */
int run_from_read(struct run_from *from, int argc, char **argv, struct run_options *options,
                  struct error *err) MUST_CHECK;
/* The machine is made: it goes to where the snapshot was taken. */
int run_from_load(const struct run_from *from, struct machine *machine,
                  struct error *err) MUST_CHECK;
/* After the run: strings of the options are gone then. */
void run_from_release(struct run_from *from);
