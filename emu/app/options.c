/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options from tables: see options.h. getopt_long() finds the options; what it does not tell (which
 * unknown option, and why) is worked out again from the argument, so that every mistake gets its
 * own sentence.
 */
#define _GNU_SOURCE

#include "emu/app/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "emu/base/suggest.h"

#define FIRST_VALUE 256 /* of struct option.val: above every character */
#define HELP_VALUE  (FIRST_VALUE + OPTIONS_MAX)
#define HELP_COLUMN 26

static unsigned table_fill(const struct command *command, struct option table[OPTIONS_MAX + 2])
{
    unsigned count = 0;

    for (; command->options[count].name && count < OPTIONS_MAX; count++) {
        table[count] = (struct option){
            .name = command->options[count].name,
            .has_arg = command->options[count].value ? required_argument : no_argument,
            .val = FIRST_VALUE + (int)count,
        };
    }
    table[count] = (struct option){.name = "help", .val = HELP_VALUE};
    table[count + 1] = (struct option){.name = NULL};
    return count + 1;
}

void option_reader_init(struct option_reader *reader, const struct command *command, int argc,
                        char **argv)
{
    *reader = (struct option_reader){.command = command, .argc = argc, .argv = argv};
    optind = 0; /* glibc: start over */
    opterr = 0;
}

/* Nearest option to `name` (of `length` letters), or NULL. */
static const char *nearest(const struct option *table, unsigned count, const char *name)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (unsigned i = 0; i < count; i++) {
        suggest_try(&meant, table[i].name);
    }
    return meant.word;
}

/* An unknown option, or an abbreviation of several. */
static int explain_unknown(const struct command *command, const struct option *table,
                           unsigned count, const char *argument, struct error *err)
{
    char name[64];
    char matches[160] = "";
    unsigned match_count = 0;

    if (argument[0] != '-' || argument[1] != '-') {
        return error_usage(err, "unknown option %s (see spacegray %s --help)", argument,
                           command->name);
    }
    size_t length = strcspn(argument + 2, "=");
    if (length >= sizeof(name)) length = sizeof(name) - 1;
    memcpy(name, argument + 2, length);
    name[length] = '\0';
    for (unsigned i = 0; i < count; i++) {
        if (strncmp(table[i].name, name, length) != 0) continue;
        size_t used = strlen(matches);
        (void)snprintf(matches + used, sizeof(matches) - used, "%s--%s", match_count ? ", " : "",
                       table[i].name);
        match_count++;
    }
    if (match_count > 1) return error_usage(err, "option --%s is ambiguous: %s", name, matches);
    const char *meant = nearest(table, count, name);
    if (meant) return error_usage(err, "unknown option --%s: did you mean --%s?", name, meant);
    return error_usage(err, "unknown option --%s (see spacegray %s --help)", name, command->name);
}

int option_next(struct option_reader *reader, const char **value, struct error *err)
{
    struct option table[OPTIONS_MAX + 2];
    unsigned count = table_fill(reader->command, table);
    int found = getopt_long(reader->argc, reader->argv, ":h", table, NULL);
    const char *name =
        optopt >= FIRST_VALUE && optopt < HELP_VALUE ? table[optopt - FIRST_VALUE].name : "help";

    *value = optarg;
    if (found == -1) return OPTIONS_END;
    if (found == HELP_VALUE || found == 'h') return OPTIONS_HELP;
    if (found == ':') {
        (void)error_usage(err, "option --%s needs a value", name);
        return OPTIONS_ERROR;
    }
    if (found == '?' && optopt >= FIRST_VALUE) {
        (void)error_usage(err, "option --%s takes no value", name);
        return OPTIONS_ERROR;
    }
    if (found == '?' && optopt != 0) {
        (void)error_usage(err, "unknown option -%c (see spacegray %s --help)", optopt,
                          reader->command->name);
        return OPTIONS_ERROR;
    }
    if (found == '?') {
        (void)explain_unknown(reader->command, table, count, reader->argv[optind - 1], err);
        return OPTIONS_ERROR;
    }
    return found - FIRST_VALUE;
}

const char *option_argument(struct option_reader *reader)
{
    return optind < reader->argc ? reader->argv[optind++] : NULL;
}

static void print_option(const struct option_spec *option, FILE *file)
{
    int used = fprintf(file, "  --%s%s%s", option->name, option->value ? " " : "",
                       option->value ? option->value : "");
    const char *line = option->help;

    if (used >= HELP_COLUMN) {
        (void)fputc('\n', file);
        used = 0;
    }
    for (;;) {
        size_t length = strcspn(line, "\n");

        (void)fprintf(file, "%*s%.*s\n", HELP_COLUMN - used, "", (int)length, line);
        if (!line[length]) return;
        line += length + 1;
        used = 0;
    }
}

void option_print_help(const struct command *command, FILE *file)
{
    static const struct option_spec help = {.name = "help", .help = "show this help"};

    (void)fprintf(file, "usage: spacegray %s%s%s\n\n%s.\n", command->name,
                  *command->arguments ? " " : "", command->arguments, command->summary);
    if (*command->details) (void)fprintf(file, "\n%s\n", command->details);
    (void)fprintf(file, "\noptions:\n");
    for (const struct option_spec *option = command->options; option->name; option++) {
        print_option(option, file);
    }
    print_option(&help, file);
}

int option_find_action(const struct command *actions, size_t count, const char *name,
                       struct error *err)
{
    const int length = (int)strcspn(actions[0].name, " ");
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (size_t i = 0; i < count; i++) {
        const char *known = actions[i].name + length + 1;

        if (strcmp(name, known) == 0) return (int)i;
        suggest_try(&meant, known);
    }
    if (meant.word != NULL) {
        return error_usage(err, "%.*s: unknown action %s: did you mean %s?", length,
                           actions[0].name, name, meant.word);
    }
    return error_usage(err, "%.*s: unknown action %s (see spacegray %.*s --help)", length,
                       actions[0].name, name, length, actions[0].name);
}
