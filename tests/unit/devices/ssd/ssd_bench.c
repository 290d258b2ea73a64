/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench of ssd_bench.h. */
#include "tests/unit/devices/ssd/ssd_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/base/lazy_memory.h"
#include "emu/core/snap.h"

/* ---- Bench ---- */

struct ssd_bench ssd_bench_create(struct memory_media *media, bool is_functional)
{
    const struct ssd_module_config config = {.media = media != NULL ? &media->host : NULL,
                                             .is_functional = is_functional};
    struct ssd_bench bench = {.rig = rig_create(), .media = media};

    bench.module = rig_device(bench.rig, &ssd_module_class, "/ssd0", &config);
    return bench;
}

void ssd_bench_destroy(struct ssd_bench *bench)
{
    rig_destroy(bench->rig);
}

int ssd_fixture_begin(void **state, uint64_t blocks)
{
    struct ssd_fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->media = memory_media_create(blocks);
    f->bench = ssd_bench_create(f->media, false);
    *state = f;
    return 0;
}

int ssd_fixture_end(void **state)
{
    struct ssd_fixture *f = *state;

    ssd_bench_destroy(&f->bench);
    memory_media_destroy(f->media);
    free(f);
    return 0;
}

/* ---- Blocks ---- */

void ssd_fill(uint8_t *data, uint64_t block, uint32_t version)
{
    uint64_t random = block * 1000003 + version + 1;

    memset(data, 0, BLOCK);
    if (version == 0) return;
    for (unsigned i = 0; i < BLOCK; i += 8) {
        le64_put(data + i, rig_random(&random));
    }
    le64_put(data, block);
    le64_put(data + 8, version);
}

bool ssd_is_filled(const uint8_t *data, uint64_t block, uint32_t version)
{
    uint8_t wanted[BLOCK];

    ssd_fill(wanted, block, version);
    return memcmp(data, wanted, BLOCK) == 0;
}

void ssd_store(struct ssd_bench *bench, uint64_t block, uint32_t version)
{
    uint8_t data[BLOCK];

    ssd_fill(data, block, version);
    assert_int_equal(ssd_module_store(bench->module, block, 1, data, false), SSD_OK);
}

void ssd_expect(struct ssd_bench *bench, uint64_t block, uint32_t version)
{
    uint8_t data[BLOCK];

    assert_int_equal(ssd_module_load(bench->module, block, 1, data), SSD_OK);
    if (!ssd_is_filled(data, block, version)) {
        fail_msg("block %llu is not version %u", (unsigned long long)block, version);
    }
}

uint32_t ssd_version(const struct memory_media *media, uint64_t block)
{
    const uint8_t *data = media->data + block * BLOCK;
    const uint32_t version = le32_get(data + 8);

    if (!ssd_is_filled(data, block, version)) {
        fail_msg("block %llu is torn or elsewhere", (unsigned long long)block);
    }
    return version;
}

void ssd_write(struct ssd_bench *bench, uint64_t block, uint32_t count, uint32_t version)
{
    while (count > 0) {
        const uint32_t n = count < 32 ? count : 32;
        const vtime now = rig_now(bench->rig);

        rig_advance_to(bench->rig, ssd_module_book_write(bench->module, block, n, now));
        for (uint32_t i = 0; i < n; i++) {
            ssd_store(bench, block + i, version);
        }
        block += n;
        count -= n;
    }
}

/* ---- Model ---- */

#define MODEL_RUN 40u

void ssd_model_begin(struct ssd_model *model, struct ssd_bench *bench, uint64_t seed)
{
    *model = (struct ssd_model){
        .bench = bench,
        .random = seed,
        .blocks = ssd_module_blocks(bench->module),
    };
    model->version = calloc(model->blocks, sizeof(uint32_t));
    model->flushed = calloc(model->blocks, sizeof(uint32_t));
    assert_true(model->version != NULL && model->flushed != NULL);
}

void ssd_model_end(struct ssd_model *model)
{
    free(model->version);
    free(model->flushed);
}

static void model_store(struct ssd_model *model, uint64_t block, uint32_t count, bool is_fua)
{
    uint8_t data[MODEL_RUN * BLOCK];

    model->next++;
    for (uint32_t i = 0; i < count; i++) {
        model->version[block + i] = model->next;
        if (is_fua) {
            model->flushed[block + i] = model->next;
        }
        ssd_fill(data + (size_t)i * BLOCK, block + i, model->next);
    }
    (void)ssd_module_book_write(model->bench->module, block, count, rig_now(model->bench->rig));
    assert_int_equal(ssd_module_store(model->bench->module, block, count, data, is_fua), SSD_OK);
}

static void model_load(struct ssd_model *model, uint64_t block, uint32_t count)
{
    uint8_t data[MODEL_RUN * BLOCK];

    (void)ssd_module_book_read(model->bench->module, block, count, rig_now(model->bench->rig));
    assert_int_equal(ssd_module_load(model->bench->module, block, count, data), SSD_OK);
    for (uint32_t i = 0; i < count; i++) {
        if (!ssd_is_filled(data + (size_t)i * BLOCK, block + i, model->version[block + i])) {
            fail_msg("block %llu is not version %u", (unsigned long long)block + i,
                     model->version[block + i]);
        }
    }
}

static void model_discard(struct ssd_model *model, uint64_t block, uint32_t count)
{
    assert_int_equal(ssd_module_discard(model->bench->module, block, count), SSD_OK);
    memset(model->version + block, 0, count * sizeof(uint32_t));
    memset(model->flushed + block, 0, count * sizeof(uint32_t)); /* zeros may come back */
}

static void model_flush(struct ssd_model *model)
{
    const struct memory_media *media = model->bench->media;

    (void)ssd_module_book_flush(model->bench->module, rig_now(model->bench->rig));
    assert_int_equal(ssd_module_flush(model->bench->module), SSD_OK);
    for (uint64_t i = 0; i < model->blocks; i++) {
        model->flushed[i] = model->version[i];
        assert_true(le32_get(media->durable + i * BLOCK + 8) == model->version[i]);
    }
}

void ssd_model_live(struct ssd_model *model, unsigned steps)
{
    while (steps > 0) {
        const uint64_t r = rig_random(&model->random);
        const uint64_t block = (r >> 32) % model->blocks;
        const uint64_t left = model->blocks - block;
        const uint32_t count = (uint32_t)(left < MODEL_RUN ? left : (r >> 8) % MODEL_RUN + 1);

        switch (r % 32) {
        case 0: model_flush(model); break;
        case 1: model_discard(model, block, count); break;
        case 2: model_store(model, block, count, true); break;
        case 3:
        case 4:
        case 5:
        case 6: model_load(model, block, count); break;
        case 7:
        case 8:
        case 9:
        case 10: rig_advance(model->bench->rig, (r >> 16) % VTIME_US(400)); break;
        default: model_store(model, block, count, false); break;
        }
        steps--;
    }
}

/* ---- Snapshots ---- */

static int copy_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    memcpy((uint8_t *)ctx + offset, block, LAZY_MEMORY_BLOCK);
    return 0;
}

void ssd_save(struct ssd_bench *from, struct ssd_saved *saved)
{
    struct snap_writer *writer = snap_writer_create();
    const void *data;
    void *memory;

    *saved = (struct ssd_saved){.now = rig_now(from->rig), .seq = sched_seq(from->rig->sched)};
    assert_non_null(writer);
    (void)ssd_module_seal(from->module);
    device_save(from->module, writer);
    data = snap_finish(writer, "rig", &saved->bytes);
    saved->data = malloc(saved->bytes);
    assert_non_null(saved->data);
    memcpy(saved->data, data, saved->bytes);
    snap_writer_destroy(writer);
    for (unsigned i = 0;
         (memory = ssd_module_memory(from->module, i, &saved->memory_bytes[i])) != NULL; i++) {
        saved->memory[i] = lazy_memory_create(saved->memory_bytes[i]);
        assert_non_null(saved->memory[i]);
        (void)lazy_memory_visit(memory, saved->memory_bytes[i], copy_block, saved->memory[i]);
    }
}

int ssd_load(struct ssd_bench *to, const struct ssd_saved *saved, struct error *err)
{
    struct snap_reader *reader = snap_reader_create(saved->data, saved->bytes, "rig", err);
    int result;

    if (reader == NULL) return -1;
    sched_restore(to->rig->sched, saved->now, saved->seq);
    for (unsigned i = 0; saved->memory[i] != NULL; i++) {
        uint64_t bytes = 0;
        void *memory = ssd_module_memory(to->module, i, &bytes);

        assert_true(memory != NULL && bytes == saved->memory_bytes[i]);
        lazy_memory_clear(memory, bytes);
        (void)lazy_memory_visit(saved->memory[i], bytes, copy_block, memory);
    }
    result = device_load(to->module, reader, err);
    snap_reader_destroy(reader);
    return result;
}

void ssd_saved_free(struct ssd_saved *saved)
{
    for (unsigned i = 0; saved->memory[i] != NULL; i++) {
        lazy_memory_destroy(saved->memory[i], saved->memory_bytes[i]);
    }
    free(saved->data);
}

int ssd_copy_state(struct ssd_bench *from, struct ssd_bench *to, struct error *err)
{
    struct ssd_saved saved;
    int result;

    ssd_save(from, &saved);
    if (to->media != from->media) {
        memory_media_copy(to->media, from->media);
    }
    result = ssd_load(to, &saved, err);
    ssd_saved_free(&saved);
    return result;
}
