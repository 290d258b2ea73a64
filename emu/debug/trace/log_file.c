/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of a log as bytes of a file: docs/formats/trace-log.md. What is loaded is checked to the last
 * value, because nobody checks it again.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/base/endian.h"
#include "emu/debug/trace/log_internal.h"

#define HEAD_BYTES       52u
#define TYPE_HEAD_BYTES  8u /* and 4 for each field */
#define CLASS_BYTES      8u
#define TYPE_TEXTS_SHIFT 4 /* in the byte of flags: which values are texts; below: how many */

struct counts {
    uint32_t strings;
    uint32_t types;
    uint32_t classes;
};

/* ---- Saving ---- */

static struct counts counts_before(const struct trace_log *log, size_t index)
{
    struct counts counts = {.strings = 0};

    if (index > 0) {
        const struct log_packet *packet = &log->packets[index - 1];

        counts.strings = packet->strings_end;
        counts.types = packet->types_end;
        counts.classes = packet->classes_end;
    }
    return counts;
}

static size_t packet_size(const struct trace_log *log, size_t index)
{
    const struct counts before = counts_before(log, index);
    const struct log_packet *packet = &log->packets[index];
    size_t bytes = HEAD_BYTES + packet->stored_bytes;

    for (uint32_t i = before.strings; i < packet->strings_end; i++) {
        bytes += 2 + strlen(log->names.strings[i]);
    }
    for (uint32_t i = before.types; i < packet->types_end; i++) {
        bytes += TYPE_HEAD_BYTES + 4u * log->names.types[i]->field_count;
    }
    return bytes + CLASS_BYTES * (packet->classes_end - before.classes);
}

static uint32_t number_of(const struct log_names *names, const char *string)
{
    return log_names_find(names, string, strlen(string));
}

static uint8_t *put_type(const struct log_names *names, const struct trace_type *type, uint8_t *out)
{
    unsigned flags = type->field_count;

    for (unsigned i = 0; i < type->field_count; i++) {
        flags |= (type->is_text[i] ? 1u : 0u) << (TYPE_TEXTS_SHIFT + i);
    }
    le32_put(out, number_of(names, type->name));
    le16_put(out + 4, (uint16_t)type->level);
    le16_put(out + 6, (uint16_t)flags);
    out += TYPE_HEAD_BYTES;
    for (unsigned i = 0; i < type->field_count; i++, out += 4) {
        le32_put(out, number_of(names, type->fields[i]));
    }
    return out;
}

static uint8_t *put_packet(const struct trace_log *log, size_t index, uint8_t *out)
{
    const struct counts before = counts_before(log, index);
    const struct log_packet *packet = &log->packets[index];
    const struct log_names *names = &log->names;

    le32_put(out, (uint32_t)packet_size(log, index));
    le32_put(out + 4, packet->count);
    le64_put(out + 8, packet->first);
    le32_put(out + 16, packet->raw_bytes);
    le32_put(out + 20, packet->stored_bytes);
    le32_put(out + 24, before.strings);
    le32_put(out + 28, packet->strings_end - before.strings);
    le32_put(out + 32, before.types);
    le32_put(out + 36, packet->types_end - before.types);
    le32_put(out + 40, before.classes);
    le32_put(out + 44, packet->classes_end - before.classes);
    le32_put(out + 48, 0);
    out += HEAD_BYTES;
    for (uint32_t i = before.strings; i < packet->strings_end; i++) {
        const size_t length = strlen(names->strings[i]);

        le16_put(out, (uint16_t)length);
        memcpy(out + 2, names->strings[i], length);
        out += 2 + length;
    }
    for (uint32_t i = before.types; i < packet->types_end; i++) {
        out = put_type(names, names->types[i], out);
    }
    for (uint32_t i = before.classes; i < packet->classes_end; i++, out += CLASS_BYTES) {
        le32_put(out, names->classes[i].device);
        le32_put(out + 4, names->classes[i].type);
    }
    memcpy(out, packet->data, packet->stored_bytes);
    return out + packet->stored_bytes;
}

const void *trace_log_save(struct trace_log *log, bool all, uint64_t *cursor, size_t *bytes)
{
    uint8_t *out;

    *bytes = 0;
    free(log->saved);
    log->saved = NULL;
    if (all && !log_close_packet(log)) return NULL;
    if (*cursor >= log->packet_count) return NULL;
    for (size_t i = (size_t)*cursor; i < log->packet_count; i++) {
        *bytes += packet_size(log, i);
    }
    log->saved = malloc(*bytes);
    if (log->saved == NULL) {
        *bytes = 0;
        return NULL;
    }
    out = log->saved;
    for (size_t i = (size_t)*cursor; i < log->packet_count; i++) {
        out = put_packet(log, i, out);
    }
    *cursor = log->packet_count;
    return log->saved;
}

/* ---- Loading ---- */

struct load {
    struct trace_log *log;
    const uint8_t *data;
    size_t bytes; /* left of the packet */
    struct error *err;
};

static int damaged(const struct load *load, const char *what)
{
    return error_host(load->err, "the events are damaged: %s", what);
}

/* The next `bytes`; NULL: there are not so many. */
static const uint8_t *take(struct load *load, size_t bytes)
{
    const uint8_t *data = load->data;

    if (bytes > load->bytes) return NULL;
    load->data += bytes;
    load->bytes -= bytes;
    return data;
}

/* It will be printed. */
static bool is_printable(const uint8_t *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) return false;
    }
    return true;
}

static int load_string(struct load *load)
{
    struct log_names *names = &load->log->names;
    const uint32_t expected = names->string_count;
    const uint8_t *head = take(load, 2);
    const size_t length = head != NULL ? le16_get(head) : 0;
    const uint8_t *text = head != NULL ? take(load, length) : NULL;

    if (text == NULL) return damaged(load, "a word is cut off");
    if (!is_printable(text, length)) return damaged(load, "a word has bytes that are no text");
    if (log_names_add(names, (const char *)text, length) != expected) {
        return damaged(load, "a word is there twice, or one too many");
    }
    return 0;
}

static int load_type(struct load *load)
{
    struct log_names *names = &load->log->names;
    const uint8_t *head = take(load, TYPE_HEAD_BYTES);
    struct trace_type type = {.name = NULL};
    unsigned flags;

    if (head == NULL) return damaged(load, "a type is cut off");
    flags = le16_get(head + 6);
    type.field_count = flags & ((1u << TYPE_TEXTS_SHIFT) - 1);
    if (le32_get(head) >= names->string_count || le16_get(head + 4) > TRACE_LEVEL_UNIMPL ||
        type.field_count > TRACE_ARGS || flags >> (TYPE_TEXTS_SHIFT + type.field_count) != 0) {
        return damaged(load, "a type is impossible");
    }
    type.name = names->strings[le32_get(head)];
    type.level = (enum trace_level)le16_get(head + 4);
    for (unsigned i = 0; i < type.field_count; i++) {
        const uint8_t *field = take(load, 4);

        if (field == NULL || le32_get(field) >= names->string_count) {
            return damaged(load, "a type is impossible");
        }
        type.fields[i] = names->strings[le32_get(field)];
        type.is_text[i] = (flags >> (TYPE_TEXTS_SHIFT + i) & 1u) != 0;
    }
    if (log_names_add_type(names, &type) == LOG_NONE) {
        return damaged(load, "a type is there twice, or one too many");
    }
    return 0;
}

static int load_class(struct load *load)
{
    struct log_names *names = &load->log->names;
    const uint8_t *head = take(load, CLASS_BYTES);
    struct log_class class;

    if (head == NULL) return damaged(load, "a class is cut off");
    class.device = le32_get(head);
    class.type = le32_get(head + 4);
    if (class.device >= names->string_count || class.type >= names->type_count) {
        return damaged(load, "a class is impossible");
    }
    if (log_names_add_class(names, &class) == LOG_NONE) {
        return damaged(load, "a class is there twice, or one too many");
    }
    return 0;
}

static int load_names(struct load *load, const uint8_t *head)
{
    const struct log_names *names = &load->log->names;
    const uint32_t strings = le32_get(head + 28);
    const uint32_t types = le32_get(head + 36);
    const uint32_t classes = le32_get(head + 44);

    if (le32_get(head + 24) != names->string_count || le32_get(head + 32) != names->type_count ||
        le32_get(head + 40) != names->class_count) {
        return damaged(load, "a packet is missing");
    }
    for (uint32_t i = 0; i < strings; i++) {
        if (load_string(load) != 0) return -1;
    }
    for (uint32_t i = 0; i < types; i++) {
        if (load_type(load) != 0) return -1;
    }
    for (uint32_t i = 0; i < classes; i++) {
        if (load_class(load) != 0) return -1;
    }
    return 0;
}

/* Reads a packet through once: everything in it can be shown. */
static int check_events(const struct load *load, const struct log_packet *packet)
{
    struct trace_log *log = load->log;
    const uint8_t *data = log_unpack(packet, log->raw);
    size_t used = 0;

    if (data == NULL) return damaged(load, "a packet cannot be unpacked");
    if (!log_codec_begin(&log->codec, packet->first, packet->classes_end)) {
        return error_host(load->err, "out of memory");
    }
    for (uint32_t i = 0; i < packet->count; i++) {
        struct log_event event;
        const size_t bytes = log_codec_get(&log->codec, data + used, packet->raw_bytes - used,
                                           packet->classes_end, &event);

        if (bytes == 0 || !log_event_is_good(&log->names, &event, packet->strings_end)) {
            return damaged(load, "an event is impossible");
        }
        used += bytes;
    }
    return used == packet->raw_bytes ? 0 : damaged(load, "a packet is longer than its events");
}

static int check_head(const struct load *load, const struct log_packet *packet)
{
    const uint64_t last = log_last(load->log);

    if (packet->count == 0 || packet->count > LOG_PACKET_EVENTS ||
        packet->raw_bytes > LOG_PACKET_BYTES || packet->stored_bytes > packet->raw_bytes) {
        return damaged(load, "a packet is impossible");
    }
    if (packet->first == 0 || packet->first > INT64_MAX ||
        (last != 0 && packet->first != last + 1)) {
        return damaged(load, "a packet is missing");
    }
    return 0;
}

static int load_packet(struct load *load)
{
    struct trace_log *log = load->log;
    const uint8_t *head = take(load, HEAD_BYTES);
    struct log_packet packet;

    if (head == NULL) return damaged(load, "a packet is cut off");
    packet = (struct log_packet){
        .first = le64_get(head + 8),
        .count = le32_get(head + 4),
        .raw_bytes = le32_get(head + 16),
        .stored_bytes = le32_get(head + 20),
    };
    if (check_head(load, &packet) != 0 || load_names(load, head) != 0) return -1;
    packet.strings_end = log->names.string_count;
    packet.types_end = log->names.type_count;
    packet.classes_end = log->names.class_count;
    if (load->bytes != packet.stored_bytes) return damaged(load, "a packet has another length");
    packet.data = (uint8_t *)load->data;
    if (check_events(load, &packet) != 0) return -1;
    packet.data = malloc(packet.stored_bytes);
    if (packet.data == NULL || !log_reserve_packet(log)) {
        free(packet.data);
        return error_host(load->err, "out of memory");
    }
    memcpy(packet.data, load->data, packet.stored_bytes);
    log->packets[log->packet_count] = packet;
    log->packet_count++;
    log->packet_bytes += packet.stored_bytes;
    return 0;
}

int trace_log_load(struct trace_log *log, const void *data, size_t bytes, struct error *err)
{
    const uint8_t *at = data;
    size_t left = bytes;

    if (!log_close_packet(log)) return error_host(err, "out of memory");
    while (left > 0) {
        const uint32_t length = left >= 4 ? le32_get(at) : 0;
        struct load load = {.log = log, .data = at, .bytes = length, .err = err};

        if (length < HEAD_BYTES || length > left) return damaged(&load, "a packet is cut off");
        if (load_packet(&load) != 0) return -1;
        at += length;
        left -= length;
    }
    return 0;
}
