/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reset control (port 0xcf9) and fast INIT (port 0x92) of the PCH. Port 0xcf9 lies inside the
 * dword of the PCI address register (0xcf8); whoever owns that window hands byte accesses to
 * offset 1 to reset_control_read/write and creates this device with is_cf9_mapped = false.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct device;
struct device_class;

enum reset_control_kind {
    /* INIT to the processors: registers and memory controllers keep their state */
    RESET_CONTROL_INIT,
    RESET_CONTROL_HARD,  /* platform reset: every device, memory contents survive */
    RESET_CONTROL_CYCLE, /* full reset: power is dropped and comes back */
};

struct reset_control_config {
    uint16_t cf9_port;
    uint16_t fast_port;
    bool is_cf9_mapped; /* false: only reset_control_read/write reach the register */
    /* Called from inside the guest's write: note the wish, act between runs of the cores. NULL:
     * nothing happens. */
    void (*reset)(void *ctx, enum reset_control_kind kind);
    void *ctx;
};

extern const struct device_class reset_control_class;

/* The reset control register as a byte, as if through its own port. */
uint8_t reset_control_read(struct device *device);
void reset_control_write(struct device *device, uint8_t value);
/* Without side effects; for a debugger. */
uint8_t reset_control_peek(struct device *device);
