/* SPDX-License-Identifier: GPL-2.0-only */
/* Keyboard, mouse and tablet, one test per sentence of HID 1.11 or of docs/hardware/usb-hid.md;
 * numbers in the names are sections of HID 1.11. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "tests/unit/devices/usb/usb_bench.h"

#define KEY_A     0x04u
#define KEY_SHIFT 0xe1u

static void key(struct usb_bench *b, unsigned usage, bool is_down)
{
    const struct input_key input = {.usage = (uint16_t)usage, .is_down = is_down};

    usb_keyboard_input(b->device, &input);
}

static void no_idle(struct usb_bench *b)
{
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_IDLE, 0, 0), USB_OK);
}

static void configure_quiet(struct usb_bench *b)
{
    usb_bench_configure(b);
    no_idle(b);
}

/* ---- Descriptors of the class (7.1) ---- */

static void test_7_1_1_class_descriptors(void **state)
{
    struct usb_bench *b = *state;
    size_t length;

    assert_int_equal(usb_bench_request(b, FROM_INTERFACE, USB_GET_DESCRIPTOR, 0x2100, 255), USB_OK);
    assert_int_equal(b->done, 9);
    assert_int_equal(b->data[1], HID_DESCRIPTOR_HID);
    assert_int_equal(le16_get(b->data + 2), 0x0111);
    assert_int_equal(b->data[6], HID_DESCRIPTOR_REPORT);
    length = le16_get(b->data + 7);
    assert_int_equal(usb_bench_request(b, FROM_INTERFACE, USB_GET_DESCRIPTOR, 0x2200, 255), USB_OK);
    assert_int_equal(b->done, length);
    assert_int_equal(usb_bench_request(b, FROM_INTERFACE, USB_GET_DESCRIPTOR, 0x2300, 255),
                     USB_STALL);
    assert_int_equal(
        usb_bench_request(b, FROM_INTERFACE, USB_GET_DESCRIPTOR, 0x2200, INDEX_LENGTH(1, 255)),
        USB_STALL);
}

/* 5.8, 6.2.2: an item parser of our own adds up the bits of input fields; collections close. */
static unsigned input_bits(const uint8_t *items, size_t bytes)
{
    static const uint8_t data_bytes[4] = {0, 1, 2, 4};
    unsigned size = 0;
    unsigned count = 0;
    unsigned bits = 0;
    int depth = 0;
    size_t at = 0;

    while (at < bytes) {
        const unsigned head = items[at];
        const uint64_t value = le_get(items + at + 1, data_bytes[head & 3]);

        switch (head & 0xfc) {
        case 0x74: size = (unsigned)value; break;
        case 0x94: count = (unsigned)value; break;
        case 0x80: bits += size * count; break;
        case 0xa0: depth++; break;
        case 0xc0: depth--; break;
        default: break;
        }
        at += 1 + data_bytes[head & 3];
    }
    assert_int_equal(at, bytes);
    assert_int_equal(depth, 0);
    return bits;
}

static void report_length_matches(struct usb_bench *b, unsigned bytes)
{
    assert_int_equal(usb_bench_request(b, FROM_INTERFACE, USB_GET_DESCRIPTOR, 0x2200, 255), USB_OK);
    assert_int_equal(input_bits(b->data, b->done), bytes * 8);
    usb_bench_configure(b);
    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_REPORT, 0x0100, 64), USB_OK);
    assert_int_equal(b->done, bytes);
}

static void test_8_keyboard_report_is_as_described(void **state)
{
    report_length_matches(*state, 8);
}

static void test_8_mouse_report_is_as_described(void **state)
{
    report_length_matches(*state, 4);
}

static void test_8_tablet_report_is_as_described(void **state)
{
    report_length_matches(*state, 6);
}

/* ---- Keyboard ---- */

static void test_b_1_keys_and_modifiers(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    EXPECT_NAK(b);
    key(b, KEY_SHIFT, true);
    key(b, KEY_A, true);
    key(b, KEY_A, false);
    key(b, KEY_SHIFT, false);
    assert_int_equal(b->wakes, 4);
    EXPECT_REPORT(b, 2, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_REPORT(b, 2, 0, KEY_A, 0, 0, 0, 0, 0);
    EXPECT_REPORT(b, 2, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_REPORT(b, 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
}

static void test_c_roll_over(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    for (unsigned i = 0; i < 6; i++) {
        key(b, KEY_A + i, true);
        assert_int_equal(usb_bench_poll(b), 8);
    }
    key(b, KEY_A + 6, true);
    EXPECT_REPORT(b, 0, 0, 1, 1, 1, 1, 1, 1);
    key(b, KEY_A + 7, true);
    EXPECT_NAK(b); /* the same report once more is no news */
    key(b, KEY_SHIFT, true);
    EXPECT_REPORT(b, 2, 0, 1, 1, 1, 1, 1, 1);
    key(b, KEY_A, false);
    key(b, KEY_A + 1, false);
    EXPECT_REPORT(b, 2, 0, 6, 7, 8, 9, 10, 11);
}

static void test_keys_that_do_not_exist_and_repeats_are_no_news(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    key(b, 0, true);
    key(b, 3, true);
    key(b, 0xde, true);
    key(b, 0xe8, true);
    key(b, 0xffff, true);
    key(b, KEY_A, false);
    EXPECT_NAK(b);
    key(b, KEY_A, true);
    key(b, KEY_A, true);
    EXPECT_REPORT(b, 0, 0, KEY_A, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
}

static void test_full_queue_keeps_the_last_state(void **state)
{
    struct usb_bench *b = *state;
    unsigned reports = 0;

    configure_quiet(b);
    for (unsigned i = 0; i < 1000; i++) {
        key(b, KEY_A, i % 2 == 0);
    }
    key(b, KEY_A + 1, true);
    while (usb_bench_poll(b) == 8) {
        reports++;
    }
    assert_int_equal(reports, 64);
    assert_int_equal(b->data[2], KEY_A + 1);
    assert_int_equal(b->data[3], 0);
}

static void test_keys_held_at_configuration_are_the_first_report(void **state)
{
    struct usb_bench *b = *state;

    key(b, KEY_A, true);
    key(b, KEY_A + 1, true);
    key(b, KEY_A, false);
    configure_quiet(b);
    EXPECT_REPORT(b, 0, 0, KEY_A + 1, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
}

/* The host has seen the key go down. That it went up must not be lost with the queue. */
static void test_a_release_survives_configuration_and_bus_reset(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    key(b, KEY_A, true);
    EXPECT_REPORT(b, 0, 0, KEY_A, 0, 0, 0, 0, 0);
    key(b, KEY_A, false);
    configure_quiet(b);
    EXPECT_REPORT(b, 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
    key(b, KEY_A, true);
    EXPECT_REPORT(b, 0, 0, KEY_A, 0, 0, 0, 0, 0);
    b->function->ops->reset(b->function);
    key(b, KEY_A, false);
    configure_quiet(b);
    EXPECT_REPORT(b, 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
    /* Also when the queue was full. */
    for (unsigned i = 0; i < 201; i++) {
        key(b, KEY_A, i % 2 == 0);
    }
    EXPECT_REPORT(b, 0, 0, KEY_A, 0, 0, 0, 0, 0);
    key(b, KEY_A, false);
    key(b, KEY_A, true);
    key(b, KEY_A, false);
    configure_quiet(b);
    EXPECT_REPORT(b, 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
}

static void test_listening_once_polled(void **state)
{
    struct usb_bench *b = *state;

    assert_false(usb_hid_is_listening(b->device));
    configure_quiet(b);
    assert_false(usb_hid_is_listening(b->device));
    EXPECT_NAK(b);
    assert_true(usb_hid_is_listening(b->device));
    b->function->ops->reset(b->function);
    assert_false(usb_hid_is_listening(b->device));
}

static void test_7_2_2_lights(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    b->data[0] = 0xe2;
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_REPORT, 0x0200, 1), USB_OK);
    assert_int_equal(usb_keyboard_leds(b->device), 2);
    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_REPORT, 0x0200, 8), USB_OK);
    assert_int_equal(b->done, 1);
    assert_int_equal(b->data[0], 2);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_REPORT, 0x0200, 0), USB_STALL);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_REPORT, 0x0201, 1), USB_STALL);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_REPORT, 0x0300, 1), USB_STALL);
    assert_int_equal(usb_keyboard_leds(b->device), 2);
    b->function->ops->reset(b->function);
    assert_int_equal(usb_keyboard_leds(b->device), 0);
}

/* ---- Idle rate (7.2.4) ---- */

static void test_7_2_4_keyboard_repeats_each_half_second(void **state)
{
    struct usb_bench *b = *state;

    usb_bench_configure(b);
    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_IDLE, 0, 1), USB_OK);
    assert_int_equal(b->data[0], 125);
    key(b, KEY_A, true);
    EXPECT_REPORT(b, 0, 0, KEY_A, 0, 0, 0, 0, 0);
    b->wakes = 0;
    rig_advance(b->rig, VTIME_MS(499));
    EXPECT_NAK(b);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(b->wakes, 1);
    EXPECT_REPORT(b, 0, 0, KEY_A, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
    rig_advance(b->rig, VTIME_MS(5000));
    assert_int_equal(b->wakes, 2); /* not fetched: nothing more is armed */
}

static void test_7_2_4_a_change_starts_the_period_again(void **state)
{
    struct usb_bench *b = *state;

    usb_bench_configure(b);
    rig_advance(b->rig, VTIME_MS(400));
    key(b, KEY_A, true);
    assert_int_equal(usb_bench_poll(b), 8);
    rig_advance(b->rig, VTIME_MS(400));
    EXPECT_NAK(b);
    rig_advance(b->rig, VTIME_MS(100));
    assert_int_equal(usb_bench_poll(b), 8);
}

static void test_7_2_4_set_idle(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    rig_advance(b->rig, VTIME_MS(10000));
    EXPECT_NAK(b);
    /* The time has passed already: a report at once. */
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_IDLE, 10 << 8, 0), USB_OK);
    rig_advance(b->rig, 0);
    assert_int_equal(usb_bench_poll(b), 8);
    /* Four milliseconds or more before the end: the new time counts from the last report. */
    rig_advance(b->rig, VTIME_MS(30));
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_IDLE, 20 << 8, 0), USB_OK);
    rig_advance(b->rig, VTIME_MS(49));
    EXPECT_NAK(b);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(usb_bench_poll(b), 8);
    /* Less: the running period ends as it was. */
    rig_advance(b->rig, VTIME_MS(78));
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_IDLE, 200 << 8, 0), USB_OK);
    rig_advance(b->rig, VTIME_MS(2));
    assert_int_equal(usb_bench_poll(b), 8);
    rig_advance(b->rig, VTIME_MS(799));
    EXPECT_NAK(b);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(usb_bench_poll(b), 8);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_IDLE, 20 << 8 | 1, 0), USB_STALL);
}

static void test_7_2_4_idle_0_takes_back_what_was_due(void **state)
{
    struct usb_bench *b = *state;

    usb_bench_configure(b);
    rig_advance(b->rig, VTIME_MS(600));
    no_idle(b);
    EXPECT_NAK(b);
}

/* ---- Protocol (7.2.5, 7.2.6) ---- */

static void test_7_2_5_protocol(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_PROTOCOL, 0, 1), USB_STALL);
    configure_quiet(b);
    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_PROTOCOL, 0, 1), USB_OK);
    assert_int_equal(b->data[0], HID_PROTOCOL_REPORT);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_PROTOCOL, 0, 0), USB_OK);
    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_PROTOCOL, 0, 1), USB_OK);
    assert_int_equal(b->data[0], HID_PROTOCOL_BOOT);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_PROTOCOL, 2, 0), USB_STALL);
    b->function->ops->reset(b->function);
    configure_quiet(b);
    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_PROTOCOL, 0, 1), USB_OK);
    assert_int_equal(b->data[0], HID_PROTOCOL_REPORT);
}

static void test_7_2_5_tablet_has_no_boot_protocol(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    assert_int_equal(usb_bench_request(b, CLASS_IN, HID_GET_PROTOCOL, 0, 1), USB_STALL);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_PROTOCOL, 0, 0), USB_STALL);
}

/* ---- Mouse ---- */

static void move(struct usb_bench *b, int dx, int dy, int wheel, unsigned buttons)
{
    const struct input_pointer input = {
        .dx = (int16_t)dx, .dy = (int16_t)dy, .wheel = (int8_t)wheel, .buttons = (uint8_t)buttons};

    usb_mouse_input(b->device, &input);
}

static void test_mouse_buttons_stay_in_order_with_motion(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    move(b, 3, -2, 0, 0);
    move(b, 4, -3, 0, 0);
    move(b, 0, 0, 0, INPUT_BUTTON_LEFT);
    move(b, 5, 5, 0, INPUT_BUTTON_LEFT);
    move(b, 0, 0, -1, 0);
    EXPECT_REPORT(b, 0, 7, (uint8_t)-5, 0);
    EXPECT_REPORT(b, 1, 5, 5, 0);
    EXPECT_REPORT(b, 0, 0, 0, 0xff);
    EXPECT_NAK(b);
    move(b, 0, 0, 0, 0);
    EXPECT_NAK(b);
}

static void test_mouse_large_motion_is_split_not_lost(void **state)
{
    struct usb_bench *b = *state;
    int x = 0;
    int y = 0;
    unsigned reports = 0;

    configure_quiet(b);
    for (unsigned i = 0; i < 3; i++) {
        move(b, 1000, -32768, 0, 0);
    }
    while (usb_bench_poll(b) == 4) {
        x += (int8_t)b->data[1];
        y += (int8_t)b->data[2];
        assert_int_not_equal(b->data[2], 0x80);
        reports++;
    }
    assert_int_equal(x, 3000);
    assert_int_equal(y, -3 * 32768);
    assert_int_equal(reports, (3 * 32768 + 126) / 127);
}

static void test_b_2_boot_mouse_has_three_bytes(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    assert_int_equal(usb_bench_request(b, CLASS_OUT, HID_SET_PROTOCOL, 0, 0), USB_OK);
    move(b, 1, 2, 3, INPUT_BUTTON_RIGHT);
    EXPECT_REPORT(b, 2, 1, 2);
    move(b, 0, 0, 0, INPUT_BUTTON_RIGHT | INPUT_BUTTON_MIDDLE);
    EXPECT_REPORT(b, 6, 0, 0);
    move(b, 0, 0, 127, INPUT_BUTTON_RIGHT);
    move(b, 0, 0, 127, INPUT_BUTTON_RIGHT);
    EXPECT_REPORT(b, 2, 0, 0);
    EXPECT_NAK(b);
}

static void test_mouse_full_queue_keeps_motion_and_last_buttons(void **state)
{
    struct usb_bench *b = *state;
    int x = 0;
    unsigned reports = 0;

    configure_quiet(b);
    for (unsigned i = 0; i < 101; i++) {
        move(b, 1, 0, 0, i % 2 == 0 ? INPUT_BUTTON_LEFT : 0);
    }
    while (usb_bench_poll(b) == 4) {
        x += (int8_t)b->data[1];
        reports++;
    }
    assert_int_equal(reports, 32);
    assert_int_equal(x, 101);
    assert_int_equal(b->data[0], INPUT_BUTTON_LEFT);
}

static void test_mouse_before_configuration_is_not_kept(void **state)
{
    struct usb_bench *b = *state;

    move(b, 100, 100, 0, 0);
    move(b, 0, 0, 0, INPUT_BUTTON_LEFT);
    configure_quiet(b);
    EXPECT_REPORT(b, 1, 0, 0, 0);
    EXPECT_NAK(b);
}

static void test_mouse_a_release_survives_configuration(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    move(b, 0, 0, 0, INPUT_BUTTON_LEFT);
    EXPECT_REPORT(b, 1, 0, 0, 0);
    move(b, 0, 0, 0, 0);
    configure_quiet(b);
    EXPECT_REPORT(b, 0, 0, 0, 0);
    EXPECT_NAK(b);
    configure_quiet(b);
    EXPECT_NAK(b);
}

/* ---- Tablet ---- */

static void point(struct usb_bench *b, unsigned x, unsigned y, int wheel, unsigned buttons)
{
    const struct input_tablet input = {
        .x = (uint16_t)x, .y = (uint16_t)y, .wheel = (int8_t)wheel, .buttons = (uint8_t)buttons};

    usb_tablet_input(b->device, &input);
}

static void test_tablet_a_release_survives_configuration(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    point(b, 1, 0, 0, INPUT_BUTTON_LEFT);
    EXPECT_REPORT(b, 1, 1, 0, 0, 0, 0);
    point(b, 0, 0, 0, 0);
    configure_quiet(b);
    EXPECT_REPORT(b, 0, 0, 0, 0, 0, 0);
    EXPECT_NAK(b);
}

static void test_tablet_position_buttons_wheel(void **state)
{
    struct usb_bench *b = *state;

    configure_quiet(b);
    point(b, 1, 1, 0, 0);
    point(b, 0x1234, 0x7fff, 0, 0);
    point(b, 0x1234, 0x7fff, 0, INPUT_BUTTON_LEFT);
    point(b, 0x1234, 0x7fff, 0, 0);
    point(b, 0x1234, 0x7fff, 2, 0);
    EXPECT_REPORT(b, 0, 0x34, 0x12, 0xff, 0x7f, 0); /* only where it is, not where it was */
    EXPECT_REPORT(b, 1, 0x34, 0x12, 0xff, 0x7f, 0);
    EXPECT_REPORT(b, 0, 0x34, 0x12, 0xff, 0x7f, 2);
    EXPECT_NAK(b);
    point(b, 0xffff, 0, 0, 0);
    EXPECT_REPORT(b, 0, 0xff, 0x7f, 0, 0, 0);
    point(b, 0xffff, 0, 0, 0);
    EXPECT_NAK(b);
}

static void test_endpoints_of_no_descriptor_are_guest_errors(void **state)
{
    struct usb_bench *b = *state;
    uint8_t data[8] = {0};
    size_t done;

    assert_int_equal(usb_bench_poll(b), -2); /* not configured */
    usb_bench_configure(b);
    assert_int_equal(b->function->ops->in(b->function, 2, data, sizeof(data), &done), USB_STALL);
    assert_int_equal(b->function->ops->out(b->function, 1, data, sizeof(data)), USB_STALL);
    assert_int_equal(rig_guest_errors(b->rig), 3);
}

static void test_short_buffer_cuts_the_report(void **state)
{
    struct usb_bench *b = *state;
    uint8_t data[3] = {9, 9, 9};
    size_t done;

    configure_quiet(b);
    key(b, KEY_SHIFT, true);
    assert_int_equal(b->function->ops->in(b->function, 1, data, 2, &done), USB_OK);
    assert_int_equal(done, 2);
    assert_int_equal(data[0], 2);
    assert_int_equal(data[2], 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYBOARD_TEST(test_7_1_1_class_descriptors),
        MOUSE_TEST(test_7_1_1_class_descriptors),
        TABLET_TEST(test_7_1_1_class_descriptors),
        KEYBOARD_TEST(test_8_keyboard_report_is_as_described),
        MOUSE_TEST(test_8_mouse_report_is_as_described),
        TABLET_TEST(test_8_tablet_report_is_as_described),
        KEYBOARD_TEST(test_b_1_keys_and_modifiers),
        KEYBOARD_TEST(test_c_roll_over),
        KEYBOARD_TEST(test_keys_that_do_not_exist_and_repeats_are_no_news),
        KEYBOARD_TEST(test_full_queue_keeps_the_last_state),
        KEYBOARD_TEST(test_keys_held_at_configuration_are_the_first_report),
        KEYBOARD_TEST(test_a_release_survives_configuration_and_bus_reset),
        KEYBOARD_TEST(test_listening_once_polled),
        KEYBOARD_TEST(test_7_2_2_lights),
        KEYBOARD_TEST(test_7_2_4_keyboard_repeats_each_half_second),
        KEYBOARD_TEST(test_7_2_4_a_change_starts_the_period_again),
        KEYBOARD_TEST(test_7_2_4_set_idle),
        KEYBOARD_TEST(test_7_2_4_idle_0_takes_back_what_was_due),
        KEYBOARD_TEST(test_7_2_5_protocol),
        MOUSE_TEST(test_7_2_5_protocol),
        TABLET_TEST(test_7_2_5_tablet_has_no_boot_protocol),
        MOUSE_TEST(test_mouse_buttons_stay_in_order_with_motion),
        MOUSE_TEST(test_mouse_large_motion_is_split_not_lost),
        MOUSE_TEST(test_b_2_boot_mouse_has_three_bytes),
        MOUSE_TEST(test_mouse_full_queue_keeps_motion_and_last_buttons),
        MOUSE_TEST(test_mouse_before_configuration_is_not_kept),
        MOUSE_TEST(test_mouse_a_release_survives_configuration),
        TABLET_TEST(test_tablet_a_release_survives_configuration),
        TABLET_TEST(test_tablet_position_buttons_wheel),
        KEYBOARD_TEST(test_endpoints_of_no_descriptor_are_guest_errors),
        KEYBOARD_TEST(test_short_buffer_cuts_the_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
