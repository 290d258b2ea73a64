/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of module headers on hostile bytes, also with checksum and MAC mended. What is accepted
 * describes a module that could be, and is written so that it reads the same.
 */
#include <string.h>

#include "devices/storage/raid0.h"
#include "emu/base/bug.h"
#include "emu/crypto/digest.h"
#include "emu/disk/disk.h"
#include "emu/disk/disk_header.h"
#include "tests/fuzz/input.h"

#define BODY_BYTES (DISK_HEADER_BYTES - DIGEST_BYTES)

static void check_good(const struct disk_header *header, const uint8_t key[KEY_BYTES])
{
    uint8_t bytes[DISK_HEADER_BYTES];
    struct disk_header same;
    bool has_mac;

    BUG_ON(header->slot >= RAID0_MODULES || header->blocks == 0);
    BUG_ON(header->blocks > raid0_module_blocks(DISK_BYTES_MAX / MEDIA_BLOCK_BYTES));
    BUG_ON(disk_module_bytes(header->blocks, header->notes_bytes) > UINT64_C(8) << 40);
    BUG_ON(disk_header_put(header, key, bytes) < 0);
    BUG_ON(disk_header_get(bytes, key, &same, &has_mac) != DISK_HEADER_GOOD || !has_mac);
    BUG_ON(same.blocks != header->blocks || same.slot != header->slot);
    BUG_ON(same.generation != header->generation || same.sequence != header->sequence);
    BUG_ON(same.is_clean != header->is_clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[KEY_BYTES] = {1, 2, 3};
    uint8_t bytes[DISK_HEADER_BYTES] = {0};
    struct disk_header header;
    bool has_mac;

    memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    if (disk_header_get(bytes, key, &header, &has_mac) == DISK_HEADER_GOOD) {
        check_good(&header, key);
    }
    BUG_ON(digest_sha256(bytes, BODY_BYTES, bytes + BODY_BYTES) < 0);
    if (disk_header_get(bytes, key, &header, &has_mac) == DISK_HEADER_GOOD) {
        check_good(&header, key);
    }
    return 0;
}
