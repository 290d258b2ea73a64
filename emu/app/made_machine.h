/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine made by a setup (record_setup.h), without a window, sockets, or anybody who hears it. */
#pragma once

#include "emu/app/boot_security.h"
#include "emu/app/panel.h"
#include "emu/app/payload.h"
#include "emu/app/record_setup.h"
#include "emu/core/host.h"

struct made_machine {
    struct record_setup setup;
    struct payload payload;
    struct boot_security boot_security;
    struct memory_setup memory;
    struct app_panel panel;
    /* What the guest says at port 0xe9; set between made_machine_prepare() and made_machine_finish(). A NULL function:
     * nobody hears it. */
    struct host_sink debug_console;
    struct machine *machine;
};

/* Reads the setup and the files that it names; `files` as for record_setup_read(). `made` must stay in place. -1 with
 * `err`; made_machine_destroy() is due then, too. */
int made_machine_prepare(struct made_machine *made, const char *setup, const char *files,
                         struct error *err) MUST_CHECK;
/* The same of options that have been parsed already; copied, their strings outlive `made`. */
int made_machine_prepare_options(struct made_machine *made, const struct run_options *options,
                                 int64_t rtc_base, struct error *err) MUST_CHECK;
/* Then the machine; `disk` NULL: none; `serial`: what the guest says at COM1, a NULL function: nobody hears it. */
int made_machine_finish(struct made_machine *made, const struct machine_disk *disk,
                        const struct host_sink *serial, struct error *err) MUST_CHECK;
/* Both, of a machine without a disk. */
int made_machine_create(struct made_machine *made, const char *setup, struct error *err) MUST_CHECK;
void made_machine_destroy(struct made_machine *made);
