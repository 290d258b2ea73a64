/* SPDX-License-Identifier: GPL-2.0-only */
/* The map of a module in its notes, for tools. */
#include <string.h>

#include "emu/base/endian.h"
#include "emu/disk/disk_notes.h"

/* FNV-1a, 64 bits: page number (32 bits, little-endian), then the payload. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define BYTE_BITS 8u

static uint64_t add_bytes(uint64_t sum, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sum = (sum ^ bytes[i]) * FNV_PRIME;
    }
    return sum;
}

static uint64_t checksum_of(uint32_t number, const uint8_t *page)
{
    uint8_t name[sizeof(number)];

    le32_put(name, number);
    return add_bytes(add_bytes(FNV_BASIS, name, sizeof(name)), page, SSD_NOTES_PAYLOAD);
}

enum disk_notes_state disk_notes_judge(uint32_t number, const uint8_t page[SSD_NOTES_PAGE_BYTES])
{
    if (page[0] == 0 && memcmp(page, page + 1, SSD_NOTES_PAGE_BYTES - 1) == 0) {
        return DISK_NOTES_EMPTY;
    }
    return le64_get(page + SSD_NOTES_PAYLOAD) == checksum_of(number, page) ? DISK_NOTES_GOOD
                                                                           : DISK_NOTES_BAD;
}

static uint32_t first_page(const struct ssd_geometry *geometry)
{
    return SSD_NOTES_HEADERS + geometry->wear_pages;
}

uint64_t disk_notes_bitmap_offset(const struct ssd_geometry *geometry)
{
    return (uint64_t)first_page(geometry) * SSD_NOTES_PAGE_BYTES;
}

uint64_t disk_notes_bitmap_bytes(const struct ssd_geometry *geometry)
{
    return (uint64_t)geometry->bitmap_pages * SSD_NOTES_PAGE_BYTES;
}

void disk_notes_begin(struct disk_notes_writer *writer, const struct host_media *media)
{
    *writer = (struct disk_notes_writer){.media = media, .geometry = ssd_geometry(media->blocks)};
}

static int write_page(struct disk_notes_writer *writer)
{
    const uint32_t number = first_page(&writer->geometry) + writer->bitmap_page;

    if (!writer->has_page) return 0;
    writer->has_page = false;
    le64_put(writer->page + SSD_NOTES_PAYLOAD, checksum_of(number, writer->page));
    return writer->media->write_notes(writer->media->ctx, (uint64_t)number * SSD_NOTES_PAGE_BYTES,
                                      writer->page, sizeof(writer->page));
}

int disk_notes_mark(struct disk_notes_writer *writer, uint64_t block, uint32_t count)
{
    for (uint64_t at = block; at < block + count; at++) {
        const uint32_t page = (uint32_t)(at / SSD_NOTES_BITS_PER);
        const uint32_t bit = (uint32_t)(at % SSD_NOTES_BITS_PER);

        if (page != writer->bitmap_page || !writer->has_page) {
            if (write_page(writer) < 0) return -1;
            memset(writer->page, 0, sizeof(writer->page));
            writer->bitmap_page = page;
            writer->has_page = true;
        }
        writer->page[bit / BYTE_BITS] |= (uint8_t)(1u << bit % BYTE_BITS);
    }
    return 0;
}

int disk_notes_end(struct disk_notes_writer *writer)
{
    return write_page(writer);
}
