/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine_load() on damaged snapshots of a whole machine with a disk: cores, RAM, run loop, devices,
 * what SSD modules remember. The checksums are made good again. A machine that accepts one must run
 * on for a while; one that refuses must still be destroyed cleanly.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "devices/storage/ssd_module.h"
#include "emu/base/bug.h"
#include "emu/base/endian.h"
#include "emu/machine/machine_internal.h"
#include "tests/fuzz/fuzz_disk.h"
#include "tests/fuzz/input.h"

#define HEADER_BYTES 160u /* docs/formats/snapshot.md */
#define CHUNK_BYTES  144u
#define CHUNK_CRC    132u
#define CHUNK_LENGTH 136u
#define ROM_BYTES    4096u
#define DAMAGES_MAX  8
#define CHUNKS_MAX   512
#define RUN_SPAN     VTIME_US(200)

/* An endless loop of reads and writes of port 0x70 and 0x71 at the reset vector. */
static const uint8_t code[16] = {0xb0, 0x0b, 0xe6, 0x70, 0xe4, 0x71, 0xe4, 0x40, 0xeb, 0xf6};

/* The engine leaks a few small arrays at its end (tests/tools/lsan.supp); they are not ours to
 * find. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:g_array_new\n";
}

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

static struct machine *make(const uint8_t *rom, const struct fuzz_disk *disk)
{
    const struct machine_config config = {
        .memory_bytes = MACHINE_MEMORY_MIN,
        .has_flat_memory = true,
        .cores = 1,
        .rom = rom,
        .rom_bytes = ROM_BYTES,
        .disk = &disk->machine,
        .serial = {.write = discard},
        .debug_console = {.write = discard},
        .code_buffer_bytes = (size_t)4 << 20,
    };
    struct error err = ERROR_INIT;
    struct machine *machine = machine_create(&config, &err);

    BUG_ON(!machine);
    return machine;
}

static uint32_t chunk_crc(const uint8_t *chunk, size_t bytes)
{
    uLong crc = crc32_z(0, chunk, CHUNK_CRC);

    return (uint32_t)crc32_z(crc, chunk + CHUNK_CRC + 4, bytes - CHUNK_CRC - 4);
}

/* Damages one chunk of the file. */
static void damage(uint8_t *data, size_t bytes, struct fuzz_input *input)
{
    size_t offset = HEADER_BYTES;

    for (size_t skip = fuzz_below(input, CHUNKS_MAX); skip > 0; skip--) {
        size_t next = offset + CHUNK_BYTES + (size_t)le64_get(data + offset + CHUNK_LENGTH);

        if (next >= bytes) break;
        offset = next;
    }
    size_t length = (size_t)le64_get(data + offset + CHUNK_LENGTH);
    unsigned damages = (unsigned)fuzz_take(input, 1) % DAMAGES_MAX;
    for (unsigned i = 0; i < damages && length >= 8; i++) {
        size_t at = (size_t)fuzz_take(input, 2) * 8 % (length - 7);
        unsigned size = (unsigned)(1 + fuzz_take(input, 1) % 8);

        le_put(data + offset + CHUNK_BYTES + at, size, fuzz_take(input, size));
    }
    le32_put(data + offset + CHUNK_CRC, chunk_crc(data + offset, CHUNK_BYTES + length));
}

/* A change to what an SSD module remembers. */
struct change {
    uint8_t *at; /* NULL: nothing was changed */
    unsigned size;
    uint64_t value;
};

/* Exchanges the bytes of a change with its value. */
static void exchange(struct change *change)
{
    uint64_t old;

    if (change->at == NULL) return;
    old = le_get(change->at, change->size);
    le_put(change->at, change->size, change->value);
    change->value = old;
}

/* What a file has packed is changed while it is packed; the machine itself stays as it was. */
static void save_changed(struct machine *machine, struct fuzz_input *input, void **data,
                         size_t *bytes)
{
    const size_t count = fuzz_below(input, DAMAGES_MAX);
    struct change changes[DAMAGES_MAX];
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < count; i++) {
        struct device *module = machine->parts.ssd[fuzz_below(input, RAID0_MODULES)];
        const unsigned index = (unsigned)fuzz_below(input, SSD_MODULE_MEMORIES);
        const uint64_t at = fuzz_take(input, 3);
        struct change *change = &changes[i];
        uint64_t memory_bytes;

        change->at = ssd_module_memory(module, index, &memory_bytes);
        change->size = (unsigned)(1 + fuzz_below(input, sizeof(uint64_t)));
        change->value = fuzz_take(input, change->size);
        if (change->at != NULL) change->at += at % (memory_bytes - change->size);
        exchange(change);
    }
    BUG_ON(machine_save(machine, data, bytes, &err) != 0);
    for (size_t i = count; i > 0; i--) {
        exchange(&changes[i - 1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    uint8_t rom[ROM_BYTES] = {0};
    struct fuzz_disk disk;
    struct error err = ERROR_INIT;
    void *snapshot;
    size_t bytes;

    memcpy(rom + ROM_BYTES - sizeof(code), code, sizeof(code));
    fuzz_disk_init(&disk);
    struct machine *machine = make(rom, &disk);
    (void)machine_run(machine, VTIME_US(50));
    save_changed(machine, &input, &snapshot, &bytes);
    machine_destroy(machine);

    machine = make(rom, &disk);
    while (fuzz_has_more(&input)) {
        damage(snapshot, bytes, &input);
    }
    if (machine_load(machine, snapshot, bytes, &err) == 0) {
        (void)machine_run(machine, machine_now(machine) + RUN_SPAN);
    } else {
        BUG_ON(!*err.text);
    }
    machine_destroy(machine);
    fuzz_disk_fini(&disk);
    free(snapshot);
    return 0;
}
