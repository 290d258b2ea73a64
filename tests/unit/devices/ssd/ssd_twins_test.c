/* SPDX-License-Identifier: GPL-2.0-only */
/* Equal lives of SSD modules: run twice, snapshots in the middle of draining, and snapshots that
 * must be refused or do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/base/lazy_memory.h"
#include "emu/core/snap.h"
#include "tests/unit/devices/ssd/ssd_bench.h"

#define BLOCKS UINT64_C(1024)
#define ROUNDS 8u
#define UNITS  128u /* of a superblock, with so few blocks */

struct party {
    struct memory_media *media;
    struct ssd_bench bench;
    struct ssd_model model;
};

static void party_begin(struct party *party, uint64_t seed, bool is_functional)
{
    party->media = memory_media_create(BLOCKS);
    party->bench = ssd_bench_create(party->media, is_functional);
    ssd_model_begin(&party->model, &party->bench, seed);
}

static void party_end(struct party *party)
{
    ssd_bench_destroy(&party->bench);
    ssd_model_end(&party->model);
    memory_media_destroy(party->media);
}

static int hash_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    uint64_t *hash = ctx;

    *hash = hash_bytes(hash_u64(*hash, offset), block, LAZY_MEMORY_BLOCK);
    return 0;
}

/* Everything that a run depends on, and everything that came of it. */
static uint64_t hash_of(struct party *party)
{
    uint64_t hash = trace_hash(party->bench.rig->trace);
    uint64_t bytes;
    void *memory;

    hash = hash_u64(hash, device_state_hash(party->bench.module));
    hash = hash_u64(hash, sched_next(party->bench.rig->sched));
    hash = hash_bytes(hash, party->media->data, BLOCKS * BLOCK);
    hash = hash_bytes(hash, party->media->notes, party->media->host.notes_bytes);
    for (unsigned i = 0; (memory = ssd_module_memory(party->bench.module, i, &bytes)) != NULL;
         i++) {
        (void)lazy_memory_visit(memory, bytes, hash_block, &hash);
    }
    return hash;
}

static void the_same_life_twice_is_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct party a;
        struct party b;

        party_begin(&a, seed, false);
        party_begin(&b, seed, false);
        for (unsigned i = 0; i < 10; i++) {
            ssd_model_live(&a.model, 100);
            ssd_model_live(&b.model, 100);
            assert_true(hash_of(&a) == hash_of(&b));
        }
        party_end(&a);
        party_end(&b);
    }
}

/* `to` becomes what `from` is: its model, too. */
static void become(struct party *to, struct party *from)
{
    struct error err = ERROR_INIT;

    if (ssd_copy_state(&from->bench, &to->bench, &err) != 0) {
        fail_msg("%s", err.text);
    }
    trace_restore(to->bench.rig->trace, trace_hash(from->bench.rig->trace),
                  trace_seq(from->bench.rig->trace));
    memcpy(to->model.version, from->model.version, BLOCKS * sizeof(uint32_t));
    memcpy(to->model.flushed, from->model.flushed, BLOCKS * sizeof(uint32_t));
    to->model.random = from->model.random;
    to->model.next = from->model.next;
}

static void a_loaded_twin_lives_on_like_the_saved_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct party a;
        struct party b;

        party_begin(&a, seed, seed % 4 == 0);
        party_begin(&b, seed + 100, seed % 4 == 0);
        ssd_model_live(&a.model, 300 * (unsigned)(seed % 3) + 150);
        ssd_model_live(&b.model, 200);
        become(&b, &a);
        assert_true(hash_of(&a) == hash_of(&b));
        for (unsigned i = 0; i < 5; i++) {
            ssd_model_live(&a.model, 150);
            ssd_model_live(&b.model, 150);
            assert_true(hash_of(&a) == hash_of(&b));
        }
        party_end(&a);
        party_end(&b);
    }
}

/* The end of the emulator after a snapshot does not spoil it. */
static void a_snapshot_outlives_the_end(void **state)
{
    struct party a;
    struct ssd_saved saved;
    struct error err = ERROR_INIT;

    (void)state;
    party_begin(&a, 3, false);
    ssd_model_live(&a.model, 400);
    ssd_save(&a.bench, &saved);
    ssd_bench_destroy(&a.bench);
    a.bench = ssd_bench_create(a.media, false);
    assert_int_equal(ssd_load(&a.bench, &saved, &err), 0);
    ssd_model_live(&a.model, 400);
    ssd_saved_free(&saved);
    party_end(&a);
}

/* ---- Refused ---- */

static void a_changed_disk_is_refused(void **state)
{
    struct party a;
    struct ssd_saved saved;
    struct error err = ERROR_INIT;

    (void)state;
    party_begin(&a, 3, false);
    ssd_store(&a.bench, 1, 1);
    ssd_save(&a.bench, &saved);
    ssd_store(&a.bench, 2, 1);
    assert_int_equal(ssd_module_flush(a.bench.module), SSD_OK);
    assert_int_equal(ssd_load(&a.bench, &saved, &err), -1);
    assert_string_equal(err.text, "/ssd0: the disk has changed since this snapshot was taken");
    assert_true(ssd_module_is_failed(a.bench.module));
    ssd_saved_free(&saved);
    party_end(&a);
}

static void temporary_writes_are_refused(void **state)
{
    struct party a;
    struct ssd_saved saved;
    struct error err = ERROR_INIT;

    (void)state;
    party_begin(&a, 3, false);
    a.media->is_temporary = true;
    ssd_save(&a.bench, &saved);
    assert_int_equal(ssd_load(&a.bench, &saved, &err), 0); /* nothing was written */
    ssd_saved_free(&saved);
    ssd_store(&a.bench, 1, 1);
    ssd_save(&a.bench, &saved);
    assert_int_equal(ssd_load(&a.bench, &saved, &err), -1);
    assert_string_equal(err.text,
                        "/ssd0: the snapshot needs writes to the disk that were temporary");
    ssd_saved_free(&saved);
    party_end(&a);
}

static void another_module_is_refused(void **state)
{
    struct party a;
    struct ssd_saved saved;
    struct memory_media *media = memory_media_create(BLOCKS - 1);
    struct ssd_bench other = ssd_bench_create(media, false);
    struct ssd_bench functional;
    struct error err = ERROR_INIT;

    (void)state;
    party_begin(&a, 3, false);
    ssd_save(&a.bench, &saved);
    assert_int_equal(ssd_load(&other, &saved, &err), -1);
    assert_string_equal(err.text, "/ssd0: the snapshot is of a module of another size");
    functional = ssd_bench_create(a.media, true);
    err = (struct error)ERROR_INIT;
    assert_int_equal(ssd_load(&functional, &saved, &err), -1);
    assert_string_equal(err.text, "/ssd0: the snapshot was taken with other fidelity");
    ssd_bench_destroy(&functional);
    ssd_bench_destroy(&other);
    memory_media_destroy(media);
    ssd_saved_free(&saved);
    party_end(&a);
}

static void a_failed_module_is_loaded_as_failed(void **state)
{
    struct party a;
    struct party b;
    struct error err = ERROR_INIT;

    (void)state;
    party_begin(&a, 3, false);
    party_begin(&b, 4, false);
    ssd_model_live(&a.model, 200);
    ssd_module_fail(a.bench.module);
    assert_int_equal(ssd_copy_state(&a.bench, &b.bench, &err), 0);
    assert_true(ssd_module_is_failed(b.bench.module));
    assert_int_equal(ssd_module_counters(a.bench.module).mapped_blocks,
                     ssd_module_counters(b.bench.module).mapped_blocks);
    rig_advance(b.bench.rig, VTIME_MS(10));
    party_end(&a);
    party_end(&b);
}

/* ---- Hostile ---- */

/* Some words of the large memories, mostly where there is something. */
static void damage_memory(struct ssd_saved *saved, uint64_t *random)
{
    for (unsigned i = 0; i < 3; i++) {
        const unsigned which = (unsigned)(rig_random(random) % 5);
        const uint64_t limit = which == 2 ? 400 : which == 3 ? 8 : 8192;
        uint32_t *words = saved->memory[which];
        uint32_t *word = &words[rig_random(random) % limit];

        switch (rig_random(random) % 4) {
        case 0: *word = (uint32_t)rig_random(random); break;
        case 1: *word += 1; break;
        case 2: *word = words[rig_random(random) % limit]; break;
        default: *word = rig_random(random) % 2 == 0 ? 0 : UINT32_MAX; break;
        }
    }
}

/* Another value in the place of one of the device's own; the checksum is made anew. */
static void damage_state(struct ssd_saved *saved, uint64_t *random)
{
    struct error err = ERROR_INIT;
    struct snap_reader *reader = snap_reader_create(saved->data, saved->bytes, "rig", &err);
    struct snap_writer *writer = snap_writer_create();
    const uint64_t r = rig_random(random);
    /* Mostly what is no time of a die: the event and five flags first, counts and indexes last. */
    const uint64_t which = r % 4 == 0   ? (r >> 8) % 113
                           : r % 4 == 1 ? (r >> 8) % 8
                                        : 96 + (r >> 8) % 17;
    const void *data;

    assert_true(reader != NULL && writer != NULL);
    assert_int_equal(snap_chunk_open(reader, "/ssd0", "ssd_module", 1, &err), 0);
    snap_chunk_begin(writer, "/ssd0", "ssd_module", 1);
    for (uint64_t i = 0; snap_chunk_left(reader) > 0; i++) {
        uint64_t value;

        assert_int_equal(snap_get_u64(reader, &value, &err), 0);
        if (i == which) {
            const uint64_t others[] = {
                0,         1, value + 1, value - 1, rig_random(random), rig_random(random) % 9000,
                UINT32_MAX};

            value = others[rig_random(random) % ARRAY_LEN(others)];
        }
        snap_put_u64(writer, value);
    }
    snap_chunk_end(writer);
    data = snap_finish(writer, "rig", &saved->bytes);
    free(saved->data);
    saved->data = malloc(saved->bytes);
    assert_non_null(saved->data);
    memcpy(saved->data, data, saved->bytes);
    snap_writer_destroy(writer);
    snap_reader_destroy(reader);
}

/* The small state of one life with the large state of another. */
static void crossed_snapshots_are_refused(void **state)
{
    struct party a;
    struct party b;
    struct party c;
    struct ssd_saved first;
    struct ssd_saved second;
    struct error err = ERROR_INIT;

    (void)state;
    party_begin(&a, 3, false);
    party_begin(&b, 4, false);
    party_begin(&c, 5, false);
    ssd_model_live(&a.model, 300);
    ssd_model_live(&b.model, 300);
    ssd_save(&a.bench, &first);
    ssd_save(&b.bench, &second);
    for (unsigned i = 0; i < 6; i++) {
        void *memory = first.memory[i];

        first.memory[i] = second.memory[i];
        second.memory[i] = memory;
    }
    memory_media_copy(c.media, a.media);
    assert_int_equal(ssd_load(&c.bench, &first, &err), -1);
    assert_string_equal(err.text, "/ssd0: the snapshot's maps contradict one another");
    ssd_saved_free(&first);
    ssd_saved_free(&second);
    party_end(&a);
    party_end(&b);
    party_end(&c);
}

/* A unit that claims a block which is elsewhere, with counts that agree: moving it would go wrong. */
static void a_unit_that_the_map_does_not_know_is_refused(void **state)
{
    struct party a;
    struct ssd_saved saved;
    struct error err = ERROR_INIT;
    uint32_t *reverse;
    uint32_t *superblock;
    uint32_t unit = 0;

    (void)state;
    party_begin(&a, 3, false);
    ssd_model_live(&a.model, 600);
    ssd_save(&a.bench, &saved);
    reverse = saved.memory[1];
    superblock = saved.memory[2]; /* state, valid, erases */
    while (reverse[unit] != 0 || superblock[unit / UNITS * 3] != 2) {
        unit++;
    }
    reverse[unit] = 1;
    superblock[unit / UNITS * 3 + 1]++;
    assert_int_equal(ssd_load(&a.bench, &saved, &err), -1);
    ssd_saved_free(&saved);
    party_end(&a);
}

static void hostile_once(struct ssd_saved *saved, const struct memory_media *media, uint64_t seed,
                         unsigned *accepted)
{
    struct memory_media *own = memory_media_create(BLOCKS);
    struct ssd_bench bench = ssd_bench_create(own, false);
    struct error err = ERROR_INIT;

    memory_media_copy(own, media);
    if (ssd_load(&bench, saved, &err) != 0) {
        const uint64_t changes = own->changes;

        ssd_bench_destroy(&bench);
        assert_int_equal(own->changes, changes);
    } else {
        uint8_t data[BLOCK] = {0};

        (*accepted)++;
        for (unsigned i = 0; i < 600; i++) {
            const uint64_t block = rig_random(&seed) % BLOCKS;

            (void)ssd_module_book_write(bench.module, block, 1, rig_now(bench.rig));
            (void)ssd_module_store(bench.module, block, 1, data, i % 16 == 0);
            (void)ssd_module_book_read(bench.module, block, 1, rig_now(bench.rig));
            rig_advance(bench.rig, VTIME_US(30));
        }
        (void)ssd_module_discard(bench.module, 0, BLOCKS / 2);
        (void)ssd_module_book_flush(bench.module, rig_now(bench.rig));
        ssd_bench_destroy(&bench);
    }
    memory_media_destroy(own);
}

typedef void damage(struct ssd_saved *saved, uint64_t *random);

/* How many of 6 * ROUNDS are accepted. */
static unsigned damage_and_load(damage *damage_one)
{
    unsigned accepted = 0;

    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct party a;
        uint64_t random = seed;

        party_begin(&a, seed, false);
        ssd_model_live(&a.model, 100 + 200 * (unsigned)seed);
        for (unsigned i = 0; i < ROUNDS; i++) {
            struct ssd_saved saved;

            ssd_save(&a.bench, &saved);
            damage_one(&saved, &random);
            hostile_once(&saved, a.media, random, &accepted);
            ssd_saved_free(&saved);
        }
        party_end(&a);
    }
    return accepted;
}

static void damaged_memories_do_no_harm(void **state)
{
    (void)state;
    assert_in_range(damage_and_load(damage_memory), 1, 3 * ROUNDS);
}

static void damaged_states_do_no_harm(void **state)
{
    (void)state;
    assert_in_range(damage_and_load(damage_state), 1, 6 * ROUNDS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_life_twice_is_the_same),
        cmocka_unit_test(a_loaded_twin_lives_on_like_the_saved_one),
        cmocka_unit_test(a_snapshot_outlives_the_end),
        cmocka_unit_test(a_changed_disk_is_refused),
        cmocka_unit_test(temporary_writes_are_refused),
        cmocka_unit_test(another_module_is_refused),
        cmocka_unit_test(a_failed_module_is_loaded_as_failed),
        cmocka_unit_test(crossed_snapshots_are_refused),
        cmocka_unit_test(a_unit_that_the_map_does_not_know_is_refused),
        cmocka_unit_test(damaged_memories_do_no_harm),
        cmocka_unit_test(damaged_states_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
