/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshot files from hostile hands. First byte 0: the rest is a file. Otherwise it says which machine was
 * saved: with one core or several, flat memory or modules, a disk, a display, its own firmware at work for
 * so long; and the rest damages its parts, whose checksums are made good again (no fuzzer finds those). A
 * machine that refuses one can be destroyed; one that accepts it runs on, can be reset, hashed and saved, and
 * takes no more of the host's memory than others.
 */
#define _GNU_SOURCE /* memfd_create */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "emu/app/panel.h"
#include "emu/app/record_setup.h"
#include "emu/app/snapshot_file.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/endian.h"
#include "emu/core/inbox.h"
#include "emu/core/snap.h"
#include "emu/machine/machine.h"
#include "roms/roms.h"
#include "tests/fuzz/fuzz_disk.h"
#include "tests/fuzz/input.h"

#define FILE_HEADER_BYTES 32u /* docs/formats/snapshot.md */
#define FILE_CRC          12u
#define HEADER_BYTES      160u
#define HEADER_CRC        24u
#define CHUNK_BYTES       144u
#define CHUNK_CRC         132u
#define CHUNK_LENGTH      136u
#define SETUP             "{\"version\":1,\"rtc_base\":0,\"options\":[]}"
#define ROUNDS_MAX        6
#define DAMAGES_MAX       8
#define SLICES            6
#define SLICE             VTIME_US(40)
#define SAVED_MAX         ((size_t)64 << 20)

/* See machine_fuzz.c. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:g_array_new\n";
}

static const struct shape {
    unsigned cores;
    bool is_flat;
    bool has_disk;
    bool has_panel;
    bool has_test_device;
    vtime saved_at;
} shapes[] = {
    {.cores = 1, .has_disk = true, .has_panel = true, .saved_at = VTIME_MS(9)},
    {.cores = 3, .has_panel = true, .has_test_device = true, .saved_at = VTIME_MS(16)},
    {.cores = 2, .is_flat = true, .has_disk = true, .saved_at = VTIME_MS(2)},
    {.cores = 1, .is_flat = true, .saved_at = 0},
};

/* Of each shape, made when it is first asked for. */
static struct saved {
    uint8_t *data;
    size_t bytes;
} saved[ARRAY_LEN(shapes)];

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

/* What a machine borrows. */
struct world {
    struct fuzz_disk disk;
    struct app_panel panel;
    struct machine *machine;
};

static void begin(struct world *world, const struct shape *shape)
{
    struct machine_config config = {
        .memory_bytes = UINT64_C(64) << 20,
        .has_flat_memory = shape->is_flat,
        .cores = shape->cores,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .serial = {.write = discard},
        .debug_console = {.write = discard},
        .code_buffer_bytes = (size_t)4 << 20,
        .has_test_device = shape->has_test_device,
    };
    struct error err = ERROR_INIT;

    fuzz_disk_init(&world->disk);
    app_panel_init(&world->panel);
    if (shape->has_disk) config.disk = &world->disk.machine;
    if (shape->has_panel) config.panel = &world->panel.panel;
    world->machine = machine_create(&config, &err);
    BUG_ON(world->machine == NULL);
}

static void end(struct world *world)
{
    machine_destroy(world->machine);
    fuzz_disk_fini(&world->disk);
}

static const struct saved *saved_of(size_t which)
{
    const struct shape *shape = &shapes[which];
    struct error err = ERROR_INIT;
    struct world world;
    void *data;

    if (saved[which].data != NULL) return &saved[which];
    begin(&world, shape);
    (void)machine_run(world.machine, shape->saved_at);
    BUG_ON(machine_save(world.machine, &data, &saved[which].bytes, &err) != 0);
    saved[which].data = data;
    end(&world);
    return &saved[which];
}

/* ---- Damage ---- */

static uint32_t crc_around(const uint8_t *data, size_t bytes, size_t hole)
{
    const uLong crc = crc32_z(0, data, hole);

    return (uint32_t)crc32_z(crc, data + hole + 4, bytes - hole - 4);
}

static size_t chunk_length(const uint8_t *chunk)
{
    return (size_t)le64_get(chunk + CHUNK_LENGTH);
}

static uint8_t *choose_chunk(uint8_t *data, struct fuzz_input *input)
{
    uint8_t *chunk = data + HEADER_BYTES;

    for (size_t skip = fuzz_below(input, le32_get(data + 12)); skip > 0; skip--) {
        chunk += CHUNK_BYTES + chunk_length(chunk);
    }
    return chunk;
}

/* Of eight bytes, which most values have: nonsense, or near to what it was, or at a limit. */
static uint64_t other_value(uint64_t value, struct fuzz_input *input)
{
    const unsigned how = (unsigned)fuzz_take(input, 1);

    switch (how & 7) {
    case 0: return value ^ UINT64_C(1) << (how >> 3 & 31);
    case 1: return value + (how >> 3) + 1;
    case 2: return value - (how >> 3) - 1;
    case 3: return UINT64_MAX >> (how >> 3 & 31);
    case 4: return UINT64_C(1) << (how >> 2 & 63);
    case 5: return how >> 3;
    default: return fuzz_take(input, 8);
    }
}

static void damage_chunk(uint8_t *data, struct fuzz_input *input)
{
    uint8_t *chunk = choose_chunk(data, input);
    const size_t length = chunk_length(chunk);
    const size_t damages = length >= 8 ? fuzz_below(input, DAMAGES_MAX) + 1 : 0;

    for (size_t i = 0; i < damages; i++) {
        uint8_t *at = chunk + CHUNK_BYTES + fuzz_take(input, 2) * 8 % (length - 7);

        le64_put(at, other_value(le64_get(at), input));
    }
    le32_put(chunk + CHUNK_CRC, crc_around(chunk, CHUNK_BYTES + length, CHUNK_CRC));
}

/* Some words of a chunk are gone, or are there twice. */
static void change_length(uint8_t *data, size_t *bytes, struct fuzz_input *input)
{
    uint8_t *chunk = choose_chunk(data, input);
    const size_t length = chunk_length(chunk);
    const size_t words = min_u64(fuzz_below(input, 16) + 1, length / 8);
    const bool is_longer = fuzz_take(input, 1) & 1;
    uint8_t *rest = chunk + CHUNK_BYTES + length;
    const size_t after = *bytes - (size_t)(rest - data);

    memmove(is_longer ? rest + 8 * words : rest - 8 * words, rest, after);
    if (is_longer) memcpy(rest, rest - 8 * words, 8 * words);
    *bytes = is_longer ? *bytes + 8 * words : *bytes - 8 * words;
    le64_put(chunk + CHUNK_LENGTH, is_longer ? length + 8 * words : length - 8 * words);
    le32_put(chunk + CHUNK_CRC, crc_around(chunk, CHUNK_BYTES + chunk_length(chunk), CHUNK_CRC));
}

/* ---- Files ---- */

static int put_file(const uint8_t *data, size_t bytes, char path[64])
{
    const int fd = memfd_create("snapshot", MFD_CLOEXEC);

    BUG_ON(fd < 0 || write(fd, data, bytes) != (ssize_t)bytes);
    (void)snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* As the file says, header and all. */
static void try_raw(const uint8_t *data, size_t bytes)
{
    struct error err = ERROR_INIT;
    struct record_setup setup;
    struct snapshot_file file;
    struct snap_reader *reader;
    char path[64];
    const int fd = put_file(data, bytes, path);

    if (snapshot_file_read(path, &file, &err) == 0) {
        BUG_ON(file.bytes > bytes);
        if (record_setup_look(file.setup, &setup, &err) != 0) BUG_ON(err.kind != ERROR_HOST);
        record_setup_release(&setup);
        err = (struct error)ERROR_INIT;
        reader = snap_reader_create(file.data, file.bytes, NULL, &err);
        BUG_ON(reader == NULL && err.kind != ERROR_HOST);
        snap_reader_destroy(reader);
        snapshot_file_release(&file);
    } else {
        BUG_ON(err.kind != ERROR_HOST || strncmp(err.text, path, strlen(path)) != 0);
    }
    close(fd);
}

static void try_mended(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes);
    uint64_t setup_bytes;

    BUG_ON(copy == NULL);
    memcpy(copy, data, bytes);
    memcpy(copy, "SGSNFILE", 8);
    le32_put(copy + 8, 1);
    setup_bytes = le64_get(copy + 16) % (bytes - FILE_HEADER_BYTES + 1);
    le64_put(copy + 16, setup_bytes);
    le64_put(copy + 24, bytes - FILE_HEADER_BYTES - setup_bytes);
    le32_put(copy + FILE_CRC, crc_around(copy, FILE_HEADER_BYTES + (size_t)setup_bytes, FILE_CRC));
    try_raw(copy, bytes);
    free(copy);
}

/* ---- Machines ---- */

static void live(struct machine *machine, struct fuzz_input *input)
{
    const struct inbox_message reset = {.kind = INBOX_RESET};
    struct error err = ERROR_INIT;
    void *data;
    size_t bytes;

    for (unsigned i = 0; i < SLICES; i++) {
        if (i == SLICES / 2 && fuzz_take(input, 1) % 4 == 0) {
            (void)inbox_post(machine_inbox(machine), &reset);
        }
        (void)machine_run(machine, machine_now(machine) + SLICE);
    }
    (void)machine_state_hash(machine);
    BUG_ON(machine_save(machine, &data, &bytes, &err) != 0 || bytes > SAVED_MAX);
    free(data);
}

static void load(const struct shape *shape, const uint8_t *data, size_t bytes,
                 struct fuzz_input *input)
{
    const size_t setup_bytes = strlen(SETUP);
    uint8_t *whole = calloc(1, FILE_HEADER_BYTES + setup_bytes + bytes);
    struct error err = ERROR_INIT;
    struct snapshot_file file;
    struct world world;
    char path[64];
    int fd;

    BUG_ON(whole == NULL);
    memcpy(whole, "SGSNFILE", 8);
    le32_put(whole + 8, 1);
    le64_put(whole + 16, setup_bytes);
    le64_put(whole + 24, bytes);
    memcpy(whole + FILE_HEADER_BYTES, SETUP, setup_bytes);
    memcpy(whole + FILE_HEADER_BYTES + setup_bytes, data, bytes);
    le32_put(whole + FILE_CRC, crc_around(whole, FILE_HEADER_BYTES + setup_bytes, FILE_CRC));
    fd = put_file(whole, FILE_HEADER_BYTES + setup_bytes + bytes, path);
    free(whole);
    BUG_ON(snapshot_file_read(path, &file, &err) != 0);
    begin(&world, shape);
    if (snapshot_file_load(&file, path, world.machine, &err) == 0) {
        live(world.machine, input);
    } else {
        BUG_ON(err.kind != ERROR_HOST || strncmp(err.text, path, strlen(path)) != 0);
    }
    end(&world);
    snapshot_file_release(&file);
    close(fd);
}

static void try_machine(size_t which, struct fuzz_input *input)
{
    const struct saved *whole = saved_of(which);
    uint8_t *data = malloc(whole->bytes + ROUNDS_MAX * 16 * 8);
    size_t bytes = whole->bytes;

    BUG_ON(data == NULL);
    memcpy(data, whole->data, bytes);
    for (unsigned i = 0; i < ROUNDS_MAX && fuzz_has_more(input); i++) {
        if (fuzz_take(input, 1) % 16 == 15) {
            change_length(data, &bytes, input);
        } else {
            damage_chunk(data, input);
        }
    }
    le64_put(data + 16, bytes);
    le32_put(data + HEADER_CRC, crc_around(data, HEADER_BYTES, HEADER_CRC));
    load(&shapes[which], data, bytes, input);
    free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    const size_t how = (size_t)fuzz_take(&input, 1);

    if (how != 0) {
        try_machine((how - 1) % ARRAY_LEN(shapes), &input);
        return 0;
    }
    try_raw(input.data, input.bytes);
    if (input.bytes >= FILE_HEADER_BYTES) try_mended(input.data, input.bytes);
    return 0;
}
