/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of events. An even first byte: the rest is what somebody hands to trace_log_load(). If it is
 * taken, all of it can be read, takes no more memory than promised, and is the same after it was saved and
 * loaded again. An odd one: the rest are things that are done to a log, and to a plain array beside it.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/core/device.h"
#include "emu/debug/trace/item.h"
#include "tests/fuzz/input.h"

#define RECORDS_MAX 6000u

static void check_same(struct trace_log *a, struct trace_log *b)
{
    const struct trace_items left = trace_log_items(a);
    const struct trace_items right = trace_log_items(b);
    uint64_t first[2];
    uint64_t last[2];

    left.range(left.ctx, &first[0], &last[0]);
    right.range(right.ctx, &first[1], &last[1]);
    BUG_ON(first[0] != first[1] || last[0] != last[1]);
    for (uint64_t seq = first[0]; seq <= last[0]; seq++) {
        struct trace_item items[2];
        char text[300];

        BUG_ON(!left.get(left.ctx, seq, &items[0]) || !right.get(right.ctx, seq, &items[1]));
        BUG_ON(items[0].seq != seq || !trace_item_is_equal(&items[0], &items[1]));
        BUG_ON(trace_item_format(&items[0], text, sizeof(text)) >= sizeof(text));
    }
}

/* A log that loads what another one saves. */
static struct trace_log *copy_of(struct trace_log *log)
{
    struct trace_log *copy = trace_log_create();
    struct error err = ERROR_INIT;
    uint64_t cursor = 0;
    const void *data;
    size_t bytes;

    BUG_ON(copy == NULL);
    data = trace_log_save(log, true, &cursor, &bytes);
    BUG_ON(data != NULL && trace_log_load(copy, data, bytes, &err) != 0);
    return copy;
}

static void fuzz_load(const uint8_t *data, size_t bytes)
{
    struct trace_log *log = trace_log_create();
    struct error err = ERROR_INIT;
    uint64_t before;

    BUG_ON(log == NULL);
    before = trace_log_bytes(log);
    if (trace_log_load(log, data, bytes, &err) == 0) {
        struct trace_log *copy = copy_of(log);

        check_same(log, copy);
        trace_log_destroy(copy);
    } else {
        BUG_ON(err.kind != ERROR_HOST || err.text[0] == '\0' || strchr(err.text, '\n') != NULL);
    }
    BUG_ON(trace_log_bytes(log) > before + TRACE_LOG_GROWTH * bytes + 16384);
    trace_log_destroy(log);
}

/* ---- A life ---- */

static const struct trace_desc descs[] = {
    {.name = "a", .fields = {"reg:s", "index", "written", "now"}},
    {.name = "b", .fields = {"value"}},
    {.name = "c", .level = TRACE_LEVEL_UNIMPL},
    {.name = "a", .fields = {"reg", "line:s"}},
};

struct life {
    struct fuzz_input input;
    struct device devices[2];
    struct trace_log *log;
    struct trace_record *records; /* what it must have */
    uint64_t first;
    uint64_t count;
};

static struct trace_record take_record(struct life *life)
{
    static const char *const words[] = {"", "CC", "a longer word"};
    struct fuzz_input *input = &life->input;
    const uint64_t shape = fuzz_take(input, 1);
    const struct trace_record *before = life->count > 0 ? &life->records[life->count - 1] : NULL;
    struct trace_record record = {
        .seq = life->first + life->count,
        .when = (before != NULL ? before->when : 0) + (shape & 8 ? fuzz_take(input, 8) : shape),
        .pc = shape & 16 ? fuzz_take(input, 8) : 0x1000,
        .cause = shape & 32 ? fuzz_take(input, 2) : life->first + life->count - 1,
        .core = (uint8_t)(shape & 64 ? fuzz_take(input, 1) : 0),
        .device = shape & 128 ? &life->devices[fuzz_below(input, 2)] : NULL,
        .desc = &descs[shape & 3],
    };

    for (unsigned i = 0; i < TRACE_ARGS && record.desc->fields[i] != NULL; i++) {
        const char *mark = strchr(record.desc->fields[i], ':');

        record.args[i] = shape & 4 ? fuzz_take(input, 8) : i;
        if (mark != NULL) {
            record.args[i] = (uintptr_t)words[fuzz_below(input, 3)];
        }
    }
    return record;
}

static void append(struct life *life, uint64_t count)
{
    const struct trace_record record = take_record(life);

    for (; count > 0 && life->count < RECORDS_MAX; count--) {
        struct trace_record *next = &life->records[life->count];

        *next = record;
        next->seq = life->first + life->count;
        next->when += count;
        BUG_ON(!trace_log_append(life->log, next));
        life->count++;
    }
}

static void look(struct life *life, uint64_t index)
{
    const struct trace_items items = trace_log_items(life->log);
    struct trace_scratch scratch = {.desc = NULL};
    struct trace_record *record = &life->records[index];
    struct trace_item item;
    struct trace_item expected;

    BUG_ON(!items.get(items.ctx, record->seq, &item));
    trace_item_view(record, &scratch, &expected);
    BUG_ON(!trace_item_is_equal(&item, &expected));
    BUG_ON(!trace_log_agrees(life->log, record));
    record->pc ^= 1;
    BUG_ON(trace_log_agrees(life->log, record));
    record->pc ^= 1;
}

static void step(struct life *life)
{
    struct trace_log *copy;
    uint64_t cut;

    switch (fuzz_take(&life->input, 1) % 8) {
    case 0: append(life, fuzz_take(&life->input, 2) % 2500); break;
    case 1:
        if (life->count == 0) break;
        cut = fuzz_take(&life->input, 2) * (life->count + 1) >> 16;
        trace_log_cut(life->log, life->first + cut - 1);
        life->count = cut;
        break;
    case 2:
        copy = copy_of(life->log);
        check_same(life->log, copy);
        trace_log_destroy(life->log);
        life->log = copy;
        break;
    case 3:
    case 4:
        if (life->count > 0) look(life, fuzz_below(&life->input, (size_t)life->count));
        break;
    default: append(life, 1); break;
    }
}

static void fuzz_life(const struct fuzz_input *input)
{
    struct life life = {.input = *input};

    life.first = fuzz_take(&life.input, 1) + 1;
    life.records = malloc(RECORDS_MAX * sizeof(*life.records));
    life.log = trace_log_create();
    BUG_ON(life.records == NULL || life.log == NULL);
    memcpy(life.devices[0].path, "/pch/rtc", 9);
    memcpy(life.devices[1].path, "/cpu0/lapic", 12);
    for (unsigned i = 0; i < 40 && fuzz_has_more(&life.input); i++) {
        step(&life);
    }
    for (uint64_t i = 0; i < life.count; i++) {
        look(&life, i);
    }
    trace_log_destroy(life.log);
    free(life.records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};

    if (fuzz_take(&input, 1) % 2 == 0) {
        fuzz_load(input.data, input.bytes);
    } else {
        fuzz_life(&input);
    }
    return 0;
}
