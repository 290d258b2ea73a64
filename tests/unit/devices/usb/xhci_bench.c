/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench of xhci_bench.h. */
#include "tests/unit/devices/usb/xhci_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/endian.h"

#define MSI_AT       0x80u
#define REQUEST_IN   0x80u
#define TRT_SHIFT    16
#define TRT_OUT      2u
#define TRT_IN       3u
#define COMMAND_WAIT VTIME_US(20)
#define RESET_WAIT   VTIME_MS(120)

/* ---- The device ---- */

static void device_reset_fn(struct usb_function *function)
{
    ((struct xb_device *)(void *)function)->resets++;
}

static enum usb_status device_control(struct usb_function *function, const struct usb_setup *setup,
                                      uint8_t *data, size_t *done)
{
    struct xb_device *device = (struct xb_device *)(void *)function;

    device->controls++;
    device->setup = *setup;
    *done = 0;
    if (device->control_status != USB_OK) return device->control_status;
    if ((setup->request_type & REQUEST_IN) != 0) {
        *done = device->control_bytes < setup->length ? device->control_bytes : setup->length;
        memcpy(data, device->control_data, *done);
    } else {
        memcpy(device->control_data, data, setup->length);
    }
    return USB_OK;
}

static enum usb_status device_in(struct usb_function *function, unsigned endpoint, uint8_t *data,
                                 size_t bytes, size_t *done)
{
    struct xb_device *device = (struct xb_device *)(void *)function;

    (void)endpoint;
    device->ins++;
    *done = 0;
    if (device->in_status != USB_OK) return device->in_status;
    *done = device->in_left < bytes ? device->in_left : bytes;
    memcpy(data, device->in_data, *done);
    device->in_left -= *done;
    memmove(device->in_data, device->in_data + *done, device->in_left);
    return USB_OK;
}

static enum usb_status device_out(struct usb_function *function, unsigned endpoint,
                                  const uint8_t *data, size_t bytes)
{
    struct xb_device *device = (struct xb_device *)(void *)function;

    (void)endpoint;
    device->outs++;
    if (device->out_status != USB_OK) return device->out_status;
    /* As a device whose buffer is full: a fuzzer sends more than any test. */
    if (bytes > sizeof(device->out_data) - device->out_bytes) return USB_NAK;
    memcpy(device->out_data + device->out_bytes, data, bytes);
    device->out_bytes += bytes;
    return USB_OK;
}

static const struct usb_function_ops device_ops = {
    .reset = device_reset_fn,
    .control = device_control,
    .in = device_in,
    .out = device_out,
};

/* ---- Life ---- */

static void write_config(struct xb *xb, unsigned offset, unsigned size, uint32_t value)
{
    rig_write(xb->rig, PCI_LONE_BASE + offset, size, value);
}

void xb_create(struct xb *xb, enum usb_speed speed)
{
    memset(xb, 0, sizeof(*xb));
    xb->rig = rig_create();
    xb->device.function = (struct usb_function){.ops = &device_ops, .speed = speed};
    for (unsigned i = 0; i < sizeof(xb->device.in_data); i++) {
        xb->device.in_data[i] = (uint8_t)(i * 7 + 1);
    }
    xb->port = speed == USB_SPEED_SUPER ? XHCI_USB2_PORTS + 1 : 2;
    xb->dut = rig_device(xb->rig, &xhci_class, "/dut", NULL);
    xhci_attach(xb->dut, xb->port, &xb->device.function);
    device_reset(xb->dut, RESET_POWER_ON);
    write_config(xb, PCI_BASE_ADDRESS_0, 4, (uint32_t)XB_BAR);
    write_config(xb, MSI_AT + 4, 4, XB_MSI_ADDRESS);
    write_config(xb, MSI_AT + 12, 2, XB_MSI_DATA);
    write_config(xb, MSI_AT + 2, 2, 1);
    write_config(xb, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

void xb_destroy(struct xb *xb)
{
    rig_destroy(xb->rig);
}

uint32_t xb_read(struct xb *xb, uint64_t offset)
{
    return (uint32_t)rig_read(xb->rig, XB_BAR + offset, 4);
}

void xb_write(struct xb *xb, uint64_t offset, uint32_t value)
{
    rig_write(xb->rig, XB_BAR + offset, 4, value);
}

uint64_t xb_portsc(unsigned port)
{
    return XHCI_PORTSC_BASE + (uint64_t)(port - 1) * XHCI_PORT_STRIDE;
}

static void put_trb(struct xb *xb, uint64_t at, uint64_t parameter, uint32_t status,
                    uint32_t control)
{
    le64_put(xb->rig->ram + at, parameter);
    le32_put(xb->rig->ram + at + 8, status);
    le32_put(xb->rig->ram + at + 12, control);
}

void xb_start(struct xb *xb, unsigned segments, unsigned count)
{
    for (unsigned i = 0; i < segments; i++) {
        put_trb(xb, XB_ERST + (uint64_t)i * XHCI_TRB_BYTES, XB_EVENTS + i * XB_SEGMENT, count, 0);
    }
    xb->event_segments = segments;
    xb->event_count = count;
    xb->event_cycle = true;
    xb->command_cycle = true;
    rig_write(xb->rig, XB_BAR + 0xb0, 8, XB_DCBAA);
    xb_write(xb, 0xb8, 0x40);
    rig_write(xb->rig, XB_BAR + 0x98, 8, XB_COMMANDS | XHCI_CRCR_RCS);
    xb_write(xb, XHCI_IR_BASE + 4, 0);
    xb_write(xb, XHCI_IR_BASE + 8, segments);
    rig_write(xb->rig, XB_BAR + XHCI_IR_BASE + 0x18, 8, XB_EVENTS | XHCI_ERDP_EHB);
    rig_write(xb->rig, XB_BAR + XHCI_IR_BASE + 0x10, 8, XB_ERST);
    xb_write(xb, XHCI_IR_BASE, XHCI_IMAN_IE);
    xb_write(xb, 0x80, XHCI_CMD_RS | XHCI_CMD_INTE);
}

/* ---- Events ---- */

static uint64_t event_at(const struct xb *xb)
{
    return XB_EVENTS + xb->event_segment * XB_SEGMENT + (uint64_t)xb->event_index * XHCI_TRB_BYTES;
}

bool xb_take(struct xb *xb, struct xb_event *event)
{
    const uint8_t *raw = xb->rig->ram + event_at(xb);
    uint32_t status = le32_get(raw + 8);
    uint32_t control = le32_get(raw + 12);

    if (((control & XHCI_TRB_CYCLE) != 0) != xb->event_cycle) return false;
    *event = (struct xb_event){
        .parameter = le64_get(raw),
        .length = status & XHCI_EDTLA_MASK,
        .code = status >> XHCI_TRB_CODE_SHIFT,
        .type = control >> XHCI_TRB_TYPE_SHIFT & XHCI_TRB_TYPE_MASK,
        .slot = control >> XHCI_TRB_SLOT_SHIFT,
        .endpoint = control >> XHCI_TRB_EP_SHIFT & XHCI_TRB_EP_MASK,
        .is_event_data = (control & XHCI_TRB_ED) != 0,
    };
    xb->event_index++;
    if (xb->event_index < xb->event_count) return true;
    xb->event_index = 0;
    xb->event_segment++;
    if (xb->event_segment == xb->event_segments) {
        xb->event_segment = 0;
        xb->event_cycle = !xb->event_cycle;
    }
    return true;
}

void xb_release(struct xb *xb)
{
    rig_write(xb->rig, XB_BAR + XHCI_IR_BASE + 0x18, 8,
              event_at(xb) | XHCI_ERDP_EHB | xb->event_segment);
}

struct xb_event xb_expect(struct xb *xb, unsigned type)
{
    struct xb_event event = {0};

    if (!xb_take(xb, &event)) {
        fail_msg("no event of type %u", type);
    }
    if (event.type != type) {
        fail_msg("event of type %u, code %u, not of type %u", event.type, event.code, type);
    }
    xb_release(xb);
    return event;
}

void xb_expect_none(struct xb *xb)
{
    struct xb_event event;

    if (xb_take(xb, &event)) {
        fail_msg("an event of type %u, code %u", event.type, event.code);
    }
}

/* ---- Commands ---- */

void xb_put_command(struct xb *xb, uint64_t parameter, uint32_t status, uint32_t control)
{
    uint64_t at = XB_COMMANDS + (uint64_t)xb->command_index * XHCI_TRB_BYTES;

    put_trb(xb, at, parameter, status, control | (xb->command_cycle ? XHCI_TRB_CYCLE : 0));
    xb->command_index++;
    if (xb->command_index < XB_COMMANDS_COUNT - 1) return;
    put_trb(xb, at + XHCI_TRB_BYTES, XB_COMMANDS, 0,
            XB_TYPE(XHCI_TRB_LINK) | XHCI_TRB_TC | (xb->command_cycle ? XHCI_TRB_CYCLE : 0));
    xb->command_index = 0;
    xb->command_cycle = !xb->command_cycle;
}

unsigned xb_command(struct xb *xb, uint64_t parameter, uint32_t control)
{
    struct xb_event event = {0};

    xb_put_command(xb, parameter, 0, control);
    xb_write(xb, XHCI_DBOFF_BYTES, 0);
    rig_advance(xb->rig, COMMAND_WAIT);
    do {
        if (!xb_take(xb, &event)) {
            fail_msg("command 0x%x is not completed", (unsigned)control);
        }
        xb_release(xb);
    } while (event.type != XHCI_EVENT_COMMAND);
    if ((control >> XHCI_TRB_TYPE_SHIFT & XHCI_TRB_TYPE_MASK) == XHCI_CMD_ENABLE_SLOT) {
        xb->slot = event.slot;
    }
    return event.code;
}

/* ---- Contexts ---- */

static uint8_t *input_context(struct xb *xb, unsigned index)
{
    return xb->rig->ram + XB_INPUT + (size_t)index * XHCI_CONTEXT_BYTES;
}

static const uint8_t *output_context(struct xb *xb, unsigned index)
{
    return xb->rig->ram + XB_OUTPUT + xb->slot * XB_OUTPUT_STRIDE +
           (size_t)index * XHCI_CONTEXT_BYTES;
}

void xb_input_control(struct xb *xb, uint32_t drop, uint32_t add)
{
    memset(input_context(xb, 0), 0, XHCI_CONTEXT_BYTES);
    le32_put(input_context(xb, 0), drop);
    le32_put(input_context(xb, 0) + 4, add);
}

void xb_input_slot(struct xb *xb)
{
    uint8_t *slot = input_context(xb, 1);

    memset(slot, 0, XHCI_CONTEXT_BYTES);
    le32_put(slot, (uint32_t)xb->device.function.speed << XHCI_SLOT_SPEED_SHIFT |
                       UINT32_C(1) << XHCI_SLOT_ENTRIES_SHIFT);
    le32_put(slot + 4, xb->port << XHCI_SLOT_PORT_SHIFT);
}

void xb_input_endpoint(struct xb *xb, unsigned dci, enum xhci_ep_type type, unsigned packet,
                       unsigned interval)
{
    uint8_t *context = input_context(xb, dci + 1);

    memset(context, 0, XHCI_CONTEXT_BYTES);
    le32_put(context, interval << XHCI_EP_INTERVAL_SHIFT);
    le32_put(context + 4,
             3u << 1 | (uint32_t)type << XHCI_EP_TYPE_SHIFT | packet << XHCI_EP_PACKET_SHIFT);
    le64_put(context + 8, (XB_RINGS + dci * XB_RING_STRIDE) | XHCI_EP_DCS);
    memset(xb->rig->ram + XB_RINGS + dci * XB_RING_STRIDE, 0, XB_RING_STRIDE);
    xb->ring_index[dci] = 0;
    xb->ring_cycle[dci] = true;
}

void xb_enumerate(struct xb *xb)
{
    struct xb_event event;

    if (xb->device.function.speed != USB_SPEED_SUPER) {
        xb_write(xb, xb_portsc(xb->port), XHCI_PORTSC_PP | XHCI_PORTSC_PR);
        rig_advance(xb->rig, RESET_WAIT);
    }
    xb_write(xb, xb_portsc(xb->port), XHCI_PORTSC_PP | XHCI_PORTSC_CHANGES);
    assert_int_equal(xb_command(xb, 0, XB_TYPE(XHCI_CMD_ENABLE_SLOT)), XHCI_SUCCESS);
    le64_put(xb->rig->ram + XB_DCBAA + (size_t)xb->slot * 8,
             XB_OUTPUT + xb->slot * XB_OUTPUT_STRIDE);
    xb_input_control(xb, 0, 3);
    xb_input_slot(xb);
    xb_input_endpoint(xb, 1, XHCI_EP_CONTROL, XB_DEVICE_BYTES, 0);
    assert_int_equal(
        xb_command(xb, XB_INPUT, XB_TYPE(XHCI_CMD_ADDRESS_DEVICE) | XB_ON(xb->slot, 0)),
        XHCI_SUCCESS);
    while (xb_take(xb, &event)) {
        xb_release(xb);
    }
}

void xb_configure(struct xb *xb, unsigned dci, enum xhci_ep_type type, unsigned packet,
                  unsigned interval)
{
    xb_input_control(xb, 0, 1u | 1u << dci);
    xb_input_slot(xb);
    xb_input_endpoint(xb, dci, type, packet, interval);
    assert_int_equal(
        xb_command(xb, XB_INPUT, XB_TYPE(XHCI_CMD_CONFIGURE_ENDPOINT) | XB_ON(xb->slot, 0)),
        XHCI_SUCCESS);
}

unsigned xb_endpoint_state(struct xb *xb, unsigned dci)
{
    return le32_get(output_context(xb, dci)) & XHCI_EP_STATE;
}

unsigned xb_slot_state(struct xb *xb)
{
    return le32_get(output_context(xb, 0) + 12) >> XHCI_SLOT_STATE_SHIFT;
}

/* ---- Transfer rings ---- */

uint64_t xb_trb(struct xb *xb, unsigned dci, uint64_t parameter, uint32_t status, uint32_t control)
{
    uint64_t base = XB_RINGS + dci * XB_RING_STRIDE;
    uint64_t at = base + (uint64_t)xb->ring_index[dci] * XHCI_TRB_BYTES;
    uint32_t cycle = xb->ring_cycle[dci] ? XHCI_TRB_CYCLE : 0;

    put_trb(xb, at, parameter, status, control | cycle);
    xb->ring_index[dci]++;
    if (xb->ring_index[dci] == XB_RING_COUNT - 1) {
        put_trb(xb, at + XHCI_TRB_BYTES, base, 0,
                XB_TYPE(XHCI_TRB_LINK) | XHCI_TRB_TC | (control & XHCI_TRB_CH) | cycle);
        xb->ring_index[dci] = 0;
        xb->ring_cycle[dci] = !xb->ring_cycle[dci];
    }
    return at;
}

void xb_ring(struct xb *xb, unsigned dci)
{
    xb_write(xb, XHCI_DBOFF_BYTES + (uint64_t)xb->slot * 4, dci);
}

void xb_control(struct xb *xb, unsigned request_type, unsigned request, unsigned value,
                unsigned length)
{
    bool is_in = (request_type & REQUEST_IN) != 0;
    uint64_t setup = request_type | request << 8 | (uint64_t)value << 16 | (uint64_t)length << 48;
    uint32_t trt = is_in ? TRT_IN : TRT_OUT;

    (void)xb_trb(xb, 1, setup, 8,
                 XB_TYPE(XHCI_TRB_SETUP) | XHCI_TRB_IDT | (length != 0 ? trt << TRT_SHIFT : 0));
    if (length != 0) {
        (void)xb_trb(xb, 1, XB_DATA, length,
                     XB_TYPE(XHCI_TRB_DATA) | XHCI_TRB_ISP | (is_in ? XHCI_TRB_DIR : 0));
    }
    (void)xb_trb(xb, 1, 0, 0,
                 XB_TYPE(XHCI_TRB_STATUS) | XHCI_TRB_IOC |
                     (is_in && length != 0 ? 0 : XHCI_TRB_DIR));
    xb_ring(xb, 1);
}
