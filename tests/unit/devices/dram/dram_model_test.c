/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device against a slow model of the modules: every cell is stored, every fault is asked for
 * every word, there are no lists and no differences. Long random lives of plants, repairs, reads,
 * writes and snapshots; each read's data, poison and reports must agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/dram/dram_bench.h"

#define ROWS    2u
#define BANKS   2u
#define COLUMNS 16u
#define WORDS   (DIMM_SOCKETS * ROWS * BANKS * COLUMNS)
#define FAULTS  12u
#define LINES   3u /* address lines that are stuck in one life, at most */
#define STEPS   6000u
#define SEEDS   32u
#define NOBODY  WORDS

/* A word: what was written last, and what the cells hold. */
struct model_word {
    uint64_t addr;
    uint64_t written;
    struct ecc_word cells;
};

struct model {
    bool has_ecc;
    bool has_scrub;
    struct model_word words[WORDS];
    struct dram_fault faults[FAULTS]; /* not the flips: they are in the cells */
    size_t fault_count;
    struct dram_error reports[DB_REPORTS];
    size_t report_count;
    uint64_t poison; /* of this read; all ones: none */
};

/* ---- Places ---- */

static struct dram_address place(unsigned word)
{
    struct dram_address at = {
        .column = (uint16_t)(word % COLUMNS),
        .bank = (uint8_t)(word / COLUMNS % BANKS),
        .row = word / COLUMNS / BANKS % ROWS,
    };

    dram_socket_place(word / COLUMNS / BANKS / ROWS, &at);
    return at;
}

static unsigned number(const struct dram_address *at)
{
    return ((dram_socket(at) * ROWS + at->row) * BANKS + at->bank) * COLUMNS + at->column;
}

static unsigned find(const struct model *model, uint64_t addr)
{
    for (unsigned i = 0; i < WORDS; i++) {
        if (model->words[i].addr == addr) return i;
    }
    return NOBODY;
}

static bool is_module(const struct dram_fault *fault, const struct dram_address *at)
{
    return dram_socket(&fault->where) == dram_socket(at);
}

/* The cells that an access to a word reaches; *is_refused. */
static unsigned reach(const struct model *model, unsigned word, bool *is_refused)
{
    struct dram_address at = place(word);

    *is_refused = false;
    for (size_t i = 0; i < model->fault_count; i++) {
        const struct dram_fault *fault = &model->faults[i];
        struct dram_address before = at;
        uint32_t on = fault->value ? BIT32(fault->line_bit) : 0;
        uint32_t off = ~BIT32(fault->line_bit);

        if (fault->kind != DRAM_FAULT_ADDRESS || !is_module(fault, &at)) continue;
        if (fault->line == DRAM_LINE_ROW) {
            at.row = (at.row & off) | on;
        } else if (fault->line == DRAM_LINE_COLUMN) {
            at.column = (uint16_t)((at.column & off) | on);
        } else {
            at.bank = (uint8_t)((at.bank & off) | on);
        }
        *is_refused = *is_refused || (fault->has_parity && number(&before) != number(&at));
    }
    return number(&at);
}

static bool is_stuck(const struct dram_fault *fault, const struct dram_address *at, bool is_pattern)
{
    const struct dram_address *w = &fault->where;
    bool is_row = w->row == at->row;
    bool is_column = w->column == at->column;
    bool is_bank = w->bank == at->bank;

    if (fault->kind == DRAM_FAULT_ADDRESS || !is_module(fault, at)) return false;
    if (is_pattern != (fault->kind != DRAM_FAULT_STUCK)) return false;
    if (fault->kind == DRAM_FAULT_STUCK) return is_row && is_column && is_bank;
    if (fault->kind == DRAM_FAULT_ROW) return is_row && is_bank;
    if (fault->kind == DRAM_FAULT_COLUMN) return is_column && is_bank;
    return true;
}

static struct ecc_word encode(uint64_t data)
{
    return (struct ecc_word){.data = data, .check = ecc_encode(data)};
}

static struct ecc_word sense(const struct model *model, unsigned cell)
{
    struct dram_address at = place(cell);
    struct ecc_word seen = model->words[cell].cells;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < model->fault_count; i++) {
            const struct dram_fault *fault = &model->faults[i];

            if (!is_stuck(fault, &at, pass == 1)) continue;
            seen.data = fault->value ? seen.data | fault->mask.data : seen.data & ~fault->mask.data;
            seen.check = (uint8_t)(fault->value ? seen.check | fault->mask.check
                                                : seen.check & ~fault->mask.check);
        }
    }
    return seen;
}

/* ---- Accesses ---- */

static void report(struct model *model, enum dram_error_kind kind, unsigned word, unsigned bit)
{
    assert_true(model->report_count < DB_REPORTS);
    model->reports[model->report_count++] = (struct dram_error){
        .kind = kind, .addr = model->words[word].addr, .at = place(word), .bit = (uint8_t)bit};
}

/* False: uncorrectable. */
static bool read_cells(struct model *model, unsigned word, unsigned cell, bool is_written_back)
{
    struct model_word *w = &model->words[cell];
    struct ecc_word seen = sense(model, cell);
    struct ecc_word good = encode(w->written);
    bool has_flips = memcmp(&good.data, &w->cells.data, 8) != 0 || good.check != w->cells.check;
    enum ecc_result result = ECC_CLEAN;
    unsigned bit = 0;

    if (model->has_ecc) {
        result = ecc_decode(&seen, &bit);
    }
    if (result == ECC_UNCORRECTABLE) {
        report(model, DRAM_ERROR_UNCORRECTED, word, 0);
        return false;
    }
    if (result == ECC_CORRECTED) {
        report(model, DRAM_ERROR_CORRECTED, word, bit);
    }
    w->written = seen.data;
    if ((result == ECC_CORRECTED && is_written_back) || !has_flips || !model->has_ecc) {
        w->cells = encode(seen.data);
    }
    return true;
}

static void write_bytes(uint64_t *data, uint64_t at, uint64_t addr, const uint8_t *bytes,
                        unsigned size)
{
    for (uint64_t i = 0; i < DRAM_WORD_BYTES; i++) {
        if (at + i >= addr && at + i < addr + size) {
            *data = bits_set(*data, (unsigned)(8 * i + 7), (unsigned)(8 * i), bytes[at + i - addr]);
        }
    }
}

static void model_write_word(struct model *model, unsigned word, unsigned cell, uint64_t addr,
                             const uint8_t *bytes, unsigned size)
{
    struct model_word *w = &model->words[cell];
    uint64_t at = model->words[word].addr;
    bool is_whole = addr <= at && addr + size >= at + DRAM_WORD_BYTES;
    struct ecc_word good = encode(w->written);
    struct ecc_word flips = {.data = w->cells.data ^ good.data,
                             .check = w->cells.check ^ good.check};

    if (is_whole || read_cells(model, word, cell, true)) {
        flips = (struct ecc_word){0};
    }
    write_bytes(&w->written, at, addr, bytes, size);
    good = encode(w->written);
    w->cells.data = good.data ^ flips.data;
    w->cells.check = good.check ^ flips.check;
}

/* A write takes `bytes`, a read compares them unless poisoned. */
static void model_access(struct model *model, bool is_write, uint64_t addr, uint8_t *bytes,
                         unsigned size)
{
    uint64_t refused_line = 1;

    model->report_count = 0;
    model->poison = UINT64_MAX;
    for (uint64_t at = align_down(addr, 8); at < addr + size; at += 8) {
        unsigned word = find(model, at);
        bool is_refused;
        unsigned cell = reach(model, word, &is_refused);

        if (is_refused) {
            if (align_down(at, 64) != refused_line) {
                report(model, DRAM_ERROR_COMMAND_PARITY, word, 0);
            }
            refused_line = align_down(at, 64);
            model->poison = min_u64(model->poison, at);
        } else if (is_write) {
            model_write_word(model, word, cell, addr, bytes, size);
        } else if (!read_cells(model, word, cell, model->has_scrub)) {
            model->poison = min_u64(model->poison, at);
        }
        for (uint64_t i = 0; i < 8 && !is_write; i++) {
            if (at + i >= addr && at + i < addr + size) {
                bytes[at + i - addr] = (uint8_t)(model->words[cell].written >> (8 * i));
            }
        }
    }
}

/* ---- A life ---- */

struct life {
    struct db houses[2];
    struct db *db; /* one of them */
    struct db_options options;
    struct model model;
    uint64_t random;
};

static uint64_t dice(struct life *life, uint64_t below)
{
    return (rig_random(&life->random) >> 16) % below;
}

static void compare_reports(struct life *life)
{
    assert_int_equal(life->db->report_count, life->model.report_count);
    for (size_t i = 0; i < life->model.report_count; i++) {
        const struct dram_error *a = &life->db->reports[i];
        const struct dram_error *b = &life->model.reports[i];

        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->addr, b->addr);
        assert_int_equal(a->bit, b->bit);
        assert_memory_equal(&a->at, &b->at, sizeof(a->at));
    }
}

/* An access of up to 64 bytes whose words are all known. */
static unsigned pick(struct life *life, uint64_t *addr)
{
    unsigned size = 1 + (unsigned)dice(life, dice(life, 2) == 0 ? 8 : 64);

    *addr = life->model.words[dice(life, WORDS)].addr;
    if (dice(life, 3) != 0) {
        size = 8;
    } else {
        *addr += dice(life, 8);
    }
    for (uint64_t at = align_down(*addr, 8); at < *addr + size; at += 8) {
        if (find(&life->model, at) == NOBODY || at / 4096 != *addr / 4096) {
            return (unsigned)(at - *addr);
        }
    }
    return size;
}

static void read_some(struct life *life)
{
    uint8_t got[64] = {0};
    uint8_t expected[64] = {0};
    uint64_t addr;
    uint64_t poison;
    unsigned size = pick(life, &addr);
    bool is_good;

    db_forget(life->db);
    model_access(&life->model, false, addr, expected, size);
    is_good = db_read(life->db, DRAM_ACCESS_READ, addr, got, size, &poison);
    compare_reports(life);
    assert_int_equal(is_good, life->model.poison == UINT64_MAX);
    if (is_good) {
        assert_memory_equal(got, expected, size);
    } else {
        assert_int_equal(poison, life->model.poison);
    }
}

static void write_some(struct life *life)
{
    uint8_t bytes[64];
    uint64_t addr;
    unsigned size = pick(life, &addr);

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(dice(life, 3) == 0 ? 0 : dice(life, 256));
    }
    db_forget(life->db);
    model_access(&life->model, true, addr, bytes, size);
    db_write(life->db, DRAM_ACCESS_DMA_WRITE, addr, bytes, size);
    compare_reports(life);
}

static struct ecc_word some_bits(struct life *life)
{
    struct ecc_word mask = {0};

    for (unsigned bits = 1 + (unsigned)dice(life, dice(life, 4) == 0 ? 6 : 2); bits > 0; bits--) {
        unsigned bit = (unsigned)dice(life, life->model.has_ecc ? 72 : 64);

        if (bit < 64) {
            mask.data |= BIT(bit);
        } else {
            mask.check |= (uint8_t)BIT32(bit - 64);
        }
    }
    return mask;
}

/* False when that line is stuck already: cells that nothing could reach are not kept, and must not come
 * within reach again. */
static bool make_line(struct life *life, struct dram_fault *fault)
{
    static const struct {
        enum dram_line line;
        uint8_t bit;
    } lines[] = {{DRAM_LINE_ROW, 0}, {DRAM_LINE_COLUMN, 3}, {DRAM_LINE_BANK, 0}};
    unsigned line = (unsigned)dice(life, ARRAY_LEN(lines));
    unsigned count = 0;

    fault->line = lines[line].line;
    fault->line_bit = lines[line].bit;
    fault->has_parity = dice(life, 2) == 0;
    for (size_t i = 0; i < life->model.fault_count; i++) {
        const struct dram_fault *other = &life->model.faults[i];

        if (other->kind != DRAM_FAULT_ADDRESS) continue;
        if (++count == LINES || (is_module(other, &fault->where) && other->line == fault->line))
            return false;
    }
    return true;
}

static void plant_some(struct life *life)
{
    struct model *model = &life->model;
    static const enum dram_fault_kind kinds[] = {
        DRAM_FAULT_FLIP, DRAM_FAULT_FLIP,   DRAM_FAULT_FLIP, DRAM_FAULT_FLIP, DRAM_FAULT_STUCK,
        DRAM_FAULT_ROW,  DRAM_FAULT_COLUMN, DRAM_FAULT_CHIP, DRAM_FAULT_DIMM, DRAM_FAULT_ADDRESS};
    struct dram_fault fault = {
        .kind = kinds[dice(life, ARRAY_LEN(kinds))],
        .where = place((unsigned)dice(life, WORDS)),
        .mask = some_bits(life),
        .value = dice(life, 2) == 0,
    };

    if (fault.kind == DRAM_FAULT_FLIP) {
        struct model_word *w = &model->words[number(&fault.where)];

        w->cells.data ^= fault.mask.data;
        w->cells.check ^= fault.mask.check;
        if (!model->has_ecc) {
            w->written = w->cells.data;
        }
    } else {
        if (model->fault_count == FAULTS) return;
        if (fault.kind == DRAM_FAULT_ADDRESS && !make_line(life, &fault)) return;
        model->faults[model->fault_count++] = fault;
    }
    db_plant(life->db, &fault);
}

static bool is_same(const struct dram_fault *a, const struct dram_fault *b)
{
    struct dram_address at = b->where;
    bool is_bank =
        b->kind == DRAM_FAULT_STUCK || b->kind == DRAM_FAULT_ROW || b->kind == DRAM_FAULT_COLUMN;

    at.bank = is_bank ? at.bank : 0;
    at.row = is_bank && b->kind != DRAM_FAULT_COLUMN ? at.row : 0;
    at.column = is_bank && b->kind != DRAM_FAULT_ROW ? at.column : 0;
    return a->kind == b->kind && memcmp(&a->where, &at, sizeof(at)) == 0 &&
           a->mask.data == b->mask.data && a->mask.check == b->mask.check && a->value == b->value;
}

/* Not address lines, for the reason above. */
static void repair_some(struct life *life)
{
    struct model *model = &life->model;
    size_t fault = model->fault_count > 0 ? dice(life, model->fault_count) : 0;

    if (model->fault_count == 0 || model->faults[fault].kind == DRAM_FAULT_ADDRESS) return;
    for (size_t i = 0; i < dram_fault_count(life->db->dut); i++) {
        if (!is_same(dram_fault(life->db->dut, i), &model->faults[fault])) continue;
        dram_repair(life->db->dut, i);
        break;
    }
    model->fault_count--;
    memmove(&model->faults[fault], &model->faults[fault + 1],
            (model->fault_count - fault) * sizeof(model->faults[0]));
}

/* Goes on in another machine, which has lived differently. */
static void move_house(struct life *life)
{
    struct db *other = &life->houses[life->db == &life->houses[0] ? 1 : 0];

    db_create(other, &life->options);
    db_flip(other, life->model.words[1].addr, 1, 0);
    (void)db_get(other, life->model.words[1].addr);
    db_flip(other, life->model.words[2].addr, 1, 0);
    rig_copy_state(life->db->rig, life->db->dut, other->rig, other->dut);
    for (unsigned i = 0; i < WORDS; i++) {
        uint64_t addr = life->model.words[i].addr;

        db_poke(other, addr, db_peek(life->db, addr));
    }
    assert_int_equal(device_state_hash(other->dut), device_state_hash(life->db->dut));
    db_destroy(life->db);
    life->db = other;
}

static void step(struct life *life)
{
    switch (dice(life, 32)) {
    case 0:
    case 1: plant_some(life); break;
    case 2: repair_some(life); break;
    case 3:
        if (dice(life, 8) != 0) {
            dram_settle(life->db->dut);
        } else {
            move_house(life);
        }
        break;
    default:
        if (dice(life, 5) < 3) {
            read_some(life);
        } else {
            write_some(life);
        }
        break;
    }
}

static void live(struct life *life, uint64_t seed)
{
    *life = (struct life){
        .options = {.has_no_ecc = seed % 4 == 3,
                    .has_no_scrub = seed % 2 != 0,
                    .is_close_page = seed / 4 % 2 != 0},
        .random = seed * 7919,
    };
    life->db = &life->houses[0];
    db_create(life->db, &life->options);
    life->model.has_ecc = !life->options.has_no_ecc;
    life->model.has_scrub = !life->options.has_no_scrub;
    for (unsigned i = 0; i < WORDS; i++) {
        struct dram_address at = place(i);

        life->model.words[i].addr = db_addr(life->db, &at);
        life->model.words[i].cells = encode(0);
    }
    for (unsigned i = 0; i < STEPS; i++) {
        step(life);
    }
    db_destroy(life->db);
}

static void the_device_agrees_with_the_model(void **state)
{
    struct life life;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        live(&life, seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_agrees_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
