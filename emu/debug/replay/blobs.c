/* SPDX-License-Identifier: GPL-2.0-only */
/* Blobs by number and by contents. Where their bytes are is the matter of blobs_segment.c. */
#include "emu/debug/replay/blobs.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "emu/debug/replay/blobs_internal.h"

#define FIRST_ROOM 1024u

struct blobs *blobs_create(void)
{
    struct blobs *blobs = calloc(1, sizeof(*blobs));

    if (blobs == NULL) return NULL;
    blobs->count = 1;
    blobs->open = BLOBS_NO_SEGMENT;
    blobs->pinned = BLOBS_NO_SEGMENT;
    blobs->fd = -1;
    return blobs;
}

void blobs_destroy(struct blobs *blobs)
{
    if (blobs == NULL) return;
    for (uint32_t i = 0; i < blobs->segment_count; i++) {
        free(blobs->segment[i].packed);
        free(blobs->segment[i].raw);
    }
    free(blobs->filling);
    free(blobs->segment);
    free(blobs->index);
    free(blobs->blob);
    free(blobs);
}

/* ---- Entries ---- */

struct blob *blobs_find(const struct blobs *blobs, uint64_t number)
{
    if (number == 0 || number >= blobs->count) return NULL;
    return blobs->blob[number].segment == BLOBS_NO_SEGMENT ? NULL : &blobs->blob[number];
}

static bool grow_entries(struct blobs *blobs)
{
    const uint32_t room = blobs->room == 0 ? FIRST_ROOM : blobs->room * 2;
    struct blob *entries;

    if (room <= blobs->room) return false;
    entries = realloc(blobs->blob, room * sizeof(*entries));
    if (entries == NULL) return false;
    blobs->blob = entries;
    blobs->room = room;
    return true;
}

static uint32_t append_entry(struct blobs *blobs)
{
    if (blobs->count >= blobs->room && !grow_entries(blobs)) return 0;
    blobs->blob[blobs->count] = (struct blob){.segment = BLOBS_NO_SEGMENT};
    return blobs->count++;
}

uint32_t blobs_new_entry(struct blobs *blobs)
{
    const uint32_t blob = blobs->free_blob;

    if (blob == 0) return append_entry(blobs);
    blobs->free_blob = blobs->blob[blob].next;
    blobs->blob[blob] = (struct blob){.segment = BLOBS_NO_SEGMENT};
    return blob;
}

void blobs_free_entry(struct blobs *blobs, uint32_t blob)
{
    blobs->blob[blob] = (struct blob){.segment = BLOBS_NO_SEGMENT, .next = blobs->free_blob};
    blobs->free_blob = blob;
}

/* ---- By contents ---- */

static size_t next_place(const struct blobs *blobs, size_t place)
{
    return (place + 1) & (blobs->index_room - 1);
}

static size_t home(const struct blobs *blobs, uint64_t low)
{
    return (size_t)low & (blobs->index_room - 1);
}

static void insert(struct blobs *blobs, uint32_t blob)
{
    size_t place = home(blobs, blobs->blob[blob].low);

    while (blobs->index[place] != 0) {
        place = next_place(blobs, place);
    }
    blobs->index[place] = blob;
}

static bool grow_index(struct blobs *blobs)
{
    const size_t old_room = blobs->index_room;
    const size_t room = old_room == 0 ? FIRST_ROOM : old_room * 2;
    uint32_t *old = blobs->index;
    uint32_t *index = calloc(room, sizeof(*index));

    if (index == NULL) return false;
    blobs->index = index;
    blobs->index_room = room;
    for (size_t i = 0; i < old_room; i++) {
        if (old[i] != 0) {
            insert(blobs, old[i]);
        }
    }
    free(old);
    return true;
}

bool blobs_index(struct blobs *blobs, uint32_t blob)
{
    if (blobs->index_count * 2 >= blobs->index_room && !grow_index(blobs)) return false;
    insert(blobs, blob);
    blobs->index_count++;
    return true;
}

/* Its place in the table; what comes behind it moves up, so that searches need no marks. */
static void unindex(struct blobs *blobs, uint32_t blob)
{
    size_t hole = home(blobs, blobs->blob[blob].low);
    size_t place;

    while (blobs->index[hole] != blob) {
        hole = next_place(blobs, hole);
    }
    place = next_place(blobs, hole);
    while (blobs->index[place] != 0) {
        const size_t wanted = home(blobs, blobs->blob[blobs->index[place]].low);
        const size_t mask = blobs->index_room - 1;

        if (((place - wanted) & mask) >= ((place - hole) & mask)) {
            blobs->index[hole] = blobs->index[place];
            hole = place;
        }
        place = next_place(blobs, place);
    }
    blobs->index[hole] = 0;
    blobs->index_count--;
}

static uint32_t find_equal(const struct blobs *blobs, XXH128_hash_t hash, size_t bytes)
{
    size_t place;

    if (blobs->index_room == 0) return 0;
    place = home(blobs, hash.low64);
    while (blobs->index[place] != 0) {
        const struct blob *blob = &blobs->blob[blobs->index[place]];

        if (blob->low == hash.low64 && blob->high == hash.high64 && blob->bytes == bytes)
            return blobs->index[place];
        place = next_place(blobs, place);
    }
    return 0;
}

/* ---- What others call ---- */

uint32_t blobs_put(struct blobs *blobs, const void *data, size_t bytes)
{
    XXH128_hash_t hash;
    uint32_t number;

    if (bytes == 0 || bytes > BLOBS_BYTES_MAX) return 0;
    hash = XXH3_128bits(data, bytes);
    number = find_equal(blobs, hash, bytes);
    if (number != 0) return blobs_hold(blobs, number) ? number : 0;
    number = blobs_new_entry(blobs);
    if (number == 0) return 0;
    blobs->blob[number].low = hash.low64;
    blobs->blob[number].high = hash.high64;
    blobs->blob[number].bytes = (uint32_t)bytes;
    if (!blobs_index(blobs, number)) {
        blobs_free_entry(blobs, number);
        return 0;
    }
    if (!blobs_place(blobs, number, data)) {
        unindex(blobs, number);
        blobs_free_entry(blobs, number);
        return 0;
    }
    blobs->blob[number].holders = 1;
    return number;
}

bool blobs_hold(struct blobs *blobs, uint64_t number)
{
    struct blob *blob = blobs_find(blobs, number);

    if (blob == NULL || blob->holders == UINT32_MAX) return false;
    blob->holders++;
    return true;
}

void blobs_drop(struct blobs *blobs, uint64_t number)
{
    struct blob *blob = blobs_find(blobs, number);

    if (blob == NULL || blob->holders == 0) return;
    blob->holders--;
    if (blob->holders > 0 || blobs->segment[blob->segment].offset != 0) return;
    unindex(blobs, (uint32_t)number);
    blobs_unplace(blobs, (uint32_t)number);
    blobs_free_entry(blobs, (uint32_t)number);
}

size_t blobs_bytes(const struct blobs *blobs, uint64_t number)
{
    const struct blob *blob = blobs_find(blobs, number);

    return blob == NULL ? 0 : blob->bytes;
}

int blobs_get(struct blobs *blobs, uint64_t number, void *data, struct error *err)
{
    const struct blob *blob = blobs_find(blobs, number);
    XXH128_hash_t hash;

    if (blob == NULL)
        return error_host(err, "the recording has no blob %llu", (unsigned long long)number);
    if (blobs_read(blobs, blob, data, err) < 0) return -1;
    if (blobs->segment[blob->segment].offset == 0) return 0;
    hash = XXH3_128bits(data, blob->bytes);
    if (hash.low64 == blob->low && hash.high64 == blob->high) return 0;
    return error_host(err, "%s: blob %llu is not what was recorded", blobs->name,
                      (unsigned long long)number);
}

uint64_t blobs_saved_number(const struct blobs *blobs, uint64_t number)
{
    const struct blob *blob = blobs_find(blobs, number);

    return blob == NULL ? 0 : blob->saved_as;
}

uint64_t blobs_total(const struct blobs *blobs)
{
    uint64_t total = blobs->packed_total + blobs->raw_total +
                     (uint64_t)blobs->room * sizeof(*blobs->blob) +
                     (uint64_t)blobs->segment_room * sizeof(*blobs->segment) +
                     blobs->index_room * sizeof(*blobs->index);

    return total + (blobs->filling != NULL ? BLOBS_SEGMENT_BYTES : 0);
}
