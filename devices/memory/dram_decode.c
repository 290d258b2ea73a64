/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One address through the zones to a module, and back. Back goes the same way in the other direction:
 * rank address, the ways of each RIR rule that name the rank, and for each TAD rule the few values of
 * the interleave bits that were left out; the one that decodes to where it came from is the answer.
 */
#include "devices/memory/dram_map.h"
#include "emu/base/bits.h"

static const struct imc_zone *find_zone(const struct imc_layout *layout, uint64_t addr)
{
    for (size_t i = 0; i < layout->zone_count; i++) {
        if (addr < layout->zones[i].end) {
            return addr >= layout->zones[i].base ? &layout->zones[i] : NULL;
        }
    }
    return NULL;
}

static bool zone_target(const struct imc_layout *layout, const struct imc_zone *zone, uint64_t addr,
                        struct dram_channel *target)
{
    unsigned shift = dram_sad_shift(zone->sad);

    return dram_sad_target(&layout->registers, zone->sad, zone->interleave_list,
                           (unsigned)bits_get(addr, shift + 2, shift), target);
}

/* Channel address to the module and its row, column and bank. */
static bool decode_channel(const struct imc_controller_registers *imc, uint64_t channel_addr,
                           struct dram_address *at)
{
    const struct imc_channel_registers *channel = &imc->channel[at->channel];
    struct dram_module module;
    struct dram_rir rir;
    unsigned rule;
    unsigned way;
    unsigned rank;
    uint64_t rank_addr;

    if (!dram_rir_find(imc, at->channel, channel_addr, &rule, &rir)) {
        return false;
    }
    way = (unsigned)(channel_addr >> rir.shift & bits_mask(rir.ways_log2));
    rank = dram_rir_rank(channel, rule, way);
    rank_addr = channel_addr >> (rir.shift + rir.ways_log2) << rir.shift;
    rank_addr |= channel_addr & bits_mask(rir.shift);
    rank_addr -= dram_rir_offset(channel, rule, way);
    at->dimm = (uint8_t)(rank / DRAM_RANK_RANKS);
    at->rank = (uint8_t)(rank % DRAM_RANK_RANKS);
    if (!dram_module_read(imc, at->channel, at->dimm, &module) || at->rank >= module.ranks ||
        rank_addr >= module.rank_bytes) {
        return false;
    }
    dram_module_split(&module, rank_addr, at);
    return true;
}

bool imc_layout_decode(const struct imc_layout *layout, uint64_t addr, struct dram_address *out)
{
    uint64_t word = align_down(addr, DRAM_WORD_BYTES);
    const struct imc_zone *zone = find_zone(layout, word);
    const struct imc_controller_registers *imc;
    struct dram_channel target;
    struct dram_tad tad;
    unsigned rule;

    if (zone == NULL || !zone_target(layout, zone, word, &target)) {
        return false;
    }
    imc = &layout->registers.imc[target.imc];
    rule = dram_tad_find(imc, word);
    if (rule == IMC_TAD_RULES || !dram_tad_read(imc, target.channel, rule, &tad)) {
        return false;
    }
    out->imc = (uint8_t)target.imc;
    out->channel = (uint8_t)target.channel;
    return decode_channel(imc, dram_tad_apply(&tad, word), out);
}

/* ---- Back ---- */

struct search {
    const struct imc_layout *layout;
    struct dram_channel at;
    uint64_t channel_addr;
    uint64_t addr; /* found */
};

/* Puts the bits of `value` into the places of `places`, and those of `rest` between them. */
static uint64_t put_in(uint64_t rest, uint64_t places, unsigned value)
{
    while (places != 0) {
        unsigned place = (unsigned)__builtin_ctzll(places);

        rest = (rest & ~bits_mask(place)) << 1 | (rest & bits_mask(place));
        rest |= (uint64_t)(value & 1) << place;
        value >>= 1;
        places &= places - 1;
    }
    return rest;
}

/* The system address whose channel address is searched, if the bits left out were `value`. */
static uint64_t tad_undo(const struct dram_tad *tad, uint64_t channel_addr, unsigned value)
{
    uint64_t whole = put_in(channel_addr, dram_tad_dropped(tad), value);
    uint64_t low = bits_mask(DRAM_GIB_SHIFT);

    if (!dram_tad_is_giant(tad)) {
        return whole + tad->offset;
    }
    return ((whole & ~low) | ((whole - tad->offset) & low)) + tad->offset;
}

static bool search_rule(struct search *search, const struct imc_zone *zone, unsigned rule)
{
    const struct imc_controller_registers *imc = &search->layout->registers.imc[search->at.imc];
    struct dram_channel target;
    struct dram_tad tad;
    unsigned lost;

    if (!dram_tad_read(imc, search->at.channel, rule, &tad)) {
        return false;
    }
    lost = (unsigned)__builtin_popcountll(dram_tad_dropped(&tad)); /* 5 at most */
    for (unsigned value = 0; value < 1u << lost; value++) {
        uint64_t addr = tad_undo(&tad, search->channel_addr, value);

        if (addr < zone->base || addr >= zone->end || dram_tad_find(imc, addr) != rule) continue;
        if (!zone_target(search->layout, zone, addr, &target) || target.imc != search->at.imc ||
            target.channel != search->at.channel ||
            dram_tad_apply(&tad, addr) != search->channel_addr)
            continue;
        search->addr = addr;
        return true;
    }
    return false;
}

static bool search_zones(struct search *search)
{
    const struct imc_layout *layout = search->layout;

    for (size_t i = 0; i < layout->zone_count; i++) {
        for (unsigned rule = 0; rule < IMC_TAD_RULES; rule++) {
            if (search_rule(search, &layout->zones[i], rule)) {
                return true;
            }
        }
    }
    return false;
}

/* Way `way` of RIR rule `rule` leads from search->channel_addr to `rank_addr`. */
static bool rank_undo(const struct imc_controller_registers *imc, unsigned rule, unsigned way,
                      uint64_t rank_addr, struct search *search)
{
    const struct imc_channel_registers *channel = &imc->channel[search->at.channel];
    unsigned shift = dram_rir_shift(imc, search->at.channel);
    unsigned ways_log2 = (unsigned)bits_get(channel->rirwayness[rule], 29, 28);
    uint64_t whole = rank_addr + dram_rir_offset(channel, rule, way);
    struct dram_rir rir;
    unsigned found;

    if (way >= 1u << ways_log2) {
        return false;
    }
    search->channel_addr = whole >> shift << (shift + ways_log2);
    search->channel_addr |= (uint64_t)way << shift | (whole & bits_mask(shift));
    return dram_rir_find(imc, search->at.channel, search->channel_addr, &found, &rir) &&
           found == rule;
}

bool imc_layout_encode(const struct imc_layout *layout, const struct dram_address *at,
                       uint64_t *addr)
{
    struct search search = {.layout = layout, .at = {.imc = at->imc, .channel = at->channel}};
    const struct imc_controller_registers *imc;
    struct dram_module module;
    uint64_t rank_addr;
    unsigned rank = at->dimm * DRAM_RANK_RANKS + at->rank;

    if (at->imc >= IMC_COUNT || at->channel >= IMC_CHANNELS || at->dimm >= IMC_DIMMS) {
        return false;
    }
    imc = &layout->registers.imc[at->imc];
    if (!dram_module_read(imc, at->channel, at->dimm, &module) ||
        !dram_module_join(&module, at, &rank_addr)) {
        return false;
    }
    for (unsigned i = 0; i < IMC_RIR_RULES * IMC_RIR_WAYS; i++) {
        unsigned rule = i / IMC_RIR_WAYS;
        unsigned way = i % IMC_RIR_WAYS;

        if (dram_rir_rank(&imc->channel[at->channel], rule, way) != rank ||
            !rank_undo(imc, rule, way, rank_addr, &search))
            continue;
        if (search_zones(&search)) {
            *addr = search.addr;
            return true;
        }
    }
    return false;
}
