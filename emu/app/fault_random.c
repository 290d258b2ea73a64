/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults by chance: see fault_random.h. The generator is SplitMix64 (Steele, Lea and Flood, OOPSLA
 * 2014): a counter that is mixed, so that streams are as cheap as numbers. Only integers are used,
 * and they are the same on every host.
 */
#include "emu/app/fault_random.h"

#include "emu/app/fault_spec.h"
#include "emu/base/bits.h"
#include "emu/machine/machine.h"
#include "emu/machine/map.h"

#define GOLDEN    UINT64_C(0x9e3779b97f4a7c15)
#define TRIES     64u /* places that are looked at before the chance of finding one is given up */
#define MILLI_DIV UINT64_C(1000000000000000) /* picoseconds in 1000 s */
/* Fixed point of gaps: so many bits behind the point. */
#define FRACTION_BITS 24u
#define LN_2          UINT64_C(11629080) /* ln 2 with FRACTION_BITS, rounded */

/* docs/faults.md: the mix when none is asked for, and where it comes from. */
static const struct fault_mix default_mix = {
    .kind =
        {
            [DRAM_FAULT_FLIP] = 156,
            [DRAM_FAULT_STUCK] = 189,
            [DRAM_FAULT_ROW] = 84,
            [DRAM_FAULT_COLUMN] = 70,
            [DRAM_FAULT_CHIP] = 162,
        },
    .bits = {950, 40, 7, 3},
};

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t next(struct fault_random *random)
{
    random->state += GOLDEN;
    return mix(random->state);
}

void fault_random_begin(struct fault_random *random, uint64_t seed)
{
    *random = (struct fault_random){.state = mix(seed + GOLDEN)};
}

void fault_random_begin_run(struct fault_random *random, uint64_t seed, uint64_t n)
{
    *random = (struct fault_random){.state = mix(mix(seed + GOLDEN) ^ mix(n + 2 * GOLDEN))};
}

uint64_t fault_random_below(struct fault_random *random, uint64_t limit)
{
    /* The numbers up to `rest` would make the small remainders likelier. */
    const uint64_t rest = limit == 0 ? 0 : (0 - limit) % limit;
    uint64_t number;

    if (limit == 0) return 0;
    do {
        number = next(random);
    } while (number < rest);
    return number % limit;
}

/* ---- Which ---- */

/* Index of `weights`; 0 when all are zero. */
static unsigned choose(struct fault_random *random, const uint32_t *weights, unsigned count)
{
    uint64_t sum = 0;
    uint64_t point;

    for (unsigned i = 0; i < count; i++) {
        sum += weights[i];
    }
    if (sum == 0) return 0;
    point = fault_random_below(random, sum);
    for (unsigned i = 0; i < count; i++) {
        if (point < weights[i]) return i;
        point -= weights[i];
    }
    return 0;
}

static const uint32_t *weights_or(const uint32_t *weights, unsigned count, const uint32_t *others)
{
    for (unsigned i = 0; i < count; i++) {
        if (weights[i] != 0) return weights;
    }
    return others;
}

/* So many different cells of a code word. */
static struct ecc_word choose_cells(struct fault_random *random, unsigned count, unsigned code_bits)
{
    struct ecc_word mask = {.data = 0};

    while (count > 0) {
        const struct ecc_word cell =
            fault_spec_lanes((unsigned)fault_random_below(random, code_bits), 1, code_bits);

        if ((mask.data & cell.data) != 0 || (mask.check & cell.check) != 0) continue;
        mask.data |= cell.data;
        mask.check = (uint8_t)(mask.check | cell.check);
        count--;
    }
    return mask;
}

/* ---- Where ---- */

/* Anywhere in RAM as the built-in firmware sets it up (map.h). */
static uint64_t any_address(struct fault_random *random, const struct dimm_set *dimms)
{
    const uint64_t offset = fault_random_below(random, dimm_set_bytes(dimms));

    return offset < MAP_LOW_RAM_MAX ? offset : offset - MAP_LOW_RAM_MAX + MAP_HIGH_RAM_BASE;
}

static uint64_t target_address(struct fault_random *random, struct machine *machine)
{
    uint64_t page;

    switch (random->target) {
    case FAULT_TARGET_ALL: break;
    case FAULT_TARGET_USED:
        if (!machine_used_page(machine, next(random), &page)) break;
        return page + fault_random_below(random, DRAM_PAGE_BYTES);
    case FAULT_TARGET_RANGE:
        if (random->range_end <= random->range_base) break;
        return random->range_base +
               fault_random_below(random, random->range_end - random->range_base);
    }
    return any_address(random, machine_dimms(machine));
}

/* A word of a module, whether it is decoded or not: each module as likely as it is large. */
static void any_place(struct fault_random *random, const struct dimm_set *dimms,
                      struct dram_address *at)
{
    uint64_t sum = 0;
    uint64_t point;
    unsigned socket = 0;

    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        sum += dimms->socket[i].bytes;
    }
    point = fault_random_below(random, sum);
    while (socket + 1 < DIMM_SOCKETS && point >= dimms->socket[socket].bytes) {
        point -= dimms->socket[socket].bytes;
        socket++;
    }
    const struct dimm *dimm = &dimms->socket[socket];
    *at = (struct dram_address){
        .rank = (uint8_t)fault_random_below(random, dimm->ranks),
        .bank_group = (uint8_t)fault_random_below(random, DIMM_BANK_GROUPS),
        .bank = (uint8_t)fault_random_below(random, DIMM_BANKS),
        .row = (uint32_t)fault_random_below(random, BIT(dimm->row_bits)),
        .column = (uint16_t)fault_random_below(random, BIT(dimm->column_bits)),
    };
    dram_socket_place(socket, at);
}

/* A target is an address; when firmware has laid out memory in its own way, the modules are asked. */
static void choose_place(struct fault_random *random, struct machine *machine,
                         struct dram_address *at)
{
    uint64_t addr;

    for (unsigned i = 0; i < TRIES; i++) {
        if (machine_fault_place(machine, target_address(random, machine), at)) return;
    }
    /* Who names a range wants faults there or none: this place is nowhere. */
    *at = (struct dram_address){.imc = UINT8_MAX};
    if (random->target == FAULT_TARGET_RANGE) return;
    for (unsigned i = 0; i < TRIES; i++) {
        any_place(random, machine_dimms(machine), at);
        if (machine_fault_address(machine, at, &addr)) return;
    }
}

/* ---- Faults ---- */

static void choose_line(struct fault_random *random, const struct dimm *dimm,
                        struct dram_fault *fault)
{
    const unsigned rows = dimm->row_bits;
    const unsigned columns = dimm->column_bits > 3 ? dimm->column_bits - 3u : 0;
    unsigned line = (unsigned)fault_random_below(random, rows + columns + 4);

    fault->has_parity = true;
    fault->line = DRAM_LINE_ROW;
    if (line >= rows) {
        line -= rows;
        fault->line = DRAM_LINE_COLUMN;
    }
    if (fault->line == DRAM_LINE_COLUMN && line >= columns) {
        line -= columns;
        fault->line = line < 2 ? DRAM_LINE_BANK : DRAM_LINE_BANK_GROUP;
        line %= 2;
    }
    fault->line_bit = (uint8_t)(fault->line == DRAM_LINE_COLUMN ? line + 3 : line);
}

static void choose_rest(struct fault_random *random, const struct dimm *dimm, unsigned bits,
                        struct dram_fault *fault)
{
    const unsigned code_bits = dimm->has_ecc ? DIMM_CODE_BITS : DIMM_DATA_BITS;
    const unsigned width = dimm->width != 0 ? dimm->width : 8;

    fault->value = fault->kind != DRAM_FAULT_FLIP && fault_random_below(random, 2) != 0;
    switch (fault->kind) {
    case DRAM_FAULT_FLIP:
    case DRAM_FAULT_STUCK: fault->mask = choose_cells(random, bits, code_bits); break;
    case DRAM_FAULT_ROW:
        fault->where.column = 0;
        fault->mask = choose_cells(random, 1, code_bits);
        break;
    case DRAM_FAULT_COLUMN:
        fault->where.row = 0;
        fault->mask = choose_cells(random, 1, code_bits);
        break;
    case DRAM_FAULT_CHIP:
        fault->mask = fault_spec_lanes((unsigned)fault_random_below(random, code_bits / width),
                                       width, code_bits);
        break;
    case DRAM_FAULT_DIMM:
        /* What a module that is gone reads as. */
        fault->mask = (struct ecc_word){.data = UINT64_MAX, .check = dimm->has_ecc ? 0xff : 0};
        fault->value = true;
        break;
    case DRAM_FAULT_ADDRESS: choose_line(random, dimm, fault); break;
    case DRAM_FAULT_KINDS: break;
    }
}

void fault_random_next(struct fault_random *random, struct machine *machine,
                       struct dram_fault *fault)
{
    const uint32_t *kinds = weights_or(random->mix.kind, DRAM_FAULT_KINDS, default_mix.kind);
    const uint32_t *bits =
        weights_or(random->mix.bits, ARRAY_LEN(random->mix.bits), default_mix.bits);
    unsigned socket;

    *fault =
        (struct dram_fault){.kind = (enum dram_fault_kind)choose(random, kinds, DRAM_FAULT_KINDS)};
    const unsigned count = 1 + choose(random, bits, ARRAY_LEN(random->mix.bits));
    choose_place(random, machine, &fault->where);
    socket = dram_socket(&fault->where);
    if (socket >= DIMM_SOCKETS) return; /* planting says that there is no module */
    choose_rest(random, &machine_dimms(machine)->socket[socket], count, fault);
    fault_spec_keep_place(fault);
}

/* ---- When ---- */

/* -ln(number / 2^64) with FRACTION_BITS: the logarithm to base 2 bit by bit, by squaring what is left
 * of the number. `number` is not 0. */
static uint64_t minus_ln(uint64_t number)
{
    const unsigned whole = 63 - (unsigned)__builtin_clzll(number);
    uint64_t rest = (number << (63 - whole)) >> 32; /* 1 up to 2, with 31 bits behind the point */
    uint64_t log = whole;

    for (unsigned i = 0; i < FRACTION_BITS; i++) {
        uint64_t square = (rest * rest) >> 31;
        const unsigned bit = (square >> 32 & 1) != 0;

        log = log << 1 | bit;
        rest = square >> bit;
    }
    return (((UINT64_C(64) << FRACTION_BITS) - log) * LN_2) >> FRACTION_BITS;
}

vtime fault_random_gap(struct fault_random *random, uint64_t rate_milli)
{
    const uint64_t mean = MILLI_DIV / max_u64(rate_milli, 1);
    const uint64_t factor = minus_ln(max_u64(next(random), 1));
    /* The product has more than 64 bits. */
    const uint64_t high = ((mean >> 32) * factor) << (32 - FRACTION_BITS);
    const uint64_t low = ((mean & UINT32_MAX) * factor) >> FRACTION_BITS;

    return max_u64(high + low, 1);
}
