/* SPDX-License-Identifier: GPL-2.0-only */
/* From the files that a user names to what a machine is created with: boot window and firmware. */
#pragma once

#include "emu/app/run_options.h"
#include "emu/host/file.h"
#include "emu/machine/image/image.h"

struct payload {
    struct boot_window window;
    struct host_file rom_file; /* empty when the built-in firmware is used */
    const uint8_t *rom;        /* whole 4 KiB pages */
    size_t rom_bytes;
};

/* Which files go together, before any is read. -1 with `err` (ERROR_USAGE). */
int payload_check(const struct run_options *options, struct error *err) MUST_CHECK;
/* Reads and checks all files. 0, or -1 with `err` and nothing kept. */
int payload_load(const struct run_options *options, struct payload *payload,
                 struct error *err) MUST_CHECK;
/* Once the machine is gone. Harmless when empty. */
void payload_release(struct payload *payload);
