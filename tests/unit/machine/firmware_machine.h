/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine with our firmware, the panel, 512 MiB in its sockets and nothing to boot: it shows the firmware's console. */
#pragma once

#include "devices/display/vega10.h"
#include "emu/machine/image/image.h"
#include "roms/panel/panel.h"

struct machine;

struct firmware_machine {
    struct machine
        *machine; /* at power-on; whoever has it destroys it before firmware_machine_release() */
    uint8_t edids[PANEL_EDIDS][PANEL_EDID_BYTES];
    struct vega10_panel panel;
    struct boot_window window;
};

/* Stays where it is while the machine lives. Fails the test when it cannot be made. */
void firmware_machine_make(struct firmware_machine *made);
void firmware_machine_release(struct firmware_machine *made);
