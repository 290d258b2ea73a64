/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the xHCI model. xhci.c: life and tables. xhci_mmio.c: registers, run and stop. xhci_port.c:
 * root hub. xhci_event.c: event rings and interrupters. xhci_command.c: command ring.
 * xhci_slot.c, xhci_endpoint.c: their state and the commands about them. xhci_schedule.c: which
 * endpoint is served when. xhci_transfer.c, xhci_control.c: pipes. xhci_td.c: walking TDs.
 *
 * Invariants: while the FIFO of held events is not empty, neither commands nor transfers proceed, so
 * it has room for all of one step; what software makes beyond that (doorbells of nothing) is lost.
 * `ep.due` of an endpoint counts only while its bit in `slot.active` is set.
 */
#pragma once

#include "devices/pci/pci.h"
#include "devices/usb/usb.h"
#include "devices/usb/xhci.h"
#include "devices/usb/xhci_regs.h"

#define XHCI_PORTS        (XHCI_USB2_PORTS + XHCI_USB3_PORTS)
#define XHCI_SLOTS        64u
#define XHCI_SMALL_SLOTS  8u
#define XHCI_INTERRUPTERS 8u
#define XHCI_DCIS         32u  /* device context indexes: 0 the slot, 1 endpoint 0, 31 the last */
#define XHCI_ERST_LOG2    5u   /* event ring segment table: at most 32 entries */
#define XHCI_HELD_MAX     512u /* more than one step of an endpoint can make: one for each TRB */
#define XHCI_PACKET_MAX   1024u
#define XHCI_TRBS_MAX     128u /* looked at for one endpoint or command at one instant */
#define XHCI_INTERVAL_MAX 15u

#define XHCI_MICROFRAME   VTIME_US(125)
#define XHCI_COMMAND_TIME VTIME_US(2)
#define XHCI_RESET_TIME   VTIME_US(100)
#define XHCI_IMOD_TICK    VTIME_NS(250)

struct xhci_trb {
    uint64_t parameter;
    uint32_t status;
    uint32_t control;
};

struct xhci_held {
    uint64_t parameter;
    uint32_t status;
    uint32_t control;
    uint8_t interrupter;
    bool is_blocking; /* block event interrupt */
};

struct xhci_interrupter {
    /* registers */
    uint32_t iman;
    uint32_t imod;
    uint32_t erstsz;
    uint64_t erstba;
    uint64_t erdp;
    /* where the next event goes */
    uint64_t enqueue;
    uint32_t segment;
    uint32_t left; /* TRBs up to the end of the segment */
    bool cycle;
    bool is_started; /* the four above are valid */
    bool is_pending; /* 4.17.2, IPE: the ring holds an event that asks for an interrupt */
    vtime quiet_until;
};

struct xhci_port {
    uint32_t portsc;
    uint32_t portpmsc;
    uint32_t portli;
    uint32_t porthlpmc;
    vtime reset_end; /* VTIME_NEVER: no reset under way */
    bool is_warm;
    uint8_t address; /* that the device listens to; 0 after reset */
    uint8_t slot;    /* whose device it is; 0: none */
    bool has_event;  /* a port status change event waits for room */
    bool has_remote_wakeup;
    struct usb_function *function; /* borrowed; NULL: nothing plugged in */
};

enum xhci_slot_state {
    XHCI_SLOT_DISABLED,
    XHCI_SLOT_ENABLED,
    XHCI_SLOT_DEFAULT,
    XHCI_SLOT_ADDRESSED,
    XHCI_SLOT_CONFIGURED,
};

struct xhci_slot {
    uint64_t context; /* output device context */
    uint64_t setup;   /* of the control transfer that runs, as in its TRB */
    uint32_t active;  /* endpoints with something to do, by device context index */
    uint8_t state;
    uint8_t port; /* root hub port, 1-based; 0: none yet */
    uint8_t speed;
    uint8_t address;
    bool has_route; /* behind a hub */
};

enum xhci_stage { /* of the control transfer that runs */
                  XHCI_STAGE_NONE,
                  XHCI_STAGE_SETUP,
                  XHCI_STAGE_DATA,
};

struct xhci_ep {
    uint64_t dequeue; /* the TRB that is worked at */
    vtime due;
    uint32_t done; /* bytes of that TRB */
    uint32_t edtla;
    uint16_t max_packet;
    uint8_t state;
    uint8_t type;
    uint8_t interval; /* 2^interval microframes */
    uint8_t stage;
    bool cycle;
    bool is_in_td;
    bool is_waiting;  /* said NAK: until usb_wake() */
    bool is_skipping; /* over the rest of a TD after a short packet */
};

struct xhci {
    struct pci_fn fn;
    struct event reset_event;
    struct event command_event;
    struct event service_event;
    struct event port_event;
    struct event imod_event;
    struct event wrap_event;
    /* what it is */
    struct pci_desc desc;
    uint8_t usb2_ports;
    uint8_t ports; /* of both kinds; `port` has the others too, and nothing sees them */
    uint8_t slots; /* those after them stay disabled and are not saved */
    /* registers */
    uint32_t usbcmd;
    uint32_t usbsts;
    uint32_t dnctrl;
    uint64_t crcr;
    uint64_t dcbaap;
    uint32_t config;
    uint32_t legsup;
    uint32_t legctl;
    struct xhci_port port[XHCI_PORTS];
    struct xhci_interrupter interrupter[XHCI_INTERRUPTERS];
    /* what the registers do not hold */
    uint64_t command_dequeue;
    bool command_cycle;
    bool is_command_running; /* CRR */
    vtime run_since;         /* meaningful while running */
    uint32_t mfindex;        /* at run_since, or where it stopped */
    struct xhci_slot slot[XHCI_SLOTS];
    struct xhci_ep ep[XHCI_SLOTS * XHCI_DCIS];
    struct xhci_held held[XHCI_HELD_MAX];
    uint32_t held_head;
    uint32_t held_count;
    /* within one step only */
    uint8_t buffer[USB_CONTROL_BYTES_MAX];
};

extern const struct reg_bank xhci_banks[];

static inline struct xhci *xhci_of(struct device *device)
{
    return (struct xhci *)(void *)device;
}

/* ---- xhci.c ---- */
extern const struct trace_desc xhci_trace_command;
extern const struct trace_desc xhci_trace_transfer;
extern const struct trace_desc xhci_trace_event;
extern const struct trace_desc xhci_trace_port;
extern const struct trace_desc xhci_trace_endpoint;
/* Everything that no register holds. */
void xhci_clear(struct xhci *xhci);

/* ---- xhci_mmio.c ---- */
bool xhci_is_running(const struct xhci *xhci);
void xhci_reset_fire(void *owner, vtime when);
void xhci_wrap_fire(void *owner, vtime when);
/* DMA met no memory: Host System Error, everything stops (4.10.2.6). */
void xhci_system_error(struct xhci *xhci, uint64_t addr);
/* Software gave what cannot be worked with: Host Controller Error. */
void xhci_controller_error(struct xhci *xhci, const char *what, uint64_t value);
/* Guest memory; false after a Host System Error. */
bool xhci_fetch(struct xhci *xhci, uint64_t addr, void *buf, size_t bytes);
bool xhci_store(struct xhci *xhci, uint64_t addr, const void *buf, size_t bytes);
bool xhci_fetch_trb(struct xhci *xhci, uint64_t addr, struct xhci_trb *trb);

/* ---- xhci_port.c: ports are 1-based ---- */
uint64_t xhci_port_reg_get(struct device *device, unsigned index, uint64_t stored);
void xhci_ports_reset(struct xhci *xhci);
/* USB 3 devices are reset with their links. */
void xhci_ports_retrain(struct xhci *xhci);
void xhci_portsc_write(struct device *device, const struct reg_write *write);
void xhci_portpmsc_write(struct device *device, const struct reg_write *write);
void xhci_porthlpmc_write(struct device *device, const struct reg_write *write);
void xhci_port_fire(void *owner, vtime when);
void xhci_ports_started(struct xhci *xhci);
/* The function that answers at a port now, or NULL: nothing there, disabled, suspended. */
struct usb_function *xhci_port_function(struct xhci *xhci, unsigned port);
bool xhci_port_is_suspended(const struct xhci *xhci, unsigned port);
void xhci_port_wake(void *ctx, unsigned port, unsigned endpoint);

/* ---- xhci_event.c ---- */
/* Puts an event into the ring of an interrupter, or holds it until there is room. */
void xhci_event(struct xhci *xhci, unsigned interrupter, const struct xhci_trb *trb,
                bool is_blocking);
void xhci_event_host(struct xhci *xhci, enum xhci_trb_type type, enum xhci_code code);
/* Port status change; at most one waits for each port. */
void xhci_event_port(struct xhci *xhci, unsigned port);
bool xhci_is_held(const struct xhci *xhci);
/* Running again: software may have made room while nothing could be put there. */
void xhci_events_started(struct xhci *xhci);
void xhci_interrupters_update(struct xhci *xhci);
void xhci_imod_fire(void *owner, vtime when);
uint64_t xhci_imod_get(struct device *device, unsigned index, uint64_t stored);
void xhci_iman_write(struct device *device, const struct reg_write *write);
void xhci_imod_write(struct device *device, const struct reg_write *write);
void xhci_erst_write(struct device *device, const struct reg_write *write);
void xhci_erdp_write(struct device *device, const struct reg_write *write);

/* ---- xhci_command.c ---- */
void xhci_command_kick(struct xhci *xhci);
void xhci_command_fire(void *owner, vtime when);
uint64_t xhci_crcr_get(struct device *device, unsigned index, uint64_t stored);
void xhci_crcr_write(struct device *device, const struct reg_write *write);

/* ---- xhci_slot.c: commands about slots; slots are 1-based ---- */
enum xhci_code xhci_slot_enable(struct xhci *xhci, const struct xhci_trb *trb, unsigned *slot);
enum xhci_code xhci_slot_disable(struct xhci *xhci, unsigned slot);
enum xhci_code xhci_slot_address(struct xhci *xhci, unsigned slot, const struct xhci_trb *trb);
enum xhci_code xhci_slot_configure(struct xhci *xhci, unsigned slot, const struct xhci_trb *trb);
enum xhci_code xhci_slot_evaluate(struct xhci *xhci, unsigned slot, const struct xhci_trb *trb);
enum xhci_code xhci_slot_reset(struct xhci *xhci, unsigned slot);

/* ---- xhci_endpoint.c: state of endpoints, commands about them ---- */
static inline struct xhci_slot *xhci_slot_at(struct xhci *xhci, unsigned slot)
{
    return &xhci->slot[slot - 1];
}
static inline struct xhci_ep *xhci_ep_at(struct xhci *xhci, unsigned slot, unsigned dci)
{
    return &xhci->ep[(slot - 1) * XHCI_DCIS + dci];
}
/* Whether the words of an endpoint context can be used for `dci`. */
bool xhci_ep_is_valid(const uint8_t *context, unsigned dci);
/* Takes over an endpoint context; the endpoint is running. */
void xhci_ep_load(struct xhci *xhci, unsigned slot, unsigned dci, const uint8_t *context);
void xhci_ep_disable(struct xhci *xhci, unsigned slot, unsigned dci);
/* New state, here and with the dequeue pointer in the output context. */
void xhci_ep_set_state(struct xhci *xhci, unsigned slot, unsigned dci, enum xhci_ep_state state);
enum xhci_code xhci_ep_reset(struct xhci *xhci, unsigned slot, unsigned dci);
enum xhci_code xhci_ep_stop(struct xhci *xhci, unsigned slot, unsigned dci);
enum xhci_code xhci_ep_set_dequeue(struct xhci *xhci, unsigned slot, unsigned dci,
                                   const struct xhci_trb *trb);

/* ---- xhci_schedule.c ---- */
void xhci_doorbell(struct xhci *xhci, unsigned slot, unsigned target);
void xhci_service_fire(void *owner, vtime when);
/* Something has become possible: arms the service event. */
void xhci_service_kick(struct xhci *xhci);
/* Endpoints that wait for the device of a slot try again. `dcis`: bits. */
void xhci_service_wake(struct xhci *xhci, unsigned slot, uint32_t dcis);

/* ---- xhci_td.c: one endpoint at one instant ---- */
struct xhci_pipe {
    struct xhci *xhci;
    struct xhci_slot *slot;
    struct xhci_ep *ep;
    unsigned slot_id;
    unsigned dci;
    unsigned budget; /* TRBs that may still be looked at */
    vtime cost;      /* of what went over the wire */
};

enum xhci_next {
    XHCI_NEXT_READY,  /* there is a TRB with something to do; from a step: go on after `cost` */
    XHCI_NEXT_IDLE,   /* ring empty: until the doorbell rings */
    XHCI_NEXT_WAIT,   /* device has nothing: until it wakes */
    XHCI_NEXT_LATER,  /* budget used up */
    XHCI_NEXT_HALTED, /* endpoint or controller stopped */
};

unsigned xhci_trb_type(const struct xhci_trb *trb);
/* Consumes what needs no transaction, up to a TRB that does; it is put into *trb. */
enum xhci_next xhci_td_settle(struct xhci_pipe *pipe, struct xhci_trb *trb);
/* How many bytes (at most `limit`) the TD has from here on; for OUT they are read to `data` (not
 * NULL). IDLE: the TD is not complete yet. */
enum xhci_next xhci_td_gather(struct xhci_pipe *pipe, uint8_t *data, size_t limit, size_t *bytes);
/* `bytes` have been moved; for IN they are written from `data` (not NULL). The TD goes on, ends, or
 * (is_short) is cut off. */
enum xhci_next xhci_td_commit(struct xhci_pipe *pipe, const uint8_t *data, size_t bytes,
                              bool is_short);
/* The TRB is done; the endpoint goes on with the next. */
void xhci_td_retire(struct xhci_pipe *pipe, const struct xhci_trb *trb, enum xhci_code code);
/* Error event for the TRB at the dequeue pointer; the endpoint halts. */
enum xhci_next xhci_td_fail(struct xhci_pipe *pipe, enum xhci_code code);
/* Transfer event; `residue` as the code defines it. */
void xhci_td_event(struct xhci_pipe *pipe, const struct xhci_trb *trb, enum xhci_code code,
                   uint32_t residue);
void xhci_td_forget(struct xhci_ep *ep);

/* ---- xhci_transfer.c ---- */
enum xhci_next xhci_pipe_step(struct xhci_pipe *pipe);
bool xhci_pipe_is_periodic(const struct xhci_ep *ep);
/* Time on the wire of one transaction with `bytes` of data. */
vtime xhci_wire_time(unsigned speed, size_t bytes);
/* The device behind a pipe; NULL: nobody answers. */
struct usb_function *xhci_pipe_function(struct xhci_pipe *pipe);

/* ---- xhci_control.c ---- */
enum xhci_next xhci_control_step(struct xhci_pipe *pipe, const struct xhci_trb *trb,
                                 struct usb_function *function);
