/* SPDX-License-Identifier: GPL-2.0-only */
/* The media in memory of media.h. */
#include "tests/lib/media.h"

#include <stdlib.h>
#include <string.h>

#include "devices/storage/ssd_module.h"
#include "emu/base/bug.h"

#define BLOCK MEDIA_BLOCK_BYTES

/* ---- What every call goes through ---- */

static void check_blocks(const struct memory_media *media, uint64_t block, uint64_t count)
{
    BUG_ON(count == 0 || count > media->host.blocks || block > media->host.blocks - count);
}

static uint8_t *note_at(const struct memory_media *media, uint64_t offset, size_t bytes)
{
    const uint64_t room = media->host.notes_bytes;

    BUG_ON(bytes > room || offset > room - bytes);
    return media->notes + offset;
}

static int call(struct memory_media *media)
{
    if (media->fails_after == 0) return -1;
    if (media->fails_after != MEMORY_MEDIA_NEVER) {
        media->fails_after--;
    }
    return 0;
}

static int change(struct memory_media *media)
{
    if (call(media) != 0) return -1;
    media->changes++;
    if (media->is_sealed && !media->is_seal_fixed) {
        media->seal++;
    }
    media->is_sealed = false;
    return 0;
}

static void mark_dirty(struct memory_media *media, uint64_t block, uint64_t count)
{
    media->dirty_from = block < media->dirty_from ? block : media->dirty_from;
    media->dirty_to = block + count > media->dirty_to ? block + count : media->dirty_to;
}

/* ---- struct host_media ---- */

static int media_read(void *ctx, uint64_t block, size_t count, void *data)
{
    struct memory_media *media = ctx;

    check_blocks(media, block, count);
    if (media->data == NULL) {
        memset(data, 0, count * BLOCK);
    } else {
        memcpy(data, media->data + block * BLOCK, count * BLOCK);
    }
    return call(media);
}

static int media_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    struct memory_media *media = ctx;

    check_blocks(media, block, count);
    if (change(media) != 0) return -1;
    if (media->data != NULL) {
        memcpy(media->data + block * BLOCK, data, count * BLOCK);
    }
    mark_dirty(media, block, count);
    media->write_calls++;
    media->blocks_written += count;
    return 0;
}

static int media_discard(void *ctx, uint64_t block, uint64_t count)
{
    struct memory_media *media = ctx;

    check_blocks(media, block, count);
    if (change(media) != 0) return -1;
    if (media->data != NULL) {
        memset(media->data + block * BLOCK, 0, count * BLOCK);
    }
    mark_dirty(media, block, count);
    return 0;
}

static int media_flush(void *ctx)
{
    struct memory_media *media = ctx;

    if (call(media) != 0) return -1;
    media->flushes++;
    if (media->data == NULL) return 0;
    if (media->dirty_from < media->dirty_to) {
        const uint64_t at = media->dirty_from * BLOCK;

        memcpy(media->durable + at, media->data + at, media->dirty_to * BLOCK - at);
    }
    media->dirty_from = UINT64_MAX;
    media->dirty_to = 0;
    memcpy(media->durable_notes, media->notes, media->host.notes_bytes);
    return 0;
}

static int media_read_notes(void *ctx, uint64_t offset, void *data, size_t bytes)
{
    struct memory_media *media = ctx;

    memcpy(data, note_at(media, offset, bytes), bytes);
    return call(media);
}

static int media_write_notes(void *ctx, uint64_t offset, const void *data, size_t bytes)
{
    struct memory_media *media = ctx;
    uint8_t *at = note_at(media, offset, bytes);

    if (change(media) != 0) return -1;
    memcpy(at, data, bytes);
    return 0;
}

static uint64_t media_seal(void *ctx)
{
    struct memory_media *media = ctx;

    if (media->is_temporary) return 0;
    media->is_sealed = true;
    return media->seal;
}

/* ---- The tests' side ---- */

static void *zeros(uint64_t count, size_t bytes)
{
    void *memory = calloc(count, bytes);

    BUG_ON(memory == NULL);
    return memory;
}

struct memory_media *memory_media_create_forgetful(uint64_t blocks)
{
    struct memory_media *media = zeros(1, sizeof(*media));

    media->host = (struct host_media){
        .ctx = media,
        .blocks = blocks,
        .notes_bytes = ssd_module_notes_bytes(blocks),
        .read = media_read,
        .write = media_write,
        .discard = media_discard,
        .flush = media_flush,
        .read_notes = media_read_notes,
        .write_notes = media_write_notes,
        .seal = media_seal,
    };
    media->notes = zeros(1, media->host.notes_bytes);
    media->seal = 1;
    media->dirty_from = UINT64_MAX;
    media->fails_after = MEMORY_MEDIA_NEVER;
    return media;
}

struct memory_media *memory_media_create(uint64_t blocks)
{
    struct memory_media *media = memory_media_create_forgetful(blocks);

    media->data = zeros(blocks, BLOCK);
    media->durable = zeros(blocks, BLOCK);
    media->durable_notes = zeros(1, media->host.notes_bytes);
    return media;
}

void memory_media_destroy(struct memory_media *media)
{
    free(media->data);
    free(media->durable);
    free(media->notes);
    free(media->durable_notes);
    free(media);
}

void memory_media_crash(struct memory_media *media)
{
    BUG_ON(media->data == NULL);
    memcpy(media->data, media->durable, media->host.blocks * BLOCK);
    memcpy(media->notes, media->durable_notes, media->host.notes_bytes);
}

void memory_media_copy(struct memory_media *media, const struct memory_media *from)
{
    BUG_ON(media->host.blocks != from->host.blocks || media->data == NULL || from->data == NULL);
    memcpy(media->data, from->data, media->host.blocks * BLOCK);
    memcpy(media->notes, from->notes, media->host.notes_bytes);
    mark_dirty(media, 0, media->host.blocks);
    media->seal = from->seal;
    media->is_sealed = from->is_sealed;
}
