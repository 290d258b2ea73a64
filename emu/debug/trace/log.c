/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log of events in host memory: packets of some thousand events, each packed against the one before and,
 * when the packet is whole, compressed. A reader's packet is unpacked into one of a few slots, so walking
 * along costs little and jumping about a packet each time.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "emu/debug/trace/log_internal.h"

#define FIRST_ROOM 64u

/* The fastest: it is done while a machine runs. */
#define ZLIB_LEVEL 1

struct trace_log *trace_log_create(void)
{
    struct trace_log *log = calloc(1, sizeof(*log));

    if (log == NULL) return NULL;
    for (unsigned i = 0; i < LOG_SLOTS; i++) {
        log->slots[i].packet = LOG_NO_PACKET;
    }
    log->raw = malloc(LOG_PACKET_BYTES);
    log->open.data = malloc(LOG_PACKET_BYTES + LOG_EVENT_BYTES_MAX);
    if (log->raw == NULL || log->open.data == NULL) {
        trace_log_destroy(log);
        return NULL;
    }
    return log;
}

void trace_log_destroy(struct trace_log *log)
{
    if (log == NULL) return;
    for (size_t i = 0; i < log->packet_count; i++) {
        free(log->packets[i].data);
    }
    for (unsigned i = 0; i < LOG_SLOTS; i++) {
        log_codec_release(&log->slots[i].codec);
        free(log->slots[i].items);
    }
    log_codec_release(&log->codec);
    log_names_release(&log->names);
    free(log->packets);
    free(log->open.data);
    free(log->raw);
    free(log->saved);
    free(log);
}

uint64_t trace_log_bytes(const struct trace_log *log)
{
    return sizeof(*log) + log->names.bytes + log->packet_bytes +
           log->packet_room * sizeof(*log->packets) + LOG_PACKET_BYTES * 2u;
}

/* ---- Packets ---- */

uint64_t log_last(const struct trace_log *log)
{
    const struct log_packet *packet = &log->open;

    if (packet->count == 0 && log->packet_count > 0) {
        packet = &log->packets[log->packet_count - 1];
    }
    return packet->count == 0 ? 0 : packet->first + packet->count - 1;
}

static uint64_t first_of(const struct trace_log *log)
{
    if (log->packet_count > 0) return log->packets[0].first;
    return log->open.count > 0 ? log->open.first : 1;
}

bool log_reserve_packet(struct trace_log *log)
{
    const size_t room = log->packet_room == 0 ? FIRST_ROOM : log->packet_room * 2;
    struct log_packet *packets;

    if (log->packet_count < log->packet_room) return true;
    packets = realloc(log->packets, room * sizeof(*packets));
    if (packets == NULL) return false;
    log->packets = packets;
    log->packet_room = room;
    return true;
}

/* The open packet's bytes, compressed when that is worth it. NULL: no memory. */
static uint8_t *pack(const struct trace_log *log, uint32_t *bytes)
{
    uLongf packed = log->open.raw_bytes - log->open.raw_bytes / 8;
    uint8_t *data;

    *bytes = log->open.raw_bytes;
    if (compress2(log->raw, &packed, log->open.data, log->open.raw_bytes, ZLIB_LEVEL) == Z_OK) {
        *bytes = (uint32_t)packed;
    }
    data = malloc(*bytes);
    if (data == NULL) return NULL;
    memcpy(data, *bytes < log->open.raw_bytes ? log->raw : log->open.data, *bytes);
    return data;
}

bool log_close_packet(struct trace_log *log)
{
    struct log_packet packet = log->open;

    if (packet.count == 0) return true;
    if (!log_reserve_packet(log)) return false;
    packet.data = pack(log, &packet.stored_bytes);
    if (packet.data == NULL) return false;
    packet.strings_end = log->names.string_count;
    packet.types_end = log->names.type_count;
    packet.classes_end = log->names.class_count;
    log->packets[log->packet_count] = packet;
    log->packet_count++;
    log->packet_bytes += packet.stored_bytes;
    log->open.count = 0;
    log->open.raw_bytes = 0;
    return true;
}

const uint8_t *log_unpack(const struct log_packet *packet, uint8_t raw[LOG_PACKET_BYTES])
{
    uLongf bytes = LOG_PACKET_BYTES;

    if (packet->stored_bytes == packet->raw_bytes) return packet->data;
    if (uncompress(raw, &bytes, packet->data, packet->stored_bytes) != Z_OK) return NULL;
    return bytes == packet->raw_bytes ? raw : NULL;
}

/* ---- Appending ---- */

/* Numbers for what the record points to. */
static bool pack_record(struct trace_log *log, const struct trace_record *record,
                        struct log_event *event)
{
    const struct trace_type *type;

    *event = (struct log_event){
        .seq = record->seq,
        .cause = record->cause,
        .when = record->when,
        .pc = record->pc,
        .class_id = log_names_class(&log->names, record, true),
        .core = record->core,
    };
    if (event->class_id == LOG_NONE) return false;
    type = log->names.types[log->names.classes[event->class_id].type];
    for (unsigned i = 0; i < type->field_count; i++) {
        event->args[i] = record->args[i];
        if (type->is_text[i]) {
            const char *text = (const char *)(uintptr_t)record->args[i];
            const uint32_t id = log_names_add(&log->names, text, strlen(text));

            if (id == LOG_NONE) return false;
            event->args[i] = id;
        }
    }
    return log_codec_reserve(&log->codec, log->names.class_count);
}

bool trace_log_append(struct trace_log *log, const struct trace_record *record)
{
    const uint64_t last = log_last(log);
    struct log_packet *open = &log->open;
    struct log_event event;

    if (record->seq == 0 || (last != 0 && record->seq != last + 1)) return false;
    if (!pack_record(log, record, &event)) return false;
    if (open->count == LOG_PACKET_EVENTS ||
        open->raw_bytes + LOG_EVENT_BYTES_MAX > LOG_PACKET_BYTES) {
        if (!log_close_packet(log)) return false;
    }
    if (open->count == 0) {
        if (!log_codec_begin(&log->codec, event.seq, log->names.class_count)) return false;
        open->first = event.seq;
    }
    open->raw_bytes += (uint32_t)log_codec_put(&log->codec, &event, open->data + open->raw_bytes);
    open->count++;
    return true;
}

/* ---- Reading ---- */

bool log_event_is_good(const struct log_names *names, const struct log_event *event,
                       uint32_t strings)
{
    const struct trace_type *type = names->types[names->classes[event->class_id].type];

    for (unsigned i = 0; i < type->field_count; i++) {
        if (type->is_text[i] && event->args[i] >= strings) return false;
    }
    return true;
}

static void unpack_event(const struct log_names *names, const struct log_event *event,
                         struct trace_item *item)
{
    const struct log_class *class = &names->classes[event->class_id];
    const struct trace_type *type = names->types[class->type];

    *item = (struct trace_item){
        .seq = event->seq,
        .cause = event->cause,
        .when = event->when,
        .pc = event->pc,
        .core = event->core,
        .device = names->strings[class->device],
        .type = type,
    };
    for (unsigned i = 0; i < type->field_count; i++) {
        if (type->is_text[i]) {
            item->texts[i] = names->strings[event->args[i]];
        } else {
            item->args[i] = event->args[i];
        }
    }
}

/* Reads on in a packet until its slot has `count` events. False: damaged. */
static bool slot_read(struct trace_log *log, struct log_slot *slot, const struct log_packet *packet,
                      const uint8_t *data, uint32_t count)
{
    const struct log_names *names = &log->names;

    if (!log_codec_reserve(&slot->codec, names->class_count)) return false;
    while (slot->count < count) {
        struct log_event event;
        const size_t used =
            log_codec_get(&slot->codec, data + slot->used, packet->raw_bytes - slot->used,
                          names->class_count, &event);

        if (used == 0 || !log_event_is_good(names, &event, names->string_count)) return false;
        unpack_event(names, &event, &slot->items[slot->count]);
        slot->used += used;
        slot->count++;
    }
    return true;
}

static bool slot_begin(struct trace_log *log, struct log_slot *slot, size_t index, uint64_t first)
{
    slot->packet = LOG_NO_PACKET;
    if (slot->items == NULL) {
        slot->items = malloc(LOG_PACKET_EVENTS * sizeof(*slot->items));
    }
    if (slot->items == NULL) return false;
    if (!log_codec_begin(&slot->codec, first, log->names.class_count)) return false;
    slot->packet = index;
    slot->used = 0;
    slot->count = 0;
    return true;
}

/* Fills a slot with a packet: the whole, or of the open one what has come so far. */
static bool slot_fill(struct trace_log *log, struct log_slot *slot, size_t index)
{
    const bool is_open = index == log->packet_count;
    const struct log_packet *packet = is_open ? &log->open : &log->packets[index];
    const uint8_t *data = packet->data;

    if (slot->packet == index && slot->count == packet->count) return true;
    if (slot->packet != index || !is_open) {
        if (!slot_begin(log, slot, index, packet->first)) return false;
    }
    if (!is_open) {
        data = log_unpack(packet, log->raw);
    }
    if (data == NULL || !slot_read(log, slot, packet, data, packet->count)) {
        slot->packet = LOG_NO_PACKET;
        return false;
    }
    return true;
}

static size_t packet_of(const struct trace_log *log, uint64_t seq)
{
    size_t low = 0;
    size_t high = log->packet_count;

    if (log->open.count > 0 && seq >= log->open.first) return log->packet_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if (log->packets[middle].first <= seq) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The slot that has a packet, or the one that was asked for least recently. */
static struct log_slot *slot_of(struct trace_log *log, size_t index)
{
    struct log_slot *oldest = &log->slots[0];

    for (unsigned i = 0; i < LOG_SLOTS; i++) {
        if (log->slots[i].packet == index) return &log->slots[i];
        if (log->slots[i].asked < oldest->asked) {
            oldest = &log->slots[i];
        }
    }
    return oldest;
}

/* An event that there is; NULL: no memory, or damaged. */
static const struct trace_item *find(struct trace_log *log, uint64_t seq)
{
    struct log_slot *slot = log->last_slot;
    size_t index;

    if (slot != NULL && slot->packet != LOG_NO_PACKET && seq >= slot->items[0].seq &&
        seq - slot->items[0].seq < slot->count) {
        return &slot->items[seq - slot->items[0].seq];
    }
    index = packet_of(log, seq);
    slot = slot_of(log, index);
    log->questions++;
    slot->asked = log->questions;
    if (!slot_fill(log, slot, index)) return NULL;
    log->last_slot = slot;
    return &slot->items[seq - slot->items[0].seq];
}

static void items_range(void *ctx, uint64_t *first, uint64_t *last)
{
    const struct trace_log *log = ctx;

    *first = first_of(log);
    *last = log_last(log);
}

static bool items_get(void *ctx, uint64_t seq, struct trace_item *item)
{
    struct trace_log *log = ctx;
    const struct trace_item *found;

    if (seq < first_of(log) || seq > log_last(log)) return false;
    found = find(log, seq);
    if (found == NULL) return false;
    *item = *found;
    return true;
}

struct trace_items trace_log_items(struct trace_log *log)
{
    return (struct trace_items){.ctx = log, .range = items_range, .get = items_get};
}

bool trace_log_agrees(struct trace_log *log, const struct trace_record *record)
{
    const struct trace_item *item;
    const struct log_class *class;
    uint32_t class_id;

    if (record->seq > log_last(log)) return true;
    if (record->seq < first_of(log)) return false;
    item = find(log, record->seq);
    if (item == NULL) return false;
    if (item->when != record->when || item->pc != record->pc) return false;
    if (item->cause != record->cause || item->core != record->core) return false;
    class_id = log_names_class(&log->names, record, false);
    if (class_id == LOG_NONE) return false;
    class = &log->names.classes[class_id];
    if (item->device != log->names.strings[class->device]) return false;
    if (item->type != log->names.types[class->type]) return false;
    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (!item->type->is_text[i]) {
            if (item->args[i] != record->args[i]) return false;
        } else if (strcmp(item->texts[i], (const char *)(uintptr_t)record->args[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- Cutting ---- */

/* The packet becomes the open one, with its first `count` events. */
static void reopen(struct trace_log *log, const struct log_packet *packet, uint32_t count)
{
    const uint8_t *data = log_unpack(packet, log->raw);
    struct log_packet open = *packet;
    struct log_event event;
    size_t used = 0;

    open.data = log->open.data;
    open.count = 0;
    if (data != NULL && log_codec_begin(&log->codec, packet->first, log->names.class_count)) {
        for (; open.count < count; open.count++) {
            used += log_codec_get(&log->codec, data + used, packet->raw_bytes - used,
                                  log->names.class_count, &event);
        }
        if (data != open.data) {
            memcpy(open.data, data, used);
        }
    }
    open.raw_bytes = (uint32_t)used;
    log->open = open;
}

void trace_log_cut(struct trace_log *log, uint64_t last)
{
    size_t index;

    if (last >= log_last(log)) return;
    for (unsigned i = 0; i < LOG_SLOTS; i++) {
        log->slots[i].packet = LOG_NO_PACKET;
    }
    log->last_slot = NULL;
    if (last < first_of(log)) {
        index = 0;
        log->open.count = 0;
        log->open.raw_bytes = 0;
    } else {
        index = packet_of(log, last);
        if (index == log->packet_count) {
            log->open.stored_bytes = log->open.raw_bytes;
            reopen(log, &log->open, (uint32_t)(last - log->open.first + 1));
        } else {
            reopen(log, &log->packets[index], (uint32_t)(last - log->packets[index].first + 1));
        }
    }
    for (size_t i = index; i < log->packet_count; i++) {
        log->packet_bytes -= log->packets[i].stored_bytes;
        free(log->packets[i].data);
    }
    if (index < log->packet_count) {
        log->packet_count = index;
    }
}
