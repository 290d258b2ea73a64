/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of memory in addresses: see memory_plan.h. Zones with more ways come first, so that a zone never begins at a
 * lower address than `ways` times its place in the modules, and the difference can be a register (TADCHNILVOFFSET).
 */
#include "firmware/platform/imacpro/memory_plan.h"

#include <stddef.h>

#include "emu/machine/map.h"

#define MODULE_BYTES_MIN 0x20000000ull /* what rank limit registers count in */
#define MODULE_BYTES_MAX 0x1000000000ull
#define MEMORY_BYTES_MIN 0x400000u

struct layout {
    struct memory *memory;
    uint64_t at;                   /* next free address */
    uint64_t left;                 /* bytes that may still be given an address */
    uint64_t used[MEMORY_SOCKETS]; /* bytes of each module that have one */
};

static uint64_t lower_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t unused(const struct layout *layout, unsigned socket)
{
    return layout->memory->module[socket].bytes - layout->used[socket];
}

/* The sockets with the most unused memory first, those with equal ones in order. Returns how many have any. */
static unsigned sort_sockets(const struct layout *layout, uint8_t *order)
{
    unsigned count = 0;

    for (unsigned socket = 0; socket < MEMORY_SOCKETS; socket++) {
        unsigned at = count;

        if (unused(layout, socket) == 0) {
            continue;
        }
        while (at > 0 && unused(layout, order[at - 1]) < unused(layout, socket)) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (uint8_t)socket;
        count++;
    }
    return count;
}

/* Gives addresses to `bytes` of memory in equal parts of the zone's sockets, in two pieces when they do not fit below
 * MAP_LOW_RAM_MAX. */
static void place(struct layout *layout, const struct memory_zone *sockets, uint64_t bytes)
{
    struct memory *memory = layout->memory;

    bytes = lower_of(bytes, layout->left);
    layout->left -= bytes;
    while (bytes > 0 && memory->zone_count < MEMORY_ZONES_MAX) {
        struct memory_zone *zone = &memory->zone[memory->zone_count++];
        uint64_t part = bytes;
        unsigned ways = sockets->ways;

        *zone = *sockets;
        if (layout->at < MAP_LOW_RAM_MAX) {
            part = lower_of(bytes, MAP_LOW_RAM_MAX - layout->at);
        }
        zone->base = layout->at;
        zone->end = layout->at + part;
        for (unsigned i = 0; i < ways; i++) {
            zone->start[i] = layout->used[sockets->socket[i]];
            layout->used[sockets->socket[i]] += part / ways;
        }
        layout->at = zone->end == MAP_LOW_RAM_MAX ? MAP_HIGH_RAM_BASE : zone->end;
        bytes -= part;
    }
}

static const char *set_ends(struct memory *memory)
{
    memory->low_end = 0;
    memory->high_end = MAP_HIGH_RAM_BASE;
    for (unsigned i = 0; i < memory->zone_count; i++) {
        if (memory->zone[i].base < MAP_HIGH_RAM_BASE) {
            memory->low_end = memory->zone[i].end;
        } else {
            memory->high_end = memory->zone[i].end;
        }
    }
    if (memory->low_end < MEMORY_BYTES_MIN) {
        return "there is too little memory";
    }
    return memory->high_end > MAP_BOOT_WINDOW_BASE ? "there is too much memory" : NULL;
}

static const char *check_modules(const struct memory *memory)
{
    const struct memory_module *first = NULL;

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        const struct memory_module *module = &memory->module[i];

        if (module->bytes == 0) {
            continue;
        }
        if (module->bytes < MODULE_BYTES_MIN || module->bytes > MODULE_BYTES_MAX) {
            return "a memory module is too small or too large";
        }
        if (first != NULL && first->has_ecc != module->has_ecc) {
            return "memory modules with and without ECC are mixed";
        }
        first = module;
    }
    return first == NULL ? "there is no memory module" : NULL;
}

/* Chooses the sockets of the next zone, and how much memory it can have: as much of each module as that with the least unused
 * memory has left. */
static bool next_zone(const struct layout *layout, struct memory_zone *zone, uint64_t *bytes)
{
    uint8_t order[MEMORY_SOCKETS];
    unsigned count = sort_sockets(layout, order);
    uint64_t share;

    if (count == 0) {
        return false;
    }
    *zone = (struct memory_zone){.ways = count == MEMORY_SOCKETS ? 4 : 1 + (count > 1)};
    share = unused(layout, order[zone->ways - 1]);
    for (unsigned socket = 0, way = 0; socket < MEMORY_SOCKETS; socket++) {
        for (unsigned i = 0; i < zone->ways; i++) {
            if (order[i] == socket) {
                zone->socket[way++] = (uint8_t)socket;
            }
        }
    }
    *bytes = share * zone->ways;
    return true;
}

const char *memory_plan(struct memory *memory, uint64_t limit)
{
    struct layout layout = {.memory = memory, .left = limit != 0 ? limit : UINT64_MAX};
    struct memory_zone zone;
    uint64_t bytes;
    const char *reason = check_modules(memory);

    memory->zone_count = 0;
    while (reason == NULL && layout.left > 0 && next_zone(&layout, &zone, &bytes)) {
        place(&layout, &zone, bytes);
    }
    return reason != NULL ? reason : set_ends(memory);
}

const char *memory_plan_flat(struct memory *memory, uint64_t bytes)
{
    const struct memory_zone nowhere = {0};
    struct layout layout = {.memory = memory, .left = bytes};

    memory->zone_count = 0;
    place(&layout, &nowhere, bytes);
    return set_ends(memory);
}
