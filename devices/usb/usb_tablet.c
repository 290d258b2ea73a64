/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * USB tablet at high speed: a pointing device that tells where it is, not how far it went, so that
 * a window's pointer and the guest's are at the same place without a grab. docs/hardware/usb-hid.md.
 *
 * Modelled: position in 0..32767 over the whole picture, five buttons in their order with the
 * position, wheel; device qualifier and the configuration for full speed.
 * Not modelled: pen, pressure, a boot protocol (there is none for such devices).
 * Chosen: its usage is Mouse, as operating systems expect of an absolute pointer without a pen;
 * positions that wait are replaced by newer ones as long as no button changes.
 */
#include "devices/usb/hid_descriptors.h"
#include "devices/usb/hid_motion.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define REPORT_BYTES        6u
#define RELATIVE_MAX        127
#define PACKET_BYTES        64u
#define INTERVAL_MICROFRAME 6u /* 2^(6-1) microframes: 4 ms */
#define INTERVAL_FULL_MS    4u

enum report_byte {
    REPORT_BUTTONS = 0,
    REPORT_X = 1,
    REPORT_Y = 3,
    REPORT_WHEEL = 5,
};

struct usb_tablet {
    struct usb_hid hid;
    uint16_t x;
    uint16_t y;
    uint8_t buttons;
    struct usb_motion_queue motions; /* positions are absolute */
};

static const struct trace_desc ev_tablet = {.name = "tablet",
                                            .fields = {"x", "y", "wheel", "buttons"}};

static struct usb_tablet *tablet_of(struct device *device)
{
    return CONTAINER_OF(device, struct usb_tablet, hid.device);
}

static struct usb_tablet *tablet_of_hid(struct usb_hid *hid)
{
    return CONTAINER_OF(hid, struct usb_tablet, hid);
}

/* ---- Reports ---- */

static size_t tablet_state(const struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX])
{
    const struct usb_tablet *tablet = CONTAINER_OF(hid, struct usb_tablet, hid);

    report[REPORT_BUTTONS] = tablet->buttons;
    le16_put(report + REPORT_X, tablet->x);
    le16_put(report + REPORT_Y, tablet->y);
    report[REPORT_WHEEL] = 0;
    return REPORT_BYTES;
}

static size_t tablet_take(struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX])
{
    struct usb_tablet *tablet = tablet_of_hid(hid);
    struct usb_motion *motion = usb_motion_oldest(&tablet->motions);

    if (motion == NULL) return 0;
    report[REPORT_BUTTONS] = motion->buttons;
    tablet->motions.reported = motion->buttons;
    le16_put(report + REPORT_X, (uint16_t)motion->x);
    le16_put(report + REPORT_Y, (uint16_t)motion->y);
    report[REPORT_WHEEL] = usb_motion_take(&motion->wheel);
    if (motion->wheel == 0) {
        usb_motion_drop_oldest(&tablet->motions);
    }
    return REPORT_BYTES;
}

/* The present position as something to report. */
static struct usb_motion *queue_position(struct usb_tablet *tablet)
{
    bool is_lost;
    struct usb_motion *motion = usb_motion_at(&tablet->motions, tablet->buttons, &is_lost);

    motion->x = tablet->x;
    motion->y = tablet->y;
    if (is_lost) {
        usb_hid_lost(&tablet->hid, tablet->motions.count);
    }
    return motion;
}

static void tablet_forget(struct usb_hid *hid, bool is_held)
{
    struct usb_tablet *tablet = tablet_of_hid(hid);

    usb_motion_clear(&tablet->motions);
    if (is_held && (tablet->buttons != 0 || tablet->motions.reported != 0 || tablet->x != 0 ||
                    tablet->y != 0)) {
        (void)queue_position(tablet);
    }
}

/* ---- Descriptors ---- */

static const uint8_t report_descriptor[] = {
    HID_USAGE_PAGE(HID_PAGE_DESKTOP), HID_USAGE(HID_USAGE_MOUSE), HID_COLLECTION(HID_APPLICATION),
    HID_USAGE(HID_USAGE_POINTER), HID_COLLECTION(HID_PHYSICAL),
    /* buttons, and bits that fill their byte */
    HID_USAGE_PAGE(HID_PAGE_BUTTONS), HID_USAGE_MIN(1), HID_USAGE_MAX(USB_MOTION_BUTTONS),
    HID_LOGICAL_MIN(0), HID_LOGICAL_MAX(1), HID_REPORT_SIZE(1),
    HID_REPORT_COUNT(USB_MOTION_BUTTONS), HID_INPUT(HID_VARIABLE),
    HID_REPORT_SIZE(8 - USB_MOTION_BUTTONS), HID_REPORT_COUNT(1), HID_INPUT(HID_CONSTANT),
    /* position */
    HID_USAGE_PAGE(HID_PAGE_DESKTOP), HID_USAGE(HID_USAGE_X), HID_USAGE(HID_USAGE_Y),
    HID_LOGICAL_MIN(0), HID_LOGICAL_MAX_16(INPUT_TABLET_MAX), HID_REPORT_SIZE(16),
    HID_REPORT_COUNT(2), HID_INPUT(HID_VARIABLE),
    /* wheel */
    HID_USAGE(HID_USAGE_WHEEL), HID_LOGICAL_MIN(-RELATIVE_MAX), HID_LOGICAL_MAX(RELATIVE_MAX),
    HID_REPORT_SIZE(8), HID_REPORT_COUNT(1), HID_INPUT(HID_RELATIVE), HID_END_COLLECTION,
    HID_END_COLLECTION};

static const uint8_t device_descriptor[USB_DEVICE_DESCRIPTOR_BYTES] =
    HID_DEVICE_DESCRIPTOR(USB_VERSION_2, PACKET_BYTES, HID_PRODUCT_TABLET);

/* 9.6.2: what the device descriptor would say at full speed. */
static const uint8_t qualifier[USB_QUALIFIER_DESCRIPTOR_BYTES] = {
    USB_QUALIFIER_DESCRIPTOR_BYTES,
    USB_DESCRIPTOR_QUALIFIER,
    LE16_BYTES(USB_VERSION_2),
    0, /* class, subclass, protocol: each interface has its own */
    0,
    0,
    PACKET_BYTES,
    1, /* configurations */
    0,
};

static const uint8_t configuration[HID_CONFIGURATION_BYTES] =
    HID_CONFIGURATION(HID_SUBCLASS_NONE, HID_BOOT_NONE, HID_COUNTRY_NONE, sizeof(report_descriptor),
                      REPORT_BYTES, INTERVAL_MICROFRAME);

static const uint8_t other_speed[HID_CONFIGURATION_BYTES] =
    HID_CONFIGURATION(HID_SUBCLASS_NONE, HID_BOOT_NONE, HID_COUNTRY_NONE, sizeof(report_descriptor),
                      REPORT_BYTES, INTERVAL_FULL_MS);

static const char *const strings[HID_STRINGS] = {"Spacegray", "Tablet", "SGT0001"};

static const struct usb_hid_model model = {
    .standard =
        {
            .device = device_descriptor,
            .configuration = configuration,
            .qualifier = qualifier,
            .other_speed = other_speed,
            .strings = strings,
            .string_count = HID_STRINGS,
            .in_endpoints = HID_ENDPOINT_BIT,
        },
    .speed = USB_SPEED_HIGH,
    .hid_descriptor = configuration + HID_DESCRIPTOR_OFFSET,
    .report_descriptor = report_descriptor,
    .report_descriptor_bytes = sizeof(report_descriptor),
    .state = tablet_state,
    .take = tablet_take,
    .forget = tablet_forget,
};

/* ---- Tables and life ---- */

static const struct reg_bank banks[] = {{.name = NULL}};

static const struct snap_field state[] = {
    HID_SNAP(struct usb_tablet),
    SNAP_U_MAX(struct usb_tablet, x, INPUT_TABLET_MAX),
    SNAP_U_MAX(struct usb_tablet, y, INPUT_TABLET_MAX),
    SNAP_U_MAX(struct usb_tablet, buttons, USB_MOTION_MASK),
    USB_MOTION_SNAP(struct usb_tablet, motions),
    SNAP_END,
};

static const struct trace_desc *const events[] = {HID_EVENTS, &ev_tablet, NULL};

static int tablet_init(struct device *device, const void *config, struct error *err)
{
    (void)config;
    (void)err;
    usb_hid_init(usb_hid_of(device), &model);
    return 0;
}

static void tablet_reset(struct device *device, enum reset_kind kind)
{
    struct usb_tablet *tablet = tablet_of(device);

    (void)kind;
    tablet->x = 0;
    tablet->y = 0;
    tablet->buttons = 0;
    tablet->motions.reported = 0;
    usb_hid_reset(&tablet->hid);
}

/* ---- From outside ---- */

static uint16_t on_picture(uint16_t value)
{
    return value > INPUT_TABLET_MAX ? INPUT_TABLET_MAX : value;
}

void usb_tablet_input(struct device *device, const struct input_tablet *input)
{
    struct usb_tablet *tablet = tablet_of(device);
    const uint16_t x = on_picture(input->x);
    const uint16_t y = on_picture(input->y);
    const uint8_t buttons = input->buttons & USB_MOTION_MASK;
    const bool is_news =
        x != tablet->x || y != tablet->y || buttons != tablet->buttons || input->wheel != 0;

    TRACE(device->env.trace, device, &ev_tablet, x, y, (uint64_t)input->wheel, buttons);
    tablet->x = x;
    tablet->y = y;
    tablet->buttons = buttons;
    if (!is_news || !usb_hid_is_configured(&tablet->hid)) return;
    usb_motion_add(&queue_position(tablet)->wheel, input->wheel);
    usb_hid_changed(&tablet->hid);
}

const struct device_class usb_tablet_class = {
    .name = "usb_tablet",
    .size = sizeof(struct usb_tablet),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = NULL,
    .init = tablet_init,
    .reset = tablet_reset,
    .loaded = usb_hid_loaded,
    .fini = usb_hid_fini,
};
