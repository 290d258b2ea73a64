/* SPDX-License-Identifier: GPL-2.0-only */
/* See twin.h. */
#include "tests/replay/twin.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "devices/display/vega10.h"
#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/core/device.h"
#include "emu/core/frame.h"
#include "emu/core/snap.h"
#include "emu/core/trace.h"
#include "emu/machine/instant.h"

/* Runs in a row that get nowhere. */
#define STUCK_MAX 64u

/* ---- Life ---- */

static int open_disk(struct twin *twin, const char *path, struct error *err)
{
    const struct disk_options options = {.access = DISK_TEMPORARY};
    struct machine_disk *disk = &twin->machine_disk;

    twin->disk = disk_open(path, &options, err);
    if (twin->disk == NULL) return -1;
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        disk->media[i] = disk_media(twin->disk, i);
    }
    disk->blocks = disk_blocks(twin->disk);
    memcpy(disk->volume_id, disk_volume_id(twin->disk), sizeof(disk->volume_id));
    disk->sep = disk_sep(twin->disk);
    disk->sep_store = disk_sep_store(twin->disk);
    return 0;
}

int twin_open(struct twin *twin, struct recording *recording, const char *disk, struct error *err)
{
    static const struct host_sink nobody = {.write = NULL};

    *twin = (struct twin){.recording = recording};
    if (made_machine_prepare(&twin->made, recording_head(recording)->setup, NULL, err) != 0)
        return -1;
    if (disk != NULL && open_disk(twin, disk, err) != 0) return -1;
    return made_machine_finish(&twin->made, disk != NULL ? &twin->machine_disk : NULL, &nobody,
                               err);
}

void twin_close(struct twin *twin)
{
    struct error err = ERROR_INIT;

    made_machine_destroy(&twin->made);
    if (disk_close(twin->disk, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
    }
}

/* ---- Motion ---- */

static const struct recording_input *next_input(const struct twin *twin)
{
    return twin->next_input < recording_input_count(twin->recording)
               ? recording_input(twin->recording, twin->next_input)
               : NULL;
}

static int compare_here(struct machine *machine, const struct machine_instant *to)
{
    struct machine_instant here;

    machine_get_instant(machine, &here);
    return machine_instant_compare(machine, &here, to);
}

/* Somebody's time limit may have made the edge at `until`: it is not passed. */
static int run_to(struct machine *machine, const struct machine_instant *to, vtime until)
{
    for (unsigned stuck = 0; stuck < STUCK_MAX; stuck++) {
        const int place = compare_here(machine, to);

        if (place >= 0) return place == 0 ? 0 : -1;
        (void)machine_run_to_within(machine, to, until);
    }
    return -1;
}

static int put_in(struct twin *twin, const struct recording_input *input)
{
    struct machine *machine = twin->made.machine;
    struct error err = ERROR_INIT;

    if (run_to(machine, &input->at, input->at.edge) != 0) return -1;
    if (!machine_is_at_edge(machine) || trace_seq(machine_trace(machine)) < input->seq) {
        (void)machine_run(machine, input->at.edge);
    }
    if (!machine_is_at_edge(machine) || trace_seq(machine_trace(machine)) != input->seq) return -1;
    twin->next_input++;
    switch (input->kind) {
    case RECORDING_MESSAGE: machine_deliver(machine, &input->message); return 0;
    case RECORDING_FAULT: return machine_fault_plant(machine, &input->fault, &err);
    case RECORDING_REPAIR: machine_fault_repair(machine, input->index); return 0;
    }
    return -1;
}

int twin_run(struct twin *twin, const struct machine_instant *to)
{
    struct machine *machine = twin->made.machine;
    const struct recording_input *input = next_input(twin);

    while (input != NULL && machine_instant_compare(machine, &input->at, to) <= 0) {
        if (put_in(twin, input) != 0) return -1;
        input = next_input(twin);
    }
    return run_to(machine, to, input != NULL ? input->at.edge : VTIME_NEVER);
}

/* ---- What is in a machine ---- */

/* Within a block a core cannot be saved as a whole, and so the machine cannot. */
static uint64_t look_at_cores(struct machine *machine, bool is_inside)
{
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;
    uint64_t hash = HASH_SEED;
    const void *data;
    size_t bytes;

    for (unsigned i = 0; i < cpu_set_count(machine_cpus(machine)); i++) {
        struct cpu_regs regs;

        memset(&regs, 0, sizeof(regs));
        cpu_get_regs(machine_cpu(machine, i), &regs);
        hash = hash_bytes(hash, &regs, sizeof(regs));
        if (!is_inside && w != NULL) (void)cpu_save(machine_cpu(machine, i), w, &err);
    }
    if (w != NULL) {
        data = snap_finish(w, "", &bytes);
        hash = hash_bytes(hash, data, bytes);
    }
    snap_writer_destroy(w);
    return hash;
}

static uint64_t look_at_devices(struct machine *machine)
{
    uint64_t hash = HASH_SEED;

    for (size_t i = 0; i < machine_device_count(machine); i++) {
        hash = hash_u64(hash, device_state_hash(machine_device(machine, i)));
    }
    return hash;
}

static int hash_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    uint64_t *hash = ctx;

    *hash = hash_u64(hash_u64(*hash, offset), XXH3_64bits(block, MACHINE_VISIT_BYTES));
    return 0;
}

static uint64_t look_at_memories(struct machine *machine)
{
    uint64_t hash = HASH_SEED;

    for (size_t i = 0; i < machine_memory_count(machine); i++) {
        (void)machine_memory_visit(machine, i, hash_block, &hash);
    }
    return hash;
}

static uint64_t look_at_whole(struct machine *machine)
{
    struct error err = ERROR_INIT;
    uint64_t hash = 0;
    size_t bytes;
    void *data;

    if (!machine_is_at_edge(machine)) return 0;
    if (machine_checkpoint_save(machine, &data, &bytes, &err) != 0) return 0;
    hash = hash_bytes(HASH_SEED, data, bytes);
    free(data);
    return hash;
}

static uint64_t disk_notes(const struct host_media *media, uint64_t hash, uint8_t *data)
{
    for (uint64_t at = 0; at < media->notes_bytes; at += MEDIA_BLOCK_BYTES) {
        if (media->read_notes(media->ctx, at, data, MEDIA_BLOCK_BYTES) != 0) return 0;
        hash = hash_u64(hash, XXH3_64bits(data, MEDIA_BLOCK_BYTES));
    }
    return hash;
}

static uint64_t look_at_disk(const struct machine_disk *disk)
{
    uint8_t data[MEDIA_BLOCK_BYTES];
    uint64_t hash = HASH_SEED;

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const struct host_media *media = disk->media[i];

        if (media == NULL) continue;
        for (uint64_t block = 0; block < media->blocks; block++) {
            if (media->read(media->ctx, block, 1, data) != 0) return 0;
            hash = hash_u64(hash, XXH3_64bits(data, sizeof(data)));
        }
        hash = disk_notes(media, hash, data);
    }
    return hash;
}

static struct device *find_display(struct machine *machine)
{
    for (size_t i = 0; i < machine_device_count(machine); i++) {
        struct device *device = machine_device(machine, i);

        if (device->class == &vega10_class) return device;
    }
    return NULL;
}

static uint64_t hash_cursor(uint64_t hash, const struct frame_cursor *cursor)
{
    if (!cursor->is_visible) return hash;
    hash = hash_u64(hash, (uint64_t)cursor->x << 32 | (uint32_t)cursor->y);
    return hash_bytes(hash, cursor->pixels,
                      (size_t)cursor->width * cursor->height * sizeof(cursor->pixels[0]));
}

static uint64_t look_at_picture(struct machine *machine)
{
    struct device *display = find_display(machine);
    uint8_t row[FRAME_SIDE_MAX * 4];
    struct frame_cursor cursor;
    struct frame frame;
    uint64_t hash;
    size_t bytes;

    if (display == NULL || !vega10_look(display, &frame, &cursor)) return 0;
    hash = hash_u64(HASH_SEED, (uint64_t)frame.width << 32 | frame.height);
    if (frame.is_blank) return hash_u64(hash, frame.blank_color);
    hash = hash_u64(hash, (uint64_t)frame.surface_x << 32 | frame.surface_y);
    bytes = (size_t)min_u64((uint64_t)frame.surface_width * frame_pixel_bytes(frame.format),
                            sizeof(row));
    for (uint32_t i = 0; i < frame.surface_height; i++) {
        vega10_vram_get(display, frame.offset + (uint64_t)i * frame.pitch, row, bytes);
        hash = hash_u64(hash, XXH3_64bits(row, bytes));
    }
    return hash_cursor(hash, &cursor);
}

struct twin_view twin_look(struct machine *machine, const struct machine_disk *disk)
{
    struct machine_instant here;

    machine_get_instant(machine, &here);
    return (struct twin_view){
        .events = machine_trace_hash(machine),
        .cores = look_at_cores(machine, here.looked > 0),
        .devices = look_at_devices(machine),
        .memories = look_at_memories(machine),
        .whole = look_at_whole(machine),
        .disk = look_at_disk(disk),
        .picture = look_at_picture(machine),
    };
}

void twin_name(const struct twin_view *one, const struct twin_view *other, FILE *file)
{
    if (one->events != other->events) (void)fputs(" events", file);
    if (one->cores != other->cores) (void)fputs(" cores", file);
    if (one->devices != other->devices) (void)fputs(" devices", file);
    if (one->memories != other->memories) (void)fputs(" memory", file);
    if (one->whole != other->whole) (void)fputs(" state", file);
    if (one->disk != other->disk) (void)fputs(" disk", file);
    if (one->picture != other->picture) (void)fputs(" picture", file);
}

/* ---- What differs ---- */

static bool compare_core(struct cpu *one, struct cpu *other, unsigned number, FILE *file)
{
    static const char *const names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                        "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    struct cpu_regs a;
    struct cpu_regs b;

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    cpu_get_regs(one, &a);
    cpu_get_regs(other, &b);
    if (memcmp(&a, &b, sizeof(a)) == 0) return false;
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        if (a.gpr[i] == b.gpr[i]) continue;
        (void)fprintf(file, "  core %u: %s is %" PRIx64 ", straight %" PRIx64 "\n", number,
                      names[i], a.gpr[i], b.gpr[i]);
        return true;
    }
    (void)fprintf(file,
                  "  core %u: rip %" PRIx64 ", straight %" PRIx64 "; flags %" PRIx64
                  ", straight %" PRIx64 "; cr2 %" PRIx64 ", straight %" PRIx64 "; or another one\n",
                  number, a.rip, b.rip, a.rflags, b.rflags, a.cr2, b.cr2);
    return true;
}

static bool compare_register(struct device *one, struct device *other, const struct reg_bank *bank,
                             const struct reg *reg, FILE *file)
{
    if (reg->field == REG_NO_FIELD) return false;
    for (unsigned i = 0; i < max_u64(reg->count, 1); i++) {
        const uint64_t a = reg_stored(one, reg, i);
        const uint64_t b = reg_stored(other, reg, i);

        if (a == b) continue;
        (void)fprintf(file, "  %s: %s.%s[%u] is %" PRIx64 ", straight %" PRIx64 "\n", one->path,
                      bank->name, reg->name, i, a, b);
        return true;
    }
    return false;
}

static bool compare_device(struct device *one, struct device *other, FILE *file)
{
    if (device_state_hash(one) == device_state_hash(other)) return false;
    for (const struct reg_bank *bank = one->class->banks; bank && bank->name; bank++) {
        for (const struct reg *reg = bank->regs; reg->name; reg++) {
            if (compare_register(one, other, bank, reg, file)) return true;
        }
    }
    (void)fprintf(file, "  %s: something that is no register\n", one->path);
    return true;
}

struct memory_pair {
    struct machine *other;
    size_t memory;
    FILE *file;
};

/* Non-zero: something differs in this block of the one, and has been told. */
static int compare_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    const struct memory_pair *pair = ctx;
    uint8_t page[MACHINE_PAGE_BYTES];

    for (size_t at = 0; at < MACHINE_VISIT_BYTES; at += sizeof(page)) {
        machine_memory_get(pair->other, pair->memory, offset + at, page);
        for (size_t i = 0; i < sizeof(page); i++) {
            if (page[i] == block[at + i]) continue;
            (void)fprintf(pair->file, "  memory %s: byte %" PRIx64 ": %02x and %02x\n",
                          machine_memory_name(pair->other, pair->memory), offset + at + i,
                          block[at + i], page[i]);
            return 1;
        }
    }
    return 0;
}

/* Blocks that are all zero in one of them are visited in the other. */
static bool compare_memory(struct machine *one, struct machine *other, size_t memory, FILE *file)
{
    struct memory_pair pair = {.other = other, .memory = memory, .file = file};

    if (machine_memory_visit(one, memory, compare_block, &pair) != 0) return true;
    pair.other = one;
    return machine_memory_visit(other, memory, compare_block, &pair) != 0;
}

static bool compare_media(const struct host_media *one, const struct host_media *other,
                          unsigned module, FILE *file)
{
    uint8_t a[MEDIA_BLOCK_BYTES];
    uint8_t b[MEDIA_BLOCK_BYTES];

    for (uint64_t block = 0; one != NULL && block < one->blocks; block++) {
        if (one->read(one->ctx, block, 1, a) != 0 || other->read(other->ctx, block, 1, b) != 0 ||
            memcmp(a, b, sizeof(a)) != 0) {
            (void)fprintf(file, "  module %u of the disk: block %" PRIu64 "\n", module, block);
            return true;
        }
    }
    return false;
}

static bool compare_cores(struct machine *one, struct machine *other, FILE *file)
{
    bool is_different = false;

    for (unsigned i = 0; i < cpu_set_count(machine_cpus(one)); i++) {
        is_different |= compare_core(machine_cpu(one, i), machine_cpu(other, i), i, file);
    }
    return is_different;
}

static bool compare_devices(struct machine *one, struct machine *other, FILE *file)
{
    bool is_different = false;

    for (size_t i = 0; i < machine_device_count(one); i++) {
        is_different |= compare_device(machine_device(one, i), machine_device(other, i), file);
    }
    return is_different;
}

void twin_compare(struct machine *machine, const struct machine_disk *disk, const struct twin *twin,
                  FILE *file)
{
    struct machine *straight = twin->made.machine;
    bool is_different = false;

    if (machine_trace_hash(machine) != machine_trace_hash(straight)) {
        (void)fprintf(file, "  the events so far: %" PRIu64 ", straight %" PRIu64 "\n",
                      trace_seq(machine_trace(machine)), trace_seq(machine_trace(straight)));
        is_different = true;
    }
    is_different |= compare_cores(machine, straight, file);
    is_different |= compare_devices(machine, straight, file);
    for (size_t i = 0; i < machine_memory_count(machine); i++) {
        is_different |= compare_memory(machine, straight, i, file);
    }
    for (unsigned i = 0; twin->disk != NULL && i < RAID0_MODULES; i++) {
        is_different |= compare_media(disk->media[i], twin->machine_disk.media[i], i, file);
    }
    if (!is_different) {
        (void)fprintf(file, "  the machines do not differ when the history goes there again\n");
    }
}
