/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A running xHCI controller with hostile software: TRBs, contexts and segment tables of any kind in
 * rings that it works at, doorbells, registers, a device that answers as it likes, time, resets,
 * saving and loading. It must stay bounded: no event may be due again at the same instant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "tests/fuzz/input.h"
#include "tests/unit/devices/usb/xhci_bench.h"

#define OPS_MAX   600
#define IN_DCI    3u
#define OUT_DCI   4u
#define TYPES     48u
#define REGISTERS 0x9000u
#define SPAN_MAX  27u /* at most 2^43 ps: 8 s */

static uint64_t take_address(struct fuzz_input *input)
{
    static const uint64_t bases[] = {XB_DATA,   XB_INPUT,           XB_RINGS,   XB_EVENTS,
                                     XB_OUTPUT, XB_COMMANDS,        XB_NOWHERE, 0xfffe0,
                                     XB_ERST,   UINT64_MAX - 0x100, 0xfee00000, 0};
    uint64_t base = bases[fuzz_below(input, sizeof(bases) / sizeof(bases[0]))];

    return base + (fuzz_take(input, 1) << 4);
}

static uint32_t take_control(struct fuzz_input *input)
{
    return XB_TYPE(fuzz_below(input, TYPES)) | ((uint32_t)fuzz_take(input, 2) & 0x3fe) |
           (uint32_t)fuzz_take(input, 1) << XHCI_TRB_EP_SHIFT |
           (uint32_t)(fuzz_take(input, 1) & 3) << XHCI_TRB_SLOT_SHIFT;
}

static void put_trb(struct xb *xb, struct fuzz_input *input)
{
    static const unsigned dcis[] = {1, IN_DCI, OUT_DCI};
    size_t ring = fuzz_below(input, 4);
    uint64_t parameter = (fuzz_take(input, 1) & 1) != 0 ? take_address(input) : fuzz_take(input, 8);
    uint32_t status = (uint32_t)fuzz_take(input, 3);
    uint32_t control = take_control(input);

    if (ring == 3) {
        xb_put_command(xb, parameter, status, control);
    } else {
        (void)xb_trb(xb, dcis[ring], parameter, status, control);
    }
}

static void ring_doorbell(struct xb *xb, struct fuzz_input *input)
{
    size_t slot = fuzz_below(input, 4);

    xb_write(xb, XHCI_DBOFF_BYTES + slot * 4, slot == 0 ? 0 : (uint32_t)fuzz_below(input, 33));
}

/* A word of any structure that the controller reads. */
static void write_memory(struct xb *xb, struct fuzz_input *input)
{
    uint64_t at = take_address(input) + (fuzz_take(input, 1) << 2);

    if (at + 4 > RIG_RAM_BYTES) return;
    le32_put(xb->rig->ram + at, (uint32_t)fuzz_take(input, 4));
}

static void use_register(struct xb *xb, struct fuzz_input *input)
{
    uint64_t at = XB_BAR + fuzz_take(input, 2) % REGISTERS;
    unsigned size = 1u << (fuzz_take(input, 1) & 3);

    if ((fuzz_take(input, 1) & 1) != 0) {
        rig_write(xb->rig, at, size, fuzz_take(input, size));
    } else {
        (void)rig_read(xb->rig, at, size);
    }
}

static void script_device(struct xb *xb, struct fuzz_input *input)
{
    struct xb_device *device = &xb->device;

    device->in_status = (enum usb_status)fuzz_below(input, USB_STALL + 1);
    device->out_status = (enum usb_status)fuzz_below(input, USB_STALL + 1);
    device->control_status = (enum usb_status)fuzz_below(input, USB_STALL + 1);
    device->in_left = fuzz_below(input, sizeof(device->in_data));
    device->control_bytes = fuzz_below(input, sizeof(device->control_data));
    usb_wake(&device->function, (unsigned)fuzz_below(input, 17));
}

static void take_events(struct xb *xb)
{
    struct xb_event event;
    unsigned left = xb->event_count * xb->event_segments;

    while (left > 0 && xb_take(xb, &event)) {
        left--;
    }
    xb_release(xb);
}

/* Time passes, and no event happens without it. */
static void let_time_pass(struct xb *xb, struct fuzz_input *input)
{
    uint64_t span = fuzz_take(input, 2);

    rig_advance(xb->rig, span << span % SPAN_MAX);
    assert_true(sched_next(xb->rig->sched) > rig_now(xb->rig));
}

static void configure(struct xb *xb)
{
    xb_start(xb, 2, 16);
    xb_enumerate(xb);
    xb_configure(xb, IN_DCI, XHCI_EP_INTERRUPT_IN, 8, 3);
    xb_configure(xb, OUT_DCI, XHCI_EP_BULK_OUT, XB_DEVICE_BYTES, 0);
}

/* What takes long on the host, or undoes what has been built up. */
static void seldom(struct xb *xb, struct fuzz_input *input)
{
    switch (fuzz_below(input, 16)) {
    case 0:
    case 1: rig_copy_state(xb->rig, xb->dut, xb->rig, xb->dut); break;
    case 2: device_reset(xb->dut, (enum reset_kind)fuzz_below(input, RESET_FUNCTION + 1)); break;
    default: break;
    }
}

static void step(struct xb *xb, struct fuzz_input *input)
{
    xb->device.out_bytes = 0;
    switch (fuzz_below(input, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: put_trb(xb, input); break;
    case 5:
    case 6:
    case 7: ring_doorbell(xb, input); break;
    case 8:
    case 9: let_time_pass(xb, input); break;
    case 10: write_memory(xb, input); break;
    case 11: use_register(xb, input); break;
    case 12: script_device(xb, input); break;
    case 13: take_events(xb); break;
    default: seldom(xb, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    struct xb xb;

    xb_create(&xb, (enum usb_speed)(1 + fuzz_below(&input, 4)));
    configure(&xb);
    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&input); i++) {
        step(&xb, &input);
    }
    rig_copy_state(xb.rig, xb.dut, xb.rig, xb.dut);
    xb_destroy(&xb);
    return 0;
}
