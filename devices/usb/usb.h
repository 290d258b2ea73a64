/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between a USB host controller and the devices at its ports (USB 2.0, chapters 5, 8 and 9), at the
 * level of transactions on pipes: packets, toggles and timing on the wire are the controller's
 * matter and are not seen here.
 *
 * A USB device is a device of the machine (its state is saved, reset and fuzzed like any other's)
 * whose instance holds a `struct usb_function` that the port is given at creation. Everything runs
 * on the machine thread. A controller calls ops; a device never calls back except `wake`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usb_function;

enum usb_speed { /* values of PORTSC.PortSpeed, xHCI 1.1 table 157 (default PSIs) */
                 USB_SPEED_FULL = 1,
                 USB_SPEED_LOW = 2,
                 USB_SPEED_HIGH = 3,
                 USB_SPEED_SUPER = 4,
};

enum usb_status {
    USB_OK,    /* a short packet is no error here: the controller compares lengths */
    USB_NAK,   /* nothing now: asked again after `wake` */
    USB_STALL, /* endpoint halted, or request refused (control) */
};

/* The eight bytes of a SETUP packet, USB 2.0 table 9-2. */
struct usb_setup {
    uint8_t request_type;
    uint8_t request;
    uint16_t value;
    uint16_t index;
    uint16_t length;
};

#define USB_CONTROL_BYTES_MAX 4096u /* a longer data stage is stalled */

/* All required. Lengths are bounded by the caller; `data` is the caller's. */
struct usb_function_ops {
    /* Bus reset: default state, address 0, not configured. */
    void (*reset)(struct usb_function *function);
    /* One whole control transfer on endpoint 0 except SET_ADDRESS, which the controller keeps. OUT:
     * `data` holds setup->length bytes; IN: fills at most setup->length bytes, the count in *done. */
    enum usb_status (*control)(struct usb_function *function, const struct usb_setup *setup,
                               uint8_t *data, size_t *done);
    /* One transaction with `endpoint` (1..15); `bytes` at most its wMaxPacketSize. */
    enum usb_status (*in)(struct usb_function *function, unsigned endpoint, uint8_t *data,
                          size_t bytes, size_t *done);
    enum usb_status (*out)(struct usb_function *function, unsigned endpoint, const uint8_t *data,
                           size_t bytes);
};

/* Embedded in the device's instance. */
struct usb_function {
    const struct usb_function_ops *ops;
    enum usb_speed speed;
    /* Set by the controller at attach: an endpoint that said USB_NAK may have something now. Called
     * through usb_wake(). */
    void (*wake)(void *ctx, unsigned port, unsigned endpoint);
    void *wake_ctx;
    unsigned wake_port;
};

/* `endpoint` as in its descriptor's address without the direction bit. Harmless when the function
 * is not attached. */
static inline void usb_wake(struct usb_function *function, unsigned endpoint)
{
    if (function->wake != NULL) function->wake(function->wake_ctx, function->wake_port, endpoint);
}
