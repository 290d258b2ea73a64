/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multiboot 1: see multiboot.h. Given: memory sizes, command line, modules (each on a page boundary), memory map, loader
 * name, frame buffer. Not given, and their flags are clear: boot device, symbols, drives, ROM configuration table, APM, VBE.
 */
#include "firmware/boot/multiboot.h"

#include "firmware/arch/x86/layout.h"
#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"

#define INFO_BYTES              120
#define INFO_FLAGS              0
#define INFO_MEM_LOWER          4
#define INFO_MEM_UPPER          8
#define INFO_CMDLINE            16
#define INFO_MODS_COUNT         20
#define INFO_MODS_ADDR          24
#define INFO_MMAP_LENGTH        44
#define INFO_MMAP_ADDR          48
#define INFO_BOOT_LOADER_NAME   64
#define INFO_FRAMEBUFFER_ADDR   88
#define INFO_FRAMEBUFFER_PITCH  96
#define INFO_FRAMEBUFFER_WIDTH  100
#define INFO_FRAMEBUFFER_HEIGHT 104
#define INFO_FRAMEBUFFER_BPP    108
#define INFO_FRAMEBUFFER_TYPE   109
#define INFO_COLOR_INFO         110 /* red, green, blue: position and size in bits */

#define FLAG_MEMORY           0x001
#define FLAG_CMDLINE          0x004
#define FLAG_MODS             0x008
#define FLAG_MMAP             0x040
#define FLAG_BOOT_LOADER_NAME 0x200
#define FLAG_FRAMEBUFFER      0x1000
#define FRAMEBUFFER_TYPE_RGB  1

#define MODULE_BYTES     16
#define MMAP_ENTRY_BYTES 24 /* a size field that does not count itself, then 20 bytes */
#define KIB              1024
#define ONE_MIB          0x100000u
#define FOUR_GIB         0x100000000u

static const char *put_modules(struct loader *loader, uint8_t *info)
{
    uint8_t *table = arena_alloc(loader->handoff, BOOT_ENTRIES_MAX * MODULE_BYTES, 16);
    unsigned count = 0;

    if (table == NULL) {
        return "there is no room for the module list";
    }
    for (unsigned i = 0; i < loader->window->count; i++) {
        const struct boot_entry *entry = &loader->window->entry[i];
        uint8_t *module = table + count * MODULE_BYTES;
        uint64_t addr, name;

        if (entry->type != BOOT_ENTRY_MODULE && entry->type != BOOT_ENTRY_INITRD) {
            continue;
        }
        addr = loader_place_high(loader, entry, FOUR_GIB);
        name = loader_string(loader, entry->name);
        if (addr == 0 || name == 0) {
            return "there is not enough memory for a module";
        }
        put_le32(module, (uint32_t)addr);
        put_le32(module + 4, (uint32_t)(addr + entry->bytes));
        put_le32(module + 8, (uint32_t)name);
        count++;
    }
    put_le32(info + INFO_MODS_COUNT, count);
    put_le32(info + INFO_MODS_ADDR, (uint32_t)arena_addr(loader->handoff, table));
    return NULL;
}

static bool put_memory_map(struct loader *loader, uint8_t *info)
{
    const struct mem_map *map = loader->map;
    uint8_t *table = arena_alloc(loader->handoff, MEMMAP_RANGES_MAX * MMAP_ENTRY_BYTES, 16);
    uint64_t upper_end = ONE_MIB;

    if (table == NULL) {
        return false;
    }
    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_range *range = &map->range[i];
        uint8_t *p = table + i * MMAP_ENTRY_BYTES;

        put_le32(p, MMAP_ENTRY_BYTES - 4);
        put_le64(p + 4, range->base);
        put_le64(p + 12, range->end - range->base);
        put_le32(p + 20, (uint32_t)range->type);
        if (range->type == MEM_USABLE && range->base == ONE_MIB) {
            upper_end = range->end;
        }
    }
    put_le32(info + INFO_MMAP_LENGTH, map->count * MMAP_ENTRY_BYTES);
    put_le32(info + INFO_MMAP_ADDR, (uint32_t)arena_addr(loader->handoff, table));
    put_le32(info + INFO_MEM_LOWER, FW_EBDA_BASE / KIB);
    put_le32(info + INFO_MEM_UPPER, (uint32_t)((upper_end - ONE_MIB) / KIB));
    return true;
}

static uint32_t put_framebuffer(const struct display *display, uint8_t *info)
{
    if (display == NULL) return 0;
    put_le64(info + INFO_FRAMEBUFFER_ADDR, display->addr);
    put_le32(info + INFO_FRAMEBUFFER_PITCH, display->pitch);
    put_le32(info + INFO_FRAMEBUFFER_WIDTH, display->width);
    put_le32(info + INFO_FRAMEBUFFER_HEIGHT, display->height);
    info[INFO_FRAMEBUFFER_BPP] = DISPLAY_DEPTH;
    info[INFO_FRAMEBUFFER_TYPE] = FRAMEBUFFER_TYPE_RGB;
    display_put_colours(info + INFO_COLOR_INFO);
    return FLAG_FRAMEBUFFER;
}

const char *multiboot_load(struct loader *loader, uint64_t *info)
{
    uint8_t *raw = arena_alloc(loader->handoff, INFO_BYTES, 16);
    uint64_t cmdline = loader_cmdline(loader);
    uint64_t name = loader_string(loader, "Spacegray firmware");
    const char *reason;
    uint32_t flags;

    if (raw == NULL || cmdline == 0 || name == 0) {
        return "the command line is too long";
    }
    if (!put_memory_map(loader, raw)) {
        return "there is no room for the memory map";
    }
    reason = put_modules(loader, raw);
    if (reason != NULL) {
        return reason;
    }
    flags = FLAG_MEMORY | FLAG_CMDLINE | FLAG_MODS | FLAG_MMAP | FLAG_BOOT_LOADER_NAME;
    put_le32(raw + INFO_FLAGS, flags | put_framebuffer(loader->display, raw));
    put_le32(raw + INFO_CMDLINE, (uint32_t)cmdline);
    put_le32(raw + INFO_BOOT_LOADER_NAME, (uint32_t)name);
    *info = arena_addr(loader->handoff, raw);
    return NULL;
}
