/* SPDX-License-Identifier: GPL-2.0-only */
/* xHCI: control, bulk and interrupt transfers. Numbers are sections of xHCI 1.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "tests/unit/devices/usb/xhci_bench.h"

#define NORMAL  XB_TYPE(XHCI_TRB_NORMAL)
#define IOC     XHCI_TRB_IOC
#define ISP     XHCI_TRB_ISP
#define CHAIN   XHCI_TRB_CH
#define IN_DCI  3u
#define OUT_DCI 4u
#define PACKET  64u
#define DATA2   (XB_DATA + 0x1000)
#define DATA3   (XB_DATA + 0x2000)

static void begin(struct xb *xb, enum xhci_ep_type in, unsigned packet, unsigned interval)
{
    xb_create(xb, USB_SPEED_HIGH);
    xb_start(xb, 1, 256);
    xb_enumerate(xb);
    xb_configure(xb, IN_DCI, in, packet, interval);
    xb_configure(xb, OUT_DCI, XHCI_EP_BULK_OUT, PACKET, 0);
}

static void wait_ms(struct xb *xb, unsigned ms)
{
    rig_advance(xb->rig, VTIME_MS(ms));
}

static struct xb_event transfer(struct xb *xb)
{
    return xb_expect(xb, XHCI_EVENT_TRANSFER);
}

/* ---- Control ---- */

static void control_in_4_11_2_2(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.control_bytes = 18;
    memset(xb.device.control_data, 0x5a, 18);
    xb_control(&xb, 0x80, 6, 0x0100, 18);
    wait_ms(&xb, 1);
    event = transfer(&xb);
    assert_int_equal(event.code, XHCI_SUCCESS);
    assert_int_equal(event.endpoint, 1);
    assert_int_equal(event.length, 0);
    xb_expect_none(&xb);
    assert_memory_equal(xb.rig->ram + XB_DATA, xb.device.control_data, 18);
    assert_int_equal(xb.rig->ram[XB_DATA + 18], 0);
    assert_int_equal(xb.device.setup.request, 6);
    assert_int_equal(xb.device.setup.value, 0x0100);
    assert_int_equal(xb.device.setup.length, 18);
    assert_int_equal(xb.device.controls, 1);
    xb_destroy(&xb);
}

static void a_short_answer_4_10_1_1(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.control_bytes = 18;
    xb_control(&xb, 0x80, 6, 0x0200, 255);
    wait_ms(&xb, 1);
    event = transfer(&xb);
    assert_int_equal(event.code, XHCI_SHORT_PACKET);
    assert_int_equal(event.length, 255 - 18);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void control_out_4_11_2_2(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.rig->ram[XB_DATA] = 0x42;
    xb_control(&xb, 0x21, 9, 0x0200, 1);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    assert_int_equal(xb.device.control_data[0], 0x42);
    xb_control(&xb, 0x00, 9, 1, 0);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    assert_int_equal(xb.device.setup.value, 1);
    assert_int_equal(xb.device.controls, 2);
    xb_destroy(&xb);
}

static void a_refused_request_halts_4_8_3(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.control_status = USB_STALL;
    xb_control(&xb, 0x80, 6, 0x0600, 10);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_STALL);
    assert_int_equal(xb_endpoint_state(&xb, 1), XHCI_EP_HALTED);
    xb_destroy(&xb);
}

static void a_control_request_that_waits(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.control_status = USB_NAK;
    xb.device.control_bytes = 4;
    xb_control(&xb, 0x80, 6, 0x0600, 4);
    wait_ms(&xb, 5);
    xb_expect_none(&xb);
    assert_int_equal(xb.device.controls, 1);
    xb.device.control_status = USB_OK;
    usb_wake(&xb.device.function, 0);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void addresses_are_the_controllers_4_6_5(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb_control(&xb, 0x00, 5, 9, 0);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_STALL);
    assert_int_equal(xb.device.controls, 0);
    xb_destroy(&xb);
}

static void stages_out_of_order_are_trb_errors_6_4_1_2(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    (void)xb_trb(&xb, 1, XB_DATA, 8, XB_TYPE(XHCI_TRB_DATA) | XHCI_TRB_DIR);
    xb_ring(&xb, 1);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_TRB_ERROR);
    assert_int_equal(xb_endpoint_state(&xb, 1), XHCI_EP_ERROR);
    xb_destroy(&xb);
}

/* ---- Interrupt ---- */

static void nothing_to_say_costs_nothing(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 6);
    xb.device.in_status = USB_NAK;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 8, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1000);
    assert_int_equal(xb.device.ins, 1);
    assert_true(sched_next(xb.rig->sched) == VTIME_NEVER);
    xb.device.in_status = USB_OK;
    xb.device.in_left = 8;
    usb_wake(&xb.device.function, 1);
    xb_expect_none(&xb); /* at the next interval of 8 ms, not before */
    wait_ms(&xb, 8);
    event = transfer(&xb);
    assert_int_equal(event.code, XHCI_SUCCESS);
    assert_int_equal(event.length, 0);
    assert_int_equal(event.endpoint, IN_DCI);
    assert_int_equal(xb.rig->ram[XB_DATA], 1);
    xb_destroy(&xb);
}

static void one_transaction_an_interval_4_14_2(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 6);
    xb.device.in_left = 80;
    for (unsigned i = 0; i < 10; i++) {
        (void)xb_trb(&xb, IN_DCI, XB_DATA + i * 8, 8, NORMAL | IOC);
    }
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 40);
    assert_in_range(xb.device.ins, 4, 6);
    wait_ms(&xb, 60);
    assert_int_equal(xb.device.ins, 10);
    xb_destroy(&xb);
}

/* ---- Bulk and TDs ---- */

static void out_from_several_places_4_11_7(void **state)
{
    struct xb xb;
    struct xb_event event;
    uint64_t last;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    for (unsigned i = 0; i < 200; i++) {
        xb.rig->ram[XB_DATA + i] = (uint8_t)i;
        xb.rig->ram[DATA2 + i] = (uint8_t)(i + 100);
    }
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 100, NORMAL | CHAIN);
    (void)xb_trb(&xb, OUT_DCI, DATA2, 0, NORMAL | CHAIN);
    last = xb_trb(&xb, OUT_DCI, DATA2, 50, NORMAL | IOC);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    event = transfer(&xb);
    assert_int_equal(event.parameter, last);
    assert_int_equal(event.code, XHCI_SUCCESS);
    assert_int_equal(xb.device.outs, 3); /* 64 + 64 + 22 */
    assert_int_equal(xb.device.out_bytes, 150);
    for (unsigned i = 0; i < 150; i++) {
        assert_int_equal(xb.device.out_data[i], i);
    }
    xb_destroy(&xb);
}

static void an_empty_td_is_an_empty_packet_4_9_1(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    (void)xb_trb(&xb, OUT_DCI, 0, 0, NORMAL | IOC);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    assert_int_equal(xb.device.outs, 1);
    assert_int_equal(xb.device.out_bytes, 0);
    xb_destroy(&xb);
}

static void immediate_data_4_11_7(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    (void)xb_trb(&xb, OUT_DCI, UINT64_C(0x8877665544332211), 8, NORMAL | IOC | XHCI_TRB_IDT);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    assert_int_equal(le64_get(xb.device.out_data), UINT64_C(0x8877665544332211));
    xb_destroy(&xb);
}

static void in_to_several_places(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    xb.device.in_left = 200;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 30, NORMAL | CHAIN);
    (void)xb_trb(&xb, IN_DCI, DATA2, 170, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1);
    event = transfer(&xb);
    assert_int_equal(event.code, XHCI_SUCCESS);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(xb.rig->ram[i < 30 ? XB_DATA + i : DATA2 + i - 30], (uint8_t)(i * 7 + 1));
    }
    xb_destroy(&xb);
}

/* Two events: for the TRB in which it ended, and for the last one that asks for one. */
static void a_short_packet_ends_the_td_4_10_1_1(void **state)
{
    struct xb xb;
    struct xb_event event;
    uint64_t first;
    uint64_t last;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    xb.device.in_left = 70;
    first = xb_trb(&xb, IN_DCI, XB_DATA, 128, NORMAL | CHAIN | ISP);
    (void)xb_trb(&xb, IN_DCI, DATA2, 64, NORMAL | CHAIN);
    last = xb_trb(&xb, IN_DCI, DATA3, 64, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1);
    event = transfer(&xb);
    assert_int_equal(event.code, XHCI_SHORT_PACKET);
    assert_int_equal(event.parameter, first);
    assert_int_equal(event.length, 58);
    event = transfer(&xb);
    assert_int_equal(event.code, XHCI_SHORT_PACKET);
    assert_int_equal(event.parameter, last);
    assert_int_equal(event.length, 64);
    xb_expect_none(&xb);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_RUNNING);
    /* The next TD starts behind it. */
    xb.device.in_left = 5;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 5, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void event_data_counts_the_td_4_11_5_2(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    xb.device.in_left = 128 + 70;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 64, NORMAL | CHAIN);
    (void)xb_trb(&xb, IN_DCI, DATA2, 64, NORMAL | CHAIN);
    (void)xb_trb(&xb, IN_DCI, UINT64_C(0x123456789abcdef0), 0, XB_TYPE(XHCI_TRB_EVENT_DATA) | IOC);
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 128, NORMAL | CHAIN);
    (void)xb_trb(&xb, IN_DCI, 77, 0, XB_TYPE(XHCI_TRB_EVENT_DATA) | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1);
    event = transfer(&xb);
    assert_true(event.is_event_data);
    assert_int_equal(event.parameter, UINT64_C(0x123456789abcdef0));
    assert_int_equal(event.length, 128);
    assert_int_equal(event.code, XHCI_SUCCESS);
    event = transfer(&xb);
    assert_int_equal(event.parameter, 77);
    assert_int_equal(event.length, 70);
    assert_int_equal(event.code, XHCI_SHORT_PACKET);
    xb_destroy(&xb);
}

static void no_ops_and_links_between_tds_4_11_4(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    for (unsigned i = 0; i < 4 * XB_RING_COUNT; i++) {
        uint64_t no_op = xb_trb(&xb, OUT_DCI, 0, 0, XB_TYPE(XHCI_TRB_NO_OP) | IOC);
        struct xb_event event;

        xb.device.out_bytes = 0;
        (void)xb_trb(&xb, OUT_DCI, XB_DATA, 100, NORMAL | CHAIN);
        (void)xb_trb(&xb, OUT_DCI, XB_DATA, 100, NORMAL | IOC);
        xb_ring(&xb, OUT_DCI);
        wait_ms(&xb, 1);
        event = transfer(&xb);
        assert_int_equal(event.parameter, no_op);
        assert_int_equal(event.code, XHCI_SUCCESS);
        assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
        assert_int_equal(xb.device.out_bytes, 200);
    }
    xb_destroy(&xb);
}

static void babble_4_10_2_4(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    xb.device.in_left = 64;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 10, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 1);
    event = transfer(&xb);
    assert_int_equal(event.code, XHCI_BABBLE);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_HALTED);
    assert_int_equal(xb.rig->ram[XB_DATA], 0);
    xb_destroy(&xb);
}

static void events_that_do_not_interrupt_4_17_5(void **state)
{
    struct xb xb;
    uint64_t messages;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    messages = xb.rig->messages;
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 4, NORMAL | IOC | XHCI_TRB_BEI);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(xb.rig->messages, messages);
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 4, NORMAL | IOC);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(xb.rig->messages, messages + 1);
    (void)transfer(&xb);
    (void)transfer(&xb);
    xb_destroy(&xb);
}

static void trbs_of_other_types_are_errors_6_4_6(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_BULK_IN, PACKET, 0);
    (void)xb_trb(&xb, OUT_DCI, XB_DATA, 4, XB_TYPE(XHCI_TRB_SETUP) | IOC);
    xb_ring(&xb, OUT_DCI);
    wait_ms(&xb, 1);
    assert_int_equal(transfer(&xb).code, XHCI_TRB_ERROR);
    assert_int_equal(xb_endpoint_state(&xb, OUT_DCI), XHCI_EP_ERROR);
    xb_destroy(&xb);
}

static void a_disabled_port_answers_nothing_4_10_2_3(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.in_status = USB_NAK;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 8, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 10);
    xb_expect_none(&xb);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_PED);
    wait_ms(&xb, 10);
    assert_int_equal(transfer(&xb).code, XHCI_TRANSACTION_ERROR);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_HALTED);
    xb_destroy(&xb);
}

static void a_suspended_port_is_silent_4_15_1(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_LWS | 3u << 5);
    xb.device.in_left = 8;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 8, NORMAL | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 10);
    assert_int_equal(xb.device.ins, 0);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_LWS);
    wait_ms(&xb, 10);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    assert_int_equal(transfer(&xb).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void isochronous_rings_are_left_alone(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, XHCI_EP_ISOCH_IN, 64, 3);
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 64, XB_TYPE(XHCI_TRB_ISOCH) | IOC);
    xb_ring(&xb, IN_DCI);
    wait_ms(&xb, 10);
    xb_expect_none(&xb);
    assert_int_equal(rig_unimplemented(xb.rig), 1);
    xb_destroy(&xb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_in_4_11_2_2),
        cmocka_unit_test(a_short_answer_4_10_1_1),
        cmocka_unit_test(control_out_4_11_2_2),
        cmocka_unit_test(a_refused_request_halts_4_8_3),
        cmocka_unit_test(a_control_request_that_waits),
        cmocka_unit_test(addresses_are_the_controllers_4_6_5),
        cmocka_unit_test(stages_out_of_order_are_trb_errors_6_4_1_2),
        cmocka_unit_test(nothing_to_say_costs_nothing),
        cmocka_unit_test(one_transaction_an_interval_4_14_2),
        cmocka_unit_test(out_from_several_places_4_11_7),
        cmocka_unit_test(an_empty_td_is_an_empty_packet_4_9_1),
        cmocka_unit_test(immediate_data_4_11_7),
        cmocka_unit_test(in_to_several_places),
        cmocka_unit_test(a_short_packet_ends_the_td_4_10_1_1),
        cmocka_unit_test(event_data_counts_the_td_4_11_5_2),
        cmocka_unit_test(no_ops_and_links_between_tds_4_11_4),
        cmocka_unit_test(babble_4_10_2_4),
        cmocka_unit_test(events_that_do_not_interrupt_4_17_5),
        cmocka_unit_test(trbs_of_other_types_are_errors_6_4_6),
        cmocka_unit_test(a_disabled_port_answers_nothing_4_10_2_3),
        cmocka_unit_test(a_suspended_port_is_silent_4_15_1),
        cmocka_unit_test(isochronous_rings_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
