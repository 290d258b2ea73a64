/* SPDX-License-Identifier: GPL-2.0-only */
/* Short options: see short_options.h. */
#include "emu/app/short_options.h"

#include <stdio.h>
#include <string.h>

static const struct short_option *find(const struct short_option *options, char letter)
{
    for (; options->letter != '\0'; options++) {
        if (options->letter == letter) return options;
    }
    return NULL;
}

/* Every letter is known, up to one that has a value. */
static bool is_known(const struct short_option *options, const char *argument)
{
    if (argument[0] != '-' || argument[1] == '\0') return false;
    for (argument++; *argument != '\0'; argument++) {
        const struct short_option *option = find(options, *argument);

        if (option == NULL) return false;
        if (option->has_value)
            return strlen(argument) + strlen(option->name) + 3 < SHORT_TEXT_BYTES;
    }
    return true;
}

static int too_many(const struct long_line *line, struct error *err)
{
    return error_usage(err, "%s: too many arguments", line->arguments[0]);
}

/* The letters of one argument, each as an option of its own. */
static int add_letters(const struct short_option *options, const char *letters,
                       struct long_line *line, struct error *err)
{
    for (; *letters != '\0'; letters++) {
        const struct short_option *option = find(options, *letters);
        const char *value = option->has_value ? letters + 1 : "";
        char *text;

        if (line->count == SHORT_ARGUMENTS_MAX) return too_many(line, err);
        text = line->texts[line->count];
        (void)snprintf(text, SHORT_TEXT_BYTES, "--%s%s%s", option->name, *value != '\0' ? "=" : "",
                       value);
        line->arguments[line->count++] = text;
        if (option->has_value) break;
    }
    return 0;
}

int short_options_lengthen(const struct short_option *options, int argc, char **argv,
                           struct long_line *line, struct error *err)
{
    bool is_end = false; /* "--" was there */

    line->arguments[0] = argv[0];
    line->count = 1;
    for (int i = 1; i < argc; i++) {
        is_end = is_end || strcmp(argv[i], "--") == 0;
        if (!is_end && is_known(options, argv[i])) {
            if (add_letters(options, argv[i] + 1, line, err) != 0) return -1;
            continue;
        }
        if (line->count == SHORT_ARGUMENTS_MAX) return too_many(line, err);
        line->arguments[line->count++] = argv[i];
    }
    line->arguments[line->count] = NULL;
    return 0;
}
