/* SPDX-License-Identifier: GPL-2.0-only */
/* xHCI: what happens on the way, between and after things. Numbers are sections of xHCI 1.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/usb/xhci_bench.h"

#define NORMAL      XB_TYPE(XHCI_TRB_NORMAL)
#define IOC         XHCI_TRB_IOC
#define CHAIN       XHCI_TRB_CH
#define STOP        XB_TYPE(XHCI_CMD_STOP_ENDPOINT)
#define RESET_EP    XB_TYPE(XHCI_CMD_RESET_ENDPOINT)
#define SET_DEQUEUE XB_TYPE(XHCI_CMD_SET_TR_DEQUEUE)
#define IN_DCI      3u
#define OUT_DCI     4u
#define PACKET      64u
#define USBCMD      0x80
#define USBSTS      0x84
#define MSI_FLAGS   0x82

static void begin(struct xb *xb, enum xhci_ep_type in)
{
    xb_create(xb, USB_SPEED_HIGH);
    xb_start(xb, 1, 256);
    xb_enumerate(xb);
    xb_configure(xb, IN_DCI, in, PACKET, 3);
    xb_configure(xb, OUT_DCI, XHCI_EP_BULK_OUT, PACKET, 0);
}

static void wait_ms(struct xb *xb, unsigned ms)
{
    rig_advance(xb->rig, VTIME_MS(ms));
}

/* Commands whose own events are looked at. */
static void command(struct xb *xb, uint64_t parameter, uint32_t control)
{
    xb_put_command(xb, parameter, 0, control);
    xb_write(xb, XHCI_DBOFF_BYTES, 0);
    rig_advance(xb->rig, VTIME_US(20));
}

/* ---- TDs ---- */

static void one_event_for_a_short_td_of_one_trb_4_10_1_1(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t at = xb_trb(&xb, IN_DCI, XB_DATA, 100, NORMAL | IOC | XHCI_TRB_ISP);

        xb.device.in_left = 10;
        xb_ring(&xb, IN_DCI);
        wait_ms(&xb, 1);
        event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
        assert_int_equal(event.code, XHCI_SHORT_PACKET);
        assert_int_equal(event.parameter, at);
        assert_int_equal(event.length, 90);
        xb_expect_none(&xb);
    }
    xb_destroy(&xb);
}

static void a_link_that_wants_an_event_4_11_5_1(void **state)
{
    struct xb xb;
    uint64_t link;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    link = xb_trb(&xb, OUT_DCI, XB_RINGS + OUT_DCI * XB_RING_STRIDE + 0x200, 0,
                  XB_TYPE(XHCI_TRB_LINK) | IOC);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
    assert_int_equal(event.code, XHCI_SUCCESS);
    assert_int_equal(event.parameter, link);
    xb_destroy(&xb);
}

static void links_without_end_take_time(void **state)
{
    struct xb xb;
    uint64_t base = XB_RINGS + OUT_DCI * XB_RING_STRIDE;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    (void)xb_trb(&xb, OUT_DCI, base, 0, XB_TYPE(XHCI_TRB_LINK));
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 10);
    assert_true(sched_next(xb.rig->sched) >= rig_now(xb.rig) + VTIME_US(1));
    /* It can still be stopped. */
    command(&xb, 0, STOP | XB_ON(xb.slot, OUT_DCI));
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_STOPPED_LENGTH_INVALID);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_COMMAND).code, XHCI_SUCCESS);
    wait_ms(&xb, 1);
    assert_true(sched_next(xb.rig->sched) == VTIME_NEVER);
    xb_destroy(&xb);
}

static void a_packet_of_too_many_pieces(void **state)
{
    struct xb xb;
    uint64_t base = XB_RINGS + OUT_DCI * XB_RING_STRIDE;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 1, NORMAL | CHAIN);
    (void)xb_trb(&xb, OUT_DCI, base + 0x10, 0, XB_TYPE(XHCI_TRB_LINK));
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_TRB_ERROR);
    assert_int_equal(xb_endpoint_state(&xb, OUT_DCI), XHCI_EP_ERROR);
    xb_destroy(&xb);
}

static void a_td_that_is_not_complete_waits_4_9_2(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 70, NORMAL | CHAIN);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(xb.device.out_bytes, 64);
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 20, NORMAL | IOC);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(xb.device.out_bytes, 90);
    assert_int_equal(xb.device.outs, 2);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

/* A full event ring holds a transfer up; nothing of it is lost. */
static void many_events_and_little_room_4_9_4(void **state)
{
    struct xb xb;
    struct xb_event event;
    unsigned events = 0;

    (void)state;
    xb_create(&xb, USB_SPEED_HIGH);
    xb_start(&xb, 1, 16);
    xb_enumerate(&xb);
    xb_configure(&xb, OUT_DCI, XHCI_EP_BULK_OUT, PACKET, 0);
    for (unsigned i = 0; i < XB_RING_COUNT - 2; i++) {
        (void)xb_trb(&xb, OUT_DCI, XB_DATA, 2, NORMAL | IOC | (i % 15 != 14 ? CHAIN : 0));
    }
    xb_ring(&xb, OUT_DCI);
    for (unsigned i = 0; i < 8; i++) {
        wait_ms(&xb, 1);
        while (xb_take(&xb, &event)) {
            events += event.type == XHCI_EVENT_TRANSFER && event.code == XHCI_SUCCESS;
        }
        xb_release(&xb);
    }
    assert_int_equal(events, XB_RING_COUNT - 2);
    assert_int_equal(xb.device.out_bytes, 2 * (XB_RING_COUNT - 2));
    assert_int_equal(rig_guest_errors(xb.rig), 0);
    xb_destroy(&xb);
}

static void control_babble_4_10_2_4(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb.device.control_bytes = 18;
    (void)xb_trb(&xb, 1, UINT64_C(0x0012000001000680), 8, XB_TYPE(XHCI_TRB_SETUP) | XHCI_TRB_IDT);
    (void)xb_trb(&xb, 1, XB_DATA, 10, XB_TYPE(XHCI_TRB_DATA) | XHCI_TRB_DIR);
    xb_ring(&xb, 1);
    wait_ms(&xb, 1);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_BABBLE);
    xb_destroy(&xb);
}

static void data_to_nowhere_is_a_system_error_4_10_2_6(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb.device.in_left = 10;
    (void)xb_trb(&xb, IN_DCI, XB_NOWHERE, 10, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1);
    xb_expect_none(&xb);
    assert_int_equal(xb_read(&xb, USBSTS) & (XHCI_STS_HSE | XHCI_STS_HCH),
                     XHCI_STS_HSE | XHCI_STS_HCH);
    xb_destroy(&xb);
}

/* ---- Endpoints ---- */

static void a_new_pointer_forgets_the_old_td_4_6_10(void **state)
{
    struct xb xb;
    uint64_t next;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN);
    xb.device.in_left = 64;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 128, NORMAL);
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_US(1500)); /* half of it is there */
    xb.device.in_status = USB_STALL;
    wait_ms(&xb, 2);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).length, 64);
    assert_int_equal(xb_command(&xb, 0, RESET_EP | XB_ON(xb.slot, IN_DCI)), XHCI_SUCCESS);
    next = xb_trb(&xb, IN_DCI, XB_DATA + 0x100, 16, NORMAL | IOC);
    assert_int_equal(xb_command(&xb, next | 1, SET_DEQUEUE | XB_ON(xb.slot, IN_DCI)), XHCI_SUCCESS);
    xb.device.in_status = USB_OK;
    xb.device.in_data[0] = 0x77;
    xb.device.in_left = 16;
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 2);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    assert_int_equal(xb.rig->ram[XB_DATA + 0x100], 0x77);
    xb_destroy(&xb);
}

static void how_far_a_stopped_td_got_4_6_9(void **state)
{
    struct xb xb;
    struct xb_event event;
    uint64_t first;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN);
    xb.device.in_left = 64;
    first = xb_trb(&xb, IN_DCI, XB_DATA, 128, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_US(1500));
    assert_int_equal(xb.device.ins, 1);
    command(&xb, 0, STOP | XB_ON(xb.slot, IN_DCI));
    event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
    assert_int_equal(event.code, XHCI_STOPPED);
    assert_int_equal(event.parameter, first);
    assert_int_equal(event.length, 64);
    (void)xb_expect(&xb, XHCI_EVENT_COMMAND);
    /* It goes on in the middle. */
    xb.device.in_left = 64;
    xb.device.in_data[0] = 0x99;
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 2);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    assert_int_equal(xb.rig->ram[XB_DATA + 64], 0x99);
    xb_destroy(&xb);
}

static void a_control_stage_is_stopped_4_6_9(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb.device.control_status = USB_NAK;
    xb_control(&xb, 0, 9, 1, 0);
    wait_ms(&xb, 1);
    command(&xb, 0, STOP | XB_ON(xb.slot, 1));
    event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
    assert_int_equal(event.code, XHCI_STOPPED);
    assert_int_equal(event.parameter, XB_RINGS + XB_RING_STRIDE + XHCI_TRB_BYTES);
    xb_destroy(&xb);
}

static void a_doorbell_does_not_ask_a_waiting_device(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb.device.in_status = USB_NAK;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 10, NORMAL | IOC);
    for (unsigned i = 0; i < 5; i++) {
        xb_ring(&xb, IN_DCI);
        wait_ms(&xb, 1);
    }
    assert_int_equal(xb.device.ins, 1);
    xb_destroy(&xb);
}

/* However often it rings, what is due is served. */
static void doorbells_without_end_hold_nothing_up(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 10, NORMAL | IOC);
    for (unsigned i = 0; i < 100; i++) {
        xb_ring(&xb, OUT_DCI);
        rig_advance(xb.rig, VTIME_NS(300));
    }
    assert_int_equal(xb.device.outs, 1);
    xb_destroy(&xb);
}

static void a_disabled_slot_is_clean_4_6_4(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb.device.in_status = USB_NAK;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 10, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(xb_command(&xb, 0, XB_TYPE(XHCI_CMD_DISABLE_SLOT) | XB_ON(xb.slot, 0)),
                     XHCI_SUCCESS);
    xb.device.in_status = USB_OK;
    usb_wake(&xb.device.function, 1);
    wait_ms(&xb, 1);
    assert_int_equal(xb.device.ins, 1);
    /* Enabled again, it knows of no endpoint. */
    xb_enumerate(&xb);
    xb_ring(&xb, IN_DCI);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_ENDPOINT_NOT_ENABLED);
    xb_destroy(&xb);
}

static void a_slot_without_address_evaluates_nothing_4_6_7(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    assert_int_equal(xb_command(&xb, 0, XB_TYPE(XHCI_CMD_ENABLE_SLOT)), XHCI_SUCCESS);
    xb_input_control(&xb, 0, 1);
    assert_int_equal(
        xb_command(&xb, XB_INPUT, XB_TYPE(XHCI_CMD_EVALUATE_CONTEXT) | XB_ON(xb.slot, 0)),
        XHCI_CONTEXT_STATE);
    assert_int_equal(
        xb_command(&xb, XB_INPUT, XB_TYPE(XHCI_CMD_CONFIGURE_ENDPOINT) | XB_ON(xb.slot, 0)),
        XHCI_CONTEXT_STATE);
    assert_int_equal(xb_command(&xb, 0, STOP | XB_ON(xb.slot, 1)), XHCI_CONTEXT_STATE);
    assert_int_equal(xb_command(&xb, 0, STOP | XB_ON(xb.slot, 0)), XHCI_TRB_ERROR);
    xb_destroy(&xb);
}

/* ---- Ports and devices ---- */

static void resets_that_overlap_4_19_5(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    for (unsigned port = 5; port < 8; port++) {
        xb_write(&xb, xb_portsc(port), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
        wait_ms(&xb, 10);
    }
    for (unsigned port = 5; port < 8; port++) {
        assert_int_equal(xb_read(&xb, xb_portsc(port)) & XHCI_PORTSC_PR, XHCI_PORTSC_PR);
        wait_ms(&xb, port == 5 ? 21 : 10);
        assert_int_equal(xb_read(&xb, xb_portsc(port)) & XHCI_PORTSC_PR, 0);
    }
    xb_destroy(&xb);
}

static void power_ends_a_reset(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb_write(&xb, xb_portsc(5), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    xb_write(&xb, xb_portsc(5), 0);
    assert_true(sched_next(xb.rig->sched) == VTIME_NEVER);
    xb_destroy(&xb);
}

static void a_port_reset_ends_waiting_4_19_5(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN);
    xb.device.in_status = USB_NAK;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 10, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 3);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    wait_ms(&xb, 3);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_TRANSACTION_ERROR);
    /* After the reset the device listens to address 0 only. */
    wait_ms(&xb, 60);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    xb_control(&xb, 0, 9, 1, 0);
    wait_ms(&xb, 1);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_TRANSACTION_ERROR);
    assert_int_equal(xb.device.controls, 0);
    xb_destroy(&xb);
}

static void wakeup_is_forbidden_again_4_15_2_2(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb_control(&xb, 0, 3, 1, 0); /* SET_FEATURE(DEVICE_REMOTE_WAKEUP) */
    xb_control(&xb, 0, 1, 1, 0); /* CLEAR_FEATURE */
    wait_ms(&xb, 1);
    xb_write(&xb, xb_portsc(xb.port),
             XHCI_PORTSC_PP | XHCI_PORTSC_LWS | XHCI_LINK_U3 << XHCI_PORTSC_PLS_SHIFT);
    usb_wake(&xb.device.function, 1);
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_PLS,
                     XHCI_LINK_U3 << XHCI_PORTSC_PLS_SHIFT);
    xb_destroy(&xb);
}

static void a_usb3_link_sleeps_and_wakes_4_19_1_2(void **state)
{
    struct xb xb;
    uint64_t portsc;

    (void)state;
    xb_create(&xb, USB_SPEED_SUPER);
    xb_start(&xb, 1, 256);
    xb_enumerate(&xb);
    portsc = xb_portsc(xb.port);
    xb_write(&xb, portsc, XHCI_PORTSC_PP | XHCI_PORTSC_LWS | 3u << XHCI_PORTSC_PLS_SHIFT);
    assert_int_equal(xb_read(&xb, portsc) & (XHCI_PORTSC_PLS | XHCI_PORTSC_PLC),
                     3u << XHCI_PORTSC_PLS_SHIFT);
    xb_write(&xb, portsc, XHCI_PORTSC_PP | XHCI_PORTSC_LWS);
    assert_int_equal(xb_read(&xb, portsc) & (XHCI_PORTSC_PLS | XHCI_PORTSC_PLC), XHCI_PORTSC_PLC);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    /* Disabled and enabled: an empty port finds nothing. */
    xb_write(&xb, xb_portsc(26), XHCI_PORTSC_PP | XHCI_PORTSC_LWS | 4u << XHCI_PORTSC_PLS_SHIFT);
    xb_write(&xb, xb_portsc(26), XHCI_PORTSC_PP | XHCI_PORTSC_LWS | 5u << XHCI_PORTSC_PLS_SHIFT);
    assert_int_equal(xb_read(&xb, xb_portsc(26)) & (XHCI_PORTSC_PLS | XHCI_PORTSC_CHANGES),
                     5u << XHCI_PORTSC_PLS_SHIFT);
    xb_destroy(&xb);
}

/* ---- Contexts ---- */

static void an_endpoint_added_again_starts_anew_4_6_6(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN);
    xb.device.in_left = 64;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 128, NORMAL);
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_US(1500)); /* half of it is there */
    xb.device.in_data[0] = 0x55;
    xb.device.in_left = 10;
    xb_configure(&xb, IN_DCI, XHCI_EP_INTERRUPT_IN, PACKET, 3);
    (void)xb_trb(&xb, IN_DCI, XB_DATA + 0x200, 10, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 2);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    assert_int_equal(xb.rig->ram[XB_DATA + 0x200], 0x55);
    xb_destroy(&xb);
}

static void a_hub_is_noted_4_6_6(void **state)
{
    struct xb xb;
    const uint8_t *slot;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb_input_control(&xb, 0, 1);
    xb_input_slot(&xb);
    le32_put(xb.rig->ram + XB_INPUT + XHCI_CONTEXT_BYTES, XHCI_SLOT_HUB);
    le32_put(xb.rig->ram + XB_INPUT + XHCI_CONTEXT_BYTES + 4, 4u << 24);
    assert_int_equal(
        xb_command(&xb, XB_INPUT, XB_TYPE(XHCI_CMD_CONFIGURE_ENDPOINT) | XB_ON(xb.slot, 0)),
        XHCI_SUCCESS);
    slot = xb.rig->ram + XB_OUTPUT + xb.slot * XB_OUTPUT_STRIDE;
    assert_int_equal(le32_get(slot) & XHCI_SLOT_HUB, XHCI_SLOT_HUB);
    assert_int_equal(le32_get(slot + 4), 4u << 24 | xb.port << 16);
    assert_int_equal(le32_get(slot) >> XHCI_SLOT_ENTRIES_SHIFT, OUT_DCI);
    xb_destroy(&xb);
}

/* ---- The controller ---- */

static void a_reset_stops_at_once_5_4_1(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb_put_command(&xb, 0, 0, XB_TYPE(XHCI_CMD_NO_OP));
    xb_write(&xb, XHCI_DBOFF_BYTES, 0);
    xb_write(&xb, USBCMD, XHCI_CMD_RS | XHCI_CMD_HCRST);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_HCH, XHCI_STS_HCH);
    rig_advance(xb.rig, VTIME_US(50));
    xb_expect_none(&xb);
    /* Not ready: what is written is lost. */
    xb_write(&xb, USBCMD, XHCI_CMD_RS);
    wait_ms(&xb, 1);
    assert_int_equal(xb_read(&xb, USBCMD), 0);
    xb_destroy(&xb);
}

static void a_halt_in_between_5_4_1(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN);
    xb.device.in_left = 10;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 10, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    xb_write(&xb, USBCMD, 0);
    assert_true(sched_next(xb.rig->sched) == VTIME_NEVER);
    wait_ms(&xb, 5);
    assert_int_equal(xb.device.ins, 0);
    xb_ring(&xb, IN_DCI); /* not heard */
    assert_int_equal(rig_guest_errors(xb.rig), 1);
    xb_write(&xb, USBCMD, XHCI_CMD_RS | XHCI_CMD_INTE);
    wait_ms(&xb, 5);
    assert_int_equal(xb.device.ins, 1);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void moderation_with_the_pin_5_5_2_2(void **state)
{
    struct xb xb;
    struct probe pin = {0};

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    irq_connect(&((struct pci_fn *)(void *)xb.dut)->intx, probe_sink, &pin, 0);
    rig_write(xb.rig, PCI_LONE_BASE + MSI_FLAGS, 2, 0);
    xb_write(&xb, XHCI_IR_BASE + 4, 4000);
    command(&xb, 0, XB_TYPE(XHCI_CMD_NO_OP));
    assert_true(pin.level);
    xb_write(&xb, XHCI_IR_BASE, XHCI_IMAN_IE | XHCI_IMAN_IP);
    (void)xb_expect(&xb, XHCI_EVENT_COMMAND);
    command(&xb, 0, XB_TYPE(XHCI_CMD_NO_OP));
    assert_false(pin.level);
    /* The counter is written, too. */
    xb_write(&xb, XHCI_IR_BASE + 4, 0);
    assert_true(pin.level);
    xb_destroy(&xb);
}

static void a_reset_while_an_interrupt_waits(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb_write(&xb, XHCI_IR_BASE + 4, 4000u << 16 | 4000);
    xb_write(&xb, USBCMD, XHCI_CMD_RS | XHCI_CMD_INTE | XHCI_CMD_EWE);
    command(&xb, 0, XB_TYPE(XHCI_CMD_NO_OP));
    assert_true(sched_next(xb.rig->sched) != VTIME_NEVER);
    device_reset(xb.dut, RESET_BUS);
    assert_true(sched_next(xb.rig->sched) == VTIME_NEVER);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE + PCI_COMMAND, 2), 0);
    xb_destroy(&xb);
}

static void no_wrap_events_when_nobody_wants_them_4_14_2(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    xb_write(&xb, USBCMD, XHCI_CMD_RS | XHCI_CMD_EWE);
    xb_write(&xb, USBCMD, XHCI_CMD_RS);
    assert_true(sched_next(xb.rig->sched) == VTIME_NEVER);
    wait_ms(&xb, 3000);
    xb_expect_none(&xb);
    xb_destroy(&xb);
}

static void ports_that_nobody_uses(void **state)
{
    struct xb xb;
    uint32_t portsc;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN);
    /* Off and on: nothing is found. */
    xb_write(&xb, xb_portsc(20), 0);
    portsc = xb_read(&xb, xb_portsc(20));
    assert_int_equal(portsc & XHCI_PORTSC_PLS, XHCI_LINK_DISABLED << XHCI_PORTSC_PLS_SHIFT);
    xb_write(&xb, xb_portsc(20), XHCI_PORTSC_PP);
    portsc = xb_read(&xb, xb_portsc(20));
    assert_int_equal(portsc & XHCI_PORTSC_PLS, XHCI_LINK_RX_DETECT << XHCI_PORTSC_PLS_SHIFT);
    assert_int_equal(portsc & XHCI_PORTSC_CHANGES, 0);
    /* A link that is not up goes to no power state. */
    xb_write(&xb, xb_portsc(20), XHCI_PORTSC_PP | XHCI_PORTSC_LWS | 3u << XHCI_PORTSC_PLS_SHIFT);
    portsc = xb_read(&xb, xb_portsc(20));
    assert_int_equal(portsc & XHCI_PORTSC_PLS, XHCI_LINK_RX_DETECT << XHCI_PORTSC_PLS_SHIFT);
    assert_int_equal(rig_unimplemented(xb.rig), 0);
    xb_write(&xb, xb_portsc(5) + 4, 4u << XHCI_PORTPMSC_TEST_SHIFT);
    assert_int_equal(rig_unimplemented(xb.rig), 1);
    xb_expect_none(&xb);
    xb_destroy(&xb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event_for_a_short_td_of_one_trb_4_10_1_1),
        cmocka_unit_test(a_link_that_wants_an_event_4_11_5_1),
        cmocka_unit_test(links_without_end_take_time),
        cmocka_unit_test(a_packet_of_too_many_pieces),
        cmocka_unit_test(a_td_that_is_not_complete_waits_4_9_2),
        cmocka_unit_test(many_events_and_little_room_4_9_4),
        cmocka_unit_test(control_babble_4_10_2_4),
        cmocka_unit_test(data_to_nowhere_is_a_system_error_4_10_2_6),
        cmocka_unit_test(a_new_pointer_forgets_the_old_td_4_6_10),
        cmocka_unit_test(how_far_a_stopped_td_got_4_6_9),
        cmocka_unit_test(a_control_stage_is_stopped_4_6_9),
        cmocka_unit_test(a_doorbell_does_not_ask_a_waiting_device),
        cmocka_unit_test(doorbells_without_end_hold_nothing_up),
        cmocka_unit_test(a_disabled_slot_is_clean_4_6_4),
        cmocka_unit_test(a_slot_without_address_evaluates_nothing_4_6_7),
        cmocka_unit_test(resets_that_overlap_4_19_5),
        cmocka_unit_test(power_ends_a_reset),
        cmocka_unit_test(a_port_reset_ends_waiting_4_19_5),
        cmocka_unit_test(wakeup_is_forbidden_again_4_15_2_2),
        cmocka_unit_test(a_usb3_link_sleeps_and_wakes_4_19_1_2),
        cmocka_unit_test(an_endpoint_added_again_starts_anew_4_6_6),
        cmocka_unit_test(a_hub_is_noted_4_6_6),
        cmocka_unit_test(a_reset_stops_at_once_5_4_1),
        cmocka_unit_test(a_halt_in_between_5_4_1),
        cmocka_unit_test(moderation_with_the_pin_5_5_2_2),
        cmocka_unit_test(a_reset_while_an_interrupt_waits),
        cmocka_unit_test(no_wrap_events_when_nobody_wants_them_4_14_2),
        cmocka_unit_test(ports_that_nobody_uses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
