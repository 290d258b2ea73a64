/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The snapshot container (docs/formats/snapshot.md): header, then chunks one after the other. All
 * integers little-endian.
 *
 * Header, 160 bytes: 0 magic "SGSNAP01"; 8 u32 version; 12 u32 chunks; 16 u64 bytes in all; 24 u32
 * CRC of the header but for these four bytes; 28 u32 zero; 32 machine name, 128 bytes, zero-padded.
 * Chunk header, 144 bytes: 0 path, 64 bytes; 64 class, 64 bytes; 128 u32 version; 132 u32 CRC of
 * chunk header and data but for these four bytes; 136 u64 length of the data, which follows.
 */
#include "emu/core/snap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "emu/base/bug.h"
#include "emu/base/endian.h"

#define SNAP_MAGIC     "SGSNAP01"
#define SNAP_VERSION   2u
#define HEADER_BYTES   160u
#define HEADER_CRC     24u
#define MACHINE_OFFSET 32u
#define MACHINE_BYTES  128u
#define CHUNK_BYTES    144u
#define NAME_BYTES     64u
#define CHUNK_VERSION  128u
#define CHUNK_CRC      132u
#define CHUNK_LENGTH   136u
#define CHUNKS_MAX     4096u

struct snap_writer {
    uint8_t *data;
    size_t bytes;
    size_t capacity;
    size_t chunk; /* offset of the open chunk's header, 0 = none */
    uint32_t chunk_count;
};

struct snap_reader {
    const uint8_t *data;
    size_t bytes;
    uint32_t chunk_count;
    bool *is_read; /* one per chunk */
    const uint8_t *at;
    const uint8_t *end;
    const char *path; /* of the open chunk, for error sentences */
};

/* CRC-32 of `bytes` bytes without the four bytes of the CRC itself at `hole`. */
static uint32_t crc_around(const uint8_t *data, size_t bytes, size_t hole)
{
    uLong crc = crc32_z(0, data, hole);

    return (uint32_t)crc32_z(crc, data + hole + 4, bytes - hole - 4);
}

static uint8_t *append(struct snap_writer *w, size_t bytes)
{
    uint8_t *place;

    if (bytes > w->capacity - w->bytes) {
        size_t capacity = w->capacity * 2 + bytes;
        uint8_t *data = realloc(w->data, capacity);

        BUG_ON(data ==
               NULL); /* out of host memory: nothing can be saved and nothing has been changed */
        w->data = data;
        w->capacity = capacity;
    }
    place = w->data + w->bytes;
    memset(place, 0, bytes);
    w->bytes += bytes;
    return place;
}

struct snap_writer *snap_writer_create(void)
{
    struct snap_writer *w = calloc(1, sizeof(*w));

    if (w != NULL) {
        (void)append(w, HEADER_BYTES);
    }
    return w;
}

void snap_writer_destroy(struct snap_writer *w)
{
    if (w == NULL) return;
    free(w->data);
    free(w);
}

static void put_name(uint8_t *place, const char *name, size_t bytes)
{
    size_t length = strlen(name);

    BUG_ON(length >= bytes);
    memcpy(place, name, length);
}

void snap_chunk_begin(struct snap_writer *w, const char *path, const char *class_name,
                      uint32_t version)
{
    uint8_t *header;

    BUG_ON(w->chunk != 0 || w->chunk_count >= CHUNKS_MAX);
    w->chunk = w->bytes;
    header = append(w, CHUNK_BYTES);
    put_name(header, path, NAME_BYTES);
    put_name(header + NAME_BYTES, class_name, NAME_BYTES);
    le32_put(header + CHUNK_VERSION, version);
    w->chunk_count++;
}

void snap_put_u64(struct snap_writer *w, uint64_t value)
{
    BUG_ON(w->chunk == 0);
    le64_put(append(w, 8), value);
}

void snap_put_bytes(struct snap_writer *w, const void *data, size_t bytes)
{
    BUG_ON(w->chunk == 0);
    if (bytes > 0) {
        memcpy(append(w, bytes), data, bytes);
    }
}

void snap_chunk_end(struct snap_writer *w)
{
    uint8_t *header = w->data + w->chunk;
    size_t length = w->bytes - w->chunk - CHUNK_BYTES;

    BUG_ON(w->chunk == 0);
    le64_put(header + CHUNK_LENGTH, length);
    le32_put(header + CHUNK_CRC, crc_around(header, CHUNK_BYTES + length, CHUNK_CRC));
    w->chunk = 0;
}

const void *snap_finish(struct snap_writer *w, const char *machine, size_t *bytes)
{
    BUG_ON(w->chunk != 0);
    memcpy(w->data, SNAP_MAGIC, 8);
    le32_put(w->data + 8, SNAP_VERSION);
    le32_put(w->data + 12, w->chunk_count);
    le64_put(w->data + 16, w->bytes);
    memset(w->data + MACHINE_OFFSET, 0, MACHINE_BYTES);
    put_name(w->data + MACHINE_OFFSET, machine, MACHINE_BYTES);
    le32_put(w->data + HEADER_CRC, crc_around(w->data, HEADER_BYTES, HEADER_CRC));
    *bytes = w->bytes;
    return w->data;
}

/* A name as snap_chunk_begin() writes them: printable, then zeros to the end. Sentences show names
 * on terminals. */
static bool is_name(const uint8_t *place, size_t bytes)
{
    size_t length = 0;

    while (length < bytes && place[length] >= ' ' && place[length] <= '~') {
        length++;
    }
    if (length == bytes) return false;
    for (size_t i = length; i < bytes; i++) {
        if (place[i] != 0) return false;
    }
    return true;
}

static int check_header(const struct snap_reader *r, const char *machine, struct error *err)
{
    const uint8_t *data = r->data;
    const char *name = (const char *)data + MACHINE_OFFSET;

    if (r->bytes < HEADER_BYTES || memcmp(data, SNAP_MAGIC, 8) != 0)
        return error_host(err, "not a snapshot");
    if (le32_get(data + 8) != SNAP_VERSION) {
        return error_host(err, "snapshot: format version %u, this program reads %u",
                          (unsigned)le32_get(data + 8), SNAP_VERSION);
    }
    if (le64_get(data + 16) != r->bytes)
        return error_host(err, "snapshot: truncated or with bytes left over");
    if (le32_get(data + HEADER_CRC) != crc_around(data, HEADER_BYTES, HEADER_CRC) ||
        !is_name(data + MACHINE_OFFSET, MACHINE_BYTES)) {
        return error_host(err, "snapshot: the header is damaged");
    }
    if (machine != NULL && strcmp(name, machine) != 0) {
        return error_host(err, "snapshot: it belongs to machine \"%.100s\", this one is \"%.100s\"",
                          name, machine);
    }
    if (r->chunk_count > CHUNKS_MAX) return error_host(err, "snapshot: too many chunks");
    return 0;
}

/* The chunk header at `offset` when it and its data fit, else NULL. */
static const uint8_t *chunk_at(const struct snap_reader *r, size_t offset)
{
    const uint8_t *header = r->data + offset;

    if (offset > r->bytes || r->bytes - offset < CHUNK_BYTES) return NULL;
    if (!is_name(header, NAME_BYTES) || !is_name(header + NAME_BYTES, NAME_BYTES)) return NULL;
    if (le64_get(header + CHUNK_LENGTH) > r->bytes - offset - CHUNK_BYTES) return NULL;
    return header;
}

static int check_chunks(const struct snap_reader *r, struct error *err)
{
    size_t offset = HEADER_BYTES;

    for (uint32_t i = 0; i < r->chunk_count; i++) {
        const uint8_t *header = chunk_at(r, offset);
        size_t length;

        if (header == NULL) return error_host(err, "snapshot: chunk %u is damaged", (unsigned)i);
        length = (size_t)le64_get(header + CHUNK_LENGTH);
        if (crc_around(header, CHUNK_BYTES + length, CHUNK_CRC) != le32_get(header + CHUNK_CRC)) {
            return error_host(err, "snapshot: chunk %s does not match its checksum",
                              (const char *)header);
        }
        offset += CHUNK_BYTES + length;
    }
    if (offset != r->bytes)
        return error_host(err, "snapshot: bytes left over after the last chunk");
    return 0;
}

struct snap_reader *snap_reader_create(const void *data, size_t bytes, const char *machine,
                                       struct error *err)
{
    struct snap_reader *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    r->data = data;
    r->bytes = bytes;
    r->chunk_count = bytes >= HEADER_BYTES ? le32_get(r->data + 12) : 0;
    if (check_header(r, machine, err) != 0 || check_chunks(r, err) != 0) {
        snap_reader_destroy(r);
        return NULL;
    }
    r->is_read = calloc((size_t)r->chunk_count + 1, sizeof(*r->is_read));
    if (r->is_read == NULL) {
        (void)error_host(err, "out of memory");
        snap_reader_destroy(r);
        return NULL;
    }
    return r;
}

void snap_reader_destroy(struct snap_reader *r)
{
    if (r == NULL) return;
    free(r->is_read);
    free(r);
}

int snap_chunk_open(struct snap_reader *r, const char *path, const char *class_name,
                    uint32_t version, struct error *err)
{
    size_t offset = HEADER_BYTES;

    for (uint32_t i = 0; i < r->chunk_count; i++) {
        const uint8_t *header = r->data + offset;
        size_t length = (size_t)le64_get(header + CHUNK_LENGTH);

        offset += CHUNK_BYTES + length;
        if (strcmp((const char *)header, path) != 0) continue;
        if (strcmp((const char *)header + NAME_BYTES, class_name) != 0) {
            return error_host(err, "snapshot: %s is a %s, this machine has a %s there", path,
                              (const char *)header + NAME_BYTES, class_name);
        }
        if (le32_get(header + CHUNK_VERSION) != version) {
            return error_host(err, "snapshot: %s has version %u, this program reads %u", path,
                              (unsigned)le32_get(header + CHUNK_VERSION), (unsigned)version);
        }
        r->is_read[i] = true;
        r->at = header + CHUNK_BYTES;
        r->end = r->at + length;
        r->path = (const char *)header;
        return 0;
    }
    return error_host(err, "snapshot: %s is missing", path);
}

size_t snap_chunk_left(const struct snap_reader *r)
{
    return (size_t)(r->end - r->at);
}

int snap_get_bytes(struct snap_reader *r, void *data, size_t bytes, struct error *err)
{
    if (bytes > snap_chunk_left(r)) return error_host(err, "snapshot: %s is too short", r->path);
    if (bytes > 0) {
        memcpy(data, r->at, bytes);
    }
    r->at += bytes;
    return 0;
}

int snap_get_u64(struct snap_reader *r, uint64_t *value, struct error *err)
{
    if (snap_chunk_left(r) < 8) return error_host(err, "snapshot: %s is too short", r->path);
    *value = le64_get(r->at);
    r->at += 8;
    return 0;
}

int snap_chunk_close(struct snap_reader *r, struct error *err)
{
    if (snap_chunk_left(r) != 0)
        return error_host(err, "snapshot: %s has bytes left over", r->path);
    return 0;
}

int snap_reader_finish(struct snap_reader *r, struct error *err)
{
    size_t offset = HEADER_BYTES;

    for (uint32_t i = 0; i < r->chunk_count; i++) {
        const uint8_t *header = r->data + offset;

        if (!r->is_read[i])
            return error_host(err, "snapshot: unknown part %s", (const char *)header);
        offset += CHUNK_BYTES + (size_t)le64_get(header + CHUNK_LENGTH);
    }
    return 0;
}

const char *snap_machine(const struct snap_reader *r)
{
    return (const char *)r->data + MACHINE_OFFSET;
}

uint32_t snap_chunk_count(const struct snap_reader *r)
{
    return r->chunk_count;
}

struct snap_chunk snap_chunk_describe(const struct snap_reader *r, uint32_t index)
{
    const uint8_t *header = r->data + HEADER_BYTES;

    for (uint32_t i = 0; i < index; i++) {
        header += CHUNK_BYTES + (size_t)le64_get(header + CHUNK_LENGTH);
    }
    return (struct snap_chunk){.path = (const char *)header,
                               .class_name = (const char *)header + NAME_BYTES,
                               .version = le32_get(header + CHUNK_VERSION),
                               .bytes = le64_get(header + CHUNK_LENGTH)};
}
