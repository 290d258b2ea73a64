/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults of many words: which words they touch, which pages they guard, address lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/dram/dram_bench.h"

#define A      UINT64_C(0x12345640)
#define DATA   UINT64_C(0x0123456789abcdef)
#define SAMPLE 20000u

/* ---- Which words ---- */

static bool is_touched(const struct dram_fault *fault, const struct dram_address *at)
{
    const struct dram_address *w = &fault->where;
    bool is_module = w->imc == at->imc && w->channel == at->channel;
    bool is_bank = is_module && w->bank_group == at->bank_group && w->bank == at->bank;

    if (fault->kind == DRAM_FAULT_ROW) return is_bank && w->row == at->row;
    if (fault->kind == DRAM_FAULT_COLUMN) return is_bank && w->column == at->column;
    return is_module;
}

/* An address near the fault often, anywhere otherwise. */
static uint64_t some_addr(const struct db *db, const struct dram_fault *fault, uint64_t *random)
{
    struct dram_address at = fault->where;
    uint64_t dice = rig_random(random);

    if (dice % 4 == 0) return rig_random(random) % DB_BYTES & ~UINT64_C(7);
    at.row = fault->kind == DRAM_FAULT_ROW && dice % 3 != 0 ? at.row : (dice >> 8) % DB_ROWS;
    at.column = fault->kind == DRAM_FAULT_COLUMN && dice % 3 != 0 ? at.column : (dice >> 32) % 1024;
    return db_addr(db, &at);
}

static void check_words(struct db *db, const struct dram_fault *fault)
{
    uint64_t random = 77;
    unsigned touched = 0;

    for (unsigned i = 0; i < SAMPLE; i++) {
        uint64_t addr = some_addr(db, fault, &random);
        struct dram_address at = db_place(db, addr);
        bool is_wrong = is_touched(fault, &at);

        db_forget(db);
        db_put(db, addr, DATA);
        assert_int_equal(db_get(db, addr), DATA);
        assert_int_equal(db->report_count, is_wrong ? 1 : 0);
        if (is_wrong) {
            touched++;
            assert_int_equal(db->reports[0].bit, 2);
            assert_memory_equal(&db->reports[0].at, &at, sizeof(at));
            assert_true(dram_is_guarded(db->dut, addr));
        }
    }
    assert_true(touched > SAMPLE / 16 && touched < SAMPLE);
}

static void patterns_touch_their_words_and_no_others(void **state)
{
    static const enum dram_fault_kind kinds[] = {DRAM_FAULT_ROW, DRAM_FAULT_COLUMN, DRAM_FAULT_CHIP,
                                                 DRAM_FAULT_DIMM};

    (void)state;
    for (unsigned i = 0; i < 2 * ARRAY_LEN(kinds); i++) {
        const struct db_options options = {.is_close_page = i % 2 != 0};
        struct dram_fault fault;
        struct db db;

        db_create(&db, &options);
        fault = db_fault(&db, kinds[i / 2], A, BIT(2), 0); /* 1 in DATA */
        db_plant(&db, &fault);
        check_words(&db, &fault);
        db_destroy(&db);
    }
}

static void a_dead_chip_is_poison_or_taken_for_less(void **state)
{
    const struct db_options options = {0};
    struct dram_fault fault;
    struct db db;

    (void)state;
    db_create(&db, &options);
    fault = db_fault(&db, DRAM_FAULT_CHIP, A, 0xff, 0);
    db_plant(&db, &fault);
    db_put(&db, A, 0);
    assert_int_equal(db_get(&db, A), 0);
    assert_int_equal(db.report_count, 0);
    db_put(&db, A, 1);
    assert_int_equal(db_get(&db, A), 1);
    assert_int_equal(db.report_count, 1);
    db_put(&db, A, 3);
    assert_true(db_is_poisoned(&db, A));
    db_destroy(&db);
}

/* ---- Which pages ---- */

static bool is_guarded_slowly(const struct db *db, const struct dram_fault *faults, size_t count,
                              uint64_t page)
{
    for (uint64_t addr = page; addr < page + DRAM_PAGE_BYTES; addr += DRAM_WORD_BYTES) {
        struct dram_address at = db_place(db, addr);

        for (size_t i = 0; i < count; i++) {
            bool is_word = faults[i].kind == DRAM_FAULT_FLIP || faults[i].kind == DRAM_FAULT_STUCK;

            if (is_word ? memcmp(&at, &faults[i].where, sizeof(at)) == 0
                        : is_touched(&faults[i], &at)) {
                return true;
            }
        }
    }
    return false;
}

static void guarded_pages_are_those_with_a_faulty_word(void **state)
{
    static const enum dram_fault_kind kinds[] = {DRAM_FAULT_FLIP, DRAM_FAULT_STUCK, DRAM_FAULT_ROW,
                                                 DRAM_FAULT_COLUMN};
    uint64_t random = 4711;

    (void)state;
    for (unsigned round = 0; round < 6; round++) {
        const struct db_options options = {.is_close_page = round % 2 != 0};
        struct dram_fault faults[8];
        unsigned guarded = 0;
        struct db db;

        db_create(&db, &options);
        for (unsigned i = 0; i < ARRAY_LEN(faults); i++) {
            uint64_t addr = rig_random(&random) % (UINT64_C(1) << 22) & ~UINT64_C(7);
            enum dram_fault_kind kind = kinds[rig_random(&random) % (round < 2 ? 2 : 4)];
            struct dram_fault fault = db_fault(&db, kind, addr, 1, 0);

            db_plant(&db, &fault);
            faults[i] = *dram_fault(db.dut, i);
        }
        for (uint64_t page = 0; page < UINT64_C(1) << 22; page += DRAM_PAGE_BYTES) {
            bool is_guarded = dram_is_guarded(db.dut, page + 123);

            guarded += is_guarded;
            assert_int_equal(is_guarded, is_guarded_slowly(&db, faults, ARRAY_LEN(faults), page));
            assert_int_equal(is_guarded, dram_is_guarded(db.dut, page));
        }
        assert_true(guarded >= 1);
        while (dram_has_faults(db.dut)) {
            dram_repair(db.dut, dram_fault_count(db.dut) / 2);
        }
        assert_false(dram_is_guarded(db.dut, 0));
        db_destroy(&db);
    }
}

/* ---- Address lines ---- */

static struct dram_fault stuck_line(const struct db *db, enum dram_line line, uint8_t bit,
                                    bool value, bool has_parity)
{
    struct dram_fault fault = db_fault(db, DRAM_FAULT_ADDRESS, A, 0, 0);

    fault.line = line;
    fault.line_bit = bit;
    fault.value = value;
    fault.has_parity = has_parity;
    return fault;
}

/* A place and the one that differs from it in the line, both in module 0. */
static void two_places(const struct db *db, enum dram_line line, uint8_t bit, uint64_t addr[2])
{
    for (unsigned i = 0; i < 2; i++) {
        struct dram_address at = db_place(db, A);

        at.row = line == DRAM_LINE_ROW ? i << bit : at.row;
        if (line == DRAM_LINE_COLUMN) at.column = (uint16_t)(i << bit);
        if (line == DRAM_LINE_BANK) at.bank = (uint8_t)(i << bit);
        if (line == DRAM_LINE_BANK_GROUP) at.bank_group = (uint8_t)(i << bit);
        addr[i] = db_addr(db, &at);
    }
}

static const struct {
    enum dram_line line;
    uint8_t bit;
} lines[] = {{DRAM_LINE_ROW, 0},    {DRAM_LINE_ROW, 11}, {DRAM_LINE_COLUMN, 3},
             {DRAM_LINE_COLUMN, 9}, {DRAM_LINE_BANK, 1}, {DRAM_LINE_BANK_GROUP, 0}};

static void a_stuck_line_leads_to_the_other_place(void **state)
{
    const struct db_options options = {0};

    (void)state;
    for (unsigned i = 0; i < 2 * ARRAY_LEN(lines); i++) {
        bool value = i % 2 != 0;
        struct dram_fault fault;
        uint64_t addr[2];
        struct db db;

        db_create(&db, &options);
        two_places(&db, lines[i / 2].line, lines[i / 2].bit, addr);
        db_put(&db, addr[0], 100);
        db_put(&db, addr[1], 101);
        fault = stuck_line(&db, lines[i / 2].line, lines[i / 2].bit, value, false);
        db_plant(&db, &fault);
        assert_int_equal(db_get(&db, addr[0]), 100 + value);
        assert_int_equal(db_get(&db, addr[1]), 100 + value);
        db_put(&db, addr[!value], 7);
        assert_int_equal(db_get(&db, addr[value]), 7);
        db_put(&db, addr[value], 8);
        assert_int_equal(db_get(&db, addr[!value]), 8);
        db_write(&db, DRAM_ACCESS_DMA_WRITE, addr[!value] + 1, "\1", 1);
        dram_settle(db.dut);
        assert_int_equal(db_peek(&db, addr[value]), 0x108);
        assert_int_equal(db.report_count, 0);
        db_destroy(&db);
    }
}

static void cells_behind_a_stuck_line_are_the_other_ones(void **state)
{
    const struct db_options options = {0};
    struct dram_fault fault;
    uint64_t addr[2];
    struct db db;

    (void)state;
    db_create(&db, &options);
    two_places(&db, DRAM_LINE_ROW, 3, addr);
    fault = stuck_line(&db, DRAM_LINE_ROW, 3, true, false);
    db_plant(&db, &fault);
    db_flip(&db, addr[0], 1, 0); /* of cells that nothing reaches */
    assert_int_equal(db_get(&db, addr[0]), 0);
    assert_int_equal(db.report_count, 0);
    db_flip(&db, addr[1], 2, 0);
    assert_int_equal(db_get(&db, addr[0]), 0);
    assert_int_equal(db.report_count, 1);
    assert_int_equal(db.reports[0].addr, addr[0]);
    assert_int_equal(dram_fault_count(db.dut), 2);
    db_flip(&db, addr[1], 3, 0);
    assert_true(db_is_poisoned(&db, addr[0]));
    db_put(&db, addr[0], DATA);
    assert_int_equal(db_get(&db, addr[1]), DATA);
    db_destroy(&db);
}

static void a_module_that_checks_parity_refuses(void **state)
{
    const struct db_options options = {0};
    struct dram_fault fault;
    uint64_t addr[2];
    struct db db;

    (void)state;
    db_create(&db, &options);
    two_places(&db, DRAM_LINE_BANK, 0, addr);
    db_put(&db, addr[0], 100);
    db_put(&db, addr[1], 101);
    fault = stuck_line(&db, DRAM_LINE_BANK, 0, false, true);
    db_plant(&db, &fault);
    assert_int_equal(db_get(&db, addr[0]), 100);
    assert_int_equal(db.report_count, 0);
    assert_true(db_is_poisoned(&db, addr[1]));
    assert_int_equal(db.report_count, 1);
    assert_int_equal(db.reports[0].kind, DRAM_ERROR_COMMAND_PARITY);
    assert_int_equal(db.reports[0].addr, addr[1]);
    db_put(&db, addr[1], DATA);
    assert_int_equal(db.report_count, 2);
    assert_int_equal(db.reports[1].during, DRAM_ACCESS_WRITE);
    assert_int_equal(db_peek(&db, addr[1]), DATA); /* so far */
    dram_settle(db.dut);
    assert_int_equal(db_peek(&db, addr[1]), 101);
    assert_int_equal(db.change_addr, addr[1]);
    assert_int_equal(db_get(&db, addr[0]), 100);
    assert_int_equal(dram_counts(db.dut)->parity, 2);
    dram_repair(db.dut, 0);
    assert_int_equal(db_get(&db, addr[1]), 101);
    db_destroy(&db);
}

/* A lost write is put right by whatever happens next. */
static void everything_settles_first(void **state)
{
    const struct db_options options = {.has_patrol = true};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct dram_fault fault;
        uint64_t addr[2];
        struct db db;

        db_create(&db, &options);
        two_places(&db, DRAM_LINE_BANK, 0, addr);
        db_poke(&db, addr[1], 101);
        fault = stuck_line(&db, DRAM_LINE_BANK, 0, false, true);
        db_plant(&db, &fault);
        db_put(&db, addr[1], DATA);
        assert_int_equal(db_peek(&db, addr[1]), DATA);
        switch (i) {
        case 0: dram_repair(db.dut, 0); break;
        case 1: db_flip(&db, addr[0], 1, 0); break;
        case 2: (void)db_get(&db, addr[0]); break;
        case 3: rig_advance_to(db.rig, sched_next(db.rig->sched)); break;
        case 4: db_decode(&db, false, false); break;
        default: device_reset(db.dut, RESET_BUS); break;
        }
        assert_int_equal(db_peek(&db, addr[1]), 101);
        db_destroy(&db);
    }
}

static void a_page_of_writes_goes_astray_and_is_put_right(void **state)
{
    const struct db_options options = {0};
    uint8_t page[DRAM_PAGE_BYTES];
    struct dram_fault fault;
    uint64_t base = A & ~UINT64_C(0xfff);
    struct db db;

    (void)state;
    db_create(&db, &options);
    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        fault = stuck_line(&db, DRAM_LINE_ROW, 0, (db_place(&db, base).row & 1) == 0, true);
        dram_socket_place(i, &fault.where);
        db_plant(&db, &fault);
    }
    memset(page, 0xaa, sizeof(page));
    db_write(&db, DRAM_ACCESS_DMA_WRITE, base, page, sizeof(page));
    assert_int_equal(db.report_count, DRAM_PAGE_BYTES / DRAM_LINE_BYTES);
    dram_settle(db.dut);
    for (uint64_t i = 0; i < sizeof(page); i += 8) {
        assert_int_equal(db_peek(&db, base + i), 0);
    }
    db_destroy(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_touch_their_words_and_no_others),
        cmocka_unit_test(a_dead_chip_is_poison_or_taken_for_less),
        cmocka_unit_test(guarded_pages_are_those_with_a_faulty_word),
        cmocka_unit_test(a_stuck_line_leads_to_the_other_place),
        cmocka_unit_test(cells_behind_a_stuck_line_are_the_other_ones),
        cmocka_unit_test(a_module_that_checks_parity_refuses),
        cmocka_unit_test(everything_settles_first),
        cmocka_unit_test(a_page_of_writes_goes_astray_and_is_put_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
