/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray snapshot`: makes snapshots out of recordings, tells what is in one, and whether it is good. */
#include <inttypes.h>
#include <string.h>

#include "emu/app/app.h"
#include "emu/app/made_machine.h"
#include "emu/app/parse.h"
#include "emu/app/replay_session.h"
#include "emu/app/run_disk.h"
#include "emu/app/snapshot_file.h"
#include "emu/base/bits.h"
#include "emu/core/snap.h"

static int run_action(const struct command *command, int argc, char **argv);
static int run(const struct command *command, int argc, char **argv);

/* In the order of enum snapshot_option. */
static const struct option_spec save_options[] = {
    {"at", "TIME", "at this virtual time (default: the end of the run)"},
    {.name = NULL},
};
static const struct option_spec verify_options[] = {
    {"disk", "DIR", "plug in this disk, which is only read"},
    {"passphrase-file", "FILE", "the passphrase that the disk's sep.json is sealed\nwith"},
    {.name = NULL},
};
static const struct option_spec no_options[] = {{.name = NULL}};

/* In the order of enum snapshot_action. */
static const struct command actions[] = {
    {
        .name = "snapshot save",
        .arguments = "RECORDING FILE [OPTIONS]",
        .summary = "Make a snapshot of a recorded run",
        .details = "At the first multiple of 50 ms at or behind the time that is asked for, or at\n"
                   "the run's end. A run under way makes its own: spacegray run --snapshot\n"
                   "FILE@TIME.",
        .options = save_options,
        .run = run_action,
    },
    {
        .name = "snapshot info",
        .arguments = "FILE",
        .summary = "Tell what a snapshot is of, and what is in it",
        .details = "",
        .options = no_options,
        .run = run_action,
    },
    {
        .name = "snapshot verify",
        .arguments = "FILE [OPTIONS]",
        .summary = "Load a snapshot into the machine it is of, and say whether that works",
        .details = "Status 3 and one sentence when it does not.",
        .options = verify_options,
        .run = run_action,
    },
};

enum snapshot_action { ACTION_SAVE, ACTION_INFO, ACTION_VERIFY };

const struct command command_snapshot = {
    .name = "snapshot",
    .arguments = "save|info|verify FILE...",
    .summary = "Save, describe and check snapshots of a machine",
    .details = "`spacegray run --from FILE` goes on from one. Actions:\n"
               "  save RECORDING FILE  make one out of a recorded run\n"
               "  info FILE            what it is of, and what is in it\n"
               "  verify FILE          whether it loads\n"
               "`spacegray snapshot ACTION --help` tells more.",
    .options = no_options,
    .run = run,
};

struct request {
    const char *files[2];
    vtime at;
    struct run_options disk; /* only what is of disks */
};

static int set_option(struct request *request, const char *name, const char *value,
                      struct error *err)
{
    if (strcmp(name, "at") == 0) return parse_time("at", value, &request->at, err);
    if (strcmp(name, "disk") == 0) request->disk.disk = value;
    if (strcmp(name, "passphrase-file") == 0) request->disk.passphrase_file = value;
    return 0;
}

static int parse_request(const struct command *command, int argc, char **argv, size_t files,
                         struct request *request, struct error *err)
{
    struct option_reader reader;
    const char *value;
    int found;

    option_reader_init(&reader, command, argc, argv);
    while ((found = option_next(&reader, &value, err)) >= 0) {
        if (set_option(request, command->options[found].name, value, err) != 0) {
            return OPTIONS_ERROR;
        }
    }
    if (found != OPTIONS_END) return found;
    for (size_t i = 0; i < files; i++) {
        request->files[i] = option_argument(&reader);
        if (request->files[i] != NULL) continue;
        (void)error_usage(err, "%s: name %s (see spacegray %s --help)", command->name,
                          files == 1 ? "a snapshot" : "a recording and the snapshot to make",
                          command->name);
        return OPTIONS_ERROR;
    }
    value = option_argument(&reader);
    if (value == NULL) return OPTIONS_END;
    (void)error_usage(err, "%s: unexpected argument '%s'", command->name, value);
    return OPTIONS_ERROR;
}

/* ---- save ---- */

/* To a beat, where a snapshot is what the run itself would have gone on from; or to the end of the run. */
static int go(struct replay_session *session, vtime at, struct error *err)
{
    const vtime beat = at == VTIME_NEVER ? at : machine_beat_from(at);
    struct history_place last;
    enum history_stop stop;

    history_last(session->history, &last);
    if (at != VTIME_NEVER && at > last.when) {
        return error_usage(err, "--at: the recorded run ended before, after %" PRIu64 " us",
                           last.when / VTIME_US(1));
    }
    stop = beat > last.when ? history_goto(session->history, &last.at, err)
                            : history_goto_time(session->history, beat, err);
    if (stop == HISTORY_DIVERGED || stop == HISTORY_TROUBLE) return -1;
    if (machine_is_at_edge(session->machine)) return 0;
    return error_host(err, "the recorded run was broken off within a turn of its cores: choose an "
                           "earlier time with --at");
}

static int save(const struct request *request, struct error *err)
{
    const struct replay_options options = {.file = request->files[0]};
    struct replay_session session;
    int result = replay_session_open(&session, &options, err);

    if (result == 0 && session.made.setup.disk.is_there) {
        result = error_host(err,
                            "%s has a disk: a snapshot fits a disk as it was at that moment, "
                            "which a recording has not kept; use spacegray run --snapshot",
                            request->files[0]);
    }
    if (result == 0) result = go(&session, request->at, err);
    if (result == 0) {
        result = snapshot_file_save(request->files[1], recording_head(session.recording)->setup,
                                    session.machine, err);
    }
    replay_session_close(&session);
    return result;
}

/* ---- info ---- */

static void print_parts(const struct snap_reader *reader)
{
    (void)printf("\n%-44s %-20s %7s %12s\n", "PART", "CLASS", "VERSION", "BYTES");
    for (uint32_t i = 0; i < snap_chunk_count(reader); i++) {
        const struct snap_chunk chunk = snap_chunk_describe(reader, i);

        (void)printf("%-44s %-20s %7" PRIu32 " %12" PRIu64 "\n", chunk.path, chunk.class_name,
                     chunk.version, chunk.bytes);
    }
}

/* The first that the machine's own part says, in every version so far (docs/formats/snapshot.md). */
static bool get_time(struct snap_reader *reader, vtime *when)
{
    struct error err = ERROR_INIT;

    for (uint32_t i = 0; i < snap_chunk_count(reader); i++) {
        const struct snap_chunk chunk = snap_chunk_describe(reader, i);

        if (strcmp(chunk.path, "/machine") != 0) continue;
        return snap_chunk_open(reader, chunk.path, chunk.class_name, chunk.version, &err) == 0 &&
               snap_get_u64(reader, when, &err) == 0;
    }
    return false;
}

/* How its machine is made; of the disk's keys, which are there too, nothing. */
static void print_setup(const struct record_setup *setup)
{
    for (int i = 1; i < setup->argc; i++) {
        (void)printf("%-8s %s\n", i == 1 ? "options" : "", setup->argv[i]);
    }
    (void)printf("clock    began at %" PRId64 " (seconds since 1970)\n", setup->rtc_base);
    if (setup->disk.is_there) {
        (void)printf("disk     %" PRIu64 " blocks\n", setup->disk.blocks);
    }
}

static int print_snapshot(const struct snapshot_file *file, struct snap_reader *reader,
                          struct error *err)
{
    struct record_setup setup;
    int result = record_setup_look(file->setup, &setup, err);
    vtime when;

    if (result == 0) {
        (void)printf("machine  %s\n", snap_machine(reader));
        if (get_time(reader, &when)) {
            (void)printf("taken    %" PRIu64 " us after power-on\n", when / VTIME_US(1));
        }
        print_setup(&setup);
        (void)printf("parts    %" PRIu32 "\n", snap_chunk_count(reader));
        print_parts(reader);
    }
    record_setup_release(&setup);
    return result;
}

static int info(const struct request *request, struct error *err)
{
    struct error why = ERROR_INIT;
    struct snapshot_file file;
    struct snap_reader *reader;
    int result = -1;

    if (snapshot_file_read(request->files[0], &file, err) != 0) return -1;
    reader = snap_reader_create(file.data, file.bytes, NULL, &why);
    if (reader != NULL) result = print_snapshot(&file, reader, &why);
    snap_reader_destroy(reader);
    snapshot_file_release(&file);
    return result == 0 ? 0 : error_host(err, "%s: %s", request->files[0], why.text);
}

/* ---- verify ---- */

static int check_disk(const struct request *request, const struct made_machine *made,
                      struct error *err)
{
    const bool is_named = request->disk.disk != NULL;

    if (made->setup.disk.is_there == is_named) return 0;
    if (is_named) return error_usage(err, "--disk: the machine of this snapshot has none");
    return error_usage(err, "it is of a machine with a disk, and loads only with that disk as it "
                            "was: name it with --disk");
}

/* The disk is opened as for a run whose writes are discarded. */
static int load(const struct request *request, const struct snapshot_file *file,
                struct made_machine *made, struct run_disk *disk, struct error *err)
{
    atomic_uint_least64_t activity = 0;

    if (made_machine_prepare(made, file->setup, NULL, err) != 0) return -1;
    if (check_disk(request, made, err) != 0) return -1;
    if (request->disk.disk != NULL && run_disk_open(disk, &request->disk, &activity, err) != 0) {
        return -1;
    }
    if (made_machine_finish(made, run_disk_machine(disk), NULL, err) != 0) return -1;
    return machine_load(made->machine, file->data, file->bytes, err);
}

static int verify(const struct request *request, struct error *err)
{
    struct made_machine made = {.machine = NULL};
    struct run_disk disk = {.disk = NULL};
    struct error why = ERROR_INIT;
    struct snapshot_file file;
    int result;

    if (snapshot_file_read(request->files[0], &file, err) != 0) return -1;
    result = load(request, &file, &made, &disk, &why);
    if (result == 0) {
        (void)printf("%s loads: %" PRIu64 " us after power-on\n", request->files[0],
                     machine_now(made.machine) / VTIME_US(1));
    } else {
        (void)(why.kind == ERROR_USAGE ? error_usage : error_host)(err, "%s: %s", request->files[0],
                                                                   why.text);
    }
    made_machine_destroy(&made);
    if (run_disk_close(&disk, &why) != 0 && result == 0) result = error_host(err, "%s", why.text);
    snapshot_file_release(&file);
    return result;
}

/* ---- Command line ---- */

static int run_action(const struct command *command, int argc, char **argv)
{
    static int (*const functions[])(const struct request *request, struct error *err) = {save, info,
                                                                                         verify};
    const enum snapshot_action action = (enum snapshot_action)(command - actions);
    struct request request = {.at = VTIME_NEVER, .disk = {.disk_is_temporary = true}};
    struct error err = ERROR_INIT;

    switch (parse_request(command, argc, argv, action == ACTION_SAVE ? 2 : 1, &request, &err)) {
    case OPTIONS_HELP: option_print_help(command, stdout); return app_finish_output();
    case OPTIONS_END: break;
    default: return app_fail(&err);
    }
    if (functions[action](&request, &err) != 0) return app_fail(&err);
    return app_finish_output();
}

static int run(const struct command *command, int argc, char **argv)
{
    struct error err = ERROR_INIT;
    int action;

    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        option_print_help(command, argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : app_finish_output();
    }
    action = option_find_action(actions, ARRAY_LEN(actions), argv[1], &err);
    if (action < 0) return app_fail(&err);
    return actions[action].run(&actions[action], argc - 1, argv + 1);
}
