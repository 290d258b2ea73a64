/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: root hub ports (4.19, 5.4.8). The first ones speak USB 2, those after them USB 3; what is
 * plugged in was plugged in at creation and stays. xhci.c has the overview.
 */
#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"

/* 4.19.5: the controller times resets. USB 2.0, 7.1.7.5: TDRSTR of a root port is 50 ms; USB 3.0,
 * 6.4.3: a hot reset is training sequences only, tReset of a warm one is 80 to 120 ms. */
#define RESET_USB2 VTIME_MS(50)
#define RESET_HOT  VTIME_MS(2)
#define RESET_WARM VTIME_MS(100)

#define ENDPOINT_MAX 15u
#define ALL_DCIS     (UINT32_MAX - 1)

static struct xhci_port *port_at(struct xhci *xhci, unsigned port)
{
    return &xhci->port[port - 1];
}

static bool is_usb3(const struct xhci *xhci, unsigned port)
{
    return port > xhci->usb2_ports;
}

static enum xhci_link_state link_of(const struct xhci_port *port)
{
    return (enum xhci_link_state)((port->portsc & XHCI_PORTSC_PLS) >> XHCI_PORTSC_PLS_SHIFT);
}

static void set_link(struct xhci_port *port, enum xhci_link_state link)
{
    port->portsc = (port->portsc & ~XHCI_PORTSC_PLS) | (uint32_t)link << XHCI_PORTSC_PLS_SHIFT;
}

static void trace_port(struct xhci *xhci, unsigned port)
{
    TRACE(xhci->fn.device.env.trace, &xhci->fn.device, &xhci_trace_port, port,
          port_at(xhci, port)->portsc);
}

/* 4.19.2: an event when the first of the change bits is set. */
static void set_change(struct xhci *xhci, unsigned port, uint32_t change)
{
    struct xhci_port *at = port_at(xhci, port);
    bool is_first = (at->portsc & XHCI_PORTSC_CHANGES) == 0;

    at->portsc |= change;
    xhci->usbsts |= XHCI_STS_PCD;
    trace_port(xhci, port);
    if (is_first && xhci_is_running(xhci)) {
        xhci_event_port(xhci, port);
    }
}

/* The device of a port is there again, or gone: its endpoints find out. */
static void tell_slot(struct xhci *xhci, unsigned port)
{
    unsigned slot = port_at(xhci, port)->slot;

    if (slot != 0) {
        xhci_service_wake(xhci, slot, ALL_DCIS);
    }
}

/* ---- Connect and disconnect ---- */

static void enable(struct xhci_port *port)
{
    port->portsc &= ~XHCI_PORTSC_SPEED;
    port->portsc |= XHCI_PORTSC_PED | (uint32_t)port->function->speed << XHCI_PORTSC_SPEED_SHIFT;
    set_link(port, XHCI_LINK_U0);
}

/* USB 2 devices wait for a reset; USB 3 links train by themselves (4.19.1.2). */
static void connect(struct xhci *xhci, unsigned number)
{
    struct xhci_port *port = port_at(xhci, number);

    port->portsc &= ~(XHCI_PORTSC_CCS | XHCI_PORTSC_PED | XHCI_PORTSC_SPEED);
    port->address = 0;
    port->has_remote_wakeup = false;
    if (port->function == NULL) {
        set_link(port, XHCI_LINK_RX_DETECT);
        return;
    }
    port->portsc |= XHCI_PORTSC_CCS;
    set_link(port, XHCI_LINK_POLLING);
    if (is_usb3(xhci, number)) {
        enable(port);
    }
}

void xhci_ports_reset(struct xhci *xhci)
{
    for (unsigned number = 1; number <= xhci->ports; number++) {
        struct xhci_port *port = port_at(xhci, number);

        port->reset_end = VTIME_NEVER;
        port->is_warm = false;
        port->slot = 0;
        port->has_event = false;
        connect(xhci, number);
        if (port->function != NULL) {
            port->portsc |= XHCI_PORTSC_CSC;
        }
    }
}

void xhci_ports_retrain(struct xhci *xhci)
{
    for (unsigned number = xhci->usb2_ports + 1u; number <= xhci->ports; number++) {
        struct usb_function *function = port_at(xhci, number)->function;

        if (function != NULL) {
            function->ops->reset(function);
        }
    }
}

void xhci_ports_started(struct xhci *xhci)
{
    for (unsigned number = 1; number <= xhci->ports; number++) {
        if ((port_at(xhci, number)->portsc & XHCI_PORTSC_CHANGES) == 0) continue;
        xhci->usbsts |= XHCI_STS_PCD;
        xhci_event_port(xhci, number);
    }
}

/* ---- Reset of a port ---- */

static void arm_resets(struct xhci *xhci)
{
    vtime first = VTIME_NEVER;

    for (unsigned i = 0; i < xhci->ports; i++) {
        first = min_u64(first, xhci->port[i].reset_end);
    }
    sched_at(xhci->fn.device.env.sched, &xhci->port_event, first);
}

static void begin_reset(struct xhci *xhci, unsigned number, bool is_warm)
{
    struct xhci_port *port = port_at(xhci, number);
    vtime span = RESET_USB2;

    if ((port->portsc & XHCI_PORTSC_PP) == 0 || port->reset_end != VTIME_NEVER) return;
    if (is_usb3(xhci, number)) {
        span = is_warm ? RESET_WARM : RESET_HOT;
    }
    port->portsc &= ~XHCI_PORTSC_PED;
    port->portsc |= XHCI_PORTSC_PR;
    port->is_warm = is_warm;
    port->reset_end = device_now(&xhci->fn.device) + span;
    arm_resets(xhci);
    trace_port(xhci, number);
    tell_slot(xhci, number);
}

static void end_reset(struct xhci *xhci, unsigned number)
{
    struct xhci_port *port = port_at(xhci, number);
    uint32_t change = XHCI_PORTSC_PRC | (port->is_warm ? XHCI_PORTSC_WRC : 0);

    port->reset_end = VTIME_NEVER;
    port->is_warm = false;
    port->portsc &= ~XHCI_PORTSC_PR;
    port->address = 0;
    port->has_remote_wakeup = false;
    if (port->function != NULL) {
        port->function->ops->reset(port->function);
        enable(port);
    }
    set_change(xhci, number, change);
}

void xhci_port_fire(void *owner, vtime when)
{
    struct xhci *xhci = owner;

    for (unsigned number = 1; number <= xhci->ports; number++) {
        if (port_at(xhci, number)->reset_end <= when) {
            end_reset(xhci, number);
        }
    }
    arm_resets(xhci);
}

/* ---- Link state ---- */

static void resumed(struct xhci *xhci, unsigned number)
{
    set_link(port_at(xhci, number), XHCI_LINK_U0);
    set_change(xhci, number, XHCI_PORTSC_PLC);
    tell_slot(xhci, number);
}

/* USB 2 ports: 4.15.1, 4.15.2.1 (suspend and resume), 4.23.5.1.1 (L1). */
static void write_link_usb2(struct xhci *xhci, unsigned number, enum xhci_link_state link)
{
    struct xhci_port *port = port_at(xhci, number);
    enum xhci_link_state now = link_of(port);

    if (link == XHCI_LINK_U3 && now == XHCI_LINK_U0) {
        set_link(port, XHCI_LINK_U3);
        trace_port(xhci, number);
    } else if (link == XHCI_LINK_RESUME && now == XHCI_LINK_U3) {
        set_link(port, XHCI_LINK_RESUME);
        trace_port(xhci, number);
    } else if (link == XHCI_LINK_U0 && (now == XHCI_LINK_U3 || now == XHCI_LINK_RESUME)) {
        resumed(xhci, number);
    } else if (link == XHCI_LINK_U2 && now == XHCI_LINK_U0) {
        device_unimplemented(&xhci->fn.device, "USB 2 link power management", number, link);
        port->portpmsc = (port->portpmsc & ~XHCI_PORTPMSC_L1S) | XHCI_PORTPMSC_L1S_NOT_SUPPORTED;
        set_change(xhci, number, XHCI_PORTSC_PLC);
    }
}

/* USB 3 ports: 4.19.1.2. */
static void write_link_usb3(struct xhci *xhci, unsigned number, enum xhci_link_state link)
{
    struct xhci_port *port = port_at(xhci, number);
    bool is_enabled = (port->portsc & XHCI_PORTSC_PED) != 0;

    if (link == XHCI_LINK_DISABLED) {
        port->portsc &= ~XHCI_PORTSC_PED;
        set_link(port, XHCI_LINK_DISABLED);
        tell_slot(xhci, number);
    } else if (link == XHCI_LINK_RX_DETECT && link_of(port) == XHCI_LINK_DISABLED) {
        connect(xhci, number);
        if (port->function != NULL) {
            set_change(xhci, number, XHCI_PORTSC_CSC);
        }
    } else if (is_enabled && link == XHCI_LINK_U0 && link_of(port) == XHCI_LINK_U3) {
        resumed(xhci, number);
    } else if (is_enabled && link <= XHCI_LINK_U3) {
        set_link(port, link);
    }
    trace_port(xhci, number);
}

static void write_link(struct xhci *xhci, unsigned number, enum xhci_link_state link)
{
    if (is_usb3(xhci, number)) {
        write_link_usb3(xhci, number, link);
    } else if ((port_at(xhci, number)->portsc & XHCI_PORTSC_PED) != 0) {
        write_link_usb2(xhci, number, link);
    }
}

/* ---- Registers ---- */

static bool is_there(const struct device *device, unsigned index)
{
    return index < ((const struct xhci *)(const void *)device)->ports;
}

uint64_t xhci_port_reg_get(struct device *device, unsigned index, uint64_t stored)
{
    return is_there(device, index) ? stored : 0;
}

/* Logical power: PPC is 0, so VBus stays (5.4.8, PP). */
static void write_power(struct xhci *xhci, unsigned number)
{
    struct xhci_port *port = port_at(xhci, number);

    if ((port->portsc & XHCI_PORTSC_PP) != 0) {
        connect(xhci, number);
        if (port->function != NULL) {
            set_change(xhci, number, XHCI_PORTSC_CSC);
        }
    } else {
        port->portsc &= ~(XHCI_PORTSC_CCS | XHCI_PORTSC_PED | XHCI_PORTSC_PR | XHCI_PORTSC_SPEED |
                          XHCI_PORTSC_CHANGES);
        set_link(port, XHCI_LINK_DISABLED);
        port->reset_end = VTIME_NEVER;
        port->is_warm = false;
        arm_resets(xhci);
    }
    trace_port(xhci, number);
    tell_slot(xhci, number);
}

static void write_disable(struct xhci *xhci, unsigned number)
{
    set_link(port_at(xhci, number), is_usb3(xhci, number) ? XHCI_LINK_DISABLED : XHCI_LINK_POLLING);
    trace_port(xhci, number);
    tell_slot(xhci, number);
}

void xhci_portsc_write(struct device *device, const struct reg_write *write)
{
    struct xhci *xhci = xhci_of(device);
    unsigned number = write->index + 1;
    bool is_powered = (write->now & XHCI_PORTSC_PP) != 0;

    if (!is_there(device, write->index)) {
        xhci->port[write->index].portsc = (uint32_t)write->old;
        return;
    }
    if (((write->old ^ write->now) & XHCI_PORTSC_PP) != 0) {
        write_power(xhci, number);
        return;
    }
    if (!is_powered) return;
    if ((write->old & ~write->now & XHCI_PORTSC_PED) != 0) {
        write_disable(xhci, number);
    }
    if ((write->written & XHCI_PORTSC_PR) != 0) {
        begin_reset(xhci, number, false);
    } else if (is_usb3(xhci, number) && (write->written & XHCI_PORTSC_WPR) != 0) {
        begin_reset(xhci, number, true);
    } else if ((write->written & XHCI_PORTSC_LWS) != 0 &&
               port_at(xhci, number)->reset_end == VTIME_NEVER) {
        write_link(
            xhci, number,
            (enum xhci_link_state)((write->written & XHCI_PORTSC_PLS) >> XHCI_PORTSC_PLS_SHIFT));
    }
}

void xhci_portpmsc_write(struct device *device, const struct reg_write *write)
{
    struct xhci_port *port = port_at(xhci_of(device), write->index + 1);
    bool is_3 = is_usb3(xhci_of(device), write->index + 1);
    uint32_t rw = is_3 ? XHCI_PORTPMSC_USB3_RW : XHCI_PORTPMSC_USB2_RW;

    if (!is_there(device, write->index)) {
        port->portpmsc = (uint32_t)write->old;
        return;
    }
    port->portpmsc = (port->portpmsc & rw) | ((uint32_t)write->old & ~rw);
    if (!is_3 && port->portpmsc >> XHCI_PORTPMSC_TEST_SHIFT != 0) {
        device_unimplemented(device, "port test mode", write->index + 1, port->portpmsc);
    }
}

void xhci_porthlpmc_write(struct device *device, const struct reg_write *write)
{
    if (is_there(device, write->index)) return;
    xhci_of(device)->port[write->index].porthlpmc = (uint32_t)write->old;
}

/* ---- For the pipes ---- */

struct usb_function *xhci_port_function(struct xhci *xhci, unsigned port)
{
    const struct xhci_port *at = port_at(xhci, port);
    bool is_up = (at->portsc & XHCI_PORTSC_PED) != 0 && link_of(at) <= XHCI_LINK_U2;

    return is_up ? at->function : NULL;
}

bool xhci_port_is_suspended(const struct xhci *xhci, unsigned port)
{
    const struct xhci_port *at = &xhci->port[port - 1];

    return (at->portsc & XHCI_PORTSC_PED) != 0 &&
           (link_of(at) == XHCI_LINK_U3 || link_of(at) == XHCI_LINK_RESUME);
}

/* A suspended device that may do so wakes the bus up first (4.15.2.2). */
void xhci_port_wake(void *ctx, unsigned port, unsigned endpoint)
{
    struct xhci *xhci = ctx;
    struct xhci_port *at = port_at(xhci, port);

    if (xhci_port_is_suspended(xhci, port)) {
        if (!at->has_remote_wakeup || link_of(at) != XHCI_LINK_U3) return;
        set_link(at, XHCI_LINK_RESUME);
        set_change(xhci, port, XHCI_PORTSC_PLC);
        return;
    }
    if (at->slot == 0 || endpoint > ENDPOINT_MAX) return;
    xhci_service_wake(xhci, at->slot,
                      endpoint == 0 ? BIT32(1) : BIT32(2 * endpoint) | BIT32(2 * endpoint + 1));
}
