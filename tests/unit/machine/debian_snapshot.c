/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: debian_snapshot KERNEL INITRD
 *
 * Boots Debian's kernel, saves the machine at several instants, restores each snapshot into a new machine, and lets both
 * run on: trace hash, state hash and serial output must be the same. Exit status 0 when they are.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/core/trace.h"
#include "emu/machine/image/image.h"
#include "emu/machine/machine.h"
#include "roms/roms.h"

#define MEMORY_BYTES (UINT64_C(256) << 20)
#define LEG          VTIME_MS(20)

static const vtime instants[] = {VTIME_MS(5), VTIME_MS(120), VTIME_MS(300), VTIME_MS(700)};

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

static struct machine *create(const struct boot_window *window, struct output *output)
{
    const struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = 1,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .boot_window = window->data,
        .boot_window_bytes = window->bytes,
        .serial = {.ctx = output, .write = output_write},
    };
    struct error err = ERROR_INIT;
    struct machine *machine = machine_create(&config, &err);

    *output = (struct output){.hash = 0};
    if (machine == NULL) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(3);
    }
    return machine;
}

/* From here both run the same way; returns the number of differences. */
static int compare_leg(struct machine *live, struct machine *restored, struct output *outputs)
{
    vtime until = machine_now(live) + LEG;
    int differences = 0;

    outputs[0] = outputs[1] = (struct output){.hash = 0};
    (void)machine_run(live, until);
    (void)machine_run(restored, until);
    if (machine_trace_hash(live) != machine_trace_hash(restored)) {
        (void)printf("  trace hash %016" PRIx64 " and %016" PRIx64 "\n", machine_trace_hash(live),
                     machine_trace_hash(restored));
        differences++;
    }
    if (machine_state_hash(live) != machine_state_hash(restored)) {
        (void)printf("  state hashes differ\n");
        differences++;
    }
    if (memcmp(&outputs[0], &outputs[1], sizeof(outputs[0])) != 0) {
        (void)printf("  serial output differs: %zu and %zu bytes\n", outputs[0].bytes,
                     outputs[1].bytes);
        differences++;
    }
    return differences;
}

static int check_instant(struct machine *live, const struct boot_window *window,
                         struct output *outputs, vtime instant)
{
    struct machine *restored = create(window, &outputs[1]);
    struct error err = ERROR_INIT;
    void *snapshot;
    size_t bytes;
    int differences = 0;

    (void)machine_run(live, instant);
    if (machine_save(live, &snapshot, &bytes, &err) != 0 ||
        machine_load(restored, snapshot, bytes, &err) != 0) {
        (void)printf("%s\n", err.text);
        return 1;
    }
    (void)printf("at %" PRIu64 " us: %zu KiB\n", machine_now(live) / VTIME_US(1), bytes >> 10);
    differences += compare_leg(live, restored, outputs);
    free(snapshot);
    machine_destroy(restored);
    return differences;
}

int main(int argc, char **argv)
{
    struct image_file kernel;
    struct image_file initrd;
    struct image_request request = {
        .command_line = "console=ttyS0", .memory_bytes = MEMORY_BYTES, .cores = 1};
    struct boot_window window;
    struct output outputs[2];
    struct error err = ERROR_INIT;
    struct machine *live;
    int differences = 0;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: %s KERNEL INITRD\n", argv[0]);
        return 2;
    }
    kernel = read_file(argv[1]);
    initrd = read_file(argv[2]);
    request.kernel = &kernel;
    request.initrd = &initrd;
    if (image_build(&request, &window, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    live = create(&window, &outputs[0]);
    for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
        differences += check_instant(live, &window, outputs, instants[i]);
    }
    machine_destroy(live);
    image_release(&window);
    free((void *)(uintptr_t)kernel.data);
    free((void *)(uintptr_t)initrd.data);
    return differences == 0 ? 0 : 1;
}
