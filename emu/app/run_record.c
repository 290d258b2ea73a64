/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/run_record.h"

#include <stdlib.h>
#include <string.h>

#include "emu/host/clock.h"

/* A machine that waits passes a beat so often: there a debugger looks at its keys. */
#define WAIT_MAX (2 * MACHINE_BEAT)

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

/* What is kept of one run, or done to the disk, does not go together with a run that goes back. */
static int check_live(const struct run_options *options, const struct record_run *run,
                      struct error *err)
{
    const char *live = options->gdb != NULL ? "--gdb" : "--debug";
    const char *kept = options->record != NULL                            ? "--record"
                       : options->trace != NULL                           ? "--trace"
                       : options->frame_log != NULL                       ? "--frame-log"
                       : options->snapshot_count > 0 && run->disk != NULL ? "--snapshot"
                       : options->cut_count > 0                           ? "--power-cut"
                       : options->gdb != NULL && options->is_debugged     ? "--debug"
                                                                          : NULL;

    if (kept == NULL) return 0;
    return error_usage(
        err,
        "%s goes back and forth, and %s is of one run alone: leave one out, or debug a "
        "recording",
        live, kept);
}

int run_record_open(struct run_record *record, const struct run_options *options,
                    const struct record_run *run, struct error *err)
{
    char *setup;
    int result;

    *record = (struct run_record){.is_live = options->gdb != NULL || options->is_debugged};
    if (options->record == NULL && !record->is_live) return 0;
    if (record->is_live && check_live(options, run, err) != 0) return -1;
    setup = record_setup_write(run, options->from != NULL, err);
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

/* ---- What is done once ---- */

static bool is_repeated(const struct run_record *record)
{
    return record->history != NULL && history_is_replaying(record->history);
}

static void write_once(void *ctx, const uint8_t *data, size_t bytes)
{
    const struct run_record_sink *once = ctx;

    if (!is_repeated(once->record)) once->to.write(once->to.ctx, data, bytes);
}

struct host_sink run_record_sink(const struct run_record *record, struct run_record_sink *once,
                                 struct host_sink to)
{
    *once = (struct run_record_sink){.record = record, .to = to};
    if (!record->is_live || to.write == NULL) return to;
    return (struct host_sink){.ctx = once, .write = write_once};
}

static uint64_t idle(void *ctx, uint64_t now, uint64_t next)
{
    struct run_record *record = ctx;

    if (is_repeated(record)) return next;
    if (record->is_debugged && next - now > WAIT_MAX) next = now + WAIT_MAX;
    return record->pacer.idle(record->pacer.ctx, now, next);
}

struct host_pacer run_record_pacer(struct run_record *record, struct host_pacer to)
{
    record->pacer = to;
    if (!record->is_live || to.idle == NULL) return to;
    return (struct host_pacer){.ctx = record, .idle = idle};
}

/* ---- The run ---- */

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
