/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard requests, one test per sentence of USB 2.0, chapter 9; numbers in the names are its
 * sections. The keyboard stands for full-speed devices, the tablet for those with a high speed. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/usb/usb_bench.h"

#define MAX_LENGTH INDEX_LENGTH(0, 255)
#define ENGLISH    0x0409u

static enum usb_status descriptor(struct usb_bench *b, unsigned type, unsigned index,
                                  unsigned index_and_length)
{
    return usb_bench_request(b, FROM_DEVICE, USB_GET_DESCRIPTOR, type << 8 | index,
                             index_and_length);
}

static void test_9_6_1_device_descriptor(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(descriptor(b, USB_DESCRIPTOR_DEVICE, 0, MAX_LENGTH), USB_OK);
    assert_int_equal(b->done, 18);
    assert_int_equal(b->data[0], 18);
    assert_int_equal(b->data[1], USB_DESCRIPTOR_DEVICE);
    assert_int_equal(le16_get(b->data + 2), 0x0110);
    assert_int_equal(b->data[7], 8);
    assert_int_equal(le16_get(b->data + 8), 0x1209);
    assert_int_equal(le16_get(b->data + 10), 1);
    assert_int_equal(b->data[17], 1);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_DEVICE, 1, MAX_LENGTH), USB_STALL);
}

static void test_9_4_3_no_more_than_asked_for(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(descriptor(b, USB_DESCRIPTOR_DEVICE, 0, INDEX_LENGTH(0, 8)), USB_OK);
    assert_int_equal(b->done, 8);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_CONFIGURATION, 0, INDEX_LENGTH(0, 9)), USB_OK);
    assert_int_equal(b->done, 9);
    assert_int_equal(le16_get(b->data + 2), 34);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_CONFIGURATION, 0, 0), USB_OK);
    assert_int_equal(b->done, 0);
}

/* Walks the descriptors as a host does. */
static void test_9_6_3_configuration_with_all_that_belongs_to_it(void **state)
{
    static const uint8_t kinds[] = {USB_DESCRIPTOR_CONFIGURATION, USB_DESCRIPTOR_INTERFACE,
                                    HID_DESCRIPTOR_HID, USB_DESCRIPTOR_ENDPOINT};
    struct usb_bench *b = *state;
    size_t at = 0;

    assert_int_equal(descriptor(b, USB_DESCRIPTOR_CONFIGURATION, 0, MAX_LENGTH), USB_OK);
    assert_int_equal(b->done, le16_get(b->data + 2));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_true(at + 2 <= b->done);
        assert_int_equal(b->data[at + 1], kinds[i]);
        at += b->data[at];
    }
    assert_int_equal(at, b->done);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_CONFIGURATION, 1, MAX_LENGTH), USB_STALL);
}

static void test_9_6_7_strings(void **state)
{
    static const char vendor[] = "Spacegray";
    struct usb_bench *b = *state;

    assert_int_equal(descriptor(b, USB_DESCRIPTOR_STRING, 0, MAX_LENGTH), USB_OK);
    assert_int_equal(b->done, 4);
    assert_int_equal(le16_get(b->data + 2), ENGLISH);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_STRING, 1, INDEX_LENGTH(ENGLISH, 255)), USB_OK);
    assert_int_equal(b->done, 2 + 2 * strlen(vendor));
    assert_int_equal(b->data[0], b->done);
    for (size_t i = 0; i < strlen(vendor); i++) {
        assert_int_equal(le16_get(b->data + 2 + 2 * i), vendor[i]);
    }
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_STRING, 3, INDEX_LENGTH(ENGLISH, 255)), USB_OK);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_STRING, 4, INDEX_LENGTH(ENGLISH, 255)),
                     USB_STALL);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_STRING, 1, INDEX_LENGTH(0x407, 255)), USB_STALL);
}

static void test_9_6_2_full_speed_has_no_qualifier(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(descriptor(b, USB_DESCRIPTOR_QUALIFIER, 0, MAX_LENGTH), USB_STALL);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_OTHER_SPEED, 0, MAX_LENGTH), USB_STALL);
}

static void test_9_6_2_high_speed_has_one(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(b->function->speed, USB_SPEED_HIGH);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_DEVICE, 0, MAX_LENGTH), USB_OK);
    assert_int_equal(le16_get(b->data + 2), 0x0200);
    assert_int_equal(b->data[7], 64);
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_QUALIFIER, 0, MAX_LENGTH), USB_OK);
    assert_int_equal(b->done, 10);
    assert_int_equal(b->data[1], USB_DESCRIPTOR_QUALIFIER);
    assert_int_equal(b->data[8], 1);
}

static void test_9_6_4_other_speed(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(descriptor(b, USB_DESCRIPTOR_OTHER_SPEED, 0, MAX_LENGTH), USB_OK);
    assert_int_equal(b->done, 34);
    assert_int_equal(b->data[1], USB_DESCRIPTOR_OTHER_SPEED);
    assert_int_equal(b->data[33], 4); /* interval in milliseconds, not in microframes */
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_CONFIGURATION, 0, MAX_LENGTH), USB_OK);
    assert_int_equal(b->data[33], 6);
    b->data[1] = 0x55;
    assert_int_equal(descriptor(b, USB_DESCRIPTOR_OTHER_SPEED, 0, INDEX_LENGTH(0, 1)), USB_OK);
    assert_int_equal(b->done, 1);
    assert_int_equal(b->data[1], 0x55); /* no more than was asked for */
}

static unsigned configuration(struct usb_bench *b)
{
    assert_int_equal(usb_bench_request(b, FROM_DEVICE, USB_GET_CONFIGURATION, 0, 1), USB_OK);
    assert_int_equal(b->done, 1);
    return b->data[0];
}

static void test_9_4_7_set_configuration(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(configuration(b), 0);
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_SET_CONFIGURATION, 2, 0), USB_STALL);
    assert_int_equal(configuration(b), 0);
    usb_bench_configure(b);
    assert_int_equal(configuration(b), 1);
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_SET_CONFIGURATION, 2, 0), USB_STALL);
    assert_int_equal(configuration(b), 1);
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_SET_CONFIGURATION, 0, 0), USB_OK);
    assert_int_equal(configuration(b), 0);
    usb_bench_configure(b);
    b->function->ops->reset(b->function);
    assert_int_equal(configuration(b), 0);
}

static void test_9_4_4_interface(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(usb_bench_request(b, FROM_INTERFACE, USB_GET_INTERFACE, 0, 1), USB_STALL);
    usb_bench_configure(b);
    assert_int_equal(usb_bench_request(b, FROM_INTERFACE, USB_GET_INTERFACE, 0, 1), USB_OK);
    assert_int_equal(b->done, 1);
    assert_int_equal(b->data[0], 0);
    assert_int_equal(usb_bench_request(b, FROM_INTERFACE, USB_GET_INTERFACE, 0, INDEX_LENGTH(1, 1)),
                     USB_STALL);
    assert_int_equal(usb_bench_request(b, TO_INTERFACE, USB_SET_INTERFACE, 0, 0), USB_OK);
    assert_int_equal(usb_bench_request(b, TO_INTERFACE, USB_SET_INTERFACE, 1, 0), USB_STALL);
}

static unsigned status_of(struct usb_bench *b, unsigned type, unsigned index)
{
    assert_int_equal(usb_bench_request(b, type, USB_GET_STATUS, 0, INDEX_LENGTH(index, 2)), USB_OK);
    assert_int_equal(b->done, 2);
    return le16_get(b->data);
}

static void test_9_4_5_remote_wakeup(void **state)
{
    struct usb_bench *b = *state;

    assert_int_equal(status_of(b, FROM_DEVICE, 0), 0);
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_SET_FEATURE, USB_FEATURE_REMOTE_WAKEUP, 0),
                     USB_OK);
    assert_int_equal(status_of(b, FROM_DEVICE, 0), 2);
    assert_int_equal(
        usb_bench_request(b, TO_DEVICE, USB_CLEAR_FEATURE, USB_FEATURE_REMOTE_WAKEUP, 0), USB_OK);
    assert_int_equal(status_of(b, FROM_DEVICE, 0), 0);
}

static void test_9_4_5_endpoint_halt(void **state)
{
    const struct input_key key = {.usage = 4, .is_down = true};
    struct usb_bench *b = *state;

    assert_int_equal(usb_bench_request(b, FROM_ENDPOINT, USB_GET_STATUS, 0, INDEX_LENGTH(0x81, 2)),
                     USB_STALL); /* no endpoint 1 yet */
    usb_bench_configure(b);
    usb_keyboard_input(b->device, &key);
    assert_int_equal(status_of(b, FROM_ENDPOINT, 0x81), 0);
    assert_int_equal(usb_bench_request(b, TO_ENDPOINT, USB_SET_FEATURE, USB_FEATURE_ENDPOINT_HALT,
                                       INDEX_LENGTH(0x81, 0)),
                     USB_OK);
    assert_int_equal(status_of(b, FROM_ENDPOINT, 0x81), 1);
    assert_int_equal(usb_bench_poll(b), -2);
    assert_int_equal(usb_bench_request(b, TO_ENDPOINT, USB_CLEAR_FEATURE, USB_FEATURE_ENDPOINT_HALT,
                                       INDEX_LENGTH(0x81, 0)),
                     USB_OK);
    EXPECT_REPORT(b, 0, 0, 4, 0, 0, 0, 0, 0); /* nothing was lost */
}

static void test_9_4_5_halt_ends_with_configuration_and_interface(void **state)
{
    static const unsigned enders[] = {USB_SET_CONFIGURATION, USB_SET_INTERFACE};
    struct usb_bench *b = *state;

    usb_bench_configure(b);
    for (size_t i = 0; i < ARRAY_LEN(enders); i++) {
        const bool is_interface = enders[i] == USB_SET_INTERFACE;

        assert_int_equal(usb_bench_request(b, TO_ENDPOINT, USB_SET_FEATURE,
                                           USB_FEATURE_ENDPOINT_HALT, INDEX_LENGTH(0x81, 0)),
                         USB_OK);
        assert_int_equal(usb_bench_request(b, is_interface ? TO_INTERFACE : TO_DEVICE, enders[i],
                                           is_interface ? 0 : 1, 0),
                         USB_OK);
        assert_int_equal(status_of(b, FROM_ENDPOINT, 0x81), 0);
    }
}

static void test_9_4_endpoints_that_do_not_exist(void **state)
{
    static const unsigned numbers[] = {0x01, 0x82, 0x8f, 0x0f};
    struct usb_bench *b = *state;

    usb_bench_configure(b);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        assert_int_equal(usb_bench_request(b, TO_ENDPOINT, USB_SET_FEATURE,
                                           USB_FEATURE_ENDPOINT_HALT, INDEX_LENGTH(numbers[i], 0)),
                         USB_STALL);
        assert_int_equal(
            usb_bench_request(b, FROM_ENDPOINT, USB_GET_STATUS, 0, INDEX_LENGTH(numbers[i], 2)),
            USB_STALL);
    }
    assert_int_equal(status_of(b, FROM_ENDPOINT, 0), 0);
}

static void test_9_4_requests_that_make_no_sense(void **state)
{
    struct usb_bench *b = *state;

    usb_bench_configure(b);
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_SET_DESCRIPTOR, 0x100, 18), USB_STALL);
    assert_int_equal(usb_bench_request(b, FROM_ENDPOINT, USB_SYNCH_FRAME, 0, 2), USB_STALL);
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_GET_DESCRIPTOR, 0x100, 18), USB_STALL);
    assert_int_equal(usb_bench_request(b, FROM_DEVICE, USB_SET_CONFIGURATION, 0, 1), USB_STALL);
    assert_int_equal(usb_bench_request(b, TO_INTERFACE, USB_SET_FEATURE, 0, 0), USB_STALL);
    assert_int_equal(usb_bench_request(b, 0xc0, USB_GET_DESCRIPTOR, 0x100, 18), USB_STALL);
    assert_int_equal(usb_bench_request(b, FROM_DEVICE, 2, 0, 2), USB_STALL);
    assert_int_equal(configuration(b), 1);
    assert_int_equal(rig_unimplemented(b->rig), 0);
    assert_int_equal(usb_bench_request(b, TO_DEVICE, USB_SET_FEATURE, USB_FEATURE_TEST_MODE,
                                       INDEX_LENGTH(0x400, 0)),
                     USB_STALL);
    assert_int_equal(rig_unimplemented(b->rig), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYBOARD_TEST(test_9_6_1_device_descriptor),
        KEYBOARD_TEST(test_9_4_3_no_more_than_asked_for),
        KEYBOARD_TEST(test_9_6_3_configuration_with_all_that_belongs_to_it),
        TABLET_TEST(test_9_6_3_configuration_with_all_that_belongs_to_it),
        KEYBOARD_TEST(test_9_6_7_strings),
        KEYBOARD_TEST(test_9_6_2_full_speed_has_no_qualifier),
        TABLET_TEST(test_9_6_2_high_speed_has_one),
        TABLET_TEST(test_9_6_4_other_speed),
        KEYBOARD_TEST(test_9_4_7_set_configuration),
        KEYBOARD_TEST(test_9_4_4_interface),
        KEYBOARD_TEST(test_9_4_5_remote_wakeup),
        KEYBOARD_TEST(test_9_4_5_endpoint_halt),
        KEYBOARD_TEST(test_9_4_5_halt_ends_with_configuration_and_interface),
        KEYBOARD_TEST(test_9_4_endpoints_that_do_not_exist),
        KEYBOARD_TEST(test_9_4_requests_that_make_no_sense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
