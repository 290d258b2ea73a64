/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of commands, `help` and `version`. Errors are printed here and nowhere else. */
#include "emu/app/app.h"

#include <stdbool.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/suggest.h"

static int run_help(const struct command *command, int argc, char **argv);
static int run_version(const struct command *command, int argc, char **argv);

static const struct option_spec no_options[] = {{.name = NULL}};

static const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Show the commands, or the help of one",
    .details = "",
    .options = no_options,
    .run = run_help,
};

static const struct command command_version = {
    .name = "version",
    .arguments = "",
    .summary = "Show the version",
    .details = "",
    .options = no_options,
    .run = run_version,
};

static const struct command *const commands[] = {
    &command_run,      &command_debug,   &command_test,    &command_trace,
    &command_snapshot, &command_machine, &command_disk,    &command_faults,
    &command_firmware, &command_help,    &command_version,
};

int app_fail(const struct error *err)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "spacegray: %s\n", err->text);
    return err->kind == ERROR_USAGE ? EXIT_USAGE : EXIT_HOST;
}

static void print_commands(FILE *file)
{
    (void)fprintf(file, "usage: spacegray COMMAND [OPTIONS]\n\n"
                        "A whole iMac Pro-class machine in one program.\n\ncommands:\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        (void)fprintf(file, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    (void)fprintf(
        file,
        "\n`spacegray COMMAND --help` tells more. Manual: man spacegray, docs/command-line.md.\n");
}

static const struct command *find_command(const char *name, struct error *err)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(name, commands[i]->name) == 0) return commands[i];
        suggest_try(&meant, commands[i]->name);
    }
    if (meant.word) {
        (void)error_usage(err, "unknown command %s: did you mean %s?", name, meant.word);
    } else {
        (void)error_usage(err, "unknown command %s (see spacegray --help)", name);
    }
    return NULL;
}

int app_finish_output(void)
{
    struct error err = ERROR_INIT;

    if (fflush(stdout) == 0 && !ferror(stdout)) return EXIT_PASSED;
    (void)error_host(&err, "standard output cannot be written");
    return app_fail(&err);
}

/* Reads the options of a command that has none. True when the command is to go on; otherwise
 * *status is set. */
static bool no_options_given(struct option_reader *reader, int *status)
{
    struct error err = ERROR_INIT;
    const char *value;
    int found = option_next(reader, &value, &err);

    if (found == OPTIONS_END) return true;
    if (found == OPTIONS_HELP) {
        option_print_help(reader->command, stdout);
        *status = app_finish_output();
    } else {
        *status = app_fail(&err);
    }
    return false;
}

static int refuse_argument(const struct command *command, const char *argument)
{
    struct error err = ERROR_INIT;

    (void)error_usage(&err, "unexpected argument '%s' (see spacegray %s --help)", argument,
                      command->name);
    return app_fail(&err);
}

static int run_help(const struct command *command, int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct option_reader reader;
    int status;

    option_reader_init(&reader, command, argc, argv);
    if (!no_options_given(&reader, &status)) return status;
    const char *name = option_argument(&reader);
    const char *more = option_argument(&reader);
    if (more) return refuse_argument(command, more);
    if (!name) {
        print_commands(stdout);
        return app_finish_output();
    }
    const struct command *which = find_command(name, &err);
    if (!which) return app_fail(&err);
    option_print_help(which, stdout);
    return app_finish_output();
}

const char *app_version(void)
{
    return SPACEGRAY_VERSION;
}

static int run_version(const struct command *command, int argc, char **argv)
{
    struct option_reader reader;
    int status;

    option_reader_init(&reader, command, argc, argv);
    if (!no_options_given(&reader, &status)) return status;
    const char *argument = option_argument(&reader);
    if (argument) return refuse_argument(command, argument);
    (void)printf("spacegray %s\n", SPACEGRAY_VERSION);
    return app_finish_output();
}

int app_main(int argc, char **argv)
{
    static const char *const version_names[] = {"--version", "-V"};
    static const char *const help_names[] = {"--help", "-h"};
    struct error err = ERROR_INIT;

    if (argc < 2) {
        (void)error_usage(&err, "a command is missing (see spacegray --help)");
        return app_fail(&err);
    }
    for (size_t i = 0; i < ARRAY_LEN(help_names); i++) {
        if (strcmp(argv[1], help_names[i]) == 0) return run_help(&command_help, argc - 1, argv + 1);
        if (strcmp(argv[1], version_names[i]) == 0)
            return run_version(&command_version, argc - 1, argv + 1);
    }
    if (argv[1][0] == '-') {
        (void)error_usage(&err, "a command must come before %s (see spacegray --help)", argv[1]);
        return app_fail(&err);
    }
    const struct command *command = find_command(argv[1], &err);
    if (!command) return app_fail(&err);
    return command->run(command, argc - 1, argv + 1);
}
