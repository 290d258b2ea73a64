/* SPDX-License-Identifier: GPL-2.0-only */
/* EDIDs are computed, not stored: roms/panel/panel_edid.c. */
#include "emu/app/panel.h"

#include <assert.h>

static_assert(PANEL_EDID_BYTES == VEGA10_EDID_BYTES, "one size of EDID");

void app_panel_init(struct app_panel *panel)
{
    for (unsigned i = 0; i < PANEL_EDIDS; i++) {
        panel_edid_build((enum panel_edid)i, panel->edids[i]);
    }
    panel->panel = (struct vega10_panel){
        .root = panel->edids[PANEL_EDID_ROOT],
        .tile = {panel->edids[PANEL_EDID_LEFT], panel->edids[PANEL_EDID_RIGHT]},
    };
}
