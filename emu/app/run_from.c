/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/run_from.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/app.h"
#include "emu/machine/machine.h"

/* What the snapshot has said already. --no-reboot is none of it: it is about this run. */
static int check_alone(int argc, char **argv, struct error *err)
{
    struct option_reader reader;
    const char *value;
    int option;

    option_reader_init(&reader, &command_run, argc, argv);
    while ((option = option_next(&reader, &value, err)) >= 0) {
        const char *name = run_option_specs[option].name;

        if (strcmp(name, "from") == 0 || strcmp(name, "no-reboot") == 0) continue;
        if (!record_setup_keeps(name) && strcmp(name, "rtc-base") != 0) continue;
        return error_usage(err, "--%s: the machine of --from is what it is; leave --%s out", name,
                           name);
    }
    return 0;
}

static int join(struct run_from *from, int argc, char **argv, struct error *err)
{
    const size_t room = (size_t)from->setup.argc + (size_t)argc;

    from->argv = calloc(room + 1, sizeof(*from->argv));
    if (from->argv == NULL) return error_host(err, "out of memory");
    for (int i = 0; i < from->setup.argc; i++) {
        from->argv[from->argc++] = from->setup.argv[i];
    }
    for (int i = 1; i < argc; i++) {
        from->argv[from->argc++] = argv[i];
    }
    return 0;
}

static int parse(struct run_from *from, struct run_options *options, struct error *err)
{
    if (run_options_parse(&command_run, from->argc, from->argv, options, err) != RUN_PARSED) {
        return -1;
    }
    options->has_rtc_base = true;
    options->rtc_base = from->setup.rtc_base;
    if (from->setup.disk.is_there == (options->disk != NULL)) return 0;
    return error_usage(err, from->setup.disk.is_there
                                ? "--from: that machine has a disk: name it with --disk"
                                : "--disk: the machine of --from has none");
}

int run_from_read(struct run_from *from, int argc, char **argv, struct run_options *options,
                  struct error *err)
{
    const char *path = options->from;
    struct error why = ERROR_INIT;

    *from = (struct run_from){.path = NULL};
    if (path == NULL) return 0;
    if (check_alone(argc, argv, err) != 0) return -1;
    if (snapshot_file_read(path, &from->file, err) != 0) return -1;
    if (record_setup_read(from->file.setup, NULL, &from->setup, &why) != 0) {
        return error_host(err, "%s: %s", path, why.text);
    }
    if (from->setup.options.from != NULL) {
        return error_host(err, "%s: a snapshot does not go on from another one", path);
    }
    if (join(from, argc, argv, err) != 0 || parse(from, options, err) != 0) return -1;
    from->path = path;
    from->until = options->until;
    return 0;
}

int run_from_load(const struct run_from *from, struct machine *machine, struct error *err)
{
    if (from->path == NULL) return 0;
    if (snapshot_file_load(&from->file, from->path, machine, err) != 0) return -1;
    if (machine_now(machine) <= from->until) return 0;
    return error_usage(err,
                       "--until: the machine of %s is past that, %" PRIu64 " us after power-on",
                       from->path, machine_now(machine) / VTIME_US(1));
}

void run_from_release(struct run_from *from)
{
    snapshot_file_release(&from->file);
    record_setup_release(&from->setup);
    free(from->argv);
}
