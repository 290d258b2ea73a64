/* SPDX-License-Identifier: GPL-2.0-only */
/* See memory_bench.h. */
#include "tests/unit/firmware/memory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/lib/bytes.h"

#define SAD          PCI_BDF(3, 0x1d, 0)
#define SAD_RULES    24u
#define TAD_RULES    8u
#define RIR_RULES    4u
#define FOUR_GIB     0x100000000ull
#define UNIT(value)  ((uint64_t)(value) << 26)
#define LAST_OF_UNIT 0x3ffffffull

/* Those that the firmware has to find: limits, caching agents (ten of them), SAD, channels. */
static const struct {
    uint16_t bdf;
    uint32_t id;
} functions[BENCH_FUNCTIONS] = {
    {PCI_BDF(3, 0x05, 0), 0x20348086},    {PCI_BDF(5, 0x05, 0), 0x20348086},
    {PCI_BDF(0xf0, 0x05, 0), 0x20348086}, {PCI_BDF(3, 0x0e, 0), 0x208e8086},
    {PCI_BDF(3, 0x0e, 1), 0x208e8086},    {PCI_BDF(3, 0x0e, 2), 0x208e8086},
    {PCI_BDF(3, 0x0e, 3), 0x208e8086},    {PCI_BDF(3, 0x0e, 4), 0x208e8086},
    {PCI_BDF(3, 0x0e, 5), 0x208e8086},    {PCI_BDF(3, 0x0e, 6), 0x208e8086},
    {PCI_BDF(3, 0x0e, 7), 0x208e8086},    {PCI_BDF(3, 0x0f, 0), 0x208e8086},
    {PCI_BDF(3, 0x0f, 1), 0x208e8086},    {PCI_BDF(3, 0x1d, 0), 0x20548086},
    {PCI_BDF(5, 0x0a, 0), 0x20408086},    {PCI_BDF(5, 0x0a, 4), 0x20448086},
    {PCI_BDF(5, 0x0b, 0), 0x20488086},    {PCI_BDF(5, 0x0c, 0), 0x20408086},
    {PCI_BDF(5, 0x0c, 4), 0x20448086},    {PCI_BDF(5, 0x0d, 0), 0x20488086},
};

static uint8_t *find(const struct bench *bench, uint16_t bdf)
{
    for (size_t i = 0; i < BENCH_FUNCTIONS; i++) {
        if (functions[i].id != 0 && functions[i].bdf == bdf) {
            return bench->config + i * 4096;
        }
    }
    return NULL;
}

static uint32_t read_config(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes)
{
    const uint8_t *config = find(ctx, bdf);

    assert_true(bytes == 4 && reg % 4 == 0 && reg < 4096);
    return config != NULL ? get_le32(config + reg) : 0xffffffff;
}

static void write_config(void *ctx, uint16_t bdf, unsigned reg, unsigned bytes, uint32_t value)
{
    const struct bench *bench = ctx;
    uint8_t *config = find(bench, bdf);

    assert_true(bytes == 4 && reg % 4 == 0 && reg >= 0x40 && reg < 4096);
    assert_non_null(config);
    for (unsigned i = 0; bench->checks_order && i < SAD_RULES; i++) {
        assert_true(bdf == SAD || (bench_read(bench, SAD, 0x60 + 8 * i) & 1) == 0);
    }
    put_le32(config + reg, value);
}

struct bench *bench_create(void)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    bench->config = calloc(1, BENCH_CONFIG_BYTES);
    assert_non_null(bench->config);
    bench->pci = (struct pci_access){.ctx = bench, .read = read_config, .write = write_config};
    for (size_t i = 0; i < BENCH_FUNCTIONS; i++) {
        put_le32(bench->config + i * 4096, functions[i].id);
    }
    return bench;
}

void bench_destroy(struct bench *bench)
{
    free(bench->config);
    free(bench);
}

uint32_t bench_read(const struct bench *bench, uint16_t bdf, unsigned reg)
{
    return get_le32(find(bench, bdf) + reg);
}

struct memory_module bench_module(uint64_t bytes)
{
    struct memory_module module = {
        .bytes = bytes,
        .ranks = bytes >= 64ull << 30   ? 4
                 : bytes >= 16ull << 30 ? 2
                                        : 1,
        .width = bytes >= 32ull << 30 ? 4 : 8,
        .row_bits = 12,
        .column_bits = 10,
        .has_ecc = true,
        .speed = 2666,
    };

    if (bytes == 0) {
        return (struct memory_module){0};
    }
    while ((128ull << (module.row_bits + 10)) * module.ranks < bytes) {
        module.row_bits++;
    }
    return module;
}

static uint16_t channel_of(unsigned imc, unsigned channel)
{
    static const uint16_t places[2][3] = {
        {PCI_BDF(5, 0x0a, 0), PCI_BDF(5, 0x0a, 4), PCI_BDF(5, 0x0b, 0)},
        {PCI_BDF(5, 0x0c, 0), PCI_BDF(5, 0x0c, 4), PCI_BDF(5, 0x0d, 0)},
    };

    return places[imc][channel];
}

static uint64_t tolm(const struct bench *bench)
{
    return bench_read(bench, PCI_BDF(3, 5, 0), 0xd0);
}

static uint64_t tohm(const struct bench *bench)
{
    return bench_read(bench, PCI_BDF(3, 5, 0), 0xd4) |
           (uint64_t)bench_read(bench, PCI_BDF(3, 5, 0), 0xd8) << 32;
}

/* Which logical channel; -1: none. Rules go from the end of the one before to their limit. */
static int decode_sad(const struct bench *bench, uint64_t addr)
{
    static const uint8_t shifts[4] = {6, 8, 12, 30};
    uint64_t base = 0;

    if (addr >= tohm(bench) || (addr >= tolm(bench) && addr < FOUR_GIB)) {
        return -1;
    }
    for (unsigned i = 0; i < SAD_RULES; i++) {
        uint32_t rule = bench_read(bench, SAD, 0x60 + 8 * i);
        uint64_t limit = UNIT(rule >> 7 & 0xfffff) | LAST_OF_UNIT;
        uint32_t targets = bench_read(bench, SAD, 0x64 + 8 * i);

        if ((rule & 1) != 0 && addr >= base && addr <= limit) {
            unsigned target = targets >> (addr >> shifts[rule >> 1 & 3] & 7) * 4 & 15;

            assert_true((target & 8) != 0 && (rule & 0xc8000060) == 0);
            return (int)(target & 7);
        }
        base = limit + 1;
    }
    return -1;
}

struct bench_channel {
    unsigned imc, channel;
};

static bool decode_tad(const struct bench *bench, const struct bench_channel *at, uint64_t addr,
                       uint64_t *channel_addr)
{
    unsigned imc = at->imc, channel = at->channel;

    for (unsigned i = 0; i < TAD_RULES; i++) {
        uint32_t base = bench_read(bench, channel_of(imc, 0), 0x850 + 4 * i);
        uint32_t wayness = bench_read(bench, channel_of(imc, 0), 0x880 + 4 * i);
        uint32_t offset = bench_read(bench, channel_of(imc, channel), 0x90 + 4 * i);
        uint64_t ways = (1u << (wayness >> 10 & 3)) * ((wayness >> 8 & 3) + 1);

        if (addr >= UNIT(base >> 12) && addr <= (UNIT(wayness >> 12) | LAST_OF_UNIT)) {
            uint64_t local = addr - UNIT(offset >> 4 & 0xfffff);

            assert_true(local <= addr && (base & 0xf0) == 0);
            *channel_addr = (local >> 6) / ways << 6 | (local & 63);
            return true;
        }
    }
    return false;
}

/* Ranks change with every line when pages are closed, and with every open page of 8 KiB otherwise. */
static bool decode_rir(const struct bench *bench, const struct bench_channel *at, uint64_t addr,
                       struct bench_place *place)
{
    uint16_t function = channel_of(at->imc, at->channel);
    unsigned shift = (bench_read(bench, channel_of(at->imc, 0), 0x87c) & 1) != 0 ? 6 : 13;

    for (unsigned i = 0; i < RIR_RULES; i++) {
        uint32_t rule = bench_read(bench, function, 0x108 + 4 * i);
        uint64_t limit = ((uint64_t)(rule >> 1 & 0x7ff) << 29) | 0x1fffffff;
        uint64_t ways = 1u << (rule >> 28 & 3);
        uint64_t low = (1u << shift) - 1;
        uint32_t target;

        if ((rule >> 31) == 0 || addr > limit) {
            continue;
        }
        target =
            bench_read(bench, function, 0x120 + 16 * (unsigned)((addr >> shift) % ways) + 4 * i);
        place->rank = target >> 16 & 15;
        place->rank_addr =
            ((addr >> shift) / ways << shift | (addr & low)) - UNIT(target >> 2 & 0x3fff);
        return true;
    }
    return false;
}

bool bench_decode(const struct bench *bench, uint64_t addr, struct bench_place *place)
{
    uint32_t route = bench_read(bench, PCI_BDF(3, 0x0e, 0), 0xb4);
    int logical = decode_sad(bench, addr);
    struct bench_channel at;
    uint64_t channel_addr;

    if (logical < 0) {
        return false;
    }
    at.imc = route >> 3 * logical & 7;
    at.channel = route >> (18 + 2 * logical) & 3;
    assert_true(at.imc < 2 && at.channel < 2);
    place->socket = 2 * at.imc + at.channel;
    return decode_tad(bench, &at, addr, &channel_addr) &&
           decode_rir(bench, &at, channel_addr, place);
}

void bench_registers(const struct bench *bench, struct imc_registers *registers)
{
    memset(registers, 0, sizeof(*registers));
    registers->mcroute = bench_read(bench, PCI_BDF(3, 0x0e, 0), 0xb4);
    registers->tolm = (uint32_t)tolm(bench);
    registers->tohm = tohm(bench);
    for (unsigned i = 0; i < IMC_SAD_RULES; i++) {
        registers->sad[i] = bench_read(bench, SAD, 0x60 + 8 * i);
        registers->interleave_list[i] = bench_read(bench, SAD, 0x64 + 8 * i);
    }
    for (unsigned i = 0; i < IMC_COUNT; i++) {
        struct imc_controller_registers *imc = &registers->imc[i];

        imc->mcmtr = bench_read(bench, channel_of(i, 0), 0x87c);
        for (unsigned rule = 0; rule < IMC_TAD_RULES; rule++) {
            imc->tadbase[rule] = bench_read(bench, channel_of(i, 0), 0x850 + 4 * rule);
            imc->tadwayness[rule] = bench_read(bench, channel_of(i, 0), 0x880 + 4 * rule);
        }
        for (unsigned c = 0; c < IMC_CHANNELS; c++) {
            struct imc_channel_registers *channel = &imc->channel[c];
            uint16_t function = channel_of(i, c);

            channel->amap = bench_read(bench, function, 0x8c);
            for (unsigned n = 0; n < IMC_DIMMS; n++) {
                channel->dimmmtr[n] = bench_read(bench, function, 0x80 + 4 * n);
            }
            for (unsigned n = 0; n < IMC_TAD_RULES; n++) {
                channel->tadchnilvoffset[n] = bench_read(bench, function, 0x90 + 4 * n);
            }
            for (unsigned n = 0; n < IMC_RIR_RULES * IMC_RIR_WAYS; n++) {
                channel->ririlv[n / IMC_RIR_RULES][n % IMC_RIR_RULES] =
                    bench_read(bench, function, 0x120 + 4 * n);
            }
            for (unsigned n = 0; n < IMC_RIR_RULES; n++) {
                channel->rirwayness[n] = bench_read(bench, function, 0x108 + 4 * n);
            }
        }
    }
}
