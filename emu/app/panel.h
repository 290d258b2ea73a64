/* SPDX-License-Identifier: GPL-2.0-only */
/* The panel that a machine's display is plugged into: the EDIDs of roms/panel as the display
 * controller wants them. */
#pragma once

#include "devices/display/vega10.h"
#include "roms/panel/panel.h"

/* Must stay in place while a machine has it. */
struct app_panel {
    uint8_t edids[PANEL_EDIDS][PANEL_EDID_BYTES];
    struct vega10_panel panel;
};

void app_panel_init(struct app_panel *panel);
