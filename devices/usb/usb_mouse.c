/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * USB mouse at full speed: five buttons and a wheel, boot protocol of HID 1.11, appendix B.2.
 * docs/hardware/usb-hid.md.
 *
 * Modelled: relative motion without loss (what one report cannot hold is in the next), buttons in
 * their order with the motion, wheel.
 * Not modelled: a sideways wheel, finer wheel steps (resolution multiplier).
 * Chosen: the boot report has three bytes, without the wheel, whose motion is not reported then;
 * motion that waits is added up as long as no button changes.
 */
#include "devices/usb/hid_descriptors.h"
#include "devices/usb/hid_motion.h"
#include "emu/base/bits.h"

#define REPORT_BYTES      4u
#define BOOT_REPORT_BYTES 3u
#define RELATIVE_MAX      127
#define PACKET_BYTES      8u
#define INTERVAL_MS       4u

enum report_byte {
    REPORT_BUTTONS,
    REPORT_X,
    REPORT_Y,
    REPORT_WHEEL,
};

struct usb_mouse {
    struct usb_hid hid;
    uint8_t buttons;
    struct usb_motion_queue motions;
};

static const struct trace_desc ev_pointer = {.name = "pointer",
                                             .fields = {"dx", "dy", "wheel", "buttons"}};

static struct usb_mouse *mouse_of(struct device *device)
{
    return CONTAINER_OF(device, struct usb_mouse, hid.device);
}

static struct usb_mouse *mouse_of_hid(struct usb_hid *hid)
{
    return CONTAINER_OF(hid, struct usb_mouse, hid);
}

/* ---- Reports ---- */

static size_t report_bytes(const struct usb_hid *hid)
{
    return hid->protocol == HID_PROTOCOL_BOOT ? BOOT_REPORT_BYTES : REPORT_BYTES;
}

/* At rest. */
static size_t mouse_state(const struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX])
{
    report[REPORT_BUTTONS] = CONTAINER_OF(hid, struct usb_mouse, hid)->buttons;
    report[REPORT_X] = 0;
    report[REPORT_Y] = 0;
    report[REPORT_WHEEL] = 0;
    return report_bytes(hid);
}

static size_t mouse_take(struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX])
{
    struct usb_mouse *mouse = mouse_of_hid(hid);
    struct usb_motion *motion = usb_motion_oldest(&mouse->motions);

    if (motion == NULL) return 0;
    report[REPORT_BUTTONS] = motion->buttons;
    mouse->motions.reported = motion->buttons;
    report[REPORT_X] = usb_motion_take(&motion->x);
    report[REPORT_Y] = usb_motion_take(&motion->y);
    report[REPORT_WHEEL] = usb_motion_take(&motion->wheel);
    if (hid->protocol == HID_PROTOCOL_BOOT) {
        motion->wheel = 0;
    }
    if (motion->x == 0 && motion->y == 0 && motion->wheel == 0) {
        usb_motion_drop_oldest(&mouse->motions);
    }
    return report_bytes(hid);
}

static void mouse_forget(struct usb_hid *hid, bool is_held)
{
    struct usb_mouse *mouse = mouse_of_hid(hid);
    bool is_lost;

    usb_motion_clear(&mouse->motions);
    if (is_held && (mouse->buttons != 0 || mouse->motions.reported != 0)) {
        (void)usb_motion_at(&mouse->motions, mouse->buttons, &is_lost);
    }
}

/* ---- Descriptors ---- */

/* Appendix E.10, with two more buttons and a wheel. */
static const uint8_t report_descriptor[] = {
    HID_USAGE_PAGE(HID_PAGE_DESKTOP), HID_USAGE(HID_USAGE_MOUSE), HID_COLLECTION(HID_APPLICATION),
    HID_USAGE(HID_USAGE_POINTER), HID_COLLECTION(HID_PHYSICAL),
    /* buttons, and bits that fill their byte */
    HID_USAGE_PAGE(HID_PAGE_BUTTONS), HID_USAGE_MIN(1), HID_USAGE_MAX(USB_MOTION_BUTTONS),
    HID_LOGICAL_MIN(0), HID_LOGICAL_MAX(1), HID_REPORT_SIZE(1),
    HID_REPORT_COUNT(USB_MOTION_BUTTONS), HID_INPUT(HID_VARIABLE),
    HID_REPORT_SIZE(8 - USB_MOTION_BUTTONS), HID_REPORT_COUNT(1), HID_INPUT(HID_CONSTANT),
    /* motion */
    HID_USAGE_PAGE(HID_PAGE_DESKTOP), HID_USAGE(HID_USAGE_X), HID_USAGE(HID_USAGE_Y),
    HID_USAGE(HID_USAGE_WHEEL), HID_LOGICAL_MIN(-RELATIVE_MAX), HID_LOGICAL_MAX(RELATIVE_MAX),
    HID_REPORT_SIZE(8), HID_REPORT_COUNT(3), HID_INPUT(HID_RELATIVE), HID_END_COLLECTION,
    HID_END_COLLECTION};

static const uint8_t device_descriptor[USB_DEVICE_DESCRIPTOR_BYTES] =
    HID_DEVICE_DESCRIPTOR(USB_VERSION_1, PACKET_BYTES, HID_PRODUCT_MOUSE);

static const uint8_t configuration[HID_CONFIGURATION_BYTES] =
    HID_CONFIGURATION(HID_SUBCLASS_BOOT, HID_BOOT_MOUSE, HID_COUNTRY_NONE,
                      sizeof(report_descriptor), REPORT_BYTES, INTERVAL_MS);

static const char *const strings[HID_STRINGS] = {"Spacegray", "Mouse", "SGM0001"};

static const struct usb_hid_model model = {
    .standard =
        {
            .device = device_descriptor,
            .configuration = configuration,
            .strings = strings,
            .string_count = HID_STRINGS,
            .in_endpoints = HID_ENDPOINT_BIT,
        },
    .speed = USB_SPEED_FULL,
    .hid_descriptor = configuration + HID_DESCRIPTOR_OFFSET,
    .report_descriptor = report_descriptor,
    .report_descriptor_bytes = sizeof(report_descriptor),
    .has_boot_protocol = true,
    .state = mouse_state,
    .take = mouse_take,
    .forget = mouse_forget,
};

/* ---- Tables and life ---- */

static const struct reg_bank banks[] = {{.name = NULL}};

static const struct snap_field state[] = {
    HID_SNAP(struct usb_mouse),
    SNAP_U_MAX(struct usb_mouse, buttons, USB_MOTION_MASK),
    USB_MOTION_SNAP(struct usb_mouse, motions),
    SNAP_END,
};

static const struct trace_desc *const events[] = {HID_EVENTS, &ev_pointer, NULL};

static int mouse_init(struct device *device, const void *config, struct error *err)
{
    (void)config;
    (void)err;
    usb_hid_init(usb_hid_of(device), &model);
    return 0;
}

static void mouse_reset(struct device *device, enum reset_kind kind)
{
    struct usb_mouse *mouse = mouse_of(device);

    (void)kind;
    mouse->buttons = 0;
    mouse->motions.reported = 0;
    usb_hid_reset(&mouse->hid);
}

/* ---- From outside ---- */

void usb_mouse_input(struct device *device, const struct input_pointer *pointer)
{
    struct usb_mouse *mouse = mouse_of(device);
    const uint8_t buttons = pointer->buttons & USB_MOTION_MASK;
    const bool is_news =
        buttons != mouse->buttons || pointer->dx != 0 || pointer->dy != 0 || pointer->wheel != 0;
    struct usb_motion *motion;
    bool is_lost;

    TRACE(device->env.trace, device, &ev_pointer, (uint64_t)pointer->dx, (uint64_t)pointer->dy,
          (uint64_t)pointer->wheel, buttons);
    mouse->buttons = buttons;
    if (!is_news || !usb_hid_is_configured(&mouse->hid)) return;
    motion = usb_motion_at(&mouse->motions, buttons, &is_lost);
    usb_motion_add(&motion->x, pointer->dx);
    usb_motion_add(&motion->y, pointer->dy);
    usb_motion_add(&motion->wheel, pointer->wheel);
    if (is_lost) {
        usb_hid_lost(&mouse->hid, mouse->motions.count);
    }
    usb_hid_changed(&mouse->hid);
}

const struct device_class usb_mouse_class = {
    .name = "usb_mouse",
    .size = sizeof(struct usb_mouse),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = NULL,
    .init = mouse_init,
    .reset = mouse_reset,
    .loaded = usb_hid_loaded,
    .fini = usb_hid_fini,
};
