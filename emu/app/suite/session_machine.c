/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of a session: see session_machine.h. */
#define _POSIX_C_SOURCE 200809L

#include "emu/app/suite/session_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/action.h"
#include "emu/base/bits.h"
#include "emu/disk/disk_tool.h"

/* New disks of tests are all the same one: what a guest can see of it is part of its run. */
#define DISK_SEED "spacegray test"

int64_t session_machine_rtc(const struct run_options *options)
{
    return options->has_rtc_base ? options->rtc_base : RUN_RTC_HEADLESS;
}

/* ---- Disks ---- */

/* A name in the scratch folder that nobody has. */
static int scratch_path(struct session_machine *machine, char path[SUITE_PATH_BYTES],
                        struct error *err)
{
    const int length = snprintf(path, SUITE_PATH_BYTES, "%s/disk-%ld-%u", machine->config.scratch,
                                (long)getpid(), machine->disks++);

    if (length < (int)SUITE_PATH_BYTES) return 0;
    return error_host(err, "%s: the path is too long", machine->config.scratch);
}

/* The T2 gets it at power-on, as --password-file gives it. */
static int take_password(struct session_machine *machine, struct error *err)
{
    const char *password = machine->config.wanted->password;
    struct secret *secret = &machine->disk.password;

    if (password == NULL || password[0] == '\0') return 0;
    secret->bytes = strlen(password);
    if (secret->bytes > SEP_PASSWORD_MAX || secret->bytes > SECRET_BYTES_MAX) {
        return error_usage(err, "the password of a disk is longer than %d bytes", SEP_PASSWORD_MAX);
    }
    memcpy(secret->data, password, secret->bytes);
    secret->is_given = true;
    return 0;
}

/* Opens the disk at `path`, whose files go as soon as it is closed. */
static int open_scratch_disk(struct session_machine *machine, const char *path, struct error *err)
{
    int result;

    machine->options.disk = path;
    machine->options.disk_is_temporary = true;
    result = run_disk_open(&machine->disk, &machine->options, &machine->activity, err);
    machine->options.disk = NULL;
    disk_remove(path);
    return result;
}

static int open_fresh_disk(struct session_machine *machine, struct error *err)
{
    const struct disk_new wanted = {
        .bytes = machine->config.wanted->fresh_disk_bytes,
        .password = {machine->disk.password.data, machine->disk.password.bytes},
        .seed = DISK_SEED,
    };
    char path[SUITE_PATH_BYTES];

    if (scratch_path(machine, path, err) != 0 || disk_create(path, &wanted, err) != 0) return -1;
    return open_scratch_disk(machine, path, err);
}

static int open_disk(struct session_machine *machine, struct error *err)
{
    const struct suite_machine *wanted = machine->config.wanted;

    if (take_password(machine, err) != 0) return -1;
    if (wanted->fresh_disk_bytes > 0) return open_fresh_disk(machine, err);
    machine->options.disk = wanted->options.disk;
    machine->options.disk_is_temporary = wanted->options.disk != NULL;
    return run_disk_open(&machine->disk, &machine->options, &machine->activity, err);
}

/* ---- The machine ---- */

static int start_recording(struct session_machine *machine, int64_t rtc_base, struct error *err)
{
    const struct record_run run = {
        .argc = machine->argc,
        .argv = machine->argv,
        .rtc_base = rtc_base,
        .disk = run_disk_machine(&machine->disk),
    };

    return run_record_open(&machine->record, &machine->options, &run, err);
}

static int create(struct session_machine *machine, int64_t rtc_base, struct error *err)
{
    struct session_ports *ports = machine->config.ports;
    struct made_machine *made = &machine->made;
    const struct host_sink serial = session_ports_sink(ports, SUITE_PORT_SERIAL);

    if (made_machine_prepare_options(made, &machine->options, rtc_base, err) != 0) return -1;
    if (start_recording(machine, rtc_base, err) != 0) return -1;
    made->debug_console = session_ports_sink(ports, SUITE_PORT_DEBUG_CONSOLE);
    if (made_machine_finish(made,
                            run_record_disk(&machine->record, run_disk_machine(&machine->disk)),
                            &serial, err) != 0) {
        return -1;
    }
    machine->machine = made->machine;
    ports->machine = made->machine;
    run_disk_forget_password(&machine->disk);
    atomic_store(&machine->disk.inbox, machine_inbox(machine->machine));
    if (run_record_start(&machine->record, machine->machine, err) != 0) return -1;
    /* Who dies at once leaves a recording, too. */
    return session_machine_flush(machine, err);
}

/* Options of the suite, and of the snapshot that it begins with. */
static int take_options(struct session_machine *machine, struct error *err)
{
    const struct suite_machine *wanted = machine->config.wanted;

    machine->options = wanted->options;
    machine->argc = wanted->argc;
    machine->argv = wanted->argv;
    if (run_from_read(&machine->from, wanted->argc, wanted->argv, &machine->options, err) != 0) {
        return -1;
    }
    if (machine->from.path != NULL) {
        machine->argc = machine->from.argc;
        machine->argv = machine->from.argv;
    }
    machine->options.record = machine->config.record_path;
    machine->options.is_headless = true;
    return 0;
}

int session_machine_open(struct session_machine *machine,
                         const struct session_machine_config *config, struct error *err)
{
    machine->config = *config;
    if (take_options(machine, err) != 0 || open_disk(machine, err) != 0) return -1;
    return create(machine, session_machine_rtc(&machine->options), err);
}

/* The first trouble is told. */
static int end_machine(struct session_machine *machine, enum machine_stop stop, struct error *err)
{
    int result = run_record_finish(&machine->record, stop, err);

    machine->config.ports->machine = NULL;
    atomic_store(&machine->disk.inbox, NULL);
    made_machine_destroy(&machine->made);
    machine->machine = NULL;
    run_record_release(&machine->record);
    machine->record = (struct run_record){.recording = NULL};
    if (run_disk_close(&machine->disk, err) != 0) result = -1;
    return result;
}

/* ---- Power cuts ---- */

/* The machine that comes back goes on from no snapshot. */
static int forget_snapshot(struct session_machine *machine, struct error *err)
{
    int count = 0;

    machine->options.from = NULL;
    if (machine->from.path == NULL || machine->kept != NULL) return 0;
    machine->kept = calloc((size_t)machine->argc + 1, sizeof(*machine->kept));
    if (machine->kept == NULL) return error_host(err, "out of memory");
    for (int i = 0; i < machine->argc; i++) {
        if (strcmp(machine->argv[i], "--from") == 0) {
            i++;
        } else if (strncmp(machine->argv[i], "--from=", strlen("--from=")) != 0) {
            machine->kept[count++] = machine->argv[i];
        }
    }
    machine->argv = machine->kept;
    machine->argc = count;
    return 0;
}

/* What the flash holds then lies at `path`. */
static int cut_disk(struct session_machine *machine, uint64_t seed, char path[SUITE_PATH_BYTES],
                    struct error *err)
{
    const struct action action = {.kind = ACTION_POWER_CUT, .seed = seed, .path = path};

    if (scratch_path(machine, path, err) != 0) return -1;
    (void)run_disk_cut(&machine->disk, machine->machine, &action);
    if (machine->disk.trouble.kind == ERROR_NONE) return 0;
    return error_host(err, "%s", machine->disk.trouble.text);
}

int session_machine_cut(struct session_machine *machine, uint64_t seed, vtime elapsed,
                        struct error *err)
{
    const bool has_disk = machine->disk.disk != NULL;
    char path[SUITE_PATH_BYTES];

    if (has_disk && cut_disk(machine, seed, path, err) != 0) return -1;
    if (end_machine(machine, MACHINE_STOPPED, err) != 0 || forget_snapshot(machine, err) != 0 ||
        take_password(machine, err) != 0) {
        if (has_disk) disk_remove(path);
        return -1;
    }
    if (has_disk && open_scratch_disk(machine, path, err) != 0) return -1;
    return create(machine, session_machine_rtc(&machine->options) + (int64_t)(elapsed / VTIME_S(1)),
                  err);
}

/* ---- Until it goes ---- */

int session_machine_flush(struct session_machine *machine, struct error *err)
{
    if (machine->record.history == NULL) return 0;
    return history_flush(machine->record.history, err);
}

const struct error *session_machine_trouble(const struct session_machine *machine)
{
    static const struct error none = ERROR_INIT;

    return machine->disk.disk != NULL ? disk_trouble(machine->disk.disk) : &none;
}

int session_machine_part(struct session_machine *machine, struct error *err)
{
    if (machine->record.recording != NULL) {
        return error_host(err, "a machine that is recorded cannot be in two processes");
    }
    return machine->disk.disk != NULL ? disk_separate(machine->disk.disk, err) : 0;
}

int session_machine_close(struct session_machine *machine, enum machine_stop stop,
                          struct error *err)
{
    const int result = end_machine(machine, stop, err);

    run_from_release(&machine->from);
    free(machine->kept);
    machine->kept = NULL;
    return result;
}
