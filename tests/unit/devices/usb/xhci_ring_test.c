/* SPDX-License-Identifier: GPL-2.0-only */
/* xHCI: command ring, event rings, interrupters. Numbers are sections of xHCI 1.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/usb/xhci_bench.h"

#define USBCMD    0x80
#define USBSTS    0x84
#define CRCR      (XB_BAR + 0x98)
#define ERDP      (XB_BAR + XHCI_IR_BASE + 0x18)
#define MSI_FLAGS 0x82
#define NO_OP     XB_TYPE(XHCI_CMD_NO_OP)

static void begin(struct xb *xb, unsigned segments, unsigned count)
{
    xb_create(xb, USB_SPEED_FULL);
    xb_start(xb, segments, count);
    (void)xb_expect(xb, XHCI_EVENT_PORT);
}

static void ring_commands(struct xb *xb)
{
    xb_write(xb, XHCI_DBOFF_BYTES, 0);
    rig_advance(xb->rig, VTIME_US(200));
}

static void a_command_completes_4_6_2(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, 1, 16);
    xb_put_command(&xb, 0, 0, NO_OP);
    assert_int_equal(rig_read(xb.rig, CRCR, 8), 0);
    xb_write(&xb, XHCI_DBOFF_BYTES, 0);
    xb_expect_none(&xb); /* not at once */
    rig_advance(xb.rig, VTIME_US(20));
    event = xb_expect(&xb, XHCI_EVENT_COMMAND);
    assert_int_equal(event.code, XHCI_SUCCESS);
    assert_int_equal(event.parameter, XB_COMMANDS);
    assert_int_equal(rig_read(xb.rig, CRCR, 8), XHCI_CRCR_CRR);
    xb_destroy(&xb);
}

static void the_command_ring_wraps_by_its_link_4_9_3(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, 1, 64);
    for (unsigned i = 0; i < 5 * XB_COMMANDS_COUNT; i++) {
        assert_int_equal(xb_command(&xb, 0, NO_OP), XHCI_SUCCESS);
    }
    xb_destroy(&xb);
}

static void unknown_commands_are_trb_errors_4_6(void **state)
{
    static const unsigned types[] = {0, 1, 18, 19, 21, 22, 24, 48, 63};
    struct xb xb;

    (void)state;
    begin(&xb, 1, 64);
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        assert_int_equal(xb_command(&xb, 0, XB_TYPE(types[i])), XHCI_TRB_ERROR);
    }
    assert_int_equal(rig_unimplemented(xb.rig), sizeof(types) / sizeof(types[0]));
    xb_destroy(&xb);
}

static void stop_and_abort_4_6_1(void **state)
{
    static const uint64_t ways[] = {XHCI_CRCR_CS, XHCI_CRCR_CA};
    struct xb xb;

    (void)state;
    begin(&xb, 1, 64);
    for (unsigned i = 0; i < 2; i++) {
        struct xb_event event;

        xb_put_command(&xb, 0, 0, NO_OP);
        xb_write(&xb, XHCI_DBOFF_BYTES, 0);
        rig_write(xb.rig, CRCR, 8, ways[i]);
        event = xb_expect(&xb, XHCI_EVENT_COMMAND);
        assert_int_equal(event.code, XHCI_COMMAND_RING_STOPPED);
        assert_int_equal(event.parameter, XB_COMMANDS + i * XHCI_TRB_BYTES);
        assert_int_equal(rig_read(xb.rig, CRCR, 8), 0);
        rig_advance(xb.rig, VTIME_MS(1));
        xb_expect_none(&xb);
        /* The doorbell goes on where it stopped. */
        ring_commands(&xb);
        assert_int_equal(xb_expect(&xb, XHCI_EVENT_COMMAND).code, XHCI_SUCCESS);
    }
    xb_destroy(&xb);
}

static void the_pointer_is_fixed_while_the_ring_runs_5_4_5(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, 1, 64);
    assert_int_equal(xb_command(&xb, 0, NO_OP), XHCI_SUCCESS);
    rig_write(xb.rig, CRCR, 8, 0x50000);
    assert_int_equal(xb_command(&xb, 0, NO_OP), XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void links_without_end_take_time_4_9_3(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, 1, 64);
    le64_put(xb.rig->ram + XB_COMMANDS, XB_COMMANDS);
    le32_put(xb.rig->ram + XB_COMMANDS + 12, XB_TYPE(XHCI_TRB_LINK) | XHCI_TRB_CYCLE);
    ring_commands(&xb);
    assert_true(rig_guest_errors(xb.rig) > 0 && rig_guest_errors(xb.rig) < 4);
    assert_true(sched_next(xb.rig->sched) > rig_now(xb.rig));
    xb_destroy(&xb);
}

static void event_segments_follow_one_another_4_9_4(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, 3, 16);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(xb_command(&xb, 0, NO_OP), XHCI_SUCCESS);
    }
    assert_int_equal(rig_guest_errors(xb.rig), 0);
    xb_destroy(&xb);
}

/* One place is kept free, the one before takes the error; what does not fit comes later. */
static void a_full_event_ring_4_9_4(void **state)
{
    struct xb xb;
    struct xb_event event;
    unsigned completed = 0;
    unsigned full = 0;

    (void)state;
    begin(&xb, 1, 16);
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < 10; k++) {
            xb_put_command(&xb, 0, 0, NO_OP);
        }
        ring_commands(&xb);
    }
    while (xb_take(&xb, &event)) {
        completed += event.type == XHCI_EVENT_COMMAND;
        full += event.type == XHCI_EVENT_HOST && event.code == XHCI_EVENT_RING_FULL;
    }
    assert_int_equal(completed, 14);
    assert_int_equal(full, 1);
    xb_release(&xb);
    rig_advance(xb.rig, VTIME_MS(1));
    while (xb_take(&xb, &event)) {
        assert_int_equal(event.type, XHCI_EVENT_COMMAND);
        completed++;
        xb_release(&xb);
    }
    assert_int_equal(completed, 20);
    xb_destroy(&xb);
}

/* Software stops the controller, empties the ring and starts it again: nobody else will ever say that
 * there is room. */
static void a_full_ring_emptied_while_halted_4_9_4(void **state)
{
    struct xb xb;
    struct xb_event event;
    unsigned completed = 0;

    (void)state;
    begin(&xb, 1, 16);
    for (unsigned i = 0; i < 20; i++) {
        xb_put_command(&xb, 0, 0, NO_OP);
        ring_commands(&xb);
    }
    xb_write(&xb, USBCMD, 0);
    while (xb_take(&xb, &event)) {
        completed += event.type == XHCI_EVENT_COMMAND;
    }
    xb_release(&xb);
    xb_write(&xb, USBCMD, XHCI_CMD_RS | XHCI_CMD_INTE);
    ring_commands(&xb);
    while (xb_take(&xb, &event)) {
        completed += event.type == XHCI_EVENT_COMMAND;
    }
    assert_int_equal(completed, 20);
    xb_destroy(&xb);
}

static void port_changes_wait_for_room_4_19_2(void **state)
{
    struct xb xb;
    struct xb_event event;
    unsigned ports = 0;

    (void)state;
    begin(&xb, 1, 16);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_CHANGES);
    for (unsigned port = 1; port <= 16; port++) {
        xb_write(&xb, xb_portsc(port), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    }
    rig_advance(xb.rig, VTIME_MS(60));
    while (xb_take(&xb, &event)) {
        ports += event.type == XHCI_EVENT_PORT;
    }
    assert_int_equal(ports, 14);
    xb_release(&xb);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_PORT).parameter, 15u << 24);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_PORT).parameter, 16u << 24);
    xb_destroy(&xb);
}

static void a_message_clears_ip_4_17_5(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, 1, 64);
    assert_int_equal(xb.rig->messages, 1);
    assert_int_equal(xb.rig->message_addr, XB_MSI_ADDRESS);
    assert_int_equal(xb.rig->message_data, XB_MSI_DATA);
    assert_int_equal(xb_read(&xb, XHCI_IR_BASE) & XHCI_IMAN_IP, 0);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_EINT, XHCI_STS_EINT);
    xb_destroy(&xb);
}

static void no_second_message_while_the_handler_is_busy_4_17_2(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, 1, 64);
    xb_put_command(&xb, 0, 0, NO_OP);
    ring_commands(&xb);
    xb_put_command(&xb, 0, 0, NO_OP);
    ring_commands(&xb);
    assert_int_equal(xb.rig->messages, 2);
    assert_true(rig_read(xb.rig, ERDP, 8) & XHCI_ERDP_EHB);
    /* One event read, one left: the handler is called again. */
    assert_true(xb_take(&xb, &event));
    xb_release(&xb);
    assert_int_equal(xb.rig->messages, 3);
    assert_true(xb_take(&xb, &event));
    xb_release(&xb);
    assert_int_equal(xb.rig->messages, 3);
    xb_destroy(&xb);
}

static void moderation_5_5_2_2(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb, 1, 64);
    xb_write(&xb, XHCI_IR_BASE + 4, 4000); /* 1 ms */
    xb_put_command(&xb, 0, 0, NO_OP);
    ring_commands(&xb);
    assert_int_equal(xb.rig->messages, 2);
    assert_in_range(xb_read(&xb, XHCI_IR_BASE + 4) >> 16, 3000, 4000);
    assert_true(xb_take(&xb, &event));
    xb_release(&xb);
    xb_put_command(&xb, 0, 0, NO_OP);
    ring_commands(&xb);
    assert_int_equal(xb.rig->messages, 2);
    rig_advance(xb.rig, VTIME_US(500));
    assert_int_equal(xb.rig->messages, 2);
    rig_advance(xb.rig, VTIME_US(500));
    assert_int_equal(xb.rig->messages, 3);
    xb_destroy(&xb);
}

static void the_pin_follows_ip_4_17_5(void **state)
{
    struct xb xb;
    struct pci_fn *fn;
    struct probe pin = {0};

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    fn = (struct pci_fn *)(void *)xb.dut;
    irq_connect(&fn->intx, probe_sink, &pin, 0);
    rig_write(xb.rig, PCI_LONE_BASE + MSI_FLAGS, 2, 0);
    xb_start(&xb, 1, 64);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    assert_true(pin.level);
    assert_int_equal(xb_read(&xb, XHCI_IR_BASE) & XHCI_IMAN_IP, XHCI_IMAN_IP);
    xb_write(&xb, USBCMD, XHCI_CMD_RS);
    assert_false(pin.level);
    xb_write(&xb, USBCMD, XHCI_CMD_RS | XHCI_CMD_INTE);
    assert_true(pin.level);
    xb_write(&xb, XHCI_IR_BASE, XHCI_IMAN_IE | XHCI_IMAN_IP);
    assert_false(pin.level);
    assert_int_equal(xb.rig->messages, 0);
    xb_destroy(&xb);
}

static void dma_to_nowhere_is_a_system_error_4_10_2_6(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb, 1, 64);
    rig_write(xb.rig, CRCR, 8, XB_NOWHERE);
    ring_commands(&xb);
    assert_int_equal(xb_read(&xb, USBSTS) & (XHCI_STS_HSE | XHCI_STS_HCH),
                     XHCI_STS_HSE | XHCI_STS_HCH);
    assert_int_equal(xb_read(&xb, USBCMD) & XHCI_CMD_RS, 0);
    xb_write(&xb, USBSTS, XHCI_STS_HSE);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_HSE, 0);
    xb_destroy(&xb);
}

static void a_segment_of_no_size_is_a_controller_error(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 3);
    assert_int_equal(xb_read(&xb, USBSTS) & (XHCI_STS_HCE | XHCI_STS_HCH),
                     XHCI_STS_HCE | XHCI_STS_HCH);
    xb_write(&xb, USBCMD, XHCI_CMD_RS);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_HCH, XHCI_STS_HCH);
    xb_write(&xb, USBCMD, XHCI_CMD_HCRST);
    rig_advance(xb.rig, VTIME_MS(1));
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_HCE, 0);
    xb_destroy(&xb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_completes_4_6_2),
        cmocka_unit_test(the_command_ring_wraps_by_its_link_4_9_3),
        cmocka_unit_test(unknown_commands_are_trb_errors_4_6),
        cmocka_unit_test(stop_and_abort_4_6_1),
        cmocka_unit_test(the_pointer_is_fixed_while_the_ring_runs_5_4_5),
        cmocka_unit_test(links_without_end_take_time_4_9_3),
        cmocka_unit_test(event_segments_follow_one_another_4_9_4),
        cmocka_unit_test(a_full_event_ring_4_9_4),
        cmocka_unit_test(a_full_ring_emptied_while_halted_4_9_4),
        cmocka_unit_test(port_changes_wait_for_room_4_19_2),
        cmocka_unit_test(a_message_clears_ip_4_17_5),
        cmocka_unit_test(no_second_message_while_the_handler_is_busy_4_17_2),
        cmocka_unit_test(moderation_5_5_2_2),
        cmocka_unit_test(the_pin_follows_ip_4_17_5),
        cmocka_unit_test(dma_to_nowhere_is_a_system_error_4_10_2_6),
        cmocka_unit_test(a_segment_of_no_size_is_a_controller_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
