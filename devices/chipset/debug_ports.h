/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two debug ports of test programs, as QEMU has them: 0xe9 writes a byte to the host, 0xf4
 * ends the run. No real machine has them. Facts: docs/hardware/debug-ports.md.
 */
#pragma once

#include <stdint.h>

#include "emu/core/host.h"

struct device;
struct device_class;

struct debug_ports_config {
    uint16_t console_port;
    uint16_t exit_port;    /* first of four */
    struct host_sink sink; /* a NULL write function discards */
    /* The guest asks for the end of the run. `status` = value << 1 | 1, at least 1. Called from
     * inside the guest's write. NULL: ignored. */
    void (*exit)(void *ctx, int status);
    void *ctx;
};

extern const struct device_class debug_ports_class;
