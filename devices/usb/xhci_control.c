/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: control pipes (4.11.2.2, 6.4.1.2): setup, data and status stage are TDs of their own.
 *
 * A device here answers a whole control transfer at once, so it is asked when everything that it
 * needs is known: in the data stage where there is one, else in the status stage. A stall is
 * reported by the stage in which it was asked (USB 2.0, 8.5.3.4 allows both).
 */
#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"

#define SETUP_BYTES           8u
#define REQUEST_IN            0x80u
#define REQUEST_CLEAR_FEATURE 1u
#define REQUEST_SET_FEATURE   3u
#define REQUEST_SET_ADDRESS   5u
#define FEATURE_REMOTE_WAKEUP 1u

static struct usb_setup setup_of(const struct xhci_pipe *pipe)
{
    uint64_t raw = pipe->slot->setup;

    return (struct usb_setup){
        .request_type = (uint8_t)raw,
        .request = (uint8_t)(raw >> 8),
        .value = (uint16_t)(raw >> 16),
        .index = (uint16_t)(raw >> 32),
        .length = (uint16_t)(raw >> 48),
    };
}

/* A suspended port must know whether its device may wake it. */
static void note_wakeup(struct xhci_pipe *pipe, const struct usb_setup *setup)
{
    struct xhci_port *port = &pipe->xhci->port[pipe->slot->port - 1];

    if (setup->request_type != 0 || setup->value != FEATURE_REMOTE_WAKEUP) return;
    if (setup->request == REQUEST_SET_FEATURE) {
        port->has_remote_wakeup = true;
    } else if (setup->request == REQUEST_CLEAR_FEATURE) {
        port->has_remote_wakeup = false;
    }
}

/* The whole transfer. 4.6.5: addresses are the controller's business. */
static enum usb_status request(struct xhci_pipe *pipe, struct usb_function *function,
                               const struct usb_setup *setup, size_t *done)
{
    enum usb_status status;

    *done = 0;
    if (setup->request_type == 0 && setup->request == REQUEST_SET_ADDRESS) {
        device_guest_error(&pipe->xhci->fn.device, "SET_ADDRESS sent by software", setup->value,
                           pipe->slot_id);
        return USB_STALL;
    }
    status = function->ops->control(function, setup, pipe->xhci->buffer, done);
    TRACE(pipe->xhci->fn.device.env.trace, &pipe->xhci->fn.device, &xhci_trace_transfer,
          pipe->slot_id, pipe->dci, *done, status);
    *done = min_u64(*done, setup->length);
    if (status == USB_OK) {
        note_wakeup(pipe, setup);
    }
    return status;
}

static enum xhci_next refused(struct xhci_pipe *pipe, enum usb_status status)
{
    return status == USB_NAK ? XHCI_NEXT_WAIT : xhci_td_fail(pipe, XHCI_STALL);
}

static enum xhci_next setup_stage(struct xhci_pipe *pipe, const struct xhci_trb *trb)
{
    if ((trb->control & XHCI_TRB_IDT) == 0 || (trb->status & XHCI_TRB_LENGTH) != SETUP_BYTES) {
        return xhci_td_fail(pipe, XHCI_TRB_ERROR);
    }
    pipe->slot->setup = trb->parameter;
    pipe->ep->stage = XHCI_STAGE_SETUP;
    pipe->cost += xhci_wire_time(pipe->slot->speed, SETUP_BYTES);
    xhci_td_retire(pipe, trb, XHCI_SUCCESS);
    return XHCI_NEXT_READY;
}

/* `room`: bytes of the TD. The device sends until it or the TD has no more (4.10.1.1, 4.10.2.5). */
static enum xhci_next data_in(struct xhci_pipe *pipe, struct usb_function *function,
                              const struct usb_setup *setup, size_t room)
{
    size_t done;
    enum usb_status status = request(pipe, function, setup, &done);

    if (status != USB_OK) return refused(pipe, status);
    if (done > room && room % pipe->ep->max_packet != 0) return xhci_td_fail(pipe, XHCI_BABBLE);
    done = min_u64(done, room);
    pipe->cost += xhci_wire_time(pipe->slot->speed, done);
    pipe->ep->stage = XHCI_STAGE_DATA;
    return xhci_td_commit(pipe, pipe->xhci->buffer, done, done < room);
}

static enum xhci_next data_out(struct xhci_pipe *pipe, struct usb_function *function,
                               const struct usb_setup *setup, size_t bytes)
{
    size_t done;
    enum usb_status status;

    if (bytes != setup->length) {
        device_guest_error(&pipe->xhci->fn.device, "data stage is not as long as wLength", bytes,
                           setup->length);
        return xhci_td_fail(pipe, XHCI_STALL);
    }
    status = request(pipe, function, setup, &done);
    if (status != USB_OK) return refused(pipe, status);
    pipe->cost += xhci_wire_time(pipe->slot->speed, bytes);
    pipe->ep->stage = XHCI_STAGE_DATA;
    return xhci_td_commit(pipe, NULL, bytes, false);
}

static enum xhci_next data_stage(struct xhci_pipe *pipe, const struct xhci_trb *trb,
                                 struct usb_function *function)
{
    struct usb_setup setup = setup_of(pipe);
    bool is_in = (trb->control & XHCI_TRB_DIR) != 0;
    size_t bytes;
    enum xhci_next next;

    if (pipe->ep->stage != XHCI_STAGE_SETUP) return xhci_td_fail(pipe, XHCI_TRB_ERROR);
    if (is_in != ((setup.request_type & REQUEST_IN) != 0) || setup.length == 0 ||
        setup.length > USB_CONTROL_BYTES_MAX) {
        return xhci_td_fail(pipe, XHCI_STALL);
    }
    next = xhci_td_gather(pipe, is_in ? NULL : pipe->xhci->buffer, USB_CONTROL_BYTES_MAX, &bytes);
    if (next != XHCI_NEXT_READY) return next;
    return is_in ? data_in(pipe, function, &setup, bytes) : data_out(pipe, function, &setup, bytes);
}

static enum xhci_next status_stage(struct xhci_pipe *pipe, const struct xhci_trb *trb,
                                   struct usb_function *function)
{
    struct usb_setup setup = setup_of(pipe);
    size_t done;

    if (pipe->ep->stage == XHCI_STAGE_NONE) return xhci_td_fail(pipe, XHCI_TRB_ERROR);
    if (pipe->ep->stage == XHCI_STAGE_SETUP) {
        enum usb_status status =
            setup.length == 0 ? request(pipe, function, &setup, &done) : USB_STALL;

        if (status != USB_OK) return refused(pipe, status);
    }
    pipe->ep->stage = XHCI_STAGE_NONE;
    pipe->cost += xhci_wire_time(pipe->slot->speed, 0);
    xhci_td_retire(pipe, trb, XHCI_SUCCESS);
    return XHCI_NEXT_READY;
}

enum xhci_next xhci_control_step(struct xhci_pipe *pipe, const struct xhci_trb *trb,
                                 struct usb_function *function)
{
    /* Devices here have no control endpoint but the default one: nobody answers. */
    if (pipe->dci != 1) return xhci_td_fail(pipe, XHCI_TRANSACTION_ERROR);
    switch (xhci_trb_type(trb)) {
    case XHCI_TRB_SETUP: return setup_stage(pipe, trb);
    case XHCI_TRB_DATA: return data_stage(pipe, trb, function);
    case XHCI_TRB_STATUS: return status_stage(pipe, trb, function);
    default: return xhci_td_fail(pipe, XHCI_TRB_ERROR);
    }
}
