/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The xHCI controller with three devices. A random life alone would never enumerate one: the poke
 * does it, with all rings and contexts laid out in RAM beforehand, so that it needs no memory of its
 * own. Transfer rings end in links to themselves: there is always something to fetch.
 */
#include "tests/generic/subject_usb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "devices/usb/hid.h"
#include "devices/usb/xhci.h"
#include "devices/usb/xhci_regs.h"
#include "emu/base/endian.h"

#define USB_DEVICES    3u
#define XHCI_BAR       UINT64_C(0x90000000)
#define ROW_USBCMD     0x80u
#define ROW_CRCR       0x98u
#define ROW_DCBAAP     0xb0u
#define ROW_CONFIG     0xb8u
#define DCBAA          UINT64_C(0x1000)
#define COMMANDS       UINT64_C(0x2000)
#define ERST           UINT64_C(0x3000)
#define EVENTS         UINT64_C(0x4000)
#define EVENT_COUNT    64u
#define AREA(slot)     (UINT64_C(0x10000) * (slot)) /* of one slot: */
#define OUTPUT(slot)   (AREA(slot))
#define INPUT(slot)    (AREA(slot) + 0x1000)
#define RING(slot)     (AREA(slot) + 0x2000)
#define DATA(slot)     (AREA(slot) + 0x3000)
#define RING_TRBS      8u
#define IN_DCI         3u
#define IN_INTERVAL    3u
#define TRB(type)      ((uint32_t)(type) << XHCI_TRB_TYPE_SHIFT | XHCI_TRB_CYCLE)
#define ON(slot)       ((uint32_t)(slot) << XHCI_TRB_SLOT_SHIFT)
#define RESET_TIME     VTIME_MS(60)
#define COMMANDS_TIME  VTIME_MS(1)
#define CONTEXT(at, n) ((at) + (size_t)(n)*XHCI_CONTEXT_BYTES)

static const uint8_t packets[USB_DEVICES + 1] = {0, 8, 8, 64};
static const uint8_t speeds[USB_DEVICES + 1] = {0, USB_SPEED_FULL, USB_SPEED_FULL, USB_SPEED_HIGH};

static void write_row(struct rig *rig, uint64_t offset, unsigned size, uint64_t value)
{
    rig_write(rig, XHCI_BAR + offset, size, value);
}

static void place(struct rig *rig)
{
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0, 8, XHCI_BAR);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

void subject_xhci_poke(struct rig *rig, uint64_t random)
{
    (void)random;
    place(rig);
}

/* Registers that are there: the parts of BAR 0 by weight. */
uint64_t subject_xhci_aim(const struct rig *rig, const struct region *region, uint64_t random)
{
    static const struct {
        uint16_t base;
        uint16_t bytes;
    } parts[] = {{0x0000, 0x20},           {ROW_USBCMD, 0x40},       {XHCI_PORTSC_BASE, 0x1a0},
                 {XHCI_IR_BASE, 0x100},    {XHCI_DBOFF_BYTES, 0x20}, {XHCI_XECP_USB2, 0x40},
                 {XHCI_XECP_LEGACY, 0x08}, {XHCI_RTSOFF_BYTES, 0x04}};
    size_t part = random % (sizeof(parts) / sizeof(parts[0]));

    (void)rig;
    if (region->bytes != XHCI_BAR_BYTES) return random >> 8;
    return parts[part].base + ((random >> 8) % parts[part].bytes & ~UINT64_C(3));
}

/* ---- A driver ---- */

static void put_trb(struct rig *rig, uint64_t at, uint64_t parameter, uint32_t status,
                    uint32_t control)
{
    le64_put(rig->ram + at, parameter);
    le32_put(rig->ram + at + 8, status);
    le32_put(rig->ram + at + 12, control);
}

static void put_endpoint(uint8_t *context, enum xhci_ep_type type, unsigned packet, uint64_t ring)
{
    le32_put(context, type == XHCI_EP_CONTROL ? 0 : IN_INTERVAL << XHCI_EP_INTERVAL_SHIFT);
    le32_put(context + 4, (uint32_t)type << XHCI_EP_TYPE_SHIFT | packet << XHCI_EP_PACKET_SHIFT);
    le64_put(context + 8, ring | XHCI_EP_DCS);
}

/* Two input contexts: one to address the device, one to configure its pipe. */
static void put_contexts(struct rig *rig, unsigned slot)
{
    uint8_t *address = rig->ram + INPUT(slot);
    uint8_t *configure = rig->ram + INPUT(slot) + 0x800;

    memset(rig->ram + AREA(slot), 0, 0x3000);
    le32_put(address + 4, 3);
    le32_put(CONTEXT(address, 1), (uint32_t)speeds[slot] << XHCI_SLOT_SPEED_SHIFT |
                                      UINT32_C(1) << XHCI_SLOT_ENTRIES_SHIFT);
    le32_put(CONTEXT(address, 1) + 4, slot << XHCI_SLOT_PORT_SHIFT);
    put_endpoint(CONTEXT(address, 2), XHCI_EP_CONTROL, packets[slot], RING(slot));
    le32_put(configure + 4, 1u | 1u << IN_DCI);
    put_endpoint(CONTEXT(configure, IN_DCI + 1), XHCI_EP_INTERRUPT_IN, 8, RING(slot) + 0x800);
}

/* SET_CONFIGURATION once; reports for ever. */
static void put_transfers(struct rig *rig, unsigned slot)
{
    uint64_t ring = RING(slot) + 0x800;

    put_trb(rig, RING(slot), UINT64_C(0x0000000000010900), 8, TRB(XHCI_TRB_SETUP) | XHCI_TRB_IDT);
    put_trb(rig, RING(slot) + 16, 0, 0,
            TRB(XHCI_TRB_STATUS) | XHCI_TRB_DIR | XHCI_TRB_IOC | XHCI_TRB_ISP);
    for (unsigned i = 0; i < RING_TRBS; i++) {
        put_trb(rig, ring + (uint64_t)i * 16, DATA(slot), 8,
                TRB(XHCI_TRB_NORMAL) | XHCI_TRB_IOC | XHCI_TRB_ISP);
    }
    put_trb(rig, ring + RING_TRBS * 16, ring, 0, TRB(XHCI_TRB_LINK));
}

static void put_commands(struct rig *rig)
{
    uint64_t at = COMMANDS;

    for (unsigned slot = 1; slot <= USB_DEVICES; slot++) {
        put_trb(rig, at, 0, 0, TRB(XHCI_CMD_ENABLE_SLOT));
        put_trb(rig, at + 16, INPUT(slot), 0, TRB(XHCI_CMD_ADDRESS_DEVICE) | ON(slot));
        put_trb(rig, at + 32, INPUT(slot) + 0x800, 0, TRB(XHCI_CMD_CONFIGURE_ENDPOINT) | ON(slot));
        at += 48;
    }
    put_trb(rig, at, 0, 0, 0);
}

static void start(struct rig *rig)
{
    put_trb(rig, ERST, EVENTS, EVENT_COUNT, 0);
    write_row(rig, ROW_USBCMD, 4, XHCI_CMD_HCRST);
    rig_advance(rig, VTIME_MS(1));
    write_row(rig, ROW_DCBAAP, 8, DCBAA);
    write_row(rig, ROW_CONFIG, 4, USB_DEVICES);
    write_row(rig, ROW_CRCR, 8, COMMANDS | XHCI_CRCR_RCS);
    write_row(rig, XHCI_IR_BASE + 0x8, 4, 1);
    write_row(rig, XHCI_IR_BASE + 0x18, 8, EVENTS);
    write_row(rig, XHCI_IR_BASE + 0x10, 8, ERST);
    write_row(rig, XHCI_IR_BASE, 4, XHCI_IMAN_IE);
    write_row(rig, ROW_USBCMD, 4, XHCI_CMD_RS | XHCI_CMD_INTE);
}

static void enumerate(struct rig *rig)
{
    for (unsigned slot = 1; slot <= USB_DEVICES; slot++) {
        put_contexts(rig, slot);
        put_transfers(rig, slot);
        le64_put(rig->ram + DCBAA + (size_t)slot * 8, OUTPUT(slot));
    }
    put_commands(rig);
    start(rig);
    for (unsigned port = 0; port < USB_DEVICES; port++) {
        write_row(rig, XHCI_PORTSC_BASE + (uint64_t)port * XHCI_PORT_STRIDE, 4,
                  XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    }
    rig_advance(rig, RESET_TIME);
    write_row(rig, XHCI_DBOFF_BYTES, 4, 0);
    rig_advance(rig, COMMANDS_TIME);
    for (unsigned slot = 1; slot <= USB_DEVICES; slot++) {
        write_row(rig, XHCI_DBOFF_BYTES + (uint64_t)slot * 4, 4, 1);
        write_row(rig, XHCI_DBOFF_BYTES + (uint64_t)slot * 4, 4, IN_DCI);
    }
}

/* ---- All of it ---- */

static const struct device_class *const classes[USB_DEVICES + 1] = {
    &usb_keyboard_class, &usb_mouse_class, &usb_tablet_class, &xhci_class};
static const char *const paths[USB_DEVICES + 1] = {"/usb/keyboard", "/usb/mouse", "/usb/tablet",
                                                   "/dut"};

void subject_usb_build(struct rig *rig)
{
    for (unsigned i = 0; i <= USB_DEVICES; i++) {
        struct error err = ERROR_INIT;
        struct device *device = device_create(classes[i], paths[i], &rig->env, NULL, &err);

        if (device == NULL) {
            fail_msg("%s: %s", paths[i], err.text);
        }
        rig_own(rig, device);
    }
    for (unsigned i = 0; i < USB_DEVICES; i++) {
        xhci_attach(rig->devices[USB_DEVICES], i + 1, usb_hid_function(rig->devices[i]));
    }
}

/* Everything read: the event ring has room again. */
static void release_events(struct rig *rig, uint64_t random)
{
    write_row(rig, XHCI_IR_BASE + 0x18, 8,
              (EVENTS + random % EVENT_COUNT * XHCI_TRB_BYTES) | XHCI_ERDP_EHB);
}

void subject_usb_poke(struct rig *rig, uint64_t random)
{
    const struct input_key key = {.usage = (uint16_t)(4 + (random >> 8) % 0xe0),
                                  .is_down = (random & 0x80) != 0};
    const struct input_pointer pointer = {
        .dx = (int16_t)(random >> 8), .dy = (int16_t)(random >> 24), .buttons = random >> 40 & 7};
    const struct input_tablet tablet = {.x = random >> 8 & INPUT_TABLET_MAX,
                                        .y = random >> 24 & INPUT_TABLET_MAX,
                                        .buttons = random >> 40 & 7};

    place(rig);
    switch (random % 8) {
    case 0:
    case 1: enumerate(rig); break;
    case 2: release_events(rig, random >> 8); break;
    case 3: usb_mouse_input(rig->devices[1], &pointer); break;
    case 4: usb_tablet_input(rig->devices[2], &tablet); break;
    default: usb_keyboard_input(rig->devices[0], &key); break;
    }
}
