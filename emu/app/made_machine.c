/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/made_machine.h"

#include "emu/app/snapshot_file.h"
#include "emu/machine/machine.h"

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

static int load(struct made_machine *made, struct error *err)
{
    if (run_options_resolve(&made->setup.options, &made->memory, err) != 0) return -1;
    return payload_load(&made->setup.options, &made->payload, err);
}

int made_machine_prepare(struct made_machine *made, const char *setup, const char *files,
                         struct error *err)
{
    *made = (struct made_machine){.machine = NULL};
    if (record_setup_read(setup, files, &made->setup, err) != 0) return -1;
    return load(made, err);
}

int made_machine_prepare_options(struct made_machine *made, const struct run_options *options,
                                 int64_t rtc_base, struct error *err)
{
    *made = (struct made_machine){.setup = {.options = *options, .rtc_base = rtc_base}};
    return load(made, err);
}

/* The run began at a snapshot itself. */
static int load_snapshot(struct made_machine *made, struct error *err)
{
    const char *path = made->setup.options.from;
    struct snapshot_file file;
    int result;

    if (path == NULL) return 0;
    if (snapshot_file_read(path, &file, err) != 0) return -1;
    result = snapshot_file_load(&file, path, made->machine, err);
    snapshot_file_release(&file);
    return result;
}

int made_machine_finish(struct made_machine *made, const struct machine_disk *disk,
                        const struct host_sink *serial, struct error *err)
{
    const struct run_options *options = &made->setup.options;
    struct machine_config config = {
        .memory_bytes = options->memory_bytes,
        .dimms = made->memory.dimms,
        .has_flat_memory = made->memory.is_flat,
        .scrub = made->memory.scrub,
        .cores = options->cores,
        .rom = made->payload.rom,
        .rom_bytes = made->payload.rom_bytes,
        .boot_window = made->payload.window.data,
        .boot_window_bytes = made->payload.window.bytes,
        .wall = {.start_seconds = made->setup.rtc_base},
        .serial = {.write = discard},
        .debug_console = {.write = discard},
        .panel = &made->panel.panel,
        .disk = disk,
        .fidelity = options->fidelity,
        .t2_strict = options->t2_strict,
        .has_test_device = options->has_test_device,
    };

    if (serial != NULL && serial->write != NULL) config.serial = *serial;
    if (made->debug_console.write != NULL) config.debug_console = made->debug_console;
    if (boot_security_load(options, disk != NULL ? disk->sep : NULL, &made->boot_security, err) !=
        0) {
        return -1;
    }
    config.boot_security = made->boot_security.machine;
    app_panel_init(&made->panel);
    made->machine = machine_create(&config, err);
    if (made->machine == NULL) return -1;
    machine_set_no_reboot(made->machine, options->is_no_reboot);
    return load_snapshot(made, err);
}

int made_machine_create(struct made_machine *made, const char *setup, struct error *err)
{
    if (made_machine_prepare(made, setup, NULL, err) != 0) return -1;
    return made_machine_finish(made, NULL, NULL, err);
}

void made_machine_destroy(struct made_machine *made)
{
    machine_destroy(made->machine);
    payload_release(&made->payload);
    record_setup_release(&made->setup);
    made->machine = NULL;
}
