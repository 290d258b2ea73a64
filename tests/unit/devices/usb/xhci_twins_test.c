/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xHCI: saved in the middle of things, loaded into a twin, and from there on both do the same; what
 * no controller can be in is refused; resets from a busy state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "tests/unit/devices/usb/xhci_bench.h"

#define IN_DCI   3u
#define OUT_DCI  4u
#define INSTANTS 60u
#define STEP     VTIME_US(37)
#define TRBS     20u
#define CHUNK    150u

/* Everything at once: a port reset, commands, a control transfer, bulk out, interrupt in. */
static void make_busy(struct xb *xb)
{
    xb_create(xb, USB_SPEED_FULL);
    xb_start(xb, 2, 32);
    xb_enumerate(xb);
    xb_configure(xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb_configure(xb, OUT_DCI, XHCI_EP_BULK_OUT, XB_DEVICE_BYTES, 0);
    xb_write(xb, XHCI_IR_BASE + 4, 1000);
    xb->device.in_left = 100;
    xb->device.control_bytes = 18;
    for (unsigned i = 0; i < TRBS / 2; i++) {
        (void)xb_trb(xb, OUT_DCI, XB_DATA + i, CHUNK, XB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_CH);
        (void)xb_trb(xb, OUT_DCI, XB_DATA, 10, XB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_IOC);
        (void)xb_trb(xb, IN_DCI, XB_DATA + 0x1000 + i * 16, 16,
                     XB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_IOC | XHCI_TRB_ISP);
        xb_put_command(xb, 0, 0, XB_TYPE(XHCI_CMD_NO_OP));
    }
    xb_ring(xb, OUT_DCI);
    xb_ring(xb, IN_DCI);
    xb_control(xb, 0x80, 6, 0x100, 18);
    xb_write(xb, xb_portsc(7), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    xb_write(xb, XHCI_DBOFF_BYTES, 0);
}

static void copy(struct xb *from, struct xb *to)
{
    struct rig *rig = to->rig;
    struct device *dut = to->dut;
    struct usb_function function = to->device.function;

    rig_copy_state(from->rig, from->dut, rig, dut);
    memcpy(rig->ram, from->rig->ram, RIG_RAM_BYTES);
    *to = *from;
    to->rig = rig;
    to->dut = dut;
    to->device.function = function;
}

static void assert_alike(struct xb *a, struct xb *b)
{
    assert_int_equal(device_state_hash(a->dut), device_state_hash(b->dut));
    assert_memory_equal(a->rig->ram, b->rig->ram, RIG_RAM_BYTES);
    assert_int_equal(sched_next(a->rig->sched), sched_next(b->rig->sched));
    assert_int_equal(a->device.out_bytes, b->device.out_bytes);
    assert_int_equal(a->device.in_left, b->device.in_left);
}

static void go_on(struct xb *xb)
{
    struct xb_event event;

    rig_advance(xb->rig, VTIME_MS(4));
    while (xb_take(xb, &event)) {
        xb_release(xb);
    }
    rig_advance(xb->rig, VTIME_MS(70));
}

static void a_twin_goes_on_alike(void **state)
{
    (void)state;
    for (unsigned i = 0; i < INSTANTS; i++) {
        struct xb a;
        struct xb b;

        make_busy(&a);
        xb_create(&b, USB_SPEED_FULL);
        rig_advance(a.rig, i * STEP);
        copy(&a, &b);
        assert_alike(&a, &b);
        go_on(&a);
        go_on(&b);
        assert_alike(&a, &b);
        xb_destroy(&a);
        xb_destroy(&b);
    }
}

static void everything_is_done_in_the_end(void **state)
{
    struct xb xb;
    struct xb_event event;
    unsigned done = 0;

    (void)state;
    make_busy(&xb);
    for (unsigned i = 0; i < 100; i++) {
        rig_advance(xb.rig, VTIME_MS(2));
        while (xb_take(&xb, &event)) {
            done += event.type == XHCI_EVENT_TRANSFER && event.code == XHCI_SUCCESS;
        }
        xb_release(&xb);
    }
    assert_int_equal(xb.device.out_bytes, TRBS / 2 * (CHUNK + 10));
    assert_int_equal(xb.device.in_left, 0);
    assert_true(done >= TRBS / 2 + 1);
    assert_int_equal(rig_guest_errors(xb.rig), 0);
    xb_destroy(&xb);
}

static void a_reset_drops_all_of_it(void **state)
{
    static const enum reset_kind kinds[] = {RESET_POWER_ON, RESET_BUS, RESET_FUNCTION};
    struct xb fresh;

    (void)state;
    xb_create(&fresh, USB_SPEED_FULL);
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct xb xb;

        make_busy(&xb);
        rig_advance(xb.rig, VTIME_US(100));
        device_reset(xb.dut, kinds[i]);
        device_reset(fresh.dut, kinds[i]);
        assert_int_equal(device_state_hash(xb.dut), device_state_hash(fresh.dut));
        assert_true(sched_next(xb.rig->sched) == VTIME_NEVER);
        xb_destroy(&xb);
    }
    xb_destroy(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_twin_goes_on_alike),
        cmocka_unit_test(everything_is_done_in_the_end),
        cmocka_unit_test(a_reset_drops_all_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
