/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/run_disk.h"

#include <stdio.h>
#include <string.h>

#include "emu/app/action.h"
#include "emu/app/parse.h"
#include "emu/core/inbox.h"
#include "emu/machine/machine.h"

/* The host's disk is full or gone: the run ends, and run_disk_close() says why. On the machine's
 * thread, which empties the inbox: a full one would stay full. */
static void stop(void *ctx)
{
    static const struct inbox_message message = {.kind = INBOX_STOP};
    struct run_disk *run_disk = ctx;
    struct inbox *inbox = atomic_load(&run_disk->inbox);

    if (inbox != NULL) (void)inbox_post(inbox, &message);
}

static int open_directory(struct run_disk *run_disk, const struct run_options *options,
                          const struct secret *passphrase, atomic_uint_least64_t *activity,
                          struct error *err)
{
    struct disk_options wanted = {
        .access = options->disk_is_temporary ? DISK_TEMPORARY : DISK_KEEP,
        .cache = options->disk_cache,
        .activity = activity,
        .ctx = run_disk,
        .trouble = stop,
    };

    if (passphrase->is_given) {
        wanted.passphrase = (struct disk_secret){passphrase->data, passphrase->bytes};
    }
    run_disk->disk = disk_open(options->disk, &wanted, err);
    return run_disk->disk != NULL ? 0 : -1;
}

static void fill(struct run_disk *run_disk)
{
    struct disk *disk = run_disk->disk;
    struct machine_disk *machine = &run_disk->machine;

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        machine->media[i] = disk_media(disk, i);
    }
    machine->blocks = disk_blocks(disk);
    memcpy(machine->volume_id, disk_volume_id(disk), sizeof(machine->volume_id));
    machine->sep = disk_sep(disk);
    machine->sep_store = disk_sep_store(disk);
    if (run_disk->password.is_given) {
        machine->password =
            (struct sep_password){run_disk->password.data, run_disk->password.bytes};
    }
}

static int check_options(const struct run_options *options, struct error *err)
{
    const char *lonely = options->disk_is_temporary         ? "--disk-writes discard"
                         : options->password_file != NULL   ? "--password-file"
                         : options->passphrase_file != NULL ? "--passphrase-file"
                         : options->cut_count > 0           ? "--power-cut"
                         : options->disk_cache != 0         ? "--cache"
                                                            : NULL;

    if (options->disk != NULL || lonely == NULL) return 0;
    return error_usage(err, "%s needs --disk", lonely);
}

/* A wrong password is told now, not by a guest that finds no disk. */
static int check_password(const struct run_disk *run_disk, const struct run_options *options,
                          struct error *err)
{
    const struct secret *password = &run_disk->password;
    const struct disk_secret given = {password->data, password->bytes};

    if (password->is_given) return disk_check_password(run_disk->disk, &given, err);
    if (disk_sep(run_disk->disk)->has_password) {
        (void)fprintf(stderr,
                      "spacegray: %s is locked until the guest unlocks it: its volume has a "
                      "password (--password-file)\n",
                      options->disk);
    }
    return 0;
}

int run_disk_open(struct run_disk *run_disk, const struct run_options *options,
                  atomic_uint_least64_t *activity, struct error *err)
{
    struct secret passphrase = {.is_given = false};
    int result = 0;

    if (check_options(options, err) != 0) return -1;
    if (options->disk == NULL) return 0;
    if (options->password_file != NULL) {
        result = secret_read("password-file", options->password_file, &run_disk->password, err);
    }
    if (result == 0 && run_disk->password.bytes > SEP_PASSWORD_MAX) {
        result = error_host(err, "--password-file: longer than %d bytes", SEP_PASSWORD_MAX);
    }
    if (result == 0 && options->passphrase_file != NULL) {
        result = secret_read("passphrase-file", options->passphrase_file, &passphrase, err);
    }
    if (result == 0) result = open_directory(run_disk, options, &passphrase, activity, err);
    secret_forget(&passphrase);
    if (result == 0) result = check_password(run_disk, options, err);
    if (result == 0) fill(run_disk);
    return result;
}

const struct machine_disk *run_disk_machine(const struct run_disk *run_disk)
{
    return run_disk->disk != NULL ? &run_disk->machine : NULL;
}

void run_disk_forget_password(struct run_disk *run_disk)
{
    run_disk->machine.password = (struct sep_password){.data = NULL};
    secret_forget(&run_disk->password);
}

/* The copy is what the host's files hold now, and then what the flash got in its last moment. */
static int cut_copy(struct run_disk *run_disk, struct machine *machine, const struct action *action,
                    struct error *err)
{
    const struct disk_options options = {.access = DISK_KEEP, .is_copy_of = run_disk->disk};
    const struct host_media *target[RAID0_MODULES];
    struct disk *copy;

    if (disk_copy(run_disk->disk, action->path, err) != 0) return -1;
    copy = disk_open(action->path, &options, err);
    if (copy == NULL) return -1;
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        target[i] = disk_media(copy, i);
    }
    machine_power_cut(machine, target, action->seed);
    return disk_close(copy, err);
}

bool run_disk_cut(struct run_disk *run_disk, struct machine *machine, const struct action *action)
{
    const struct host_media *target[RAID0_MODULES];

    if (action->path != NULL) {
        (void)cut_copy(run_disk, machine, action, &run_disk->trouble);
        return false;
    }
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        target[i] = run_disk->machine.media[i];
    }
    machine_power_cut(machine, target, action->seed);
    return true;
}

int run_disk_close(struct run_disk *run_disk, struct error *err)
{
    int result = disk_close(run_disk->disk, err);

    run_disk->disk = NULL;
    secret_forget(&run_disk->password);
    if (result == 0 && run_disk->trouble.kind != ERROR_NONE) {
        *err = run_disk->trouble;
        result = -1;
    }
    return result;
}
