/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: doorbells (4.7) and the order in which endpoints are served.
 *
 * An endpoint is active when there may be something to do for it. Among the active ones the one
 * that is due first is next, the lower slot and context index first among equals. Periodic
 * endpoints are due at multiples of their interval (4.14.2), others a little after the doorbell and
 * then as fast as the wire is.
 */
#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"

#define START_TIME   VTIME_US(2) /* from the doorbell to the first transaction */
#define AGAIN_TIME   VTIME_US(1)
#define SERVICES_MAX 8u  /* endpoints served in one event */
#define PACKETS_MAX  16u /* transactions of one endpoint in one service */

static bool find_due(struct xhci *xhci, unsigned *slot, unsigned *dci)
{
    vtime first = VTIME_NEVER;

    for (unsigned i = 1; i <= xhci->slots; i++) {
        for (uint32_t left = xhci_slot_at(xhci, i)->active; left != 0; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctz(left);

            if (xhci_ep_at(xhci, i, bit)->due >= first) continue;
            first = xhci_ep_at(xhci, i, bit)->due;
            *slot = i;
            *dci = bit;
        }
    }
    return first != VTIME_NEVER;
}

/* What is armed stays unless something is due earlier: ringing again and again puts nothing off. */
static void arm(struct xhci *xhci, vtime not_before)
{
    unsigned slot = 0;
    unsigned dci = 0;
    vtime when;

    if (!xhci_is_running(xhci) || xhci_is_held(xhci) || !find_due(xhci, &slot, &dci)) return;
    when = max_u64(xhci_ep_at(xhci, slot, dci)->due, not_before);
    if (event_is_armed(&xhci->service_event) && xhci->service_event.when <= when) return;
    sched_at(xhci->fn.device.env.sched, &xhci->service_event, when);
}

void xhci_service_kick(struct xhci *xhci)
{
    arm(xhci, device_now(&xhci->fn.device) + AGAIN_TIME);
}

/* The first multiple of the interval after `now`. */
static vtime next_interval(const struct xhci *xhci, const struct xhci_ep *ep, vtime now)
{
    vtime period = XHCI_MICROFRAME << ep->interval;

    return now + period - (now - xhci->run_since) % period;
}

static void activate(struct xhci *xhci, unsigned slot, unsigned dci)
{
    struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);
    vtime now = device_now(&xhci->fn.device);

    if ((xhci_slot_at(xhci, slot)->active & BIT32(dci)) != 0) return;
    xhci_slot_at(xhci, slot)->active |= BIT32(dci);
    ep->due = xhci_pipe_is_periodic(ep) ? next_interval(xhci, ep, now) : now + START_TIME;
}

static void serve(struct xhci *xhci, unsigned slot, unsigned dci, vtime when)
{
    struct xhci_pipe pipe = {
        .xhci = xhci,
        .slot = xhci_slot_at(xhci, slot),
        .ep = xhci_ep_at(xhci, slot, dci),
        .slot_id = slot,
        .dci = dci,
        .budget = XHCI_TRBS_MAX,
    };
    bool is_periodic = xhci_pipe_is_periodic(pipe.ep);
    enum xhci_next next = XHCI_NEXT_READY;

    for (unsigned i = 0; i < (is_periodic ? 1 : PACKETS_MAX); i++) {
        next = xhci_pipe_step(&pipe);
        if (next != XHCI_NEXT_READY || xhci_is_held(xhci)) break;
    }
    switch (next) {
    case XHCI_NEXT_READY:
        pipe.ep->due = is_periodic ? next_interval(xhci, pipe.ep, when)
                                   : when + max_u64(pipe.cost, AGAIN_TIME);
        break;
    case XHCI_NEXT_LATER: pipe.ep->due = when + XHCI_MICROFRAME; break;
    case XHCI_NEXT_WAIT: pipe.ep->is_waiting = true; /* fall through */
    case XHCI_NEXT_IDLE:
    case XHCI_NEXT_HALTED: pipe.slot->active &= ~BIT32(dci); break;
    }
}

void xhci_service_fire(void *owner, vtime when)
{
    struct xhci *xhci = owner;
    unsigned slot = 0;
    unsigned dci = 0;

    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        if (!xhci_is_running(xhci) || xhci_is_held(xhci)) break;
        if (!find_due(xhci, &slot, &dci) || xhci_ep_at(xhci, slot, dci)->due > when) break;
        serve(xhci, slot, dci, when);
    }
    arm(xhci, when + AGAIN_TIME);
}

void xhci_service_wake(struct xhci *xhci, unsigned slot, uint32_t dcis)
{
    for (uint32_t left = dcis & (UINT32_MAX - 1); left != 0; left &= left - 1) {
        unsigned dci = (unsigned)__builtin_ctz(left);
        struct xhci_ep *ep = xhci_ep_at(xhci, slot, dci);

        if (!ep->is_waiting) continue;
        ep->is_waiting = false;
        activate(xhci, slot, dci);
    }
    xhci_service_kick(xhci);
}

/* 4.7: an endpoint that is not there is told by an event; a halted one ignores its doorbell. */
void xhci_doorbell(struct xhci *xhci, unsigned slot, unsigned target)
{
    struct xhci_pipe pipe = {.xhci = xhci, .slot = xhci_slot_at(xhci, slot), .slot_id = slot};
    const struct xhci_trb none = {0};

    if (pipe.slot->state == XHCI_SLOT_DISABLED || target == 0 || target >= XHCI_DCIS) {
        device_guest_error(&xhci->fn.device, "doorbell of nothing", slot, target);
        return;
    }
    pipe.dci = target;
    pipe.ep = xhci_ep_at(xhci, slot, target);
    switch ((enum xhci_ep_state)pipe.ep->state) {
    case XHCI_EP_DISABLED:
        device_guest_error(&xhci->fn.device, "doorbell of a disabled endpoint", slot, target);
        xhci_td_event(&pipe, &none, XHCI_ENDPOINT_NOT_ENABLED, 0);
        return;
    case XHCI_EP_HALTED:
    case XHCI_EP_ERROR: return;
    case XHCI_EP_STOPPED: xhci_ep_set_state(xhci, slot, target, XHCI_EP_RUNNING); break;
    case XHCI_EP_RUNNING: break;
    }
    if (pipe.ep->type == XHCI_EP_ISOCH_IN || pipe.ep->type == XHCI_EP_ISOCH_OUT) {
        device_unimplemented(&xhci->fn.device, "isochronous transfer", slot, target);
        return;
    }
    if (pipe.ep->is_waiting) return;
    activate(xhci, slot, target);
    xhci_service_kick(xhci);
}
