/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings in files: what comes back, cut and damaged files, a host that cannot keep them. */
#define _GNU_SOURCE

#include "tests/unit/replay/recording_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "emu/debug/replay/blobs.h"
#include "emu/debug/replay/recording_format.h"

static void set_end(struct recording *recording)
{
    const struct recording_end end = {
        .last = bench_beat(recording_beat_count(recording) + 1),
        .stop = MACHINE_EXIT,
        .exit_status = -5,
    };

    recording_set_end(recording, &end);
}

static void flush(struct recording *recording)
{
    struct error err = ERROR_INIT;

    if (recording_flush(recording, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

/* A file with something of everything, made in `flushes` parts. */
static void make_file(const char *path, unsigned scale, unsigned flushes)
{
    struct recording *recording = bench_create(path);

    for (unsigned i = 0; i < flushes; i++) {
        bench_populate(recording, scale);
        flush(recording);
    }
    set_end(recording);
    bench_close(recording);
}

/* ---- Twins ---- */

static void test_twins(void **state)
{
    struct recording *memory = bench_create(NULL);
    struct recording *file;
    char path[256];

    (void)state;
    bench_path(path);
    bench_populate(memory, 60);
    set_end(memory);
    for (unsigned flushes = 1; flushes <= 60; flushes *= 2) {
        if (60 % flushes != 0) continue;
        make_file(path, 60 / flushes, flushes);
        file = bench_open(path);
        assert_true(recording_is_whole(file));
        bench_assert_equal(memory, file);
        bench_close(file);
    }
    bench_close(memory);
    bench_clean(path);
}

/* Also while it is made, when blobs are read back from what was written. */
static void test_twins_while_made(void **state)
{
    struct recording *memory = bench_create(NULL);
    struct recording *file;
    char path[256];

    (void)state;
    bench_path(path);
    file = bench_create(path);
    for (unsigned i = 0; i < 10; i++) {
        bench_populate(memory, 5);
        bench_populate(file, 5);
        flush(file);
        bench_assert_equal(memory, file);
    }
    bench_close(file);
    bench_close(memory);
    bench_clean(path);
}

/* What is in the file needs no memory. */
static void test_memory(void **state)
{
    struct recording *recording;
    uint8_t page[4096];
    uint64_t first;
    char path[256];

    (void)state;
    bench_path(path);
    recording = bench_create(path);
    bench_populate(recording, 1);
    flush(recording);
    for (unsigned i = 0; i < 8000; i++) {
        bench_fill(page, sizeof(page), 1000000 + i);
        assert_int_not_equal(recording_put_blob(recording, page, sizeof(page)), 0);
        if (i % 100 == 0) {
            flush(recording);
        }
    }
    flush(recording);
    assert_in_range(recording_blob_total(recording), 1, 4u << 20); /* of 32 MiB */
    bench_fill(page, sizeof(page), 1000000);
    first = recording_put_blob(recording, page, sizeof(page));
    for (unsigned i = 0; i < 3; i++) {
        recording_drop_blob(recording, first);
    }
    assert_int_equal(recording_blob_bytes(recording, first), sizeof(page)); /* the file has it */
    memset(page, 0, sizeof(page));
    assert_int_equal(recording_put_blob(recording, "other", 5) == first, 0);
    assert_int_equal(recording_get_blob(recording, first, page, NULL), 0);
    assert_int_equal(recording_put_blob(recording, page, sizeof(page)), first);
    bench_close(recording);
    bench_clean(path);
}

static void test_end_unknown(void **state)
{
    struct recording *recording;
    char path[256];

    (void)state;
    bench_path(path);
    recording = bench_create(path);
    bench_populate(recording, 2);
    bench_close(recording);
    recording = bench_open(path);
    assert_true(recording_is_whole(recording));
    assert_null(recording_end(recording));
    bench_close(recording);
    bench_clean(path);
}

/* ---- The name ---- */

static void test_name(void **state)
{
    struct recording *recording;
    struct error err = ERROR_INIT;
    struct stat info;
    char path[256];
    char part[300];

    (void)state;
    bench_path(path);
    (void)snprintf(part, sizeof(part), "%s.part", path);
    bench_write(path, "old", 3);
    recording = bench_create(path);
    assert_null(recording_create(path, recording_head(recording), &err));
    assert_non_null(strstr(err.text, "another run is writing it"));
    /* Nothing came of it: what was there stays. */
    bench_close(recording);
    assert_false(bench_exists(part));
    bench_assert_refused(path, "is not a recording");
    recording = bench_create(path);
    bench_populate(recording, 1);
    flush(recording);
    assert_true(bench_exists(part));
    bench_assert_refused(path, "is not a recording");
    bench_close(recording);
    assert_false(bench_exists(part));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    bench_close(bench_open(path));
    bench_clean(path);
}

static void test_not_writable(void **state)
{
    const struct recording_head head = {.machine = "x", .setup = ""};
    struct error err = ERROR_INIT;

    (void)state;
    assert_null(recording_create("/nowhere/run.sgr", &head, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    assert_string_equal(err.text, "/nowhere/run.sgr.part: cannot be written: No such file or "
                                  "directory");
    err = (struct error)ERROR_INIT;
    assert_null(recording_create("/dev/null", &head, &err));
    assert_non_null(strstr(err.text, "no regular file"));
}

/* ---- Cut ---- */

/* At whatever byte the run is killed, there is a sentence or a good beginning. */
static void test_cut_anywhere(void **state)
{
    size_t bytes;
    uint8_t *data;
    size_t beats = 0;
    char path[256];

    (void)state;
    bench_path(path);
    make_file(path, 1, 6);
    data = bench_read(path, &bytes);
    for (size_t length = 0; length < bytes; length += length < 400 ? 1 : 97) {
        struct error err = ERROR_INIT;
        struct recording *recording;

        bench_write(path, data, length);
        recording = recording_open(path, &err);
        if (recording == NULL) {
            assert_true(beats == 0 && length < 400);
            assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
            continue;
        }
        assert_false(recording_is_whole(recording));
        assert_null(recording_end(recording));
        assert_true(recording_beat_count(recording) >= beats);
        beats = recording_beat_count(recording);
        bench_close(recording);
    }
    assert_int_equal(beats, 6);
    free(data);
    bench_clean(path);
}

/* ---- Damaged ---- */

/* Each flipped bit is noticed, at the latest when a blob is read; nothing is mistaken for something else. */
static void test_flips(void **state)
{
    size_t bytes;
    uint8_t *data;
    char path[256];

    (void)state;
    bench_path(path);
    make_file(path, 2, 1);
    data = bench_read(path, &bytes);
    for (size_t at = 0; at < bytes; at += at < 600 ? 1 : 211) {
        struct error err = ERROR_INIT;

        data[at] ^= (uint8_t)(1u << at % 8);
        bench_write(path, data, bytes);
        assert_null(recording_open(path, &err));
        assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
        data[at] ^= (uint8_t)(1u << at % 8);
    }
    free(data);
    bench_clean(path);
}

/* The first chunk of a type, or NULL. */
static uint8_t *find_chunk(uint8_t *data, size_t bytes, const char *type)
{
    size_t at = RECORDING_FRONT_BYTES;

    while (at + CHUNK_HEAD_BYTES <= bytes) {
        if (memcmp(data + at, type, 4) == 0) return data + at;
        at += CHUNK_HEAD_BYTES + (size_t)le64_get(data + at + CHUNK_BYTES);
    }
    return NULL;
}

static void mend(uint8_t *chunk)
{
    const size_t bytes = le64_get(chunk + CHUNK_BYTES);

    le32_put(chunk + CHUNK_PAYLOAD_CRC, (uint32_t)crc32_z(0, chunk + CHUNK_HEAD_BYTES, bytes));
    le32_put(chunk + CHUNK_HEAD_CRC, (uint32_t)crc32_z(0, chunk, CHUNK_HEAD_CRC));
}

/* Bytes that say something else, with checksums that are right. */
static const struct forgery {
    const char *type;
    size_t at; /* in the payload */
    uint8_t value;
    const char *words;
} forgeries[] = {
    {CHUNK_HEAD, 127, 'x', "what machine it is of"},
    {CHUNK_HEAD, 130, 0, "what machine it is of"},
    {CHUNK_INPUTS, INPUT_KIND, 3, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_KIND + 3, 0x80, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_ZERO, 1, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_AT + INSTANT_CORE, 8, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_AT + INSTANT_LOOKED, 1, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_AT + INSTANT_EDGE + 7, 1, "inputs are not in the order"},
    {CHUNK_INPUTS, INPUT_AT + INSTANT_QUANTUM + 7, 1, "inputs are not in the order"},
    {CHUNK_INPUTS, INPUT_SEQ + 7, 1, "inputs are not in the order"},
    {CHUNK_INPUTS, INPUT_BODY + MESSAGE_KIND, INBOX_STOP, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BODY + MESSAGE_KIND, INBOX_ATTENTION, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BODY + MESSAGE_KIND, INBOX_ATTENTION + 1, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BODY + MESSAGE_KIND, INBOX_KEY, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BODY + MESSAGE_BYTES, 4, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BODY + MESSAGE_BYTES, 0, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BODY + MESSAGE_BYTES, 49, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_KIND, DRAM_FAULT_KINDS, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_IMC, 2, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_CHANNEL, 3, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_DIMM, 3, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_RANK, 8, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_BANK_GROUP, 4, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_BANK, 4, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_VALUE, 2, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_LINE, 4, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_LINE_BIT, 32, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_HAS_PARITY, 2, "an input cannot be"},
    {CHUNK_INPUTS, INPUT_BYTES + INPUT_BODY + FAULT_BYTES, 1, "an input cannot be"},
    {CHUNK_INPUTS, 2 * INPUT_BYTES + INPUT_BODY + 2, 1, "an input cannot be"},
    {CHUNK_INPUTS, 2 * INPUT_BYTES + INPUT_BODY + 8, 1, "an input cannot be"},
    {CHUNK_BEATS, BEAT_AT + INSTANT_CORE, 9, "a beat cannot be"},
    {CHUNK_BEATS, BEAT_AT + INSTANT_EDGE + 7, 1, "beats are not in the order"},
    {CHUNK_BEATS, BEAT_WHEN + 7, 1, "beats are not in the order"},
    {CHUNK_BEATS, BEAT_SEQ + 7, 1, "beats are not in the order"},
    {CHUNK_BLOCKS, BLOCK_MODULE, 2, "a block of a disk cannot be"},
    {CHUNK_BLOCKS, BLOCK_NUMBER + 5, 1, "a block of a disk cannot be"},
    {CHUNK_BLOCKS, BLOCK_BLOB + 3, 1, "a block of a disk has no contents"},
    {CHUNK_BLOCKS, BLOCK_BYTES + BLOCK_NUMBER + 6, 1, "a block of a disk cannot be"},
    {CHUNK_CHECKPOINT, CHECKPOINT_STATE, 0, "a checkpoint's parts are not there"},
    {CHUNK_CHECKPOINT, CHECKPOINT_STATE + 2, 1, "a checkpoint's parts are not there"},
    {CHUNK_CHECKPOINT, CHECKPOINT_PAGES, 19, "a checkpoint's parts are not there"},
    {CHUNK_CHECKPOINT, CHECKPOINT_PAGES + 3, 0xff, "a checkpoint's parts are not there"},
    {CHUNK_CHECKPOINT, CHECKPOINT_AT + INSTANT_CORE, 9, "a checkpoint cannot be"},
    {CHUNK_CHECKPOINT, CHECKPOINT_AT + BEAT_WHEN + 7, 1, "checkpoints are not in the order"},
    {CHUNK_CHECKPOINT, CHECKPOINT_HEAD_BYTES + PAGE_BLOB + 3, 1, "a page of a checkpoint"},
    {CHUNK_BLOBS, 0, 0, "number of blobs contradicts"},
    {CHUNK_BLOBS, 3, 0xff, "number of blobs contradicts"},
    {CHUNK_BLOBS, 7, 0xff, "an impossible length"},
    {CHUNK_BLOBS, 6, 0x30, "an impossible length"},
    {CHUNK_BLOBS, BLOBS_COUNTS_BYTES + 3, 1, "a blob lies outside"},
    {CHUNK_BLOBS, BLOBS_COUNTS_BYTES + 7, 1, "a blob lies outside"},
    {CHUNK_EVENTS, 4, 0, "the events are damaged"},
    {CHUNK_END, END_INPUTS, 1, "more or less than there is"},
    {CHUNK_END, END_BEATS, 1, "more or less than there is"},
    {CHUNK_END, END_EVENTS, 1, "more or less than there is"},
    {CHUNK_END, END_BLOBS + 2, 1, "more or less than there is"},
    {CHUNK_END, END_BLOCKS, 1, "more or less than there is"},
    {CHUNK_END, END_CHECKPOINTS, 9, "more or less than there is"},
    {CHUNK_END, END_IS_KNOWN, 2, "its end cannot be"},
    {CHUNK_END, END_STOP, 8, "its end cannot be"},
    {CHUNK_END, END_LAST + INSTANT_CORE, 8, "its end cannot be"},
    {CHUNK_END, END_ZERO, 1, "its end cannot be"},
};

static void test_forgeries(void **state)
{
    size_t bytes;
    uint8_t *data;
    char path[256];

    (void)state;
    bench_path(path);
    make_file(path, 2, 1);
    data = bench_read(path, &bytes);
    for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
        const struct forgery *forgery = &forgeries[i];
        uint8_t *chunk = find_chunk(data, bytes, forgery->type);
        uint8_t *place = chunk + CHUNK_HEAD_BYTES + forgery->at;
        const uint8_t before = *place;

        assert_non_null(chunk);
        assert_int_not_equal(before, forgery->value);
        *place = forgery->value;
        mend(chunk);
        bench_write(path, data, bytes);
        bench_assert_refused(path, forgery->words);
        *place = before;
        mend(chunk);
    }
    bench_write(path, data, bytes);
    bench_close(bench_open(path));
    free(data);
    bench_clean(path);
}

/* Contents are checked when they are wanted. */
static void test_wrong_blob(void **state)
{
    struct error err = ERROR_INIT;
    struct recording *recording;
    uint8_t page[4096];
    size_t bytes;
    uint8_t *data;
    uint8_t *chunk;
    char path[256];

    (void)state;
    bench_path(path);
    make_file(path, 1, 1);
    data = bench_read(path, &bytes);
    chunk = find_chunk(data, bytes, CHUNK_BLOBS);
    chunk[CHUNK_HEAD_BYTES + BLOBS_COUNTS_BYTES + 8] ^= 1; /* the first entry's hash */
    mend(chunk);
    bench_write(path, data, bytes);
    recording = bench_open(path);
    assert_int_equal(recording_blob_bytes(recording, 1), sizeof(page));
    assert_int_equal(recording_get_blob(recording, 1, page, &err), -1);
    assert_non_null(strstr(err.text, "blob 1 is not what was recorded"));
    assert_int_equal(recording_get_blob(recording, 2, page, &err), 0);
    bench_close(recording);
    free(data);
    bench_clean(path);
}

static void test_foreign(void **state)
{
    size_t bytes;
    uint8_t *data;
    char path[256];

    (void)state;
    bench_path(path);
    bench_assert_refused("/nowhere/x.sgr", "No such file");
    bench_assert_refused("/dev/zero", "no regular file");
    bench_assert_refused("/tmp", "no regular file");
    bench_write(path, "", 0);
    bench_assert_refused(path, "too short");
    bench_write(path, "GIF89a, but long enough for a front", 35);
    bench_assert_refused(path, "is not a recording");
    make_file(path, 2, 1);
    data = bench_read(path, &bytes);
    data[8] = 2;
    bench_write(path, data, bytes);
    bench_assert_refused(path, "version 2: this program reads version 1");
    data[8] = 1;
    data = realloc(data, bytes + 10);
    memset(data + bytes, 0, 10);
    bench_write(path, data, bytes + 10);
    bench_assert_refused(path, "something stands behind its end");
    memcpy(find_chunk(data, bytes, CHUNK_BEATS), "WHAT", 4);
    mend(find_chunk(data, bytes, "WHAT"));
    bench_write(path, data, bytes);
    bench_assert_refused(path, "not known");
    free(data);
    bench_clean(path);
}

/* A length that the file does not have reserves no memory. */
static void test_long_chunk(void **state)
{
    size_t bytes;
    uint8_t *data;
    uint8_t *chunk;
    char path[256];

    (void)state;
    bench_path(path);
    make_file(path, 1, 1);
    data = bench_read(path, &bytes);
    chunk = find_chunk(data, bytes, CHUNK_BEATS);
    le64_put(chunk + CHUNK_BYTES, UINT64_C(1) << 29);
    le32_put(chunk + CHUNK_HEAD_CRC, (uint32_t)crc32_z(0, chunk, CHUNK_HEAD_CRC));
    bench_write(path, data, bytes);
    bench_close(bench_open(path)); /* as if it had been cut there */
    le64_put(chunk + CHUNK_BYTES, UINT64_MAX);
    le32_put(chunk + CHUNK_HEAD_CRC, (uint32_t)crc32_z(0, chunk, CHUNK_HEAD_CRC));
    bench_write(path, data, bytes);
    bench_assert_refused(path, "a chunk is too long");
    free(data);
    bench_clean(path);
}

/* ---- A host that cannot keep it ---- */

/* No part of a chunk stands at the end. */
static void assert_whole_chunks(const char *path)
{
    size_t bytes;
    uint8_t *data = bench_read(path, &bytes);
    size_t at = RECORDING_FRONT_BYTES;

    while (at < bytes) {
        assert_true(bytes - at >= CHUNK_HEAD_BYTES);
        at += CHUNK_HEAD_BYTES + (size_t)le64_get(data + at + CHUNK_BYTES);
    }
    assert_int_equal(at, bytes);
    free(data);
}

static void test_no_room(void **state)
{
    const struct rlimit limit = {.rlim_cur = 300000, .rlim_max = RLIM_INFINITY};
    const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    struct recording *memory = bench_create(NULL);
    struct recording *recording;
    struct error err = ERROR_INIT;
    char path[256];
    char part[300];
    size_t kept;

    (void)state;
    bench_path(path);
    (void)snprintf(part, sizeof(part), "%s.part", path);
    bench_write(path, "old", 3);
    recording = bench_create(path);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (unsigned i = 0; i < 10; i++) {
        bench_populate(recording, 1);
        bench_populate(memory, 1);
        (void)recording_flush(recording, &err);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_non_null(strstr(err.text, "File too large"));
    assert_non_null(strstr(err.text, part));
    assert_false(recording_is_whole(recording));
    /* The run goes on, and nothing is lost in memory. */
    bench_populate(recording, 3);
    bench_populate(memory, 3);
    bench_assert_equal(memory, recording);
    err = (struct error)ERROR_INIT;
    assert_int_equal(recording_flush(recording, &err), -1);
    assert_int_equal(recording_close(recording, &err), -1);
    bench_assert_refused(path, "is not a recording");
    assert_whole_chunks(part);
    recording = bench_open(part);
    assert_false(recording_is_whole(recording));
    kept = recording_beat_count(recording);
    assert_in_range(kept, 1, 9);
    bench_close(memory);
    memory = bench_create(NULL);
    bench_populate(memory, (unsigned)kept);
    assert_int_equal(recording_checkpoint_count(recording), kept);
    assert_int_equal(recording_input_count(recording), recording_input_count(memory));
    bench_close(recording);
    bench_close(memory);
    bench_clean(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins),        cmocka_unit_test(test_twins_while_made),
        cmocka_unit_test(test_memory),       cmocka_unit_test(test_end_unknown),
        cmocka_unit_test(test_name),         cmocka_unit_test(test_not_writable),
        cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_flips),
        cmocka_unit_test(test_forgeries),    cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_wrong_blob),   cmocka_unit_test(test_long_chunk),
        cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
