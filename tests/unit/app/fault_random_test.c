/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults by chance: the same for the same seed, everywhere, as often as they should be. The machine
 * below is not one: addresses are places, 8 bytes each, in the order of the modules. */
#include "emu/app/fault_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/fault_spec.h"
#include "emu/base/bits.h"
#include "emu/machine/machine.h"
#include "emu/machine/map.h"

#define MODULE_BYTES (UINT64_C(1) << 30)
#define RUNS         50000u

struct machine {
    struct dimm_set dimms;
    struct dram_fault planted; /* never: nothing is planted here */
    uint64_t used_page;        /* 0: there is none */
};

const struct dimm_set *machine_dimms(const struct machine *machine)
{
    return &machine->dimms;
}

bool machine_used_page(struct machine *machine, uint64_t random, uint64_t *addr)
{
    (void)random;
    *addr = machine->used_page;
    return machine->used_page != 0;
}

/* 1 GiB a module: column 10 bits, row 13, bank 2, bank group 2. */
bool machine_fault_place(struct machine *machine, uint64_t addr, struct dram_address *at)
{
    const uint64_t offset =
        addr < MAP_LOW_RAM_MAX ? addr : addr - MAP_HIGH_RAM_BASE + MAP_LOW_RAM_MAX;

    (void)machine;
    if (addr >= MAP_LOW_RAM_MAX && addr < MAP_HIGH_RAM_BASE) return false;
    if (offset >= 4 * MODULE_BYTES) return false;
    *at = (struct dram_address){
        .column = (uint16_t)bits_get(offset, 12, 3),
        .row = (uint32_t)bits_get(offset, 25, 13),
        .bank = (uint8_t)bits_get(offset, 27, 26),
        .bank_group = (uint8_t)bits_get(offset, 29, 28),
    };
    dram_socket_place((unsigned)(offset / MODULE_BYTES), at);
    return true;
}

bool machine_fault_address(struct machine *machine, const struct dram_address *at, uint64_t *addr)
{
    (void)machine;
    *addr = dram_socket(at) * MODULE_BYTES;
    return true;
}

int machine_fault_plant(struct machine *machine, const struct dram_fault *fault, struct error *err)
{
    (void)err;
    machine->planted = *fault;
    return 0;
}

static struct machine make_machine(void)
{
    const struct dimm dimm = {
        .bytes = MODULE_BYTES,
        .ranks = 1,
        .width = 8,
        .row_bits = 13,
        .column_bits = 10,
        .has_ecc = true,
    };

    return (struct machine){.dimms = {.socket = {dimm, dimm, dimm, dimm}}};
}

/* ---- Numbers ---- */

static void below_is_unbiased(void **state)
{
    unsigned counts[6] = {0};
    struct fault_random random;

    (void)state;
    fault_random_begin(&random, 7);
    for (unsigned i = 0; i < 60000; i++) {
        counts[fault_random_below(&random, 6)]++;
    }
    for (unsigned i = 0; i < 6; i++) {
        assert_in_range(counts[i], 9700, 10300);
    }
    assert_int_equal(fault_random_below(&random, 0), 0);
    assert_int_equal(fault_random_below(&random, 1), 0);
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(fault_random_below(&random, UINT64_MAX / 2 + 2) < UINT64_MAX / 2 + 2);
    }
}

static void seeds_and_streams(void **state)
{
    struct fault_random a;
    struct fault_random b;

    (void)state;
    fault_random_begin(&a, 7);
    fault_random_begin(&b, 7);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(fault_random_below(&a, 1u << 30), fault_random_below(&b, 1u << 30));
    }
    for (unsigned n = 0; n < 50; n++) {
        for (unsigned m = 0; m < n; m++) {
            fault_random_begin_run(&a, 7, n);
            fault_random_begin_run(&b, 7, m);
            assert_int_not_equal(a.state, b.state);
            fault_random_begin_run(&b, 8, n);
            assert_int_not_equal(a.state, b.state);
        }
    }
}

/* These numbers must never change: a campaign is named by its seed. The gaps are those of floating
 * point to one in a hundred million: 598975239359 and 503792405981470. */
static void known_values(void **state)
{
    struct fault_random random;

    (void)state;
    fault_random_begin(&random, 7);
    assert_int_equal(fault_random_below(&random, 1000000), 697221);
    assert_int_equal(fault_random_below(&random, 1000000), 882174);
    assert_int_equal(fault_random_gap(&random, 1000), 598975241184);
    assert_int_equal(fault_random_gap(&random, 1), 503792405128479);
    fault_random_begin_run(&random, 7, 3);
    assert_int_equal(fault_random_below(&random, 1000000), 982658);
}

/* ---- Gaps ---- */

static void gaps(void **state)
{
    struct fault_random random;
    uint64_t sum = 0;
    unsigned short_ones = 0;
    unsigned long_ones = 0;

    (void)state;
    fault_random_begin(&random, 1);
    for (unsigned i = 0; i < RUNS; i++) {
        const vtime gap = fault_random_gap(&random, 2500); /* 400 ms on average */

        sum += gap;
        short_ones += gap < VTIME_MS(400);
        long_ones += gap > VTIME_MS(1600);
    }
    assert_in_range(sum / RUNS, VTIME_MS(394), VTIME_MS(406));
    assert_in_range(short_ones, 31200, 32000); /* 1 - 1/e of them: 31606 */
    assert_in_range(long_ones, 820, 1010);     /* 1/e^4: 916 */
    sum = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        sum += fault_random_gap(&random, 1) / 1000; /* 1000 s */
    }
    assert_in_range(sum / RUNS, VTIME_MS(985), VTIME_MS(1015));
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(fault_random_gap(&random, UINT64_MAX) >= 1);
    }
}

/* ---- Faults ---- */

static unsigned weight(const struct ecc_word *mask)
{
    return (unsigned)(__builtin_popcountll(mask->data) + __builtin_popcount(mask->check));
}

static void is_sound(const struct dram_fault *fault)
{
    const struct fault_spec spec = {.fault = *fault};
    struct fault_spec again;
    struct error err = ERROR_INIT;
    char text[FAULT_SPEC_TEXT_BYTES];

    fault_spec_format(&spec, text);
    if (fault_spec_parse(text, &again, &err) != 0) fail_msg("%s: %s", text, err.text);
    if (!fault_spec_equal(&spec, &again)) fail_msg("%s", text);
    assert_true(fault->kind == DRAM_FAULT_ADDRESS || weight(&fault->mask) > 0);
    assert_true(fault->where.row < 1u << 13);
    assert_int_equal(fault->where.rank, 0);
}

static void every_kind(void **state)
{
    struct machine machine = make_machine();
    struct fault_random random;
    unsigned sockets[DIMM_SOCKETS] = {0};

    (void)state;
    for (unsigned kind = 0; kind < DRAM_FAULT_KINDS; kind++) {
        fault_random_begin(&random, 3);
        random.mix.kind[kind] = 1;
        for (unsigned i = 0; i < 500; i++) {
            struct dram_fault fault;

            fault_random_next(&random, &machine, &fault);
            assert_int_equal(fault.kind, kind);
            is_sound(&fault);
            sockets[dram_socket(&fault.where)]++;
            if (kind == DRAM_FAULT_CHIP) assert_int_equal(weight(&fault.mask), 8);
            if (kind == DRAM_FAULT_ROW) assert_int_equal(weight(&fault.mask), 1);
        }
    }
    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        assert_in_range(sockets[i], 780, 970);
    }
}

static void mixes(void **state)
{
    struct machine machine = make_machine();
    struct fault_random random;
    struct dram_fault fault;
    unsigned kinds[DRAM_FAULT_KINDS] = {0};
    unsigned double_bits = 0;

    (void)state;
    fault_random_begin(&random, 5);
    random.mix = (struct fault_mix){
        .kind = {[DRAM_FAULT_FLIP] = 8, [DRAM_FAULT_STUCK] = 2},
        .bits = {[0] = 3, [1] = 1},
    };
    for (unsigned i = 0; i < 10000; i++) {
        fault_random_next(&random, &machine, &fault);
        kinds[fault.kind]++;
        double_bits += weight(&fault.mask) == 2;
        assert_true(weight(&fault.mask) <= 2);
    }
    assert_in_range(kinds[DRAM_FAULT_FLIP], 7800, 8200);
    assert_int_equal(kinds[DRAM_FAULT_FLIP] + kinds[DRAM_FAULT_STUCK], 10000);
    assert_in_range(double_bits, 2350, 2650);
    fault_random_begin(&random, 5);
    memset(kinds, 0, sizeof(kinds));
    for (unsigned i = 0; i < 10000; i++) {
        fault_random_next(&random, &machine, &fault);
        kinds[fault.kind]++;
    }
    assert_in_range(kinds[DRAM_FAULT_FLIP], 2200, 2520);
    assert_int_equal(kinds[DRAM_FAULT_DIMM] + kinds[DRAM_FAULT_ADDRESS], 0);
}

static void without_check_bits(void **state)
{
    struct machine machine = make_machine();
    struct fault_random random;
    struct dram_fault fault;

    (void)state;
    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        machine.dimms.socket[i].has_ecc = false;
    }
    fault_random_begin(&random, 5);
    for (unsigned i = 0; i < 5000; i++) {
        fault_random_next(&random, &machine, &fault);
        assert_int_equal(fault.mask.check, 0);
    }
}

static void targets(void **state)
{
    struct machine machine = make_machine();
    struct fault_random random;
    struct dram_fault fault;
    struct dram_address first;
    struct dram_address last;

    (void)state;
    fault_random_begin(&random, 9);
    random.mix.kind[DRAM_FAULT_FLIP] = 1;
    random.target = FAULT_TARGET_RANGE;
    random.range_base = MAP_HIGH_RAM_BASE + 0x10000;
    random.range_end = MAP_HIGH_RAM_BASE + 0x10040;
    assert_true(machine_fault_place(&machine, random.range_base, &first));
    assert_true(machine_fault_place(&machine, random.range_end - 1, &last));
    for (unsigned i = 0; i < 1000; i++) {
        fault_random_next(&random, &machine, &fault);
        assert_int_equal(dram_socket(&fault.where), 2);
        assert_int_equal(fault.where.row, first.row);
        assert_in_range(fault.where.column, first.column, last.column);
    }
    random.target = FAULT_TARGET_USED;
    machine.used_page = 0x5000;
    for (unsigned i = 0; i < 1000; i++) {
        fault_random_next(&random, &machine, &fault);
        assert_int_equal(fault.where.row, 0x5000 >> 13);
        assert_in_range(fault.where.column, 0x200, 0x3ff);
    }
    machine.used_page = 0; /* nothing is used: anywhere */
    fault_random_next(&random, &machine, &fault);
    is_sound(&fault);
    random.target = FAULT_TARGET_RANGE; /* not decoded: nowhere */
    random.range_base = MAP_LOW_RAM_MAX;
    random.range_end = MAP_LOW_RAM_MAX + 1;
    fault_random_next(&random, &machine, &fault);
    assert_int_equal(dram_socket(&fault.where), DIMM_SOCKETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_is_unbiased),  cmocka_unit_test(seeds_and_streams),
        cmocka_unit_test(known_values),       cmocka_unit_test(gaps),
        cmocka_unit_test(every_kind),         cmocka_unit_test(mixes),
        cmocka_unit_test(without_check_bits), cmocka_unit_test(targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
