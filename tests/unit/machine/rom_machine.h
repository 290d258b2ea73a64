/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine whose whole guest is a few bytes of code in its ROM. */
#pragma once

#include <stddef.h>

#include "emu/core/host.h"

struct machine;

/* What of the host it has. */
struct rom_machine_host {
    struct host_sink debug_console;
    struct host_pacer pacer;
};

/* 64 MiB of memory that is there at once; each core begins at the ROM's first byte, 0xf000 of the code segment,
 * in real mode. The ROM has 4 KiB. `host` NULL: nothing. Fails the test when it cannot be made. */
struct machine *rom_machine(const void *program, size_t bytes, unsigned cores,
                            const struct rom_machine_host *host);
