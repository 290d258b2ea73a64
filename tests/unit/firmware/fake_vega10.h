/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The emulator's own Vega 10, without a machine, for the firmware's driver on the host; and the ways in which it may fail. An
 * address is that of the structure plus the offset of a register, so that accesses need nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/display/vega10.h"
#include "roms/panel/panel.h"

struct vega10_bench;

struct fake_vega10 {
    struct vega10_bench *bench;
    struct vega10_panel panel;
    uint8_t edid[PANEL_EDIDS][PANEL_EDID_BYTES];
    unsigned reads;
    unsigned writes;
    bool is_dead;    /* reads ones */
    bool is_deaf;    /* transactions never end */
    unsigned defers; /* so many transactions are answered with "not now" */
};

/* Aligned, so that all registers are behind it. fake_vega10_destroy() gives it back. */
struct fake_vega10 *fake_vega10_create(bool has_panel);
void fake_vega10_destroy(struct fake_vega10 *fake);

/* Of a register, behind the back of the counters; takes no time. */
uint32_t fake_vega10_peek(struct fake_vega10 *fake, uint32_t offset);

/* What the driver calls. A read takes 600 ns. */
uint32_t fake_vega10_read(uint64_t address);
void fake_vega10_write(uint64_t address, uint32_t value);
