/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: transfer descriptors (4.11): TRBs of one endpoint, from its dequeue pointer on.
 *
 * A packet is put together from the TRBs of a TD in two walks: xhci_td_gather() looks ahead and
 * changes nothing, the device is asked, then xhci_td_commit() goes the same way, moves the data and
 * retires TRBs. A device that says NAK therefore costs nothing and leaves no trace.
 */
#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define WALK_MAX      256u /* TRBs that one packet or control data stage may be spread over */
#define IMMEDIATE_MAX 8u

unsigned xhci_trb_type(const struct xhci_trb *trb)
{
    return trb->control >> XHCI_TRB_TYPE_SHIFT & XHCI_TRB_TYPE_MASK;
}

static uint32_t length_of(const struct xhci_trb *trb)
{
    return trb->status & XHCI_TRB_LENGTH;
}

static bool has(const struct xhci_trb *trb, uint32_t flag)
{
    return (trb->control & flag) != 0;
}

static bool is_owned(const struct xhci_trb *trb, bool cycle)
{
    return has(trb, XHCI_TRB_CYCLE) == cycle;
}

void xhci_td_forget(struct xhci_ep *ep)
{
    ep->done = 0;
    ep->edtla = 0;
    ep->is_in_td = false;
    ep->is_skipping = false;
    ep->stage = XHCI_STAGE_NONE;
}

/* ---- Events ---- */

/* 6.4.2.1 */
static void post(struct xhci_pipe *pipe, const struct xhci_trb *trb, struct xhci_trb *event)
{
    event->control |= (uint32_t)XHCI_EVENT_TRANSFER << XHCI_TRB_TYPE_SHIFT |
                      (uint32_t)pipe->dci << XHCI_TRB_EP_SHIFT |
                      (uint32_t)pipe->slot_id << XHCI_TRB_SLOT_SHIFT;
    xhci_event(pipe->xhci, trb->status >> XHCI_TRB_TARGET_SHIFT, event, has(trb, XHCI_TRB_BEI));
}

void xhci_td_event(struct xhci_pipe *pipe, const struct xhci_trb *trb, enum xhci_code code,
                   uint32_t residue)
{
    struct xhci_trb event = {
        .parameter = pipe->ep->dequeue,
        .status = (uint32_t)code << XHCI_TRB_CODE_SHIFT | (residue & XHCI_EDTLA_MASK),
    };

    post(pipe, trb, &event);
}

static uint32_t residue_of(const struct xhci_pipe *pipe, const struct xhci_trb *trb)
{
    return length_of(trb) - (uint32_t)min_u64(pipe->ep->done, length_of(trb));
}

enum xhci_next xhci_td_fail(struct xhci_pipe *pipe, enum xhci_code code)
{
    enum xhci_ep_state state = code == XHCI_TRB_ERROR ? XHCI_EP_ERROR : XHCI_EP_HALTED;
    struct xhci_trb trb;

    if (!xhci_fetch_trb(pipe->xhci, pipe->ep->dequeue, &trb)) return XHCI_NEXT_HALTED;
    xhci_td_event(pipe, &trb, code, residue_of(pipe, &trb));
    xhci_ep_set_state(pipe->xhci, pipe->slot_id, pipe->dci, state);
    return XHCI_NEXT_HALTED;
}

/* ---- Going on ---- */

/* To the TRB behind this one; without a chain bit it was the last of its TD. */
static void advance(struct xhci_ep *ep, const struct xhci_trb *trb)
{
    ep->dequeue += XHCI_TRB_BYTES;
    ep->done = 0;
    if (has(trb, XHCI_TRB_CH)) return;
    ep->edtla = 0;
    ep->is_in_td = false;
    ep->is_skipping = false;
}

void xhci_td_retire(struct xhci_pipe *pipe, const struct xhci_trb *trb, enum xhci_code code)
{
    if (has(trb, XHCI_TRB_IOC)) {
        xhci_td_event(pipe, trb, code, 0);
    }
    advance(pipe->ep, trb);
}

/* 4.11.5.1 */
static void follow_link(struct xhci_pipe *pipe, const struct xhci_trb *trb)
{
    if (has(trb, XHCI_TRB_IOC)) {
        xhci_td_event(pipe, trb, XHCI_SUCCESS, 0);
    }
    pipe->ep->dequeue = trb->parameter & XHCI_RING_PTR;
    if (has(trb, XHCI_TRB_TC)) {
        pipe->ep->cycle = !pipe->ep->cycle;
    }
}

/* 4.11.5.2 */
static void event_data(struct xhci_pipe *pipe, const struct xhci_trb *trb)
{
    enum xhci_code code = pipe->ep->is_skipping ? XHCI_SHORT_PACKET : XHCI_SUCCESS;
    struct xhci_trb event = {
        .parameter = trb->parameter,
        .status = (uint32_t)code << XHCI_TRB_CODE_SHIFT | pipe->ep->edtla,
        .control = XHCI_TRB_ED,
    };

    if (has(trb, XHCI_TRB_IOC)) {
        post(pipe, trb, &event);
    }
    pipe->ep->edtla = 0;
    advance(pipe->ep, trb);
}

/* What needs no transaction: links, event data, no-ops, and the rest of a TD that a short packet
 * cut off (4.10.1.1). */
static bool consume(struct xhci_pipe *pipe, const struct xhci_trb *trb)
{
    switch (xhci_trb_type(trb)) {
    case XHCI_TRB_LINK: follow_link(pipe, trb); return true;
    case XHCI_TRB_EVENT_DATA: event_data(pipe, trb); return true;
    case XHCI_TRB_NO_OP: xhci_td_retire(pipe, trb, XHCI_SUCCESS); return true;
    default: break;
    }
    if (!pipe->ep->is_skipping) return false;
    if (has(trb, XHCI_TRB_IOC)) {
        xhci_td_event(pipe, trb, XHCI_SHORT_PACKET, length_of(trb));
    }
    advance(pipe->ep, trb);
    return true;
}

enum xhci_next xhci_td_settle(struct xhci_pipe *pipe, struct xhci_trb *trb)
{
    while (pipe->budget > 0) {
        pipe->budget--;
        if (!xhci_fetch_trb(pipe->xhci, pipe->ep->dequeue, trb)) return XHCI_NEXT_HALTED;
        if (!is_owned(trb, pipe->ep->cycle)) return XHCI_NEXT_IDLE;
        if (!consume(pipe, trb)) return XHCI_NEXT_READY;
    }
    return XHCI_NEXT_LATER;
}

/* ---- Data ---- */

static void spend(struct xhci_pipe *pipe, unsigned trbs)
{
    pipe->budget -= (unsigned)min_u64(trbs, pipe->budget);
}

/* 4.11.7: immediate data stands in the TRB itself. */
static bool read_data(struct xhci_pipe *pipe, const struct xhci_trb *trb, uint32_t from,
                      uint8_t *data, size_t bytes)
{
    uint8_t immediate[IMMEDIATE_MAX];

    if (bytes == 0) return true;
    if (!has(trb, XHCI_TRB_IDT)) {
        return xhci_fetch(pipe->xhci, trb->parameter + from, data, bytes);
    }
    le64_put(immediate, trb->parameter);
    for (size_t i = 0; i < bytes; i++) {
        data[i] = from + i < sizeof(immediate) ? immediate[from + i] : 0;
    }
    return true;
}

enum xhci_next xhci_td_gather(struct xhci_pipe *pipe, uint8_t *data, size_t limit, size_t *bytes)
{
    uint64_t at = pipe->ep->dequeue;
    bool cycle = pipe->ep->cycle;
    uint32_t done = pipe->ep->done;
    struct xhci_trb trb;

    *bytes = 0;
    for (unsigned i = 0; i < WALK_MAX; i++) {
        unsigned type;
        size_t take;

        spend(pipe, 1);
        if (!xhci_fetch_trb(pipe->xhci, at, &trb)) return XHCI_NEXT_HALTED;
        if (!is_owned(&trb, cycle)) return XHCI_NEXT_IDLE;
        type = xhci_trb_type(&trb);
        if (type == XHCI_TRB_LINK) {
            at = trb.parameter & XHCI_RING_PTR;
            cycle ^= has(&trb, XHCI_TRB_TC);
            continue;
        }
        if (type == XHCI_TRB_NORMAL || type == XHCI_TRB_DATA) {
            take = min_u64(limit - *bytes, length_of(&trb) - min_u64(done, length_of(&trb)));
            if (data != NULL && !read_data(pipe, &trb, done, data + *bytes, take)) {
                return XHCI_NEXT_HALTED;
            }
            *bytes += take;
            done = 0;
        }
        if (*bytes == limit || !has(&trb, XHCI_TRB_CH)) return XHCI_NEXT_READY;
        at += XHCI_TRB_BYTES;
    }
    device_guest_error(&pipe->xhci->fn.device, "TD of too many TRBs", pipe->ep->dequeue, WALK_MAX);
    return xhci_td_fail(pipe, XHCI_TRB_ERROR);
}

/* The last byte of a packet went into this TRB. */
static enum xhci_next finish_packet(struct xhci_pipe *pipe, const struct xhci_trb *trb,
                                    bool is_short)
{
    struct xhci_ep *ep = pipe->ep;

    if (!is_short) {
        if (ep->done >= length_of(trb)) {
            xhci_td_retire(pipe, trb, XHCI_SUCCESS);
        }
        return XHCI_NEXT_READY;
    }
    if (has(trb, XHCI_TRB_ISP | XHCI_TRB_IOC)) {
        xhci_td_event(pipe, trb, XHCI_SHORT_PACKET, residue_of(pipe, trb));
    }
    ep->is_skipping = true;
    advance(ep, trb);
    return XHCI_NEXT_READY;
}

enum xhci_next xhci_td_commit(struct xhci_pipe *pipe, const uint8_t *data, size_t bytes,
                              bool is_short)
{
    struct xhci_ep *ep = pipe->ep;
    size_t moved = 0;
    struct xhci_trb trb;

    for (unsigned i = 0; i < WALK_MAX; i++) {
        size_t take;

        spend(pipe, 1);
        if (!xhci_fetch_trb(pipe->xhci, ep->dequeue, &trb)) return XHCI_NEXT_HALTED;
        if (!is_owned(&trb, ep->cycle)) return XHCI_NEXT_IDLE;
        if (consume(pipe, &trb)) continue;
        take = min_u64(bytes - moved, residue_of(pipe, &trb));
        if (data != NULL && take != 0 &&
            !xhci_store(pipe->xhci, trb.parameter + ep->done, data + moved, take)) {
            return XHCI_NEXT_HALTED;
        }
        ep->done += (uint32_t)take;
        ep->edtla = (ep->edtla + (uint32_t)take) & XHCI_EDTLA_MASK;
        ep->is_in_td = true;
        moved += take;
        if (moved == bytes) return finish_packet(pipe, &trb, is_short);
        xhci_td_retire(pipe, &trb, XHCI_SUCCESS);
    }
    return XHCI_NEXT_LATER;
}
