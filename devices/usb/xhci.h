/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI host controllers, eXtensible Host Controller Interface 1.1: 8086:a2af (200-series PCH) and
 * 8086:15d4 (Thunderbolt, Alpine Ridge). docs/hardware/xhci.md says what is modelled.
 */
#pragma once

#include "devices/usb/usb.h"

/* Root hub ports of the PCH's controller: 1..16 and 17..26. No controller has more of a kind. */
#define XHCI_USB2_PORTS 16u
#define XHCI_USB3_PORTS 10u

struct device;
struct device_class;
struct error;
struct pci_described;

/* Read in init only, except the description's `caps` and `regs`, which are kept. */
struct xhci_config {
    const struct pci_described *part; /* its BAR 0 has 64 KiB; NULL: of 8086:a2af */
    uint8_t usb2_ports;               /* 1..XHCI_USB2_PORTS: the first ones */
    uint8_t usb3_ports;               /* 1..XHCI_USB3_PORTS: those after them */
};

/* Made with pci_part_add_model(). The default configuration is the PCH's controller; nothing is
 * plugged in. */
extern const struct device_class xhci_class;
/* The same with 8 device slots, for controllers that have a few sockets: a snapshot of one is a
 * fifth as long. Its default configuration has two ports of each kind. */
extern const struct device_class xhci_small_class;

/* Plugs `function` into root hub port `port` (1-based; a USB 2 port for full, low and high speed,
 * a USB 3 port for super speed). Before the machine's first reset. Borrowed: outlives the
 * controller. */
void xhci_attach(struct device *xhci, unsigned port, struct usb_function *function);
