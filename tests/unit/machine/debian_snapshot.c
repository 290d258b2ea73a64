/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: debian_snapshot KERNEL INITRD [FOLDER]
 *
 * Boots Debian's kernel, saves the machine at several instants, restores each snapshot into a new
 * machine, and lets both run on: trace hash, state hash and serial output must be the same. Exit
 * status 0 when they are. With FOLDER, which is made, the machine has a disk there, and each restored
 * one a copy of it; then what is in the flash must be the same, too.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/core/trace.h"
#include "emu/disk/disk_tool.h"
#include "emu/machine/image/image.h"
#include "emu/machine/machine.h"
#include "emu/machine/machine_disk.h"
#include "roms/roms.h"

#define MEMORY_BYTES (UINT64_C(256) << 20)
#define LEG          VTIME_MS(20)
#define DISK_BYTES   (UINT64_C(64) << 20)
#define PATH_BYTES   4096
#define INSTANTS     4

static const vtime plain_instants[INSTANTS] = {VTIME_MS(5), VTIME_MS(120), VTIME_MS(300),
                                               VTIME_MS(700)};
/* The guest of the test with a disk is busy with it by then. */
static const vtime disk_instants[INSTANTS] = {VTIME_MS(600), VTIME_MS(900), VTIME_MS(1100),
                                              VTIME_MS(1300)};

/* Serial output is only counted and hashed: it is long. */
struct output {
    uint64_t hash;
    size_t bytes;
};

static void output_write(void *ctx, const uint8_t *data, size_t bytes)
{
    struct output *output = ctx;

    for (size_t i = 0; i < bytes; i++) {
        output->hash = output->hash * UINT64_C(0x100000001b3) + data[i];
    }
    output->bytes += bytes;
}

static struct image_file read_file(const char *name)
{
    struct image_file file = {.name = name};
    FILE *stream = fopen(name, "rb");
    uint8_t *data = malloc((size_t)64 << 20);

    if (stream == NULL || data == NULL) {
        perror(name);
        exit(3);
    }
    file.bytes = fread(data, 1, (size_t)64 << 20, stream);
    file.data = data;
    (void)fclose(stream);
    return file;
}

static void give_up(const struct error *err)
{
    (void)fprintf(stderr, "%s\n", err->text);
    exit(3);
}

/* ---- A machine and its disk ---- */

struct subject {
    struct machine *machine;
    struct disk *disk; /* NULL: none */
    struct machine_disk plugged;
    struct output output;
};

static void open_disk(struct subject *subject, const char *path)
{
    const struct disk_options options = {.access = DISK_KEEP};
    struct error err = ERROR_INIT;

    subject->disk = disk_open(path, &options, &err);
    if (subject->disk == NULL) give_up(&err);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        subject->plugged.media[i] = disk_media(subject->disk, i);
    }
    subject->plugged.blocks = disk_blocks(subject->disk);
    memcpy(subject->plugged.volume_id, disk_volume_id(subject->disk), SEP_ID_BYTES);
    subject->plugged.sep = disk_sep(subject->disk);
    subject->plugged.sep_store = disk_sep_store(subject->disk);
}

/* `path` NULL: without a disk. */
static struct subject *create(const struct boot_window *window, const char *path)
{
    struct subject *subject = calloc(1, sizeof(*subject));
    struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = 1,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .boot_window = window->data,
        .boot_window_bytes = window->bytes,
    };
    struct error err = ERROR_INIT;

    if (subject == NULL) {
        perror("debian_snapshot");
        exit(3);
    }
    config.serial = (struct host_sink){.ctx = &subject->output, .write = output_write};
    if (path != NULL) {
        open_disk(subject, path);
        config.disk = &subject->plugged;
    }
    subject->machine = machine_create(&config, &err);
    if (subject->machine == NULL) give_up(&err);
    return subject;
}

static void destroy(struct subject *subject)
{
    struct error err = ERROR_INIT;

    machine_destroy(subject->machine);
    if (disk_close(subject->disk, &err) != 0) give_up(&err);
    free(subject);
}

/* Number of blocks of the two disks that differ. */
static uint64_t compare_disks(const struct subject *a, const struct subject *b)
{
    uint8_t blocks[2][MEDIA_BLOCK_BYTES];
    uint64_t differences = 0;

    for (unsigned module = 0; a->disk != NULL && module < RAID0_MODULES; module++) {
        const struct host_media *media[2] = {a->plugged.media[module], b->plugged.media[module]};

        for (uint64_t i = 0; i < media[0]->blocks; i++) {
            if (media[0]->read(media[0]->ctx, i, 1, blocks[0]) != 0 ||
                media[1]->read(media[1]->ctx, i, 1, blocks[1]) != 0 ||
                memcmp(blocks[0], blocks[1], sizeof(blocks[0])) != 0) {
                differences++;
            }
        }
    }
    return differences;
}

/* ---- The comparison ---- */

/* From here both run the same way; returns the number of differences. */
static int compare_leg(struct subject *live, struct subject *restored)
{
    const vtime until = machine_now(live->machine) + LEG;
    int differences = 0;
    uint64_t blocks;

    live->output = restored->output = (struct output){.hash = 0};
    (void)machine_run(live->machine, until);
    (void)machine_run(restored->machine, until);
    if (machine_trace_hash(live->machine) != machine_trace_hash(restored->machine)) {
        (void)printf("  trace hash %016" PRIx64 " and %016" PRIx64 "\n",
                     machine_trace_hash(live->machine), machine_trace_hash(restored->machine));
        differences++;
    }
    if (machine_state_hash(live->machine) != machine_state_hash(restored->machine)) {
        (void)printf("  state hashes differ\n");
        differences++;
    }
    if (memcmp(&live->output, &restored->output, sizeof(live->output)) != 0) {
        (void)printf("  serial output differs: %zu and %zu bytes\n", live->output.bytes,
                     restored->output.bytes);
        differences++;
    }
    blocks = compare_disks(live, restored);
    if (blocks != 0) {
        (void)printf("  %" PRIu64 " blocks of the disk differ\n", blocks);
        differences++;
    }
    return differences;
}

/* To the byte: disk_copy() makes a disk of its own, which no snapshot fits. */
static void copy_folder(const char *from, const char *to)
{
    const pid_t child = fork();
    int status = 1;

    if (child == 0) {
        (void)execlp("cp", "cp", "-r", "--sparse=always", from, to, (char *)NULL);
        _exit(1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        (void)fprintf(stderr, "cannot copy %s\n", from);
        exit(3);
    }
}

static int check_instant(struct subject *live, const struct boot_window *window,
                         const char *live_path, const char *copy_path)
{
    struct subject *restored;
    struct error err = ERROR_INIT;
    void *snapshot;
    size_t bytes;
    int differences = 0;

    if (machine_save(live->machine, &snapshot, &bytes, &err) != 0) give_up(&err);
    if (copy_path != NULL) copy_folder(live_path, copy_path);
    restored = create(window, copy_path);
    if (machine_load(restored->machine, snapshot, bytes, &err) != 0) {
        (void)printf("%s\n", err.text);
        differences = 1;
    } else {
        (void)printf("at %" PRIu64 " us: %zu KiB\n", machine_now(live->machine) / VTIME_US(1),
                     bytes >> 10);
        differences += compare_leg(live, restored);
    }
    free(snapshot);
    destroy(restored);
    return differences;
}

static int check(const struct boot_window *window, const char *folder)
{
    const struct disk_new wanted = {.bytes = DISK_BYTES};
    char path[PATH_BYTES];
    struct subject *live;
    struct error err = ERROR_INIT;
    int differences = 0;

    if (folder != NULL && disk_create(folder, &wanted, &err) != 0) give_up(&err);
    live = create(window, folder);
    for (unsigned i = 0; i < INSTANTS; i++) {
        (void)snprintf(path, sizeof(path), "%s.copy%u", folder != NULL ? folder : "", i);
        (void)machine_run(live->machine, folder != NULL ? disk_instants[i] : plain_instants[i]);
        differences += check_instant(live, window, folder, folder != NULL ? path : NULL);
    }
    destroy(live);
    return differences;
}

int main(int argc, char **argv)
{
    struct image_file kernel;
    struct image_file initrd;
    struct image_request request = {
        .command_line = "console=ttyS0", .memory_bytes = MEMORY_BYTES, .cores = 1};
    struct boot_window window;
    struct error err = ERROR_INIT;
    int differences;

    if (argc != 3 && argc != 4) {
        (void)fprintf(stderr, "usage: %s KERNEL INITRD [FOLDER]\n", argv[0]);
        return 2;
    }
    kernel = read_file(argv[1]);
    initrd = read_file(argv[2]);
    request.kernel = &kernel;
    request.initrd = &initrd;
    if (image_build(&request, &window, &err) != 0) give_up(&err);
    differences = check(&window, argv[3]);
    image_release(&window);
    free((void *)(uintptr_t)kernel.data);
    free((void *)(uintptr_t)initrd.data);
    return differences == 0 ? 0 : 1;
}
