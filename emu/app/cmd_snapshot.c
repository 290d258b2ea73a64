/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray snapshot`: makes snapshots out of recordings, tells what is in one, and whether it is good. */
#include <inttypes.h>
#include <string.h>

#include "emu/app/app.h"
#include "emu/app/made_machine.h"
#include "emu/app/parse.h"
#include "emu/app/replay_session.h"
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
static const struct option_spec no_options[] = {{.name = NULL}};

/* In the order of enum action. */
static const struct command actions[] = {
    {
        .name = "snapshot save",
        .arguments = "RECORDING FILE [OPTIONS]",
        .summary = "Make a snapshot of a recorded run",
        .details =
            "At the first edge of the run loop at or behind the time that is asked for. A run\n"
            "under way makes its own: spacegray run --snapshot FILE@TIME.",
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
        .arguments = "FILE",
        .summary = "Load a snapshot into the machine it is of, and say whether that works",
        .details = "Status 3 and one sentence when it does not.",
        .options = no_options,
        .run = run_action,
    },
};

enum action { ACTION_SAVE, ACTION_INFO, ACTION_VERIFY };

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
};

static int parse_request(const struct command *command, int argc, char **argv, size_t files,
                         struct request *request, struct error *err)
{
    struct option_reader reader;
    const char *value;
    int found;

    option_reader_init(&reader, command, argc, argv);
    while ((found = option_next(&reader, &value, err)) >= 0) {
        if (parse_time("at", value, &request->at, err) != 0) return OPTIONS_ERROR;
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

static int go(struct replay_session *session, vtime at, struct error *err)
{
    struct history_place last;
    enum history_stop stop;

    history_last(session->history, &last);
    if (at != VTIME_NEVER && at > last.when) {
        return error_usage(err, "--at: the recorded run ended before, after %" PRIu64 " us",
                           last.when / VTIME_US(1));
    }
    stop = at == VTIME_NEVER ? history_goto(session->history, &last.at, err)
                             : history_goto_time(session->history, at, err);
    if (stop == HISTORY_DIVERGED || stop == HISTORY_TROUBLE) return -1;
    while (!machine_is_at_edge(session->machine) && stop != HISTORY_END) {
        stop = history_step_forward(session->history, HISTORY_BLOCK, err);
        if (stop == HISTORY_DIVERGED || stop == HISTORY_TROUBLE) return -1;
    }
    return 0;
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
    (void)printf("machine  %s\n", snap_machine(reader));
    (void)printf("parts    %" PRIu32 "\n\n", snap_chunk_count(reader));
    (void)printf("%-44s %-20s %7s %12s\n", "PART", "CLASS", "VERSION", "BYTES");
    for (uint32_t i = 0; i < snap_chunk_count(reader); i++) {
        const struct snap_chunk chunk = snap_chunk_describe(reader, i);

        (void)printf("%-44s %-20s %7" PRIu32 " %12" PRIu64 "\n", chunk.path, chunk.class_name,
                     chunk.version, chunk.bytes);
    }
}

static int info(const struct request *request, struct error *err)
{
    struct error why = ERROR_INIT;
    struct snapshot_file file;
    struct snap_reader *reader;

    if (snapshot_file_read(request->files[0], &file, err) != 0) return -1;
    reader = snap_reader_create(file.data, file.bytes, NULL, &why);
    if (reader != NULL) {
        (void)printf("setup    %s\n", file.setup);
        print_parts(reader);
        snap_reader_destroy(reader);
    }
    snapshot_file_release(&file);
    return reader != NULL ? 0 : error_host(err, "%s: %s", request->files[0], why.text);
}

/* ---- verify ---- */

static int verify(const struct request *request, struct error *err)
{
    struct made_machine made;
    struct snapshot_file file;
    int result;

    if (snapshot_file_read(request->files[0], &file, err) != 0) return -1;
    result = made_machine_create(&made, file.setup, err);
    if (result == 0 && made.setup.disk.is_there) {
        result =
            error_host(err,
                       "%s is of a machine with a disk: it loads only with that disk as it was "
                       "(spacegray run --from %s --disk DIR)",
                       request->files[0], request->files[0]);
    }
    if (result == 0) result = snapshot_file_load(&file, request->files[0], made.machine, err);
    if (result == 0) {
        (void)printf("%s loads: %" PRIu64 " us after power-on\n", request->files[0],
                     machine_now(made.machine) / VTIME_US(1));
    }
    made_machine_destroy(&made);
    snapshot_file_release(&file);
    return result;
}

/* ---- Command line ---- */

static int run_action(const struct command *command, int argc, char **argv)
{
    static int (*const functions[])(const struct request *request, struct error *err) = {save, info,
                                                                                         verify};
    const enum action action = (enum action)(command - actions);
    struct request request = {.at = VTIME_NEVER};
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
