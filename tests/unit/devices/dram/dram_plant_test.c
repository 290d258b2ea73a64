/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be planted where, how many, and what a new layout does to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/dram/dram_bench.h"

#define A    UINT64_C(0x12345640)
#define DATA UINT64_C(0x0123456789abcdef)

static void refused(struct db *db, const struct dram_fault *fault, const char *sentence)
{
    struct error err = ERROR_INIT;

    db_forget(db);
    assert_int_equal(dram_plant(db->dut, fault, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.text, sentence);
    assert_int_equal(db->guard_count + db->change_count + db->report_count, 0);
    assert_false(dram_has_faults(db->dut));
}

static void places_out_of_range_are_refused(void **state)
{
    const struct db_options options = {0};
    const struct dram_fault good = {.kind = DRAM_FAULT_FLIP, .mask.data = 1};
    struct dram_fault fault;
    struct db db;

    (void)state;
    db_create(&db, &options);
    fault = good;
    fault.where.row = DB_ROWS;
    refused(&db, &fault, "row 0x1000 is out of range: this module has rows 0 to 0xfff");
    fault = good;
    fault.where.column = 1024;
    refused(&db, &fault, "column 0x400 is out of range: this module has columns 0 to 0x3ff");
    fault = good;
    fault.where.rank = 1;
    refused(&db, &fault, "rank 0x1 is out of range: this module has ranks 0 to 0x0");
    fault = good;
    fault.where.bank = 4;
    refused(&db, &fault, "bank 0x4 is out of range: this module has banks 0 to 0x3");
    fault = good;
    fault.where.bank_group = 9;
    refused(&db, &fault, "bank group 0x9 is out of range: this module has bank groups 0 to 0x3");
    fault = good;
    fault.where.channel = 2;
    refused(
        &db, &fault,
        "memory controller 0 channel 2 slot 0 has no socket: there is slot 0 of channels 0 and 1 "
        "of memory controllers 0 and 1");
    fault = good;
    fault.kind = DRAM_FAULT_KINDS;
    refused(&db, &fault, "fault kind 7 does not exist: kinds are 0 to 6");
    fault = good;
    fault.mask.data = 0;
    refused(&db, &fault, "the fault concerns no bit: a word has bits 0 to 71");
    db_destroy(&db);
}

static void address_lines_out_of_range_are_refused(void **state)
{
    static const struct {
        enum dram_line line;
        uint8_t bit;
        const char *sentence;
    } cases[] = {
        {DRAM_LINE_ROW, 12, "row line 12 is out of range: this module has row lines 0 to 11"},
        {DRAM_LINE_COLUMN, 2, "column line 2 is out of range: this module has column lines 3 to 9"},
        {DRAM_LINE_COLUMN, 10,
         "column line 10 is out of range: this module has column lines 3 to 9"},
        {DRAM_LINE_BANK, 2, "bank line 2 is out of range: this module has bank lines 0 to 1"},
        {DRAM_LINE_BANK_GROUP, 2,
         "bank group line 2 is out of range: this module has bank group lines 0 to 1"},
    };
    const struct db_options options = {0};
    struct db db;

    (void)state;
    db_create(&db, &options);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct dram_fault fault = {
            .kind = DRAM_FAULT_ADDRESS, .line = cases[i].line, .line_bit = cases[i].bit};

        refused(&db, &fault, cases[i].sentence);
    }
    db_destroy(&db);
}

static void check_bits_that_are_not_there_are_refused(void **state)
{
    const struct db_options options = {.has_no_ecc = true};
    const struct dram_fault fault = {.kind = DRAM_FAULT_STUCK, .mask = {.data = 1, .check = 1}};
    const struct dram_fault nothing = {.kind = DRAM_FAULT_STUCK};
    struct db db;

    (void)state;
    db_create(&db, &options);
    refused(&db, &fault,
            "the fault concerns check bits: this module has none, its words have bits 0 to 63");
    refused(&db, &nothing, "the fault concerns no bit: a word has bits 0 to 63");
    db_destroy(&db);
}

static void nothing_can_be_planted_where_nothing_is_decoded(void **state)
{
    const struct db_options options = {0};
    const struct dram_fault fault = {.kind = DRAM_FAULT_FLIP, .mask.data = 1};
    struct db db;

    (void)state;
    db_create(&db, &options);
    db_decode(&db, false, false);
    refused(
        &db, &fault,
        "no memory is decoded yet: faults can be planted once the firmware has set up the memory "
        "controllers");
    db_destroy(&db);
}

static void members_that_a_kind_does_not_use_are_zero(void **state)
{
    const struct db_options options = {0};
    struct dram_fault fault;
    struct db db;

    (void)state;
    db_create(&db, &options);
    fault = db_fault(&db, DRAM_FAULT_ROW, A, 1, 0);
    fault.line_bit = 200;
    fault.where.column = 0x3ff;
    db_plant(&db, &fault);
    assert_int_equal(dram_fault(db.dut, 0)->where.column, 0);
    assert_int_equal(dram_fault(db.dut, 0)->where.row, fault.where.row);
    assert_int_equal(dram_fault(db.dut, 0)->line_bit, 0);
    db_destroy(&db);
}

static void there_is_room_for_so_many(void **state)
{
    const struct db_options options = {0};
    struct error err = ERROR_INIT;
    struct dram_fault fault;
    struct db db;

    (void)state;
    db_create(&db, &options);
    for (unsigned i = 0; i < DRAM_FAULTS_MAX; i++) {
        /* Backwards, and in twos on a page. */
        db_flip(&db, (DRAM_FAULTS_MAX - i) * UINT64_C(2048), 1, 0);
    }
    assert_int_equal(dram_fault_count(db.dut), DRAM_FAULTS_MAX);
    fault = db_fault(&db, DRAM_FAULT_DIMM, A, 1, 0);
    assert_int_equal(dram_plant(db.dut, &fault, &err), -1);
    assert_string_equal(err.text,
                        "1024 faults are planted, and no more than 1024 can be at a time");
    db_flip(&db, 2048, 2, 0);
    assert_int_equal(dram_fault_count(db.dut), DRAM_FAULTS_MAX);
    assert_true(db_is_poisoned(&db, 2048));
    for (unsigned i = 2; i <= DRAM_FAULTS_MAX; i++) {
        db_forget(&db);
        (void)db_get(&db, i * UINT64_C(2048));
        assert_int_equal(db.report_count, 1);
    }
    assert_int_equal(dram_fault_count(db.dut), 1);
    db_destroy(&db);
}

static void faults_sleep_while_nothing_decodes_to_them(void **state)
{
    const struct db_options options = {.has_patrol = true};
    struct dram_fault fault;
    struct dram_address at;
    uint64_t moved;
    struct db db;

    (void)state;
    db_create(&db, &options);
    at = db_place(&db, A);
    db_flip(&db, A, BIT(3), 0);
    fault = db_fault(&db, DRAM_FAULT_ROW, A + 0x100000, 1, 0);
    db_plant(&db, &fault);
    db_forget(&db);
    db_decode(&db, false, false);
    assert_int_equal(dram_fault_count(db.dut), 2);
    assert_false(dram_is_guarded(db.dut, A));
    assert_false(dram_is_guarded(db.dut, A + 0x100000));
    assert_int_equal(sched_next(db.rig->sched), VTIME_NEVER);
    db_decode(&db, true, true);
    assert_int_equal(db.guard_count, 2);
    moved = db_addr(&db, &at);
    assert_int_not_equal(moved, A);
    assert_true(dram_is_guarded(db.dut, moved));
    (void)db_get(&db, moved);
    assert_int_equal(db.reports[0].bit, 3);
    assert_int_equal(dram_fault_count(db.dut), 1);
    db_destroy(&db);
}

static void an_equal_layout_changes_nothing(void **state)
{
    const struct db_options options = {.has_patrol = true};
    uint64_t hash;
    struct db db;

    (void)state;
    db_create(&db, &options);
    db_flip(&db, A, BIT(3), 0);
    rig_advance(db.rig, VTIME_MS(1));
    hash = device_state_hash(db.dut);
    db_forget(&db);
    db_decode(&db, true, false);
    assert_int_equal(device_state_hash(db.dut), hash);
    assert_int_equal(db.guard_count, 0);
    assert_true(dram_is_guarded(db.dut, A));
    db_destroy(&db);
}

static void power_on_brings_good_modules_other_resets_do_not(void **state)
{
    const struct db_options options = {0};
    struct db db;

    (void)state;
    db_create(&db, &options);
    db_flip(&db, A, BIT(3) | BIT(4), 0);
    device_reset(db.dut, RESET_BUS);
    assert_true(db_is_poisoned(&db, A));
    device_reset(db.dut, RESET_POWER_ON);
    assert_false(dram_has_faults(db.dut));
    assert_int_equal(dram_counts(db.dut)->uncorrected, 0);
    db_destroy(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_out_of_range_are_refused),
        cmocka_unit_test(address_lines_out_of_range_are_refused),
        cmocka_unit_test(check_bits_that_are_not_there_are_refused),
        cmocka_unit_test(nothing_can_be_planted_where_nothing_is_decoded),
        cmocka_unit_test(members_that_a_kind_does_not_use_are_zero),
        cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(faults_sleep_while_nothing_decodes_to_them),
        cmocka_unit_test(an_equal_layout_changes_nothing),
        cmocka_unit_test(power_on_brings_good_modules_other_resets_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
