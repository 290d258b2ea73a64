/* SPDX-License-Identifier: GPL-2.0-only */
/* What was read from disks before the run wrote it, and blobs as the recording's users see them. */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/hash.h"
#include "emu/debug/replay/recording_internal.h"

#define FIRST_ROOM   1024u
#define MODULE_SHIFT 56u
#define MODULE_MASK  0x7fu
/* Blocks of a module are below 2^30; those bits of a key are never all zero. */
#define KEY_USED (UINT64_C(1) << 55)

uint64_t recording_block_key(unsigned module, uint64_t block)
{
    return block | (uint64_t)module << MODULE_SHIFT | KEY_USED;
}

uint64_t recording_key_block(uint64_t key)
{
    return key & (RECORDING_NOTES | (KEY_USED - 1));
}

unsigned recording_key_module(uint64_t key)
{
    return (unsigned)(key >> MODULE_SHIFT & MODULE_MASK);
}

/* ---- By module and number ---- */

static struct block_entry *place_of(const struct block_table *table, uint64_t key)
{
    const size_t mask = table->room - 1;
    size_t place = (size_t)hash_u64(HASH_SEED, key) & mask;

    while (table->entries[place].key != 0 && table->entries[place].key != key) {
        place = (place + 1) & mask;
    }
    return &table->entries[place];
}

static const struct block_entry *find(const struct recording *recording, unsigned module,
                                      uint64_t block)
{
    const struct block_table *table = &recording->block_table;
    const struct block_entry *entry;

    if (table->room == 0 || module >= RECORDING_MODULES) return NULL;
    entry = place_of(table, recording_block_key(module, block));
    return entry->key == 0 ? NULL : entry;
}

static bool grow(struct block_table *table)
{
    const size_t room = table->room == 0 ? FIRST_ROOM : table->room * 2;
    struct block_table larger = {.room = room, .count = table->count};

    larger.entries = calloc(room, sizeof(*larger.entries));
    if (larger.entries == NULL) return false;
    for (size_t i = 0; i < table->room; i++) {
        if (table->entries[i].key != 0) {
            *place_of(&larger, table->entries[i].key) = table->entries[i];
        }
    }
    free(table->entries);
    *table = larger;
    return true;
}

bool recording_take_block(struct recording *recording, uint64_t key, uint64_t blob)
{
    struct block_table *table = &recording->block_table;
    const struct block_entry entry = {.key = key, .blob = blob};
    struct block_entry *place;

    if (table->count * 2 >= table->room && !grow(table)) return false;
    place = place_of(table, key);
    if (place->key != 0 || steady_add(&recording->blocks, &entry) == NULL) return false;
    *place = entry;
    table->count++;
    return true;
}

bool recording_has_block(const struct recording *recording, unsigned module, uint64_t block)
{
    return find(recording, module, block) != NULL;
}

static bool is_zero(const uint8_t *data)
{
    return data[0] == 0 && memcmp(data, data + 1, MEDIA_BLOCK_BYTES - 1) == 0;
}

bool recording_add_block(struct recording *recording, unsigned module, uint64_t block,
                         const void *data)
{
    uint64_t blob = 0;

    BUG_ON(module >= RECORDING_MODULES);
    if (find(recording, module, block) != NULL) return true;
    if (!is_zero(data)) {
        blob = blobs_put(recording->blobs, data, MEDIA_BLOCK_BYTES);
        if (blob == 0) return recording_fail(recording, "memory ran out");
    }
    if (recording_take_block(recording, recording_block_key(module, block), blob)) return true;
    blobs_drop(recording->blobs, blob);
    return recording_fail(recording, "memory ran out");
}

bool recording_get_block(struct recording *recording, unsigned module, uint64_t block, void *data)
{
    const struct block_entry *entry = find(recording, module, block);

    if (entry == NULL) return false;
    if (entry->blob != 0)
        return blobs_get(recording->blobs, entry->blob, data, &recording->trouble) == 0;
    memset(data, 0, MEDIA_BLOCK_BYTES);
    return true;
}

/* ---- About the disk ---- */

void recording_set_disk(struct recording *recording, unsigned module, uint64_t seal)
{
    recording->disks[module] = (struct recording_disk){.is_known = true, .seal = seal};
}

uint64_t recording_disk_seal(const struct recording *recording, unsigned module)
{
    return recording->disks[module].seal;
}

/* ---- Blobs ---- */

uint64_t recording_put_blob(struct recording *recording, const void *data, size_t bytes)
{
    const uint64_t blob = blobs_put(recording->blobs, data, bytes);

    if (blob == 0) {
        (void)recording_fail(recording, "memory ran out");
    }
    return blob;
}

size_t recording_blob_bytes(const struct recording *recording, uint64_t blob)
{
    return blobs_bytes(recording->blobs, blob);
}

int recording_get_blob(struct recording *recording, uint64_t blob, void *data, struct error *err)
{
    return blobs_get(recording->blobs, blob, data, err);
}

void recording_drop_blob(struct recording *recording, uint64_t blob)
{
    blobs_drop(recording->blobs, blob);
}

void recording_set_blob_room(struct recording *recording, uint64_t bytes)
{
    blobs_set_room(recording->blobs, bytes);
}

uint64_t recording_blob_total(const struct recording *recording)
{
    return blobs_total(recording->blobs);
}
