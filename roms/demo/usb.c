/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An xHCI host controller without interrupts (xHCI 1.1), and the first USB keyboard on one of its
 * ports, in boot protocol (HID 1.11, appendix B and F.5). Rings and contexts lie in RAM at RAM_USB.
 */
#include "firmware/arch/x86/io.h"
#include "roms/demo/demo.h"

#define ID_XHCI 0xa2af8086u

/* Offsets from RAM_USB; what a slot has is SLOT_BYTES apart. */
#define AT_STRUCT       0x00000u
#define AT_CONTEXTS     0x01000u /* device context base address array */
#define AT_SCRATCHPADS  0x01800u
#define AT_COMMANDS     0x02000u
#define AT_EVENTS       0x03000u
#define AT_SEGMENTS     0x04000u
#define AT_INPUT        0x05000u
#define AT_BUFFER       0x06000u
#define AT_DEVICE       0x10000u
#define AT_CONTROL      0x20000u
#define AT_REPORTS      0x30000u
#define AT_SCRATCH      0x40000u
#define AT_END          0x100000u
#define SCRATCHPADS_MAX ((AT_END - AT_SCRATCH) / PAGE)
#define SLOT_BYTES      0x1000u
#define SLOTS           8u
#define RING_TRBS       256u
#define PAGE            4096u

#define CAP_HCSPARAMS1   0x04u
#define CAP_HCSPARAMS2   0x08u
#define CAP_HCCPARAMS1   0x10u
#define CAP_DBOFF        0x14u
#define CAP_RTSOFF       0x18u
#define OP_USBCMD        0x00u
#define OP_USBSTS        0x04u
#define OP_CRCR          0x18u
#define OP_DCBAAP        0x30u
#define OP_CONFIG        0x38u
#define OP_PORTSC(n)     (0x400u + 0x10u * (n))
#define RT_ERSTSZ        0x28u
#define RT_ERSTBA        0x30u
#define RT_ERDP          0x38u
#define CMD_RUN          0x1u
#define CMD_RESET        0x2u
#define STS_HALTED       0x1u
#define STS_NOT_READY    0x800u
#define ERDP_BUSY        0x8u
#define PORT_CONNECTED   0x1u
#define PORT_ENABLED     0x2u
#define PORT_RESET       0x10u
#define PORT_POWER       0x200u
#define PORT_CHANGES     0x00fe0000u
#define PORT_SPEED_SHIFT 10
#define PORT_SPEED       0xfu

enum trb_type {
    TRB_NORMAL = 1,
    TRB_SETUP = 2,
    TRB_DATA = 3,
    TRB_STATUS = 4,
    TRB_LINK = 6,
    TRB_ENABLE_SLOT = 9,
    TRB_ADDRESS_DEVICE = 11,
    TRB_CONFIGURE_ENDPOINT = 12,
    TRB_EVALUATE_CONTEXT = 13,
    TRB_TRANSFER_EVENT = 32,
    TRB_COMMAND_EVENT = 33,
};
#define TRB_CYCLE        0x1u
#define TRB_TOGGLE       0x2u
#define TRB_ON_SHORT     0x4u
#define TRB_REPORT       0x20u /* interrupt on completion */
#define TRB_IMMEDIATE    0x40u
#define TRB_IN           0x10000u
#define TRB_DATA_IN      0x30000u /* of a setup stage: what the data stage will be */
#define TRB_TYPE(t)      ((uint32_t)(t) << 10)
#define TYPE_OF(control) ((control) >> 10 & 0x3f)
#define SLOT_OF(control) ((control) >> 24)
#define FOR_SLOT(slot)   ((slot) << 24)
#define DONE             1u /* completion codes */
#define DONE_SHORT       13u

/* Slot and endpoint contexts (xHCI 1.1, 6.2.2 and 6.2.3). */
#define CONTEXT_SPEED_SHIFT    20
#define CONTEXT_ENTRIES_SHIFT  27
#define CONTEXT_PORT_SHIFT     16
#define CONTEXT_THREE_TRIES    (3u << 1)
#define CONTEXT_TYPE_SHIFT     3
#define CONTEXT_PACKET_SHIFT   16
#define CONTEXT_INTERVAL_SHIFT 16
#define CONTEXT_ESIT_SHIFT     16
#define ADD_SLOT               0x1u /* flags of an input context, by index: slot, then endpoints */
#define ADD_CONTROL            (1u << CONTROL_EP)

#define SPEED_FULL 1u
#define SPEED_LOW  2u
#define SPEED_HIGH 3u
#define EP_CONTROL 4u
#define EP_INT_IN  7u
#define CONTROL_EP 1u /* device context index */

#define GET_DEVICE_DESCRIPTOR UINT64_C(0x0000000001000680)
#define GET_CONFIGURATION     UINT64_C(0x0000000002000680)
#define SET_CONFIGURATION     UINT64_C(0x0000000000000900) /* value in 31:16 */
#define SET_BOOT_PROTOCOL     UINT64_C(0x0000000000000b21) /* interface in 47:32 */
#define SET_IDLE              UINT64_C(0x0000000000000a21)
#define LENGTH(bytes)         ((uint64_t)(bytes) << 48)
#define DESCRIPTOR_BYTES      256u
#define DESCRIPTOR_INTERFACE  4u
#define INTERFACE_BYTES       9u
#define DESCRIPTOR_ENDPOINT   5u
#define ENDPOINT_BYTES        7u
#define ENDPOINT_IN           0x80u
#define ENDPOINT_NUMBER       0xfu
#define ENDPOINT_PACKET       0x7ffu
#define HID_BOOT_KEYBOARD     0x010103u /* protocol, subclass, class */
#define REPORT_BYTES          8u

#define WAIT_TICKS 200u

struct trb {
    uint64_t parameter;
    uint32_t status;
    uint32_t control;
};

struct ring {
    volatile struct trb *trbs;
    unsigned at;
    uint32_t cycle;
};

struct keyboard {
    uint8_t configuration;
    uint8_t interface;
    uint8_t endpoint; /* device context index; 0: this is no keyboard */
    uint8_t interval;
    uint16_t packet;
};

struct usb {
    uint64_t op;
    uint64_t runtime;
    uint64_t doorbells;
    unsigned context_bytes;
    unsigned ports;
    struct ring commands;
    struct ring events;
    struct ring control;
    struct ring reports;
    unsigned slot;
    unsigned speed;
    struct keyboard keyboard;
};

static uint64_t area(uint32_t offset)
{
    return RAM_USB + (uint64_t)offset;
}

static void write64(uint64_t at, uint64_t value)
{
    mmio_write32(at, (uint32_t)value);
    mmio_write32(at + 4, (uint32_t)(value >> 32));
}

/* ---- Rings ---- */

static void ring_init(struct ring *ring, uint32_t offset)
{
    memset((void *)(uintptr_t)area(offset), 0, RING_TRBS * sizeof(struct trb));
    *ring =
        (struct ring){.trbs = (volatile struct trb *)(uintptr_t)area(offset), .cycle = TRB_CYCLE};
}

/* The control dword makes the others valid, so it comes last. */
static void ring_put(struct ring *ring, uint64_t parameter, uint32_t status, uint32_t control)
{
    volatile struct trb *trb = &ring->trbs[ring->at++];

    trb->parameter = parameter;
    trb->status = status;
    trb->control = control | ring->cycle;
    if (ring->at < RING_TRBS - 1) return;
    trb = &ring->trbs[ring->at];
    trb->parameter = (uintptr_t)ring->trbs;
    trb->control = TRB_TYPE(TRB_LINK) | TRB_TOGGLE | ring->cycle;
    ring->at = 0;
    ring->cycle ^= TRB_CYCLE;
}

static bool next_event(struct usb *usb, struct trb *event)
{
    struct ring *ring = &usb->events;
    volatile struct trb *trb = &ring->trbs[ring->at];

    event->control = trb->control;
    if ((event->control & TRB_CYCLE) != ring->cycle) return false;
    event->parameter = trb->parameter;
    event->status = trb->status;
    if (++ring->at == RING_TRBS) {
        ring->at = 0;
        ring->cycle ^= TRB_CYCLE;
    }
    write64(usb->runtime + RT_ERDP, (uintptr_t)&ring->trbs[ring->at] | ERDP_BUSY);
    return true;
}

static unsigned code_of(const struct trb *event)
{
    return event->status >> 24;
}

/* The next event of this type; others are let go. False: there was none, or it tells of a failure. */
static bool wait_event(struct usb *usb, enum trb_type type, struct trb *event)
{
    for (unsigned i = 0; i < WAIT_TICKS; i++) {
        while (next_event(usb, event)) {
            if (TYPE_OF(event->control) != (unsigned)type) continue;
            return code_of(event) == DONE || code_of(event) == DONE_SHORT;
        }
        tick_wait();
    }
    return false;
}

static void ring_doorbell(const struct usb *usb, unsigned slot, unsigned target)
{
    mmio_write32(usb->doorbells + slot * 4u, target);
}

static bool command(struct usb *usb, uint64_t parameter, uint32_t control, struct trb *event)
{
    ring_put(&usb->commands, parameter, 0, control);
    ring_doorbell(usb, 0, 0);
    return wait_event(usb, TRB_COMMAND_EVENT, event);
}

/* ---- Contexts ---- */

static uint32_t *input_context(const struct usb *usb, unsigned index)
{
    return (uint32_t *)(uintptr_t)(area(AT_INPUT) + (uint64_t)index * usb->context_bytes);
}

/* An input context that adds the contexts of `flags`, with the slot's own filled in. */
static void begin_input(const struct usb *usb, uint32_t flags, unsigned port, unsigned entries)
{
    uint32_t *slot = input_context(usb, 1);

    memset(input_context(usb, 0), 0, PAGE);
    input_context(usb, 0)[1] = flags;
    slot[0] = usb->speed << CONTEXT_SPEED_SHIFT | entries << CONTEXT_ENTRIES_SHIFT;
    slot[1] = (port + 1) << CONTEXT_PORT_SHIFT; /* they count from 1 */
}

static void set_endpoint(const struct usb *usb, unsigned index, uint32_t type, uint32_t packet,
                         const struct ring *ring)
{
    uint32_t *endpoint = input_context(usb, index + 1);
    uint64_t dequeue = (uintptr_t)ring->trbs | TRB_CYCLE;

    endpoint[1] = CONTEXT_THREE_TRIES | type << CONTEXT_TYPE_SHIFT | packet << CONTEXT_PACKET_SHIFT;
    endpoint[2] = (uint32_t)dequeue;
    endpoint[3] = (uint32_t)(dequeue >> 32);
    endpoint[4] = REPORT_BYTES;
}

/* ---- Requests ---- */

static bool control_in(struct usb *usb, uint64_t setup, uint32_t bytes)
{
    struct trb event;

    ring_put(&usb->control, setup | LENGTH(bytes), 8,
             TRB_TYPE(TRB_SETUP) | TRB_IMMEDIATE | TRB_DATA_IN);
    ring_put(&usb->control, area(AT_BUFFER), bytes, TRB_TYPE(TRB_DATA) | TRB_IN);
    ring_put(&usb->control, 0, 0, TRB_TYPE(TRB_STATUS) | TRB_REPORT);
    ring_doorbell(usb, usb->slot, CONTROL_EP);
    return wait_event(usb, TRB_TRANSFER_EVENT, &event);
}

static bool control_none(struct usb *usb, uint64_t setup)
{
    struct trb event;

    ring_put(&usb->control, setup, 8, TRB_TYPE(TRB_SETUP) | TRB_IMMEDIATE);
    ring_put(&usb->control, 0, 0, TRB_TYPE(TRB_STATUS) | TRB_REPORT | TRB_IN);
    ring_doorbell(usb, usb->slot, CONTROL_EP);
    return wait_event(usb, TRB_TRANSFER_EVENT, &event);
}

static uint32_t log2_of(uint32_t value)
{
    uint32_t log = 0;

    while (value > 1) {
        value >>= 1;
        log++;
    }
    return log;
}

/* An interface descriptor (USB 2.0, 9.6.5): class, subclass and protocol. */
static bool is_boot_keyboard(const uint8_t *d)
{
    return (d[5] | (uint32_t)d[6] << 8 | (uint32_t)d[7] << 16) == HID_BOOT_KEYBOARD;
}

/* An endpoint descriptor (9.6.6). The interval is a power of two of 125 us: slow devices tell
 * milliseconds, fast ones that power plus one. */
static void take_endpoint(const struct usb *usb, struct keyboard *keyboard, const uint8_t *d)
{
    bool is_slow = usb->speed == SPEED_FULL || usb->speed == SPEED_LOW;

    keyboard->endpoint = (uint8_t)((d[2] & ENDPOINT_NUMBER) * 2 + 1);
    keyboard->packet = (uint16_t)((d[4] | (unsigned)d[5] << 8) & ENDPOINT_PACKET);
    keyboard->interval = (uint8_t)(is_slow ? log2_of(d[6] * 8u) : d[6] - 1u);
}

/* Looks through a configuration for the first keyboard in boot protocol and its interrupt endpoint;
 * other interfaces of the device may stand before and behind it. */
static void find_keyboard(const struct usb *usb, struct keyboard *keyboard)
{
    const uint8_t *bytes = (const uint8_t *)(uintptr_t)area(AT_BUFFER);
    unsigned total = bytes[2] | (unsigned)bytes[3] << 8;
    bool is_keyboard = false;

    *keyboard = (struct keyboard){.configuration = bytes[5]};
    if (total > DESCRIPTOR_BYTES) total = DESCRIPTOR_BYTES;
    for (unsigned at = 0; at + 2 <= total && bytes[at] >= 2; at += bytes[at]) {
        const uint8_t *d = bytes + at;

        if (at + d[0] > total) return;
        if (d[1] == DESCRIPTOR_INTERFACE && d[0] >= INTERFACE_BYTES) {
            is_keyboard = is_boot_keyboard(d);
            keyboard->interface = d[2];
        } else if (d[1] == DESCRIPTOR_ENDPOINT && d[0] >= ENDPOINT_BYTES && is_keyboard &&
                   (d[2] & ENDPOINT_IN) != 0) {
            take_endpoint(usb, keyboard, d);
            return;
        }
    }
}

/* ---- One port ---- */

static bool reset_port(const struct usb *usb, unsigned port)
{
    uint64_t portsc = usb->op + OP_PORTSC(port);

    if ((mmio_read32(portsc) & PORT_CONNECTED) == 0) return false;
    if ((mmio_read32(portsc) & PORT_ENABLED) == 0) {
        mmio_write32(portsc, PORT_POWER | PORT_RESET);
        for (unsigned i = 0; i < WAIT_TICKS && (mmio_read32(portsc) & PORT_ENABLED) == 0; i++) {
            tick_wait();
        }
    }
    mmio_write32(portsc, PORT_POWER | PORT_CHANGES);
    return (mmio_read32(portsc) & PORT_ENABLED) != 0;
}

/* A slot and an address for the device on this port. */
static bool address_device(struct usb *usb, unsigned port)
{
    static const uint32_t packets[] = {8, 8, 8, 64,
                                       512}; /* by speed, before the device was asked */
    uint32_t packet;
    struct trb event;

    usb->speed = mmio_read32(usb->op + OP_PORTSC(port)) >> PORT_SPEED_SHIFT & PORT_SPEED;
    packet = usb->speed < 4 ? packets[usb->speed] : packets[4];
    if (!command(usb, 0, TRB_TYPE(TRB_ENABLE_SLOT), &event)) return false;
    usb->slot = SLOT_OF(event.control);
    ring_init(&usb->control, AT_CONTROL + usb->slot * SLOT_BYTES);
    begin_input(usb, ADD_SLOT | ADD_CONTROL, port, 1);
    set_endpoint(usb, CONTROL_EP, EP_CONTROL, packet, &usb->control);
    memset((void *)(uintptr_t)area(AT_DEVICE + usb->slot * SLOT_BYTES), 0, SLOT_BYTES);
    *(volatile uint64_t *)(uintptr_t)(area(AT_CONTEXTS) + usb->slot * 8u) =
        area(AT_DEVICE + usb->slot * SLOT_BYTES);
    if (!command(usb, area(AT_INPUT), TRB_TYPE(TRB_ADDRESS_DEVICE) | FOR_SLOT(usb->slot), &event) ||
        !control_in(usb, GET_DEVICE_DESCRIPTOR, 8)) {
        return false;
    }
    packet = ((const uint8_t *)(uintptr_t)area(AT_BUFFER))[7];
    if (usb->speed != SPEED_FULL || packet == 8) return true;
    begin_input(usb, ADD_CONTROL, port, 1);
    set_endpoint(usb, CONTROL_EP, EP_CONTROL, packet, &usb->control);
    return command(usb, area(AT_INPUT), TRB_TYPE(TRB_EVALUATE_CONTEXT) | FOR_SLOT(usb->slot),
                   &event);
}

static void ask_report(struct usb *usb)
{
    ring_put(&usb->reports, area(AT_BUFFER), REPORT_BYTES,
             TRB_TYPE(TRB_NORMAL) | TRB_REPORT | TRB_ON_SHORT);
    ring_doorbell(usb, usb->slot, usb->keyboard.endpoint);
}

static bool start_keyboard(struct usb *usb, unsigned port)
{
    struct keyboard *keyboard = &usb->keyboard;
    struct trb event;

    if (!control_in(usb, GET_CONFIGURATION, DESCRIPTOR_BYTES)) return false;
    find_keyboard(usb, keyboard);
    if (keyboard->endpoint == 0) return false;
    ring_init(&usb->reports, AT_REPORTS + usb->slot * SLOT_BYTES);
    begin_input(usb, ADD_SLOT | 1u << keyboard->endpoint, port, keyboard->endpoint);
    set_endpoint(usb, keyboard->endpoint, EP_INT_IN, keyboard->packet, &usb->reports);
    input_context(usb, keyboard->endpoint + 1u)[0] = (uint32_t)keyboard->interval
                                                     << CONTEXT_INTERVAL_SHIFT;
    input_context(usb, keyboard->endpoint + 1u)[4] = REPORT_BYTES | REPORT_BYTES
                                                                        << CONTEXT_ESIT_SHIFT;
    if (!command(usb, area(AT_INPUT), TRB_TYPE(TRB_CONFIGURE_ENDPOINT) | FOR_SLOT(usb->slot),
                 &event) ||
        !control_none(usb, SET_CONFIGURATION | (uint64_t)keyboard->configuration << 16) ||
        !control_none(usb, SET_BOOT_PROTOCOL | (uint64_t)keyboard->interface << 32) ||
        !control_none(usb, SET_IDLE | (uint64_t)keyboard->interface << 32)) {
        return false;
    }
    ask_report(usb);
    return true;
}

/* ---- The controller ---- */

static bool wait_clear(uint64_t reg, uint32_t bits)
{
    for (unsigned i = 0; i < WAIT_TICKS; i++) {
        if ((mmio_read32(reg) & bits) == 0) return true;
        tick_wait();
    }
    return false;
}

/* Pages for the controller's own use. */
static bool make_scratchpads(uint64_t base)
{
    uint32_t params = mmio_read32(base + CAP_HCSPARAMS2);
    uint32_t count = (params >> 21 & 0x1f) << 5 | params >> 27;
    volatile uint64_t *list = (volatile uint64_t *)(uintptr_t)area(AT_SCRATCHPADS);

    if (count > SCRATCHPADS_MAX) return false;
    for (uint32_t i = 0; i < count; i++) {
        list[i] = area(AT_SCRATCH + i * PAGE);
    }
    if (count != 0) *(volatile uint64_t *)(uintptr_t)area(AT_CONTEXTS) = area(AT_SCRATCHPADS);
    return true;
}

static bool start_controller(struct usb *usb, uint64_t base)
{
    volatile uint64_t *segment = (volatile uint64_t *)(uintptr_t)area(AT_SEGMENTS);

    usb->op = base + mmio_read8(base);
    usb->runtime = base + (mmio_read32(base + CAP_RTSOFF) & ~31u);
    usb->doorbells = base + (mmio_read32(base + CAP_DBOFF) & ~3u);
    usb->ports = mmio_read32(base + CAP_HCSPARAMS1) >> 24;
    usb->context_bytes = (mmio_read32(base + CAP_HCCPARAMS1) & 4) != 0 ? 64 : 32;
    mmio_write32(usb->op + OP_USBCMD, 0);
    tick_wait();
    mmio_write32(usb->op + OP_USBCMD, CMD_RESET);
    if (!wait_clear(usb->op + OP_USBCMD, CMD_RESET)) return false;
    if (!wait_clear(usb->op + OP_USBSTS, STS_NOT_READY)) return false;
    if (!make_scratchpads(base)) return false;
    ring_init(&usb->commands, AT_COMMANDS);
    ring_init(&usb->events, AT_EVENTS);
    segment[0] = area(AT_EVENTS);
    segment[1] = RING_TRBS;
    mmio_write32(usb->op + OP_CONFIG, SLOTS);
    write64(usb->op + OP_DCBAAP, area(AT_CONTEXTS));
    write64(usb->op + OP_CRCR, area(AT_COMMANDS) | TRB_CYCLE);
    mmio_write32(usb->runtime + RT_ERSTSZ, 1);
    write64(usb->runtime + RT_ERDP, area(AT_EVENTS));
    write64(usb->runtime + RT_ERSTBA, area(AT_SEGMENTS));
    mmio_write32(usb->op + OP_USBCMD, CMD_RUN);
    return wait_clear(usb->op + OP_USBSTS, STS_HALTED);
}

struct usb *usb_start(void)
{
    struct usb *usb = (struct usb *)(uintptr_t)area(AT_STRUCT);
    uint64_t function = pci_find(ID_XHCI);

    memset((void *)(uintptr_t)area(0), 0, AT_SCRATCH);
    if (function == 0 || pci_bar(function, 0) == 0) return NULL;
    if (!start_controller(usb, pci_bar(function, 0))) return NULL;
    tick_wait();
    for (unsigned port = 0; port < usb->ports; port++) {
        if (reset_port(usb, port) && address_device(usb, port) && start_keyboard(usb, port)) {
            return usb;
        }
    }
    return NULL;
}

/* After a transfer that failed the keyboard is left alone: the serial port still has keys. */
bool usb_poll(struct usb *usb, uint8_t report[8])
{
    struct trb event;

    while (next_event(usb, &event)) {
        if (TYPE_OF(event.control) != TRB_TRANSFER_EVENT) continue;
        if (SLOT_OF(event.control) != usb->slot) continue;
        if (code_of(&event) != DONE && code_of(&event) != DONE_SHORT) return false;
        memcpy(report, (const void *)(uintptr_t)area(AT_BUFFER), REPORT_BYTES);
        ask_report(usb);
        return true;
    }
    return false;
}
