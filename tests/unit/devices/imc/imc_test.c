/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory controllers as firmware and Linux see them: all rows of the table that are theirs on a
 * host bridge, programmed through configuration space with the 32 GB of reference/hardware.md 3.4.
 */
#include "devices/memory/imc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "devices/pci/inert.h"
#include "emu/base/bits.h"
#include "emu/core/snap.h"
#include "tests/unit/devices/pci/tree.h"

#define GIB          30
#define LIMITS       "/pci/03/05.0"
#define ROUTE        "/pci/03/0e.0"
#define SAD          "/pci/03/1d.0"
#define UTIL         "/pci/03/1d.1"
#define ERRORS       "/pci/05/0a.7" /* controller 0, channel 1 */
#define OTHER_ERRORS "/pci/05/0d.3" /* controller 1, channel 2 */
#define LOG          0x154
#define ADDRESS1     0x15c
#define ADDRESS2     0x114
#define STATUS       0x134

#define MULTI_FUNCTION UINT32_C(0x00800000)

struct bench {
    struct tree *tree;
    struct device *imc;
    unsigned changes;
};

static void changed(void *ctx)
{
    struct bench *bench = ctx;

    bench->changes++;
}

static struct bench *bench_create(void)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    const struct imc_config config = {.ctx = bench, .layout_changed = changed};

    assert_non_null(bench);
    bench->tree = tree_create();
    bench->imc = rig_device(bench->tree->rig, &imc_class, "/imc", &config);
    for (size_t i = 0; i < pci_part_count; i++) {
        const struct pci_part *row = &pci_parts[i];
        const struct imc_function_config own = {.part = row->part,
                                                .imc = bench->imc,
                                                .root = row->root,
                                                .slot = row->slot,
                                                .function = row->function};

        if (!imc_is_function(row->part->desc)) continue;
        assert_null(row->parent);
        (void)tree_add(bench->tree, pci_host_root(bench->tree->host, row->root),
                       PCI_DEVFN(row->slot, row->function), row->path, &imc_function_class, &own);
    }
    return bench;
}

static void bench_destroy(struct bench *bench)
{
    tree_destroy(bench->tree);
    free(bench);
}

static void put(struct bench *bench, const char *path, unsigned offset, uint32_t value)
{
    pci_config_write(tree_find(bench->tree, path), offset, 4, value);
}

static uint32_t get(struct bench *bench, const char *path, unsigned offset)
{
    return pci_config_read(tree_find(bench->tree, path), offset, 4);
}

/* Everything but the SAD rules. */
static void program_channels(struct bench *bench)
{
    static const char *const limits[] = {LIMITS, "/pci/05/05.0", "/pci/f0/05.0"};
    static const char *const firsts[] = {"/pci/05/0a.0", "/pci/05/0c.0"};
    static const char *const channels[] = {"/pci/05/0a.0", "/pci/05/0a.4", "/pci/05/0c.0",
                                           "/pci/05/0c.4"};

    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        put(bench, limits[i], 0xd0, 0x80000000);
        put(bench, limits[i], 0xd4, 0x80000000);
        put(bench, limits[i], 0xd8, 8);
    }
    put(bench, ROUTE, 0xb4, 0x01100240);
    for (size_t i = 0; i < ARRAY_LEN(firsts); i++) {
        put(bench, firsts[i], 0x854, 0x00040000);
        put(bench, firsts[i], 0x880, 0x0001f500);
        put(bench, firsts[i], 0x884, 0x0021f500);
        put(bench, firsts[i], 0x87c, 4);
    }
    for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
        put(bench, channels[i], 0x94, 0x200);
        put(bench, channels[i], 0x108, 0x8000001e);
        put(bench, channels[i], 0x80, 0x8110);
    }
}

static void program(struct bench *bench)
{
    program_channels(bench);
    put(bench, SAD, 0x64, 0xba98ba98);
    put(bench, SAD, 0x74, 0xba98ba98);
    put(bench, SAD, 0x68, 0x00001f80);
    put(bench, SAD, 0x60, 0x00000f81);
    put(bench, SAD, 0x70, 0x00010f81);
}

/* ---- Decoding ---- */

static void test_nothing_at_power_on(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    assert_int_equal(imc_layout(bench->imc)->zone_count, 0);
    assert_int_equal(bench->changes, 0);
    assert_int_equal(get(bench, SAD, 0x60), 0);
    assert_int_equal(get(bench, LIMITS, 0xd0), 0);
    assert_int_equal(get(bench, ROUTE, 0xb4), 0);
    bench_destroy(bench);
}

static void test_memory_appears_with_rules(void **state)
{
    struct bench *bench = bench_create();
    const struct imc_layout *layout = imc_layout(bench->imc);
    struct dram_address at;

    (void)state;
    program_channels(bench);
    assert_int_equal(bench->changes, 0);
    put(bench, SAD, 0x64, 0xba98ba98);
    put(bench, SAD, 0x68, 0x00001f80);
    assert_int_equal(bench->changes, 0);
    put(bench, SAD, 0x60, 0x00000f81);
    assert_int_equal(bench->changes, 1);
    assert_int_equal(layout->zone_count, 1);
    assert_int_equal(layout->zones[0].end, UINT64_C(2) << GIB);
    put(bench, SAD, 0x74, 0xba98ba98);
    put(bench, SAD, 0x70, 0x00010f81);
    assert_int_equal(bench->changes, 2);
    assert_int_equal(layout->zone_count, 2);
    assert_int_equal(layout->zones[1].base, UINT64_C(4) << GIB);
    assert_int_equal(layout->zones[1].end, UINT64_C(34) << GIB);
    assert_true(imc_layout_decode(layout, 0xc0, &at));
    assert_int_equal(at.imc, 1);
    assert_int_equal(at.channel, 1);
    bench_destroy(bench);
}

/* The same value again, ECC on or off, a chip's width: nothing moves. */
static void test_change_only_when_decoding_changes(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    program(bench);
    assert_int_equal(bench->changes, 2);
    put(bench, SAD, 0x60, 0x00000f81);
    put(bench, "/pci/05/0a.0", 0x87c, 0);
    put(bench, "/pci/05/0a.0", 0x80, 0x8010);
    put(bench, "/pci/05/0b.0", 0x8c, 1);
    assert_int_equal(bench->changes, 2);
    put(bench, "/pci/05/0a.0", 0x87c, 0x200); /* bank XOR */
    assert_int_equal(bench->changes, 3);
    put(bench, "/pci/05/0c.4", 0x80, 0); /* no module any more */
    assert_int_equal(bench->changes, 4);
    assert_int_equal(imc_layout(bench->imc)->zone_count, 0);
    bench_destroy(bench);
}

/* Byte lanes, as configuration accesses of 8 and 16 bits make them. */
static void test_bytes(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    program(bench);
    pci_config_write(tree_find(bench->tree, SAD), 0x60, 1, 0x80);
    assert_int_equal(imc_layout(bench->imc)->zone_count, 1);
    pci_config_write(tree_find(bench->tree, SAD), 0x60, 2, 0x0f81);
    assert_int_equal(imc_layout(bench->imc)->zone_count, 2);
    bench_destroy(bench);
}

/* Linux takes TOLM of the first function, and the first MCROUTE that is not 0. */
static void test_which_of_several(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    program(bench);
    put(bench, "/pci/f0/05.0", 0xd0, 0);
    put(bench, "/pci/05/05.0", 0xd8, 0);
    put(bench, "/pci/03/0f.1", 0xb4, 0x01100240);
    assert_int_equal(bench->changes, 2);
    put(bench, ROUTE, 0xb4, 0);
    assert_int_equal(bench->changes, 2);
    assert_int_equal(imc_layout(bench->imc)->registers.mcroute, 0x01100240);
    put(bench, "/pci/03/0f.1", 0xb4, 0);
    assert_int_equal(imc_layout(bench->imc)->zone_count, 0);
    bench_destroy(bench);
}

/* The registers of a controller are in the function of its first channel. */
static void test_first_channel(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    put(bench, SAD, 0x60 + 8 * 23, 0x12345678);
    put(bench, "/pci/05/0b.0", 0x87c, 4);
    put(bench, "/pci/05/0b.0", 0x850, 4);
    put(bench, "/pci/05/0b.0", 0x400, 1);
    assert_int_equal(get(bench, SAD, 0x60 + 8 * 23), 0x12345678);
    assert_int_equal(get(bench, "/pci/05/0b.0", 0x87c), 0);
    assert_int_equal(get(bench, "/pci/05/0b.0", 0x850), 0);
    assert_int_equal(get(bench, "/pci/05/0b.0", 0x400), 1);
    bench_destroy(bench);
}

static void test_limits(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    put(bench, LIMITS, 0xd0, UINT32_MAX);
    put(bench, LIMITS, 0xd4, UINT32_MAX);
    put(bench, LIMITS, 0xd8, UINT32_MAX);
    assert_int_equal(get(bench, LIMITS, 0xd0), 0xfc000000);
    assert_int_equal(get(bench, LIMITS, 0xd4), 0xfc000000);
    assert_int_equal(get(bench, LIMITS, 0xd8), 0xffffffff);
    put(bench, UTIL, 0xf0, UINT32_MAX);
    put(bench, UTIL, 0xf4, UINT32_MAX);
    assert_int_equal(get(bench, UTIL, 0xf0), 0);
    assert_int_equal(get(bench, UTIL, 0xf4), 0);
    bench_destroy(bench);
}

static void reset_all(struct bench *bench, enum reset_kind kind)
{
    device_reset(bench->imc, kind);
    for (size_t i = 0; i < bench->tree->count; i++) {
        device_reset(bench->tree->devices[i], kind);
    }
}

static void test_reset(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    program(bench);
    reset_all(bench, RESET_BUS);
    assert_int_equal(imc_layout(bench->imc)->zone_count, 0);
    assert_true(bench->changes > 2);
    assert_int_equal(get(bench, SAD, 0x60), 0);
    assert_int_equal(get(bench, "/pci/05/0a.4", 0x80), 0);
    bench_destroy(bench);
}

/* ---- Snapshots ---- */

static void save(struct bench *bench, struct snap_writer *writer)
{
    device_save(bench->imc, writer);
    for (size_t i = 0; i < bench->tree->count; i++) {
        device_save(bench->tree->devices[i], writer);
    }
}

static void load(struct bench *bench, struct snap_reader *reader)
{
    struct error err = ERROR_INIT;

    assert_int_equal(device_load(bench->imc, reader, &err), 0);
    for (size_t i = 0; i < bench->tree->count; i++) {
        assert_int_equal(device_load(bench->tree->devices[i], reader, &err), 0);
    }
}

/* The layout of a snapshot comes at once, when the last function is loaded: no mixture of the two is
 * ever shown. */
static void test_snapshot(void **state)
{
    struct bench *from = bench_create();
    struct bench *to = bench_create();
    struct snap_writer *writer = snap_writer_create();
    struct snap_reader *reader;
    struct error err = ERROR_INIT;
    size_t bytes;
    const void *data;

    (void)state;
    program(from);
    save(from, writer);
    data = snap_finish(writer, "test", &bytes);
    reader = snap_reader_create(data, bytes, "test", &err);
    assert_non_null(reader);
    put(to, LIMITS, 0xd0, 0x40000000);
    load(to, reader);
    assert_int_equal(to->changes, 1);
    assert_memory_equal(imc_layout(to->imc), imc_layout(from->imc), sizeof(struct imc_layout));
    load(to, reader);
    assert_int_equal(to->changes, 1);
    snap_reader_destroy(reader);
    snap_writer_destroy(writer);
    bench_destroy(from);
    bench_destroy(to);
}

/* ---- Errors ---- */

static struct dram_error corrected(unsigned rank, unsigned bit)
{
    return (struct dram_error){
        .kind = DRAM_ERROR_CORRECTED,
        .addr = UINT64_C(0x123456788),
        .at = {.channel = 1,
               .rank = (uint8_t)rank,
               .bank_group = 2,
               .bank = 3,
               .column = 0x155,
               .row = 0x12a},
        .bit = (uint8_t)bit,
    };
}

static void test_counters(void **state)
{
    struct bench *bench = bench_create();

    (void)state;
    for (unsigned rank = 0; rank < 4; rank++) {
        struct dram_error error = corrected(rank, 0);

        for (unsigned i = 0; i <= rank; i++) {
            imc_count_error(bench->imc, &error);
        }
    }
    assert_int_equal(get(bench, ERRORS, 0x104), 0x00020001);
    assert_int_equal(get(bench, ERRORS, 0x108), 0x00040003);
    assert_int_equal(get(bench, ERRORS, 0x10c), 0);
    assert_int_equal(get(bench, OTHER_ERRORS, 0x104), 0);
    assert_int_equal(get(bench, ERRORS, STATUS), 0);
    put(bench, ERRORS, 0x104, 0);
    assert_int_equal(get(bench, ERRORS, 0x104), 0);
    reset_all(bench, RESET_BUS); /* sticky */
    assert_int_equal(get(bench, ERRORS, 0x108), 0x00040003);
    reset_all(bench, RESET_POWER_ON);
    assert_int_equal(get(bench, ERRORS, 0x108), 0);
    bench_destroy(bench);
}

/* The overflow bit comes on at the threshold, the count starts again, and both stay until cleared. */
static void test_threshold(void **state)
{
    struct bench *bench = bench_create();
    struct dram_error error = corrected(1, 0);

    (void)state;
    put(bench, ERRORS, 0x11c, 0x00037fff);
    for (unsigned i = 0; i < 2; i++) {
        imc_count_error(bench->imc, &error);
    }
    assert_int_equal(get(bench, ERRORS, 0x104), 0x00020000);
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, 0x104), 0x80000000);
    assert_int_equal(get(bench, ERRORS, STATUS), 0x02);
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, 0x104), 0x80010000);
    put(bench, ERRORS, STATUS, 0x02);
    assert_int_equal(get(bench, ERRORS, STATUS), 0);
    put(bench, ERRORS, 0x104, 0x80000000);
    assert_int_equal(get(bench, ERRORS, 0x104), 0);
    bench_destroy(bench);
}

static void test_counter_saturates(void **state)
{
    struct bench *bench = bench_create();
    struct dram_error error = corrected(0, 0);

    (void)state;
    for (unsigned i = 0; i < 0x7fff; i++) {
        imc_count_error(bench->imc, &error);
    }
    assert_int_equal(get(bench, ERRORS, 0x104), 0x8000);
    for (unsigned i = 0; i < 0x8100; i++) {
        imc_count_error(bench->imc, &error);
    }
    assert_int_equal(get(bench, ERRORS, 0x104), 0xffff);
    bench_destroy(bench);
}

static void test_read_log(void **state)
{
    struct bench *bench = bench_create();
    struct dram_error error = corrected(1, 65);

    (void)state;
    assert_int_equal(get(bench, ERRORS, LOG), 0x8000);
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, LOG), 0x8009);
    assert_int_equal(get(bench, ERRORS, ADDRESS1), 0x0155e040);
    assert_int_equal(get(bench, ERRORS, ADDRESS2), 0x12a);
    assert_int_equal(get(bench, ERRORS, 0x148), 0x02); /* syndrome of check bit 1 */
    error.at.row = 7;
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, LOG), 0x800d);
    assert_int_equal(get(bench, ERRORS, ADDRESS2), 7);
    error.kind = DRAM_ERROR_UNCORRECTED; /* stays until somebody has read it */
    error.at.row = 8;
    imc_count_error(bench->imc, &error);
    error.at.row = 9;
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, LOG), 0x800f);
    assert_int_equal(get(bench, ERRORS, ADDRESS2), 8);
    put(bench, ERRORS, LOG, 0xc000); /* first one only */
    error.kind = DRAM_ERROR_CORRECTED;
    imc_count_error(bench->imc, &error);
    error.at.row = 10;
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, LOG), 0xc009);
    assert_int_equal(get(bench, ERRORS, ADDRESS2), 9);
    put(bench, ERRORS, LOG, 0); /* off */
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, LOG), 0);
    bench_destroy(bench);
}

/* Command parity is no read; a third module has no counters. */
static void test_not_counted(void **state)
{
    struct bench *bench = bench_create();
    struct dram_error error = corrected(0, 0);

    (void)state;
    error.kind = DRAM_ERROR_COMMAND_PARITY;
    imc_count_error(bench->imc, &error);
    error = corrected(0, 0);
    error.at.dimm = 2;
    imc_count_error(bench->imc, &error);
    assert_int_equal(get(bench, ERRORS, 0x104), 0);
    assert_int_equal(get(bench, ERRORS, LOG), 0x8000);
    bench_destroy(bench);
}

/* ---- Machine-check banks ---- */

static void test_banks(void **state)
{
    static const struct expected {
        struct dram_error error;
        unsigned bank;
        uint64_t status;
    } cases[] = {
        {{.kind = DRAM_ERROR_CORRECTED}, 13, UINT64_C(0x8c00004000800090)},
        {{.kind = DRAM_ERROR_CORRECTED, .at = {.channel = 1}}, 14, UINT64_C(0x8c00004000800091)},
        {{.kind = DRAM_ERROR_CORRECTED, .at = {.channel = 2}}, 17, UINT64_C(0x8c00004000800092)},
        {{.kind = DRAM_ERROR_CORRECTED, .at = {.imc = 1}}, 15, UINT64_C(0x8c00004000800090)},
        {{.kind = DRAM_ERROR_CORRECTED, .at = {.imc = 1, .channel = 1}},
         16,
         UINT64_C(0x8c00004000800091)},
        {{.kind = DRAM_ERROR_CORRECTED, .at = {.imc = 1, .channel = 2}},
         18,
         UINT64_C(0x8c00004000800092)},
        {{.kind = DRAM_ERROR_CORRECTED, .during = DRAM_ACCESS_WRITE},
         13,
         UINT64_C(0x8c000040008000a0)},
        {{.kind = DRAM_ERROR_CORRECTED, .is_patrol = true}, 13, UINT64_C(0x8c000040000800c0)},
        {{.kind = DRAM_ERROR_UNCORRECTED}, 7, UINT64_C(0xbc00000000010090)},
        {{.kind = DRAM_ERROR_UNCORRECTED, .at = {.imc = 1, .channel = 1}},
         8,
         UINT64_C(0xbc00000000010091)},
        {{.kind = DRAM_ERROR_UNCORRECTED, .is_patrol = true, .at = {.channel = 1}},
         14,
         UINT64_C(0xbd000000001000c1)},
        {{.kind = DRAM_ERROR_COMMAND_PARITY, .at = {.imc = 1}}, 15, UINT64_C(0xbf000000020000b0)},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct dram_error error = cases[i].error;
        struct imc_mca mca;

        error.addr = UINT64_C(0x123456788);
        mca = imc_mca_encode(&error);
        assert_int_equal(mca.bank, cases[i].bank);
        assert_int_equal(mca.status, cases[i].status);
        assert_int_equal(mca.addr, error.addr);
        assert_int_equal(mca.misc, 0x83);
        assert_int_equal((mca.status & 0xefff) >> 7, 1); /* what skx_edac looks at */
    }
}

/* ---- Rows ---- */

static void test_rows(void **state)
{
    unsigned count = 0;
    struct error err = ERROR_INIT;
    struct rig *rig = rig_create();

    (void)state;
    for (size_t i = 0; i < pci_part_count; i++) {
        const struct imc_function_config own = {.part = pci_parts[i].part};
        const struct pci_config config = {.part = &own};

        count += imc_is_function(pci_parts[i].part->desc);
        if (!imc_is_function(pci_parts[i].part->desc)) {
            assert_null(device_create(&imc_function_class, "/x", &rig->env, &config, &err));
        }
    }
    assert_int_equal(count, 3 + 10 + 2 + 24);
    rig_destroy(rig);
}

static bool has_errors(const struct pci_fn *fn)
{
    return fn->desc->device == 0x2043 || fn->desc->device == 0x2047 || fn->desc->device == 0x204b;
}

/* Header and capabilities are those of the table, byte for byte; registers come up 0 but for the
 * thresholds and the log's enable bit. */
static void test_same_as_the_table(void **state)
{
    struct bench *bench = bench_create();
    struct tree *table = tree_create_full();

    (void)state;
    assert_int_equal(bench->tree->count, 39);
    for (size_t i = 0; i < bench->tree->count; i++) {
        const struct device *device = bench->tree->devices[i];
        struct pci_fn *fn = tree_find(bench->tree, device->path);
        struct pci_fn *inert = tree_find(table, device->path);

        for (unsigned at = 0; at < PCI_CONFIG_BYTES; at += 4) {
            uint32_t expected = pci_config_get(inert, at, 4);

            if (has_errors(fn) && at >= 0x11c && at < 0x12c) {
                expected = 0x7fff7fff;
            } else if (has_errors(fn) && at == LOG) {
                expected = 0x8000;
            }
            if (at == 0x0c) {
                expected &= ~MULTI_FUNCTION; /* the others of the slot are not here */
            }
            assert_int_equal(pci_config_get(fn, at, 4) & ~(at == 0x0c ? MULTI_FUNCTION : 0),
                             expected);
        }
    }
    tree_destroy(table);
    bench_destroy(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_at_power_on),
        cmocka_unit_test(test_memory_appears_with_rules),
        cmocka_unit_test(test_change_only_when_decoding_changes),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_which_of_several),
        cmocka_unit_test(test_first_channel),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_counter_saturates),
        cmocka_unit_test(test_read_log),
        cmocka_unit_test(test_not_counted),
        cmocka_unit_test(test_banks),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_same_as_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
