/* SPDX-License-Identifier: GPL-2.0-only */
/* The patrol scrubber: where it is when, what it reports, what it writes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/dram/dram_bench.h"

#define HALF    (DB_BYTES / 2)
#define QUARTER (DB_BYTES / 4)
#define STEP    UINT64_C(0x10000)
#define DATA    UINT64_C(0x0123456789abcdef)

static void create(struct db *db)
{
    const struct db_options options = {.has_patrol = true, .has_no_scrub = true};

    db_create(db, &options);
}

static void nothing_happens_while_all_is_well(void **state)
{
    struct db db;

    (void)state;
    create(&db);
    assert_int_equal(sched_next(db.rig->sched), VTIME_NEVER);
    db_flip(&db, HALF, 1, 0);
    assert_int_not_equal(sched_next(db.rig->sched), VTIME_NEVER);
    dram_repair(db.dut, 0);
    assert_int_equal(sched_next(db.rig->sched), VTIME_NEVER);
    db_flip(&db, HALF, 1, 0);
    db_put(&db, HALF, DATA);
    assert_int_equal(sched_next(db.rig->sched), VTIME_NEVER);
    db_destroy(&db);
}

static void it_comes_by_when_its_place_says_so_and_writes_back(void **state)
{
    struct db db;

    (void)state;
    create(&db);
    db_poke(&db, HALF + 24, DATA);
    db_flip(&db, HALF + 24, BIT(9), 0);
    assert_int_equal(sched_next(db.rig->sched), DB_PERIOD / 2);
    rig_advance(db.rig, DB_PERIOD / 2 - 1);
    assert_int_equal(db.report_count, 0);
    rig_advance(db.rig, 1);
    assert_int_equal(db.report_count, 1);
    assert_true(db.reports[0].is_patrol);
    assert_int_equal(db.reports[0].kind, DRAM_ERROR_CORRECTED);
    assert_int_equal(db.reports[0].addr, HALF + 24);
    assert_int_equal(db.reports[0].bit, 9);
    assert_false(dram_has_faults(db.dut));
    assert_int_equal(sched_next(db.rig->sched), VTIME_NEVER);
    assert_int_equal(db_get(&db, HALF + 24), DATA);
    assert_int_equal(db.report_count, 1);
    db_destroy(&db);
}

static void what_it_cannot_correct_it_reports_once_a_pass(void **state)
{
    struct db db;

    (void)state;
    create(&db);
    db_flip(&db, QUARTER, 3, 0);
    for (unsigned pass = 0; pass < 4; pass++) {
        assert_int_equal(sched_next(db.rig->sched), DB_PERIOD / 4 + pass * DB_PERIOD);
        rig_advance_to(db.rig, DB_PERIOD / 4 + pass * DB_PERIOD);
        assert_int_equal(db.report_count, pass + 1);
        assert_int_equal(db.reports[pass].kind, DRAM_ERROR_UNCORRECTED);
        assert_true(db.reports[pass].is_patrol);
    }
    assert_true(db_is_poisoned(&db, QUARTER));
    db_destroy(&db);
}

static void a_fault_behind_it_waits_for_the_next_pass(void **state)
{
    struct db db;

    (void)state;
    create(&db);
    rig_advance(db.rig, DB_PERIOD / 2);
    db_flip(&db, QUARTER, 1, 0);
    assert_int_equal(sched_next(db.rig->sched), DB_PERIOD + DB_PERIOD / 4);
    db_flip(&db, HALF + QUARTER, 1, 0);
    assert_int_equal(sched_next(db.rig->sched), DB_PERIOD / 4 * 3);
    rig_advance(db.rig, DB_PERIOD);
    assert_int_equal(db.report_count, 2);
    assert_int_equal(db.reports[0].addr, HALF + QUARTER);
    assert_int_equal(db.reports[1].addr, QUARTER);
    db_destroy(&db);
}

static void a_new_layout_begins_anew(void **state)
{
    struct db db;

    (void)state;
    create(&db);
    db_flip(&db, HALF, 3, 0);
    rig_advance(db.rig, DB_PERIOD / 4);
    db_decode(&db, false, false);
    db_decode(&db, true, false);
    assert_int_equal(sched_next(db.rig->sched), DB_PERIOD / 4 + DB_PERIOD / 2);
    dram_repair(db.dut, 0);
    db_flip(&db, 0x40, 3, 0); /* there under both page policies */
    db_forget(&db);
    db_decode(&db, true, true);
    assert_int_equal(db.guard_count, 1);
    assert_true(sched_next(db.rig->sched) < DB_PERIOD / 4 + VTIME_MS(1));
    db_destroy(&db);
}

/* Of a step of 64 KiB with many errors the first is reported, and all are counted. */
static void a_broken_module_does_not_flood(void **state)
{
    struct dram_fault fault;
    struct db db;

    (void)state;
    create(&db);
    fault = db_fault(&db, DRAM_FAULT_DIMM, 0, 1, 0);
    fault.value = true;
    db_plant(&db, &fault);
    rig_advance(db.rig, DB_PERIOD / (DB_BYTES / STEP) * 4 - 1);
    assert_int_equal(db.report_count, 4);
    assert_int_equal(dram_counts(db.dut)->corrected, 4 * STEP / 8 / DIMM_SOCKETS);
    for (unsigned i = 1; i < 4; i++) {
        assert_int_equal(db.reports[i].addr, i * STEP);
    }
    db_destroy(&db);
}

static void words_with_a_fault_of_their_own_are_always_reported(void **state)
{
    struct dram_fault fault;
    struct db db;

    (void)state;
    create(&db);
    fault = db_fault(&db, DRAM_FAULT_CHIP, 0, 1, 0);
    fault.value = true;
    db_plant(&db, &fault);
    db_flip(&db, 0x1048, BIT(7), 0); /* another module */
    rig_advance(db.rig, DB_PERIOD / (DB_BYTES / STEP) - 1);
    assert_int_equal(db.report_count, 2);
    assert_int_equal(db.reports[1].addr, 0x1048);
    assert_int_equal(dram_fault_count(db.dut), 1);
    db_destroy(&db);
}

/* One row of one bank, and nothing else far and wide: found in all of a pass, with few events. */
static void a_row_far_away_is_found(void **state)
{
    struct dram_fault fault;
    unsigned events = 0;
    struct db db;

    (void)state;
    create(&db);
    fault = db_fault(&db, DRAM_FAULT_ROW, HALF + 0x123440, 1, 0);
    fault.value = true;
    db_plant(&db, &fault);
    while (rig_now(db.rig) < DB_PERIOD) {
        rig_advance_to(db.rig, sched_next(db.rig->sched));
        events++;
    }
    assert_int_equal(dram_counts(db.dut)->corrected, 1024);
    assert_true(db.report_count >= 1);
    assert_true(events <= DB_BYTES / STEP / 16 + 64);
    db_destroy(&db);
}

static void an_address_line_is_reported_by_step(void **state)
{
    struct dram_fault fault;
    struct db db;

    (void)state;
    create(&db);
    fault = db_fault(&db, DRAM_FAULT_ADDRESS, 0, 0, 0);
    fault.line = DRAM_LINE_COLUMN;
    fault.line_bit = 3;
    fault.value = true;
    fault.has_parity = true;
    db_plant(&db, &fault);
    rig_advance(db.rig, DB_PERIOD / (DB_BYTES / STEP) - 1);
    assert_int_equal(db.report_count, 1);
    assert_int_equal(db.reports[0].kind, DRAM_ERROR_COMMAND_PARITY);
    assert_true(db.reports[0].is_patrol);
    assert_int_equal(dram_counts(db.dut)->parity, STEP / 64 / DIMM_SOCKETS / 2);
    db_destroy(&db);
}

static void without_check_bits_there_is_no_patrol(void **state)
{
    const struct db_options options = {.has_patrol = true, .has_no_ecc = true};
    struct dram_fault fault;
    struct db db;

    (void)state;
    db_create(&db, &options);
    fault = db_fault(&db, DRAM_FAULT_DIMM, 0, 1, 0);
    db_plant(&db, &fault);
    assert_int_equal(sched_next(db.rig->sched), VTIME_NEVER);
    db_destroy(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_happens_while_all_is_well),
        cmocka_unit_test(it_comes_by_when_its_place_says_so_and_writes_back),
        cmocka_unit_test(what_it_cannot_correct_it_reports_once_a_pass),
        cmocka_unit_test(a_fault_behind_it_waits_for_the_next_pass),
        cmocka_unit_test(a_new_layout_begins_anew),
        cmocka_unit_test(a_broken_module_does_not_flood),
        cmocka_unit_test(words_with_a_fault_of_their_own_are_always_reported),
        cmocka_unit_test(a_row_far_away_is_found),
        cmocka_unit_test(an_address_line_is_reported_by_step),
        cmocka_unit_test(without_check_bits_there_is_no_patrol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
