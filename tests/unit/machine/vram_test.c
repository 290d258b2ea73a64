/* SPDX-License-Identifier: GPL-2.0-only */
/* Video memory is part of a machine's state and of its snapshots, and damaged ones are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "devices/display/vega10.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/base/lazy_memory.h"
#include "emu/core/device.h"
#include "emu/machine/machine.h"
#include "tests/unit/machine/halted.h"

#define BLOCK        LAZY_MEMORY_BLOCK
#define FIRST_BLOCK  UINT64_C(0x30000)
#define SECOND_BLOCK (VEGA10_VRAM_BYTES - BLOCK)

/* docs/formats/snapshot.md */
#define HEADER_BYTES 160u
#define CHUNK_CRC    132u
#define CHUNK_LENGTH 136u
#define CHUNK_DATA   144u

static struct device *display_of(struct machine *machine)
{
    for (size_t i = 0; i < machine_device_count(machine); i++) {
        if (machine_device(machine, i)->class == &vega10_class) return machine_device(machine, i);
    }
    fail_msg("the machine has no display");
    return NULL;
}

static void paint(struct machine *machine, uint64_t offset, uint8_t value)
{
    uint8_t block[BLOCK];

    memset(block, value, sizeof(block));
    vega10_vram_load(display_of(machine), offset, block);
}

/* One machine with something in video memory, and its snapshot. */
static uint8_t *save_painted(struct machine **machine, size_t *bytes)
{
    struct error err = ERROR_INIT;
    void *data;

    *machine = halted_machine();
    paint(*machine, FIRST_BLOCK, 0x11);
    paint(*machine, SECOND_BLOCK, 0x22);
    assert_int_equal(machine_save(*machine, &data, bytes, &err), 0);
    return data;
}

static void video_memory_is_saved_loaded_and_hashed(void **state)
{
    struct machine *machines[2];
    struct error err = ERROR_INIT;
    size_t bytes;
    uint8_t *snapshot = save_painted(&machines[0], &bytes);
    uint64_t hash = machine_state_hash(machines[0]);

    (void)state;
    machines[1] = halted_machine();
    paint(machines[1], 0, 0x33); /* is gone afterwards */
    assert_int_not_equal(machine_state_hash(machines[1]), hash);
    assert_int_equal(machine_load(machines[1], snapshot, bytes, &err), 0);
    assert_int_equal(machine_state_hash(machines[1]), hash);
    paint(machines[0], SECOND_BLOCK, 0x23);
    assert_int_not_equal(machine_state_hash(machines[0]), hash);
    free(snapshot);
    machine_destroy(machines[0]);
    machine_destroy(machines[1]);
}

static uint8_t *find_chunk(uint8_t *snapshot, size_t bytes, const char *path)
{
    size_t at = HEADER_BYTES;

    while (at + CHUNK_DATA <= bytes && strcmp((const char *)snapshot + at, path) != 0) {
        at += CHUNK_DATA + (size_t)le64_get(snapshot + at + CHUNK_LENGTH);
    }
    assert_true(at + CHUNK_DATA <= bytes);
    return snapshot + at;
}

static void repair(uint8_t *chunk)
{
    uLong crc = crc32(0, chunk, CHUNK_CRC);

    crc = crc32(crc, chunk + CHUNK_LENGTH,
                (uInt)(CHUNK_DATA - CHUNK_LENGTH + le64_get(chunk + CHUNK_LENGTH)));
    le32_put(chunk + CHUNK_CRC, (uint32_t)crc);
}

/* A block: offset, packed bytes, the bytes. */
static uint8_t *next_block(uint8_t *block)
{
    return block + 16 + le64_get(block + 8);
}

static void check_refused(size_t which, uint64_t field, uint64_t value)
{
    struct error err = ERROR_INIT;
    struct machine *machine;
    size_t bytes;
    uint8_t *snapshot = save_painted(&machine, &bytes);
    uint8_t *chunk = find_chunk(snapshot, bytes, "/vram");
    uint8_t *block = chunk + CHUNK_DATA;

    assert_int_equal(le64_get(block), FIRST_BLOCK);
    assert_int_equal(le64_get(next_block(block)), SECOND_BLOCK);
    if (which == 1) {
        block = next_block(block);
    }
    le64_put(block + field, value);
    repair(chunk);
    assert_int_equal(machine_load(machine, snapshot, bytes, &err), -1);
    assert_non_null(strstr(err.text, "snapshot"));
    free(snapshot);
    machine_destroy(machine);
}

static void damaged_video_memory_is_refused(void **state)
{
    (void)state;
    check_refused(0, 0, VEGA10_VRAM_BYTES);
    check_refused(0, 0, FIRST_BLOCK + 1);
    check_refused(1, 0, FIRST_BLOCK);
    check_refused(1, 0, 0);
    check_refused(0, 0, UINT64_MAX);
    check_refused(0, 0, UINT64_MAX - BLOCK + 1);
    check_refused(0, 8, UINT64_MAX);
    check_refused(0, 8, 2 * BLOCK);
    check_refused(0, 8, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(video_memory_is_saved_loaded_and_hashed),
        cmocka_unit_test(damaged_video_memory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
