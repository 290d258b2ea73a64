/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System addresses to modules and back: the worked register sets of reference/hardware.md 3.4, random
 * register sets against a second decoder, and registers full of nonsense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/memory/dimm.h"
#include "emu/base/bits.h"
#include "tests/lib/rig.h"
#include "tests/unit/devices/imc/plan.h"

#define GIB            30
#define WORKED_LINES   300000u
#define PLANS          400u
#define PLAN_WORDS     400u
#define NONSENSE_SETS  4000u
#define NONSENSE_WORDS 50u
#define BENT_SETS      3000u
#define BENT_WORDS     100u

/* A place as one number. */
static uint64_t place(const struct dram_address *at)
{
    uint64_t key = at->imc;

    key = key << 2 | at->channel;
    key = key << 2 | at->dimm;
    key = key << 2 | at->rank;
    key = key << 2 | at->bank_group;
    key = key << 2 | at->bank;
    key = key << 18 | at->row;
    return key << 10 | at->column;
}

static int compare_keys(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void assert_no_twins(uint64_t *keys, size_t count)
{
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < count; i++) {
        assert_true(keys[i - 1] != keys[i]);
    }
}

/* ---- hardware.md 3.4 ---- */

/* Lines from one end of memory to the other, each with a step that visits all interleave bits. */
static void check_worked(const struct imc_registers *registers, uint64_t bytes)
{
    static struct imc_layout layout;
    uint64_t *keys = calloc(WORKED_LINES, sizeof(*keys));
    uint64_t step = bytes / 64 / WORKED_LINES | 1;
    struct dram_address at;
    struct dram_address second;
    uint64_t back;

    assert_non_null(keys);
    imc_layout_build(&layout, registers);
    assert_int_equal(layout.zone_count, 2);
    assert_int_equal(layout.zones[0].base, 0);
    assert_int_equal(layout.zones[0].end, UINT64_C(2) << GIB);
    assert_int_equal(layout.zones[1].base, UINT64_C(4) << GIB);
    assert_int_equal(layout.zones[1].end, bytes + (UINT64_C(2) << GIB));
    for (size_t i = 0; i < WORKED_LINES; i++) {
        uint64_t offset = i * step * 64 % bytes;
        uint64_t addr = offset < UINT64_C(2) << GIB ? offset : offset + (UINT64_C(2) << GIB);

        assert_true(imc_layout_decode(&layout, addr, &at));
        plan_assert_possible(&at);
        assert_true(plan_decode(registers, addr, &second));
        plan_assert_same(&at, &second);
        assert_true(imc_layout_encode(&layout, &at, &back));
        assert_int_equal(back, addr);
        keys[i] = place(&at);
    }
    assert_no_twins(keys, WORKED_LINES);
    free(keys);
    assert_false(imc_layout_decode(&layout, UINT64_C(2) << GIB, &at));
    assert_false(imc_layout_decode(&layout, (UINT64_C(4) << GIB) - 1, &at));
    assert_false(imc_layout_decode(&layout, bytes + (UINT64_C(2) << GIB), &at));
    assert_false(imc_layout_decode(&layout, UINT64_MAX, &at));
}

static void test_worked_32g(void **state)
{
    struct imc_registers registers = plan_32g();

    (void)state;
    check_worked(&registers, UINT64_C(32) << GIB);
}

static void test_worked_128g(void **state)
{
    struct imc_registers registers = plan_128g();

    (void)state;
    check_worked(&registers, UINT64_C(128) << GIB);
}

/* Computed by hand from the lists of bits in hardware.md 3.4. */
static void test_spots(void **state)
{
    static const struct spot {
        uint64_t addr;
        struct dram_address at;
    } spots[] = {
        {0x0, {0}},
        {0x40, {.channel = 1}},
        {0x80, {.imc = 1}},
        {0xc0, {.imc = 1, .channel = 1}},
        {0x38, {.column = 7}},
        {0x100, {.column = 8}},
        /* channel address bit 13 is the lowest of the rank interleave and of the bank group */
        {0x8000, {.rank = 1}},
        {0x10000, {.bank_group = 1}},
        {0x20000, {.row = 1}},
        {0x100000, {.bank_group = 2}},
        {0x200000, {.bank = 1}},
        {0x800000, {.row = 8}},
        {UINT64_C(0x100000000), {.row = 0x10}},
        {UINT64_C(0x207fffffff),
         {.imc = 1,
          .channel = 1,
          .rank = 1,
          .bank_group = 3,
          .bank = 3,
          .row = 0x1ffff,
          .column = 0x3ff}},
    };
    static struct imc_layout layout;
    struct imc_registers registers = plan_128g();

    (void)state;
    imc_layout_build(&layout, &registers);
    for (size_t i = 0; i < ARRAY_LEN(spots); i++) {
        struct dram_address at;

        assert_true(imc_layout_decode(&layout, spots[i].addr, &at));
        plan_assert_same(&at, &spots[i].at);
    }
}

/* ---- Random register sets ---- */

static void check_plan(const struct plan *plan, uint64_t *random)
{
    static struct imc_layout layout;
    struct imc_registers registers = plan_registers(plan);
    uint64_t bytes = plan_bytes(plan);
    uint64_t covered = 0;
    uint64_t keys[PLAN_WORDS];

    imc_layout_build(&layout, &registers);
    for (size_t i = 0; i < layout.zone_count; i++) {
        covered += layout.zones[i].end - layout.zones[i].base;
        assert_true(i == 0 || layout.zones[i].base >= layout.zones[i - 1].end);
    }
    assert_int_equal(covered, bytes);
    for (size_t i = 0; i < PLAN_WORDS; i++) {
        uint64_t stretch = bytes / PLAN_WORDS;
        uint64_t offset = align_down(i * stretch + rig_random(random) % stretch, 8);
        uint64_t addr = plan_address(plan, offset);
        struct dram_address at;
        struct dram_address second;
        uint64_t back;

        assert_true(imc_layout_decode(&layout, addr + rig_random(random) % 8, &at));
        assert_true(plan_decode(&registers, addr, &second));
        plan_assert_same(&at, &second);
        plan_assert_possible(&at);
        assert_true(imc_layout_encode(&layout, &at, &back));
        assert_int_equal(back, addr);
        keys[i] = place(&at);
    }
    assert_no_twins(keys, PLAN_WORDS);
}

static void check_kind(enum plan_kind kind)
{
    uint64_t random = 1000 + kind;

    for (unsigned i = 0; i < PLANS; i++) {
        struct plan plan = plan_random(kind, &random);

        check_plan(&plan, &random);
    }
}

static void test_one(void **state)
{
    (void)state;
    check_kind(PLAN_ONE);
}

static void test_controller(void **state)
{
    (void)state;
    check_kind(PLAN_CONTROLLER);
}

static void test_across(void **state)
{
    (void)state;
    check_kind(PLAN_ACROSS);
}

static void test_four(void **state)
{
    (void)state;
    check_kind(PLAN_FOUR);
}

static void test_mixed(void **state)
{
    (void)state;
    check_kind(PLAN_MIXED);
}

/* Every word of a row has its own address, and each of them is in the row. */
static void test_encode_row(void **state)
{
    static struct imc_layout layout;
    struct imc_registers registers = plan_128g();
    struct dram_address at = {
        .imc = 1, .channel = 0, .rank = 1, .bank_group = 2, .bank = 3, .row = 0x12a};
    uint64_t keys[1024];

    (void)state;
    imc_layout_build(&layout, &registers);
    for (unsigned column = 0; column < 1024; column++) {
        struct dram_address back;

        at.column = (uint16_t)column;
        assert_true(imc_layout_encode(&layout, &at, &keys[column]));
        assert_true(imc_layout_decode(&layout, keys[column], &back));
        plan_assert_same(&at, &back);
    }
    assert_no_twins(keys, ARRAY_LEN(keys));
}

static void test_encode_nowhere(void **state)
{
    static const struct dram_address nowhere[] = {
        {.imc = 2},         {.imc = 255},     {.channel = 2},      {.channel = 3},    {.dimm = 1},
        {.dimm = 3},        {.rank = 2},      {.rank = 4},         {.bank_group = 4}, {.bank = 4},
        {.row = BIT32(17)}, {.column = 1024}, {.row = UINT32_MAX},
    };
    static struct imc_layout layout;
    struct imc_registers registers = plan_128g();
    uint64_t addr;

    (void)state;
    imc_layout_build(&layout, &registers);
    for (size_t i = 0; i < ARRAY_LEN(nowhere); i++) {
        assert_false(imc_layout_encode(&layout, &nowhere[i], &addr));
    }
    registers.tohm = UINT64_C(8) << GIB; /* the upper end of the modules is decoded no more */
    imc_layout_build(&layout, &registers);
    assert_false(imc_layout_encode(&layout, &(struct dram_address){.row = 0x1ffff}, &addr));
}

/* ---- Zones ---- */

static void test_zones_empty(void **state)
{
    static struct imc_layout layout;
    static const struct imc_registers registers;
    struct dram_address at;

    (void)state;
    imc_layout_build(&layout, &registers);
    assert_int_equal(layout.zone_count, 0);
    assert_false(imc_layout_decode(&layout, 0, &at));
}

/* The limits of RAM cut rules: one rule over everything gives two zones. */
static void test_zones_hole(void **state)
{
    static struct imc_layout layout;
    struct imc_registers registers = plan_32g();

    (void)state;
    registers.sad[0] = 0x00010f81;
    registers.sad[1] = 0;
    registers.sad[2] = 0;
    imc_layout_build(&layout, &registers);
    assert_int_equal(layout.zone_count, 2);
    assert_int_equal(layout.zones[0].end, UINT64_C(2) << GIB);
    assert_int_equal(layout.zones[1].base, UINT64_C(4) << GIB);
    registers.tohm = UINT64_C(5) << GIB;
    imc_layout_build(&layout, &registers);
    assert_int_equal(layout.zones[1].end, UINT64_C(5) << GIB);
    registers.tohm = UINT64_C(1) << GIB; /* as Linux: from TOHM on nothing is RAM, wherever it is */
    imc_layout_build(&layout, &registers);
    assert_int_equal(layout.zone_count, 1);
    assert_int_equal(layout.zones[0].end, UINT64_C(1) << GIB);
}

/* Limits count in 64 MiB. With the lower one as high as it can be, a rule over everything is cut at the
 * hole all the same. */
static void test_zones_limits(void **state)
{
    static struct imc_layout layout;
    struct imc_registers registers = plan_32g();

    (void)state;
    registers.tolm = 100 << 20;
    registers.tohm = (UINT64_C(4) << GIB) + (65 << 20);
    imc_layout_build(&layout, &registers);
    assert_int_equal(layout.zone_count, 2);
    assert_int_equal(layout.zones[0].end, 64 << 20);
    assert_int_equal(layout.zones[1].end, (UINT64_C(4) << GIB) + (64 << 20));
    registers = plan_32g();
    memset(registers.sad, 0, sizeof(registers.sad));
    registers.sad[0] = 0x0000ff81; /* all of 32 GiB */
    registers.tolm = UINT32_MAX;
    for (unsigned i = 0; i < IMC_COUNT; i++) {
        registers.imc[i].tadbase[1] = UINT32_C(0xfffff000);
        registers.imc[i].tadwayness[0] = 0x001ff500;
    }
    imc_layout_build(&layout, &registers);
    assert_int_equal(layout.zone_count, 2);
    assert_int_equal(layout.zones[0].end, UINT32_C(0xfc000000));
    assert_int_equal(layout.zones[1].base, UINT64_C(4) << GIB);
}

/* The first rule has what two cover; the second keeps the rest of its range in pieces. */
static void test_zones_overlap(void **state)
{
    static struct imc_layout layout;
    struct imc_registers registers = plan_32g();

    (void)state;
    memset(registers.sad, 0, sizeof(registers.sad));
    registers.sad[0] = 15 << 7;     /* off, ends at 1 GiB */
    registers.sad[1] = 23 << 7 | 1; /* 1 GiB .. 1.5 GiB */
    registers.sad[2] = 0;           /* off, ends at 64 MiB */
    registers.sad[3] = 31 << 7 | 1; /* 64 MiB .. 2 GiB */
    for (unsigned i = 0; i < 4; i++) {
        registers.interleave_list[i] = 0xba98ba98;
    }
    imc_layout_build(&layout, &registers);
    assert_int_equal(layout.zone_count, 3);
    assert_int_equal(layout.zones[0].base, UINT64_C(64) << 20);
    assert_int_equal(layout.zones[0].sad, registers.sad[3]);
    assert_int_equal(layout.zones[1].base, UINT64_C(1) << GIB);
    assert_int_equal(layout.zones[1].sad, registers.sad[1]);
    assert_int_equal(layout.zones[2].base, UINT64_C(3) << (GIB - 1));
    assert_int_equal(layout.zones[2].end, UINT64_C(2) << GIB);
}

typedef void spoil(struct imc_registers *registers);

static void no_module(struct imc_registers *r)
{
    r->imc[1].channel[1].dimmmtr[0] = 0;
}
static void small_module(struct imc_registers *r)
{
    r->imc[1].channel[1].dimmmtr[0] = 0x810c;
}
static void three_ways(struct imc_registers *r)
{
    r->imc[0].tadwayness[1] = 0x0021f600;
}
static void too_few_ways(struct imc_registers *r)
{
    r->imc[0].tadwayness[1] = 0x0021f400;
}
static void too_many_ways(struct imc_registers *r)
{
    r->imc[0].tadwayness[1] = 0x0021fd00;
}
static void twice_the_same(struct imc_registers *r)
{
    r->interleave_list[2] = 0xba98ba99;
}
static void other_socket(struct imc_registers *r)
{
    r->interleave_list[2] = 0xba98ba90;
}
static void modulo_three(struct imc_registers *r)
{
    r->sad[2] |= BIT32(27);
}
static void no_tad(struct imc_registers *r)
{
    r->imc[1].tadwayness[1] = 0;
}
static void short_tad(struct imc_registers *r)
{
    r->imc[1].tadwayness[1] = 0x0021e500;
}
static void no_rir(struct imc_registers *r)
{
    r->imc[1].channel[0].rirwayness[0] = 0;
}
static void short_rir(struct imc_registers *r)
{
    r->imc[1].channel[0].rirwayness[0] = 0x8000001c;
}
static void big_offset(struct imc_registers *r)
{
    r->imc[1].channel[0].tadchnilvoffset[1] = 0x00fffff0;
}
static void other_rank(struct imc_registers *r)
{
    r->imc[1].channel[0].ririlv[0][0] = 0x00010000;
}
static void eight_ways(struct imc_registers *r)
{
    r->imc[1].channel[0].rirwayness[0] = 0xb000001e;
}
static void more_columns(struct imc_registers *r)
{
    r->imc[1].channel[1].dimmmtr[0] = 0x8111;
}

/* One wrong register each: the upper zone is gone, nothing else happens. */
static void test_zones_unsound(void **state)
{
    static spoil *const spoils[] = {
        no_module,    small_module, three_ways, too_few_ways, too_many_ways, twice_the_same,
        other_socket, modulo_three, no_tad,     short_tad,    no_rir,        short_rir,
        big_offset,   other_rank,   eight_ways, more_columns,
    };
    static struct imc_layout layout;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
        struct imc_registers registers = plan_32g();
        struct dram_address at;

        spoils[i](&registers);
        imc_layout_build(&layout, &registers);
        assert_false(imc_layout_decode(&layout, UINT64_C(4) << GIB, &at));
        assert_false(imc_layout_decode(&layout, UINT64_C(6) << GIB, &at));
        assert_true(layout.zone_count <= 1);
    }
}

/* Equal zones have equal bytes, and what does not matter for addresses does not show. */
static void test_zones_hash(void **state)
{
    static struct imc_layout before;
    static struct imc_layout after;
    struct imc_registers registers = plan_32g();

    (void)state;
    imc_layout_build(&before, &registers);
    registers.imc[0].mcmtr ^= 4;                     /* ECC */
    registers.imc[0].channel[0].dimmmtr[0] ^= 0x100; /* width */
    registers.imc[0].channel[2].amap = 1;            /* a channel without module */
    imc_layout_build(&after, &registers);
    assert_memory_equal(before.zones, after.zones, sizeof(before.zones));
    registers.imc[0].mcmtr ^= 0x200;
    imc_layout_build(&after, &registers);
    assert_int_not_equal(before.zones[0].map_hash, after.zones[0].map_hash);
    registers = plan_32g();
    registers.imc[1].channel[0].amap = 1;
    imc_layout_build(&after, &registers);
    assert_int_not_equal(before.zones[1].map_hash, after.zones[1].map_hash);
}

/* ---- Nonsense ---- */

static unsigned check_nonsense(const struct imc_registers *registers, unsigned words,
                               uint64_t *random)
{
    static struct imc_layout layout;
    unsigned decoded = 0;

    imc_layout_build(&layout, registers);
    assert_true(layout.zone_count <= IMC_SAD_RULES);
    for (unsigned i = 0; i < words; i++) {
        uint64_t addr = rig_random(random) >> (18 + rig_random(random) % 20);

        decoded += plan_check_address(&layout, addr);
    }
    return decoded;
}

static void test_nonsense(void **state)
{
    uint64_t random = 77;

    (void)state;
    for (unsigned set = 0; set < NONSENSE_SETS; set++) {
        struct imc_registers registers;
        uint8_t *bytes = (uint8_t *)&registers;

        for (size_t i = 0; i < sizeof(registers); i++) {
            bytes[i] = (uint8_t)(rig_random(&random) >> 32);
        }
        (void)check_nonsense(&registers, NONSENSE_WORDS, &random);
    }
}

/* Sound register sets with a few bits turned over: nearly right is where mistakes hide. */
static void test_bent(void **state)
{
    uint64_t random = 78;
    unsigned decoded = 0;

    (void)state;
    for (unsigned set = 0; set < BENT_SETS; set++) {
        enum plan_kind kind = (enum plan_kind)(set % PLAN_KINDS);
        struct plan plan = plan_random(kind, &random);
        struct imc_registers registers = plan_registers(&plan);
        uint8_t *bytes = (uint8_t *)&registers;

        for (unsigned i = 0; i < 1 + set % 8; i++) {
            bytes[rig_random(&random) % sizeof(registers)] ^=
                (uint8_t)(1u << (rig_random(&random) >> 40) % 8);
        }
        decoded += check_nonsense(&registers, BENT_WORDS, &random);
    }
    assert_true(decoded > BENT_SETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_32g),    cmocka_unit_test(test_worked_128g),
        cmocka_unit_test(test_spots),         cmocka_unit_test(test_one),
        cmocka_unit_test(test_controller),    cmocka_unit_test(test_across),
        cmocka_unit_test(test_four),          cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_encode_row),    cmocka_unit_test(test_encode_nowhere),
        cmocka_unit_test(test_zones_empty),   cmocka_unit_test(test_zones_hole),
        cmocka_unit_test(test_zones_limits),  cmocka_unit_test(test_zones_overlap),
        cmocka_unit_test(test_zones_unsound), cmocka_unit_test(test_zones_hash),
        cmocka_unit_test(test_nonsense),      cmocka_unit_test(test_bent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
