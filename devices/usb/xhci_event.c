/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: event rings (4.9.4), interrupters and their moderation (4.17).
 *
 * What finds its ring full is held in a FIFO of the controller, and everything that could make
 * more events stops until software has moved its dequeue pointer. Port status changes are not held
 * there: each port remembers that it has one to tell.
 */
#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/endian.h"

#define ERST_ENTRY_BYTES 16u
#define SEGMENT_PTR      (~(uint64_t)0x3f)
#define SEGMENT_TRBS_MIN 16u
#define SEGMENT_TRBS_MAX 4096u

/* ---- Interrupts ---- */

static bool wants_interrupt(const struct xhci_interrupter *interrupter)
{
    return interrupter->is_pending && (interrupter->iman & XHCI_IMAN_IP) == 0 &&
           (interrupter->erdp & XHCI_ERDP_EHB) == 0;
}

/* 5.5.2.2: the counter starts again whenever IP is cleared. */
static void ip_cleared(struct xhci *xhci, struct xhci_interrupter *interrupter)
{
    interrupter->iman &= ~XHCI_IMAN_IP;
    interrupter->quiet_until =
        device_now(&xhci->fn.device) + (interrupter->imod & XHCI_IMODI) * XHCI_IMOD_TICK;
}

static void update_one(struct xhci *xhci, unsigned index)
{
    struct xhci_interrupter *interrupter = &xhci->interrupter[index];
    bool level;

    if (wants_interrupt(interrupter) && interrupter->quiet_until <= device_now(&xhci->fn.device)) {
        interrupter->iman |= XHCI_IMAN_IP;
        interrupter->erdp |= XHCI_ERDP_EHB;
        xhci->usbsts |= XHCI_STS_EINT;
    }
    level = (interrupter->iman & XHCI_IMAN_IP) != 0 && (interrupter->iman & XHCI_IMAN_IE) != 0 &&
            (xhci->usbcmd & XHCI_CMD_INTE) != 0;
    if (level && pci_message(&xhci->fn, index)) {
        /* 4.17.5: the message clears IP. */
        ip_cleared(xhci, interrupter);
        level = false;
    }
    pci_irq(&xhci->fn, index, level);
}

void xhci_interrupters_update(struct xhci *xhci)
{
    vtime next = VTIME_NEVER;

    for (unsigned i = 0; i < XHCI_INTERRUPTERS; i++) {
        update_one(xhci, i);
        if (wants_interrupt(&xhci->interrupter[i])) {
            next = min_u64(next, xhci->interrupter[i].quiet_until);
        }
    }
    sched_at(xhci->fn.device.env.sched, &xhci->imod_event, next);
}

void xhci_imod_fire(void *owner, vtime when)
{
    (void)when;
    xhci_interrupters_update(owner);
}

/* ---- The ring ---- */

/* Entry `segment` of the segment table; false: nothing that can be used. */
static bool enter_segment(struct xhci *xhci, const struct xhci_interrupter *interrupter,
                          unsigned segment, struct xhci_interrupter *place)
{
    uint8_t entry[ERST_ENTRY_BYTES];
    uint64_t at = interrupter->erstba + (uint64_t)segment * ERST_ENTRY_BYTES;

    if (!xhci_fetch(xhci, at, entry, sizeof(entry))) return false;
    place->segment = segment;
    place->enqueue = le64_get(entry) & SEGMENT_PTR;
    place->left = le16_get(entry + 8);
    if (place->left >= SEGMENT_TRBS_MIN && place->left <= SEGMENT_TRBS_MAX) return true;
    xhci_controller_error(xhci, "size of an event ring segment", place->left);
    return false;
}

static unsigned segment_count(const struct xhci_interrupter *interrupter)
{
    return (unsigned)min_u64(interrupter->erstsz, BIT(XHCI_ERST_LOG2));
}

/* 4.9.4.1: the ring is initialised when there is a first event after ERSTBA was written. */
static bool start_ring(struct xhci *xhci, struct xhci_interrupter *interrupter)
{
    if (interrupter->is_started) return true;
    if (!enter_segment(xhci, interrupter, 0, interrupter)) return false;
    interrupter->cycle = true;
    interrupter->is_started = true;
    return true;
}

/* The place after `place`. */
static bool step(struct xhci *xhci, struct xhci_interrupter *place)
{
    unsigned next = place->segment + 1;

    place->enqueue += XHCI_TRB_BYTES;
    if (place->left > 1) {
        place->left--;
        return true;
    }
    if (next >= segment_count(place)) {
        next = 0;
        place->cycle = !place->cycle;
    }
    return enter_segment(xhci, place, next, place);
}

static bool put(struct xhci *xhci, unsigned index, const struct xhci_held *event)
{
    const struct xhci_interrupter *interrupter = &xhci->interrupter[index];
    uint8_t raw[XHCI_TRB_BYTES];

    le64_put(raw, event->parameter);
    le32_put(raw + 8, event->status);
    le32_put(raw + 12, event->control | (interrupter->cycle ? XHCI_TRB_CYCLE : 0));
    TRACE(xhci->fn.device.env.trace, &xhci->fn.device, &xhci_trace_event,
          event->control >> XHCI_TRB_TYPE_SHIFT & XHCI_TRB_TYPE_MASK,
          event->status >> XHCI_TRB_CODE_SHIFT, event->parameter, index);
    return xhci_store(xhci, interrupter->enqueue, raw, sizeof(raw));
}

enum put_result {
    PUT_DONE,
    PUT_FULL,
    PUT_LOST, /* no ring, or the controller has stopped */
};

/* Keeps one place free; the last but one takes the Event Ring Full Error. */
static enum put_result put_event(struct xhci *xhci, const struct xhci_held *event)
{
    static const struct xhci_held full = {
        .status = (uint32_t)XHCI_EVENT_RING_FULL << XHCI_TRB_CODE_SHIFT,
        .control = (uint32_t)XHCI_EVENT_HOST << XHCI_TRB_TYPE_SHIFT,
    };
    struct xhci_interrupter *interrupter = &xhci->interrupter[event->interrupter];
    struct xhci_interrupter next;
    struct xhci_interrupter after;
    uint64_t dequeue = interrupter->erdp & XHCI_ERDP_PTR;

    if (segment_count(interrupter) == 0 || !start_ring(xhci, interrupter)) return PUT_LOST;
    next = *interrupter;
    if (!step(xhci, &next)) return PUT_LOST;
    if (next.enqueue == dequeue) return PUT_FULL;
    after = next;
    if (!step(xhci, &after)) return PUT_LOST;
    if (!put(xhci, event->interrupter, after.enqueue == dequeue ? &full : event)) return PUT_LOST;
    interrupter->enqueue = next.enqueue;
    interrupter->segment = next.segment;
    interrupter->left = next.left;
    interrupter->cycle = next.cycle;
    if (after.enqueue == dequeue || !event->is_blocking) {
        interrupter->is_pending = true;
    }
    return after.enqueue == dequeue ? PUT_FULL : PUT_DONE;
}

/* ---- What waits for room ---- */

static void hold(struct xhci *xhci, const struct xhci_held *event)
{
    if (xhci->held_count == XHCI_HELD_MAX) {
        device_guest_error(&xhci->fn.device, "event lost: its ring is full", event->parameter,
                           event->status);
        return;
    }
    xhci->held[(xhci->held_head + xhci->held_count) % XHCI_HELD_MAX] = *event;
    xhci->held_count++;
}

bool xhci_is_held(const struct xhci *xhci)
{
    return xhci->held_count != 0;
}

static void deliver(struct xhci *xhci, const struct xhci_held *event)
{
    if (xhci_is_held(xhci) || put_event(xhci, event) == PUT_FULL) {
        hold(xhci, event);
    }
}

static void tell_port(struct xhci *xhci, unsigned port)
{
    const struct xhci_held event = {
        .parameter = (uint64_t)port << XHCI_PSCE_PORT_SHIFT,
        .status = (uint32_t)XHCI_SUCCESS << XHCI_TRB_CODE_SHIFT,
        .control = (uint32_t)XHCI_EVENT_PORT << XHCI_TRB_TYPE_SHIFT,
    };

    if (xhci_is_held(xhci)) return;
    xhci->port[port - 1].has_event = false;
    if (put_event(xhci, &event) == PUT_FULL) {
        xhci->port[port - 1].has_event = true;
    }
}

static void release(struct xhci *xhci)
{
    while (xhci_is_held(xhci) && xhci_is_running(xhci)) {
        struct xhci_held event = xhci->held[xhci->held_head];

        if (put_event(xhci, &event) == PUT_FULL) break;
        xhci->held_head = (xhci->held_head + 1) % XHCI_HELD_MAX;
        xhci->held_count--;
    }
    for (unsigned port = 1; port <= xhci->ports && xhci_is_running(xhci); port++) {
        if (xhci->port[port - 1].has_event) {
            tell_port(xhci, port);
        }
    }
}

void xhci_events_started(struct xhci *xhci)
{
    release(xhci);
    xhci_interrupters_update(xhci);
}

/* ---- Making events ---- */

void xhci_event(struct xhci *xhci, unsigned interrupter, const struct xhci_trb *trb,
                bool is_blocking)
{
    struct xhci_held event = {
        .parameter = trb->parameter,
        .status = trb->status,
        .control = trb->control,
        .interrupter = (uint8_t)interrupter,
        .is_blocking = is_blocking,
    };

    if (!xhci_is_running(xhci)) return;
    if (interrupter >= XHCI_INTERRUPTERS) {
        device_guest_error(&xhci->fn.device, "no such interrupter", interrupter, trb->parameter);
        event.interrupter = 0;
    }
    deliver(xhci, &event);
    xhci_interrupters_update(xhci);
}

void xhci_event_host(struct xhci *xhci, enum xhci_trb_type type, enum xhci_code code)
{
    const struct xhci_trb trb = {
        .status = (uint32_t)code << XHCI_TRB_CODE_SHIFT,
        .control = (uint32_t)type << XHCI_TRB_TYPE_SHIFT,
    };

    xhci_event(xhci, 0, &trb, false);
}

void xhci_event_port(struct xhci *xhci, unsigned port)
{
    if (!xhci_is_running(xhci)) return;
    xhci->port[port - 1].has_event = true;
    tell_port(xhci, port);
    xhci_interrupters_update(xhci);
}

/* ---- Registers ---- */

void xhci_iman_write(struct device *device, const struct reg_write *write)
{
    struct xhci *xhci = xhci_of(device);

    if ((write->old & ~write->now & XHCI_IMAN_IP) != 0) {
        ip_cleared(xhci, &xhci->interrupter[write->index]);
    }
    xhci_interrupters_update(xhci);
}

uint64_t xhci_imod_get(struct device *device, unsigned index, uint64_t stored)
{
    vtime until = xhci_of(device)->interrupter[index].quiet_until;
    vtime now = device_now(device);
    uint64_t ticks = until > now ? (until - now + XHCI_IMOD_TICK - 1) / XHCI_IMOD_TICK : 0;

    return (stored & XHCI_IMODI) | min_u64(ticks, XHCI_IMODI) << XHCI_IMODC_SHIFT;
}

void xhci_imod_write(struct device *device, const struct reg_write *write)
{
    struct xhci *xhci = xhci_of(device);

    if (write->lanes >> XHCI_IMODC_SHIFT != 0) {
        xhci->interrupter[write->index].quiet_until =
            device_now(device) + (write->written >> XHCI_IMODC_SHIFT) * XHCI_IMOD_TICK;
    }
    xhci_interrupters_update(xhci);
}

void xhci_erst_write(struct device *device, const struct reg_write *write)
{
    xhci_of(device)->interrupter[write->index].is_started = false;
}

/* 4.17.2: while the ring is not empty, an interrupt follows as soon as EHB is clear. */
void xhci_erdp_write(struct device *device, const struct reg_write *write)
{
    struct xhci *xhci = xhci_of(device);
    struct xhci_interrupter *interrupter = &xhci->interrupter[write->index];
    uint64_t dequeue = interrupter->erdp & XHCI_ERDP_PTR;
    bool was_held = xhci_is_held(xhci);

    interrupter->is_pending =
        interrupter->is_started && interrupter->is_pending && interrupter->enqueue != dequeue;
    if (!xhci_is_running(xhci)) return;
    release(xhci);
    xhci_interrupters_update(xhci);
    if (was_held && !xhci_is_held(xhci)) {
        xhci_service_kick(xhci);
        xhci_command_kick(xhci);
    }
}
