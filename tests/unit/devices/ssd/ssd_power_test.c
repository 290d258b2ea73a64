/* SPDX-License-Identifier: GPL-2.0-only */
/* Power: what an SSD module remembers without it, what a cut leaves, damaged notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "tests/unit/devices/ssd/ssd_bench.h"

#define BLOCKS UINT64_C(1024)
#define LARGE  UINT64_C(81920) /* three pages of the bitmap */

/* Of the notes (docs/hardware/ssd-module.md). */
#define PAGE     4096u
#define SUM_AT   4088u
#define BITS_PER 32704u

static uint64_t checksum(const uint8_t *page, uint32_t number)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (unsigned i = 0; i < 4; i++) {
        sum = (sum ^ (uint8_t)(number >> 8 * i)) * UINT64_C(0x100000001b3);
    }
    for (unsigned i = 0; i < SUM_AT; i++) {
        sum = (sum ^ page[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

static void assert_same_counters(const struct ssd_counters *a, const struct ssd_counters *b)
{
    assert_int_equal(a->mapped_blocks, b->mapped_blocks);
    assert_int_equal(a->blocks_read, b->blocks_read);
    assert_int_equal(a->blocks_written, b->blocks_written);
    assert_int_equal(a->pages_programmed, b->pages_programmed);
    assert_int_equal(a->blocks_erased, b->blocks_erased);
    assert_int_equal(a->erase_count_max, b->erase_count_max);
    assert_int_equal(a->erase_count_mean, b->erase_count_mean);
    assert_int_equal(a->used_percent, b->used_percent);
}

static void contents_and_counters_survive_the_end(void **state)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct ssd_counters counters = {0};
    struct ssd_model model;

    (void)state;
    for (unsigned life = 0; life < 6; life++) {
        struct ssd_bench bench = ssd_bench_create(media, life % 3 == 2);
        struct ssd_counters now = ssd_module_counters(bench.module);

        assert_same_counters(&now, &counters);
        if (life == 0) {
            ssd_model_begin(&model, &bench, 99);
        }
        model.bench = &bench;
        ssd_model_live(&model, 800);
        counters = ssd_module_counters(bench.module);
        ssd_bench_destroy(&bench);
    }
    assert_true(counters.blocks_erased > 0 && counters.blocks_read > 0);
    for (uint64_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(ssd_version(media, i), model.version[i]);
        assert_int_equal(le32_get(media->durable + i * BLOCK + 8), model.version[i]);
    }
    ssd_model_end(&model);
    memory_media_destroy(media);
}

static void who_only_reads_changes_nothing(void **state)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct ssd_bench bench = ssd_bench_create(media, false);

    (void)state;
    ssd_expect(&bench, 3, 0);
    assert_int_equal(ssd_module_flush(bench.module), SSD_OK);
    ssd_bench_destroy(&bench);
    assert_int_equal(media->changes, 0);
    assert_int_equal(media->flushes, 0);
    memory_media_destroy(media);
}

/* Two parties with the same history but for the order of blocks are alike after power-on. */
static void power_on_forgets_where_blocks_were(void **state)
{
    struct memory_media *media[2] = {memory_media_create(BLOCKS), memory_media_create(BLOCKS)};
    vtime time[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct ssd_bench bench = ssd_bench_create(media[i], false);

        for (uint64_t b = 0; b < 1024; b++) {
            ssd_write(&bench, i == 0 ? b : b * 77 % 1024, 1, 1);
        }
        ssd_bench_destroy(&bench);
        bench = ssd_bench_create(media[i], false);
        time[i] = ssd_module_book_read(bench.module, 0, 256, 0);
        ssd_bench_destroy(&bench);
        memory_media_destroy(media[i]);
    }
    assert_true(time[0] > 0);
    assert_int_equal(time[0], time[1]);
}

/* ---- Cuts ---- */

struct cut_count {
    unsigned kept;
    unsigned lost;
};

/* A random life, the power goes; every block is whole and at least as new as the last flush. */
static void cut_once(uint64_t seed, bool is_copy, struct cut_count *count)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct memory_media *target = is_copy ? memory_media_create(BLOCKS) : media;
    struct ssd_bench bench = ssd_bench_create(media, false);
    struct ssd_model model;

    ssd_model_begin(&model, &bench, seed);
    ssd_model_live(&model, 150);
    if (is_copy) {
        memory_media_copy(target, media);
    }
    assert_int_equal(ssd_module_cut(bench.module, &target->host, seed), SSD_OK);
    for (uint64_t i = 0; i < BLOCKS; i++) {
        const uint32_t version = ssd_version(target, i);

        assert_true(version == 0 || version >= model.flushed[i]);
        assert_true(version <= model.version[i] || model.version[i] == 0);
        assert_true(version != 0 || model.flushed[i] == 0);
        count->kept += version != model.flushed[i] ? 1 : 0;
        count->lost += version != model.version[i] ? 1 : 0;
    }
    if (is_copy) {
        for (uint64_t i = 0; i < BLOCKS; i++) {
            ssd_expect(&bench, i, model.version[i]);
        }
    }
    ssd_bench_destroy(&bench);
    for (uint64_t i = 0; i < BLOCKS && is_copy; i++) {
        assert_int_equal(ssd_version(media, i), model.version[i]);
    }
    ssd_model_end(&model);
    if (is_copy) {
        memory_media_destroy(target);
    }
    memory_media_destroy(media);
}

static void a_cut_leaves_each_block_old_or_new(void **state)
{
    struct cut_count count = {0};

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        cut_once(seed, seed % 2 == 0, &count);
    }
    assert_true(count.kept > 500 && count.lost > 500);
}

static void a_cut_leaves_the_machine_nothing_to_write(void **state)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct ssd_bench bench = ssd_bench_create(media, false);
    unsigned kept = 0;

    (void)state;
    for (uint64_t i = 0; i < 400; i++) {
        ssd_store(&bench, i, 1);
    }
    assert_int_equal(ssd_module_cut(bench.module, &media->host, 1), SSD_OK);
    for (uint64_t i = 0; i < 400; i++) {
        kept += ssd_version(media, i);
    }
    assert_in_range(kept, 150, 250);
    rig_advance(bench.rig, VTIME_MS(50));
    ssd_bench_destroy(&bench);
    for (uint64_t i = 0; i < 400; i++) {
        kept -= ssd_version(media, i);
    }
    assert_int_equal(kept, 0);
    memory_media_destroy(media);
}

static void the_seed_chooses(void **state)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct memory_media *target[3];
    struct ssd_bench bench = ssd_bench_create(media, false);

    (void)state;
    for (uint64_t i = 0; i < 400; i++) {
        ssd_store(&bench, i, 1);
    }
    for (unsigned k = 0; k < 3; k++) {
        target[k] = memory_media_create(BLOCKS);
        assert_int_equal(ssd_module_cut(bench.module, &target[k]->host, k / 2), SSD_OK);
    }
    assert_memory_equal(target[0]->data, target[1]->data, BLOCKS * BLOCK);
    assert_true(memcmp(target[0]->data, target[2]->data, BLOCKS * BLOCK) != 0);
    for (unsigned k = 0; k < 3; k++) {
        memory_media_destroy(target[k]);
    }
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

static void power_on_without_an_end_loses_the_cache(void **state)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct ssd_bench bench = ssd_bench_create(media, false);

    (void)state;
    ssd_store(&bench, 1, 1);
    assert_int_equal(ssd_module_flush(bench.module), SSD_OK);
    ssd_store(&bench, 1, 2);
    ssd_store(&bench, 2, 2);
    device_reset(bench.module, RESET_POWER_ON);
    ssd_expect(&bench, 1, 1);
    ssd_expect(&bench, 2, 0);
    assert_int_equal(ssd_module_counters(bench.module).mapped_blocks, 1);
    assert_true(sched_next(bench.rig->sched) == VTIME_NEVER);
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

/* ---- Notes ---- */

/* A module that was filled, overwritten and flushed; its end was orderly. */
static struct memory_media *used_media(uint64_t blocks)
{
    struct memory_media *media = memory_media_create(blocks);
    struct ssd_bench bench = ssd_bench_create(media, true);

    for (uint32_t version = 1; version <= 3; version++) {
        ssd_write(&bench, 0, (uint32_t)blocks / 2, version);
    }
    ssd_bench_destroy(&bench);
    return media;
}

static void notes_are_as_documented(void **state)
{
    struct memory_media *media = used_media(LARGE);
    const uint8_t *header = media->notes + PAGE; /* sequence 1 */
    const uint8_t *bits = media->notes + 3 * PAGE;

    (void)state;
    assert_int_equal(media->host.notes_bytes, 6 * PAGE);
    assert_memory_equal(header, "SGSSDNOT", 8);
    assert_int_equal(le32_get(header + 8), 1);
    assert_int_equal(le32_get(header + 12), 1024);
    assert_int_equal(le64_get(header + 16), LARGE);
    assert_int_equal(le32_get(header + 24), 92);
    assert_int_equal(le64_get(header + 32), 1);
    assert_int_equal(le64_get(header + 40), LARGE / 2);
    assert_int_equal(le64_get(header + 56), LARGE / 2 * 3);
    assert_int_equal(le64_get(header + SUM_AT), checksum(header, 1));
    assert_int_equal(bits[0], 0xff);
    assert_int_equal(le64_get(bits + SUM_AT), checksum(bits, 3));
    bits += PAGE;
    assert_int_equal(bits[(LARGE / 2 - BITS_PER) / 8 - 1], 0xff);
    assert_int_equal(bits[(LARGE / 2 - BITS_PER) / 8], 0);
    memory_media_destroy(media);
}

static void the_newer_header_counts(void **state)
{
    struct memory_media *media = used_media(BLOCKS);
    struct ssd_bench bench = ssd_bench_create(media, true);
    const struct ssd_counters before = ssd_module_counters(bench.module);
    struct ssd_counters after;

    (void)state;
    ssd_store(&bench, 7, 9);
    ssd_bench_destroy(&bench); /* sequence 2 */
    assert_int_equal(le64_get(media->notes + 32), 2);
    media->notes[100] ^= 1; /* torn: the older one is still there */
    bench = ssd_bench_create(media, true);
    after = ssd_module_counters(bench.module);
    assert_int_equal(after.blocks_written, before.blocks_written);
    ssd_bench_destroy(&bench);
    bench = ssd_bench_create(media, true); /* and has been written again */
    after = ssd_module_counters(bench.module);
    assert_int_equal(after.blocks_written, before.blocks_written);
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

static void lost_headers_begin_counters_anew(void **state)
{
    struct memory_media *media = used_media(BLOCKS);
    struct ssd_bench bench;
    struct ssd_counters counters;

    (void)state;
    media->notes[PAGE + 8]++; /* another version; the checksum is right */
    le64_put(media->notes + PAGE + SUM_AT, checksum(media->notes + PAGE, 1));
    bench = ssd_bench_create(media, true);
    counters = ssd_module_counters(bench.module);
    assert_int_equal(counters.blocks_written, 0);
    assert_int_equal(counters.mapped_blocks, BLOCKS / 2);
    ssd_expect(&bench, 5, 3);
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

static void a_lost_page_of_the_bitmap_counts_as_full(void **state)
{
    struct memory_media *media = used_media(LARGE);
    struct ssd_bench bench;
    uint64_t mapped;

    (void)state;
    media->notes[4 * PAGE + 77] ^= 4;
    bench = ssd_bench_create(media, false);
    mapped = ssd_module_counters(bench.module).mapped_blocks;
    assert_int_equal(mapped, 2 * BITS_PER);
    for (uint64_t i = 0; i < LARGE; i += 511) {
        ssd_expect(&bench, i, i < LARGE / 2 ? 3 : 0);
    }
    assert_int_equal(ssd_module_discard(bench.module, LARGE / 2, LARGE / 2), SSD_OK);
    assert_int_equal(ssd_module_counters(bench.module).mapped_blocks, LARGE / 2);
    ssd_bench_destroy(&bench);
    bench = ssd_bench_create(media, false);
    assert_int_equal(ssd_module_counters(bench.module).mapped_blocks, LARGE / 2);
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

static void lost_erase_counts_become_the_mean(void **state)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct ssd_bench bench = ssd_bench_create(media, true);
    struct ssd_counters before;
    struct ssd_counters after;

    (void)state;
    for (uint32_t version = 1; version <= 20; version++) {
        ssd_write(&bench, 0, BLOCKS, version);
    }
    before = ssd_module_counters(bench.module);
    ssd_bench_destroy(&bench);
    media->notes[2 * PAGE] ^= 0xff;
    bench = ssd_bench_create(media, true);
    after = ssd_module_counters(bench.module);
    assert_true(before.erase_count_mean > 5);
    assert_int_equal(after.erase_count_mean, before.erase_count_mean);
    assert_int_equal(after.erase_count_max, before.erase_count_mean);
    ssd_bench_destroy(&bench);
    memory_media_destroy(media);
}

/* Old notes, from before most of what is on the media. */
static void stale_notes_lose_no_data(void **state)
{
    struct memory_media *media = memory_media_create(BLOCKS);
    struct ssd_bench bench = ssd_bench_create(media, false);
    uint8_t *notes = malloc(media->host.notes_bytes);
    struct ssd_model model;

    (void)state;
    assert_non_null(notes);
    ssd_model_begin(&model, &bench, 4);
    memcpy(notes, media->notes, media->host.notes_bytes);
    for (unsigned life = 0; life < 5; life++) {
        ssd_model_live(&model, 500);
        ssd_bench_destroy(&bench);
        memcpy(media->notes, notes, media->host.notes_bytes);
        bench = ssd_bench_create(media, false);
        for (uint64_t i = 0; i < BLOCKS; i++) {
            ssd_expect(&bench, i, model.version[i]);
        }
    }
    ssd_bench_destroy(&bench);
    ssd_model_end(&model);
    free(notes);
    memory_media_destroy(media);
}

static void random_notes_do_no_harm(void **state)
{
    uint64_t random = 17;

    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        struct memory_media *media = used_media(BLOCKS);
        struct ssd_bench bench;
        struct ssd_model model;

        for (unsigned i = 0; i < 8; i++) {
            const uint64_t at = rig_random(&random) % media->host.notes_bytes;
            uint8_t *page = media->notes + at / PAGE * PAGE;

            media->notes[at] = (uint8_t)rig_random(&random);
            if (round % 2 == 0) {
                le64_put(page + SUM_AT, checksum(page, (uint32_t)(at / PAGE)));
            }
        }
        bench = ssd_bench_create(media, round % 4 == 0);
        assert_int_equal(ssd_module_discard(bench.module, 0, BLOCKS), SSD_OK);
        ssd_model_begin(&model, &bench, round + 1);
        ssd_model_live(&model, 100);
        ssd_model_end(&model);
        ssd_bench_destroy(&bench);
        memory_media_destroy(media);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_and_counters_survive_the_end),
        cmocka_unit_test(who_only_reads_changes_nothing),
        cmocka_unit_test(power_on_forgets_where_blocks_were),
        cmocka_unit_test(a_cut_leaves_each_block_old_or_new),
        cmocka_unit_test(a_cut_leaves_the_machine_nothing_to_write),
        cmocka_unit_test(the_seed_chooses),
        cmocka_unit_test(power_on_without_an_end_loses_the_cache),
        cmocka_unit_test(notes_are_as_documented),
        cmocka_unit_test(the_newer_header_counts),
        cmocka_unit_test(lost_headers_begin_counters_anew),
        cmocka_unit_test(a_lost_page_of_the_bitmap_counts_as_full),
        cmocka_unit_test(lost_erase_counts_become_the_mean),
        cmocka_unit_test(stale_notes_lose_no_data),
        cmocka_unit_test(random_notes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
