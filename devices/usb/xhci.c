/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI host controllers 8086:a2af of the 200-series PCH and 8086:15d4 of Alpine Ridge: eXtensible
 * Host Controller Interface for USB, revision 1.1. Numbers in parentheses in these files are its
 * sections.
 *
 * Modelled: capability, operational, port, runtime and doorbell registers; USB legacy support and
 * supported protocol capabilities; command ring with abort and stop; slots, 64-byte contexts;
 * event rings of several segments, ring full, moderation; control, bulk and interrupt pipes with
 * link, event data and no-op TRBs, short packets, immediate data, halts; root hub ports with
 * reset, enable, suspend, resume and remote wakeup; MFINDEX; host system and controller errors;
 * INTx and MSI with eight vectors.
 * Not modelled, traced as unimplemented: isochronous pipes (the ring is left alone), streams
 * (HCCPARAMS1 says so), hubs (a slot with a route string gets no answer), USB 2 link power
 * management (L1 requests are rejected as by a device without it), debug capability, Force Event,
 * Negotiate Bandwidth, Get Port Bandwidth, Force Header (TRB Error), test modes, PME.
 * Chosen: see docs/hardware/xhci.md.
 *
 * How it works: nothing is polled. A doorbell marks an endpoint as active and gives it a time; one
 * event serves the endpoint that is due first. One whose device has nothing to say waits for
 * usb_wake(). What a guest can make this code do at one instant is bounded everywhere (
 * XHCI_TRBS_MAX); the rest follows at the next microframe.
 */
#include "devices/usb/xhci.h"

#include <string.h>

#include "devices/usb/xhci_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define CONFIG_SBRN   0x60u
#define CONFIG_FLADJ  0x61u
#define SBRN_USB3     0x30u
#define FLADJ_DEFAULT 0x20u
#define FLADJ_RW      0x3fu
#define PM_OFFSET     0x70u
#define MSI_OFFSET    0x80u
#define AUX_375_MA    0x01c0u
#define PME_D3        0xc000u

const struct trace_desc xhci_trace_command = {.name = "xhci_command",
                                              .fields = {"type", "slot", "code", "trb"}};
const struct trace_desc xhci_trace_transfer = {.name = "xhci_transfer",
                                               .fields = {"slot", "endpoint", "bytes", "answer"}};
const struct trace_desc xhci_trace_event = {.name = "xhci_event",
                                            .fields = {"type", "code", "parameter", "interrupter"}};
const struct trace_desc xhci_trace_port = {.name = "xhci_port", .fields = {"port", "portsc"}};
const struct trace_desc xhci_trace_endpoint = {.name = "xhci_endpoint",
                                               .fields = {"slot", "endpoint", "state"}};

static const struct trace_desc *const events[] = {PCI_FN_EVENTS,
                                                  &xhci_trace_command,
                                                  &xhci_trace_transfer,
                                                  &xhci_trace_event,
                                                  &xhci_trace_port,
                                                  &xhci_trace_endpoint,
                                                  NULL};

/* ---- What it is ---- */

static const struct pci_cap caps[] = {
    {.kind = PCI_CAP_PM,
     .offset = PM_OFFSET,
     .pm = {.version = 2, .pmc = AUX_375_MA | PME_D3, .no_soft_reset = true}},
    {.kind = PCI_CAP_MSI, .offset = MSI_OFFSET, .msi = {.log2_vectors = 3, .is_64 = true}},
    {.kind = PCI_CAP_END},
};
static const struct pci_reg pci_regs[] = {
    {.name = "SBRN", .offset = CONFIG_SBRN, .size = 1, .reset = SBRN_USB3},
    {.name = "FLADJ",
     .offset = CONFIG_FLADJ,
     .size = 1,
     .reset = FLADJ_DEFAULT,
     .rw = FLADJ_RW,
     .is_sticky = true},
    {.name = NULL},
};
static const struct pci_desc desc = {
    .vendor = 0x8086,
    .device = 0xa2af,
    .class_code = 0x0c0330,
    .subsystem_vendor = 0x8086,
    .subsystem = 0x7270,
    .interrupt_pin = 1,
    .bar = {[0] = {.kind = PCI_BAR_MEM64, .bytes = XHCI_BAR_BYTES, .bank = &xhci_banks[0]}},
    .caps = caps,
    .regs = pci_regs,
};

/* One member of each of the first `n` elements. */
#define SLOTS_EACH(n, array, member, limit)                                                  \
    {                                                                                        \
        .name = #array "." #member, .offset = offsetof(struct xhci, array[0].member),        \
        .size = SNAP_MEMBER_SIZE(struct xhci, array[0].member), .count = (n),                \
        .stride = SNAP_MEMBER_SIZE(struct xhci, array[0]), .kind = SNAP_UINT, .max = (limit) \
    }
#define EPS(slots) ((slots)*XHCI_DCIS)
/* What a controller with so many slots saves. */
#define STATE(slots)                                                                               \
    {                                                                                              \
        PCI_FN_STATE, SNAP_U_EACH(struct xhci, port, reset_end, UINT64_MAX),                       \
            SNAP_U_EACH(struct xhci, port, is_warm, 1),                                            \
            SNAP_U_EACH(struct xhci, port, address, XHCI_SLOTS),                                   \
            SNAP_U_EACH(struct xhci, port, slot, XHCI_SLOTS),                                      \
            SNAP_U_EACH(struct xhci, port, has_event, 1),                                          \
            SNAP_U_EACH(struct xhci, port, has_remote_wakeup, 1),                                  \
            SNAP_U_EACH(struct xhci, interrupter, enqueue, UINT64_MAX),                            \
            SNAP_U_EACH(struct xhci, interrupter, segment, BIT32(XHCI_ERST_LOG2) - 1),             \
            SNAP_U_EACH(struct xhci, interrupter, left, UINT16_MAX),                               \
            SNAP_U_EACH(struct xhci, interrupter, cycle, 1),                                       \
            SNAP_U_EACH(struct xhci, interrupter, is_started, 1),                                  \
            SNAP_U_EACH(struct xhci, interrupter, is_pending, 1),                                  \
            SNAP_U_EACH(struct xhci, interrupter, quiet_until, UINT64_MAX),                        \
            SNAP_U(struct xhci, command_dequeue), SNAP_U_MAX(struct xhci, command_cycle, 1),       \
            SNAP_U_MAX(struct xhci, is_command_running, 1), SNAP_U(struct xhci, run_since),        \
            SNAP_U(struct xhci, mfindex), SLOTS_EACH(slots, slot, context, UINT64_MAX),            \
            SLOTS_EACH(slots, slot, active, UINT32_MAX - 1),                                       \
            SLOTS_EACH(slots, slot, state, XHCI_SLOT_CONFIGURED),                                  \
            SLOTS_EACH(slots, slot, port, XHCI_PORTS),                                             \
            SLOTS_EACH(slots, slot, speed, XHCI_SLOT_SPEED_MASK),                                  \
            SLOTS_EACH(slots, slot, address, XHCI_SLOTS), SLOTS_EACH(slots, slot, has_route, 1),   \
            SLOTS_EACH(slots, slot, setup, UINT64_MAX),                                            \
            SLOTS_EACH(EPS(slots), ep, dequeue, UINT64_MAX),                                       \
            SLOTS_EACH(EPS(slots), ep, due, UINT64_MAX),                                           \
            SLOTS_EACH(EPS(slots), ep, done, XHCI_TRB_LENGTH),                                     \
            SLOTS_EACH(EPS(slots), ep, edtla, XHCI_EDTLA_MASK),                                    \
            SLOTS_EACH(EPS(slots), ep, max_packet, XHCI_PACKET_MAX),                               \
            SLOTS_EACH(EPS(slots), ep, state, XHCI_EP_ERROR),                                      \
            SLOTS_EACH(EPS(slots), ep, type, XHCI_EP_INTERRUPT_IN),                                \
            SLOTS_EACH(EPS(slots), ep, interval, XHCI_INTERVAL_MAX),                               \
            SLOTS_EACH(EPS(slots), ep, stage, XHCI_STAGE_DATA),                                    \
            SLOTS_EACH(EPS(slots), ep, cycle, 1), SLOTS_EACH(EPS(slots), ep, is_in_td, 1),         \
            SLOTS_EACH(EPS(slots), ep, is_waiting, 1), SLOTS_EACH(EPS(slots), ep, is_skipping, 1), \
            SNAP_U_EACH(struct xhci, held, parameter, UINT64_MAX),                                 \
            SNAP_U_EACH(struct xhci, held, status, UINT32_MAX),                                    \
            SNAP_U_EACH(struct xhci, held, control, UINT32_MAX),                                   \
            SNAP_U_EACH(struct xhci, held, interrupter, XHCI_INTERRUPTERS - 1),                    \
            SNAP_U_EACH(struct xhci, held, is_blocking, 1),                                        \
            SNAP_U_MAX(struct xhci, held_head, XHCI_HELD_MAX - 1),                                 \
            SNAP_U_MAX(struct xhci, held_count, XHCI_HELD_MAX), SNAP_E(struct xhci, reset_event),  \
            SNAP_E(struct xhci, command_event), SNAP_E(struct xhci, service_event),                \
            SNAP_E(struct xhci, port_event), SNAP_E(struct xhci, imod_event),                      \
            SNAP_E(struct xhci, wrap_event), SNAP_END                                              \
    }

static const struct snap_field state[] = STATE(XHCI_SLOTS);
static const struct snap_field small_state[] = STATE(XHCI_SMALL_SLOTS);

/* ---- Life ---- */

/* The description with registers behind BAR 0. */
static int init_with(struct xhci *xhci, const struct xhci_config *own, const void *config,
                     struct error *err)
{
    struct pci_described described = {.desc = &desc};

    BUG_ON(own->usb2_ports == 0 || own->usb2_ports > XHCI_USB2_PORTS);
    BUG_ON(own->usb3_ports == 0 || own->usb3_ports > XHCI_USB3_PORTS);
    if (own->part != NULL) {
        described = *own->part;
    }
    BUG_ON(described.desc->bar[0].bytes != XHCI_BAR_BYTES);
    xhci->desc = *described.desc;
    xhci->desc.bar[0].bank = &xhci_banks[0];
    described.desc = &xhci->desc;
    xhci->usb2_ports = own->usb2_ports;
    xhci->ports = (uint8_t)(own->usb2_ports + own->usb3_ports);
    event_init(&xhci->reset_event, "reset", xhci_reset_fire, xhci);
    event_init(&xhci->command_event, "command", xhci_command_fire, xhci);
    event_init(&xhci->service_event, "service", xhci_service_fire, xhci);
    event_init(&xhci->port_event, "port", xhci_port_fire, xhci);
    event_init(&xhci->imod_event, "imod", xhci_imod_fire, xhci);
    event_init(&xhci->wrap_event, "wrap", xhci_wrap_fire, xhci);
    return pci_fn_init_described(&xhci->fn, &described, config, err);
}

static int xhci_init(struct device *device, const void *config, struct error *err)
{
    static const struct xhci_config pch = {.usb2_ports = XHCI_USB2_PORTS,
                                           .usb3_ports = XHCI_USB3_PORTS};
    const struct xhci_config *own = pci_part(config);

    xhci_of(device)->slots = XHCI_SLOTS;
    return init_with(xhci_of(device), own != NULL ? own : &pch, config, err);
}

static int small_init(struct device *device, const void *config, struct error *err)
{
    static const struct xhci_config two = {.usb2_ports = 2, .usb3_ports = 2};
    const struct xhci_config *own = pci_part(config);

    xhci_of(device)->slots = XHCI_SMALL_SLOTS;
    return init_with(xhci_of(device), own != NULL ? own : &two, config, err);
}

static void cancel_events(struct xhci *xhci)
{
    struct sched *sched = xhci->fn.device.env.sched;

    sched_cancel(sched, &xhci->reset_event);
    sched_cancel(sched, &xhci->command_event);
    sched_cancel(sched, &xhci->service_event);
    sched_cancel(sched, &xhci->port_event);
    sched_cancel(sched, &xhci->imod_event);
    sched_cancel(sched, &xhci->wrap_event);
}

void xhci_clear(struct xhci *xhci)
{
    cancel_events(xhci);
    xhci->command_dequeue = 0;
    xhci->command_cycle = false;
    xhci->is_command_running = false;
    xhci->run_since = 0;
    xhci->mfindex = 0;
    memset(xhci->slot, 0, sizeof(xhci->slot));
    memset(xhci->ep, 0, sizeof(xhci->ep));
    memset(xhci->held, 0, sizeof(xhci->held));
    xhci->held_head = 0;
    xhci->held_count = 0;
    for (unsigned i = 0; i < XHCI_INTERRUPTERS; i++) {
        struct xhci_interrupter *interrupter = &xhci->interrupter[i];

        interrupter->enqueue = 0;
        interrupter->segment = 0;
        interrupter->left = 0;
        interrupter->cycle = false;
        interrupter->is_started = false;
        interrupter->is_pending = false;
        interrupter->quiet_until = 0;
    }
    xhci_ports_reset(xhci);
    xhci_interrupters_update(xhci);
}

static void xhci_reset(struct device *device, enum reset_kind kind)
{
    struct xhci *xhci = xhci_of(device);

    pci_fn_reset(&xhci->fn, kind);
    xhci_clear(xhci);
}

/* An endpoint as a running controller can have it. */
static bool is_sane(const struct xhci_slot *slot, const struct xhci_ep *ep, unsigned dci)
{
    bool is_active = (slot->active >> dci & 1) != 0;

    if (dci == 0 || ep->state == XHCI_EP_DISABLED) return !is_active;
    return ep->max_packet != 0 && ep->type != XHCI_EP_INVALID &&
           (!is_active || ep->state == XHCI_EP_RUNNING);
}

/* Whatever else a snapshot holds, a guest could have brought about, or it is checked where it is
 * used. */
static int xhci_loaded(struct device *device, struct error *err)
{
    struct xhci *xhci = xhci_of(device);

    if (pci_fn_loaded(&xhci->fn, err) != 0) return -1;
    for (unsigned i = 0; i < ARRAY_LEN(xhci->ep); i++) {
        unsigned dci = i % XHCI_DCIS;

        if (!is_sane(&xhci->slot[i / XHCI_DCIS], &xhci->ep[i], dci)) {
            return error_host(err, "%s: endpoint %u of slot %u in the snapshot cannot be",
                              device->path, dci, i / XHCI_DCIS + 1);
        }
    }
    return 0;
}

static void xhci_fini(struct device *device)
{
    struct xhci *xhci = xhci_of(device);

    cancel_events(xhci);
    for (unsigned i = 0; i < xhci->ports; i++) {
        if (xhci->port[i].function == NULL) continue;
        xhci->port[i].function->wake = NULL;
    }
    pci_fn_fini(&xhci->fn);
}

void xhci_attach(struct device *device, unsigned port, struct usb_function *function)
{
    struct xhci *xhci = xhci_of(device);

    BUG_ON(device->class != &xhci_class && device->class != &xhci_small_class);
    BUG_ON(port == 0 || port > xhci->ports);
    BUG_ON((function->speed == USB_SPEED_SUPER) != (port > xhci->usb2_ports));
    BUG_ON(xhci->port[port - 1].function != NULL);
    xhci->port[port - 1].function = function;
    function->wake = xhci_port_wake;
    function->wake_ctx = xhci;
    function->wake_port = port;
}

#define CLASS(called, fields, begin)                                                      \
    {                                                                                     \
        .name = (called), .size = sizeof(struct xhci), .version = 1, .banks = xhci_banks, \
        .state = (fields), .events = events, .init = (begin), .reset = xhci_reset,        \
        .loaded = xhci_loaded, .fini = xhci_fini                                          \
    }

const struct device_class xhci_class = CLASS("xhci", state, xhci_init);
const struct device_class xhci_small_class = CLASS("xhci_small", small_state, small_init);
