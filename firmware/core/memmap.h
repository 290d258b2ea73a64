/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map of physical memory, as INT 15h E820h, Multiboot and PVH tell it. Ranges are sorted, do not overlap, are never
 * empty, and neighbours of the same type are one range. Types are those of ACPI 6.4, table 15.4.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MEMMAP_RANGES_MAX 64

enum mem_type {
    MEM_USABLE = 1,
    MEM_RESERVED = 2,
    MEM_ACPI = 3, /* ACPI tables: free for use once they are read */
    MEM_NVS = 4,  /* ACPI memory that must be kept */
};

struct mem_range {
    uint64_t base;
    uint64_t end; /* first address behind */
    enum mem_type type;
};

struct mem_map {
    unsigned count;
    struct mem_range range[MEMMAP_RANGES_MAX];
};

/* Gives [base, end) a type, whatever it was before. Empty ranges are ignored. False when the map is full: it is then
 * unchanged. */
bool memmap_set(struct mem_map *map, uint64_t base, uint64_t end, enum mem_type type);

/* Makes [base, end) a hole. False as above. */
bool memmap_remove(struct mem_map *map, uint64_t base, uint64_t end);

/* Is all of [base, end) usable memory? An empty range is not. */
bool memmap_is_usable(const struct mem_map *map, uint64_t base, uint64_t end);

/* Highest (lowest) address, a multiple of `align` (a power of two), at which `bytes` > 0 of usable memory lie within
 * [min, max). 0 when there is none: address 0 is never given out. */
uint64_t memmap_find_high(const struct mem_map *map, uint64_t bytes, uint64_t align, uint64_t min,
                          uint64_t max);
uint64_t memmap_find_low(const struct mem_map *map, uint64_t bytes, uint64_t align, uint64_t min,
                         uint64_t max);

/* Usable bytes in all. */
uint64_t memmap_usable_bytes(const struct mem_map *map);
