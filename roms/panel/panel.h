/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the panel of the iMac Pro says of itself: three EDIDs (VESA E-EDID A.2, release 1.4) of two
 * blocks each, the second one a DisplayID 1.3 extension. The glass is two tiles of 2560x2880 side by
 * side, each on a DisplayPort link of its own; a source that has not woken the second link sees one
 * panel of 3840x2160 instead.
 *
 * Timings are the published ones (hardware.md 6). The bytes of a real AE1D/AE1E panel are not
 * public: identity, serial number and chromaticity here are chosen, as docs/hardware/panel.md says.
 */
#pragma once

#include <stdint.h>

#define PANEL_EDID_BYTES 256u

enum panel_edid {
    PANEL_EDID_ROOT,  /* before the panel is woken: one link, 3840x2160 */
    PANEL_EDID_LEFT,  /* tile 0 of 2 */
    PANEL_EDID_RIGHT, /* tile 1 of 2 */
    PANEL_EDIDS,
};

/* Writes the EDID into `out`. Pure: equal calls, equal bytes. */
void panel_edid_build(enum panel_edid which, uint8_t out[PANEL_EDID_BYTES]);
