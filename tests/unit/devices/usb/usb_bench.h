/* SPDX-License-Identifier: GPL-2.0-only */
/* A USB device at a port without a controller: the test is the host. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/usb/hid.h"
#include "devices/usb/hid_internal.h"
#include "tests/lib/rig.h"

#define USB_BENCH_PORT     3u
#define USB_BENCH_ENDPOINT 1u

/* bmRequestType: to device, interface, endpoint; standard and class */
#define TO_DEVICE      0x00u
#define TO_INTERFACE   0x01u
#define TO_ENDPOINT    0x02u
#define FROM_DEVICE    0x80u
#define FROM_INTERFACE 0x81u
#define FROM_ENDPOINT  0x82u
#define CLASS_OUT      0x21u
#define CLASS_IN       0xa1u

struct usb_bench {
    struct rig *rig;
    struct device *device;
    struct usb_function *function;
    unsigned wakes; /* usb_wake() calls so far */
    uint8_t data[USB_CONTROL_BYTES_MAX];
    size_t done;
};

/* A device of that class after power-on and bus reset. */
struct usb_bench *usb_bench_create(const struct device_class *class);
void usb_bench_destroy(struct usb_bench *b);
/* Set-up and tear-down of tests: each with a device of its own. */
int usb_bench_keyboard(void **state);
int usb_bench_mouse(void **state);
int usb_bench_tablet(void **state);
int usb_bench_teardown(void **state);
#define KEYBOARD_TEST(test) \
    cmocka_unit_test_setup_teardown(test, usb_bench_keyboard, usb_bench_teardown)
#define MOUSE_TEST(test) cmocka_unit_test_setup_teardown(test, usb_bench_mouse, usb_bench_teardown)
#define TABLET_TEST(test) \
    cmocka_unit_test_setup_teardown(test, usb_bench_tablet, usb_bench_teardown)

/* A request: IN leaves its answer in data and done, OUT takes its bytes from data. */
enum usb_status usb_bench_request(struct usb_bench *b, unsigned type, unsigned request,
                                  unsigned value, unsigned index_and_length);
#define INDEX_LENGTH(index, length) ((unsigned)(index) << 16 | (length))
/* SET_CONFIGURATION(1) */
void usb_bench_configure(struct usb_bench *b);
/* One IN transaction: report in data, its length; -1 for NAK, -2 for STALL. */
int usb_bench_poll(struct usb_bench *b);
/* The next report is exactly these bytes. */
void usb_bench_expect(struct usb_bench *b, const uint8_t *report, size_t bytes);
#define EXPECT_REPORT(b, ...) \
    usb_bench_expect((b), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define EXPECT_NAK(b) assert_int_equal(usb_bench_poll(b), -1)
