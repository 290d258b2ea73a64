/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening a recording (docs/formats/recording.md). Everything in the file is hostile: chunks are read one at
 * a time, none longer than the file, and what each says is checked by recording_check.c and here before it
 * is kept. Blobs stay in the file.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "emu/base/bits.h"
#include "emu/debug/replay/recording_format.h"
#include "emu/debug/replay/recording_load.h"

struct chunk {
    uint8_t head[CHUNK_HEAD_BYTES];
    uint64_t bytes;
};

/* ---- Bytes of the file ---- */

int recording_damaged(struct recording_loader *loader, const char *what)
{
    return error_host(loader->err, "%s: the recording is damaged: %s", loader->path, what);
}

static int read_bytes(struct recording_loader *loader, void *data, size_t bytes)
{
    uint8_t *to = data;

    while (bytes > 0) {
        const ssize_t part = pread(loader->fd, to, bytes, (off_t)loader->offset);

        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) {
            return error_host(loader->err, "%s: cannot be read: %s", loader->path,
                              part < 0 ? strerror(errno) : "it has become shorter");
        }
        to += part;
        loader->offset += (uint64_t)part;
        bytes -= (size_t)part;
    }
    return 0;
}

static int make_room(struct recording_loader *loader, size_t bytes)
{
    const size_t room = max_u64(bytes, 1);
    uint8_t *payload;

    if (room <= loader->room) return 0;
    payload = realloc(loader->payload, room);
    if (payload == NULL) return error_host(loader->err, "%s: out of memory", loader->path);
    loader->payload = payload;
    loader->room = room;
    return 0;
}

/* ---- Chunks ---- */

/* 1: a whole chunk, its payload is there; 0: the file ends, or was cut here. */
static int next_chunk(struct recording_loader *loader, struct chunk *chunk)
{
    if (loader->size - loader->offset < CHUNK_HEAD_BYTES) return 0;
    if (read_bytes(loader, chunk->head, sizeof(chunk->head)) < 0) return -1;
    if (crc32_z(0, chunk->head, CHUNK_HEAD_CRC) != le32_get(chunk->head + CHUNK_HEAD_CRC) ||
        le32_get(chunk->head + CHUNK_ZERO) != 0) {
        return recording_damaged(loader, "the checksum of a chunk's head is wrong");
    }
    chunk->bytes = le64_get(chunk->head + CHUNK_BYTES);
    if (chunk->bytes > CHUNK_BYTES_MAX) return recording_damaged(loader, "a chunk is too long");
    if (chunk->bytes > loader->size - loader->offset) {
        loader->offset = loader->size;
        return 0;
    }
    loader->payload_offset = loader->offset;
    if (make_room(loader, chunk->bytes) < 0) return -1;
    if (read_bytes(loader, loader->payload, chunk->bytes) < 0) return -1;
    if (crc32_z(0, loader->payload, chunk->bytes) != le32_get(chunk->head + CHUNK_PAYLOAD_CRC))
        return recording_damaged(loader, "the checksum of a chunk is wrong");
    return 1;
}

static bool is_type(const struct chunk *chunk, const char *type)
{
    return memcmp(chunk->head + CHUNK_TYPE, type, 4) == 0;
}

/* A string, and zeros behind it. */
static bool is_padded(const uint8_t *name, size_t bytes)
{
    size_t length = 0;

    while (length < bytes && name[length] != 0) {
        length++;
    }
    for (size_t i = length; i < bytes; i++) {
        if (name[i] != 0) return false;
    }
    return length < bytes;
}

/* Payload of the first chunk: what machine, and how to make it. */
static int take_head(struct recording_loader *loader, size_t bytes)
{
    const uint8_t *name = loader->payload;
    const uint8_t *setup = name + MACHINE_NAME_BYTES;

    if (bytes < MACHINE_NAME_BYTES || !is_padded(name, MACHINE_NAME_BYTES) ||
        memchr(setup, '\0', bytes - MACHINE_NAME_BYTES) != NULL) {
        return recording_damaged(loader, "it does not begin with what machine it is of");
    }
    loader->recording = recording_make((const char *)name, (const char *)setup,
                                       bytes - MACHINE_NAME_BYTES, loader->err);
    return loader->recording == NULL ? -1 : 0;
}

static int load_head(struct recording_loader *loader)
{
    uint8_t front[RECORDING_FRONT_BYTES];
    struct chunk chunk;
    int result;

    if (loader->size < sizeof(front))
        return error_host(loader->err, "%s: is not a recording: too short", loader->path);
    if (read_bytes(loader, front, sizeof(front)) < 0) return -1;
    if (memcmp(front, RECORDING_MAGIC, RECORDING_MAGIC_BYTES) != 0)
        return error_host(loader->err, "%s: is not a recording", loader->path);
    if (le32_get(front + RECORDING_MAGIC_BYTES) != RECORDING_VERSION) {
        return error_host(loader->err,
                          "%s: is a recording of version %u: this program reads version %u",
                          loader->path, le32_get(front + RECORDING_MAGIC_BYTES), RECORDING_VERSION);
    }
    if (le32_get(front + RECORDING_MAGIC_BYTES + 4) != 0)
        return recording_damaged(loader, "its front is not as it should be");
    result = next_chunk(loader, &chunk);
    if (result < 0) return -1;
    if (result == 0) {
        return error_host(loader->err,
                          "%s: the recording was cut before it had told of what machine it is",
                          loader->path);
    }
    if (loader->payload == NULL || !is_type(&chunk, CHUNK_HEAD)) return take_head(loader, 0);
    return take_head(loader, chunk.bytes);
}

/* ---- What is in them ---- */

struct item_list {
    const char *type;
    size_t item_bytes;
    int (*take)(struct recording_loader *loader, const uint8_t *item);
};

static int take_items(struct recording_loader *loader, const struct item_list *list, size_t bytes)
{
    if (bytes == 0 || bytes % list->item_bytes != 0)
        return recording_damaged(loader, "a list's length is no multiple of its items");
    for (size_t at = 0; at < bytes; at += list->item_bytes) {
        if (list->take(loader, loader->payload + at) < 0) return -1;
    }
    return 0;
}

static int take_events(struct recording_loader *loader, size_t bytes)
{
    struct error err = ERROR_INIT;

    if (trace_log_load(loader->recording->events, loader->payload, bytes, &err) == 0) return 0;
    return error_host(loader->err, "%s: %s", loader->path, err.text);
}

static int take_chunk(struct recording_loader *loader, const struct chunk *chunk)
{
    static const struct item_list lists[] = {
        {CHUNK_INPUTS, INPUT_BYTES, recording_take_input},
        {CHUNK_BEATS, BEAT_BYTES, recording_take_beat},
        {CHUNK_BLOCKS, BLOCK_BYTES, recording_take_read},
        {CHUNK_DISK, DISK_BYTES, recording_take_disk},
    };

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        if (is_type(chunk, lists[i].type)) return take_items(loader, &lists[i], chunk->bytes);
    }
    if (is_type(chunk, CHUNK_EVENTS)) return take_events(loader, chunk->bytes);
    if (is_type(chunk, CHUNK_BLOBS)) {
        return blobs_load(loader->recording->blobs, loader->payload, chunk->bytes,
                          loader->payload_offset, loader->err);
    }
    if (is_type(chunk, CHUNK_CHECKPOINT)) return recording_take_checkpoint(loader, chunk->bytes);
    if (is_type(chunk, CHUNK_END)) return recording_take_end(loader, chunk->bytes);
    return recording_damaged(loader, "it has a chunk of a kind that is not known");
}

static int load_chunks(struct recording_loader *loader)
{
    struct chunk chunk;
    int result = 1;

    while (result == 1) {
        result = next_chunk(loader, &chunk);
        if (result == 1 && take_chunk(loader, &chunk) < 0) return -1;
        if (loader->recording->is_ended) break;
    }
    if (result < 0) return -1;
    if (loader->recording->is_ended && loader->offset != loader->size)
        return recording_damaged(loader, "something stands behind its end");
    return 0;
}

/* ---- Opening ---- */

static int open_file(struct recording_loader *loader)
{
    struct stat info;

    loader->fd = open(loader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (loader->fd < 0 || fstat(loader->fd, &info) < 0)
        return error_host(loader->err, "%s: cannot be opened: %s", loader->path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return error_host(loader->err, "%s: is not a recording: no regular file", loader->path);
    loader->size = (uint64_t)info.st_size;
    return 0;
}

/* The recording owns file and name from here on. */
static int hand_over(struct recording_loader *loader)
{
    struct recording_file *file = &loader->recording->file;

    file->fd = loader->fd;
    file->bytes = loader->size;
    file->path = strdup(loader->path);
    if (file->path == NULL) return error_host(loader->err, "%s: out of memory", loader->path);
    blobs_set_file(loader->recording->blobs, file->fd, file->path);
    return 0;
}

struct recording *recording_open(const char *path, struct error *err)
{
    struct recording_loader loader = {.fd = -1, .path = path, .err = err};

    if (open_file(&loader) == 0 && load_head(&loader) == 0 && hand_over(&loader) == 0 &&
        load_chunks(&loader) == 0) {
        free(loader.payload);
        return loader.recording;
    }
    free(loader.payload);
    if (loader.recording != NULL) {
        recording_free(loader.recording);
    } else if (loader.fd >= 0) {
        close(loader.fd);
    }
    return NULL;
}
