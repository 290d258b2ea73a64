/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hangs at the display controller: the panel's EDID through its DP AUX channel (docs/hardware/vega10.md, "DP AUX";
 * docs/hardware/panel.md).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/core/display.h"

/* Wakes the panel behind the registers at `regs` (BAR 5, memory decoding on) and reads what mode it prefers into *panel. False,
 * and *panel is as before, when nothing is connected, or what is there does not answer as a panel does: that is known after
 * some 10 ms at the latest. */
bool vega10_read_panel(uint64_t regs, struct display_panel *panel);
