/* SPDX-License-Identifier: GPL-2.0-only */
/* The start information of the PVH boot ABI: see pvh.h. */
#include "firmware/boot/pvh.h"

#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"

#define INFO_BYTES          (PVH_DISPLAY_OFFSET + DISPLAY_BYTES)
#define INFO_MAGIC          0
#define INFO_VERSION        4
#define INFO_NR_MODULES     12
#define INFO_MODLIST_PADDR  16
#define INFO_CMDLINE_PADDR  24
#define INFO_RSDP_PADDR     32
#define INFO_MEMMAP_PADDR   40
#define INFO_MEMMAP_ENTRIES 48

/* Behind the structure: docs/images.md, "The frame buffer". */
#define DISPLAY_BYTES        48
#define DISPLAY_MAGIC        0
#define DISPLAY_ADDR         8
#define DISPLAY_MEMORY_BYTES 16
#define DISPLAY_PITCH        24
#define DISPLAY_WIDTH        28
#define DISPLAY_HEIGHT       32
#define DISPLAY_BPP          36
#define DISPLAY_COLOURS      37

#define MODULE_BYTES       32
#define MEMMAP_ENTRY_BYTES 24
#define VERSION            1
#define FOUR_GIB           0x100000000u

static bool put_module(struct loader *loader, const struct boot_entry *entry, uint8_t *module)
{
    uint64_t addr = loader_place_high(loader, entry, FOUR_GIB);
    uint64_t name = loader_string(loader, entry->name);

    if (addr == 0 || name == 0) {
        return false;
    }
    put_le64(module, addr);
    put_le64(module + 8, entry->bytes);
    put_le64(module + 16, name);
    return true;
}

static const char *put_modules(struct loader *loader, uint8_t *info)
{
    static const uint32_t order[] = {BOOT_ENTRY_INITRD, BOOT_ENTRY_MODULE};
    uint8_t *list = arena_alloc(loader->handoff, BOOT_ENTRIES_MAX * MODULE_BYTES, 16);
    unsigned count = 0;

    if (list == NULL) {
        return "there is no room for the module list";
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < loader->window->count; i++) {
            const struct boot_entry *entry = &loader->window->entry[i];
            if (entry->type != order[pass]) {
                continue;
            }
            if (!put_module(loader, entry, list + count * MODULE_BYTES)) {
                return "there is not enough memory for a module";
            }
            count++;
        }
    }
    put_le32(info + INFO_NR_MODULES, count);
    put_le64(info + INFO_MODLIST_PADDR, count > 0 ? arena_addr(loader->handoff, list) : 0);
    return NULL;
}

static bool put_memory_map(struct loader *loader, uint8_t *info)
{
    const struct mem_map *map = loader->map;
    uint8_t *table = arena_alloc(loader->handoff, MEMMAP_RANGES_MAX * MEMMAP_ENTRY_BYTES, 16);

    if (table == NULL) {
        return false;
    }
    for (unsigned i = 0; i < map->count; i++) {
        uint8_t *p = table + i * MEMMAP_ENTRY_BYTES;
        put_le64(p, map->range[i].base);
        put_le64(p + 8, map->range[i].end - map->range[i].base);
        put_le32(p + 16, (uint32_t)map->range[i].type);
    }
    put_le64(info + INFO_MEMMAP_PADDR, arena_addr(loader->handoff, table));
    put_le32(info + INFO_MEMMAP_ENTRIES, map->count);
    return true;
}

static void put_display(const struct display *display, uint8_t *at)
{
    mem_copy(at + DISPLAY_MAGIC, PVH_DISPLAY_MAGIC, sizeof(PVH_DISPLAY_MAGIC) - 1);
    put_le64(at + DISPLAY_ADDR, display->addr);
    put_le64(at + DISPLAY_MEMORY_BYTES, display->bytes);
    put_le32(at + DISPLAY_PITCH, display->pitch);
    put_le32(at + DISPLAY_WIDTH, display->width);
    put_le32(at + DISPLAY_HEIGHT, display->height);
    at[DISPLAY_BPP] = DISPLAY_DEPTH;
    display_put_colours(at + DISPLAY_COLOURS);
}

const char *pvh_load(struct loader *loader, uint64_t *info)
{
    uint8_t *raw = arena_alloc(loader->handoff, INFO_BYTES, 16);
    uint64_t cmdline = loader_cmdline(loader);
    const char *reason;

    if (raw == NULL || cmdline == 0) {
        return "the command line is too long";
    }
    if (!put_memory_map(loader, raw)) {
        return "there is no room for the memory map";
    }
    reason = put_modules(loader, raw);
    if (reason != NULL) {
        return reason;
    }
    put_le32(raw + INFO_MAGIC, PVH_MAGIC);
    put_le32(raw + INFO_VERSION, VERSION);
    put_le64(raw + INFO_CMDLINE_PADDR, cmdline);
    put_le64(raw + INFO_RSDP_PADDR, loader->rsdp_addr);
    if (loader->display != NULL) {
        put_display(loader->display, raw + PVH_DISPLAY_OFFSET);
    }
    *info = arena_addr(loader->handoff, raw);
    return NULL;
}
