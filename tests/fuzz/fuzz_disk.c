/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk in memory: see fuzz_disk.h. A range outside of it ends the program. */
#include "tests/fuzz/fuzz_disk.h"

#include <string.h>

#include "emu/base/bug.h"
#include "emu/disk/disk_notes.h"

static int save(void *ctx, const struct sep_record *record)
{
    (void)ctx, (void)record;
    return 0;
}

static struct memory_media *make_media(void)
{
    struct memory_media *media = memory_media_create(FUZZ_DISK_BLOCKS);
    struct disk_notes_writer notes;

    media->is_seal_fixed = true;
    memset(media->data, 0x5a, FUZZ_DISK_BLOCKS / 2 * MEDIA_BLOCK_BYTES);
    disk_notes_begin(&notes, &media->host);
    BUG_ON(disk_notes_mark(&notes, 0, FUZZ_DISK_BLOCKS / 2) != 0);
    BUG_ON(disk_notes_end(&notes) != 0);
    return media;
}

void fuzz_disk_init(struct fuzz_disk *disk)
{
    static const uint8_t seed[KEY_BYTES] = {1};
    static const uint8_t id[SEP_ID_BYTES] = {2};

    memset(disk, 0, sizeof(*disk));
    BUG_ON(sep_make(&disk->record, seed) != SEP_OK);
    BUG_ON(sep_make_volume(&disk->record, id) != SEP_OK);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        disk->media[i] = make_media();
        disk->machine.media[i] = &disk->media[i]->host;
    }
    disk->machine.blocks = RAID0_MODULES * FUZZ_DISK_BLOCKS;
    memcpy(disk->machine.volume_id, id, sizeof(id));
    disk->machine.sep = &disk->record;
    disk->machine.sep_store = (struct sep_store){.ctx = disk, .save = save};
}

void fuzz_disk_fini(struct fuzz_disk *disk)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        memory_media_destroy(disk->media[i]);
    }
}
