/* SPDX-License-Identifier: GPL-2.0-only */
/* xHCI: registers, run and stop, root hub ports. Numbers are sections of xHCI 1.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "tests/unit/devices/usb/xhci_bench.h"

#define USBCMD   0x80
#define USBSTS   0x84
#define MFINDEX  0x2000
#define RESET_MS 50

static unsigned link_of(uint32_t portsc)
{
    return (portsc & XHCI_PORTSC_PLS) >> XHCI_PORTSC_PLS_SHIFT;
}

static void write_link(struct xb *xb, unsigned port, enum xhci_link_state link)
{
    xb_write(xb, xb_portsc(port),
             XHCI_PORTSC_PP | XHCI_PORTSC_LWS | (uint32_t)link << XHCI_PORTSC_PLS_SHIFT);
}

static void configuration_space_is_that_of_the_inert_row(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE, 4), 0xa2af8086);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE + 8, 4), 0x0c033000);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE + 0x2c, 4), 0x72708086);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE + 0x34, 1), 0x70);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE + 0x60, 1), 0x30);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE + 0x80, 4) & 0xff00ffff, 0x00000005);
    assert_int_equal(rig_read(xb.rig, PCI_LONE_BASE + 0x82, 2),
                     0x0087); /* 8 vectors, 64 bits, on */
    xb_destroy(&xb);
}

static void capabilities_5_3(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    assert_int_equal(xb_read(&xb, 0x00), 0x01100080);
    assert_int_equal(xb_read(&xb, 0x04), 26u << 24 | 8u << 8 | 64u);
    assert_int_equal(xb_read(&xb, 0x10) & 5, 5); /* 64-bit addresses, 64-byte contexts */
    assert_int_equal(xb_read(&xb, 0x14), XHCI_DBOFF_BYTES);
    assert_int_equal(xb_read(&xb, 0x18), XHCI_RTSOFF_BYTES);
    assert_int_equal(xb_read(&xb, 0x88), 1);
    xb_destroy(&xb);
}

static void extended_capabilities_7(void **state)
{
    struct xb xb;
    uint32_t offset;
    unsigned ports[4] = {0};
    bool has_legacy = false;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    offset = xb_read(&xb, 0x10) >> 16 << 2;
    for (unsigned i = 0; offset != 0; i++) {
        uint32_t header = xb_read(&xb, offset);

        assert_true(i < 16);
        if ((header & 0xff) == 2) {
            assert_int_equal(xb_read(&xb, offset + 4), 0x20425355);
            ports[header >> 24] = xb_read(&xb, offset + 8) & 0xffff;
        }
        has_legacy = has_legacy || (header & 0xff) == 1;
        offset = (header >> 8 & 0xff) != 0 ? offset + (header >> 8 & 0xff) * 4 : 0;
    }
    assert_int_equal(ports[2], 16 << 8 | 1);
    assert_int_equal(ports[3], 10 << 8 | 17);
    assert_true(has_legacy);
    xb_destroy(&xb);
}

static void run_and_stop_5_4_1(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_HCH, XHCI_STS_HCH);
    xb_start(&xb, 1, 16);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_HCH, 0);
    xb_write(&xb, USBCMD, 0);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_HCH, XHCI_STS_HCH);
    xb_destroy(&xb);
}

static void controller_reset_4_2(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 16);
    xb_write(&xb, XHCI_XECP_LEGACY, XHCI_LEGSUP_OS);
    xb_write(&xb, USBCMD, XHCI_CMD_HCRST);
    assert_int_equal(xb_read(&xb, USBCMD), XHCI_CMD_HCRST);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_CNR, XHCI_STS_CNR);
    rig_advance(xb.rig, VTIME_MS(1));
    assert_int_equal(xb_read(&xb, USBCMD), 0);
    assert_int_equal(xb_read(&xb, USBSTS), XHCI_STS_HCH);
    assert_int_equal(rig_read(xb.rig, XB_BAR + 0xb0, 8), 0);
    assert_int_equal(xb_read(&xb, XHCI_IR_BASE + 4), XHCI_IMODI_RESET);
    assert_int_equal(xb_read(&xb, XHCI_XECP_LEGACY), XHCI_LEGSUP_OS | 1);
    /* What is plugged in is found again. */
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & (XHCI_PORTSC_CCS | XHCI_PORTSC_CSC),
                     XHCI_PORTSC_CCS | XHCI_PORTSC_CSC);
    xb_destroy(&xb);
}

static void microframes_4_14_2(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    rig_advance(xb.rig, VTIME_MS(3));
    assert_int_equal(xb_read(&xb, MFINDEX), 0);
    xb_start(&xb, 1, 16);
    rig_advance(xb.rig, VTIME_MS(3));
    assert_int_equal(xb_read(&xb, MFINDEX), 24);
    xb_write(&xb, USBCMD, 0);
    rig_advance(xb.rig, VTIME_MS(3));
    assert_int_equal(xb_read(&xb, MFINDEX), 24);
    xb_destroy(&xb);
}

static void microframe_wrap_event_4_14_2(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 16);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    xb_write(&xb, USBCMD, XHCI_CMD_RS | XHCI_CMD_EWE);
    rig_advance(xb.rig, VTIME_MS(2047));
    xb_expect_none(&xb);
    rig_advance(xb.rig, VTIME_MS(2));
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_MFINDEX_WRAP).code, XHCI_SUCCESS);
    rig_advance(xb.rig, VTIME_MS(2048));
    (void)xb_expect(&xb, XHCI_EVENT_MFINDEX_WRAP);
    xb_destroy(&xb);
}

static void connected_before_the_start_4_19_2(void **state)
{
    struct xb xb;
    uint32_t portsc;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    portsc = xb_read(&xb, xb_portsc(xb.port));
    assert_int_equal(portsc &
                         (XHCI_PORTSC_CCS | XHCI_PORTSC_CSC | XHCI_PORTSC_PP | XHCI_PORTSC_PED),
                     XHCI_PORTSC_CCS | XHCI_PORTSC_CSC | XHCI_PORTSC_PP);
    assert_int_equal(link_of(portsc), XHCI_LINK_POLLING);
    assert_int_equal(link_of(xb_read(&xb, xb_portsc(1))), XHCI_LINK_RX_DETECT);
    xb_start(&xb, 1, 16);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_PORT).parameter, (uint64_t)xb.port << 24);
    xb_expect_none(&xb);
    assert_int_equal(xb_read(&xb, USBSTS) & XHCI_STS_PCD, XHCI_STS_PCD);
    xb_destroy(&xb);
}

/* A controller with two ports of each kind and eight slots. What is behind them is reserved, and the
 * early hand-off of operating systems finds it halted and ready. */
static void a_small_controller_5_3_3(void **state)
{
    struct rig *rig = rig_create();
    struct device *dut = rig_device(rig, &xhci_small_class, "/dut", NULL);

    (void)state;
    device_reset(dut, RESET_POWER_ON);
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0, 4, XB_BAR);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    assert_int_equal(rig_read(rig, XB_BAR + 4, 4), 0x04000808);
    assert_int_equal(rig_read(rig, XB_BAR + XHCI_XECP_USB2 + 8, 4), 0x30000201);
    assert_int_equal(rig_read(rig, XB_BAR + XHCI_XECP_USB3 + 8, 4), 0x10000203);
    assert_int_equal(rig_read(rig, XB_BAR + USBSTS, 4), XHCI_STS_HCH);
    for (unsigned port = 1; port <= 4; port++) {
        assert_int_equal(link_of((uint32_t)rig_read(rig, XB_BAR + xb_portsc(port), 4)),
                         XHCI_LINK_RX_DETECT);
    }
    for (unsigned word = 0; word < 4; word++) {
        uint64_t at = XB_BAR + xb_portsc(5) + 4u * word;

        rig_write(rig, at, 4, XHCI_PORTSC_PR | XHCI_PORTSC_WAKES | 0xff);
        assert_int_equal(rig_read(rig, at, 4), 0);
    }
    rig_advance(rig, VTIME_MS(200));
    assert_int_equal(rig_read(rig, XB_BAR + xb_portsc(5), 4), 0);
    rig_destroy(rig);
}

static void reset_of_a_usb2_port_4_19_5(void **state)
{
    struct xb xb;
    uint32_t portsc;

    (void)state;
    xb_create(&xb, USB_SPEED_HIGH);
    xb_start(&xb, 1, 16);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_CSC);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    rig_advance(xb.rig, VTIME_MS(RESET_MS - 1));
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_PR, XHCI_PORTSC_PR);
    assert_int_equal(xb.device.resets, 0);
    rig_advance(xb.rig, VTIME_MS(2));
    portsc = xb_read(&xb, xb_portsc(xb.port));
    assert_int_equal(portsc & (XHCI_PORTSC_PR | XHCI_PORTSC_PED | XHCI_PORTSC_PRC),
                     XHCI_PORTSC_PED | XHCI_PORTSC_PRC);
    assert_int_equal((portsc & XHCI_PORTSC_SPEED) >> XHCI_PORTSC_SPEED_SHIFT, USB_SPEED_HIGH);
    assert_int_equal(link_of(portsc), XHCI_LINK_U0);
    assert_int_equal(xb.device.resets, 1);
    assert_int_equal(xb.rig->messages, 2);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    xb_destroy(&xb);
}

static void one_event_until_all_changes_are_cleared_4_19_2(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 16);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    /* CSC is still set. */
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    rig_advance(xb.rig, VTIME_MS(60));
    xb_expect_none(&xb);
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_CHANGES,
                     XHCI_PORTSC_CSC | XHCI_PORTSC_PRC);
    xb_destroy(&xb);
}

static void an_empty_port_resets_to_nothing(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 16);
    xb_write(&xb, xb_portsc(5), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    rig_advance(xb.rig, VTIME_MS(60));
    assert_int_equal(xb_read(&xb, xb_portsc(5)) & (XHCI_PORTSC_PED | XHCI_PORTSC_PRC),
                     XHCI_PORTSC_PRC);
    xb_destroy(&xb);
}

static void disabling_and_power_5_4_8(void **state)
{
    struct xb xb;
    uint32_t portsc;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 16);
    xb_enumerate(&xb);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_PED);
    portsc = xb_read(&xb, xb_portsc(xb.port));
    assert_int_equal(portsc & (XHCI_PORTSC_CCS | XHCI_PORTSC_PED), XHCI_PORTSC_CCS);
    xb_write(&xb, xb_portsc(xb.port), 0);
    portsc = xb_read(&xb, xb_portsc(xb.port));
    assert_int_equal(portsc & (XHCI_PORTSC_CCS | XHCI_PORTSC_PP | XHCI_PORTSC_CHANGES), 0);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP);
    portsc = xb_read(&xb, xb_portsc(xb.port));
    assert_int_equal(portsc & (XHCI_PORTSC_CCS | XHCI_PORTSC_CSC),
                     XHCI_PORTSC_CCS | XHCI_PORTSC_CSC);
    xb_destroy(&xb);
}

static void suspend_and_resume_4_15(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 16);
    xb_enumerate(&xb);
    write_link(&xb, xb.port, XHCI_LINK_U3);
    assert_int_equal(link_of(xb_read(&xb, xb_portsc(xb.port))), XHCI_LINK_U3);
    write_link(&xb, xb.port, XHCI_LINK_RESUME);
    assert_int_equal(link_of(xb_read(&xb, xb_portsc(xb.port))), XHCI_LINK_RESUME);
    write_link(&xb, xb.port, XHCI_LINK_U0);
    assert_int_equal(link_of(xb_read(&xb, xb_portsc(xb.port))), XHCI_LINK_U0);
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_PLC, XHCI_PORTSC_PLC);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    xb_destroy(&xb);
}

static void remote_wakeup_4_15_2_2(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 16);
    xb_enumerate(&xb);
    write_link(&xb, xb.port, XHCI_LINK_U3);
    usb_wake(&xb.device.function, 1);
    assert_int_equal(link_of(xb_read(&xb, xb_portsc(xb.port))), XHCI_LINK_U3);
    write_link(&xb, xb.port, XHCI_LINK_U0);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_PLC);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    /* SET_FEATURE(DEVICE_REMOTE_WAKEUP) allows it. */
    xb_control(&xb, 0, 3, 1, 0);
    rig_advance(xb.rig, VTIME_MS(1));
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    write_link(&xb, xb.port, XHCI_LINK_U3);
    usb_wake(&xb.device.function, 1);
    assert_int_equal(link_of(xb_read(&xb, xb_portsc(xb.port))), XHCI_LINK_RESUME);
    (void)xb_expect(&xb, XHCI_EVENT_PORT);
    xb_destroy(&xb);
}

static void a_usb3_link_trains_by_itself_4_19_1_2(void **state)
{
    struct xb xb;
    uint32_t portsc;

    (void)state;
    xb_create(&xb, USB_SPEED_SUPER);
    portsc = xb_read(&xb, xb_portsc(xb.port));
    assert_int_equal(portsc & (XHCI_PORTSC_CCS | XHCI_PORTSC_PED),
                     XHCI_PORTSC_CCS | XHCI_PORTSC_PED);
    assert_int_equal((portsc & XHCI_PORTSC_SPEED) >> XHCI_PORTSC_SPEED_SHIFT, USB_SPEED_SUPER);
    xb_start(&xb, 1, 16);
    xb_write(&xb, xb_portsc(xb.port), XHCI_PORTSC_PP | XHCI_PORTSC_WPR);
    rig_advance(xb.rig, VTIME_MS(120));
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_CHANGES,
                     XHCI_PORTSC_CSC | XHCI_PORTSC_PRC | XHCI_PORTSC_WRC);
    assert_int_equal(xb.device.resets, 1);
    write_link(&xb, xb.port, XHCI_LINK_DISABLED);
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_PED, 0);
    write_link(&xb, xb.port, XHCI_LINK_RX_DETECT);
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_PED, XHCI_PORTSC_PED);
    xb_enumerate(&xb);
    assert_int_equal(xb_slot_state(&xb), 2);
    xb_write(&xb, USBCMD, XHCI_CMD_HCRST);
    rig_advance(xb.rig, VTIME_MS(1));
    assert_int_equal(xb.device.resets, 2);
    xb_destroy(&xb);
}

static void l1_is_rejected_4_23_5(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_HIGH);
    xb_start(&xb, 1, 16);
    xb_enumerate(&xb);
    write_link(&xb, xb.port, XHCI_LINK_U2);
    assert_int_equal(link_of(xb_read(&xb, xb_portsc(xb.port))), XHCI_LINK_U0);
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port) + 4) & 7, 3);
    assert_int_equal(xb_read(&xb, xb_portsc(xb.port)) & XHCI_PORTSC_PLC, XHCI_PORTSC_PLC);
    assert_int_equal(rig_unimplemented(xb.rig), 1);
    xb_destroy(&xb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configuration_space_is_that_of_the_inert_row),
        cmocka_unit_test(capabilities_5_3),
        cmocka_unit_test(extended_capabilities_7),
        cmocka_unit_test(run_and_stop_5_4_1),
        cmocka_unit_test(controller_reset_4_2),
        cmocka_unit_test(microframes_4_14_2),
        cmocka_unit_test(microframe_wrap_event_4_14_2),
        cmocka_unit_test(connected_before_the_start_4_19_2),
        cmocka_unit_test(a_small_controller_5_3_3),
        cmocka_unit_test(reset_of_a_usb2_port_4_19_5),
        cmocka_unit_test(one_event_until_all_changes_are_cleared_4_19_2),
        cmocka_unit_test(an_empty_port_resets_to_nothing),
        cmocka_unit_test(disabling_and_power_5_4_8),
        cmocka_unit_test(suspend_and_resume_4_15),
        cmocka_unit_test(remote_wakeup_4_15_2_2),
        cmocka_unit_test(a_usb3_link_trains_by_itself_4_19_1_2),
        cmocka_unit_test(l1_is_rejected_4_23_5),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
