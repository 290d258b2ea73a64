/* SPDX-License-Identifier: GPL-2.0-only */
/* The map of physical memory: see memmap.h. */
#include "firmware/core/memmap.h"

#include <stddef.h>

#include "firmware/lib/mem.h"

/* Appends to a map that is being rebuilt in order; merges with the last range. */
static bool append(struct mem_map *map, uint64_t base, uint64_t end, enum mem_type type)
{
    struct mem_range *last = map->count > 0 ? &map->range[map->count - 1] : NULL;

    if (base >= end) {
        return true;
    }
    if (last != NULL && last->end == base && last->type == type) {
        last->end = end;
        return true;
    }
    if (map->count == MEMMAP_RANGES_MAX) {
        return false;
    }
    map->range[map->count++] = (struct mem_range){.base = base, .end = end, .type = type};
    return true;
}

static bool append_range(struct mem_map *map, const struct mem_range *range)
{
    return append(map, range->base, range->end, range->type);
}

/* Rebuilds the map with [put->base, put->end) cut out, and `put` itself in its place when `is_present`. */
static bool overlay(struct mem_map *map, const struct mem_range *put, bool is_present)
{
    struct mem_map result = {0};
    bool is_put = !is_present;
    bool ok = true;

    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_range *old = &map->range[i];
        uint64_t left_end = old->end < put->base ? old->end : put->base;
        uint64_t right_base = old->base > put->end ? old->base : put->end;

        ok = ok && append(&result, old->base, left_end, old->type);
        if (!is_put && old->end > put->base) {
            ok = ok && append_range(&result, put);
            is_put = true;
        }
        ok = ok && append(&result, right_base, old->end, old->type);
    }
    if (!is_put) {
        ok = ok && append_range(&result, put);
    }
    if (ok) {
        *map = result;
    }
    return ok;
}

bool memmap_set(struct mem_map *map, uint64_t base, uint64_t end, enum mem_type type)
{
    const struct mem_range put = {.base = base, .end = end, .type = type};

    return base >= end || overlay(map, &put, true);
}

bool memmap_remove(struct mem_map *map, uint64_t base, uint64_t end)
{
    const struct mem_range put = {.base = base, .end = end};

    return base >= end || overlay(map, &put, false);
}

bool memmap_is_usable(const struct mem_map *map, uint64_t base, uint64_t end)
{
    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_range *range = &map->range[i];
        if (range->type == MEM_USABLE && base >= range->base && end <= range->end) {
            return base < end;
        }
    }
    return false;
}

/* The part of a usable range within [min, max). False when it is shorter than `bytes`. */
static bool clip(const struct mem_range *range, uint64_t bytes, uint64_t *min, uint64_t *max)
{
    if (range->type != MEM_USABLE) {
        return false;
    }
    *min = range->base > *min ? range->base : *min;
    *max = range->end < *max ? range->end : *max;
    return *min < *max && bytes <= *max - *min;
}

uint64_t memmap_find_high(const struct mem_map *map, uint64_t bytes, uint64_t align, uint64_t min,
                          uint64_t max)
{
    for (unsigned i = map->count; i-- > 0;) {
        uint64_t low = min, high = max;
        if (clip(&map->range[i], bytes, &low, &high)) {
            uint64_t addr = align_down(high - bytes, align);
            if (addr >= low && addr != 0) {
                return addr;
            }
        }
    }
    return 0;
}

uint64_t memmap_find_low(const struct mem_map *map, uint64_t bytes, uint64_t align, uint64_t min,
                         uint64_t max)
{
    for (unsigned i = 0; i < map->count; i++) {
        uint64_t low = min, high = max;
        if (clip(&map->range[i], bytes, &low, &high)) {
            uint64_t addr = align_up(low > 0 ? low : 1, align);
            if (addr >= low && addr <= high - bytes) {
                return addr;
            }
        }
    }
    return 0;
}

uint64_t memmap_usable_bytes(const struct mem_map *map)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < map->count; i++) {
        if (map->range[i].type == MEM_USABLE) {
            bytes += map->range[i].end - map->range[i].base;
        }
    }
    return bytes;
}
