/* SPDX-License-Identifier: GPL-2.0-only */
/* The grammar of memory faults: what is understood, what is refused, and that what is written reads
 * back as the same. The machine below is not one: it remembers what is planted. */
#include "emu/app/fault_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/machine/machine.h"

#define ADDRESS    UINT64_C(0x123456789)
#define ROUND_RUNS 20000u

/* ---- A machine that only remembers ---- */

struct machine {
    struct dimm_set dimms;
    struct dram_address place;
    struct dram_fault planted;
    unsigned count;
};

const struct dimm_set *machine_dimms(const struct machine *machine)
{
    return &machine->dimms;
}

bool machine_fault_place(struct machine *machine, uint64_t addr, struct dram_address *at)
{
    *at = machine->place;
    return addr == ADDRESS;
}

int machine_fault_plant(struct machine *machine, const struct dram_fault *fault, struct error *err)
{
    (void)err;
    machine->planted = *fault;
    machine->count++;
    return 0;
}

static struct machine make_machine(uint8_t width, bool has_ecc)
{
    return (struct machine){
        .dimms = {.socket[2] = {.bytes = DIMM_BYTES_MAX,
                                .ranks = 4,
                                .width = width,
                                .row_bits = 18,
                                .column_bits = 10,
                                .has_ecc = has_ecc}},
        .place = {.imc = 1, .rank = 3, .bank_group = 2, .bank = 1, .column = 0x155, .row = 0x23456},
    };
}

/* ---- What is understood ---- */

static struct fault_spec parsed(const char *text)
{
    struct fault_spec spec;
    struct error err = ERROR_INIT;

    if (fault_spec_parse(text, &spec, &err) != 0) fail_msg("%s: %s", text, err.text);
    return spec;
}

static void the_example(void **state)
{
    const struct fault_spec spec = parsed("dimm=2,rank=0,row=0x12a,col=7,bits=1 at=3s");

    (void)state;
    assert_int_equal(spec.fault.kind, DRAM_FAULT_FLIP);
    assert_int_equal(dram_socket(&spec.fault.where), 2);
    assert_int_equal(spec.fault.where.row, 0x12a);
    assert_int_equal(spec.fault.where.column, 7);
    assert_int_equal(spec.fault.mask.data, 1);
    assert_int_equal(spec.fault.mask.check, 0);
    assert_true(spec.has_when);
    assert_int_equal(spec.when, VTIME_S(3));
    assert_false(spec.has_addr);
    assert_false(spec.fault.value);
}

static void places(void **state)
{
    struct fault_spec spec = parsed(" at=5us  col=1023,,row=262143 bank=3 bg=3 rank=3\tdimm=c0 ");

    (void)state;
    assert_int_equal(spec.fault.where.imc, 1);
    assert_int_equal(spec.fault.where.channel, 0);
    assert_int_equal(spec.fault.where.rank, 3);
    assert_int_equal(spec.fault.where.bank_group, 3);
    assert_int_equal(spec.fault.where.bank, 3);
    assert_int_equal(spec.fault.where.row, 0x3ffff);
    assert_int_equal(spec.fault.where.column, 0x3ff);
    assert_int_equal(spec.when, VTIME_US(5));
    spec = parsed("dimm=D0");
    assert_int_equal(dram_socket(&spec.fault.where), 3);
    spec = parsed("addr=0xfedcba9876543210");
    assert_true(spec.has_addr);
    assert_int_equal(spec.addr, UINT64_C(0xfedcba9876543210));
}

static void cells(void **state)
{
    static const struct {
        const char *text;
        uint64_t data;
        uint8_t check;
    } cases[] = {
        {"dimm=0", 1, 0},
        {"dimm=0,bits=2", 3, 0},
        {"dimm=0,bits=64", UINT64_MAX, 0},
        {"dimm=0,bits=72", UINT64_MAX, 0xff},
        {"dimm=0,bit=12,bit=64,bit=71", 0x1000, 0x81},
        {"dimm=0,bit=60-67", UINT64_C(0xf) << 60, 0x0f},
        {"kind=row,dimm=0,row=1", 1, 0},
        {"kind=column,dimm=0,col=1", 1, 0},
        {"kind=dimm,dimm=0", UINT64_MAX, 0xff},
        {"kind=chip,dimm=0,bit=4-7", 0xf0, 0},
        {"kind=chip,dimm=0,chip=3", 0, 0},
        {"kind=address,dimm=0,line=row5", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct fault_spec spec = parsed(cases[i].text);

        assert_int_equal(spec.fault.mask.data, cases[i].data);
        assert_int_equal(spec.fault.mask.check, cases[i].check);
    }
    assert_true(parsed("kind=chip,dimm=0").has_chip);
    assert_int_equal(parsed("kind=chip,dimm=0,chip=17").chip, 17);
}

static void kinds_and_lines(void **state)
{
    struct fault_spec spec = parsed("kind=address,dimm=1,line=col9,value=0");

    (void)state;
    assert_int_equal(spec.fault.kind, DRAM_FAULT_ADDRESS);
    assert_int_equal(spec.fault.line, DRAM_LINE_COLUMN);
    assert_int_equal(spec.fault.line_bit, 9);
    assert_true(spec.fault.has_parity);
    assert_false(spec.fault.value);
    spec = parsed("kind=address,dimm=1,line=bg1,parity=off");
    assert_int_equal(spec.fault.line, DRAM_LINE_BANK_GROUP);
    assert_int_equal(spec.fault.line_bit, 1);
    assert_false(spec.fault.has_parity);
    assert_true(spec.fault.value);
    for (unsigned i = 0; i < DRAM_FAULT_KINDS; i++) {
        const char *name = fault_spec_kind_name((enum dram_fault_kind)i);
        enum dram_fault_kind kind = DRAM_FAULT_KINDS;

        assert_true(fault_spec_kind_find(name, strlen(name), &kind));
        assert_int_equal(kind, i);
    }
}

/* ---- What is refused ---- */

static void refusals(void **state)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        {"", "the fault has no place: give dimm= (0 to 3, or A0 to D0) or addr="},
        {"row=5", "the fault has no place: give dimm= (0 to 3, or A0 to D0) or addr="},
        {"dimm=2,rwo=5", "unknown key rwo: did you mean row?"},
        {"dimm=2,colum=5", "unknown key colum: did you mean col?"},
        {"dimm=2,zebra=5",
         "unknown key zebra: the keys are kind, dimm, rank, bg, bank, row, col, addr, bits, bit, "
         "chip, value, line, parity and at"},
        {"dimm=4",
         "dimm=4: a module is a number from 0 to 3 or its socket's name, A0, B0, C0 or D0"},
        {"dimm=A1",
         "dimm=A1: a module is a number from 0 to 3 or its socket's name, A0, B0, C0 or D0"},
        {"dimm=E0",
         "dimm=E0: a module is a number from 0 to 3 or its socket's name, A0, B0, C0 or D0"},
        {"dimm=0,rank=4", "rank=4: this must be a number from 0 to 3"},
        {"dimm=0,bg=4", "bg=4: this must be a number from 0 to 3"},
        {"dimm=0,bank=-1", "bank=-1: this must be a number from 0 to 3"},
        {"dimm=0,row=0x40000", "row=0x40000: this must be a number from 0 to 262143 (0x3ffff)"},
        {"dimm=0,col=1024", "col=1024: this must be a number from 0 to 1023"},
        {"dimm=0,bits=0", "bits=0: this must be a number from 1 to 72"},
        {"dimm=0,bits=73", "bits=73: this must be a number from 1 to 72"},
        {"dimm=0,bit=72",
         "bit=72: a bit of a word is a number from 0 to 71 (64 and up are check bits), several are "
         "as in 32-35"},
        {"dimm=0,bit=5-4",
         "bit=5-4: a bit of a word is a number from 0 to 71 (64 and up are check bits), several "
         "are as in 32-35"},
        {"dimm=0,bits=1,bit=3",
         "bits=, bit= and chip= exclude each other: each says which cells it is"},
        {"kind=chip,dimm=0,chip=18", "chip=18: this must be a number from 0 to 17"},
        {"kind=bank,dimm=0",
         "kind=bank: the kind of a fault is flip, stuck, row, column, chip, dimm or address"},
        {"dimm=0,row=5,row=5", "row= is given twice"},
        {"dimm=0,row", "'row' is not key=value, as in row=0x12a"},
        {"dimm=0,row=", "'row=' is not key=value, as in row=0x12a"},
        {"dimm=0,addr=5", "addr= says the whole place: leave dimm= out"},
        {"addr=x", "addr=x: a system address is a number, as in 0x12345678"},
        {"dimm=0,value=1", "value= has no meaning for a fault of kind=flip"},
        {"kind=row,dimm=0,col=4", "col= has no meaning for a fault of kind=row"},
        {"kind=column,dimm=0,row=4", "row= has no meaning for a fault of kind=column"},
        {"kind=stuck,dimm=0,value=2", "value=2: this must be a number from 0 to 1"},
        {"kind=address,dimm=0", "a fault of kind=address needs line=, as in line=row5"},
        {"kind=address,dimm=0,line=col2",
         "line=col2: an address line is one of row0 to row17, col3 to col9, bank0, bank1, bg0 and "
         "bg1"},
        {"kind=address,dimm=0,line=row5,parity=yes", "parity=yes: parity is on or off"},
        {"dimm=0,at=3", "at=3: this is not a time, as in 500us, 20ms or 5s (at most 213 days)"},
        {"dimm=0,row="
         "0000000000000000000000000000000000000000000000000000000000000000000000000000005",
         "'row=000000000000000000000000000000000000...' is too long for a key and its value"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fault_spec spec;
        struct error err = ERROR_INIT;

        assert_int_equal(fault_spec_parse(cases[i].text, &spec, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

/* ---- There and back ---- */

static uint64_t below(uint64_t *random, uint64_t limit)
{
    *random = hash_u64(*random, 1);
    return *random % limit;
}

static struct ecc_word any_cells(uint64_t *random)
{
    struct ecc_word mask = {.data = 0};

    while (mask.data == 0 && mask.check == 0) {
        mask.data = below(random, UINT64_MAX);
        mask.data &= below(random, UINT64_MAX);
        mask.check = (uint8_t)below(random, 256);
        if (below(random, 2) != 0) mask.data = 0;
        if (below(random, 2) != 0) mask.check = 0;
    }
    return mask;
}

static void any_line(uint64_t *random, struct dram_fault *fault)
{
    static const struct {
        uint8_t first;
        uint8_t count;
    } bits[] = {{0, 18}, {3, 7}, {0, 2}, {0, 2}};

    fault->line = (enum dram_line)below(random, ARRAY_LEN(bits));
    fault->line_bit = (uint8_t)(bits[fault->line].first + below(random, bits[fault->line].count));
    fault->has_parity = below(random, 2) != 0;
}

static struct fault_spec any_spec(uint64_t *random)
{
    struct fault_spec spec = {.has_when = below(random, 2) != 0};
    struct dram_fault *fault = &spec.fault;

    if (spec.has_when) spec.when = below(random, VTIME_NEVER);
    fault->kind = (enum dram_fault_kind)below(random, DRAM_FAULT_KINDS);
    fault->value = fault->kind != DRAM_FAULT_FLIP && below(random, 2) != 0;
    spec.has_addr = below(random, 4) == 0;
    if (spec.has_addr) {
        spec.addr = below(random, UINT64_MAX);
    } else {
        dram_socket_place((unsigned)below(random, DIMM_SOCKETS), &fault->where);
        fault->where.rank = (uint8_t)below(random, DIMM_RANKS_MAX);
        fault->where.bank_group = (uint8_t)below(random, DIMM_BANK_GROUPS);
        fault->where.bank = (uint8_t)below(random, DIMM_BANKS);
        fault->where.row = (uint32_t)below(random, 1u << 18);
        fault->where.column = (uint16_t)below(random, 1u << 10);
        fault_spec_keep_place(fault);
    }
    spec.has_chip = fault->kind == DRAM_FAULT_CHIP && below(random, 2) != 0;
    if (spec.has_chip) {
        spec.chip = (uint8_t)below(random, 18);
    } else if (fault->kind == DRAM_FAULT_ADDRESS) {
        any_line(random, fault);
    } else {
        fault->mask = any_cells(random);
    }
    return spec;
}

static void round_trips(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (unsigned i = 0; i < ROUND_RUNS; i++) {
        const struct fault_spec spec = any_spec(&random);
        char text[FAULT_SPEC_TEXT_BYTES];

        fault_spec_format(&spec, text);
        const struct fault_spec again = parsed(text);
        if (!fault_spec_equal(&spec, &again)) fail_msg("%s", text);
    }
}

static void longest_text(void **state)
{
    struct fault_spec spec = parsed("kind=stuck,dimm=3,rank=3,bg=3,bank=3,row=0x3ffff,col=0x3ff");
    char text[FAULT_SPEC_TEXT_BYTES];

    (void)state;
    spec.fault.mask = (struct ecc_word){.data = UINT64_C(0xaaaaaaaaaaaaaaaa), .check = 0xaa};
    spec.has_when = true;
    spec.when = VTIME_NEVER - 1;
    fault_spec_format(&spec, text);
    assert_true(strlen(text) < FAULT_SPEC_TEXT_BYTES - 1);
    const struct fault_spec again = parsed(text);
    assert_true(fault_spec_equal(&spec, &again));
}

/* ---- Planting ---- */

static void by_address(void **state)
{
    struct machine machine = make_machine(8, true);
    struct fault_spec spec = parsed("addr=0x123456789,bits=2");
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(fault_spec_plant(&machine, &spec, &err), 0);
    assert_memory_equal(&machine.planted.where, &machine.place, sizeof(machine.place));
    assert_int_equal(machine.planted.mask.data, 3);
    spec = parsed("kind=row,addr=0x123456789");
    assert_int_equal(fault_spec_plant(&machine, &spec, &err), 0);
    assert_int_equal(machine.planted.where.row, 0x23456);
    assert_int_equal(machine.planted.where.column, 0);
    spec = parsed("kind=dimm,addr=0x123456789");
    assert_int_equal(fault_spec_plant(&machine, &spec, &err), 0);
    assert_int_equal(dram_socket(&machine.planted.where), 2);
    assert_int_equal(machine.planted.where.rank, 0);
    assert_int_equal(machine.planted.where.row, 0);
    assert_int_equal(machine.count, 3);
    spec = parsed("addr=0x1000");
    assert_int_equal(fault_spec_plant(&machine, &spec, &err), -1);
    assert_string_equal(err.text, "addr=0x1000: no memory is decoded at this address");
}

static void chips(void **state)
{
    struct machine wide = make_machine(8, true);
    struct machine narrow = make_machine(4, true);
    struct machine plain = make_machine(8, false);
    struct fault_spec spec = parsed("kind=chip,dimm=2,rank=1,chip=8");
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(fault_spec_plant(&wide, &spec, &err), 0);
    assert_int_equal(wide.planted.mask.data, 0);
    assert_int_equal(wide.planted.mask.check, 0xff);
    assert_int_equal(wide.planted.where.rank, 1);
    assert_int_equal(fault_spec_plant(&narrow, &spec, &err), 0);
    assert_int_equal(narrow.planted.mask.data, UINT64_C(0xf) << 32);
    assert_int_equal(fault_spec_plant(&plain, &spec, &err), -1);
    assert_string_equal(err.text, "chip=8: a rank of the module in socket C0 has chips 0 to 7");
    err = (struct error)ERROR_INIT;
    spec = parsed("kind=chip,dimm=2,chip=17");
    assert_int_equal(fault_spec_plant(&narrow, &spec, &err), 0);
    assert_int_equal(narrow.planted.mask.check, 0xf0);
    assert_int_equal(fault_spec_plant(&wide, &spec, &err), -1);
    assert_string_equal(err.text, "chip=17: a rank of the module in socket C0 has chips 0 to 8");
    err = (struct error)ERROR_INIT;
    spec = parsed("kind=chip,dimm=1");
    assert_int_equal(fault_spec_plant(&wide, &spec, &err), -1);
    assert_string_equal(err.text, "dimm=1: there is no module in this socket");
}

static void places_that_no_module_has(void **state)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        {"dimm=B0", "dimm=1: there is no module in this socket"},
        {"dimm=2,rank=2", "rank=2: the module in socket C0 has ranks 0 to 1"},
        {"dimm=2,row=0x10000", "row=0x10000: the module in socket C0 has rows 0 to 0xffff"},
        {"dimm=2,bit=65", "bit=65: the module in socket C0 has no check bits, only bits 0 to 63"},
        {"kind=address,dimm=2,line=row16",
         "line=row16: the module in socket C0 has row lines row0 to row15"},
    };
    struct machine machine = make_machine(8, false);

    (void)state;
    machine.dimms.socket[2].ranks = 2;
    machine.dimms.socket[2].row_bits = 16;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct fault_spec spec = parsed(cases[i].text);
        struct error err = ERROR_INIT;

        assert_int_equal(fault_spec_check(&spec, &machine.dimms, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(fault_spec_plant(&machine, &spec, &err), -1);
    }
    assert_int_equal(machine.count, 0);
    const struct fault_spec all = parsed("kind=dimm,dimm=C0");
    struct error err = ERROR_INIT;
    assert_int_equal(fault_spec_plant(&machine, &all, &err), 0);
    assert_int_equal(machine.planted.mask.check, 0);
    assert_int_equal(machine.planted.mask.data, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example),  cmocka_unit_test(places),
        cmocka_unit_test(cells),        cmocka_unit_test(kinds_and_lines),
        cmocka_unit_test(refusals),     cmocka_unit_test(round_trips),
        cmocka_unit_test(longest_text), cmocka_unit_test(by_address),
        cmocka_unit_test(chips),        cmocka_unit_test(places_that_no_module_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
