/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flat view: region pointers sorted by base in a fixed array, found by binary search with the
 * last hit tried first. An access is cut into naturally aligned pieces that fit the region's
 * declared sizes; each piece looks its region up anew, so that a callback may map and unmap
 * regions, its own included.
 */
#include "emu/core/bus.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/endian.h"
#include "emu/base/error.h"
#include "emu/core/events.h"

#define BUS_REGIONS_MAX 1024
#define ACCESS_MAX      8u
#define WATCH_PAGE      4096u

struct bus {
    const char *name;
    struct trace *trace;
    struct bus_ram_hooks ram_hooks;
    struct region *regions[BUS_REGIONS_MAX];
    size_t count;
    size_t last_hit;
    unsigned initiator;
    uint64_t unmapped;
};

/* One piece of an access: `size` is a power of two and `addr` a multiple of it. */
struct piece {
    struct region *region; /* NULL: nothing there */
    uint64_t offset;
    unsigned size;
};

struct bus *bus_create(const char *name, struct trace *trace)
{
    struct bus *bus = calloc(1, sizeof(*bus));

    if (bus != NULL) {
        bus->name = name;
        bus->trace = trace;
    }
    return bus;
}

void bus_destroy(struct bus *bus)
{
    free(bus);
}

/* Index of the first region that ends above `addr`. */
static size_t first_above(const struct bus *bus, uint64_t addr)
{
    size_t low = 0;
    size_t high = bus->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct region *region = bus->regions[middle];

        if (region->base + (region->bytes - 1) >= addr) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static bool contains(const struct region *region, uint64_t addr)
{
    return addr >= region->base && addr - region->base < region->bytes;
}

struct region *bus_find(const struct bus *bus, uint64_t addr)
{
    size_t index = first_above(bus, addr);

    if (index >= bus->count || !contains(bus->regions[index], addr)) return NULL;
    return bus->regions[index];
}

static struct region *find_cached(struct bus *bus, uint64_t addr)
{
    size_t index = bus->last_hit;

    if (index >= bus->count || !contains(bus->regions[index], addr)) {
        index = first_above(bus, addr);
        if (index >= bus->count || !contains(bus->regions[index], addr)) return NULL;
        bus->last_hit = index;
    }
    return bus->regions[index];
}

static void check_declaration(const struct region *region)
{
    BUG_ON(region->name == NULL || region->bytes == 0);
    if (region->kind != REGION_MMIO) {
        BUG_ON(region->host == NULL);
        return;
    }
    BUG_ON(region->ops == NULL || region->ops->read == NULL || region->ops->write == NULL);
    BUG_ON(region->ops->peek == NULL);
    BUG_ON(!is_power_of_two(region->min_access) || !is_power_of_two(region->max_access));
    BUG_ON(region->min_access > region->max_access || region->max_access > ACCESS_MAX);
}

void bus_set_ram_hooks(struct bus *bus, const struct bus_ram_hooks *hooks)
{
    bus->ram_hooks = *hooks;
}

static void tell_changed(const struct bus *bus, const struct region *region)
{
    if (region->kind != REGION_MMIO && bus->ram_hooks.changed != NULL) {
        bus->ram_hooks.changed(bus->ram_hooks.ctx);
    }
}

void bus_watch(struct bus *bus, struct region *region, uint64_t offset, uint64_t bytes)
{
    BUG_ON(region->kind != REGION_RAM);
    if (!region->is_mapped || offset >= region->bytes || bytes == 0) return;
    if (bus->ram_hooks.watch != NULL) {
        bus->ram_hooks.watch(bus->ram_hooks.ctx, region, offset,
                             min_u64(bytes, region->bytes - offset));
    }
}

void bus_before_write(const struct region *region, uint64_t offset, uint64_t bytes)
{
    uint64_t page;

    if (region->before_write == NULL || bytes == 0) return;
    for (page = align_down(offset, WATCH_PAGE); page < offset + bytes; page += WATCH_PAGE) {
        region->before_write(region->owner, page);
    }
}

int bus_map(struct bus *bus, struct region *region, uint64_t base, struct error *err)
{
    size_t index;

    check_declaration(region);
    BUG_ON(region->is_mapped);
    if (base + (region->bytes - 1) < base) {
        return error_host(err, "region %s does not fit at the end of the %s space", region->name,
                          bus->name);
    }
    if (bus->count >= BUS_REGIONS_MAX) {
        return error_host(err, "too many regions in the %s space", bus->name);
    }
    index = first_above(bus, base);
    if (index < bus->count && bus->regions[index]->base <= base + (region->bytes - 1)) {
        return error_host(err, "region %s at 0x%llx overlaps region %s in the %s space",
                          region->name, (unsigned long long)base, bus->regions[index]->name,
                          bus->name);
    }
    memmove(&bus->regions[index + 1], &bus->regions[index],
            (bus->count - index) * sizeof(bus->regions[0]));
    bus->regions[index] = region;
    bus->count++;
    region->base = base;
    region->is_mapped = true;
    tell_changed(bus, region);
    return 0;
}

void bus_unmap(struct bus *bus, struct region *region)
{
    size_t index;

    if (!region->is_mapped) return;
    index = first_above(bus, region->base);
    BUG_ON(index >= bus->count || bus->regions[index] != region);
    bus->count--;
    memmove(&bus->regions[index], &bus->regions[index + 1],
            (bus->count - index) * sizeof(bus->regions[0]));
    region->is_mapped = false;
    tell_changed(bus, region);
}

/* Largest piece at `addr` that is naturally aligned, fits into `left` bytes, the region and its
 * max_access. */
static struct piece cut(struct bus *bus, uint64_t addr, unsigned left)
{
    struct region *region = find_cached(bus, addr);
    struct piece piece = {.region = region, .offset = 0, .size = ACCESS_MAX};
    unsigned limit = ACCESS_MAX;

    if (region != NULL) {
        piece.offset = addr - region->base;
        limit = region->kind == REGION_MMIO ? region->max_access : ACCESS_MAX;
        while (limit > region->bytes - piece.offset && limit > 1) {
            limit /= 2;
        }
    }
    while (piece.size > limit || piece.size > left || (addr & (piece.size - 1)) != 0) {
        piece.size /= 2;
    }
    return piece;
}

static uint64_t mmio_get(const struct piece *piece, bool is_peek)
{
    const struct region *region = piece->region;
    uint64_t (*get)(void *, uint64_t, unsigned) = is_peek ? region->ops->peek : region->ops->read;
    uint64_t start;

    if (piece->size >= region->min_access) {
        return get(region->owner, piece->offset, piece->size) & bits_mask(8 * piece->size);
    }
    start = align_down(piece->offset, region->min_access);
    return get(region->owner, start, region->min_access) >> (8 * (piece->offset - start)) &
           bits_mask(8 * piece->size);
}

static void mmio_put(const struct piece *piece, uint64_t value)
{
    const struct region *region = piece->region;
    uint64_t start;
    unsigned shift;
    uint64_t whole;

    if (piece->size >= region->min_access) {
        region->ops->write(region->owner, piece->offset, piece->size, value);
        return;
    }
    start = align_down(piece->offset, region->min_access);
    shift = (unsigned)(8 * (piece->offset - start));
    whole = region->ops->peek(region->owner, start, region->min_access);
    whole = bits_set(whole, shift + 8 * piece->size - 1, shift, value);
    region->ops->write(region->owner, start, region->min_access, whole);
}

static uint64_t piece_read(struct bus *bus, const struct piece *piece, uint64_t addr, bool is_peek)
{
    if (piece->region == NULL) {
        if (!is_peek) {
            bus->unmapped++;
            TRACE(bus->trace, NULL, &core_event_unmapped_read, addr, piece->size,
                  (uintptr_t)bus->name);
        }
        return bits_mask(8 * piece->size);
    }
    if (piece->region->kind != REGION_MMIO) {
        return le_get((const uint8_t *)piece->region->host + piece->offset, piece->size);
    }
    return mmio_get(piece, is_peek);
}

static uint64_t access_read(struct bus *bus, uint64_t addr, unsigned size, bool is_peek)
{
    uint64_t value = 0;

    BUG_ON(size == 0 || size > ACCESS_MAX);
    for (unsigned done = 0; done < size;) {
        struct piece piece = cut(bus, addr + done, size - done);

        value |= piece_read(bus, &piece, addr + done, is_peek) << (8 * done);
        done += piece.size;
    }
    return value;
}

uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned size)
{
    return access_read(bus, addr, size, false);
}

uint64_t bus_peek(struct bus *bus, uint64_t addr, unsigned size)
{
    return access_read(bus, addr, size, true);
}

void bus_write(struct bus *bus, uint64_t addr, unsigned size, uint64_t value)
{
    BUG_ON(size == 0 || size > ACCESS_MAX);
    for (unsigned done = 0; done < size;) {
        struct piece piece = cut(bus, addr + done, size - done);
        uint64_t part = value >> (8 * done) & bits_mask(8 * piece.size);

        if (piece.region == NULL) {
            bus->unmapped++;
            TRACE(bus->trace, NULL, &core_event_unmapped_write, addr + done, piece.size, part,
                  (uintptr_t)bus->name);
        } else if (piece.region->kind == REGION_RAM) {
            bus_before_write(piece.region, piece.offset, piece.size);
            le_put((uint8_t *)piece.region->host + piece.offset, piece.size, part);
        } else if (piece.region->kind == REGION_MMIO) {
            mmio_put(&piece, part);
        }
        done += piece.size;
    }
}

void *bus_host(const struct bus *bus, uint64_t addr, uint64_t bytes, bool for_write)
{
    struct region *region = bus_find(bus, addr);

    if (region == NULL || region->kind == REGION_MMIO) return NULL;
    if (for_write && region->kind != REGION_RAM) return NULL;
    if (bytes > region->bytes - (addr - region->base)) return NULL;
    if (for_write) {
        bus_before_write(region, addr - region->base, bytes);
    }
    return (uint8_t *)region->host + (addr - region->base);
}

size_t bus_region_count(const struct bus *bus)
{
    return bus->count;
}

const struct region *bus_region(const struct bus *bus, size_t index)
{
    BUG_ON(index >= bus->count);
    return bus->regions[index];
}

void bus_set_initiator(struct bus *bus, unsigned core)
{
    bus->initiator = core;
}

unsigned bus_initiator(const struct bus *bus)
{
    return bus->initiator;
}

uint64_t bus_unmapped_count(const struct bus *bus)
{
    return bus->unmapped;
}
