/* SPDX-License-Identifier: GPL-2.0-only */
/* Single words: flips and stuck cells, what corrects them, what ends them, what fools the code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/timing/dram.h"
#include "tests/unit/devices/dram/dram_bench.h"

#define A     UINT64_C(0x12345648)
#define DATA  UINT64_C(0x0123456789abcdef)
#define OTHER UINT64_C(0xfedcba9876543210)

static void with_options(struct db *db, bool has_no_scrub)
{
    const struct db_options options = {.has_no_scrub = has_no_scrub};

    db_create(db, &options);
    db_poke(db, A, DATA);
}

static void healthy_memory_is_left_alone(void **state)
{
    uint64_t poison;
    struct db db;

    (void)state;
    with_options(&db, false);
    assert_false(dram_has_faults(db.dut));
    assert_false(dram_is_guarded(db.dut, A));
    assert_int_equal(dram_access(db.dut, DRAM_ACCESS_READ, A, 8, &poison), DRAM_GOOD);
    assert_int_equal(db.report_count + db.change_count + db.guard_count, 0);
    assert_int_equal(sched_next(db.rig->sched), VTIME_NEVER);
    db_destroy(&db);
}

static void one_flip_of_any_bit_is_corrected_and_reported(void **state)
{
    struct db db;

    (void)state;
    with_options(&db, false);
    for (unsigned bit = 0; bit < DIMM_CODE_BITS; bit++) {
        struct dram_address at = db_place(&db, A);
        uint8_t check = 0;

        if (bit >= DIMM_DATA_BITS) check = (uint8_t)BIT(bit - DIMM_DATA_BITS);
        db_forget(&db);
        db_flip(&db, A, bit < DIMM_DATA_BITS ? BIT(bit) : 0, check);
        assert_int_equal(db.guard_count, 1);
        assert_int_equal(db_peek(&db, A), DATA);
        assert_int_equal(db_get(&db, A), DATA);
        assert_int_equal(db.report_count, 1);
        assert_int_equal(db.reports[0].kind, DRAM_ERROR_CORRECTED);
        assert_int_equal(db.reports[0].bit, bit);
        assert_int_equal(db.reports[0].addr, A);
        assert_int_equal(db.reports[0].during, DRAM_ACCESS_READ);
        assert_false(db.reports[0].is_patrol);
        assert_memory_equal(&db.reports[0].at, &at, sizeof(at));
        assert_int_equal(dram_fault_count(db.dut), 0);
    }
    assert_int_equal(dram_counts(db.dut)->corrected, DIMM_CODE_BITS);
    assert_int_equal(db.change_count, 0);
    db_destroy(&db);
}

static void demand_scrub_ends_a_flip(void **state)
{
    struct db db;

    (void)state;
    for (unsigned has_no_scrub = 0; has_no_scrub < 2; has_no_scrub++) {
        with_options(&db, has_no_scrub != 0);
        db_flip(&db, A, BIT(5), 0);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(db_get(&db, A), DATA);
        }
        assert_int_equal(db.report_count, has_no_scrub != 0 ? 3 : 1);
        assert_int_equal(dram_has_faults(db.dut), has_no_scrub != 0);
        assert_int_equal(dram_is_guarded(db.dut, A), has_no_scrub != 0);
        db_destroy(&db);
    }
}

static void two_flips_are_poison_until_written(void **state)
{
    struct db db;

    (void)state;
    with_options(&db, false);
    db_flip(&db, A, BIT(5) | BIT(40), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(db_is_poisoned(&db, A));
    }
    assert_int_equal(db.report_count, 2);
    assert_int_equal(db.reports[1].kind, DRAM_ERROR_UNCORRECTED);
    assert_int_equal(db.reports[1].addr, A);
    assert_int_equal(dram_counts(db.dut)->uncorrected, 2);
    db_put(&db, A, OTHER);
    assert_int_equal(db.report_count, 2);
    assert_int_equal(db_get(&db, A), OTHER);
    assert_false(dram_has_faults(db.dut));
    db_destroy(&db);
}

static void a_flip_on_a_flip_inverts_more_bits(void **state)
{
    struct db db;

    (void)state;
    with_options(&db, false);
    db_flip(&db, A, BIT(5), 0);
    db_flip(&db, A, BIT(6), BIT(1));
    assert_int_equal(dram_fault_count(db.dut), 1);
    assert_int_equal(dram_fault(db.dut, 0)->mask.data, BIT(5) | BIT(6));
    assert_int_equal(dram_fault(db.dut, 0)->mask.check, BIT(1));
    db_flip(&db, A, BIT(5), BIT(1));
    assert_int_equal(db_get(&db, A), DATA);
    assert_int_equal(db.reports[0].bit, 6);
    db_flip(&db, A, BIT(7), 0);
    db_flip(&db, A, BIT(7), 0);
    assert_false(dram_has_faults(db.dut));
    db_destroy(&db);
}

static void a_store_to_a_part_reads_for_ownership(void **state)
{
    const uint16_t half = 0x5aa5;
    struct db db;

    (void)state;
    with_options(&db, true);
    db_flip(&db, A, BIT(60), 0);
    db_write(&db, DRAM_ACCESS_WRITE, A + 2, &half, sizeof(half));
    assert_int_equal(db.report_count, 1);
    assert_int_equal(db.reports[0].during, DRAM_ACCESS_WRITE);
    assert_int_equal(db.reports[0].bit, 60);
    assert_false(dram_has_faults(db.dut));
    assert_int_equal(db_get(&db, A), (DATA & ~(UINT64_C(0xffff) << 16)) | (uint64_t)half << 16);
    db_destroy(&db);
}

static void a_store_to_a_part_leaves_poison(void **state)
{
    const uint32_t half = 0x5aa55aa5;
    struct db db;

    (void)state;
    with_options(&db, false);
    db_flip(&db, A, BIT(5) | BIT(40), 0);
    db_write(&db, DRAM_ACCESS_WRITE, A, &half, sizeof(half));
    db_write(&db, DRAM_ACCESS_DMA_WRITE, A + 4, &half, sizeof(half));
    assert_int_equal(db.report_count, 2);
    assert_int_equal(db.reports[0].kind, DRAM_ERROR_UNCORRECTED);
    assert_int_equal(db.reports[1].during, DRAM_ACCESS_DMA_WRITE);
    assert_true(db_is_poisoned(&db, A));
    db_destroy(&db);
}

static void only_the_words_that_are_touched_are_looked_at(void **state)
{
    uint8_t data[32];
    uint64_t poison;
    struct db db;

    (void)state;
    with_options(&db, true);
    db_flip(&db, A, BIT(5), 0);
    (void)db_get(&db, A - 8);
    (void)db_get(&db, A + 8);
    assert_int_equal(db.report_count, 0);
    assert_true(db_read(&db, DRAM_ACCESS_READ, A - 7, data, 8, &poison));
    assert_int_equal(db.report_count, 1);
    assert_true(db_read(&db, DRAM_ACCESS_FETCH, A + 7, data, 1, &poison));
    assert_int_equal(db.report_count, 2);
    db_flip(&db, A + 8, BIT(5) | BIT(6), 0);
    db_flip(&db, A + 16, BIT(5) | BIT(6), 0);
    db_forget(&db);
    assert_false(db_read(&db, DRAM_ACCESS_DMA_READ, A - 8, data, 32, &poison));
    assert_int_equal(poison, A + 8);
    assert_int_equal(db.report_count, 3);
    db_destroy(&db);
}

static void every_kind_of_access_meets_a_fault(void **state)
{
    static const enum dram_access_kind kinds[] = {DRAM_ACCESS_READ, DRAM_ACCESS_FETCH,
                                                  DRAM_ACCESS_WALK, DRAM_ACCESS_DMA_READ};
    struct db db;

    (void)state;
    with_options(&db, false);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint64_t data;
        uint64_t poison;

        db_forget(&db);
        db_flip(&db, A, BIT(5), 0);
        assert_true(db_read(&db, kinds[i], A, &data, sizeof(data), &poison));
        assert_int_equal(data, DATA);
        assert_int_equal(db.report_count, 1);
        assert_int_equal(db.reports[0].during, kinds[i]);
    }
    db_destroy(&db);
}

/* Three flips that look like one: found by trying. */
static struct ecc_word fooling_mask(unsigned *bit)
{
    for (unsigned i = 2; i < 64; i++) {
        struct ecc_word word = {.data = DATA ^ (BIT(0) | BIT(1) | BIT(i)),
                                .check = ecc_encode(DATA)};

        if (ecc_decode(&word, bit) == ECC_CORRECTED) {
            return (struct ecc_word){.data = BIT(0) | BIT(1) | BIT(i)};
        }
    }
    fail_msg("the code is better than it can be");
    return (struct ecc_word){0};
}

static void three_flips_can_be_taken_for_one(void **state)
{
    unsigned bit = 0;
    const struct ecc_word mask = fooling_mask(&bit);
    struct ecc_word seen = {.data = DATA ^ mask.data, .check = ecc_encode(DATA)};
    struct db db;

    (void)state;
    (void)ecc_decode(&seen, &bit);
    for (unsigned has_no_scrub = 0; has_no_scrub < 2; has_no_scrub++) {
        with_options(&db, has_no_scrub != 0);
        db_flip(&db, A, mask.data, mask.check);
        assert_int_equal(db_get(&db, A), seen.data);
        assert_int_equal(db.change_count, 1);
        assert_int_equal(db.change_addr, A);
        assert_int_equal(db.reports[0].kind, DRAM_ERROR_CORRECTED);
        assert_int_equal(db.reports[0].bit, bit);
        assert_int_equal(dram_counts(db.dut)->miscorrected, 1);
        assert_int_equal(dram_counts(db.dut)->corrected, 1);
        assert_int_equal(db_get(&db, A), seen.data);
        assert_int_equal(db.report_count, has_no_scrub != 0 ? 2 : 1);
        assert_int_equal(dram_counts(db.dut)->miscorrected, 1);
        db_destroy(&db);
    }
}

/* The flips of one code word into another: a bit and its check bits. */
static void a_code_word_for_another_goes_unnoticed(void **state)
{
    const uint64_t flips = BIT(17);
    struct db db;

    (void)state;
    with_options(&db, false);
    db_flip(&db, A, flips, ecc_encode(DATA) ^ ecc_encode(DATA ^ flips));
    assert_int_equal(db_get(&db, A), DATA ^ flips);
    assert_int_equal(db.report_count, 0);
    assert_int_equal(dram_counts(db.dut)->undetected, 1);
    assert_int_equal(db.change_count, 1);
    assert_false(dram_has_faults(db.dut));
    assert_int_equal(db_get(&db, A), DATA ^ flips);
    assert_int_equal(dram_counts(db.dut)->undetected, 1);
    db_destroy(&db);
}

static void a_stuck_cell_stays(void **state)
{
    struct dram_fault fault;
    struct db db;

    (void)state;
    with_options(&db, false);
    fault = db_fault(&db, DRAM_FAULT_STUCK, A, BIT(0), 0);
    db_plant(&db, &fault); /* bit 0 of DATA is 1, the cell gives 0 */
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(db_get(&db, A), DATA);
    }
    assert_int_equal(db.report_count, 3);
    assert_int_equal(db.reports[2].bit, 0);
    db_put(&db, A, DATA & ~BIT(0));
    assert_int_equal(db_get(&db, A), DATA & ~BIT(0));
    assert_int_equal(db.report_count, 3);
    db_put(&db, A, DATA);
    assert_int_equal(db_get(&db, A), DATA);
    assert_int_equal(db.report_count, 4);
    dram_repair(db.dut, 0);
    assert_int_equal(db_get(&db, A), DATA);
    assert_int_equal(db.report_count, 4);
    db_destroy(&db);
}

static void a_flip_under_a_stuck_cell_is_hidden(void **state)
{
    struct dram_fault fault;
    struct db db;

    (void)state;
    with_options(&db, true);
    fault = db_fault(&db, DRAM_FAULT_STUCK, A, BIT(0), 0);
    fault.value = true;
    db_plant(&db, &fault);
    db_flip(&db, A, BIT(0), 0);
    assert_int_equal(db_get(&db, A), DATA);
    assert_int_equal(db.report_count, 0);
    db_flip(&db, A, BIT(1), 0);
    assert_int_equal(db_get(&db, A), DATA);
    assert_int_equal(db.reports[0].bit, 1);
    dram_repair(db.dut, 0);
    assert_true(db_is_poisoned(&db, A));
    db_destroy(&db);
}

/* All of the word is written back, whether or not the controller saw what was wrong with it. */
static void a_store_to_a_part_writes_hidden_cells_too(void **state)
{
    const uint8_t byte = 0x5a;
    struct dram_fault fault;
    struct db db;

    (void)state;
    with_options(&db, true);
    fault = db_fault(&db, DRAM_FAULT_STUCK, A, BIT(0), 0);
    fault.value = true;
    db_plant(&db, &fault);
    db_flip(&db, A, BIT(0), 0);
    db_write(&db, DRAM_ACCESS_WRITE, A + 4, &byte, 1);
    assert_int_equal(db.report_count, 0);
    assert_int_equal(dram_fault_count(db.dut), 1);
    dram_repair(db.dut, 0);
    assert_int_equal(db_get(&db, A), bits_set(DATA, 39, 32, byte));
    db_destroy(&db);
}

/* What a machine with good memory adds to its snapshots, and one that used a bad page. */
static void good_memory_takes_no_room_in_snapshots(void **state)
{
    struct snap_writer *good = snap_writer_create();
    struct snap_writer *used = snap_writer_create();
    size_t good_bytes;
    size_t used_bytes;
    struct db db;

    (void)state;
    with_options(&db, false);
    device_save(db.dut, good);
    db_flip(&db, A, BIT(0), 0);
    (void)db_get(&db, A);
    device_save(db.dut, used);
    (void)snap_finish(good, "m", &good_bytes);
    (void)snap_finish(used, "m", &used_bytes);
    assert_true(good_bytes < 1024);
    assert_true(used_bytes > sizeof(struct timing_dram) && used_bytes < 32768);
    snap_writer_destroy(good);
    snap_writer_destroy(used);
    db_destroy(&db);
}

static void without_check_bits_errors_are_data(void **state)
{
    const struct db_options options = {.has_no_ecc = true};
    struct dram_fault fault;
    struct db db;

    (void)state;
    db_create(&db, &options);
    db_poke(&db, A, DATA);
    db_flip(&db, A, BIT(3) | BIT(4), 0);
    assert_false(dram_has_faults(db.dut));
    assert_int_equal(db.change_count, 1);
    assert_int_equal(db_get(&db, A), DATA ^ (BIT(3) | BIT(4)));
    fault = db_fault(&db, DRAM_FAULT_STUCK, A, BIT(63) | BIT(0), 0);
    fault.value = true;
    db_plant(&db, &fault);
    db_put(&db, A, 0);
    assert_int_equal(db_get(&db, A), BIT(63) | BIT(0));
    db_put(&db, A, 0);
    assert_int_equal(db_get(&db, A + 8), 0);
    assert_int_equal(db_get(&db, A), BIT(63) | BIT(0));
    assert_int_equal(db.report_count, 0);
    db_destroy(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy_memory_is_left_alone),
        cmocka_unit_test(one_flip_of_any_bit_is_corrected_and_reported),
        cmocka_unit_test(demand_scrub_ends_a_flip),
        cmocka_unit_test(two_flips_are_poison_until_written),
        cmocka_unit_test(a_flip_on_a_flip_inverts_more_bits),
        cmocka_unit_test(a_store_to_a_part_reads_for_ownership),
        cmocka_unit_test(a_store_to_a_part_leaves_poison),
        cmocka_unit_test(only_the_words_that_are_touched_are_looked_at),
        cmocka_unit_test(every_kind_of_access_meets_a_fault),
        cmocka_unit_test(three_flips_can_be_taken_for_one),
        cmocka_unit_test(a_code_word_for_another_goes_unnoticed),
        cmocka_unit_test(a_stuck_cell_stays),
        cmocka_unit_test(a_flip_under_a_stuck_cell_is_hidden),
        cmocka_unit_test(a_store_to_a_part_writes_hidden_cells_too),
        cmocka_unit_test(good_memory_takes_no_room_in_snapshots),
        cmocka_unit_test(without_check_bits_errors_are_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
