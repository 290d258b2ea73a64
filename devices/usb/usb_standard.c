/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard device requests (USB 2.0, revision of 2000-04-27, chapter 9; numbers below are its
 * sections).
 *
 * Modelled: every request of table 9-3 that a device with one configuration of one interface with
 * one setting has an answer to, with the states of 9.1.1 in which it is an error.
 * Not modelled: test modes (9.4.9), which put patterns on a wire that does not exist; refused and
 * traced as unimplemented.
 * Chosen: a request that chapter 9 leaves undefined in a state is refused; strings are refused in
 * languages other than US English; a request with a wLength, wIndex or wValue other than the
 * defined one is refused only where 9.4 says so.
 *
 * Not here: SET_ADDRESS, which the host controller keeps to itself, and anything about suspend.
 */
#include "devices/usb/usb_standard.h"

#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/core/device.h"

#define LANGUAGE_US_ENGLISH 0x0409u
#define STRING_BYTES_MAX    254u
#define STRING_HEAD_BYTES   2u

/* Offsets in descriptors: tables 9-8 and 9-10 */
#define CONFIGURATION_TOTAL_LENGTH 2
#define CONFIGURATION_VALUE        5
#define CONFIGURATION_ATTRIBUTES   7
#define DESCRIPTOR_TYPE            1

#define STATUS_SELF_POWERED  0x01u
#define STATUS_REMOTE_WAKEUP 0x02u
#define STATUS_HALT          0x01u

#define ENDPOINT_NUMBER_MASK 0x0fu
#define ENDPOINT_IN          0x80u

struct request {
    const struct usb_standard_model *model;
    struct usb_standard *standard;
    struct device *device;
    const struct usb_setup *setup;
    uint8_t *data;
    size_t *done;
};

enum usb_status usb_answer(const struct usb_setup *setup, const void *from, size_t bytes,
                           uint8_t *data, size_t *done)
{
    *done = bytes < setup->length ? bytes : setup->length;
    memcpy(data, from, *done);
    return USB_OK;
}

static enum usb_status answer(const struct request *r, const void *from, size_t bytes)
{
    return usb_answer(r->setup, from, bytes, r->data, r->done);
}

static bool is_configured(const struct request *r)
{
    return r->standard->configuration != 0;
}

/* ---- Descriptors (9.4.3) ---- */

static enum usb_status string_descriptor(const struct request *r, unsigned index)
{
    uint8_t text[STRING_BYTES_MAX] = {0, USB_DESCRIPTOR_STRING};
    size_t bytes = STRING_HEAD_BYTES;

    if (index == 0) { /* 9.6.7: the languages */
        le16_put(text + bytes, LANGUAGE_US_ENGLISH);
        bytes += 2;
    } else {
        const char *ascii;

        if (index > r->model->string_count || r->setup->index != LANGUAGE_US_ENGLISH) {
            return USB_STALL;
        }
        ascii = r->model->strings[index - 1];
        for (size_t i = 0; ascii[i] != '\0' && bytes < STRING_BYTES_MAX; i++) {
            le16_put(text + bytes, (uint8_t)ascii[i]);
            bytes += 2;
        }
    }
    text[0] = (uint8_t)bytes;
    return answer(r, text, bytes);
}

static enum usb_status whole_configuration(const struct request *r, const uint8_t *configuration)
{
    return answer(r, configuration, le16_get(configuration + CONFIGURATION_TOTAL_LENGTH));
}

static enum usb_status other_speed(const struct request *r)
{
    enum usb_status status;

    if (r->model->other_speed == NULL) return USB_STALL;
    status = whole_configuration(r, r->model->other_speed);
    if (*r->done > DESCRIPTOR_TYPE) {
        r->data[DESCRIPTOR_TYPE] = USB_DESCRIPTOR_OTHER_SPEED;
    }
    return status;
}

static enum usb_status get_descriptor(const struct request *r)
{
    const struct usb_standard_model *model = r->model;
    const unsigned index = r->setup->value & UINT8_MAX;

    switch (r->setup->value >> 8) {
    case USB_DESCRIPTOR_DEVICE:
        return index == 0 ? answer(r, model->device, USB_DEVICE_DESCRIPTOR_BYTES) : USB_STALL;
    case USB_DESCRIPTOR_CONFIGURATION:
        return index == 0 ? whole_configuration(r, model->configuration) : USB_STALL;
    case USB_DESCRIPTOR_STRING: return string_descriptor(r, index);
    case USB_DESCRIPTOR_QUALIFIER: /* 9.6.2: an error tells that there is no other speed */
        if (model->qualifier == NULL) return USB_STALL;
        return answer(r, model->qualifier, USB_QUALIFIER_DESCRIPTOR_BYTES);
    case USB_DESCRIPTOR_OTHER_SPEED: return index == 0 ? other_speed(r) : USB_STALL;
    default: return USB_STALL;
    }
}

/* ---- Configuration and interface (9.4.2, 9.4.4, 9.4.7, 9.4.10) ---- */

static enum usb_status set_configuration(const struct request *r)
{
    struct usb_standard *standard = r->standard;
    const unsigned value = r->setup->value & UINT8_MAX;

    if (value != 0 && value != r->model->configuration[CONFIGURATION_VALUE]) return USB_STALL;
    standard->configuration = (uint8_t)value;
    standard->halted_in = 0; /* 9.4.5 */
    standard->halted_out = 0;
    return USB_OK;
}

static enum usb_status get_interface(const struct request *r)
{
    const uint8_t setting = 0;

    if (!is_configured(r) || r->setup->index != 0) return USB_STALL;
    return answer(r, &setting, sizeof(setting));
}

static enum usb_status set_interface(const struct request *r)
{
    if (!is_configured(r) || r->setup->index != 0 || r->setup->value != 0) return USB_STALL;
    r->standard->halted_in = 0;
    r->standard->halted_out = 0;
    return USB_OK;
}

/* ---- Endpoints ---- */

/* The halt bits that wIndex speaks of; NULL when there is no such endpoint. Endpoint 0 exists but
 * has none: its stall ends with the next SETUP (9.4.5). */
static uint16_t *halted(const struct request *r, unsigned *number)
{
    const bool is_in = (r->setup->index & ENDPOINT_IN) != 0;
    const uint16_t exists = is_in ? r->model->in_endpoints : r->model->out_endpoints;

    *number = r->setup->index & ENDPOINT_NUMBER_MASK;
    if (!is_configured(r) || (exists >> *number & 1) == 0) return NULL;
    return is_in ? &r->standard->halted_in : &r->standard->halted_out;
}

static bool is_endpoint_0(const struct request *r)
{
    return (r->setup->index & UINT8_MAX & ~ENDPOINT_IN) == 0;
}

/* ---- Status (9.4.5) ---- */

static enum usb_status get_status(const struct request *r)
{
    unsigned number;
    const uint16_t *halts;
    uint8_t status[2] = {0, 0};

    switch (r->setup->request_type & USB_REQUEST_RECIPIENT_MASK) {
    case USB_RECIPIENT_DEVICE:
        if ((r->model->configuration[CONFIGURATION_ATTRIBUTES] & USB_ATTRIBUTE_SELF_POWERED) != 0) {
            status[0] |= STATUS_SELF_POWERED;
        }
        if (r->standard->has_remote_wakeup) {
            status[0] |= STATUS_REMOTE_WAKEUP;
        }
        break;
    case USB_RECIPIENT_INTERFACE:
        if (!is_configured(r) || r->setup->index != 0) return USB_STALL;
        break;
    case USB_RECIPIENT_ENDPOINT:
        if (is_endpoint_0(r)) break;
        halts = halted(r, &number);
        if (halts == NULL) return USB_STALL;
        status[0] = *halts >> number & STATUS_HALT;
        break;
    default: return USB_STALL;
    }
    return answer(r, status, sizeof(status));
}

/* ---- Features (9.4.1, 9.4.9) ---- */

static enum usb_status device_feature(const struct request *r, bool is_set)
{
    const uint8_t attributes = r->model->configuration[CONFIGURATION_ATTRIBUTES];

    switch (r->setup->value) {
    case USB_FEATURE_REMOTE_WAKEUP:
        if ((attributes & USB_ATTRIBUTE_REMOTE_WAKEUP) == 0) return USB_STALL;
        r->standard->has_remote_wakeup = is_set;
        return USB_OK;
    case USB_FEATURE_TEST_MODE:
        device_unimplemented(r->device, "test mode", r->setup->index, is_set ? 1 : 0);
        return USB_STALL;
    default: return USB_STALL;
    }
}

static enum usb_status endpoint_feature(const struct request *r, bool is_set)
{
    unsigned number;
    uint16_t *halts;

    if (r->setup->value != USB_FEATURE_ENDPOINT_HALT) return USB_STALL;
    if (is_endpoint_0(r)) return USB_OK;
    halts = halted(r, &number);
    if (halts == NULL) return USB_STALL;
    if (is_set) {
        *halts |= (uint16_t)(1u << number);
    } else {
        *halts &= (uint16_t) ~(1u << number);
    }
    return USB_OK;
}

static enum usb_status feature(const struct request *r, bool is_set)
{
    switch (r->setup->request_type & USB_REQUEST_RECIPIENT_MASK) {
    case USB_RECIPIENT_DEVICE: return device_feature(r, is_set);
    case USB_RECIPIENT_ENDPOINT: return endpoint_feature(r, is_set);
    default: return USB_STALL; /* an interface has no features (9.4.9) */
    }
}

/* ---- All of them ---- */

/* Table 9-3: which way the data stage goes, and to whom. */
static bool is_well_formed(const struct usb_setup *setup)
{
    const unsigned recipient = setup->request_type & USB_REQUEST_RECIPIENT_MASK;
    const bool is_in = (setup->request_type & USB_REQUEST_IN) != 0;

    switch (setup->request) {
    case USB_GET_STATUS: return is_in;
    case USB_CLEAR_FEATURE:
    case USB_SET_FEATURE: return !is_in;
    case USB_GET_DESCRIPTOR:
    case USB_GET_CONFIGURATION: return is_in && recipient == USB_RECIPIENT_DEVICE;
    case USB_SET_CONFIGURATION: return !is_in && recipient == USB_RECIPIENT_DEVICE;
    case USB_GET_INTERFACE: return is_in && recipient == USB_RECIPIENT_INTERFACE;
    case USB_SET_INTERFACE: return !is_in && recipient == USB_RECIPIENT_INTERFACE;
    default: return false; /* SET_DESCRIPTOR and SYNCH_FRAME are optional (9.4.8, 9.4.11) */
    }
}

enum usb_status usb_standard_control(const struct usb_standard_model *model,
                                     struct usb_standard *standard, struct device *device,
                                     const struct usb_setup *setup, uint8_t *data, size_t *done)
{
    const struct request r = {.model = model,
                              .standard = standard,
                              .device = device,
                              .setup = setup,
                              .data = data,
                              .done = done};

    *done = 0;
    if (!is_well_formed(setup)) return USB_STALL;
    switch (setup->request) {
    case USB_GET_STATUS: return get_status(&r);
    case USB_CLEAR_FEATURE: return feature(&r, false);
    case USB_SET_FEATURE: return feature(&r, true);
    case USB_GET_DESCRIPTOR: return get_descriptor(&r);
    case USB_GET_CONFIGURATION:
        return answer(&r, &standard->configuration, sizeof(standard->configuration));
    case USB_SET_CONFIGURATION: return set_configuration(&r);
    case USB_GET_INTERFACE: return get_interface(&r);
    default: return set_interface(&r);
    }
}
