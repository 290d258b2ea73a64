/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the bytes of blobs are: raw in the segment that is being filled and in those that were used last,
 * packed (zlib, fast) in memory, or packed in a file. A segment whose blobs are mostly dropped gives the rest to the one that is being
 * filled.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/debug/replay/blobs_internal.h"

#define COMPRESSION 1
/* Larger ones are segments of their own. */
#define SHARING_MAX (BLOBS_SEGMENT_BYTES / 4)
/* zlib never makes more of its input; files that say so lie. */
#define RATIO_MAX 1040u

/* ---- Segments ---- */

uint32_t blobs_new_segment(struct blobs *blobs)
{
    while (blobs->free_hint < blobs->segment_count && blobs->segment[blobs->free_hint].is_used) {
        blobs->free_hint++;
    }
    if (blobs->free_hint == blobs->segment_room) {
        const uint32_t room = blobs->segment_room == 0 ? 64 : blobs->segment_room * 2;
        struct segment *segments;

        if (room <= blobs->segment_room) return BLOBS_NO_SEGMENT;
        segments = realloc(blobs->segment, room * sizeof(*segments));
        if (segments == NULL) return BLOBS_NO_SEGMENT;
        blobs->segment = segments;
        blobs->segment_room = room;
    }
    if (blobs->free_hint == blobs->segment_count) {
        blobs->segment_count++;
    }
    blobs->segment[blobs->free_hint] = (struct segment){.is_used = true};
    return blobs->free_hint;
}

static void free_raw(struct blobs *blobs, struct segment *segment)
{
    if (segment->raw != NULL) {
        blobs->raw_total -= segment->raw_bytes;
    }
    free(segment->raw);
    segment->raw = NULL;
}

static void free_segment(struct blobs *blobs, uint32_t number)
{
    struct segment *segment = &blobs->segment[number];

    if (segment->packed != NULL) {
        blobs->packed_total -= segment->packed_bytes;
    }
    free(segment->packed);
    free_raw(blobs, segment);
    *segment = (struct segment){.is_used = false};
    if (number < blobs->free_hint) {
        blobs->free_hint = number;
    }
}

void blobs_link(struct blobs *blobs, uint32_t number, uint32_t to, uint32_t offset)
{
    struct segment *segment = &blobs->segment[to];
    struct blob *blob = &blobs->blob[number];

    blob->segment = to;
    blob->offset = offset;
    blob->next = 0;
    blob->previous = segment->last;
    if (segment->last == 0) {
        segment->first = number;
    } else {
        blobs->blob[segment->last].next = number;
    }
    segment->last = number;
    segment->blob_count++;
    segment->live_bytes += blob->bytes;
}

static void unlink_blob(struct blobs *blobs, uint32_t number)
{
    const struct blob *blob = &blobs->blob[number];
    struct segment *segment = &blobs->segment[blob->segment];

    if (blob->previous == 0) {
        segment->first = blob->next;
    } else {
        blobs->blob[blob->previous].next = blob->next;
    }
    if (blob->next == 0) {
        segment->last = blob->previous;
    } else {
        blobs->blob[blob->next].previous = blob->previous;
    }
    segment->blob_count--;
    segment->live_bytes -= blob->bytes;
}

/* ---- Packing ---- */

static bool pack(struct blobs *blobs, struct segment *segment)
{
    uLongf packed_bytes = compressBound(segment->raw_bytes);
    uint8_t *packed = malloc(packed_bytes);
    uint8_t *fitted;

    if (packed == NULL) return false;
    if (compress2(packed, &packed_bytes, segment->raw, segment->raw_bytes, COMPRESSION) != Z_OK) {
        free(packed);
        return false;
    }
    fitted = realloc(packed, packed_bytes);
    segment->packed = fitted == NULL ? packed : fitted;
    segment->packed_bytes = (uint32_t)packed_bytes;
    blobs->packed_total += packed_bytes;
    return true;
}

/* The raw segment that nobody has used for the longest time; NULL: there is none. */
static struct segment *find_oldest(struct blobs *blobs)
{
    struct segment *oldest = NULL;

    for (uint32_t i = 0; i < blobs->segment_count; i++) {
        struct segment *segment = &blobs->segment[i];

        if (segment->raw == NULL || i == blobs->pinned) continue;
        if (oldest == NULL || segment->used < oldest->used) {
            oldest = segment;
        }
    }
    return oldest;
}

/* As long as memory can be had for packing; else they stay as they are. */
static void keep_room(struct blobs *blobs, uint64_t room)
{
    while (blobs->raw_total > room) {
        struct segment *oldest = find_oldest(blobs);

        if (oldest == NULL) return;
        if (oldest->packed == NULL && oldest->offset == 0 && !pack(blobs, oldest)) return;
        free_raw(blobs, oldest);
    }
}

/* `raw` is the segment's from now on. */
static void take_raw(struct blobs *blobs, struct segment *segment, uint8_t *raw)
{
    segment->raw = raw;
    segment->used = ++blobs->clock;
    blobs->raw_total += segment->raw_bytes;
}

void blobs_set_room(struct blobs *blobs, uint64_t bytes)
{
    blobs->raw_room = bytes;
    keep_room(blobs, blobs->raw_room);
}

bool blobs_finish(struct blobs *blobs)
{
    const uint32_t open = blobs->open;
    struct segment *segment;
    uint8_t *fitted;

    if (open == BLOBS_NO_SEGMENT) return true;
    segment = &blobs->segment[open];
    blobs->open = BLOBS_NO_SEGMENT;
    if (segment->blob_count == 0) {
        free_segment(blobs, open);
        return true;
    }
    fitted = realloc(blobs->filling, segment->raw_bytes);
    take_raw(blobs, segment, fitted == NULL ? blobs->filling : fitted);
    blobs->filling = NULL;
    keep_room(blobs, blobs->raw_room);
    return true;
}

static bool open_segment(struct blobs *blobs, size_t bytes)
{
    if (blobs->open != BLOBS_NO_SEGMENT &&
        blobs->segment[blobs->open].raw_bytes + bytes > BLOBS_SEGMENT_BYTES &&
        !blobs_finish(blobs)) {
        return false;
    }
    if (blobs->filling == NULL) {
        blobs->filling = malloc(BLOBS_SEGMENT_BYTES);
    }
    if (blobs->filling == NULL) return false;
    if (blobs->open == BLOBS_NO_SEGMENT) {
        blobs->open = blobs_new_segment(blobs);
    }
    return blobs->open != BLOBS_NO_SEGMENT;
}

static bool place_alone(struct blobs *blobs, uint32_t blob, const void *data)
{
    const uint32_t bytes = blobs->blob[blob].bytes;
    const uint32_t number = blobs_new_segment(blobs);
    uint8_t *raw;

    if (number == BLOBS_NO_SEGMENT) return false;
    raw = malloc(bytes);
    if (raw == NULL) {
        free_segment(blobs, number);
        return false;
    }
    memcpy(raw, data, bytes);
    blobs_link(blobs, blob, number, 0);
    blobs->segment[number].raw_bytes = bytes;
    take_raw(blobs, &blobs->segment[number], raw);
    keep_room(blobs, blobs->raw_room);
    return true;
}

bool blobs_place(struct blobs *blobs, uint32_t blob, const void *data)
{
    const uint32_t bytes = blobs->blob[blob].bytes;
    struct segment *segment;

    if (bytes > SHARING_MAX) return place_alone(blobs, blob, data);
    if (!open_segment(blobs, bytes)) return false;
    segment = &blobs->segment[blobs->open];
    memcpy(blobs->filling + segment->raw_bytes, data, bytes);
    blobs_link(blobs, blob, blobs->open, segment->raw_bytes);
    segment->raw_bytes += bytes;
    return true;
}

/* ---- Unpacking ---- */

static int read_failed(const struct blobs *blobs, int reason, struct error *err)
{
    return error_host(err, "%s: it cannot be read: %s", blobs->name,
                      reason == 0 ? "it has become shorter" : strerror(reason));
}

static int read_file(const struct blobs *blobs, uint64_t offset, uint8_t *data, size_t bytes,
                     struct error *err)
{
    while (bytes > 0) {
        const ssize_t part = pread(blobs->fd, data, bytes, (off_t)offset);

        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) return read_failed(blobs, part < 0 ? errno : 0, err);
        data += part;
        offset += (uint64_t)part;
        bytes -= (size_t)part;
    }
    return 0;
}

static int unpack_bytes(const struct blobs *blobs, const struct segment *segment,
                        const uint8_t *packed, uint8_t *raw, struct error *err)
{
    uLongf bytes = segment->raw_bytes;

    if (uncompress(raw, &bytes, packed, segment->packed_bytes) == Z_OK &&
        bytes == segment->raw_bytes) {
        return 0;
    }
    return error_host(err, "%s: a segment of blobs cannot be unpacked", blobs->name);
}

/* `raw` has room for its raw bytes. */
static int unpack(const struct blobs *blobs, const struct segment *segment, uint8_t *raw,
                  struct error *err)
{
    uint8_t *packed;
    int result;

    if (segment->packed != NULL) return unpack_bytes(blobs, segment, segment->packed, raw, err);
    packed = malloc(segment->packed_bytes);
    if (packed == NULL) return error_host(err, "out of memory");
    result = read_file(blobs, segment->offset, packed, segment->packed_bytes, err);
    if (result == 0) {
        result = unpack_bytes(blobs, segment, packed, raw, err);
    }
    free(packed);
    return result;
}

/* Raw bytes of a segment, good until another one is asked for or filled. NULL with `err`. */
static const uint8_t *raw_of(struct blobs *blobs, uint32_t number, struct error *err)
{
    struct segment *segment = &blobs->segment[number];
    uint8_t *raw;

    if (number == blobs->open) return blobs->filling;
    if (segment->raw != NULL) {
        segment->used = ++blobs->clock;
        return segment->raw;
    }
    raw = malloc(segment->raw_bytes);
    if (raw == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    if (unpack(blobs, segment, raw, err) < 0) {
        free(raw);
        return NULL;
    }
    blobs->pinned = number;
    take_raw(blobs, segment, raw);
    keep_room(blobs, max_u64(blobs->raw_room, BLOBS_READ_ROOM));
    blobs->pinned = BLOBS_NO_SEGMENT;
    return raw;
}

int blobs_read(struct blobs *blobs, const struct blob *blob, void *data, struct error *err)
{
    const uint8_t *raw = raw_of(blobs, blob->segment, err);

    if (raw == NULL) return -1;
    memcpy(data, raw + blob->offset, blob->bytes);
    return 0;
}

/* ---- Leaving ---- */

/* What lives in a segment goes to the one that is being filled. When memory is short it stays. */
static void move_blobs(struct blobs *blobs, uint32_t number, const uint8_t *raw)
{
    while (blobs->segment[number].first != 0) {
        const uint32_t blob = blobs->segment[number].first;
        const struct blob before = blobs->blob[blob];

        if (!open_segment(blobs, before.bytes)) return;
        unlink_blob(blobs, blob);
        (void)blobs_place(blobs, blob, raw + before.offset);
    }
}

static void empty_segment(struct blobs *blobs, uint32_t number)
{
    const uint8_t *raw = raw_of(blobs, number, NULL);

    if (raw == NULL) return;
    blobs->pinned = number;
    move_blobs(blobs, number, raw);
    blobs->pinned = BLOBS_NO_SEGMENT;
    if (blobs->segment[number].first == 0) {
        free_segment(blobs, number);
    }
}

void blobs_unplace(struct blobs *blobs, uint32_t blob)
{
    const uint32_t number = blobs->blob[blob].segment;
    struct segment *segment = &blobs->segment[number];

    unlink_blob(blobs, blob);
    if (number == blobs->open) {
        segment->raw_bytes = segment->blob_count == 0 ? 0 : segment->raw_bytes;
        return;
    }
    if (segment->blob_count == 0) {
        free_segment(blobs, number);
    } else if (segment->live_bytes < segment->raw_bytes / 4) {
        empty_segment(blobs, number);
    }
}

/* ---- The file ---- */

void blobs_set_file(struct blobs *blobs, int fd, const char *name)
{
    blobs->fd = fd;
    blobs->name = name;
}

bool blobs_unsaved(struct blobs *blobs, size_t from, struct blobs_segment *segment)
{
    for (size_t i = from; i < blobs->segment_count; i++) {
        struct segment *s = &blobs->segment[i];

        if (!s->is_used || s->offset != 0 || i == blobs->open) continue;
        if (s->packed == NULL) (void)pack(blobs, s);
        *segment = (struct blobs_segment){
            .number = i,
            .blob_count = s->blob_count,
            .raw_bytes = s->raw_bytes,
            .packed = s->packed,
            .packed_bytes = s->packed_bytes,
        };
        return true;
    }
    return false;
}

void blobs_put_entries(const struct blobs *blobs, size_t segment, uint8_t *entries)
{
    uint32_t number = blobs->segment[segment].first;

    while (number != 0) {
        const struct blob *blob = &blobs->blob[number];

        le32_put(entries, blob->offset);
        le32_put(entries + 4, blob->bytes);
        le64_put(entries + 8, blob->low);
        le64_put(entries + 16, blob->high);
        entries += BLOBS_ENTRY_BYTES;
        number = blob->next;
    }
}

void blobs_saved(struct blobs *blobs, size_t number, uint64_t offset)
{
    struct segment *segment = &blobs->segment[number];

    for (uint32_t i = segment->first; i != 0; i = blobs->blob[i].next) {
        blobs->blob[i].saved_as = ++blobs->saved_count;
    }
    segment->offset = offset;
    blobs->packed_total -= segment->packed_bytes;
    free(segment->packed);
    segment->packed = NULL;
    free_raw(blobs, segment);
}

uint64_t blobs_saved_count(const struct blobs *blobs)
{
    return blobs->saved_count;
}

static int refuse(const struct blobs *blobs, const char *what, struct error *err)
{
    return error_host(err, "%s: the recording is damaged: %s", blobs->name, what);
}

static int load_entry(struct blobs *blobs, uint32_t segment, const uint8_t *entry,
                      struct error *err)
{
    const uint32_t offset = le32_get(entry);
    const uint32_t bytes = le32_get(entry + 4);
    const uint32_t raw_bytes = blobs->segment[segment].raw_bytes;
    uint32_t number;

    if (bytes == 0 || offset > raw_bytes || bytes > raw_bytes - offset)
        return refuse(blobs, "a blob lies outside its segment", err);
    if (raw_bytes > BLOBS_SEGMENT_BYTES && bytes != raw_bytes)
        return refuse(blobs, "a large segment is shared", err);
    number = blobs_new_entry(blobs);
    if (number == 0) return error_host(err, "out of memory");
    blobs->blob[number].bytes = bytes;
    blobs->blob[number].low = le64_get(entry + 8);
    blobs->blob[number].high = le64_get(entry + 16);
    blobs->blob[number].saved_as = ++blobs->saved_count;
    blobs_link(blobs, number, segment, offset);
    return blobs_index(blobs, number) ? 0 : error_host(err, "out of memory");
}

int blobs_load(struct blobs *blobs, const uint8_t *payload, size_t bytes, uint64_t offset,
               struct error *err)
{
    uint32_t count;
    uint32_t raw_bytes;
    uint64_t head_bytes;
    uint32_t number;

    if (bytes < BLOBS_COUNTS_BYTES) return refuse(blobs, "a segment of blobs is too short", err);
    count = le32_get(payload);
    raw_bytes = le32_get(payload + 4);
    head_bytes = BLOBS_COUNTS_BYTES + (uint64_t)count * BLOBS_ENTRY_BYTES;
    if (count == 0 || head_bytes >= bytes || bytes - head_bytes > UINT32_MAX)
        return refuse(blobs, "a segment's number of blobs contradicts its length", err);
    if (raw_bytes > BLOBS_BYTES_MAX || raw_bytes / RATIO_MAX > bytes - head_bytes ||
        (raw_bytes > BLOBS_SEGMENT_BYTES && count > 1)) {
        return refuse(blobs, "a segment has an impossible length", err);
    }
    number = blobs_new_segment(blobs);
    if (number == BLOBS_NO_SEGMENT) return error_host(err, "out of memory");
    blobs->segment[number].raw_bytes = raw_bytes;
    blobs->segment[number].packed_bytes = (uint32_t)(bytes - head_bytes);
    blobs->segment[number].offset = offset + head_bytes;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = payload + BLOBS_COUNTS_BYTES + (size_t)i * BLOBS_ENTRY_BYTES;

        if (load_entry(blobs, number, entry, err) < 0) return -1;
    }
    return 0;
}
