/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks packets and the events in them; whoever uses offsets from here need not check again. */
#include <assert.h>
#include <string.h>

#include "emu/base/endian.h"
#include "emu/debug/trace/ctf_internal.h"

/* The offsets of events are 16 bits. */
static_assert(CTF_PACKET_BYTES <= UINT16_MAX + 1u, "an offset in a packet must fit");

const char *ctf_packet_parse(const uint8_t start[CTF_PACKET_LEAST_BYTES], uint64_t number,
                             uint64_t left, const struct ctf_packet *before,
                             struct ctf_packet *packet)
{
    const uint64_t bits = le64_get(start + CTF_PACKET_CONTENT_BITS);

    packet->first = le64_get(start + CTF_PACKET_HEADER_BYTES + CTF_EVENT_SEQ);
    packet->begin = le64_get(start + CTF_PACKET_BEGIN);
    packet->end = le64_get(start + CTF_PACKET_END);
    if (le32_get(start + CTF_PACKET_MAGIC) != CTF_MAGIC) return "it does not begin like a packet";
    if (le32_get(start + CTF_PACKET_STREAM) != 0) return "it belongs to another stream";
    if (le64_get(start + CTF_PACKET_NUMBER) != number) return "its number is wrong";
    if (bits != le64_get(start + CTF_PACKET_PACKET_BITS) || bits % 8 != 0 ||
        bits / 8 > CTF_PACKET_BYTES || bits / 8 < CTF_PACKET_LEAST_BYTES) {
        return "its size is wrong";
    }
    if (bits / 8 > left) return "the file ends in it";
    packet->bytes = (uint32_t)(bits / 8);
    if (packet->first == 0) return "the number of its first event is wrong";
    if (packet->begin > packet->end) return "its times are wrong";
    if (before == NULL) return NULL;
    if (packet->first <= before->first || packet->begin < before->end) {
        return "it is older than the one before it";
    }
    return NULL;
}

/* A walk through the events of a packet. */
struct walk {
    const uint8_t *data;
    uint32_t bytes;
    uint32_t at;
    uint64_t seq; /* of the event before; 0: none */
    uint64_t when;
};

/* Goes past the fields of an event. */
static const char *walk_fields(struct walk *walk, const struct trace_type *type)
{
    for (unsigned i = 0; i < type->field_count; i++) {
        const uint32_t left = walk->bytes - walk->at;
        const uint8_t *zero;

        if (!type->is_text[i]) {
            if (left < 8) return "an event is cut off";
            walk->at += 8;
            continue;
        }
        zero = memchr(walk->data + walk->at, 0, left < CTF_TEXT_BYTES ? left : CTF_TEXT_BYTES);
        if (zero == NULL) return "a text does not end";
        walk->at = (uint32_t)(zero - walk->data) + 1;
    }
    return NULL;
}

static const char *walk_event(struct walk *walk, const struct ctf_classes *classes)
{
    const uint8_t *event = walk->data + walk->at;
    const struct ctf_class *class;
    uint64_t seq;
    uint64_t when;

    if (walk->bytes - walk->at < CTF_EVENT_HEADER_BYTES) return "an event is cut off";
    if (le16_get(event + CTF_EVENT_CLASS) >= classes->count) return "an event is of no known kind";
    class = classes->items[le16_get(event + CTF_EVENT_CLASS)];
    if (le16_get(event + CTF_EVENT_DEVICE) != class->device) return "an event's device is wrong";
    seq = le64_get(event + CTF_EVENT_SEQ);
    when = le64_get(event + CTF_EVENT_WHEN);
    if (seq <= walk->seq || when < walk->when) return "events are not in order";
    if (le64_get(event + CTF_EVENT_CAUSE) >= seq) return "an event's cause is later than itself";
    walk->seq = seq;
    walk->when = when;
    walk->at += CTF_EVENT_HEADER_BYTES;
    return walk_fields(walk, &class->type);
}

const char *ctf_packet_index(const struct ctf_packet *packet, const uint8_t *data, uint64_t limit,
                             const struct ctf_classes *classes, struct ctf_index *index)
{
    struct walk walk = {.data = data, .bytes = packet->bytes, .at = CTF_PACKET_HEADER_BYTES};

    index->count = 0;
    while (walk.at < packet->bytes) {
        const char *wrong;

        index->offsets[index->count] = (uint16_t)walk.at;
        wrong = walk_event(&walk, classes);
        if (wrong != NULL) return wrong;
        if (index->count == 0 && (walk.seq != packet->first || walk.when != packet->begin)) {
            return "its first event is not the one that was promised";
        }
        index->count++;
    }
    if (walk.when != packet->end) return "its last event is not the one that was promised";
    return walk.seq < limit ? NULL : "its events are later than those of the next packet";
}
