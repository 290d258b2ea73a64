/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keyboard, mouse and tablet have in common: one interface of class HID with one interrupt IN
 * endpoint and reports without report ids. A device tells it by a constant model what it is and
 * what it has to report; hid.c answers the host.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/usb/hid.h"
#include "devices/usb/usb.h"
#include "devices/usb/usb_standard.h"
#include "emu/base/bits.h"
#include "emu/core/device.h"
#include "emu/core/sched.h"
#include "emu/core/snap.h"

#define HID_ENDPOINT         1u /* interrupt IN */
#define HID_ENDPOINT_BIT     (1u << HID_ENDPOINT)
#define HID_REPORT_BYTES_MAX 8u
#define HID_DESCRIPTOR_BYTES 9u

/* bRequest of class requests, HID 1.11, 7.2 */
#define HID_GET_REPORT   0x01u
#define HID_GET_IDLE     0x02u
#define HID_GET_PROTOCOL 0x03u
#define HID_SET_REPORT   0x09u
#define HID_SET_IDLE     0x0au
#define HID_SET_PROTOCOL 0x0bu

/* Descriptor types, 7.1 */
#define HID_DESCRIPTOR_HID    0x21u
#define HID_DESCRIPTOR_REPORT 0x22u

#define HID_REPORT_INPUT   1u /* report types, 7.2.1 */
#define HID_REPORT_OUTPUT  2u
#define HID_REPORT_FEATURE 3u

#define HID_PROTOCOL_BOOT   0u /* 7.2.5 */
#define HID_PROTOCOL_REPORT 1u

#define HID_IDLE_UNIT VTIME_MS(4) /* 7.2.4 */

/* Event kinds that every such device makes. */
#define HID_EVENTS &usb_hid_ev_configured, &usb_hid_ev_report, &usb_hid_ev_lost

struct usb_hid;

struct usb_hid_model {
    struct usb_standard_model standard;
    enum usb_speed speed;
    const uint8_t *hid_descriptor; /* inside the configuration; HID_DESCRIPTOR_BYTES */
    const uint8_t *report_descriptor;
    size_t report_descriptor_bytes;
    bool has_boot_protocol;
    uint8_t default_idle; /* units of HID_IDLE_UNIT; 0: only changes are reported */
    /* The present state as a report in the protocol that is set; its length. */
    size_t (*state)(const struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX]);
    /* Takes the oldest report that waits; 0 when none does. */
    size_t (*take)(struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX]);
    /* What waits is forgotten. With `is_held`, and keys or buttons are down or the host believes so,
     * the present state is the next report. */
    void (*forget)(struct usb_hid *hid, bool is_held);
    /* Output report; NULL: there is none. */
    size_t output_bytes;
    void (*output)(struct usb_hid *hid, const uint8_t *report);
    size_t (*output_state)(const struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX]);
};

/* First member of the instance of every such device. */
struct usb_hid {
    struct device device;
    const struct usb_hid_model *model;
    struct usb_function function;
    struct event idle_event;
    struct usb_standard standard;
    uint8_t protocol;
    uint8_t idle;      /* units of HID_IDLE_UNIT */
    bool is_idle_due;  /* the present state is to be sent though nothing has changed */
    bool is_polled;    /* the host has asked for reports since it configured the device */
    vtime reported_at; /* when the last report left, or when the device was configured */
};

/* What every such device saves. */
#define HID_SNAP(type)                                                                   \
    SNAP_E(type, hid.idle_event), SNAP_U_MAX(type, hid.standard.configuration, 1),       \
        SNAP_U_MAX(type, hid.standard.has_remote_wakeup, 1),                             \
        SNAP_U_MAX(type, hid.standard.halted_in, HID_ENDPOINT_BIT),                      \
        SNAP_U_MAX(type, hid.standard.halted_out, 0), SNAP_U_MAX(type, hid.protocol, 1), \
        SNAP_U(type, hid.idle), SNAP_U_MAX(type, hid.is_idle_due, 1),                    \
        SNAP_U_MAX(type, hid.is_polled, 1), SNAP_U(type, hid.reported_at)

extern const struct trace_desc usb_hid_ev_configured;
extern const struct trace_desc usb_hid_ev_report;
extern const struct trace_desc usb_hid_ev_lost;

static inline struct usb_hid *usb_hid_of(struct device *device)
{
    return CONTAINER_OF(device, struct usb_hid, device);
}

/* The life of a device: init and reset are called by its own, the others stand in its class. */
void usb_hid_init(struct usb_hid *hid, const struct usb_hid_model *model);
void usb_hid_reset(struct usb_hid *hid);
int usb_hid_loaded(struct device *device, struct error *err) MUST_CHECK;
void usb_hid_fini(struct device *device);

/* The host has configured the device: what happens now is kept for it. */
bool usb_hid_is_configured(const struct usb_hid *hid);
/* Something to report was added. */
void usb_hid_changed(struct usb_hid *hid);
/* The queue was full: its newest entry now stands for more than one change. */
void usb_hid_lost(struct usb_hid *hid, size_t waiting);
