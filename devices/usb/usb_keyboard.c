/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * USB keyboard at full speed: the boot keyboard of HID 1.11, appendix B.1, which reports the same
 * eight bytes in boot and report protocol. docs/hardware/usb-hid.md.
 *
 * Modelled: all keys of usage page 7 from 0x04 to 0xdd, the eight modifiers, six keys at a time and
 * the roll-over report beyond (appendix C), the lights Num, Caps and Scroll Lock (also Compose and
 * Kana), the idle rate of 500 ms that a keyboard starts with.
 * Not modelled: media keys (page 12), a country other than the US.
 * Chosen: keys stand in a report in the order of their usages; when a host configures the device and
 * keys are down, or were in the last report that it has, the present state is the first report; the
 * lights go out at a bus reset.
 */
#include <string.h>

#include "devices/usb/hid_descriptors.h"
#include "emu/base/bits.h"

#define USAGE_FIRST_KEY      0x04u
#define USAGE_LAST_KEY       0xddu
#define USAGE_FIRST_MODIFIER 0xe0u
#define USAGE_LAST_MODIFIER  0xe7u
#define USAGES               256u
#define USAGE_ROLL_OVER      0x01u /* ErrorRollOver */

#define REPORT_BYTES     8u
#define REPORT_FIRST_KEY 2u /* after modifiers and a reserved byte */
#define REPORT_KEYS      6u
#define REPORTS_MAX      64u
#define LEDS_BYTES       1u
#define LEDS_MASK        0x1fu
#define PACKET_BYTES     8u /* endpoint 0 */
#define INTERVAL_MS      1u /* a typed capital is four reports, and none may wait for long */

struct usb_keyboard {
    struct usb_hid hid;
    uint8_t pressed[USAGES / 8]; /* bit n: the key of usage n is down */
    uint8_t leds;
    /* Reports that the host has not fetched. The slot before the first free one is the newest, also
     * when it was fetched: all zero at first. */
    uint8_t reports[REPORTS_MAX][REPORT_BYTES];
    uint8_t head;
    uint8_t count;
    uint8_t fetched[REPORT_BYTES]; /* the last one that the host has: it may have keys down */
};

static const struct trace_desc ev_key = {.name = "key", .fields = {"usage", "is_down"}};
static const struct trace_desc ev_leds = {.name = "leds", .fields = {"value"}};

static struct usb_keyboard *keyboard_of(struct device *device)
{
    return CONTAINER_OF(device, struct usb_keyboard, hid.device);
}

static struct usb_keyboard *keyboard_of_hid(struct usb_hid *hid)
{
    return CONTAINER_OF(hid, struct usb_keyboard, hid);
}

/* ---- Reports ---- */

static bool is_pressed(const struct usb_keyboard *keyboard, unsigned usage)
{
    return (keyboard->pressed[usage / 8] >> usage % 8 & 1) != 0;
}

static size_t keyboard_state(const struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX])
{
    const struct usb_keyboard *keyboard = CONTAINER_OF(hid, struct usb_keyboard, hid);
    size_t keys = 0;

    memset(report, 0, REPORT_BYTES);
    report[0] = keyboard->pressed[USAGE_FIRST_MODIFIER / 8];
    for (unsigned usage = USAGE_FIRST_KEY; usage <= USAGE_LAST_KEY; usage++) {
        if (!is_pressed(keyboard, usage)) continue;
        if (keys == REPORT_KEYS) { /* appendix C: modifiers are still reported */
            memset(report + REPORT_FIRST_KEY, USAGE_ROLL_OVER, REPORT_KEYS);
            break;
        }
        report[REPORT_FIRST_KEY + keys] = (uint8_t)usage;
        keys++;
    }
    return REPORT_BYTES;
}

static uint8_t *newest(struct usb_keyboard *keyboard)
{
    const unsigned next = keyboard->head + keyboard->count;

    return keyboard->reports[(next + REPORTS_MAX - 1) % REPORTS_MAX];
}

/* When there is no room the newest report gives way: what the guest sees in the end is right. */
static void queue_report(struct usb_keyboard *keyboard, const uint8_t *report)
{
    if (keyboard->count == REPORTS_MAX) {
        usb_hid_lost(&keyboard->hid, keyboard->count);
    } else {
        keyboard->count++;
    }
    memcpy(newest(keyboard), report, REPORT_BYTES);
    usb_hid_changed(&keyboard->hid);
}

static void keys_changed(struct usb_keyboard *keyboard)
{
    uint8_t report[HID_REPORT_BYTES_MAX];

    (void)keyboard_state(&keyboard->hid, report);
    if (memcmp(report, newest(keyboard), REPORT_BYTES) == 0) return;
    queue_report(keyboard, report);
}

static size_t keyboard_take(struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX])
{
    struct usb_keyboard *keyboard = keyboard_of_hid(hid);

    if (keyboard->count == 0) return 0;
    memcpy(report, keyboard->reports[keyboard->head], REPORT_BYTES);
    memcpy(keyboard->fetched, report, REPORT_BYTES);
    keyboard->head = (uint8_t)((keyboard->head + 1u) % REPORTS_MAX);
    keyboard->count--;
    return REPORT_BYTES;
}

static void keyboard_forget(struct usb_hid *hid, bool is_held)
{
    static const uint8_t nothing[REPORT_BYTES] = {0};
    struct usb_keyboard *keyboard = keyboard_of_hid(hid);
    uint8_t report[HID_REPORT_BYTES_MAX];

    memset(keyboard->reports, 0, sizeof(keyboard->reports));
    keyboard->head = 0;
    keyboard->count = 0;
    if (!is_held) return;
    (void)keyboard_state(hid, report);
    if (memcmp(report, nothing, REPORT_BYTES) != 0 ||
        memcmp(keyboard->fetched, nothing, REPORT_BYTES) != 0) {
        queue_report(keyboard, report);
    }
}

/* ---- Lights ---- */

static void keyboard_output(struct usb_hid *hid, const uint8_t *report)
{
    struct usb_keyboard *keyboard = keyboard_of_hid(hid);
    const uint8_t leds = report[0] & LEDS_MASK;

    if (leds == keyboard->leds) return;
    keyboard->leds = leds;
    TRACE(hid->device.env.trace, &hid->device, &ev_leds, leds);
}

static size_t keyboard_output_state(const struct usb_hid *hid, uint8_t report[HID_REPORT_BYTES_MAX])
{
    report[0] = CONTAINER_OF(hid, struct usb_keyboard, hid)->leds;
    return LEDS_BYTES;
}

/* ---- Descriptors ---- */

/* Appendix B.1, with all keys. */
static const uint8_t report_descriptor[] = {
    HID_USAGE_PAGE(HID_PAGE_DESKTOP), HID_USAGE(HID_USAGE_KEYS), HID_COLLECTION(HID_APPLICATION),
    /* modifiers, one bit each */
    HID_USAGE_PAGE(HID_PAGE_KEYS), HID_USAGE_MIN(USAGE_FIRST_MODIFIER),
    HID_USAGE_MAX(USAGE_LAST_MODIFIER), HID_LOGICAL_MIN(0), HID_LOGICAL_MAX(1), HID_REPORT_SIZE(1),
    HID_REPORT_COUNT(8), HID_INPUT(HID_VARIABLE),
    /* reserved byte */
    HID_REPORT_SIZE(8), HID_REPORT_COUNT(1), HID_INPUT(HID_CONSTANT),
    /* lights, and bits that fill their byte */
    HID_USAGE_PAGE(HID_PAGE_LEDS), HID_USAGE_MIN(1), HID_USAGE_MAX(5), HID_REPORT_SIZE(1),
    HID_REPORT_COUNT(5), HID_OUTPUT(HID_VARIABLE), HID_REPORT_SIZE(3), HID_REPORT_COUNT(1),
    HID_OUTPUT(HID_CONSTANT),
    /* keys */
    HID_USAGE_PAGE(HID_PAGE_KEYS), HID_USAGE_MIN(0), HID_USAGE_MAX(USAGE_LAST_KEY),
    HID_LOGICAL_MIN(0), HID_LOGICAL_MAX_16(USAGE_LAST_KEY), HID_REPORT_SIZE(8),
    HID_REPORT_COUNT(REPORT_KEYS), HID_INPUT(HID_ARRAY), HID_END_COLLECTION};

static const uint8_t device_descriptor[USB_DEVICE_DESCRIPTOR_BYTES] =
    HID_DEVICE_DESCRIPTOR(USB_VERSION_1, PACKET_BYTES, HID_PRODUCT_KEYBOARD);

static const uint8_t configuration[HID_CONFIGURATION_BYTES] =
    HID_CONFIGURATION(HID_SUBCLASS_BOOT, HID_BOOT_KEYBOARD, HID_COUNTRY_US,
                      sizeof(report_descriptor), REPORT_BYTES, INTERVAL_MS);

static const char *const strings[HID_STRINGS] = {"Spacegray", "Keyboard", "SGK0001"};

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
    .default_idle = 125, /* 7.2.4: 500 ms */
    .state = keyboard_state,
    .take = keyboard_take,
    .forget = keyboard_forget,
    .output_bytes = LEDS_BYTES,
    .output = keyboard_output,
    .output_state = keyboard_output_state,
};

/* ---- Tables and life ---- */

static const struct reg_bank banks[] = {{.name = NULL}};

static const struct snap_field state[] = {
    HID_SNAP(struct usb_keyboard),
    SNAP_B(struct usb_keyboard, pressed),
    SNAP_U_MAX(struct usb_keyboard, leds, LEDS_MASK),
    SNAP_B(struct usb_keyboard, reports),
    SNAP_U_MAX(struct usb_keyboard, head, REPORTS_MAX - 1),
    SNAP_U_MAX(struct usb_keyboard, count, REPORTS_MAX),
    SNAP_B(struct usb_keyboard, fetched),
    SNAP_END,
};

static const struct trace_desc *const events[] = {HID_EVENTS, &ev_key, &ev_leds, NULL};

static int keyboard_init(struct device *device, const void *config, struct error *err)
{
    (void)config;
    (void)err;
    usb_hid_init(usb_hid_of(device), &model);
    return 0;
}

/* A machine that starts again does not know what is held down; the release of it is no news
 * then. */
static void keyboard_reset(struct device *device, enum reset_kind kind)
{
    struct usb_keyboard *keyboard = keyboard_of(device);

    (void)kind;
    memset(keyboard->pressed, 0, sizeof(keyboard->pressed));
    memset(keyboard->fetched, 0, sizeof(keyboard->fetched));
    usb_hid_reset(&keyboard->hid);
}

/* ---- From outside ---- */

void usb_keyboard_input(struct device *device, const struct input_key *key)
{
    struct usb_keyboard *keyboard = keyboard_of(device);
    const unsigned usage = key->usage;
    const bool is_modifier = usage >= USAGE_FIRST_MODIFIER && usage <= USAGE_LAST_MODIFIER;

    TRACE(device->env.trace, device, &ev_key, usage, key->is_down ? 1 : 0);
    if (!is_modifier && (usage < USAGE_FIRST_KEY || usage > USAGE_LAST_KEY)) return;
    if (is_pressed(keyboard, usage) == key->is_down) return;
    keyboard->pressed[usage / 8] ^= (uint8_t)(1u << usage % 8);
    if (usb_hid_is_configured(&keyboard->hid)) {
        keys_changed(keyboard);
    }
}

unsigned usb_keyboard_leds(const struct device *device)
{
    return CONTAINER_OF(device, struct usb_keyboard, hid.device)->leds;
}

const struct device_class usb_keyboard_class = {
    .name = "usb_keyboard",
    .size = sizeof(struct usb_keyboard),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = NULL,
    .init = keyboard_init,
    .reset = keyboard_reset,
    .loaded = usb_hid_loaded,
    .fini = usb_hid_fini,
};
