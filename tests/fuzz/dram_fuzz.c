/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory modules that break in any way while somebody uses them: plants, repairs, accesses of all kinds
 * and widths, time for the patrol, layouts that come and go, saving, loading, and snapshots with
 * other numbers in them. Whatever happens, a place that has a fault of its own is guarded, reports name
 * places that are there, and no event is due again at the same instant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/fuzz/input.h"
#include "tests/unit/devices/dram/dram_bench.h"

#define OPS_MAX    300
#define SPAN_MAX   23u /* at most 2^39 ps: 0.5 s */
#define NEAR_BYTES UINT64_C(0x8000)
#define PATCHES    8u

static uint64_t take_addr(struct fuzz_input *input, const struct db *db)
{
    size_t count = dram_fault_count(db->dut);
    uint64_t addr;

    switch (fuzz_below(input, 4)) {
    case 0: return fuzz_take(input, 4) % DB_BYTES;
    case 1:
        if (count > 0 &&
            imc_layout_encode(&db->layout, &dram_fault(db->dut, fuzz_below(input, count))->where,
                              &addr)) {
            return addr + fuzz_below(input, 8);
        }
        return 0;
    default: return fuzz_take(input, 2) % NEAR_BYTES;
    }
}

static void plant(struct db *db, struct fuzz_input *input)
{
    struct error err = ERROR_INIT;
    struct dram_fault fault = {
        .kind = (enum dram_fault_kind)fuzz_below(input, DRAM_FAULT_KINDS + 1),
        .value = (fuzz_take(input, 1) & 1) != 0,
        .line = (enum dram_line)fuzz_below(input, 5),
        .line_bit = (uint8_t)fuzz_below(input, 16),
        .has_parity = (fuzz_take(input, 1) & 1) != 0,
    };
    unsigned flags = (unsigned)fuzz_take(input, 1);

    (void)imc_layout_decode(&db->layout, take_addr(input, db), &fault.where);
    if ((flags & 0xf) == 0) {
        fault.where.row = (uint32_t)fuzz_take(input, 4);
        fault.where.column = (uint16_t)fuzz_take(input, 2);
        fault.where.rank = (uint8_t)fuzz_take(input, 1);
        fault.where.channel = (uint8_t)fuzz_take(input, 1);
        fault.where.imc = (uint8_t)fuzz_take(input, 1);
    }
    fault.mask.data = (flags & 0x30) == 0 ? fuzz_take(input, 8) : BIT(fuzz_below(input, 64));
    fault.mask.check = (flags & 0xc0) == 0 ? (uint8_t)fuzz_take(input, 1) : 0;
    if (dram_plant(db->dut, &fault, &err) != 0) {
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_true(err.text[0] != 0);
    }
}

static void use_memory(struct db *db, struct fuzz_input *input)
{
    enum dram_access_kind kind =
        (enum dram_access_kind)fuzz_below(input, DRAM_ACCESS_DMA_WRITE + 1);
    uint64_t addr = take_addr(input, db);
    unsigned bytes = 1u << fuzz_below(input, 13);
    uint8_t data[DRAM_PAGE_BYTES];
    uint64_t poison;

    bytes = (unsigned)min_u64(bytes, DRAM_PAGE_BYTES - addr % DRAM_PAGE_BYTES);
    if (kind == DRAM_ACCESS_WRITE || kind == DRAM_ACCESS_DMA_WRITE) {
        memset(data, (int)fuzz_take(input, 1), sizeof(data));
        db_write(db, kind, addr, data, bytes);
    } else {
        (void)db_read(db, kind, addr, data, bytes, &poison);
    }
}

/* The saved state with some of its numbers changed. */
static void load_changed(struct db *db, struct fuzz_input *input)
{
    struct snap_writer *saved = snap_writer_create();
    struct snap_writer *changed = snap_writer_create();
    struct error err = ERROR_INIT;
    uint64_t at[PATCHES];
    struct snap_reader *r;
    const void *data;
    size_t bytes;
    int result;

    device_save(db->dut, saved);
    data = snap_finish(saved, "fuzz", &bytes);
    r = snap_reader_create(data, bytes, "fuzz", &err);
    assert_non_null(r);
    assert_int_equal(snap_chunk_open(r, "/dram", "dram", 1, &err), 0);
    for (unsigned i = 0; i < PATCHES; i++) {
        at[i] = fuzz_below(input, (i & 1) != 0 ? 64 : snap_chunk_left(r) / 8);
    }
    snap_chunk_begin(changed, "/dram", "dram", 1);
    for (uint64_t i = 0; snap_chunk_left(r) > 0; i++) {
        uint64_t value;

        assert_int_equal(snap_get_u64(r, &value, &err), 0);
        for (unsigned k = 0; k < PATCHES; k++) {
            value = at[k] == i ? fuzz_take(input, (k & 2) != 0 ? 1 : 8) : value;
        }
        snap_put_u64(changed, value);
    }
    snap_chunk_end(changed);
    snap_reader_destroy(r);
    data = snap_finish(changed, "fuzz", &bytes);
    r = snap_reader_create(data, bytes, "fuzz", &err);
    assert_non_null(r);
    result = device_load(db->dut, r, &err);
    if (result != 0) {
        /* Good for nothing but to be loaded with something else. */
        snap_reader_destroy(r);
        data = snap_finish(saved, "fuzz", &bytes);
        r = snap_reader_create(data, bytes, "fuzz", &err);
        assert_non_null(r);
        assert_int_equal(device_load(db->dut, r, &err), 0);
    }
    snap_reader_destroy(r);
    snap_writer_destroy(saved);
    snap_writer_destroy(changed);
}

static void let_time_pass(struct db *db, struct fuzz_input *input)
{
    uint64_t span = fuzz_take(input, 2);

    rig_advance(db->rig, span << span % SPAN_MAX);
    assert_true(sched_next(db->rig->sched) > rig_now(db->rig));
}

static void step(struct db *db, struct fuzz_input *input)
{
    switch (fuzz_below(input, 16)) {
    case 0:
    case 1:
    case 2:
    case 3: plant(db, input); break;
    case 4:
        if (dram_has_faults(db->dut)) {
            dram_repair(db->dut, fuzz_below(input, dram_fault_count(db->dut)));
        }
        break;
    case 5: let_time_pass(db, input); break;
    case 6: rig_copy_state(db->rig, db->dut, db->rig, db->dut); break;
    case 7: load_changed(db, input); break;
    case 8: db_decode(db, fuzz_below(input, 4) != 0, fuzz_below(input, 2) != 0); break;
    case 9: device_reset(db->dut, (enum reset_kind)fuzz_below(input, RESET_FUNCTION + 1)); break;
    case 10: dram_settle(db->dut); break;
    default: use_memory(db, input); break;
    }
}

static void check(struct db *db)
{
    assert_true(dram_fault_count(db->dut) <= DRAM_FAULTS_MAX);
    for (size_t i = 0; i < dram_fault_count(db->dut); i++) {
        uint64_t addr;

        if (imc_layout_encode(&db->layout, &dram_fault(db->dut, i)->where, &addr)) {
            assert_true(dram_is_guarded(db->dut, addr));
        }
    }
    for (size_t i = 0; i < min_u64(db->report_count, DB_REPORTS); i++) {
        struct dram_address at;

        assert_true(db->reports[i].addr < DB_BYTES && db->reports[i].bit < DIMM_CODE_BITS);
        assert_true(!db->layout.zone_count ||
                    imc_layout_decode(&db->layout, db->reports[i].addr, &at));
    }
    db_forget(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    uint8_t kind = (uint8_t)fuzz_take(&input, 1);
    const struct db_options options = {
        .has_no_ecc = (kind & 3) == 3,
        .has_no_scrub = (kind & 4) != 0,
        .has_patrol = (kind & 8) != 0,
        .is_close_page = (kind & 16) != 0,
    };
    struct db db;

    db_create(&db, &options);
    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&input); i++) {
        step(&db, &input);
        check(&db);
    }
    db_destroy(&db);
    return 0;
}
