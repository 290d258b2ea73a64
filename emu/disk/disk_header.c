/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a module file. */
#include "emu/disk/disk_header.h"

#include <string.h>

#include "devices/storage/raid0.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/crypto/digest.h"
#include "emu/crypto/keys.h"
#include "emu/disk/disk.h"

#define MAGIC       "SGMODULE"
#define MAGIC_BYTES 8u
#define VERSION     1u
#define FLAG_CLEAN  1u

/* Notes for each block and for the module as a whole: far more than a model needs, as it is a hole
 * until somebody writes there. */
#define NOTES_PER_BLOCK 8u
#define NOTES_COMMON    (UINT64_C(1) << 20)

/* Offsets. From IDENTITY to IDENTITY_END the header never changes; the MAC is over that. */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 8,
    AT_SLOT = 12,
    AT_VOLUME_ID = 16,
    AT_MODULE_ID = 32,
    AT_BLOCKS = 48,
    AT_NOTES_BYTES = 56,
    AT_STRIPE = 64,
    AT_IDENTITY_END = 68,
    AT_FLAGS = 68,
    AT_SEQUENCE = 72,
    AT_GENERATION = 80,
    AT_MAC = 88,
    AT_REST = AT_MAC + DIGEST_BYTES,
    AT_CHECKSUM = DISK_HEADER_BYTES - DIGEST_BYTES,
};

static bool is_layout_sound(const struct disk_header *header, uint32_t flags)
{
    return header->slot < RAID0_MODULES && header->stripe == RAID0_STRIPE && header->blocks > 0 &&
           header->blocks <= raid0_module_blocks(DISK_BYTES_MAX / MEDIA_BLOCK_BYTES) &&
           header->blocks % RAID0_STRIPE == 0 &&
           header->notes_bytes == disk_notes_bytes(header->blocks) && (flags & ~FLAG_CLEAN) == 0;
}

static bool is_rest_zero(const uint8_t *bytes)
{
    for (size_t i = AT_REST; i < AT_CHECKSUM; i++) {
        if (bytes[i] != 0) return false;
    }
    return true;
}

enum disk_header_state disk_header_get(const uint8_t bytes[DISK_HEADER_BYTES],
                                       const uint8_t pairing_key[KEY_BYTES],
                                       struct disk_header *header, bool *has_mac)
{
    uint8_t digest[DIGEST_BYTES];

    *has_mac = false;
    if (memcmp(bytes + AT_MAGIC, MAGIC, MAGIC_BYTES) != 0) return DISK_HEADER_MAGIC;
    if (digest_sha256(bytes, AT_CHECKSUM, digest) < 0 ||
        memcmp(digest, bytes + AT_CHECKSUM, sizeof(digest)) != 0) {
        return DISK_HEADER_CHECKSUM;
    }
    if (le32_get(bytes + AT_VERSION) != VERSION) return DISK_HEADER_VERSION;
    *header = (struct disk_header){
        .is_clean = (le32_get(bytes + AT_FLAGS) & FLAG_CLEAN) != 0,
        .slot = le32_get(bytes + AT_SLOT),
        .stripe = le32_get(bytes + AT_STRIPE),
        .blocks = le64_get(bytes + AT_BLOCKS),
        .notes_bytes = le64_get(bytes + AT_NOTES_BYTES),
        .sequence = le64_get(bytes + AT_SEQUENCE),
        .generation = le64_get(bytes + AT_GENERATION),
    };
    memcpy(header->volume_id, bytes + AT_VOLUME_ID, SEP_ID_BYTES);
    memcpy(header->module_id, bytes + AT_MODULE_ID, SEP_ID_BYTES);
    if (!is_layout_sound(header, le32_get(bytes + AT_FLAGS)) || !is_rest_zero(bytes)) {
        return DISK_HEADER_LAYOUT;
    }
    *has_mac = digest_hmac(pairing_key, KEY_BYTES, bytes, AT_IDENTITY_END, digest) == 0 &&
               key_equal(digest, bytes + AT_MAC, sizeof(digest));
    return DISK_HEADER_GOOD;
}

int disk_header_put(const struct disk_header *header, const uint8_t pairing_key[KEY_BYTES],
                    uint8_t bytes[DISK_HEADER_BYTES])
{
    memset(bytes, 0, DISK_HEADER_BYTES);
    memcpy(bytes + AT_MAGIC, MAGIC, MAGIC_BYTES);
    le32_put(bytes + AT_VERSION, VERSION);
    le32_put(bytes + AT_SLOT, header->slot);
    memcpy(bytes + AT_VOLUME_ID, header->volume_id, SEP_ID_BYTES);
    memcpy(bytes + AT_MODULE_ID, header->module_id, SEP_ID_BYTES);
    le64_put(bytes + AT_BLOCKS, header->blocks);
    le64_put(bytes + AT_NOTES_BYTES, header->notes_bytes);
    le32_put(bytes + AT_STRIPE, header->stripe);
    le32_put(bytes + AT_FLAGS, header->is_clean ? FLAG_CLEAN : 0);
    le64_put(bytes + AT_SEQUENCE, header->sequence);
    le64_put(bytes + AT_GENERATION, header->generation);
    if (digest_hmac(pairing_key, KEY_BYTES, bytes, AT_IDENTITY_END, bytes + AT_MAC) < 0) return -1;
    return digest_sha256(bytes, AT_CHECKSUM, bytes + AT_CHECKSUM);
}

uint64_t disk_notes_bytes(uint64_t blocks)
{
    return align_up(NOTES_COMMON + NOTES_PER_BLOCK * blocks, MEDIA_BLOCK_BYTES);
}

uint64_t disk_data_offset(uint64_t notes_bytes)
{
    return align_up(DISK_NOTES_OFFSET + notes_bytes, DISK_DATA_ALIGN);
}

uint64_t disk_module_bytes(uint64_t blocks, uint64_t notes_bytes)
{
    return disk_data_offset(notes_bytes) + blocks * MEDIA_BLOCK_BYTES;
}
