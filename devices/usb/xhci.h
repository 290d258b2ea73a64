/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI host controller 8086:a2af (200-series PCH), eXtensible Host Controller Interface 1.1.
 * docs/hardware/xhci.md says what is modelled.
 */
#pragma once

#include "devices/usb/usb.h"

#define XHCI_USB2_PORTS 16u /* root hub ports 1..16 */
#define XHCI_USB3_PORTS 10u /* 17..26 */

struct device;
struct device_class;
struct error;

/* Made with pci_part_add_model() in the place of 00:14.0; the default configuration has no devices
 * at its ports. */
extern const struct device_class xhci_class;

/* Plugs `function` into root hub port `port` (1-based; a USB 2 port for full, low and high speed,
 * a USB 3 port for super speed). Before the machine's first reset. Borrowed: outlives the
 * controller. */
void xhci_attach(struct device *xhci, unsigned port, struct usb_function *function);
