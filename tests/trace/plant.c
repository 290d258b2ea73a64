/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: plant GUEST FOLDER
 *
 * Runs a guest program (an ELF image) three times and traces it: `straight` and `again` are the same run. In
 * `planted` one byte of memory changes at PLANT_TIME behind the machine's back, as a bug of the emulator
 * might do it: no event tells of it. Whoever looks for it has the events that follow. */
#include <stdio.h>
#include <stdlib.h>

#include "emu/core/bus.h"
#include "emu/debug/trace/ctf.h"
#include "emu/machine/image/image.h"
#include "emu/machine/instant.h"
#include "emu/machine/machine.h"
#include "roms/roms.h"

#define GUEST_BYTES  (UINT64_C(1) << 20)
#define MEMORY_BYTES (UINT64_C(64) << 20)
#define PLANT_TIME   VTIME_MS(30)
#define PLANT_ADDR   (UINT64_C(10) << 20) /* in the table that the program sums up again and again */
#define END_TIME     VTIME_S(2)

static void check(bool is_good, const struct error *err)
{
    if (is_good) return;
    (void)fprintf(stderr, "plant: %s\n", err->text);
    exit(1);
}

static void build_window(const char *path, struct boot_window *window)
{
    uint8_t *guest = malloc(GUEST_BYTES);
    FILE *stream = fopen(path, "rb");
    struct image_file file = {.name = path, .data = guest};
    const struct image_request request = {.image = &file, .memory_bytes = MEMORY_BYTES, .cores = 1};
    struct error err = {.text = "the guest program cannot be read"};

    check(guest != NULL && stream != NULL, &err);
    file.bytes = fread(guest, 1, GUEST_BYTES, stream);
    (void)fclose(stream);
    err = (struct error)ERROR_INIT;
    check(image_build(&request, window, &err) == 0, &err);
    free(guest);
}

static void run(const struct machine_config *config, const char *folder, const char *name,
                bool is_planted)
{
    struct error err = ERROR_INIT;
    struct machine *machine = machine_create(config, &err);
    char text[MACHINE_NAME_BYTES];
    struct ctf_writer *writer;
    struct trace_sink sink;
    char path[512];

    check(machine != NULL, &err);
    machine_get_name(machine, text);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    writer = ctf_writer_open(path, text, &err);
    check(writer != NULL, &err);
    sink = ctf_writer_sink(writer, NULL);
    check(trace_add_sink(machine_trace(machine), &sink), &err);
    (void)machine_run(machine, PLANT_TIME);
    if (is_planted) {
        struct bus *bus = machine_memory(machine);

        bus_write(bus, PLANT_ADDR, 1, bus_read(bus, PLANT_ADDR, 1) ^ 1);
    }
    (void)machine_run(machine, END_TIME);
    check(ctf_writer_close(writer, &err) == 0, &err);
    machine_destroy(machine);
}

int main(int argc, char **argv)
{
    struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = 1,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
    };
    struct boot_window window;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: plant GUEST FOLDER\n");
        return 2;
    }
    build_window(argv[1], &window);
    config.boot_window = window.data;
    config.boot_window_bytes = window.bytes;
    run(&config, argv[2], "straight", false);
    run(&config, argv[2], "again", false);
    run(&config, argv[2], "planted", true);
    image_release(&window);
    return 0;
}
