/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: endpoints: contexts (6.2.3), states (4.8.3), commands (4.6.8 - 4.6.10).
 */
#include <string.h>

#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define WORD(context, n) le32_get((context) + (size_t)(n)*4)
#define DIRECTION_IN     4u /* bit of enum xhci_ep_type */

static uint64_t output_of(struct xhci *xhci, unsigned slot, unsigned dci)
{
    return xhci_slot_at(xhci, slot)->context + (uint64_t)dci * XHCI_CONTEXT_BYTES;
}

static unsigned type_of(const uint8_t *context)
{
    return WORD(context, 1) >> XHCI_EP_TYPE_SHIFT & XHCI_EP_TYPE_MASK;
}

/* Odd context indexes are IN (4.8.1); control endpoints have the odd one of the pair. */
bool xhci_ep_is_valid(const uint8_t *context, unsigned dci)
{
    unsigned type = type_of(context);
    uint32_t packet = WORD(context, 1) >> XHCI_EP_PACKET_SHIFT;
    uint32_t interval = WORD(context, 0) >> XHCI_EP_INTERVAL_SHIFT & XHCI_EP_INTERVAL_MASK;
    bool is_in = (type & DIRECTION_IN) != 0;

    if (type == XHCI_EP_INVALID || is_in != ((dci & 1) != 0)) return false;
    if (dci == 1 && type != XHCI_EP_CONTROL) return false;
    if (packet == 0 || packet > XHCI_PACKET_MAX || interval > XHCI_INTERVAL_MAX) return false;
    return (WORD(context, 0) & XHCI_EP_STREAMS) == 0;
}

void xhci_ep_load(struct xhci *xhci, unsigned slot, unsigned dci, const uint8_t *context)
{
    struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);

    memset(ep, 0, sizeof(*ep));
    ep->dequeue = ((uint64_t)WORD(context, 3) << 32 | WORD(context, 2)) & XHCI_RING_PTR;
    ep->cycle = (WORD(context, 2) & XHCI_EP_DCS) != 0;
    ep->max_packet = (uint16_t)(WORD(context, 1) >> XHCI_EP_PACKET_SHIFT);
    ep->type = (uint8_t)type_of(context);
    ep->interval = (uint8_t)(WORD(context, 0) >> XHCI_EP_INTERVAL_SHIFT & XHCI_EP_INTERVAL_MASK);
    xhci_slot_at(xhci, slot)->active &= ~BIT32(dci);
    xhci_ep_set_state(xhci, slot, dci, XHCI_EP_RUNNING);
}

void xhci_ep_disable(struct xhci *xhci, unsigned slot, unsigned dci)
{
    struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);

    if (ep->state == XHCI_EP_DISABLED) return;
    xhci_ep_set_state(xhci, slot, dci, XHCI_EP_DISABLED);
    memset(ep, 0, sizeof(*ep));
    xhci_slot_at(xhci, slot)->active &= ~BIT32(dci);
}

void xhci_ep_set_state(struct xhci *xhci, unsigned slot, unsigned dci, enum xhci_ep_state state)
{
    struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);
    uint8_t word[4];
    uint8_t pointer[8];

    ep->state = (uint8_t)state;
    if (state != XHCI_EP_RUNNING) {
        xhci_slot_at(xhci, slot)->active &= ~BIT32(dci);
        ep->is_waiting = false;
    }
    TRACE(xhci->fn.device.env.trace, &xhci->fn.device, &xhci_trace_endpoint, slot, dci, state);
    if (!xhci_fetch(xhci, output_of(xhci, slot, dci), word, sizeof(word))) return;
    le32_put(word, (le32_get(word) & ~XHCI_EP_STATE) | state);
    le64_put(pointer, ep->dequeue | (ep->cycle ? XHCI_EP_DCS : 0));
    if (!xhci_store(xhci, output_of(xhci, slot, dci), word, sizeof(word))) return;
    (void)xhci_store(xhci, output_of(xhci, slot, dci) + 8, pointer, sizeof(pointer));
}

/* 4.6.8 */
enum xhci_code xhci_ep_reset(struct xhci *xhci, unsigned slot, unsigned dci)
{
    struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);

    if (ep->state != XHCI_EP_HALTED) return XHCI_CONTEXT_STATE;
    xhci_td_forget(ep);
    xhci_ep_set_state(xhci, slot, dci, XHCI_EP_STOPPED);
    return XHCI_SUCCESS;
}

/* 4.6.9: tells how far the TD got that was under way. */
static void report_stop(struct xhci *xhci, unsigned slot, unsigned dci)
{
    struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);
    struct xhci_pipe pipe = {
        .xhci = xhci, .slot = xhci_slot_at(xhci, slot), .ep = ep, .slot_id = slot, .dci = dci};
    struct xhci_trb trb;
    unsigned type;
    uint32_t length;

    if (!xhci_fetch_trb(xhci, ep->dequeue, &trb)) return;
    if (((trb.control & XHCI_TRB_CYCLE) != 0) != ep->cycle) return;
    type = xhci_trb_type(&trb);
    length = trb.status & XHCI_TRB_LENGTH;
    if (ep->is_skipping) {
        xhci_td_event(&pipe, &trb, XHCI_STOPPED_SHORT, ep->edtla);
    } else if (type == XHCI_TRB_NORMAL || type == XHCI_TRB_DATA) {
        xhci_td_event(&pipe, &trb, XHCI_STOPPED, length - (uint32_t)min_u64(ep->done, length));
    } else if (type == XHCI_TRB_SETUP || type == XHCI_TRB_STATUS) {
        xhci_td_event(&pipe, &trb, XHCI_STOPPED, length);
    } else {
        xhci_td_event(&pipe, &trb, XHCI_STOPPED_LENGTH_INVALID, 0);
    }
}

enum xhci_code xhci_ep_stop(struct xhci *xhci, unsigned slot, unsigned dci)
{
    if (xhci_ep_at(xhci, slot, dci)->state != XHCI_EP_RUNNING) return XHCI_CONTEXT_STATE;
    report_stop(xhci, slot, dci);
    if (!xhci_is_running(xhci)) return XHCI_TRB_ERROR;
    xhci_ep_set_state(xhci, slot, dci, XHCI_EP_STOPPED);
    return XHCI_SUCCESS;
}

/* 4.6.10 */
enum xhci_code xhci_ep_set_dequeue(struct xhci *xhci, unsigned slot, unsigned dci,
                                   const struct xhci_trb *trb)
{
    struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);

    if (ep->state != XHCI_EP_STOPPED && ep->state != XHCI_EP_ERROR) return XHCI_CONTEXT_STATE;
    ep->dequeue = trb->parameter & XHCI_RING_PTR;
    ep->cycle = (trb->parameter & XHCI_EP_DCS) != 0;
    xhci_td_forget(ep);
    xhci_ep_set_state(xhci, slot, dci, XHCI_EP_STOPPED);
    return XHCI_SUCCESS;
}
