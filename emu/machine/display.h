/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine's display shows, for who looks without being noticed. Library: sg_machine. */
#pragma once

#include <stdbool.h>

struct device;
struct frame_scene;
struct machine;

/* What a vertical blank would show if it were now, also in the middle of what the guest draws (emu/core/frame_draw.h); good
 * until the machine runs. Needs neither a frame store nor a thread, and nothing in the machine changes. False: the
 * display is off. Between machine_run() calls. */
bool machine_scene(const struct machine *machine, struct frame_scene *scene);
/* The display controller (devices/display/vega10.h). NULL: this machine has none. */
struct device *machine_display(const struct machine *machine);
