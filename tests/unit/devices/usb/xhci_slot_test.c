/* SPDX-License-Identifier: GPL-2.0-only */
/* xHCI: slots, contexts, endpoint commands. Numbers are sections of xHCI 1.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "tests/unit/devices/usb/xhci_bench.h"

#define ADDRESS      XB_TYPE(XHCI_CMD_ADDRESS_DEVICE)
#define CONFIGURE    XB_TYPE(XHCI_CMD_CONFIGURE_ENDPOINT)
#define EVALUATE     XB_TYPE(XHCI_CMD_EVALUATE_CONTEXT)
#define STOP         XB_TYPE(XHCI_CMD_STOP_ENDPOINT)
#define RESET_EP     XB_TYPE(XHCI_CMD_RESET_ENDPOINT)
#define SET_DEQUEUE  XB_TYPE(XHCI_CMD_SET_TR_DEQUEUE)
#define RESET_DEVICE XB_TYPE(XHCI_CMD_RESET_DEVICE)
#define DISABLE      XB_TYPE(XHCI_CMD_DISABLE_SLOT)
#define IN_DCI       3u

static void begin(struct xb *xb)
{
    xb_create(xb, USB_SPEED_FULL);
    xb_start(xb, 1, 256);
    xb_enumerate(xb);
}

static uint32_t on(const struct xb *xb, unsigned dci)
{
    return XB_ON(xb->slot, dci);
}

static uint32_t output_word(struct xb *xb, unsigned context, unsigned word)
{
    return le32_get(xb->rig->ram + XB_OUTPUT + xb->slot * XB_OUTPUT_STRIDE +
                    (size_t)context * XHCI_CONTEXT_BYTES + (size_t)word * 4);
}

static void slots_are_counted_4_6_3(void **state)
{
    struct xb xb;

    (void)state;
    xb_create(&xb, USB_SPEED_FULL);
    xb_start(&xb, 1, 256);
    xb_write(&xb, 0xb8, 3);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(xb_command(&xb, 0, XB_TYPE(XHCI_CMD_ENABLE_SLOT)), XHCI_SUCCESS);
        assert_int_equal(xb.slot, i);
    }
    assert_int_equal(xb_command(&xb, 0, XB_TYPE(XHCI_CMD_ENABLE_SLOT)), XHCI_NO_SLOTS);
    assert_int_equal(xb_command(&xb, 0, DISABLE | XB_ON(2, 0)), XHCI_SUCCESS);
    assert_int_equal(xb_command(&xb, 0, DISABLE | XB_ON(2, 0)), XHCI_SLOT_NOT_ENABLED);
    assert_int_equal(xb_command(&xb, 0, DISABLE | XB_ON(0, 0)), XHCI_TRB_ERROR);
    assert_int_equal(xb_command(&xb, 0, DISABLE | XB_ON(65, 0)), XHCI_TRB_ERROR);
    assert_int_equal(xb_command(&xb, 0, XB_TYPE(XHCI_CMD_ENABLE_SLOT)), XHCI_SUCCESS);
    assert_int_equal(xb.slot, 2);
    xb_destroy(&xb);
}

static void addressed_4_6_5(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb);
    assert_int_equal(xb_slot_state(&xb), 2);
    assert_int_equal(output_word(&xb, 0, 3) & 0xff, xb.slot);
    assert_int_equal(output_word(&xb, 0, 1) >> 16 & 0xff, xb.port);
    assert_int_equal(xb_endpoint_state(&xb, 1), XHCI_EP_RUNNING);
    assert_int_equal(xb_command(&xb, XB_INPUT, ADDRESS | on(&xb, 0)), XHCI_CONTEXT_STATE);
    xb_destroy(&xb);
}

/* A slot in the default state. */
static void begin_default(struct xb *xb)
{
    xb_create(xb, USB_SPEED_FULL);
    xb_start(xb, 1, 256);
    xb_write(xb, xb_portsc(xb->port), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
    rig_advance(xb->rig, VTIME_MS(60));
    assert_int_equal(xb_command(xb, 0, XB_TYPE(XHCI_CMD_ENABLE_SLOT)), XHCI_SUCCESS);
    le64_put(xb->rig->ram + XB_DCBAA + (size_t)xb->slot * 8,
             XB_OUTPUT + xb->slot * XB_OUTPUT_STRIDE);
    xb_input_control(xb, 0, 3);
    xb_input_slot(xb);
    xb_input_endpoint(xb, 1, XHCI_EP_CONTROL, 8, 0);
    assert_int_equal(xb_command(xb, XB_INPUT, ADDRESS | XHCI_TRB_BSR | on(xb, 0)), XHCI_SUCCESS);
}

static void address_without_set_address_4_6_5(void **state)
{
    struct xb xb;

    (void)state;
    begin_default(&xb);
    assert_int_equal(xb_slot_state(&xb), 1);
    assert_int_equal(output_word(&xb, 0, 3) & 0xff, 0);
    /* A device in the default state answers at address 0. */
    xb.device.control_bytes = 8;
    xb_control(&xb, 0x80, 6, 0x100, 8);
    rig_advance(xb.rig, VTIME_MS(1));
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    assert_int_equal(xb_command(&xb, XB_INPUT, ADDRESS | on(&xb, 0)), XHCI_SUCCESS);
    assert_int_equal(xb_slot_state(&xb), 2);
    xb_destroy(&xb);
}

/* 4.6.5: a slot whose Address Device fails is as it was before. */
static void a_failed_address_changes_nothing_4_6_5(void **state)
{
    struct xb xb;

    (void)state;
    begin_default(&xb);
    le32_put(xb.rig->ram + XB_INPUT + XHCI_CONTEXT_BYTES + 4, 9u << 16); /* an empty port */
    assert_int_equal(xb_command(&xb, XB_INPUT, ADDRESS | on(&xb, 0)), XHCI_TRANSACTION_ERROR);
    xb.device.control_bytes = 8;
    xb_control(&xb, 0x80, 6, 0x100, 8);
    rig_advance(xb.rig, VTIME_MS(1));
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void nobody_answers_set_address_4_6_5(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb);
    /* The port was not reset since: the device has an address already. */
    assert_int_equal(xb_command(&xb, 0, DISABLE | on(&xb, 0)), XHCI_SUCCESS);
    assert_int_equal(xb_command(&xb, 0, XB_TYPE(XHCI_CMD_ENABLE_SLOT)), XHCI_SUCCESS);
    xb_input_control(&xb, 0, 3);
    xb_input_slot(&xb);
    xb_input_endpoint(&xb, 1, XHCI_EP_CONTROL, 8, 0);
    assert_int_equal(xb_command(&xb, XB_INPUT, ADDRESS | on(&xb, 0)), XHCI_TRANSACTION_ERROR);
    /* Nothing is plugged in there. */
    le32_put(xb.rig->ram + XB_INPUT + XHCI_CONTEXT_BYTES + 4, 9u << 16);
    assert_int_equal(xb_command(&xb, XB_INPUT, ADDRESS | on(&xb, 0)), XHCI_TRANSACTION_ERROR);
    le32_put(xb.rig->ram + XB_INPUT + XHCI_CONTEXT_BYTES + 4, 27u << 16);
    assert_int_equal(xb_command(&xb, XB_INPUT, ADDRESS | on(&xb, 0)), XHCI_PARAMETER_ERROR);
    xb_input_slot(&xb);
    xb_input_control(&xb, 0, 1);
    assert_int_equal(xb_command(&xb, XB_INPUT, ADDRESS | on(&xb, 0)), XHCI_PARAMETER_ERROR);
    xb_destroy(&xb);
}

static void configured_and_deconfigured_4_6_6(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb);
    xb_configure(&xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    assert_int_equal(xb_slot_state(&xb), 3);
    assert_int_equal(output_word(&xb, 0, 0) >> 27, IN_DCI);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_RUNNING);
    xb_input_control(&xb, 1u << IN_DCI, 1);
    assert_int_equal(xb_command(&xb, XB_INPUT, CONFIGURE | on(&xb, 0)), XHCI_SUCCESS);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_DISABLED);
    assert_int_equal(xb_slot_state(&xb), 2);
    xb_configure(&xb, 4, XHCI_EP_BULK_OUT, 64, 0);
    assert_int_equal(xb_command(&xb, 0, CONFIGURE | XHCI_TRB_DC | on(&xb, 0)), XHCI_SUCCESS);
    assert_int_equal(xb_endpoint_state(&xb, 4), XHCI_EP_DISABLED);
    assert_int_equal(xb_slot_state(&xb), 2);
    xb_destroy(&xb);
}

static void bad_endpoint_contexts_change_nothing_4_6_6(void **state)
{
    static const struct {
        unsigned dci;
        enum xhci_ep_type type;
        unsigned packet;
        unsigned interval;
    } bad[] = {
        {3, XHCI_EP_INVALID, 8, 3},      {3, XHCI_EP_INTERRUPT_OUT, 8, 3},
        {4, XHCI_EP_INTERRUPT_IN, 8, 3}, {3, XHCI_EP_INTERRUPT_IN, 0, 3},
        {3, XHCI_EP_BULK_IN, 1025, 0},   {3, XHCI_EP_INTERRUPT_IN, 8, 16},
    };
    struct xb xb;

    (void)state;
    begin(&xb);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        xb_input_control(&xb, 0, 1u | 1u << 6 | 1u << bad[i].dci);
        xb_input_slot(&xb);
        xb_input_endpoint(&xb, 6, XHCI_EP_BULK_OUT, 64, 0);
        xb_input_endpoint(&xb, bad[i].dci, bad[i].type, bad[i].packet, bad[i].interval);
        assert_int_equal(xb_command(&xb, XB_INPUT, CONFIGURE | on(&xb, 0)), XHCI_PARAMETER_ERROR);
        assert_int_equal(xb_endpoint_state(&xb, 6), XHCI_EP_DISABLED);
    }
    xb_input_control(&xb, 0, 2);
    assert_int_equal(xb_command(&xb, XB_INPUT, CONFIGURE | on(&xb, 0)), XHCI_PARAMETER_ERROR);
    xb_destroy(&xb);
}

static void evaluated_4_6_7(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb);
    xb_input_control(&xb, 0, 3);
    xb_input_slot(&xb);
    le32_put(xb.rig->ram + XB_INPUT + XHCI_CONTEXT_BYTES + 4, 77);
    le32_put(xb.rig->ram + XB_INPUT + XHCI_CONTEXT_BYTES + 8, 5u << 22);
    xb_input_endpoint(&xb, 1, XHCI_EP_CONTROL, 32, 0);
    assert_int_equal(xb_command(&xb, XB_INPUT, EVALUATE | on(&xb, 0)), XHCI_SUCCESS);
    assert_int_equal(output_word(&xb, 0, 1), 77 | xb.port << 16);
    assert_int_equal(output_word(&xb, 0, 2) >> 22, 5);
    assert_int_equal(output_word(&xb, 1, 1) >> 16, 32);
    xb_destroy(&xb);
}

static void device_reset_4_6_11(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb);
    xb_configure(&xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    assert_int_equal(xb_command(&xb, 0, RESET_DEVICE | on(&xb, 0)), XHCI_SUCCESS);
    assert_int_equal(xb_slot_state(&xb), 1);
    assert_int_equal(output_word(&xb, 0, 0) >> 27, 1);
    assert_int_equal(output_word(&xb, 0, 3) & 0xff, 0);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_DISABLED);
    assert_int_equal(xb_command(&xb, 0, RESET_DEVICE | on(&xb, 0)), XHCI_CONTEXT_STATE);
    xb_destroy(&xb);
}

static void stop_and_go_on_4_6_9(void **state)
{
    struct xb xb;
    struct xb_event event;
    uint64_t first;

    (void)state;
    begin(&xb);
    xb_configure(&xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.in_status = USB_NAK;
    first = xb_trb(&xb, IN_DCI, XB_DATA, 8, XB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_IOC);
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_MS(3));
    xb_put_command(&xb, 0, 0, STOP | on(&xb, IN_DCI));
    xb_write(&xb, XHCI_DBOFF_BYTES, 0);
    rig_advance(xb.rig, VTIME_US(20));
    event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
    assert_int_equal(event.code, XHCI_STOPPED);
    assert_int_equal(event.parameter, first);
    assert_int_equal(event.length, 8);
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_COMMAND).code, XHCI_SUCCESS);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_STOPPED);
    assert_int_equal(output_word(&xb, IN_DCI, 2), (uint32_t)first | 1);
    assert_int_equal(xb_command(&xb, 0, STOP | on(&xb, IN_DCI)), XHCI_CONTEXT_STATE);
    /* A stopped endpoint hears nothing until its doorbell rings. */
    xb.device.in_status = USB_OK;
    xb.device.in_left = 8;
    usb_wake(&xb.device.function, 1);
    rig_advance(xb.rig, VTIME_MS(3));
    xb_expect_none(&xb);
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_MS(3));
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_TRANSFER).code, XHCI_SUCCESS);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_RUNNING);
    xb_destroy(&xb);
}

static void an_empty_ring_stops_silently_4_6_9(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb);
    xb_configure(&xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb_put_command(&xb, 0, 0, STOP | on(&xb, IN_DCI));
    xb_write(&xb, XHCI_DBOFF_BYTES, 0);
    rig_advance(xb.rig, VTIME_US(20));
    assert_int_equal(xb_expect(&xb, XHCI_EVENT_COMMAND).code, XHCI_SUCCESS);
    xb_destroy(&xb);
}

static void a_new_dequeue_pointer_4_6_10(void **state)
{
    struct xb xb;
    uint64_t second;
    struct xb_event event;

    (void)state;
    begin(&xb);
    xb_configure(&xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.in_left = 8;
    (void)xb_trb(&xb, IN_DCI, XB_DATA, 8, XB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_IOC);
    second = xb_trb(&xb, IN_DCI, XB_DATA, 8, XB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_IOC);
    assert_int_equal(xb_command(&xb, second | 1, SET_DEQUEUE | on(&xb, IN_DCI)),
                     XHCI_CONTEXT_STATE);
    (void)xb_command(&xb, 0, STOP | on(&xb, IN_DCI));
    assert_int_equal(xb_command(&xb, second | 1, SET_DEQUEUE | on(&xb, IN_DCI)), XHCI_SUCCESS);
    assert_int_equal(output_word(&xb, IN_DCI, 2), (uint32_t)second | 1);
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_MS(3));
    event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
    assert_int_equal(event.parameter, second);
    xb_destroy(&xb);
}

static void a_stall_and_its_repair_4_6_8(void **state)
{
    struct xb xb;
    struct xb_event event;
    uint64_t first;

    (void)state;
    begin(&xb);
    xb_configure(&xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb.device.in_status = USB_STALL;
    first = xb_trb(&xb, IN_DCI, XB_DATA, 8, XB_TYPE(XHCI_TRB_NORMAL));
    xb_ring(&xb, IN_DCI);
    assert_int_equal(xb_command(&xb, 0, RESET_EP | on(&xb, IN_DCI)), XHCI_CONTEXT_STATE);
    rig_advance(xb.rig, VTIME_MS(3));
    event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
    assert_int_equal(event.code, XHCI_STALL);
    assert_int_equal(event.parameter, first);
    assert_int_equal(event.length, 8);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_HALTED);
    /* Halted: no doorbell, no new pointer. */
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_MS(3));
    xb_expect_none(&xb);
    assert_int_equal(xb_command(&xb, first, SET_DEQUEUE | on(&xb, IN_DCI)), XHCI_CONTEXT_STATE);
    assert_int_equal(xb_command(&xb, 0, RESET_EP | on(&xb, IN_DCI)), XHCI_SUCCESS);
    assert_int_equal(xb_endpoint_state(&xb, IN_DCI), XHCI_EP_STOPPED);
    xb.device.in_status = USB_OK;
    xb.device.in_left = 8;
    xb_ring(&xb, IN_DCI);
    rig_advance(xb.rig, VTIME_MS(3));
    assert_int_equal(xb.device.in_left, 0);
    xb_destroy(&xb);
}

static void doorbells_of_nothing_4_7(void **state)
{
    struct xb xb;
    struct xb_event event;

    (void)state;
    begin(&xb);
    xb_ring(&xb, 5);
    event = xb_expect(&xb, XHCI_EVENT_TRANSFER);
    assert_int_equal(event.code, XHCI_ENDPOINT_NOT_ENABLED);
    assert_int_equal(event.endpoint, 5);
    xb_write(&xb, XHCI_DBOFF_BYTES + 60 * 4, 1);
    xb_ring(&xb, 32);
    xb_write(&xb, XHCI_DBOFF_BYTES, 3);
    xb_expect_none(&xb);
    assert_int_equal(rig_guest_errors(xb.rig), 4);
    xb_destroy(&xb);
}

static void contexts_out_of_memory_are_system_errors(void **state)
{
    struct xb xb;

    (void)state;
    begin(&xb);
    xb_put_command(&xb, XB_NOWHERE, 0, CONFIGURE | on(&xb, 0));
    xb_write(&xb, XHCI_DBOFF_BYTES, 0);
    rig_advance(xb.rig, VTIME_US(20));
    xb_expect_none(&xb);
    assert_int_equal(xb_read(&xb, 0x84) & (XHCI_STS_HSE | XHCI_STS_HCH),
                     XHCI_STS_HSE | XHCI_STS_HCH);
    xb_destroy(&xb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_counted_4_6_3),
        cmocka_unit_test(addressed_4_6_5),
        cmocka_unit_test(address_without_set_address_4_6_5),
        cmocka_unit_test(a_failed_address_changes_nothing_4_6_5),
        cmocka_unit_test(nobody_answers_set_address_4_6_5),
        cmocka_unit_test(configured_and_deconfigured_4_6_6),
        cmocka_unit_test(bad_endpoint_contexts_change_nothing_4_6_6),
        cmocka_unit_test(evaluated_4_6_7),
        cmocka_unit_test(device_reset_4_6_11),
        cmocka_unit_test(stop_and_go_on_4_6_9),
        cmocka_unit_test(an_empty_ring_stops_silently_4_6_9),
        cmocka_unit_test(a_new_dequeue_pointer_4_6_10),
        cmocka_unit_test(a_stall_and_its_repair_4_6_8),
        cmocka_unit_test(doorbells_of_nothing_4_7),
        cmocka_unit_test(contexts_out_of_memory_are_system_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
