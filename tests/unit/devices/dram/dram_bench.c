/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers are those of the 32 GiB machine of reference/hardware.md 3.4, cut down to one rule and
 * smaller modules. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "tests/unit/devices/dram/dram_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"

#define SAD_2G       0x00000f81u
#define TARGETS      0xba98ba98u
#define MCROUTE      0x01100240u
#define TADWAYNESS   0x0001f500u
#define RIRWAYNESS   0x80000000u
#define DIMMMTR      0x00008100u
#define MCMTR_ECC    BIT32(2)
#define MCMTR_CLOSED BIT32(0)

static uint8_t *host_page(void *ctx, uint64_t page)
{
    struct db *db = ctx;

    return page < DB_BYTES ? db->host + page : NULL;
}

static void keep_report(void *ctx, const struct dram_error *error)
{
    struct db *db = ctx;

    if (db->report_count < DB_REPORTS) {
        db->reports[db->report_count] = *error;
    }
    db->report_count++;
    db->hash = hash_u64(db->hash, error->addr);
    db->hash = hash_u64(db->hash,
                        (uint64_t)error->kind << 16 | (uint64_t)error->is_patrol << 8 | error->bit);
}

static void keep_change(void *ctx, uint64_t addr, uint64_t bytes)
{
    struct db *db = ctx;

    assert_true(addr < DB_BYTES && bytes <= DB_BYTES - addr);
    db->change_count++;
    db->change_addr = addr;
    db->hash = hash_u64(db->hash, addr);
}

static void keep_guards(void *ctx)
{
    struct db *db = ctx;

    db->guard_count++;
}

static const struct imc_layout *give_layout(void *ctx)
{
    const struct db *db = ctx;

    return &db->layout;
}

static struct imc_registers registers_of(bool is_close_page)
{
    struct imc_registers registers = {
        .sad[0] = SAD_2G,
        .interleave_list[0] = TARGETS,
        .mcroute = MCROUTE,
        .tolm = (uint32_t)DB_BYTES,
        .tohm = UINT64_C(1) << 32,
    };

    for (unsigned i = 0; i < IMC_COUNT; i++) {
        struct imc_controller_registers *imc = &registers.imc[i];

        imc->tadwayness[0] = TADWAYNESS;
        imc->mcmtr = MCMTR_ECC | (is_close_page ? MCMTR_CLOSED : 0);
        for (unsigned j = 0; j < 2; j++) {
            imc->channel[j].dimmmtr[0] = DIMMMTR;
            imc->channel[j].rirwayness[0] = RIRWAYNESS;
        }
    }
    return registers;
}

void db_decode(struct db *db, bool is_on, bool is_close_page)
{
    const struct imc_registers none = {0};
    const struct imc_registers all = registers_of(is_close_page);

    imc_layout_build(&db->layout, is_on ? &all : &none);
    assert_int_equal(db->layout.zone_count, is_on ? 1 : 0);
    if (db->dut != NULL) {
        dram_layout_changed(db->dut);
    }
}

void db_create(struct db *db, const struct db_options *options)
{
    const struct dimm module = {
        .bytes = DB_BYTES / DIMM_SOCKETS,
        .ranks = 1,
        .width = 8,
        .row_bits = 12,
        .column_bits = 10,
        .has_ecc = !options->has_no_ecc,
    };
    struct dram_config config = {
        .has_demand_scrub = !options->has_no_scrub,
        .patrol_period = options->has_patrol ? DB_PERIOD : 0,
        .env = {.ctx = db,
                .memory = host_page,
                .report = keep_report,
                .changed = keep_change,
                .guards_changed = keep_guards,
                .layout = give_layout},
    };

    *db = (struct db){0};
    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        config.dimms.socket[i] = module;
    }
    db->host = mmap(NULL, DB_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(db->host != MAP_FAILED);
    db_decode(db, true, options->is_close_page);
    db->rig = rig_create();
    db->dut = rig_device(db->rig, &dram_class, "/dram", &config);
}

void db_destroy(struct db *db)
{
    rig_destroy(db->rig);
    assert_int_equal(munmap(db->host, DB_BYTES), 0);
}

void db_forget(struct db *db)
{
    db->report_count = 0;
    db->change_count = 0;
    db->guard_count = 0;
}

bool db_read(struct db *db, enum dram_access_kind kind, uint64_t addr, void *data, unsigned bytes,
             uint64_t *poison)
{
    bool is_guarded = dram_is_guarded(db->dut, addr);

    *poison = 0;
    if (is_guarded && dram_access(db->dut, kind, addr, bytes, poison) == DRAM_POISONED) {
        assert_true(*poison % DRAM_WORD_BYTES == 0 && *poison + DRAM_WORD_BYTES > addr &&
                    *poison < addr + bytes);
        return false;
    }
    memcpy(data, db->host + addr, bytes);
    return true;
}

void db_write(struct db *db, enum dram_access_kind kind, uint64_t addr, const void *data,
              unsigned bytes)
{
    uint64_t poison;

    if (dram_is_guarded(db->dut, addr)) {
        assert_int_equal(dram_access(db->dut, kind, addr, bytes, &poison), DRAM_GOOD);
    }
    memcpy(db->host + addr, data, bytes);
}

uint64_t db_get(struct db *db, uint64_t addr)
{
    uint64_t data = 0;
    uint64_t poison;

    assert_true(db_read(db, DRAM_ACCESS_READ, addr, &data, sizeof(data), &poison));
    return data;
}

void db_put(struct db *db, uint64_t addr, uint64_t data)
{
    db_write(db, DRAM_ACCESS_WRITE, addr, &data, sizeof(data));
}

bool db_is_poisoned(struct db *db, uint64_t addr)
{
    uint64_t data;
    uint64_t poison;

    if (db_read(db, DRAM_ACCESS_READ, addr, &data, sizeof(data), &poison)) return false;
    assert_int_equal(poison, addr);
    return true;
}

uint64_t db_peek(const struct db *db, uint64_t addr)
{
    uint64_t data;

    memcpy(&data, db->host + addr, sizeof(data));
    return data;
}

void db_poke(struct db *db, uint64_t addr, uint64_t data)
{
    memcpy(db->host + addr, &data, sizeof(data));
}

struct dram_address db_place(const struct db *db, uint64_t addr)
{
    struct dram_address at = {0};

    assert_true(imc_layout_decode(&db->layout, addr, &at));
    return at;
}

uint64_t db_addr(const struct db *db, const struct dram_address *at)
{
    uint64_t addr = 0;

    assert_true(imc_layout_encode(&db->layout, at, &addr));
    return addr;
}

struct dram_fault db_fault(const struct db *db, enum dram_fault_kind kind, uint64_t addr,
                           uint64_t data, uint8_t check)
{
    return (struct dram_fault){
        .kind = kind,
        .where = db_place(db, addr),
        .mask = {.data = data, .check = check},
    };
}

void db_plant(struct db *db, const struct dram_fault *fault)
{
    struct error err = ERROR_INIT;

    if (dram_plant(db->dut, fault, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

void db_flip(struct db *db, uint64_t addr, uint64_t data, uint8_t check)
{
    const struct dram_fault fault = db_fault(db, DRAM_FAULT_FLIP, addr, data, check);

    db_plant(db, &fault);
}
