/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single steps of address decoding.
 *
 * Modelled: what Linux' skx_edac reads out of the registers, including that the low bits of a
 * channel address are those of the system address before the offset is taken off.
 * Not modelled (answered "not decoded"): 3-way interleaving (SAD mod 3, three channel ways), targets
 * on another socket, eight rank ways, more than 10 column bits, x32 and 3D-stacked organisations.
 */
#include "devices/memory/dram_map.h"

#include "emu/base/bits.h"

#define SAD_ENABLE       BIT32(0)
#define SAD_MOD3         BIT32(27)
#define SAD_MAX_MODE     3u
#define TARGET_IS_LOCAL  8u
#define THREE_WAYS       2u
#define RIR_VALID        BIT32(31)
#define RIR_LIMIT_SHIFT  29u
#define RANK_LOG2_MAX    2u
#define ROW_FIELD_MAX    6u
#define ROW_BITS_MIN     12u
#define DIMMMTR_PRESENT  BIT32(15)
#define MCMTR_CLOSE_PAGE BIT32(0)
#define MCMTR_BANK_XOR   BIT32(9)
#define AMAP_FINE_GRAIN  BIT32(0)
#define OPEN_SHIFT       13u
#define CLOSE_SHIFT      6u
#define ROW_BITS_MAX     18u
#define BANK_BITS        4u

/* Interleave granularities that two-bit fields name, as address bits. */
static const uint8_t granularity[SAD_MAX_MODE + 1] = {6, 8, 12, DRAM_GIB_SHIFT};

/* ---- SAD ---- */

bool dram_sad_is_enabled(uint32_t sad)
{
    return (sad & SAD_ENABLE) != 0;
}

uint64_t dram_sad_limit_block(uint32_t sad)
{
    return bits_get(sad, 26, 7);
}

unsigned dram_sad_shift(uint32_t sad)
{
    return granularity[bits_get(sad, 2, 1)];
}

bool dram_sad_target(const struct imc_registers *registers, uint32_t sad, uint32_t interleave_list,
                     unsigned index, struct dram_channel *target)
{
    unsigned entry = (unsigned)bits_get(interleave_list, 4 * index + 3, 4 * index);
    unsigned logical = entry & 7u;

    if ((entry & TARGET_IS_LOCAL) == 0 || (sad & SAD_MOD3) != 0) {
        return false;
    }
    target->imc = (unsigned)bits_get(registers->mcroute, 3 * logical + 2, 3 * logical);
    target->channel = (unsigned)bits_get(registers->mcroute, 2 * logical + 19, 2 * logical + 18);
    return target->imc < IMC_COUNT && target->channel < IMC_CHANNELS;
}

/* ---- TAD ---- */

uint64_t dram_tad_base_block(const struct imc_controller_registers *imc, unsigned rule)
{
    return bits_get(imc->tadbase[rule], 31, 12);
}

uint64_t dram_tad_end_block(const struct imc_controller_registers *imc, unsigned rule)
{
    return bits_get(imc->tadwayness[rule], 31, 12) + 1;
}

unsigned dram_tad_find(const struct imc_controller_registers *imc, uint64_t addr)
{
    uint64_t block = addr >> DRAM_BLOCK_SHIFT;

    for (unsigned rule = 0; rule < IMC_TAD_RULES; rule++) {
        if (dram_tad_base_block(imc, rule) <= block && block < dram_tad_end_block(imc, rule)) {
            return rule;
        }
    }
    return IMC_TAD_RULES;
}

bool dram_tad_read(const struct imc_controller_registers *imc, unsigned channel, unsigned rule,
                   struct dram_tad *tad)
{
    uint32_t base = imc->tadbase[rule];
    uint32_t wayness = imc->tadwayness[rule];
    unsigned channel_ways = (unsigned)bits_get(wayness, 9, 8);

    if (channel_ways == THREE_WAYS) {
        return false;
    }
    tad->offset = bits_get(imc->channel[channel].tadchnilvoffset[rule], 23, 4) << DRAM_BLOCK_SHIFT;
    tad->socket_shift = granularity[bits_get(base, 5, 4)];
    tad->channel_shift = granularity[bits_get(base, 7, 6)];
    tad->socket_log2 = (unsigned)bits_get(wayness, 11, 10);
    tad->channel_log2 = channel_ways > THREE_WAYS ? 2 : channel_ways;
    return true;
}

/* Takes `log2` bits out above `shift`; below it stand the bits of `low`. */
static uint64_t take_out(uint64_t value, unsigned shift, unsigned log2, uint64_t low)
{
    return value >> (shift + log2) << shift | (low & bits_mask(shift));
}

uint64_t dram_tad_apply(const struct dram_tad *tad, uint64_t addr)
{
    uint64_t left = take_out(addr - tad->offset, tad->socket_shift, tad->socket_log2, addr);

    return take_out(left, tad->channel_shift, tad->channel_log2, addr);
}

uint64_t dram_tad_dropped(const struct dram_tad *tad)
{
    unsigned after_channel = tad->channel_shift + tad->channel_log2;

    if (after_channel >= tad->socket_shift) {
        /* The low bits are taken from the address once more, so that what the first step took out
         * below is back, and as much is lost above instead. */
        return bits_mask(tad->channel_log2 + tad->socket_log2) << tad->channel_shift;
    }
    return bits_mask(tad->channel_log2) << tad->channel_shift | bits_mask(tad->socket_log2)
                                                                    << tad->socket_shift;
}

bool dram_tad_is_giant(const struct dram_tad *tad)
{
    return tad->socket_shift == DRAM_GIB_SHIFT || tad->channel_shift == DRAM_GIB_SHIFT;
}

/* ---- RIR ---- */

unsigned dram_rir_shift(const struct imc_controller_registers *imc, unsigned channel)
{
    struct dram_module first;

    /* skx_edac takes the page policy from module 0 and thinks it open when there is none. */
    if (dram_module_read(imc, channel, 0, &first) && first.is_close_page) {
        return CLOSE_SHIFT;
    }
    return OPEN_SHIFT;
}

bool dram_rir_find(const struct imc_controller_registers *imc, unsigned channel,
                   uint64_t channel_addr, unsigned *rule, struct dram_rir *rir)
{
    uint64_t start = 0;

    for (unsigned i = 0; i < IMC_RIR_RULES; i++) {
        uint32_t wayness = imc->channel[channel].rirwayness[i];
        uint64_t end = (bits_get(wayness, 11, 1) + 1) << RIR_LIMIT_SHIFT;

        if ((wayness & RIR_VALID) != 0 && start <= channel_addr && channel_addr < end) {
            *rule = i;
            rir->end = end;
            rir->ways_log2 = (unsigned)bits_get(wayness, 29, 28);
            rir->shift = dram_rir_shift(imc, channel);
            return BIT32(rir->ways_log2) <= IMC_RIR_WAYS;
        }
        start = end;
    }
    return false;
}

unsigned dram_rir_rank(const struct imc_channel_registers *channel, unsigned rule, unsigned way)
{
    return (unsigned)bits_get(channel->ririlv[way][rule], 19, 16);
}

uint64_t dram_rir_offset(const struct imc_channel_registers *channel, unsigned rule, unsigned way)
{
    return bits_get(channel->ririlv[way][rule], 15, 2) << DRAM_BLOCK_SHIFT;
}

/* ---- Modules ---- */

/* Bits of a rank address, from bit 0 of the field up. */
static const uint8_t open_rows[ROW_BITS_MAX] = {
    14, 15, 16, 20, 28, 21, 22, 23, 24, 25, 26, 27, 29, 30, 31, 32, 33, 34,
};
static const uint8_t close_rows[ROW_BITS_MAX] = {
    15, 16, 17, 18, 20, 21, 22, 28, 10, 11, 12, 13, 29, 30, 31, 32, 33, 34,
};
static const uint8_t open_columns[DRAM_COLUMN_BITS] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint8_t fine_columns[DRAM_COLUMN_BITS] = {3, 4, 5, 7, 8, 9, 10, 11, 12, 13};
static const uint8_t close_columns[DRAM_COLUMN_BITS] = {3, 4, 5, 14, 19, 23, 24, 25, 26, 27};

/* Where a module keeps what. The two lists of banks have the bits that are exclusive-ored in after
 * the bits themselves. */
struct bit_map {
    const uint8_t *row;
    const uint8_t *column;
    uint8_t bank[4];
    uint8_t group[4];
};

static const struct bit_map open_map = {
    .row = open_rows,
    .column = open_columns,
    .bank = {18, 19, 22, 23},
    .group = {13, 17, 20, 21},
};
static const struct bit_map fine_map = {
    .row = open_rows,
    .column = fine_columns,
    .bank = {18, 19, 22, 23},
    .group = {6, 17, 20, 21},
};
static const struct bit_map close_map = {
    .row = close_rows,
    .column = close_columns,
    .bank = {8, 9, 22, 28},
    .group = {6, 7, 20, 21},
};

static const struct bit_map *module_map(const struct dram_module *module)
{
    if (module->is_close_page) {
        return &close_map;
    }
    return module->is_fine_grain ? &fine_map : &open_map;
}

bool dram_module_read(const struct imc_controller_registers *imc, unsigned channel, unsigned dimm,
                      struct dram_module *module)
{
    const struct imc_channel_registers *regs = &imc->channel[channel];
    uint32_t mtr = dimm < IMC_DIMMS ? regs->dimmmtr[dimm] : 0;
    unsigned ranks_log2 = (unsigned)bits_get(mtr, 13, 12);
    unsigned rows = (unsigned)bits_get(mtr, 4, 2);

    if ((mtr & DIMMMTR_PRESENT) == 0 || ranks_log2 > RANK_LOG2_MAX || rows > ROW_FIELD_MAX ||
        bits_get(mtr, 1, 0) != 0) {
        return false;
    }
    module->ranks = 1u << ranks_log2;
    module->row_bits = rows + ROW_BITS_MIN;
    module->rank_bytes = BIT(module->row_bits + DRAM_COLUMN_BITS + BANK_BITS) * DRAM_WORD_BYTES;
    module->is_close_page = (imc->mcmtr & MCMTR_CLOSE_PAGE) != 0;
    module->has_bank_xor = (imc->mcmtr & MCMTR_BANK_XOR) != 0;
    module->is_fine_grain = (regs->amap & AMAP_FINE_GRAIN) != 0;
    return true;
}

static unsigned gather(uint64_t addr, const uint8_t *bits, unsigned count)
{
    unsigned value = 0;

    for (unsigned i = 0; i < count; i++) {
        value |= (unsigned)(addr >> bits[i] & 1) << i;
    }
    return value;
}

static uint64_t scatter(unsigned value, const uint8_t *bits, unsigned count)
{
    uint64_t addr = 0;

    for (unsigned i = 0; i < count; i++) {
        addr |= (uint64_t)(value >> i & 1) << bits[i];
    }
    return addr;
}

void dram_module_split(const struct dram_module *module, uint64_t rank_addr,
                       struct dram_address *at)
{
    const struct bit_map *map = module_map(module);
    unsigned bank = gather(rank_addr, map->bank, 2);
    unsigned group = gather(rank_addr, map->group, 2);

    if (module->has_bank_xor) {
        bank ^= gather(rank_addr, map->bank + 2, 2);
        group ^= gather(rank_addr, map->group + 2, 2);
    }
    at->row = gather(rank_addr, map->row, module->row_bits);
    at->column = (uint16_t)gather(rank_addr, map->column, DRAM_COLUMN_BITS);
    at->bank = (uint8_t)bank;
    at->bank_group = (uint8_t)group;
}

bool dram_module_join(const struct dram_module *module, const struct dram_address *at,
                      uint64_t *rank_addr)
{
    const struct bit_map *map = module_map(module);
    uint64_t addr;
    unsigned bank = at->bank;
    unsigned group = at->bank_group;

    if (at->rank >= module->ranks || at->row >> module->row_bits != 0 ||
        at->column >> DRAM_COLUMN_BITS != 0 || bank > 3 || group > 3) {
        return false;
    }
    /* What is exclusive-ored into the bank are bits of the row. */
    addr = scatter(at->row, map->row, module->row_bits) |
           scatter(at->column, map->column, DRAM_COLUMN_BITS);
    if (module->has_bank_xor) {
        bank ^= gather(addr, map->bank + 2, 2);
        group ^= gather(addr, map->group + 2, 2);
    }
    *rank_addr = addr | scatter(bank, map->bank, 2) | scatter(group, map->group, 2);
    return true;
}
