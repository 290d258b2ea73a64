/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * USB human interface devices: keyboard, mouse and absolute tablet (HID 1.11, HID Usage Tables
 * 1.12). Each is a device of its own at a root hub port. docs/hardware/usb-hid.md.
 */
#pragma once

#include <stdbool.h>

#include "devices/usb/usb.h"
#include "emu/core/inbox.h"

struct device;
struct device_class;

extern const struct device_class usb_keyboard_class; /* full speed */
extern const struct device_class usb_mouse_class;    /* full speed */
extern const struct device_class usb_tablet_class;   /* high speed */

/* What a port is given. Valid from creation to destruction of the device. */
struct usb_function *usb_hid_function(struct device *device);
/* A driver has configured the device and polls it: what is typed now is not lost. */
bool usb_hid_is_listening(const struct device *device);

/* Input takes effect now (virtual time). Events that the guest does not fetch are kept in a bounded
 * queue; what does not fit is lost, and the last state wins, as with a real device. */
void usb_keyboard_input(struct device *device, const struct input_key *key);
void usb_mouse_input(struct device *device, const struct input_pointer *pointer);
void usb_tablet_input(struct device *device, const struct input_tablet *tablet);
/* Key-lock lights as the guest set them: bit 0 Num Lock, 1 Caps Lock, 2 Scroll Lock. */
unsigned usb_keyboard_leds(const struct device *device);
