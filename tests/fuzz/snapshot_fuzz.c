/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots from hostile hands. First byte: 0, the rest is a snapshot file; otherwise the state of
 * a device is saved, damaged as the rest says, sealed with good checksums again (no fuzzer finds
 * those) and loaded. A device that accepts a state must live with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/core/snap.h"
#include "tests/fuzz/input.h"
#include "tests/generic/life.h"

#define MACHINE_NAME "fuzz"
#define HEADER_BYTES 160u /* docs/formats/snapshot.md */
#define CHUNK_BYTES  144u
#define CHUNK_LENGTH 136u
#define STEPS_BEFORE 40
#define STEPS_AFTER  60
#define DAMAGES_MAX  16

static void read_raw(const struct fuzz_input *input)
{
    struct error err = ERROR_INIT;
    uint8_t *copy = malloc(input->bytes ? input->bytes : 1);
    uint64_t value;

    assert_non_null(copy);
    memcpy(copy, input->data, input->bytes);
    struct snap_reader *reader = snap_reader_create(copy, input->bytes, MACHINE_NAME, &err);
    if (reader && snap_chunk_open(reader, "/dut", "a", 1, &err) == 0) {
        while (snap_get_u64(reader, &value, &err) == 0) {}
    }
    assert_true(reader || *err.text);
    snap_reader_destroy(reader);
    free(copy);
}

/* The chunk of one device, damaged, into `writer`. */
static void put_damaged(struct snap_writer *writer, struct device *device, struct fuzz_input *input)
{
    struct snap_writer *good = snap_writer_create();
    size_t bytes;

    assert_non_null(good);
    device_save(device, good);
    const uint8_t *saved = snap_finish(good, MACHINE_NAME, &bytes);
    size_t length = (size_t)le64_get(saved + HEADER_BYTES + CHUNK_LENGTH);
    uint8_t *body = malloc(length + 8);
    assert_non_null(body);
    memcpy(body, saved + HEADER_BYTES + CHUNK_BYTES, length);
    unsigned damages = (unsigned)fuzz_take(input, 1) % DAMAGES_MAX;
    for (unsigned i = 0; i < damages && length >= 8; i++) {
        size_t offset = (size_t)fuzz_take(input, 2) * 8 % length;
        unsigned size = (unsigned)(1 + fuzz_take(input, 1) % 8);

        le_put(body + offset, size, fuzz_take(input, size));
    }
    /* Now and then cut short or too long. */
    unsigned end = (unsigned)fuzz_take(input, 1);
    if (end == 255 && length > 0) length--;
    if (end == 254) le_put(body + length, 8, 0);
    snap_chunk_begin(writer, device->path, device->class->name, device->class->version);
    snap_put_bytes(writer, body, end == 254 ? length + 8 : length);
    snap_chunk_end(writer);
    free(body);
    snap_writer_destroy(good);
}

static bool load_all(struct rig *rig, struct snap_reader *reader)
{
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < rig->device_count; i++) {
        if (device_load(rig->devices[i], reader, &err) != 0) {
            assert_true(*err.text);
            return false;
        }
    }
    return true;
}

static void load_damaged(struct fuzz_input *input, size_t which)
{
    struct subject subject = subject_at(which % subject_count());
    struct rig *from = life_begin(&subject);
    struct rig *to = life_begin(&subject);
    struct snap_writer *writer = snap_writer_create();
    struct error err = ERROR_INIT;
    size_t bytes;

    assert_non_null(writer);
    life_live(from, &subject, LIFE_WITHOUT_RESETS, fuzz_take(input, 1) + 1, STEPS_BEFORE);
    for (size_t i = 0; i < from->device_count; i++) {
        put_damaged(writer, from->devices[i], input);
    }
    const void *data = snap_finish(writer, MACHINE_NAME, &bytes);
    struct snap_reader *reader = snap_reader_create(data, bytes, MACHINE_NAME, &err);
    assert_non_null(reader);
    sched_restore(to->sched, rig_now(from), sched_seq(from->sched));
    if (load_all(to, reader) && snap_reader_finish(reader, &err) == 0) {
        life_live(to, &subject, LIFE_WITH_RESETS, fuzz_take(input, 1) + 1, STEPS_AFTER);
    }
    snap_reader_destroy(reader);
    snap_writer_destroy(writer);
    rig_destroy(from);
    rig_destroy(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    size_t which = (size_t)fuzz_take(&input, 1);

    if (which == 0) {
        read_raw(&input);
    } else {
        load_damaged(&input, which - 1);
    }
    return 0;
}
