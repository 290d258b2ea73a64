/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which stretches of system addresses the registers decode.
 *
 * The SAD rules cut the address space at their limits, the first enabled one that covers a block of
 * 64 MiB has it, and what lies in the hole below 4 GiB or from TOHM on belongs to nobody. Each piece
 * is then followed to the modules as a whole, not address by address: between two limits everything
 * is linear in blocks of 64 MiB, and inside a block only the interleave bits choose. So each piece
 * becomes a few spans of rank addresses per channel, and it is sound when none of them overlap, all
 * lie inside ranks that are there, and the bits that TAD leaves out are among those that SAD chose
 * by.
 *
 * Chosen: a piece whose spans on one channel are more than SPANS_MAX makes no zone, as does a rule in
 * excess of IMC_SAD_RULES zones (only possible with all rules on and the hole inside one of them).
 * Two zones may share words of a module: each is sound by itself.
 */
#include <string.h>

#include "devices/memory/dram_map.h"
#include "emu/base/bits.h"
#include "emu/base/hash.h"

#define SPANS_MAX       64u
#define FOUR_GIB_BLOCK  BIT(32 - DRAM_BLOCK_SHIFT)
#define CUTS_MAX        (IMC_SAD_RULES + 4)
#define MCMTR_HASHED    UINT32_C(0x00000201) /* page policy, bank XOR */
#define AMAP_HASHED     UINT32_C(0x00000001)
#define DIMMMTR_HASHED  UINT32_C(0x0000b01f) /* not the width of chips */
#define TADBASE_HASHED  UINT32_C(0xfffff0f0)
#define WAYNESS_HASHED  UINT32_C(0xffffff00)
#define OFFSET_HASHED   UINT32_C(0x00fffff0)
#define RIR_WAYS_HASHED UINT32_C(0xb0000ffe)
#define RIRILV_HASHED   UINT32_C(0x000ffffc)

/* A stretch of rank addresses that a zone fills. */
struct span {
    uint64_t start;
    uint64_t end; /* exclusive */
    unsigned rank;
};

/* The check of one zone on one channel. */
struct survey {
    const struct imc_registers *registers;
    const struct imc_zone *zone;
    struct dram_channel at;
    unsigned lanes; /* entries of the interleave list that name the channel, one bit each */
    struct span spans[SPANS_MAX];
    size_t count;
};

static const struct imc_controller_registers *controller(const struct survey *survey)
{
    return &survey->registers->imc[survey->at.imc];
}

/* False when the span is not inside a rank that is there, or overlaps another. */
static bool add_span(struct survey *survey, const struct span *span)
{
    struct dram_module module;
    struct span *before = NULL;

    if (!dram_module_read(controller(survey), survey->at.channel, span->rank / DRAM_RANK_RANKS,
                          &module) ||
        span->rank % DRAM_RANK_RANKS >= module.ranks || span->end > module.rank_bytes) {
        return false;
    }
    for (size_t i = 0; i < survey->count; i++) {
        struct span *other = &survey->spans[i];

        if (other->rank != span->rank) continue;
        if (span->start < other->end && other->start < span->end) {
            return false;
        }
        if (other->end == span->start) {
            before = other;
        }
    }
    if (before != NULL) {
        before->end = span->end;
        return true;
    }
    if (survey->count == SPANS_MAX) {
        return false;
    }
    survey->spans[survey->count++] = *span;
    return true;
}

/* Channel addresses [start, end), multiples of 64 MiB divided by all ways there can be. */
static bool follow_ranks(struct survey *survey, uint64_t start, uint64_t end)
{
    const struct imc_channel_registers *channel = &controller(survey)->channel[survey->at.channel];

    while (start < end) {
        struct dram_rir rir;
        unsigned rule;
        uint64_t stop;

        if (!dram_rir_find(controller(survey), survey->at.channel, start, &rule, &rir)) {
            return false;
        }
        stop = min_u64(end, rir.end);
        for (unsigned way = 0; way < 1u << rir.ways_log2; way++) {
            uint64_t offset = dram_rir_offset(channel, rule, way);
            struct span span = {
                .start = (start >> rir.ways_log2) - offset,
                .end = (stop >> rir.ways_log2) - offset,
                .rank = dram_rir_rank(channel, rule, way),
            };

            if (start >> rir.ways_log2 < offset || !add_span(survey, &span)) {
                return false;
            }
        }
        start = stop;
    }
    return true;
}

/* What TAD leaves out below 64 MiB must have been chosen by, and tell apart the entries that go to
 * this channel. */
static bool lanes_are_apart(const struct survey *survey, const struct dram_tad *tad)
{
    unsigned shift = dram_sad_shift(survey->zone->sad);
    uint64_t dropped = dram_tad_dropped(tad) & bits_mask(DRAM_BLOCK_SHIFT);
    uint64_t chosen = shift < DRAM_BLOCK_SHIFT ? UINT64_C(7) << shift : 0;
    unsigned kept = shift < DRAM_BLOCK_SHIFT ? ~(unsigned)(dropped >> shift) & 7u : 7u;
    unsigned seen = 0;

    if ((dropped & ~chosen) != 0) {
        return false;
    }
    if (chosen == 0) {
        return true; /* the entries are stretches of their own, and their spans are compared */
    }
    for (unsigned lane = 0; lane < DRAM_SAD_TARGETS; lane++) {
        if ((survey->lanes >> lane & 1) == 0) continue;
        if ((seen >> (lane & kept) & 1) != 0) {
            return false;
        }
        seen |= 1u << (lane & kept);
    }
    return true;
}

/* The block at or before `stop` up to which the same TAD rule applies as to `block`. */
static uint64_t tad_stretch(const struct imc_controller_registers *imc, uint64_t block,
                            uint64_t stop)
{
    for (unsigned rule = 0; rule < IMC_TAD_RULES; rule++) {
        uint64_t base = dram_tad_base_block(imc, rule);
        uint64_t end = dram_tad_end_block(imc, rule);

        stop = base > block ? min_u64(stop, base) : stop;
        stop = end > block ? min_u64(stop, end) : stop;
    }
    return stop;
}

static uint64_t next_gib(uint64_t block)
{
    return (block / DRAM_GIB_BLOCKS + 1) * DRAM_GIB_BLOCKS;
}

/* Follows the stretch that starts at `*block` and moves on behind it. */
static bool follow_stretch(struct survey *survey, uint64_t *block, uint64_t end)
{
    const struct imc_controller_registers *imc = controller(survey);
    bool is_by_gib = dram_sad_shift(survey->zone->sad) == DRAM_GIB_SHIFT;
    uint64_t start = *block;
    uint64_t addr = start << DRAM_BLOCK_SHIFT;
    uint64_t stop = tad_stretch(imc, start, is_by_gib ? min_u64(end, next_gib(start)) : end);
    unsigned rule = dram_tad_find(imc, addr);
    struct dram_tad tad;
    uint64_t offset_blocks;
    uint64_t channel_addr;
    unsigned lost;

    *block = stop;
    if (is_by_gib && (survey->lanes >> bits_get(addr, 32, 30) & 1) == 0) {
        return true;
    }
    if (rule == IMC_TAD_RULES || !dram_tad_read(imc, survey->at.channel, rule, &tad) ||
        addr < tad.offset || !lanes_are_apart(survey, &tad)) {
        return false;
    }
    if (dram_tad_is_giant(&tad)) {
        offset_blocks = tad.offset >> DRAM_BLOCK_SHIFT;
        stop = min_u64(stop, next_gib(start));
        stop = min_u64(stop, next_gib(start - offset_blocks) + offset_blocks);
        *block = stop;
    }
    channel_addr = dram_tad_apply(&tad, addr);
    lost = (unsigned)__builtin_popcountll(dram_tad_dropped(&tad) & bits_mask(DRAM_BLOCK_SHIFT));
    return follow_ranks(survey, channel_addr,
                        channel_addr + ((stop - start) << (DRAM_BLOCK_SHIFT - lost)));
}

static bool channel_is_sound(struct survey *survey)
{
    uint64_t block = survey->zone->base >> DRAM_BLOCK_SHIFT;
    uint64_t end = survey->zone->end >> DRAM_BLOCK_SHIFT;

    survey->count = 0;
    while (block < end) {
        if (!follow_stretch(survey, &block, end)) {
            return false;
        }
    }
    return true;
}

/* ---- A zone ---- */

/* Sum of the modules of a channel: no sound zone is larger than its channels, which bounds the work
 * on it. */
static uint64_t channel_bytes(const struct imc_controller_registers *imc, unsigned channel)
{
    uint64_t bytes = 0;

    for (unsigned dimm = 0; dimm < IMC_DIMMS; dimm++) {
        struct dram_module module;

        if (dram_module_read(imc, channel, dimm, &module)) {
            bytes += module.rank_bytes * module.ranks;
        }
    }
    return bytes;
}

static uint64_t hash_channel(uint64_t hash, const struct imc_zone *zone,
                             const struct imc_controller_registers *imc, unsigned channel)
{
    const struct imc_channel_registers *regs = &imc->channel[channel];

    hash = hash_u64(hash, imc->mcmtr & MCMTR_HASHED);
    hash = hash_u64(hash, regs->amap & AMAP_HASHED);
    for (unsigned i = 0; i < IMC_DIMMS; i++) {
        hash = hash_u64(hash, regs->dimmmtr[i] & DIMMMTR_HASHED);
    }
    for (unsigned i = 0; i < IMC_TAD_RULES; i++) {
        if (dram_tad_base_block(imc, i) << DRAM_BLOCK_SHIFT >= zone->end ||
            dram_tad_end_block(imc, i) << DRAM_BLOCK_SHIFT <= zone->base)
            continue;
        hash = hash_u64(hash, imc->tadbase[i] & TADBASE_HASHED);
        hash = hash_u64(hash, imc->tadwayness[i] & WAYNESS_HASHED);
        hash = hash_u64(hash, regs->tadchnilvoffset[i] & OFFSET_HASHED);
    }
    for (unsigned i = 0; i < IMC_RIR_RULES; i++) {
        hash = hash_u64(hash, regs->rirwayness[i] & RIR_WAYS_HASHED);
        for (unsigned way = 0; way < IMC_RIR_WAYS; way++) {
            hash = hash_u64(hash, regs->ririlv[way][i] & RIRILV_HASHED);
        }
    }
    return hash;
}

/* Checks the zone and fills in what its map depends on. */
static bool zone_is_sound(const struct imc_registers *registers, struct imc_zone *zone)
{
    unsigned lanes[IMC_COUNT][IMC_CHANNELS] = {{0}};
    uint64_t bytes = 0;
    struct survey survey = {.registers = registers, .zone = zone};

    zone->map_hash = HASH_SEED;
    for (unsigned lane = 0; lane < DRAM_SAD_TARGETS; lane++) {
        struct dram_channel target;

        if (!dram_sad_target(registers, zone->sad, zone->interleave_list, lane, &target)) {
            return false;
        }
        lanes[target.imc][target.channel] |= 1u << lane;
    }
    for (unsigned i = 0; i < IMC_COUNT * IMC_CHANNELS; i++) {
        const struct imc_controller_registers *imc = &registers->imc[i / IMC_CHANNELS];
        unsigned channel = i % IMC_CHANNELS;

        zone->map_hash = hash_u64(zone->map_hash, lanes[i / IMC_CHANNELS][channel]);
        if (lanes[i / IMC_CHANNELS][channel] == 0) continue;
        bytes += channel_bytes(imc, channel);
        zone->map_hash = hash_channel(zone->map_hash, zone, imc, channel);
    }
    if (zone->end - zone->base > bytes) {
        return false;
    }
    for (unsigned i = 0; i < IMC_COUNT * IMC_CHANNELS; i++) {
        survey.at.imc = i / IMC_CHANNELS;
        survey.at.channel = i % IMC_CHANNELS;
        survey.lanes = lanes[survey.at.imc][survey.at.channel];
        if (survey.lanes != 0 && !channel_is_sound(&survey)) {
            return false;
        }
    }
    return true;
}

/* ---- All of them ---- */

static void add_cut(uint64_t *cuts, size_t *count, uint64_t block)
{
    size_t i = *count;

    for (; i > 0 && cuts[i - 1] > block; i--) {
        cuts[i] = cuts[i - 1];
    }
    cuts[i] = block;
    (*count)++;
}

/* The enabled rule that has `block`, IMC_SAD_RULES when there is none. */
static unsigned rule_of(const struct imc_registers *registers, uint64_t block)
{
    uint64_t start = 0;

    for (unsigned rule = 0; rule < IMC_SAD_RULES; rule++) {
        uint64_t end = dram_sad_limit_block(registers->sad[rule]) + 1;

        if (dram_sad_is_enabled(registers->sad[rule]) && start <= block && block < end) {
            return rule;
        }
        start = end;
    }
    return IMC_SAD_RULES;
}

static void end_zone(struct imc_layout *layout, struct imc_zone *zone, uint64_t end)
{
    zone->end = end;
    if (zone->end > zone->base && layout->zone_count < IMC_SAD_RULES &&
        zone_is_sound(&layout->registers, zone)) {
        layout->zones[layout->zone_count++] = *zone;
    }
    zone->base = 0;
    zone->end = 0;
}

void imc_layout_build(struct imc_layout *layout, const struct imc_registers *registers)
{
    uint64_t tolm = registers->tolm >> DRAM_BLOCK_SHIFT;
    uint64_t tohm = registers->tohm >> DRAM_BLOCK_SHIFT;
    uint64_t cuts[CUTS_MAX];
    size_t count = 0;
    unsigned before = IMC_SAD_RULES;
    struct imc_zone zone = {0};

    memset(layout, 0, sizeof(*layout));
    layout->registers = *registers;
    add_cut(cuts, &count, 0);
    add_cut(cuts, &count, tolm);
    add_cut(cuts, &count, FOUR_GIB_BLOCK);
    add_cut(cuts, &count, tohm);
    for (unsigned rule = 0; rule < IMC_SAD_RULES; rule++) {
        add_cut(cuts, &count, dram_sad_limit_block(registers->sad[rule]) + 1);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t block = cuts[i];
        bool is_outside = block >= tohm || (block >= tolm && block < FOUR_GIB_BLOCK);
        unsigned rule = is_outside ? IMC_SAD_RULES : rule_of(registers, block);

        if (rule == before) continue;
        if (before != IMC_SAD_RULES) {
            end_zone(layout, &zone, block << DRAM_BLOCK_SHIFT);
        }
        if (rule != IMC_SAD_RULES) {
            zone.base = block << DRAM_BLOCK_SHIFT;
            zone.sad = registers->sad[rule];
            zone.interleave_list = registers->interleave_list[rule];
        }
        before = rule;
    }
}
