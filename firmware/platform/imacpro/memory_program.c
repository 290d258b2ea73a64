/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of memory as registers of the memory controllers: see memory_plan.h. Sources: hardware.md 3.3 (fields) and 3.4 (the
 * sets for 32 and 128 GB, which come out of this exactly).
 */
#include <stdbool.h>
#include <stddef.h>

#include "emu/machine/map.h"
#include "firmware/lib/mem.h"
#include "firmware/platform/imacpro/memory_plan.h"

#define IMC_COUNT    2u
#define CHANNELS     3u /* of each controller; the third one has no socket */
#define SOCKETS_EACH (MEMORY_SOCKETS / IMC_COUNT)
#define SLOTS        3u
#define SAD_RULES    24u
#define TAD_RULES    8u
#define RIR_RULES    4u
#define RIR_WAYS     4u

#define LIMITS_ID 0x20348086u
#define ROUTE_ID  0x208e8086u
#define SAD       PCI_BDF(MAP_ROOT_BUS_IIO0, 0x1d, 0)

#define SAD_RULE(i)       (0x60u + 8 * (i))
#define SAD_INTERLEAVE(i) (0x64u + 8 * (i))
#define SAD_ENABLE        1u
#define SAD_LIMIT_SHIFT   7
#define TARGET_LOCAL      8u /* this processor's; bits 2:0 are the logical channel */
#define TARGETS           8u
#define ROUTE             0xb4u
#define DIMMMTR(slot)     (0x80u + 4 * (slot))
#define DIMMMTR_PRESENT   0x8000u
#define AMAP              0x8cu
#define TAD_OFFSET(i)     (0x90u + 4 * (i))
#define RIRWAYNESS(i)     (0x108u + 4 * (i))
#define RIR_VALID         0x80000000u
#define RIRILV(way, i)    (0x120u + 16 * (way) + 4 * (i))
#define MCDDRTCFG         0x400u
#define TADBASE(i)        (0x850u + 4 * (i)) /* these three in channel 0 */
#define TADWAYNESS(i)     (0x880u + 4 * (i))
#define MCMTR             0x87cu
#define MCMTR_CLOSED_PAGE 0x1u
#define MCMTR_ECC         0x4u
#define LIMIT_UNIT_BITS   26 /* 64 MiB */
#define RANK_LIMIT_BITS   29 /* 512 MiB */
#define LIMIT_UNIT        (1ull << LIMIT_UNIT_BITS)

struct programmer {
    const struct memory *memory;
    const struct pci_access *pci;
};

static uint16_t channel_function(unsigned imc, unsigned channel)
{
    unsigned device = 0x0a + 2 * imc + channel / 2;

    return PCI_BDF(MAP_ROOT_BUS_IIO1, device, channel % 2 * 4);
}

static unsigned log2_of(unsigned value)
{
    unsigned bits = 0;

    while (value >> bits > 1) {
        bits++;
    }
    return bits;
}

/* The last unit of 64 MiB that a zone reaches into. */
static uint32_t last_unit(const struct memory_zone *zone)
{
    return (uint32_t)((zone->end - 1) >> LIMIT_UNIT_BITS);
}

static void put(const struct programmer *to, uint16_t function, unsigned reg, uint32_t value)
{
    pci_write(to->pci, function, reg, 4, value);
}

/* TOLM and TOHM, in each I/O stack that has them. They count in 64 MiB, too: the memory map alone is exact. */
static void put_limits(const struct programmer *to)
{
    static const uint8_t buses[] = {MAP_ROOT_BUS_IIO0, MAP_ROOT_BUS_IIO1, MAP_ROOT_BUS_IIO2};
    uint64_t low_end = align_up(to->memory->low_end, LIMIT_UNIT);
    uint64_t high_end = align_up(to->memory->high_end, LIMIT_UNIT);

    for (unsigned i = 0; i < sizeof(buses); i++) {
        uint16_t function = PCI_BDF(buses[i], 5, 0);

        if (pci_read(to->pci, function, PCI_ID, 4) == LIMITS_ID) {
            put(to, function, MAP_TOLM_REG, (uint32_t)low_end);
            put(to, function, MAP_TOHM_REG, (uint32_t)high_end);
            put(to, function, MAP_TOHM_REG + 4, (uint32_t)(high_end >> 32));
        }
    }
}

/* One module: its shape, and lines of 8 KiB (an open page) to the ranks in turn. */
static void put_module(const struct programmer *to, uint16_t function,
                       const struct memory_module *module)
{
    uint32_t shape = 0, ranks = 0;

    if (module->bytes != 0) {
        unsigned rank_bits = log2_of(module->ranks);

        shape = DIMMMTR_PRESENT | rank_bits << 12 | (log2_of(module->width) - 2) << 8 |
                (module->row_bits - 12u) << 2 | (module->column_bits - 10u);
        ranks =
            RIR_VALID | rank_bits << 28 | (uint32_t)((module->bytes - 1) >> RANK_LIMIT_BITS) << 1;
    }
    put(to, function, DIMMMTR(0), shape);
    put(to, function, RIRWAYNESS(0), ranks);
    for (unsigned way = 0; way < RIR_WAYS; way++) {
        put(to, function, RIRILV(way, 0), way < module->ranks ? way << 16 : 0);
    }
}

/* All registers of a channel as for one without modules, but for those of put_module(). */
static void clear_channel(const struct programmer *to, uint16_t function)
{
    put(to, function, AMAP, 0);
    put(to, function, MCDDRTCFG, 0);
    for (unsigned slot = 1; slot < SLOTS; slot++) {
        put(to, function, DIMMMTR(slot), 0);
    }
    for (unsigned i = 0; i < TAD_RULES; i++) {
        put(to, function, TAD_OFFSET(i), 0);
    }
    for (unsigned i = 1; i < RIR_RULES; i++) {
        put(to, function, RIRWAYNESS(i), 0);
        for (unsigned way = 0; way < RIR_WAYS; way++) {
            put(to, function, RIRILV(way, i), 0);
        }
    }
}

static unsigned ways_in(const struct memory_zone *zone, unsigned imc)
{
    unsigned ways = 0;

    for (unsigned i = 0; i < zone->ways; i++) {
        ways += zone->socket[i] / SOCKETS_EACH == imc;
    }
    return ways;
}

/* Zones that controller `imc` takes part in: rule n of its target address decoder for the n-th of them. What the fields call
 * sockets are the controllers. */
static void put_zones(const struct programmer *to, unsigned imc)
{
    uint32_t base[TAD_RULES] = {0}, wayness[TAD_RULES] = {0};
    unsigned rule = 0;

    for (unsigned n = 0; n < to->memory->zone_count; n++) {
        const struct memory_zone *zone = &to->memory->zone[n];
        unsigned channels = ways_in(zone, imc);

        if (channels == 0) {
            continue;
        }
        base[rule] = (uint32_t)(zone->base >> LIMIT_UNIT_BITS) << 12;
        wayness[rule] =
            last_unit(zone) << 12 | log2_of(zone->ways / channels) << 10 | (channels - 1) << 8;
        for (unsigned i = 0; i < zone->ways; i++) {
            uint64_t offset = zone->base - zone->ways * zone->start[i];

            if (zone->socket[i] / SOCKETS_EACH == imc) {
                put(to, channel_function(imc, zone->socket[i] % SOCKETS_EACH), TAD_OFFSET(rule),
                    (uint32_t)(offset >> LIMIT_UNIT_BITS) << 4);
            }
        }
        rule++;
    }
    for (unsigned i = 0; i < TAD_RULES; i++) {
        put(to, channel_function(imc, 0), TADBASE(i), base[i]);
        put(to, channel_function(imc, 0), TADWAYNESS(i), wayness[i]);
    }
}

static bool has_ecc(const struct memory *memory)
{
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        if (memory->module[i].bytes != 0) {
            return memory->module[i].has_ecc;
        }
    }
    return false;
}

static void put_controller(const struct programmer *to, unsigned imc)
{
    static const struct memory_module none = {0};

    for (unsigned channel = 0; channel < CHANNELS; channel++) {
        uint16_t function = channel_function(imc, channel);

        clear_channel(to, function);
        put_module(to, function,
                   channel < SOCKETS_EACH ? &to->memory->module[imc * SOCKETS_EACH + channel]
                                          : &none);
    }
    put(to, channel_function(imc, 0), MCMTR,
        (has_ecc(to->memory) ? MCMTR_ECC : 0) |
            (to->memory->is_closed_page ? MCMTR_CLOSED_PAGE : 0));
    put_zones(to, imc);
}

/* Where the logical channels are, in each of the caching agents. */
static void put_routes(const struct programmer *to)
{
    uint32_t route = 0;

    for (unsigned socket = 0; socket < MEMORY_SOCKETS; socket++) {
        route |= socket / SOCKETS_EACH << 3 * socket;
        route |= socket % SOCKETS_EACH << (18 + 2 * socket);
    }
    for (unsigned i = 0; i < 16; i++) {
        uint16_t function = PCI_BDF(MAP_ROOT_BUS_IIO0, 0x0e + i / 8, i % 8);

        if (pci_read(to->pci, function, PCI_ID, 4) == ROUTE_ID) {
            put(to, function, ROUTE, route);
        }
    }
}

static void close_all(const struct programmer *to)
{
    for (unsigned i = 0; i < SAD_RULES; i++) {
        put(to, SAD, SAD_RULE(i), 0);
        put(to, SAD, SAD_INTERLEAVE(i), 0);
    }
}

/* A rule begins where the one before ends; so one that is off stands for the hole below 4 GiB. */
static void open_zones(const struct programmer *to)
{
    unsigned rule = 0;
    uint64_t at = 0;

    for (unsigned n = 0; n < to->memory->zone_count; n++) {
        const struct memory_zone *zone = &to->memory->zone[n];
        uint32_t targets = 0;

        if (zone->base != at) {
            put(to, SAD, SAD_RULE(rule++),
                (uint32_t)((zone->base - 1) >> LIMIT_UNIT_BITS) << SAD_LIMIT_SHIFT);
        }
        for (unsigned i = 0; i < TARGETS; i++) {
            targets |= (TARGET_LOCAL | zone->socket[i % zone->ways]) << 4 * i;
        }
        put(to, SAD, SAD_INTERLEAVE(rule), targets);
        put(to, SAD, SAD_RULE(rule++), last_unit(zone) << SAD_LIMIT_SHIFT | SAD_ENABLE);
        at = zone->end;
    }
}

void memory_program(const struct memory *memory, const struct pci_access *pci)
{
    const struct programmer to = {.memory = memory, .pci = pci};

    if (memory->zone_count > 0 && memory->zone[0].ways == 0) {
        put_limits(&to);
        return;
    }
    close_all(&to);
    for (unsigned imc = 0; imc < IMC_COUNT; imc++) {
        put_controller(&to, imc);
    }
    put_routes(&to);
    put_limits(&to);
    open_zones(&to);
}

_Static_assert(MEMORY_ZONES_MAX <= TAD_RULES && MEMORY_ZONES_MAX < SAD_RULES,
               "each zone has its rules");
