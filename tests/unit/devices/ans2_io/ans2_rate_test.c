/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast the disk is in virtual time: the whole controller with two modules of flash, driven
 * through its queues. The targets are those of timing.md 5.4, with the tolerances of its goal G10.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/apple/t2_sep.h"
#include "devices/pci/pci.h"
#include "devices/storage/ans2.h"
#include "devices/storage/ssd_module.h"
#include "emu/base/bits.h"
#include "emu/core/media.h"
#include "tests/lib/nvme_host.h"

#define DATA          UINT64_C(0x1000000)
#define DATA_BYTES    (UINT64_C(24) << 20)
#define MODULE_BLOCKS UINT64_C(65536) /* 256 MiB */
#define BLOCKS        (MODULE_BLOCKS * RAID0_MODULES)
#define BLOCK         4096u
#define MIB_BLOCKS    256u
#define MB_BLOCKS     244u
#define FILLED        (UINT64_C(256) * MIB_BLOCKS)

/* Flash that remembers nothing: only times count. */
struct empty {
    struct host_media media;
    uint8_t *notes;
};

struct bench {
    struct nvme_host host;
    struct region region;
    uint8_t *ram;
    struct empty flash[RAID0_MODULES];
    struct device *module[RAID0_MODULES];
    struct device sep;
    struct xts *volume;
};

struct xts *t2_sep_volume(struct device *sep)
{
    return CONTAINER_OF(sep, struct bench, sep)->volume;
}

bool t2_sep_erase(struct device *sep)
{
    (void)sep;
    return false;
}

static int flash_read(void *ctx, uint64_t block, size_t count, void *data)
{
    (void)ctx, (void)block;
    memset(data, 0, count * BLOCK);
    return 0;
}

static int flash_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    (void)ctx, (void)block, (void)count, (void)data;
    return 0;
}

static int flash_discard(void *ctx, uint64_t block, uint64_t count)
{
    (void)ctx, (void)block, (void)count;
    return 0;
}

static int flash_flush(void *ctx)
{
    (void)ctx;
    return 0;
}

static int flash_read_notes(void *ctx, uint64_t offset, void *data, size_t bytes)
{
    memcpy(data, ((struct empty *)ctx)->notes + offset, bytes);
    return 0;
}

static int flash_write_notes(void *ctx, uint64_t offset, const void *data, size_t bytes)
{
    memcpy(((struct empty *)ctx)->notes + offset, data, bytes);
    return 0;
}

static uint64_t flash_seal(void *ctx)
{
    (void)ctx;
    return 1;
}

static void create_module(struct bench *bench, unsigned index)
{
    static const char *const path[RAID0_MODULES] = {"/ssd0", "/ssd1"};
    const uint64_t notes = UINT64_C(4) << 20;
    struct empty *flash = &bench->flash[index];
    const struct ssd_module_config config = {.media = &flash->media};

    flash->notes = calloc(1, notes);
    assert_non_null(flash->notes);
    flash->media = (struct host_media){
        .ctx = flash,
        .blocks = MODULE_BLOCKS,
        .notes_bytes = notes,
        .read = flash_read,
        .write = flash_write,
        .discard = flash_discard,
        .flush = flash_flush,
        .read_notes = flash_read_notes,
        .write_notes = flash_write_notes,
        .seal = flash_seal,
    };
    bench->module[index] = rig_device(bench->host.rig, &ssd_module_class, path[index], &config);
    assert_false(ssd_module_is_failed(bench->module[index]));
}

static int setup(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));
    const uint8_t key[XTS_KEY_BYTES] = {1};
    struct ans2_config config = {.blocks = BLOCKS};
    const struct pci_config alone = {.part = &config};
    struct error err = ERROR_INIT;

    bench->host.rig = rig_create();
    bench->ram = calloc(1, DATA_BYTES);
    assert_non_null(bench->ram);
    bench->region = (struct region){
        .name = "data", .bytes = DATA_BYTES, .kind = REGION_RAM, .host = bench->ram};
    assert_int_equal(bus_map(bench->host.rig->memory, &bench->region, DATA, &err), 0);
    bench->volume = xts_create(key);
    assert_non_null(bench->volume);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        create_module(bench, i);
        config.module[i] = bench->module[i];
    }
    bench->host.ans2 = rig_device(bench->host.rig, &ans2_class, "/ans2", &alone);
    ans2_attach_sep(bench->host.ans2, &bench->sep);
    nvme_host_start(&bench->host);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    bus_unmap(bench->host.rig->memory, &bench->region);
    rig_destroy(bench->host.rig);
    xts_destroy(bench->volume);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        free(bench->flash[i].notes);
    }
    free(bench->ram);
    test_free(bench);
    return 0;
}

/* Moves one after the other, or anywhere in what fill() wrote. */
struct load {
    uint8_t opcode;
    uint32_t blocks; /* of each */
    unsigned count;
    unsigned depth;
    uint64_t random; /* 0: one after the other */
    uint64_t lba;    /* of the next one */
};

static void begin(struct bench *bench, struct load *load, uint16_t cid)
{
    const struct nvme_move move = {
        .opcode = load->opcode,
        .lba = load->lba,
        .blocks = load->blocks,
        .addr = DATA + (uint64_t)cid * MIB_BLOCKS * BLOCK,
    };

    nvme_host_move(&bench->host, &move, cid);
    load->lba += load->blocks;
    if (load->random != 0) {
        load->lba = rig_random(&load->random) % (FILLED - load->blocks);
    }
}

/* Time for all. */
static vtime run(struct bench *bench, struct load load)
{
    const vtime start = rig_now(bench->host.rig);
    unsigned begun = 0;

    while (begun < load.depth) {
        begin(bench, &load, (uint16_t)begun);
        begun++;
    }
    for (unsigned ended = 0; ended < load.count; ended++) {
        const struct nvme_done done = nvme_host_wait(&bench->host, 1);

        assert_int_equal(done.status, NVME_OK);
        if (begun < load.count) {
            begin(bench, &load, done.cid);
            begun++;
        }
    }
    return rig_now(bench->host.rig) - start;
}

/* Megabytes (1000000 bytes) a second. */
static uint64_t rate(struct bench *bench, struct load load)
{
    const vtime took = run(bench, load);

    return (uint64_t)load.count * load.blocks * BLOCK * 1000000 / took;
}

/* Data in flash, and nothing left in the write caches. */
static void fill(struct bench *bench)
{
    (void)run(bench, (struct load){.opcode = NVME_CMD_WRITE,
                                   .blocks = MIB_BLOCKS,
                                   .count = (unsigned)(FILLED / MIB_BLOCKS),
                                   .depth = 4});
    rig_advance(bench->host.rig, VTIME_S(1));
}

static void assert_about(const char *what, uint64_t value, uint64_t target, unsigned percent)
{
    print_message("%s: %llu, want %llu\n", what, (unsigned long long)value,
                  (unsigned long long)target);
    assert_in_range(value * 100, target * (100 - percent), target * (100 + percent));
}

static void test_reading_1_mb_at_a_time(void **state)
{
    struct bench *bench = *state;

    fill(bench);
    assert_about(
        "MB/s read",
        rate(bench,
             (struct load){.opcode = NVME_CMD_READ, .blocks = MB_BLOCKS, .count = 200, .depth = 1}),
        2467, 5);
}

static void test_writing_1_mb_at_a_time(void **state)
{
    struct bench *bench = *state;

    assert_about(
        "MB/s written",
        rate(bench,
             (struct load){.opcode = NVME_CMD_WRITE, .blocks = MB_BLOCKS, .count = 40, .depth = 1}),
        3024, 5);
}

static void test_reading_4_kib_at_a_time(void **state)
{
    struct bench *bench = *state;
    const unsigned count = 500;
    struct load load = {
        .opcode = NVME_CMD_READ, .blocks = 1, .count = count, .depth = 1, .random = 3};

    fill(bench);
    assert_about("ns for a block", run(bench, load) / count / 1000, 90000, 10);
}

/* Many at once: dies work side by side, and a command does not wait for others' dies. */
static void test_many_small_reads(void **state)
{
    struct bench *bench = *state;
    struct load load = {
        .opcode = NVME_CMD_READ, .blocks = 1, .count = 2000, .depth = 24, .random = 5};
    vtime took;

    fill(bench);
    took = run(bench, load) / load.count;
    print_message("%llu ns\n", (unsigned long long)(took / 1000));
    assert_true(took < VTIME_US(90) / 12);
}

static void test_many_large_reads_fill_the_link(void **state)
{
    struct bench *bench = *state;
    struct load load = {.opcode = NVME_CMD_READ, .blocks = MIB_BLOCKS, .count = 200, .depth = 8};

    fill(bench);
    assert_about("MB/s read", rate(bench, load), 3050, 7);
}

/* More than the caches hold: as fast as 32 dies programme. */
static void test_writing_more_than_the_cache_holds(void **state)
{
    struct bench *bench = *state;
    struct load load = {.opcode = NVME_CMD_WRITE, .blocks = MIB_BLOCKS, .count = 400, .depth = 4};

    fill(bench);
    assert_about("MB/s written", rate(bench, load), 1850, 15);
}

/* One module reads at the rate of four channels: two stripes of it take longer than one of each. */
static void test_two_modules_are_faster_than_one(void **state)
{
    struct bench *bench = *state;
    struct load load = {.opcode = NVME_CMD_READ, .blocks = RAID0_STRIPE, .count = 1, .depth = 1};
    vtime one;
    vtime both;

    fill(bench);
    nvme_host_move(&bench->host, &(struct nvme_move){NVME_CMD_READ, 0, RAID0_STRIPE, DATA}, 0);
    (void)nvme_host_wait(&bench->host, 1);
    one = rig_now(bench->host.rig);
    nvme_host_move(&bench->host, &(struct nvme_move){NVME_CMD_READ, 0, RAID0_STRIPE, DATA}, 0);
    nvme_host_move(&bench->host,
                   &(struct nvme_move){NVME_CMD_READ, 2 * RAID0_STRIPE, RAID0_STRIPE, DATA}, 1);
    (void)nvme_host_wait(&bench->host, 1);
    (void)nvme_host_wait(&bench->host, 1);
    one = rig_now(bench->host.rig) - one;
    load.blocks = 2 * RAID0_STRIPE;
    both = run(bench, load);
    print_message("%llu ns and %llu ns\n", (unsigned long long)(one / 1000),
                  (unsigned long long)(both / 1000));
    assert_true(both + both / 10 < one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reading_1_mb_at_a_time),          TEST(test_writing_1_mb_at_a_time),
        TEST(test_reading_4_kib_at_a_time),         TEST(test_many_small_reads),
        TEST(test_many_large_reads_fill_the_link),  TEST(test_writing_more_than_the_cache_holds),
        TEST(test_two_modules_are_faster_than_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
