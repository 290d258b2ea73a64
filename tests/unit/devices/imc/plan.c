/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/devices/imc/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/memory/dimm.h"
#include "emu/base/bits.h"
#include "tests/lib/rig.h"

#define BLOCK       26u
#define FOUR_GIB    BIT(32)
#define ECC_ON      4u
#define WIDTH_X8    0x100u
#define MTR_PRESENT 0x8000u

/* ---- Random plans ---- */

static uint64_t module_bytes(const struct plan *plan, unsigned imc, unsigned channel)
{
    unsigned rows = plan->row_bits[imc][channel];

    return rows == 0 ? 0 : BIT(rows + 10 + 4 + 3 + plan->ranks_log2[imc][channel]);
}

uint64_t plan_bytes(const struct plan *plan)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < IMC_COUNT * IMC_CHANNELS; i++) {
        bytes += module_bytes(plan, i / IMC_CHANNELS, i % IMC_CHANNELS);
    }
    return bytes;
}

static void random_module(struct plan *plan, unsigned imc, unsigned channel, uint64_t *random)
{
    /* Whole GiB, so that a mode of 1 GiB can go round them. */
    plan->row_bits[imc][channel] = (uint8_t)(13 + rig_random(random) % 6);
    plan->ranks_log2[imc][channel] = (uint8_t)(rig_random(random) % 3);
}

struct plan plan_random(enum plan_kind kind, uint64_t *random)
{
    struct plan plan = {
        .mode = (unsigned)(rig_random(random) % 4),
        .is_split = rig_random(random) % 4 == 0,
        .is_close_page = rig_random(random) % 2 == 0,
        .has_bank_xor = rig_random(random) % 2 == 0,
        .is_fine_grain = rig_random(random) % 2 == 0,
        .are_ranks_stacked = rig_random(random) % 2 == 0,
        .hole = (1 + rig_random(random) % 3) << 30,
    };
    unsigned first = (unsigned)(rig_random(random) % IMC_CHANNELS);
    unsigned second = (first + 1 + (unsigned)(rig_random(random) % 2)) % IMC_CHANNELS;
    unsigned imc = (unsigned)(rig_random(random) % IMC_COUNT);
    unsigned shift = (unsigned)(rig_random(random) % 6);

    for (unsigned i = 0; i < IMC_COUNT * IMC_CHANNELS; i++) {
        plan.logical[i / IMC_CHANNELS][i % IMC_CHANNELS] = (uint8_t)((i + shift) % 6);
    }
    random_module(&plan, imc, first, random);
    switch (kind) {
    case PLAN_CONTROLLER:
    case PLAN_FOUR:
        plan.row_bits[imc][second] = plan.row_bits[imc][first];
        plan.ranks_log2[imc][second] = plan.ranks_log2[imc][first];
        break;
    case PLAN_MIXED:
        random_module(&plan, imc, second, random);
        random_module(&plan, 1 - imc, first, random);
        random_module(&plan, 1 - imc, second, random);
        break;
    case PLAN_ACROSS:
        plan.row_bits[1 - imc][first] = plan.row_bits[imc][first];
        plan.ranks_log2[1 - imc][first] = plan.ranks_log2[imc][first];
        break;
    case PLAN_ONE:
    case PLAN_KINDS:
    default: break;
    }
    if (kind == PLAN_FOUR) {
        memcpy(plan.row_bits[1 - imc], plan.row_bits[imc], IMC_CHANNELS);
        memcpy(plan.ranks_log2[1 - imc], plan.ranks_log2[imc], IMC_CHANNELS);
    }
    return plan;
}

uint64_t plan_address(const struct plan *plan, uint64_t offset)
{
    return offset < plan->hole ? offset : offset + FOUR_GIB - plan->hole;
}

/* ---- Registers for a plan ---- */

/* Work on one register set: how far memory, channels and tables are filled. */
struct filling {
    const struct plan *plan;
    struct imc_registers *registers;
    uint64_t left[IMC_COUNT][IMC_CHANNELS];
    uint64_t used[IMC_COUNT][IMC_CHANNELS];
    uint64_t memory;
    unsigned sad;
    unsigned tad;
};

/* Which channels one zone goes round: 1, 2 or 4. */
struct round {
    unsigned socket_log2;  /* controllers */
    unsigned channel_log2; /* channels of each */
    unsigned imc[2];
    unsigned channel[2];
    uint64_t bytes; /* from each channel */
};

static void set_channels(const struct plan *plan, struct imc_registers *r)
{
    for (unsigned i = 0; i < IMC_COUNT * IMC_CHANNELS; i++) {
        unsigned imc = i / IMC_CHANNELS;
        unsigned channel = i % IMC_CHANNELS;
        struct imc_channel_registers *regs = &r->imc[imc].channel[channel];
        unsigned logical = plan->logical[imc][channel];
        unsigned ranks_log2 = plan->ranks_log2[imc][channel];
        uint32_t halves = (uint32_t)(module_bytes(plan, imc, channel) >> 29);

        r->mcroute |= imc << 3 * logical | channel << (18 + 2 * logical);
        r->imc[imc].mcmtr = ECC_ON | plan->is_close_page | (uint32_t)plan->has_bank_xor << 9;
        if (halves == 0) continue;
        regs->amap = plan->is_fine_grain;
        regs->dimmmtr[0] =
            MTR_PRESENT | WIDTH_X8 | ranks_log2 << 12 | (plan->row_bits[imc][channel] - 12u) << 2;
        if (!plan->are_ranks_stacked) {
            regs->rirwayness[0] = BIT32(31) | ranks_log2 << 28 | (halves - 1) << 1;
            for (unsigned way = 0; way < 1u << ranks_log2; way++) {
                regs->ririlv[way][0] = way << 16;
            }
            continue;
        }
        for (unsigned rank = 0; rank < 1u << ranks_log2; rank++) {
            uint32_t each = halves >> ranks_log2;

            regs->rirwayness[rank] = BIT32(31) | ((rank + 1) * each - 1) << 1;
            regs->ririlv[0][rank] = rank << 16 | (rank * each * 8) << 2;
        }
    }
}

static struct round next_round(const struct filling *f)
{
    struct round round = {.bytes = UINT64_MAX};
    unsigned with[IMC_COUNT] = {0};
    unsigned channels[IMC_COUNT][2] = {{0}};

    for (unsigned i = 0; i < IMC_COUNT * IMC_CHANNELS; i++) {
        unsigned imc = i / IMC_CHANNELS;

        if (f->left[imc][i % IMC_CHANNELS] != 0) {
            channels[imc][with[imc]++] = i % IMC_CHANNELS;
        }
    }
    round.imc[0] = with[0] >= with[1] ? 0 : 1;
    round.imc[1] = 1 - round.imc[0];
    memcpy(round.channel, channels[round.imc[0]], sizeof(round.channel));
    if (with[0] == 2 && with[1] == 2) {
        round.socket_log2 = 1;
        round.channel_log2 = 1;
    } else if (with[0] == 1 && with[1] == 1 && channels[0][0] == channels[1][0] &&
               f->used[0][channels[0][0]] == f->used[1][channels[0][0]]) {
        round.socket_log2 = 1;
    } else if (with[round.imc[0]] == 2 &&
               f->used[round.imc[0]][round.channel[0]] == f->used[round.imc[0]][round.channel[1]]) {
        round.channel_log2 = 1;
    }
    for (unsigned i = 0; i < 4; i++) {
        if (i >> 1 >= 1u << round.socket_log2 || (i & 1) >= 1u << round.channel_log2) continue;
        round.bytes = min_u64(round.bytes, f->left[round.imc[i >> 1]][round.channel[i & 1]]);
    }
    return round;
}

/* The interleave list: `controller` and `channel` are the bits of the entry's number that choose. */
static uint32_t interleave_list(const struct filling *f, const struct round *round, uint64_t offset)
{
    unsigned controller_bit = f->plan->is_split && f->plan->mode == 0 ? 2 : 0;
    unsigned channel_bit = controller_bit == 0 ? round->socket_log2 : 0;
    uint32_t list = 0;

    for (unsigned entry = 0; entry < 8; entry++) {
        unsigned number = entry;
        unsigned which[2] = {0};

        if (f->plan->mode == 3) {
            number -= (unsigned)(offset >> 30); /* counted from where the rule starts */
        }
        which[0] = round->socket_log2 != 0 ? number >> controller_bit & 1 : 0;
        which[1] = round->channel_log2 != 0 ? number >> channel_bit & 1 : 0;
        list |= (8u | f->plan->logical[round->imc[which[0]]][round->channel[which[1]]])
                << 4 * entry;
    }
    return list;
}

/* One SAD rule and the TAD rules for [from, to) of memory, which does not cross the hole. */
static void add_rules(struct filling *f, const struct round *round, uint64_t from, uint64_t to,
                      uint64_t offset)
{
    static const unsigned gran[] = {0, 1, 2, 3};
    unsigned channel_gran = gran[f->plan->mode];
    unsigned socket_gran = f->plan->is_split && f->plan->mode == 0 ? 1 : channel_gran;
    uint64_t base = plan_address(f->plan, from);
    uint64_t last = plan_address(f->plan, to - 1);

    if (round->socket_log2 == 0 && round->channel_log2 == 0) {
        socket_gran = 0;
        channel_gran = 0;
    }
    f->registers->sad[f->sad] = 1u | f->plan->mode << 1 | (uint32_t)(last >> BLOCK) << 7;
    f->registers->interleave_list[f->sad] = interleave_list(f, round, offset);
    f->sad++;
    for (unsigned i = 0; i < 4; i++) {
        struct imc_controller_registers *imc = &f->registers->imc[round->imc[i >> 1]];

        if (i >> 1 >= 1u << round->socket_log2 || (i & 1) >= 1u << round->channel_log2) continue;
        imc->tadbase[f->tad] =
            (uint32_t)(base >> BLOCK) << 12 | channel_gran << 6 | socket_gran << 4;
        imc->tadwayness[f->tad] =
            (uint32_t)(last >> BLOCK) << 12 | round->socket_log2 << 10 | round->channel_log2 << 8;
        imc->channel[round->channel[i & 1]].tadchnilvoffset[f->tad] = (uint32_t)(offset >> BLOCK)
                                                                      << 4;
    }
    f->tad++;
}

static void take_round(struct filling *f)
{
    struct round round = next_round(f);
    unsigned ways_log2 = round.socket_log2 + round.channel_log2;
    uint64_t used = f->used[round.imc[0]][round.channel[0]];
    uint64_t from = f->memory;
    uint64_t to = from + (round.bytes << ways_log2);
    uint64_t offset = from - (used << ways_log2);
    uint64_t hole = f->plan->hole;

    if (from < hole) {
        add_rules(f, &round, from, min_u64(to, hole), offset);
    }
    if (from < hole && to > hole) {
        f->registers->sad[f->sad++] = (uint32_t)((FOUR_GIB >> BLOCK) - 1) << 7;
    }
    if (to > hole) {
        add_rules(f, &round, max_u64(from, hole), to, offset + FOUR_GIB - hole);
    }
    f->memory = to;
    for (unsigned i = 0; i < 4; i++) {
        if (i >> 1 >= 1u << round.socket_log2 || (i & 1) >= 1u << round.channel_log2) continue;
        f->left[round.imc[i >> 1]][round.channel[i & 1]] -= round.bytes;
        f->used[round.imc[i >> 1]][round.channel[i & 1]] += round.bytes;
    }
}

struct imc_registers plan_registers(const struct plan *plan)
{
    struct imc_registers registers = {0};
    struct filling f = {.plan = plan, .registers = &registers};
    uint64_t bytes = plan_bytes(plan);

    set_channels(plan, &registers);
    for (unsigned i = 0; i < IMC_COUNT; i++) {
        for (unsigned rule = 0; rule < IMC_TAD_RULES; rule++) {
            registers.imc[i].tadbase[rule] = UINT32_C(0xfffff000); /* empty */
        }
        for (unsigned channel = 0; channel < IMC_CHANNELS; channel++) {
            f.left[i][channel] = module_bytes(plan, i, channel);
        }
    }
    registers.tolm = (uint32_t)min_u64(plan->hole, bytes);
    registers.tohm = max_u64(plan_address(plan, bytes - 1) + 1, FOUR_GIB);
    while (f.memory < bytes) {
        take_round(&f);
    }
    return registers;
}

/* ---- hardware.md 3.4 ---- */

static struct imc_registers worked(uint32_t last_sad, uint32_t mtr, uint32_t wayness,
                                   unsigned ranks)
{
    struct imc_registers r = {
        .sad = {0x00000f81, 0x00001f80, last_sad},
        .interleave_list = {0xba98ba98, 0, 0xba98ba98},
        .mcroute = 0x01100240,
        .tolm = UINT32_C(0x80000000),
        .tohm = (bits_get(last_sad, 26, 7) + 1) << BLOCK,
    };

    for (unsigned i = 0; i < IMC_COUNT; i++) {
        r.imc[i].tadbase[1] = 0x00040000;
        r.imc[i].tadwayness[0] = 0x0001f500;
        r.imc[i].tadwayness[1] = (uint32_t)bits_get(last_sad, 26, 7) << 12 | 0x500;
        r.imc[i].mcmtr = ECC_ON;
        for (unsigned channel = 0; channel < 2; channel++) {
            struct imc_channel_registers *regs = &r.imc[i].channel[channel];

            regs->tadchnilvoffset[1] = 0x200;
            regs->rirwayness[0] = wayness;
            regs->dimmmtr[0] = mtr;
            for (unsigned way = 0; way < ranks; way++) {
                regs->ririlv[way][0] = way << 16;
            }
        }
    }
    return r;
}

struct imc_registers plan_32g(void)
{
    return worked(0x00010f81, 0x8110, 0x8000001e, 1);
}

struct imc_registers plan_128g(void)
{
    return worked(0x00040f81, 0x9014, 0x9000007e, 2);
}

/* ---- The second decoder ---- */

static uint64_t field(uint64_t value, unsigned high, unsigned low)
{
    return value << (63 - high) >> (63 - high + low);
}

/* Division as the driver describes it: quotient above the granularity, original bits below. */
static uint64_t divide(uint64_t addr, uint64_t unit, uint64_t ways, uint64_t original)
{
    return addr / unit / ways * unit + original % unit;
}

static bool second_sad(const struct imc_registers *r, uint64_t addr, unsigned *imc,
                       unsigned *channel)
{
    static const uint64_t unit[] = {64, 256, 4096, BIT(30)};
    uint64_t first = 0;

    if (addr >= r->tohm || (addr >= r->tolm && addr < FOUR_GIB)) {
        return false;
    }
    for (unsigned i = 0; i < IMC_SAD_RULES; i++) {
        uint64_t last = field(r->sad[i], 26, 7) * BIT(26) + BIT(26) - 1;
        uint64_t entry = addr / unit[field(r->sad[i], 2, 1)] % 8;
        uint64_t target = r->interleave_list[i] >> entry * 4 & 15;

        if (r->sad[i] % 2 == 1 && addr >= first && addr <= last) {
            *imc = (unsigned)((uint64_t)r->mcroute >> target % 8 * 3 & 7);
            *channel = (unsigned)((uint64_t)r->mcroute >> (18 + target % 8 * 2) & 3);
            return target >= 8 && (r->sad[i] & BIT32(27)) == 0;
        }
        first = last + 1;
    }
    return false;
}

static bool second_tad(const struct imc_controller_registers *imc, unsigned channel, uint64_t addr,
                       uint64_t *channel_addr)
{
    static const uint64_t unit[] = {64, 256, 4096, BIT(30)};

    for (unsigned i = 0; i < IMC_TAD_RULES; i++) {
        uint64_t base = imc->tadbase[i];
        uint64_t wayness = imc->tadwayness[i];
        uint64_t step;

        if (addr < field(base, 31, 12) << 26 || addr >= (field(wayness, 31, 12) + 1) << 26)
            continue;
        step = addr - (field(imc->channel[channel].tadchnilvoffset[i], 23, 4) << 26);
        step = divide(step, unit[field(base, 5, 4)], BIT(field(wayness, 11, 10)), addr);
        *channel_addr = divide(step, unit[field(base, 7, 6)], field(wayness, 9, 8) + 1, addr);
        return field(wayness, 9, 8) != 2;
    }
    return false;
}

static unsigned pick(uint64_t addr, const char *bits)
{
    unsigned value = 0;

    for (unsigned i = 0; bits[i] != 0; i++) {
        value |= (unsigned)(addr >> (bits[i] - '0') & 1) << i;
    }
    return value;
}

/* Rank address bits as characters, '0' + bit. */
static void second_map(const struct imc_controller_registers *imc, unsigned channel,
                       uint64_t rank_addr, struct dram_address *out)
{
    bool is_close = imc->mcmtr % 2 == 1;
    bool is_fine = imc->channel[channel].amap % 2 == 1;
    bool is_xor = (imc->mcmtr >> 9) % 2 == 1;
    unsigned rows = 12 + (unsigned)field(imc->channel[channel].dimmmtr[out->dimm], 4, 2);

    if (is_close) {
        out->row = pick(rank_addr, "?@ABDEFL:;<=MNOPQR");
        out->column = (uint16_t)pick(rank_addr, "345>CGHIJK");
        out->bank = (uint8_t)(pick(rank_addr, "89") ^ (is_xor ? pick(rank_addr, "FL") : 0));
        out->bank_group = (uint8_t)(pick(rank_addr, "67") ^ (is_xor ? pick(rank_addr, "DE") : 0));
    } else {
        out->row = pick(rank_addr, ">?@DLEFGHIJKMNOPQR");
        out->column = (uint16_t)pick(rank_addr, is_fine ? "345789:;<=" : "3456789:;<");
        out->bank = (uint8_t)(pick(rank_addr, "BC") ^ (is_xor ? pick(rank_addr, "FG") : 0));
        out->bank_group = (uint8_t)(pick(rank_addr, is_fine ? "6A" : "=A") ^
                                    (is_xor ? pick(rank_addr, "DE") : 0));
    }
    out->row %= BIT32(rows);
}

bool plan_decode(const struct imc_registers *registers, uint64_t addr, struct dram_address *out)
{
    const struct imc_controller_registers *imc;
    unsigned number;
    unsigned channel;
    uint64_t channel_addr;
    uint64_t before = 0;

    if (!second_sad(registers, addr, &number, &channel) || number >= IMC_COUNT ||
        channel >= IMC_CHANNELS) {
        return false;
    }
    imc = &registers->imc[number];
    if (!second_tad(imc, channel, addr, &channel_addr)) {
        return false;
    }
    for (unsigned i = 0; i < IMC_RIR_RULES; i++) {
        uint32_t wayness = imc->channel[channel].rirwayness[i];
        uint64_t last = field(wayness, 11, 1) * BIT(29) + BIT(29) - 1;
        uint64_t ways = BIT(field(wayness, 29, 28));
        bool is_close = imc->mcmtr % 2 == 1 && field(imc->channel[channel].dimmmtr[0], 15, 15) == 1;
        uint64_t unit = is_close ? 64 : 8192;
        uint64_t way = channel_addr / unit % ways;
        uint32_t list;

        if (wayness >> 31 == 0 || channel_addr < before || channel_addr > last) {
            before = last;
            continue;
        }
        if (way >= IMC_RIR_WAYS) {
            return false;
        }
        list = imc->channel[channel].ririlv[way][i];
        out->imc = (uint8_t)number;
        out->channel = (uint8_t)channel;
        out->dimm = (uint8_t)(field(list, 19, 16) / 4);
        out->rank = (uint8_t)(field(list, 19, 16) % 4);
        if (out->dimm >= IMC_DIMMS) {
            return false;
        }
        second_map(imc, channel,
                   divide(channel_addr, unit, ways, channel_addr) - (field(list, 15, 2) << 26),
                   out);
        return true;
    }
    return false;
}

/* ---- What must hold ---- */

void plan_assert_same(const struct dram_address *a, const struct dram_address *b)
{
    assert_int_equal(a->imc, b->imc);
    assert_int_equal(a->channel, b->channel);
    assert_int_equal(a->dimm, b->dimm);
    assert_int_equal(a->rank, b->rank);
    assert_int_equal(a->bank_group, b->bank_group);
    assert_int_equal(a->bank, b->bank);
    assert_int_equal(a->row, b->row);
    assert_int_equal(a->column, b->column);
}

void plan_assert_possible(const struct dram_address *at)
{
    assert_true(at->imc < IMC_COUNT && at->channel < IMC_CHANNELS && at->dimm < IMC_DIMMS);
    assert_true(at->rank < DIMM_RANKS_MAX && at->bank_group < DIMM_BANK_GROUPS);
    assert_true(at->bank < DIMM_BANKS && at->column < 1024 && at->row < BIT32(18));
}

static const struct imc_zone *zone_of(const struct imc_layout *layout, uint64_t addr)
{
    for (size_t i = 0; i < layout->zone_count; i++) {
        if (addr >= layout->zones[i].base && addr < layout->zones[i].end) {
            return &layout->zones[i];
        }
    }
    return NULL;
}

bool plan_check_address(const struct imc_layout *layout, uint64_t addr)
{
    uint64_t word = align_down(addr, DRAM_WORD_BYTES);
    const struct imc_zone *zone = zone_of(layout, word);
    struct dram_address at;
    struct dram_address other;
    uint64_t back;

    assert_true(imc_layout_decode(layout, addr, &at) == (zone != NULL));
    if (zone == NULL) return false;
    plan_assert_possible(&at);
    assert_true(plan_decode(&layout->registers, word, &other));
    plan_assert_same(&at, &other);
    assert_true(imc_layout_encode(layout, &at, &back));
    assert_true(back == word || back < zone->base || back >= zone->end);
    assert_true(imc_layout_decode(layout, back, &other));
    plan_assert_same(&at, &other);
    return true;
}
