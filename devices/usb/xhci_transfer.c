/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: bulk and interrupt pipes (4.10): one transaction with the device at a time.
 */
#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"

/* USB 2.0, 5.8.4 and 5.11.3: bytes of protocol that go with each transaction; USB 3.0: header and
 * acknowledgement packets. */
#define OVERHEAD_FULL  13u
#define OVERHEAD_HIGH  55u
#define OVERHEAD_SUPER 40u
/* Picoseconds for a byte: 12, 1.5 and 480 Mb/s; 5 Gb/s with ten bits for eight. */
#define BYTE_FULL  VTIME_PS(666667)
#define BYTE_LOW   VTIME_PS(5333333)
#define BYTE_HIGH  VTIME_PS(16667)
#define BYTE_SUPER VTIME_PS(2000)

#define TYPE_IN 4u /* bit of enum xhci_ep_type */

vtime xhci_wire_time(unsigned speed, size_t bytes)
{
    switch (speed) {
    case USB_SPEED_FULL: return (bytes + OVERHEAD_FULL) * BYTE_FULL;
    case USB_SPEED_LOW: return (bytes + OVERHEAD_FULL) * BYTE_LOW;
    case USB_SPEED_SUPER: return (bytes + OVERHEAD_SUPER) * BYTE_SUPER;
    default: return (bytes + OVERHEAD_HIGH) * BYTE_HIGH;
    }
}

bool xhci_pipe_is_periodic(const struct xhci_ep *ep)
{
    return ep->type == XHCI_EP_INTERRUPT_IN || ep->type == XHCI_EP_INTERRUPT_OUT;
}

/* It hears what is sent to its own address only, and only at an enabled port. */
struct usb_function *xhci_pipe_function(struct xhci_pipe *pipe)
{
    unsigned port = pipe->slot->port;

    if (port == 0 || pipe->slot->has_route) return NULL;
    if (pipe->xhci->port[port - 1].address != pipe->slot->address) return NULL;
    return xhci_port_function(pipe->xhci, port);
}

static void trace_transfer(const struct xhci_pipe *pipe, size_t bytes, enum usb_status status)
{
    TRACE(pipe->xhci->fn.device.env.trace, &pipe->xhci->fn.device, &xhci_trace_transfer,
          pipe->slot_id, pipe->dci, bytes, status);
}

/* What an answer other than USB_OK means for the TD. */
static enum xhci_next refused(struct xhci_pipe *pipe, enum usb_status status)
{
    return status == USB_NAK ? XHCI_NEXT_WAIT : xhci_td_fail(pipe, XHCI_STALL);
}

static enum xhci_next in_packet(struct xhci_pipe *pipe, struct usb_function *function)
{
    uint8_t *data = pipe->xhci->buffer;
    size_t room;
    size_t done = 0;
    enum usb_status status;
    enum xhci_next next = xhci_td_gather(pipe, NULL, pipe->ep->max_packet, &room);

    if (next != XHCI_NEXT_READY) return next;
    if (room == 0 && pipe->ep->is_in_td) return xhci_td_commit(pipe, NULL, 0, false);
    status = function->ops->in(function, pipe->dci / 2, data, pipe->ep->max_packet, &done);
    trace_transfer(pipe, done, status);
    pipe->cost += xhci_wire_time(pipe->slot->speed, done);
    if (status != USB_OK) return refused(pipe, status);
    if (done > room) return xhci_td_fail(pipe, XHCI_BABBLE);
    return xhci_td_commit(pipe, data, done, done < room);
}

static enum xhci_next out_packet(struct xhci_pipe *pipe, struct usb_function *function)
{
    uint8_t *data = pipe->xhci->buffer;
    size_t bytes;
    enum usb_status status;
    enum xhci_next next = xhci_td_gather(pipe, data, pipe->ep->max_packet, &bytes);

    if (next != XHCI_NEXT_READY) return next;
    if (bytes == 0 && pipe->ep->is_in_td) return xhci_td_commit(pipe, NULL, 0, false);
    status = function->ops->out(function, pipe->dci / 2, data, bytes);
    trace_transfer(pipe, bytes, status);
    pipe->cost += xhci_wire_time(pipe->slot->speed, bytes);
    if (status != USB_OK) return refused(pipe, status);
    return xhci_td_commit(pipe, NULL, bytes, false);
}

enum xhci_next xhci_pipe_step(struct xhci_pipe *pipe)
{
    struct xhci_trb trb;
    struct usb_function *function;
    enum xhci_next next = xhci_td_settle(pipe, &trb);

    if (next != XHCI_NEXT_READY) return next;
    function = xhci_pipe_function(pipe);
    if (function == NULL) {
        /* A suspended port carries nothing; elsewhere three tries get no answer (4.10.2.4). */
        return pipe->slot->port != 0 && xhci_port_is_suspended(pipe->xhci, pipe->slot->port)
                   ? XHCI_NEXT_WAIT
                   : xhci_td_fail(pipe, XHCI_TRANSACTION_ERROR);
    }
    if (pipe->ep->type == XHCI_EP_CONTROL) return xhci_control_step(pipe, &trb, function);
    if (xhci_trb_type(&trb) != XHCI_TRB_NORMAL) return xhci_td_fail(pipe, XHCI_TRB_ERROR);
    return (pipe->ep->type & TYPE_IN) != 0 ? in_packet(pipe, function) : out_packet(pipe, function);
}
