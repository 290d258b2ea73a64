/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Endpoint 7 of the SEP: the keystore (docs/hardware/t2-sep.md, "Keystore").
 *
 * Passwords are read from software's buffer into this stack frame, overwritten in the buffer, tried
 * and wiped. Lengths are checked first; what is refused for them is no try.
 */
#include <string.h>

#include "devices/apple/t2_sep_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

/* One try takes about 80 ms (Apple Platform Security, "Passcodes and passwords"); to change is to
 * try once and to stretch once. Erasing replaces keys in the T2's own flash. */
#define TRY_TIME    VTIME_MS(80)
#define CHANGE_TIME (2 * TRY_TIME)
#define ERASE_TIME  VTIME_MS(10)

#define LENGTH_MASK 0xffffu
#define TEXT_BYTES  (T2_SEP_NEW_AT + SEP_PASSWORD_MAX)

vtime t2_sep_keystore_time(unsigned operation)
{
    switch (operation) {
    case T2_SEP_UNLOCK: return TRY_TIME;
    case T2_SEP_CHANGE: return CHANGE_TIME;
    case T2_SEP_ERASE: return ERASE_TIME;
    default: return 0;
    }
}

static uint64_t address_of(const struct t2_sep_buffer *buffer)
{
    return (uint64_t)buffer->page << T2_SEP_PAGE_SHIFT;
}

/* Takes `bytes` bytes at `at` of the in buffer and leaves zeros there. */
static unsigned take_text(struct t2_sep *sep, uint32_t at, uint8_t *text, size_t bytes)
{
    static const uint8_t zeros[SEP_PASSWORD_MAX];
    uint64_t address = address_of(&sep->in) + at;

    if (bytes == 0) return T2_SEP_OK;
    if (pci_dma_read(&sep->fn, address, text, bytes) != DMA_OK) return T2_SEP_DMA_ABORT;
    return pci_dma_write(&sep->fn, address, zeros, bytes) == DMA_OK ? T2_SEP_OK : T2_SEP_DMA_ABORT;
}

/* For both operations with passwords: lengths, and a buffer if there is something in it. */
static unsigned check_text(struct t2_sep *sep, size_t old_bytes, size_t now_bytes)
{
    if (old_bytes > SEP_PASSWORD_MAX || now_bytes > SEP_PASSWORD_MAX ||
        (old_bytes == 0 && sep->record.has_password)) {
        device_guest_error(&sep->fn.device, "length of a password", old_bytes, now_bytes);
        return T2_SEP_BAD_ARGUMENT;
    }
    if (old_bytes + now_bytes != 0 && !sep->in.is_set) {
        device_guest_error(&sep->fn.device, "password without a buffer", old_bytes, now_bytes);
        return T2_SEP_NO_BUFFER;
    }
    return T2_SEP_OK;
}

static unsigned unlock(struct t2_sep *sep, const struct t2_sep_message *request)
{
    uint8_t text[SEP_PASSWORD_MAX];
    const struct sep_password password = {.data = text, .bytes = request->word[1]};
    unsigned result = check_text(sep, password.bytes, 0);

    if (result != T2_SEP_OK) return result;
    result = take_text(sep, 0, text, password.bytes);
    if (result == T2_SEP_OK) {
        result = t2_sep_volume_unlock(sep, &password);
    }
    key_wipe(text, sizeof(text));
    return result;
}

static unsigned change(struct t2_sep *sep, const struct t2_sep_message *request)
{
    uint8_t text[TEXT_BYTES];
    const struct sep_password old = {.data = text, .bytes = request->word[1] & LENGTH_MASK};
    const struct sep_password now = {.data = text + T2_SEP_NEW_AT,
                                     .bytes = request->word[1] >> T2_SEP_LENGTH_SHIFT};
    unsigned result = check_text(sep, old.bytes, now.bytes);

    if (result != T2_SEP_OK) return result;
    result = take_text(sep, 0, text, old.bytes);
    if (result == T2_SEP_OK) {
        result = take_text(sep, T2_SEP_NEW_AT, text + T2_SEP_NEW_AT, now.bytes);
    }
    if (result == T2_SEP_OK) {
        result = t2_sep_volume_change(sep, &old, &now);
    }
    key_wipe(text, sizeof(text));
    return result;
}

/* Only for who knows the counter: not by a message that was meant for something else, nor twice. */
static unsigned erase(struct t2_sep *sep, const struct t2_sep_message *request)
{
    uint64_t counter = request->word[1] | (uint64_t)request->word[2] << 32;

    if (counter != sep->record.counter) {
        device_guest_error(&sep->fn.device, "erase with a counter that is not the present one",
                           counter, sep->record.counter);
        return T2_SEP_BAD_ARGUMENT;
    }
    return t2_sep_volume_erase(sep);
}

static void get_status(const struct t2_sep *sep, struct t2_sep_message *reply)
{
    const struct sep_record *record = &sep->record;

    reply->word[1] = (record->has_volume ? T2_SEP_HAS_VOLUME : 0) |
                     (record->has_password ? T2_SEP_HAS_PASSWORD : 0) |
                     (sep->is_unlocked ? T2_SEP_IS_UNLOCKED : 0) |
                     (record->failures >= SEP_FAILURES_MAX ? T2_SEP_IS_DISABLED : 0);
    reply->word[2] = record->failures;
}

static unsigned get_id(struct t2_sep *sep, struct t2_sep_message *reply)
{
    uint8_t id[T2_SEP_ID_BYTES];

    if (!sep->out.is_set) {
        device_guest_error(&sep->fn.device, "identity without a buffer", 0, 0);
        return T2_SEP_NO_BUFFER;
    }
    memcpy(id, sep->record.volume_id, SEP_ID_BYTES);
    le64_put(id + T2_SEP_ID_ECID, sep->record.ecid);
    le64_put(id + T2_SEP_ID_COUNTER, sep->record.counter);
    if (pci_dma_write(&sep->fn, address_of(&sep->out), id, sizeof(id)) != DMA_OK) {
        return T2_SEP_DMA_ABORT;
    }
    reply->word[1] = sizeof(id);
    return T2_SEP_OK;
}

static unsigned operate(struct t2_sep *sep, const struct t2_sep_message *request,
                        struct t2_sep_message *reply)
{
    unsigned operation = request->word[0] >> T2_SEP_OPERATION_SHIFT & 0xff;

    switch (operation) {
    case T2_SEP_GET_STATUS: get_status(sep, reply); return T2_SEP_OK;
    case T2_SEP_UNLOCK: return unlock(sep, request);
    case T2_SEP_LOCK: t2_sep_volume_lock(sep); return T2_SEP_OK;
    case T2_SEP_CHANGE: return change(sep, request);
    case T2_SEP_ERASE: return erase(sep, request);
    case T2_SEP_GET_COUNT:
        reply->word[1] = (uint32_t)sep->record.counter;
        reply->word[2] = (uint32_t)(sep->record.counter >> 32);
        return T2_SEP_OK;
    case T2_SEP_GET_DELAY:
        reply->word[1] = t2_sep_volume_delay(sep);
        reply->word[2] = t2_sep_volume_tries(sep);
        return T2_SEP_OK;
    case T2_SEP_GET_ID: return get_id(sep, reply);
    default: break;
    }
    device_unimplemented(&sep->fn.device, "SEP keystore operation", operation, request->word[1]);
    return T2_SEP_BAD_OPERATION;
}

unsigned t2_sep_keystore(struct t2_sep *sep, const struct t2_sep_message *request,
                         struct t2_sep_message *reply)
{
    unsigned result = operate(sep, request, reply);

    if (result == T2_SEP_WRONG || result == T2_SEP_DELAYED) {
        reply->word[1] = t2_sep_volume_delay(sep);
        reply->word[2] = t2_sep_volume_tries(sep);
    }
    return result;
}
