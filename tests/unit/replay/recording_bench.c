/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE

#include "tests/unit/replay/recording_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files ---- */

void bench_path(char path[256])
{
    char folder[32];

    /* In memory where the host has that: recordings are made durable, which may take its time. */
    (void)snprintf(folder, sizeof(folder), "%s/recording-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, 256, "%s/run.sgr", folder);
}

bool bench_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

void bench_clean(const char *path)
{
    char name[300];

    (void)unlink(path);
    (void)snprintf(name, sizeof(name), "%s.part", path);
    (void)unlink(name);
    (void)snprintf(name, sizeof(name), "%s", path);
    *strrchr(name, '/') = '\0';
    assert_int_equal(rmdir(name), 0);
}

uint8_t *bench_read(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    uint8_t *data;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &info), 0);
    *bytes = (size_t)info.st_size;
    data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, file), *bytes);
    assert_int_equal(fclose(file), 0);
    return data;
}

void bench_write(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

/* ---- Recordings ---- */

static void assert_good(const void *result, const struct error *err)
{
    if (result == NULL) {
        fail_msg("%s", err->text);
    }
}

struct recording *bench_create(const char *path)
{
    const struct recording_head head = {.machine = "imacpro1,1 test", .setup = BENCH_SETUP};
    struct error err = ERROR_INIT;
    struct recording *recording = recording_create(path, &head, &err);

    assert_good(recording, &err);
    return recording;
}

struct recording *bench_open(const char *path)
{
    struct error err = ERROR_INIT;
    struct recording *recording = recording_open(path, &err);

    assert_good(recording, &err);
    return recording;
}

void bench_close(struct recording *recording)
{
    struct error err = ERROR_INIT;

    if (recording_close(recording, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

void bench_assert_refused(const char *path, const char *words)
{
    struct error err = ERROR_INIT;

    if (recording_open(path, &err) != NULL) {
        fail_msg("it is taken, in spite of \"%s\"", words);
    }
    assert_int_equal(err.kind, ERROR_HOST);
    if (strstr(err.text, words) == NULL || strncmp(err.text, path, strlen(path)) != 0) {
        fail_msg("\"%s\" does not name %s or lacks \"%s\"", err.text, path, words);
    }
}

/* ---- What is in them ---- */

struct machine_instant bench_instant(uint64_t n)
{
    return (struct machine_instant){
        .edge = n * VTIME_MS(50),
        .quantum = 3 * n,
        .ticks = n * 1000 + 7,
    };
}

struct recording_beat bench_beat(uint64_t n)
{
    return (struct recording_beat){
        .at = bench_instant(n),
        .when = n * VTIME_MS(50) + 3,
        .seq = n * 10,
        .hash = n * UINT64_C(0x9e3779b97f4a7c15),
    };
}

struct recording_input bench_message(uint64_t n)
{
    struct recording_input input = {
        .at = bench_instant(n),
        .seq = n * 10,
        .kind = RECORDING_MESSAGE,
        .message = {.kind = INBOX_SERIAL, .bytes = 5},
    };

    memcpy(input.message.payload, "hello", 5);
    return input;
}

struct recording_input bench_fault(uint64_t n)
{
    return (struct recording_input){
        .at = bench_instant(n),
        .seq = n * 10,
        .kind = RECORDING_FAULT,
        .fault =
            {
                .kind = DRAM_FAULT_STUCK,
                .where = {.imc = 1, .channel = 1, .rank = 1, .bank = 3, .column = 77, .row = 99},
                .mask = {.data = UINT64_C(1) << 63, .check = 1},
                .value = true,
            },
    };
}

void bench_fill(void *data, size_t bytes, uint64_t seed)
{
    uint8_t *to = data;

    for (size_t i = 0; i < bytes; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        to[i] = (uint8_t)(seed >> 56);
    }
}

void bench_events(struct recording *recording, uint64_t from, uint64_t to)
{
    static const struct trace_desc desc = {.name = "tick", .fields = {"value", "why:s"}};
    static const char why[] = "because";

    for (uint64_t seq = from; seq <= to; seq++) {
        const struct trace_record record = {
            .when = seq * VTIME_US(3),
            .seq = seq,
            .cause = seq / 2,
            .pc = 0xffffffff81000000u + seq,
            .desc = &desc,
            .args = {seq * 3, (uintptr_t)why},
        };

        assert_true(trace_log_append(recording_events(recording), &record));
    }
}

static void add_checkpoint(struct recording *recording, uint64_t n)
{
    struct recording_page pages[20];
    struct recording_checkpoint checkpoint = {.at = bench_beat(n), .pages = pages};
    uint8_t state[3000];
    uint8_t page[4096];

    for (unsigned i = 0; i < 20; i++) {
        bench_fill(page, sizeof(page), n * 7 + i);
        pages[i] = (struct recording_page){
            .memory = i % 3,
            .page = n * 100 + i,
            .blob = i == 4 ? 0 : recording_put_blob(recording, page, sizeof(page)),
        };
    }
    bench_fill(state, sizeof(state), n);
    checkpoint.state = recording_put_blob(recording, state, sizeof(state));
    checkpoint.page_count = n % 5 == 0 ? 0 : 20;
    assert_true(recording_add_checkpoint(recording, &checkpoint));
    for (unsigned i = 0; i < 20; i++) {
        recording_drop_blob(recording, pages[i].blob);
    }
    recording_drop_blob(recording, checkpoint.state);
}

void bench_populate(struct recording *recording, unsigned scale)
{
    const uint64_t first = recording_beat_count(recording) + 1;
    uint8_t block[MEDIA_BLOCK_BYTES];

    for (uint64_t n = first; n < first + scale; n++) {
        const struct recording_input message = bench_message(n);
        const struct recording_input fault = bench_fault(n);
        const struct recording_input repair = {
            .at = bench_instant(n), .seq = n * 10, .kind = RECORDING_REPAIR, .index = n % 9};
        const struct recording_beat beat = bench_beat(n);

        assert_true(recording_add_input(recording, &message));
        assert_true(recording_add_input(recording, &fault));
        assert_true(recording_add_input(recording, &repair));
        bench_events(recording, (n - 1) * 10 + 1, n * 10);
        assert_true(recording_add_beat(recording, &beat));
        bench_fill(block, sizeof(block), n);
        assert_true(recording_add_block(recording, n % 2, n * 1000, block));
        memset(block, 0, sizeof(block));
        assert_true(recording_add_block(recording, n % 2, RECORDING_NOTES + n, block));
        add_checkpoint(recording, n);
    }
}

/* ---- Comparing ---- */

static void assert_same_instant(const struct machine_instant *a, const struct machine_instant *b)
{
    assert_int_equal(a->edge, b->edge);
    assert_int_equal(a->quantum, b->quantum);
    assert_int_equal(a->ticks, b->ticks);
    assert_int_equal(a->core, b->core);
    assert_int_equal(a->looked, b->looked);
}

static void assert_same_beat(const struct recording_beat *a, const struct recording_beat *b)
{
    assert_same_instant(&a->at, &b->at);
    assert_int_equal(a->when, b->when);
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->hash, b->hash);
}

static void assert_same_inputs(struct recording *a, struct recording *b)
{
    assert_int_equal(recording_input_count(a), recording_input_count(b));
    for (size_t i = 0; i < recording_input_count(a); i++) {
        const struct recording_input *x = recording_input(a, i);
        const struct recording_input *y = recording_input(b, i);

        assert_same_instant(&x->at, &y->at);
        assert_int_equal(x->seq, y->seq);
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->index, y->index);
        assert_memory_equal(&x->message, &y->message, sizeof(x->message));
        assert_int_equal(x->fault.kind, y->fault.kind);
        assert_memory_equal(&x->fault.where, &y->fault.where, sizeof(x->fault.where));
        assert_int_equal(x->fault.mask.data, y->fault.mask.data);
        assert_int_equal(x->fault.mask.check, y->fault.mask.check);
        assert_int_equal(x->fault.value, y->fault.value);
        assert_int_equal(x->fault.line, y->fault.line);
        assert_int_equal(x->fault.line_bit, y->fault.line_bit);
        assert_int_equal(x->fault.has_parity, y->fault.has_parity);
    }
}

static void assert_same_blob(struct recording *a, uint64_t blob_a, struct recording *b,
                             uint64_t blob_b)
{
    const size_t bytes = recording_blob_bytes(a, blob_a);
    uint8_t *x = malloc(bytes + 1);
    uint8_t *y = malloc(bytes + 1);
    struct error err = ERROR_INIT;

    assert_int_equal(bytes, recording_blob_bytes(b, blob_b));
    assert_true(x != NULL && y != NULL);
    if (bytes > 0) {
        assert_int_equal(recording_get_blob(a, blob_a, x, &err), 0);
        assert_int_equal(recording_get_blob(b, blob_b, y, &err), 0);
        assert_memory_equal(x, y, bytes);
    }
    free(x);
    free(y);
}

static void assert_same_checkpoint(struct recording *a, struct recording *b, size_t index)
{
    const struct recording_checkpoint *x = recording_checkpoint(a, index);
    const struct recording_checkpoint *y = recording_checkpoint(b, index);

    assert_same_beat(&x->at, &y->at);
    assert_same_blob(a, x->state, b, y->state);
    assert_int_equal(x->page_count, y->page_count);
    for (size_t i = 0; i < x->page_count; i++) {
        assert_int_equal(x->pages[i].memory, y->pages[i].memory);
        assert_int_equal(x->pages[i].page, y->pages[i].page);
        assert_int_equal(x->pages[i].blob == 0, y->pages[i].blob == 0);
        assert_same_blob(a, x->pages[i].blob, b, y->pages[i].blob);
    }
}

static void assert_same_events(struct recording *a, struct recording *b)
{
    const struct trace_items x = trace_log_items(recording_events(a));
    const struct trace_items y = trace_log_items(recording_events(b));
    uint64_t range[4];

    x.range(x.ctx, &range[0], &range[1]);
    y.range(y.ctx, &range[2], &range[3]);
    assert_int_equal(range[0], range[2]);
    assert_int_equal(range[1], range[3]);
    for (uint64_t seq = range[0]; seq <= range[1]; seq++) {
        struct trace_item item_a;
        struct trace_item item_b;

        assert_true(x.get(x.ctx, seq, &item_a) && y.get(y.ctx, seq, &item_b));
        assert_true(trace_item_is_equal(&item_a, &item_b));
    }
}

static void assert_same_blocks(struct recording *a, struct recording *b, uint64_t count)
{
    uint8_t x[MEDIA_BLOCK_BYTES];
    uint8_t y[MEDIA_BLOCK_BYTES];

    for (uint64_t n = 0; n < 2 * count; n++) {
        const uint64_t block = n % 2 == 0 ? n / 2 * 1000 : RECORDING_NOTES + n / 2;

        for (unsigned module = 0; module < 2; module++) {
            const bool is_there = recording_get_block(a, module, block, x);

            assert_int_equal(is_there, recording_get_block(b, module, block, y));
            if (is_there) {
                assert_memory_equal(x, y, sizeof(x));
            }
        }
    }
}

void bench_assert_equal(struct recording *a, struct recording *b)
{
    const struct recording_end *x = recording_end(a);
    const struct recording_end *y = recording_end(b);

    assert_string_equal(recording_head(a)->machine, recording_head(b)->machine);
    assert_string_equal(recording_head(a)->setup, recording_head(b)->setup);
    assert_same_inputs(a, b);
    assert_int_equal(recording_beat_count(a), recording_beat_count(b));
    for (size_t i = 0; i < recording_beat_count(a); i++) {
        assert_same_beat(recording_beat(a, i), recording_beat(b, i));
    }
    assert_int_equal(recording_checkpoint_count(a), recording_checkpoint_count(b));
    for (size_t i = 0; i < recording_checkpoint_count(a); i++) {
        assert_same_checkpoint(a, b, i);
    }
    assert_same_events(a, b);
    assert_same_blocks(a, b, recording_beat_count(a) + 2);
    assert_int_equal(x == NULL, y == NULL);
    if (x != NULL) {
        assert_same_beat(&x->last, &y->last);
        assert_int_equal(x->stop, y->stop);
        assert_int_equal(x->exit_status, y->exit_status);
    }
}
