/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of a suite: without a window, a terminal or a thread, so that it can be forked. */
#pragma once

#include "emu/app/boot_security.h"
#include "emu/app/faults_output.h"
#include "emu/app/faults_run.h"
#include "emu/app/faults_suite.h"
#include "emu/app/panel.h"
#include "emu/app/payload.h"
#include "emu/app/run_disk.h"
#include "emu/host/activity.h"
#include "emu/machine/machine.h"

struct faults_campaign;

struct faults_machine {
    struct faults_campaign *owner;
    struct payload payload;
    struct boot_security boot_security;
    struct run_disk disk;
    struct app_panel panel;
    struct host_activity activity;
    struct faults_output output;
    struct machine *machine;
    struct faults_target target;
};

/* At power-on. Must stay where it is until faults_machine_close(), which is needed after -1, too. */
int faults_machine_open(struct faults_machine *machine, const struct faults_suite *suite,
                        struct error *err) MUST_CHECK;
void faults_machine_close(struct faults_machine *machine);
/* In a forked process, before the machine runs: what it writes to its disk is its own. */
int faults_machine_part(struct faults_machine *machine, struct error *err) MUST_CHECK;
