/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors of the HID devices, written with the words of USB 2.0, 9.6, and HID 1.11, 6 and
 * appendix E.
 *
 * Vendor 0x1209 is pid.codes, which gives its first product ids to everybody for tests: no driver
 * treats them in a way of its own (docs/hardware/usb-hid.md).
 */
#pragma once

#include "devices/usb/hid_internal.h"

#define HID_VENDOR           0x1209u
#define HID_PRODUCT_KEYBOARD 0x0001u
#define HID_PRODUCT_MOUSE    0x0002u
#define HID_PRODUCT_TABLET   0x0003u
#define HID_DEVICE_RELEASE   0x0100u /* 1.00 */

#define HID_VERSION   0x0111u /* bcdHID */
#define USB_VERSION_1 0x0110u /* bcdUSB of devices without a high speed */
#define USB_VERSION_2 0x0200u

#define HID_INTERFACE_CLASS    0x03u
#define HID_SUBCLASS_NONE      0u
#define HID_SUBCLASS_BOOT      1u /* 4.2 */
#define HID_BOOT_NONE          0u
#define HID_BOOT_KEYBOARD      1u /* 4.3 */
#define HID_BOOT_MOUSE         2u
#define HID_COUNTRY_NONE       0u /* 6.2.1 */
#define HID_COUNTRY_US         33u
#define HID_ATTRIBUTES         (USB_ATTRIBUTE_RESERVED | USB_ATTRIBUTE_REMOTE_WAKEUP)
#define HID_POWER              50u /* bMaxPower: 100 mA */
#define HID_TRANSFER_INTERRUPT 3u

#define HID_CONFIGURATION_BYTES 34u /* 9 + 9 + 9 + 7 */
#define HID_DESCRIPTOR_OFFSET   18u /* in a configuration */

#define HID_STRING_VENDOR  1u
#define HID_STRING_PRODUCT 2u
#define HID_STRING_SERIAL  3u
#define HID_STRINGS        3u

#define LE16_BYTES(value) (uint8_t)((value)&0xffu), (uint8_t)((value) >> 8)

#define HID_DEVICE_DESCRIPTOR(usb_version, packet_bytes, product)                             \
    {                                                                                         \
        USB_DEVICE_DESCRIPTOR_BYTES, USB_DESCRIPTOR_DEVICE, LE16_BYTES(usb_version), 0, 0, 0, \
            (packet_bytes), LE16_BYTES(HID_VENDOR), LE16_BYTES(product),                      \
            LE16_BYTES(HID_DEVICE_RELEASE), HID_STRING_VENDOR, HID_STRING_PRODUCT,            \
            HID_STRING_SERIAL, 1,                                                             \
    }

/* Configuration 1 with its interface, HID descriptor and endpoint. */
#define HID_CONFIGURATION(subclass, boot, country, report_descriptor_bytes, report_bytes,         \
                          interval)                                                               \
    {                                                                                             \
        9, USB_DESCRIPTOR_CONFIGURATION, LE16_BYTES(HID_CONFIGURATION_BYTES), 1, 1, 0,            \
            HID_ATTRIBUTES, HID_POWER, 9, USB_DESCRIPTOR_INTERFACE, 0, 0, 1, HID_INTERFACE_CLASS, \
            (subclass), (boot), 0, HID_DESCRIPTOR_BYTES, HID_DESCRIPTOR_HID,                      \
            LE16_BYTES(HID_VERSION), (country), 1, HID_DESCRIPTOR_REPORT,                         \
            LE16_BYTES(report_descriptor_bytes), 7, USB_DESCRIPTOR_ENDPOINT,                      \
            USB_REQUEST_IN | HID_ENDPOINT, HID_TRANSFER_INTERRUPT, LE16_BYTES(report_bytes),      \
            (interval),                                                                           \
    }

/* ---- Items of report descriptors, HID 1.11, 6.2.2: tag, type and size in the first byte ---- */

#define HID_USAGE_PAGE(page)      0x05, (page)
#define HID_USAGE(usage)          0x09, (usage)
#define HID_USAGE_MIN(usage)      0x19, (usage)
#define HID_USAGE_MAX(usage)      0x29, (usage)
#define HID_LOGICAL_MIN(value)    0x15, (uint8_t)(value)
#define HID_LOGICAL_MAX(value)    0x25, (value)
#define HID_LOGICAL_MAX_16(value) 0x26, LE16_BYTES(value)
#define HID_REPORT_SIZE(bits)     0x75, (bits)
#define HID_REPORT_COUNT(count)   0x95, (count)
#define HID_COLLECTION(kind)      0xa1, (kind)
#define HID_END_COLLECTION        0xc0
#define HID_INPUT(flags)          0x81, (flags)
#define HID_OUTPUT(flags)         0x91, (flags)

#define HID_PHYSICAL    0x00 /* 6.2.2.6 */
#define HID_APPLICATION 0x01

#define HID_CONSTANT 0x01 /* 6.2.2.5 */
#define HID_ARRAY    0x00
#define HID_VARIABLE 0x02
#define HID_RELATIVE 0x06 /* and variable */

/* HID Usage Tables 1.12: pages, and usages of Generic Desktop */
#define HID_PAGE_DESKTOP  0x01
#define HID_PAGE_KEYS     0x07
#define HID_PAGE_LEDS     0x08
#define HID_PAGE_BUTTONS  0x09
#define HID_USAGE_POINTER 0x01
#define HID_USAGE_MOUSE   0x02
#define HID_USAGE_KEYS    0x06
#define HID_USAGE_X       0x30
#define HID_USAGE_Y       0x31
#define HID_USAGE_WHEEL   0x38
