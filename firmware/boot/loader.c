/* SPDX-License-Identifier: GPL-2.0-only */
/* Places a payload in memory: see loader.h. */
#include "firmware/boot/loader.h"

#include "firmware/arch/x86/layout.h"
#include "firmware/lib/mem.h"

#define PAGE 4096

bool loader_init(struct loader *loader, const struct mem_map *map)
{
    loader->map = map;
    loader->free = *map;
    return memmap_remove(&loader->free, 0, FW_RUNTIME_END);
}

void *loader_pointer(const struct loader *loader, uint64_t addr)
{
    return (uint8_t *)((uintptr_t)loader->memory + (uintptr_t)addr);
}

const char *loader_claim(struct loader *loader, uint64_t addr, uint64_t bytes)
{
    uint64_t end = addr + bytes;

    if (end < addr) {
        return "it ends beyond 64 bits";
    }
    if (addr < FW_RUNTIME_END && end > FW_RUNTIME_BASE) {
        return "it overlaps the firmware below 1 MiB";
    }
    if (!memmap_is_usable(loader->map, addr, end)) {
        return "there is no usable memory";
    }
    if (!memmap_is_usable(&loader->free, addr, end)) {
        return "it overlaps another part of the payload";
    }
    return memmap_remove(&loader->free, addr, end) ? NULL : "the memory map has too many pieces";
}

void loader_copy(const struct loader *loader, const struct boot_entry *entry, uint64_t addr)
{
    uint8_t *to = loader_pointer(loader, addr);

    mem_copy(to, entry->data, entry->bytes);
    mem_zero(to + entry->bytes, entry->memory_bytes - entry->bytes);
}

uint64_t loader_place_high(struct loader *loader, const struct boot_entry *entry, uint64_t max)
{
    uint64_t bytes = align_up(entry->memory_bytes > 0 ? entry->memory_bytes : 1, PAGE);
    uint64_t addr;

    if (bytes < entry->memory_bytes) {
        return 0;
    }
    addr = memmap_find_high(&loader->free, bytes, PAGE, FW_RUNTIME_END, max);
    if (addr == 0 || !memmap_remove(&loader->free, addr, addr + bytes)) {
        return 0;
    }
    loader_copy(loader, entry, addr);
    return addr;
}

const char *loader_segments(struct loader *loader, const struct boot_entry **failed)
{
    const struct boot_window *window = loader->window;

    /* All claims before the first copy: a payload that does not fit changes nothing. */
    for (unsigned i = 0; i < window->count; i++) {
        const struct boot_entry *entry = &window->entry[i];
        const char *reason;

        if (entry->type != BOOT_ENTRY_SEGMENT || entry->memory_bytes == 0) {
            continue;
        }
        reason = loader_claim(loader, entry->load_addr, entry->memory_bytes);
        if (reason != NULL) {
            *failed = entry;
            return reason;
        }
    }
    for (unsigned i = 0; i < window->count; i++) {
        if (window->entry[i].type == BOOT_ENTRY_SEGMENT) {
            loader_copy(loader, &window->entry[i], window->entry[i].load_addr);
        }
    }
    return NULL;
}

static uint64_t copy_text(struct loader *loader, const char *text, size_t length)
{
    char *copy = arena_alloc(loader->handoff, length + 1, 16);

    if (copy == NULL) {
        return 0;
    }
    mem_copy(copy, text, length);
    return arena_addr(loader->handoff, copy);
}

uint64_t loader_cmdline(struct loader *loader)
{
    const struct boot_entry *entry = boot_window_find(loader->window, BOOT_ENTRY_CMDLINE);

    if (entry == NULL) {
        return copy_text(loader, "", 0);
    }
    return copy_text(loader, (const char *)entry->data,
                     str_length((const char *)entry->data, entry->bytes));
}

uint64_t loader_string(struct loader *loader, const char *text)
{
    return copy_text(loader, text, str_length(text, BOOT_NAME_BYTES));
}
