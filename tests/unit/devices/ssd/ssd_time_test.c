/* SPDX-License-Identifier: GPL-2.0-only */
/* How long an SSD module takes: reads, writes into the cache and past it, flushes, two modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "devices/storage/raid0.h"
#include "emu/timing/nand.h"
#include "tests/unit/devices/ssd/ssd_bench.h"

#define BLOCKS UINT64_C(65536) /* 256 MiB */
#define CACHE  8192u
#define MB     UINT64_C(1000000)

static bool is_near(uint64_t value, uint64_t wanted)
{
    return value > wanted - wanted / 20 && value < wanted + wanted / 20;
}

static uint64_t rate(uint64_t blocks, vtime time)
{
    return blocks * BLOCK * VTIME_US(1) / (time / VTIME_US(1));
}

static int begin(void **state)
{
    return ssd_fixture_begin(state, BLOCKS);
}

/* Fills [0, count), drains and lets all dies come to rest. */
static void prepare(struct ssd_bench *bench, uint32_t count)
{
    ssd_write(bench, 0, count, 1);
    rig_advance(bench->rig, VTIME_MS(100));
}

static vtime read_time(struct ssd_bench *bench, uint64_t block, uint32_t count)
{
    const vtime now = rig_now(bench->rig);

    return ssd_module_book_read(bench->module, block, count, now) - now;
}

static void one_block_takes_t_r_and_its_transfer(void **state)
{
    struct ssd_fixture *f = *state;

    prepare(&f->bench, 64);
    assert_int_equal(read_time(&f->bench, 20, 1), NAND_READ_PS + nand_transfer(BLOCK));
}

static void what_is_in_no_flash_takes_no_time(void **state)
{
    struct ssd_fixture *f = *state;

    assert_int_equal(read_time(&f->bench, 0, 32), 0); /* unmapped */
    ssd_store(&f->bench, 5, 1);
    assert_int_equal(read_time(&f->bench, 5, 1), 0); /* in the cache */
}

static void a_stripe_is_read_from_four_channels_at_once(void **state)
{
    struct ssd_fixture *f = *state;

    prepare(&f->bench, 64);
    assert_int_equal(read_time(&f->bench, 0, 32), NAND_READ_PS + nand_transfer(8 * BLOCK));
}

static void sequential_reads_run_at_half_of_3600_mb_s(void **state)
{
    struct ssd_fixture *f = *state;

    prepare(&f->bench, 16384);
    assert_true(is_near(rate(16384, read_time(&f->bench, 0, 16384)), 1800 * MB));
}

static void the_cache_takes_writes_at_link_rate(void **state)
{
    struct ssd_fixture *f = *state;
    const vtime start = rig_now(f->bench.rig);

    ssd_write(&f->bench, 0, CACHE, 1);
    assert_true(is_near(rate(CACHE, rig_now(f->bench.rig) - start), 3320 * MB));
}

static void a_full_cache_takes_writes_at_half_of_1600_mb_s(void **state)
{
    struct ssd_fixture *f = *state;
    vtime start;

    ssd_write(&f->bench, 0, 2 * CACHE, 1);
    start = rig_now(f->bench.rig);
    ssd_write(&f->bench, 2 * CACHE, 3 * CACHE, 1);
    assert_true(is_near(rate(3 * CACHE, rig_now(f->bench.rig) - start), 800 * MB));
    /* What was booked is what happened: the cache is full, not fuller. */
    assert_true(f->media->blocks_written > 4 * CACHE - 300);
    assert_true(f->media->blocks_written < 4 * CACHE + 300);
}

static void a_full_cache_drains_at_half_of_1600_mb_s(void **state)
{
    struct ssd_fixture *f = *state;
    vtime start;

    for (uint32_t i = 0; i < CACHE; i++) {
        ssd_store(&f->bench, i, 1);
    }
    start = rig_now(f->bench.rig);
    while (sched_next(f->bench.rig->sched) != VTIME_NEVER) {
        rig_advance_to(f->bench.rig, sched_next(f->bench.rig->sched));
    }
    assert_int_equal(f->media->blocks_written, CACHE);
    assert_true(is_near(rate(CACHE, rig_now(f->bench.rig) - start), 800 * MB));
}

static void a_flush_takes_until_everything_is_programmed(void **state)
{
    struct ssd_fixture *f = *state;
    const vtime row = nand_transfer(2 * NAND_PAGE_BYTES) + NAND_PROGRAM_PS;
    vtime done;

    assert_int_equal(ssd_module_book_flush(f->bench.module, 0), 0);
    ssd_store(&f->bench, 9, 1);
    done = ssd_module_book_flush(f->bench.module, 0);
    assert_int_equal(done, nand_transfer(NAND_PAGE_BYTES) + NAND_PROGRAM_PS);
    rig_advance_to(f->bench.rig, done);
    assert_int_equal(ssd_version(f->media, 9), 1);

    for (uint32_t i = 0; i < CACHE; i++) {
        ssd_store(&f->bench, i, 2);
    }
    done = ssd_module_book_flush(f->bench.module, rig_now(f->bench.rig));
    assert_true(is_near(rate(CACHE, done - rig_now(f->bench.rig)), 800 * MB));
    rig_advance_to(f->bench.rig, done);
    assert_int_equal(f->media->blocks_written, 1 + CACHE);
    assert_true(ssd_module_book_flush(f->bench.module, done) == done);

    /* A write that is booked but not here yet: Force Unit Access. */
    done = ssd_module_book_write(f->bench.module, 0, 8, rig_now(f->bench.rig));
    assert_int_equal(ssd_module_book_flush(f->bench.module, done), done + row);
}

static void a_booking_that_never_comes_leaks_away(void **state)
{
    struct ssd_fixture *f = *state;
    vtime now;

    (void)ssd_module_book_write(f->bench.module, 0, 2 * CACHE, 0);
    assert_true(ssd_module_book_write(f->bench.module, 0, 1, 0) > VTIME_MS(40));
    rig_advance(f->bench.rig, VTIME_MS(100));
    now = rig_now(f->bench.rig);
    assert_true(ssd_module_book_write(f->bench.module, 0, 1, now) < now + VTIME_US(2));
    assert_true(ssd_module_book_flush(f->bench.module, now) < now + VTIME_MS(1));
}

static void replaced_blocks_cost_no_programming(void **state)
{
    struct ssd_fixture *f = *state;
    vtime start;

    ssd_write(&f->bench, 0, 4, 1); /* an incomplete row waits */
    start = rig_now(f->bench.rig);
    for (uint32_t i = 0; i < 4 * CACHE; i++) {
        ssd_write(&f->bench, i % 4, 1, 2);
        if (i % 1024 == 0) {
            (void)ssd_module_book_flush(f->bench.module, rig_now(f->bench.rig));
            ssd_write(&f->bench, 0, 4, 1);
        }
    }
    assert_true(is_near(rate(4 * CACHE, rig_now(f->bench.rig) - start), 3320 * MB));
}

static void a_read_passes_a_program_that_runs(void **state)
{
    struct ssd_fixture *f = *state;
    vtime time;

    prepare(&f->bench, 256);
    ssd_write(&f->bench, 1000, 1024, 1);
    time = read_time(&f->bench, 0, 1);
    assert_true(time > NAND_READ_PS && time < VTIME_US(150));
}

/* Cleaning costs time: a module that is full is slower at random writes than an empty one. */
static vtime random_writes(struct ssd_bench *bench)
{
    const vtime start = rig_now(bench->rig);
    uint64_t random = 3;

    for (uint32_t i = 0; i < 6 * CACHE; i++) {
        ssd_write(bench, rig_random(&random) % BLOCKS, 1, 2);
    }
    return rig_now(bench->rig) - start;
}

static void garbage_collection_takes_time(void **state)
{
    struct ssd_fixture *f = *state;
    struct memory_media *media = memory_media_create(BLOCKS);
    struct ssd_bench empty = ssd_bench_create(media, false);
    const vtime fast = random_writes(&empty);
    vtime slow;

    ssd_write(&f->bench, 0, BLOCKS, 1);
    (void)random_writes(&f->bench);
    slow = random_writes(&f->bench);
    assert_true(slow > fast * 2 && slow < fast * 40);
    ssd_bench_destroy(&empty);
    memory_media_destroy(media);
}

/* ---- RAID-0 ---- */

struct pair {
    struct memory_media *media[RAID0_MODULES];
    struct ssd_bench bench[RAID0_MODULES];
};

static void pair_begin(struct pair *pair)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        pair->media[i] = memory_media_create(BLOCKS);
        pair->bench[i] = ssd_bench_create(pair->media[i], false);
        prepare(&pair->bench[i], 8192);
    }
}

static void pair_end(struct pair *pair)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        ssd_bench_destroy(&pair->bench[i]);
        memory_media_destroy(pair->media[i]);
    }
}

typedef vtime booking(struct device *module, uint64_t block, uint32_t count, vtime from);

/* `blocks` of a namespace over `modules` modules. */
static vtime book_all(struct pair *pair, unsigned modules, uint64_t blocks, booking *book)
{
    const vtime now = rig_now(pair->bench[0].rig);
    vtime done = now;

    for (uint64_t lba = 0; lba < blocks; lba += RAID0_STRIPE) {
        const struct raid0_run run = raid0_run(lba, RAID0_STRIPE);
        const unsigned module = modules == 2 ? run.module : 0;
        const vtime one =
            book(pair->bench[module].module, modules == 2 ? run.block : lba, run.count, now);

        done = one > done ? one : done;
    }
    return done - now;
}

static void two_modules_read_twice_as_fast_as_one(void **state)
{
    struct pair pair;
    vtime one;
    vtime two;

    (void)state;
    pair_begin(&pair);
    two = book_all(&pair, 2, 8192, ssd_module_book_read);
    rig_advance(pair.bench[0].rig, VTIME_S(1));
    one = book_all(&pair, 1, 8192, ssd_module_book_read);
    assert_true(is_near(one * 100 / two, 200));
    assert_true(is_near(rate(8192, two), 3600 * MB));
    pair_end(&pair);
}

static void two_modules_write_twice_as_fast_as_one(void **state)
{
    struct pair pair;
    vtime one;
    vtime two;

    (void)state;
    pair_begin(&pair);
    two = book_all(&pair, 2, 65536, ssd_module_book_write);
    pair_end(&pair);
    pair_begin(&pair);
    one = book_all(&pair, 1, 65536, ssd_module_book_write);
    assert_true(one > two * 19 / 10); /* both caches take their share at once */
    pair_end(&pair);
}

#define SSD_TEST(f) cmocka_unit_test_setup_teardown(f, begin, ssd_fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SSD_TEST(one_block_takes_t_r_and_its_transfer),
        SSD_TEST(what_is_in_no_flash_takes_no_time),
        SSD_TEST(a_stripe_is_read_from_four_channels_at_once),
        SSD_TEST(sequential_reads_run_at_half_of_3600_mb_s),
        SSD_TEST(the_cache_takes_writes_at_link_rate),
        SSD_TEST(a_full_cache_takes_writes_at_half_of_1600_mb_s),
        SSD_TEST(a_full_cache_drains_at_half_of_1600_mb_s),
        SSD_TEST(a_flush_takes_until_everything_is_programmed),
        SSD_TEST(a_booking_that_never_comes_leaks_away),
        SSD_TEST(replaced_blocks_cost_no_programming),
        SSD_TEST(a_read_passes_a_program_that_runs),
        SSD_TEST(garbage_collection_takes_time),
        cmocka_unit_test(two_modules_read_twice_as_fast_as_one),
        cmocka_unit_test(two_modules_write_twice_as_fast_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
