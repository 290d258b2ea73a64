/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk in memory: see fuzz_disk.h. A range outside of it would be the sanitizer's find. */
#include "tests/fuzz/fuzz_disk.h"

#include <stdlib.h>
#include <string.h>

#include "devices/storage/ssd_module.h"
#include "emu/base/bug.h"
#include "emu/disk/disk_notes.h"

/* Every snapshot finds the contents that it was made with. */
#define SEAL UINT64_C(5)

static uint8_t *at(void *ctx, uint64_t block, uint64_t count)
{
    const struct fuzz_media *media = ctx;

    BUG_ON(block > FUZZ_DISK_BLOCKS || count > FUZZ_DISK_BLOCKS - block);
    return media->data + block * MEDIA_BLOCK_BYTES;
}

static uint8_t *note_at(void *ctx, uint64_t offset, size_t bytes)
{
    const struct fuzz_media *media = ctx;

    BUG_ON(offset > media->host.notes_bytes || bytes > media->host.notes_bytes - offset);
    return media->notes + offset;
}

static int media_read(void *ctx, uint64_t block, size_t count, void *data)
{
    memcpy(data, at(ctx, block, count), count * MEDIA_BLOCK_BYTES);
    return 0;
}

static int media_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    memcpy(at(ctx, block, count), data, count * MEDIA_BLOCK_BYTES);
    return 0;
}

static int media_discard(void *ctx, uint64_t block, uint64_t count)
{
    memset(at(ctx, block, count), 0, count * MEDIA_BLOCK_BYTES);
    return 0;
}

static int media_flush(void *ctx)
{
    (void)ctx;
    return 0;
}

static int media_read_notes(void *ctx, uint64_t offset, void *data, size_t bytes)
{
    memcpy(data, note_at(ctx, offset, bytes), bytes);
    return 0;
}

static int media_write_notes(void *ctx, uint64_t offset, const void *data, size_t bytes)
{
    memcpy(note_at(ctx, offset, bytes), data, bytes);
    return 0;
}

static uint64_t media_seal(void *ctx)
{
    (void)ctx;
    return SEAL;
}

static int save(void *ctx, const struct sep_record *record)
{
    (void)ctx, (void)record;
    return 0;
}

static void fill(struct fuzz_media *media)
{
    struct disk_notes_writer notes;

    media->host = (struct host_media){
        .ctx = media,
        .blocks = FUZZ_DISK_BLOCKS,
        .notes_bytes = ssd_module_notes_bytes(FUZZ_DISK_BLOCKS),
        .read = media_read,
        .write = media_write,
        .discard = media_discard,
        .flush = media_flush,
        .read_notes = media_read_notes,
        .write_notes = media_write_notes,
        .seal = media_seal,
    };
    media->data = calloc(FUZZ_DISK_BLOCKS, MEDIA_BLOCK_BYTES);
    media->notes = calloc(1, media->host.notes_bytes);
    BUG_ON(media->data == NULL || media->notes == NULL);
    memset(media->data, 0x5a, FUZZ_DISK_BLOCKS / 2 * MEDIA_BLOCK_BYTES);
    disk_notes_begin(&notes, &media->host);
    BUG_ON(disk_notes_mark(&notes, 0, FUZZ_DISK_BLOCKS / 2) != 0);
    BUG_ON(disk_notes_end(&notes) != 0);
}

void fuzz_disk_init(struct fuzz_disk *disk)
{
    static const uint8_t seed[KEY_BYTES] = {1};
    static const uint8_t id[SEP_ID_BYTES] = {2};

    memset(disk, 0, sizeof(*disk));
    BUG_ON(sep_make(&disk->record, seed) != SEP_OK);
    BUG_ON(sep_make_volume(&disk->record, id) != SEP_OK);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        fill(&disk->media[i]);
        disk->machine.media[i] = &disk->media[i].host;
    }
    disk->machine.blocks = RAID0_MODULES * FUZZ_DISK_BLOCKS;
    memcpy(disk->machine.volume_id, id, sizeof(id));
    disk->machine.sep = &disk->record;
    disk->machine.sep_store = (struct sep_store){.ctx = disk, .save = save};
}

void fuzz_disk_fini(struct fuzz_disk *disk)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        free(disk->media[i].data);
        free(disk->media[i].notes);
    }
}
