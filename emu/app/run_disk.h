/* SPDX-License-Identifier: GPL-2.0-only */
/* The disk of `spacegray run`: opens the directory, hands it to the machine, cuts its power. */
#pragma once

#include <stdatomic.h>

#include "emu/app/run_options.h"
#include "emu/app/secret.h"
#include "emu/disk/disk.h"
#include "emu/machine/machine_disk.h"

struct action;
struct machine;

struct run_disk {
    struct disk *disk; /* NULL: there is none */
    struct machine_disk machine;
    struct secret password;
    _Atomic(struct inbox *) inbox; /* told to stop when the host can keep nothing more */
    struct error trouble;          /* the first power cut that could not be copied */
};

/* Opens what `options` name; nothing without --disk. `activity` counts bytes. `run_disk` is all zero, but for a `password`
 * that is known already; it must stay where it is until run_disk_close(). */
int run_disk_open(struct run_disk *run_disk, const struct run_options *options,
                  atomic_uint_least64_t *activity, struct error *err) MUST_CHECK;
/* For machine_config; NULL when there is none. */
const struct machine_disk *run_disk_machine(const struct run_disk *run_disk);
/* The machine is made: its T2 has the password, and nobody else needs it any more. */
void run_disk_forget_password(struct run_disk *run_disk);
/* An action of kind ACTION_POWER_CUT. True: the machine has no power any more. */
bool run_disk_cut(struct run_disk *run_disk, struct machine *machine, const struct action *action);
/* After the machine is gone. -1 with `err`: what the host could not keep. */
int run_disk_close(struct run_disk *run_disk, struct error *err) MUST_CHECK;
