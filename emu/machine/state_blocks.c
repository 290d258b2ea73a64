/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory in a snapshot: each kind is a chunk of the blocks that are not all zero, packed one by one
 * (docs/formats/snapshot.md). A machine without a display has no chunk for video memory, one
 * without a disk none for the maps and write caches of SSD modules.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "devices/display/vega10.h"
#include "devices/storage/ssd_module.h"
#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/base/lazy_memory.h"
#include "emu/core/snap.h"
#include "emu/machine/machine_internal.h"

#define BLOCK_BYTES    MACHINE_RAM_BLOCK
#define BLOCKS_VERSION 1u
#define BLOCKS_END     UINT64_MAX
/* Fast: snapshots are taken often, and most of RAM is zero anyway. */
#define COMPRESSION 1

static_assert(VEGA10_VRAM_BYTES % LAZY_MEMORY_BLOCK == 0, "whole blocks");

typedef int visit_block(void *ctx, uint64_t offset, const uint8_t *block);

struct memory_kind {
    const char *chunk;
    const char *class_name;
    enum machine_blocks when;
    unsigned module; /* of MODULE_MEMORY */
    unsigned index;
    /* Of plain host memory: where it is and how large; NULL: this machine has none. */
    uint8_t *(*memory)(const struct machine *machine, const struct memory_kind *kind,
                       uint64_t *bytes);
    bool (*exists)(const struct machine *machine, const struct memory_kind *kind);
    uint64_t (*bytes)(const struct machine *machine, const struct memory_kind *kind);
    int (*visit)(const struct machine *machine, const struct memory_kind *kind, visit_block *visit,
                 void *ctx);
    void (*clear)(struct machine *machine, const struct memory_kind *kind);
    /* Some of it, whole pages. */
    void (*load)(struct machine *machine, const struct memory_kind *kind, uint64_t offset,
                 const uint8_t *data, size_t count);
    void (*get)(const struct machine *machine, const struct memory_kind *kind, uint64_t offset,
                uint8_t *page);
};

/* ---- Plain host memory ---- */

static uint8_t *ram_memory(const struct machine *machine, const struct memory_kind *kind,
                           uint64_t *bytes)
{
    (void)kind;
    *bytes = machine->ram.bytes;
    return machine->ram.host;
}

static uint8_t *car_memory(const struct machine *machine, const struct memory_kind *kind,
                           uint64_t *bytes)
{
    (void)kind;
    *bytes = MAP_CAR_SIZE;
    return machine->car.host;
}

static uint8_t *module_memory(const struct machine *machine, const struct memory_kind *kind,
                              uint64_t *bytes)
{
    return ssd_module_memory(machine->parts.ssd[kind->module], kind->index, bytes);
}

static bool host_exists(const struct machine *machine, const struct memory_kind *kind)
{
    uint64_t bytes;

    return kind->memory(machine, kind, &bytes) != NULL;
}

static uint64_t host_bytes(const struct machine *machine, const struct memory_kind *kind)
{
    uint64_t bytes = 0;

    (void)kind->memory(machine, kind, &bytes);
    return bytes;
}

static int host_visit(const struct machine *machine, const struct memory_kind *kind,
                      visit_block *visit, void *ctx)
{
    uint64_t bytes;
    const uint8_t *memory = kind->memory(machine, kind, &bytes);

    return lazy_memory_visit(memory, bytes, visit, ctx);
}

static void host_clear(struct machine *machine, const struct memory_kind *kind)
{
    uint64_t bytes;
    uint8_t *memory = kind->memory(machine, kind, &bytes);

    lazy_memory_clear(memory, bytes);
}

static void host_load(struct machine *machine, const struct memory_kind *kind, uint64_t offset,
                      const uint8_t *data, size_t count)
{
    uint64_t bytes;
    uint8_t *memory = kind->memory(machine, kind, &bytes);

    memcpy(memory + offset, data, count);
}

static void host_get(const struct machine *machine, const struct memory_kind *kind, uint64_t offset,
                     uint8_t *page)
{
    uint64_t bytes;
    const uint8_t *memory = kind->memory(machine, kind, &bytes);

    memcpy(page, memory + offset, MACHINE_PAGE_BYTES);
}

/* ---- Video memory ---- */

static bool has_display(const struct machine *machine, const struct memory_kind *kind)
{
    (void)kind;
    return machine->parts.display != NULL;
}

static uint64_t vram_bytes(const struct machine *machine, const struct memory_kind *kind)
{
    (void)machine;
    (void)kind;
    return VEGA10_VRAM_BYTES;
}

static int vram_visit(const struct machine *machine, const struct memory_kind *kind,
                      visit_block *visit, void *ctx)
{
    (void)kind;
    return vega10_vram_visit(machine->parts.display, visit, ctx);
}

static void vram_clear(struct machine *machine, const struct memory_kind *kind)
{
    (void)kind;
    vega10_vram_clear(machine->parts.display);
}

static void vram_load(struct machine *machine, const struct memory_kind *kind, uint64_t offset,
                      const uint8_t *data, size_t count)
{
    (void)kind;
    vega10_vram_put(machine->parts.display, offset, data, count);
}

static void vram_get(const struct machine *machine, const struct memory_kind *kind, uint64_t offset,
                     uint8_t *page)
{
    (void)kind;
    vega10_vram_get(machine->parts.display, offset, page, MACHINE_PAGE_BYTES);
}

/* ---- All of them ---- */

#define HOST_MEMORY(of)                                                              \
    .memory = (of), .exists = host_exists, .bytes = host_bytes, .visit = host_visit, \
    .clear = host_clear, .load = host_load, .get = host_get
#define MODULE_MEMORY(m, i)                                                                     \
    {                                                                                           \
        .chunk = "/ssd" #m "/memory" #i, .class_name = "ssd_memory",                            \
        .when = MACHINE_BLOCKS_DEVICE, .module = (m), .index = (i), HOST_MEMORY(module_memory), \
    }

static_assert(SSD_MODULE_MEMORIES == 6 && RAID0_MODULES == 2, "each has a row");

static const struct memory_kind kinds[] = {
    MODULE_MEMORY(0, 0),
    MODULE_MEMORY(0, 1),
    MODULE_MEMORY(0, 2),
    MODULE_MEMORY(0, 3),
    MODULE_MEMORY(0, 4),
    MODULE_MEMORY(0, 5),
    MODULE_MEMORY(1, 0),
    MODULE_MEMORY(1, 1),
    MODULE_MEMORY(1, 2),
    MODULE_MEMORY(1, 3),
    MODULE_MEMORY(1, 4),
    MODULE_MEMORY(1, 5),
    {
        .chunk = "/ram",
        .class_name = "ram",
        .when = MACHINE_BLOCKS_GUEST,
        HOST_MEMORY(ram_memory),
    },
    {
        .chunk = "/cache_as_ram",
        .class_name = "ram",
        .when = MACHINE_BLOCKS_GUEST,
        HOST_MEMORY(car_memory),
    },
    {
        .chunk = "/vram",
        .class_name = "vram",
        .when = MACHINE_BLOCKS_GUEST,
        .exists = has_display,
        .bytes = vram_bytes,
        .visit = vram_visit,
        .clear = vram_clear,
        .load = vram_load,
        .get = vram_get,
    },
};

/* ---- Saving ---- */

struct saver {
    struct snap_writer *w;
    uint8_t *packed;
    uLong packed_bytes;
};

static int save_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    struct saver *saver = ctx;
    uLongf bytes = saver->packed_bytes;

    if (compress2(saver->packed, &bytes, block, BLOCK_BYTES, COMPRESSION) != Z_OK) return -1;
    snap_put_u64(saver->w, offset);
    snap_put_u64(saver->w, bytes);
    snap_put_bytes(saver->w, saver->packed, bytes);
    return 0;
}

int machine_blocks_save(struct machine *machine, struct snap_writer *w, struct error *err)
{
    struct saver saver = {.w = w, .packed_bytes = compressBound(BLOCK_BYTES)};
    int result = 0;

    saver.packed = malloc(saver.packed_bytes);
    if (saver.packed == NULL) return error_host(err, "out of memory saving the guest's memory");
    for (size_t i = 0; i < ARRAY_LEN(kinds) && result == 0; i++) {
        if (!kinds[i].exists(machine, &kinds[i])) continue;
        snap_chunk_begin(w, kinds[i].chunk, kinds[i].class_name, BLOCKS_VERSION);
        result = kinds[i].visit(machine, &kinds[i], save_block, &saver);
        snap_put_u64(w, BLOCKS_END);
        snap_chunk_end(w);
    }
    free(saver.packed);
    return result == 0 ? 0 : error_host(err, "cannot compress the guest's memory");
}

/* ---- Loading ---- */

struct loader {
    struct machine *machine;
    struct snap_reader *r;
    uint8_t *packed;
    uint8_t *block;
    uint64_t next; /* the lowest offset that may come */
};

static int load_block(struct loader *loader, const struct memory_kind *kind, uint64_t offset,
                      struct error *err)
{
    uLongf bytes = BLOCK_BYTES;
    uint64_t packed_bytes;

    if (offset % BLOCK_BYTES != 0 || offset < loader->next ||
        offset >= kind->bytes(loader->machine, kind)) {
        return error_host(err, "snapshot: memory block outside its memory, or twice");
    }
    if (snap_get_u64(loader->r, &packed_bytes, err) != 0) return -1;
    if (packed_bytes > compressBound(BLOCK_BYTES))
        return error_host(err, "snapshot: memory block too long");
    if (snap_get_bytes(loader->r, loader->packed, (size_t)packed_bytes, err) != 0) return -1;
    if (uncompress(loader->block, &bytes, loader->packed, (uLong)packed_bytes) != Z_OK ||
        bytes != BLOCK_BYTES) {
        return error_host(err, "snapshot: damaged memory block");
    }
    kind->load(loader->machine, kind, offset, loader->block, BLOCK_BYTES);
    loader->next = offset + BLOCK_BYTES;
    return 0;
}

static int load_kind(struct loader *loader, const struct memory_kind *kind, struct error *err)
{
    loader->next = 0;
    kind->clear(loader->machine, kind);
    if (snap_chunk_open(loader->r, kind->chunk, kind->class_name, BLOCKS_VERSION, err) != 0)
        return -1;
    for (;;) {
        uint64_t offset;

        if (snap_get_u64(loader->r, &offset, err) != 0) return -1;
        if (offset == BLOCKS_END) return snap_chunk_close(loader->r, err);
        if (load_block(loader, kind, offset, err) != 0) return -1;
    }
}

int machine_blocks_load(struct machine *machine, struct snap_reader *r, enum machine_blocks which,
                        struct error *err)
{
    struct loader loader = {.machine = machine,
                            .r = r,
                            .packed = malloc(compressBound(BLOCK_BYTES)),
                            .block = malloc(BLOCK_BYTES)};
    int result = 0;

    if (loader.packed == NULL || loader.block == NULL) {
        result = error_host(err, "out of memory");
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds) && result == 0; i++) {
        if (kinds[i].when == which && kinds[i].exists(machine, &kinds[i])) {
            result = load_kind(&loader, &kinds[i], err);
        }
    }
    free(loader.packed);
    free(loader.block);
    return result;
}

/* ---- One by one (instant.h) ---- */

static_assert(MACHINE_VISIT_BYTES == BLOCK_BYTES && BLOCK_BYTES % MACHINE_PAGE_BYTES == 0,
              "blocks are whole pages");

/* Those that this machine has, in the order of the table. */
static const struct memory_kind *kind_of(const struct machine *machine, size_t memory)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].exists(machine, &kinds[i]) && memory-- == 0) return &kinds[i];
    }
    return NULL;
}

size_t machine_memory_count(const struct machine *machine)
{
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].exists(machine, &kinds[i])) count++;
    }
    return count;
}

const char *machine_memory_name(const struct machine *machine, size_t memory)
{
    const struct memory_kind *kind = kind_of(machine, memory);

    return kind != NULL ? kind->chunk : NULL;
}

uint64_t machine_memory_bytes(const struct machine *machine, size_t memory)
{
    const struct memory_kind *kind = kind_of(machine, memory);

    return kind != NULL ? kind->bytes(machine, kind) : 0;
}

int machine_memory_visit(const struct machine *machine, size_t memory,
                         int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx)
{
    const struct memory_kind *kind = kind_of(machine, memory);

    return kind != NULL ? kind->visit(machine, kind, visit, ctx) : 0;
}

static bool is_inside(const struct machine *machine, const struct memory_kind *kind,
                      uint64_t offset)
{
    return kind != NULL && offset % MACHINE_PAGE_BYTES == 0 && offset < kind->bytes(machine, kind);
}

void machine_memory_get(const struct machine *machine, size_t memory, uint64_t offset,
                        uint8_t *page)
{
    const struct memory_kind *kind = kind_of(machine, memory);

    memset(page, 0, MACHINE_PAGE_BYTES);
    if (is_inside(machine, kind, offset)) kind->get(machine, kind, offset, page);
}

/* Code that cores have translated from the page goes. Video memory drops its own, by the address where the
 * guest has it; of cores that do not know that address yet, all of it goes. */
static void drop_code(struct machine *machine, const struct memory_kind *kind, uint64_t offset)
{
    uint64_t bytes;

    if (kind->memory == NULL) {
        machine->has_odd_code |= machine->is_view_stale;
        return;
    }
    cpu_set_host_written(machine->cpus, kind->memory(machine, kind, &bytes) + offset,
                         MACHINE_PAGE_BYTES);
}

/* A page that is zero already may be one that the host has nothing for: it stays so. */
void machine_memory_put(struct machine *machine, size_t memory, uint64_t offset,
                        const uint8_t *page)
{
    static const uint8_t zeros[MACHINE_PAGE_BYTES];
    const struct memory_kind *kind = kind_of(machine, memory);
    uint8_t before[MACHINE_PAGE_BYTES];

    if (!is_inside(machine, kind, offset)) return;
    kind->get(machine, kind, offset, before);
    if (page == NULL) page = zeros;
    if (memcmp(before, page, sizeof(before)) == 0) return;
    drop_code(machine, kind, offset);
    kind->load(machine, kind, offset, page, MACHINE_PAGE_BYTES);
}

/* ---- Hash ---- */

static int hash_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    uint64_t *hash = ctx;

    *hash = hash_bytes(hash_u64(*hash, offset), block, BLOCK_BYTES);
    return 0;
}

uint64_t machine_blocks_hash(struct machine *machine, uint64_t hash)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].exists(machine, &kinds[i])) {
            (void)kinds[i].visit(machine, &kinds[i], hash_block, &hash);
            hash = hash_u64(hash, BLOCKS_END);
        }
    }
    return hash;
}
