/* SPDX-License-Identifier: GPL-2.0-only */
/* See usb_bench.h. */
#include "tests/unit/devices/usb/usb_bench.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "devices/usb/usb_standard.h"

#define IN_BYTES_MAX 64u

static void count_wake(void *ctx, unsigned port, unsigned endpoint)
{
    struct usb_bench *b = ctx;

    assert_int_equal(port, USB_BENCH_PORT);
    assert_int_equal(endpoint, USB_BENCH_ENDPOINT);
    b->wakes++;
}

struct usb_bench *usb_bench_create(const struct device_class *class)
{
    struct usb_bench *b = test_calloc(1, sizeof(*b));

    b->rig = rig_create();
    b->device = rig_device(b->rig, class, "/usb", NULL);
    b->function = usb_hid_function(b->device);
    b->function->wake = count_wake;
    b->function->wake_ctx = b;
    b->function->wake_port = USB_BENCH_PORT;
    b->function->ops->reset(b->function);
    return b;
}

void usb_bench_destroy(struct usb_bench *b)
{
    rig_destroy(b->rig);
    test_free(b);
}

int usb_bench_keyboard(void **state)
{
    *state = usb_bench_create(&usb_keyboard_class);
    return 0;
}

int usb_bench_mouse(void **state)
{
    *state = usb_bench_create(&usb_mouse_class);
    return 0;
}

int usb_bench_tablet(void **state)
{
    *state = usb_bench_create(&usb_tablet_class);
    return 0;
}

int usb_bench_teardown(void **state)
{
    usb_bench_destroy(*state);
    return 0;
}

enum usb_status usb_bench_request(struct usb_bench *b, unsigned type, unsigned request,
                                  unsigned value, unsigned index_and_length)
{
    const struct usb_setup setup = {
        .request_type = (uint8_t)type,
        .request = (uint8_t)request,
        .value = (uint16_t)value,
        .index = (uint16_t)(index_and_length >> 16),
        .length = (uint16_t)index_and_length,
    };
    enum usb_status status;

    b->done = 0;
    status = b->function->ops->control(b->function, &setup, b->data, &b->done);
    assert_true(b->done <= setup.length);
    return status;
}

void usb_bench_configure(struct usb_bench *b)
{
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_SET_CONFIGURATION, 1, 0), USB_OK);
}

int usb_bench_poll(struct usb_bench *b)
{
    switch (
        b->function->ops->in(b->function, USB_BENCH_ENDPOINT, b->data, IN_BYTES_MAX, &b->done)) {
    case USB_OK: return (int)b->done;
    case USB_NAK: return -1;
    case USB_STALL: return -2;
    }
    return -2;
}

void usb_bench_expect(struct usb_bench *b, const uint8_t *report, size_t bytes)
{
    assert_int_equal(usb_bench_poll(b), bytes);
    assert_memory_equal(b->data, report, bytes);
}
