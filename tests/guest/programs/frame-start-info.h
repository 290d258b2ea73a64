/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame buffer as the table behind hvm_start_info tells of it: docs/images.md, "The frame buffer". */
#pragma once

#include "tests/guest/programs/frame-buffer.h"
#include "tests/guest/programs/start-info.h"

#define TABLE_OFFSET 64

struct table {
    char magic[8];
    uint64_t addr, bytes;
    uint32_t pitch, width, height;
    uint8_t bits, places[6], zero[5];
};
_Static_assert(sizeof(struct table) == 48, "as docs/images.md says");

/* Is any of it memory, or anything else that the map names? */
static inline bool is_in_map(const struct start_info *info, uint64_t addr, uint64_t bytes)
{
    const struct memmap_entry *map = (const struct memmap_entry *)(uintptr_t)info->memmap;

    for (unsigned i = 0; i < info->memmap_entries; i++) {
        if (map[i].addr < addr + bytes && addr < map[i].addr + map[i].size) return true;
    }
    return false;
}

static inline void check_table(uint64_t start_info)
{
    const struct start_info *info = (const struct start_info *)(uintptr_t)start_info;
    const struct table *table = (const struct table *)(uintptr_t)(start_info + TABLE_OFFSET);
    struct frame_buffer fb = {
        .addr = table->addr,
        .pitch = table->pitch,
        .width = table->width,
        .height = table->height,
        .bits = table->bits,
    };

    report(memcmp(table->magic, "SGFRAME1", 8) == 0, "the table is there");
    report_eq(table->bytes, 256u << 20, "video memory that can be reached");
    report(!is_in_map(info, table->addr, table->bytes), "it is not in the memory map");
    memcpy(fb.places, table->places, 6);
    check_frame_buffer(&fb);
}
