/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places a payload in memory: what is claimed is usable memory outside of the firmware, and is claimed once.
 */
#pragma once

#include "firmware/boot/window.h"
#include "firmware/core/display.h"
#include "firmware/core/memmap.h"
#include "firmware/lib/arena.h"

/* What every protocol needs to hand over. */
struct loader {
    const struct mem_map *map; /* as the payload will be told it */
    struct mem_map free;       /* usable and not claimed yet */
    uint8_t *memory;           /* pointer to physical address 0: NULL in the firmware */
    struct arena *handoff;     /* low memory for the structures that the payload is given */
    uint64_t rsdp_addr;
    const struct boot_window *window;
    const struct display *display; /* NULL: there is none */
};

/* `map`, `handoff` and `window` are borrowed. False when the memory map is too full to work with. */
bool loader_init(struct loader *loader, const struct mem_map *map);

/* Pointer to physical memory. */
void *loader_pointer(const struct loader *loader, uint64_t addr);

/* Takes [addr, addr + bytes). Returns NULL, or the reason why not. */
const char *loader_claim(struct loader *loader, uint64_t addr, uint64_t bytes);

/* Takes the highest memory below `max` and copies the data of an entry there, at a page boundary. 0: there is no room. */
uint64_t loader_place_high(struct loader *loader, const struct boot_entry *entry, uint64_t max);

/* Copies an entry's data to `addr` and zeroes the rest of its memory. The memory has been claimed. */
void loader_copy(const struct loader *loader, const struct boot_entry *entry, uint64_t addr);

/* Claims and fills all SEGMENT entries. Returns NULL or the reason; *failed is then the entry. */
const char *loader_segments(struct loader *loader, const struct boot_entry **failed);

/* Copies the command line to the handoff memory and returns its address ("" when there is none); 0: there is no room. */
uint64_t loader_cmdline(struct loader *loader);

/* Copies a string of at most BOOT_NAME_BYTES to the handoff memory and returns its address; 0: there is no room. */
uint64_t loader_string(struct loader *loader, const char *text);
