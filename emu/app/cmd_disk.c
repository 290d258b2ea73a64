/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `spacegray disk`: makes, shows, checks, fills, empties disks. What is done is emu/disk's; here is the
 * way from a command line to it and back to an exit status. A signal ends long work in good order: the
 * sentence says what became of the disk, and then the program ends as the signal does.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/disk_options.h"
#include "emu/app/disk_secrets.h"
#include "emu/app/disk_security.h"
#include "emu/app/disk_show.h"
#include "emu/app/disk_watch.h"
#include "emu/base/bits.h"
#include "emu/disk/disk_look.h"
#include "emu/disk/disk_tool.h"
#include "emu/host/signals.h"

#define ANSWER_BYTES 16
#define NAME_BYTES   4096

static int run(const struct command *command, int argc, char **argv);

static const struct option_spec no_options[] = {{.name = NULL}};

const struct command command_disk = {
    .name = "disk",
    .arguments = "ACTION DIR [OPTIONS]",
    .summary = "Make, show, check, fill and empty disks",
    .details = "A disk is a directory for spacegray run --disk. Its modules are encrypted.\n\n"
               "actions:\n"
               "  create       make an empty disk\n"
               "  info         show what a disk is\n"
               "  verify       read all of a disk and look for damage\n"
               "  import       replace what is on a disk by a plain image\n"
               "  export       write what is on a disk to a plain image\n"
               "  rekey        change password, passphrase and protecting keys\n"
               "  wipe         destroy the keys of a disk, and all data with them\n"
               "  pair         make new empty modules for the T2 of a disk\n"
               "  secure-boot  say which firmware may run on a machine with this disk\n\n"
               "`spacegray disk ACTION --help` tells more of each. Passwords and passphrases\n"
               "are read from files, from standard input or without echo from the terminal,\n"
               "never from the command line.",
    .options = no_options,
    .run = run,
};

/* An action under way. */
struct work {
    const struct disk_request *request;
    struct disk_secrets secrets;
    struct disk_watch watch;
    char *report;      /* of verify; the C library's */
    unsigned problems; /* that it found */
};

/* ---- Before anything is opened ---- */

static bool is_same_file(const struct stat *one, const char *path)
{
    struct stat other;

    return stat(path, &other) == 0 && one->st_dev == other.st_dev && one->st_ino == other.st_ino;
}

/* An image that is a part of the disk itself would be lost before it is read. */
static int check_not_own(const struct disk_request *request, const struct stat *image,
                         struct error *err)
{
    static const char *const names[] = {"module0.img", "module1.img", "sep.json", "volume.json"};
    char path[NAME_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", request->path, names[i]);
        if (is_same_file(image, path)) {
            return error_usage(err, "%s is a part of the disk %s, not a plain image", request->file,
                               request->path);
        }
    }
    return 0;
}

static int check_image(const struct disk_request *request, struct error *err)
{
    const bool is_export = request->action == DISK_ACTION_EXPORT;
    struct stat status;

    if (request->file == NULL) return 0;
    if (strcmp(request->file, "-") == 0) {
        if (!isatty(is_export ? STDOUT_FILENO : STDIN_FILENO)) return 0;
        return error_usage(err, "disk %s: the image does not belong on a terminal",
                           is_export ? "export" : "import");
    }
    if (stat(request->file, &status) != 0) {
        if (is_export && errno == ENOENT) return 0;
        return error_host(err, "%s: %s", request->file, strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) return error_host(err, "%s: this is a directory", request->file);
    if (check_not_own(request, &status, err) != 0) return -1;
    if (!is_export || request->is_forced || !S_ISREG(status.st_mode)) return 0;
    return error_host(err, "%s: this file is there already (--force replaces it)", request->file);
}

/* 0: go on. */
static int confirm(const struct disk_request *request, struct error *err)
{
    const char *name = disk_action_command(request->action)->name;
    char answer[ANSWER_BYTES] = "";

    if (request->action != DISK_ACTION_WIPE && request->action != DISK_ACTION_PAIR) return 0;
    if (request->is_confirmed) return 0;
    if (!isatty(STDIN_FILENO)) {
        return error_usage(err, "%s: all data would be lost: say --yes", name);
    }
    (void)fprintf(stderr,
                  "All data on %s will be lost, for ever. Type yes to go on: ", request->path);
    if (fgets(answer, sizeof(answer), stdin) == NULL) (void)fputc('\n', stderr);
    if (strcmp(answer, "yes\n") == 0) return 0;
    return error_host(err, "%s: not confirmed; nothing was changed", name);
}

/* ---- Actions ---- */

/* A mistyped name is told before there is a disk. */
static int check_files(const struct disk_request *request, struct error *err)
{
    const char *const files[] = {request->key, request->rom, request->rom_key};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (files[i] == NULL || access(files[i], R_OK) == 0) continue;
        return error_host(err, "%s: %s", files[i], strerror(errno));
    }
    return 0;
}

static int create(struct work *work, struct error *err)
{
    const struct disk_request *request = work->request;
    const struct disk_new wanted = {
        .bytes = request->bytes,
        .passphrase = disk_secret_of(&work->secrets.passphrase),
        .password = disk_secret_of(&work->secrets.password),
        .boot_policy = request->policy == SEP_BOOT_FULL ? SEP_BOOT_NONE : request->policy,
    };
    struct error trouble = ERROR_INIT;

    if (check_files(request, err) != 0) return -1;
    if (disk_create(request->path, &wanted, err) != 0) return -1;
    if (request->policy != SEP_BOOT_FULL) return 0;
    if (disk_security_set(request, &wanted.passphrase, &trouble) == 0) return 0;
    return error_host(err, "%s; the disk is made, with startup security none", trouble.text);
}

static int show_info(const struct work *work, struct error *err)
{
    const struct disk_secret passphrase = disk_secret_of(&work->secrets.passphrase);
    struct disk_look look;

    if (disk_look(work->request->path, &passphrase, &look, err) != 0) return -1;
    if (work->request->is_json) {
        disk_show_json(&look, stdout);
    } else {
        disk_show_text(work->request->path, &look, stdout);
    }
    return 0;
}

/* The report is printed when the line with the progress is gone. */
static int verify(struct work *work, struct error *err)
{
    const struct disk_secret passphrase = disk_secret_of(&work->secrets.passphrase);
    size_t bytes;
    FILE *report = open_memstream(&work->report, &bytes);
    int result;

    if (report == NULL) return error_host(err, "out of memory");
    result = disk_verify(work->request->path, &passphrase, report, &work->watch.progress,
                         &work->problems, err);
    if (fclose(report) == 0) return result;
    return error_host(err, "out of memory");
}

static int transfer(const struct work *work, struct error *err)
{
    const struct disk_plain plain = {
        .path = work->request->path,
        .file = work->request->file,
        .passphrase = disk_secret_of(&work->secrets.passphrase),
        .password = disk_secret_of(&work->secrets.password),
        .progress = work->watch.progress,
    };

    if (work->request->action == DISK_ACTION_IMPORT) return disk_import(&plain, err);
    return disk_export(&plain, err);
}

static int rekey(const struct work *work, struct error *err)
{
    const struct disk_rekey secrets = {
        .passphrase = disk_secret_of(&work->secrets.passphrase),
        .password = disk_secret_of(&work->secrets.password),
        .new_passphrase = disk_secret_of(&work->secrets.new_passphrase),
        .new_password = disk_secret_of(&work->secrets.new_password),
    };

    return disk_rekey(work->request->path, &secrets, err);
}

static int execute(struct work *work, struct error *err)
{
    const struct disk_request *request = work->request;
    const struct disk_secret passphrase = disk_secret_of(&work->secrets.passphrase);

    switch (request->action) {
    case DISK_ACTION_CREATE: return create(work, err);
    case DISK_ACTION_INFO: return show_info(work, err);
    case DISK_ACTION_VERIFY: return verify(work, err);
    case DISK_ACTION_IMPORT:
    case DISK_ACTION_EXPORT: return transfer(work, err);
    case DISK_ACTION_REKEY: return rekey(work, err);
    case DISK_ACTION_WIPE: return disk_wipe(request->path, &passphrase, err);
    case DISK_ACTION_PAIR: return disk_pair(request->path, request->bytes, &passphrase, err);
    case DISK_ACTION_SECURE_BOOT: return disk_security_set(request, &passphrase, err);
    }
    return 0;
}

/* ---- From the command line to the exit status ---- */

static int finish(struct work *work, int result, const struct error *err)
{
    const int caught = disk_watch_end(&work->watch);
    int status = EXIT_PASSED;

    if (work->report != NULL) (void)fputs(work->report, stdout);
    if (result != 0) {
        status = app_fail(err);
    } else if (app_finish_output() != EXIT_PASSED) {
        status = EXIT_HOST;
    } else if (work->problems > 0) {
        status = EXIT_FAILED;
    }
    if (caught != 0) {
        if (result == 0) {
            (void)fprintf(stderr, "spacegray: %s was over before it could be stopped\n",
                          work->watch.what);
        }
        disk_secrets_forget(&work->secrets);
        signals_die(caught);
    }
    return status;
}

static int work_on(const struct disk_request *request)
{
    const char *name = disk_action_command(request->action)->name;
    struct work work = {.request = request};
    struct error err = ERROR_INIT;
    int status;

    if (check_image(request, &err) != 0 || confirm(request, &err) != 0 ||
        disk_secrets_load(request, &work.secrets, &err) != 0 ||
        disk_watch_start(&work.watch, name, &err) != 0) {
        status = app_fail(&err);
    } else {
        const int result = execute(&work, &err);

        status = finish(&work, result, &err);
    }
    free(work.report);
    disk_secrets_forget(&work.secrets);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct disk_request request;
    struct error err = ERROR_INIT;
    enum disk_action action;

    if (argc < 2) {
        (void)error_usage(&err, "disk: say what to do (see spacegray disk --help)");
        return app_fail(&err);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        option_print_help(command, stdout);
        return app_finish_output();
    }
    if (argv[1][0] == '-') {
        (void)error_usage(&err, "disk: an action must come before %s (see spacegray disk --help)",
                          argv[1]);
        return app_fail(&err);
    }
    if (disk_action_find(argv[1], &action, &err) != 0) return app_fail(&err);
    switch (disk_options_parse(action, argc - 1, argv + 1, &request, &err)) {
    case RUN_PARSED: return work_on(&request);
    case RUN_PARSED_HELP:
        option_print_help(disk_action_command(action), stdout);
        return app_finish_output();
    case RUN_PARSED_ERROR: break;
    }
    return app_fail(&err);
}
