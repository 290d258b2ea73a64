/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/run_record.h"

#include <stdlib.h>
#include <string.h>

#include "emu/host/clock.h"

static int open_disks(struct run_record *record, const struct machine_disk *disk, struct error *err)
{
    record->disk = *disk;
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        if (disk->media[i] == NULL) continue;
        record->disks[i] = record->is_live
                               ? replay_disk_live(record->recording, i, disk->media[i], err)
                               : replay_disk_record(record->recording, i, disk->media[i], err);
        if (record->disks[i] == NULL) return -1;
        record->disk.media[i] = replay_disk_media(record->disks[i]);
    }
    return 0;
}

static int open_recording(struct run_record *record, const struct run_options *options, char *setup,
                          const struct machine_disk *disk, struct error *err)
{
    const struct recording_head head = {.setup = setup};

    record->recording = recording_create(options->record, &head, err);
    if (record->recording == NULL) return -1;
    return disk != NULL ? open_disks(record, disk, err) : 0;
}

int run_record_open(struct run_record *record, const struct run_options *options,
                    const struct record_run *run, struct error *err)
{
    char *setup;
    int result;

    *record = (struct run_record){.is_live = options->gdb != NULL};
    if (options->record == NULL && !record->is_live) return 0;
    if (record->is_live && (options->record != NULL || options->trace != NULL)) {
        return error_usage(
            err, "--gdb goes back and forth, --record and --trace keep one run: leave them "
                 "out, or debug the recording");
    }
    setup = record_setup_write(run, true, err);
    if (setup == NULL) return -1;
    result = open_recording(record, options, setup, run->disk, err);
    free(setup);
    return result;
}

const struct machine_disk *run_record_disk(const struct run_record *record,
                                           const struct machine_disk *disk)
{
    return disk != NULL && record->recording != NULL ? &record->disk : disk;
}

static uint64_t host_ns(void *ctx)
{
    (void)ctx;
    return host_monotonic_ns();
}

int run_record_start(struct run_record *record, struct machine *machine, struct error *err)
{
    struct history_config config = {.machine = machine,
                                    .recording = record->recording,
                                    .is_live = true,
                                    .is_filed = !record->is_live,
                                    .host_ns = host_ns};

    record->machine = machine;
    memset(&record->disk.password, 0, sizeof(record->disk.password));
    if (record->recording != NULL) {
        char name[MACHINE_NAME_BYTES];

        machine_get_name(machine, name);
        recording_set_machine(record->recording, name);
        memcpy(config.disks, record->disks, sizeof(config.disks));
        record->history = history_create(&config, err);
        if (record->history == NULL) return -1;
    }
    return 0;
}

/* The first trouble is told. */
int run_record_finish(struct run_record *record, enum machine_stop stop, struct error *err)
{
    struct error second = ERROR_INIT;
    int result = 0;

    if (record->history != NULL) {
        history_set_end(record->history, stop);
        if (history_flush(record->history, result == 0 ? err : &second) != 0) result = -1;
        history_destroy(record->history);
        record->history = NULL;
    }
    if (recording_close(record->recording, result == 0 ? err : &second) != 0) result = -1;
    record->recording = NULL;
    return result;
}

void run_record_release(struct run_record *record)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        replay_disk_destroy(record->disks[i]);
    }
}
