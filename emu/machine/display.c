/* SPDX-License-Identifier: GPL-2.0-only */
/* What the display shows: see display.h. */
#include "emu/machine/display.h"

#include "devices/display/vega10.h"
#include "emu/core/frame_draw.h"
#include "emu/machine/machine_internal.h"

struct device *machine_display(const struct machine *machine)
{
    return machine->parts.display;
}

bool machine_scene(const struct machine *machine, struct frame_scene *scene)
{
    struct device *display = machine_display(machine);

    if (display == NULL || !vega10_look(display, &scene->frame, &scene->cursor)) return false;
    scene->vram = vega10_vram_region(display)->host;
    scene->vram_bytes = VEGA10_VRAM_BYTES;
    return frame_scene_is_sane(scene);
}
