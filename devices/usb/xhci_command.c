/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: the command ring (4.6, 4.9.3, 5.4.5). One command is executed at a time, each at a virtual
 * time of its own.
 */
#include "devices/usb/xhci_internal.h"

#define RING_ALIGN   (~(uint64_t)0x3f)
#define SLOT_OF(trb) ((trb)->control >> XHCI_TRB_SLOT_SHIFT)
#define EP_OF(trb)   ((trb)->control >> XHCI_TRB_EP_SHIFT & XHCI_TRB_EP_MASK)

/* 6.4.2.2 */
static void complete(struct xhci *xhci, uint64_t at, enum xhci_code code, unsigned slot)
{
    const struct xhci_trb event = {
        .parameter = at,
        .status = (uint32_t)code << XHCI_TRB_CODE_SHIFT,
        .control = (uint32_t)XHCI_EVENT_COMMAND << XHCI_TRB_TYPE_SHIFT | (uint32_t)slot
                                                                             << XHCI_TRB_SLOT_SHIFT,
    };

    xhci_event(xhci, 0, &event, false);
}

static enum xhci_code execute_endpoint(struct xhci *xhci, unsigned type, unsigned slot,
                                       const struct xhci_trb *trb)
{
    unsigned dci = EP_OF(trb);

    if (dci == 0) return XHCI_TRB_ERROR;
    switch (type) {
    case XHCI_CMD_RESET_ENDPOINT: return xhci_ep_reset(xhci, slot, dci);
    case XHCI_CMD_STOP_ENDPOINT: return xhci_ep_stop(xhci, slot, dci);
    default: return xhci_ep_set_dequeue(xhci, slot, dci, trb);
    }
}

/* Commands about a slot that must be enabled. */
static enum xhci_code execute_slot(struct xhci *xhci, unsigned type, unsigned slot,
                                   const struct xhci_trb *trb)
{
    if (slot == 0 || slot > xhci->slots) return XHCI_TRB_ERROR;
    if (xhci_slot_at(xhci, slot)->state == XHCI_SLOT_DISABLED) return XHCI_SLOT_NOT_ENABLED;
    switch (type) {
    case XHCI_CMD_DISABLE_SLOT: return xhci_slot_disable(xhci, slot);
    case XHCI_CMD_ADDRESS_DEVICE: return xhci_slot_address(xhci, slot, trb);
    case XHCI_CMD_CONFIGURE_ENDPOINT: return xhci_slot_configure(xhci, slot, trb);
    case XHCI_CMD_EVALUATE_CONTEXT: return xhci_slot_evaluate(xhci, slot, trb);
    case XHCI_CMD_RESET_DEVICE: return xhci_slot_reset(xhci, slot);
    default: return execute_endpoint(xhci, type, slot, trb);
    }
}

static enum xhci_code execute(struct xhci *xhci, const struct xhci_trb *trb, unsigned *slot)
{
    unsigned type = xhci_trb_type(trb);

    switch (type) {
    case XHCI_CMD_ENABLE_SLOT: return xhci_slot_enable(xhci, trb, slot);
    case XHCI_CMD_DISABLE_SLOT:
    case XHCI_CMD_ADDRESS_DEVICE:
    case XHCI_CMD_CONFIGURE_ENDPOINT:
    case XHCI_CMD_EVALUATE_CONTEXT:
    case XHCI_CMD_RESET_ENDPOINT:
    case XHCI_CMD_STOP_ENDPOINT:
    case XHCI_CMD_SET_TR_DEQUEUE:
    case XHCI_CMD_RESET_DEVICE: *slot = SLOT_OF(trb); return execute_slot(xhci, type, *slot, trb);
    case XHCI_CMD_SET_LATENCY:
    case XHCI_CMD_NO_OP: return XHCI_SUCCESS;
    default:
        device_unimplemented(&xhci->fn.device, "command", type, trb->parameter);
        return XHCI_TRB_ERROR;
    }
}

/* Follows link TRBs; false: nothing to execute now. */
static bool next_command(struct xhci *xhci, struct xhci_trb *trb)
{
    for (unsigned i = 0; i < XHCI_TRBS_MAX; i++) {
        uint64_t at = xhci->command_dequeue;

        if (!xhci_fetch_trb(xhci, at, trb)) return false;
        if (((trb->control & XHCI_TRB_CYCLE) != 0) != xhci->command_cycle) return false;
        if (xhci_trb_type(trb) != XHCI_TRB_LINK) return true;
        xhci->command_dequeue = trb->parameter & XHCI_RING_PTR;
        if ((trb->control & XHCI_TRB_TC) != 0) {
            xhci->command_cycle = !xhci->command_cycle;
        }
        if ((trb->control & XHCI_TRB_IOC) != 0) {
            complete(xhci, at, XHCI_SUCCESS, 0);
        }
    }
    device_guest_error(&xhci->fn.device, "command ring of link TRBs", xhci->command_dequeue, 0);
    sched_at(xhci->fn.device.env.sched, &xhci->command_event,
             device_now(&xhci->fn.device) + XHCI_MICROFRAME);
    return false;
}

void xhci_command_kick(struct xhci *xhci)
{
    if (!xhci->is_command_running || !xhci_is_running(xhci)) return;
    if (event_is_armed(&xhci->command_event)) return;
    sched_at(xhci->fn.device.env.sched, &xhci->command_event,
             device_now(&xhci->fn.device) + XHCI_COMMAND_TIME);
}

void xhci_command_fire(void *owner, vtime when)
{
    struct xhci *xhci = owner;
    struct xhci_trb trb;
    unsigned slot = 0;
    uint64_t at;
    enum xhci_code code;

    (void)when;
    if (!xhci->is_command_running || !xhci_is_running(xhci) || xhci_is_held(xhci)) return;
    if (!next_command(xhci, &trb)) return;
    at = xhci->command_dequeue;
    xhci->command_dequeue += XHCI_TRB_BYTES;
    code = execute(xhci, &trb, &slot);
    TRACE(xhci->fn.device.env.trace, &xhci->fn.device, &xhci_trace_command, xhci_trb_type(&trb),
          slot, code, at);
    complete(xhci, at, code, slot);
    xhci_command_kick(xhci);
}

/* ---- CRCR (5.4.5): pointer and flags read 0 ---- */

uint64_t xhci_crcr_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index, (void)stored;
    return xhci_of(device)->is_command_running ? XHCI_CRCR_CRR : 0;
}

/* A command is executed at one instant, so none is ever caught in the middle: abort and stop are
 * alike (4.6.1.1, 4.6.1.2). */
void xhci_crcr_write(struct device *device, const struct reg_write *write)
{
    struct xhci *xhci = xhci_of(device);

    if (!xhci->is_command_running) {
        xhci->command_dequeue = write->now & RING_ALIGN;
        xhci->command_cycle = (write->now & XHCI_CRCR_RCS) != 0;
        return;
    }
    xhci->crcr = write->old;
    if ((write->written & (XHCI_CRCR_CS | XHCI_CRCR_CA)) == 0) return;
    xhci->is_command_running = false;
    sched_cancel(device->env.sched, &xhci->command_event);
    complete(xhci, xhci->command_dequeue, XHCI_COMMAND_RING_STOPPED, 0);
}
