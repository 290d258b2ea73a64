/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of a suite: see faults_machine.h. */
#include "emu/app/faults_machine.h"

/* ---- struct faults_target ---- */

static vtime target_now(void *ctx)
{
    struct faults_machine *machine = ctx;

    return machine_now(machine->machine);
}

static enum machine_stop target_run(void *ctx, vtime until)
{
    struct faults_machine *machine = ctx;

    return machine_run(machine->machine, until);
}

static bool target_is_dead(void *ctx)
{
    struct faults_machine *machine = ctx;

    return machine_is_dead(machine->machine);
}

static int target_exit_status(void *ctx)
{
    struct faults_machine *machine = ctx;

    return machine_exit_status(machine->machine);
}

static uint64_t target_reset_count(void *ctx)
{
    struct faults_machine *machine = ctx;

    return machine_reset_count(machine->machine);
}

static struct faults_errors target_errors(void *ctx)
{
    const struct faults_machine *machine = ctx;
    const struct dram_counts *counts = machine_memory_errors(machine->machine);

    return (struct faults_errors){
        .corrected = counts->corrected,
        .uncorrected = counts->uncorrected + counts->parity,
        .miscorrected = counts->miscorrected,
        .undetected = counts->undetected,
    };
}

static void target_draw(void *ctx, struct fault_random *random, struct dram_fault *fault)
{
    struct faults_machine *machine = ctx;

    fault_random_next(random, machine->machine, fault);
}

static int target_plant(void *ctx, const struct fault_spec *spec, struct error *err)
{
    struct faults_machine *machine = ctx;

    return fault_spec_plant(machine->machine, spec, err);
}

/* ---- Life ---- */

static int create(struct faults_machine *machine, const struct faults_suite *suite,
                  struct error *err)
{
    const struct run_options *options = &suite->options;
    struct machine_config config = {
        .memory_bytes = options->memory_bytes,
        .dimms = suite->dimms,
        .scrub = suite->scrub,
        .cores = options->cores,
        .rom = machine->payload.rom,
        .rom_bytes = machine->payload.rom_bytes,
        .boot_window = machine->payload.window.data,
        .boot_window_bytes = machine->payload.window.bytes,
        .wall = {.start_seconds = RUN_RTC_HEADLESS},
        .serial = faults_output_sink(&machine->output),
        .panel = &machine->panel.panel,
        .disk = run_disk_machine(&machine->disk),
    };

    if (boot_security_load(options, config.disk != NULL ? config.disk->sep : NULL,
                           &machine->boot_security, err) != 0) {
        return -1;
    }
    config.boot_security = machine->boot_security.machine;
    app_panel_init(&machine->panel);
    machine->machine = machine_create(&config, err);
    return machine->machine != NULL ? 0 : -1;
}

int faults_machine_open(struct faults_machine *machine, const struct faults_suite *suite,
                        struct error *err)
{
    *machine = (struct faults_machine){
        .target =
            {
                .ctx = machine,
                .now = target_now,
                .run = target_run,
                .is_dead = target_is_dead,
                .exit_status = target_exit_status,
                .reset_count = target_reset_count,
                .errors = target_errors,
                .draw = target_draw,
                .plant = target_plant,
            },
    };
    if (faults_output_init(&machine->output, suite, err) != 0 ||
        payload_load(&suite->options, &machine->payload, err) != 0 ||
        run_disk_open(&machine->disk, &suite->options, &machine->activity.disk, err) != 0 ||
        create(machine, suite, err) != 0) {
        return -1;
    }
    run_disk_forget_password(&machine->disk);
    atomic_store(&machine->disk.inbox, machine_inbox(machine->machine));
    return 0;
}

void faults_machine_close(struct faults_machine *machine)
{
    struct error err = ERROR_INIT;

    atomic_store(&machine->disk.inbox, NULL);
    machine_destroy(machine->machine);
    /* Its writes were temporary: nothing can be lost. */
    (void)!run_disk_close(&machine->disk, &err);
    payload_release(&machine->payload);
    faults_output_release(&machine->output);
}

int faults_machine_part(struct faults_machine *machine, struct error *err)
{
    if (machine->disk.disk == NULL) return 0;
    return disk_separate(machine->disk.disk, err);
}
