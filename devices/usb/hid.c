/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of a USB human interface device that does not depend on what it is (Device Class
 * Definition for HID 1.11; numbers below are its sections).
 *
 * Modelled: descriptors of the class (7.1), the six class requests (7.2), boot and report protocol,
 * the idle rate in virtual time, the interrupt IN pipe with halt; chapter 9 by usb_standard.c.
 * Not modelled: feature reports, report ids, physical descriptors (none of our devices has any),
 * suspend and the signalling of remote wake-up (the feature can be set and read).
 * Chosen: a class request to a device that is not configured is refused; a SET_REPORT that is too
 * short is refused, of one that is too long the rest is ignored; a report longer than the buffer
 * that the controller brings is cut off.
 *
 * How it works: a device keeps what it has to report in a bounded queue of its own. `in` takes the
 * oldest, or says NAK; usb_hid_changed() and the idle event wake the controller up. The idle event
 * stands at the time at which the present state is to be sent again (7.2.4) and is armed only while
 * the device is configured and its idle rate is not 0; nothing more is armed until the report that
 * it asked for has left.
 */
#include <string.h>

#include "devices/usb/hid_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

const struct trace_desc usb_hid_ev_configured = {.name = "configured", .fields = {"value"}};
const struct trace_desc usb_hid_ev_report = {.name = "report", .fields = {"bytes", "data"}};
const struct trace_desc usb_hid_ev_lost = {.name = "lost", .fields = {"waiting"}};

static struct usb_hid *hid_of(struct usb_function *function)
{
    return CONTAINER_OF(function, struct usb_hid, function);
}

bool usb_hid_is_configured(const struct usb_hid *hid)
{
    return hid->standard.configuration != 0;
}

/* ---- Idle rate (7.2.4) ---- */

/* From the last report on, or from now when that time has passed already. */
static void arm_idle(struct usb_hid *hid)
{
    const vtime now = device_now(&hid->device);

    if (!usb_hid_is_configured(hid) || hid->idle == 0) {
        sched_cancel(hid->device.env.sched, &hid->idle_event);
        return;
    }
    sched_at(hid->device.env.sched, &hid->idle_event,
             max_u64(now, hid->reported_at + hid->idle * HID_IDLE_UNIT));
}

static void idle_fire(void *owner, vtime when)
{
    struct usb_hid *hid = owner;

    (void)when;
    hid->is_idle_due = true;
    usb_wake(&hid->function, HID_ENDPOINT);
}

/* A period that ends within four milliseconds is let end; otherwise the new one counts from the
 * last report. */
static void set_idle(struct usb_hid *hid, uint8_t idle)
{
    const struct event *event = &hid->idle_event;

    hid->idle = idle;
    if (idle == 0) {
        hid->is_idle_due = false;
    } else if (event_is_armed(event) && event->when - device_now(&hid->device) < HID_IDLE_UNIT) {
        return;
    }
    arm_idle(hid);
}

/* ---- Class requests (7.2) ---- */

static enum usb_status get_report(struct usb_hid *hid, const struct usb_setup *setup, uint8_t *data,
                                  size_t *done)
{
    uint8_t report[HID_REPORT_BYTES_MAX] = {0};

    if ((setup->value & UINT8_MAX) != 0) return USB_STALL; /* no report has an id */
    switch (setup->value >> 8) {
    case HID_REPORT_INPUT:
        return usb_answer(setup, report, hid->model->state(hid, report), data, done);
    case HID_REPORT_OUTPUT:
        if (hid->model->output == NULL) return USB_STALL;
        return usb_answer(setup, report, hid->model->output_state(hid, report), data, done);
    default: return USB_STALL;
    }
}

static enum usb_status set_report(struct usb_hid *hid, const struct usb_setup *setup,
                                  const uint8_t *data)
{
    if (setup->value != HID_REPORT_OUTPUT << 8 || hid->model->output == NULL ||
        setup->length < hid->model->output_bytes) {
        return USB_STALL;
    }
    hid->model->output(hid, data);
    return USB_OK;
}

static enum usb_status class_in(struct usb_hid *hid, const struct usb_setup *setup, uint8_t *data,
                                size_t *done)
{
    switch (setup->request) {
    case HID_GET_REPORT: return get_report(hid, setup, data, done);
    case HID_GET_IDLE:
        if (setup->value != 0) return USB_STALL;
        return usb_answer(setup, &hid->idle, sizeof(hid->idle), data, done);
    case HID_GET_PROTOCOL:
        if (!hid->model->has_boot_protocol) return USB_STALL;
        return usb_answer(setup, &hid->protocol, sizeof(hid->protocol), data, done);
    default: return USB_STALL;
    }
}

static enum usb_status class_out(struct usb_hid *hid, const struct usb_setup *setup,
                                 const uint8_t *data)
{
    switch (setup->request) {
    case HID_SET_REPORT: return set_report(hid, setup, data);
    case HID_SET_IDLE:
        if ((setup->value & UINT8_MAX) != 0) return USB_STALL;
        set_idle(hid, (uint8_t)(setup->value >> 8));
        return USB_OK;
    case HID_SET_PROTOCOL:
        if (!hid->model->has_boot_protocol || setup->value > HID_PROTOCOL_REPORT) return USB_STALL;
        hid->protocol = (uint8_t)setup->value;
        return USB_OK;
    default: return USB_STALL;
    }
}

static enum usb_status class_request(struct usb_hid *hid, const struct usb_setup *setup,
                                     uint8_t *data, size_t *done)
{
    if ((setup->request_type & USB_REQUEST_RECIPIENT_MASK) != USB_RECIPIENT_INTERFACE ||
        setup->index != 0 || !usb_hid_is_configured(hid)) {
        return USB_STALL;
    }
    if ((setup->request_type & USB_REQUEST_IN) != 0) return class_in(hid, setup, data, done);
    return class_out(hid, setup, data);
}

/* ---- Standard requests ---- */

/* 7.1.1: descriptors of the class are asked of the interface. */
static enum usb_status class_descriptor(const struct usb_hid *hid, const struct usb_setup *setup,
                                        uint8_t *data, size_t *done)
{
    const struct usb_hid_model *model = hid->model;

    if (setup->index != 0) return USB_STALL;
    switch (setup->value) {
    case HID_DESCRIPTOR_HID << 8:
        return usb_answer(setup, model->hid_descriptor, HID_DESCRIPTOR_BYTES, data, done);
    case HID_DESCRIPTOR_REPORT << 8:
        return usb_answer(setup, model->report_descriptor, model->report_descriptor_bytes, data,
                          done);
    default: return USB_STALL;
    }
}

static void configured(struct usb_hid *hid)
{
    TRACE(hid->device.env.trace, &hid->device, &usb_hid_ev_configured, hid->standard.configuration);
    hid->is_polled = false;
    hid->is_idle_due = false;
    hid->reported_at = device_now(&hid->device);
    hid->model->forget(hid, usb_hid_is_configured(hid));
    arm_idle(hid);
}

static enum usb_status standard_request(struct usb_hid *hid, const struct usb_setup *setup,
                                        uint8_t *data, size_t *done)
{
    enum usb_status status;

    if (setup->request == USB_GET_DESCRIPTOR &&
        setup->request_type == (USB_REQUEST_IN | USB_RECIPIENT_INTERFACE)) {
        return class_descriptor(hid, setup, data, done);
    }
    status = usb_standard_control(&hid->model->standard, &hid->standard, &hid->device, setup, data,
                                  done);
    if (status == USB_OK && setup->request == USB_SET_CONFIGURATION) {
        configured(hid);
    }
    return status;
}

/* ---- What the controller calls ---- */

static void bus_reset(struct usb_hid *hid)
{
    sched_cancel(hid->device.env.sched, &hid->idle_event);
    hid->standard = (struct usb_standard){0};
    hid->protocol = HID_PROTOCOL_REPORT; /* 7.2.6 */
    hid->idle = hid->model->default_idle;
    hid->is_idle_due = false;
    hid->is_polled = false;
    hid->reported_at = 0;
    hid->model->forget(hid, false);
    if (hid->model->output != NULL) {
        static const uint8_t off[HID_REPORT_BYTES_MAX] = {0};

        hid->model->output(hid, off);
    }
}

static void function_reset(struct usb_function *function)
{
    bus_reset(hid_of(function));
}

static enum usb_status function_control(struct usb_function *function,
                                        const struct usb_setup *setup, uint8_t *data, size_t *done)
{
    struct usb_hid *hid = hid_of(function);

    *done = 0;
    switch (setup->request_type & USB_REQUEST_TYPE_MASK) {
    case USB_REQUEST_STANDARD: return standard_request(hid, setup, data, done);
    case USB_REQUEST_CLASS: return class_request(hid, setup, data, done);
    default: return USB_STALL;
    }
}

static enum usb_status function_in(struct usb_function *function, unsigned endpoint, uint8_t *data,
                                   size_t bytes, size_t *done)
{
    struct usb_hid *hid = hid_of(function);
    uint8_t report[HID_REPORT_BYTES_MAX] = {0};
    size_t length;

    *done = 0;
    if (endpoint != HID_ENDPOINT || !usb_hid_is_configured(hid)) {
        device_guest_error(&hid->device, "no such IN endpoint", endpoint, 0);
        return USB_STALL;
    }
    if (hid->standard.halted_in != 0) return USB_STALL;
    hid->is_polled = true;
    length = hid->model->take(hid, report);
    if (length == 0 && hid->is_idle_due) {
        length = hid->model->state(hid, report);
    }
    if (length == 0) return USB_NAK;
    hid->is_idle_due = false;
    hid->reported_at = device_now(&hid->device);
    arm_idle(hid);
    *done = length < bytes ? length : bytes;
    memcpy(data, report, *done);
    TRACE(hid->device.env.trace, &hid->device, &usb_hid_ev_report, length, le64_get(report));
    return USB_OK;
}

static enum usb_status function_out(struct usb_function *function, unsigned endpoint,
                                    const uint8_t *data, size_t bytes)
{
    struct usb_hid *hid = hid_of(function);

    (void)data;
    device_guest_error(&hid->device, "no such OUT endpoint", endpoint, bytes);
    return USB_STALL;
}

static const struct usb_function_ops function_ops = {
    .reset = function_reset,
    .control = function_control,
    .in = function_in,
    .out = function_out,
};

/* ---- For the devices ---- */

void usb_hid_init(struct usb_hid *hid, const struct usb_hid_model *model)
{
    hid->model = model;
    hid->function.ops = &function_ops;
    hid->function.speed = model->speed;
    event_init(&hid->idle_event, "idle", idle_fire, hid);
}

void usb_hid_reset(struct usb_hid *hid)
{
    bus_reset(hid);
}

int usb_hid_loaded(struct device *device, struct error *err)
{
    const struct usb_hid *hid = usb_hid_of(device);

    if (event_is_armed(&hid->idle_event) && (!usb_hid_is_configured(hid) || hid->idle == 0)) {
        return error_host(err, "%s: a period is running in the snapshot and may not", device->path);
    }
    return 0;
}

void usb_hid_fini(struct device *device)
{
    sched_cancel(device->env.sched, &usb_hid_of(device)->idle_event);
}

void usb_hid_changed(struct usb_hid *hid)
{
    usb_wake(&hid->function, HID_ENDPOINT);
}

void usb_hid_lost(struct usb_hid *hid, size_t waiting)
{
    TRACE(hid->device.env.trace, &hid->device, &usb_hid_ev_lost, waiting);
}

struct usb_function *usb_hid_function(struct device *device)
{
    return &usb_hid_of(device)->function;
}

bool usb_hid_is_listening(const struct device *device)
{
    const struct usb_hid *hid = CONTAINER_OF(device, struct usb_hid, device);

    return usb_hid_is_configured(hid) && hid->is_polled;
}
