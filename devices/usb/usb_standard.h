/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The standard requests of USB 2.0, chapter 9, for a device with one configuration of one interface
 * without alternate settings: what such a device answers to them follows from its descriptors, and
 * is answered here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/usb/usb.h"

struct device;

/* bmRequestType, table 9-2 */
#define USB_REQUEST_IN             0x80u
#define USB_REQUEST_TYPE_MASK      0x60u
#define USB_REQUEST_STANDARD       0x00u
#define USB_REQUEST_CLASS          0x20u
#define USB_REQUEST_RECIPIENT_MASK 0x1fu
#define USB_RECIPIENT_DEVICE       0u
#define USB_RECIPIENT_INTERFACE    1u
#define USB_RECIPIENT_ENDPOINT     2u

/* bRequest, table 9-4 */
#define USB_GET_STATUS        0u
#define USB_CLEAR_FEATURE     1u
#define USB_SET_FEATURE       3u
#define USB_SET_ADDRESS       5u
#define USB_GET_DESCRIPTOR    6u
#define USB_SET_DESCRIPTOR    7u
#define USB_GET_CONFIGURATION 8u
#define USB_SET_CONFIGURATION 9u
#define USB_GET_INTERFACE     10u
#define USB_SET_INTERFACE     11u
#define USB_SYNCH_FRAME       12u

/* Descriptor types, table 9-5 */
#define USB_DESCRIPTOR_DEVICE        1u
#define USB_DESCRIPTOR_CONFIGURATION 2u
#define USB_DESCRIPTOR_STRING        3u
#define USB_DESCRIPTOR_INTERFACE     4u
#define USB_DESCRIPTOR_ENDPOINT      5u
#define USB_DESCRIPTOR_QUALIFIER     6u
#define USB_DESCRIPTOR_OTHER_SPEED   7u

#define USB_DEVICE_DESCRIPTOR_BYTES    18u
#define USB_QUALIFIER_DESCRIPTOR_BYTES 10u

/* Feature selectors, table 9-6 */
#define USB_FEATURE_ENDPOINT_HALT 0u
#define USB_FEATURE_REMOTE_WAKEUP 1u
#define USB_FEATURE_TEST_MODE     2u

/* bmAttributes of a configuration, table 9-10 */
#define USB_ATTRIBUTE_RESERVED      0x80u
#define USB_ATTRIBUTE_SELF_POWERED  0x40u
#define USB_ATTRIBUTE_REMOTE_WAKEUP 0x20u

/* What a kind of device is. Constant. */
struct usb_standard_model {
    const uint8_t *device; /* USB_DEVICE_DESCRIPTOR_BYTES */
    /* A configuration with all that belongs to it; its wTotalLength is right (9.6.3). */
    const uint8_t *configuration;
    /* Devices that run at high speed have both, others neither (9.6.2, 9.6.4). The other speed's
     * configuration is kept with the type of a plain one. */
    const uint8_t *qualifier;
    const uint8_t *other_speed;
    const char *const *strings; /* ASCII, at most 126 characters each; string index 1 is first */
    size_t string_count;
    uint16_t in_endpoints; /* bit n: endpoint n exists besides endpoint 0 */
    uint16_t out_endpoints;
};

/* State of a device. All zero after a bus reset. */
struct usb_standard {
    uint8_t configuration; /* 0: not configured; else bConfigurationValue */
    bool has_remote_wakeup;
    uint16_t halted_in; /* bit n: endpoint n */
    uint16_t halted_out;
};

/* Answers a request of type USB_REQUEST_STANDARD. `device` is who a mistake is traced for; `data`
 * holds USB_CONTROL_BYTES_MAX or setup->length bytes, whichever is less. A request that is not
 * defined, or not in this state, is USB_STALL. */
enum usb_status usb_standard_control(const struct usb_standard_model *model,
                                     struct usb_standard *standard, struct device *device,
                                     const struct usb_setup *setup, uint8_t *data, size_t *done);

/* The first `bytes` of `from` as the data stage of an IN request: no more than was asked for. */
enum usb_status usb_answer(const struct usb_setup *setup, const void *from, size_t bytes,
                           uint8_t *data, size_t *done);
