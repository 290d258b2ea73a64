/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench with an xHCI controller alone, a scripted USB device at one of its ports, rings and
 * contexts in the rig's RAM, and a driver in a few functions: commands, TRBs, events. Every function
 * that fails ends the running test.
 */
#pragma once

#include "devices/usb/usb.h"
#include "devices/usb/xhci.h"
#include "devices/usb/xhci_regs.h"
#include "tests/lib/rig.h"

#define XB_BAR            UINT64_C(0x90000000)
#define XB_DCBAA          UINT64_C(0x1000)
#define XB_COMMANDS       UINT64_C(0x2000)
#define XB_COMMANDS_COUNT 16u /* the last is the link */
#define XB_ERST           UINT64_C(0x3000)
#define XB_EVENTS         UINT64_C(0x4000) /* segments at this distance: */
#define XB_SEGMENT        UINT64_C(0x1000)
#define XB_INPUT          UINT64_C(0x10000)
#define XB_OUTPUT         UINT64_C(0x20000) /* of slot n: + n * XB_OUTPUT_STRIDE */
#define XB_OUTPUT_STRIDE  UINT64_C(0x1000)
#define XB_RINGS          UINT64_C(0x80000) /* of endpoint n: + n * XB_RING_STRIDE */
#define XB_RING_STRIDE    UINT64_C(0x400)
#define XB_RING_COUNT     32u
#define XB_DATA           UINT64_C(0xa0000)
#define XB_NOWHERE        UINT64_C(0x70000000)
#define XB_DEVICE_BYTES   64u
#define XB_MSI_ADDRESS    UINT32_C(0xfee00000)
#define XB_MSI_DATA       UINT32_C(0x40)

/* The scripted device: what it says next, and what it was told. */
struct xb_device {
    struct usb_function function;
    enum usb_status in_status;
    enum usb_status out_status;
    enum usb_status control_status;
    uint8_t in_data[2048];
    size_t in_left; /* bytes that it still has; what one packet takes is gone */
    uint8_t out_data[2048];
    size_t out_bytes;
    struct usb_setup setup;
    uint8_t control_data[USB_CONTROL_BYTES_MAX];
    size_t control_bytes; /* of control_data for IN requests */
    unsigned resets;
    unsigned ins;
    unsigned outs;
    unsigned controls;
};

struct xb_event {
    uint64_t parameter;
    uint32_t length; /* bits 23:0 of the status */
    unsigned code;
    unsigned type;
    unsigned slot;
    unsigned endpoint;
    bool is_event_data;
};

struct xb {
    struct rig *rig;
    struct device *dut;
    struct xb_device device;
    unsigned port;
    unsigned slot;
    /* software's side of the rings */
    unsigned command_index;
    bool command_cycle;
    unsigned event_segments;
    unsigned event_count; /* TRBs in each segment */
    unsigned event_segment;
    unsigned event_index;
    bool event_cycle;
    unsigned ring_index[32];
    bool ring_cycle[32];
};

/* Creates everything, with the device at a port that fits its speed; controller halted, BAR mapped,
 * MSI on. */
void xb_create(struct xb *xb, enum usb_speed speed);
void xb_destroy(struct xb *xb);

uint32_t xb_read(struct xb *xb, uint64_t offset);
void xb_write(struct xb *xb, uint64_t offset, uint32_t value);
uint64_t xb_portsc(unsigned port);

/* Programs rings and starts the controller: `segments` event ring segments of `count` TRBs. */
void xb_start(struct xb *xb, unsigned segments, unsigned count);
/* The next event, false when there is none; ERDP follows only in xb_release(). */
bool xb_take(struct xb *xb, struct xb_event *event);
void xb_release(struct xb *xb);
/* The next event, which must be there and of this type; released. */
struct xb_event xb_expect(struct xb *xb, unsigned type);
void xb_expect_none(struct xb *xb);

/* Puts a command into the ring. */
void xb_put_command(struct xb *xb, uint64_t parameter, uint32_t status, uint32_t control);
/* The same, rings, waits and takes the completion: its code; the slot in xb_command_slot. */
unsigned xb_command(struct xb *xb, uint64_t parameter, uint32_t control);
#define XB_TYPE(type) ((uint32_t)(type) << XHCI_TRB_TYPE_SHIFT)
#define XB_ON(slot, dci) \
    ((uint32_t)(slot) << XHCI_TRB_SLOT_SHIFT | (uint32_t)(dci) << XHCI_TRB_EP_SHIFT)

/* Reset of the port, Enable Slot, Address Device; events taken. */
void xb_enumerate(struct xb *xb);
/* The input context: control words; slot context of the device; one endpoint context. */
void xb_input_control(struct xb *xb, uint32_t drop, uint32_t add);
void xb_input_slot(struct xb *xb);
void xb_input_endpoint(struct xb *xb, unsigned dci, enum xhci_ep_type type, unsigned packet,
                       unsigned interval);
/* Configure Endpoint for one endpoint; its ring is empty. */
void xb_configure(struct xb *xb, unsigned dci, enum xhci_ep_type type, unsigned packet,
                  unsigned interval);
unsigned xb_endpoint_state(struct xb *xb, unsigned dci);
unsigned xb_slot_state(struct xb *xb);

/* Puts a TRB into the ring of an endpoint and returns its address. */
uint64_t xb_trb(struct xb *xb, unsigned dci, uint64_t parameter, uint32_t status, uint32_t control);
void xb_ring(struct xb *xb, unsigned dci);
/* A whole control transfer: setup, data stage when `length` is not 0, status with IOC; rings. */
void xb_control(struct xb *xb, unsigned request_type, unsigned request, unsigned value,
                unsigned length);
