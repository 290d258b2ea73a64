/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SEP's mailbox: registers, messages in, replies out, endpoint 0
 * (docs/hardware/t2-sep.md, "Mailbox").
 *
 * Messages are answered one after the other. Buffers are read and written when the answer is due,
 * so the device holds nothing of a password while time passes. The SEP stops work while there is no
 * room for another reply.
 */
#include <string.h>

#include "devices/apple/t2_sep_internal.h"
#include "emu/base/bits.h"

#define STATUS_COUNT_MAX 15u
#define MESSAGE_TIME     VTIME_US(20)
#define PAGES            (T2_SEP_BUFFER_BYTES >> T2_SEP_PAGE_SHIFT)
#define LAST_PAGE        (UINT32_MAX - PAGES + 1) /* a buffer there ends at 2^44 */
#define ALL              UINT32_MAX
#define HEADER_MASK      (BIT32(T2_SEP_PARAMETER_SHIFT) - 1)

_Static_assert(T2_SEP_REPLIES <= STATUS_COUNT_MAX, "the status register counts the replies");

const struct trace_desc t2_sep_trace_message = {
    .name = "t2_sep_message", .fields = {"endpoint", "operation", "tag", "result"}};

static unsigned endpoint_of(const struct t2_sep_message *message)
{
    return message->word[0] & 0xff;
}

static unsigned operation_of(const struct t2_sep_message *message)
{
    return message->word[0] >> T2_SEP_OPERATION_SHIFT & 0xff;
}

/* ---- Endpoint 0 ---- */

static unsigned set_buffer(struct t2_sep *sep, const struct t2_sep_message *request)
{
    bool is_in = operation_of(request) == T2_SEP_SET_IN;
    struct t2_sep_buffer *buffer = is_in ? &sep->in : &sep->out;
    unsigned endpoint = request->word[0] >> T2_SEP_PARAMETER_SHIFT;

    if (endpoint != T2_SEP_EP_KEYSTORE) {
        device_guest_error(&sep->fn.device, "buffer for an endpoint that takes none", endpoint, 0);
        return T2_SEP_BAD_ENDPOINT;
    }
    if (request->word[2] == 0) {
        *buffer = (struct t2_sep_buffer){.is_set = false};
        return T2_SEP_OK;
    }
    if (request->word[2] != T2_SEP_BUFFER_BYTES || request->word[1] > LAST_PAGE) {
        device_guest_error(&sep->fn.device, "buffer of the wrong size, or beyond 44 bits",
                           request->word[1], request->word[2]);
        return T2_SEP_BAD_ARGUMENT;
    }
    *buffer = (struct t2_sep_buffer){.page = request->word[1], .is_set = true};
    return T2_SEP_OK;
}

static unsigned control(struct t2_sep *sep, const struct t2_sep_message *request,
                        struct t2_sep_message *reply)
{
    switch (operation_of(request)) {
    case T2_SEP_PING:
        reply->word[1] = request->word[1];
        reply->word[2] = request->word[2];
        return T2_SEP_OK;
    case T2_SEP_SET_IN:
    case T2_SEP_SET_OUT: return set_buffer(sep, request);
    default: break;
    }
    device_unimplemented(&sep->fn.device, "SEP control operation", operation_of(request), 0);
    return T2_SEP_BAD_OPERATION;
}

/* ---- Work ---- */

static unsigned answer(struct t2_sep *sep, const struct t2_sep_message *request,
                       struct t2_sep_message *reply)
{
    switch (endpoint_of(request)) {
    case T2_SEP_EP_CONTROL: return control(sep, request, reply);
    case T2_SEP_EP_KEYSTORE: return t2_sep_keystore(sep, request, reply);
    default: break;
    }
    device_unimplemented(&sep->fn.device, "SEP endpoint", endpoint_of(request),
                         operation_of(request));
    return T2_SEP_BAD_ENDPOINT;
}

static bool has_work(const struct t2_sep *sep)
{
    return sep->request_count != 0 && sep->reply_count < T2_SEP_REPLIES;
}

static void start_work(struct t2_sep *sep)
{
    const struct t2_sep_message *first = &sep->requests[0];
    vtime span = MESSAGE_TIME;

    if (!has_work(sep) || event_is_armed(&sep->work)) return;
    if (endpoint_of(first) == T2_SEP_EP_KEYSTORE) {
        span += t2_sep_keystore_time(operation_of(first));
    }
    sched_at(sep->fn.device.env.sched, &sep->work, device_now(&sep->fn.device) + span);
}

static void work_fire(void *owner, vtime when)
{
    struct t2_sep *sep = owner;
    struct t2_sep_message request = sep->requests[0];
    struct t2_sep_message reply = {.word = {0}};
    uint32_t result;

    (void)when;
    if (!has_work(sep)) return;
    sep->request_count--;
    memmove(&sep->requests[0], &sep->requests[1], sizeof(request) * (T2_SEP_REQUESTS - 1));
    memset(&sep->requests[T2_SEP_REQUESTS - 1], 0, sizeof(request));
    result = answer(sep, &request, &reply);
    reply.word[0] = (request.word[0] & HEADER_MASK) | T2_SEP_IS_REPLY << T2_SEP_OPERATION_SHIFT |
                    result << T2_SEP_PARAMETER_SHIFT;
    TRACE(sep->fn.device.env.trace, &sep->fn.device, &t2_sep_trace_message, endpoint_of(&request),
          operation_of(&request), request.word[0] >> T2_SEP_TAG_SHIFT & 0xff, result);
    sep->replies[sep->reply_count++] = reply;
    /* Without MSI there is no interrupt: the function has no pin. */
    (void)pci_message(&sep->fn, 0);
    start_work(sep);
}

/* ---- Registers ---- */

static uint64_t status_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct t2_sep *sep = t2_sep_of(device);

    (void)index, (void)stored;
    return (uint64_t)sep->reply_count << T2_SEP_STATUS_COUNT |
           (sep->request_count == T2_SEP_REQUESTS ? T2_SEP_STATUS_FULL : 0);
}

static uint64_t reply_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)stored;
    return t2_sep_of(device)->replies[0].word[index];
}

static void reply_read(struct device *device, unsigned index, uint64_t value)
{
    struct t2_sep *sep = t2_sep_of(device);

    (void)value;
    if (index != T2_SEP_WORDS - 1 || sep->reply_count == 0) return;
    sep->reply_count--;
    memmove(&sep->replies[0], &sep->replies[1], sizeof(sep->replies[0]) * (T2_SEP_REPLIES - 1));
    memset(&sep->replies[T2_SEP_REPLIES - 1], 0, sizeof(sep->replies[0]));
    start_work(sep);
}

static void send_write(struct device *device, const struct reg_write *write)
{
    struct t2_sep *sep = t2_sep_of(device);

    if (write->index != T2_SEP_WORDS - 1) return;
    if (sep->request_count == T2_SEP_REQUESTS) {
        device_guest_error(device, "message while the mailbox is full", sep->send[0], 0);
        return;
    }
    memcpy(sep->requests[sep->request_count].word, sep->send, sizeof(sep->send));
    sep->request_count++;
    start_work(sep);
}

static const struct reg regs[] = {
    {.name = "STATUS",
     .offset = T2_SEP_STATUS,
     .size = 4,
     REG_UNBACKED,
     .is_quiet = true,
     .get = status_get},
    {.name = "REPLY",
     .offset = T2_SEP_REPLY,
     .size = 4,
     .count = T2_SEP_WORDS,
     .stride = 4,
     REG_UNBACKED,
     .get = reply_get,
     .read = reply_read},
    {.name = "SEND",
     .offset = T2_SEP_SEND,
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct t2_sep, send),
     .rw = ALL,
     .write = send_write},
    {.name = NULL},
};

const struct reg_bank t2_sep_banks[] = {
    {.name = "t2_sep", .regs = regs, .bytes = T2_SEP_BANK_BYTES, .min_access = 4, .max_access = 8},
    {.name = NULL},
};

/* ---- Life ---- */

void t2_sep_mailbox_init(struct t2_sep *sep)
{
    event_init(&sep->work, "work", work_fire, sep);
}

void t2_sep_mailbox_reset(struct t2_sep *sep)
{
    sched_cancel(sep->fn.device.env.sched, &sep->work);
    memset(sep->requests, 0, sizeof(sep->requests));
    memset(sep->replies, 0, sizeof(sep->replies));
    sep->request_count = 0;
    sep->reply_count = 0;
    sep->in = (struct t2_sep_buffer){.is_set = false};
    sep->out = (struct t2_sep_buffer){.is_set = false};
}

bool t2_sep_mailbox_is_sane(const struct t2_sep *sep)
{
    return event_is_armed(&sep->work) == has_work(sep) && sep->in.page <= LAST_PAGE &&
           sep->out.page <= LAST_PAGE;
}
