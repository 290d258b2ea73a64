/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the inbox to keyboard, mouse and tablet. A message takes effect at the edge at which the run
 * loop took it; the device traces it, so that it is part of the trace hash.
 */
#include <string.h>

#include "devices/usb/hid.h"
#include "emu/core/inbox.h"
#include "emu/machine/machine_internal.h"

void machine_input(struct machine *machine, const struct inbox_message *message)
{
    const struct machine_parts *parts = &machine->parts;
    struct input_key key;
    struct input_pointer pointer;
    struct input_tablet tablet;

    if (message->kind == INBOX_KEY) {
        memcpy(&key, message->payload, sizeof(key));
        usb_keyboard_input(parts->keyboard, &key);
    } else if (message->kind == INBOX_POINTER) {
        memcpy(&pointer, message->payload, sizeof(pointer));
        usb_mouse_input(parts->mouse, &pointer);
    } else if (message->kind == INBOX_TABLET) {
        memcpy(&tablet, message->payload, sizeof(tablet));
        usb_tablet_input(parts->tablet, &tablet);
    }
}

bool machine_is_keyboard_listening(const struct machine *machine)
{
    return usb_hid_is_listening(machine->parts.keyboard);
}

unsigned machine_keyboard_leds(const struct machine *machine)
{
    return usb_keyboard_leds(machine->parts.keyboard);
}
